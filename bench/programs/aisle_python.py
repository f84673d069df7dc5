"""Aisle's Python package: a stream in blocks, sample by sample or as (name, bytes), and the SDK's code on Aisle.

Takes the options of bench/programs/job.hpp and prints the same line of JSON. --mode is blocks, samples, pairs, or
drop_in: the code of bench/rivals/sdk.py with aisle.aistore.patch(), one batch at a time. CPU counts from the first
request.
"""

import argparse
import json
import resource
import time
from pathlib import Path


def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def options():
    parser = argparse.ArgumentParser()
    for name in ("endpoint", "bucket", "names", "format", "mode"):
        parser.add_argument("--" + name)
    for name in ("batch", "batches", "in-flight", "lowat", "object-bytes", "shards"):
        parser.add_argument("--" + name, type=int, default=1)
    return parser.parse_args()


class Count:
    def __init__(self):
        self.samples = self.bytes = 0
        self.began, self.cpu = time.perf_counter(), cpu()
        self.first = None

    def saw(self, samples, size):
        if self.first is None:
            self.first = time.perf_counter() - self.began
        self.samples += samples
        self.bytes += size

    def print(self):
        seconds, used = time.perf_counter() - self.began, cpu() - self.cpu
        print(json.dumps({"samples": self.samples, "bytes": self.bytes, "seconds": seconds, "cpu_seconds": used,
                          "first_sample_ms": self.first * 1e3}))


def stream(o, batches):
    import aisle

    client = aisle.Client(o.endpoint)
    count = Count()
    samples = client.stream(batches, bucket=f"ais://{o.bucket}", in_flight=o.in_flight or "auto",
                            output_format=o.format)
    if o.mode == "blocks":
        for block in samples.blocks():
            count.saw(len(block), sum(map(len, block)))
    elif o.mode == "samples":
        for sample in samples:
            count.saw(1, len(sample))
    else:
        for name, data in ((s.name, bytes(s)) for s in samples):
            assert name
            count.saw(1, len(data))
    count.print()


def drop_in(o, batches):
    import aisle.aistore
    from aistore import Client

    aisle.aistore.patch()
    client = Client(o.endpoint)
    bucket = client.bucket(o.bucket)
    count = Count()
    for names in batches:
        for _, data in client.batch(names, bucket, output_format=o.format, streaming_get=True).get():
            count.saw(1, len(data))
    count.print()


def main():
    o = options()
    names = Path(o.names).read_text().split()
    batches = ([names[(index * o.batch + i) % len(names)] for i in range(o.batch)] for index in range(o.batches))
    (drop_in if o.mode == "drop_in" else stream)(o, batches)


if __name__ == "__main__":
    main()
