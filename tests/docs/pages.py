"""The pages of the documentation, and their code blocks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

OUTSIDE = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "bench/README.md", "bench/REPORT.md",
           "third_party/README.md", "tests/README.md", "tests/simulation/README.md")
"""Pages that are not in docs/. All but the README are on the site (scripts/docs_site.py)."""

PAGES = [*OUTSIDE, *sorted(str(p.relative_to(ROOT)) for p in (ROOT / "docs").rglob("*.md"))]

FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    page: str
    language: str  # empty: a diagram or output
    text: str

    @property
    def first_command(self) -> str:
        """The first line, without its comment."""
        return self.text.splitlines()[0].partition("  #")[0].rstrip()


def read(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def blocks(language: str) -> list[Block]:
    """All blocks in this language, in the order of pages."""
    return [Block(page, found, text) for page in PAGES for found, text in FENCE.findall(read(page))
            if found == language]
