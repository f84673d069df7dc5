"""docs/errors.md explains every error code."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_every_code_has_a_row():
    header = (ROOT / "base/include/aisle/errc.hpp").read_text()
    codes = re.findall(r"^    (\w+)(?: = 1)?,?\s+///<", header[header.index("enum class errc"):], re.MULTILINE)
    assert codes
    explained = re.findall(r"^\| `(\w+)` \|", (ROOT / "docs/errors.md").read_text(), re.MULTILINE)
    assert sorted(explained) == sorted(codes)
