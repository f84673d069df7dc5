"""Messages while a cluster has problems, and cold buckets."""

import json
import re
import signal
import subprocess
import time

import pytest
from conftest import AISLE, content, environment, lines, report_of, run
from test_terminal import Terminal

REFUSED = r"^aisle: cannot reach {}: Connection refused; retrying for up to \d+ s \(--retry-for\)$"


@pytest.mark.parametrize("quiet", [(), ("--quiet",)])
def test_a_wrong_port_shows_its_reason_within_seconds(closed_port, quiet):
    began = time.monotonic()
    get = subprocess.Popen([AISLE, "get", "ais://b/o", "--discard", "--retry-for", "8s", *quiet], text=True,
                           env=environment(f"http://127.0.0.1:{closed_port}"), stderr=subprocess.PIPE)
    first = get.stderr.readline()
    assert time.monotonic() - began < 6
    assert re.match(REFUSED.format(f"127.0.0.1:{closed_port}"), first), first
    rest = get.communicate(timeout=30)[1]
    assert get.returncode == 1
    assert "retrying" not in rest, "once in 30 seconds is enough"
    assert "entry 0 failed" in rest and "Connection refused" in rest


def test_an_endpoint_that_never_answers_is_given_up_earlier_than_a_cluster_that_is_down(closed_port):
    endpoint = f"http://127.0.0.1:{closed_port}"
    entries = lines(*({"bucket": "ais://b", "object": f"o{i}"} for i in range(50)))
    began = time.monotonic()
    done = run("get", "--input", "-", "--discard", "--batch", 2, "--in-flight", 1, "--reach-within", "3s",
               stdin=entries, endpoint=endpoint)
    took = time.monotonic() - began
    assert done.returncode == 1
    assert 2.5 < took < 20, "25 batches wait for it once, not each"
    assert f"aisle: cannot reach 127.0.0.1:{closed_port}: Connection refused; retrying for up to 3 s " \
           "(--reach-within)\n" in done.stderr
    assert "50 failed" in done.stderr


def test_an_endpoint_is_tried_for_30_seconds(closed_port):
    get = subprocess.Popen([AISLE, "get", "ais://b/o", "--discard"], text=True, stderr=subprocess.PIPE,
                           env=environment(f"http://127.0.0.1:{closed_port}"))
    assert "retrying for up to 30 s (--reach-within)" in get.stderr.readline()
    get.kill()
    get.communicate()


def test_an_unknown_host_is_reported():
    done = run("get", "ais://b/o", "--discard", "--retry-for", "8s", endpoint="http://no-such-host.invalid:51080")
    assert done.returncode == 1
    assert re.search(r"^aisle: cannot reach no-such-host\.invalid: .+; retrying for up to \d+ s", done.stderr,
                     re.M), done.stderr


def test_a_silent_proxy_is_reported(silent_port):
    done = run("get", "ais://b/o", "--discard", "--retry-for", "8s", "--proxy-timeout", "500ms",
               endpoint=f"http://127.0.0.1:{silent_port}")
    assert done.returncode == 1
    assert re.search(r"^aisle: .+; retrying for up to \d+ s \(--retry-for\)$", done.stderr, re.M), done.stderr


def test_the_bar_shows_the_reason_on_a_terminal(closed_port):
    code, seen = Terminal("get", "ais://b/o", "--discard", "--retry-for", "6s", columns=120,
                          endpoint=f"http://127.0.0.1:{closed_port}").finish()
    assert code == 1
    assert seen.count("; retrying for up to") == 1
    frames = [frame.replace("\x1b[K", "") for frame in seen.split("\r")]
    assert any(re.match(rf"0/1  cannot reach 127\.0\.0\.1:{closed_port}: Connection refused, 0:0\d left$", f)
               for f in frames), frames


def test_errors_of_listings_are_reported_immediately(closed_port):
    for arguments in (("bench", "--bucket", "ais://b", "--quiet"), ("stress", "--samples", 10, "--quiet")):
        done = run(*arguments, "--reach-within", "1s", endpoint=f"http://127.0.0.1:{closed_port}")
        assert done.returncode == 1
        assert f"aisle: cannot reach 127.0.0.1:{closed_port}: Connection refused; retrying for up to 1 s " \
               "(--reach-within)\n" in done.stderr


