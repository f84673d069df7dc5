"""What is installed, and programs that use it: by CMake, by pkg-config, in C and in Rust."""

import re
import subprocess

import pytest

from conftest import BUILD, BYTES, CACHE, HERE, SOURCE, SUMMARY, VERSION, needs, run

COMPILER = CACHE["CMAKE_CXX_COMPILER"]


def test_only_public_headers_are_installed(installed):
    of_base = {"arena.hpp", "errc.hpp", "error.hpp", "export.h", "result.hpp", "slab.hpp", "version.h", "version.hpp"}
    of_engine = {str(path.relative_to(SOURCE / "engine/include/aisle"))
                 for path in (SOURCE / "engine/include/aisle").rglob("*.hpp")}
    headers = {str(path.relative_to(installed / "include")) for path in (installed / "include").rglob("*.h*")}
    assert headers == {"aisle.h"} | {f"aisle/{name}" for name in of_base | of_engine}


def test_nothing_says_how_aisle_is_compiled(installed):
    for file in [*installed.rglob("*.cmake"), *installed.rglob("*.pc")]:
        assert not re.search(r"(?i:asio|beast|separate_compilation|fvisibility)| -W", file.read_text()), file


def test_find_package(installed, library_dir, fetch, tmp_path):
    run("cmake", "-G", "Ninja", "-S", HERE / "find_package", "-B", tmp_path, f"-DCMAKE_PREFIX_PATH={installed}",
        "-DCMAKE_CXX_FLAGS=-Wall -Wextra -Wpedantic -Werror", f"-DCMAKE_CXX_COMPILER={COMPILER}")
    run("cmake", "--build", tmp_path)
    assert fetch(tmp_path / "fetch_shared") == SUMMARY
    assert fetch(tmp_path / "fetch_static") == SUMMARY
    assert re.fullmatch(rf"{BYTES} {BYTES} {BYTES} bytes\n\w+( CPU)?\n", fetch(tmp_path / "fetch_async"))
    assert "libaisle" in run("ldd", tmp_path / "fetch_shared")
    assert "libaisle" not in run("ldd", tmp_path / "fetch_static")


def test_find_package_without_components(installed, tmp_path):
    """The shared library, which needs no package but Boost. Only configured."""
    (tmp_path / "CMakeLists.txt").write_text(f"""cmake_minimum_required(VERSION 3.25)
project(p LANGUAGES CXX)
find_package(aisle CONFIG REQUIRED)
add_executable(fetch "{HERE}/fetch.cpp")
target_link_libraries(fetch PRIVATE aisle::aisle)
get_target_property(library aisle::aisle ALIASED_TARGET)
message(STATUS "aisle::aisle is ${{library}}")
""")
    without = [f"-DCMAKE_DISABLE_FIND_PACKAGE_{package}=ON" for package in ("simdjson", "OpenSSL", "ZLIB")]
    told = run("cmake", "-G", "Ninja", "-S", tmp_path, "-B", tmp_path / "b", f"-DCMAKE_PREFIX_PATH={installed}",
               f"-DCMAKE_CXX_COMPILER={COMPILER}", *without)
    assert "aisle::aisle is aisle::shared\n" in told


def test_find_package_refuses_another_minor_version(installed, tmp_path):
    major, minor, _ = VERSION.split(".")
    (tmp_path / "CMakeLists.txt").write_text("cmake_minimum_required(VERSION 3.25)\nproject(p LANGUAGES NONE)\n"
                                             f"find_package(aisle {major}.{int(minor) + 1} CONFIG REQUIRED)\n")
    done = subprocess.run(["cmake", "-S", tmp_path, "-B", tmp_path / "b", f"-DCMAKE_PREFIX_PATH={installed}"],
                          capture_output=True, text=True)
    assert done.returncode != 0 and f"aisle-config.cmake, version: {VERSION}" in done.stderr


def test_pkg_config(pkg_config, library_dir, fetch, tmp_path):
    assert run("pkg-config", "--modversion", "aisle", **pkg_config) == f"{VERSION}\n"
    run("make", "-f", HERE / "pkg_config/Makefile", f"CXX={COMPILER}", cwd=tmp_path, **pkg_config)
    assert fetch(tmp_path / "fetch_shared", library_dir) == SUMMARY
    assert fetch(tmp_path / "fetch_static") == SUMMARY


def test_c(pkg_config, library_dir, endpoint, tmp_path):
    run("make", "-f", HERE / "c/Makefile", cwd=tmp_path, **pkg_config)
    assert run(tmp_path / "fetch", AIS_ENDPOINT=endpoint, LD_LIBRARY_PATH=str(library_dir)) == f"""aisle {VERSION}
status 3, invalid_endpoint
listed 20, 2190 bytes
got ddddd
status 8, missing, http 404, again 0
polled 20, 20 delivered
fed 20
pushed 60 of 3 batches, source destroyed 1
"""


def test_c_program_of_the_docs(pkg_config, library_dir, endpoint, tmp_path):
    program = (SOURCE / "docs/c-api.md").read_text().split("```c\n")[1].split("```")[0]
    (tmp_path / "fetch.c").write_text(program)
    (tmp_path / "Makefile").write_text((HERE / "c/Makefile").read_text())
    run("make", cwd=tmp_path, **pkg_config)
    assert run(tmp_path / "fetch", AIS_ENDPOINT=endpoint, LD_LIBRARY_PATH=str(library_dir)) == "a.jpg: 4711 bytes\n"


def test_rust(pkg_config, library_dir, fetch):
    needs("cargo")
    target = BUILD / "consumer_rust"
    run("cargo", "build", "--quiet", "--offline", "--locked", "--target-dir", target, cwd=HERE / "rust", **pkg_config)
    assert fetch(target / "debug/fetch", library_dir) == "refused: invalid_endpoint\n" + SUMMARY


def test_the_python_package_has_the_same_version():
    assert f'\nversion = "{VERSION}"\n' in (SOURCE / "pyproject.toml").read_text()
