"""Interleaved rounds: A B C A B C, so that other load on the machine affects all equally."""

import math
import sys

from .clients import Failed
from .machine import load

MOST_BATCHES = 50_000
MOST_TRIED_BYTES = 512 << 20


def wanted_batches(cell, seconds):
    """The number of batches that take this long; measured by a run that does not count and warms everything up."""
    case = cell.case
    if case.batches:
        return case.batches
    lanes = case.in_flight or 16
    tried = max(2 * lanes, math.ceil(1000 / case.batch)) if seconds >= 0.5 else max(lanes, 2)
    tried = min(tried, max(1, MOST_TRIED_BYTES // (case.batch * case.size)))
    per_second = tried / cell.client.run(case, cell.place, tried)["seconds"]
    return max(min(tried, 4), min(MOST_BATCHES, math.ceil(per_second * seconds)))


def measure(cells, rounds, seconds):
    """Fills in the cells' runs. A cell whose client fails is reported and keeps the rounds that it has."""
    batches = {}
    for cell in cells:
        try:
            batches[id(cell)] = wanted_batches(cell, seconds)
        except Failed as e:
            complain(cell, e)
    for index in range(rounds):
        for cell in cells:
            if id(cell) not in batches:
                continue
            before = load()
            try:
                figures = cell.client.run(cell.case, cell.place, batches[id(cell)])
            except Failed as e:
                complain(cell, e)
                continue
            cell.runs.append(figures | {"batches": batches[id(cell)], "round": index, "load": before})
        sys.stderr.write(f"  round {index + 1} of {rounds}\n")


def complain(cell, why):
    sys.stderr.write(f"  {cell.client.name} {cell.case}: {why}\n")
