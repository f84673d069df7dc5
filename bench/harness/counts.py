"""What a sample costs in calls and instructions: each figure is the difference of a long and a short run of
`bench_aisle`, so that starting and ending count for nothing.

- allocations: libbench_count_mallocs.so, preloaded
- futex calls: strace -f -c
- instructions with a lock prefix, and instructions by the source file they were written in: valgrind's callgrind with
  addresses and lines, and objdump for the prefixes. What is contended it cannot tell; what is locked it can.
"""

import collections
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from .case import KIB, Case
from .clients import Failed, run_command
from .machine import ROOT
from .parts import BATCH_OF

SHORT, LONG = 20, 100  # batches

MODULES = (
    ("sockets and Asio", ("/boost/", "/asio/", "/http/src/connection", "/http/src/read_pacing")),
    ("HTTP: heads, chunk lines", ("/http/",)),
    ("slabs", ("/base/",)),
    ("archive", ("/codec/",)),
    ("samples: names, sizes, checks", ("/engine/src/answer/",)),
    ("blocks, delivery", ("/engine/src/block/", "/engine/src/stream/", "/engine/include/aisle/sample")),
    ("requests and decisions", ("/engine/",)),
    ("the program", ("/bench/",)),
)
NAMED_TOGETHER = {"ob": "object", "cob": "object", "fn": "function", "cfn": "function"}  # the others: files
ALLOCATION = re.compile("malloc|free|calloc|realloc|operator new|operator delete|_int_|memalign|arena|tcache|"
                        "unlink_chunk")
COPYING = re.compile(r"mem(cpy|move|set|cmp|chr)|str(len|cmp)")


def module_of(file, home, function):
    """The module of an instruction written in `file` and compiled into `function`, which is written in `home`."""
    if ALLOCATION.search(function) and not file.startswith(str(ROOT)):
        return "allocation"
    if COPYING.search(function):
        return "copying and comparing"
    for path in (file.removeprefix(str(ROOT)), home.removeprefix(str(ROOT))):
        for name, places in MODULES:
            if any(place in path for place in places):
                return name
    return "C and C++ libraries"


def locked_addresses(program):
    """Addresses of instructions with a lock prefix, and of xchg with memory, which is always locked."""
    out = subprocess.run(["objdump", "-d", "--no-show-raw-insn", program], capture_output=True, text=True).stdout
    found = re.findall(r"^\s*([0-9a-f]+):\s+(?:lock\s|xchg\s.*\()", out, re.M)
    return {int(address, 16) for address in found}


class Profile:
    """A callgrind file: instructions by module, and locked ones."""

    def __init__(self, path, locked_in=locked_addresses):
        self.instructions = 0
        self.locked = 0
        self.modules = collections.Counter()
        self.locked_in = locked_in
        self.tables = {}
        names = collections.defaultdict(dict)
        thing, file, home, function = "", "", "", ""
        address, skip = 0, False
        for line in Path(path).open():
            line = line.rstrip()
            if match := re.match(r"(ob|fl|fi|fe|fn|cob|cfi|cfl|cfn)=(?:\((\d+)\))?\s?(.*)", line):
                kind, number, text = match.groups()
                table = names[NAMED_TOGETHER.get(kind, "file")]
                if number and text:
                    table[number] = text
                text = table.get(number, text) if number else text
                if kind == "ob":
                    thing = text
                elif kind in ("fl", "fi", "fe"):
                    file = text
                    home = text if kind == "fl" else home
                elif kind == "fn":
                    function = text
            elif line.startswith("calls="):
                skip = True
            elif line and line[0] in "0+-*":
                address_text, _, *cost = line.split()
                if address_text == "*":
                    pass
                elif address_text[0] in "+-":
                    address += int(address_text, 0) if "x" not in address_text else int(address_text, 16)
                else:
                    address = int(address_text, 16)
                if skip:
                    skip = False
                elif cost:
                    self.add(thing, file, home, function, address, int(cost[0]))

    def add(self, thing, file, home, function, address, cost):
        self.instructions += cost
        self.modules[module_of(file, home, function)] += cost
        if thing not in self.tables:
            self.tables[thing] = self.locked_in(thing) if Path(thing).is_file() else set()
        if address in self.tables[thing]:
            self.locked += cost


def command_for(client, case, place, batches, prefix=()):
    return [*map(str, prefix), *client.arguments(case, place, batches)]


def difference(measure):
    """What LONG batches cost more than SHORT ones."""
    return measure(LONG) - measure(SHORT)


def mallocs(client, case, place, library, folder):
    def measure(batches):
        counted = folder / "mallocs"
        run_command(command_for(client, case, place, batches),
                    os.environ | {"LD_PRELOAD": str(library), "BENCH_MALLOCS": str(counted)})
        return int(counted.read_text())
    return difference(measure)


def futexes(client, case, place, folder):
    def measure(batches):
        table = folder / "strace"
        run_command(command_for(client, case, place, batches,
                                ["strace", "-f", "-c", "-e", "trace=futex", "-o", table]))
        # % time, seconds, usecs/call, calls, perhaps errors, syscall
        rows = [line.split() for line in table.read_text().splitlines()]
        return sum(int(row[3]) for row in rows if row and row[-1] == "futex")
    return difference(measure)


def profiles(client, case, place, folder):
    def profile(batches):
        out = folder / f"callgrind.{batches}"
        run_command(command_for(client, case, place, batches,
                                ["valgrind", "-q", "--tool=callgrind", "--dump-instr=yes", "--dump-line=yes",
                                 f"--callgrind-out-file={out}"]))
        return Profile(out)
    short, long = profile(SHORT), profile(LONG)
    modules = {name: max(0, n - short.modules[name]) for name, n in long.modules.items()}
    return long.instructions - short.instructions, long.locked - short.locked, modules


def count(client, case, place, bin_folder):
    """A row: figures per sample, and futex calls per batch; None if the tool is missing or not permitted."""
    samples = (LONG - SHORT) * case.batch
    row = {"client": client.name, "size": case.size, "batch": case.batch, "in_flight": case.in_flight}
    with tempfile.TemporaryDirectory(prefix="aisle-bench-") as name:
        folder = Path(name)
        library = Path(bin_folder).resolve() / "libbench_count_mallocs.so"
        if library.exists():
            row["mallocs"] = mallocs(client, case, place, library, folder) / samples
        try:
            if shutil.which("strace"):
                row["futexes_a_batch"] = futexes(client, case, place, folder) / (LONG - SHORT)
        except Failed as e:
            row["futexes_why_not"] = str(e)
        try:
            if shutil.which("valgrind") and shutil.which("objdump"):
                instructions, locked, modules = profiles(client, case, place, folder)
                row |= {"instructions": instructions / samples, "locked": locked / samples,
                        "modules": {module: n / samples for module, n in modules.items()}}
        except Failed as e:
            row["profile_why_not"] = str(e)
    return row


def counts(setting, bin_folder):
    """Rows for the steady state (128 x 10 KiB, pushed and pulled), and pushed for the other sizes."""
    rows = []
    sizes = [10 * KIB] if setting.quick else [KIB, 10 * KIB, 100 * KIB, 1024 * KIB]
    for size in sizes:
        case = Case(size=size, batch=BATCH_OF[size])
        for name in ("aisle", "aisle_pull") if size == 10 * KIB else ("aisle",):
            rows.append(count(setting.clients[name], case, setting.servers.replay(case), bin_folder))
    return rows
