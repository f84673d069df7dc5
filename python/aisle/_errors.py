"""Errors. Each has a code, a place and a text; each is also the builtin error of its kind."""

from __future__ import annotations

import errno

from . import _aisle


class Error(Exception):
    """Base class of Aisle's errors. `str(e)` is one line: what happened, where, and the server's message.

    Every class is constructed from its text alone, pickles with all its attributes, and compares by identity.
    """

    code: str = ""
    """Stable name of the error, such as "short_batch"; "CATEGORY:NUMBER" for a system error."""
    stage: str = ""
    """The step at which it was found: usage, connect, request, redirect, response, multipart, metadata, archive,
    payload or assemble."""
    batch: int | None = None
    """Number of the request within its stream, from 0."""
    entry: int | None = None
    """Index of the entry within its request, from 0."""
    offset: int | None = None
    """Bytes before the fault, in the data that the stage reads."""
    http_status: int = 0
    """Status of the final response, 0 if there was none."""
    server_text: str = ""
    """The server's message. It may contain names, and so any text chosen by users."""
    server_code: str = ""
    """AIStore's name of the failure, such as "ErrBckNotFound"."""
    target: str = ""
    """host:port of the node that responded, empty if none did."""
    request_id: str = ""
    """The request's ID in AIStore's logs."""

    def __init__(self, text: str = "") -> None:
        super().__init__(text)

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (str(self),), dict(self.__dict__)


class UsageError(Error, ValueError):
    """An option, an entry or an endpoint that cannot be used as it is."""


class NotFound(Error, FileNotFoundError):
    """The object, the shard or its member does not exist, according to the server."""

    def __init__(self, text: str = "") -> None:
        super().__init__(text)
        self.errno = errno.ENOENT


class TransportError(Error, ConnectionError):
    """No connection, or a broken one."""


class TransportTimeout(TransportError, TimeoutError):
    """A time limit of a connection has passed: to connect, for the first byte, or without a byte."""


class TLSError(TransportError):
    """No secure connection: the certificate is not trusted, or the handshake failed."""


class ServerError(Error):
    """The server responded with an error status; see `http_status`, `server_text` and `server_code`."""


class AccessError(ServerError, PermissionError):
    """401 or 403: the token is missing, has expired, or does not permit this."""


class ProtocolError(Error):
    """A response that violates HTTP, the archive's format or AIStore's API."""


class DataError(Error):
    """A response with other content than requested: too few samples, a wrong one, a wrong size or checksum."""


class DeadlineExceeded(Error, TimeoutError):
    """The time limit of the whole stream (`run_timeout`) has passed."""


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
    # A system error: of a connection, unless it was found elsewhere.
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
    """The exception for an error of the engine."""
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
    """A UsageError of the Python layer itself."""
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
    _class.__module__ = "aisle"  # where users import them from; shown in tracebacks

_aisle.set_error_factory(from_fields)
