"""The package itself: what importing it costs and brings, its log, its command, its types."""

from __future__ import annotations

import json
import logging
import os
import pickle
import re
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

import aisle
from conftest import run_python
from serving import AISLE, ROOT


def test_importing_brings_in_nothing_else():
    done = run_python(
        "-c",
        """
        import sys
        before = set(sys.modules)
        import aisle
        brought = {m.split(".")[0] for m in set(sys.modules) - before}
        print(sorted(brought & {"numpy", "torch", "aistore", "requests", "logging", "asyncio", "tqdm", "typing",
                                "dataclasses", "inspect", "pickle", "multiprocessing", "socket"}))
        """.replace("\n        ", "\n"))
    assert (done.returncode, done.stdout, done.stderr) == (0, "[]\n", "")


def test_build_info():
    info = aisle.build_info()
    assert info["aisle"] == aisle.__version__ and info["openssl"].startswith("OpenSSL 3")
    assert all(isinstance(v, str) and v for v in info.values())
    libraries = {name: info[name] for name in ("simdjson", "zlib", "zstd", "lz4", "xxhash")}
    assert all(re.fullmatch(r"\d+\.\d+\.\d+(\.\d+)?", v) for v in libraries.values()), libraries


def test_one_symbol_is_exported():
    import aisle._aisle

    found = subprocess.run(["nm", "-D", "--defined-only", aisle._aisle.__file__], capture_output=True, text=True)
    if found.returncode != 0:
        pytest.skip("no nm")
    assert [line.split()[-1] for line in found.stdout.splitlines()] == ["PyInit__aisle"]


def test_a_client_pickles_as_its_configuration(endpoint, served):
    client = aisle.Client(endpoint, memory_budget="64MiB", threads=1, token="t", client_cert=None)
    list(client.stream(["size-1"], bucket="data"))
    back = pickle.loads(pickle.dumps(client))
    client.close()
    assert next(back.stream(["size-512"], bucket="data")) == served.objects["size-512"]
    assert repr(back) == f"<aisle.Client {endpoint}>"
    back.close()
    assert repr(back) == f"<aisle.Client {endpoint}, closed>"


def test_the_endpoint_of_the_environment(endpoint):
    done = run_python("-c", "import aisle; c = aisle.Client(); print(c.endpoint, len(c.get('ais://data/size-511')))",
                      endpoint=endpoint)
    assert (done.stdout, done.stderr) == (f"{endpoint} 511\n", "")


def test_the_log(serve, served, caplog):
    caplog.set_level(logging.INFO, "aisle")
    with aisle.Client(serve(served.root, "--fault", "refuse-503@0x2").endpoint) as client:
        assert all(client.stream(served.many[:50], bucket="data"))
    events = {r.aisle_event for r in caplog.records if r.name == "aisle"}
    assert "limit.reached" in events or "retry" in events
    record = next(r for r in caplog.records if r.name == "aisle")
    assert record.aisle_event in record.getMessage() and isinstance(record.aisle_fields, dict)


def test_a_refused_connection_is_logged_while_the_stream_waits():
    told: list[str] = []

    class Cancels(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            told.append(record.getMessage())
            if "Connection refused" in told[-1]:
                stream.cancel()

    cancels = Cancels()
    logger = logging.getLogger("aisle")
    with socket.socket() as closed:  # no one listens there
        closed.bind(("127.0.0.1", 0))
        at = f"127.0.0.1:{closed.getsockname()[1]}"
        with aisle.Client(f"http://{at}") as client:
            stream = client.stream(["a"], bucket="data")
            logger.addHandler(cancels)
            try:
                began = time.monotonic()
                with pytest.raises(aisle.Cancelled):
                    next(stream)
                assert time.monotonic() - began < 15  # it would try for 30 s
            finally:
                logger.removeHandler(cancels)
    assert any(at in text and "Connection refused" in text for text in told), told


def test_the_log_is_silent_by_default(serve, served):
    server = serve(served.root, "--fault", "short@3x2")
    code = """import aisle
names = [f"many/{i:04}" for i in range(50)]
print(sum(1 for s in aisle.Client().stream(names, bucket="data") if s))"""
    done = run_python("-c", code, endpoint=server.endpoint)
    assert (done.returncode, done.stdout) == (0, "50\n")


def test_the_command(endpoint, tmp_path, monkeypatch):
    monkeypatch.setenv("AISLE_BIN", AISLE)
    done = run_python("-m", "aisle", "ls", "ais://tars", "--json", endpoint=endpoint)
    assert done.returncode == 0, done.stderr
    assert [json.loads(line)["object"] for line in done.stdout.splitlines()] == ["s0.tar", "s1.tar", "s2.tar"]
    path = tmp_path / "list"
    path.write_text(done.stdout)
    assert len(aisle.Entries.from_jsonl(path)) == 3


def test_the_server_suggests_commands_by_the_name_that_started_it():
    command = [sys.executable, "-m", "aisle", "serve", "--port", "0", "--synthetic", "1x1"]
    banner = ""
    with subprocess.Popen(command, env=os.environ | {"AISLE_BIN": AISLE}, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        for line in server.stdout:
            banner += line
            if "Ctrl-C" in line:
                break
        server.terminate()
    name = Path(sys.executable).name
    assert f"\n  {name} -m aisle bench --bucket ais://synthetic " in banner
    assert f"\n  {name} -m aisle get ais://synthetic/" in banner


def test_a_missing_command_is_an_error():
    done = run_python("-c", "import aisle.__main__ as m; m.find_command = lambda: None; m.main()")
    assert done.returncode == 1 and "AISLE_BIN" in done.stderr


def test_tqdm(client, served, capsys):
    pytest.importorskip("tqdm")
    with client.stream(served.many, bucket="data", progress=True) as stream:
        assert len(list(stream)) == 1000
    assert "1.00k" in capsys.readouterr().err


def test_the_package_is_typed(tmp_path):
    assert (Path(aisle.__file__).parent / "py.typed").exists()
    pytest.importorskip("mypy")
    strict = ["--config-file", os.devnull, "--strict", "--ignore-missing-imports"]
    command = [sys.executable, "-m", "mypy", *strict, "-c", TYPED]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path,
                          env=os.environ | {"MYPYPATH": str(ROOT / "python")})
    assert done.returncode == 0, done.stdout


TYPED = """
import aisle
with aisle.Client("http://localhost:8080") as client:
    names: list[str] = [s.name for s in client.stream(["a"], bucket="b")]
    for block in client.stream(aisle.Entries.from_uris(["ais://b/a"])).blocks():
        sizes = [len(memoryview(s)) for s in block]
    n: int = client.stream([aisle.Entry("x", bucket="b", length=5)]).result().delivered
    o: aisle.ListedObject = client.head("b", "x")
async def main() -> None:
    async for s in client.stream(["a"], bucket="b"):
        data: bytes = bytes(s)
"""
