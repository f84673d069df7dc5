"""The package against `aisle serve` or a real cluster (serving.py), with real objects and archives.

The package is the one that is installed, or the one in AISLE_PACKAGE, a folder with `aisle` in it (build/python/python
by default).
"""

from __future__ import annotations

import os
import random
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from serving import ROOT, Server, fill, serving, tar_of

BUILT = Path(os.environ.get("AISLE_PACKAGE", ROOT / "build/python/python"))

if BUILT.is_dir():
    sys.path.insert(0, str(BUILT))
    # For the programs that tests start.
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(BUILT), os.environ.get("PYTHONPATH")]))
for name in [n for n in os.environ if n.startswith("AIS_")]:
    del os.environ[name]


def content(seed: object, size: int) -> bytes:
    """The bytes of an object: the same for the same seed."""
    return random.Random(str(seed)).randbytes(size)


class Served:
    """What the session's server serves: ais://data (objects) and ais://tars (archives)."""

    def __init__(self, root: Path) -> None:
        self.root = root
        sizes = (0, 1, 511, 512, 10_240, 100_000, 262_144, 3_000_000)
        self.objects = {f"size-{n}": content(n, n) for n in sizes}
        self.objects |= {f"many/{i:04}": content(i, i * 37 % 20_000) for i in range(1000)}
        self.objects |= {"grüß/猫.txt": b"name", "name with spaces": b"spaces", "__404__/odd": b"odd"}
        self.shards = {f"s{k}.tar": {f"m/{i}.jpg": content(f"{k}/{i}", 100 + 3000 * i) for i in range(5)}
                       for k in range(3)}
        files = {f"data/{name}": data for name, data in self.objects.items()}
        files |= {f"tars/{name}": tar_of(members) for name, members in self.shards.items()}
        fill(root, files)

    @property
    def many(self) -> list[str]:
        return [n for n in self.objects if n.startswith("many/")]


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Served:
    root = tmp_path_factory.mktemp("served") / "root"
    root.mkdir()
    return Served(root)


@pytest.fixture(scope="session")
def endpoint(served: Served) -> Iterator[str]:
    with serving(served.root) as it:
        yield it


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
    *arguments: object, endpoint: str = "", options: tuple[str, ...] = STRICT, timeout: float = 180
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
