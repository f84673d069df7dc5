"""Aisle feeds data loaders from AIStore's Get-Batch API.

    import aisle

    with aisle.Client("http://localhost:8080") as client:
        for sample in client.stream(["a.jpg", "b.jpg"], bucket="ais://train"):
            use(sample.entry.object, memoryview(sample))
"""

from __future__ import annotations

from ._aisle import Entry, build_info
from ._client import Client
from ._entry.entries import Entries
from ._entry.listed import ListedObject
from ._errors import (
    AccessError,
    Cancelled,
    ClosedError,
    DataError,
    DeadlineExceeded,
    Error,
    NotFound,
    ProtocolError,
    ServerError,
    TLSError,
    TransportError,
    TransportTimeout,
    UsageError,
)
from ._sample import Sample
from ._stream import Stream
from ._summary import BatchReport, Stats, Summary

__version__: str = build_info()["aisle"]

__all__ = [
    "AccessError",
    "BatchReport",
    "Cancelled",
    "Client",
    "ClosedError",
    "DataError",
    "DeadlineExceeded",
    "Entries",
    "Entry",
    "Error",
    "ListedObject",
    "NotFound",
    "ProtocolError",
    "Sample",
    "ServerError",
    "Stats",
    "Stream",
    "Summary",
    "TLSError",
    "TransportError",
    "TransportTimeout",
    "UsageError",
    "build_info",
]
