"""Projects that build Aisle from source: what they need, what they see of it, and that they run.

Aisle's object files come from the build that is tested (reuse_object.py). Each project compiles only its own file.
"""

import json
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from conftest import BUILD, CACHE, HERE, SOURCE, SUMMARY, run

KIND = CACHE["CMAKE_BUILD_TYPE"].upper() or "RELEASE"  # as cmake/options.cmake says
# The flags of the build that is tested.
SAME = [f"-D{name}={CACHE[name]}" for name in ("CMAKE_CXX_COMPILER", "CMAKE_BUILD_TYPE", "CMAKE_CXX_FLAGS",
                                               f"CMAKE_CXX_FLAGS_{KIND}", "AISLE_DEVELOPER", "AISLE_ISAL")]
LAUNCHER = ";".join(map(str, (sys.executable, "-S", HERE / "reuse_object.py", BUILD)))
# Only Aisle's own programs need these.
WITHOUT = [f"-DCMAKE_DISABLE_FIND_PACKAGE_{package}=ON" for package in ("CLI11", "Catch2", "Python", "Python3")]
# These must not be in the commands that compile a project's own files.
INTERNAL = ("asio", "ASIO", "SEPARATE_COMPILATION", "-Wconversion", "fvisibility", "codec/include", "http/include")


def configure(project, build, *arguments):
    run("cmake", "-G", "Ninja", "-S", HERE / project, "-B", build, *WITHOUT, *SAME,
        f"-DCMAKE_CXX_COMPILER_LAUNCHER={LAUNCHER}", *arguments)
    commands = json.loads((build / "compile_commands.json").read_text())
    own = next(entry["command"] for entry in commands if entry["file"].endswith("/fetch.cpp"))
    assert [word for word in INTERNAL if word in own] == []


@contextmanager
def built(project, *arguments):
    """The build folder of a project. It is new each time, because its object files name no headers."""
    with tempfile.TemporaryDirectory(prefix=f"{project}.") as folder:
        build = Path(folder)
        configure(project, build, *arguments)
        run("cmake", "--build", build)
        yield build


def test_add_subdirectory(fetch):
    with built("add_subdirectory", f"-DAISLE_SOURCE={SOURCE}") as build:
        assert fetch(build / "fetch") == SUMMARY
        assert "libaisle" not in run("ldd", build / "fetch")
        assert not list(build.rglob("libaisle*.so*")) and not list(build.rglob("bin/aisle"))


def test_fetch_content(fetch):
    with built("fetch_content", f"-DFETCHCONTENT_SOURCE_DIR_AISLE={SOURCE}") as build:
        assert fetch(build / "fetch") == SUMMARY
        assert "libaisle" in run("ldd", build / "fetch")


def test_fetch_content_clones_the_repository(tmp_path):
    """Only configured: the object files of sources in another folder do not exist."""
    commit = subprocess.run(["git", "-C", SOURCE, "rev-parse", "HEAD"], capture_output=True, text=True)
    if commit.returncode != 0:
        pytest.skip("the sources are not in a git repository")
    configure("fetch_content", tmp_path, f"-DAISLE_REPOSITORY={SOURCE}", f"-DAISLE_TAG={commit.stdout.strip()}")
    assert (tmp_path / "_deps/aisle-src/engine/include/aisle/engine.hpp").exists()
