"""The entries of a data set, the form of its samples, and the rules for missing ones."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable
from typing import Any

from .._entry.entries import Entries
from .._errors import usage_error


def entries_of(source: Any, bucket: Any = None) -> Entries:
    """The entries of a data set: `Entries`, a path of JSON lines, or an iterable of entries as for Client.stream.

    bucket: for those without one.
    """
    if isinstance(source, Entries):
        if bucket is not None:
            raise usage_error("aisle.Entries have their bucket: give bucket= when creating them")
        return source
    if isinstance(source, os.PathLike):
        return Entries.from_jsonl(source, bucket=bucket)
    if isinstance(source, (str, bytes)) or not isinstance(source, Iterable):
        raise usage_error(
            f"entries are {source!r}: give a list of them, aisle.Entries, or pathlib.Path(...) for a file of JSON lines"
        )
    return Entries(source, bucket=bucket)


def fingerprint(entries: Entries) -> str:
    """A digest that identifies a list of entries. Of a long list it reads about 65,536, evenly spread."""
    digest = hashlib.blake2b(digest_size=16)
    for i in range(0, len(entries), max(1, len(entries) // 65_536)):
        entry = entries[i]
        digest.update(f"{entry.uri} {entry.start} {entry.length}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def maker(sample: str | Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The function that turns an aisle.Sample into a data set's sample. It pickles if `sample` does."""
    if callable(sample):
        return sample
    if sample not in _MAKERS:
        raise usage_error(f"sample is {sample!r}: it must be {', '.join(_MAKERS)}, or a function of an aisle.Sample")
    return _MAKERS[sample]


def is_left_out(sample: Any, on_missing: str) -> bool:
    """Whether a sample that was not delivered is omitted. Raises its error if on_missing says so, or if it failed."""
    if sample.status == "failed" or on_missing == "raise":
        raise sample.error
    return on_missing == "skip"


def one_of(name: str, value: Any, allowed: tuple[str, ...]) -> str:
    """`value`, if it is allowed. Raises UsageError."""
    if value not in allowed:
        raise usage_error(f"{name} is {value!r}: it must be one of {', '.join(allowed)}")
    return str(value)


def refuse_options(options: dict[str, Any], names: Iterable[str], why: str) -> None:
    """Raises UsageError if an option of Client.stream is given that the caller sets itself."""
    for name in names:
        if name in options:
            raise usage_error(f"{name} cannot be given: {why}")


def _as_bytes(sample: Any) -> tuple[str, bytes | None]:
    return sample.name, bytes(sample) if sample else None


def _as_tensor(sample: Any) -> tuple[str, Any]:
    return sample.name, sample.torch() if sample else None


def _as_view(sample: Any) -> Any:
    return sample


_MAKERS = {"bytes": _as_bytes, "tensor": _as_tensor, "view": _as_view}
