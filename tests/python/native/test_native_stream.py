"""Streams: every sample once, in its place, whatever the source is and however they are taken."""

from __future__ import annotations

import gc
import json
import sys
import threading
import time
import weakref

import pytest

import aisle

BUCKET = "ais://data"


def lists_of(count, names):
    """The names in lists, each of which is one request: how single names are grouped depends on the time."""
    return [names[i : i + count] for i in range(0, len(names), count)]


def test_samples_come_in_the_order_of_the_source(client, served):
    got = [(s.name, bytes(s)) for s in client.stream(served.many, bucket=BUCKET)]
    assert got == [(n, served.objects[n]) for n in served.many]


def test_all_objects_whatever_their_names_and_sizes(client, served):
    names = list(served.objects)
    got = {s.entry.object: bytes(s) for s in client.stream(names, bucket="data")}
    assert got == served.objects


@pytest.mark.parametrize("how", ["blocks", "batches"])
def test_lists_of_samples(client, served, how):
    lists = list(getattr(client.stream(served.many, bucket=BUCKET, batch_size=64), how)())
    assert [s.name for one in lists for s in one] == served.many
    assert all(lists)
    if how == "batches":
        assert [{s.batch for s in one} for one in lists] == [{i} for i in range(len(lists))]
        # A batch is smaller if the linger time ends while the source is being read.
        assert max(len(one) for one in lists) == 64


def test_batches_are_the_lists_of_the_source(client, served):
    lists = lists_of(64, served.many)
    got = list(client.stream(lists, bucket=BUCKET, batch_size=10).batches())
    assert [[s.name for s in one] for one in got] == lists


def test_each_way_of_taking_goes_on_where_the_other_left(client, served):
    stream = client.stream(served.many, bucket=BUCKET, batch_size=100)
    names = [next(stream).name for _ in range(3)]
    blocks = stream.blocks()
    names += [s.name for s in next(blocks)]
    names += [next(stream).name]
    names += [s.name for one in stream.batches() for s in one]
    assert names == served.many
    assert list(stream) == []


def test_index_batch_and_tag_say_which_entry_it_was(client, served):
    entries = [aisle.Entry(n, tag=7 * i) for i, n in enumerate(served.many)]
    stream = client.stream(entries, bucket=BUCKET, batch_size=50, keep_reports=1000)
    batches = []
    for i, s in enumerate(stream):
        assert (s.index, s.tag, s.entry.tag) == (i, 7 * i, 7 * i)
        batches.append(s.batch)
    # A batch may be smaller than 50: on a busy machine the linger time can end while the source is being read.
    assert batches == sorted(batches)
    assert sorted(set(batches)) == list(range(batches[-1] + 1))
    assert max(batches.count(b) for b in set(batches)) <= 50
    stream.result()
    assert {r.batch: r.delivered for r in stream.take_reports()} == {b: batches.count(b) for b in set(batches)}


def test_unordered_gives_every_sample_once(client, served):
    stream = client.stream(served.many, bucket=BUCKET, ordered=False, batch_size=16)
    got = {s.index: s.name for s in stream}
    assert [got[i] for i in range(len(served.many))] == served.many


def test_a_list_in_the_source_is_one_request(client, served):
    lists = [served.many[:3], served.many[3:10], [], served.many[10:11]]
    got = list(client.stream(lists, bucket=BUCKET).batches())
    assert [[s.name for s in one] for one in got] == [one for one in lists if one]


@pytest.mark.parametrize("output_format", [".tar", ".tgz", ".zip", ".tar.lz4"])
@pytest.mark.parametrize("streaming_get", [True, False])
def test_formats_and_both_ways_of_delivery(client, served, output_format, streaming_get):
    names = [*served.many[:200], "no/such"]
    stream = client.stream(names, bucket=BUCKET, output_format=output_format, streaming_get=streaming_get)
    samples = list(stream)
    assert [bytes(s) for s in samples[:-1]] == [served.objects[n] for n in names[:-1]]
    assert samples[-1].status == "missing"


def test_members_of_shards(client, served):
    uris = [f"ais://tars/{k}/{m}" for k, members in served.shards.items() for m in members]
    wanted = [d for members in served.shards.values() for d in members.values()]
    samples = list(client.stream(uris))
    assert [bytes(s) for s in samples] == wanted
    assert samples[0].entry.object == "s0.tar" and samples[0].entry.archpath == "m/0.jpg"


