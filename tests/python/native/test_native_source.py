"""The source of a stream: when it runs, what it may give, and what it may not."""

from __future__ import annotations

import threading
import time

import pytest

import aisle

BUCKET = "ais://data"


def test_the_source_runs_on_the_thread_that_takes(client, served):
    threads = set()

    def source():
        for n in served.many:
            threads.add(threading.get_ident())
            yield n

    assert sum(1 for _ in client.stream(source(), bucket=BUCKET)) == 1000
    assert threads == {threading.get_ident()}


def test_what_the_source_raises_comes_behind_the_samples_before(client, served):
    def source():
        yield from served.many[:137]
        raise LookupError("no more")

    stream = client.stream(source(), bucket=BUCKET)
    names = []
    with pytest.raises(LookupError, match="no more"):
        for s in stream:
            names.append(s.name)
    assert names == served.many[:137]
    assert list(stream) == []


@pytest.mark.parametrize("item", [5, None, b"bytes", object(), {"objekt": "x"}, {"object": "x", "lenght": 3}, "",
                                  {"object": "x", "start": "a"}])
def test_an_item_that_is_not_an_entry_raises_in_its_place(client, served, item):
    stream = client.stream([*served.many[:5], item, served.many[6]], bucket=BUCKET)
    if item == "":  # the engine's to refuse: the others come
        samples = list(stream)
        assert isinstance(samples[5].error, aisle.UsageError) and len(samples) == 7
        return
    names = []
    with pytest.raises(aisle.UsageError):
        for s in stream:
            names.append(s.name)
    assert names == served.many[:5]


def test_a_slow_source_does_not_hold_back_what_is_here(client, served):
    arrived = False
    given = []

    def source():
        until = time.monotonic() + 60
        while not arrived:
            assert time.monotonic() < until
            given.append(served.many[len(given)])
            yield given[-1]
            time.sleep(0.1)

    got = []
    for s in client.stream(source(), bucket=BUCKET):
        arrived = True
        got.append(s.name)
    assert got == given


def test_a_source_is_read_only_as_far_as_there_is_room(client, served):
    read = 0

    def endless():
        nonlocal read
        while True:
            yield served.many[read % 1000]
            read += 1

    with client.stream(endless(), bucket=BUCKET, batch_size=32) as stream:
        for _ in range(100):
            next(stream)
        assert read < 60_000


def test_a_source_that_waits_for_its_own_stream_is_an_error(client, served):
    def source():
        yield served.many[0]
        yield next(stream).name  # of the first
        yield next(stream).name + next(stream).name

    stream = client.stream(source(), bucket=BUCKET)
    with pytest.raises(aisle.UsageError, match="waits for"):
        list(stream)


@pytest.mark.parametrize("source", ["ais://data/x", b"x", {"object": "x"}, 7, None])
def test_an_object_that_is_not_a_source(client, source):
    with pytest.raises(aisle.UsageError, match="source"):
        client.stream(source, bucket=BUCKET)


def test_options_out_of_range_are_refused(client):
    for option in ({"batch_size": 0}, {"batch_size": "many"}, {"in_flight": -1}, {"on_missing": "drop"},
                   {"output_format": ".rar"}, {"form": "x"}, {"colocation": 3}, {"attempts": 0}, {"progress": 3},
                   {"run_timeout": -1}, {"max_in_flight": 0}):
        with pytest.raises(aisle.UsageError):
            client.stream([], bucket=BUCKET, **option)
