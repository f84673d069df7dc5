"""Names of buckets in all accepted forms: text, AIStore's spellings, objects of Aisle's and of the SDK."""

from __future__ import annotations

from .. import _aisle
from .._errors import usage_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_WIRE_NAMES = {"s3": "aws", "gs": "gcp", "az": "azure", "oc": "oci"}


def text_of(provider: Any) -> str:
    """A provider as text: the value of the SDK's enum, "" for None."""
    value = getattr(provider, "value", provider)
    return "" if value is None else str(value)


def provider_name(provider: Any) -> str:
    """AIStore's own name for a provider: "aws" for "s3", "gcp" for "gs", "azure" for "az".

    provider: text, or an enum of text such as the SDK's ``Provider``.
    """
    text = text_of(provider)
    return _WIRE_NAMES.get(text, text)


def namespace_text(namespace: Any) -> str:
    """ "@uuid#name" of a namespace; empty for the global one.

    namespace: text such as "ns" or "@uuid#ns", an object with ``uuid`` and ``name`` such as the SDK's ``Namespace``,
    or None.
    """
    if namespace is None or namespace == "":
        return ""
    if not isinstance(namespace, str):
        namespace = f"@{namespace.uuid}#{namespace.name}"
    elif namespace[0] not in "@#":
        namespace = f"@#{namespace}"
    return "" if namespace == "@#" else namespace


def bucket_uri(bucket: Any, provider: Any = None) -> str:
    """ "ais://name" for a bucket in any accepted form: its URI, its name (of `provider`, "ais" by default), or an
    object with `name` and perhaps `provider` and `namespace`, such as the SDK's Bucket. "" for None.

    Raises UsageError for anything else.
    """
    if bucket is None:
        if provider is not None:
            raise usage_error("a provider is given, and no bucket")
        return ""
    if isinstance(bucket, str):
        return _aisle.bucket_uri(bucket, text_of(provider), "")
    name = getattr(bucket, "name", None)
    if not isinstance(name, str):
        raise usage_error(f"bucket must be a str such as 'ais://name', or a bucket object, not {kind_of(bucket)}")
    scheme = text_of(provider) or text_of(getattr(bucket, "provider", None))
    return _aisle.bucket_uri(name, scheme, namespace_text(getattr(bucket, "namespace", None)))


def place_of(uname: str) -> tuple[str, str]:
    """The bucket's URI and the object's name from AIStore's "provider/@uuid#namespace/bucket/object"."""
    parts = uname.split("/", 3)
    if len(parts) < 4:
        raise usage_error(f"uname {uname!r} is not of the form provider/@uuid#namespace/bucket/object", "invalid_entry")
    provider, namespace, bucket, name = parts
    return _aisle.bucket_uri(bucket, provider, namespace_text(namespace)), name


def kind_of(thing: object) -> str:
    """The class of an object, for messages."""
    return f"{type(thing).__module__}.{type(thing).__qualname__}".removeprefix("builtins.")
