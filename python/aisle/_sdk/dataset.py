"""Reading ahead for the SDK's ``AISBatchIterDataset``, which itself reads one batch after another."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import Any

from .._errors import Error
from .client import client_of
from .errors import entry_error
from .results import is_of_the_entry

_log = logging.getLogger("aisle.aistore")

# Requests that AIStore's targets accept without slowing down, shared by the workers of one loader.
_MOST_IN_FLIGHT = 96


def read_ahead(dataset: Any) -> Iterator[tuple[str, bytes]]:
    """``AISBatchIterDataset.__iter__`` with several requests in flight: the same ``(name, bytes)`` in the same order.

    With ``cont_on_err=True`` an object that does not exist is logged and omitted; with False it raises `EntryMissing`.
    Any other failure raises `EntryFailed`.
    """
    from torch.utils.data import get_worker_info

    dataset._reset_iterator()
    objects, worker_name = dataset._get_worker_iter_info()
    dataset._obj_iterator = None  # with a generator, the data set could not be sent to spawned workers
    worker = get_worker_info()
    workers = worker.num_workers if worker is not None else 1
    stream = client_of(dataset.client, workers).stream(
        objects,
        batch_size=dataset.max_batch_size,
        output_format=dataset.output_format,
        streaming_get=dataset.streaming,
        colocation=int(dataset.colocation),
        max_in_flight=max(_MOST_IN_FLIGHT // workers, 2),
    )
    with closing(stream):
        for sample in _with_progress(stream, worker_name) if dataset._show_progress else stream:
            if sample:
                yield sample.name, bytes(sample)
                continue
            why = sample.error
            assert isinstance(why, Error)
            if not (getattr(dataset, "cont_on_err", False) and is_of_the_entry(why)):
                raise entry_error(why)
            _log.warning("left out %s: %s", sample.name, why)


def _with_progress(stream: Iterable[Any], worker_name: str) -> Iterator[Any]:
    from alive_progress import alive_it

    shown: Iterator[Any] = iter(
        alive_it(stream, title="AISBatchIterDataset" + worker_name, force_tty=worker_name == "")
    )
    return shown
