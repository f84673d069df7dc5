"""What may be asked for: entries from dicts, from the SDK's objects, from JSON lines; and packed tables of them."""

from __future__ import annotations

from . import _aisle
from ._errors import usage_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

Entry = _aisle.Entry

_KEYS = ("bucket", "provider", "namespace", "archpath", "start", "length", "opaque", "size", "checksum", "tag")
_NOT_ASKED_FOR = ("version", "location", "state")
"""What `aisle ls --long --json` says of an object besides."""


def bucket_uri(bucket: object, provider: object = None) -> str:
    """"ais://name" of a bucket as it may be given: its URI, its name (of `provider`, "ais" by default), or an object
    that has `name` and perhaps `provider` and `namespace`, such as the SDK's Bucket."""
    if bucket is None:
        if provider is not None:
            raise usage_error("a provider is given, and no bucket")
        return ""
    scheme = _text_of(provider)
    if isinstance(bucket, str):
        return _aisle.bucket_uri(bucket, scheme, "")
    name = getattr(bucket, "name", None)
    if not isinstance(name, str):
        raise usage_error(f"bucket must be a str such as 'ais://name', or a bucket object, not {_kind(bucket)}")
    return _aisle.bucket_uri(name, scheme or _text_of(getattr(bucket, "provider", None)), namespace_of(bucket))


def namespace_of(bucket: object) -> str:
    """"@uuid#name" of an object that has a `namespace`; "" for the global one."""
    space = getattr(bucket, "namespace", None)
    if not space:
        return ""
    if isinstance(space, str):
        return space
    uuid, name = getattr(space, "uuid", "") or "", getattr(space, "name", "") or ""
    return (f"@{uuid}" if uuid else "") + (f"#{name}" if name else "")


def _text_of(provider: object) -> str:
    """A provider as text: of the SDK's enum its value."""
    value = getattr(provider, "value", provider)
    return "" if value is None else str(value)


def _kind(thing: object) -> str:
    return f"{type(thing).__module__}.{type(thing).__qualname__}".removeprefix("builtins.")


def entry_of(item: Any) -> Entry:
    """Makes an Entry of what is neither a str nor an Entry. Raises UsageError where it cannot."""
    if isinstance(item, dict):
        return _of_dict(item)
    if isinstance(item, ListedObject):
        return item.entry()
    name = getattr(item, "obj_name", None)
    if isinstance(name, str):
        return _of_request(item, name)
    name = getattr(item, "name", None)
    if isinstance(name, str) and hasattr(item, "bucket_name"):
        return _of_object(item, name)
    raise usage_error(
        f"{_kind(item)} is no entry: use a str, aisle.Entry, a dict, or an object of the AIStore SDK", "invalid_entry"
    )


def _of_dict(item: dict[str, Any]) -> Entry:
    rest = dict(item)
    name = rest.pop("object", None)
    if not isinstance(name, str):
        raise usage_error(f"a dict that is an entry needs \"object\", a str: {item!r}", "invalid_entry")
    unknown = sorted(rest.keys() - set(_KEYS), key=str)
    if unknown:
        known = ", ".join(_KEYS)
        raise usage_error(f"unknown key {unknown[0]!r} in an entry; known are object, {known}", "invalid_entry")
    try:
        return Entry(name, **rest)
    except TypeError as e:
        raise usage_error(f"a value of the wrong type in the entry {item!r}", "invalid_entry") from e


def _of_request(item: Any, name: str) -> Entry:
    """The SDK's MossIn, by attribute: opaque is base64 there, and what is left out may be None."""
    opaque = getattr(item, "opaque", None)
    if isinstance(opaque, str):
        import base64

        opaque = base64.b64decode(opaque, altchars=b"-_" if "-" in opaque or "_" in opaque else None)
    bucket = getattr(item, "bck", None)
    uri = bucket_uri(bucket, getattr(item, "provider", None)) if bucket else _bucket_of_uname(item, name)
    start, length = getattr(item, "start", None), getattr(item, "length", None)
    return Entry(
        name,
        bucket=uri,
        archpath=getattr(item, "archpath", None),
        start=start or None,
        length=length,
        opaque=opaque,
    )


def _bucket_of_uname(item: Any, name: str) -> str:
    """The bucket in a MossIn's `uname`, "PROVIDER/@UUID#NAMESPACE/BUCKET/OBJECT"; "" where there is none."""
    uname = getattr(item, "uname", None)
    if not uname:
        return ""
    parts = str(uname).removesuffix(f"/{name}").split("/")
    if len(parts) != 3:
        raise usage_error(f"uname {uname!r} is not like 'ais/@#/bucket/{name}'", "invalid_entry")
    return _aisle.bucket_uri(parts[2], parts[0], "" if parts[1] == "@#" else parts[1])


