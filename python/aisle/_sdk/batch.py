"""Get-Batch with the API of AIStore's Python SDK: a batch is built, and returns ``(info, data)``.

batch = client.batch(["a", "b"], bucket=client.bucket("train"))
for info, data in batch.get():
    use(info.obj_name, data)
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal

from .._aisle import Entry
from .._entry.names import namespace_text, provider_name
from .._errors import Error, usage_error
from .bucket import Bucket, Object
from .results import Results

if TYPE_CHECKING:
    from .._client import Client

Samples = Literal["bytes", "view"]


class BatchItem:
    """One entry of a batch, with the names of the SDK's requests. Immutable; pickles."""

    __slots__ = ("archpath", "bck", "entry", "length", "obj_name", "opaque", "provider", "start")

    obj_name: str
    bck: str
    provider: str
    archpath: str
    opaque: bytes | None
    start: int
    length: int | None
    entry: Entry

    def __init__(
        self, bucket: Bucket, name: str, archpath: str, start: int, length: int | None, opaque: bytes | None
    ) -> None:
        self.obj_name = name
        self.bck = bucket.name
        self.provider = bucket.provider
        self.archpath = archpath
        self.opaque = opaque
        self.start = start
        self.length = length
        self.entry = Entry(name, bucket=bucket.uri, archpath=archpath, start=start, length=length)

    def __repr__(self) -> str:
        return f"BatchItem({self.entry!r})"


class Info:
    """A requested entry and its result. Immutable; pickles."""

    __slots__ = ("_item", "err_msg", "size")

    err_msg: str | None
    """Why there is no data; None if there is."""
    size: int
    """Bytes of the data."""

    def __init__(self, item: BatchItem, size: int, err_msg: str | None) -> None:
        self._item = item
        self.size = size
        self.err_msg = err_msg

    @property
    def obj_name(self) -> str:
        """Name of the object."""
        return self._item.obj_name

    @property
    def archpath(self) -> str:
        """Path of the member inside the object; empty for the object itself."""
        return self._item.archpath

    @property
    def bucket(self) -> str:
        """Name of the bucket."""
        return self._item.bck

    @property
    def provider(self) -> str:
        """AIStore's name of the bucket's provider, such as "ais", "aws" or "gcp"."""
        return self._item.provider

    @property
    def opaque(self) -> bytes | None:
        """The bytes given to ``batch.add(opaque=)``, unchanged."""
        return self._item.opaque

    def __repr__(self) -> str:
        return (
            f"Info(obj_name={self.obj_name!r}, archpath={self.archpath!r}, bucket={self.bucket!r}, "
            f"provider={self.provider!r}, opaque={self.opaque!r}, err_msg={self.err_msg!r}, size={self.size})"
        )


