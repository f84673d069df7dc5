"""Entries from names, dicts, and the SDK's objects."""

from __future__ import annotations

from .. import _aisle
from .._errors import usage_error
from .listed import ListedObject
from .names import bucket_uri, kind_of, namespace_text, place_of, text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

Entry = _aisle.Entry

_KEYS = ("bucket", "provider", "namespace", "archpath", "start", "length", "opaque", "size", "checksum", "tag")

def entry_named(name: str, bucket: str | None, **options: Any) -> Entry:
    """The entry for a name or URI with options of an Entry: archpath, start, length, opaque, size, checksum, tag.
    bucket: for a name."""
    named = Entry.parse(name, bucket)
    return Entry(named.object, **({"bucket": named.bucket, "archpath": named.archpath} | options))


def entry_of(item: Any) -> Entry:
    """Makes an Entry of other types than str and Entry. Raises UsageError if it cannot."""
    if isinstance(item, dict):
        return entry_of_dict(item)
    if isinstance(item, ListedObject):
        return item.entry()
    name = getattr(item, "obj_name", None)
    if isinstance(name, str):
        return _of_request(item, name)
    name = getattr(item, "name", None)
    if isinstance(name, str) and hasattr(item, "bucket_name"):
        return _of_object(item, name)
    raise usage_error(
        f"{kind_of(item)} is not an entry: use a str, aisle.Entry, a dict, or an object of the AIStore SDK",
        "invalid_entry",
    )


def entry_of_dict(item: dict[str, Any]) -> Entry:
    """The entry for a dict of its arguments. Raises UsageError for any other key, and for a value of the wrong type."""
    rest = dict(item)
    name = rest.pop("object", None)
    if not isinstance(name, str):
        raise usage_error(f'a dict that is an entry needs "object", a str: {item!r}', "invalid_entry")
    unknown = sorted(rest.keys() - set(_KEYS), key=str)
    if unknown:
        known = ", ".join(_KEYS)
        raise usage_error(f"unknown key {unknown[0]!r} in an entry; known are object, {known}", "invalid_entry")
    try:
        return Entry(name, **rest)
    except TypeError as e:
        raise usage_error(f"a value of the wrong type in the entry {item!r}", "invalid_entry") from e


def _of_request(item: Any, name: str) -> Entry:
    """The SDK's MossIn, by attribute: an omitted one may be None or absent."""
    uri, uname, opaque = "", getattr(item, "uname", None), getattr(item, "opaque", None)
    if uname:
        uri, name = place_of(str(uname))
    elif bucket := getattr(item, "bck", None):
        uri = bucket_uri(bucket, getattr(item, "provider", None))
    return Entry(
        name,
        bucket=uri,
        archpath=getattr(item, "archpath", None),
        start=getattr(item, "start", None),
        length=getattr(item, "length", None),
        opaque=opaque_of(name, opaque) if isinstance(opaque, str) else opaque,
    )


def opaque_of(name: str, text: str) -> bytes:
    """The bytes that an entry of the SDK contains as base64, in either alphabet."""
    import base64

    try:
        return base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
    except ValueError as e:
        raise usage_error(f"opaque of {name!r} is not base64: {e}", "invalid_entry") from None


def _of_object(item: Any, name: str) -> Entry:
    """The SDK's Object, by attribute."""
    namespace = namespace_text(getattr(item, "query_params", {}).get("namespace"))
    bucket = _aisle.bucket_uri(item.bucket_name, text_of(getattr(item, "bucket_provider", None)), namespace)
    return Entry(name, bucket=bucket)


def entry_of_state(state: tuple[Any, ...]) -> Entry:
    """Recreates a pickled entry."""
    return _aisle.restore_entry(state)


_aisle.set_entry_converter(entry_of)
