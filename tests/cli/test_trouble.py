"""Messages while a cluster has problems, and cold buckets."""

import json
import re
import signal
import subprocess
import time

import pytest
from conftest import AISLE, content, environment, lines, report_of, run, until
from test_terminal import Terminal

PATIENT = ("--proxy-timeout", "60s")  # a machine that stalls must not turn "refused" into "timed out"
REFUSED = r"^aisle: cannot reach {}: Connection refused; retrying for up to \d+ s \(--retry-for\)$"


@pytest.mark.parametrize("quiet", [(), ("--quiet",)])
def test_a_wrong_port_shows_its_reason_within_seconds(closed_port, quiet):
    get = subprocess.Popen([AISLE, "get", "ais://b/o", "--discard", "--retry-for", "8s", *PATIENT, *quiet], text=True,
                           env=environment(f"http://127.0.0.1:{closed_port}"), stderr=subprocess.PIPE)
    first = get.stderr.readline()
    assert get.poll() is None, "while it is tried, not at the end"
    assert re.match(REFUSED.format(f"127.0.0.1:{closed_port}"), first), first
    rest = get.communicate(timeout=60)[1]
    assert get.returncode == 1
    assert "retrying" not in rest, "once in 30 seconds is enough"
    assert "entry 0 failed" in rest and "Connection refused" in rest


def test_an_endpoint_that_never_answers_is_given_up_earlier_than_a_cluster_that_is_down(closed_port):
    endpoint = f"http://127.0.0.1:{closed_port}"
    entries = lines(*({"bucket": "ais://b", "object": f"o{i}"} for i in range(50)))
    began = time.monotonic()
    done = run("get", "--input", "-", "--discard", "--batch", 2, "--in-flight", 1, "--reach-within", "6s",
               *PATIENT, stdin=entries, endpoint=endpoint)
    took = time.monotonic() - began
    assert done.returncode == 1
    assert 5.5 < took < 60, "25 batches wait for it once, not each"
    assert f"aisle: cannot reach 127.0.0.1:{closed_port}: Connection refused; retrying for up to 6 s " \
           "(--reach-within)\n" in done.stderr
    assert "50 failed" in done.stderr


def first_words(*arguments, port):
    """The first line on standard error of a run that would take long."""
    with subprocess.Popen([AISLE, *map(str, arguments)], text=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                          env=environment(f"http://127.0.0.1:{port}")) as it:
        line = it.stderr.readline()
        it.kill()
    return line


def test_an_endpoint_is_tried_for_30_seconds(closed_port):
    assert "retrying for up to 30 s (--reach-within)" in first_words("get", "ais://b/o", "--discard", port=closed_port)


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
    code, seen = Terminal("get", "ais://b/o", "--discard", "--retry-for", "6s", *PATIENT, columns=120,
                          endpoint=f"http://127.0.0.1:{closed_port}").finish()
    assert code == 1
    assert seen.count("; retrying for up to") == 1
    frames = [frame.replace("\x1b[K", "") for frame in seen.split("\r")]
    assert any(re.match(rf"0/1  cannot reach 127\.0\.0\.1:{closed_port}: Connection refused, 0:0\d left$", f)
               for f in frames), frames


def test_errors_of_listings_are_reported_immediately(closed_port):
    for arguments in (("bench", "--bucket", "ais://b", "--quiet"), ("stress", "--samples", 10, "--quiet")):
        assert first_words(*arguments, "--reach-within", "20s", *PATIENT, port=closed_port) == (
            f"aisle: cannot reach 127.0.0.1:{closed_port}: Connection refused; retrying for up to 20 s "
            "(--reach-within)\n")


@pytest.mark.parametrize("arguments", [("bench", "--bucket", "ais://b"), ("stress", "--samples", 10)])
def test_listings_report_a_silent_proxy(silent_port, arguments):
    line = first_words(*arguments, "--proxy-timeout", "500ms", "--reach-within", "20s", "--quiet", port=silent_port)
    assert re.fullmatch(r"aisle: .*; retrying for up to \d+ s \(--reach-within\)\n", line), line


def test_a_server_that_dies_during_a_benchmark_is_reported(serve, tmp_path):
    server = serve("--synthetic", "1000x1K")
    bench = subprocess.Popen([AISLE, "bench", "--bucket", "ais://synthetic", "--seconds", "600", "--retry-for", "60s",
                              "--log", tmp_path / "log", "--quiet"], env=environment(server.endpoint),
                             stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    until(lambda: (tmp_path / "log").exists() and "run.started" in (tmp_path / "log").read_text())
    server.process.kill()
    said = ""
    while "retrying for up to" not in said:
        line = bench.stderr.readline()
        assert line, said
        said += line
    time.sleep(2)  # it says it once in 30 seconds
    bench.send_signal(signal.SIGINT)
    said += bench.communicate(timeout=60)[1]
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
    assert "30 delivered, 1 missing, 0 failed" in first.stderr
    cold = int(re.search(r" (\d+) cold", first.stderr)[1])
    # What is requested twice, because the server stalls, may be fetched by the other request.
    assert cold == 30 or (re.search("retr|hedge", first.stderr) and 0 < cold < 30), first.stderr
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
    f = json.loads(done.stdout)
    assert f["cold"] == 30 or (f["retries"] + f["hedges"] > 0 and 0 < f["cold"] < 30), f


def test_the_log_has_a_json_object_per_line(serve, tmp_path):
    endpoint = serve("--synthetic", "100x1K", "--fault", "short@3x1").endpoint
    log = tmp_path / "log.jsonl"
    done = run("bench", "--bucket", "ais://synthetic", "--batch", 8, "--batches", 4, "--log", log, endpoint=endpoint)
    assert done.returncode == 0, done.stderr
    events = [json.loads(line) for line in log.read_text().splitlines()]
    assert {"map.changed", "response.faulty", "retry"} <= {e["event"] for e in events}
    assert all({"time", "level"} <= e.keys() and e["level"] != "debug" for e in events)
    assert any(e["event"] == "retry" and e["entries"] == 4 and e["why"] for e in events)
    done = run("bench", "--bucket", "ais://synthetic", "--batch", 8, "--batches", 1, "--log", "-", "--log-level",
               "warning", endpoint=endpoint)
    assert done.returncode == 0 and "map.changed" not in done.stderr
    for wrong in (["--log", tmp_path / "none" / "log"], ["--log", log, "--log-level", "loud"], ["--log-level", "info"]):
        assert run("bench", "--bucket", "ais://synthetic", *wrong, endpoint=endpoint).returncode == 2
