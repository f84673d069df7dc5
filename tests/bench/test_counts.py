"""What a sample costs in the steady state, counted and not timed: 128 x 10 KiB from the replay, blocks pushed and pulled.

Bounds: a quarter above what was counted last, or twice as much where it varies with the machine's other work.
bench/REPORT.md has the goals.
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


@pytest.fixture(scope="module")
def futexes(tmp_path_factory):
    """A function that counts a client's futex calls a batch, up to ten times, until they are below a bound; returns all
    counts. Other work on the machine adds some."""
    known, _ = clients.all_clients(BIN)
    case = Case(size=10 * KIB, batch=128)
    folder = tmp_path_factory.mktemp("futexes")
    with Servers(BIN, None, 1_000) as servers:
        place = servers.replay(case)

        def counted(name, bound):
            found = []
            while len(found) < 10 and (not found or found[-1] >= bound):
                calls = counts.futexes(known[name], case, place, folder)
                found.append(calls / (counts.LONG - counts.SHORT))
            return found

        yield counted


@pytest.mark.parametrize("client", ["aisle", "aisle_pull"])
def test_allocations_a_sample(rows, client):
    assert rows[client]["mallocs"] < 0.2


@pytest.mark.skipif(not (shutil.which("valgrind") and shutil.which("objdump")), reason="needs valgrind and objdump")
def test_locked_instructions_and_instructions_a_sample(rows):
    assert rows["aisle"]["locked"] < 4.3
    assert rows["aisle"]["instructions"] < 4_500


@pytest.mark.skipif(not shutil.which("strace"), reason="needs strace")
def test_a_pushed_batch_makes_no_futex_call(futexes):
    assert min(futexes("aisle", 0.1)) < 0.1


@pytest.mark.skipif(not shutil.which("strace"), reason="needs strace")
def test_a_pulling_consumer_is_woken_once_for_many_samples(futexes):
    """15 where it was woken for nearly each read. How far both threads are apart depends on the machine's other work."""
    assert min(futexes("aisle_pull", 10)) < 10