def _of_object(item: Any, name: str) -> Entry:
    """The SDK's Object, by attribute."""
    provider = _text_of(getattr(item, "bucket_provider", None))
    space = getattr(item, "query_params", {}).get("namespace", "")
    return Entry(name, bucket=_aisle.bucket_uri(item.bucket_name, provider, "" if space == "@#" else space))


def entry_of_state(state: tuple[Any, ...]) -> Entry:
    """An entry of a pickle."""
    return _aisle.restore_entry(state)


_aisle.set_entry_converter(entry_of)


class ListedObject:
    """An object of a bucket, or a member of an archive in it, as `Client.list` and `Client.head` give it. It may be
    asked for as it is: it is an entry too."""

    __slots__ = (
        "archpath", "bucket", "cached", "checksum", "is_archive", "is_unreadable", "location", "name", "size", "version"
    )  # fmt: skip

    bucket: str
    """URI of its bucket, "ais://name"."""
    name: str
    """Name of the object; of a member, that of its archive."""
    archpath: str
    """Path of the member in its archive, empty for an object."""
    size: int
    """Bytes; of a member after decompression."""
    checksum: str
    """ "TYPE:HEX", empty where it is not known."""
    version: str
    location: str
    cached: bool
    """It is in the cluster. False for what only a cloud bucket's backend has."""
    is_archive: bool
    is_unreadable: bool
    """It is named as an archive is, and AIStore cannot read what is in it."""

    def __init__(self, bucket: str, fields: tuple[str, str, int, str, str, str, bool, bool, bool]) -> None:
        self.bucket = bucket
        self.name, self.archpath, self.size, self.checksum, self.version, self.location = fields[:6]
        self.cached, self.is_archive, self.is_unreadable = fields[6:]

    def entry(self) -> Entry:
        """What asks for it, with the size that it must have."""
        return Entry(self.name, bucket=self.bucket, archpath=self.archpath, size=self.size, checksum=self.checksum)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ListedObject):
            return NotImplemented
        return all(getattr(self, k) == getattr(other, k) for k in self.__slots__)

    def __hash__(self) -> int:
        return hash((self.bucket, self.name, self.archpath))

    def __repr__(self) -> str:
        member = f", archpath={self.archpath!r}" if self.archpath else ""
        return f"<aisle.ListedObject {self.bucket}/{self.name}{member}, {self.size:,} bytes>"


def read_lines(path: str | os.PathLike[str]) -> Iterator[Entry]:
    """Reads JSON lines as the command does: {"bucket": .., "object": .., "archpath": .., "start": .., "length": ..,
    "opaque": BASE64, "size": .., "checksum": ..}. Raises UsageError with the line's number."""
    import json

    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                yield _of_line(json.loads(line, object_pairs_hook=_distinct))
            except (TypeError, ValueError) as e:
                made = usage_error(f"{os_path(path)}, line {number}: {e}", "invalid_entry")
                raise made from e


def os_path(path: str | os.PathLike[str]) -> str:
    return path if isinstance(path, str) else path.__fspath__()


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key is given twice")
    return made


def _of_line(item: Any) -> Entry:
    import base64

    if not isinstance(item, dict):
        raise TypeError("not a JSON object")
    fields = {k: v for k, v in item.items() if k not in _NOT_ASKED_FOR}
    for key in ("provider", "namespace", "tag"):
        if key in fields:
            raise ValueError(f"unknown key {key!r}")
    if isinstance(fields.get("opaque"), str):
        fields["opaque"] = base64.b64decode(fields["opaque"], validate=True)
    if fields.get("length") == 0 and not fields.get("start"):
        fields.pop("length")  # {0, 0} is the whole
    return _of_dict(fields)


class Entries:
    """A packed table of entries, constant once it is made: about as many bytes as the names have, instead of several
    hundred an entry. It pickles as a few long buffers, and forked children share its memory.

    `len(t)`, `t[i]` (an Entry), `t[a:b]` (a part that shares the memory), iteration; a source of `Client.stream`.
    """

    __slots__ = ("_table",)

    def __init__(self, entries: Iterable[Any] = (), *, bucket: object = None, provider: object = None) -> None:
        """entries: whatever `Client.stream` takes as entries. bucket: of those that name none."""
        self._table = _aisle.EntryTable(entries, bucket_uri(bucket, provider))

    @classmethod
    def from_uris(cls, uris: Iterable[str], *, bucket: object = None, provider: object = None) -> Entries:
        """From "ais://bucket/object", "ais://bucket/shard.tar/member", or names of objects of `bucket`."""
        return cls(uris, bucket=bucket, provider=provider)

    @classmethod
    def from_list(cls, listing: Iterable[ListedObject]) -> Entries:
        """From `Client.list()`: the objects and members with their sizes, archives left out where their members are
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

    def __iter__(self) -> Iterator[Entry]:
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
