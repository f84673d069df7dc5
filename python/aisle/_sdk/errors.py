"""Aisle's errors as the exceptions that code written for AIStore's SDK expects."""

from __future__ import annotations

import errno
from typing import Any

import requests
import urllib3
from aistore.sdk.errors import AISError, ErrBckNotFound, ErrObjNotFound, ErrRemoteBckNotFound

from .._errors import Error, NotFound


class SdkError(Error, AISError):  # type: ignore[misc]
    """An `aisle.Error` that is also an `AISError`. Constructed from its text alone, like all of Aisle's."""

    status_code: int
    """HTTP status of the final response; 0 if there was none."""
    message: str
    """The server's message; Aisle's if the server sent none."""
    req_url: str
    """Empty: a failed request was made several times, to several nodes."""
    req: Any
    """None, for the same reason."""

    def __init__(self, text: str = "") -> None:
        Exception.__init__(self, text)  # AISError's own constructor takes four arguments
        self.status_code = 0
        self.message = text
        self.req_url = ""
        self.req = None


class EntryFailed(SdkError, urllib3.exceptions.TimeoutError, RuntimeError):
    """One entry could not be fetched within Aisle's retries. The iterator continues with the next.

    A `urllib3.exceptions.TimeoutError`, which makes Lhotse fetch this one entry separately.
    """


class EntryMissing(EntryFailed, ErrObjNotFound, NotFound):  # type: ignore[misc]
    """An entry does not exist, and the batch has ``cont_on_err=False``."""

    def __init__(self, text: str = "") -> None:
        super().__init__(text)
        self.errno = errno.ENOENT


class RequestFailed(SdkError):
    """The whole request was refused, or no proxy could be reached. Raised by ``get()`` itself."""


class BucketMissing(RequestFailed, ErrBckNotFound):  # type: ignore[misc]
    """The bucket does not exist."""


class RemoteBucketMissing(RequestFailed, ErrRemoteBckNotFound):  # type: ignore[misc]
    """The bucket does not exist at its provider."""


class Unreachable(RequestFailed, requests.exceptions.ConnectionError):
    """No proxy of the cluster could be reached."""

    def __init__(self, text: str = "") -> None:
        super().__init__(text)
        self.request = None
        self.response = None


# Faults that keep a request from reaching the cluster.
_UNREACHABLE = frozenset(
    {
        "resolve_failed",
        "connect_failed",
        "connect_timeout",
        "connection_lost",
        "tls_failed",
        "first_byte_timeout",
        "map_unavailable",
    }
)


def is_of_the_request(why: Error, buckets: int) -> bool:
    """True if all entries of the request fail for this reason. buckets: number of their buckets."""
    if why.code in _UNREACHABLE or why.code in ("bad_redirect", "deadline_exceeded", "cancelled", "callback_failed"):
        return True
    if why.code != "server_error":
        return False
    return why.http_status == 401 or (buckets == 1 and (why.http_status == 403 or "Bck" in (why.server_code or "")))


def entry_error(why: Error) -> SdkError:
    """The exception for one entry."""
    return _as(EntryMissing if why.code == "missing" else EntryFailed, why)


def request_error(why: Error) -> SdkError:
    """The exception for a whole request."""
    if why.code == "missing":
        return _as(EntryMissing, why)
    if why.code in _UNREACHABLE:
        return _as(Unreachable, why)
    if "RemoteBck" in (why.server_code or ""):
        return _as(RemoteBucketMissing, why)
    if why.http_status == 404 and "Bck" in (why.server_code or ""):
        return _as(BucketMissing, why)
    return _as(RequestFailed, why)


def _as(kind: type[SdkError], why: Error) -> SdkError:
    made = kind(str(why))
    made.__dict__.update(why.__dict__)
    made.status_code = why.http_status or 0
    made.message = why.server_text or str(why)
    made.__cause__ = why
    return made
