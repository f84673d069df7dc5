import io
from collections.abc import Callable, Iterable, Iterator
from typing import Any, final

from typing_extensions import Buffer

@final
class Entry:
    """One thing to fetch: an object, a member of an archive, or a range of either. Constant.

    object: its name. bucket: "ais://name", or a name, of `provider` ("ais") and `namespace`; None: the stream's.
    archpath: path of a member inside the object, which then is an archive.
    start, length: bytes wanted; length None (or -1): everything from start on.
    opaque: bytes of the caller's own that come back with the sample.
    size: bytes that it must have. checksum: "TYPE:HEX" that it must have, of a whole object.
    tag: a number of the caller's own, 0 to 2**64 - 1, that comes back with the sample.

    Raises UsageError for an impossible range. An entry that AIStore refuses becomes a failed sample.
    """

    def __init__(
        self,
        object: str,
        *,
        bucket: str | None = None,
        provider: str | None = None,
        namespace: str | None = None,
        archpath: str | None = None,
        start: int | None = None,
        length: int | None = None,
        opaque: Buffer | str | None = None,
        size: int | None = None,
        checksum: str | None = None,
        tag: int = 0,
    ) -> None: ...
    @staticmethod
    def parse(uri: str, bucket: str | None = None) -> Entry:
        """Of "ais://bucket/object" or "ais://bucket/shard.tar/member"; with a bucket also of an object's name."""

    @property
    def bucket(self) -> str:
        """URI of the bucket; empty: the stream's."""

    @property
    def provider(self) -> str: ...
    @property
    def namespace(self) -> str:
        """ "@uuid#name"; empty for the global one."""

    @property
    def bucket_name(self) -> str: ...
    @property
    def object(self) -> str: ...
    @property
    def archpath(self) -> str: ...
    @property
    def name(self) -> str:
        """The object; of a member "object/archpath"."""

    @property
    def uri(self) -> str: ...
    @property
    def start(self) -> int: ...
    @property
    def length(self) -> int | None:
        """None: everything from start on."""

    @property
    def opaque(self) -> bytes: ...
    @property
    def size(self) -> int | None: ...
    @property
    def checksum(self) -> str: ...
    @property
    def tag(self) -> int: ...

@final
class Sample:
    """The answer to one entry: delivered, missing or failed.

    A delivered sample is a writable buffer of its bytes: `memoryview(s)`, `bytes(s)`, `s[a:b]`, `len(s)`,
    `s == b"..."`, `numpy.frombuffer(s)`, `file.write(s)`. Nothing is copied but by `bytes()`. To read one that was not
    delivered raises its error, so that a missing sample is never taken for an empty one; `bool(s)` is whether it was
    delivered.

    The bytes live as long as the sample or any view of them, past its stream and its client. A sample that is kept
    keeps the block it arrived in, 256 KiB or more: `detach()` copies it out.

    Samples may go to another thread. Two threads must not write to one at once. It pickles as a copy, out of band where
    the pickler asks for it (protocol 5).
    """

    @property
    def entry(self) -> Entry:
        """The entry that was requested."""

    @property
    def name(self) -> str:
        """Name of the object; of a member "object/archpath"."""

    @property
    def status(self) -> str:
        """ "delivered", "missing" or "failed"."""

    @property
    def index(self) -> int:
        """Number of the entry in the stream's source, from 0."""

    @property
    def batch(self) -> int:
        """Number of the request within the stream, from 0."""

    @property
    def tag(self) -> int: ...
    @property
    def size(self) -> int:
        """Bytes; 0 unless delivered."""

    @property
    def error(self) -> Exception | None:
        """Why it is missing or failed; None where it was delivered."""

    @property
    def opaque(self) -> bytes: ...
    @property
    def target(self) -> str:
        """host:port of the node that answered; empty when none did."""

    @property
    def request_id(self) -> str:
        """AIStore's name of the request; empty when it gave none."""

    def numpy(self, dtype: Any = "uint8") -> Any:
        """The bytes as a one-dimensional NumPy array, writable, without a copy. Raises ValueError where the size is no
        multiple of the type's."""

    def torch(self, dtype: Any = None) -> Any:
        """The bytes as a one-dimensional tensor, writable, without a copy. dtype: torch.uint8 by default. Raises
        ValueError where the size is no multiple of the type's."""

    def open(self) -> io.BufferedReader:
        """A file object that reads the bytes, seekable, without a copy of them all."""

    def __dlpack__(self, **how: Any) -> Any:
        """For `numpy.from_dlpack(s)`, `torch.from_dlpack(s)`: a uint8 tensor in host memory."""

    def __dlpack_device__(self) -> tuple[int, int]: ...
    def __copy__(self) -> Sample: ...
    def __deepcopy__(self, memo: object) -> Sample: ...
    def detach(self) -> Sample:
        """Copies the bytes into memory of their own, and gives the sample back. Raises BufferError while a view of them
        is in use."""

    def __len__(self) -> int: ...
    def __bool__(self) -> bool: ...
    def __bytes__(self) -> bytes: ...
    def __getitem__(self, i: Any) -> Any: ...
    def __buffer__(self, flags: int, /) -> memoryview: ...

