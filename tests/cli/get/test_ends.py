"""Runs that end early: at the deadline, by a signal, at a file size limit. And the files that they leave."""

import fcntl
import json
import os
import resource
import signal
import socket
import subprocess
import tarfile
import threading
import time

import pytest
from conftest import AISLE, environment, is_full, lines, report_of, reported, run, until
from test_terminal import STALLED, stalled_run

NAMES = [f"many/{i:04}" for i in range(40)]


def started(*arguments, endpoint, **options):
    return subprocess.Popen([AISLE, *map(str, arguments)], env=environment(endpoint),
                            **{"stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL, "text": True} | options)


def parts(folder):
    return [p for p in folder.rglob("*") if p.name.endswith(".part")]


# The deadline.


class Listing:
    """A proxy with the listing that a test gives; None means no response."""

    def __init__(self, page):
        self.pages = 0
        self.page = page
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.endpoint = "http://127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        while connection.recv(65536):
            self.pages += 1
            if (body := self.page(self.pages)) is None:
                time.sleep(30)
                return
            time.sleep(0.05)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))


@pytest.mark.parametrize("page", [
    lambda n: None,
    lambda n: json.dumps({"uuid": "u", "entries": [], "continuation_token": f"t{n}", "flags": 0}).encode()
], ids=["no answer", "empty pages for ever"])
def test_the_deadline_ends_the_listing_of_a_benchmark(page):
    proxy = Listing(page)
    began = time.monotonic()
    done = run("bench", "--bucket", "ais://b", "--quiet", "--deadline", "1s", endpoint=proxy.endpoint)
    assert done.returncode == 1
    assert "out of time" in done.stderr and "not finished within 1 s (--deadline)" in done.stderr
    assert time.monotonic() - began < 20
    proxy.listener.close()


def test_the_deadline_ends_a_benchmark(endpoint):
    done = run("bench", "--bucket", "ais://files", "--seconds", "60", "--deadline", "1500ms", endpoint=endpoint)
    assert done.returncode == 1
    assert "not finished within 1500 ms (--deadline)" in done.stderr
    assert done.stdout == b""


def test_the_deadline_ends_waiting_for_input(endpoint, tmp_path):
    get = started("get", "--input", "-", "--report", tmp_path / "r", "--deadline", "6s", endpoint=endpoint,
                  stdin=subprocess.PIPE)
    get.stdin.write(lines({"bucket": "ais://files", "object": "size-1"}).decode())
    get.stdin.flush()
    assert get.wait(timeout=60) == 1
    assert "not finished within 6 s (--deadline)" in get.stderr.read()
    assert [line["status"] for line in report_of(tmp_path / "r")] == ["delivered"]


def test_the_report_of_a_run_that_ended_at_its_deadline_has_what_arrived_before(served, serve, tmp_path):
    bad = serve(served.root, "--fault", "stall@2000")
    done = run("get", "ais://files/size-1", "ais://files/size-512", "ais://files/size-100000", "--report", "-",
               "--tar", tmp_path / "x.tar", "--deadline", "5s", "--attempts", "1", "--no-hedging",
               "--proxy-timeout", "60s", endpoint=bad.endpoint)
    assert done.returncode == 1
    assert "out of time" in done.stderr
    assert [(line["object"], line["status"]) for line in report_of(done.stdout)] == [("size-1", "delivered")]
    assert not (tmp_path / "x.tar").exists()


def test_the_deadline_covers_all_streams(endpoint):
    """Each pause of the writer starts a new stream."""
    get = started("get", "--input", "-", "--discard", "--deadline", "2s", endpoint=endpoint, stdin=subprocess.PIPE)
    began = time.monotonic()
    try:
        while get.poll() is None and time.monotonic() - began < 30:
            get.stdin.write(lines({"bucket": "ais://files", "object": "size-1"}).decode())
            get.stdin.flush()
            time.sleep(0.3)
    except BrokenPipeError:
        pass
    assert get.wait(timeout=60) == 1
    assert time.monotonic() - began < 20


