"""`scripts/bench`: a quick run of one part against the replay, and the harness's own arithmetic."""

import io
import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
import wave
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench"))

from harness import readme  # noqa: E402
from harness.__main__ import saved  # noqa: E402
from harness.case import KIB, Case, Results  # noqa: E402
from harness.counts import Profile  # noqa: E402
from harness.goals import all_of  # noqa: E402
from harness.recordings import wav, wav_bytes, wav_seconds  # noqa: E402
from harness.servers import Servers  # noqa: E402

CLIENTS = {"drain", "drain_lowat", "aisle", "aisle_samples", "aisle_pull"}
BIN = os.environ.get("AISLE_BENCH_BIN", str(ROOT / "build/dev/bin"))


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    """A folder that a quick run has written."""
    out = tmp_path_factory.mktemp("bench")
    variables = {k: v for k, v in os.environ.items() if not k.startswith("AIS_")}
    variables |= {"AISLE_BENCH_BIN": BIN, "AISLE_BENCH_PYTHON": sys.executable}
    command = [ROOT / "scripts/bench", "--quick", "--only", "replay", "--clients", ",".join(CLIENTS), "--out", out]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, env=variables)
    assert done.returncode == 0, done.stderr
    return out


def test_every_round_is_saved_with_what_it_ran_on(quick):
    saved = json.loads((quick / "results/replay.json").read_text())
    assert saved["quick"] and saved["rounds"] == 2
    assert saved["machine"]["cores"] >= 1 and saved["machine"]["date"] and saved["machine"]["versions"]
    assert {cell["client"] for cell in saved["cells"]} == CLIENTS
    for cell in saved["cells"]:
        assert [run["round"] for run in cell["runs"]] == [0, 1]
        for run in cell["runs"]:
            assert run["samples"] == run["batches"] * cell["case"]["batch"]
            assert run["bytes"] >= run["samples"] * cell["case"]["size"]
            assert run["seconds"] > 0 and run["cpu_seconds"] > 0 and run["load"] >= 0


def test_the_report_has_goals_and_tables(quick):
    report = (quick / "REPORT.md").read_text()
    goal = next(line for line in report.splitlines() if line.startswith("| replay, 8 in flight, 10 KiB"))
    assert "not measured" not in goal
    assert "not measured" in next(line for line in report.splitlines() if line.startswith("| real cluster, CPU"))
    assert "| 10 KiB | Aisle, blocks pushed |" in report
    assert str(ROOT) not in report


def test_the_report_shows_the_plots_that_there_are(quick):
    pytest.importorskip("matplotlib")
    assert (quick / "plots/size.png").read_bytes().startswith(b"\x89PNG")
    assert "](plots/size.png)" in (quick / "REPORT.md").read_text()


def test_the_replay_gives_single_objects_too():
    """Aisle asks for an entry by itself where an answer rests: "404" would be a missing object, and a sample less."""
    with Servers(Path(BIN), None, 100) as servers:
        case = Case(size=10 * KIB, batch=16)
        place, origin = servers.replay(case), servers.playground(case.size)
        for name in place.names.read_text().split():
            path = f"/v1/objects/{place.bucket}/{name}"
            got, expected = (urllib.request.urlopen(at.endpoint + path).read() for at in (place, origin))
            assert got == expected
        with pytest.raises(urllib.error.HTTPError, match="500"):
            urllib.request.urlopen(f"{place.endpoint}/v1/objects/{place.bucket}/no-such-object")


def cell(client, samples, seconds, cpu_seconds, **case):
    runs = [{"samples": samples, "seconds": s, "cpu_seconds": cpu_seconds, "bytes": 0} for s in seconds]
    return {"client": client, "server": "replay", "case": {"size": 10240, "batch": 128} | case, "runs": runs}


def test_goals_are_ratios_of_medians():
    results = Results({"replay": {"cells": [cell("drain", 100, [1, 2, 9], 1), cell("aisle", 90, [2, 2, 2], 1)]}})
    goal = next(g for g in all_of(results) if g.what.startswith("replay, 8 in flight, 10 KiB"))
    assert goal.measured == pytest.approx(0.9) and not goal.reached


