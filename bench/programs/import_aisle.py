"""How long `import aisle` takes: pairs of Python processes that import it and that do nothing, in turn.

--batch pairs are run, and as many samples printed. Other options are taken and not used. `import_ms` is the difference
of the two medians, `heavy_modules` how many of numpy, torch and aistore the import has brought along.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time

HEAVY = ("numpy", "torch", "aistore")
IMPORT = "import aisle"


def cpu():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run(program):
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    return (time.perf_counter() - began) * 1e3, done.stdout


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--batch", type=int, default=10)
    pairs = parser.parse_known_args()[0].batch
    heavy = int(run(f"{IMPORT}, sys; print(sum(m in sys.modules for m in {HEAVY}))")[1])  # warms up, too
    began, used = time.perf_counter(), cpu()
    times = [(run("pass")[0], run(IMPORT)[0]) for _ in range(pairs)]
    without, with_it = (statistics.median(column) for column in zip(*times))
    print(json.dumps({"samples": pairs, "bytes": 0, "seconds": time.perf_counter() - began,
                      "cpu_seconds": cpu() - used, "first_sample_ms": with_it,
                      "import_ms": with_it - without, "heavy_modules": heavy}))


if __name__ == "__main__":
    main()
