"""Arrays, files and pickles of samples. The class itself is in the extension, for speed; _aisle.pyi documents it."""

from __future__ import annotations

import io

from . import _aisle

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from typing_extensions import Buffer


Sample = _aisle.Sample


def numpy(self: Sample, dtype: Any = "uint8") -> Any:
    import numpy

    _check(self)
    if not len(self):
        return numpy.empty(0, dtype)
    return numpy.frombuffer(memoryview(self), dtype)


def torch(self: Sample, dtype: Any = None) -> Any:
    import torch

    _check(self)
    kind = torch.uint8 if dtype is None else dtype
    if not len(self):
        return torch.empty(0, dtype=kind)
    return torch.frombuffer(self, dtype=kind)


def open(self: Sample) -> io.BufferedReader:
    return io.BufferedReader(_SampleFile(memoryview(self)))


def dlpack(self: Sample, **how: Any) -> Any:
    return _aisle.dlpack(self, **how)


def dlpack_device(self: Sample) -> tuple[int, int]:
    return 1, 0


def reduce_ex(self: Sample, protocol: object) -> tuple[Callable[..., Sample], tuple[object, ...]]:
    import pickle

    data: Buffer = b""
    if self:
        data = pickle.PickleBuffer(self) if isinstance(protocol, int) and protocol >= 5 else bytes(self)
    return restore, (data, *_about(self))


def copy(self: Sample) -> Sample:
    return restore(self if self else b"", *_about(self))


def deepcopy(self: Sample, memo: object) -> Sample:
    return copy(self)


def describe(self: Sample) -> str:
    size = f", {len(self):,} bytes" if self else ""
    return f"<aisle.Sample {self.name!r} {self.status}{size}>"


def _about(s: Sample) -> tuple[_aisle.Entry, int, int, str, Exception | None, str, str]:
    return s.entry, s.index, s.batch, s.status, s.error, s.target, s.request_id


def _check(s: Sample) -> None:
    if s.error is not None:
        raise s.error


def restore(
    data: Buffer,
    entry: _aisle.Entry,
    index: int,
    batch: int,
    status: str,
    error: Exception | None,
    target: str,
    request_id: str,
) -> Sample:
    """A sample with separate memory, such as one from a pickle."""
    return _aisle.restore_sample(data, entry, index, batch, status, error, target, request_id)


class _SampleFile(io.RawIOBase):
    """Reads a memoryview, and keeps it."""

    def __init__(self, view: memoryview) -> None:
        super().__init__()
        self._view = view
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, into: Buffer) -> int:
        room = memoryview(into).cast("B")
        count = max(0, min(len(room), len(self._view) - self._at))
        room[:count] = self._view[self._at : self._at + count]
        self._at += count
        return count

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: len(self._view)}[whence]
        if start + offset < 0:
            raise ValueError(f"seek to {start + offset}, before the start")
        self._at = start + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def close(self) -> None:
        if not self.closed:
            self._view.release()
        super().close()


for _name, _function in {
    "numpy": numpy,
    "torch": torch,
    "open": open,
    "__dlpack__": dlpack,
    "__dlpack_device__": dlpack_device,
    "__reduce_ex__": reduce_ex,
    "__copy__": copy,
    "__deepcopy__": deepcopy,
    "__repr__": describe,
}.items():
    setattr(Sample, _name, _function)
