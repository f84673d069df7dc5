"""The package against a real `aisle serve`, with real objects and archives.

The package is the one that is installed, or the one in AISLE_PACKAGE, a folder with `aisle` in it (build/python/python
by default).
"""

from __future__ import annotations

import io
import os
import random
import re
import signal
import socket
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILT = Path(os.environ.get("AISLE_PACKAGE", ROOT / "build/python/python"))
COMMANDS = (os.environ.get("AISLE_BIN", ""), ROOT / "build/dev/bin/aisle", ROOT / "build/python/bin/aisle")
AISLE = next((str(c) for c in COMMANDS if c and os.access(c, os.X_OK)), "aisle")

if BUILT.is_dir():
    sys.path.insert(0, str(BUILT))
    # For the programs that tests start.
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(BUILT), os.environ.get("PYTHONPATH")]))
for name in [n for n in os.environ if n.startswith("AIS_")]:
    del os.environ[name]


def content(seed: object, size: int) -> bytes:
    """The bytes of an object: the same for the same seed."""
    return random.Random(str(seed)).randbytes(size)


def start_serving(*arguments: object) -> tuple[subprocess.Popen[str], str]:
    """`aisle serve` on a free port, and its endpoint."""
    command = [AISLE, "serve", "--port", "0", *map(str, arguments)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    banner = ""
    for line in process.stdout:
        banner += line
        if "Ctrl-C" in line:
            break
    found = re.search(r"^serving at (https?://\S+)$", banner, re.M)
    assert found, banner
    return process, found.group(1)


class Server:
    """`aisle serve` on a free port, ended by SIGINT; three targets, each with an address of its own."""

    def __init__(self, *arguments: object) -> None:
        given = [str(a) for a in arguments]
        if not {"--target-hosts", "--targets", "--tls-certificate"} & set(given):
            given += ["--target-hosts", "127.0.0.2,127.0.0.3,127.0.0.4"]
        self.process, self.endpoint = start_serving(*given)

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        code = self.process.wait(timeout=20)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code


class Served:
    """What the session's server serves: ais://data (objects) and ais://shards (archives)."""

    def __init__(self, root: Path) -> None:
        self.root = root
        sizes = (0, 1, 511, 512, 10_240, 100_000, 262_144, 3_000_000)
        self.objects = {f"size-{n}": content(n, n) for n in sizes}
        self.objects |= {f"many/{i:04}": content(i, i * 37 % 20_000) for i in range(1000)}
        self.objects |= {"grüß/猫.txt": b"name", "name with spaces": b"spaces", "__404__/odd": b"odd"}
        for name, data in self.objects.items():
            self.write("data", name, data)
        self.shards = {f"s{k}.tar": {f"m/{i}.jpg": content(f"{k}/{i}", 100 + 3000 * i) for i in range(5)}
                       for k in range(3)}
        for name, members in self.shards.items():
            self.write("shards", name, tar_of(members))

    @property
    def many(self) -> list[str]:
        return [n for n in self.objects if n.startswith("many/")]

    def write(self, bucket: str, name: str, data: bytes) -> None:
        path = self.root / bucket / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def tar_of(members: dict[str, bytes]) -> bytes:
    into = io.BytesIO()
    with tarfile.open(fileobj=into, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, data in members.items():
            header = tarfile.TarInfo(name)
            header.size = len(data)
            archive.addfile(header, io.BytesIO(data))
    return into.getvalue()


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Served:
    root = tmp_path_factory.mktemp("served") / "root"
    root.mkdir()
    return Served(root)


@pytest.fixture(scope="session")
def server(served: Served) -> Iterator[Server]:
    it = Server(served.root)
    yield it
    assert it.stop() == 0


@pytest.fixture(scope="session")
def endpoint(server: Server) -> str:
    return server.endpoint


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """Starts servers of a test's own."""
    started: list[Server] = []

    def start(*arguments: object) -> Server:
        started.append(Server(*arguments))
        return started[-1]

    yield start
    for it in started:
        it.stop()


@pytest.fixture
def client(endpoint: str) -> Iterator[object]:
    import aisle

    with aisle.Client(endpoint) as it:
        yield it


STRICT = ("-X", "dev", "-W", "error")


def run_python(
    *arguments: object, endpoint: str = "", options: tuple[str, ...] = STRICT, timeout: float = 60
) -> subprocess.CompletedProcess[str]:
    """Runs a program to its end, in Python's development mode, with every warning an error.

    arguments: "-c" and code, or a file, and what follows. endpoint: for AIS_ENDPOINT."""
    environment = os.environ | ({"AIS_ENDPOINT": endpoint} if endpoint else {})
    command = [sys.executable, *options, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout, env=environment)


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that takes connections and never answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        yield listener.getsockname()[1]
