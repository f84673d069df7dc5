"""The code blocks of docs/python/{pytorch,ray,webdataset-datasets-dali-spdl}.md.

The blocks of a page are one program; on the last page, those below each heading.
"""

from __future__ import annotations

import importlib.util
import os
import re
import struct
import subprocess
import sys
import zlib

import pytest

from serving import ROOT, fill, serving, tar_of

PROGRAMS = {
    ("pytorch.md", ""): ("torch", "torchdata"),
    ("ray.md", ""): ("ray",),
    ("webdataset-datasets-dali-spdl.md", "WebDataset"): ("webdataset",),
    ("webdataset-datasets-dali-spdl.md", "Hugging Face datasets"): ("datasets",),
    ("webdataset-datasets-dali-spdl.md", "SPDL"): ("spdl",),
    ("webdataset-datasets-dali-spdl.md", "DALI"): ("nvidia", "nvidia.dali"),
}
"""Page and heading, empty for the whole page: the modules that the program needs."""


def blocks(page, heading):
    text = (ROOT / "docs/python" / page).read_text(encoding="utf-8")
    if heading:
        text = text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(r"^```python\n(.*?)^```$", text, re.M | re.S)


def png(width):
    """A grey image of this many pixels, 3 high."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, 3, 8, 2, 0, 0, 0))
    rows = zlib.compress(3 * (b"\0" + width * b"\x80\x80\x80"))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory):
    files = {f"train/img/{i:06}.jpg": png(1 + i % 50) for i in range(1000)}
    for k in range(4):
        members = {f"{k}-{i}.{suffix}": b"%d" % i for i in range(20) for suffix in ("cls", "bin")}
        files[f"shards/train-{k:03}.tar"] = tar_of(members)
    with serving(fill(tmp_path_factory.mktemp("pages"), files)) as it:
        yield it


@pytest.mark.parametrize(("page", "heading"), PROGRAMS, ids=[heading or page for page, heading in PROGRAMS])
def test_the_blocks_of_a_page_run(endpoint, tmp_path, page, heading):
    for module in PROGRAMS[page, heading]:
        if importlib.util.find_spec(module) is None:
            pytest.skip(f"{module} is not installed")
    program = tmp_path / "page.py"
    program.write_text("\n".join(blocks(page, heading)), encoding="utf-8")
    environment = os.environ | {
        "AIS_ENDPOINT": endpoint,
        "HF_DATASETS_CACHE": str(tmp_path / "cache"),
        "HF_HUB_OFFLINE": "1",
    }
    done = subprocess.run(
        [sys.executable, str(program)], capture_output=True, text=True, timeout=900, env=environment, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr


def test_there_are_blocks():
    assert [len(blocks(page, heading)) for page, heading in PROGRAMS] == [8, 3, 1, 2, 1, 1]
