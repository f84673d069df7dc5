"""client.batch(), client.bucket() and bucket.object(): what docs/python/batch.md says of them, and their edges."""

from __future__ import annotations

import pickle
import threading
import time

import pytest

import aisle
from serving import fill, serving, tar_of

OBJECTS = {"a": b"AAA", "b": b"", "c/d": b"x" * 70_000}
MEMBERS = {"one.txt": b"1", "two/2.txt": b"22"}


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    served = {f"data/{name}": data for name, data in OBJECTS.items()}
    served |= {"data/shard.tar": tar_of(MEMBERS), "s3:cloud/c": b"cloudy", "#ns/data/a": b"in a namespace"}
    root = fill(tmp_path_factory.mktemp("batch") / "root", served)
    with serving(root, "--writable") as it, aisle.Client(it) as made:
        yield made


@pytest.fixture
def bucket(client):
    return client.bucket("data")


def test_names_and_objects_in_one_batch(client, bucket):
    batch = client.batch([bucket.object("a"), "c/d"], bucket=bucket).add("b")
    got = list(batch.get())
    assert [
        (info.obj_name, info.archpath, info.bucket, info.provider, info.opaque, info.err_msg, info.size, data)
        for info, data in got
    ] == [(name, "", "data", "ais", None, None, len(OBJECTS[name]), OBJECTS[name]) for name in ("a", "c/d", "b")]
    assert all(type(data) is bytes for _, data in got)


def test_one_name_or_one_object_needs_no_list(client, bucket):
    assert [data for _, data in client.batch("a", bucket).get()] == [b"AAA"]
    assert [data for _, data in client.batch(bucket.object("a")).get()] == [b"AAA"]
    assert [data for _, data in client.batch("a", "ais://data").get()] == [b"AAA"]


@pytest.mark.parametrize("streaming", [True, False])
@pytest.mark.parametrize("form", [".tar", ".tgz", ".tar.gz", ".zip", ".tar.lz4"])
def test_all_forms_of_answers(client, bucket, form, streaming):
    batch = client.batch(list(OBJECTS), bucket=bucket, output_format=form, streaming_get=streaming, only_obj_name=True)
    assert [data for _, data in batch.get()] == list(OBJECTS.values())


def test_members_ranges_buckets_and_namespaces(client, bucket):
    batch = client.batch(bucket=bucket)
    batch.add("shard.tar", archpath="two/2.txt").add("shard.tar", b"o", "one.txt")
    batch.add("c/d", start=69_998, length=-1).add("a", start=1, length=1).add("a", length=2)
    batch.add("c", bck="cloud", provider="s3").add(client.bucket("data", namespace="ns").object("a"))
    batch.add(client.bucket("ais://#ns/data").object("a"))
    got = list(batch.get())
    assert [data for _, data in got] == [
        b"22",
        b"1",
        b"xx",
        b"A",
        b"AA",
        b"cloudy",
        b"in a namespace",
        b"in a namespace",
    ]
    assert [(info.provider, info.archpath, info.opaque) for info, _ in got][:2] == [
        ("ais", "two/2.txt", None),
        ("ais", "one.txt", b"o"),
    ]
    assert got[5][0].provider == "aws"


def test_the_sdks_objects_are_taken_too(client):
    aistore = pytest.importorskip("aistore.sdk")
    theirs = aistore.Client(client.endpoint).bucket("data")
    assert [data for _, data in client.batch([theirs.object("a")]).add(theirs.object("c/d")).get()] == [
        OBJECTS["a"],
        OBJECTS["c/d"],
    ]


def test_missing_entries_have_a_message_and_do_not_end_it(client, bucket):
    got = list(client.batch(["a", "nope", "b"], bucket).get())
    assert [(data, bool(info.err_msg)) for info, data in got] == [(b"AAA", False), (b"", True), (b"", False)]
    ((_, view),) = client.batch("nope", bucket).get(samples="view")
    assert not view
    with pytest.raises(aisle.NotFound):
        bytes(view)


def test_a_strict_batch_ends_at_the_first_that_is_missing(client, bucket):
    results = client.batch(["a", "nope", "b"], bucket, cont_on_err=False).get()
    assert next(results)[1] == b"AAA"
    with pytest.raises(aisle.NotFound):
        next(results)
    assert list(results) == []


def test_a_bucket_that_does_not_exist_raises_at_each_entry(client, bucket):
    results = client.batch([client.bucket("no-such").object("x"), bucket.object("a"), bucket.object("c/d")]).get()
    with pytest.raises(aisle.Error) as caught:
        next(results)
    assert caught.value.http_status == 404
    assert [next(results)[1], next(results)[1]] == [b"AAA", OBJECTS["c/d"]]
    assert next(results, None) is None


