"""A PyTorch DataLoader over Aisle's data set, and over that of AIStore's SDK.

Takes the options of bench/programs/job.hpp and prints the same line of JSON. --mode is aisle: GetBatchDataset, read by
the process itself; or sdk: AISBatchIterDataset over the whole bucket, read by --in-flight workers. Requests, and the
batches of the loader, have --batch samples.

The clock starts when the loader's first batch has arrived, which does not count: forking the SDK's workers and their
listing of the bucket are excluded. CPU is that of the process and its workers.
"""

import argparse
import itertools
import json
import multiprocessing
import os
import time
from pathlib import Path

from torch.utils.data import DataLoader

TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def options():
    parser = argparse.ArgumentParser()
    for name in ("endpoint", "bucket", "names", "format", "mode"):
        parser.add_argument("--" + name)
    for name in ("batch", "batches", "in-flight", "object-bytes"):
        parser.add_argument("--" + name, type=int, default=1)
    return parser.parse_args()


def aisle_loader(o):
    import aisle
    from aisle.torch import GetBatchDataset

    names = Path(o.names).read_text().split()
    asked = list(itertools.islice(itertools.cycle(names), o.batch * (o.batches + 1)))
    dataset = GetBatchDataset(asked, aisle.Client(o.endpoint), bucket=f"ais://{o.bucket}", batch_size=o.batch,
                              output_format=o.format)
    return DataLoader(dataset, batch_size=o.batch)


def sdk_loader(o):
    from aistore import Client
    from aistore.pytorch.batch_iter_dataset import AISBatchIterDataset

    client = Client(o.endpoint)
    dataset = AISBatchIterDataset(client.bucket(o.bucket), client, max_batch_size=o.batch, output_format=o.format)
    return DataLoader(dataset, batch_size=o.batch, num_workers=o.in_flight, persistent_workers=True)


def epochs(loader):
    while True:
        yield from loader


def cpu_seconds():
    """Of this process and its workers, which must be alive."""
    used = time.process_time()
    for worker in multiprocessing.active_children():
        fields = Path(f"/proc/{worker.pid}/stat").read_text().rpartition(")")[2].split()
        used += (int(fields[11]) + int(fields[12])) / TICKS_PER_S
    return used


def main():
    o = options()
    started = time.perf_counter()
    batches = epochs(aisle_loader(o) if o.mode == "aisle" else sdk_loader(o))
    next(batches)
    began, used = time.perf_counter(), cpu_seconds()
    samples = size = 0
    while samples < o.batch * o.batches:
        names, data = next(batches)
        left = o.batch * o.batches - samples  # the last batch of an epoch is shorter
        samples += len(names[:left])
        size += sum(map(len, data[:left]))
    print(json.dumps({"samples": samples, "bytes": size, "seconds": time.perf_counter() - began,
                      "cpu_seconds": cpu_seconds() - used, "first_sample_ms": (began - started) * 1e3}))


if __name__ == "__main__":
    main()
