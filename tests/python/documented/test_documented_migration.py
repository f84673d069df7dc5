"""Every block of docs/python/migration.md: the programs and the commands."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import os
import re
import subprocess
import sys

import pytest

from serving import ROOT, fill, serving

pytest.importorskip("aistore", reason="the AIStore SDK is not installed")

import aisle.aistore

BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", (ROOT / "docs/python/migration.md").read_text("utf-8"), re.M | re.S)

TRAIN = """
import os
from aistore.sdk import Client
client = Client(os.environ["AIS_ENDPOINT"])
print(type(client.batch()).__module__, [d for _, d in client.batch(["obj1"], bucket=client.bucket("example")).get()])
"""


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory):
    served = {"example/obj1": b"object 1", "example/obj2": b"22"}
    with serving(fill(tmp_path_factory.mktemp("migration") / "root", served)) as it:
        yield it


def test_the_python_blocks(endpoint):
    scope: dict[str, object] = {}
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            for kind, source in BLOCKS:
                if kind == "python":
                    exec(source.replace("http://localhost:8080", endpoint), scope)
    finally:
        aisle.aistore.unpatch()
    assert printed.getvalue() == "obj1 8\nobj2 2\n[8, 2]\nobj1 8\nobj2 2\n"


def test_the_commands(endpoint, tmp_path):
    (tmp_path / "train.py").write_text(TRAIN)
    lines = "".join(source for kind, source in BLOCKS if kind == "sh").splitlines()
    has_torch = importlib.util.find_spec("torch") is not None
    lines = [line.replace("-node 8", "-node 2") for line in lines if has_torch or "torch" not in line]
    found = os.pathsep.join(filter(None, sys.path))
    path = os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])
    commands = "\n".join([*lines, "python train.py", "AISLE_PATCH= python train.py"])
    variables = {**os.environ, "AIS_ENDPOINT": endpoint, "PYTHONPATH": found, "PATH": path}
    done = subprocess.run(
        ["bash", "-ec", commands], cwd=tmp_path, env=variables, capture_output=True, text=True, timeout=900
    )
    assert done.returncode == 0, done.stderr
    with_aisle = 1 + 2 * has_torch + 1
    assert done.stdout.splitlines() == ["aisle.aistore [b'object 1']"] * with_aisle + [
        "aistore.sdk.batch.batch [b'object 1']"
    ]
