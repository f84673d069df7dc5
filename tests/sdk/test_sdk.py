"""The AIStore Python SDK, as it comes from PyPI, as a client of `aisle serve`.

Run with `python3 -m pytest tests/sdk`. AISLE_BIN names the binary (else build/release/bin/aisle, build/dev/bin/aisle).
"""

import io
import os
import random
import re
import signal
import subprocess
import tarfile
from pathlib import Path

import pytest

aistore = pytest.importorskip("aistore", reason="the AIStore SDK is not installed: pip install aistore")
from aistore.sdk import Client  # noqa: E402
from aistore.sdk.archive_config import ArchiveConfig  # noqa: E402
from aistore.sdk.errors import AISError, ErrBckAlreadyExists, ErrBckNotFound, ErrObjNotFound  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
CANDIDATES = [os.environ.get("AISLE_BIN"), ROOT / "build/release/bin/aisle", ROOT / "build/dev/bin/aisle"]
AISLE = next((str(c) for c in CANDIDATES if c and Path(c).exists()), None)

SIZES = [0, 1, 511, 512, 513, 10_240, 100_000, 1_048_576]
MEMBERS = {"a.txt": b"AAAA", "d/b.bin": bytes(range(256)), "empty.txt": b""}


def content(name, size):
    return random.Random(name).randbytes(size)


OBJECTS = {f"size-{size}": content(f"size-{size}", size) for size in SIZES}
OBJECTS |= {name: content(name, 100) for name in ("dir/with space", "ünï/日本.bin", "per%20cent")}


def shard():
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in MEMBERS.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


@pytest.fixture(scope="module", params=["folder", "memory"])
def endpoint(request, tmp_path_factory):
    assert AISLE, "no aisle binary: set AISLE_BIN"
    folder = ["--writable", tmp_path_factory.mktemp("served")] if request.param == "folder" else []
    server = subprocess.Popen([AISLE, "serve", "--port", "0", "--synthetic", "2500x700", *map(str, folder)],
                              stdout=subprocess.PIPE, text=True)
    for line in server.stdout:
        if found := re.search(r"(http://[\d.]+:\d+)", line):
            break
    yield found.group(1)
    server.send_signal(signal.SIGINT)
    server.wait(timeout=20)
    server.stdout.close()


@pytest.fixture(scope="module")
def client(endpoint):
    return Client(endpoint)


@pytest.fixture(scope="module")
def bucket(client):
    it = client.bucket("sdk").create()
    for name, data in OBJECTS.items():
        it.object(name).get_writer().put_content(data)
    it.object("shard.tar").get_writer().put_content(shard())
    return it


def read(batch, **options):
    """What a batch gives, as (name asked for, bytes)."""
    return [(info.obj_name, data) for info, data in batch.get(**options)]


def test_the_cluster_is_ready_and_has_a_map(client):
    assert client.cluster().is_ready()
    smap = client.cluster().get_info()
    assert len(smap.tmap) == 3
    assert smap.proxy_si.public_net.direct_url.startswith("http://")


def test_buckets_are_created_listed_and_deleted(client):
    bucket = client.bucket("short-lived").create()
    with pytest.raises(ErrBckAlreadyExists):
        client.bucket("short-lived").create()
    client.bucket("short-lived").create(exist_ok=True)
    names = [b.name for b in client.cluster().list_buckets(provider="ais")]
    assert "short-lived" in names and "synthetic" in names
    assert bucket.head()["Ais-Bucket-Props"]
    bucket.delete()
    with pytest.raises(ErrBckNotFound):
        bucket.delete()
    with pytest.raises(ErrBckNotFound):
        bucket.list_all_objects()


def test_objects_come_back_as_they_were_put(bucket):
    for name, data in OBJECTS.items():
        assert bucket.object(name).get_reader().read_all() == data, name
        assert bucket.object(name).head().size == len(data)


def test_parts_of_objects_and_members_of_shards_can_be_read(bucket):
    data = OBJECTS["size-100000"]
    assert bucket.object("size-100000").get_reader(byte_range="bytes=5-104").read_all() == data[5:105]
    assert bucket.object("size-100000").get_reader(byte_range="bytes=-7").read_all() == data[-7:]
    for name, member in MEMBERS.items():
        assert bucket.object("shard.tar").get_reader(ArchiveConfig(archpath=name)).read_all() == member
    assert bucket.object("size-1048576").get_reader(direct=True).read_all() == OBJECTS["size-1048576"]


