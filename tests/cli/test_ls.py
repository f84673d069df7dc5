"""`aisle ls`."""

import io
import json
import tarfile

import pytest
from conftest import report_of, run

PATIENT = ("--proxy-timeout", "60s")  # a server that stalls would be reported


@pytest.fixture(scope="module")
def listed(tmp_path_factory):
    root = tmp_path_factory.mktemp("listed")
    bucket = root / "b"
    (bucket / "dir").mkdir(parents=True)
    (bucket / "a").write_bytes(b"hello")
    (bucket / "empty").write_bytes(b"")
    (bucket / "dir" / "x").write_bytes(b"x" * 1000)
    (bucket / "dir" / "tab\tand\x1b[31mred").write_bytes(b"?")
    with tarfile.open(bucket / "s.tar", "w") as archive:
        for name in ("z", "m/a"):
            data = name.encode() * 10
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    (root / "damaged").mkdir()
    (root / "damaged" / "s.tgz").write_bytes(b"no gzip")
    return root


@pytest.fixture
def at(listed, serve):
    return serve(listed).endpoint


def test_names_are_listed_in_order(at):
    done = run("ls", "ais://b", *PATIENT, endpoint=at)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.decode() == "a\ndir/tab\\x09and\\x1b[31mred\ndir/x\nempty\ns.tar\n"
    assert run("ls", "ais://b/dir/x", endpoint=at).stdout == b"dir/x\n"
    assert run("ls", "ais://b/", "--limit", 2, "--page", 1, endpoint=at).stdout.splitlines() == [
        b"a", b"dir/tab\\x09and\\x1b[31mred"]


def test_long_lines_have_sizes_states_and_checksums(at):
    done = run("ls", "ais://b/a", "--long", endpoint=at)
    assert done.stdout.decode().split() == ["5", "cached", "xxhash2:26c7827d889f6da3", "a"]
    done = run("ls", "ais://b/s.tar", "--long", "--archive", endpoint=at)
    fields = [line.split() for line in done.stdout.decode().splitlines()]
    assert [(f[0], f[1], f[3]) for f in fields] == [
        ("10240", "archive", "s.tar"), ("30", "member", "s.tar/m/a"), ("10", "member", "s.tar/z")]


def test_cached_leaves_out_what_is_only_in_the_backend(serve, tmp_path):
    (tmp_path / "s3:b").mkdir()
    for name in ("here", "there"):
        (tmp_path / "s3:b" / name).write_bytes(b"cold")
    at = serve(tmp_path, "--cold", "s3:b").endpoint
    assert run("ls", "s3://b", "--cached", endpoint=at).stdout == b""
    assert run("get", "--bucket", "s3://b", "here", "--discard", endpoint=at).returncode == 0
    states = [line.split()[1::2] for line in run("ls", "s3://b", "--long", endpoint=at).stdout.decode().splitlines()]
    assert states == [["cached", "here"], ["backend", "there"]]
    assert run("ls", "s3://b", "--cached", endpoint=at).stdout == b"here\n"


def test_json_lines_are_input_for_get(at, tmp_path):
    done = run("ls", "ais://b", "--json", "--long", "--archive", endpoint=at)
    assert done.returncode == 0
    listing = [json.loads(line) for line in done.stdout.splitlines()]
    assert listing[0].items() >= {"bucket": "ais://b", "object": "a", "size": 5, "version": "1", "state": "cached",
                                  "checksum": "xxhash2:26c7827d889f6da3"}.items()
    assert listing[-1].items() >= {"object": "s.tar", "archpath": "z", "size": 10, "state": "member"}.items()
    report = tmp_path / "report"
    got = run("get", "--input", "-", "--discard", "--report", report, stdin=done.stdout, endpoint=at)
    assert got.returncode == 0, got.stderr
    assert [line["size"] for line in report_of(report)] == [line["size"] for line in listing]
    short = run("ls", "ais://b/a", "--json", endpoint=at)
    assert json.loads(short.stdout) == {"bucket": "ais://b", "object": "a", "size": 5}


def test_a_damaged_archive_is_reported_and_the_rest_is_listed(at):
    done = run("ls", "ais://damaged", "--archive", "--long", endpoint=at)
    assert done.returncode == 1
    assert done.stdout.decode().split()[1] == "unreadable"
    assert "aisle: ais://damaged/s.tgz cannot be listed: it is damaged" in done.stderr
    assert run("ls", "ais://damaged", endpoint=at).returncode == 0


def test_exit_codes_for_what_does_not_exist(at):
    done = run("ls", "ais://b/none", *PATIENT, endpoint=at)
    assert (done.returncode, done.stdout) == (3, b"")
    assert done.stderr == "aisle: no object in ais://b starts with 'none'\n"
    done = run("ls", "ais://nobody", endpoint=at)
    assert (done.returncode, done.stdout) == (1, b"")
    assert "no such bucket" in done.stderr and "list ais://nobody" in done.stderr


@pytest.mark.parametrize("where", ["", "b", "ais://", "ais:///x", "AIS://b", "ais://b c"])
def test_an_invalid_bucket_is_a_usage_error(at, where):
    done = run("ls", where, endpoint=at)
    assert (done.returncode, done.stdout) == (2, b"")
    assert "aisle: " in done.stderr or "where" in done.stderr


def test_a_large_bucket_is_listed_completely(serve):
    at = serve("--synthetic", "25000x1").endpoint
    for arguments in ((), ("--page", 999)):
        done = run("ls", "ais://synthetic", *arguments, endpoint=at)
        names = done.stdout.decode().splitlines()
        assert len(names) == 25_000 and names == sorted(set(names))


def test_an_unreachable_cluster_is_reported_and_retried():
    done = run("ls", "ais://b", "--reach-within", "5s", *PATIENT, endpoint="http://127.0.0.1:9")
    assert done.returncode == 1
    assert "cannot reach 127.0.0.1:9: Connection refused; retrying for up to 5 s (--reach-within)" in done.stderr
