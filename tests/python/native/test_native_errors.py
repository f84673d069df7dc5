"""Errors: of the right kind, with words that help, through pickles too."""

from __future__ import annotations

import pickle
import socket

import pytest

import aisle

ERRORS = [getattr(aisle, n) for n in aisle.__all__ if isinstance(getattr(aisle, n), type)
          and issubclass(getattr(aisle, n), Exception)]


@pytest.mark.parametrize("kind", ERRORS)
def test_every_error_takes_a_text_and_pickles(kind):
    e = kind("words")
    e.code, e.batch, e.http_status = "short_batch", 3, 404
    back = pickle.loads(pickle.dumps(e))
    assert type(back) is kind and str(back) == "words"
    assert (back.code, back.batch, back.http_status, back.entry) == ("short_batch", 3, 404, None)
    assert isinstance(e, aisle.Error) and str(kind()) == ""


def test_errors_are_the_builtin_ones_too():
    for kind, builtin in ((aisle.UsageError, ValueError), (aisle.NotFound, FileNotFoundError),
                          (aisle.TransportError, ConnectionError), (aisle.TransportTimeout, TimeoutError),
                          (aisle.AccessError, PermissionError), (aisle.DeadlineExceeded, TimeoutError)):
        assert issubclass(kind, builtin)
    assert len(ERRORS) == 13


@pytest.mark.parametrize("options", [
    {"endpoint": "nonsense"}, {"endpoint": "http://u:p@host"}, {"memory_budget": 5}, {"memory_budget": "much"},
    {"memory_budget": "256 parsecs"}, {"threads": 0}, {"threads": 300}, {"connect_timeout": -1.0},
    {"max_sample_size": 0},
    {"ca_cert": "/no/such/file"}, {"client_cert": "/no/such/file"}, {"connect_timeout": 0.0}, {"endpoint": 7},
])
def test_options_of_a_client_that_are_refused(options):
    with pytest.raises(aisle.UsageError):
        aisle.Client(**options)


def test_the_timeout_of_the_sdk():
    def steps(timeout):
        with aisle.Client(timeout=timeout) as client:
            return [client._options[k] for k in ("connect_timeout", "first_byte_timeout", "idle_timeout")]

    assert steps(None) == [10.0, 150.0, 150.0]
    assert steps(5) == [5, 5, 5] and steps((3, 7.5)) == [3, 7.5, 7.5]
    assert steps(0) == [None] * 3 and steps((0, 4)) == [None, 4, 4]


def test_sizes_as_text():
    from aisle._entry.arguments import size

    assert [size("x", s) for s in ("1", "10k", "2MiB", "3GB", "1 GiB", 7)] == [1, 10240, 2 << 20, 3 << 30, 1 << 30, 7]


def test_no_server_listens():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        client = aisle.Client(f"http://127.0.0.1:{taken.getsockname()[1]}")
        sample = next(client.stream(["x"], bucket="b", attempts=1))
        assert sample.status == "failed" and isinstance(sample.error, aisle.TransportError)
        assert isinstance(sample.error, ConnectionError) and sample.error.batch == 0
        with pytest.raises(ConnectionError):
            bytes(sample)
        client.close()


def test_no_answer_comes():
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(64)
        with aisle.Client(f"http://127.0.0.1:{silent.getsockname()[1]}", first_byte_timeout=0.2) as client:
            sample = next(client.stream(["x"], bucket="b", attempts=1))
            assert isinstance(sample.error, (aisle.TransportTimeout, aisle.TransportError))


def test_a_bucket_that_is_not_there(client):
    sample = next(client.stream(["x"], bucket="ais://nobucket"))
    assert sample.status == "failed" and isinstance(sample.error, aisle.ServerError)
    assert sample.error.http_status == 404 and sample.error.server_code == "ErrBckNotFound"
    assert sample.error.server_text


@pytest.mark.parametrize("name", ["a//b", "../x", "a/", "x" * 2000, "nul\0"])
def test_names_that_aistore_would_refuse(client, name):
    good, bad = client.stream(["size-1", name], bucket="ais://data")
    assert good and isinstance(bad.error, aisle.UsageError) and bad.error.code == "invalid_entry"


def test_a_name_that_is_not_text(client):
    with pytest.raises(aisle.UsageError):
        next(client.stream(["\ud800"], bucket="ais://data"))


def test_a_fault_of_the_server_is_in_the_result(serve, served):
    with aisle.Client(serve(served.root, "--fault", "short@3").endpoint) as client:
        names = served.many[:10]
        for _ in range(5):
            samples = list(client.stream(names, bucket="data", attempts=1))
            assert [s.name for s in samples] == names
            assert all(bytes(s) == served.objects[s.name] for s in samples if s)
            failed = [s for s in samples if not s]
            if not any(isinstance(s.error, aisle.TransportTimeout) for s in failed):
                break  # else a busy machine: with one attempt, a proxy that is silent for 2 s is an error too
        assert failed and all(isinstance(s.error, aisle.DataError) and s.error.code == "short_batch" for s in failed)
        assert failed[0].error.target and failed[0].error.entry is not None
    with aisle.Client(serve(served.root, "--fault", "refuse-403").endpoint) as client:
        error = next(client.stream(names, bucket="data")).error
        assert isinstance(error, aisle.AccessError) and isinstance(error, PermissionError)


def test_a_token_is_never_shown(endpoint):
    client = aisle.Client(endpoint, token="s3cr3t")
    assert "s3cr3t" not in repr(client)
    assert pickle.loads(pickle.dumps(client))._options["token"] == "s3cr3t"
    client.close()
