"""The client: the engine's options, and all its operations."""

from __future__ import annotations

import atexit
import os

from . import _aisle, _log
from ._entry.arguments import count, size, source_of, steps
from ._entry.entry_of import entry_named
from ._entry.listed import ListedObject
from ._entry.names import bucket_uri
from ._errors import usage_error
from ._progress import progress_for
from ._stream import Stream
from ._summary import Stats
from ._waiting import wait_for

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, Literal

    from ._sample import Sample
    from ._sdk.batch import Batch
    from ._sdk.bucket import Bucket


class Client:
    """A cluster, with one set of credentials. Cheap to create: nothing is sent, and no thread starts, before its first
    use.

    Thread-safe, and safe to fork: the engine's threads end before a fork, and a child's engine starts again at its
    first use there. It pickles as its configuration, including the token, so that spawned workers have their own.
    Use it in a `with` statement, or `close()` it; otherwise the end of the process closes it.
    """

    def __init__(
        self,
        endpoint: str | None = None,
        *,
        token: str | None = None,
        token_file: str | os.PathLike[str] | None = None,
        ca_cert: str | os.PathLike[str] | None = None,
        client_cert: str | tuple[str, str] | None = None,
        skip_verify: bool | None = None,
        memory_budget: int | str = "256MiB",
        max_sample_size: int | str | None = None,
        threads: int | None = None,
        timeout: float | tuple[float, float] | None = None,
        connect_timeout: float | None = 10.0,
        first_byte_timeout: float | None = 150.0,
        idle_timeout: float | None = 150.0,
        request_timeout: float | None = 1800.0,
    ) -> None:
        """endpoint: a proxy, "http://host:8080", or several, "a,b". None: AIS_ENDPOINT, or http://localhost:8080.
        token, token_file: the bearer token. None: AIS_AUTHN_TOKEN, AIS_AUTHN_TOKEN_FILE.
        ca_cert: PEM file of certificates to trust. None: AIS_CLIENT_CA, or the system's.
        client_cert: PEM file of certificate and key, or a pair of files. None: AIS_CRT and AIS_CRT_KEY.
        skip_verify: True: certificates are not checked. None: AIS_SKIP_VERIFY_CRT.
        memory_budget: bytes that the engine may hold, or text such as "1GiB"; 256 KiB or more.
        max_sample_size: maximum bytes of a sample. None: the memory budget.
        threads: of the engine, 1 to 256. None: one per four cores, at most 4.
        timeout: as in the AIStore SDK: seconds for each step, or a pair (to connect, to read); 0 is no limit. None: the
        timeouts below.
        *_timeout: in seconds, None for no limit: to connect; until the first byte of a response; between two bytes of a
        response; for a whole request.

        Raises UsageError for a value out of range.
        """
        if timeout is not None:
            connect_timeout, read_timeout = steps(timeout)
            first_byte_timeout = idle_timeout = read_timeout
        cert, key = client_cert if isinstance(client_cert, tuple) else (client_cert, None)
        self._options: dict[str, Any] = {
            "endpoint": endpoint,
            "token": token,
            "token_file": None if token_file is None else os.fspath(token_file),
            "ca_file": None if ca_cert is None else os.fspath(ca_cert),
            "certificate_file": cert,
            "key_file": key,
            "verify": None if skip_verify is None else not skip_verify,
            "memory_budget": size("memory_budget", memory_budget),
            "max_sample_size": 0 if max_sample_size is None else size("max_sample_size", max_sample_size),
            "threads": count("threads", threads, 256, None),
            "connect_timeout": connect_timeout,
            "first_byte_timeout": first_byte_timeout,
            "idle_timeout": idle_timeout,
            "request_timeout": request_timeout,
        }
        self._engine = _engine_of(self._options)

    # ---- many samples

    def stream(
        self,
        source: Any,
        *,
        bucket: object = None,
        provider: object = None,
        batch_size: int | Literal["auto"] = "auto",
        in_flight: int | Literal["auto"] = "auto",
        max_in_flight: int | None = None,
        ordered: bool = True,
        output_format: str = ".tar",
        streaming_get: bool = True,
        cont_on_err: bool = True,
        only_obj_name: bool = False,
        colocation: int = 0,
        on_missing: Literal["yield", "skip", "raise"] = "yield",
        decompress: bool = False,
        hedging: bool = True,
        attempts: int = 100,
        give_up_after: float | None = 300.0,
        run_timeout: float | None = None,
        progress: object = False,
        form: Literal["batch", "objects", "fastest"] = "batch",
        keep_reports: int = 0,
    ) -> Stream:
        """The samples of a source, in its order, while the engine reads ahead.

        source: an iterable of entries, or of lists of entries (each list is one request, and batch_size is not used);
        `Entries`; a path of JSON lines; or an asynchronous iterable, for `async for`. An entry is "ais://bucket/object",
        "ais://bucket/shard.tar/member", a name (with `bucket`), an `Entry`, a dict of an Entry's arguments, a
        `ListedObject`, or an object of the AIStore SDK.

        bucket, provider: of entries without one: "ais://name", a name, or a bucket object.
        batch_size: entries per request, 1 to 65,536; "auto": tuned while running.
        in_flight: concurrent requests, 1 to 65,536; "auto": tuned while running, at most max_in_flight (None: 256).
        ordered: False: whole requests in order of completion; `Sample.index` is the number of the entry.
        output_format: of the server's archive: ".tar", ".tgz", ".tar.gz", ".zip", ".tar.lz4", ".tar.zst".
        streaming_get: False: a request's samples arrive when the server has assembled all of them.
        cont_on_err: False: an entry that cannot be read ends its request: it and those after it fail.
        only_obj_name: members are named without their bucket on the wire.
        colocation: 0, 1 or 2, AIStore's hint of how the objects of a request are placed in the cluster.
        on_missing: for entries that do not exist: "yield": samples with status "missing"; "skip": they are omitted;
        "raise": raises the error of a sample that was not delivered (missing or failed), at its position.
        decompress: *.gz and *.zst objects are delivered decompressed.
        hedging: a late request is sent a second time, to other nodes.
        attempts, give_up_after: requests, and seconds, without a new sample before the remaining entries fail.
        run_timeout: seconds for the whole stream; then DeadlineExceeded. None: no limit.
        progress: True: a tqdm bar; or an object with `update(n)`.
        form: "batch": Get-Batch. "objects": one GET per entry. "fastest": the faster of the two.
        keep_reports: maximum number of BatchReports kept for `Stream.take_reports()`.

        Raises UsageError for an option out of range, ClosedError for a closed client. Entries that cannot be read are
        samples with an error.
        """
        entries, later, total = source_of(source)
        _log.set_level(self._engine)
        feed = self._engine.open_feed(
            bucket=bucket_uri(bucket, provider),
            batch_size=count("batch_size", batch_size, 65_536, "auto"),
            in_flight=count("in_flight", in_flight, 65_536, "auto"),
            max_in_flight=count("max_in_flight", max_in_flight, 65_536, None),
            ordered=ordered,
            form=form,
            output_format=output_format,
            streaming_get=streaming_get,
            cont_on_err=cont_on_err,
            only_obj_name=only_obj_name,
            colocation=int(colocation),
            on_missing=on_missing,
            decompress=decompress,
            hedging=hedging,
            send_opaque=not streaming_get,
            attempts=count("attempts", attempts, 2**31, None),
            give_up_after=give_up_after,
            run_timeout=run_timeout,
            keep_reports=keep_reports,
        )
        return Stream(self._engine, feed, entries, later, progress_for(progress, total))

    def batch(self, objects: Any = None, bucket: Any = None, **options: Any) -> Batch:
        """A batch with the AIStore SDK's API: add entries, and `get()` pairs of (info, bytes). See
        `aisle._sdk.batch.Batch` for the options, which have the SDK's names."""
        from ._sdk.batch import Batch

        return Batch(self, objects, bucket, **options)

    def bucket(self, name: str, provider: Any = "ais", namespace: Any = None) -> Bucket:
        """A bucket with the AIStore SDK's API: `client.bucket("name").object("name")`. Nothing is sent."""
        from ._sdk.bucket import Bucket

        return Bucket(self, name, provider, namespace)

    # ---- one object

    def get(self, entry: Any, *, bucket: object = None, provider: object = None, **options: Any) -> Sample:
        """One sample. entry: as in `stream`. options: of an `Entry` (archpath, start, length, opaque, size, checksum,
        tag), for a str.

        Raises NotFound if it does not exist, otherwise the error that made it fail.
        """
        given = {k: v for k, v in options.items() if v is not None}
        asked: Any = entry
        if given:
            if not isinstance(entry, str):
                raise usage_error("options of an entry are for a name: an Entry has its own")
            asked = entry_named(entry, bucket_uri(bucket, provider), **given)
        with self.stream([asked], bucket=bucket, provider=provider, form="objects", on_missing="raise") as one:
            return next(one)

    def put(self, bucket: object, name: str, data: Any) -> ListedObject:
        """Stores an object, whole or not at all; replaces one of that name. data: bytes or another buffer, or the
        path of a file. The checksum in the response is compared."""
        uri = bucket_uri(bucket)
        if isinstance(data, (str, os.PathLike)):
            call = self._engine.put_file(uri, name, os.fspath(data))
        else:
            call = self._engine.put_bytes(uri, name, data)
        return ListedObject(uri, wait_for(call))

    def head(self, bucket: object, name: str) -> ListedObject:
        """Size, checksum and version of an object. Raises NotFound if it does not exist."""
        uri = bucket_uri(bucket)
        return ListedObject(uri, wait_for(self._engine.head(uri, name)))

    # ---- buckets

    def list(
        self,
        bucket: object,
        prefix: str = "",
        *,
        archives: bool = False,
        details: bool = False,
        cached_only: bool = False,
        page_size: int = 0,
    ) -> Iterator[ListedObject]:
        """The objects of a bucket, in order of names, fetched one page at a time.

        archives: also the members of archives, each after its archive. details: checksums, versions and locations.
        cached_only: omits objects that are only in a cloud bucket's backend. page_size: objects per page, 1 to 10,000;
        0: AIStore's own page size.
        """
        uri = bucket_uri(bucket)
        pages = self._engine.list_objects(
            uri, prefix, details=details, members=archives, cached_only=cached_only, page_entries=page_size
        )
        return _listed(uri, pages)

    def create_bucket(self, bucket: object) -> bool:
        """Creates a bucket of provider "ais". False if it existed."""
        return bool(wait_for(self._engine.create_bucket(bucket_uri(bucket))))

    def destroy_bucket(self, bucket: object) -> bool:
        """Destroys a bucket with everything in it. False if there was none."""
        return bool(wait_for(self._engine.destroy_bucket(bucket_uri(bucket))))

    # ---- itself

    @property
    def endpoint(self) -> str:
        """The endpoint as given, or that of the environment."""
        return self._options["endpoint"] or _aisle.default_endpoint()

    def stats(self) -> Stats:
        """The engine's figures since its start."""
        return Stats(self._engine.stats())

    def close(self) -> None:
        """Ends its streams and the engine's threads. Samples stay valid. May be called twice."""
        if self._engine.has_log:
            _log.end(self._engine)
        self._engine.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __getstate__(self) -> dict[str, Any]:
        return dict(self._options)

    def __setstate__(self, options: dict[str, Any]) -> None:
        self._options = dict(options)
        self._engine = _engine_of(self._options)

    def __repr__(self) -> str:
        return f"<aisle.Client {self.endpoint}{', closed' if self._engine.is_closed else ''}>"


def _engine_of(options: dict[str, Any]) -> _aisle.Engine:
    try:
        engine = _aisle.Engine(**options)
    except TypeError as e:
        kinds = ", ".join(f"{k}: {type(v).__name__}" for k, v in options.items() if v is not None)
        raise usage_error(f"an option of aisle.Client has the wrong type ({kinds})") from e
    # Imports logging now, not with the first stream: after a fork during an import, the child cannot import it.
    _log.set_level(engine)
    return engine


def _listed(uri: str, pages: _aisle.Listing) -> Iterator[ListedObject]:
    while page := wait_for(pages.next_page()):
        for fields in page:
            yield ListedObject(uri, fields)


atexit.register(_aisle.close_all_engines)
os.register_at_fork(before=_aisle.prepare_fork, after_in_parent=_aisle.let_engines_rest)