@pytest.mark.parametrize("option", ["--tar", "--report"])
def test_the_deadline_ends_waiting_for_a_reader(option, endpoint):
    read_end, write_end = os.pipe()
    # The smallest pipe, which is full long before the deadline, however busy the machine is.
    fcntl.fcntl(write_end, fcntl.F_SETPIPE_SZ, 4096)
    extra = ["--discard"] if option == "--report" else []
    names = ["size-512", "size-2048", "size-10240"] * 40
    get = started("get", "--input", "-", option, "-", *extra, "--deadline", "6s", endpoint=endpoint, stdout=write_end,
                  stdin=subprocess.PIPE)
    os.close(write_end)
    get.stdin.write(lines(*({"bucket": "ais://files", "object": n, "opaque": "QUJD" * 20} for n in names)).decode())
    get.stdin.close()
    assert get.wait(timeout=60) == 1
    said = get.stderr.read()
    assert "stopped writing to standard output: its reader does not read" in said
    assert "not finished within 6 s (--deadline)" in said
    os.close(read_end)


@pytest.mark.parametrize("arguments", [("--input", "{}", "--discard"), ("ais://files/size-1", "--tar", "{}"),
                                       ("ais://files/size-1", "--report", "{}")])
def test_the_deadline_ends_waiting_for_the_other_end_of_a_named_pipe(arguments, endpoint, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    get = started("get", *(a.format(tmp_path / "pipe") for a in arguments), "--deadline", "1s", endpoint=endpoint)
    assert get.wait(timeout=60) == 1
    assert "not finished within 1 s (--deadline)" in get.stderr.read()


# Signals.


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGXCPU])
def test_a_signal_leaves_a_report_and_nothing_else(number, serve, tmp_path):
    endpoint, arguments = stalled_run(serve)
    get = started(*arguments, "--report", tmp_path / "r", "--tar", tmp_path / "x.tar", endpoint=endpoint,
                  preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL))
    until(lambda: reported(tmp_path / "r"))
    get.send_signal(number)
    assert get.wait(timeout=60) == 130
    assert f"aisle: interrupted by {number.name}" in get.stderr.read()
    report = report_of(tmp_path / "r")
    assert 0 < len(report) < STALLED
    assert [p.name for p in tmp_path.iterdir()] == ["r"]


