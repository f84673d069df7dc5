"""One object at a time, and what is in a bucket."""

from __future__ import annotations

import pytest

import aisle
from conftest import content


def test_get(client, served):
    assert client.get("ais://data/size-1") == served.objects["size-1"]
    assert client.get("size-512", bucket="ais://data") == served.objects["size-512"]
    assert client.get(aisle.Entry("size-512", bucket="data", start=2)) == served.objects["size-512"][2:]
    assert client.get("size-512", bucket="data", start=2, length=5) == served.objects["size-512"][2:7]
    assert client.get("s1.tar", bucket="tars", archpath="m/2.jpg") == served.shards["s1.tar"]["m/2.jpg"]
    assert client.get("ais://tars/s1.tar/m/2.jpg", opaque=b"x").opaque == b"x"
    assert client.get({"object": "size-1"}, bucket="data") == served.objects["size-1"]


def test_get_of_what_is_not_there(client):
    with pytest.raises(aisle.NotFound) as e:
        client.get("no/such", bucket="ais://data")
    assert isinstance(e.value, FileNotFoundError) and e.value.code == "missing"
    with pytest.raises(aisle.NotFound):
        client.get("s1.tar", bucket="tars", archpath="no/such")
    with pytest.raises(aisle.Error) as e:
        client.get("x", bucket="ais://nobucket")
    assert "nobucket" in str(e.value)


def test_get_checks_size_and_checksum(client):
    with pytest.raises(aisle.DataError) as e:
        client.get("size-512", bucket="data", size=511)
    assert e.value.code == "wrong_size"
    with pytest.raises(aisle.DataError) as e:
        client.get("size-512", bucket="data", checksum="sha256:" + "0" * 64)
    assert e.value.code == "wrong_checksum"
    with pytest.raises(aisle.UsageError):
        client.get(aisle.Entry("x", bucket="data"), start=3)


def test_put_head_list_and_buckets(serve, tmp_path):
    with aisle.Client(serve().endpoint) as client:
        assert client.create_bucket("made") is True
        # True if a request was repeated because the server was slow: the first may have created it.
        assert any(client.create_bucket("ais://made") is False for _ in range(5))
        put = client.put("made", "a/b", b"12345")
        assert (put.bucket, put.name, put.size) == ("ais://made", "a/b", 5)
        file = tmp_path / "file"
        file.write_bytes(content("file", 100_000))
        client.put("made", "f", file)
        client.put("made", "g", str(file))
        client.put("made", "m", memoryview(bytearray(b"xyz"))[1:])
        assert client.get("made/m".partition("/")[2], bucket="made") == b"yz"
        assert client.get("ais://made/f") == client.get("ais://made/g") == file.read_bytes()
        head = client.head("made", "a/b")
        assert (head.size, head.name) == (5, "a/b") and ":" in head.checksum
        with pytest.raises(aisle.NotFound):
            client.head("made", "none")
        with pytest.raises(aisle.UsageError):
            client.put("made", "x", tmp_path / "none")
        assert [o.name for o in client.list("made")] == ["a/b", "f", "g", "m"]
        assert client.destroy_bucket("made") is True
        assert any(client.destroy_bucket("made") is False for _ in range(5))
        with pytest.raises(aisle.ServerError):
            list(client.list("made"))


def test_list(client, served):
    listed = list(client.list("ais://data", "many/", page_size=300))
    assert [(o.name, o.size) for o in listed] == [(n, len(served.objects[n])) for n in sorted(served.many)]
    assert listed[0].bucket == "ais://data" and listed[0].cached
    assert next(client.list("data", "size-1", details=True)).checksum
    assert listed[0] == next(client.list("data", "many/")) and listed[0] != listed[1]
    assert len({listed[0], next(client.list("data", "many/"))}) == 1
    assert repr(listed[1]) == f"<aisle.ListedObject ais://data/many/0001, {listed[1].size:,} bytes>"


def test_list_of_members(client, served):
    members = list(client.list("tars", archives=True))
    assert [o.is_archive for o in members] == [True, False, False, False, False, False] * 3
    assert [(o.name, o.archpath) for o in members[:2]] == [("s0.tar", ""), ("s0.tar", "m/0.jpg")]


def test_a_listing_that_is_let_go(client):
    pages = client.list("data", page_size=1)
    next(pages)
    del pages


def test_stats(client, served):
    list(client.stream(served.many, bucket="data"))
    stats = client.stats()
    assert stats.samples_delivered == 1000 and stats.requests > 0 and stats.elapsed > 0
    assert 0 < sum(t["samples"] for t in stats.targets) <= 1000
    assert stats.bound in ("nothing", "server", "network", "client CPU", "consumer") and stats.reason
    assert "samples_delivered=1000" in repr(stats)


def test_the_sdk_style_way_in(client, served):
    bucket = client.bucket("data")
    got = [(info.obj_name, data) for info, data in client.batch(["size-1", "size-512"], bucket=bucket).get()]
    assert got == [("size-1", served.objects["size-1"]), ("size-512", served.objects["size-512"])]


def test_buckets_as_objects(client, served):
    bucket = client.bucket("data")
    assert next(client.stream(["size-1"], bucket=bucket)) == served.objects["size-1"]
    assert next(client.stream([bucket.object("size-1")])) == served.objects["size-1"]
    with pytest.raises(aisle.UsageError):
        client.stream([], bucket=5)
