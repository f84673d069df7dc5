"""Ray Data over aisle.ray, on a local Ray with two workers."""

from __future__ import annotations

import os

import pytest

pytest.importorskip("ray.data")
import ray
import ray.data

import aisle
import aisle.ray

BUCKET = "ais://data"


@pytest.fixture(scope="module", autouse=True)
def two_workers():
    os.environ["RAY_DEDUP_LOGS"] = "0"
    ray.init(num_cpus=4, include_dashboard=False, log_to_driver=False, configure_logging=False)
    ray.data.DataContext.get_current().enable_progress_bars = False
    yield
    ray.shutdown()


def bytes_of(rows, column="bytes"):
    return {row["name"]: row[column] for row in rows.take_all()}


def test_map_batches_on_two_actors(client, served):
    wanted = served.many[:400]
    rows = ray.data.from_items([{"name": name, "label": i} for i, name in enumerate(wanted)], override_num_blocks=8)
    rows = rows.map_batches(
        aisle.ray.Fetch,
        batch_size=50,
        concurrency=2,
        fn_constructor_kwargs={"column": "name", "client": client, "bucket": BUCKET},
    )
    got = rows.take_all()
    assert {row["name"]: row["bytes"] for row in got} == {name: served.objects[name] for name in wanted}
    assert sorted(row["label"] for row in got) == list(range(400))


def test_zeros_at_the_end_are_bytes_too(serve, tmp_path):
    zeros = {f"z{i}": bytes(i) for i in range(5)}
    (tmp_path / "zeros").mkdir()
    for name, data in zeros.items():
        (tmp_path / "zeros" / name).write_bytes(data)
    client = aisle.Client(serve(tmp_path).endpoint)
    rows = ray.data.from_items([{"name": name} for name in zeros])
    options = {"column": "name", "client": client, "bucket": "ais://zeros"}
    assert bytes_of(rows.map_batches(aisle.ray.Fetch, fn_constructor_kwargs=options, concurrency=1)) == zeros
    assert bytes_of(aisle.ray.read_getbatch(list(zeros), client, bucket="ais://zeros")) == zeros


def test_reading_by_tasks(client, served):
    rows = aisle.ray.read_getbatch(served.many, client, bucket=BUCKET, override_num_blocks=7, concurrency=2)
    assert rows.count() == 1000
    assert rows.schema().names == ["name", "bytes"]
    assert bytes_of(rows) == {name: served.objects[name] for name in served.many}


def test_rows_keep_the_order_of_the_source(client, served):
    context = ray.data.DataContext.get_current()
    before, context.execution_options.preserve_order = context.execution_options.preserve_order, True
    try:
        rows = aisle.ray.read_getbatch(served.many[:300], client, bucket=BUCKET, override_num_blocks=4).take_all()
    finally:
        context.execution_options.preserve_order = before
    assert [row["name"] for row in rows] == served.many[:300]


def test_tasks_share_the_entries(client, served):
    sizes = [{"object": name, "bucket": BUCKET, "size": len(served.objects[name])} for name in served.many]
    source = aisle.ray.GetBatchDatasource(sizes, client)
    total = sum(len(served.objects[name]) for name in served.many)
    assert source.estimate_inmemory_data_size() == total
    tasks = source.get_read_tasks(3)
    assert [task.metadata.num_rows for task in tasks] == [333, 333, 334]
    assert sum(task.metadata.size_bytes for task in tasks) == total
    assert len(aisle.ray.GetBatchDatasource([], client).get_read_tasks(3)) == 1
    assert aisle.ray.GetBatchDatasource(served.many, client, bucket=BUCKET).estimate_inmemory_data_size() is None


def test_missing_rows(client, served):
    names = [served.many[0], "gone", served.many[1]]
    with pytest.raises(ray.exceptions.RayTaskError, match="gone"):
        aisle.ray.read_getbatch(names, client, bucket=BUCKET).take_all()
    assert len(bytes_of(aisle.ray.read_getbatch(names, client, bucket=BUCKET, on_missing="skip"))) == 2
    assert bytes_of(aisle.ray.read_getbatch(names, client, bucket=BUCKET, on_missing="yield"))["gone"] is None
