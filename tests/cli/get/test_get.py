"""`aisle get`: entries in, files, archives and reports out."""

import base64
import io
import re
import shutil
import subprocess
import tarfile

import pytest
from conftest import AISLE, NAMES, SIZES, environment, lines, report_of, run, sha256


def tree(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_arguments_are_fetched_into_a_folder(served, endpoint, tmp_path):
    names = [f"size-{size}" for size in SIZES] + NAMES
    done = run("get", *(f"ais://files/{name}" for name in names), "--out", tmp_path / "out", endpoint=endpoint)
    assert done.returncode == 0, done.stderr
    assert done.stdout == b""
    assert tree(tmp_path / "out") == {f"files/{name}": served.files[name] for name in names}


def test_object_names_of_a_default_bucket(served, endpoint, tmp_path):
    done = run("get", "--bucket", "ais://files", "size-512", "size-513", "--out", tmp_path, endpoint=endpoint)
    assert done.returncode == 0, done.stderr
    assert sorted(tree(tmp_path)) == ["files/size-512", "files/size-513"]


def test_the_endpoint_option_wins_over_the_environment(endpoint, tmp_path):
    done = run("get", "ais://files/size-1", "--discard", "--endpoint", endpoint, endpoint="http://127.0.0.1:1")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("command", [("get", "ais://files/size-1", "--discard"), ("bench", "--bucket", "ais://files", "--batches", 1)])
def test_forward_proxies_of_the_environment_are_ignored(command, endpoint):
    nobody = "http://127.0.0.1:1"
    names = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]
    done = run(*command, endpoint=endpoint, variables={**dict.fromkeys(names, nobody), "NO_PROXY": "", "no_proxy": ""})
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("mode", ["stream", "multipart"])
@pytest.mark.parametrize("batch", [1, 7, 1000])
@pytest.mark.parametrize("in_flight", ["1", "8", "auto"])
def test_the_report_has_every_entry_in_input_order(served, endpoint, tmp_path, mode, batch, in_flight):
    names = [f"many/{i:04}" for i in range(100)] + [f"size-{size}" for size in SIZES]
    entries = [{"bucket": "ais://files", "object": name} for name in names]
    done = run("get", "--input", "-", "--discard", "--sha256", "--report", tmp_path / "r", "--batch", batch,
               "--in-flight", in_flight, "--mode", mode, "--format", ".tar", stdin=lines(*entries), endpoint=endpoint)
    assert done.returncode == 0, done.stderr
    report = report_of(tmp_path / "r")
    for line in report:
        assert line.pop("target").startswith("127.0.0.") and "/" in line.pop("request")
    assert report == [
        {"index": i, "bucket": "ais://files", "object": name, "status": "delivered",
         "size": len(served.files[name]), "sha256": sha256(served.files[name])} for i, name in enumerate(names)]


def test_input_from_a_file_with_every_field(served, endpoint, tmp_path):
    big = served.files["size-1048576"]
    member = served.members["m/2.jpg"]
    shard = (served.root / "shards/shard.tar").read_bytes()
    opaque = base64.b64encode(bytes(range(256))).decode()
    cases = [
        ({"bucket": "ais://files", "object": "size-1048576", "start": 1024, "length": 4096}, big[1024:5120]),
        ({"bucket": "ais://files", "object": "size-1048576", "start": 1_000_000, "length": -1}, big[1_000_000:]),
        ({"bucket": "ais://shards", "object": "shard.tar", "archpath": "m/2.jpg", "opaque": opaque}, member),
        ({"bucket": "ais://shards", "object": "shard.tar", "archpath": "m/2.jpg", "start": 5, "length": 10},
         member[5:15]),
        ({"bucket": "ais://shards", "object": "shard.tar"}, shard),
    ]
    (tmp_path / "in").write_bytes(lines(*(entry for entry, _ in cases)))
    done = run("get", "--input", tmp_path / "in", "--report", tmp_path / "r", "--sha256", endpoint=endpoint)
    assert done.returncode == 0, done.stderr
    for line, (entry, data) in zip(report_of(tmp_path / "r"), cases, strict=True):
        assert (line["size"], line["sha256"]) == (len(data), sha256(data))
        for key in ("bucket", "object", "archpath", "opaque"):
            assert line.get(key) == entry.get(key)


