"""The pairs (info, data) of a batch: each is created when it is taken."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from .._errors import Error

if TYPE_CHECKING:
    from .._sample import Sample
    from .._stream import Stream

Pair = tuple[Any, Any]


class Results(Iterator[Pair]):
    """An iterator of ``(info, data)`` in the order of the entries. It continues after a step that raised.

    Dropping it, or `close()`, ends the request. Thread-safe: each sample goes to one thread.
    """

    def __init__(
        self,
        stream: Stream,
        items: Sequence[Any],
        describe: Callable[[Any, int, str | None], Any],
        translate: Callable[[Error], Exception],
        *,
        as_view: bool,
        goes_on: bool,
    ) -> None:
        """Created by ``get()``.

        stream: of one request. items: its entries, by position. describe: makes the info from an item, the size of its
        data, and the reason if there is none. translate: makes the exception for an error. as_view: data is the sample
        itself.
        goes_on: an entry that does not exist is returned as an info with err_msg; otherwise it is raised, and ends the
        iterator.
        """
        self._stream = stream
        self._blocks = stream.blocks()
        self._make = _maker(items, describe, translate, as_view, goes_on)
        self._goes_on = goes_on
        self._ready: Iterator[Pair | Exception] = iter(())
        self._lock = threading.Lock()

    def begin(self) -> None:
        """Sends the request without waiting. Call it before the first step."""
        self._stream._read()

    def wait_for_first(self) -> Error | None:
        """Waits for the first sample without taking it; returns its error, if it has one. Call it before the first
        step. Raises an error of the whole stream."""
        block = next(self._blocks, None)
        if not block:
            return None
        self._ready = map(self._make, block)
        why = block[0].error
        return why if isinstance(why, Error) else None

    def __next__(self) -> Pair:
        made = next(self._ready, None)
        if made is None:
            made = self._wait()
        if made.__class__ is tuple:
            return made
        if not self._goes_on:
            self.close()
        raise made  # type: ignore[misc]

    def _wait(self) -> Any:
        """The next one, when the last block is used up."""
        while True:
            with self._lock:
                made = next(self._ready, None)  # another thread may have waited meanwhile
                if made is not None:
                    return made
                block = next(self._blocks, None)
                if block is None:
                    self._stream.close()
                    raise StopIteration
                self._ready = map(self._make, block)

    def close(self) -> None:
        """Ends the request; the iterator then ends. May be called twice, and on any thread."""
        self._ready = iter(())
        self._blocks = iter(())
        self._stream.close()

    def __enter__(self) -> Results:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _maker(
    items: Sequence[Any],
    describe: Callable[[Any, int, str | None], Any],
    translate: Callable[[Error], Exception],
    as_view: bool,
    goes_on: bool,
) -> Callable[[Sample], Pair | Exception]:
    """A function of a sample that makes the pair, or the exception to raise instead.

    Pairs are created one by one, not block by block. The memory of data that the caller has dropped is then reused for
    the next pair while it is still in the cache.
    """

    def make(sample: Sample) -> Pair | Exception:
        if sample:
            return describe(items[sample.index], len(sample), None), sample if as_view else bytes(sample)
        why = sample.error
        assert isinstance(why, Error)
        if not goes_on or not is_of_the_entry(why):
            return translate(why)
        return describe(items[sample.index], 0, str(why)), sample if as_view else b""

    return make


def is_of_the_entry(why: Error) -> bool:
    """True if the cluster reported that this entry, or this range of it, does not exist.

    False for faults of more than the entry: its bucket, the token, the connection, damaged data.
    """
    if why.code == "missing":
        return True
    return why.code == "server_error" and why.http_status in (400, 404, 416) and "Bck" not in (why.server_code or "")
