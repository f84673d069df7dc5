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
import random
import re
import signal
import socket
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


def unused_port() -> int:
    """For a server that must be told its port: below those that the system gives to whoever asks for any port. Each of
    pytest-xdist's workers has its own range."""
    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    end = max(lowest, 20_000) - 500 * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    for port in random.sample(range(end - 500, end), 500):
        with contextlib.suppress(OSError), socket.socket() as it:
            it.bind(("", port))
            return port
    raise AssertionError("no port is free")


class RealBucket:
    """A bucket of the real cluster, or of the S3 server behind it, filled from a folder."""

    def __init__(self, folder: Path, namespace: str) -> None:
        provider, _, self.name = folder.name.rpartition(":")
        if provider and not REAL_S3:
            pytest.skip("AISLE_REAL_S3 is not set: the cluster has no cloud")
        self.in_cloud = bool(provider)
        query = {"provider": "aws" if provider else "ais"}
        if namespace:
            query["namespace"] = namespace if namespace.startswith("@") else f"@{namespace}"
        self.query = urllib.parse.urlencode(query)
        self.files = {urllib.parse.quote(str(path.relative_to(folder))): path
                      for path in folder.rglob("*") if path.is_file()}

    def __enter__(self) -> RealBucket:
        if self.in_cloud:
            curl("-X", "PUT", f"{REAL_S3}/{self.name}")
        else:
            self.act("POST", "create-bck")
        try:
            place = f"{REAL_S3}/{self.name}" if self.in_cloud else f"{REAL_CLUSTER}/v1/objects/{self.name}"
            query = "" if self.in_cloud else f"?{self.query}"
            each(f'url = "{place}/{name}{query}"\nupload-file = "{path}"\n' for name, path in self.files.items())
            if self.in_cloud:  # reads them into the cluster
                each(self.requests())
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if not self.in_cloud:
            self.act("DELETE", "destroy-bck")
            return
        # The cluster may delete in the cloud; requests without a signature may not.
        each(self.requests(), "-X", "DELETE")
        self.act("DELETE", "evict-remote-bck")
        curl("-X", "DELETE", f"{REAL_S3}/{self.name}")

    def requests(self) -> Iterator[str]:
        """A request to the cluster for each object."""
        place = f"{REAL_CLUSTER}/v1/objects/{self.name}"
        return (f'url = "{place}/{name}?{self.query}"\n' for name in self.files)

    def act(self, method: str, action: str) -> None:
        url = f"{REAL_CLUSTER}/v1/buckets/{self.name}?{self.query}"
        curl("-X", method, "-L", "-H", "Content-Type: application/json", "-d", json.dumps({"action": action}), url)


def each(requests: Iterator[str], *options: str) -> None:
    """Makes requests that are in the form of curl's configuration, over one connection."""
    if text := "".join(requests):
        curl("-L", "-K", "-", *options, text=text)


def curl(*arguments: str, text: str = "") -> None:
    """Runs curl; raises an AssertionError unless the server answers with success."""
    command = ["curl", "-sS", "--fail-with-body", "--noproxy", "*", *arguments]
    done = subprocess.run(command, input=text, text=True, capture_output=True)
    assert done.returncode == 0, done.stdout + done.stderr


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