def test_members_go_below_their_shard(served, endpoint, tmp_path):
    entries = [{"bucket": "ais://shards", "object": "shard.tar", "archpath": name} for name in served.members]
    done = run("get", "--input", "-", "--out", tmp_path, stdin=lines(*entries), endpoint=endpoint)
    assert done.returncode == 0, done.stderr
    assert tree(tmp_path) == {f"shards/shard.tar/{name}": data for name, data in served.members.items()}


def test_missing_entries_are_reported_and_exit_with_3(served, endpoint, tmp_path):
    entries = [{"bucket": "ais://files", "object": "size-0"},
               {"bucket": "ais://files", "object": "no such thing"},
               {"bucket": "ais://shards", "object": "shard.tar", "archpath": "m/9.jpg"},
               {"bucket": "ais://files", "object": "size-1"}]
    done = run("get", "--input", "-", "--out", tmp_path / "out", "--report", tmp_path / "r", stdin=lines(*entries),
               endpoint=endpoint)
    assert done.returncode == 3
    report = report_of(tmp_path / "r")
    assert [line["status"] for line in report] == ["delivered", "missing", "missing", "delivered"]
    assert [line["size"] for line in report] == [0, 0, 0, 1]
    assert ["error" in line for line in report] == [False, True, True, False]
    assert sorted(tree(tmp_path / "out")) == ["files/size-0", "files/size-1"]
    assert "entry 1 missing: ais://files/no such thing" in done.stderr
    assert "2 delivered, 2 missing, 0 failed" in done.stderr


def test_a_missing_object_named_like_a_member_says_how_members_are_named(endpoint):
    done = run("get", "ais://shards/shard.tar/m/0.jpg", "--discard", endpoint=endpoint)
    assert done.returncode == 3
    assert 'what to do: name a member of an archive in a line of --input, as {"object": ' in done.stderr, done.stderr


def test_on_missing_fail_counts_them_as_failed(endpoint, tmp_path):
    done = run("get", "ais://files/size-1", "ais://files/none", "--on-missing", "fail", "--report", "-",
               endpoint=endpoint)
    assert done.returncode == 1
    assert [line["status"] for line in report_of(done.stdout)] == ["delivered", "failed"]


def test_an_invalid_name_fails_only_its_entry(endpoint, tmp_path):
    entries = [{"bucket": "ais://files", "object": "size-1"}, {"bucket": "ais://files", "object": "../etc/passwd"},
               {"bucket": "ais://files", "object": "size-512"}]
    done = run("get", "--input", "-", "--report", "-", stdin=lines(*entries), endpoint=endpoint)
    assert done.returncode == 1
    report = report_of(done.stdout)
    assert [line["status"] for line in report] == ["delivered", "failed", "delivered"]
    assert report[1]["error"]


def test_an_archive_on_standard_output_is_read_by_gnu_tar_and_python(served, endpoint, tmp_path):
    names = [f"size-{size}" for size in SIZES] + NAMES
    entries = [{"bucket": "ais://files", "object": name} for name in names + ["none"]]
    done = run("get", "--input", "-", "--tar", "-", stdin=lines(*entries), endpoint=endpoint)
    assert done.returncode == 3
    expected = [(f"files/{name}", served.files[name]) for name in names]
    (tmp_path / "x.tar").write_bytes(done.stdout)
    with tarfile.open(tmp_path / "x.tar") as archive:
        assert [(m.name, archive.extractfile(m).read()) for m in archive] == expected
    (tmp_path / "out").mkdir()
    gnu = subprocess.run(["tar", "-xf", tmp_path / "x.tar", "-C", tmp_path / "out"], capture_output=True)
    assert (gnu.returncode, gnu.stderr) == (0, b"")
    assert tree(tmp_path / "out") == dict(expected)


def test_an_archive_appears_when_it_is_complete(served, endpoint, tmp_path):
    done = run("get", "ais://files/size-10240", "--tar", tmp_path / "x.tar", endpoint=endpoint)
    assert done.returncode == 0, done.stderr
    with tarfile.open(tmp_path / "x.tar") as archive:
        assert archive.getnames() == ["files/size-10240"]
    assert [p.name for p in tmp_path.iterdir()] == ["x.tar"]