def test_what_was_not_measured_is_no_goal_missed():
    assert all(goal.measured is None and goal.reached is None for goal in all_of(Results({})))


def test_growth_is_the_largest_deviation_from_the_middle():
    cells = [cell("aisle", 100, [1], cpu, in_flight=n) for n, cpu in ((1, 1.0), (8, 1.1), (64, 1.0))]
    goals = all_of(Results({"depth": {"cells": cells}}))
    goal = next(g for g in goals if g.what.startswith("the same from 1 to 256 in flight"))
    assert goal.measured == pytest.approx(10)


def python_run(part, client, figures, **case):
    run = {"samples": 100, "seconds": 1, "cpu_seconds": 1, "bytes": 0} | figures
    return {part: {"cells": [{"client": client, "server": "cluster", "case": case, "runs": [run]}]}}


def test_the_goal_of_the_import_is_in_milliseconds_and_modules():
    results = Results(python_run("python", "python_import", {"import_ms": 20.5, "heavy_modules": 0}))
    took, heavy = (g for g in all_of(results) if g.measured is not None)
    assert (took.measured, took.reached, heavy.measured, heavy.reached) == (20.5, True, 0, True)
    results = Results(python_run("python", "python_import", {"import_ms": 31, "heavy_modules": 1}))
    assert [g.reached for g in all_of(results) if g.measured is not None] == [False, False]


def test_the_goal_of_lhotse_compares_files_of_one_length():
    parts = python_run("torch", "lhotse_patched", {"whole_ms": 30}, size=wav_bytes(2), batch=32)
    for seconds, ms in ((2, 100), (10, 40)):
        parts["torch"]["cells"] += python_run("torch", "lhotse_sdk", {"whole_ms": ms}, size=wav_bytes(seconds),
                                              batch=32)["torch"]["cells"]
    measured = [g for g in all_of(Results(parts)) if g.measured is not None]
    assert [(g.measured, g.reached) for g in measured] == [(pytest.approx(0.3), False)]


def test_a_recording_has_the_size_it_is_made_for():
    file = wav("one", wav_bytes(2))
    assert len(file) == wav_bytes(2) and wav_seconds(len(file)) == 2
    assert file == wav("one", wav_bytes(2)) != wav("other", wav_bytes(2))
    with wave.open(io.BytesIO(file)) as read:
        assert (read.getframerate(), read.getnframes(), read.getnchannels()) == (16_000, 32_000, 1)


CALLGRIND = """version: 1
positions: instr line
events: Ir
ob=(1) {program}
fl=(1) /x/engine/src/stream/delivery.cpp
fn=(1) aisle::deliver
0x10 5 7
fi=(2) /usr/include/c++/12/vector
+4 80 3
cfn=(2) malloc
calls=2 0x40 0
0x14 80 100
fe=(1)
* 6 5
ob=(2) /nowhere/libc.so
fl=(3) ???
fn=(2)
0x40 0 20
"""


def test_a_profile_is_divided_among_modules_and_counts_locked_instructions(tmp_path):
    program = tmp_path / "program"
    program.write_text("")
    path = tmp_path / "callgrind.out"
    path.write_text(CALLGRIND.format(program=program))
    profile = Profile(path, locked_in=lambda _: {0x14})
    assert profile.instructions == 7 + 3 + 5 + 20
    # A library's header counts for the function that it was compiled into, and what is called counts once.
    assert profile.modules == {"blocks, delivery": 15, "allocation": 20}
    assert profile.locked == 3 + 5


def test_readme_has_the_tables_that_the_saved_results_give(tmp_path):
    copy = tmp_path / "README.md"
    copy.write_text((ROOT / "README.md").read_text())
    readme.refresh(Results(saved(ROOT / "bench/results")), copy)
    assert copy.read_text() == (ROOT / "README.md").read_text()
    assert "| Aisle, blocks pushed |" in copy.read_text()
