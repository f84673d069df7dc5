"""Order, sharding and state, without torch and without a server."""

import json
import random
from collections import Counter
from itertools import chain, pairwise

import pytest

from aisle._errors import UsageError
from aisle._loading.order import Order, Positions
from aisle._loading.plan import Layout, Plan, merge


def handed_out(plan, layout, rank, worker, count=None):
    """The entries that a worker hands out, and the plan as it knows it then."""
    share = plan.share(layout, rank, worker)
    entries = []
    for request in share.requests():
        for entry in request:
            if count is not None and len(entries) == count:
                return entries, share.plan()
            entries.append(entry)
            share.hand_out()
    assert share.state() == share.plan().state()
    assert share.done == share.size
    return entries, share.plan()


def joined(lists):
    return list(chain.from_iterable(lists))


def epoch(plan, layout):
    return {reader: handed_out(plan, layout, *reader)[0] for reader in layout.readers()}


# Order


@pytest.mark.parametrize("n", [0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 99, 100, 101, 1000, 4097])
def test_a_shuffled_order_has_every_entry_once(n):
    order = Order(n, seed=3, epoch=1, shuffle=True)
    assert sorted(order[i] for i in range(n)) == list(range(n)) and len(order) == n


def test_an_order_that_is_not_shuffled_is_that_of_the_list():
    assert [Order(5)[i] for i in range(5)] == [0, 1, 2, 3, 4]


def test_the_order_is_a_function_of_seed_epoch_and_n():
    def first(n=1000, seed=0, epoch=0):
        order = Order(n, seed=seed, epoch=epoch, shuffle=True)
        return [order[i] for i in range(20)]

    assert first() == first()
    assert len({tuple(first(*args)) for args in [(1000, 0, 0), (1000, 1, 0), (1000, 0, 1), (1001, 0, 0)]}) == 4


def test_the_order_is_the_same_in_every_release():
    """A state of last week must mean the same samples today."""
    order = Order(1000, seed=7, epoch=2, shuffle=True)
    assert [order[i] for i in range(8)] == GOLDEN


GOLDEN = [82, 521, 986, 513, 326, 412, 231, 336]


def test_every_order_of_four_is_about_equally_likely():
    found = Counter()
    for seed in range(4800):
        order = Order(4, seed=seed, shuffle=True)
        found[tuple(order[i] for i in range(4))] += 1
    assert len(found) == 24
    assert min(found.values()) > 120 and max(found.values()) < 290  # 200 expected


