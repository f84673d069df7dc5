"""Runs the command against `aisle serve`, with real files."""

import contextlib
import fcntl
import hashlib
import json
import os
import random
import re
import signal
import socket
import struct
import subprocess
import tarfile
import termios
import time
from pathlib import Path

import pytest

AISLE = os.environ.get("AISLE_BIN") or str(Path(__file__).resolve().parents[2] / "build/dev/bin/aisle")

SIZES = [0, 1, 511, 512, 513, 2047, 2048, 2049, 10_240, 32_768, 100_000, 262_144, 1_048_576, 8_388_608]
LONG = "long/" + "x" * 90 + "/" + "y" * 120
NAMES = ["name with spaces", "grüß/猫.txt", "per%20cent?&#=+", "quote\"'back\\slash", LONG, "__404__/odd"]


def content(seed, size):
    return random.Random(seed).randbytes(size)


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def free_port():
    """A port that nothing uses at present, and that nobody else takes before its user does: the system does not choose
    it for other sockets, and each process of pytest-xdist has its own ports."""
    chosen_by_system = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    ports = range(10_000 + 100 * worker, 10_100 + 100 * worker)
    assert ports.stop <= chosen_by_system
    for port in random.SystemRandom().sample(ports, len(ports)):
        with socket.socket() as it, contextlib.suppress(OSError):
            it.bind(("127.0.0.1", port))
            return port
    raise AssertionError(f"no free port in {ports}")


# A busy machine may stop any process for seconds, so tests wait for a state, not for some time.


def until(condition, seconds=60):
    """Waits until condition() is true; returns its value."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < end, f"not true within {seconds} s"
        time.sleep(0.02)
    return value


def reported(path, count=1):
    """Whether a report has at least so many complete lines."""
    return path.exists() and path.read_bytes().count(b"\n") >= count


def is_full(read_end):
    """Whether a pipe of 4096 bytes, the smallest one, is full."""
    size = struct.pack("i", 0)
    return struct.unpack("i", fcntl.ioctl(read_end, termios.FIONREAD, size))[0] == 4096


class Server:
    """`aisle serve` on a free port, ended by SIGINT. As in a real cluster, each target has its own address, unless
    the arguments say something else (certificates are for one address)."""

    def __init__(self, *arguments):
        if not {"--target-hosts", "--targets", "--tls-certificate"} & set(arguments):
            arguments += ("--target-hosts", "127.0.0.2,127.0.0.3,127.0.0.4")
        self.process = subprocess.Popen([AISLE, "serve", "--port", "0", *map(str, arguments)], stdout=subprocess.PIPE,
                                        text=True)
        self.banner = ""
        for line in self.process.stdout:
            self.banner += line
            if "Ctrl-C" in line:
                break
        found = re.search(r"^serving at (https?://\S+)$", self.banner, re.M)
        assert found, self.banner
        self.endpoint = found.group(1)

    def stop(self, with_signal=signal.SIGINT):
        if self.process.poll() is None:
            self.process.send_signal(with_signal)
        code = self.process.wait(timeout=20)
        self.process.stdout.close()
        return code


def environment(endpoint):
    variables = {k: v for k, v in os.environ.items() if not k.startswith("AIS_")}
    return variables | ({"AIS_ENDPOINT": endpoint} if endpoint else {})


def run(*arguments, endpoint=None, stdin=None, cwd=None, timeout=120, variables=None):
    """Runs the command. Returns standard output as bytes, standard error as text."""
    done = subprocess.run([AISLE, *map(str, arguments)], input=stdin, capture_output=True, cwd=cwd, timeout=timeout,
                          env=environment(endpoint) | (variables or {}))
    done.stderr = done.stderr.decode("utf-8", "replace")
    return done


def lines(*entries):
    return "".join(json.dumps(e, ensure_ascii=False) + "\n" for e in entries).encode()


def report_of(path_or_bytes):
    data = path_or_bytes if isinstance(path_or_bytes, bytes) else Path(path_or_bytes).read_bytes()
    return [json.loads(line) for line in data.splitlines()]


class Served:
    """The content of the session's server: ais://files and ais://shards."""

    def __init__(self, root):
        self.root = root
        self.files = {f"size-{size}": content(size, size) for size in SIZES}
        self.files |= {name: content(name, 700) for name in NAMES}
        self.files |= {f"many/{i:04}": content(i, i * 37 % 20_000) for i in range(1000)}
        for name, data in self.files.items():
            self.write("files", name, data)
        self.members = {f"m/{i}.jpg": content(f"m{i}", 100 + 3000 * i) for i in range(5)}
        for name, data in self.members.items():
            self.write("../unpacked", name, data)
        shards = root / "shards"
        shards.mkdir()
        subprocess.run(["tar", "--format=ustar", "-cf", shards / "shard.tar", "-C", root.parent / "unpacked", "m"],
                       check=True)
        with tarfile.open(shards / "shard.tar") as archive:
            assert len([m for m in archive if m.isfile()]) == 5

    def write(self, bucket, name, data):
        path = self.root / bucket / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


@pytest.fixture(scope="session")
def served(tmp_path_factory):
    root = tmp_path_factory.mktemp("served") / "root"
    root.mkdir()
    return Served(root)


@pytest.fixture(scope="session")
def server(served):
    it = Server(served.root)
    yield it
    assert it.stop() == 0


@pytest.fixture(scope="session")
def endpoint(server):
    return server.endpoint


@pytest.fixture
def serve():
    """Starts servers for one test."""
    started = []

    def start(*arguments):
        started.append(Server(*arguments))
        return started[-1]

    yield start
    for it in started:
        it.stop()


@pytest.fixture
def closed_port():
    """A port on which nothing listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@pytest.fixture
def silent_port():
    """A port that accepts connections and never responds."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        yield listener.getsockname()[1]
