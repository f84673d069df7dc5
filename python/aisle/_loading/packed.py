"""A batch of samples as two tensors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import torch

from .._errors import NotFound, usage_error

__all__ = ["PackedBatch", "collate_packed"]


class PackedBatch:
    """Samples of one batch, with concatenated bytes.

    Two tensors cross the process boundary, whatever the number of samples; a list of samples costs a shared memory
    block and a file descriptor each.

    Attributes:
        names: of the samples, in the order of the batch.
        data: the bytes of all samples; uint8.
        offsets: sample i is data[offsets[i]:offsets[i + 1]]; int64, one more than the number of samples.
        status: "delivered" or "missing", one per sample. A missing sample has no bytes.

    `len(batch)` is the number of samples. `batch[i]` is the bytes of one, a tensor that shares memory with the batch;
    it raises aisle.NotFound for a missing one, which cannot be mistaken for an empty one. Pickles.
    """

    __slots__ = ("data", "names", "offsets", "status")

    def __init__(self, names: Sequence[str], data: torch.Tensor, offsets: torch.Tensor, status: Sequence[str]) -> None:
        if not len(names) == len(status) == len(offsets) - 1:
            raise usage_error(
                f"{len(names)} names, {len(status)} status and {len(offsets)} offsets do not match"
            )
        self.names = list(names)
        self.data = data
        self.offsets = offsets
        self.status = list(status)

    @classmethod
    def of(cls, samples: Sequence[Any]) -> PackedBatch:
        """Packs samples (aisle.Sample). Copies their bytes. Raises the error of one that failed."""
        names, parts, status = [], [], []
        for sample in samples:
            names.append(sample.name)
            status.append(sample.status)
            parts.append(b"" if sample.status == "missing" else sample)
        return cls._joined(names, parts, status)

    @classmethod
    def _joined(cls, names: list[str], parts: list[Any], status: list[str]) -> PackedBatch:
        lengths = torch.tensor([len(part) for part in parts], dtype=torch.int64)
        offsets = torch.zeros(len(parts) + 1, dtype=torch.int64)
        torch.cumsum(lengths, 0, out=offsets[1:])
        joined = bytearray().join(parts)
        data = torch.frombuffer(joined, dtype=torch.uint8) if joined else torch.empty(0, dtype=torch.uint8)
        return cls(names, data, offsets, status)

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, i: int) -> torch.Tensor:
        if not -len(self) <= i < len(self):
            raise IndexError(f"sample {i} of a batch of {len(self)}")
        i %= len(self)
        if self.status[i] == "missing":
            raise NotFound(f"{self.names[i]} does not exist")
        return self.data[int(self.offsets[i]) : int(self.offsets[i + 1])]

    def __iter__(self) -> Iterator[torch.Tensor]:
        return (self[i] for i in range(len(self)))

    def __repr__(self) -> str:
        return f"PackedBatch({len(self)} samples, {len(self.data)} bytes, {self.data.device})"

    def pin_memory(self) -> PackedBatch:
        """The batch in pinned memory. DataLoader(pin_memory=True) calls it."""
        return PackedBatch(self.names, self.data.pin_memory(), self.offsets.pin_memory(), self.status)

    def to(self, device: Any, *, non_blocking: bool = False) -> PackedBatch:
        """The batch on a device. device: as torch.Tensor.to() takes it."""
        return PackedBatch(
            self.names,
            self.data.to(device, non_blocking=non_blocking),
            self.offsets.to(device, non_blocking=non_blocking),
            self.status,
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return PackedBatch, (self.names, self.data, self.offsets, self.status)


def collate_packed(items: Sequence[Any]) -> PackedBatch:
    """A collate_fn for DataLoader: packs what a dataset yields.

    items: aisle.Sample (`sample="view"`), or pairs (name, bytes or uint8 tensor), with None for the bytes of a missing
    sample.
    """
    if not items or not isinstance(items[0], tuple):
        return PackedBatch.of(items)
    parts = [b"" if data is None else data.numpy() if isinstance(data, torch.Tensor) else data for _, data in items]
    status = ["missing" if data is None else "delivered" for _, data in items]
    return PackedBatch._joined([name for name, _ in items], parts, status)
