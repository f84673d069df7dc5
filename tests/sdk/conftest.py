"""A playground for AIStore's own Python SDK to talk to."""

import os
import subprocess
from pathlib import Path

import pytest
from aistore import Client

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session", params=["folder", "memory"])
def client(request, tmp_path_factory) -> Client:
    binary = os.environ.get("AISLE_BIN", str(ROOT / "build/release/bin/aisle"))
    command = [binary, "serve", "--port", "0"]
    command += [str(tmp_path_factory.mktemp("root"))] if request.param == "folder" else ["--synthetic", "10x10"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    first = server.stdout.readline()
    assert first.startswith("serving at "), first
    yield Client(first.removeprefix("serving at ").strip())
    server.terminate()
    assert server.wait(10) == 0


@pytest.fixture
def bucket(client):
    made = client.bucket("sdk-test")
    made.create(exist_ok=True)
    yield made
    made.delete()
