"""`aisle get --resume`: a run continues where an earlier one ended."""

import signal
import subprocess
import time

import pytest
from conftest import AISLE, environment, lines, report_of, run
from test_get import tree


def test_a_killed_run_is_continued(served, serve, endpoint, tmp_path):
    report = tmp_path / "report.jsonl"
    arguments = ["get", "--bucket", "ais://files", "--prefix", "many/", "--batch", "8", "--in-flight", "1", "--out",
                 tmp_path / "out", "--resume", report]
    slow = serve(served.root, "--tail", "100")
    first = subprocess.Popen([AISLE, *map(str, arguments)], env=environment(slow.endpoint), stderr=subprocess.DEVNULL)
    while not report.exists() or report.read_bytes().count(b"\n") < 20:
        time.sleep(0.02)
    first.send_signal(signal.SIGKILL)
    first.wait()
    before = report.read_bytes().count(b"\n")
    assert 20 <= before < 1000

    second = run(*arguments, endpoint=endpoint)
    assert second.returncode == 0, second.stderr
    assert "entries that an earlier run delivered" in second.stderr
    found = report_of(report)
    assert {line["index"] for line in found} == set(range(1000))
    assert {line["status"] for line in found} == {"delivered"}
    assert tree(tmp_path / "out") == {f"files/{n}": d for n, d in served.files.items() if n.startswith("many/")}

    third = run(*arguments, endpoint=endpoint)
    assert third.returncode == 0 and "0 delivered" in third.stderr
    assert "aisle: skipped 1,000 entries that an earlier run delivered\n" in third.stderr
    assert report_of(report) == found


def test_what_is_missing_or_failed_is_fetched_again(serve, tmp_path):
    (tmp_path / "root/b").mkdir(parents=True)
    (tmp_path / "root/b/one").write_bytes(b"1")
    at = serve(tmp_path / "root").endpoint
    entries = lines(*({"bucket": "ais://b", "object": name} for name in ("one", "two")))
    arguments = ["get", "--input", "-", "--discard", "--resume", tmp_path / "r"]
    assert run(*arguments, stdin=entries, endpoint=at).returncode == 3
    (tmp_path / "root/b/two").write_bytes(b"22")
    assert run(*arguments, stdin=entries, endpoint=at).returncode == 0
    assert [(line["index"], line["object"], line["status"]) for line in report_of(tmp_path / "r")] == [
        (0, "one", "delivered"), (1, "two", "missing"), (1, "two", "delivered")]


def test_a_file_that_was_removed_or_changed_is_fetched_again(served, endpoint, tmp_path):
    names = [f"many/{i:04}" for i in range(5, 9)]
    arguments = ["get", "--bucket", "ais://files", *names, "--out", tmp_path / "out", "--resume", tmp_path / "r"]
    assert run(*arguments, endpoint=endpoint).returncode == 0
    (tmp_path / "out/files" / names[1]).unlink()
    (tmp_path / "out/files" / names[2]).write_bytes(b"shorter")
    done = run(*arguments, endpoint=endpoint)
    assert done.returncode == 0 and "2 delivered" in done.stderr
    assert tree(tmp_path / "out") == {f"files/{n}": served.files[n] for n in names}
    assert [line["index"] for line in report_of(tmp_path / "r")] == [0, 1, 2, 3, 1, 2]


def test_ranges_and_members_are_different_entries(endpoint, tmp_path):
    big = {"bucket": "ais://files", "object": "size-100000"}
    member = {"bucket": "ais://shards", "object": "shard.tar", "archpath": "m/1.jpg"}
    arguments = ["get", "--input", "-", "--discard", "--resume", tmp_path / "r"]
    first = [big | {"start": 0, "length": 10}, member]
    second = [big, big | {"start": 0, "length": 10}, big | {"start": 10, "length": -1}, member,
              member | {"archpath": "m/2.jpg"}]
    assert run(*arguments, stdin=lines(*first), endpoint=endpoint).returncode == 0
    done = run(*arguments, stdin=lines(*second), endpoint=endpoint)
    assert done.returncode == 0 and "3 delivered" in done.stderr
    found = report_of(tmp_path / "r")
    assert [line["index"] for line in found[2:]] == [0, 2, 4]
    assert (found[0]["start"], found[0]["length"]) == (0, 10) and "start" not in found[2]


def test_an_incomplete_last_line_is_cut_off(endpoint, tmp_path):
    report = tmp_path / "r"
    arguments = ["get", "--bucket", "ais://files", "size-1", "size-511", "--discard", "--resume", report]
    assert run(*arguments, endpoint=endpoint).returncode == 0
    whole = report.read_bytes()
    report.write_bytes(whole[:-10])
    assert run(*arguments, endpoint=endpoint).returncode == 0
    assert report.read_bytes().replace(b" ", b"").count(b"\n") == 2
    assert [line["object"] for line in report_of(report)] == ["size-1", "size-511"]


def test_a_file_that_is_not_a_report_is_not_touched(endpoint, tmp_path):
    (tmp_path / "notes").write_text("buy milk\n{}\n")
    done = run("get", "ais://files/size-1", "--discard", "--resume", tmp_path / "notes", endpoint=endpoint)
    assert done.returncode == 2 and "line 1 of" in done.stderr and "not a line of a report" in done.stderr
    assert (tmp_path / "notes").read_text() == "buy milk\n{}\n"


@pytest.mark.parametrize("arguments, words", [
    (["--resume", "r", "--report", "s"], "no --report"),
    (["--resume", "-", "--discard"], "needs a file"),
    (["--resume", "r", "--tar", "x.tar"], "cannot be resumed"),
])
def test_usage_errors(endpoint, tmp_path, arguments, words):
    done = run("get", "ais://files/size-1", *arguments, endpoint=endpoint, cwd=tmp_path)
    assert done.returncode == 2 and words in done.stderr, done.stderr
    assert not list(tmp_path.iterdir())
