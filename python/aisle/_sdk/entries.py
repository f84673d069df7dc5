"""Entries of the SDK's requests in the engine's form, and results as the SDK's infos."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from aistore.sdk.batch.types import MossIn, MossOut

from .._aisle import Entry, make_model
from .._entry.entry_of import opaque_of
from .._entry.names import bucket_uri, place_of


class Info(MossOut):  # type: ignore[misc]
    """The SDK's ``MossOut``, with the bucket also under the name that requests use."""

    @property
    def bck(self) -> str:
        """The bucket's name, as ``bucket``."""
        name: str = self.bucket
        return name


# The models' known fields: models with other fields are created by pydantic.
_info_fields = {"obj_name", "archpath", "bucket", "provider", "opaque", "err_msg", "size"}
_infos_are_known = set(MossOut.model_fields) == _info_fields
_item_fields = {"obj_name", "bck", "provider", "uname", "opaque", "archpath", "start", "length"}
_items_are_known = set(MossIn.model_fields) == _item_fields
_given_of_a_name = {"obj_name", "bck", "provider"}


def items_of_names(names: Iterable[str], bucket: str, provider: str) -> list[MossIn]:
    """What the SDK's ``add()`` makes of bare names."""
    if not _items_are_known:
        return [MossIn(obj_name=name, bck=bucket, provider=provider) for name in names]
    return [
        make_model(
            MossIn,
            {
                "obj_name": name,
                "bck": bucket,
                "provider": provider,
                "uname": None,
                "opaque": None,
                "archpath": None,
                "start": None,
                "length": None,
            },
            _given_of_a_name,
        )
        for name in names
    ]


def entries_of(items: Iterable[MossIn], default_bucket: Any) -> list[Entry]:
    """The entries of a request, in order.

    default_bucket: the SDK's ``Bucket`` for entries without one, or None. Raises ValueError for an entry that AIStore
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
    """The info of one result. size: bytes of its data. err_msg: why there is no data."""
    fields = {
        "obj_name": item.obj_name,
        "archpath": item.archpath or "",
        "bucket": item.bck or "",
        "provider": item.provider or "",
        "opaque": None if item.opaque is None else opaque_of(item.obj_name, item.opaque),
        "err_msg": err_msg,
        "size": size,
    }
    return make_model(Info, fields, _info_fields) if _infos_are_known else Info(**fields)


def _bucket_uri(item: MossIn, default_bucket: Any) -> str:
    if item.bck:
        return f"{item.provider or 'ais'}://{item.bck}"
    if default_bucket is None:
        raise ValueError(f"{item.obj_name!r} names no bucket: give the batch one, or the entry")
    return bucket_uri(default_bucket)