def test_files_of_an_earlier_run_are_replaced(served, endpoint, tmp_path):
    (tmp_path / "files").mkdir()
    (tmp_path / "files/size-512").write_bytes(b"old")
    done = run("get", "ais://files/size-512", "--out", tmp_path, endpoint=endpoint)
    assert done.returncode == 0, done.stderr
    assert tree(tmp_path) == {"files/size-512": served.files["size-512"]}


def test_two_entries_of_one_path_must_have_the_same_content(served, endpoint, tmp_path):
    same = {"bucket": "ais://files", "object": "size-10240"}
    part = same | {"start": 0, "length": 100}
    done = run("get", "--input", "-", "--out", tmp_path, "--report", "-", stdin=lines(same, same, part, same),
               endpoint=endpoint)
    assert done.returncode == 1
    report = report_of(done.stdout)
    assert [line["status"] for line in report] == ["delivered", "delivered", "failed", "delivered"]
    assert "earlier entry" in report[2]["error"]
    assert tree(tmp_path) == {"files/size-10240": served.files["size-10240"]}


def test_symbolic_links_below_the_folder_are_never_followed(served, endpoint, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "victim").write_bytes(b"untouched")
    out = tmp_path / "out"
    (out / "files").mkdir(parents=True)
    (out / "files/size-512").symlink_to(outside / "victim")
    (out / "files/many").symlink_to(outside)
    done = run("get", "ais://files/size-512", "ais://files/many/0001", "ais://files/size-1", "--out", out,
               endpoint=endpoint)
    assert done.returncode == 1
    assert [p.name for p in outside.iterdir()] == ["victim"]
    assert (outside / "victim").read_bytes() == b"untouched"
    assert not (out / "files/size-512").is_symlink()
    assert (out / "files/size-512").read_bytes() == served.files["size-512"]
    assert "1 failed" in done.stderr


