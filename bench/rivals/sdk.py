"""AIStore's Python SDK: `Batch` in one or many threads, or one object at a time.

Takes the options of bench/programs/job.hpp and prints the same line of JSON. --mode is batch, one (one batch at a time,
measured at the consumer) or get (one GET per object, one after another). CPU counts from the first request: starting
Python and importing the SDK are excluded.
"""

import argparse
import json
import resource
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from aistore import Client


def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main():
    parser = argparse.ArgumentParser()
    for name in ("endpoint", "bucket", "names", "format", "mode"):
        parser.add_argument("--" + name)
    for name in ("batch", "batches", "in-flight", "lowat", "object-bytes"):
        parser.add_argument("--" + name, type=int, default=1)
    o = parser.parse_args()
    names = Path(o.names).read_text().split()
    client = Client(o.endpoint, max_pool_size=64)
    bucket = client.bucket(o.bucket)
    first_at, first, whole = [], [], []

    def asked_for(index):
        return [names[(index * o.batch + i) % len(names)] for i in range(o.batch)]

    def one_batch(index):
        began = time.perf_counter()
        samples = size = 0
        for _, data in client.batch(asked_for(index), bucket, output_format=o.format, streaming_get=True).get():
            if not samples:
                first_at.append(time.perf_counter())
                first.append((first_at[-1] - began) * 1e3)
            samples += 1
            size += len(data)
            if samples == o.batch:
                whole.append((time.perf_counter() - began) * 1e3)
        return samples, size

    def one_object(name):
        size = len(bucket.object(name).get_reader().read_all())
        if not first_at:
            first_at.append(time.perf_counter())
        return 1, size

    used, began = cpu(), time.perf_counter()
    if o.mode == "get":
        got = [one_object(name) for index in range(o.batches) for name in asked_for(index)]
    elif o.in_flight == 1:
        got = [one_batch(index) for index in range(o.batches)]
    else:
        with ThreadPoolExecutor(o.in_flight) as pool:
            got = list(pool.map(one_batch, range(o.batches)))
    seconds = time.perf_counter() - began
    used = cpu() - used
    figures = {"samples": sum(n for n, _ in got), "bytes": sum(b for _, b in got), "seconds": seconds,
               "cpu_seconds": used, "first_sample_ms": (min(first_at) - began) * 1e3}
    if first and whole:
        figures |= {"first_ms": statistics.median(first), "whole_ms": statistics.median(whole)}
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
