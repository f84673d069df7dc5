"""A bucket of the cloud behind the cluster.

AIS_COLD names an S3 endpoint that the cluster has as its backend and that takes unsigned requests, with the beginning
of the names of the buckets that may be made there: http://127.0.0.1:5555/aisle-cold (moto's server, for one). Tests that
need one are skipped without it.
"""

import json
import os
import subprocess
import tempfile
import uuid
from collections import Counter
from pathlib import Path

import pytest
from conftest import ENDPOINT, curl

COLD = os.environ.get("AIS_COLD", "")
needs_cloud = pytest.mark.skipif(not COLD, reason="AIS_COLD is not set: no cloud to fetch from")


class CloudBucket:
    """A bucket in the cloud, filled behind the cluster's back."""

    def __init__(self):
        endpoint, _, prefix = COLD.rpartition("/")
        self.name = f"{prefix}-{uuid.uuid4().hex[:12]}"
        self.at = f"{endpoint}/{self.name}"
        self.uri = f"s3://{self.name}"
        self.names = []
        status, body = curl("-X", "PUT", self.at)
        assert status == 200, body

    def put_all(self, objects):
        with tempfile.TemporaryDirectory() as folder:
            config = []
            for number, (name, data) in enumerate(objects.items()):
                file = Path(folder, str(number))
                file.write_bytes(data)
                config.append(f'url = "{self.at}/{name}"\nupload-file = "{file}"\noutput = "{os.devnull}"\n')
            self.each("".join(config), len(objects))
        self.names += objects

    @staticmethod
    def each(config, count, *options):
        done = subprocess.run(["curl", "-sSL", "--noproxy", "*", "-w", "%{http_code}\n", "-K", "-", *options],
                              input=config, capture_output=True, check=True, text=True)
        assert Counter(done.stdout.split()) == {"200": count}, done.stderr

    def cached(self):
        """How many of its objects the cluster has."""
        total, token = 0, ""
        while True:
            ask = {"action": "list", "value": {"flags": "1", "props": "name", "continuation_token": token}}
            status, body = curl("-X", "GET", "-L", "-H", "Content-Type: application/json", "-H",
                                "Accept: application/json", "-d", json.dumps(ask),
                                f"{ENDPOINT}/v1/buckets/{self.name}?provider=aws")
            assert status == 200, body
            page = json.loads(body)
            total += len(page.get("entries") or [])
            token = page.get("continuation_token", "")
            if not token:
                return total

    def destroy(self):
        """Removes the objects through the cluster, which may do more than the unsigned, and the bucket if possible."""
        config = "".join(f'url = "{ENDPOINT}/v1/objects/{self.name}/{name}?provider=aws"\noutput = "{os.devnull}"\n'
                         for name in self.names)
        if self.names:
            self.each(config, len(self.names), "-X", "DELETE")
        curl("-X", "DELETE", "-L", "-H", "Content-Type: application/json", "-d",
             json.dumps({"action": "evict-remote-bck"}), f"{ENDPOINT}/v1/buckets/{self.name}?provider=aws")
        curl("-X", "DELETE", self.at)

    def entry(self, name, **more):
        return {"bucket": self.uri, "object": name} | more
