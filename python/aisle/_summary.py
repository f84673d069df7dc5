"""Totals of streams and requests, and an engine's figures."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._errors import Error


class _Figures:
    """Named values, shown in the order of __slots__."""

    __slots__: tuple[str, ...] = ()

    def __init__(self, values: tuple[Any, ...]) -> None:
        for name, value in zip(self.__slots__, values, strict=True):
            setattr(self, name, value)

    def __repr__(self) -> str:
        shown = ", ".join(f"{k}={getattr(self, k)!r}" for k in self.__slots__)
        return f"aisle.{type(self).__name__}({shown})"

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return all(getattr(self, k) == getattr(other, k) for k in self.__slots__)

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (tuple(getattr(self, k) for k in self.__slots__),)


class Summary(_Figures):
    """Totals of a stream. delivered + missing + failed is the number of its entries."""

    __slots__ = ("batches", "delivered", "missing", "failed", "bytes", "retries", "hedges", "cold", "fault")

    batches: int
    delivered: int
    missing: int
    failed: int
    bytes: int
    """Of delivered payloads."""
    retries: int
    """Requests repeated after a fault, for the remaining entries."""
    hedges: int
    """Duplicate requests for entries that were late."""
    cold: int
    """Entries that the cluster fetched from their bucket's backend."""
    fault: Error | None
    """The first fault of any request. It may have been found after the last sample: then all samples are good."""


class BatchReport(_Figures):
    """The end of one request, for latency figures. Times are in seconds from the request's start, 0 if none arrived."""

    __slots__ = (
        "batch", "delivered", "missing", "failed", "bytes", "retries", "hedges", "cold", "target", "request_id",
        "output_format", "first_sample", "last_sample", "fault", "overcome"
    )  # fmt: skip

    batch: int
    """Its number within the stream, from 0."""
    delivered: int
    missing: int
    failed: int
    bytes: int
    retries: int
    hedges: int
    cold: int
    target: str
    request_id: str
    output_format: str
    """Format of the archive that arrived, such as ".tar"."""
    first_sample: float
    last_sample: float
    fault: Error | None
    """The error that ended it, or a fault after its last sample."""
    overcome: Error | None
    """The last fault that a retry has overcome."""


class Stats:
    """An engine's figures since its start. Times are in seconds; `targets` has a dict of figures for each target."""

    elapsed: float
    samples_delivered: int
    payload_bytes: int
    wire_bytes: int
    connections: int
    requests: int
    retries: int
    hedges: int
    hedges_won: int
    plain_gets: int
    cold: int
    refusals: int
    tail_faults: int
    cpu: float
    """CPU time of the engine's threads."""
    threads: int
    """Now."""
    batches_in_flight: int
    """Now."""
    window: int
    """Now: maximum requests in flight, of the newest stream."""
    slab_bytes_in_use: int
    """Now: memory of responses in progress and of samples not taken yet."""
    held_bytes: int
    """Now: memory held only by samples."""
    slab_bytes_idle: int
    """Now: memory kept for reuse."""
    trouble: str | None
    """Now: what the engine is recovering from."""
    targets: list[dict[str, Any]]
    bound: str
    """What limits the rate of samples: nothing, server, network, client CPU or consumer."""
    reason: str
    """Why, as one sentence."""

    def __init__(self, figures: dict[str, Any]) -> None:
        self.__dict__.update(figures)

    def __repr__(self) -> str:
        return f"aisle.Stats({', '.join(f'{k}={v!r}' for k, v in self.__dict__.items())})"
