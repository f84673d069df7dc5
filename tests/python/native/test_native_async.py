"""Streams in an event loop."""

from __future__ import annotations

import asyncio
import time

import pytest

import aisle

BUCKET = "ais://data"


def test_async_for(client, served):
    async def main():
        return [(s.name, bytes(s)) async for s in client.stream(served.many, bucket=BUCKET)]

    assert asyncio.run(main()) == [(n, served.objects[n]) for n in served.many]


def test_other_tasks_run_meanwhile(client, served):
    async def main():
        ticks = 0

        async def tick():
            nonlocal ticks
            while True:
                await asyncio.sleep(0)
                ticks += 1

        def source():
            until = time.monotonic() + 60
            while ticks < 100:
                assert time.monotonic() < until
                yield from served.many

        beside = asyncio.create_task(tick())
        async for _ in client.stream(source(), bucket=BUCKET):
            pass
        beside.cancel()

    asyncio.run(main())


def test_many_streams_and_many_tasks_of_one_stream(client, served):
    async def main():
        shared = client.stream(served.many * 3, bucket=BUCKET)

        async def take(stream):
            return [s.name async for s in stream]

        own = [take(client.stream(served.many, bucket=BUCKET)) for _ in range(5)]
        results = await asyncio.gather(*own, *(take(shared) for _ in range(10)))
        assert all(r == served.many for r in results[:5])
        assert sorted(n for r in results[5:] for n in r) == sorted(served.many * 3)

    asyncio.run(main())


def test_an_asynchronous_source(client, served):
    async def source():
        for i, n in enumerate(served.many):
            if i % 100 == 0:
                await asyncio.sleep(0.01)
            yield n

    async def main():
        async with client.stream(source(), bucket=BUCKET) as stream:
            names = [s.name async for s in stream]
            result = await stream.aresult()
        return names, result.delivered

    assert asyncio.run(main()) == (served.many, 1000)


def test_an_asynchronous_source_that_waits_does_not_hold_back_what_is_here(client, served):
    async def main():
        arrived = asyncio.Event()

        async def source():
            yield served.many[0]
            await asyncio.wait_for(arrived.wait(), 30)
            yield served.many[1]

        names = []
        async for s in client.stream(source(), bucket=BUCKET):
            names.append(s.name)
            arrived.set()
        return names

    assert asyncio.run(main()) == served.many[:2]


def test_what_an_asynchronous_source_raises_comes_in_its_place(client, served):
    async def source():
        for n in served.many[:50]:
            yield n
        raise LookupError("no more")

    async def main():
        names = []
        with pytest.raises(LookupError):
            async for s in client.stream(source(), bucket=BUCKET):
                names.append(s.name)
        return names

    assert asyncio.run(main()) == served.many[:50]


def test_an_asynchronous_source_needs_async_for(client):
    async def source():
        yield "x"

    with pytest.raises(aisle.UsageError, match="async for"):
        next(client.stream(source(), bucket=BUCKET))


def test_cancelling_the_task_cancels_the_stream(silent_port):
    async def main():
        with aisle.Client(f"http://127.0.0.1:{silent_port}") as client:
            stream = client.stream(["x"], bucket=BUCKET)
            task = asyncio.ensure_future(stream.__anext__())
            await asyncio.sleep(0.1)
            began = time.monotonic()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            with pytest.raises(aisle.Cancelled):
                await stream.__anext__()
            return time.monotonic() - began

    assert min(asyncio.run(main()) for _ in range(5)) < 0.1  # other programs may take the processor in some of them


def test_leaving_in_the_middle(client, served):
    async def source():
        while True:
            yield served.many[0]
            await asyncio.sleep(0)

    async def main():
        async with client.stream(source(), bucket=BUCKET) as stream:
            async for _ in stream:
                break
        async for _ in client.stream(iter(lambda: served.many[0], None), bucket=BUCKET):
            break

    asyncio.run(main())


def test_missing_and_errors(client, served):
    async def main():
        stream = client.stream(["many/0001", "no/such", "many/0002"], bucket=BUCKET, on_missing="raise")
        assert (await stream.__anext__()).name == "many/0001"
        with pytest.raises(aisle.NotFound):
            await stream.__anext__()
        assert [s.name async for s in stream] == ["many/0002"]

    asyncio.run(main())
