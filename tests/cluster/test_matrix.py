"""Every kind of source in every format, mode and case: one run of `aisle get` for each."""

import itertools

import pytest
from conftest import Run
from matrix import CASES, FORMATS, KINDS, MODES, Asker, World, cells, check

CELLS = list(cells())


@pytest.fixture(scope="module")
def world():
    w = World()
    try:
        w.fill()
        yield w
    finally:
        w.destroy()


class Runs:
    """A run for each cell. Some are ahead of their test, as each waits for the server most of its time."""

    AHEAD = 4

    def __init__(self, world, chosen, folder):
        self.world = world
        self.waiting = iter(chosen)
        self.begun = {}
        self.folder = folder

    def result(self, cell):
        while len(self.begun) < self.AHEAD and (following := next(self.waiting, None)):
            self.begun[following] = self.begin(following)
        run, wanted = self.begun.pop(cell)
        code, report, _ = run.result()
        return report, code, wanted

    def begin(self, cell):
        entries, wanted = zip(*CASES[cell.case](Asker(self.world, cell.kind)))
        return Run(self.folder / str(CELLS.index(cell)), entries, *cell.options()), wanted


@pytest.fixture(scope="module")
def runs(world, request, tmp_path_factory):
    chosen = [item.callspec.params["cell"] for item in request.session.items if item.name.startswith("test_cell[")]
    return Runs(world, chosen, tmp_path_factory.mktemp("matrix"))


def test_each_pair_of_settings_is_met_by_some_cell():
    axes = [KINDS, FORMATS, MODES, list(CASES), (False, True), (False, True)]
    settings = [(c.kind, c.format, c.mode, c.case, c.only_names, c.goes_on) for c in CELLS]
    for a, b in itertools.combinations(range(len(axes)), 2):
        assert {(s[a], s[b]) for s in settings} == set(itertools.product(axes[a], axes[b]))


@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_cell(runs, cell):
    check(cell, *runs.result(cell))
