"""How Python waits for the engine: on a descriptor, in a thread or in an event loop."""

from __future__ import annotations

from . import _aisle

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    from typing import Any


LONGEST_WAIT_S = 1.0
"""Maximum wait of a task before it starts engines that another thread's fork has stopped."""


def wait_for(call: _aisle.Call) -> Any:
    """Waits for a call, without the GIL, and returns its result. An exception of a signal handler cancels the call."""
    try:
        while not _aisle.wait_readable(call.descriptor, -1):
            pass
    except BaseException:
        call.cancel()
        raise
    return call.take()


async def await_call(call: _aisle.Call) -> Any:
    """wait_for() in an event loop."""
    readers = Readers(call.descriptor)
    try:
        while not await readers.readable(LONGEST_WAIT_S):
            pass
    except BaseException:
        call.cancel()
        raise
    return call.take()


class Readers:
    """Tasks of one event loop that wait for one descriptor: a loop has a single reader for each."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._waiting: set[asyncio.Future[bool]] = set()

    async def readable(self, most_seconds: float) -> bool:
        """True when the descriptor is readable; False on timeout."""
        import asyncio

        loop = asyncio.get_running_loop()
        future: asyncio.Future[bool] = loop.create_future()
        if not self._waiting:
            loop.add_reader(self._descriptor, self._wake)
        self._waiting.add(future)
        timer = loop.call_later(most_seconds, _set, future, False)
        try:
            if not await future:
                _aisle.resume_engines()
            return future.result()
        finally:
            timer.cancel()
            self._waiting.discard(future)
            if not self._waiting:
                loop.remove_reader(self._descriptor)

    def _wake(self) -> None:
        for future in self._waiting:
            _set(future, True)


def _set(future: asyncio.Future[bool], is_readable: bool) -> None:
    if not future.done():
        future.set_result(is_readable)
