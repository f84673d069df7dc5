"""AIStore's Python SDK on Aisle: the same calls and results, with Aisle's engine.

    import aisle.aistore
    aisle.aistore.patch()                     # from now on client.batch() is Aisle's

    from aisle.aistore import Batch           # or explicitly
    batch = Batch(client, ["a", "b"], bucket=bucket)

For programs that cannot be edited see `aisle.run`. Differences from the SDK are listed in docs/python/migration.md.
Needs the package ``aistore``, 1.25 or newer.
"""

from __future__ import annotations

import os
import sys
import threading
from types import ModuleType
from typing import Any, ClassVar

from aistore.sdk.batch import batch as _sdk
from aistore.sdk.batch.types import MossIn, MossReq
from aistore.sdk.obj.object import Object

from ._entry.names import namespace_text
from ._errors import Error
from ._sdk.after_import import after_import, forget_import
from ._sdk.batch import Samples
from ._sdk.client import client_of
from ._sdk.entries import Info, entries_of, info_of, items_of_names
from ._sdk.errors import (
    BucketMissing,
    EntryFailed,
    EntryMissing,
    RemoteBucketMissing,
    RequestFailed,
    SdkError,
    Unreachable,
    entry_error,
    is_of_the_request,
    request_error,
)
from ._sdk.results import Results

__all__ = [
    "Batch",
    "BucketMissing",
    "EntryFailed",
    "EntryMissing",
    "Info",
    "RemoteBucketMissing",
    "RequestFailed",
    "SdkError",
    "Unreachable",
    "client_of",
    "patch",
    "unpatch",
]

_SdkBatch: Any = _sdk.Batch
_DATASETS = "aistore.pytorch.batch_iter_dataset"
_HOLDERS = ("aistore.sdk.batch.batch", "aistore.sdk.batch", "aistore.sdk.client", "aistore.sdk")

# Held while entries are taken out of a batch, for microseconds, so that no two get() take the same.
_taking = threading.Lock()


def _renew_lock() -> None:
    global _taking
    _taking = threading.Lock()


os.register_at_fork(after_in_child=_renew_lock)