def test_missing_objects_and_deleted_ones_are_told_of(bucket):
    with pytest.raises(ErrObjNotFound):
        bucket.object("nope").get_reader().read_all()
    bucket.object("going").get_writer().put_content(b"x")
    bucket.object("going").delete()
    with pytest.raises(AISError):
        bucket.object("going").head()


def test_listings_have_all_names_and_sizes_also_in_pages(client, bucket):
    listed = {entry.name: entry.size for entry in bucket.list_all_objects()}
    assert listed == {name: len(data) for name, data in OBJECTS.items()} | {"shard.tar": len(shard())}
    by_page = [entry.name for entry in bucket.list_objects_iter(page_size=3)]
    assert by_page == sorted(listed, key=str.encode)
    assert [e.name for e in bucket.list_objects(prefix="size-5").entries] == ["size-511", "size-512", "size-513"]
    made_up = client.bucket("synthetic").list_all_objects(page_size=1000)
    assert [e.name for e in made_up] == [f"sample-{i:08}" for i in range(2500)]


@pytest.mark.parametrize("streaming", [True, False])
def test_batches_give_the_bytes_in_order(client, bucket, streaming):
    names = list(OBJECTS) + list(reversed(OBJECTS)) + ["size-1"] * 3
    got = read(client.batch(names, bucket=bucket, streaming_get=streaming))
    assert [name for name, _ in got] == names
    assert all(data == OBJECTS[name] for name, data in got)


@pytest.mark.parametrize("streaming", [True, False])
def test_missing_objects_are_empty_results(client, bucket, streaming):
    names = ["size-1", "nope", "size-513", "nope-either", "size-0"]
    got = list(client.batch(names, bucket=bucket, streaming_get=streaming).get())
    assert [data for _, data in got] == [OBJECTS.get(name, b"") for name in names]
    if not streaming:
        assert [bool(info.err_msg) for info, _ in got] == [False, True, False, True, False]


@pytest.mark.parametrize("streaming", [True, False])
def test_members_ranges_and_opaque_bytes(client, bucket, streaming):
    batch = client.batch(bucket=bucket, streaming_get=streaming)
    for name in MEMBERS:
        batch.add("shard.tar", archpath=name, opaque=name.encode() + b"\x00\xff")
    batch.add("shard.tar", archpath="d/b.bin", start=5, length=3)
    batch.add("size-100000", start=99_990, length=-1)
    batch.add("size-100000", start=0, length=7)
    batch.add("shard.tar", archpath="nope")
    got = list(batch.get())
    whole = OBJECTS["size-100000"]
    assert [data for _, data in got] == [*MEMBERS.values(), bytes([5, 6, 7]), whole[99_990:], whole[:7], b""]
    if not streaming:
        assert [info.size for info, _ in got] == [len(data) for _, data in got]
        assert [info.opaque for info, _ in got[:3]] == [name.encode() + b"\x00\xff" for name in MEMBERS]


def test_batches_span_buckets(client, bucket):
    other = client.bucket("other").create(exist_ok=True)
    other.object("size-1").get_writer().put_content(b"another")
    batch = client.batch(bucket=bucket)
    batch.add(bucket.object("size-1")).add(other.object("size-1")).add("sample-00000007", bck="synthetic", provider="ais")
    first, second, third = [data for _, data in batch.get()]
    assert first == OBJECTS["size-1"] and second == b"another" and len(third) == 700


def test_a_raw_stream_is_a_tar_archive(client, bucket):
    raw = client.batch(list(OBJECTS), bucket=bucket, only_obj_name=True).get(raw=True)
    with tarfile.open(fileobj=io.BytesIO(raw.read())) as archive:
        assert archive.getnames() == list(OBJECTS)


@pytest.mark.parametrize("streaming", [True, False])
@pytest.mark.parametrize("form", [".tar", ".tgz", ".tar.gz", ".zip"])
def test_the_sdk_reads_every_format_it_knows(client, bucket, form, streaming):
    got = read(client.batch(list(OBJECTS), bucket=bucket, output_format=form, streaming_get=streaming))
    assert got == list(OBJECTS.items())


def test_what_this_server_cannot_answer_is_said(client, bucket):
    batch = client.batch(["size-1"], bucket=bucket)
    batch.request.output_format = ".7z"
    with pytest.raises(AISError, match="unknown mime type"):
        batch.get(raw=True)
    with pytest.raises(ErrBckNotFound):
        list(client.batch(["x"], bucket=client.bucket("no-such-bucket")).get())
