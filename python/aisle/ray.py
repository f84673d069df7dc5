"""Ray Data: samples fetched by the workers of a cluster.

rows = rows.map_batches(aisle.ray.Fetch, fn_constructor_kwargs={"column": "uri"}, batch_size=512, concurrency=4)
rows = aisle.ray.read_getbatch(names, bucket="ais://train")
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any

import numpy
import pyarrow
import ray.data
from ray.data.block import BlockMetadata
from ray.data.datasource import Datasource, ReadTask

from ._client import Client
from ._entry.entries import Entries
from ._loading.columns import ColumnFetch
from ._loading.values import entries_of, is_left_out, one_of, refuse_options

__all__ = ["Fetch", "GetBatchDatasource", "read_getbatch"]

_SCHEMA = pyarrow.schema([("name", pyarrow.string()), ("bytes", pyarrow.large_binary())])


class Fetch(ColumnFetch):
    """A class for `map_batches`: each of Ray's actors creates one, with its own engine.

    It adds the column `into`, with the bytes of the samples named in the column `column`. Arguments, given as
    fn_constructor_kwargs, and errors: those of aisle.datasets.Fetch.
    """

    def __call__(self, rows: dict[str, Any]) -> dict[str, Any]:
        into, values = self.fetch(rows)
        # An array of objects: NumPy's own bytes type would strip trailing zeros.
        column = numpy.empty(len(values), dtype=object)
        column[:] = values
        return {**rows, into: column}


class GetBatchDatasource(Datasource):  # type: ignore[misc,unused-ignore]
    """Reads entries by tasks on Ray's workers: rows of `name` and `bytes`. `read_getbatch` makes a data set from it."""

    def __init__(
        self,
        source: Any,
        client: Client | None = None,
        *,
        bucket: Any = None,
        on_missing: str = "raise",
        **options: Any,
    ) -> None:
        """Arguments: those of read_getbatch."""
        super().__init__()  # type: ignore[no-untyped-call,unused-ignore]
        refuse_options(options, ("ordered",), "rows keep their order")
        self._entries = entries_of(source, bucket)
        self._client = Client() if client is None else client
        self._on_missing = one_of("on_missing", on_missing, ("raise", "skip", "yield"))
        self._options = options

    def estimate_inmemory_data_size(self) -> int | None:
        """Bytes of all samples, if every entry has its size."""
        return _bytes_of(self._entries)

    def get_read_tasks(
        self, parallelism: int, per_task_row_limit: int | None = None, data_context: Any = None
    ) -> list[ReadTask]:
        """At most `parallelism` tasks, each for consecutive entries."""
        count = len(self._entries)
        tasks = max(1, min(parallelism, count))
        bounds = [count * i // tasks for i in range(tasks + 1)]
        parts = [self._entries[a:b] for a, b in pairwise(bounds)]
        return [self._read_task(part, per_task_row_limit) for part in parts]

    def _read_task(self, part: Entries, row_limit: int | None) -> ReadTask:
        rows = None if self._on_missing == "skip" else len(part)
        about = BlockMetadata(num_rows=rows, size_bytes=_bytes_of(part), exec_stats=None, input_files=None)
        read = functools.partial(_read, part, self._client, self._on_missing, self._options)
        return ReadTask(read, about, schema=_SCHEMA, per_task_row_limit=row_limit)


def read_getbatch(
    source: Any,
    client: Client | None = None,
    *,
    bucket: Any = None,
    on_missing: str = "raise",
    concurrency: int | None = None,
    override_num_blocks: int | None = None,
    **options: Any,
) -> ray.data.Dataset:
    """A Ray data set of entries: rows of `name` and `bytes`, in the order of the source.

    Args:
        source: Entries, an iterable of entries as for Client.stream, or a path of JSON lines.
        client: to read with; None: Client(), which uses the environment of this process.
        bucket: for entries without one.
        on_missing: "raise": raises aisle.NotFound; "skip": omits the row; "yield": the row has None.
        concurrency, override_num_blocks: as for ray.data.read_datasource.
        **options: of Client.stream.
    """
    datasource = GetBatchDatasource(source, client, bucket=bucket, on_missing=on_missing, **options)
    rows: ray.data.Dataset = ray.data.read_datasource(
        datasource, concurrency=concurrency, override_num_blocks=override_num_blocks
    )
    return rows


def _read(entries: Entries, client: Client, on_missing: str, options: Mapping[str, Any]) -> Iterator[pyarrow.Table]:
    with client.stream(entries, on_missing="yield", **options) as stream:
        for samples in stream.batches():
            kept = [s for s in samples if s or not is_left_out(s, on_missing)]
            columns = {"name": [s.name for s in kept], "bytes": [bytes(s) if s else None for s in kept]}
            yield pyarrow.table(columns, schema=_SCHEMA)


def _bytes_of(entries: Iterable[Any]) -> int | None:
    total = 0
    for entry in entries:
        size = entry.length or entry.size
        if size is None:
            return None
        total += size
    return total
