"""GetBatchMapDataset: a list of indices is one request."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
from torch.utils.data import DataLoader, WeightedRandomSampler  # noqa: E402

import aisle  # noqa: E402
from aisle.torch import GetBatchMapDataset, collate_packed  # noqa: E402

BUCKET = "ais://data"


@pytest.fixture
def dataset(client, served):
    return GetBatchMapDataset(served.many, client, bucket=BUCKET)


def test_length_and_items(dataset, served):
    assert len(dataset) == 1000
    assert dataset[7] == (served.many[7], served.objects[served.many[7]])
    assert dataset[-1][0] == served.many[-1]
    assert dataset.__getitems__([]) == []
    with pytest.raises(IndexError):
        dataset[1000]


def test_indices_in_their_order_and_twice(dataset, served):
    wanted = [900, 3, 3, 500, 3]
    assert dataset.__getitems__(wanted) == [(served.many[i], served.objects[served.many[i]]) for i in wanted]


@pytest.mark.parametrize("workers", [0, 2])
def test_a_sampler_decides(dataset, served, workers):
    torch.manual_seed(1)
    loader = DataLoader(dataset, batch_size=64, shuffle=True, num_workers=workers)
    found = {name: data for names, payloads in loader for name, data in zip(names, payloads, strict=True)}
    assert found == {name: served.objects[name] for name in served.many} and list(found) != served.many


def test_a_sampler_may_repeat(dataset):
    sampler = WeightedRandomSampler([1.0] * 10 + [0.0] * 990, num_samples=100)
    batches = list(DataLoader(dataset, batch_size=50, sampler=sampler, collate_fn=collate_packed))
    assert [len(batch) for batch in batches] == [50, 50]


def test_a_batch_is_one_request(dataset, monkeypatch):
    """A list in the source of a stream is one request; on a busy machine the engine may repeat it."""
    asked = []
    stream = aisle.Client.stream

    def noted(self, source, **options):
        asked.append([len(entries) for entries in source])
        return stream(self, source, **options)

    monkeypatch.setattr(aisle.Client, "stream", noted)
    list(DataLoader(dataset, batch_size=100))
    assert asked == [[100]] * 10


def test_missing_samples(client, served):
    gaps = [served.many[0], "gone"]
    with pytest.raises(aisle.NotFound, match="gone"):
        GetBatchMapDataset(gaps, client, bucket=BUCKET).__getitems__([0, 1])
    found = GetBatchMapDataset(gaps, client, bucket=BUCKET, on_missing="yield").__getitems__([1, 0])
    assert found == [("gone", None), (served.many[0], served.objects[served.many[0]])]
    with pytest.raises(aisle.UsageError, match="on_missing is 'skip'"):
        GetBatchMapDataset(gaps, client, bucket=BUCKET, on_missing="skip")


def test_options_that_are_its_own_are_refused(client):
    for name in ("ordered", "batch_size", "in_flight"):
        with pytest.raises(aisle.UsageError, match=f"{name} cannot be given"):
            GetBatchMapDataset([], client, **{name: 1})
