"""The Python block of README.md, and that of docs/python/native.md."""

from __future__ import annotations

import re

import pytest

from serving import ROOT, serving


@pytest.mark.parametrize("page", ["README.md", "docs/python/native.md"])
def test_the_first_example_of_a_page_runs_as_it_is(page, tmp_path, capsys):
    bucket = tmp_path / "train"
    bucket.mkdir()
    stored = {f"{letter}.jpg": letter.encode() * 9 for letter in "abc"}
    for name, data in stored.items():
        (bucket / name).write_bytes(data)
    blocks = re.findall(r"^```python\n(.*?)^```", (ROOT / page).read_text(encoding="utf-8"), re.M | re.S)
    used: list[tuple[str, bytes]] = []
    with serving(tmp_path) as endpoint:
        source = blocks[0].replace("http://localhost:8080", endpoint)
        exec(compile(source, page, "exec"), {"use": lambda name, data: used.append((name, bytes(data)))})
    assert used
    assert {name for name, _ in used} == set(re.findall(r'"([a-c]\.jpg)"', blocks[0]))
    assert all(stored[name] == data for name, data in used)
