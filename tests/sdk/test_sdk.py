"""The AIStore Python SDK as a client of the playground: what it puts it gets back, and its Batch reads the same bytes."""

import io
import random
import tarfile

import pytest
from aistore.sdk.errors import AISError

SIZES = [0, 1, 511, 512, 513, 1536, 10_240, 100_000, 1_000_003]


def put_all(bucket) -> dict[str, bytes]:
    random_bytes = random.Random(7).randbytes
    data = {f"dir/obj {size}": random_bytes(size) for size in SIZES} | {"\u00fcn\u00ef/\u65e5\u672c.bin": b"named"}
    for name, content in data.items():
        bucket.object(name).get_writer().put_content(content)
    return data


def put_shard(bucket) -> dict[str, bytes]:
    members = {"a.txt": b"AAAA", "d/b.bin": bytes(range(256)), "empty.txt": b""}
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    bucket.object("shard.tar").get_writer().put_content(packed.getvalue())
    return members


def test_what_is_put_is_listed_and_got(bucket):
    data = put_all(bucket)
    assert {e.name: e.size for e in bucket.list_all_objects(props="name,size")} == {n: len(c) for n, c in data.items()}
    for name, content in data.items():
        assert bucket.object(name).get_reader().read_all() == content
        assert bucket.object(name).head().size == len(content)


def test_a_missing_object_is_an_error(bucket):
    with pytest.raises(AISError):
        bucket.object("nowhere").get_reader().read_all()


@pytest.mark.parametrize("streaming", [True, False])
def test_batch_reads_the_same_bytes(client, bucket, streaming):
    data = put_all(bucket)
    batch = client.batch([bucket.object(name) for name in data], bucket=bucket, streaming_get=streaming)
    got = [(info.obj_name, bytes(content)) for info, content in batch.get()]
    assert got == list(data.items())


@pytest.mark.parametrize("streaming", [True, False])
def test_batch_reads_members_of_shards_and_marks_what_is_missing(client, bucket, streaming):
    members = put_shard(bucket)
    batch = client.batch(bucket=bucket, streaming_get=streaming)
    for name in members:
        batch.add(bucket.object("shard.tar"), archpath=name)
    batch.add(bucket.object("nowhere"))
    batch.add(bucket.object("shard.tar"), archpath="a.txt")
    got = [bytes(content) for _, content in batch.get()]
    assert got == [*members.values(), b"", b"AAAA"]
