"""--ui, --metrics and --cluster-metrics of `aisle bench`, `stress` and `get`, as programs see them. What the page looks
like is tested in test_live_page.py."""

import contextlib
import json
import re
import select
import signal
import socket
import subprocess
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from conftest import free_port, run
from watching import WatchedRun, fetch, messages, read_metrics

# They share a run, so one process of pytest-xdist has all of them.
pytestmark = pytest.mark.xdist_group("watched run")

ROOT = Path(__file__).resolve().parents[3]
# A failed poll of the targets' counters is repeated only after 30 s, so a poll may take long.
BENCH = ("bench", "--bucket", "ais://synthetic", "--batch", "16", "--in-flight", "4", "--proxy-timeout", "60s",
         "--quiet")


@pytest.fixture(scope="module")
def bucket():
    from conftest import Server
    it = Server("--synthetic", "2000x1K", "--tail", "100")  # slow, so that the run leaves the machine to other tests
    yield it.endpoint
    it.stop()


@pytest.fixture(scope="module")
def watched(bucket):
    """A run that lasts as long as the tests do, with counters of the targets that were polled during the run."""
    with WatchedRun(bucket, *BENCH, "--seconds", "600", "--ui", "0", "--metrics", "0") as it:
        it.until(lambda s: len(s["points"]) > 1 and any(t["batches_per_s"] > 0 for t in s["cluster"]["targets"]))
        yield it


