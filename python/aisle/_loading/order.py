"""The positions of an epoch, and the entry at each."""

from __future__ import annotations

import hashlib
import math
import random
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate


class Order:
    """The entry at each position of an epoch, of n entries: a function of (seed, epoch, n) only.

    If shuffled, it is a permutation that needs memory only for the square root of n: a Feistel network whose round
    functions are tables of random numbers. Every worker computes only the positions that it reads.
    """

    ROUNDS = 4

    def __init__(self, n: int, *, seed: int = 0, epoch: int = 0, shuffle: bool = False) -> None:
        self._n = n
        self._rounds: list[tuple[list[int], list[int]]] = []
        if not shuffle or n < 2:
            return
        # An entry's number is (left, right), left < rows and right < columns. rows * columns is n or little more.
        self._rows = math.isqrt(n - 1) + 1
        self._columns = -(-n // self._rows)
        digest = hashlib.sha256(f"aisle order 1: {n} {seed} {epoch}".encode()).digest()
        # Of random.Random, only random() is guaranteed to stay the same in every version of Python.
        draw = random.Random(int.from_bytes(digest, "big")).random
        for _ in range(self.ROUNDS):
            to_left = [int(draw() * self._rows) for _ in range(self._columns)]
            to_right = [int(draw() * self._columns) for _ in range(self._rows)]
            self._rounds.append((to_left, to_right))

    def __len__(self) -> int:
        return self._n

    def __getitem__(self, position: int) -> int:
        if not 0 <= position < self._n:
            raise IndexError(position)
        if not self._rounds:
            return position
        left, right = divmod(position, self._columns)
        while True:
            for to_left, to_right in self._rounds:
                left = (left + to_left[right]) % self._rows
                right = (right + to_right[left]) % self._columns
            index = left * self._columns + right
            if index < self._n:
                return index


class Positions:
    """Positions of an epoch in ascending order, as runs."""

    def __init__(self, runs: Sequence[tuple[int, int]]) -> None:
        self._starts = [start for start, _ in runs]
        self._before = [0, *accumulate(stop - start for start, stop in runs)]

    def __len__(self) -> int:
        return self._before[-1]

    def ranges(self, start: int, stop: int) -> Iterator[range]:
        """The start-th to the stop-th position. After the last one they start again from the first."""
        while start < stop:
            place = start % len(self)
            run = bisect_right(self._before, place) - 1
            first = self._starts[run] + place - self._before[run]
            count = min(stop - start, self._before[run + 1] - place)
            yield range(first, first + count)
            start += count

    def without(self, taken: Iterator[tuple[int, int]]) -> Positions:
        """The rest when runs of these positions, in their own numbering, are removed."""
        left: list[tuple[int, int]] = []
        at = 0
        for start, stop in [*sorted(taken), (len(self), len(self))]:
            left += [(part.start, part.stop) for part in self.ranges(at, start)]
            at = stop
        return Positions(left)
