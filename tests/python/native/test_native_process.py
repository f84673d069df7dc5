"""Forks, threads of all kinds, and the end of the process. Each test runs a separate program, with warnings as errors,
in Python's development mode."""

from __future__ import annotations

import textwrap
import time

import pytest

from conftest import run_python


def run(code: str, endpoint: str, **how: object) -> str:
    done = run_python("-c", textwrap.dedent(code), endpoint=endpoint, **how)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr + done.stdout
    return done.stdout


@pytest.mark.parametrize("state", ["unused", "used", "in mid-stream"])
def test_fork(endpoint, served, state):
    out = run(
        f"""
        import os, sys
        import aisle
        names = [f"many/{{i:04}}" for i in range(1000)]
        client = aisle.Client()
        stream, kept = None, []
        if {state!r} != "unused":
            stream = client.stream(names, bucket="data")
            kept = [next(stream) for _ in range(100)]
            if {state!r} == "used":
                kept += list(stream)
        children = []
        for k in range(3):
            child = os.fork()
            if child == 0:
                count = sum(1 for s in client.stream(names, bucket="data") if s)
                assert count == 1000
                assert [s.name for s in kept] == names[:len(kept)]
                assert all(len(bytes(s)) == len(s) for s in kept)
                if {state!r} == "in mid-stream":
                    try:
                        sum(1 for _ in stream)
                        raise AssertionError("a parent's stream went on in a child")
                    except aisle.Error:
                        pass
                kept.clear()
                del stream
                sys.exit(0)
            children.append(child)
        for child in children:
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        rest = [s.name for s in stream or ()]
        if {state!r} == "in mid-stream":
            assert rest == names[100:], len(rest)
        assert sum(1 for s in client.stream(names, bucket="data") if s) == 1000
        print("good")
        """,
        endpoint,
    )
    assert out == "good\n"


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_multiprocessing(endpoint, tmp_path, method):
    # Children that are spawned read the program from a file.
    path = tmp_path / "program.py"
    path.write_text(textwrap.dedent(
        f"""
        import multiprocessing
        import aisle

        def work(client, entries, k):
            return sum(len(s) for s in client.stream(entries[k * 250 : k * 250 + 250]))

        if __name__ == "__main__":
            entries = aisle.Entries.from_uris(f"ais://data/many/{{i:04}}" for i in range(1000))
            client = aisle.Client()
            wanted = sum(len(s) for s in client.stream(entries))
            with multiprocessing.get_context({method!r}).Pool(4) as pool:
                got = pool.starmap(work, [(client, entries, k) for k in range(4)])
                pool.close()
                pool.join()
            assert sum(got) == wanted, (got, wanted)
            print("good")
        """))
    done = run_python(path, endpoint=endpoint)
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "good\n"), done.stderr


@pytest.mark.parametrize("ends", ["", "del stream", "client.close()", "stream.close()", "raise SystemExit(0)",
                                  "import os; os._exit(0)"])
def test_the_end_of_the_process_with_an_open_stream(endpoint, ends):
    began = time.monotonic()
    run(f"""
        import aisle
        client = aisle.Client()
        stream = client.stream(iter(lambda: "many/0001", None), bucket="data")
        kept = [next(stream) for _ in range(100)]
        views = [memoryview(s) for s in kept]
        {ends}
        """, endpoint)
    assert time.monotonic() - began < 25


def test_the_end_of_the_process_with_a_daemon_thread_that_waits(endpoint):
    for _ in range(3):
        done = run_python("-c", textwrap.dedent(
            """
            import threading, time
            import aisle
            client = aisle.Client()
            def forever():
                try:
                    for s in client.stream(iter(lambda: "many/0001", None), bucket="data"):
                        pass
                except aisle.Error:
                    pass
            def waits():
                try:
                    list(client.stream(silent(), bucket="data"))
                except aisle.Error:
                    pass
            def silent():
                yield "many/0002"
                time.sleep(60)
            threads = [threading.Thread(target=f, daemon=True) for f in (forever, forever, waits)]
            for t in threads:
                t.start()
            time.sleep(0.5)
            """), endpoint=endpoint)
        assert (done.returncode, done.stderr) == (0, "")


def test_the_end_of_the_process_with_daemon_threads_that_copy(endpoint):
    for _ in range(3):
        run("""
            import threading, time
            import aisle
            sample = aisle.Client().get("ais://data/size-3000000")
            def copies():
                while True:
                    bytes(sample)
            for _ in range(2):
                threading.Thread(target=copies, daemon=True).start()
            time.sleep(0.2)
            """, endpoint)


