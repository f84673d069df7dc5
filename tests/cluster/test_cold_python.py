"""The Python package, where a cloud bucket has objects that the cluster has not fetched yet.

AISLE_PACKAGE: folder with the package `aisle`. None: the package that is installed.
"""

import os
import sys

import pytest
import shards
from cloud import CloudBucket, needs_cloud
from conftest import ENDPOINT, Bucket, content

pytestmark = needs_cloud

if package := os.environ.get("AISLE_PACKAGE"):
    sys.path.insert(0, package)
aisle = pytest.importorskip("aisle", reason="the Python package is not built")

SIZE = 10_240
OBJECTS = {f"o/{number:03}.bin": content(number, SIZE) for number in range(60)}
MEMBERS = {f"s/{shard}.tar": {f"m/{m}.bin": content(f"{shard}/{m}", SIZE) for m in range(5)} for shard in range(4)}
EVERYTHING = len(OBJECTS) + len(MEMBERS)  # objects in the cloud


@pytest.fixture
def cloud():
    it = CloudBucket()
    try:
        it.put_all(OBJECTS | {name: shards.tar(inside) for name, inside in MEMBERS.items()})
        yield it
    finally:
        it.destroy()


@pytest.fixture
def client():
    with aisle.Client(ENDPOINT) as it:
        yield it


def asked_of(cloud):
    """Entries and the data of each: objects, members, and ranges of objects that are asked for nowhere else."""
    asked = [(aisle.Entry(name, bucket=cloud.uri), data) for name, data in list(OBJECTS.items())[5:]]
    asked += [(aisle.Entry(name, bucket=cloud.uri, archpath=m), data)
              for name, inside in MEMBERS.items() for m, data in inside.items()]
    asked += [(aisle.Entry(name, bucket=cloud.uri, start=100 * i, length=50), data[100 * i:100 * i + 50])
              for i, (name, data) in enumerate(list(OBJECTS.items())[:5])]
    return asked


@pytest.mark.parametrize("streaming", [True, False])
def test_a_stream_fetches_what_is_cold(cloud, client, streaming):
    asked = asked_of(cloud)
    for epoch in range(2):
        with client.stream([entry for entry, _ in asked], batch_size=16, streaming_get=streaming) as samples:
            assert [bytes(sample) for sample in samples] == [data for _, data in asked]
            # In the second epoch the cluster has all of it.
            assert (samples.result().cold > 0) == (epoch == 0)
    assert cloud.cached() == EVERYTHING


def test_what_the_cloud_does_not_have_is_missing(cloud, client):
    names = ["o/005.bin", "none.bin", "o/006.bin"]
    samples = list(client.stream(names, bucket=cloud.uri))
    assert [sample.status for sample in samples] == ["delivered", "missing", "delivered"]
    with pytest.raises(FileNotFoundError):
        client.get("none.bin", bucket=cloud.uri)


def test_a_cold_object_by_itself(cloud, client):
    assert bytes(client.get("o/007.bin", bucket=cloud.uri)) == OBJECTS["o/007.bin"]
    assert client.head(cloud.uri, "o/008.bin").size == SIZE
    listed = {o.name for o in client.list(cloud.uri, "o/")}
    assert listed == set(OBJECTS)
    assert {o.name for o in client.list(cloud.uri, "o/", cached_only=True)} == {"o/007.bin"}


def asked_as_by_the_sdk(batch, cloud, warm):
    """Adds cold objects and members, and warm objects of another bucket between them. Gives what is to come."""
    expected = []
    for number, name in enumerate(OBJECTS):
        batch.add(cloud.object(name), opaque=str(number).encode())
        expected.append((name, OBJECTS[name]))
        if number % 10 == 0:
            batch.add(warm.object(f"w/{number}"))
            expected.append((f"w/{number}", content(f"w{number}", 700)))
    for name, inside in MEMBERS.items():
        for member, data in inside.items():
            batch.add(cloud.object(name), archpath=member)
            expected.append((name, data))
    return expected


@pytest.fixture
def warm():
    bucket = Bucket()
    try:
        bucket.put_all({f"w/{number}": content(f"w{number}", 700) for number in range(0, 60, 10)})
        yield bucket
    finally:
        bucket.destroy()


@pytest.mark.parametrize("streaming", [True, False])
def test_a_batch_of_cold_and_warm_buckets(cloud, warm, client, streaming):
    batch = client.batch(streaming_get=streaming)
    expected = asked_as_by_the_sdk(batch, client.bucket(cloud.name, "s3"), client.bucket(warm.name))
    assert [(info.obj_name, bytes(data)) for info, data in batch.get()] == expected
    assert cloud.cached() == EVERYTHING


@pytest.mark.parametrize("streaming", [True, False])
def test_the_sdks_code_on_aisle_fetches_what_is_cold(cloud, warm, streaming):
    sdk = pytest.importorskip("aistore.sdk", reason="the AIStore SDK is not installed")
    import aisle.aistore

    client = sdk.Client(ENDPOINT)
    batch = aisle.aistore.Batch(client._request_client, streaming_get=streaming)
    expected = asked_as_by_the_sdk(batch, client.bucket(cloud.name, "aws"), client.bucket(warm.name))
    assert [(info.obj_name, data) for info, data in batch.get()] == expected
    assert cloud.cached() == EVERYTHING
