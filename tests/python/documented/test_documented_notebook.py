"""The SDK's own notebook on batches, from a checkout of AIStore, with the SDK, with the patched SDK, and with Aisle.

AISLE_AISTORE_SOURCE: the checkout; without it the test is skipped.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
from pathlib import Path
from typing import Any

import pytest

from serving import Server

pytest.importorskip("aistore", reason="the AIStore SDK is not installed")

import aisle.aistore

NOTEBOOK = Path(os.environ.get("AISLE_AISTORE_SOURCE", "")) / "python/examples/sdk/ais-batch-requests.ipynb"

if not NOTEBOOK.is_file():
    pytest.skip("no checkout of AIStore: set AISLE_AISTORE_SOURCE", allow_module_level=True)


def printed(with_aisle: bool) -> list[str]:
    """What each cell prints. Lines for a shell are left out."""
    scope: dict[str, Any] = {"__name__": "__main__"}
    out = []
    for cell in json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] != "code":
            continue
        lines = [line for line in cell["source"] if not line.startswith("!")]
        source = "".join(lines)
        if with_aisle:
            source = source.replace("from aistore.sdk import Client", "from aisle import Client")
        text = io.StringIO()
        with contextlib.redirect_stdout(text):
            exec(compile(source, NOTEBOOK.name, "exec"), scope)
        out.append(text.getvalue())
    return out


@pytest.fixture(scope="module")
def by_sdk():
    with Server() as it, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIS_ENDPOINT", it.endpoint)
        return printed(False)


@pytest.fixture(autouse=True)
def endpoint(monkeypatch):
    with Server() as it:
        monkeypatch.setenv("AIS_ENDPOINT", it.endpoint)
        yield it.endpoint


def test_the_patched_sdk_prints_the_same(by_sdk):
    assert any("This is the data" in text for text in by_sdk)
    aisle.aistore.patch()
    try:
        assert printed(False) == by_sdk
    finally:
        aisle.aistore.unpatch()


def test_aisle_prints_the_same(by_sdk):
    assert printed(True) == by_sdk