@final
class EntryTable:
    def __init__(self, entries: Iterable[Any], bucket: str) -> None: ...
    def __len__(self) -> int: ...
    def at(self, i: int) -> Entry: ...
    def part(self, first: int, count: int) -> EntryTable: ...
    def cursor(self) -> Iterator[Entry]: ...
    def dump(self) -> list[bytes]: ...
    @staticmethod
    def load(columns: Any) -> EntryTable: ...

@final
class Call:
    @property
    def descriptor(self) -> int: ...
    def take(self) -> Any: ...
    def cancel(self) -> None: ...

@final
class Feed:
    def read(self, iterator: Iterator[Any]) -> bool | None: ...
    def submit(self, item: Any) -> None: ...
    def end_input(self) -> None: ...
    def take(self) -> list[Sample] | None: ...
    def take_batch(self) -> list[Sample] | None: ...
    def take_rest(self) -> list[Sample] | None: ...
    def at_end(self) -> bool: ...
    def finish(self) -> Call: ...
    def reports(self) -> list[tuple[Any, ...]]: ...
    def cancel(self) -> None: ...
    @property
    def descriptor(self) -> int: ...
    @property
    def has_rest(self) -> bool: ...
    @property
    def is_complete(self) -> bool: ...
    @property
    def taken(self) -> int: ...
    @property
    def submitted(self) -> int: ...
    @property
    def room(self) -> int: ...

@final
class Listing:
    def next_page(self) -> Call: ...

@final
class Engine:
    def __init__(
        self,
        *,
        endpoint: str | None,
        token: str | None,
        token_file: str | None,
        ca_file: str | None,
        certificate_file: str | None,
        key_file: str | None,
        verify: bool | None,
        memory_budget: int,
        max_sample_size: int,
        threads: int,
        connect_timeout: float | None,
        first_byte_timeout: float | None,
        idle_timeout: float | None,
        request_timeout: float | None,
    ) -> None: ...
    def open_feed(
        self,
        *,
        bucket: str,
        batch_size: int,
        in_flight: int,
        max_in_flight: int,
        ordered: bool,
        form: str,
        output_format: str,
        streaming_get: bool,
        cont_on_err: bool,
        only_obj_name: bool,
        colocation: int,
        on_missing: str,
        decompress: bool,
        hedging: bool,
        send_opaque: bool,
        attempts: int,
        give_up_after: float | None,
        run_timeout: float | None,
        keep_reports: int,
    ) -> Feed: ...
    def list_objects(
        self, bucket: str, prefix: str, *, details: bool, members: bool, cached_only: bool, page_entries: int
    ) -> Listing: ...
    def head(self, bucket: str, object: str, /) -> Call: ...
    def put_bytes(self, bucket: str, object: str, data: Buffer, /) -> Call: ...
    def put_file(self, bucket: str, object: str, path: str, /) -> Call: ...
    def create_bucket(self, bucket: str, /) -> Call: ...
    def destroy_bucket(self, bucket: str, /) -> Call: ...
    def stats(self) -> dict[str, Any]: ...
    def set_log_level(self, level: int, /) -> None: ...
    def take_log(self) -> list[tuple[int, str, dict[str, Any]]]: ...
    @property
    def has_log(self) -> bool: ...
    @property
    def is_closed(self) -> bool: ...
    def close(self) -> None: ...

def wait_readable(descriptor: int, most_ms: int, /) -> bool: ...
def set_error_factory(factory: Callable[..., Exception], /) -> None: ...
def set_entry_converter(converter: Callable[[Any], Entry], /) -> None: ...
def restore_entry(state: tuple[Any, ...], /) -> Entry: ...
def restore_sample(
    data: Buffer,
    entry: Entry,
    index: int,
    batch: int,
    status: str,
    error: Exception | None,
    target: str,
    request_id: str,
) -> Sample: ...
def dlpack(buffer: Buffer, /, **how: Any) -> Any: ...
def bucket_uri(bucket: str, provider: str, name_space: str, /) -> str: ...
def default_endpoint() -> str: ...
def close_all_engines() -> None: ...
def prepare_fork() -> bool: ...
def let_engines_rest() -> None: ...
def resume_engines() -> None: ...
def build_info() -> dict[str, str]:
    """Versions of what is inside: Aisle, the compiler, OpenSSL, Boost, simdjson, ISA-L, zlib, zstd, lz4, xxhash."""