class Batch:
    """Entries for one request. ``client.batch()`` creates it.

    Any number of threads may add entries; each entry is then in exactly one ``get()``.
    """

    def __init__(
        self,
        client: Client,
        objects: Any = None,
        bucket: Bucket | str | None = None,
        output_format: str = ".tar",
        cont_on_err: bool = True,
        only_obj_name: bool = False,
        streaming_get: bool = True,
        colocation: int = 0,
    ) -> None:
        """Use ``client.batch()``, which documents the arguments."""
        self._client = client
        self._lock = threading.Lock()
        self.bucket = Bucket(client, bucket) if isinstance(bucket, str) else bucket
        self.output_format = output_format
        self.cont_on_err = cont_on_err
        self.only_obj_name = only_obj_name
        self.streaming_get = streaming_get
        self.colocation = int(colocation)
        self._items: list[BatchItem] = []
        if objects is not None:
            for one in objects if isinstance(objects, Iterable) and not isinstance(objects, str) else (objects,):
                self.add(one)

    def add(
        self,
        obj: Object | str,
        opaque: bytes | None = None,
        archpath: str | None = None,
        start: int | None = None,
        length: int | None = None,
        bck: str | None = None,
        provider: str | None = None,
    ) -> Batch:
        """Appends an entry and returns the batch, so that calls can be chained.

        obj: an `Object`, or the name of one in the batch's bucket, or in ``bck``.
        opaque: any bytes, returned in `Info.opaque`.
        archpath: path of a member of obj, which must then be an archive.
        start: first byte, of the object or of the member; 0 or more.
        length: number of bytes, 1 or more. -1 or omitted: to the end.
        bck, provider: another bucket for a name; both or neither.

        Raises `UsageError` for a name without a bucket, and for a range or a name that AIStore would refuse.
        """
        if isinstance(obj, str):
            bucket, name = self._bucket_of(obj, bck, provider), obj
        else:
            if bck is not None or provider is not None:
                raise usage_error("bck and provider belong to a name: an object has its own bucket")
            bucket, name = _home_of(self._client, obj)
        if opaque is not None and not isinstance(opaque, bytes):
            opaque = bytes(opaque)
        item = BatchItem(bucket, name, archpath or "", start or 0, None if length == -1 else length, opaque)
        self._items.append(item)
        return self

    def _bucket_of(self, name: str, bck: str | None, provider: str | None) -> Bucket:
        if (bck is None) != (provider is None):
            raise usage_error("give bck and provider together, or neither")
        if bck is not None:
            return Bucket(self._client, bck, provider)
        if self.bucket is None:
            raise usage_error(f"{name!r} has no bucket: give client.batch() a bucket, or add bucket.object({name!r})")
        return self.bucket

    @property
    def requests_list(self) -> list[BatchItem]:
        """The entries so far: the batch's own list."""
        return self._items

    @property
    def moss_in(self) -> list[BatchItem]:
        """`requests_list` under the name that AIStore's requests have."""
        return self._items

    @property
    def request(self) -> Batch:
        """The batch itself: the SDK keeps a batch's entries and options in ``batch.request``."""
        return self

    def clear(self) -> Batch:
        """Drops all entries."""
        with self._lock:
            self._items.clear()
        return self

    def get(self, clear_batch: bool = True, *, samples: Samples = "bytes") -> Results:
        """Requests the entries, and returns an iterator of ``(info, data)`` in their order.

        The request is sent now, and its response is read ahead.

        clear_batch: True: the requested entries are removed from the batch, which can be filled again.
        samples: "bytes": data is bytes. "view": data is a `Sample`, without a copy.

        An entry that does not exist is returned as ``(info, b"")`` with `Info.err_msg` set; a `Sample` is then
        false, and raises when read. The error of an entry that failed is raised by its step, and the next step
        continues with the next entry. With ``cont_on_err=False`` the first of either is raised, and ends the iterator.

        Raises `UsageError` if there are no entries.
        """
        if samples not in ("bytes", "view"):
            raise usage_error(f'samples is {samples!r}: it must be "bytes" or "view"')
        items = self._taken(clear_batch)
        if not items:
            raise usage_error("the batch has no entries: add some before get()")
        stream = self._client.stream(
            [[item.entry for item in items]],
            output_format=self.output_format,
            streaming_get=self.streaming_get,
            cont_on_err=self.cont_on_err,
            only_obj_name=self.only_obj_name,
            colocation=self.colocation,
        )
        results = Results(stream, items, Info, _itself, as_view=samples == "view", goes_on=self.cont_on_err)
        results.begin()
        return results

    def _taken(self, clear: bool) -> list[BatchItem]:
        with self._lock:
            count = len(self._items)  # entries added meanwhile stay for the next get()
            items = self._items[:count]
            if clear:
                del self._items[:count]
        return items

    def __len__(self) -> int:
        return len(self._items)

    def __repr__(self) -> str:
        return f"Batch(objects={len(self)}, format={self.output_format})"


def _itself(why: Error) -> Exception:
    return why


def _home_of(client: Client, obj: Any) -> tuple[Bucket, str]:
    """Bucket and name of an `Object`, or of one of the SDK's."""
    if isinstance(obj, Object):
        return obj.bucket, obj.name
    try:
        provider = provider_name(obj.bucket_provider)
        namespace = namespace_text(getattr(obj, "query_params", {}).get("namespace"))
        return Bucket(client, obj.bucket_name, provider, namespace), obj.name
    except AttributeError:
        raise usage_error(f"cannot request a {type(obj).__name__}: give a name or an Object") from None
