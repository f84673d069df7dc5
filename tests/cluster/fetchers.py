"""Fetches known samples with Aisle or the Python SDK, and says what came of each."""

import io
import json
import os
import random
import re
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from conftest import AISLE, Bucket, content, sha256

SIZE = 10_240
MEMBERS = 40


class Known:
    """A bucket of objects and of tar shards, of whose samples only the checksums are kept."""

    def __init__(self, objects, shards):
        self.bucket = Bucket()
        self.samples = [(f"o/{i:05}", "") for i in range(objects)]
        self.samples += [(f"s/{i:03}.tar", f"m/{j:02}.bin") for i in range(shards) for j in range(MEMBERS)]
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(self.upload, [[f"o/{i:05}" for i in range(k, objects, 8)] for k in range(8)]))
            list(pool.map(self.upload, [[f"s/{i:03}.tar" for i in range(k, shards, 8)] for k in range(8)]))
        self.digests = {sample: sha256(self.data(*sample)) for sample in self.samples}

    @staticmethod
    def data(name, member):
        return content(f"{name}/{member}", SIZE)

    def body(self, name):
        if not name.endswith(".tar"):
            return self.data(name, "")
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w") as archive:
            for j in range(MEMBERS):
                info = tarfile.TarInfo(f"m/{j:02}.bin")
                info.size = SIZE
                archive.addfile(info, io.BytesIO(self.data(name, info.name)))
        return out.getvalue()

    def upload(self, names):
        """PUTs many objects with one curl."""
        if not names:
            return
        with tempfile.TemporaryDirectory() as folder:
            config = []
            for i, name in enumerate(names):
                file = Path(folder, str(i))
                file.write_bytes(self.body(name))
                config.append(f'url = "{self.bucket.url(name)}"\nupload-file = "{file}"\noutput = "{os.devnull}"\n')
            done = subprocess.run(["curl", "-sSL", "--noproxy", "*", "-w", "%{http_code}\n", "-K", "-"],
                                  input="".join(config), capture_output=True, check=True, text=True)
        assert Counter(done.stdout.split()) == {"200": len(names)}, done.stderr

    def draw(self, count, batch, seed=1):
        """`count` samples, none twice within a batch."""
        rng = random.Random(seed)
        drawn = []
        while len(drawn) < count:
            drawn += rng.sample(self.samples, min(batch, count - len(drawn)))
        return drawn

    def all_there(self):
        """Is every object found by a plain HEAD? False while the cluster moves them."""
        names = sorted({name for name, _ in self.samples})
        urls = "".join(f'url = "{self.bucket.url(name)}"\noutput = "{os.devnull}"\n' for name in names)
        done = subprocess.run(["curl", "-sSIL", "--noproxy", "*", "-m", "120", "-w", "%{http_code}\n", "-K", "-"],
                              input=urls, capture_output=True, text=True)
        return Counter(done.stdout.split()) == {"200": len(names)}


def aisle(report, batch):
    return [AISLE, "get", "--input", "-", "--sha256", "--report", report, "--batch", str(batch)]


def sdk(report, batch):
    return [sys.executable, str(Path(__file__).with_name("sdk_get.py")), "--report", report, "--batch", str(batch)]


FETCHERS = {"aisle": aisle, "sdk": sdk}


def reason(line):
    """Why a sample did not come, without what differs from one sample to the next."""
    return re.sub(r"(batch|entry) \d+", r"\1", line.get("code", "") + " " + line["error"])[:200]


class Fetch:
    """A fetcher at work. Its input comes in bursts of a second, so that it has work for as long as wanted, and several
    batches under way at each moment."""

    def __init__(self, fetcher, known, drawn, batch, seconds, folder, more):
        self.known, self.drawn, self.batch = known, drawn, batch
        self.ordered = fetcher == "aisle"  # the SDK's threads are not in order with each other
        self.report = Path(folder, f"{fetcher}.report")
        self.words = Path(folder, f"{fetcher}.stderr")
        self.began = time.monotonic()
        command = [*FETCHERS[fetcher](self.report, batch), *more]
        with open(self.words, "wb") as words:
            self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=words, text=True)
        self.feeder = threading.Thread(target=self.feed, args=(max(seconds, 1),))
        self.feeder.start()

    def feed(self, seconds):
        lines = [json.dumps({"bucket": self.known.bucket.uri, "object": name} | ({"archpath": m} if m else {})) + "\n"
                 for name, m in self.drawn]
        each = -(-len(lines) // seconds // self.batch) * self.batch
        try:
            for number, first in enumerate(range(0, len(lines), each)):
                time.sleep(max(0.0, self.began + number - time.monotonic()))
                self.process.stdin.write("".join(lines[first:first + each]))
                self.process.stdin.flush()
            self.process.stdin.close()
        except BrokenPipeError:
            pass

    def wait(self, limit):
        """What came of it, once it is over, or after `limit` seconds, when it is killed. `rested` is the longest time
        in which it reported nothing."""
        killed = False
        peak = size = 0
        grew, rested = time.monotonic(), 0.0
        while True:
            peak = max(peak, self.most_memory())
            if self.report.exists() and self.report.stat().st_size != size:
                size, grew = self.report.stat().st_size, time.monotonic()
            rested = max(rested, time.monotonic() - grew)
            pid, status, used = os.wait4(self.process.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() - self.began > limit and not killed:
                self.process.kill()
                killed = True
            time.sleep(0.1)
        seconds = time.monotonic() - self.began
        self.process.returncode = os.waitstatus_to_exitcode(status)
        self.feeder.join()
        return {"seconds": round(seconds, 1), "rested": round(rested, 1), "cpu_seconds": round(used.ru_utime + used.ru_stime, 1),
                "peak_rss_mib": round(peak / 1024), "exit": self.process.returncode,
                "killed": killed} | self.judge()

    def most_memory(self):
        """KiB its memory ever took. Not rusage's figure, which begins with that of the process it was forked from."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int((re.findall(r"VmHWM:\s+(\d+)", status) or [0])[0])

    def judge(self):
        """Counts what each sample came to. `silent` are those nobody said anything of."""
        counts = Counter(asked=len(self.drawn))
        counts.update(dict.fromkeys(["right", "wrong", "missing", "failed", "silent", "repeated", "misordered"], 0))
        reasons = Counter()
        seen = set()
        for text in self.report.read_text().splitlines():
            try:
                line = json.loads(text)
            except ValueError:
                continue  # the last line of a killed process
            index = line["index"]
            if index in seen:
                counts["repeated"] += 1
                continue
            if self.ordered and index != len(seen):
                counts["misordered"] += 1
            seen.add(index)
            if line["status"] != "delivered":
                counts[line["status"]] += 1
                reasons[reason(line)] += 1
            elif line.get("sha256") == self.known.digests[self.drawn[index]] and line["size"] == SIZE:
                counts["right"] += 1
            else:
                first = index // self.batch * self.batch
                others = {self.known.digests[sample] for sample in self.drawn[first:first + self.batch]}
                counts["misordered" if line.get("sha256") in others else "wrong"] += 1
        counts["silent"] = len(self.drawn) - len(seen)
        return dict(counts) | {"reasons": reasons.most_common(5)}
