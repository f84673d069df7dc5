"""Every example of docs/python/batch.md, and of other documents of the same API, with the SDK and with Aisle.

AISLE_DOCUMENTS: more Markdown files, joined by os.pathsep, whose Python blocks use ``from aistore.sdk import Client``.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
from pathlib import Path
from typing import Any

import pytest

import aisle
from serving import ROOT, fill, serving, tar_of

pytest.importorskip("aistore", reason="the AIStore SDK is not installed")

OURS = ROOT / "docs/python/batch.md"
DOCUMENTS = [OURS, *map(Path, filter(None, os.environ.get("AISLE_DOCUMENTS", "").split(os.pathsep)))]

SERVED = {
    "example/obj1": b"object 1",
    "example/obj2": b"the second object",
    "example/obj3": b"3",
    "example/dir/file2.png": bytes(range(256)),
    "example/dir/file3.jpg": b"\xff\xd8" * 5000,
    "example/file1.txt": b"a file",
    "example/archive.tar": tar_of({"other.txt": b"-", "data.json": b"{}"}),
    "example/archive1.tar": tar_of({"file1.txt": b"one of the first", "file2.txt": b""}),
    "example/archive2.tar": tar_of({"file0.txt": b"", "file1.txt": b"one of the second shard"}),
    "training-data/train_sample_1.jpg": b"t1",
    "training-data/train_sample_2.jpg": b"t2!",
    "validation-data/val_sample_1.jpg": b"v1",
    "s3:s3-bucket/cloud_sample.jpg": b"from the cloud",
}


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory):
    root = fill(tmp_path_factory.mktemp("documented") / "root", SERVED)
    with serving(root, "--writable") as it:
        yield it


def blocks(page: Path) -> list[tuple[str, str]]:
    """(what follows "```python", source) of each block."""
    return re.findall(r"^```python *(\S*)\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S)


def outputs(page: Path, with_sdk: bool, endpoint: str) -> list[str | None]:
    """What each block prints, one after the other in one program; None for a block of Aisle's own, with the SDK."""
    scope: dict[str, Any] = {"aisle": aisle, "objects": ["obj1", "obj2", "obj3"]}
    module = "aistore.sdk" if with_sdk else "aisle"
    out: list[str | None] = []
    for number, (kind, source) in enumerate(blocks(page)):
        if kind == "aisle" and with_sdk:
            out.append(None)
            continue
        source = re.sub(r"from (?:aisle|aistore\.sdk) import Client", f"from {module} import Client", source)
        source = source.replace("http://localhost:8080", endpoint)
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(source, f"{page.name}, block {number}", "exec"), scope)
        out.append(printed.getvalue())
    return out


@pytest.fixture(scope="module")
def ran(endpoint):
    """(page, with the SDK) -> outputs, made once."""
    known: dict[tuple[Path, bool], list[str | None]] = {}

    def get(page: Path, with_sdk: bool) -> list[str | None]:
        if (page, with_sdk) not in known:
            known[page, with_sdk] = outputs(page, with_sdk, endpoint)
        return known[page, with_sdk]

    return get


CASES = [(page, number) for page in DOCUMENTS for number, (kind, _) in enumerate(blocks(page)) if kind != "aisle"]


@pytest.mark.parametrize(("page", "number"), CASES, ids=[f"{page.stem}-{number}" for page, number in CASES])
def test_an_example_gives_the_same_with_both(ran, page, number):
    assert ran(page, False)[number] == ran(page, True)[number]


def test_the_pages_examples_print_what_they_should(ran):
    first = ran(OURS, False)[0]
    assert first == "Object: obj1, Size: 8\nObject: obj2, Size: 17\nObject: dir/file3.jpg, Size: 10000\n"
    own = [text for text, (kind, _) in zip(ran(OURS, False), blocks(OURS), strict=True) if kind == "aisle"]
    assert own == [
        "obj1 has 8 bytes\nno-such-object is missing\nobj2 has 17 bytes\n",
        "8 (8,) True\n",
        "[('greeting', 5)]\nb'hello'\n",
    ]
    assert all(text for text, (_, source) in zip(ran(OURS, False), blocks(OURS), strict=True) if "print" in source)