@pytest.mark.parametrize("arguments", [("bench", "--bucket", "ais://b"), ("stress", "--samples", 10)])
def test_listings_report_a_silent_proxy(silent_port, arguments):
    done = run(*arguments, "--proxy-timeout", "500ms", "--reach-within", "2s", "--quiet",
               endpoint=f"http://127.0.0.1:{silent_port}")
    assert done.returncode == 1
    assert re.search(r"^aisle: .*; retrying for up to \d s \(--reach-within\)$", done.stderr, re.M), done.stderr


def test_a_server_that_dies_during_a_benchmark_is_reported(serve):
    server = serve("--synthetic", "1000x1K")
    bench = subprocess.Popen([AISLE, "bench", "--bucket", "ais://synthetic", "--seconds", "20", "--retry-for", "6s",
                              "--quiet"], env=environment(server.endpoint), stderr=subprocess.PIPE,
                             stdout=subprocess.DEVNULL, text=True)
    time.sleep(1.5)
    server.process.kill()
    time.sleep(4)
    bench.send_signal(signal.SIGINT)
    said = bench.communicate(timeout=30)[1]
    assert bench.returncode == 130
    assert said.count("retrying for up to") == 1, said


COLD = {f"o{i:02}": content(i, 100 + 500 * i) for i in range(30)}


@pytest.fixture
def cloud(serve, tmp_path):
    """A bucket whose objects are only in its backend."""
    folder = tmp_path / "root" / "s3:b"
    folder.mkdir(parents=True)
    for name, data in COLD.items():
        (folder / name).write_bytes(data)
    return serve(tmp_path / "root", "--cold", "s3:b").endpoint


def fetch(endpoint, *arguments):
    entries = lines(*({"bucket": "s3://b", "object": name} for name in [*COLD, "none"]))
    return run("get", "--input", "-", "--report", "-", *arguments, stdin=entries, endpoint=endpoint)


def test_cold_objects_are_fetched_into_the_cluster_and_counted(cloud):
    first = fetch(cloud)
    assert first.returncode == 3, first.stderr
    assert [line["size"] for line in report_of(first.stdout)] == [*map(len, COLD.values()), 0]
    assert "30 delivered, 1 missing, 0 failed" in first.stderr and " 30 cold" in first.stderr
    second = fetch(cloud)
    assert second.returncode == 3, second.stderr
    assert "30 delivered, 1 missing, 0 failed" in second.stderr and "cold" not in second.stderr


@pytest.mark.parametrize("count", [5, 30])
def test_cold_objects_are_missing_with_cold_gets_0(cloud, count):
    """A response ends after its eighth missing entry."""
    entries = lines(*({"bucket": "s3://b", "object": name} for name in list(COLD)[:count]))
    done = run("get", "--input", "-", "--report", "-", "--cold-gets", 0, stdin=entries, endpoint=cloud)
    assert done.returncode == 3
    assert [line["status"] for line in report_of(done.stdout)] == ["missing"] * count


def test_a_benchmark_counts_cold_objects(cloud):
    done = run("bench", "--bucket", "s3://b", "--order", "listed", "--batch", 10, "--batches", 3, "--json",
               "--cold-gets", 4, endpoint=cloud)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["cold"] == 30


def test_the_log_has_a_json_object_per_line(serve, tmp_path):
    endpoint = serve("--synthetic", "100x1K", "--fault", "short@3x1").endpoint
    log = tmp_path / "log.jsonl"
    done = run("bench", "--bucket", "ais://synthetic", "--batch", 8, "--batches", 4, "--log", log, endpoint=endpoint)
    assert done.returncode == 0, done.stderr
    events = [json.loads(line) for line in log.read_text().splitlines()]
    assert {"map.changed", "response.faulty", "retry"} <= {e["event"] for e in events}
    assert all({"time", "level"} <= e.keys() and e["level"] != "debug" for e in events)
    retry = next(e for e in events if e["event"] == "retry")
    assert retry["entries"] == 4 and retry["why"]
    done = run("bench", "--bucket", "ais://synthetic", "--batch", 8, "--batches", 1, "--log", "-", "--log-level",
               "warning", endpoint=endpoint)
    assert done.returncode == 0 and "map.changed" not in done.stderr
    for wrong in (["--log", tmp_path / "none" / "log"], ["--log", log, "--log-level", "loud"], ["--log-level", "info"]):
        assert run("bench", "--bucket", "ais://synthetic", *wrong, endpoint=endpoint).returncode == 2
