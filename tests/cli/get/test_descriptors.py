"""Runs with closed standard descriptors, and with a low descriptor limit."""

import os
import resource
import subprocess
import tarfile

import pytest
from conftest import AISLE, content, environment, lines, report_of, run

NAMES = [f"many/{i:04}" for i in range(20)]


def shell(command, endpoint, timeout=60):
    """Runs `aisle COMMAND` in a shell, with redirections and a time limit; standard error as text."""
    return subprocess.run(["bash", "-c", f"exec {AISLE} {command}"], env=environment(endpoint), timeout=timeout,
                          capture_output=True, text=True)


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_closed_descriptors_do_not_corrupt_the_archive(closed, served, endpoint, tmp_path):
    entries = " ".join([NAMES[0], "none", *NAMES[1:]])
    done = shell(f"get --bucket ais://files {entries} --batch 7 --tar {tmp_path}/x.tar --report {tmp_path}/r {closed}",
                 endpoint)
    assert done.returncode == 3
    with tarfile.open(tmp_path / "x.tar") as archive:
        got = {m.name: archive.extractfile(m).read() for m in archive}
    assert got == {"files/" + name: served.files[name] for name in NAMES}
    assert b"aisle:" not in (tmp_path / "x.tar").read_bytes()
    assert [line["status"] for line in report_of(tmp_path / "r")].count("delivered") == 20


def test_files_are_written_with_all_descriptors_closed(served, endpoint, tmp_path):
    done = shell(f"get --bucket ais://files {' '.join(NAMES)} --out {tmp_path} <&- >&- 2>&-", endpoint)
    assert done.returncode == 0
    assert all((tmp_path / "files" / name).read_bytes() == served.files[name] for name in NAMES)


def test_closed_standard_input_is_a_usage_error(endpoint):
    done = shell("get --bucket ais://files --input - --discard <&-", endpoint)
    assert done.returncode == 2
    assert done.stderr == "aisle: cannot read the input '-': standard input is closed\n"


def test_unreadable_standard_input_is_a_usage_error(endpoint):
    read_end, write_end = os.pipe()
    try:
        done = subprocess.run([AISLE, "get", "--bucket", "ais://files", "--input", "-", "--discard"], stdin=write_end,
                              env=environment(endpoint), timeout=60, capture_output=True, text=True)
    finally:
        os.close(read_end)
        os.close(write_end)
    assert done.returncode == 2
    assert "standard input is open for writing only" in done.stderr


@pytest.mark.parametrize("command", ["get --bucket ais://files many/0000 --report -",
                                     "get --bucket ais://files many/0000 --tar -",
                                     "bench --bucket ais://files --batches 1",
                                     "stress --samples 1",
                                     "serve --port 0 --synthetic 1x1"])
def test_closed_standard_output_is_an_error(command, endpoint):
    done = shell(f"{command} >&-", endpoint)
    assert done.returncode == 1
    assert done.stderr == "aisle: cannot write to standard output: it is closed\n", done.stderr


@pytest.mark.parametrize("descriptors", range(3, 25))
def test_a_low_descriptor_limit_is_an_error_or_enough(descriptors, served, endpoint, tmp_path):
    """Never aborts. 12 are enough for one connection to a proxy and one to a target, so everything is delivered."""
    few = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))
    patience = "20s" if descriptors >= 12 else "2s"
    done = subprocess.run([AISLE, "get", "--input", "-", "--report", tmp_path / "r", "--in-flight", "16",
                           "--batch", "5", "--tar", tmp_path / "x.tar", "--retry-for", patience],
                          input=lines(*({"bucket": "ais://files", "object": name} for name in NAMES)),
                          env=environment(endpoint), preexec_fn=few, timeout=60, capture_output=True)
    said = done.stderr.decode()
    assert done.returncode in (0, 1, 127), said
    if done.returncode == 127:
        assert descriptors < 6  # the loader's: no descriptor to open a library with
    elif done.returncode == 0:
        assert tarfile.open(tmp_path / "x.tar").getnames() == ["files/" + name for name in NAMES]
    else:
        assert descriptors < 16, said
        assert "Too many open files" in said
        assert not (tmp_path / "x.tar").exists() or "failed" in said


def test_many_requests_share_few_descriptors(serve, tmp_path):
    """64 requests in flight would need 128 connections; with 24 descriptors fewer are in flight."""
    server = serve("--synthetic", "400x3K", "--tail", "50")
    few = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (24, 24))
    entries = lines(*({"bucket": "ais://synthetic", "object": f"sample-{i:08}"} for i in range(300)))
    done = subprocess.run([AISLE, "get", "--input", "-", "--report", "-", "--in-flight", "64", "--batch", "5",
                           "--retry-for", "20s"], input=entries, env=environment(server.endpoint), preexec_fn=few,
                          timeout=100, capture_output=True)
    assert done.returncode == 0, done.stderr
    assert [line["status"] for line in report_of(done.stdout)] == ["delivered"] * 300