def test_ranges(client, served):
    whole = served.objects["size-100000"]
    asked = [(0, 10), (5, 1), (99_999, 1), (50_000, None), (70_000, -1)]
    entries = [aisle.Entry("size-100000", bucket=BUCKET, start=a, length=n) for a, n in asked]
    wanted = [whole[a:] if n in (None, -1) else whole[a : a + n] for a, n in asked]
    assert [bytes(s) for s in client.stream(entries)] == wanted


def test_sources_of_all_kinds_give_the_same(client, served, tmp_path):
    names = served.many[:40]
    wanted = [served.objects[n] for n in names]
    uris = [f"{BUCKET}/{n}" for n in names]
    path = tmp_path / "entries.jsonl"
    path.write_text("".join(json.dumps({"bucket": BUCKET, "object": n}) + "\n" for n in names))
    for source in (uris, iter(uris), (u for u in uris), tuple(uris), aisle.Entries.from_uris(uris), path,
                   [{"bucket": BUCKET, "object": n} for n in names], [aisle.Entry(n, bucket="data") for n in names],
                   [aisle.Entry.parse(u) for u in uris], list(client.list(BUCKET, "many/"))[:40]):
        assert [bytes(s) for s in client.stream(source)] == wanted


def test_begin_asks_before_the_first_sample_is_wanted(client, served):
    # A table is read in one call: begin() may leave off in a list, after 0.1 s.
    stream = client.stream(aisle.Entries.from_uris(f"{BUCKET}/{n}" for n in served.many))
    assert client.stats().requests == 0
    stream.begin()
    until = time.monotonic() + 60
    while client.stats().samples_delivered < 16 and time.monotonic() < until:
        time.sleep(0.01)
    assert client.stats().samples_delivered >= 16
    assert [s.name for s in stream] == served.many


def test_begin_reads_a_slow_source_on(client, served, monkeypatch):
    monkeypatch.setattr("aisle._stream._BEGIN_S", 60)
    read = []

    def slow():
        for name in served.many[:8]:
            time.sleep(0.001)
            read.append(name)
            yield name

    stream = client.stream(slow(), bucket=BUCKET)
    stream.begin()
    assert read == served.many[:8]
    assert [s.name for s in stream] == read


def test_nothing_in_nothing_out(client):
    stream = client.stream([], bucket=BUCKET)
    assert list(stream) == []
    assert stream.result().delivered == 0


def test_result(client, served):
    stream = client.stream(lists_of(100, [*served.many, "no/such"]), bucket=BUCKET, keep_reports=1000)
    got = sum(len(s) for s in stream)
    result = stream.result()
    assert (result.delivered, result.missing, result.failed, result.bytes) == (1000, 1, 0, got)
    assert result.batches == 11 and result.fault is None
    assert sum(r.delivered for r in stream.take_reports()) == 1000
    assert "delivered=1000" in repr(result)


def test_result_drops_what_was_not_taken(client, served):
    stream = client.stream(served.many, bucket=BUCKET)
    next(stream)
    assert stream.result().delivered == 1000


# ---- missing entries

def with_missing(served):
    return [n if i % 10 else f"no/such/{i}" for i, n in enumerate(served.many[:200])]


def test_missing_entries_are_samples(client, served):
    for i, s in enumerate(client.stream(with_missing(served), bucket=BUCKET)):
        assert s.status == ("delivered" if i % 10 else "missing")
        assert bool(s) == bool(i % 10)
        if not s:
            assert len(s) == 0 and isinstance(s.error, aisle.NotFound) and s.error.code == "missing"
            with pytest.raises(FileNotFoundError):
                bytes(s)
            with pytest.raises(aisle.NotFound):
                memoryview(s)


@pytest.mark.parametrize("how", ["samples", "blocks", "batches"])
def test_missing_entries_are_skipped(client, served, how):
    names = with_missing(served)
    stream = client.stream(names, bucket=BUCKET, on_missing="skip", batch_size=20)
    samples = list(stream) if how == "samples" else [s for one in getattr(stream, how)() for s in one]
    assert [s.name for s in samples] == [n for n in names if not n.startswith("no/")]
    assert [s.index for s in samples] == [i for i in range(200) if i % 10]


def test_missing_entries_are_raised_in_their_place(client, served):
    names = with_missing(served)[5:]
    stream = client.stream(names, bucket=BUCKET, on_missing="raise")
    seen = []
    while True:
        try:
            seen.append(next(stream).name)
        except StopIteration:
            break
        except aisle.NotFound as e:
            assert "no/such" in names[len(seen)]
            assert e.code == "missing"
            seen.append(names[len(seen)])
    assert seen == names


# ---- ends

