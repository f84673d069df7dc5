"""The pairs (info, data) of a batch: those of one read of the socket are made together."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ._errors import Error

if TYPE_CHECKING:
    from ._sample import Sample
    from ._stream import Stream

Pair = tuple[Any, Any]


class Results(Iterator[Pair]):
    """An iterator of ``(info, data)`` in the order of the entries. It goes on after a step that raised.

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
        """Made by ``get()``.

        stream: of one request. items: its entries, by position. describe: makes the info from an item, the size of its
        data, and the reason why there is none. translate: makes the exception for an error. as_view: data is the sample
        itself. goes_on: an entry that the cluster does not have comes as an info with err_msg; otherwise it is raised,
        and ends the iterator.
        """
        self._stream = stream
        self._blocks = stream.blocks()
        self._items = items
        self._describe = describe
        self._translate = translate
        self._as_view = as_view
        self._goes_on = goes_on
        self._ready: Iterator[Pair | Exception] = iter(())
        self._lock = threading.Lock()

    def begin(self) -> None:
        """Sends the request without waiting. To be called before the first step."""
        self._stream._read()

    def wait_for_first(self) -> Error | None:
        """Waits for the first sample, which stays to be taken; gives its error, if it has one. To be called before the
        first step. Raises an error of the whole stream."""
        block = next(self._blocks, None)
        if not block:
            return None
        self._ready = iter(self._made_of(block))
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
                self._ready = iter(self._made_of(block))

    def _made_of(self, block: Sequence[Sample]) -> list[Pair | Exception]:
        describe, items = self._describe, self._items
        if self._as_view:
            return [(describe(items[s.index], len(s), None), s) if s else self._without_data(s) for s in block]
        return [(describe(items[s.index], len(s), None), bytes(s)) if s else self._without_data(s) for s in block]

    def _without_data(self, sample: Sample) -> Pair | Exception:
        why = sample.error
        assert isinstance(why, Error)
        if not self._goes_on or not is_of_the_entry(why):
            return self._translate(why)
        return self._describe(self._items[sample.index], 0, str(why)), sample if self._as_view else b""

    def close(self) -> None:
        """Ends the request; the iterator has no more then. May be called twice, and by any thread."""
        self._ready = iter(())
        self._blocks = iter(())
        self._stream.close()

    def __enter__(self) -> Results:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def is_of_the_entry(why: Error) -> bool:
    """True when the cluster answered that it does not have this one entry, or not this range of it.

    False for faults of more than the entry: its bucket, the token, the connection, damaged data.
    """
    if why.code == "missing":
        return True
    return why.code == "server_error" and why.http_status in (400, 404, 416) and "Bck" not in (why.server_code or "")
