"""The code blocks of docs/python/{pytorch,ray,webdataset-datasets-dali-spdl}.md: those of a page are one program.

ILLUSTRATIVE names those that are not run, and why.
"""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys

import pytest

from conftest import content
from serving import ROOT, serving, tar_of

PAGES = {
    "pytorch.md": ("torch", "torchdata"),
    "ray.md": ("ray",),
    "webdataset-datasets-dali-spdl.md": ("webdataset", "datasets", "spdl"),
}

ILLUSTRATIVE = {("webdataset-datasets-dali-spdl.md", "nvidia.dali"): "needs a GPU"}
"""Page and a text that is in the block."""


def blocks(page):
    text = (ROOT / "docs/python" / page).read_text(encoding="utf-8")
    found = re.findall(r"^```python\n(.*?)^```$", text, re.M | re.S)
    marks = [mark for its_page, mark in ILLUSTRATIVE if its_page == page]
    assert all(sum(mark in block for block in found) == 1 for mark in marks)
    return [block for block in found if not any(mark in block for mark in marks)]


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory):
    root = tmp_path_factory.mktemp("pages")
    for i in range(1000):
        path = root / f"train/img/{i:06}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content(i, 1 + i * 7 % 3000))
    (root / "shards").mkdir()
    for k in range(4):
        members = {f"{k}-{i}.{suffix}": b"%d" % i for i in range(20) for suffix in ("cls", "bin")}
        (root / f"shards/train-{k:03}.tar").write_bytes(tar_of(members))
    with serving(root) as it:
        yield it


@pytest.mark.parametrize("page", PAGES)
def test_the_blocks_of_a_page_run(endpoint, tmp_path, page):
    for module in PAGES[page]:
        if importlib.util.find_spec(module) is None:
            pytest.skip(f"{module} is not installed")
    program = tmp_path / "page.py"
    program.write_text("\n".join(blocks(page)), encoding="utf-8")
    environment = os.environ | {
        "AIS_ENDPOINT": endpoint,
        "HF_DATASETS_CACHE": str(tmp_path / "cache"),
        "HF_HUB_OFFLINE": "1",
    }
    done = subprocess.run(
        [sys.executable, str(program)], capture_output=True, text=True, timeout=300, env=environment, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr


def test_there_are_blocks():
    assert {page: len(blocks(page)) for page in PAGES} == {
        "pytorch.md": 8,
        "ray.md": 3,
        "webdataset-datasets-dali-spdl.md": 4,
    }
