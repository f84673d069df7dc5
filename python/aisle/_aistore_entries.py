"""Entries of the SDK's requests as the engine takes them, and answers as the SDK's infos."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from aistore.sdk.batch.types import MossIn, MossOut

from ._aisle import Entry
from ._entry_of import opaque_of
from ._names import bucket_uri, place_of


class Info(MossOut):  # type: ignore[misc]
    """The SDK's ``MossOut``, with the bucket also under the name that requests have for it."""

    @property
    def bck(self) -> str:
        """The bucket's name, as ``bucket``."""
        name: str = self.bucket
        return name


_set = object.__setattr__
_known_fields = {"obj_name", "archpath", "bucket", "provider", "opaque", "err_msg", "size"}
_fields_are_known = set(MossOut.model_fields) == _known_fields


def entries_of(items: Iterable[MossIn], default_bucket: Any) -> list[Entry]:
    """The entries of a request, in order.

    default_bucket: the SDK's ``Bucket`` for those that name none, or None. Raises ValueError for an entry that AIStore
    would refuse, or whose opaque is not base64.
    """
    buckets: dict[tuple[str | None, str | None], str] = {}
    out = []
    for item in items:
        where = (item.provider, item.bck)
        uri = buckets.get(where)
        if uri is None:
            uri = buckets[where] = _bucket_uri(item, default_bucket)
        name = item.obj_name
        if item.uname:
            uri, name = place_of(item.uname)
        if item.opaque is not None:
            opaque_of(item.obj_name, item.opaque)  # raises
        out.append(Entry(name, bucket=uri, archpath=item.archpath, start=item.start, length=item.length))
    return out


def info_of(item: MossIn, size: int, err_msg: str | None) -> Info:
    """The info of one answer. size: bytes of its data. err_msg: why there is none."""
    fields = {
        "obj_name": item.obj_name,
        "archpath": item.archpath or "",
        "bucket": item.bck or "",
        "provider": item.provider or "",
        "opaque": None if item.opaque is None else opaque_of(item.obj_name, item.opaque),
        "err_msg": err_msg,
        "size": size,
    }
    if not _fields_are_known:
        return Info(**fields)
    # As model_construct() does, without its loop: all fields are given.
    made = Info.__new__(Info)
    _set(made, "__dict__", fields)
    _set(made, "__pydantic_fields_set__", _known_fields)
    _set(made, "__pydantic_extra__", None)
    _set(made, "__pydantic_private__", None)
    return made


def _bucket_uri(item: MossIn, default_bucket: Any) -> str:
    if item.bck:
        return f"{item.provider or 'ais'}://{item.bck}"
    if default_bucket is None:
        raise ValueError(f"{item.obj_name!r} names no bucket: give the batch one, or the entry")
    return bucket_uri(default_bucket)
