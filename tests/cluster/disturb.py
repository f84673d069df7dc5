#!/usr/bin/env python3
"""Fetches known samples from a real AIStore while its nodes are killed, paused and cut off, and says what came of them.

AIS_ENDPOINT names the cluster's proxy, AIS_CONTROL a command that does things to its nodes (see disturbances.py).
A bucket is made for it and removed. The fetchers are the aisle command (AISLE_BIN) and the Python SDK (`pip install
aistore`, eight threads). Batches are the same for both. Ends with 0 if every sample Aisle fetched came once, in order
and right.
"""

import argparse
import json
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

from disturbances import CONTROL, DISTURBANCES, PREPARED, Cluster
from fetchers import FETCHERS, Fetch, Known

from conftest import ENDPOINT

COLUMNS = ["right", "wrong", "silent", "missing", "failed", "repeated", "misordered", "seconds", "rested",
           "after_election", "peak_rss_mib", "cpu_seconds"]


def calm(cluster, known):
    """Waits until the cluster is whole and well, and has every object."""
    cluster.restore()
    wait_for_objects(known)
    cluster.leave()
    cluster.heal()
    wait_for_objects(known)


def wait_for_objects(known, seconds=300):
    until = time.monotonic() + seconds
    while not known.all_there():
        if time.monotonic() > until:
            raise TimeoutError(f"objects are still not found {seconds} s after the cluster was whole")
        time.sleep(2)


def disturbed(cluster, known, fetcher, disturbance, options, folder):
    """One run: what came of the samples."""
    calm(cluster, known)
    before = len(cluster.log)
    if disturbance in PREPARED:
        PREPARED[disturbance](cluster)
    drawn = known.draw(options.samples, options.batch)
    more = options.get.split() if fetcher == "aisle" else []
    if disturbance == "pause-proxy" and fetcher == "aisle":
        more += ["--endpoint", f"http://{cluster.primary()}"]
    fetch = Fetch(fetcher, known, drawn, options.batch, options.seconds, folder, more)
    # A little behind a burst, when batches are under way.
    with ThreadPoolExecutor(1) as other:
        done = other.submit(lambda: (time.sleep(options.begin + 0.1), DISTURBANCES[disturbance](cluster)))
        result = {"fetcher": fetcher, "disturbance": disturbance} | fetch.wait(options.limit)
        done.result()
    done = [(round(at - fetch.began, 1), what, node) for at, what, node in cluster.log[before:]]
    elected = [at for at, what, _ in done if what == "elected"]
    after = round(result["seconds"] - elected[0], 1) if elected else None
    return result | {"done": done, "after_election": after}


def all_right(result):
    """Exit code 1 is no fault here: `aisle get` tells so of an answer that was cut behind its last sample."""
    return result["right"] == result["asked"] and result["exit"] in (0, 1) and not result["repeated"]


def parse(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fetch", nargs="+", choices=FETCHERS, default=["aisle"])
    parser.add_argument("--disturb", nargs="+", choices=DISTURBANCES, default=["all"])
    parser.add_argument("--samples", type=int, default=100_000)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--objects", type=int, default=5_000, help="of 10 KiB, in the bucket")
    parser.add_argument("--shards", type=int, default=50, help="tar shards of 40 members of 10 KiB")
    parser.add_argument("--seconds", type=int, default=60, help="over which the fetcher is given its input")
    parser.add_argument("--begin", type=float, default=5, help="seconds until the disturbance begins")
    parser.add_argument("--limit", type=float, default=900, help="seconds after which a fetcher is killed")
    parser.add_argument("--get", default="", metavar="OPTIONS", help="more options of `aisle get`, such as "
                        "'--mode multipart'")
    parser.add_argument("--json", help="a file that gets a line for each run")
    return parser.parse_args(arguments)


def main():
    options = parse()
    if not ENDPOINT or not CONTROL:
        sys.exit("AIS_ENDPOINT and AIS_CONTROL must be set; see --help")
    cluster = Cluster()
    known = Known(options.objects, options.shards)
    results = []
    try:
        for disturbance in options.disturb:
            for fetcher in options.fetch:
                with tempfile.TemporaryDirectory() as folder:
                    result = disturbed(cluster, known, fetcher, disturbance, options, folder)
                results.append(result)
                shown = [f"{c} {result[c]}" for c in COLUMNS if result[c] is not None]
                print(f"{disturbance:13}{fetcher:6} " + "  ".join(shown), flush=True)
                for why, count in result["reasons"]:
                    print(f"    {count:6} x {why}")
                if options.json:
                    with open(options.json, "a") as file:
                        file.write(json.dumps(result) + "\n")
    finally:
        calm(cluster, known)
        known.bucket.destroy()
    sys.exit(not all(all_right(r) for r in results if r["fetcher"] == "aisle"))


if __name__ == "__main__":
    main()