def test_an_impossible_entry_is_refused_at_once(client, bucket):
    batch = client.batch(bucket=bucket)
    for wrong in ({"length": 0}, {"start": -1, "length": 3}, {"length": -2}):
        with pytest.raises(aisle.UsageError):
            batch.add("a", **wrong)
    with pytest.raises(aisle.UsageError, match="bucket"):
        client.batch(["a"])
    with pytest.raises(aisle.UsageError, match="together"):
        batch.add("a", bck="data")
    with pytest.raises(aisle.UsageError, match="has its own bucket"):
        batch.add(bucket.object("a"), bck="data", provider="ais")
    with pytest.raises(aisle.UsageError, match="int"):
        batch.add(7)
    with pytest.raises(aisle.UsageError, match="no entries"):
        batch.get()
    with pytest.raises(aisle.UsageError, match="samples"):
        client.batch("a", bucket).get(samples="array")
    with pytest.raises(ValueError):
        batch.get()


def test_a_batch_is_emptied_by_get_or_kept(client, bucket):
    batch = client.batch(["a", "b"], bucket)
    assert len(list(batch.get(clear_batch=False))) == 2 and len(batch) == 2
    assert len(list(batch.get())) == 2 and len(batch) == 0
    assert repr(batch.add("a")) == "Batch(objects=1, format=.tar)"
    assert [item.obj_name for item in batch.requests_list] == ["a"] and len(batch.clear()) == 0


def test_the_request_begins_with_get(client, bucket):
    before = client.stats().requests
    results = client.batch(["a"] * 10, bucket).get()
    until = time.monotonic() + 60
    while client.stats().requests == before:
        assert time.monotonic() < until
        time.sleep(0.01)
    assert len(list(results)) == 10


def test_infos_pickle(client, bucket):
    batch = client.batch(bucket=bucket).add("shard.tar", opaque=b"\xff", archpath="one.txt")
    ((info, _),) = batch.get()
    again = pickle.loads(pickle.dumps(info))
    assert repr(again) == repr(info) and again.opaque == b"\xff" and again.size == 1


def test_threads_add_and_get_without_loss(client, bucket):
    batch, taken, ended = client.batch(bucket=bucket), [], threading.Event()

    def take():
        while True:
            last = ended.is_set()
            try:
                taken.extend(int(info.opaque) for info, _ in batch.get())
            except aisle.UsageError:
                if last:
                    return

    takers = [threading.Thread(target=take) for _ in range(4)]
    for taker in takers:
        taker.start()
    for i in range(500):
        batch.add("a", opaque=b"%d" % i)
    ended.set()
    for taker in takers:
        taker.join(60)
    assert sorted(taken) == list(range(500))


def test_leaving_a_loop_early_and_closing(client, bucket):
    for _ in range(20):
        for _, data in client.batch(["c/d"] * 500, bucket).get():
            assert len(data) == 70_000
            break
    with client.batch(["c/d"] * 100, bucket).get() as results:
        next(results)
    assert list(results) == []


def test_ten_thousand_entries(client, bucket):
    batch = client.batch(bucket=bucket)
    for i in range(10_000):
        batch.add("a", opaque=b"%d" % i)
    assert [int(info.opaque) for info, data in batch.get() if data == b"AAA"] == list(range(10_000))


# ---- buckets and objects


def test_buckets_and_objects_by_name(client):
    cloud = client.bucket("c", provider="s3")
    assert (cloud.name, cloud.provider, cloud.namespace, cloud.uri) == ("c", "aws", "", "aws://c")
    assert client.bucket("s3://c") == cloud and hash(client.bucket("s3://c")) == hash(cloud)
    spaced = client.bucket("b", namespace="ns").object("o/p")
    assert (spaced.uri, spaced.bucket_name, spaced.bucket_provider) == ("ais://@#ns/b/o/p", "b", "ais")
    assert spaced == client.bucket("b", namespace="ns").object("o/p") != client.bucket("b").object("o/p")


def test_making_filling_and_destroying_a_bucket(client, tmp_path):
    bucket = client.bucket("scratch").create()
    with pytest.raises(aisle.Error, match="exists"):
        # Not if a request was repeated because the server was slow: the first may have created it.
        for _ in range(5):
            client.bucket("scratch").create()
    bucket.create(exist_ok=True)
    (tmp_path / "file").write_bytes(b"of a file")
    bucket.object("x").get_writer().put_content(b"of memory")
    bucket.object("y").get_writer().put_file(tmp_path / "file")
    bucket.object("s.tar").get_writer().put_content(tar_of(MEMBERS))
    assert [(o.name, o.size) for o in bucket.list_all_objects()][1:] == [("x", 9), ("y", 9)]
    assert [o.name for o in bucket.list_all_objects("y")] == ["y"]
    assert [(m.name, m.archpath, m.size) for m in bucket.list_archive("s.tar")] == [
        ("s.tar/one.txt", "one.txt", 1),
        ("s.tar/two/2.txt", "two/2.txt", 2),
    ]
    with pytest.raises(aisle.NotFound):
        bucket.list_archive("none.tar")
    assert bucket.object("y").get_reader().read_all() == b"of a file"
    assert bucket.object("s.tar").get_reader(archpath="one.txt").read_all() == b"1"
    with pytest.raises(aisle.NotFound):
        bucket.object("z").get_reader().read_all()
    bucket.delete()
    with pytest.raises(aisle.NotFound):
        for _ in range(5):
            bucket.delete()
    bucket.delete(missing_ok=True)
