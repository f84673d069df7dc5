"""`aisle stress`: passes a good server, finds every fault of a bad one, and leaves no bucket."""

import json
import signal
import subprocess
import time
import urllib.request

import pytest
from conftest import AISLE, Server, environment, run

KEYS = {"delivered", "missing", "failed", "wrong", "lost", "retries", "hedges", "hedges_won", "plain_gets", "cold",
        "refusals", "redirects_dropped", "requests", "batches", "rounds", "bytes", "seconds", "samples_per_s", "mb_per_s",
        "cpu_us_per_sample", "first_sample_ms", "batch_ms", "peak_rss_bytes", "open_files", "connections", "seed",
        "bucket", "interrupted", "ways", "troubles"}


@pytest.fixture(scope="module")
def good():
    it = Server()
    yield it.endpoint
    assert it.stop() == 0


def buckets(endpoint):
    with urllib.request.urlopen(endpoint + "/v1/buckets?provider=ais", timeout=10) as answer:
        return [b["name"] for b in json.load(answer)]


def stress(*arguments, endpoint):
    """Returns the exit code, the report and standard error. Checks that the bucket is destroyed."""
    done = run("stress", "--report", "-", *arguments, endpoint=endpoint)
    assert done.stdout.count(b"\n") == 1, done.stderr
    assert buckets(endpoint) == []
    return done.returncode, json.loads(done.stdout), done.stderr


def told(report):
    return sum(report[key] for key in ("delivered", "missing", "failed", "wrong", "lost"))


def test_a_good_server_passes_in_every_format_and_mode(good):
    code, report, stderr = stress("--samples", 2000, "--quiet", endpoint=good)
    assert code == 0, stderr
    assert KEYS <= report.keys()
    assert (report["wrong"], report["lost"], report["failed"]) == (0, 0, 0)
    assert report["delivered"] + report["missing"] == 2000 and report["missing"] > 5
    ways = {(w["format"], w["mode"]) for w in report["ways"]}
    assert ways == {(f, m) for f in (".tar", ".tgz", ".zip", ".tar.lz4") for m in ("stream", "multipart")}
    assert sum(w["delivered"] for w in report["ways"]) == report["delivered"]
    assert sum(w["batches"] for w in report["ways"]) == report["batches"]
    assert all(w["other_format"] == 0 for w in report["ways"])
    assert report["bytes"] > 1_000_000 and report["peak_rss_bytes"] > 1_000_000
    assert 0 < report["batch_ms"]["p50"] <= report["batch_ms"]["p95"] <= report["batch_ms"]["p99"]
    assert report["open_files"]["most"] > report["open_files"]["start"] == report["open_files"]["end"]
    assert report["samples_per_s"] == pytest.approx(report["delivered"] / report["seconds"], rel=0.01)
    assert report["troubles"] == [] and report["interrupted"] is False
    assert report["bucket"].startswith("ais://aisle-stress-")


def test_the_same_seed_generates_the_same_load(good):
    loads = [stress("--samples", 300, "--seed", seed, "--quiet", endpoint=good)[1] for seed in (5, 5, 6)]
    same = [(r["bytes"], r["delivered"], r["missing"], r["batches"]) for r in loads]
    assert same[0] == same[1] != same[2]


def test_time_limits_the_run_and_the_output_is_a_table(good):
    began = time.monotonic()
    done = run("stress", "--for", "500ms", "--engines", 1, "--streams", 3, endpoint=good)
    assert done.returncode == 0, done.stderr
    assert time.monotonic() - began < 40  # without a limit it takes a minute
    for words in ("wrong, lost, failed     0, 0, 0", "samples/s", "open files", "peak RSS", "seed"):
        assert words in done.stdout.decode()
    assert "0 wrong" in done.stderr
    assert buckets(good) == []


def test_another_format_than_requested_is_counted(good, serve):
    _, report, _ = stress("--samples", 100, "--formats", ".tar.zst", "--quiet", endpoint=good)
    assert all(w["format"] == ".tar.zst" and w["other_format"] == 0 for w in report["ways"])
    other = serve("--no-zstd").endpoint
    code, report, stderr = stress("--samples", 100, "--formats", ".tar.zst,.zip", "--quiet", endpoint=other)
    assert code == 0, stderr
    for way in report["ways"]:
        assert way["other_format"] == (way["batches"] if way["format"] == ".tar.zst" else 0)


