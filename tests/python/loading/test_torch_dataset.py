"""GetBatchDataset: order, sharing, what samples are handed out as, state."""

from __future__ import annotations

import copy
import json
import pickle
from itertools import islice
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
from torch.utils.data import DataLoader  # noqa: E402

import aisle  # noqa: E402
import aisle.torch  # noqa: E402
from aisle.torch import GetBatchDataset, merge_states  # noqa: E402

BUCKET = "ais://data"


@pytest.fixture
def make(client, served):
    """A data set of the thousand objects, or of the first `count`."""

    def dataset(count=1000, **options):
        return GetBatchDataset(served.many[:count], client, bucket=BUCKET, **{"batch_size": 32, **options})

    return dataset


def names(dataset):
    return [name for name, _ in dataset]


# Order and sharing


def test_without_shuffling_the_order_is_that_of_the_source(make, served):
    assert list(make()) == [(name, served.objects[name]) for name in served.many]


def test_shuffled_an_epoch_has_every_sample_once_in_an_order_of_its_own(make, served):
    dataset = make(shuffle=True, seed=3)
    first = list(dataset)
    assert sorted(first) == [(name, served.objects[name]) for name in served.many]
    assert list(dataset) == first
    dataset.set_epoch(1)
    second = names(dataset)
    assert second != [name for name, _ in first] and sorted(second) == served.many
    assert names(make(shuffle=True, seed=4)) != [name for name, _ in first]


@pytest.mark.parametrize("world", [1, 2, 3, 7])
def test_ranks_are_disjoint_and_complete(make, served, world):
    found = []
    for rank in range(world):
        dataset = make(300, shuffle=True, rank=rank, world_size=world)
        of_rank = names(dataset)
        assert len(of_rank) == dataset.rank_size()
        found += of_rank
    assert sorted(found) == served.many[:300]


@pytest.mark.parametrize("remainder, size", [("keep", {43, 42}), ("pad", {43}), ("drop", {42})])
def test_remainder(make, remainder, size):
    ranks = [make(128, rank=rank, world_size=3, remainder=remainder) for rank in range(3)]
    assert {len(names(it)) for it in ranks} == {it.rank_size() for it in ranks} == size


def test_the_environment_says_which_rank_this_is(make, served, monkeypatch):
    monkeypatch.setenv("RANK", "1")
    monkeypatch.setenv("WORLD_SIZE", "2")
    dataset = make(96)
    assert names(dataset) == served.many[32:64] + served.many[80:96]


def test_sources(client, served, tmp_path):
    lines = tmp_path / "list.jsonl"
    lines.write_text("".join(json.dumps({"bucket": BUCKET, "object": name}) + "\n" for name in served.many[:10]))
    uris = [f"{BUCKET}/{name}" for name in served.many[:10]]
    for source in (
        uris,
        (it for it in uris),
        aisle.Entries(uris),
        lines,
        [{"object": n, "bucket": BUCKET} for n in served.many[:10]],
    ):
        assert names(GetBatchDataset(source, client)) == served.many[:10]
    members = [f"ais://tars/s1.tar/m/{i}.jpg" for i in range(5)]
    assert [data for _, data in GetBatchDataset(members, client)] == list(served.shards["s1.tar"].values())


def test_an_empty_data_set_has_an_end(make):
    assert list(make(0)) == []


@pytest.mark.parametrize(
    "wrong, says",
    [
        ({"batch_size": 0}, "batch is 0"),
        ({"remainder": "tail"}, "remainder is 'tail'"),
        ({"sample": "array"}, "sample is 'array'"),
        ({"on_missing": "ignore"}, "on_missing is 'ignore'"),
        ({"rank": 2, "world_size": 2}, "rank is 2, world_size is 2"),
        ({"rank": 0}, "world_size is None"),
        ({"ordered": False}, "ordered cannot be given"),
        ({"packed": True, "sample": "view"}, "packed=True"),
    ],
)
def test_impossible_arguments_are_refused_where_they_are_given(make, wrong, says):
    with pytest.raises(aisle.UsageError, match=says):
        make(**wrong)


@pytest.mark.parametrize("source", ["ais://data/one", b"ais://data/one", 7])
def test_a_source_that_is_not_a_list_is_refused(client, source):
    with pytest.raises(aisle.UsageError, match="entries are"):
        GetBatchDataset(source, client)


# What is handed out


