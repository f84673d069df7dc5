"""Errors. Each says what went wrong (`code`), where, and in words; each is also the builtin error of its kind."""

from __future__ import annotations

import errno

from . import _aisle


class Error(Exception):
    """A failure of Aisle's. `str(e)` is one line: what happened, where, and what the server said.

    Every class takes its text alone, pickles with all it knows, and compares by identity.
    """

    code: str = ""
    """Stable name of what went wrong, such as "short_batch"; "CATEGORY:NUMBER" for a failure of the system's."""
    stage: str = ""
    """The step at which it was found: usage, connect, request, redirect, response, multipart, metadata, archive,
    payload or assemble."""
    batch: int | None = None
    """Number of the request within its stream, from 0."""
    entry: int | None = None
    """Index of the entry within its request, from 0."""
    offset: int | None = None
    """Bytes before the fault, of what the stage reads."""
    http_status: int = 0
    """Status of the final answer, 0 when there was none."""
    server_text: str = ""
    """The server's own words. They may hold anything that a user once wrote into a name."""
    server_code: str = ""
    """AIStore's name of the failure, such as "ErrBckNotFound"."""
    target: str = ""
    """host:port of the node that answered, empty when none did."""
    request_id: str = ""
    """AIStore's name of the request, as its logs have it."""

    def __init__(self, text: str = "") -> None:
        super().__init__(text)

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (str(self),), dict(self.__dict__)


class UsageError(Error, ValueError):
    """An option, an entry or an endpoint that cannot be used as it is."""


class NotFound(Error, FileNotFoundError):
    """The server says that the object, the shard or its member does not exist."""

    def __init__(self, text: str = "") -> None:
        super().__init__(text)
        self.errno = errno.ENOENT


class TransportError(Error, ConnectionError):
    """No connection, or one that broke."""


class TransportTimeout(TransportError, TimeoutError):
    """A time limit of the connection was over: to connect, for the first byte, or at rest."""


class TLSError(TransportError):
    """No secure connection: the certificate is not to be trusted, or the handshake failed."""


class ServerError(Error):
    """The server answered with a status that is no success; see `http_status`, `server_text` and `server_code`."""


class AccessError(ServerError, PermissionError):
    """401 or 403: the token is missing, has expired, or may not do this."""


class ProtocolError(Error):
    """An answer that is not what HTTP, the archive's format or AIStore's interface says."""


class DataError(Error):
    """An answer whose content is not what was asked for: too few samples, another one, another size or checksum."""


class DeadlineExceeded(Error, TimeoutError):
    """The time that was set for the whole of it (`run_timeout`) is over."""


class Cancelled(Error):
    """The stream or the call was cancelled."""


class ClosedError(Error):
    """The client or the stream is closed."""


_CLASSES: dict[str, type[Error]] = {
    "invalid_argument": UsageError,
    "invalid_entry": UsageError,
    "invalid_endpoint": UsageError,
    "unsupported": UsageError,
    "no_such_checksum": UsageError,
    "cancelled": Cancelled,
    "closed": ClosedError,
    "deadline_exceeded": DeadlineExceeded,
    "resolve_failed": TransportError,
    "connect_failed": TransportError,
    "connection_lost": TransportError,
    "connect_timeout": TransportTimeout,
    "first_byte_timeout": TransportTimeout,
    "idle_timeout": TransportTimeout,
    "tls_failed": TLSError,
    "bad_http": ProtocolError,
    "truncated_body": ProtocolError,
    "content_encoding": ProtocolError,
    "unframed_body": ProtocolError,
    "trailing_data": ProtocolError,
    "bad_redirect": ProtocolError,
    "too_many_redirects": ProtocolError,
    "map_unavailable": ProtocolError,
    "server_error": ServerError,
    "wrong_content_type": ProtocolError,
    "bad_multipart": ProtocolError,
    "truncated_multipart": ProtocolError,
    "bad_metadata": ProtocolError,
    "bad_archive": ProtocolError,
    "truncated_archive": ProtocolError,
    "trailing_archive_data": ProtocolError,
    "metadata_mismatch": ProtocolError,
    "limit_exceeded": DataError,
    "short_batch": DataError,
    "excess_members": ProtocolError,
    "wrong_member": DataError,
    "wrong_size": DataError,
    "wrong_checksum": DataError,
    "missing": NotFound,
}


def _class_of(code: str, stage: str, http_status: int) -> type[Error]:
    if http_status in (401, 403) and code in ("server_error", "missing"):
        return AccessError
    known = _CLASSES.get(code)
    if known is not None:
        return known
    # A code of the operating system's: of a connection, unless it was found elsewhere.
    return TransportError if stage in ("connect", "request", "redirect", "response") else Error


def from_fields(
    code: str,
    stage: str,
    text: str,
    batch: int | None,
    entry: int | None,
    offset: int | None,
    http_status: int,
    server_text: str,
    server_code: str,
    target: str,
    request_id: str,
) -> Error:
    """The exception for a failure that the engine tells of."""
    made = _class_of(code, stage, http_status)(text)
    made.code = code
    made.stage = stage
    made.batch = batch
    made.entry = entry
    made.offset = offset
    made.http_status = http_status
    made.server_text = server_text
    made.server_code = server_code
    made.target = target
    made.request_id = request_id
    return made


def usage_error(text: str, code: str = "invalid_argument") -> UsageError:
    """A UsageError that the Python layer itself finds."""
    made = UsageError(text)
    made.code = code
    made.stage = "usage"
    return made


def closed_error(text: str) -> ClosedError:
    made = ClosedError(text)
    made.code = "closed"
    made.stage = "usage"
    return made


for _class in (Error, *_CLASSES.values(), AccessError):
    _class.__module__ = "aisle"  # as users know them, in tracebacks too

_aisle.set_error_factory(from_fields)
