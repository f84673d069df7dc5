"""Runs of `aisle` with --ui and --metrics."""

import contextlib
import http.client
import json
import re
import subprocess
import threading
import time
from urllib.parse import urlsplit

from conftest import AISLE, environment


class WatchedRun:
    """A running command, with the URLs that it prints. Killed when the test ends, if it still runs."""

    def __init__(self, endpoint, *arguments, stdin=subprocess.DEVNULL):
        self.process = subprocess.Popen([AISLE, *map(str, arguments)], env=environment(endpoint), text=True,
                                        stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.page = self.metrics = None
        self.stderr = ""
        wanted = {"--ui", "--metrics"} & set(arguments)
        while wanted:
            line = self.process.stderr.readline()
            assert line, f"it ended: {self.stderr}"
            self.stderr += line
            if found := re.match(r"aisle: live page at (\S+)", line):
                self.page = found[1]
                wanted.discard("--ui")
            elif found := re.match(r"aisle: metrics at (\S+)", line):
                self.metrics = found[1]
                wanted.discard("--metrics")
        self.output = []
        self.readers = [threading.Thread(target=lambda: self.output.append(self.process.stdout.read())),
                        threading.Thread(target=self.read_errors)]
        for reader in self.readers:
            reader.start()

    def read_errors(self):
        self.stderr += self.process.stderr.read()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for reader in self.readers:
            reader.join()

    def end(self, timeout=60):
        """Waits for the run's end: exit code, standard output."""
        code = self.process.wait(timeout=timeout)
        for reader in self.readers:
            reader.join()
        return code, self.output[0]

    def snapshot(self):
        return json.loads(fetch(self.page + "snapshot.json")[2])

    def until(self, true_of, seconds=60):
        """The first snapshot for which true_of() is true."""
        end = time.monotonic() + seconds
        while not true_of(shot := self.snapshot()):
            assert time.monotonic() < end, shot
            time.sleep(0.1)
        return shot


def fetch(url, method="GET", headers=None, body=None):
    """Status, fields, text."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request(method, target, body=body, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read().decode()
    finally:
        connection.close()


def messages(url):
    """The messages of server-sent events, until they end."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)
    connection.request("GET", parts.path)
    answer = connection.getresponse()
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/event-stream")
    with contextlib.closing(connection), answer:  # also when the test stops reading
        for line in answer:
            if line.startswith(b"data: "):
                yield json.loads(line[6:])
            else:
                assert line == b"\n"


SAMPLE = re.compile(r'([a-z_]+)(?:\{((?:[a-z_]+="(?:[^"\\]|\\.)*",?)*)\})? (\S+)')


def read_metrics(text):
    """{(name, labels): value} of Prometheus' text, and {name: type}."""
    values, types = {}, {}
    current = None
    for line in text.splitlines():
        if line.startswith("# HELP "):
            current = line.split()[2]
            assert current not in types, f"{current} appears twice"
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split()
            assert name == current
            types[name] = kind
        else:
            match = SAMPLE.fullmatch(line)
            assert match and match[1].startswith(current), line
            labels = tuple(sorted(re.findall(r'([a-z_]+)="((?:[^"\\]|\\.)*)"', match[2] or "")))
            assert (match[1], labels) not in values, line
            values[match[1], labels] = float(match[3])
    return values, types
