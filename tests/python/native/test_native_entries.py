"""Entries: what they are made of, and tables of them."""

from __future__ import annotations

import copy
import pickle
import types

import pytest

import aisle
from aisle import Entries, Entry


def test_an_entry_says_what_it_was_made_of():
    e = Entry("a/b.tar", bucket="train", archpath="m/1.jpg", start=4, length=10, opaque=b"\1", size=10,
              checksum="sha256:00", tag=2**64 - 1)
    assert (e.object, e.bucket, e.archpath, e.start, e.length) == ("a/b.tar", "ais://train", "m/1.jpg", 4, 10)
    assert (e.opaque, e.size, e.checksum, e.tag) == (b"\1", 10, "sha256:00", 2**64 - 1)
    assert (e.name, e.uri) == ("a/b.tar/m/1.jpg", "ais://train/a/b.tar/m/1.jpg")
    assert (e.provider, e.bucket_name, e.namespace) == ("ais", "train", "")
    assert eval(repr(e), {"aisle": aisle}) == e
    assert e == pickle.loads(pickle.dumps(e)) == copy.copy(e) and hash(e) == hash(copy.copy(e))
    assert e != Entry("a/b.tar", bucket="train") and e != "a/b.tar"
    with pytest.raises(AttributeError):
        e.object = "other"


@pytest.mark.parametrize(("given", "uri"), [
    ({"bucket": "b"}, "ais://b"),
    ({"bucket": "b", "provider": "s3"}, "s3://b"),
    ({"bucket": "s3://b"}, "s3://b"),
    ({"bucket": "b", "namespace": "ns"}, "ais://#ns/b"),
    ({"bucket": "b", "provider": "ais", "namespace": "@uuid#ns"}, "ais://@uuid#ns/b"),
    ({"bucket": "ais://@u#n/b"}, "ais://@u#n/b"),
    ({}, ""),
])
def test_buckets(given, uri):
    e = Entry("x", **given)
    assert e.bucket == uri
    if given.get("namespace"):
        assert e.bucket_name == "b" and e.namespace.endswith("ns")


@pytest.mark.parametrize(("uri", "bucket", "object", "archpath"), [
    ("ais://b/o", "ais://b", "o", ""),
    ("ais://b/d/o.jpg", "ais://b", "d/o.jpg", ""),
    ("s3://b/d/s.tar/m/1.jpg", "s3://b", "d/s.tar", "m/1.jpg"),
    ("ais://b/s.tar", "ais://b", "s.tar", ""),
    ("ais://b/s.tgz/x", "ais://b", "s.tgz", "x"),
    ("ais://b/s.tar.gz/x", "ais://b", "s.tar.gz", "x"),
    ("ais://b/s.zip/x.tar/y", "ais://b", "s.zip", "x.tar/y"),
    ("ais://b/s.tar.lz4/x", "ais://b", "s.tar.lz4", "x"),
    ("ais://@u#n/b/o", "ais://@u#n/b", "o", ""),
    ("ais://b/my.tar.old/x", "ais://b", "my.tar.old/x", ""),
])
def test_parse(uri, bucket, object, archpath):
    e = Entry.parse(uri)
    assert (e.bucket, e.object, e.archpath) == (bucket, object, archpath)
    assert e.uri == uri


def test_a_name_with_a_bucket_is_not_taken_apart():
    e = Entry.parse("s.tar/x", "b")
    assert (e.object, e.archpath, e.bucket) == ("s.tar/x", "", "ais://b")
    assert Entry.parse("http://x/y", "b").object == "http://x/y"


@pytest.mark.parametrize("make", [
    lambda: Entry("x", start=-1), lambda: Entry("x", length=0), lambda: Entry("x", length=-2),
    lambda: Entry("x", provider="s3"), lambda: Entry("x", bucket="s3://b", provider="ais"),
    lambda: Entry("x", opaque=5), lambda: Entry.parse("x"), lambda: Entry.parse("ais://b"),
    lambda: Entry.parse("ais://b/"), lambda: Entry.parse("ais:///x"), lambda: Entries([5]), lambda: Entries(["x"]),
    lambda: Entries.from_uris(["ais://b"]),
])
def test_what_is_refused(make):
    with pytest.raises(aisle.UsageError) as e:
        make()
    assert isinstance(e.value, ValueError) and str(e.value) and e.value.code


