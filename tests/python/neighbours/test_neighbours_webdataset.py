"""WebDataset pipelines over aisle.wds.samples."""

from __future__ import annotations

import pickle

import pytest

wds = pytest.importorskip("webdataset")
import aisle  # noqa: E402
import aisle.wds  # noqa: E402
from aisle.wds import grouped  # noqa: E402
from conftest import content  # noqa: E402
from serving import serving, tar_of  # noqa: E402

SHARDS = 4
SAMPLES = 25


@pytest.fixture(scope="module")
def shards(tmp_path_factory):
    """Shards as WebDataset's own writer has them: a file of each kind for every sample."""
    root = tmp_path_factory.mktemp("wds")
    (root / "wds").mkdir()
    for k in range(SHARDS):
        members = {"__meta__/index": b"-"} if k == 0 else {}
        for i in range(SAMPLES):
            members[f"d/{k}-{i:03}.seg.png"] = content(f"png{k}/{i}", 50 * i)
            members[f"d/{k}-{i:03}.CLS"] = str(i).encode()
        (root / "wds" / f"train-{k:03}.tar").write_bytes(tar_of(members))
    (root / "wds" / "train-000.tar.md5").write_bytes(b"not a shard")
    return root


@pytest.fixture(scope="module")
def endpoint(shards):
    with serving(shards) as it:
        yield it


@pytest.fixture
def urls():
    return [f"ais://wds/train-{k:03}.tar" for k in range(SHARDS)]


def expected(shards):
    """What WebDataset reads from the files themselves."""
    files = [str(shards / "wds" / f"train-{k:03}.tar") for k in range(SHARDS)]
    pipeline = wds.DataPipeline(wds.SimpleShardList(files), wds.tarfile_to_samples())
    return [{k: v for k, v in it.items() if k not in ("__url__", "__local_path__")} for it in pipeline]


def without_url(samples):
    return [{k: v for k, v in it.items() if k != "__url__"} for it in samples]


def test_samples_are_those_that_webdataset_reads_itself(shards, client, urls):
    pipeline = wds.DataPipeline(wds.SimpleShardList(urls), aisle.wds.samples(client))
    got = list(pipeline)
    assert without_url(got) == expected(shards)
    assert [it["__url__"] for it in got] == [url for url in urls for _ in range(SAMPLES)]


def test_webdatasets_decoders_work(client, urls):
    pipeline = wds.DataPipeline(
        wds.SimpleShardList(urls[:1]), aisle.wds.samples(client), wds.decode(), wds.to_tuple("cls")
    )
    assert [label for (label,) in pipeline] == list(range(SAMPLES))


def test_shuffled_over_shards_every_sample_comes_once(shards, client, urls):
    stage = aisle.wds.samples(client, shuffle=60, seed=1)
    first, second = (without_url(wds.DataPipeline(wds.SimpleShardList(urls), stage)) for _ in range(2))
    key = lambda it: it["__key__"]  # noqa: E731
    assert sorted(first, key=key) == sorted(second, key=key) == sorted(expected(shards), key=key)
    assert first != second != expected(shards)
    again = aisle.wds.samples(client, shuffle=60, seed=1)
    assert without_url(wds.DataPipeline(wds.SimpleShardList(urls), again)) == first
    assert len({it["__key__"].split("-")[0] for it in first[:20]}) > 1


def test_some_of_the_files(client, urls, shards):
    got = list(wds.DataPipeline(wds.SimpleShardList(urls), aisle.wds.samples(client, fields={"cls"})))
    assert without_url(got) == [{"__key__": it["__key__"], "cls": it["cls"]} for it in expected(shards)]


def test_names_from_an_index(client, urls, shards):
    names = {urls[1]: ["d/1-007.seg.png", "d/1-007.CLS", "d/1-003.CLS"]}
    stages = [aisle.wds.samples(client, names=it) for it in (names, names.__getitem__)]
    for stage in stages:
        got = list(wds.DataPipeline(wds.SimpleShardList([urls[1]]), stage))
        assert [(it["__key__"], it.get("cls")) for it in got] == [("d/1-007", b"7"), ("d/1-003", b"3")]
        assert got[0]["seg.png"] == content("png1/7", 350)


def test_in_the_workers_of_a_loader(client, urls, shards):
    pytest.importorskip("torch")
    stage = pickle.loads(pickle.dumps(aisle.wds.samples(client)))
    pipeline = wds.DataPipeline(wds.SimpleShardList(urls), wds.split_by_worker, stage)
    got = list(wds.WebLoader(pipeline, batch_size=None, num_workers=2))
    assert sorted(it["__key__"] for it in got) == sorted(it["__key__"] for it in expected(shards))


def test_a_sample_that_is_gone(client, urls):
    names = {urls[0]: ["d/0-000.CLS", "d/gone.cls", "d/gone.seg.png", "d/0-002.CLS"]}

    def run(handler):
        stage = aisle.wds.samples(client, names=names, handler=handler)
        return [it["__key__"] for it in wds.DataPipeline(wds.SimpleShardList(urls[:1]), stage)]

    assert run(wds.ignore_and_continue) == ["d/0-000", "d/0-002"]
    assert run(wds.ignore_and_stop) == ["d/0-000"]
    with pytest.raises(aisle.NotFound, match="gone"):
        run(None)


@pytest.mark.parametrize("gone", ["ais://nowhere/s.tar", "gone.tar"])
def test_a_shard_that_is_gone(client, urls, shards, gone):
    url = gone if "://" in gone else f"{urls[0].rpartition('/')[0]}/{gone}"

    def run(handler):
        stage = aisle.wds.samples(client, handler=handler)
        return without_url(wds.DataPipeline(wds.SimpleShardList([urls[0], url, urls[1]]), stage))

    assert run(wds.ignore_and_continue) == expected(shards)[: 2 * SAMPLES]
    assert run(wds.ignore_and_stop) == expected(shards)[:SAMPLES]
    with pytest.raises(aisle.Error):
        run(None)


def test_grouping():
    def groups(*members, fields=None):
        return [(it.key, list(it.members)) for it in grouped("u", members, fields)]

    assert groups("a.jpg", "a.cls", "b.jpg") == [("a", ["jpg", "cls"]), ("b", ["jpg"])]
    assert groups("x.y/a.seg.JPG", "x.y/a.t") == [("x.y/a", ["seg.jpg", "t"])]
    assert groups("README", ".hidden", "__m__", "__m__/a.b", "a.b") == [("a", ["b"])]
    assert groups("a.jpg", "b.jpg", "a.cls") == [("a", ["jpg"]), ("b", ["jpg"]), ("a", ["cls"])]
    assert groups("a.jpg", "a.cls", "b.jpg", fields=frozenset({"cls"})) == [("a", ["cls"])]
    with pytest.raises(aisle.UsageError, match="both the 'jpg'"):
        groups("a.jpg", "a.JPG")


def test_impossible_arguments_are_refused(client):
    with pytest.raises(aisle.UsageError, match="shuffle is -1"):
        aisle.wds.samples(client, shuffle=-1)
    for name in ("ordered", "on_missing", "bucket"):
        with pytest.raises(aisle.UsageError, match=f"{name} cannot be given"):
            aisle.wds.samples(client, **{name: None})
