import io
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar, final

from typing_extensions import Buffer

T = TypeVar("T")

@final
class Entry:
    """One thing to fetch: an object, a member of an archive, or a range of either. Constant.

    object: its name. bucket: "ais://name", or a name, of `provider` ("ais") and `namespace`; None: the stream's.
    archpath: path of a member inside the object, which must then be an archive.
    start, length: range in bytes; length None (or -1): everything from start on.
    opaque: any bytes, returned with the sample.
    size: its expected size in bytes. checksum: its expected "TYPE:HEX", for a whole object.
    tag: any number, 0 to 2**64 - 1, returned with the sample.

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
        """From "ais://bucket/object" or "ais://bucket/shard.tar/member"; with a bucket also from an object's name."""

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
        """The object; for a member "object/archpath"."""

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
    """The result of one entry: delivered, missing or failed.

    A delivered sample is a writable buffer of its bytes: `memoryview(s)`, `bytes(s)`, `s[a:b]`, `len(s)`,
    `s == b"..."`, `numpy.frombuffer(s)`, `file.write(s)`. Only `bytes()` copies. Reading one that was not delivered
    raises its error, so that a missing sample is never mistaken for an empty one; `bool(s)`: whether it was delivered.

    The bytes live as long as the sample or any view of them, beyond its stream and its client. A kept sample keeps its
    block, 256 KiB or more: `detach()` copies it out.

    Samples may go to another thread. Two threads must not write to one at once. It pickles as a copy, out of band if
    the pickler supports it (protocol 5).
    """

    @property
    def entry(self) -> Entry:
        """The entry that was requested."""

    @property
    def name(self) -> str:
        """Name of the object; for a member "object/archpath"."""

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
        """Why it is missing or failed; None if delivered."""

    @property
    def opaque(self) -> bytes: ...
    @property
    def target(self) -> str:
        """host:port of the node that responded; empty if none did."""

    @property
    def request_id(self) -> str:
        """The request's ID in AIStore's logs; empty if AIStore sent none."""

    def numpy(self, dtype: Any = "uint8") -> Any:
        """The bytes as a one-dimensional NumPy array, writable, without a copy. Raises ValueError if the size is not
        a multiple of the type's."""

    def torch(self, dtype: Any = None) -> Any:
        """The bytes as a one-dimensional tensor, writable, without a copy. dtype: torch.uint8 by default. Raises
        ValueError if the size is not a multiple of the type's."""

    def open(self) -> io.BufferedReader:
        """A file object that reads the bytes, seekable, without a copy of them all."""

    def __dlpack__(self, **how: Any) -> Any:
        """For `numpy.from_dlpack(s)`, `torch.from_dlpack(s)`: a uint8 tensor in host memory."""

    def __dlpack_device__(self) -> tuple[int, int]: ...
    def __copy__(self) -> Sample: ...
    def __deepcopy__(self, memo: object) -> Sample: ...
    def detach(self) -> Sample:
        """Copies the bytes into separate memory, and returns the sample. Raises BufferError while a view of them is
        in use."""

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
def make_model(type: type[T], fields: dict[str, Any], names: set[str]) -> T: ...
def dlpack(buffer: Buffer, /, **how: Any) -> Any: ...
def bucket_uri(bucket: str, provider: str, name_space: str, /) -> str: ...
def default_endpoint() -> str: ...
def close_all_engines() -> None: ...
def prepare_fork() -> bool: ...
def let_engines_rest() -> None: ...
def resume_engines() -> None: ...
def build_info() -> dict[str, str]:
    """Versions of Aisle, the compiler, OpenSSL, Boost, simdjson, ISA-L, zlib, zstd, lz4, xxhash."""
