"""Arguments of `Client`, in the engine's form."""

from __future__ import annotations

import operator
import os

from .._errors import usage_error
from .entries import Entries
from .entry_of import Entry
from .lines import read_lines
from .listed import ListedObject

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

_MOST = 2**62  # of a size or a count
_UNITS = {"k": 10, "m": 20, "g": 30, "t": 40}


def steps(timeout: float | tuple[float, float]) -> tuple[float | None, float | None]:
    """The SDK's timeout as seconds to connect, and to read."""
    connect, read = timeout if isinstance(timeout, tuple) else (timeout, timeout)
    return connect or None, read or None


def source_of(source: Any) -> tuple[Any, Any, int | None]:
    """(iterator, None, number of samples if known), or (None, asynchronous iterator, None)."""
    if isinstance(source, Entries):
        return iter(source), None, len(source)
    if isinstance(source, (str, bytes, dict, Entry, ListedObject)):
        raise usage_error(f"source is one entry, {source!r}: put it into a list")
    if isinstance(source, os.PathLike):
        return read_lines(source), None, None
    if hasattr(source, "__aiter__") and not hasattr(source, "__iter__"):
        return None, source.__aiter__(), None
    try:
        return iter(source), None, _total(source)
    except TypeError:
        raise usage_error(f"source must be an iterable of entries, not {type(source).__name__}") from None


def _total(source: Iterable[Any]) -> int | None:
    if isinstance(source, (list, tuple)) and any(isinstance(s, (list, tuple)) for s in source):
        return sum(len(s) if isinstance(s, (list, tuple)) else 1 for s in source)
    return operator.length_hint(source, 0) or None


def size(name: str, given: int | str) -> int:
    """Bytes from a number, or from text such as "256MiB", "1G"."""
    if isinstance(given, str):
        digits = given.rstrip("iBbKkMmGgTt ")
        unit = given[len(digits) :].strip().lower().removesuffix("b").removesuffix("i")
        if not digits.isdecimal() or (unit and unit not in _UNITS):
            raise usage_error(f"{name} is {given!r}: write a number of bytes, or a text such as '256MiB'")
        given = int(digits) << _UNITS.get(unit, 0)
    return count(name, given, _MOST, None)


def count(name: str, given: Any, most: int, automatic: str | None) -> int:
    """A number from 1 to most; 0 for "automatic", None or "auto"."""
    if given == automatic:
        return 0
    if isinstance(given, bool) or not isinstance(given, int) or not 1 <= given <= most:
        other = "None" if automatic is None else repr(automatic)
        raise usage_error(f"{name} is {given!r}: it must be {other} or a number from 1 to {most:,}")
    return given
