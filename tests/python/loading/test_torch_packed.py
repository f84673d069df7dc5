"""PackedBatch: many samples, two tensors."""

from __future__ import annotations

import pickle

import pytest

torch = pytest.importorskip("torch")
from torch.utils.data import DataLoader  # noqa: E402

import aisle  # noqa: E402
from aisle.torch import GetBatchDataset, PackedBatch, collate_packed  # noqa: E402

BUCKET = "ais://data"
PAIRS = [("a", b"one"), ("b", b""), ("c", None), ("d", b"\0two\0")]


@pytest.fixture
def batch():
    return collate_packed(PAIRS)


def test_offsets_say_where_each_sample_is(batch):
    assert len(batch) == 4 and batch.names == ["a", "b", "c", "d"]
    assert batch.offsets.tolist() == [0, 3, 3, 3, 8] and batch.offsets.dtype == torch.int64
    assert batch.data.numpy().tobytes() == b"one\0two\0"
    assert batch[0].numpy().tobytes() == b"one" and batch[-1].numpy().tobytes() == b"\0two\0" and len(batch[1]) == 0
    batch[0][0] = ord("O")
    assert batch.data[0] == ord("O")


def test_a_missing_sample_is_not_an_empty_one(batch):
    assert batch.status == ["delivered", "delivered", "missing", "delivered"]
    with pytest.raises(aisle.NotFound, match="c does not exist"):
        batch[2]
    for i in (4, -5):
        with pytest.raises(IndexError):
            batch[i]


def test_it_pickles_and_goes_to_a_device(batch):
    for other in (pickle.loads(pickle.dumps(batch)), batch.to("cpu"), batch.to(torch.device("cpu"), non_blocking=True)):
        assert other.names == batch.names and other.status == batch.status
        assert torch.equal(other.data, batch.data) and torch.equal(other.offsets, batch.offsets)
    assert repr(batch) == "PackedBatch(4 samples, 8 bytes, cpu)"


def test_none_at_all():
    empty = collate_packed([])
    assert len(empty) == 0 and list(empty) == [] and empty.data.numel() == 0 and empty.offsets.tolist() == [0]


def test_parts_that_do_not_belong_together_are_refused(batch):
    with pytest.raises(aisle.UsageError, match="3 names, 4 status and 5 offsets"):
        PackedBatch(batch.names[:3], batch.data, batch.offsets, batch.status)


@pytest.mark.parametrize("sample", ["bytes", "tensor", "view"])
def test_collating_whatever_a_data_set_hands_out(client, served, sample):
    dataset = GetBatchDataset(served.many[:100], client, bucket=BUCKET, sample=sample)
    batches = list(DataLoader(dataset, batch_size=40, collate_fn=collate_packed))
    assert [len(it) for it in batches] == [40, 40, 20]
    found = [part.numpy().tobytes() for it in batches for part in it]
    assert found == [served.objects[name] for name in served.many[:100]]


@pytest.mark.parametrize("workers", [0, 2])
def test_through_workers(client, served, workers):
    dataset = GetBatchDataset(served.many, client, bucket=BUCKET, batch_size=50, packed=True)
    loader = DataLoader(dataset, batch_size=None, num_workers=workers)
    found = {}
    for batch in loader:
        assert isinstance(batch, PackedBatch) and len(batch) == 50
        assert batch.data.is_shared() == (workers > 0)
        found |= {name: part.numpy().tobytes() for name, part in zip(batch.names, batch, strict=True)}
    assert found == {name: served.objects[name] for name in served.many}


@pytest.mark.skipif(not torch.cuda.is_available(), reason="pinning memory needs a GPU")
def test_pinned(batch):
    assert batch.pin_memory().data.is_pinned()
