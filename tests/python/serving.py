"""What the tests read from: `aisle serve` on a folder, or a real cluster that was filled from it.

AISLE_REAL_CLUSTER: endpoint of a real AIStore cluster. Buckets are made there; they must not exist, and are removed.
AISLE_REAL_S3: endpoint of an S3 server that this cluster has as its backend and that takes unsigned requests, for
buckets "s3:name". Tests that have need of one are skipped without it.

Tests that need faults, options or memory of a server's use `Server`, whatever these say.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import signal
import subprocess
import tarfile
import urllib.parse
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = (os.environ.get("AISLE_BIN", ""), ROOT / "build/dev/bin/aisle", ROOT / "build/python/bin/aisle")
AISLE = next((str(c) for c in COMMANDS if c and os.access(c, os.X_OK)), "aisle")
REAL_CLUSTER = os.environ.get("AISLE_REAL_CLUSTER", "").rstrip("/")
REAL_S3 = os.environ.get("AISLE_REAL_S3", "").rstrip("/")


class Server:
    """`aisle serve` on a free port, until it is stopped; three targets, each with an address of its own."""

    def __init__(self, *arguments: object) -> None:
        given = [str(a) for a in arguments]
        if not {"--target-hosts", "--targets", "--tls-certificate"} & set(given):
            given += ["--target-hosts", "127.0.0.2,127.0.0.3,127.0.0.4"]
        command = [AISLE, "serve", "--port", "0", *given]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        banner = ""
        for line in self.process.stdout:
            banner += line
            if "Ctrl-C" in line:
                break
        found = re.search(r"^serving at (https?://\S+)$", banner, re.M)
        assert found, banner
        self.endpoint = found.group(1)

    def stop(self) -> int:
        """Ends it by SIGINT; gives its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        code = self.process.wait(timeout=20)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        assert self.stop() == 0


@contextlib.contextmanager
def serving(root: Path, *options: str) -> Iterator[str]:
    """An endpoint that has the sub-folders of root as buckets: "name", "#namespace/name", "s3:name".

    options: of `aisle serve`, which a real cluster does not need.
    """
    if not REAL_CLUSTER:
        with Server(root, *options) as it:
            yield it.endpoint
        return
    with contextlib.ExitStack() as buckets:
        for folder in sorted(root.iterdir()):
            namespace = folder.name if folder.name[0] in "#@" else ""
            for bucket in sorted(folder.iterdir()) if namespace else [folder]:
                buckets.enter_context(RealBucket(bucket, namespace))
        yield REAL_CLUSTER


class RealBucket:
    """A bucket of the real cluster, filled from a folder."""

    def __init__(self, folder: Path, namespace: str) -> None:
        provider, _, name = folder.name.rpartition(":")
        if provider and not REAL_S3:
            pytest.skip("AISLE_REAL_S3 is not set: the cluster has no cloud")
        self.name, self.query = name, {"provider": "aws" if provider else "ais"}
        if namespace:
            self.query["namespace"] = namespace if namespace.startswith("@") else f"@{namespace}"
        self.objects = f"{REAL_S3}/{name}" if provider else f"{REAL_CLUSTER}/v1/objects/{name}"
        self.files = [path for path in folder.rglob("*") if path.is_file()]
        self.folder = folder

    def __enter__(self) -> RealBucket:
        if self.query["provider"] == "aws":
            curl("-X", "PUT", self.objects)
        else:
            self.act("POST", "create-bck")
        lines = []
        for path in self.files:
            query = "" if self.query["provider"] == "aws" else f"?{urllib.parse.urlencode(self.query)}"
            url = f"{self.objects}/{urllib.parse.quote(str(path.relative_to(self.folder)))}{query}"
            lines.append(f'url = "{url}"\nupload-file = "{path}"\n')
        if lines:
            curl("-L", "-K", "-", text="".join(lines))
        return self

    def __exit__(self, *_: object) -> None:
        self.act("DELETE", "evict-remote-bck" if self.query["provider"] == "aws" else "destroy-bck")

    def act(self, method: str, action: str) -> None:
        url = f"{REAL_CLUSTER}/v1/buckets/{self.name}?{urllib.parse.urlencode(self.query)}"
        curl("-X", method, "-L", "-H", "Content-Type: application/json", "-d", json.dumps({"action": action}), url)


def curl(*arguments: str, text: str = "") -> None:
    """Runs curl; raises where the server does not answer with success."""
    subprocess.run(["curl", "-sS", "--fail-with-body", "--noproxy", "*", *arguments], input=text, text=True, check=True,
                   stdout=subprocess.DEVNULL)


def fill(root: Path, objects: Mapping[str, bytes]) -> Path:
    """Writes "bucket/name": bytes below root, which is to be served."""
    for name, data in objects.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return root


def tar_of(members: Mapping[str, bytes]) -> bytes:
    """A tar archive of these members."""
    into = io.BytesIO()
    with tarfile.open(fileobj=into, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, data in members.items():
            header = tarfile.TarInfo(name)
            header.size = len(data)
            archive.addfile(header, io.BytesIO(data))
    return into.getvalue()
