"""Progress on a terminal, and Ctrl-C."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

import pytest
from conftest import AISLE, environment, lines, report_of, reported, run, until


class Terminal:
    """A command whose standard error is a terminal of a given width."""

    def __init__(self, *arguments, endpoint, columns=100, **options):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self.process = subprocess.Popen([AISLE, *map(str, arguments)], stderr=slave, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, env=environment(endpoint) | {"TERM": "xterm"}
                                        | options)
        os.close(slave)

    def finish(self, timeout=60):
        seen = b""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            if select.select([self.master], [], [], 0.2)[0]:
                try:
                    part = os.read(self.master, 65536)
                except OSError:  # Linux reports this when the last writer is gone
                    break
                if not part:
                    break
                seen += part
        os.close(self.master)
        return self.process.wait(timeout=timeout), seen.decode()


def slow_run(serve):
    """Arguments of a run that takes some time: the end of each response is delayed."""
    server = serve("--synthetic", "500x20K", "--tail", "1000")
    names = [f"sample-{i:08}" for i in range(100)]
    return server.endpoint, ["get", "--bucket", "ais://synthetic", *names, "--batch", "10", "--in-flight", "1",
                             "--discard"]


def test_a_terminal_gets_a_bar_with_rates_and_the_time_left(serve):
    endpoint, arguments = slow_run(serve)
    code, seen = Terminal(*arguments, endpoint=endpoint).finish()
    assert code == 0
    frames = [frame.replace("\x1b[K", "") for frame in seen.split("\r") if "[" in frame]
    assert len(frames) > 5
    assert any(re.search(r"^\[=*>? *\]  [\d,]+/100  [\d,]+ samples/s  [\d.]+ MB/s  \d+ in flight  ETA \d+:\d\d", f)
               for f in frames)
    assert all(len(f.rstrip("\n")) < 100 for f in frames)
    assert "100 delivered, 0 missing, 0 failed" in seen


def test_a_narrow_terminal_gets_a_narrow_line(serve):
    endpoint, arguments = slow_run(serve)
    code, seen = Terminal(*arguments, endpoint=endpoint, columns=30).finish()
    assert code == 0
    bars = re.findall(r"\r([^\r\n]*)\x1b\[K", seen)
    assert bars and all(len(bar) < 30 for bar in bars)


def test_quiet_shows_nothing_on_a_terminal(endpoint):
    code, seen = Terminal("get", "ais://files/size-1", "--discard", "--quiet", "--proxy-timeout", "60s",
                          endpoint=endpoint).finish()
    assert (code, seen) == (0, "")


def test_a_pipe_gets_plain_lines_without_control_characters(endpoint):
    done = run("get", "ais://files/size-1", "ais://files/size-512", "--discard", endpoint=endpoint)
    assert done.returncode == 0
    assert "\x1b" not in done.stderr and "\r" not in done.stderr
    assert re.search(r"^2 delivered, 0 missing, 0 failed(, [^:]+)?: 513 B in [\d.]+ s, [\d,]+ samples/s, [\d.]+ MB/s$",
                     done.stderr, re.M)


def test_a_dumb_terminal_gets_plain_lines(endpoint):
    code, seen = Terminal("get", "ais://files/size-1", "--discard", endpoint=endpoint, TERM="dumb").finish()
    assert code == 0
    assert "\x1b" not in seen and "1 delivered" in seen


def test_long_runs_log_a_line_every_few_seconds(endpoint):
    get = subprocess.Popen([AISLE, "get", "--input", "-", "--discard"], env=environment(endpoint),
                           stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    said = b""
    for i in range(120):
        get.stdin.write(lines({"bucket": "ais://files", "object": f"many/{i:04}"}))
        get.stdin.flush()
        if select.select([get.stderr], [], [], 0.5)[0]:
            said += get.stderr.readline()
        if re.search(rb"^\d+ samples, .* samples/s, .* MB/s, \d+ in flight$", said, re.M):
            break
    get.stdin.close()
    said += get.stderr.read()
    assert get.wait(timeout=60) == 0
    assert i < 119, said


def test_names_are_escaped_for_the_terminal(endpoint):
    name = "evil\x1b]0;title\x07\n\u202etxt"
    done = run("get", "--input", "-", "--discard", stdin=lines({"bucket": "ais://files", "object": name}),
               endpoint=endpoint)
    assert done.returncode in (1, 3)
    assert "evil\\x1b]0;title\\x07\\x0a\\xe2\\x80\\xaetxt" in done.stderr
    assert "\x1b" not in done.stderr and "\x07" not in done.stderr


def test_only_the_first_ten_entries_that_are_not_delivered_get_a_line(endpoint, tmp_path):
    entries = lines(*({"bucket": "ais://files", "object": f"none-{i}"} for i in range(30)))
    done = run("get", "--input", "-", "--batch", "5", "--report", tmp_path / "r", stdin=entries, endpoint=endpoint)
    assert done.returncode in (1, 3)
    assert done.stderr.count("aisle: entry ") == 10
    assert "and 20 more entries; the report lists all of them" in done.stderr
    assert len(report_of(tmp_path / "r")) == 30


STALLED = 200


def stalled_run(serve):
    """Arguments of a run of STALLED entries that takes ten seconds: every third response stalls."""
    server = serve("--synthetic", "500x20K", "--fault", "stall@100000/3")
    names = [f"sample-{i:08}" for i in range(STALLED)]
    return server.endpoint, ["get", "--bucket", "ais://synthetic", *names, "--batch", "10", "--in-flight", "1"]


def test_an_interrupt_ends_a_run_soon_and_keeps_the_report(serve, tmp_path):
    endpoint, arguments = stalled_run(serve)
    get = subprocess.Popen([AISLE, *arguments, "--report", tmp_path / "r"], env=environment(endpoint),
                           stderr=subprocess.PIPE, text=True)
    until(lambda: reported(tmp_path / "r"))
    began = time.monotonic()
    get.send_signal(signal.SIGINT)
    assert get.wait(timeout=60) == 130
    assert time.monotonic() - began < 20
    assert "interrupted" in get.stderr.read()
    get.stderr.close()
    report = report_of(tmp_path / "r")
    assert 0 < len(report) < STALLED
    assert [line["index"] for line in report] == list(range(len(report)))


def test_an_interrupted_archive_leaves_no_file(serve, tmp_path):
    endpoint, arguments = stalled_run(serve)
    get = subprocess.Popen([AISLE, *arguments, "--tar", tmp_path / "x.tar", "--report", tmp_path / "r"],
                           env=environment(endpoint), stderr=subprocess.DEVNULL)
    until(lambda: reported(tmp_path / "r"))
    get.send_signal(signal.SIGINT)
    assert get.wait(timeout=60) == 130
    assert [path.name for path in tmp_path.iterdir()] == ["r"]


def test_an_interrupt_ends_waiting_for_input(endpoint):
    get = subprocess.Popen([AISLE, "get", "--input", "-", "--report", "-"], env=environment(endpoint),
                           stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    get.stdin.write(lines({"bucket": "ais://files", "object": "size-1"}))
    get.stdin.flush()
    assert report_of(get.stdout.readline())[0]["status"] == "delivered"
    get.send_signal(signal.SIGINT)
    assert get.wait(timeout=60) == 130
    get.stdin.close()
    get.stdout.close()


def test_a_writer_that_waits_for_its_samples_gets_them(served, endpoint):
    get = subprocess.Popen([AISLE, "get", "--input", "-", "--report", "-"], env=environment(endpoint),
                           stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    for i, name in enumerate(["size-1", "size-512", "many/0003"]):
        get.stdin.write(lines({"bucket": "ais://files", "object": name}))
        get.stdin.flush()
        assert select.select([get.stdout], [], [], 60)[0], "no answer to a line while the input stays open"
        [line] = report_of(get.stdout.readline())
        assert (line["index"], line["object"], line["size"]) == (i, name, len(served.files[name]))
    get.stdin.close()
    assert get.wait(timeout=60) == 0
    get.stdout.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_ends_on_a_signal(serve, number):
    assert serve("--synthetic", "1x1").stop(number) == 0