def test_as_tensors_views_and_what_a_function_makes(make, served):
    want = [served.objects[name] for name in served.many[:50]]
    tensors = list(make(50, sample="tensor"))
    assert all(t.dtype == torch.uint8 for _, t in tensors) and [t.numpy().tobytes() for _, t in tensors] == want
    assert [bytes(s) for s in make(50, sample="view")] == want
    assert list(make(50, sample=len)) == [len(data) for data in want]


def test_packed_a_request_is_one_batch(make, served):
    batches = list(make(80, packed=True))
    assert [len(it) for it in batches] == [32, 32, 16]
    assert [name for it in batches for name in it.names] == served.many[:80]
    assert [t.numpy().tobytes() for it in batches for t in it] == [served.objects[n] for n in served.many[:80]]


@pytest.fixture
def with_gaps(client, served):
    return lambda **options: GetBatchDataset(
        [*served.many[:3], "gone/1", served.many[3], "gone/2"], client, bucket=BUCKET, **options
    )


def test_a_missing_sample_is_raised(with_gaps, served):
    dataset = with_gaps()
    found = []
    with pytest.raises(aisle.NotFound, match="gone/1"):
        for name, _ in dataset:
            found.append(name)
    assert found == served.many[:3]
    assert dataset.state_dict()["now"]["done"] == {"0,0": 3}


def test_missing_samples_are_left_out_or_handed_out_as_none(with_gaps, served):
    assert names(with_gaps(on_missing="skip")) == served.many[:4]
    found = list(with_gaps(on_missing="yield"))
    assert [name for name, data in found if data is None] == ["gone/1", "gone/2"] and len(found) == 6
    assert [s.status for s in with_gaps(on_missing="yield", sample="view")].count("missing") == 2
    (packed,) = with_gaps(on_missing="yield", packed=True)
    assert packed.status.count("missing") == 2
    (packed,) = with_gaps(on_missing="skip", packed=True)
    assert packed.names == served.many[:4]
    with pytest.raises(aisle.NotFound):
        list(with_gaps(packed=True))


def test_left_out_samples_count_as_handed_out(with_gaps):
    dataset = with_gaps(on_missing="skip")
    list(dataset)
    assert dataset.state_dict()["now"]["done"] == {"0,0": 6}


# State


@pytest.mark.parametrize("stop", [0, 1, 31, 32, 33, 199, 200])
def test_stopped_anywhere_it_goes_on_with_the_next_sample(make, stop):
    whole = names(make(200, shuffle=True))
    dataset = make(200, shuffle=True)
    before = [name for name, _ in islice(dataset, stop)]
    state = json.loads(json.dumps(dataset.state_dict()))
    again = make(200, shuffle=True)
    again.load_state_dict(state)
    assert before + names(again) == whole
    assert names(again) == whole  # the state was of one iteration


def test_a_packed_batch_counts_as_its_samples(make, served):
    dataset = make(200, packed=True)
    next(iter(dataset))
    again = make(200)
    again.load_state_dict(dataset.state_dict())
    assert names(again) == served.many[32:200]


def test_ranks_that_change_share_what_is_left(make, served):
    found, states = [], []
    for rank in range(3):
        dataset = make(200, shuffle=True, rank=rank, world_size=3)
        found += [name for name, _ in islice(dataset, 10 * rank + 5)]
        states.append(dataset.state_dict())
    merged = merge_states(states)
    for rank in range(2):
        dataset = make(200, shuffle=True, rank=rank, world_size=2, batch_size=7)
        dataset.load_state_dict(merged)
        found += names(dataset)
    assert sorted(found) == served.many[:200]


def test_a_state_is_for_its_epoch(make):
    dataset = make(100, shuffle=True)
    dataset.set_epoch(2)
    list(islice(dataset, 60))
    state = dataset.state_dict()
    again = make(100, shuffle=True)
    again.load_state_dict(state)
    again.set_epoch(2)
    assert len(list(again)) == 40
    again.load_state_dict(state)
    again.set_epoch(3)
    with pytest.warns(UserWarning, match="of epoch 2: it is not used for epoch 3"):
        assert len(list(again)) == 100
    assert again.state_dict()["epoch"] == 3


def test_the_end_of_an_epoch_is_a_state_too(make):
    dataset = make(100)
    assert len(list(dataset)) == 100
    again = make(100)
    again.load_state_dict(dataset.state_dict())
    assert list(again) == [] and len(list(again)) == 100