def test_cancel_by_another_thread(client, served):
    stream = client.stream(iter(lambda: served.many[0], None), bucket=BUCKET)
    next(stream)
    threading.Timer(0.1, stream.cancel).start()
    with pytest.raises(aisle.Cancelled):
        for _ in stream:
            pass


def test_close_and_then_next(endpoint, served):
    # With a small memory, so that the samples cannot all have arrived before.
    with aisle.Client(endpoint, memory_budget="1MiB") as client:
        with client.stream(served.many * 5, bucket=BUCKET) as stream:
            next(stream)
        with pytest.raises(aisle.ClosedError):
            while True:
                next(stream)


def test_a_stream_that_was_read_to_its_end_stays_at_its_end(client, served):
    with client.stream(served.many[:10], bucket=BUCKET) as stream:
        assert len(list(stream)) == 10
    assert list(stream) == []


def test_run_timeout(client, served):
    stream = client.stream(iter(lambda: served.many[0], None), bucket=BUCKET, run_timeout=0.3)
    with pytest.raises(aisle.DeadlineExceeded) as e:
        for _ in stream:
            pass
    assert isinstance(e.value, TimeoutError)


def test_closing_the_client_ends_its_streams(endpoint, served):
    client = aisle.Client(endpoint)
    stream = client.stream(iter(lambda: served.many[0], None), bucket=BUCKET)
    kept = [next(stream) for _ in range(10)]
    client.close()
    with pytest.raises(aisle.Error):
        for _ in stream:
            pass
    with pytest.raises(aisle.ClosedError):
        client.stream([], bucket=BUCKET)
    assert bytes(kept[0]) == served.objects[served.many[0]]


def test_a_stream_that_is_let_go_leaves_nothing(client, served):
    stream = client.stream(iter(lambda: served.many[0], None), bucket=BUCKET)
    gone = weakref.ref(stream)
    block = next(stream.blocks())
    data = bytes(block[0])
    del stream
    gc.collect()
    assert gone() is None
    assert bytes(block[0]) == data


def test_a_generator_that_holds_its_stream_is_collected(client, served):
    def made():
        def source():
            yield from served.many
            assert stream

        stream = client.stream(source(), bucket=BUCKET)
        next(stream)
        return weakref.ref(stream)

    gone = made()
    gc.collect()
    assert gone() is None


def test_references_do_not_pile_up(client, served):
    def run():
        for s in client.stream(served.many[:200], bucket=BUCKET):
            bytes(s), s.entry, s.name, s.status, memoryview(s)[1:2] if len(s) > 2 else None

    run()
    gc.collect()
    before = len(gc.get_objects()), sys.getrefcount(aisle.Sample), sys.getrefcount(None)
    for _ in range(5):
        run()
    gc.collect()
    after = len(gc.get_objects()), sys.getrefcount(aisle.Sample), sys.getrefcount(None)
    assert all(b - a < 100 for a, b in zip(before, after, strict=True))


# ---- threads

def test_a_hundred_threads_share_a_stream(client, served):
    names = served.many * 5
    stream = client.stream(names, bucket=BUCKET)
    got: list[list[tuple[int, str]]] = [[] for _ in range(100)]

    def take(mine):
        for s in stream:
            mine.append((s.index, s.name))

    threads = [threading.Thread(target=take, args=(mine,)) for mine in got]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    everything = sorted(x for mine in got for x in mine)
    assert everything == list(enumerate(names))


def test_a_hundred_threads_share_a_client(client, served):
    wrong = []

    def run(k):
        names = served.many[k : k + 30]
        if [bytes(s) for s in client.stream(names, bucket=BUCKET)] != [served.objects[n] for n in names]:
            wrong.append(k)

    threads = [threading.Thread(target=run, args=(k,)) for k in range(100)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert wrong == []


def test_a_consumer_that_holds_the_gil_loses_nothing(client, served):
    names = served.many * 3
    got = []
    for i, s in enumerate(client.stream(names, bucket=BUCKET)):
        if i in (10, 1500):
            until = time.monotonic() + 1
            switch = sys.getswitchinterval()
            sys.setswitchinterval(1000)
            while time.monotonic() < until:
                pass
            sys.setswitchinterval(switch)
        got.append(s.name)
    assert got == names


# ---- progress

class Bar:
    def __init__(self):
        self.n = 0
        self.calls = 0

    def update(self, n):
        self.n += n
        self.calls += 1


def test_progress_counts_every_sample(client, served):
    bar = Bar()
    with client.stream(served.many, bucket=BUCKET, progress=bar) as stream:
        assert len(list(stream)) == 1000
    assert bar.n == 1000 and bar.calls < 100
