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


def sources() -> list[str]:
    found = [path for module in MODULES for path in (ROOT / module / "src").rglob("*.cpp")]
    found += (ROOT / "python/aisle").rglob("*.py")
    return sorted(str(path.relative_to(ROOT)) for path in found)


@cache
def untested() -> frozenset[str]:
    """The sources without a test of their own."""
    tests = [path.name for form in ("*_test.cpp", "test_*.py") for path in (ROOT / "tests").rglob(form)]

    def has_own(name: str) -> bool:
        own = re.compile(rf"{name}_(\w+_)?test\.cpp|test_{name}\.py")
        return any(own.fullmatch(test) for test in tests)

    return frozenset(source for source in sources() if not has_own(Path(source).stem))


def matched(pattern: str) -> frozenset[str]:
    """The sources without a test of their own that a row means."""
    return untested() & {str(path.relative_to(ROOT)) for path in ROOT.glob(pattern)}


def test_every_source_has_a_test_or_a_row() -> None:
    covered = {source for row in rows() for pattern in row.patterns for source in matched(pattern)}
    missing = sorted(untested() - covered)
    assert missing == [], f"{', '.join(missing)}: add a test or a row in {PAGE}"


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.patterns[0])
def test_a_row_has_sources_tests_and_a_reason(row: Row) -> None:
    assert row.patterns and row.tests and row.reason, f"{row} is not complete: fill its cells in {PAGE}"
    for pattern in row.patterns:
        assert matched(pattern), f"no source without a test of its own is {pattern}: remove it from {PAGE}"
    for test in row.tests:
        assert (ROOT / test).is_file(), f"{test} does not exist: name another test in {PAGE}"
