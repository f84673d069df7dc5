"""Hugging Face datasets: a column of names becomes a column of bytes.

rows = rows.map(aisle.datasets.Fetch("uri", into="image"), batched=True, batch_size=256)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ._loading.columns import ColumnFetch

__all__ = ["Fetch"]


class Fetch(ColumnFetch):
    """A function for `map(..., batched=True)` of a Dataset, an IterableDataset or their dicts.

    It adds the column `into`, with the bytes of the samples named in the column `column`. The rows of a batch are
    fetched together, so `batch_size` limits the requests in flight.

    Args:
        column: names of objects, "ais://bucket/object" or "ais://bucket/shard.tar/member".
        into: the new column.
        client: to read with; None: Client(), which uses the environment.
        bucket: for names without one.
        start, length: columns of byte ranges; None: whole objects.
        on_missing: "raise": raises aisle.NotFound; "yield": the row gets None.
        **options: of Client.stream.

    Pickles, so num_proc may be anything. Errors: UsageError for a column that does not exist; those of Stream.
    """

    def __call__(self, rows: Mapping[str, Iterable[Any]]) -> dict[str, list[bytes | None]]:
        into, values = self.fetch(rows)
        return {into: values}
