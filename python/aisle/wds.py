"""WebDataset: samples of shards, read member by member.

    pipeline = wds.DataPipeline(wds.SimpleShardList(urls), wds.split_by_node, wds.split_by_worker,
                                aisle.wds.samples(shuffle=10_000), wds.decode("pil"))

The stage replaces tarfile_to_samples. To read a whole shard sequentially, use a plain GET; this is for
shuffled samples, for some of a sample's files, or for some of a shard's samples.
"""

from __future__ import annotations

import random
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ._client import Client
from ._entry.entry_of import Entry
from ._errors import Error, usage_error
from ._loading.values import refuse_options

__all__ = ["samples"]

_META = re.compile("__[^/]*__(/|$)")
"""Members that describe the shard and are not samples."""

Names = Mapping[str, Iterable[str]] | Callable[[str], Iterable[str]]


def samples(
    client: Client | None = None,
    *,
    names: Names | None = None,
    fields: Iterable[str] | None = None,
    shuffle: int = 0,
    seed: int | None = None,
    handler: Callable[[Exception], bool] | None = None,
    **options: Any,
) -> Stage:
    """A stage of a WebDataset pipeline that makes samples of shards.

    It takes dicts with `url` ("ais://bucket/shard.tar") and yields dicts like WebDataset's own stages: `__key__`,
    `__url__`, and the bytes of each file under its suffix.

    Args:
        client: to read with; None: Client(), which uses the environment.
        names: the members of a shard, a mapping or a function of its URL, in the order of the shard; None: AIStore
            lists them, for which it reads the shard.
        fields: suffixes to fetch, such as {"jpg", "cls"}; None: all.
        shuffle: number of samples among which the next one is chosen, over shards; 0: the order of the shards.
            Only names are held, so ten thousand cost little.
        seed: of the choice, to repeat it: runs of the pipeline differ, but their sequence is repeatable.
            None: a random choice.
        handler: called with the error of a sample that cannot be read, or of a shard that cannot be listed, as
            WebDataset's handlers are: True omits it, False ends. None: raises.
        **options: of Client.stream.

    Pickles. Errors: UsageError for two members of a sample with one suffix; those of Client.list and of Stream.
    """
    return Stage(client, names, fields, shuffle, seed, handler, options)


@dataclass(frozen=True)
class Group:
    """The members of one sample, by suffix."""

    key: str
    url: str
    members: dict[str, str]

    def entries(self, bucket: str, shard: str) -> list[Entry]:
        return [Entry(shard, bucket=bucket, archpath=member) for member in self.members.values()]


class Stage:
    """The stage that `samples` returns."""

    def __init__(
        self,
        client: Client | None,
        names: Names | None,
        fields: Iterable[str] | None,
        shuffle: int,
        seed: int | None,
        handler: Callable[[Exception], bool] | None,
        options: dict[str, Any],
    ) -> None:
        refuse_options(
            options, ("ordered", "on_missing", "bucket"), "samples are assembled from members in order"
        )
        if shuffle < 0:
            raise usage_error(f"shuffle is {shuffle}: it must be 0 or more")
        self._client = Client() if client is None else client
        self._names = names
        self._fields = None if fields is None else frozenset(fields)
        self._shuffle, self._seed, self._runs = shuffle, seed, 0
        self._handler = handler
        self._options = options

    def __call__(self, shards: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        asked: deque[Group] = deque()

        def entries() -> Iterator[Entry]:
            for group in self._shuffled(self._groups(shards)):
                asked.append(group)
                shard = Entry.parse(group.url)
                yield from group.entries(shard.bucket, shard.object)

        with self._client.stream(entries(), on_missing="yield", **self._options) as stream:
            arrived = (sample for block in stream.blocks() for sample in block)
            for first in arrived:
                group = asked.popleft()
                files = [first, *(next(arrived) for _ in range(len(group.members) - 1))]
                try:
                    values = {suffix: bytes(file) for suffix, file in zip(group.members, files, strict=True)}
                except Error as error:
                    if self._goes_on(error):
                        continue
                    return
                yield {"__key__": group.key, "__url__": group.url, **values}

    def _groups(self, shards: Iterable[dict[str, Any]]) -> Iterator[Group]:
        for shard in shards:
            url = shard["url"]
            try:
                members = self._members(url)
            except Error as error:
                if self._goes_on(error):
                    continue
                return
            yield from grouped(url, members, self._fields)

    def _members(self, url: str) -> Iterable[str]:
        if self._names is not None:
            return self._names(url) if callable(self._names) else self._names[url]
        shard = Entry.parse(url)
        return [member.archpath for member in self._client.bucket(shard.bucket).list_archive(shard.object)]

    def _goes_on(self, error: Error) -> bool:
        """The handler's result for an error; raises the error if there is no handler."""
        if self._handler is None:
            raise error
        return self._handler(error)

    def _shuffled(self, groups: Iterator[Group]) -> Iterator[Group]:
        """Yields one of the next `shuffle` groups at a time, at random."""
        if not self._shuffle:
            yield from groups
            return
        rng = random.Random(None if self._seed is None else f"{self._seed} {self._runs}")
        self._runs += 1
        held: list[Group] = []
        for group in groups:
            held.append(group)
            if len(held) > self._shuffle:
                yield _drawn(held, rng)
        while held:
            yield _drawn(held, rng)


def grouped(url: str, members: Iterable[str], fields: frozenset[str] | None) -> Iterator[Group]:
    """Consecutive members whose names differ only after the first dot are one sample."""
    key, found = "", dict[str, str]()
    for member in members:
        folder, slash, name = member.rpartition("/")
        stem, dot, suffix = name.partition(".")
        if not stem or not dot or _META.match(member):
            continue
        if folder + slash + stem != key:
            if found:
                yield Group(key, url, found)
            key, found = folder + slash + stem, {}
        suffix = suffix.lower()
        if fields is not None and suffix not in fields:
            continue
        if suffix in found:
            raise usage_error(f"{url}: {found[suffix]!r} and {member!r} are both the {suffix!r} of one sample")
        found[suffix] = member
    if found:
        yield Group(key, url, found)


def _drawn(held: list[Group], rng: random.Random) -> Group:
    place = rng.randrange(len(held))
    held[place], held[-1] = held[-1], held[place]
    return held.pop()
