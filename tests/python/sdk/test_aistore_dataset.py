"""AISBatchIterDataset under the patch: the same samples in the same order, with workers too."""

from __future__ import annotations

import logging
import multiprocessing

import pytest

from serving import fill, serving

pytest.importorskip("torch", reason="torch is not installed")
pytest.importorskip("aistore", reason="the AIStore SDK is not installed")
dataset_module = pytest.importorskip("aistore.pytorch.batch_iter_dataset", reason="alive_progress is not installed")
from aistore.sdk import Client  # noqa: E402
from torch.utils.data import DataLoader  # noqa: E402

import aisle.aistore  # noqa: E402

OBJECTS = {f"part-{i % 3}/object-{i:04}": str(i).encode() * (i % 50) for i in range(500)}


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory):
    served = {f"train/{name}": data for name, data in OBJECTS.items()} | {"more/one": b"1", "#ns/more/two": b"22"}
    with serving(fill(tmp_path_factory.mktemp("dataset") / "root", served)) as it:
        yield it


@pytest.fixture
def patched():
    aisle.aistore.patch()
    yield
    aisle.aistore.unpatch()


def dataset(endpoint, **options):
    client = Client(endpoint)
    return dataset_module.AISBatchIterDataset(client.bucket("train"), client, **options)


def test_it_gives_what_the_sdks_own_gives(endpoint):
    by_sdk = list(dataset(endpoint))
    aisle.aistore.patch()
    try:
        by_aisle = list(dataset(endpoint))
        again = dataset(endpoint, max_batch_size=7, streaming=False, output_format=".zip")
        assert [list(again), list(again)] == [by_aisle, by_aisle]
    finally:
        aisle.aistore.unpatch()
    assert by_aisle == by_sdk == sorted(OBJECTS.items())
    assert list(dataset(endpoint)) == by_sdk  # unpatched


def test_prefixes_sources_and_progress(patched, endpoint, capsys):
    client = Client(endpoint)
    first, second = client.bucket("train"), client.bucket("more")
    it = dataset_module.AISBatchIterDataset(
        [first, second], client, prefix_map={first: ["part-1/", "part-0/"]}, show_progress=True
    )
    got = [name for name, _ in it]
    assert got == sorted(n for n in OBJECTS if n[5] == "1") + sorted(n for n in OBJECTS if n[5] == "0") + ["one"]


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_workers_share_it_without_gap_or_repeat(patched, endpoint, method):
    it = dataset(endpoint)
    assert len(list(it)) == len(OBJECTS)  # the parent has used it before
    context = multiprocessing.get_context(method)
    loader = DataLoader(it, batch_size=None, num_workers=3, multiprocessing_context=context)
    got = [(name, bytes(data)) for name, data in loader]
    assert sorted(got) == sorted(OBJECTS.items()) and len(got) == len(OBJECTS)


class Listing:
    """A source of the SDK's kind that lists what is not there too."""

    def __new__(cls, bucket, names):
        from aistore.sdk import AISSource

        class Source(AISSource):
            client = property(lambda self: bucket.client)

            def list_all_objects_iter(self, prefix="", props="name,size"):
                return (bucket.object(name) for name in names)

            def list_urls(self, prefix="", etl=None):
                return iter(())

        return Source()


def test_an_object_that_is_gone_raises_or_is_left_out(patched, endpoint, caplog):
    client = Client(endpoint)
    first, last = sorted(OBJECTS)[1], sorted(OBJECTS)[-1]
    source = Listing(client.bucket("train"), [first, "gone", last])
    strict = iter(dataset_module.AISBatchIterDataset(source, client))
    assert next(strict) == (first, OBJECTS[first])
    with pytest.raises(aisle.aistore.EntryMissing, match="gone") as caught:
        next(strict)
    assert isinstance(caught.value, RuntimeError)
    with caplog.at_level(logging.WARNING, "aisle.aistore"):
        tolerant = list(dataset_module.AISBatchIterDataset(source, client, cont_on_err=True))
    assert tolerant == [(first, OBJECTS[first]), (last, OBJECTS[last])] and "gone" in caplog.text


def test_a_cluster_that_is_down_is_not_an_empty_data_set(patched, endpoint, monkeypatch):
    client = Client("http://127.0.0.1:9")
    source = Listing(client.bucket("train"), ["a", "b"])
    stream = aisle.Client.stream
    monkeypatch.setattr(aisle.Client, "stream", lambda self, s, **o: stream(self, s, attempts=1, **o))
    with pytest.raises(aisle.aistore.EntryFailed):
        list(dataset_module.AISBatchIterDataset(source, client, cont_on_err=True))


def test_leaving_it_early_ends_its_requests(patched, endpoint):
    for _ in range(20):
        for name, data in dataset(endpoint, max_batch_size=4):
            assert OBJECTS[name] == data
            break
