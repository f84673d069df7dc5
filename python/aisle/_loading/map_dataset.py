"""The PyTorch data set for samplers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from torch.utils.data import Dataset

from .._client import Client
from .._errors import ProtocolError
from .values import entries_of, is_left_out, maker, one_of, refuse_options


class GetBatchMapDataset(Dataset[Any]):  # type: ignore[misc,unused-ignore]
    """Fetches the samples that a sampler requests: one Get-Batch request for each list of indices.

    DataLoader passes it the indices of a batch at once. It does not read ahead itself: DataLoader's workers do.

    Args:
        source, client, bucket, sample: as for GetBatchDataset.
        on_missing: "raise": raises aisle.NotFound; "yield": (name, None), or with "view" and a function, the sample.
        **options: of Client.stream.

    Thread-safe. Errors: IndexError; those of Stream.
    """

    def __init__(
        self,
        source: Any,
        client: Client | None = None,
        *,
        bucket: Any = None,
        sample: str | Callable[[Any], Any] = "bytes",
        on_missing: str = "raise",
        **options: Any,
    ) -> None:
        refuse_options(
            options, ("ordered", "batch_size", "in_flight"), "a list of indices is one request, in its order"
        )
        self._entries = entries_of(source, bucket)
        self._client = Client() if client is None else client
        self._make = maker(sample)
        self._on_missing = one_of("on_missing", on_missing, ("raise", "yield"))
        self._options = options

    def __len__(self) -> int:
        return len(self._entries)

    def __getitem__(self, index: int) -> Any:
        return self.__getitems__([index])[0]

    def __getitems__(self, indices: Sequence[int]) -> list[Any]:
        """The samples of a list of indices, in its order. An index may appear twice."""
        request = [self._entries[i] for i in indices]
        if not request:
            return []
        values = []
        with self._client.stream([request], in_flight=1, on_missing="yield", **self._options) as stream:
            for block in stream.blocks():
                values += [self._make(s) for s in block if s or not is_left_out(s, self._on_missing)]
        if len(values) != len(request):
            raise ProtocolError(f"{len(values)} samples arrived for {len(request)} indices")
        return values
