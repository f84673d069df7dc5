"""Numbers shared by a data set and its copies in forked and spawned workers."""

from __future__ import annotations

from typing import Any

import torch

from .._errors import usage_error

MOST_WORKERS = 1024
"""Maximum workers of one process."""

_EPOCH, _WORKERS_READ, _FIRST_WORKER = range(3)


class Shared:
    """Numbers in shared memory. A copy pickled outside of multiprocessing has separate memory."""

    def __init__(self) -> None:
        self._numbers = torch.zeros(_FIRST_WORKER + MOST_WORKERS, dtype=torch.int64)
        self._share()
        self._numbers[_EPOCH] = -1

    @property
    def epoch(self) -> int | None:
        """The epoch of the next iteration; None if none was set."""
        epoch = int(self._numbers[_EPOCH])
        return None if epoch < 0 else epoch

    @epoch.setter
    def epoch(self, epoch: int) -> None:
        if not isinstance(epoch, int) or epoch < 0:
            raise usage_error(f"epoch is {epoch!r}: it must be a whole number, at least 0")
        self._numbers[_EPOCH] = epoch

    @property
    def workers_read(self) -> bool:
        """True once a worker has begun to read."""
        return bool(self._numbers[_WORKERS_READ])

    def worker_reads(self) -> None:
        self._numbers[_WORKERS_READ] = 1

    def has_begun(self, worker: int, resume: int) -> bool:
        """True if this worker, or a previous one with its number, has begun with the state numbered `resume`."""
        return int(self._numbers[self._place(worker)]) == resume

    def begins(self, worker: int, resume: int) -> None:
        self._numbers[self._place(worker)] = resume

    def _place(self, worker: int) -> int:
        if worker >= MOST_WORKERS:
            raise usage_error(f"a loader has more than {MOST_WORKERS} workers")
        return _FIRST_WORKER + worker

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._numbers = state["_numbers"]
        if not state["_numbers"].is_shared():
            self._share()

    def _share(self) -> None:
        self._numbers.share_memory_()  # type: ignore[no-untyped-call,unused-ignore]
