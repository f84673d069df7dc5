"""PyTorch data sets that read by Get-Batch.

    dataset = aisle.torch.GetBatchDataset(names, bucket="ais://train", shuffle=True)
    loader = StatefulDataLoader(dataset, batch_size=64, num_workers=4)

`GetBatchDataset` streams: it determines the order and reads ahead of its consumer. `GetBatchMapDataset` is for
samplers: it fetches the indices that it is given in one request. Both may be forked, spawned and pickled at any time.
"""

from __future__ import annotations

import os
import secrets
import warnings
import weakref
from collections.abc import Callable, Generator, Iterable, Mapping
from typing import Any

import torch.distributed
from torch.utils.data import IterableDataset, get_worker_info

from ._client import Client
from ._errors import ProtocolError, usage_error
from ._loading import plan as _plan
from ._loading.map_dataset import GetBatchMapDataset
from ._loading.packed import PackedBatch, collate_packed
from ._loading.shared import Shared
from ._loading.values import entries_of, fingerprint, is_left_out, maker, one_of, refuse_options

__all__ = ["GetBatchDataset", "GetBatchMapDataset", "PackedBatch", "collate_packed", "merge_states"]

MOST_IN_FLIGHT = 256
"""Requests in flight shared by the workers of a host, unless max_in_flight is given."""


