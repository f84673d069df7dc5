"""Hugging Face datasets over aisle.datasets.Fetch."""

from __future__ import annotations

import pytest

datasets = pytest.importorskip("datasets")

import aisle  # noqa: E402
from aisle.datasets import Fetch  # noqa: E402

BUCKET = "ais://data"


@pytest.fixture
def rows(served, tmp_path, monkeypatch):
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path)
    datasets.disable_progress_bars()
    return datasets.Dataset.from_dict({"uri": [f"{BUCKET}/{name}" for name in served.many], "label": list(range(1000))})


def test_a_column_of_names_becomes_a_column_of_bytes(rows, client, served):
    got = rows.map(Fetch("uri", "image", client), batched=True, batch_size=256)
    assert got.column_names == ["uri", "label", "image"]
    assert got["image"][:] == [served.objects[name] for name in served.many]
    assert got["label"][:] == list(range(1000))


def test_rows_that_are_streamed(rows, client, served):
    got = rows.to_iterable_dataset(num_shards=4).map(Fetch("uri", "image", client), batched=True, batch_size=100)
    found = {row["uri"]: row["image"] for row in got.take(300)}
    assert found == {f"{BUCKET}/{name}": served.objects[name] for name in served.many[:300]}


def test_in_several_processes(rows, client, served):
    got = rows.select(range(200)).map(Fetch("uri", "image", client), batched=True, batch_size=50, num_proc=2)
    assert got["image"][:] == [served.objects[name] for name in served.many[:200]]


def test_names_of_a_bucket_and_members_of_shards(client, served):
    rows = datasets.Dataset.from_dict(
        {"name": served.many[:5], "uri": [f"ais://tars/s1.tar/m/{i}.jpg" for i in range(5)]}
    )
    got = rows.map(Fetch("name", client=client, bucket=BUCKET), batched=True)
    assert got["bytes"][:] == [served.objects[name] for name in served.many[:5]]
    got = rows.map(Fetch("uri", client=client), batched=True)
    assert got["bytes"][:] == list(served.shards["s1.tar"].values())


def test_byte_ranges(client, served):
    whole = served.objects["size-10240"]
    rows = datasets.Dataset.from_dict({"name": ["size-10240"] * 3, "from": [0, 100, 10_239], "count": [1, 1000, 1]})
    fetch = Fetch("name", client=client, bucket=BUCKET, start="from", length="count")
    assert rows.map(fetch, batched=True)["bytes"][:] == [whole[:1], whole[100:1100], whole[-1:]]


def test_the_same_map_is_found_in_the_cache(rows, client):
    first, second = (rows.map(Fetch("uri", "image", client), batched=True) for _ in range(2))
    assert first._fingerprint == second._fingerprint
    assert first._fingerprint != rows.map(Fetch("uri", "other", client), batched=True)._fingerprint


def test_missing_rows(client, served):
    rows = {"name": [served.many[0], "gone"]}
    assert Fetch("name", client=client, bucket=BUCKET, on_missing="yield")(rows) == {
        "bytes": [served.objects[served.many[0]], None]
    }
    with pytest.raises(aisle.NotFound, match="gone"):
        Fetch("name", client=client, bucket=BUCKET)(rows)


def test_impossible_arguments_are_refused(client):
    with pytest.raises(aisle.UsageError, match="no column 'uri'; there are name, label"):
        Fetch("uri", client=client)({"name": [], "label": []})
    with pytest.raises(aisle.UsageError, match="both or none"):
        Fetch("name", client=client, start="from")
    with pytest.raises(aisle.UsageError, match="ordered cannot be given"):
        Fetch("name", client=client, ordered=False)
    with pytest.raises(aisle.UsageError, match="on_missing is 'skip'"):
        Fetch("name", client=client, on_missing="skip")
