"""Packed tables of entries."""

from __future__ import annotations

from .. import _aisle
from .._errors import usage_error
from .lines import read_lines
from .names import bucket_uri

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    from .listed import ListedObject


class Entries:
    """A packed table of entries, immutable: about as many bytes as the names have, instead of several hundred per
    entry. It pickles as a few long buffers, and forked children share its memory.

    `len(t)`, `t[i]` (an Entry), `t[a:b]` (a part that shares the memory), iteration; a source of `Client.stream`.
    """

    __slots__ = ("_table",)

    def __init__(self, entries: Iterable[Any] = (), *, bucket: object = None, provider: object = None) -> None:
        """entries: any entries that `Client.stream` accepts. bucket: for those without one."""
        self._table = _aisle.EntryTable(entries, bucket_uri(bucket, provider))

    @classmethod
    def from_uris(cls, uris: Iterable[str], *, bucket: object = None, provider: object = None) -> Entries:
        """From "ais://bucket/object", "ais://bucket/shard.tar/member", or names of objects of `bucket`."""
        return cls(uris, bucket=bucket, provider=provider)

    @classmethod
    def from_list(cls, listing: Iterable[ListedObject]) -> Entries:
        """From `Client.list()`: the objects and members with their sizes; archives are omitted if their members are
        listed."""
        return cls(o for o in listing if not o.is_archive and not o.is_unreadable)

    @classmethod
    def from_jsonl(cls, path: str | os.PathLike[str], *, bucket: object = None, provider: object = None) -> Entries:
        """From a file of JSON lines, the command's own format (`aisle ls --json`)."""
        return cls(read_lines(path), bucket=bucket, provider=provider)

    @classmethod
    def _of(cls, table: _aisle.EntryTable) -> Entries:
        made = cls.__new__(cls)
        made._table = table
        return made

    def __len__(self) -> int:
        return len(self._table)

    def __getitem__(self, i: Any) -> Any:
        if isinstance(i, slice):
            first, end, step = i.indices(len(self))
            if step != 1:
                raise usage_error("a part of aisle.Entries has step 1; choose others with [t[i] for i in ...]")
            return Entries._of(self._table.part(first, max(0, end - first)))
        return self._table.at(i if i >= 0 else self._from_end(i))

    def _from_end(self, i: int) -> int:
        if i < -len(self):
            raise IndexError("aisle.Entries: there is no such entry")
        return len(self) + i

    def __iter__(self) -> Iterator[_aisle.Entry]:
        return self._table.cursor()

    def __reduce_ex__(self, protocol: object) -> tuple[Callable[..., Entries], tuple[object, ...]]:
        columns: list[object] = list(self._table.dump())
        if isinstance(protocol, int) and protocol >= 5:
            import pickle

            columns = [pickle.PickleBuffer(c) for c in columns]  # type: ignore[arg-type]
        return _restore, tuple(columns)

    def __repr__(self) -> str:
        return f"<aisle.Entries, {len(self):,} entries>"


def _restore(*columns: Any) -> Entries:
    return Entries._of(_aisle.EntryTable.load(columns))
