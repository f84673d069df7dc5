"""Columns of tables in which names are replaced by bytes: shared by `aisle.datasets` and `aisle.ray`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .._client import Client
from .._entry.entry_of import Entry, entry_named
from .._entry.names import bucket_uri
from .._errors import usage_error
from .values import is_left_out, one_of, refuse_options


class ColumnFetch:
    """Fetches the samples named by a column of a batch of rows. Pickles; a copy creates its own engine at first use."""

    def __init__(
        self,
        column: str,
        into: str = "bytes",
        client: Client | None = None,
        *,
        bucket: Any = None,
        start: str | None = None,
        length: str | None = None,
        on_missing: str = "raise",
        **options: Any,
    ) -> None:
        refuse_options(options, ("ordered",), "rows keep their order")
        if (start is None) != (length is None):
            raise usage_error("start and length name columns of byte ranges: give both or none")
        self._column, self._into, self._range = column, into, (start, length) if start and length else None
        self._client = Client() if client is None else client
        self._on_missing = one_of("on_missing", on_missing, ("raise", "yield"))
        self._options = {"bucket": bucket, **options}

    def fetch(self, rows: Mapping[str, Iterable[Any]]) -> tuple[str, list[bytes | None]]:
        """Name and values of the new column."""
        with self._client.stream(self._entries(rows), on_missing="yield", **self._options) as stream:
            samples = [sample for block in stream.blocks() for sample in block]
        return self._into, [bytes(s) if s or is_left_out(s, self._on_missing) else None for s in samples]

    def _entries(self, rows: Mapping[str, Iterable[Any]]) -> list[str] | list[Entry]:
        names = [str(name) for name in self._column_of(rows, self._column)]
        if self._range is None:
            return names
        starts, lengths = (self._column_of(rows, column) for column in self._range)
        bucket = bucket_uri(self._options["bucket"])
        parts = zip(names, starts, lengths, strict=True)
        return [entry_named(name, bucket, start=int(start), length=int(length)) for name, start, length in parts]

    @staticmethod
    def _column_of(rows: Mapping[str, Iterable[Any]], column: str) -> Iterable[Any]:
        if column not in rows:
            raise usage_error(f"there is no column {column!r}; there are {', '.join(map(str, rows))}")
        return rows[column]
