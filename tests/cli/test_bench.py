"""`aisle bench`."""

import json
import shutil
import subprocess

import pytest
from conftest import AISLE, environment, run

KEYS = {"samples", "seconds", "samples_per_s", "bytes", "cpu_us_per_sample", "first_sample_ms", "batch_ms",
        "peak_rss_bytes", "in_flight", "latency_ms", "targets", "bound_by"}


@pytest.fixture(scope="module")
def bucket():
    from conftest import Server
    it = Server("--synthetic", "25000×1K")
    yield it.endpoint
    it.stop()


def figures(*arguments, endpoint):
    done = run("bench", "--bucket", "ais://synthetic", "--json", *arguments, endpoint=endpoint)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(b"\n") == 1
    return json.loads(done.stdout)


def test_json_has_the_documented_keys_and_they_agree(bucket):
    f = figures("--batch", "32", "--batches", "50", "--in-flight", "8", endpoint=bucket)
    assert KEYS <= f.keys()
    assert f["samples"] == 1600 and f["bytes"] == 1600 * 1024
    assert f["missing"] == f["failed"] == 0
    assert f["samples_per_s"] == pytest.approx(f["samples"] / f["seconds"], rel=0.01)
    assert 0 < f["cpu_us_per_sample"] < 100_000
    assert 0 < f["first_sample_ms"] < f["seconds"] * 1000
    assert 0 < f["batch_ms"]["p50"] <= f["batch_ms"]["p95"] <= f["batch_ms"]["p99"]
    assert f["peak_rss_bytes"] > 1_000_000
    assert f["in_flight"] == 8
    for step in ("queued", "proxy", "first_byte", "transfer"):
        of = f["latency_ms"][step]
        assert 0 <= of["p50"] <= of["p95"] <= of["p99"] <= f["seconds"] * 1000 * 1.04
    assert sum(t["samples"] for t in f["targets"]) == 1600
    assert sum(t["bytes"] for t in f["targets"]) == f["bytes"]
    assert sum(t["requests"] for t in f["targets"]) >= 50 and len(f["targets"]) > 1
    assert f["bound_by"]["what"] in ("server", "network", "client CPU", "consumer") and f["bound_by"]["reason"]


def test_auto_sets_a_window(bucket):
    assert figures("--batches", "20", endpoint=bucket)["in_flight"] >= 1


def test_auto_respects_its_limit(bucket):
    assert figures("--batches", "300", "--batch", "16", "--max-in-flight", "3", endpoint=bucket)["in_flight"] <= 3


@pytest.mark.parametrize("form", ["batch", "objects", "auto"])
def test_every_form_delivers_the_same(bucket, form):
    f = figures("--batches", "40", "--batch", "20", "--form", form, endpoint=bucket)
    assert f["samples"] == 800 and f["bytes"] == 800 * 1024
    assert f["missing"] == f["failed"] == 0


def test_seconds_limit_the_run(bucket):
    f = figures("--seconds", "0.5", "--batch", "16", "--in-flight", "2", endpoint=bucket)
    assert 0.5 <= f["seconds"] < 30
    assert f["samples"] == f["batches"] * 16


@pytest.mark.skipif(not shutil.which("strace"), reason="needs strace")
@pytest.mark.parametrize("command", [("bench", "--bucket", "ais://synthetic", "--seconds", "0.1", "--quiet"),
                                     ("stress", "--for", "100ms", "--quiet")], ids=lambda command: command[0])
def test_a_run_limited_in_time_has_a_result_on_a_busy_machine(bucket, tmp_path, command):
    # It reads the time used so far just before the first request: let that take longer than the run.
    slow = ("strace", "-f", "-qq", "-o", tmp_path / "trace", "-e", "trace=getrusage", "-e",
            "inject=getrusage:delay_enter=300000")
    done = subprocess.run([*slow, AISLE, *command], env=environment(bucket), capture_output=True, timeout=120)
    assert "DELAYED" in (tmp_path / "trace").read_text()
    assert done.returncode == 0, done.stdout + done.stderr


def test_warm_up_is_not_counted(bucket):
    f = figures("--batch", "10", "--batches", "3", "--warmup", "5", endpoint=bucket)
    assert f["samples"] == 30


def test_all_pages_of_the_listing_are_read(bucket):
    f = figures("--order", "listed", "--batch", "1000", "--batches", "25", endpoint=bucket)
    assert f["samples"] == 25_000


def test_the_default_output_is_a_table(bucket):
    done = run("bench", "--bucket", "ais://synthetic", "--batches", "5", endpoint=bucket)
    assert done.returncode == 0, done.stderr
    text = done.stdout.decode()
    for words in ("samples/s", "MB/s", "client CPU per sample", "time to first sample", "batch P50 / P95 / P99",
                  "peak RSS", "in flight", "to the redirect", "to the first byte", "127.0.0.", "health 1.00", "bound by"):
        assert words in text
    assert text.splitlines()[-1].split(None, 2)[:2] == ["bound", "by"]


def test_sizes_of_real_files_are_counted(served, endpoint):
    done = run("bench", "--bucket", "ais://files", "--order", "listed", "--batch", len(served.files), "--batches",
               "1", "--json", "--mode", "multipart", endpoint=endpoint)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["bytes"] == sum(map(len, served.files.values()))


def test_a_bucket_that_cannot_be_measured_is_a_failure(serve, tmp_path):
    (tmp_path / "empty").mkdir()
    server = serve(tmp_path)
    done = run("bench", "--bucket", "ais://empty", endpoint=server.endpoint)
    assert done.returncode == 1 and "is empty" in done.stderr
    done = run("bench", "--bucket", "ais://nowhere", endpoint=server.endpoint)
    assert done.returncode == 1 and "404" in done.stderr
    done = run("bench", "--bucket", "ais://empty", endpoint="http://127.0.0.1:1")
    assert done.returncode == 1


@pytest.mark.parametrize("arguments", [[], ["--bucket", "train"], ["--bucket", "ais://b", "--batches", "0"],
                                       ["--bucket", "ais://b", "--batches", "1", "--seconds", "1"],
                                       ["--bucket", "ais://b", "--seconds", "0"],
                                       ["--bucket", "ais://b", "--order", "worst"]])
def test_wrong_usage_exits_with_2(bucket, arguments):
    assert run("bench", *arguments, endpoint=bucket).returncode == 2


def test_without_retries_faults_fail_the_run(serve):
    server = serve("--synthetic", "100x1K", "--fault", "short@3")
    done = run("bench", "--bucket", "ais://synthetic", "--batch", "8", "--batches", "4", "--json", "--attempts", "1",
               "--proxy-timeout", "60s", endpoint=server.endpoint)
    assert done.returncode == 1
    f = json.loads(done.stdout)
    assert (f["samples"], f["failed"]) == (12, 20)
    assert "first error" in done.stderr


def test_recovered_faults_are_counted_as_retries(serve):
    server = serve("--synthetic", "100x1K", "--fault", "short@3")
    done = run("bench", "--bucket", "ais://synthetic", "--batch", "8", "--batches", "4", "--json",
               endpoint=server.endpoint)
    assert done.returncode == 0, done.stderr
    f = json.loads(done.stdout)
    assert (f["samples"], f["failed"]) == (32, 0)
    assert f["retries"] >= 4
    done = run("bench", "--bucket", "ais://synthetic", "--batch", "8", "--batches", "1", endpoint=server.endpoint)
    assert b"retries, hedges" in done.stdout