def test_the_end_of_the_process_with_a_daemon_thread_whose_source_is_busy(endpoint):
    for _ in range(3):
        run("""
            import threading, time
            import aisle
            def busy():
                count = 0
                while True:
                    yield "many/0001"
                    for _ in range(10_000_000):
                        count += 1
            def reads():
                try:
                    for _ in aisle.Client().stream(busy(), bucket="data"):
                        pass
                except aisle.Error:
                    pass
            threading.Thread(target=reads, daemon=True).start()
            time.sleep(0.3)
            """, endpoint)


def test_an_event_loop_that_ends_with_open_streams(endpoint):
    run("""
        import asyncio
        import aisle

        async def source():
            while True:
                yield "many/0001"
                await asyncio.sleep(0)

        async def main():
            asyncio.get_running_loop().slow_callback_duration = 1000
            client = aisle.Client()
            left = client.stream(iter(lambda: "many/0001", None), bucket="data")
            async for s in left:
                break
            async with client.stream(source(), bucket="data") as stream:
                async for s in stream:
                    break
            forgotten = client.stream(source(), bucket="data")
            async for s in forgotten:
                break

        asyncio.run(main())
        """, endpoint)


def test_a_fork_while_an_event_loop_waits(endpoint):
    run("""
        import asyncio, os
        import aisle

        names = [f"many/{i:04}" for i in range(1000)]

        async def forks():
            for _ in range(5):
                await asyncio.sleep(0.02)
                child = os.fork()
                if child == 0:
                    os._exit(0)
                os.waitpid(child, 0)

        async def main():
            asyncio.get_running_loop().slow_callback_duration = 1000
            client = aisle.Client()
            beside = asyncio.ensure_future(forks())
            for _ in range(3):
                got = [s.name async for s in client.stream(names, bucket="data", batch_size=16, in_flight=2)]
                assert got == names
            await beside

        asyncio.run(main())
        """, endpoint)


def test_a_fork_while_other_threads_wait(endpoint):
    run("""
        import os, threading, time
        import aisle

        names = [f"many/{i:04}" for i in range(1000)]
        client = aisle.Client()
        wrong = []

        def work():
            for _ in range(4):
                stream = client.stream(names, bucket="data", batch_size=16, in_flight=2)
                if [s.name for s in stream] != names or stream.result().delivered != 1000:
                    wrong.append(1)
                if len(list(client.list("data", "many/", page_size=100))) != 1000:
                    wrong.append(2)

        threads = [threading.Thread(target=work) for _ in range(3)]
        for t in threads:
            t.start()
        import warnings
        warnings.simplefilter("ignore")  # these are Python's own threads
        while any(t.is_alive() for t in threads):
            child = os.fork()
            if child == 0:
                os._exit(0 if client.get("ais://data/size-511").size == 511 else 1)
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
            time.sleep(0.02)
        assert not wrong, wrong
        """, endpoint)


def test_a_consumer_that_waits_lets_other_threads_run(endpoint):
    """Only what lets go of the GIL by itself lets the other thread tick. How often: see scripts/bench."""
    run(
        """
        import sys, threading, time
        import aisle
        client = aisle.Client()
        ticks = 0
        def tick():
            global ticks
            while ticks < 100:
                time.sleep(0.001)
                ticks += 1
        sys.setswitchinterval(1000)
        threading.Thread(target=tick).start()
        with client.stream(iter(lambda: "size-10240", None), bucket="data", batch_size=1, in_flight=1) as stream:
            until = time.monotonic() + 50
            while ticks < 100 and time.monotonic() < until:
                next(stream)
        assert ticks == 100, ticks
        """, endpoint)


def test_engine_threads_never_hold_the_gil(endpoint):
    """A consumer that keeps the GIL for long, and never lets go, does not stop the engine: it reads on."""
    run(
        """
        import sys, time
        import aisle
        sys.setswitchinterval(1000)
        client = aisle.Client()
        names = [f"many/{i:04}" for i in range(1000)]
        # A table is read in one call: what is left of a list could only be read later.
        stream = client.stream(aisle.Entries.from_uris(f"ais://data/{name}" for name in names))
        first = next(stream)
        until = time.monotonic() + 50
        while client.stats().samples_delivered <= 900 and time.monotonic() < until:
            pass
        assert client.stats().samples_delivered > 900, client.stats().samples_delivered
        assert [first.name] + [s.name for s in stream] == names
        """, endpoint)
