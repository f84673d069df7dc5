"""Buckets and objects by name, with the API of AIStore's Python SDK.

``client.bucket(name, provider)`` returns a `Bucket`, ``bucket.object(name)`` an `Object`. Neither sends a request;
their methods do.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from .._entry.names import namespace_text, provider_name
from .._errors import Error, NotFound

if TYPE_CHECKING:
    from .._client import Client
    from .._entry.listed import ListedObject


def _not_found(text: str) -> NotFound:
    made = NotFound(text)
    made.code = "missing"
    return made


class ArchiveMember(NamedTuple):
    """A member of an archive, as returned by `Bucket.list_archive()`."""

    name: str
    """Name of the archive, a slash, and the path inside it."""
    archpath: str
    """Path inside the archive, for ``batch.add(archpath=)``."""
    size: int
    """Size in bytes, after decompression."""


class Bucket:
    """A bucket of the cluster: its name, and the client that reads it. Cheap to create and to copy.

    Thread-safe. Methods that send requests raise `aisle.Error`.
    """

    __slots__ = ("_client", "_name", "_namespace", "_provider", "_uri")

    def __init__(self, client: Client, name: str, provider: Any = "ais", namespace: Any = None) -> None:
        """Use ``client.bucket()``.

        name: of the bucket, or its URI ("s3://name"); then omit provider and namespace.
        provider: "ais", "aws" or "s3", "gcp" or "gs", "azure" or "az", "oci", "ht".
        namespace: "ns", "@uuid#ns", or an object with `uuid` and `name`; None: the global one.
        """
        scheme, found, rest = name.partition("://")
        if found:
            provider, name = scheme, rest
            if name[:1] in ("@", "#"):
                namespace, _, name = name.partition("/")
        self._client = client
        self._name = name
        self._provider = provider_name(provider)
        self._namespace = namespace_text(namespace)
        place = f"{self._namespace}/{name}" if self._namespace else name
        self._uri = f"{self._provider}://{place}"

    @property
    def client(self) -> Client:
        """The client that reads this bucket."""
        return self._client

    @property
    def name(self) -> str:
        """Name without provider and namespace."""
        return self._name

    @property
    def provider(self) -> str:
        """AIStore's name of the provider: "ais", "aws", "gcp", "azure", "oci" or "ht"."""
        return self._provider

    @property
    def namespace(self) -> str:
        """ "@uuid#name"; empty for the global one."""
        return self._namespace

    @property
    def uri(self) -> str:
        """ "ais://name", "aws://name", "ais://@uuid#namespace/name"."""
        return self._uri

    def object(self, name: str) -> Object:
        """An object of this bucket. Does not check that it exists."""
        return Object(self, name)

    def list_all_objects_iter(self, prefix: str = "") -> Iterator[ListedObject]:
        """The objects of the bucket, in order of names, one page at a time. prefix: of the names."""
        return self._client.list(self._uri, prefix)

    def list_all_objects(self, prefix: str = "") -> list[ListedObject]:
        """`list_all_objects_iter()` as a list."""
        return list(self.list_all_objects_iter(prefix))

    def list_archive(self, name: str) -> list[ArchiveMember]:
        """The members of an archive of this bucket, in its order. `NotFound` if there is no such object."""
        listed = [one for one in self._client.list(self._uri, name, archives=True) if one.name == name]
        if not listed:
            raise _not_found(f"{self._uri}/{name} does not exist")
        return [ArchiveMember(f"{name}/{one.archpath}", one.archpath, one.size) for one in listed if one.archpath]

    def create(self, exist_ok: bool = False) -> Bucket:
        """Creates the bucket; AIStore creates only those of provider "ais".

        exist_ok: True: it may already exist. False: that raises `Error`.
        """
        if not self._client.create_bucket(self._uri) and not exist_ok:
            raise Error(f"{self._uri} already exists")
        return self

    def delete(self, missing_ok: bool = False) -> None:
        """Destroys the bucket with everything in it.

        missing_ok: True: it need not exist. False: that raises `NotFound`.
        """
        if not self._client.destroy_bucket(self._uri) and not missing_ok:
            raise _not_found(f"{self._uri} does not exist")

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, Bucket) and self._uri == other._uri

    def __hash__(self) -> int:
        return hash(self._uri)

    def __repr__(self) -> str:
        return f"Bucket({self._uri!r})"


class Object:
    """An object of a bucket: its name, and the bucket. Cheap to create. Thread-safe.

    Methods that send requests raise `aisle.Error`; `NotFound` if the object does not exist.
    """

    __slots__ = ("_bucket", "_name")

    def __init__(self, bucket: Bucket, name: str) -> None:
        self._bucket = bucket
        self._name = name

    @property
    def bucket(self) -> Bucket:
        """The bucket that it is in."""
        return self._bucket

    @property
    def name(self) -> str:
        """Name in the bucket."""
        return self._name

    @property
    def bucket_name(self) -> str:
        """Name of the bucket."""
        return self._bucket.name

    @property
    def bucket_provider(self) -> str:
        """Provider of the bucket, as `Bucket.provider`."""
        return self._bucket.provider

    @property
    def uri(self) -> str:
        """ "ais://bucket/object"."""
        return f"{self._bucket.uri}/{self._name}"

    def get_reader(self, archpath: str | None = None) -> ObjectReader:
        """Reads the object, or its member archpath. Nothing is fetched before `ObjectReader.read_all()`."""
        return ObjectReader(self, archpath)

    def get_writer(self) -> ObjectWriter:
        """Stores the object."""
        return ObjectWriter(self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Object) and self._name == other._name and self._bucket == other._bucket

    def __hash__(self) -> int:
        return hash((self._bucket, self._name))

    def __repr__(self) -> str:
        return f"Object({self.uri!r})"


class ObjectReader:
    """Fetches one object. Returned by `Object.get_reader()`."""

    __slots__ = ("_archpath", "_object")

    def __init__(self, of: Object, archpath: str | None) -> None:
        self._object = of
        self._archpath = archpath

    def read_all(self) -> bytes:
        """All its bytes. For many objects use a batch: it takes one request for all of them."""
        bucket = self._object.bucket
        return bytes(bucket.client.get(self._object.name, bucket=bucket.uri, archpath=self._archpath))


class ObjectWriter:
    """Stores one object. Returned by `Object.get_writer()`."""

    __slots__ = ("_object",)

    def __init__(self, of: Object) -> None:
        self._object = of

    def put_content(self, content: bytes) -> None:
        """Stores these bytes, whole or not at all; replaces an object of the same name."""
        bucket = self._object.bucket
        bucket.client.put(bucket.uri, self._object.name, content)

    def put_file(self, path: str | os.PathLike[str]) -> None:
        """Stores the bytes of a file, whole or not at all; replaces an object of the same name."""
        bucket = self._object.bucket
        bucket.client.put(bucket.uri, self._object.name, Path(path))
