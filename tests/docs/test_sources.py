"""Every source has a test of its own, or a row in tests/README.md that names the tests that run it, and the reason."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from pages import ROOT, read

PAGE = "tests/README.md"
HEADER = ["Sources", "Tested by", "Reason"]
MODULES = ("base", "codec", "http", "engine", "playground", "cli", "capi", "python")


@dataclass(frozen=True)
class Row:
    patterns: list[str]
    tests: list[str]
    reason: str


def in_ticks(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def rows() -> list[Row]:
    """The rows of the tables under HEADER."""
    found: list[Row] = []
    inside = False
    for line in read(PAGE).splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and inside and not line.startswith("|--"):
            found.append(Row(in_ticks(cells[0]), in_ticks(cells[1]), cells[2]))
        inside = line.startswith("|") and (inside or cells == HEADER)
    return found


def sources(module: str) -> list[Path]:
    found = list((ROOT / module / "src").rglob("*.cpp"))
    return found + list((ROOT / "python/aisle").rglob("*.py")) if module == "python" else found


@cache
def untested() -> frozenset[str]:
    """The sources without a test of their own. A test is that of the source with the longest name that begins its name."""
    found: set[str] = set()
    for module in MODULES:
        tests = [path.stem for form in ("*_test.cpp", "test_*.py") for path in (ROOT / "tests" / module).rglob(form)]
        names = {path.stem for path in sources(module)}
        tested = set()
        for test in tests:
            words = test.removeprefix("test_").removesuffix("_test").split("_")
            begins = ["_".join(words[:count]) for count in range(len(words), 0, -1)]
            tested.update([name for name in begins if name in names][:1])
        found |= {str(path.relative_to(ROOT)) for path in sources(module) if path.stem not in tested}
    return frozenset(found)


def matched(pattern: str) -> frozenset[str]:
    """The sources without a test of their own that a row means."""
    return untested() & {str(path.relative_to(ROOT)) for path in ROOT.glob(pattern)}


def test_every_source_has_a_test_or_a_row() -> None:
    covered = {source for row in rows() for pattern in row.patterns for source in matched(pattern)}
    missing = sorted(untested() - covered)
    assert missing == [], f"{', '.join(missing)}: add a test or a row in {PAGE}"


@pytest.mark.parametrize("row", rows(), ids=lambda row: "".join(row.patterns[:1]))
def test_a_row_has_sources_tests_and_a_reason(row: Row) -> None:
    assert row.patterns and row.tests and row.reason, f"{row} is not complete: fill its cells in {PAGE}"
    for pattern in row.patterns:
        assert matched(pattern), f"no source without a test of its own is {pattern}: remove it from {PAGE}"
    for test in row.tests:
        assert (ROOT / test).is_file(), f"{test} does not exist: name another test in {PAGE}"