def test_sighup_is_ignored_under_nohup(serve, tmp_path):
    endpoint, arguments = stalled_run(serve)
    report = tmp_path / "r"
    get = started(*arguments, "--report", report, endpoint=endpoint,
                  preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    until(lambda: reported(report))
    get.send_signal(signal.SIGHUP)
    before = report.read_bytes().count(b"\n")
    until(lambda: reported(report, before + 1))
    assert get.poll() is None
    get.send_signal(signal.SIGTERM)
    assert get.wait(timeout=60) == 130
    assert "aisle: interrupted by SIGTERM" in get.stderr.read()


def test_a_signal_ends_waiting_for_a_reader(endpoint):
    read_end, write_end = os.pipe()
    fcntl.fcntl(write_end, fcntl.F_SETPIPE_SZ, 4096)
    get = started("get", "ais://files/size-1048576", "--tar", "-", endpoint=endpoint, stdout=write_end)
    os.close(write_end)
    until(lambda: is_full(read_end))
    get.send_signal(signal.SIGTERM)
    assert get.wait(timeout=60) == 130
    assert "its reader does not read" in get.stderr.read()
    os.close(read_end)


def test_a_broken_pipe_is_an_error(endpoint, tmp_path):
    read_end, write_end = os.pipe()
    os.close(read_end)
    get = started("get", "--bucket", "ais://files", *NAMES, "--tar", "-", "--report", tmp_path / "r",
                  endpoint=endpoint, stdout=write_end)
    os.close(write_end)
    assert get.wait(timeout=60) == 1
    assert "cannot write to standard output: Broken pipe" in get.stderr.read()
    report_of(tmp_path / "r")


def limited_files(size):
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def test_the_file_size_limit_for_an_archive_is_an_error(endpoint, tmp_path):
    get = started("get", "--bucket", "ais://files", *NAMES, "--tar", tmp_path / "x.tar", "--report", tmp_path / "r",
                  endpoint=endpoint, preexec_fn=limited_files(20_000))
    assert get.wait(timeout=60) == 1
    assert "x.tar': File too large" in get.stderr.read()
    assert [p.name for p in tmp_path.iterdir()] == ["r"]
    report_of(tmp_path / "r")


def test_the_file_size_limit_for_a_report_is_an_error(endpoint, tmp_path):
    get = started("get", "--bucket", "ais://files", *NAMES, "--report", tmp_path / "r", endpoint=endpoint,
                  preexec_fn=limited_files(2000))
    assert get.wait(timeout=60) == 1
    assert "r': File too large" in get.stderr.read()


def test_the_file_size_limit_for_a_file_fails_only_its_entry(endpoint, tmp_path):
    get = started("get", "--bucket", "ais://files", "size-1", "size-1048576", "size-512", "--out", tmp_path,
                  "--report", tmp_path / "r", endpoint=endpoint, preexec_fn=limited_files(100_000))
    assert get.wait(timeout=60) == 1
    assert [line["status"] for line in report_of(tmp_path / "r")] == ["delivered", "failed", "delivered"]
    assert sorted(p.name for p in (tmp_path / "files").iterdir()) == ["size-1", "size-512"]


# Killed runs.


def test_leftovers_of_a_process_with_the_same_id_do_no_harm(served, endpoint, tmp_path):
    """In a container every run has the same process ID."""
    leave = (f"mkdir -p {tmp_path}/out/files; for n in 0 1 2 3; do for d in {tmp_path}/out {tmp_path}/out/files; do "
             f"echo old > $d/.aisle-$$-$n.part; done; done; echo old > {tmp_path}/x.tar.aisle-$$.part; ")
    for output in (f"--out {tmp_path}/out", f"--tar {tmp_path}/x.tar"):
        done = subprocess.run(["bash", "-c", f"{leave} exec {AISLE} get ais://files/size-512 {output}"],
                              env=environment(endpoint), capture_output=True, text=True, timeout=30)
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "out/files/size-512").read_bytes() == served.files["size-512"]
    assert tarfile.open(tmp_path / "x.tar").getnames() == ["files/size-512"]


@pytest.mark.parametrize("output", ["--tar", "--out"])
def test_a_killed_run_leaves_no_files(output, serve, tmp_path):
    endpoint, arguments = stalled_run(serve)
    get = started(*arguments, output, tmp_path / "x", "--report", tmp_path / "r", endpoint=endpoint)
    until(lambda: reported(tmp_path / "r"))
    get.kill()
    get.wait(timeout=60)
    assert not parts(tmp_path)
    if output == "--tar":
        assert not (tmp_path / "x").exists()
    else:
        files = [p for p in (tmp_path / "x").rglob("*") if p.is_file()]
        assert files and all(p.stat().st_size == 20 * 1024 for p in files)


def test_an_archive_replaces_an_older_one(served, endpoint, tmp_path):
    (tmp_path / "x.tar").write_bytes(b"before")
    (tmp_path / "x.tar").chmod(0o600)
    assert run("get", "ais://files/size-1", "--tar", "x.tar", endpoint=endpoint, cwd=tmp_path).returncode == 0
    assert tarfile.open(tmp_path / "x.tar").getnames() == ["files/size-1"]
    assert [p.name for p in tmp_path.iterdir()] == ["x.tar"]


# Errors after the last sample.


@pytest.mark.parametrize("fault", ["excess", "no-final-chunk"])
@pytest.mark.parametrize("strict", [(), ("--strict",)])
def test_an_error_after_the_last_sample_is_a_note_unless_strict(served, serve, fault, strict):
    bad = serve(served.root, "--fault", fault)
    done = run("get", "--bucket", "ais://files", "size-512", "size-10240", "--report", "-", *strict,
               endpoint=bad.endpoint)
    assert done.returncode == (1 if strict else 0)
    report = report_of(done.stdout)
    assert [line["status"] for line in report] == ["delivered", "delivered"]
    assert "note" not in report[0]
    assert "is damaged after its last sample" in report[1]["note"]
    assert report[1]["request"] in report[1]["note"]
    assert "is damaged after its last sample" in done.stderr