def test_the_output_folder_may_be_a_symbolic_link(served, endpoint, tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert run("get", "ais://files/size-1", "--out", tmp_path / "link", endpoint=endpoint).returncode == 0
    assert sorted(tree(tmp_path / "real")) == ["files/size-1"]


def test_an_entry_whose_path_is_taken_fails_alone(served, endpoint, tmp_path):
    (tmp_path / "files/size-1").mkdir(parents=True)
    (tmp_path / "files/many").write_bytes(b"a file")
    done = run("get", "ais://files/size-1", "ais://files/many/0001", "ais://files/size-512", "--out", tmp_path,
               "--report", "-", endpoint=endpoint)
    assert done.returncode == 1
    assert [line["status"] for line in report_of(done.stdout)] == ["failed", "failed", "delivered"]
    assert not list(tmp_path.rglob("*.part"))


def test_a_name_too_long_for_the_file_system_fails_alone(serve, tmp_path):
    # A name in an archive may be longer than a file system allows.
    members = {"x" * 300: b"long", "short": b"short"}
    (tmp_path / "root/shards").mkdir(parents=True)
    with tarfile.open(tmp_path / "root/shards/s.tar", "w", format=tarfile.PAX_FORMAT) as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    entries = [{"bucket": "ais://shards", "object": "s.tar", "archpath": name} for name in members]
    done = run("get", "--input", "-", "--out", tmp_path / "out", "--report", "-", stdin=lines(*entries),
               endpoint=serve(tmp_path / "root").endpoint)
    assert done.returncode == 1
    report = report_of(done.stdout)
    assert [line["status"] for line in report] == ["failed", "delivered"]
    assert "too long" in report[0]["error"]
    assert tree(tmp_path / "out") == {"shards/s.tar/short": b"short"}


@pytest.mark.parametrize("text, number, words", [
    (b'{"bucket":"ais://files","object":"size-1"}\nnot json\n', 2, "not JSON"),
    (b'\n\n{"bucket":"ais://files","object":"size-1","sise":3}\n', 3, 'unknown key "sise"'),
    (b'{"object":"size-1"}', 1, 'no "bucket"'),
    (b'{"bucket":"ais://files"}', 1, 'no "object"'),
    (b'{"bucket":"ais://files","object":"a","opaque":"?"}', 1, "base64"),
    (b"[1]\n", 1, "not a JSON object"),
])
def test_the_error_for_an_invalid_input_line_has_its_number(endpoint, text, number, words):
    done = run("get", "--input", "-", "--discard", stdin=text, endpoint=endpoint)
    assert done.returncode == 2
    assert f"input line {number}: " in done.stderr
    assert words in done.stderr


def test_the_entries_before_an_invalid_line_are_fetched_and_reported(served, endpoint, tmp_path):
    good = lines(*({"bucket": "ais://files", "object": f"many/{i:04}"} for i in range(10)))
    done = run("get", "--input", "-", "--batch", "4", "--tar", tmp_path / "x.tar", "--report", tmp_path / "r",
               stdin=good + b"oops\n", endpoint=endpoint)
    assert done.returncode == 2
    assert "input line 11" in done.stderr
    assert len(report_of(tmp_path / "r")) == 10
    with tarfile.open(tmp_path / "x.tar") as archive:
        assert len(archive.getnames()) == 10


def test_an_empty_input_is_not_an_error(endpoint):
    done = run("get", "--input", "-", "--report", "-", stdin=b"", endpoint=endpoint)
    assert (done.returncode, done.stdout) == (0, b"")


@pytest.mark.parametrize("arguments", [
    [],
    ["--discard"],
    ["ais://files/x"],
    ["ais://files/x", "--input", "-", "--discard"],
    ["ais://files/x", "--discard", "--out", "d"],
    ["ais://files/x", "--tar", "-", "--report", "-"],
    ["ais://files/x", "--tar", "same", "--report", "same"],
    ["ais://files/x", "--discard", "--sha256"],
    ["ais://files/x", "--discard", "--batch", "0"],
    ["ais://files/x", "--discard", "--in-flight", "many"],
    ["ais://files/x", "--discard", "--in-flight", "0"],
    ["ais://files/x", "--discard", "--max-in-flight", "0"],
    ["ais://files/x", "--discard", "--form", "zip"],
    ["ais://files/x", "--discard", "--mode", "fast"],
    ["ais://files/x", "--discard", "--on-missing", "panic"],
    ["ais://files/x", "--discard", "--format", ".rar"],
    ["ais://files/x", "--discard", "--endpoint", "ftp://x"],
    ["ais://files/x", "--discard", "--no-such-option"],
    ["no-bucket", "--discard"],
    ["--input", "/no/such/file", "--discard"],
])
def test_wrong_usage_exits_with_2_and_says_why(endpoint, tmp_path, arguments):
    done = run("get", *arguments, endpoint=endpoint, cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert done.stderr.strip()
    assert done.stdout == b""
    assert not list(tmp_path.iterdir())


def test_the_input_is_not_overwritten_by_an_output(endpoint, tmp_path):
    (tmp_path / "in").write_bytes(lines({"bucket": "ais://files", "object": "size-1"}))
    for option in ("--report", "--tar"):
        done = run("get", "--input", "in", option, "./in", endpoint=endpoint, cwd=tmp_path)
        assert done.returncode == 2
    assert report_of(tmp_path / "in") == [{"bucket": "ais://files", "object": "size-1"}]


def test_an_unreachable_server_is_a_failure(tmp_path):
    done = run("get", "ais://files/size-1", "--report", "-", "--endpoint", "http://127.0.0.1:1", "--retry-for", "1s")
    assert done.returncode == 1
    assert [line["status"] for line in report_of(done.stdout)] == ["failed"]


def test_the_error_for_a_bucket_that_does_not_exist_has_the_servers_message(endpoint):
    done = run("get", "ais://nowhere/x", "--report", "-", endpoint=endpoint)
    assert done.returncode == 1
    [line] = report_of(done.stdout)
    assert line["status"] == "failed"
    assert "404" in line["error"]


def test_a_full_device_ends_the_run(served, endpoint):
    done = run("get", *(f"ais://files/size-{s}" for s in SIZES), "--tar", "/dev/full", endpoint=endpoint)
    assert done.returncode == 1
    assert "No space left" in done.stderr


def test_a_closed_pipe_ends_the_run_with_a_message(served, endpoint, tmp_path):
    entries = lines(*({"bucket": "ais://files", "object": "size-1048576"} for _ in range(64)))
    (tmp_path / "in").write_bytes(entries)
    get = subprocess.Popen([AISLE, "get", "--input", tmp_path / "in", "--tar", "-"], stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE, env=environment(endpoint))
    get.stdout.read(10)
    get.stdout.close()
    assert get.wait(timeout=60) == 1
    assert b"standard output" in get.stderr.read()
    get.stderr.close()


@pytest.mark.parametrize("fault, delivered", [("short@3", 3), ("empty-archive", 0), ("wrong-name@2", 2),
                                              ("abrupt@0", 0), ("cut@4", 4), ("empty-body", 0)])
def test_without_retries_an_incomplete_response_fails_its_entries(served, serve, fault,
                                                                                       delivered):
    bad = serve(served.root, "--fault", fault)
    names = [f"many/{i:04}" for i in range(100, 108)]
    done = run("get", "--bucket", "ais://files", *names, "--report", "-", "--sha256", "--attempts", "1",
               "--proxy-timeout", "60s", endpoint=bad.endpoint)
    assert done.returncode == 1
    report = report_of(done.stdout)
    assert [line["object"] for line in report] == names
    for line, name in zip(report[:delivered], names):
        assert (line["status"], line["sha256"]) == ("delivered", sha256(served.files[name]))
    assert {line["status"] for line in report[delivered:]} == {"failed"}
    assert all(line["error"] and "sha256" not in line for line in report[delivered:])


@pytest.mark.parametrize("fault", ["short@3", "wrong-name@2", "cut@4", "abrupt@9000", "empty-bodyx2", "expiredx2",
                                   "refuse-429x2", "refuse-503x2", "refuse-409x2"])
def test_the_rest_of_an_incomplete_response_is_requested_again(served, serve, fault):
    bad = serve(served.root, "--fault", fault)
    names = [f"many/{i:04}" for i in range(100, 108)]
    done = run("get", "--bucket", "ais://files", *names, "--report", "-", "--sha256", endpoint=bad.endpoint)
    assert done.returncode == 0, done.stderr
    assert [(line["object"], line["sha256"]) for line in report_of(done.stdout)] == [
        (name, sha256(served.files[name])) for name in names]
    assert re.search(r" retr(y|ies): ", done.stderr), done.stderr


def test_help_has_examples():
    for command in ("get", "bench", "serve"):
        done = run(command, "--help")
        assert done.returncode == 0
        assert b"Examples:" in done.stdout and f"aisle {command}".encode() in done.stdout
    done = run("--help")
    assert done.returncode == 0
    assert all(word in done.stdout for word in (b"get", b"bench", b"serve", b"AIS_ENDPOINT"))


def test_version():
    done = run("--version")
    assert done.returncode == 0
    assert done.stdout.startswith(b"aisle ")
    assert run().returncode == 2
    assert run("fetch").returncode == 2


@pytest.mark.skipif(not shutil.which("strace"), reason="needs strace")
def test_a_file_that_is_read_slowly_makes_no_smaller_batches(endpoint, tmp_path):
    # On a busy machine the thread that reads it may not run for longer than an entry waits for others. A last entry is
    # checked less than others, so where a batch ends must not depend on it.
    wanted = tmp_path / "wanted.jsonl"
    wanted.write_bytes(lines(*[{"bucket": "ais://files", "object": "size-1"}] * 2000))
    assert wanted.stat().st_size > 65_536, "it must take two reads"

    def first_of_requests(*before):
        report = tmp_path / "report.jsonl"
        done = subprocess.run([*before, AISLE, "get", "--input", wanted, "--batch", "4096", "--report", report,
                               "--attempts", "1", "--no-hedging", "--proxy-timeout", "60s"],
                              env=environment(endpoint), capture_output=True, timeout=120)
        assert done.returncode == 0, done.stderr
        first = {}
        for line in report_of(report):
            first.setdefault(line["request"], line["index"])
        return list(first.values())

    slowly = first_of_requests("strace", "-f", "-qq", "-o", tmp_path / "trace", "-P", wanted, "-e", "trace=read",
                               "-e", "inject=read:delay_enter=300000")
    assert (tmp_path / "trace").read_text().count("DELAYED") >= 3
    assert slowly == first_of_requests()
