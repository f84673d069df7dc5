#!/usr/bin/env python3
"""What each archive format costs a client: Aisle against AIStore's Python SDK, on the same objects and requests.

    build/venv/bin/python bench/formats.py [--endpoint URL --bucket ais://NAME] [--batch 128] [--batches 64]

Without an endpoint it starts `aisle serve` on a folder of text-like objects for itself. Each format is asked for by both
clients, streamed and multipart; the SDK's `Batch` reads in as many threads as Aisle has requests in flight, and each of
its samples is the bytes that it gives. Runs alternate, after one of each that does not count; medians are shown. CPU is
user and system time of the whole client, by wait4(2) for the SDK (its start and imports measured by an empty run and
taken off) and by `aisle bench` for itself. The SDK (2.0) reads .tar, .tgz and .zip.
"""

import argparse
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from against_curl import ROOT, usage_of

FORMATS = [".tar", ".tgz", ".zip", ".tar.lz4", ".tar.zst"]
SDK_FORMATS = {".tar", ".tgz", ".zip"}

SDK_CLIENT = """
import json, random, sys, time
from concurrent.futures import ThreadPoolExecutor
from aistore import Client
o = json.loads(sys.argv[1])
client = Client(o["endpoint"], max_pool_size=64)
bucket = client.bucket(o["bucket"].removeprefix("ais://"))
chosen = random.Random(1)
lists = [chosen.choices(o["names"], k=o["batch"]) for _ in range(o["batches"])]
def one(names):
    batch = client.batch(names, bucket, output_format=o["format"], streaming_get=o["streaming"])
    return sum(1 for _, data in batch.get() if data)
began = time.monotonic()
with ThreadPoolExecutor(o["in_flight"]) as pool:
    samples = sum(pool.map(one, lists))
print(json.dumps({"samples": samples, "seconds": time.monotonic() - began}))
"""


def text_like(seed, size):
    """Words of a vocabulary, which gzip takes to about a third."""
    chosen = random.Random(seed)
    words = ["".join(random.Random(i).choices("etaoinshrdlu", k=2 + i % 9)) for i in range(2000)]
    out = []
    length = 0
    while length < size:
        out.append(chosen.choice(words))
        length += len(out[-1]) + 1
    return " ".join(out).encode()[:size].ljust(size)


def serve(options, folder):
    bucket = folder / "text"
    bucket.mkdir()
    for i in range(options.objects):
        (bucket / f"{i:06}.txt").write_bytes(text_like(i, options.size))
    process = subprocess.Popen([options.aisle, "serve", str(folder), "--port", "0"], stdout=subprocess.PIPE, text=True)
    for line in process.stdout:
        if line.startswith("serving at "):
            return process, line.split()[-1]
    sys.exit("aisle serve did not start")


def run_aisle(options, form, streaming):
    out, _, _ = usage_of([options.aisle, "bench", "--endpoint", options.endpoint, "--bucket", options.bucket, "--batch",
                          str(options.batch), "--batches", str(options.batches), "--in-flight", str(options.in_flight),
                          "--format", form, "--mode", "stream" if streaming else "multipart", "--json", "--quiet"])
    figures = json.loads(out)
    if figures["samples"] != options.batch * options.batches:
        sys.exit(f"aisle got {figures['samples']} samples of {options.batch * options.batches}")
    return figures["samples_per_s"], figures["cpu_us_per_sample"]


def run_sdk(options, form, streaming, batches):
    asked = {"endpoint": options.endpoint, "bucket": options.bucket, "names": options.names, "batch": options.batch,
             "batches": batches, "format": form, "streaming": streaming, "in_flight": options.in_flight}
    out, _, cpu = usage_of([sys.executable, "-c", SDK_CLIENT, json.dumps(asked)])
    figures = json.loads(out)
    if figures["samples"] != options.batch * batches:
        sys.exit(f"the SDK got {figures['samples']} samples of {options.batch * batches}")
    return figures, cpu


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--endpoint", default=os.environ.get("AIS_ENDPOINT"))
    parser.add_argument("--bucket", default="ais://text")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--batches", type=int, default=64)
    parser.add_argument("--in-flight", type=int, default=8)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--objects", type=int, default=2000, help="of a server of its own")
    parser.add_argument("--size", type=int, default=10_240, help="bytes of each object of a server of its own")
    parser.add_argument("--aisle", default=str(ROOT / "build/release/bin/aisle"))
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        server = None
        if not options.endpoint:
            server, options.endpoint = serve(options, Path(folder))
        try:
            from aistore import Client
            bucket = Client(options.endpoint).bucket(options.bucket.removeprefix("ais://"))
            options.names = [entry.name for entry in bucket.list_all_objects()]
            print(f"{options.batches} batches of {options.batch} from {options.bucket}, {options.in_flight} in flight, "
                  f"medians of {options.runs} runs\n\n{'':20}{'aisle':>24}{'SDK':>24}{'aisle / SDK':>20}\n"
                  f"{'format':10}{'mode':10}" + f"{'samples/s':>14}{'CPU us':>10}" * 2 + f"{'samples/s':>11}{'CPU':>9}")
            for form in FORMATS:
                for streaming in (True, False):
                    show(options, form, streaming)
        finally:
            if server:
                server.send_signal(signal.SIGINT)
                server.wait(timeout=20)


def show(options, form, streaming):
    ours, theirs = [], []
    empty = 0.0
    if form in SDK_FORMATS:
        empty = statistics.median(run_sdk(options, form, streaming, 0)[1] for _ in range(3))
    for i in range(options.runs + 1):
        mine = run_aisle(options, form, streaming)
        sdk = None
        if form in SDK_FORMATS:
            figures, cpu = run_sdk(options, form, streaming, options.batches)
            sdk = figures["samples"] / figures["seconds"], (cpu - empty) * 1e6 / figures["samples"]
        if i:
            ours.append(mine)
            theirs.append(sdk)
    rate, cpu = (statistics.median(column) for column in zip(*ours))
    line = f"{form:10}{'stream' if streaming else 'multipart':10}{rate:14,.0f}{cpu:10.1f}"
    if form in SDK_FORMATS:
        sdk_rate, sdk_cpu = (statistics.median(column) for column in zip(*theirs))
        line += f"{sdk_rate:14,.0f}{sdk_cpu:10.1f}{rate / sdk_rate:11.1f}{cpu / sdk_cpu:9.3f}"
    print(line, flush=True)


if __name__ == "__main__":
    main()
