"""The programs in examples/, against a served folder."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from conftest import AISLE, environment

NAMES = [f"size-{n}" for n in (0, 1, 512, 2048, 10240, 100_000)]


def example(name, *arguments, endpoint, stdin=None):
    program = Path(os.environ.get("AISLE_EXAMPLES") or Path(AISLE).parent) / f"example_{name}"
    return subprocess.run([program, *arguments], input=stdin, capture_output=True, text=True, timeout=60,
                          env=environment(endpoint))


def test_one_batch_prints_delivered_and_missing_entries(endpoint):
    done = example("01_one_batch", "ais://files", *NAMES, "no-such", endpoint=endpoint)
    assert done.returncode == 1
    assert done.stdout.splitlines()[:6] == [f"size-{n} {n}" for n in (0, 1, 512, 2048, 10_240, 100_000)]
    assert done.stdout.splitlines()[6].startswith("no-such does not exist")


def test_blocks_are_counted_and_samples_kept(endpoint):
    done = example("02_blocks", "ais://files", *NAMES, endpoint=endpoint)
    assert (done.returncode, done.stdout) == (0, f"120 samples, {20 * 112801} bytes, 40 kept\n")


def test_a_feed_delivers_in_the_order_of_its_input(endpoint):
    names = NAMES * 300
    done = example("03_feed", "ais://files", endpoint=endpoint, stdin="\n".join(names))
    assert done.returncode == 0
    assert [line.split()[0] for line in done.stdout.splitlines()] == names


@pytest.mark.parametrize("name", ["04_event_loop", "05_coroutines"])
def test_examples_that_do_not_block(endpoint, name):
    done = example(name, "ais://files", *NAMES, endpoint=endpoint)
    assert (done.returncode, done.stdout) == (0, "6 samples\n")


def test_an_engine_runs_on_the_programs_own_context(endpoint):
    done = example("06_own_context", "ais://files", *NAMES, endpoint=endpoint)
    assert (done.returncode, done.stdout) == (0, "6 samples, 112801 bytes\n")


def test_a_bucket_is_made_filled_listed_read_and_destroyed(serve):
    server = serve()  # keeps its buckets in memory
    for _ in range(2):
        done = example("07_bucket", "ais://example-bucket", endpoint=server.endpoint)
        assert done.returncode == 0, done.stderr
        assert done.stdout.splitlines() == ["greetings/en: 12 bytes, xxhash2", "range: world", "greetings/de: missing",
                                            "greetings/en 12", "greetings/fr 7"]


def test_statistics_name_the_target_and_what_limits_the_rate(endpoint):
    done = example("08_statistics", "ais://files", *NAMES, endpoint=endpoint)
    assert done.returncode == 0, done.stderr
    assert re.search(r"^batch 0: 6 delivered, \d+ retries$", done.stdout, re.M)
    by_target = re.findall(r"(\d+) samples, health [01]\.\d\d\n", done.stdout)  # only one, unless it stalls
    assert sum(map(int, by_target)) == 6
    assert "limited by: " in done.stdout


def test_samples_lie_in_the_programs_own_memory(endpoint):
    done = example("09_memory", "ais://files", *NAMES, endpoint=endpoint)
    assert (done.returncode, done.stdout) == (0, "112801 bytes, the last sample has 100000, own memory was used\n")


def test_a_fork_in_the_middle_of_a_stream_disturbs_neither_side(endpoint):
    done = example("10_fork", "ais://files", *NAMES, endpoint=endpoint)
    assert (done.returncode, done.stdout) == (0, "6 samples in the parent, the child got as many\n")


def test_metrics_of_engines_and_of_the_program(endpoint):
    done = example("11_metrics", "ais://files", *NAMES, endpoint=endpoint)
    assert done.returncode == 0, done.stderr
    for line in ("aisle_samples_total 6", 'aisle_samples_total{engine="train"} 6',
                 'aisle_samples_total{engine="validation"} 0', "# TYPE training_epoch gauge", "training_epoch 3"):
        assert f"\n{line}\n" in done.stdout
    assert done.stderr.strip()
