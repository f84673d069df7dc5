"""The time of `import aisle`: pairs of Python processes, one that imports it and one that does nothing, in turn.

The processes find bytecode, as with an installed package: the first one writes it to a separate folder, even if
PYTHONDONTWRITEBYTECODE is set.

--batch pairs are run, and as many samples printed. Other options are ignored. `import_ms` is the difference of the two
medians, `heavy_modules` how many of numpy, torch and aistore the import has loaded.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time

HEAVY = ("numpy", "torch", "aistore")
IMPORT = "import aisle"


def cpu():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def with_bytecode(folder):
    """The environment of Python processes that keep their bytecode in this folder."""
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return variables | {"PYTHONPYCACHEPREFIX": folder}


def run(program, environment):
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True, env=environment)
    return (time.perf_counter() - began) * 1e3, done.stdout


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--batch", type=int, default=10)
    pairs = parser.parse_known_args()[0].batch
    with tempfile.TemporaryDirectory() as folder:
        environment = with_bytecode(folder)
        # This first run writes the bytecode.
        heavy = int(run(f"{IMPORT}, sys; print(sum(m in sys.modules for m in {HEAVY}))", environment)[1])
        began, used = time.perf_counter(), cpu()
        times = [(run("pass", environment)[0], run(IMPORT, environment)[0]) for _ in range(pairs)]
        seconds, used = time.perf_counter() - began, cpu() - used
    without, with_it = (statistics.median(column) for column in zip(*times))
    print(json.dumps({"samples": pairs, "bytes": 0, "seconds": seconds, "cpu_seconds": used, "first_sample_ms": with_it,
                      "import_ms": with_it - without, "heavy_modules": heavy}))


if __name__ == "__main__":
    main()
