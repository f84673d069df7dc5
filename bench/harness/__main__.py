"""scripts/bench: measures in interleaved rounds and writes the report."""

import argparse
import json
import os
import sys
import time
from pathlib import Path

from . import clients, counts, machine, parts, readme
from .case import Results
from .machine import ROOT
from .plots import LABELS
from .report import Report
from .rounds import measure
from .servers import Servers, endpoint_of_environment

NAMES = [part.name for part in parts.PARTS] + ["counts"]


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__ + " See bench/README.md.")
    parser.add_argument("--rounds", type=int, help="rounds of each part (5; with --quick 2)")
    parser.add_argument("--only", action="append", choices=NAMES, metavar="PART",
                        help="measure this part, and report it with earlier results; may be repeated: "
                             + ", ".join(NAMES))
    parser.add_argument("--clients", help="only these, separated by commas: " + ", ".join(LABELS))
    parser.add_argument("--quick", action="store_true",
                        help="a few short runs as a check; writes to build/bench-quick")
    parser.add_argument("--report", action="store_true",
                        help="measure nothing, write the report from existing results")
    parser.add_argument("--out", type=Path, help="folder for results, plots and REPORT.md (bench)")
    parser.add_argument("--bin", type=Path, default=os.environ.get("AISLE_BENCH_BIN") or ROOT / "build/bench/bin",
                        help="folder of aisle and the bench programs (build/bench/bin)")
    options = parser.parse_args()
    options.out = options.out or (ROOT / "build/bench-quick" if options.quick else ROOT / "bench")
    options.rounds = options.rounds or (2 if options.quick else 5)
    options.clients = options.clients.split(",") if options.clients else list(LABELS)
    if unknown := set(options.clients) - set(LABELS):
        parser.error(f"unknown client {', '.join(sorted(unknown))}")
    return options


def saved(folder):
    order = {name: i for i, name in enumerate(NAMES)}
    found = {path.stem: json.loads(path.read_text()) for path in folder.glob("*.json") if path.stem in order}
    return dict(sorted(found.items(), key=lambda item: order[item[0]]))


def save(folder, name, part):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(part, indent=1, ensure_ascii=False) + "\n")


def run_parts(options, setting, left_out):
    results = options.out / "results"
    about = {"machine": machine.describe(), "quick": options.quick, "left_out": left_out}
    for part in parts.PARTS:
        if options.only and part.name not in options.only:
            continue
        began = time.monotonic()
        sys.stderr.write(f"{part.name}\n")
        seconds = part.seconds / 10 if options.quick else part.seconds
        cells = part.cells(setting)
        measure(cells, options.rounds, seconds)
        save(results, part.name, about | {"part": part.name, "rounds": options.rounds, "seconds": seconds,
                                          "cells": [cell.to_json() for cell in cells if cell.runs]})
        sys.stderr.write(f"  {time.monotonic() - began:.0f} s\n")
    if not options.only or "counts" in options.only:
        sys.stderr.write("counts\n")
        save(results, "counts", about | {"part": "counts", "rows": counts.counts(setting, options.bin)})


def main():
    options = arguments()
    if not options.report:
        if "go" in options.clients:
            clients.build_go(options.bin)
        known, left_out = clients.all_clients(options.bin)
        known = {name: client for name, client in known.items() if name in options.clients}
        with Servers(options.bin, endpoint_of_environment(), 1_000 if options.quick else 10_000) as servers:
            run_parts(options, parts.Setting(known, servers, options.quick), left_out)
    results = Results(saved(options.out / "results"))
    Report(results, options.out).write()
    if options.out == ROOT / "bench":
        readme.refresh(results, ROOT / "README.md")
    print(options.out / "REPORT.md")


if __name__ == "__main__":
    main()