def test_metrics_are_prometheus_text_and_grow(watched):
    status, fields, text = fetch(watched.metrics)
    assert status == 200 and fields["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    before, types = read_metrics(text)
    assert before["aisle_samples_total", ()] > 0
    assert before["aisle_run_samples_total", (("outcome", "delivered"),)] > 0
    assert before["aisle_run_samples_total", (("outcome", "missing"),)] == 0
    assert before["process_resident_memory_bytes", ()] > 1e6 and before["process_open_fds", ()] > 3
    assert sum(v for (name, _), v in before.items() if name == "aisle_target_samples_total") > 0
    assert sum(v for (name, _), v in before.items() if name == "aisle_cluster_batches_total") > 0
    for name, kind in types.items():
        assert kind in ("counter", "gauge", "histogram")
        assert (kind == "counter") == name.endswith("_total")
    end = time.monotonic() + 60
    samples = ("aisle_samples_total", ())
    while (after := read_metrics(fetch(watched.metrics)[2])[0])[samples] <= before[samples]:
        assert time.monotonic() < end
        time.sleep(0.1)
    for key, value in before.items():
        if types.get(key[0]) == "counter" or key[0].endswith(("_bucket", "_count", "_sum")):
            assert after[key] >= value, key


def test_every_metric_is_documented_under_both_names(watched):
    """OpenTelemetry's exporter makes the Prometheus name of the OpenTelemetry name and the unit; so does this test."""
    suffix = {"s": "_seconds", "By": "_bytes", "By/s": "_bytes_per_second"}
    documented = {}
    for line in (ROOT / "docs/observability.md").read_text().splitlines():
        if found := re.match(r"\| `([a-z_]+)`[^|]*\| `([a-z_.]+)` \| (\S+) \| (counter|gauge|histogram) \|", line):
            name, otel, unit, kind = found.groups()
            made = otel.replace(".", "_") + suffix.get(unit, "") + ("_total" if kind == "counter" else "")
            if not name.startswith("process_"):  # their names are Prometheus' own
                assert made == name
            documented[name] = kind
    _, types = read_metrics(fetch(watched.metrics)[2])
    assert types == documented


def test_the_snapshot_agrees_with_itself(watched):
    shot = watched.snapshot()
    assert shot["run"]["command"] == "bench" and shot["run"]["state"] == "running"
    assert shot["run"]["about"] == "ais://synthetic, 16 entries a batch"
    totals, now, recent = shot["totals"], shot["now"], shot["recent"]
    assert totals["bytes"] == pytest.approx(totals["delivered"] * 1024, rel=0.5)
    assert totals["missing"] == totals["failed"] == 0
    assert 0 < now["in_flight"] <= 4 and now["window"] == 4
    assert now["memory_budget"] == 1 << 28 and now["resident"] > 1e6
    bound = recent["bound_by"]
    assert bound["what"] and bound["reason"] and "the targets report" not in bound["reason"]
    assert bound["targets"].startswith("the targets report") == (bound["what"] in ("server", "nothing"))
    assert 0 < recent["latency_ms"]["batch"]["p50"] <= recent["latency_ms"]["batch"]["p99"]
    assert len(shot["targets"]) == 3 and all(0 <= t["health"] for t in shot["targets"])
    assert {t["name"] for t in shot["cluster"]["targets"]} == {t["name"] for t in shot["targets"]}
    seconds = [p[0] for p in shot["points"]]
    assert seconds == sorted(seconds) and all(len(p) == 16 for p in shot["points"])
    assert {"run.started"} <= {e["event"] for e in shot["events"]}
    assert [e["number"] for e in shot["events"]] == sorted(e["number"] for e in shot["events"])


def test_events_send_everything_first_and_then_new_rows(watched):
    stream = messages(watched.page + "events")
    first, *later = (next(stream) for _ in range(4))
    while later[-1]["totals"]["delivered"] == first["totals"]["delivered"] and len(later) < 20:
        later.append(next(stream))  # the run may stall
    stream.close()
    assert len(first["points"]) >= 2
    # The first message may have been made just before the second, which then has no new point.
    new = [point[0] for shot in later for point in shot["points"]]
    assert new
    seconds = [point[0] for point in first["points"]] + new
    assert seconds == sorted(set(seconds))
    delivered = [shot["totals"]["delivered"] for shot in (first, *later)]
    assert delivered == sorted(delivered) and delivered[0] < delivered[-1]


def test_requests_under_a_foreign_name_are_refused(watched):
    port = urlsplit(watched.page).port
    for host in ("evil.example", f"evil.example:{port}", ""):
        status, fields, text = fetch(watched.page + "snapshot.json", headers={"Host": host})
        assert status == 421 and "totals" not in text
    for host in ("localhost", f"127.0.0.1:{port}", "[::1]"):
        assert fetch(watched.page + "snapshot.json", headers={"Host": host})[0] == 200
    assert fetch(watched.metrics, headers={"Host": "evil.example"})[0] == 421


def test_the_server_is_read_only(watched):
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        for path in ("", "events", "snapshot.json"):
            status, fields, _ = fetch(watched.page + path, method=method, body=b"x" * 100)
            assert status == 405 and fields["Allow"] == "GET, HEAD"


def test_other_sites_cannot_read_it(watched):
    _, fields, _ = fetch(watched.page)
    assert "Access-Control-Allow-Origin" not in fields
    assert fields["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "default-src 'none'" in fields["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in fields["Content-Security-Policy"]
    assert fields["X-Content-Type-Options"] == "nosniff" and fields["Cache-Control"] == "no-store"


def test_the_page_loads_nothing_from_other_sites(watched):
    status, fields, page = fetch(watched.page)
    assert status == 200 and fields["Content-Type"].startswith("text/html")
    assert not re.findall(r'(?:src|href)="(?!/)', page)
    for path in set(re.findall(r'(?:src|href)="(/[^"]+)"', page)) | {"/chart.js", "/format.js"}:
        status, fields, text = fetch(watched.page[:-1] + path)
        assert status == 200 and text
        assert not re.findall(r"https?://(?!www\.w3\.org/)", text)


def test_heads_and_unknown_paths(watched):
    status, fields, text = fetch(watched.page, method="HEAD")
    assert status == 200 and int(fields["Content-Length"]) > 1000 and not text
    status, fields, text = fetch(watched.page + "events", method="HEAD")
    assert (status, fields["Content-Type"], text) == (200, "text/event-stream", "")
    for path in ("nothing", "../../etc/passwd", "metrics", "%2e%2e/app.js", "events/x"):
        assert fetch(watched.page + path)[0] == 404
    assert fetch(watched.page + "snapshot.json?x=1")[0] == 200
    assert fetch(urlsplit(watched.metrics)._replace(path="/").geturl())[0] == 404


def test_it_listens_on_the_loopback_interface_only(watched):
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", urlsplit(watched.page).port), timeout=5)


def test_garbage_ends_its_connection_and_nothing_else(watched):
    at = urlsplit(watched.page)
    for data in (b"\0" * 50, b"GET\r\n\r\n", b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 20_000 + b"\r\n\r\n"):
        with socket.create_connection((at.hostname, at.port), timeout=10) as connection:
            with contextlib.suppress(ConnectionResetError, BrokenPipeError):
                connection.sendall(data)
                while connection.recv(65536):
                    pass
    assert fetch(watched.page)[0] == 200


def test_connections_are_bounded_and_come_back(watched):
    at = urlsplit(watched.page)
    # More than 16, in case connections of an earlier test are still open when the first of these arrive.
    taken = [socket.create_connection((at.hostname, at.port), timeout=10) for _ in range(32)]
    try:
        with socket.create_connection((at.hostname, at.port), timeout=10) as one_more:
            with contextlib.suppress(ConnectionResetError, BrokenPipeError):
                one_more.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
                assert one_more.recv(100) == b""
    finally:
        for connection in taken:
            connection.close()
    end = time.monotonic() + 60
    while True:
        try:
            assert fetch(watched.page)[0] == 200
            return
        except OSError:
            assert time.monotonic() < end
            time.sleep(0.1)


def test_a_feed_ends_with_the_last_figures(bucket):
    with WatchedRun(bucket, *BENCH, "--seconds", "600", "--json", "--ui", "0", "--metrics", "0") as it:
        stream = messages(it.page + "events")
        while next(stream)["totals"]["delivered"] == 0:
            pass
        it.process.send_signal(signal.SIGINT)
        *_, last = stream
        code, output = it.end()
        assert code == 130, it.stderr
        figures = json.loads(output)
        assert last["run"]["state"] == "ended"
        assert last["totals"]["delivered"] == figures["samples"]
        assert last["overall"]["bound_by"]["what"] == figures["bound_by"]["what"]


def test_a_client_that_does_not_read_delays_nothing(bucket):
    with WatchedRun(bucket, *BENCH, "--seconds", "600", "--ui", "0") as it:
        at = urlsplit(it.page)
        with socket.create_connection((at.hostname, at.port)) as deaf:
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
            deaf.sendall(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert select.select([deaf], [], [], 60)[0], "it sends nothing"
            began = time.monotonic()
            it.process.send_signal(signal.SIGINT)
            assert it.end()[0] == 130
            assert time.monotonic() - began < 20  # the server would wait 30 s for the client to read


def test_page_and_metrics_share_a_port(bucket):
    port = free_port()
    with WatchedRun(bucket, *BENCH, "--seconds", "600", "--ui", port, "--metrics", f"127.0.0.1:{port}") as it:
        assert it.page == f"http://127.0.0.1:{port}/" and it.metrics == it.page + "metrics"
        assert fetch(it.page)[0] == fetch(it.metrics)[0] == 200


@pytest.mark.parametrize("command", [BENCH, ("stress", "--quiet"), ("get", "ais://synthetic/x", "--discard", "--quiet")],
                         ids=lambda command: command[0])
@pytest.mark.parametrize("flag", ["--ui", "--metrics"])
def test_a_port_in_use_is_reported(bucket, silent_port, command, flag):
    done = run(*command, flag, silent_port, endpoint=bucket)
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr == (f"aisle: cannot listen on 127.0.0.1:{silent_port}: Address already in use; choose another port, "
                           "or 0 for any free port\n")


@pytest.mark.parametrize("value", ["x", "70000", "::1:80", ""])
def test_a_wrong_address_is_wrong_usage(bucket, value):
    for flag in ("--ui", "--metrics"):
        done = run(*BENCH, flag, value, endpoint=bucket)
        assert done.returncode == 2


def counted(start, *arguments):
    """The figures of a run that the targets' counters cover completely. They do not if the poll at its start or end
    takes more than two seconds: then it is repeated. start(): an endpoint."""
    for _ in range(5):
        done = run(*BENCH, "--cluster-metrics", "--json", *arguments, endpoint=start())
        assert done.returncode == 0, done.stderr
        f = json.loads(done.stdout)
        if f["cluster"]["known"] and f["cluster"]["seconds"] >= f["seconds"]:
            return f
    raise AssertionError(f"not once in five runs: {f}")


def test_final_figures_include_the_targets_counters(serve):
    endpoint = serve("--synthetic", "500x1K").endpoint
    once = ("--no-hedging", "--attempts", "1")  # what is requested twice would be counted twice
    f = counted(lambda: endpoint, *once, "--batches", "50")
    cluster = f["cluster"]
    assert cluster["batches"] == 50 and cluster["objects"] == f["samples"] == 800
    assert cluster["object_bytes"] == f["bytes"]
    assert cluster["soft_errors"] == cluster["hard_errors"] == cluster["recoveries"] == 0
    assert sum(t["objects"] for t in cluster["targets"]) == 800
    assert {t["name"] for t in cluster["targets"]} >= {t["name"] for t in f["targets"]}
    tables = (run(*BENCH, "--cluster-metrics", *once, "--batches", "20", endpoint=endpoint).stdout for _ in range(5))
    assert any(b"targets, all clients    20 batches, 320 objects" in table for table in tables)
    assert "cluster" not in json.loads(run(*BENCH, "--batches", "2", "--json", endpoint=endpoint).stdout)


def test_the_verdict_uses_the_targets_refusals(serve):
    f = counted(lambda: serve("--synthetic", "500x1K", "--fault", "refuse-429x3").endpoint, "--batches", "20")
    assert f["cluster"]["hard_errors"] == 3
    if f["bound_by"]["what"] == "server":
        assert "3 failed or refused requests" in f["bound_by"]["reason"]


def test_stress_can_be_watched(serve):
    endpoint = serve().endpoint
    with WatchedRun(endpoint, "stress", "--for", "10s", "--proxy-timeout", "60s", "--quiet", "--report", "-", "--ui", "0",
                    "--metrics", "0") as it:
        shot = it.until(lambda s: s["totals"]["delivered"] > 0)
        assert shot["run"]["command"] == "stress" and shot["run"]["checks"]
        assert shot["now"]["memory_budget"] == 2 << 28
        values, _ = read_metrics(fetch(it.metrics)[2])
        assert values["aisle_run_samples_total", (("outcome", "wrong"),)] == 0
        code, output = it.end()
        assert code == 0, it.stderr
        report = json.loads(output)
        assert report["cluster"]["known"] and report["cluster"]["objects"] > 0 and report["cluster"]["members"] > 0


def test_get_can_be_watched(serve):
    endpoint = serve("--synthetic", "100x1K").endpoint
    listed = run("ls", "ais://synthetic", "--json", endpoint=endpoint).stdout.decode()
    size = sum(json.loads(line)["size"] for line in listed.splitlines())
    with WatchedRun(endpoint, "get", "--bucket", "ais://synthetic", "--input", "-", "--discard", "--quiet", "--ui", "0",
                    "--metrics", "0", stdin=subprocess.PIPE) as it:
        with it.process.stdin as entries:
            entries.write(listed)
            entries.flush()
            shot = it.until(lambda s: s["totals"]["delivered"] == 100 and s["totals"]["bytes"] >= size)
            assert shot["run"]["command"] == "get" and shot["run"]["about"] == "ais://synthetic"
            assert fetch(it.metrics)[0] == 200
        assert it.end()[0] == 0, it.stderr


def test_entries_that_are_not_delivered_are_counted(serve, tmp_path):
    endpoint = serve("--synthetic", "500x1K", "--fault", "placeholder@3").endpoint
    log = tmp_path / "log"
    done = run(*BENCH, "--batches", "20", "--attempts", "1", "--json", "--log", log, endpoint=endpoint)
    figures = json.loads(done.stdout)
    events = [json.loads(line) for line in log.read_text().splitlines()]
    ended = next(e for e in events if e["event"] == "run.ended")
    assert figures["missing"] + figures["failed"] > 0
    assert all(ended[name] == figures[name] for name in ("missing", "failed"))
    assert ended["delivered"] == figures["samples"]


def test_the_log_has_the_start_and_end_of_a_run(serve, tmp_path):
    endpoint = serve("--synthetic", "500x1K", "--fault", "short@3/4").endpoint
    log = tmp_path / "log"
    done = run(*BENCH, "--batches", "20", "--json", "--log", log, endpoint=endpoint)
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    events = [json.loads(line) for line in log.read_text().splitlines()]
    names = [e["event"] for e in events]
    assert names.count("run.started") == names.count("run.ended") == 1 and "retry" in names
    assert all(e["time"].endswith("Z") and e["level"] in ("info", "warning", "error") for e in events)
    started = next(e for e in events if e["event"] == "run.started")
    assert started["command"] == "bench" and started["about"].startswith("ais://synthetic")
    ended = next(e for e in events if e["event"] == "run.ended")
    assert ended["delivered"] == figures["samples"] == 320 and ended["retries"] == figures["retries"] > 0
    assert ended["bound_by"] == figures["bound_by"]["what"] and ended["reason"]
    assert names.index("run.started") < names.index("retry") < names.index("run.ended")