def test_a_state_of_another_data_set_is_refused(make, client, served):
    state = make(100, seed=1, shuffle=True).state_dict()
    for other, says in [
        (make(99, seed=1, shuffle=True), "n is 100"),
        (make(100, seed=2, shuffle=True), "seed is 1"),
        (make(100, seed=1), "shuffle is True"),
        (GetBatchDataset(served.many[1:101], client, bucket=BUCKET, seed=1, shuffle=True), "fingerprint"),
        (GetBatchDataset(served.many[:100], client, bucket="ais://other", seed=1, shuffle=True), "fingerprint"),
    ]:
        with pytest.raises(aisle.UsageError, match=says):
            other.load_state_dict(state)
    with pytest.raises(aisle.UsageError, match="not a state"):
        make().load_state_dict({})


def test_loading_a_state_in_mid_iteration_warns(make):
    dataset = make(100)
    state = dataset.state_dict()
    iterator = iter(dataset)
    with pytest.warns(UserWarning, match="the next one"):
        dataset.load_state_dict(state)
    next(iterator)
    with pytest.warns(UserWarning, match="the next one"):
        dataset.load_state_dict(state)
    iterator.close()
    dataset.load_state_dict(state)


def test_epochs_that_are_none_are_refused(make):
    for epoch in (-1, 1.5, "2"):
        with pytest.raises(aisle.UsageError, match="epoch is"):
            make().set_epoch(epoch)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))])
def test_a_copy_is_a_data_set_of_its_own(make, served, copied):
    dataset = make(64, shuffle=True)
    list(islice(dataset, 10))
    other = copied(dataset)
    other.set_epoch(5)
    assert sorted(names(other)) == served.many[:64]
    assert dataset.state_dict()["epoch"] == 0


def test_what_a_function_raises_comes_out_and_the_sample_is_not_counted(make):
    def fails(sample):
        if sample.index == 5:
            raise KeyError("mine")
        return sample.name

    dataset = make(20, sample=fails)
    with pytest.raises(KeyError, match="mine"):
        list(dataset)
    assert dataset.state_dict()["now"]["done"] == {"0,0": 5}


# In a DataLoader; every way of starting workers is in test_torch_processes.py


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_a_loader_hands_out_every_sample_once(make, served, workers):
    loader = DataLoader(make(300, shuffle=True), batch_size=16, num_workers=workers)
    found = {}
    for some, data in loader:
        assert len(some) == len(data) <= 16
        found |= dict(zip(some, data, strict=True))
    assert found == {name: served.objects[name] for name in served.many[:300]}


def test_an_epoch_reaches_workers_that_persist(make):
    dataset = make(100, shuffle=True, batch_size=10)
    loader = DataLoader(dataset, batch_size=None, num_workers=2, persistent_workers=True)
    orders = []
    for epoch in range(3):
        dataset.set_epoch(epoch)
        orders.append(names(loader))
    assert len({tuple(order) for order in orders}) == 3
    assert len({tuple(sorted(order)) for order in orders}) == 1
    alone = make(100, shuffle=True, batch_size=10)
    alone.set_epoch(2)
    assert sorted(orders[2]) == sorted(names(alone)) and orders[2][::2] != orders[1][::2]


@pytest.mark.parametrize("persistent", [False, True])
def test_workers_use_a_state_once(make, persistent):
    dataset = make(100)
    list(islice(dataset, 40))
    again = make(100)
    again.load_state_dict(dataset.state_dict())
    loader = DataLoader(again, batch_size=None, num_workers=2, persistent_workers=persistent)
    assert [len(list(loader)) for _ in range(3)] == [60, 100, 100]


def test_in_a_process_whose_workers_read_there_is_no_count(make):
    dataset = make(64)
    assert len(list(DataLoader(dataset, batch_size=None, num_workers=1))) == 64
    with pytest.raises(aisle.UsageError, match="StatefulDataLoader"):
        dataset.state_dict()


def test_a_workers_error_keeps_its_type(with_gaps):
    loader = DataLoader(with_gaps(), batch_size=None, num_workers=1)
    with pytest.raises(aisle.NotFound, match="gone/1"):
        list(loader)


def test_workers_share_the_depth_of_a_host(make, monkeypatch):
    asked = []
    stream = aisle.Client.stream

    def noted(self, source, **options):
        asked.append(options["max_in_flight"])
        return stream(self, source, **options)

    monkeypatch.setattr(aisle.Client, "stream", noted)
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "4")
    list(make(8))
    list(make(8, max_in_flight=9))
    assert asked == [64, 9]


def test_paths_are_texts_of_their_own(client):
    with pytest.raises((aisle.UsageError, FileNotFoundError)):
        GetBatchDataset(Path("no/such/file.jsonl"), client)
