"""The programs of examples/, against a served folder."""

import os
import subprocess
from pathlib import Path

import pytest

from conftest import AISLE, environment

NAMES = [f"size-{n}" for n in (0, 1, 512, 2048, 10240, 100_000)]


def example(name, *arguments, endpoint, stdin=None):
    program = Path(os.environ.get("AISLE_EXAMPLES") or Path(AISLE).parent) / f"example_{name}"
    return subprocess.run([program, *arguments], input=stdin, capture_output=True, text=True, timeout=60,
                          env=environment(endpoint))


def test_one_batch_names_what_it_got_and_what_not(endpoint):
    done = example("01_one_batch", "ais://files", *NAMES, "no-such", endpoint=endpoint)
    assert done.returncode == 1
    assert done.stdout.splitlines()[:6] == [f"size-{n} {n}" for n in (0, 1, 512, 2048, 10_240, 100_000)]
    assert done.stdout.splitlines()[6].startswith("no-such missing")


def test_blocks_are_counted_and_samples_kept(endpoint):
    done = example("02_blocks", "ais://files", *NAMES, endpoint=endpoint)
    assert (done.returncode, done.stdout) == (0, f"120 samples, {20 * 112801} bytes, 40 kept\n")


def test_a_feed_gives_samples_in_the_order_of_its_input(endpoint):
    names = NAMES * 300
    done = example("03_feed", "ais://files", endpoint=endpoint, stdin="\n".join(names))
    assert done.returncode == 0
    assert [line.split()[0] for line in done.stdout.splitlines()] == names


@pytest.mark.parametrize("name", ["04_event_loop", "05_coroutines"])
def test_nothing_blocks(endpoint, name):
    done = example(name, "ais://files", *NAMES, endpoint=endpoint)
    assert (done.returncode, done.stdout) == (0, "6 samples\n")
