"""Every code block of the documentation is compiled or run by a test, or is listed here with a reason."""

from __future__ import annotations

import json
import re

import pytest

from pages import FENCE, PAGES, ROOT, blocks, read

README = "README.md"

PYTHON_IS_RUN_BY = {
    README: "tests/python/documented/test_documented_first_steps.py",
    "docs/quickstart.md": "tests/python/documented/test_documented_first_steps.py",
    "docs/tutorial-python.md": "tests/python/documented/test_documented_first_steps.py",
    "docs/python/native.md": "tests/python/documented/test_documented_first_steps.py",
    "docs/python/batch.md": "tests/python/documented/test_documented_examples.py",
    "docs/python/migration.md": "tests/python/documented/test_documented_migration.py",
    "docs/python/lhotse-nemo.md": "tests/python/neighbours/test_lhotse.py",
    "docs/python/pytorch.md": "tests/python/documented/test_neighbours_docs.py",
    "docs/python/ray.md": "tests/python/documented/test_neighbours_docs.py",
    "docs/python/webdataset-datasets-dali-spdl.md": "tests/python/documented/test_neighbours_docs.py",
}

SHELL_IS_RUN_BY = {
    README: "tests/cli/documented/test_documented_commands.py",
    "docs/quickstart.md": "tests/cli/documented/test_documented_commands.py",
    "docs/cli.md": "tests/cli/documented/test_documented_commands.py",
    "docs/tuning.md": "tests/cli/documented/test_documented_commands.py",
    "docs/security.md": "tests/cli/documented/test_documented_commands.py",
    "docs/tutorial-python.md": "tests/python/documented/test_documented_first_steps.py",
    "docs/python/migration.md": "tests/python/documented/test_documented_migration.py",
}

BUILDS = "builds and tests everything, for an hour; .ci/run does that"
INSTALLS = "installs the package, which builds it; tests use the one in build/dev/python"
CONSUMER = "needs a library that is installed in the system; {} does the same with one in a temporary folder"
NOT_RUN = {
    (README, "scripts/demo"): BUILDS,
    (README, "scripts/install python"): INSTALLS,
    ("CONTRIBUTING.md", "scripts/build"): BUILDS,
    ("CONTRIBUTING.md", "cmake --preset dev"): BUILDS,
    ("CONTRIBUTING.md", "scripts/test docs"): "is what runs this test",
    ("bench/README.md", "scripts/bench"): "measures for an hour; tests/bench/test_bench.py runs a short form of it",
    ("docs/c-api.md", "cc -std=c99 program.c $(pkg-config --cflags --libs aisle)"):
        CONSUMER.format("tests/consumer/c/Makefile"),
    ("docs/embedding.md", "scripts/install build"): BUILDS,
    ("docs/embedding.md", "scripts/package"): "builds the release; tests/consumer/test_package.py packs the dev build",
    ("docs/embedding.md", "g++ -std=c++20 program.cpp $(pkg-config --cflags --libs aisle)"):
        CONSUMER.format("tests/consumer/pkg_config/Makefile"),
    ("docs/tutorial-cpp.md", "g++ -std=c++20 examples/01_one_batch.cpp -o one_batch $(pkg-config --cflags --libs aisle)"):
        CONSUMER.format("tests/consumer/pkg_config/Makefile"),
    ("docs/quickstart.md", "scripts/build"): BUILDS,
    ("docs/quickstart.md", "scripts/install python"): INSTALLS,
    ("docs/python/wheels.md", "scripts/wheel"): "builds wheels for minutes; scripts/check_wheel.py checks each",
    ("docs/python/lhotse-nemo.md", "python -m aisle.run train.py"): "tests/python/documented/test_documented_migration.py runs it",
}
"""(page, first command): why the shell block is not run by a test of its page."""

C_IS_COMPILED_BY = {"docs/c-api.md": "tests/consumer/test_installed.py"}

# The command that brings Aisle into a project, and the project of tests/consumer that has the same commands.
CMAKE_IS_BUILT_BY = {"find_package": "find_package", "add_subdirectory": "add_subdirectory",
                     "FetchContent_MakeAvailable": "fetch_content"}

KNOWN = {"", "c", "cmake", "cpp", "json", "python", "sh"}


def test_every_block_has_a_known_language():
    found = {(page, language) for page in PAGES for language, _ in FENCE.findall(read(page))}
    assert [it for it in sorted(found) if it[1] not in KNOWN] == []


def lines_of(source: str) -> list[str]:
    return [line.strip() for line in source.strip().splitlines()]


# These are compiled and run: examples/ by tests/cli/documented/test_examples.py, the README's by tests/cli/documented/test_readme.py.
PROGRAMS = {path.name: lines_of(path.read_text(encoding="utf-8")) for path in sorted((ROOT / "examples").glob("*.cpp"))}
PROGRAMS[README] = lines_of(next(block.text for block in blocks("cpp") if block.page == README))


@pytest.mark.parametrize("block", blocks("cpp"), ids=lambda block: block.page)
def test_a_cpp_block_is_a_part_of_a_program_that_tests_run(block):
    wanted = lines_of(block.text)
    places = ((name, at) for name, lines in PROGRAMS.items() for at in range(len(lines)))
    assert any(PROGRAMS[name][at:at + len(wanted)] == wanted for name, at in places), block.text


@pytest.mark.parametrize(("language", "run_by"), [("c", C_IS_COMPILED_BY), ("python", PYTHON_IS_RUN_BY),
                                                  ("sh", SHELL_IS_RUN_BY)])
def test_a_page_with_blocks_has_a_test_that_runs_them(language, run_by):
    pages = {block.page for block in blocks(language) if (block.page, block.first_command) not in NOT_RUN}
    assert pages == set(run_by)
    for page, test in run_by.items():
        assert page.rpartition("/")[2] in (ROOT / test).read_text(encoding="utf-8"), f"{test} does not name {page}"


def test_what_is_not_run_is_there():
    there = {(block.page, block.first_command) for block in blocks("sh")}
    assert [it for it in NOT_RUN if it not in there] == []


@pytest.mark.parametrize("block", blocks("json"), ids=lambda block: block.page)
def test_json_blocks_are_json_lines(block):
    for line in block.text.splitlines():
        json.loads(line)


def cmake_commands(text: str) -> set[tuple[str, str]]:
    """The name of each command, and the library that it links."""
    found = re.findall(r"(\w+)\(([^)]*)\)", re.sub(r"#.*", "", text))
    return {(name, arguments.split()[-1] if "::" in arguments else "") for name, arguments in found}


@pytest.mark.parametrize("block", blocks("cmake"), ids=lambda block: block.page)
def test_a_cmake_block_is_what_a_project_of_tests_consumer_does(block):
    commands = cmake_commands(block.text)
    project = next(folder for command, folder in CMAKE_IS_BUILT_BY.items() if (command, "") in commands)
    assert commands <= cmake_commands(read(f"tests/consumer/{project}/CMakeLists.txt"))
