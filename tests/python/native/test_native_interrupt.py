"""Ctrl-C ends every kind of wait within LIMIT seconds. Each test runs a separate program, with warnings as errors."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest

from conftest import STRICT

LIMIT = 0.1


def interrupted(code: str, endpoint: str) -> tuple[int, str, float]:
    """How a program ends on SIGINT: exit status, stderr, and the seconds it took, at best, in up to twenty runs.

    On a busy machine a single run may take any time; a wait that cannot be interrupted is slow in each of them.
    """
    status, err, seconds = interrupted_once(code, endpoint)
    for _ in range(19):
        if (status, err) != (0, "") or seconds < LIMIT:
            break
        status, err, again = interrupted_once(code, endpoint)
        seconds = min(seconds, again)
    return status, err, seconds


def interrupted_once(code: str, endpoint: str) -> tuple[int, str, float]:
    process = subprocess.Popen([sys.executable, *STRICT, "-c", code], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True, env=os.environ | {"AIS_ENDPOINT": endpoint})
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    return process.returncode, err, float(out.strip() or "nan")


CATCHES = """
import signal, time, aisle
at = None
def handler(*_):
    global at
    at = time.monotonic()
    raise KeyboardInterrupt
signal.signal(signal.SIGINT, handler)
client = aisle.Client(first_byte_timeout=100)
def told():
    print(time.monotonic() - at)
"""


@pytest.mark.parametrize("what", [
    "for s in client.stream(source(), bucket='data'): pass",
    "for s in client.stream(begins(), bucket='data'): pass",
    "list(client.list('data'))", "client.get('ais://data/x')", "client.put('data', 'x', b'1')",
])
def test_control_c_ends_a_wait(what, endpoint, silent_port):
    busy = "begins" in what
    code = CATCHES + textwrap.dedent(f"""
        def source():
            yield "a"
        def begins():
            yield "many/0001"
            print("begun", flush=True)
            while True:
                yield "many/0001"
        try:
            {'' if busy else 'print("begun", flush=True)'}
            {what}
        except KeyboardInterrupt:
            told()
        """)
    status, err, seconds = interrupted(code, endpoint if busy else f"http://127.0.0.1:{silent_port}")
    assert (status, err) == (0, "")
    assert seconds < LIMIT


def test_control_c_while_the_source_waits(endpoint):
    code = CATCHES + textwrap.dedent("""
        def source():
            yield "many/0001"
            time.sleep(100)
        try:
            print("begun", flush=True)
            list(client.stream(source(), bucket="data"))
        except KeyboardInterrupt:
            told()
        """)
    status, err, seconds = interrupted(code, endpoint)
    assert (status, err) == (0, "") and seconds < LIMIT


def test_control_c_in_an_event_loop(silent_port):
    code = CATCHES + textwrap.dedent("""
        import asyncio
        def told_of(loop, context):  # that a task ended by the interrupt
            if not isinstance(context.get("exception"), KeyboardInterrupt):
                loop.default_exception_handler(context)
        async def main():
            loop = asyncio.get_running_loop()
            loop.slow_callback_duration = 1000
            loop.set_exception_handler(told_of)
            print("begun", flush=True)
            async for s in client.stream(["a"], bucket="data"):
                pass
        try:
            asyncio.run(main())
        except KeyboardInterrupt:
            told()
        """)
    status, err, seconds = interrupted(code, f"http://127.0.0.1:{silent_port}")
    assert (status, err) == (0, "") and seconds < LIMIT