def test_a_flipped_bit_that_no_checksum_covers_is_found(serve):
    code, report, stderr = stress("--samples", 500, endpoint=serve("--fault", "flip@2").endpoint)
    assert code == 1
    assert report["wrong"] > 10
    assert told(report) == 500
    assert "wrong byte at" in stderr
    assert any(t["what"] == "wrong" and "wrong byte at" in t["text"] for t in report["troubles"])


@pytest.mark.parametrize("fault", ["swapped@1/3", "wrong-size@0/2", "shorten@3/2", "excess/3", "placeholder-full@1/3"])
def test_faults_are_never_delivered_as_right(serve, fault):
    code, report, _ = stress("--samples", 500, "--attempts", 1, "--proxy-timeout", "60s", "--quiet",
                             endpoint=serve("--fault", fault).endpoint)
    assert told(report) == 500
    assert (code == 0) == (report["wrong"] + report["lost"] + report["failed"] == 0)


def test_a_sample_reported_as_missing_is_requested_from_its_owner_or_lost(serve):
    endpoint = serve("--fault", "placeholder@0").endpoint
    code, report, stderr = stress("--samples", 300, "--quiet", endpoint=endpoint)
    # A multipart response has the server's message, "does not exist", which is believed; a stream has none.
    lost = [line for line in stderr.splitlines() if line.startswith("aisle: lost")]
    assert all(" multipart" in line for line in lost), stderr
    assert report["plain_gets"] > 0
    code, report, stderr = stress("--samples", 300, "--attempts", 1, "--proxy-timeout", "60s", endpoint=endpoint)
    assert code == 1 and report["lost"] > 0
    assert told(report) == 300
    assert "is reported as missing" in stderr


def start(*arguments, endpoint):
    """Starts a run, and waits until it fills its bucket."""
    process = subprocess.Popen([AISLE, "stress", *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               env=environment(endpoint), text=True)
    assert process.stderr.readline().startswith("filling ais://")
    return process


@pytest.mark.parametrize("under_load", [False, True])
@pytest.mark.parametrize("with_signal", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_destroys_its_bucket(good, tmp_path, under_load, with_signal):
    process = start("--for", "5m", "--report", tmp_path / "report.json", endpoint=good)
    assert len(buckets(good)) == 1
    while under_load and " samples/s" not in process.stderr.readline():
        assert process.poll() is None
    process.send_signal(with_signal)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130, stderr
    assert buckets(good) == []
    if under_load:
        report = json.loads((tmp_path / "report.json").read_text())
        assert report["interrupted"] is True
        assert report["delivered"] > 0 and report["wrong"] + report["lost"] + report["failed"] == 0


def test_an_interrupted_run_ends_soon_while_a_server_stalls(serve):
    endpoint = serve("--fault", "stall@100").endpoint
    process = start("--for", "5m", endpoint=endpoint)
    time.sleep(1)
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130
    assert time.monotonic() - began < 20
    assert buckets(endpoint) == []


def test_an_existing_bucket_is_not_touched(serve):
    endpoint = serve("--bucket", "ais://train").endpoint
    done = run("stress", "--bucket", "ais://train", "--samples", 10, endpoint=endpoint)
    assert done.returncode == 1 and "already" in done.stderr
    assert buckets(endpoint) == ["train"]


def test_a_kept_bucket_stays(serve):
    endpoint = serve().endpoint
    done = run("stress", "--bucket", "ais://mine", "--keep", "--samples", 10, "--quiet", endpoint=endpoint)
    assert done.returncode == 0, done.stderr
    assert buckets(endpoint) == ["mine"]


def test_a_run_that_cannot_continue_fails(tmp_path, serve):
    assert run("stress", "--samples", 10, endpoint="http://127.0.0.1:1").returncode == 1
    endpoint = serve().endpoint
    done = run("stress", "--samples", 10, "--report", tmp_path / "no" / "such" / "folder", endpoint=endpoint)
    assert done.returncode == 1
    assert buckets(endpoint) == []


@pytest.mark.parametrize("arguments", [["--for", "soon"], ["--for", "1m", "--samples", "1"], ["--samples", "0"],
                                       ["--formats", ".rar"], ["--engines", "0"], ["--bucket", "train"],
                                       ["--attempts", "0"], ["--retry-for", "x"], ["--batch-size", "0"]])
def test_wrong_usage_exits_with_2(good, arguments):
    assert run("stress", *arguments, endpoint=good).returncode == 2
    assert buckets(good) == []