def test_neighbours_do_not_stay_neighbours():
    n = 10_000
    order = Order(n, seed=5, shuffle=True)
    entries = [order[i] for i in range(n)]
    assert sum(abs(a - b) == 1 for a, b in pairwise(entries)) < 15  # 2 expected
    assert abs(sum(entries[: n // 2]) / (n // 2) - n / 2) < n / 50


def test_a_position_outside_of_the_epoch_is_refused():
    for position in (-1, 10):
        with pytest.raises(IndexError):
            Order(10, shuffle=True)[position]


# Sharding


LAYOUTS = [Layout(world, workers, batch) for world in (1, 2, 3, 8) for workers in (1, 2, 5) for batch in (1, 3, 16)]


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("n", [0, 1, 2, 7, 48, 100, 257])
def test_shares_are_disjoint_and_complete(n, shuffle):
    for layout in LAYOUTS:
        shares = epoch(Plan(n, seed=1, shuffle=shuffle), layout)
        assert sorted(joined(shares.values())) == list(range(n))
        ranks = [sum(len(shares[rank, w]) for w in range(layout.workers)) for rank in range(layout.world)]
        assert max(ranks) - min(ranks) <= 1
        assert ranks == [layout.rank_count(n, rank) for rank in range(layout.world)]


@pytest.mark.parametrize("n", [0, 1, 2, 7, 48, 100, 257])
def test_padded_ranks_are_equal_and_nothing_is_left_out(n):
    for world, workers, batch in [(2, 1, 3), (3, 2, 16), (8, 3, 1)]:
        layout = Layout(world, workers, batch, "pad")
        shares = epoch(Plan(n, seed=1, shuffle=True), layout)
        ranks = {sum(len(shares[rank, w]) for w in range(workers)) for rank in range(world)}
        assert ranks == {-(-n // world)} == {layout.rank_count(n, 0)}
        found = Counter(joined(shares.values()))
        assert len(found) == n and sum(found.values()) - n < world


@pytest.mark.parametrize("n", [0, 1, 2, 7, 48, 100, 257])
def test_dropping_makes_ranks_equal_and_repeats_nothing(n):
    for world, workers, batch in [(2, 1, 3), (3, 2, 16), (8, 3, 1)]:
        layout = Layout(world, workers, batch, "drop")
        shares = epoch(Plan(n, seed=1, shuffle=True), layout)
        assert {sum(len(shares[rank, w]) for w in range(workers)) for rank in range(world)} == {n // world}
        found = Counter(joined(shares.values()))
        assert set(found.values()) <= {1} and n - len(found) < world


def test_no_request_is_larger_than_asked_for():
    for layout in LAYOUTS:
        for reader in layout.readers():
            assert all(1 <= len(r) <= layout.batch for r in Plan(257).share(layout, *reader).requests())


def test_with_any_number_of_workers_a_rank_reads_the_same_requests():
    one = list(Plan(1000, shuffle=True).share(Layout(2, 1, 16), 1, 0).requests())
    three = [list(Plan(1000, shuffle=True).share(Layout(2, 3, 16), 1, w).requests()) for w in range(3)]
    assert sorted(one) == sorted(joined(three))


@pytest.mark.parametrize(
    "wrong", [{"world": 0}, {"workers": 0}, {"batch": 0}, {"batch": "auto"}, {"remainder": "tail"}]
)
def test_an_impossible_layout_is_refused(wrong):
    with pytest.raises(UsageError, match=next(iter(wrong))):
        Layout(**wrong)


def test_a_reader_outside_of_the_layout_is_refused():
    for rank, worker in [(2, 0), (-1, 0), (0, 3)]:
        with pytest.raises(UsageError, match="outside of 2 ranks × 3 workers"):
            Plan(10).share(Layout(2, 3, 1), rank, worker)


# Positions


def test_positions_without_a_few_of_them():
    left = Positions([(0, 10), (20, 30)])
    assert len(left) == 20
    assert [list(r) for r in left.ranges(8, 12)] == [[8, 9], [20, 21]]
    assert [list(r) for r in left.ranges(18, 22)] == [[28, 29], [0, 1]]
    rest = left.without(iter([(15, 16), (2, 4), (4, 12)]))
    assert joined(rest.ranges(0, len(rest))) == [0, 1, 22, 23, 24, 26, 27, 28, 29]


# State


def through_json(plan):
    return Plan.of(json.loads(json.dumps(plan.state())))


def test_a_state_survives_json():
    plan = Plan(100, 7, 2, True, "f", ())
    _, plan = handed_out(plan, Layout(3, 2, 4), 2, 1, 5)
    assert through_json(plan) == plan
    assert plan.state()["now"]["done"] == {"2,1": 5}


def test_the_same_layout_goes_on_where_each_worker_stopped():
    for stop in range(13):
        plan, layout = Plan(25, shuffle=True), Layout(2, 2, 3)
        whole = epoch(plan, layout)
        for reader in layout.readers():
            before, state = handed_out(plan, layout, *reader, min(stop, len(whole[reader])))
            after, _ = handed_out(through_json(state), layout, *reader)
            assert before + after == whole[reader]


@pytest.mark.parametrize("seed", range(200))
def test_stopped_and_resumed_at_random_an_epoch_equals_one_run(seed):
    """Any number of times, with other ranks, workers and request sizes each time. Nobody hands out a sample twice, and
    none is left out."""
    rng = random.Random(seed)
    n = rng.choice([rng.randrange(1, 30), rng.randrange(30, 600)])
    plan = Plan(n, rng.randrange(100), rng.randrange(5), rng.random() < 0.7, "list")
    found = []
    for _ in range(rng.randrange(1, 7)):
        layout = Layout(rng.randrange(1, 6), rng.randrange(1, 5), rng.randrange(1, 20))
        if plan.layers and rng.random() < 0.3:
            layout = plan.layers[-1].layout
        states = []
        for reader in layout.readers():
            share = plan.share(layout, *reader)
            entries, state = handed_out(plan, layout, *reader, rng.randrange(share.size - share.done + 1))
            found += entries
            states.append(through_json(state))
        rng.shuffle(states)
        plan = through_json(merge(states))
    found += joined(epoch(plan, Layout(rng.randrange(1, 4), 1, 5)).values())
    assert sorted(found) == list(range(n))


@pytest.mark.parametrize("seed", range(50))
def test_alone_the_order_is_that_of_one_run(seed):
    """One rank and one worker see the very sequence of an undisturbed run, whatever the size of requests."""
    rng = random.Random(seed)
    plan = Plan(200, seed, 0, True)
    found, whole = [], epoch(plan, Layout(1, 1, 200))[0, 0]
    for _ in range(4):
        entries, plan = handed_out(plan, Layout(1, 1, rng.randrange(1, 50)), 0, 0, rng.randrange(40))
        found += entries
        plan = through_json(plan)
    assert found + epoch(plan, Layout(1, 1, 7))[0, 0] == whole


@pytest.mark.parametrize("remainder", ["pad", "drop"])
@pytest.mark.parametrize("seed", range(50))
def test_padded_and_dropping_epochs_resume_too(seed, remainder):
    rng = random.Random(seed)
    n = rng.randrange(1, 200)
    plan, found, worlds = Plan(n, seed, 0, True), [], []
    for last in (False, False, True):
        layout = Layout(rng.randrange(1, 6), rng.randrange(1, 4), rng.randrange(1, 20), remainder)
        worlds.append(layout.world)
        states = []
        for reader in layout.readers():
            size = plan.share(layout, *reader).size
            entries, state = handed_out(plan, layout, *reader, None if last else rng.randrange(size + 1))
            found += entries
            states.append(state)
        plan = merge(states)
    count = Counter(found)
    if remainder == "pad":
        assert len(count) == n and len(found) - n <= sum(world - 1 for world in worlds)
    else:
        assert len(count) == len(found) and n - len(found) < worlds[-1]


def test_a_finished_epoch_has_nothing_left():
    layout = Layout(2, 2, 3)
    done = merge([handed_out(Plan(25), layout, *reader)[1] for reader in layout.readers()])
    assert not any(epoch(done, layout).values()) and not any(epoch(done, Layout(3, 1, 8)).values())


def test_one_workers_state_does_not_fit_another_layout():
    _, state = handed_out(Plan(100), Layout(2, 2, 4), 0, 1, 5)
    with pytest.raises(UsageError, match="merge the states of all ranks"):
        state.share(Layout(2, 3, 4), 0, 0)
    with pytest.raises(UsageError, match="no count of rank 1, worker 1"):
        state.share(Layout(2, 2, 4), 1, 1)


def test_states_that_do_not_belong_together_are_not_merged():
    layout = Layout(2, 1, 4)
    one = handed_out(Plan(100), layout, 0, 0, 5)[1]
    with pytest.raises(UsageError, match="differ in epoch: 0 and 3"):
        merge([one, handed_out(Plan(100, epoch=3), layout, 1, 0, 5)[1]])
    with pytest.raises(UsageError, match="differ in fingerprint"):
        merge([one, handed_out(Plan(100, fingerprint="other"), layout, 1, 0, 5)[1]])
    with pytest.raises(UsageError, match="same run"):
        merge([one, handed_out(Plan(100), Layout(3, 1, 4), 1, 0, 5)[1]])
    with pytest.raises(UsageError, match="same run"):
        merge([one, Plan(100)])
    with pytest.raises(UsageError, match="rank 0, worker 0 differently: 5 and 6"):
        merge([one, handed_out(Plan(100), layout, 0, 0, 6)[1]])
    with pytest.raises(UsageError, match=r"of 2 ranks × 1 workers, 1 workers have no state here \(rank 1 worker 0\)"):
        merge([one])
    with pytest.raises(UsageError, match="no state to merge"):
        merge([])


def test_a_damaged_state_is_refused():
    good = handed_out(Plan(100), Layout(2, 1, 4), 0, 0, 5)[1].state()
    layer = good["now"]
    for wrong, message in [
        ({}, "not a state of a GetBatchDataset"),
        ([], "not a state of a GetBatchDataset"),
        (good | {"version": 99}, "version 99"),
        ({k: v for k, v in good.items() if k != "seed"}, "damaged: KeyError"),
        (good | {"now": layer | {"done": {"5,0": 1}}}, "rank 5, worker 0 of 2 ranks"),
        (good | {"now": layer | {"done": {"0,0": -1}}}, "counts -1 samples"),
        (good | {"now": layer | {"world": 0}}, "world is 0"),
        (good | {"before": 7}, "damaged: TypeError"),
        (good | {"now": layer | {"done": {"zero": 1}}}, "damaged: ValueError"),
    ]:
        with pytest.raises(UsageError, match=message):
            Plan.of(wrong)
    with pytest.raises(UsageError, match="counts 99 samples of rank 0, worker 0, whose share is 50"):
        Plan.of(good | {"now": layer | {"done": {"0,0": 99}}}).share(Layout(2, 1, 4), 0, 0)


def test_ten_million_entries_need_no_list_of_them():
    share = Plan(10_000_000, shuffle=True).share(Layout(64, 8, 128), 63, 7)
    requests = share.requests()
    assert len(next(requests)) == 128 and share.size < 10_000_000 / 64 / 8 + 256
