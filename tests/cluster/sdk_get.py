"""The Python SDK's Batch class, called as `aisle get --input - --report FILE --sha256` is: entries are read as JSON
lines from standard input, and a line is written for every entry the SDK says anything of, as soon as its batch is over.

What the SDK neither delivers nor complains of has no line. An exception counts for all entries of its batch that have
not come: `status` "failed". A sample with an error message of the server is "missing".
"""

import argparse
import hashlib
import itertools
import json
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

from aistore.sdk import Client


def fetch(client, first, entries):
    """One batch. Returns the report's lines."""
    lines = {}
    order = []
    at = {(e["object"], e.get("archpath", "")): i for i, e in enumerate(entries)}
    name = entries[0]["bucket"].removeprefix("ais://")
    try:
        batch = client.batch(bucket=client.bucket(name))
        for e in entries:
            batch.add(e["object"], archpath=e.get("archpath"))
        for info, data in batch.get():
            i = at[info.obj_name, info.archpath or ""]
            if info.err_msg:
                line = {"status": "missing", "size": 0, "error": info.err_msg}
            else:
                line = {"status": "delivered", "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            order.append({"index": first + i} | line)
            lines[i] = True
    except Exception as e:  # Whatever it is: the caller was told.
        why = f"{type(e).__name__}: {e}"[:300]
        order += [{"index": first + i, "status": "failed", "size": 0, "error": why}
                  for i in range(len(entries)) if i not in lines]
    return order


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--report", required=True)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--threads", type=int, default=8)
    options = parser.parse_args()
    client = Client(os.environ["AIS_ENDPOINT"])
    writing = threading.Lock()
    with open(options.report, "w", buffering=1) as report, ThreadPoolExecutor(options.threads) as pool:

        def work(first, lines):
            for line in fetch(client, first, [json.loads(x) for x in lines]):
                with writing:
                    report.write(json.dumps(line) + "\n")

        running = []
        first = 0
        while lines := list(itertools.islice(sys.stdin, options.batch)):
            running.append(pool.submit(work, first, lines))
            first += len(lines)
        for each in running:
            each.result()


if __name__ == "__main__":
    main()
