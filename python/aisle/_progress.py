"""Progress: a tqdm bar, or any object with `update(n)`, updated on the consumer's thread."""

from __future__ import annotations

import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    class Bar(Protocol):
        """An object that can be passed as `progress`."""

        def update(self, n: int, /) -> Any: ...


SECONDS_BETWEEN = 0.1
"""Minimum time between two updates of a bar."""


class Progress:
    """Counts samples, and updates a bar at intervals."""

    def __init__(self, bar: Bar, *, owned: bool) -> None:
        """owned: the bar was created here, and is closed here."""
        self._bar = bar
        self._owned = owned
        self._count = 0
        self._due = time.monotonic() + SECONDS_BETWEEN

    def add(self, samples: int) -> None:
        self._count += samples
        if time.monotonic() >= self._due:
            self._update()

    def close(self) -> None:
        """Adds the samples that the bar does not show yet. May be called twice."""
        if self._count:
            self._update()
        if self._owned:
            self._owned = False
            self._bar.close()  # type: ignore[attr-defined]

    def _update(self) -> None:
        count, self._count = self._count, 0
        self._bar.update(count)
        self._due = time.monotonic() + SECONDS_BETWEEN


def progress_for(given: object, total: int | None) -> Progress | None:
    """given: False, True (tqdm; its widget in a notebook), or an object with `update(n)`. total: number of samples,
    if known. Raises UsageError if tqdm is requested but missing."""
    if given is False or given is None:
        return None
    if given is not True:
        if not callable(getattr(given, "update", None)):
            from ._errors import usage_error

            raise usage_error(f"progress must be a bool or have update(n), like a tqdm bar: {given!r}")
        return Progress(given, owned=False)  # type: ignore[arg-type]
    try:
        from tqdm.auto import tqdm
    except ImportError:
        from ._errors import usage_error

        raise usage_error("progress=True needs tqdm: pip install 'aisle-io[progress]'", "unsupported") from None
    return Progress(tqdm(total=total, unit=" samples", unit_scale=True), owned=True)
