"""Streams: samples in order, while the engine reads ahead."""

from __future__ import annotations

from _thread import allocate_lock, get_ident
from collections import deque
from time import monotonic

from . import _aisle, _log
from ._errors import closed_error, usage_error
from ._summary import BatchReport, Summary
from ._waiting import LONGEST_WAIT_S, Readers, await_call, wait_for

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncIterator, Callable, Iterator
    from typing import Any

    from ._progress import Progress
    from ._sample import Sample

_POLL_SOURCE_MS = 20
"""Time between reads of a source that has more, while no samples arrive: the engine may have space again."""

_BEGIN_S = 0.1
"""Maximum time that begin() reads a source that has more."""


class Stream:
    """The samples of a source, in its order: an iterator, and an asynchronous one. Returned by `Client.stream`.

    The source is advanced on the thread that takes samples, as far ahead as the engine has space. `next()` raises
    what the source raises, and UsageError for an item that is not an entry, after the samples before it.

    Threads may share a stream: each sample goes to one of them. Any thread may call `cancel()` and `close()`. A stream
    belongs to the process that opened it: in a forked child it raises. Use it in a `with` statement, or drop it:
    requests in flight are then cancelled.
    """

    def __init__(
        self,
        engine: _aisle.Engine,
        feed: _aisle.Feed,
        source: Iterator[Any] | None,
        later: AsyncIterator[Any] | None,
        progress: Progress | None,
    ) -> None:
        """source, later: the iterator of entries, or the asynchronous one. Not for users: see Client.stream."""
        self._engine = engine
        self._feed = feed
        self._source = source
        self._later = later
        self._progress = progress
        self._pending: deque[Sample] = deque()
        self._lock = allocate_lock()  # held by the thread that reads the source
        self._reader: int | None = None
        self._source_error: BaseException | None = None
        self._closed = False
        self._readers: Readers | None = None
        self._feeder: asyncio.Task[None] | None = None

    # ---- one by one

    def __iter__(self) -> Stream:
        return self

    def __next__(self) -> Sample:
        """The next sample, waiting for it. Raises Cancelled or ClosedError if the stream was ended before."""
        while True:
            try:
                return self._pending.popleft()
            except IndexError:
                pass
            block = self._advance(self._feed.take)
            if block is None:
                raise StopIteration
            self._pending.extend(block)

    def __aiter__(self) -> Stream:
        return self

    async def __anext__(self) -> Sample:
        while True:
            try:
                return self._pending.popleft()
            except IndexError:
                pass
            block = await self._advance_later(self._feed.take)
            if block is None:
                raise StopAsyncIteration
            self._pending.extend(block)

    # ---- many at a time

    def blocks(self) -> Iterator[list[Sample]]:
        """Lists of the samples that have arrived; waits for the first. Costs least. Never an empty list."""
        return self._lists(self._feed.take)

    def batches(self) -> Iterator[list[Sample]]:
        """The samples of one request together. With on_missing="skip" without the missing ones."""
        return self._lists(self._feed.take_batch)

    def _lists(self, take: Callable[[], list[Sample] | None]) -> Iterator[list[Sample]]:
        while True:
            left = list(self._pending)
            if left:
                self._pending.clear()
                yield left
            block = self._advance(take)
            if block is None:
                return
            yield block

    # ---- the end

    def result(self) -> Summary:
        """Waits until every response is read to its end and checked, and returns the totals. Drops samples that were
        not taken before. Raises the error that ended the stream."""
        self._pending.clear()
        while self._advance(self._feed.take) is not None:
            pass
        return Summary(wait_for(self._feed.finish()))

    async def aresult(self) -> Summary:
        """result() in an event loop."""
        self._pending.clear()
        while await self._advance_later(self._feed.take) is not None:
            pass
        return Summary(await await_call(self._feed.finish()))

    def begin(self) -> None:
        """Reads the source as far as there is space, for 0.1 s at most, so that requests start before the first sample
        is taken."""
        until = monotonic() + _BEGIN_S
        while self._source is not None and self._read() and monotonic() < until:
            pass

    def take_reports(self) -> list[BatchReport]:
        """Reports of requests that have ended since the last call; none unless Client.stream had keep_reports."""
        return [BatchReport(r) for r in self._feed.reports()]

    def cancel(self) -> None:
        """Ends the stream soon: a thread that waits for a sample gets Cancelled. No effect when all samples were taken.
        Any thread."""
        self._feed.cancel()

    def close(self) -> None:
        """Cancels requests in flight, and drops the source. May be called twice."""
        self._closed = True
        if not self._is_over():
            self._feed.cancel()
        self._source = self._later = None
        feeder, self._feeder = self._feeder, None
        if feeder is not None:
            feeder.cancel()
        if self._progress is not None:
            self._progress.close()

    async def aclose(self) -> None:
        feeder = self._feeder
        self.close()
        if feeder is not None:
            import asyncio

            await asyncio.wait([feeder])

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aenter__(self) -> Stream:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"<aisle.Stream, {self._feed.taken:,} of {self._feed.submitted:,} samples taken>"

    # ---- inside

    def _advance(self, take: Callable[[], list[Sample] | None]) -> list[Sample] | None:
        """The next list, or None at the end."""
        feed = self._feed
        if self._later is not None:
            raise usage_error("the source is asynchronous: use `async for`")
        try:
            while True:
                has_more = self._source is not None and self._read()
                samples = take()
                if samples is not None:
                    self._took(len(samples))
                    return samples
                if feed.at_end():
                    if self._ends_early():
                        wait_for(feed.finish())  # raises the reason
                    return self._at_end()
                if not has_more:
                    _aisle.wait_readable(feed.descriptor, -1 if self._source is None else _POLL_SOURCE_MS)
                    self._pass_log()  # it says why nothing arrives
        except Exception:
            raise
        except BaseException:  # such as a signal handler's
            self.cancel()
            raise

    async def _advance_later(self, take: Callable[[], list[Sample] | None]) -> list[Sample] | None:
        feed = self._feed
        if self._readers is None:
            self._readers = Readers(feed.descriptor)
        if self._later is not None and self._feeder is None:
            import asyncio

            self._feeder = asyncio.ensure_future(self._read_later(self._later))
        try:
            while True:
                has_more = self._source is not None and self._read()
                samples = take()
                if samples is not None:
                    self._took(len(samples))
                    return samples
                if feed.at_end():
                    if self._ends_early():
                        await await_call(feed.finish())
                    return self._at_end()
                most = LONGEST_WAIT_S if self._source is None else _POLL_SOURCE_MS / 1000
                await self._readers.readable(0 if has_more else most)
                self._pass_log()
        except Exception:
            raise
        except BaseException:
            self.cancel()
            raise

    def _took(self, samples: int) -> None:
        if self._progress is not None:
            self._progress.add(samples)
        self._pass_log()

    def _pass_log(self) -> None:
        if self._engine.has_log:
            _log.drain(self._engine)

    def _read(self) -> bool:
        """Reads the source as far as there is space. True: it may have more right now."""
        if not self._lock.acquire(False):
            # Another thread reads it; or the source itself takes a sample.
            if self._reader == get_ident() and self._feed.is_complete:
                raise usage_error("the source waits for a sample of the stream that waits for the source")
            return False
        try:
            self._reader = get_ident()
            if self._source is None:
                return False
            what = self._feed.read(self._source)
        except Exception as e:
            self._source_error = e
            self._end_source()
            return False
        finally:
            self._reader = None
            self._lock.release()
        if what is None:
            self._end_source()
            return False
        return what

    async def _read_later(self, source: AsyncIterator[Any]) -> None:
        """A task that reads an asynchronous source."""
        import asyncio

        try:
            async for item in source:
                while not self._feed.room and not self._feed.at_end():
                    await asyncio.sleep(_POLL_SOURCE_MS / 1000)
                self._feed.submit(item)
        except Exception as e:
            self._source_error = e
        finally:
            self._end_source()

    def _end_source(self) -> None:
        self._source = self._later = None
        self._feed.end_input()

    def _is_over(self) -> bool:
        """Every sample was taken out of the feed, and the source has no more."""
        return self._source is None and self._later is None and self._feed.is_complete

    def _ends_early(self) -> bool:
        """True when no more samples come and some are missing. Raises ClosedError when the stream was closed."""
        if self._feed.has_rest or self._is_over():
            return False
        if self._closed:
            raise closed_error("the stream is closed")
        return True

    def _at_end(self) -> list[Sample] | None:
        rest = self._feed.take_rest()
        if rest is not None:
            self._took(len(rest))
            return rest
        if self._progress is not None:
            self._progress.close()
        error, self._source_error = self._source_error, None
        if error is not None:
            raise error
        return None
