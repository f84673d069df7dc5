"""A server with a bucket, an installed Aisle, and how to build against it."""

import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
# The build that is tested: its library is installed, its object files are reused.
BUILD = Path(os.environ.get("AISLE_BUILD") or HERE.parents[1] / "build/dev").resolve()
AISLE = os.environ.get("AISLE_BIN") or str(BUILD / "bin/aisle")
CACHE = dict(re.findall(r"^(\w+):\w+=(.*)$", (BUILD / "CMakeCache.txt").read_text(), re.M))
SOURCE = Path(CACHE["CMAKE_HOME_DIRECTORY"])
VERSION = re.search(r'AISLE_VERSION "(.*)"', (SOURCE / "base/include/aisle/version.h").read_text()).group(1)
SOVERSION = VERSION.rpartition(".")[0]  # before 1.0

OBJECTS = {f"object {i}": bytes([i]) * (1000 * i) for i in range(20)}
BYTES = sum(map(len, OBJECTS.values()))
SUMMARY = f"aisle {VERSION}: {len(OBJECTS)} samples, {BYTES} bytes\n"


def run(*command, cwd=None, **variables):
    """The standard output of a command. If the command fails, the test fails with all of its output."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AIS_")} | variables
    done = subprocess.run([str(c) for c in command], cwd=cwd, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def needs(*programs):
    """Skips the test if a program is missing."""
    for program in programs:
        if not shutil.which(program):
            pytest.skip(f"there is no {program}")


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory):
    root = tmp_path_factory.mktemp("served")
    (root / "files").mkdir()
    for name, data in OBJECTS.items():
        (root / "files" / name).write_bytes(data)
    (root / "train").mkdir()
    (root / "train/a.jpg").write_bytes(bytes(4711))
    server = subprocess.Popen([AISLE, "serve", "--port", "0", "--writable", str(root)], stdout=subprocess.PIPE,
                              text=True)
    try:
        yield re.search(r"^serving at (\S+)$", server.stdout.readline(), re.M).group(1)
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(timeout=20)


@pytest.fixture(scope="session")
def fetch(endpoint):
    """Runs a consumer, which fetches all objects of ais://files."""
    def call(program, *library_path):
        variables = {"LD_LIBRARY_PATH": ":".join(map(str, library_path))} if library_path else {}
        return run(program, "ais://files", *OBJECTS, AIS_ENDPOINT=endpoint, **variables)

    return call


@pytest.fixture(scope="session")
def installed(tmp_path_factory):
    """The folder in which the library is installed, without the command."""
    prefix = tmp_path_factory.mktemp("installed")
    for component in ("runtime", "development"):
        run("cmake", "--install", BUILD, "--prefix", prefix, "--component", component)
    return prefix


@pytest.fixture(scope="session")
def library_dir(installed):
    return next(installed.rglob("libaisle.so")).parent


@pytest.fixture(scope="session")
def pkg_config(library_dir):
    needs("pkg-config", "make")
    return {"PKG_CONFIG_PATH": str(library_dir / "pkgconfig")}