class Batch(_SdkBatch):  # type: ignore[misc]
    """The SDK's ``Batch``, whose ``get()`` is Aisle's.

    Entries, options, ``requests_list``, ``len`` and ``repr`` are the SDK's own. ``add()`` is too, except for
    namespaces, ``length=0`` and ``opaque=b""``, which the SDK loses.
    """

    samples: ClassVar[Samples] = "bytes"
    """The data that ``get()`` returns: "bytes", or "view" for `aisle.Sample`, without a copy. Set by `patch`."""

    def __init__(self, request_client: Any, objects: Any = None, *arguments: Any, **options: Any) -> None:
        """Like the SDK's; request_client may also be the SDK's ``Client`` itself."""
        super().__init__(getattr(request_client, "_request_client", request_client), None, *arguments, **options)
        if objects is None:
            return
        bucket = self.bucket
        has_namespace = bucket is not None and bucket.namespace is not None
        if not isinstance(objects, (list, tuple)):
            objects = (objects,)
        if bucket is not None and not has_namespace and set(map(type, objects)) == {str}:
            self.requests_list.extend(items_of_names(objects, bucket.name, bucket.provider.value))
            return
        for one in objects:
            if isinstance(one, str) and not has_namespace:
                _SdkBatch.add(self, one)
            elif isinstance(one, (str, Object)):
                self.add(one)
            else:
                raise ValueError(f"cannot request a {type(one).__name__}: give a name or an Object")

    @property
    def requests_list(self) -> list[MossIn]:
        """The entries so far: the batch's own list."""
        entries: list[MossIn] = self.request.moss_in
        return entries

    def add(
        self,
        obj: Any,
        opaque: bytes | None = None,
        archpath: str | None = None,
        start: int | None = None,
        length: int | None = None,
        bck: str | None = None,
        provider: str | None = None,
    ) -> Batch:
        """Like the SDK's, which documents the arguments.

        Raises ValueError for ``length=0``: AIStore would send the whole object.
        """
        if length == 0:
            raise ValueError(
                f"length=0 requests no bytes of {obj!r}: omit it for all of them, "
                "or give -1 for those up to the end"
            )
        namespace = self._namespace_of(obj, bck)
        where = {} if bck is None and provider is None else {"bck": bck, "provider": provider}
        if not namespace and opaque != b"":
            _SdkBatch.add(self, obj, opaque, archpath, start, length, **where)
            return self
        alone = _SdkBatch.__new__(_SdkBatch)  # the SDK checks and fills in the entry, which is then completed
        alone.bucket = self.bucket
        alone.request = MossReq()
        _SdkBatch.add(alone, obj, opaque, archpath, start, length, **where)
        item = alone.request.moss_in[0]
        more = {"uname": f"{item.provider}/{namespace}/{item.bck}/{item.obj_name}"} if namespace else {}
        if opaque == b"":
            more["opaque"] = ""
        self.requests_list.append(item.model_copy(update=more))
        return self

    def _namespace_of(self, obj: Any, bck: str | None) -> str:
        if not isinstance(obj, str):
            return namespace_text(obj.query_params.get("namespace")) if hasattr(obj, "query_params") else ""
        bucket = self.bucket
        if bck is not None or bucket is None or bucket.namespace is None:
            return ""
        return namespace_text(bucket.namespace)

    def get(
        self,
        raw: bool = False,
        decode_as_stream: bool = False,
        clear_batch: bool = True,
        *,
        tar_buffer_size: int | None = None,
    ) -> Any:
        """An iterator of ``(info, data)`` in the order of the entries. It continues after a step that raised.

        raw: True: the SDK's own code, and its raw response.
        decode_as_stream: accepted, without effect: every response is decoded as it arrives.
        clear_batch: as in the SDK.
        tar_buffer_size: checked as in the SDK, without effect.

        Waits for the first sample. Raises ValueError if there are no entries, or one that AIStore would refuse;
        `RequestFailed` (an ``AISError``) if the whole request is refused or no proxy can be reached; the batch then
        has its entries again. A step raises `EntryFailed` for an entry that could not be fetched; an entry that does
        not exist is returned as ``(info, b"")`` with ``info.err_msg``, as in the SDK. With ``cont_on_err=False`` the
        first of either is raised and ends the iterator.
        """
        buffer = {} if tar_buffer_size is None else {"tar_buffer_size": tar_buffer_size}
        if raw:
            return super().get(raw=True, clear_batch=clear_batch, **buffer)
        self._check_buffer_size(tar_buffer_size)
        with _taking:
            entries = self.requests_list
            items = entries[:]  # entries appended meanwhile stay for the next get()
            if clear_batch:
                del entries[: len(items)]
        if not items:
            raise ValueError("the batch has no entries: add some before get()")
        try:
            return self._ask(items)
        except BaseException:
            if clear_batch:
                with _taking:
                    self.requests_list[:0] = items
            raise

    def _ask(self, items: list[MossIn]) -> Results:
        request = self.request
        goes_on = bool(request.cont_on_err)
        try:
            stream = client_of(self.request_client).stream(
                [entries_of(items, self.bucket)],
                output_format=request.output_format or ".tar",
                streaming_get=bool(request.streaming_get),
                cont_on_err=goes_on,
                only_obj_name=bool(request.only_obj_name),
                colocation=int(request.colocation or 0),
            )
            results = Results(stream, items, info_of, entry_error, as_view=self.samples == "view", goes_on=goes_on)
            why = results.wait_for_first()
        except Error as fault:
            if isinstance(fault, ValueError):
                raise
            raise request_error(fault) from fault
        if why is not None and (not goes_on or is_of_the_request(why, len({(i.provider, i.bck) for i in items}))):
            results.close()
            raise request_error(why)
        return results

    def _check_buffer_size(self, size: int | None) -> None:
        if size is None:
            return
        if isinstance(size, bool) or not isinstance(size, int) or size <= 0:
            raise ValueError(f"tar_buffer_size is {size!r}: it must be a whole number of bytes, 1 or more")
        if self.request.output_format == ".zip":
            raise ValueError("tar_buffer_size is for tar responses, but this batch requests zip")


def patch(samples: Samples = "bytes", datasets: bool = True) -> None:
    """From now on the SDK's ``client.batch()`` returns an `aisle.aistore.Batch`, in the whole process.

    samples: "bytes", or "view": data is then an `aisle.Sample`, which saves a copy but is not ``bytes``.
    datasets: ``AISBatchIterDataset`` reads ahead and yields the same.

    May be called again, also with other arguments. Existing batches do not change. Spawned Python processes must call
    it themselves; see `aisle.run`.
    """
    if samples not in ("bytes", "view"):
        raise ValueError(f'samples is {samples!r}: it must be "bytes" or "view"')
    Batch.samples = samples
    _replace(_SdkBatch, Batch)
    if datasets:
        after_import(_DATASETS, _patch_dataset)
    else:
        _unpatch_dataset()


def unpatch() -> None:
    """Undoes `patch`. Batches created meanwhile remain Aisle's."""
    _replace(Batch, _SdkBatch)
    _unpatch_dataset()


def _replace(one: type, other: type) -> None:
    for name in _HOLDERS:
        module: Any = sys.modules.get(name)
        if module is not None and getattr(module, "Batch", None) is one:
            module.Batch = other


def _patch_dataset(module: ModuleType) -> None:
    from ._sdk.dataset import read_ahead

    dataset = module.AISBatchIterDataset
    if dataset.__iter__ is not read_ahead:
        dataset._iter_of_the_sdk = dataset.__iter__
        dataset.__iter__ = read_ahead


def _unpatch_dataset() -> None:
    forget_import(_DATASETS)
    dataset = getattr(sys.modules.get(_DATASETS), "AISBatchIterDataset", None)
    if dataset is not None and "_iter_of_the_sdk" in vars(dataset):
        dataset.__iter__ = dataset._iter_of_the_sdk
        del dataset._iter_of_the_sdk