def test_objects_of_the_sdk_by_attribute(client, served):
    moss = types.SimpleNamespace(obj_name="size-511", bck="data", provider="ais", opaque="aWQ=", archpath=None, start=1,
                                 length=3, uname=None)
    bare = types.SimpleNamespace(obj_name="size-1")
    named = types.SimpleNamespace(obj_name="size-512", uname="ais/@#/data/size-512", bck=None)
    obj = types.SimpleNamespace(name="size-512", bucket_name="data", bucket_provider="ais", query_params={})
    samples = list(client.stream([moss, bare, named, obj], bucket="data"))
    assert [bytes(s) for s in samples] == [served.objects["size-511"][1:4], served.objects["size-1"],
                                           served.objects["size-512"], served.objects["size-512"]]
    assert samples[0].opaque == b"id"


def every_kind():
    return [
        Entry("a", bucket="b"),
        Entry("c/ü", bucket="b"),
        Entry("s.tar", bucket="s3://c", archpath="m"),
        Entry("r", bucket="b", start=5),
        Entry("r", bucket="b", start=5, length=6),
        Entry("o", bucket="b", opaque=b"\0"),
        Entry("k", bucket="b", size=0),
        Entry("k", bucket="b", size=9, checksum="md5:00"),
        Entry("t", bucket="b", tag=4),
        Entry("last", bucket="d"),
    ]


def test_a_table_has_what_was_put_in():
    wanted = every_kind()
    table = Entries(wanted)
    assert len(table) == len(wanted) and list(table) == wanted
    assert [table[i] for i in range(len(wanted))] == wanted
    assert table[-1] == wanted[-1] and table[-10] == wanted[0]
    for i in (10, -11):
        with pytest.raises(IndexError):
            table[i]
    assert repr(table) == "<aisle.Entries, 10 entries>"


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("part", [slice(None), slice(2, 7), slice(4, 4), slice(-3, None), slice(0, 1)])
def test_parts_of_tables_and_their_pickles(part, protocol):
    table = Entries(every_kind())[part]
    assert list(table) == every_kind()[part]
    back = pickle.loads(pickle.dumps(table, protocol))
    assert list(back) == every_kind()[part] and len(back) == len(table)
    assert list(pickle.loads(pickle.dumps(back[1:], protocol))) == every_kind()[part][1:]


def test_a_table_of_a_million_is_small_and_pickles_as_buffers():
    table = Entries.from_uris(f"ais://train/img/{i:07}.jpg" for i in range(100_000))
    buffers: list[pickle.PickleBuffer] = []
    head = pickle.dumps(table, 5, buffer_callback=buffers.append)
    assert len(head) < 1000
    assert sum(b.raw().nbytes for b in buffers) < 100_000 * 25
    assert pickle.loads(head, buffers=buffers)[99_999].object == "img/0099999.jpg"


def test_damaged_pickles_are_refused():
    from aisle._entry.entries import _restore

    columns = Entries(every_kind())._table.dump()
    for i in range(len(columns)):
        broken = list(columns)
        broken[i] = broken[i] + b"x" if broken[i] else b"x"
        with pytest.raises(aisle.UsageError):
            _restore(*broken)
    with pytest.raises(aisle.UsageError):
        _restore(b"")


def test_steps_are_refused():
    with pytest.raises(aisle.UsageError, match="step"):
        Entries(every_kind())[::2]


def test_from_jsonl(tmp_path):
    path = tmp_path / "e.jsonl"
    path.write_text('{"bucket": "ais://b", "object": "a", "start": 0, "length": 0}\n\n'
                    '{"object": "c", "opaque": "aWQ=", "start": 3, "length": -1, "size": 5}\n', encoding="utf-8")
    table = Entries.from_jsonl(path, bucket="d")
    assert list(table) == [Entry("a", bucket="b"), Entry("c", bucket="d", opaque=b"id", start=3, size=5)]


@pytest.mark.parametrize("line", ['{"object": 5}', '{"bucket": "b"}', '{"object": "x", "lenght": 3}', "nonsense", "[1]",
                                  '{"object": "x", "object": "y"}', '{"object": "x", "opaque": "%"}',
                                  '{"object": "x", "length": 0, "start": 2}', '{"object": "x", "tag": 2}'])
def test_bad_lines_are_refused_with_their_number(tmp_path, line):
    path = tmp_path / "e.jsonl"
    path.write_text('{"object": "a"}\n' + line + "\n", encoding="utf-8")
    with pytest.raises(aisle.UsageError, match="line 2"):
        Entries.from_jsonl(path, bucket="b")


def test_from_list(client, served):
    table = Entries.from_list(client.list("tars", archives=True))
    assert [e.archpath for e in table] == ["m/0.jpg", "m/1.jpg", "m/2.jpg", "m/3.jpg", "m/4.jpg"] * 3
    assert [e.size for e in table[:2]] == [100, 3100]
    wanted = [d for members in served.shards.values() for d in members.values()]
    assert [bytes(s) for s in client.stream(table)] == wanted
