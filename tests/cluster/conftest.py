"""Against a real AIStore: AIS_ENDPOINT names it. Makes buckets of its own and removes them."""

import hashlib
import io
import json
import os
import random
import subprocess
import tarfile
import urllib.parse
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

ENDPOINT = os.environ.get("AIS_ENDPOINT", "").rstrip("/")
AISLE = os.environ.get("AISLE_BIN") or str(Path(__file__).resolve().parents[2] / "build/release/bin/aisle")

SIZES = [0, 1, 2, 511, 512, 513, 1023, 1535, 1536, 1537, 2047, 2048, 2049, 4095, 4096, 4097, 8191, 10_240, 31_232,
         32_767, 32_768, 32_769, 65_536, 99_999, 262_144, 1_048_575, 1_048_576, 1_048_577, 3_000_000, 8_388_608]
LONG = "long/" + "x" * 90 + "/" + "y" * 120
NAMES = ["name with spaces", "grüß/猫.txt", "per%20cent", "q?u&e#r=y+", "quote\"'", LONG, "deep/er/and/er/x",
         "u" * 150, "é" * 100]


def pytest_collection_modifyitems(items):
    if ENDPOINT:
        return
    for item in items:
        item.add_marker(pytest.mark.skip(reason="AIS_ENDPOINT is not set: no cluster to test against"))


def content(seed, size):
    return random.Random(str(seed)).randbytes(size)


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def curl(*arguments, data=None):
    """curl, by whose plain GET every sample is judged. Returns (status, body)."""
    done = subprocess.run(["curl", "-sS", "--noproxy", "*", "-w", "\n%{http_code}", *arguments], input=data,
                          capture_output=True, check=True)
    body, _, status = done.stdout.rpartition(b"\n")
    return int(status), body


class Bucket:
    """A bucket with a name nobody else has."""

    def __init__(self):
        self.name = f"aisle-test-{uuid.uuid4().hex[:12]}"
        self.uri = f"ais://{self.name}"
        self.action("POST", {"action": "create-bck"})

    def action(self, method, what):
        status, body = curl("-X", method, "-L", "-H", "Content-Type: application/json", "-d", json.dumps(what),
                            f"{ENDPOINT}/v1/buckets/{self.name}?provider=ais")
        assert status == 200, body

    def url(self, name, **query):
        quoted = urllib.parse.quote(name, safe="/")
        return f"{ENDPOINT}/v1/objects/{self.name}/{quoted}?" + urllib.parse.urlencode({"provider": "ais"} | query)

    def put(self, name, data):
        status, body = curl("-X", "PUT", "-L", "--data-binary", "@-", self.url(name), data=data)
        assert status == 200, body

    def put_all(self, objects):
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda item: self.put(*item), objects.items()))

    def get(self, name, **query):
        status, body = curl("-L", self.url(name, **query))
        assert status == 200, (name, body)
        return body

    def destroy(self):
        self.action("DELETE", {"action": "destroy-bck"})


class Filled:
    """A bucket and what was put into it."""

    def __init__(self, bucket):
        self.bucket = bucket
        self.files = {f"size-{size}": content(size, size) for size in SIZES}
        self.files |= {name: content(name, 700) for name in NAMES}
        self.files |= {f"many/{i:04}": content(i, i * 37 % 20_000) for i in range(400)}
        self.members = {f"m/{i}.jpg": content(f"m{i}", 3000 * i) for i in range(8)}
        self.members |= {"m/" + "z" * 60 + "/" + "z" * 60: b"long", "m/ümlaut": b"umlaut"}
        self.shards = {f"shard-{kind}.tar": self.shard(kind) for kind in ("ustar", "gnu", "pax")}
        bucket.put_all(self.files | self.shards)

    def shard(self, kind):
        out = io.BytesIO()
        formats = {"ustar": tarfile.USTAR_FORMAT, "gnu": tarfile.GNU_FORMAT, "pax": tarfile.PAX_FORMAT}
        with tarfile.open(fileobj=out, mode="w", format=formats[kind], encoding="utf-8") as archive:
            for name, data in self.members.items():
                info = tarfile.TarInfo(name)
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))
        return out.getvalue()


@pytest.fixture(scope="session")
def filled():
    bucket = Bucket()
    try:
        yield Filled(bucket)
    finally:
        bucket.destroy()


@pytest.fixture
def fetch(tmp_path):
    """`aisle get --sha256 --report`: the exit code and the report's lines."""

    def run(entries, *options):
        lines = "".join(json.dumps(e) + "\n" for e in entries).encode()
        done = subprocess.run([AISLE, "get", "--input", "-", "--sha256", "--report", tmp_path / "report", *options],
                              input=lines, capture_output=True, timeout=600)
        report = [json.loads(line) for line in (tmp_path / "report").read_bytes().splitlines()]
        assert [line["index"] for line in report] == list(range(len(entries))), done.stderr
        for line, entry in zip(report, entries):
            assert (line["bucket"], line["object"]) == (entry["bucket"], entry["object"])
        return done.returncode, report

    return run
