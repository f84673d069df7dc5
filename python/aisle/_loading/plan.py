"""Assigns the entries of an epoch to workers, in order, and keeps track of the rest after a stop.

Pure functions of numbers: neither torch nor the engine is needed. Two ideas, each a class:

- `Layout` assigns positions to ranks and their workers, one request at a time, so that every position has one reader.
- `Plan` is an epoch and the layouts under which parts of it were delivered, one `Layer` each. The next layout assigns
  the remaining positions, in their old order. So an epoch can be stopped and resumed any number of times, by any number
  of ranks and workers.

With 2 ranks, 2 workers per rank and requests of 3 entries:

    position   0 1 2 | 3 4 5 | 6 7 8 | 9 10 11 | 12 13 14 | ...
    rank         0   |   1   |   0   |    1    |    0     |
    worker       0   |   0   |   1   |    1    |    0     |
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from .._errors import UsageError, usage_error
from .order import Order, Positions

VERSION = 1
"""Version of `Plan.state`. It changes if an old state would mean other samples."""

REMAINDERS = ("keep", "pad", "drop")


@dataclass(frozen=True)
class Layout:
    """How positions are assigned.

    world: number of ranks. workers: per rank, at least 1. batch: entries per request, at least 1.
    remainder: if the positions do not divide evenly among the ranks: "keep" lets counts of ranks differ
    by one, "pad" repeats positions from the start, "drop" omits the last ones.
    """

    world: int = 1
    workers: int = 1
    batch: int = 128
    remainder: str = "keep"

    def __post_init__(self) -> None:
        for name in ("world", "workers", "batch"):
            value = getattr(self, name)
            if not isinstance(value, int) or value < 1:
                raise usage_error(f"{name} is {value!r}: it must be a whole number, at least 1")
        if self.remainder not in REMAINDERS:
            raise usage_error(f"remainder is {self.remainder!r}: it must be one of {', '.join(REMAINDERS)}")

    def __str__(self) -> str:
        return f"{self.world} ranks × {self.workers} workers"

    def readers(self) -> Iterator[tuple[int, int]]:
        """Every (rank, worker)."""
        return ((rank, worker) for rank in range(self.world) for worker in range(self.workers))

    def dealt(self, length: int) -> int:
        """How many of `length` positions are assigned, including repeated ones."""
        if self.remainder == "keep" or length == 0:
            return length
        over = length % self.world
        return length - over if self.remainder == "drop" or not over else length + self.world - over

    def runs(self, length: int, rank: int, worker: int) -> Iterator[tuple[int, int]]:
        """The requests of one worker as (start, stop). From `length` on, positions start again from 0."""
        total = self.dealt(length)
        block = self.world * self.batch
        whole, rest = divmod(total, block)
        for number in range(worker, whole, self.workers):
            start = number * block + rank * self.batch
            yield start, start + self.batch
        if rest and whole % self.workers == worker:
            # The last block is too small for whole requests: each rank takes an equal part.
            part, larger = divmod(rest, self.world)
            start = whole * block + rank * part + min(rank, larger)
            stop = start + part + (rank < larger)
            if stop > start:
                yield start, stop

    def count(self, length: int, rank: int, worker: int) -> int:
        """How many of `length` positions one worker reads."""
        return sum(stop - start for start, stop in self.runs(length, rank, worker))

    def rank_count(self, length: int, rank: int) -> int:
        """How many of `length` positions the workers of one rank read together."""
        block = self.world * self.batch
        whole, rest = divmod(self.dealt(length), block)
        part, larger = divmod(rest, self.world)
        return whole * self.batch + part + (rank < larger)


@dataclass(frozen=True)
class Layer:
    """A layout, and how many samples each (rank, worker) delivered under it. A reader without a count is unknown."""

    layout: Layout
    done: Mapping[tuple[int, int], int] = field(default_factory=dict)

    def unknown(self) -> list[tuple[int, int]]:
        return [reader for reader in self.layout.readers() if reader not in self.done]

    def taken(self, length: int) -> Iterator[tuple[int, int]]:
        """Runs of the delivered positions, of `length`; without repeated ones."""
        for (rank, worker), left in self.done.items():
            for start, stop in self.layout.runs(length, rank, worker):
                if left <= 0:
                    break
                stop = min(stop, start + left)
                left -= stop - start
                if start < length:
                    yield start, min(stop, length)


@dataclass(frozen=True)
class Plan:
    """An epoch of n entries and the delivered part of it.

    fingerprint: identifies the list of entries, so that a state is not used with another one.
    layers: oldest first. All except the last have every reader's count.
    """

    n: int
    seed: int = 0
    epoch: int = 0
    shuffle: bool = False
    fingerprint: str = ""
    layers: tuple[Layer, ...] = ()

    def share(self, layout: Layout, rank: int, worker: int) -> Share:
        """The part that (rank, worker) reads if the epoch continues with this layout.

        Raises UsageError if the layout has changed and a reader's count is unknown.
        """
        if not (0 <= rank < layout.world and 0 <= worker < layout.workers):
            raise usage_error(f"rank {rank}, worker {worker} is outside of {layout}")
        layers, done = self.layers, 0
        if layers and layers[-1].layout == layout:
            if (rank, worker) not in layers[-1].done:
                raise usage_error(f"the state has no count of rank {rank}, worker {worker}: {_MERGE}")
            done = layers[-1].done[rank, worker]
            layers = layers[:-1]
        return Share(replace(self, layers=layers), layout, rank, worker, done)

    def left(self) -> Positions:
        """The positions that no layer delivered."""
        left = Positions([(0, self.n)] if self.n else [])
        for layer in self.layers:
            if unknown := layer.unknown():
                rank, worker = unknown[0]
                raise usage_error(
                    f"the state has no count of rank {rank}, worker {worker} of {layer.layout}, so it fits only the "
                    f"layout it was taken under: {_MERGE}"
                )
            left = left.without(layer.taken(len(left)))
        return left

    def state(self) -> dict[str, Any]:
        """The plan as numbers, texts, lists and dicts with text keys, for JSON."""
        last = self.layers[-1:]
        return {
            "version": VERSION,
            "n": self.n,
            "seed": self.seed,
            "epoch": self.epoch,
            "shuffle": self.shuffle,
            "fingerprint": self.fingerprint,
            "before": [_state_of(it) for it in self.layers[:-1]],
            "now": _state_of(last[0]) if last else {},
        }

    @classmethod
    def of(cls, state: Mapping[str, Any]) -> Plan:
        """The plan from `state`. Raises UsageError if it is not a state, or has another version."""
        if not isinstance(state, Mapping) or "version" not in state or "now" not in state:
            raise usage_error("this is not a state of a GetBatchDataset")
        if state["version"] != VERSION:
            raise usage_error(f"the state has version {state['version']!r}; this release reads version {VERSION}")
        try:
            layers = tuple(_layer_of(it) for it in [*state["before"], state["now"]] if it)
            return cls(
                int(state["n"]),
                int(state["seed"]),
                int(state["epoch"]),
                bool(state["shuffle"]),
                str(state["fingerprint"]),
                layers,
            )
        except UsageError:
            raise
        except (KeyError, TypeError, AttributeError, ValueError) as fault:
            raise usage_error(f"the state is damaged: {fault!r}") from fault


class Share:
    """The part of a plan that one worker reads, and how much of it was delivered."""

    def __init__(self, plan: Plan, layout: Layout, rank: int, worker: int, done: int) -> None:
        self._plan, self._layout, self._reader = plan, layout, (rank, worker)
        self._positions = plan.left()
        self._done = done
        self._state = self.plan().state()
        self.epoch = plan.epoch
        self.size = layout.count(len(self._positions), rank, worker)
        """Samples of this layer, including those already delivered."""
        if not 0 <= done <= self.size:
            raise usage_error(
                f"the state counts {done} samples of rank {rank}, worker {worker}, whose share is {self.size}"
            )

    @property
    def done(self) -> int:
        """Samples delivered so far in this layer."""
        return self._done

    def hand_out(self, count: int = 1) -> None:
        """More samples, the next ones of `requests()`, were delivered."""
        self._done += count

    def requests(self) -> Iterator[list[int]]:
        """The numbers of the entries still to be read, one list per request."""
        plan = self._plan
        order = Order(plan.n, seed=plan.seed, epoch=plan.epoch, shuffle=plan.shuffle)
        skip = self._done
        for start, stop in self._layout.runs(len(self._positions), *self._reader):
            first = min(start + skip, stop)
            skip -= first - start
            if first < stop:
                yield [order[p] for part in self._positions.ranges(first, stop) for p in part]

    def plan(self) -> Plan:
        """The plan as known to this worker: of the current layer, only its own count."""
        return replace(self._plan, layers=(*self._plan.layers, Layer(self._layout, {self._reader: self._done})))

    def state(self) -> dict[str, Any]:
        """`plan().state()`, at the cost of one number: all share the same list of earlier layers."""
        rank, worker = self._reader
        return self._state | {"now": self._state["now"] | {"done": {f"{rank},{worker}": self._done}}}


def merge(plans: Sequence[Plan]) -> Plan:
    """Merges the plans of all ranks and workers, taken at the same step.

    Raises UsageError if they are not of one epoch, contradict each other, or a reader is missing.
    """
    if not plans:
        raise usage_error("there is no state to merge")
    first = plans[0]
    for other in plans[1:]:
        for name in ("n", "seed", "epoch", "shuffle", "fingerprint"):
            if getattr(other, name) != getattr(first, name):
                raise usage_error(f"the states differ in {name}: {getattr(first, name)!r} and {getattr(other, name)!r}")
        if (
            other.layers[:-1] != first.layers[:-1]
            or len(other.layers) != len(first.layers)
            or (other.layers and other.layers[-1].layout != first.layers[-1].layout)
        ):
            raise usage_error("the states were not taken in the same run: their layouts or earlier counts differ")
    if not first.layers:
        return first
    done: dict[tuple[int, int], int] = {}
    for plan in plans:
        for reader, count in plan.layers[-1].done.items():
            if done.setdefault(reader, count) != count:
                rank, worker = reader
                raise usage_error(
                    f"two states count rank {rank}, worker {worker} differently: {done[reader]} and {count}"
                )
    layer = Layer(first.layers[-1].layout, done)
    if unknown := layer.unknown():
        missing = ", ".join(f"rank {rank} worker {worker}" for rank, worker in unknown[:4])
        raise usage_error(
            f"of {layer.layout}, {len(unknown)} workers have no state here ({missing}"
            f"{', …' if len(unknown) > 4 else ''}): give the state of every rank"
        )
    return replace(first, layers=(*first.layers[:-1], layer))


_MERGE = "merge the states of all ranks with aisle.torch.merge_states"


def _state_of(layer: Layer) -> dict[str, Any]:
    done = {f"{rank},{worker}": count for (rank, worker), count in sorted(layer.done.items())}
    return {**asdict(layer.layout), "done": done}


def _layer_of(state: Mapping[str, Any]) -> Layer:
    layout = Layout(state["world"], state["workers"], state["batch"], state["remainder"])
    done = {}
    for key, count in state["done"].items():
        rank, worker = (int(part) for part in key.split(","))
        if not (0 <= rank < layout.world and 0 <= worker < layout.workers and count >= 0):
            raise usage_error(f"the state counts {count!r} samples of rank {rank}, worker {worker} of {layout}")
        done[rank, worker] = count
    return Layer(layout, done)
