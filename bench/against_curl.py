#!/usr/bin/env python3
"""Aisle against curl on the same Get-Batch requests: samples/s, and client CPU a sample.

    bench/against_curl.py [--endpoint URL] [--bucket ais://NAME] [--batch 128] [--batches 256] [--in-flight 32]

Without an endpoint it starts `aisle serve --synthetic 20000x10K` for itself. curl asks for the same number of batches of
the same size, from the same bucket, chosen at random as `aisle bench` does, 32 at once (`curl -Z --parallel-max 32`),
each answer thrown away unread (`-o /dev/null`): it looks at no archive, no name and no size. It follows the proxy's
redirect with method and body kept. Runs alternate, after one of each that does not count; medians are shown.

Only public tools: aisle, curl, and this script's accounting of curl by wait4(2), its start (some 10 ms) included; aisle
bench accounts for itself from the first request to the last byte, the listing of the bucket left out.
"""

import argparse
import json
import os
import random
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def usage_of(command):
    """Runs a command; its output, wall seconds, and CPU seconds by its own account."""
    with tempfile.TemporaryFile() as out:
        began = time.monotonic()
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.PIPE)
        errors = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        process.stderr.close()
        if process.returncode != 0:
            sys.exit(f"{command[0]} failed ({process.returncode}): {errors.decode()[-2000:]}")
        out.seek(0)
        return out.read().decode(), seconds, usage.ru_utime + usage.ru_stime


def list_names(endpoint, bucket):
    """Object names, by AIStore's list API."""
    names, token, uuid = [], "", ""
    while True:
        value = {"uuid": uuid, "prefix": "", "props": "name,size", "pagesize": 10_000, "continuation_token": token}
        request = urllib.request.Request(f"{endpoint}/v1/buckets/{bucket}?provider=ais", method="GET",
                                         data=json.dumps({"action": "list", "value": value}).encode(),
                                         headers={"Content-Type": "application/json"})
        page = json.load(urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request))
        names += [e["name"] for e in page["entries"] or []]
        token, uuid = page.get("continuation_token", ""), page.get("uuid", "")
        if not token:
            return names


class Curl:
    """One configuration with a transfer for each batch, so that curl runs them in parallel over kept connections."""

    def __init__(self, options, names, folder):
        self.options = options
        bucket = options.bucket.removeprefix("ais://")
        chosen = random.Random(1)
        blocks = []
        for i in range(options.batches):
            body = folder / f"{i}.json"
            entries = [{"objname": name} for name in chosen.choices(names, k=options.batch)]
            body.write_text(json.dumps({"mime": ".tar", "in": entries, "coer": True, "onob": False, "strm": True}))
            # -X GET with -L keeps method and body over a 307; -o must be told for each url.
            blocks.append(f'url = "{options.endpoint}/v1/ml/moss/{bucket}?provider=ais"\n'
                          f'request = "GET"\ndata-binary = "@{body}"\nheader = "Content-Type: application/json"\n'
                          'header = "Expect:"\nlocation\noutput = "/dev/null"\nnoproxy = "*"\nfail\n'
                          'write-out = "%{http_code} %{size_download}\\n"\n')
        self.config = folder / "curl.config"
        self.config.write_text("next\n".join(blocks))

    def run(self):
        out, seconds, cpu = usage_of(["curl", "-sS", "-Z", "--parallel-max", str(self.options.curl_parallel),
                                      "-K", str(self.config)])
        answers = re.findall(r"^(\d+) (\d+)$", out, re.M)
        if len(answers) != self.options.batches or {status for status, _ in answers} != {"200"}:
            sys.exit(f"curl got {len(answers)} answers: {sorted({s for s, _ in answers})}")
        samples = self.options.batches * self.options.batch
        # Whoever does not read the archive must at least have downloaded it.
        if sum(int(n) for _, n in answers) < samples * 512:
            sys.exit("curl's answers are too small to hold the samples: was the body lost in the redirect?")
        return samples / seconds, cpu * 1e6 / samples, seconds


class Aisle:
    def __init__(self, options):
        self.samples = options.batches * options.batch
        self.command = [options.aisle, "bench", "--endpoint", options.endpoint, "--bucket", options.bucket, "--batch",
                        str(options.batch), "--batches", str(options.batches), "--in-flight", options.in_flight,
                        "--json", "--quiet"]

    def run(self):
        figures = json.loads(usage_of(self.command)[0])
        if figures["samples"] != self.samples:
            sys.exit(f"aisle got {figures['samples']} samples of {self.samples}")
        return figures["samples_per_s"], figures["cpu_us_per_sample"], figures["seconds"]


def serve(aisle, options):
    process = subprocess.Popen([aisle, "serve", "--port", "0", "--synthetic", options.synthetic, "--tail",
                                str(options.tail), "--threads", str(options.serve_threads)],
                               stdout=subprocess.PIPE, text=True)
    for line in process.stdout:
        if line.startswith("serving at "):
            return process, line.split()[-1]
    sys.exit("aisle serve did not start")


def show(options, aisle, curl):
    def row(name, results):
        rate, cpu, seconds = (statistics.median(column) for column in zip(*results))
        rates, cpus = [r[0] for r in results], [r[1] for r in results]
        print(f"{name:22} {rate:12,.0f}  ({min(rates):,.0f}-{max(rates):,.0f})".ljust(56)
              + f"{cpu:8.2f}  ({min(cpus):.2f}-{max(cpus):.2f})".ljust(26) + f"{seconds:6.2f}")
        return rate, cpu

    print(f"{options.batches} batches of {options.batch} from {options.bucket} at {options.endpoint}, "
          f"medians of {options.runs} runs (min-max)\n")
    print(f"{'':22} {'samples/s':>12}".ljust(56) + "CPU us a sample".ljust(26) + "   s")
    ours = row(f"aisle, {options.in_flight} in flight", aisle)
    theirs = row(f"curl -Z, {options.curl_parallel} at once", curl)
    print(f"\naisle / curl: samples/s {ours[0] / theirs[0]:.2f}, CPU a sample {ours[1] / theirs[1]:.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--endpoint", default=os.environ.get("AIS_ENDPOINT"))
    parser.add_argument("--bucket", default="ais://synthetic")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--batches", type=int, default=256)
    parser.add_argument("--in-flight", default="32")
    parser.add_argument("--curl-parallel", type=int, default=32)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--aisle", default=str(ROOT / "build/release/bin/aisle"))
    parser.add_argument("--synthetic", default="20000x10K", help="what a server of its own serves")
    parser.add_argument("--tail", type=int, default=0, help="ms that a server of its own holds back each batch's end")
    parser.add_argument("--serve-threads", type=int, default=1)
    options = parser.parse_args()

    server = None
    if not options.endpoint:
        server, options.endpoint = serve(options.aisle, options)
    try:
        names = list_names(options.endpoint, options.bucket.removeprefix("ais://"))
        with tempfile.TemporaryDirectory() as folder:
            aisle, curl = Aisle(options), Curl(options, names, Path(folder))
            aisle.run(), curl.run()
            results = [(aisle.run(), curl.run()) for _ in range(options.runs)]
        show(options, *zip(*results))
    finally:
        if server:
            server.send_signal(signal.SIGINT)
            server.wait(timeout=20)


if __name__ == "__main__":
    main()
