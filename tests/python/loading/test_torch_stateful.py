"""StatefulDataLoader: stopped and resumed, also by kill -9, with as many ranks and workers as before or with others.

AISLE_RESUME_SEQUENCES: how many random sequences of kills are tried (12).
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import pickle
import random
import signal
import time
from itertools import islice
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("torchdata")
from torchdata.stateful_dataloader import StatefulDataLoader  # noqa: E402

import aisle  # noqa: E402
from aisle.torch import GetBatchDataset, merge_states  # noqa: E402

BUCKET = "ais://data"
SEQUENCES = int(os.environ.get("AISLE_RESUME_SEQUENCES", "12"))


@pytest.fixture
def make(client, served):
    def loader(count=400, workers=0, state=None, every=1, persistent=False, size=16, **options):
        dataset = GetBatchDataset(
            served.many[:count], client, bucket=BUCKET, **{"batch_size": 8, "shuffle": True, **options}
        )
        if state is not None:
            dataset.load_state_dict(state)
        return StatefulDataLoader(
            dataset, batch_size=size, num_workers=workers, snapshot_every_n_steps=every, persistent_workers=persistent
        )

    return loader


def names(batches):
    return [name for some, _ in batches for name in some]


@pytest.mark.parametrize("workers", [0, 1, 3])
@pytest.mark.parametrize("stop", [0, 1, 7, 25])
def test_the_loaders_own_state_goes_on_where_it_was(make, workers, stop):
    whole = names(make(workers=workers))
    loader = make(workers=workers)
    before = names(islice(loader, stop))
    state = pickle.loads(pickle.dumps(loader.state_dict()))
    again = make(workers=workers)
    again.load_state_dict(state)
    assert before + names(again) == whole
    assert len(whole) == len(names(again)) == 400  # then a whole epoch


@pytest.mark.parametrize("workers", [0, 2])
def test_a_second_resume_starts_where_the_first_was_stopped(make, served, workers):
    whole = names(make(workers=workers))
    found, state = [], None
    for _ in range(5):
        loader = make(workers=workers)
        if state:
            loader.load_state_dict(state)
        found += names(islice(loader, 4))
        state = loader.state_dict()
    loader = make(workers=workers)
    loader.load_state_dict(state)
    assert found + names(loader) == whole


@pytest.mark.parametrize("persistent", [False, True])
def test_epochs_follow_each_other_in_a_resumed_run(make, served, persistent):
    def run(loader, epochs):
        orders = []
        for epoch in epochs:
            loader.dataset.set_epoch(epoch)
            orders.append(names(loader))
        return orders

    whole = run(make(workers=2, persistent=persistent), range(3))
    assert len({tuple(order) for order in whole}) == 3 and all(sorted(o) == served.many[:400] for o in whole)
    loader = make(workers=2, persistent=persistent)
    loader.dataset.set_epoch(1)
    before = names(islice(loader, 9))
    again = make(workers=2, persistent=persistent)
    again.load_state_dict(loader.state_dict())
    after = run(again, [1, 2])
    assert [before + after[0], after[1]] == whole[1:]


def test_the_state_of_a_finished_epoch(make, served):
    loader = make(workers=2)
    list(loader)
    again = make(workers=2)
    again.load_state_dict(loader.state_dict())
    assert sorted(names(again)) == served.many[:400]
    merged = merge_states([loader.state_dict()])
    assert names(make(workers=3, state=merged)) == []


def test_other_numbers_of_ranks_and_workers(make, served):
    found, merged = [], None
    for world, workers, steps in [(2, 2, 3), (3, 1, 2), (1, 0, 2), (2, 3, 4), (1, 2, 99)]:
        states = []
        for rank in range(world):
            loader = make(workers=workers, state=merged, rank=rank, world_size=world)
            found += names(islice(loader, steps))
            states.append(loader.state_dict())
        merged = json.loads(json.dumps(merge_states(states)))
    assert sorted(found) == served.many[:400]


def test_a_merged_state_fits_as_many_as_before_too(make):
    whole = names(make(workers=2))
    loader = make(workers=2)
    before = names(islice(loader, 6))
    assert before + names(make(workers=2, state=merge_states([loader.state_dict()]))) == whole


def test_one_ranks_state_is_not_enough_for_others(make):
    loader = make(workers=2, rank=0, world_size=2)
    list(islice(loader, 2))
    with pytest.raises(aisle.UsageError, match="of 2 ranks × 2 workers, 2 workers have no state here"):
        merge_states([loader.state_dict()])


def test_a_loaders_state_is_not_a_data_sets(make):
    for workers in (0, 2):
        loader = make(workers=workers)
        list(islice(loader, 2))
        with pytest.raises(aisle.UsageError, match="merge_states"):
            make().dataset.load_state_dict(loader.state_dict())


def test_another_number_of_workers_without_merging_is_refused(make):
    loader = make(workers=2)
    list(islice(loader, 2))
    again = make(workers=3)
    again.load_state_dict(loader.state_dict())
    with pytest.raises(aisle.UsageError, match=r"aisle\.torch\.merge_states"):
        list(again)


def test_counts_that_are_older_than_the_loader_are_refused(make):
    loader = make(workers=2, every=4)
    list(islice(loader, 6))
    with pytest.raises(aisle.UsageError, match="2 steps older"):
        merge_states([loader.state_dict()])


# Killed


def train(folder: Path, names, client, rank, world, workers, size, state):
    """One rank: after each step it writes what it got and its state, in a file that is there whole or not at all."""
    os.setpgrp()
    dataset = GetBatchDataset(
        names, client, bucket=BUCKET, shuffle=True, seed=5, batch_size=size, rank=rank, world_size=world
    )
    if state is not None:
        dataset.load_state_dict(state)
    loader = StatefulDataLoader(dataset, batch_size=5, num_workers=workers)

    def write(step, got):
        path = folder / f"{rank}-{step}"
        path.with_suffix(".part").write_bytes(pickle.dumps((got, loader.state_dict())))
        path.with_suffix(".part").rename(path)

    write(0, [])
    for step, (got, _) in enumerate(loader, 1):
        write(step, list(got))
        time.sleep(0.004)
    (folder / f"{rank}-end").touch()


def result_of(folder: Path, rank):
    """What a rank got up to its last state, and this state."""
    got, state, step = [], None, 0
    while (path := folder / f"{rank}-{step}").exists():
        some, state = pickle.loads(path.read_bytes())
        got += some
        step += 1
    return got, state


@pytest.mark.parametrize("seed", range(SEQUENCES))
def test_killed_at_random_and_resumed_by_others_an_epoch_equals_one_run(endpoint, served, tmp_path, seed):
    rng = random.Random(seed)
    wanted = served.many[: rng.randrange(40, 250)]
    context = multiprocessing.get_context("fork")
    found, merged, kills = [], None, 0
    for run in range(20):
        world, workers, size = rng.randrange(1, 4), rng.randrange(0, 4), rng.randrange(1, 20)
        folder = tmp_path / str(run)
        folder.mkdir()
        ranks = [
            context.Process(
                target=train, args=(folder, wanted, aisle.Client(endpoint), rank, world, workers, size, merged)
            )
            for rank in range(world)
        ]
        for process in ranks:
            process.start()
        deadline = time.monotonic() + 300  # a busy machine has taken more than a minute
        while not all((folder / f"{rank}-0").exists() for rank in range(world)):
            codes = [it.exitcode for it in ranks]
            assert time.monotonic() < deadline and {*codes} <= {None, 0}, codes
            time.sleep(0.005)
        last = run == 19 or rng.random() < 0.2
        if not last:
            time.sleep(rng.random() * 0.15)
            for process in ranks:
                with contextlib.suppress(ProcessLookupError):  # it has ended
                    os.killpg(process.pid, signal.SIGKILL)  # with its workers, which would wait for it
                    kills += 1
        for process in ranks:
            process.join(300)
            assert process.exitcode in (0, -signal.SIGKILL), process.exitcode
        results = [result_of(folder, rank) for rank in range(world)]
        found += [name for got, _ in results for name in got]
        merged = merge_states([state for _, state in results])
        if all((folder / f"{rank}-end").exists() for rank in range(world)):
            break
    assert sorted(found) == wanted, (kills, len(found), len(wanted))
