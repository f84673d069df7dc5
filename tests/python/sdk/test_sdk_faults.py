"""The table "Where the SDK is silently wrong" of docs/python/migration.md: what AIStore's SDK gives, without raising.

What Aisle gives is in test_aistore_batch.py. The rows were written for SDK 2.0.0; with another version these tests are
skipped, and the table is to be read again.
"""

from __future__ import annotations

import importlib.metadata

import pytest

from serving import Server, fill, serving, tar_of

pytest.importorskip("aistore", reason="the AIStore SDK is not installed")
from aistore.sdk import Client
from aistore.sdk.errors import AISError
from aistore.sdk.types import Namespace

VERSION = importlib.metadata.version("aistore")
pytestmark = pytest.mark.skipif(VERSION != "2.0.0", reason=f"the table is about SDK 2.0.0, and this is {VERSION}")

SHARDS = [f"shard-{i}.tar" for i in range(8)]
OBJECTS = {f"o{i:02}": bytes([i]) * (1000 + i) for i in range(40)}


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory):
    files = {f"faults/{name}": data for name, data in OBJECTS.items()}
    files |= {f"faults/{name}": tar_of({"a.txt": b"AAAA"}) for name in SHARDS}
    files["#ns/faults/o00"] = b"in a namespace"
    with serving(fill(tmp_path_factory.mktemp("faults") / "root", files), "--max-wait", "500") as it:
        yield it


@pytest.fixture
def bucket(endpoint):
    return Client(endpoint).bucket("faults")


def got(bucket, *names, adds=(), **options):
    """(name, bytes) of a batch, as the SDK gives them."""
    batch = bucket_client(bucket).batch(list(names) or None, bucket=bucket, **options)
    for name, named in adds:
        batch.add(name, **named)
    return [(info.obj_name, data) for info, data in batch.get()]


def bucket_client(bucket):
    made = Client.__new__(Client)
    made._request_client = bucket.client
    return made


def right(*names):
    return [(name, OBJECTS[name]) for name in names]


def test_nine_missing_entries(bucket):
    names = [name for i in range(20) for name in (f"none-{i}", f"o{i:02}")]
    found = got(bucket, *names)
    assert len(found) in (16, 17) and [name for name, _ in found] == names[: len(found)]


@pytest.mark.parametrize("streaming", [True, False])
def test_a_range_outside_its_object(bucket, streaming):
    """It depends on whether the target that assembles the batch has the object itself."""
    wrong = [("o00", {}), ("o01", {"start": 5000, "length": 10}), ("o02", {})]
    ends, whole = right("o00"), right("o00", "o01", "o02")
    try:
        assert got(bucket, adds=wrong, streaming_get=streaming) in ((ends, whole) if streaming else (whole,))
    except AISError as why:
        assert not streaming and why.status_code == 400


def test_a_missing_entry_of_a_batch_that_must_not_go_on(bucket):
    found = got(bucket, "o00", "none", "o02", cont_on_err=False)
    assert found in (right("o00"), [*right("o00"), ("none", b""), *right("o02")])


@pytest.mark.parametrize("fault", ["short@3", "damaged-header@3", "empty-archive"])
def test_an_answer_that_ends_early(tmp_path, fault):
    root = fill(tmp_path, {f"faults/{name}": data for name, data in OBJECTS.items()})
    with Server(root, "--fault", fault) as it:
        found = got(Client(it.endpoint).bucket("faults"), *OBJECTS)
    assert found == right(*list(OBJECTS)[: len(found)]) and len(found) < 4


@pytest.mark.parametrize("streaming", [True, False])
@pytest.mark.parametrize("fault", ["swapped@3", "wrong-name@3"])
def test_samples_in_another_order_or_under_another_name(tmp_path, fault, streaming):
    """Without streaming the metadata before the archive contradict it."""
    root = fill(tmp_path, {f"faults/{name}": data for name, data in OBJECTS.items()})
    with Server(root, "--fault", fault) as it:
        found = got(Client(it.endpoint).bucket("faults"), *OBJECTS, streaming_get=streaming)
    assert [name for name, _ in found] == list(OBJECTS)
    assert (found == right(*OBJECTS)) == (fault == "wrong-name@3")


def test_a_namespace(endpoint):
    spaced = Client(endpoint).bucket("faults", namespace=Namespace(name="ns"))
    assert got(spaced, "o00") == right("o00")


def test_members_of_archives_with_metadata(bucket):
    """Right only for archives of the target that assembles the batch."""
    batch = bucket_client(bucket).batch(bucket=bucket, streaming_get=False)
    for name in SHARDS:
        batch.add(name, archpath="a.txt")
    found = [(info.obj_name, info.archpath or "") for info, data in batch.get() if data == b"AAAA"]
    assert len(found) == len(SHARDS)
    fused = [pair for pair, name in zip(found, SHARDS, strict=True) if pair == (f"{name}/a.txt", "")]
    named = [pair for pair, name in zip(found, SHARDS, strict=True) if pair == (name, "a.txt")]
    assert fused and len(fused) + len(named) == len(SHARDS)


def test_a_length_of_0(bucket):
    assert got(bucket, adds=[("o00", {"length": 0})]) == right("o00")


def test_empty_opaque_bytes(bucket):
    batch = bucket_client(bucket).batch(bucket=bucket)
    ((info, _),) = batch.add("o00", opaque=b"").get()
    assert info.opaque is None


def test_an_entry_added_while_the_request_is_sent(bucket):
    """As by a second thread: the entry is neither in the request nor in the next one."""
    batch = bucket_client(bucket).batch("o00", bucket=bucket)
    send = batch.request_client.request

    def send_and_add(*args, **named):
        response = send(*args, **named)
        batch.add("o01")
        return response

    batch.request_client.request = send_and_add
    try:
        found = [(info.obj_name, data) for info, data in batch.get()]
    finally:
        batch.request_client.request = send
    assert found == right("o00") and not batch.requests_list