class GetBatchDataset(IterableDataset[Any]):  # type: ignore[misc,unused-ignore]
    """Streams samples in an order that it determines, shared among ranks and their workers.

    Every sample has one reader among all ranks and workers, and an epoch has every sample once. The order is a
    function of the seed, the epoch and the number of entries; with shuffle it is different in each epoch.

    Args:
        source: the entries: `Entries`, an iterable of entries as for Client.stream (read here, to its end), or a path
            of JSON lines. They are kept packed; forked workers share the memory.
        client: to read with; None: Client(), which uses the environment. Each worker creates its own engine.
        bucket: for entries without one.
        batch_size: entries per request, at least 1. This is not the batch size of DataLoader, except with packed=True.
            Ranks and workers take turns by requests, so a short list needs small ones.
        shuffle: True: another order each epoch. False: that of the source.
        seed: of the order; the same on every rank.
        rank, world_size: of this process; None: those of torch.distributed, else RANK and WORLD_SIZE, else 0 and 1.
            Looked up when iteration starts.
        remainder: if the number of entries does not divide evenly among the ranks: "keep" lets their counts differ
            by one, "pad" repeats samples from the start of the epoch, "drop" omits the last ones.
        sample: the form of a sample. "bytes": (name, bytes); "tensor": (name, uint8 tensor); "view": aisle.Sample; or
            a function of an aisle.Sample (which must pickle if workers are spawned).
        on_missing: for a sample that does not exist. "raise": raises aisle.NotFound; "skip": omits it; "yield": yields
            (name, None), or with "view" and a function, the sample. The error of one that failed is always raised.
        packed: True: a PackedBatch for each request instead of samples. Use DataLoader(batch_size=None).
        progress: True: a progress bar, of the first worker of rank 0.
        **options: of Client.stream: in_flight, decompress, hedging, attempts and so on. If max_in_flight is not
            among them, the workers of a host share 256.

    There is no len(). A DataLoader with several workers would compute a length from it that excludes the workers' last
    batches, and trainers would skip those. `rank_size()` is the number of samples.

    Threads: one iterator per process at a time. Errors: UsageError here and at the start of iteration, then those of
    Stream.
    """

    def __init__(
        self,
        source: Any,
        client: Client | None = None,
        *,
        bucket: Any = None,
        batch_size: int = 128,
        shuffle: bool = False,
        seed: int = 0,
        rank: int | None = None,
        world_size: int | None = None,
        remainder: str = "keep",
        sample: str | Callable[[Any], Any] = "bytes",
        on_missing: str = "raise",
        packed: bool = False,
        progress: Any = False,
        **options: Any,
    ) -> None:
        refuse_options(options, ("ordered",), "the order is the data set's")
        if packed and sample != "bytes":
            raise usage_error(f"sample is {sample!r}: packed=True yields PackedBatch")
        self._entries = entries_of(source, bucket)
        self._client = Client() if client is None else client
        self._batch_size, self._remainder = batch_size, remainder
        self._shuffle, self._seed = shuffle, seed
        self._given_rank = _checked_rank(rank, world_size)
        self._make = maker(sample)
        self._on_missing = one_of("on_missing", on_missing, ("raise", "skip", "yield"))
        self._packed, self._progress = packed, progress
        self._options = options
        self._layout(1, 1)  # raises UsageError here rather than in a worker
        self._fingerprint: str | None = None
        self._shared = Shared()
        self._resume: _plan.Plan | None = None
        self._resume_number = 0
        self._share: _plan.Share | None = None
        self._iterator: weakref.ref[Any] | None = None

    def __iter__(self) -> Generator[Any, None, None]:
        worker, workers = _worker()
        rank, world = self._where()
        plan = self._begun_resume(worker)
        if get_worker_info():
            self._shared.worker_reads()
        share = self._share = (plan or self._fresh()).share(self._layout(world, workers), rank, worker)
        on_this_host = workers * int(os.environ.get("LOCAL_WORLD_SIZE", 1))
        options = {
            "max_in_flight": max(2, MOST_IN_FLIGHT // on_this_host),
            **self._options,
            "on_missing": "yield",
            "progress": self._progress if rank == worker == 0 else False,
        }
        iterator = self._packed_of(share, options) if self._packed else self._samples_of(share, options)
        self._iterator = weakref.ref(iterator)
        return iterator

    def set_epoch(self, epoch: int) -> None:
        """Sets the order of the next iteration: 0 or more. Reaches persistent workers too."""
        self._shared.epoch = epoch

    def rank_size(self) -> int:
        """How many samples the workers of this rank yield together in an epoch."""
        rank, world = self._where()
        return self._layout(world, 1).rank_count(len(self._entries), rank)

    def state_dict(self) -> dict[str, Any]:
        """How many samples this process has yielded, as a state to resume from.

        StatefulDataLoader calls it in each worker. Raises UsageError in a process whose workers read: only they have
        the counts.
        """
        if self._share and (self._is_iterating() or self._share.epoch == self._epoch()):
            return self._share.state()
        if self._share is None and self._shared.workers_read and get_worker_info() is None:
            raise usage_error(
                "the workers of a DataLoader read this data set, and only they have the counts: use torchdata's "
                "StatefulDataLoader and its state_dict()"
            )
        plan = self._unused_resume(_worker()[0])
        return (plan if plan and plan.epoch == self._epoch() else self._fresh()).state()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Resumes from a state in the next iteration.

        state: of state_dict(), with the same numbers of ranks and workers; of merge_states(), with any numbers of
            them. Load it before a DataLoader starts its workers. Raises UsageError for a state of other entries or
            another order.
        """
        if "_snapshot" in state or "dataset_state" in state:
            raise usage_error(
                "this is the state of a StatefulDataLoader: load it there, or, for another number of ranks or "
                "workers, merge the states of all ranks with aisle.torch.merge_states"
            )
        plan, own = _plan.Plan.of(state), self._fresh()
        for name in ("n", "seed", "shuffle", "fingerprint"):
            if getattr(plan, name) != getattr(own, name):
                raise usage_error(
                    f"the state is of another data set: its {name} is {getattr(plan, name)!r}, that of this one "
                    f"is {getattr(own, name)!r}"
                )
        if self._is_iterating():
            warnings.warn("an iteration is in progress: the state is used by the next one", stacklevel=2)
        self._resume, self._resume_number = plan, secrets.randbits(62) | 1
        if get_worker_info() is None:
            self._shared.epoch = plan.epoch

    def __getstate__(self) -> dict[str, Any]:
        # A spawned worker is not in a process group.
        rank = self._where() if _in_process_group() else self._given_rank
        return self.__dict__ | {"_share": None, "_iterator": None, "_given_rank": rank}

    def _samples_of(self, share: _plan.Share, options: dict[str, Any]) -> Generator[Any, None, None]:
        make, on_missing = self._make, self._on_missing
        with self._stream(share, options) as stream:
            for block in stream.blocks():
                for sample in block:
                    if not sample and is_left_out(sample, on_missing):
                        share.hand_out()
                        continue
                    value = make(sample)
                    share.hand_out()
                    yield value
        _check_whole(share)

    def _packed_of(self, share: _plan.Share, options: dict[str, Any]) -> Generator[PackedBatch, None, None]:
        with self._stream(share, options) as stream:
            for samples in stream.batches():
                batch = PackedBatch.of([s for s in samples if s or not is_left_out(s, self._on_missing)])
                share.hand_out(len(samples))
                if batch:
                    yield batch
        _check_whole(share)

    def _stream(self, share: _plan.Share, options: dict[str, Any]) -> Any:
        entries = self._entries
        return self._client.stream(([entries[i] for i in numbers] for numbers in share.requests()), **options)

    def _where(self) -> tuple[int, int]:
        """Rank and number of ranks."""
        if self._given_rank:
            return self._given_rank
        if _in_process_group():
            return torch.distributed.get_rank(), torch.distributed.get_world_size()
        return int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))

    def _layout(self, world: int, workers: int) -> _plan.Layout:
        return _plan.Layout(world, workers, self._batch_size, self._remainder)

    def _epoch(self) -> int:
        if self._shared.epoch is not None:
            return self._shared.epoch
        return self._resume.epoch if self._resume else 0

    def _fresh(self) -> _plan.Plan:
        if self._fingerprint is None:
            self._fingerprint = fingerprint(self._entries)
        return _plan.Plan(len(self._entries), self._seed, self._epoch(), self._shuffle, self._fingerprint)

    def _unused_resume(self, worker: int) -> _plan.Plan | None:
        """The loaded state, unless this worker has already begun with it."""
        return None if self._shared.has_begun(worker, self._resume_number) else self._resume

    def _begun_resume(self, worker: int) -> _plan.Plan | None:
        """The loaded state, now in use, if it is of the current epoch."""
        plan = self._unused_resume(worker)
        if plan is None:
            return None
        self._shared.begins(worker, self._resume_number)
        if plan.epoch == self._epoch():
            return plan
        warnings.warn(
            f"the loaded state is of epoch {plan.epoch}: it is not used for epoch {self._epoch()}",
            stacklevel=3,
        )
        return None

    def _is_iterating(self) -> bool:
        iterator = self._iterator() if self._iterator else None
        return iterator is not None and iterator.gi_frame is not None


def merge_states(states: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Merges the states of all ranks into one, to resume with any number of ranks and workers.

    states: state_dict() of each rank's StatefulDataLoader, or, without workers, of its GetBatchDataset; in any order,
    all of the same run. Load the result into the GetBatchDataset of every new rank, then make the loaders.

    Raises UsageError if a rank is missing, states are of different runs or epochs, or the counts of a loader's
    workers are older than the loader (snapshot_every_n_steps > 1).
    """
    return _plan.merge([_plan.Plan.of(it) for state in states for it in _states_in(state)]).state()


def _states_in(state: Mapping[str, Any]) -> list[Any]:
    """The data set's states inside a loader's state, one for each worker."""
    if "_snapshot" not in state:
        return [state.get("dataset_state", state)]
    if steps := state["_steps_since_snapshot"]:
        raise usage_error(
            f"the counts of the workers are {steps} steps older than the loader: make StatefulDataLoader with "
            "snapshot_every_n_steps=1"
        )
    return [worker["dataset_state"] for worker in state["_snapshot"]["_worker_snapshots"].values()]


def _worker() -> tuple[int, int]:
    """Number of this worker and the number of workers; a process that iterates by itself counts as one."""
    info = get_worker_info()
    return (info.id, info.num_workers) if info else (0, 1)


def _in_process_group() -> bool:
    return bool(torch.distributed.is_available() and torch.distributed.is_initialized())


def _checked_rank(rank: int | None, world: int | None) -> tuple[int, int] | None:
    if rank is None and world is None:
        return None
    if rank is None or world is None or not 0 <= rank < world:
        raise usage_error(f"rank is {rank}, world_size is {world}: give both, and a rank of 0 to world_size - 1")
    return rank, world


def _check_whole(share: _plan.Share) -> None:
    if share.done != share.size:
        raise ProtocolError(f"the stream ended after {share.done} of {share.size} samples")
