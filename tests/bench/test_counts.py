"""What a sample costs in the steady state, counted and not timed: 128 x 10 KiB from the replay, blocks pushed and pulled.

Bounds, a quarter above what was counted last; bench/REPORT.md has the goals, which are lower.
"""

import os
import shutil
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench"))

from harness import clients, counts  # noqa: E402
from harness.case import KIB, Case  # noqa: E402
from harness.servers import Servers  # noqa: E402

BIN = Path(os.environ.get("AISLE_BENCH_BIN", ROOT / "build/dev/bin"))


@pytest.fixture(scope="module")
def rows():
    known, _ = clients.all_clients(BIN)
    case = Case(size=10 * KIB, batch=128)
    with Servers(BIN, None, 1_000) as servers:
        place = servers.replay(case)
        return {name: counts.count(known[name], case, place, BIN) for name in ("aisle", "aisle_pull")}


@pytest.mark.parametrize("client", ["aisle", "aisle_pull"])
def test_allocations_a_sample(rows, client):
    assert rows[client]["mallocs"] < 1.0


@pytest.mark.skipif(not (shutil.which("valgrind") and shutil.which("objdump")), reason="needs valgrind and objdump")
def test_locked_instructions_and_instructions_a_sample(rows):
    assert rows["aisle"]["locked"] < 6.5
    assert rows["aisle"]["instructions"] < 7_500


@pytest.mark.skipif(not shutil.which("strace"), reason="needs strace")
def test_a_pushed_batch_makes_no_futex_call(rows):
    assert rows["aisle"]["futexes_a_batch"] < 0.1
