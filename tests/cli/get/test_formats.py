"""`aisle get` in every format and mode, with expected sizes and checksums."""

import gzip
import os
import subprocess

import pytest
from conftest import NAMES, SIZES, content, lines, report_of, run, sha256

FORMATS = [".tar", ".tgz", ".tar.gz", ".zip", ".tar.lz4", ".tar.zst"]


@pytest.mark.parametrize("mode", ["stream", "multipart"])
@pytest.mark.parametrize("form", FORMATS)
def test_every_format_delivers_the_same_bytes(served, endpoint, tmp_path, form, mode):
    names = [f"size-{size}" for size in SIZES] + NAMES + [f"many/{i:04}" for i in range(60)]
    entries = [{"bucket": "ais://files", "object": name, "size": len(served.files[name])} for name in names]
    entries += [{"bucket": "ais://shards", "object": "shard.tar", "archpath": name} for name in served.members]
    entries += [{"bucket": "ais://files", "object": "not there"}]
    done = run("get", "--input", "-", "--format", form, "--mode", mode, "--sha256", "--report", tmp_path / "r",
               "--batch", 50, stdin=lines(*entries), endpoint=endpoint)
    assert done.returncode == 3, done.stderr
    report = report_of(tmp_path / "r")
    expected = [sha256(served.files[name]) for name in names] + [sha256(d) for d in served.members.values()]
    assert [line["sha256"] for line in report[:-1]] == expected
    assert (report[-1]["status"], report[-1]["code"]) == ("missing", "missing")


def test_another_format_than_requested_is_read_with_a_note(serve, served, tmp_path):
    server = serve(served.root, "--no-zstd")
    done = run("get", "ais://files/size-512", "--format", "tar.zst", "--out", tmp_path, endpoint=server.endpoint)
    assert done.returncode == 0
    assert (tmp_path / "files/size-512").read_bytes() == served.files["size-512"]
    assert ".tar.zst was requested, but the server sends .tar" in done.stderr


@pytest.mark.parametrize("form", [".7z", ".TAR", "gz", ""])
def test_the_error_for_an_unknown_format_lists_the_known_ones(endpoint, form):
    done = run("get", "ais://files/size-1", "--discard", "--format", form, endpoint=endpoint)
    assert done.returncode == 2
    assert ".tar.lz4" in done.stderr


def test_a_wrong_size_or_checksum_fails_only_its_entry(served, endpoint, tmp_path):
    data = served.files["size-10240"]
    entry = {"bucket": "ais://files", "object": "size-10240"}
    entries = [entry | {"size": 10240, "checksum": f"sha256:{sha256(data)}"},
               entry | {"size": 10239},
               entry | {"checksum": f"sha256:{sha256(b'else')}"},
               entry | {"start": 5, "length": 10, "checksum": f"sha256:{sha256(data[5:15])}"}]
    done = run("get", "--input", "-", "--report", tmp_path / "r", stdin=lines(*entries), endpoint=endpoint)
    assert done.returncode == 1
    assert [(line["status"], line.get("code")) for line in report_of(tmp_path / "r")] == [
        ("delivered", None), ("failed", "wrong_size"), ("failed", "wrong_checksum"), ("delivered", None)]


@pytest.mark.parametrize("bad", [{"size": -1}, {"size": "1"}, {"checksum": 5}])
def test_the_error_for_an_invalid_size_or_checksum_has_its_line(endpoint, bad):
    entry = {"bucket": "ais://files", "object": "size-1"}
    done = run("get", "--input", "-", "--discard", stdin=lines(entry, entry | bad), endpoint=endpoint)
    assert done.returncode == 2
    assert "2" in done.stderr and next(iter(bad)) in done.stderr


def test_an_unknown_checksum_type_fails_its_entry(endpoint, tmp_path):
    entry = {"bucket": "ais://files", "object": "size-1", "checksum": "crc64:00"}
    done = run("get", "--input", "-", "--report", tmp_path / "r", stdin=lines(entry), endpoint=endpoint)
    assert done.returncode == 1
    assert report_of(tmp_path / "r")[0]["code"] == "invalid_entry"


def test_compressed_samples_are_decompressed_on_request(served, endpoint, tmp_path):
    text = b"a line of a data set\n" * 5000
    served.write("packed", "a.json.gz", gzip.compress(text))
    served.write("packed", "b.zst", subprocess.run(["zstd", "-qc"], input=text, capture_output=True, check=True).stdout)
    served.write("packed", "c.txt", text)
    served.write("packed", "broken.gz", gzip.compress(text)[:-4])
    served.write("packed", "not.gz", text)
    names = ["a.json.gz", "b.zst", "c.txt", "broken.gz", "not.gz"]
    done = run("get", "--bucket", "ais://packed", *names, "--decompress", "--sha256", "--report", tmp_path / "r",
               endpoint=endpoint)
    assert done.returncode == 1
    report = report_of(tmp_path / "r")
    assert [line.get("sha256") for line in report] == [sha256(text)] * 3 + [None] * 2
    assert [line["code"] for line in report[3:]] == ["truncated_archive", "bad_archive"]
    assert all("does not decompress" in line["error"] for line in report[3:])

    as_stored = run("get", "--bucket", "ais://packed", *names, "--sha256", "--report", tmp_path / "s", endpoint=endpoint)
    assert as_stored.returncode == 0
    assert report_of(tmp_path / "s")[4]["sha256"] == sha256(text)


def test_a_sample_over_the_limit_fails_alone(served, endpoint, tmp_path):
    done = run("get", "--bucket", "ais://files", "size-100000", "size-262144", "size-1", "--max-sample", "200K",
               "--report", tmp_path / "r", endpoint=endpoint)
    assert done.returncode == 1
    assert [line.get("code") for line in report_of(tmp_path / "r")] == [None, "limit_exceeded", None]


@pytest.mark.parametrize("mode", ["stream", "multipart"])
def test_without_continue_on_error_a_missing_entry_ends_its_batch(endpoint, tmp_path, mode):
    names = ["size-1", "not there", "size-2048"]
    done = run("get", "--bucket", "ais://files", *names, "--no-cont-on-err", "--mode", mode, "--report", tmp_path / "r",
               endpoint=endpoint)
    assert done.returncode == 1
    statuses = [line["status"] for line in report_of(tmp_path / "r")]
    assert statuses[1:] == ["failed", "failed"]


@pytest.mark.parametrize("flags", [["--only-obj-name"], ["--coloc", "1"], ["--coloc", "2"]])
def test_other_options_of_get_batch_do_not_change_the_bytes(served, endpoint, tmp_path, flags):
    done = run("get", "--bucket", "ais://files", "size-511", "size-0", "size-2049", *flags, "--out", tmp_path,
               endpoint=endpoint)
    assert done.returncode == 0, done.stderr
    for name in ("size-511", "size-0", "size-2049"):
        assert (tmp_path / "files" / name).read_bytes() == served.files[name]


def test_buckets_of_one_name_in_several_namespaces_and_providers_do_not_collide(serve, tmp_path):
    uris = {"ais://b": "b", "ais://#n/b": "#n/b", "ais://@uuid#n/b": "@uuid#n/b", "s3://b": "s3:b"}
    for place in uris.values():
        (tmp_path / "root" / place).mkdir(parents=True)
        (tmp_path / "root" / place / "o").write_text(place)
    server = serve(tmp_path / "root")
    for asked in (["ais://b", "ais://#n/b", "s3://b"], ["ais://#n/b"], list(uris), ["ais://@uuid#n/b", "ais://#n/b"]):
        for mode in ("stream", "multipart"):
            done = run("get", "--input", "-", "--sha256", "--report", "-", "--quiet", "--mode", mode,
                       stdin=lines(*({"bucket": uri, "object": "o"} for uri in asked)), endpoint=server.endpoint)
            assert done.returncode == 0, done.stdout
            assert [line["sha256"] for line in report_of(done.stdout)] == [sha256(uris[u].encode()) for u in asked]
    done = run("get", "ais://#n/b/o", "s3://b/o", "--out", tmp_path / "out", endpoint=server.endpoint)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out/#n:b/o").read_text() == "#n/b" and (tmp_path / "out/s3:b/o").read_text() == "s3:b"
    done = run("get", "ais://#unknown/b/o", "--discard", endpoint=server.endpoint)
    assert done.returncode == 1 and "does not exist" in done.stderr


@pytest.mark.parametrize("form", ["gnu", "pax"])
@pytest.mark.parametrize("packed", ["tar", "tar.gz"])
def test_sparse_and_linked_members_of_a_shard_by_gnu_tar(serve, tmp_path, form, packed):
    """Like Go's archive/tar: a sparse member has the content of the original file, a link has no bytes."""
    made = tmp_path / "made"
    made.mkdir()
    with open(made / "sparse", "wb") as f:
        for at in (0, 300_000, 900_000):
            f.seek(at)
            f.write(b"data at %d" % at)
        f.truncate(1_000_000)
    (made / "plain").write_bytes(content("plain", 5000))
    os.link(made / "plain", made / "plain.hard")
    (made / "plain.soft").symlink_to("plain")
    bucket = tmp_path / "root" / "b"
    bucket.mkdir(parents=True)
    members = ["sparse", "plain", "plain.hard", "plain.soft"]
    subprocess.run(["tar", "--sparse", f"--format={form}", "-caf", bucket / f"s.{packed}", "-C", made, *members],
                   check=True)
    server = serve(tmp_path / "root")
    entries = lines(*({"bucket": "ais://b", "object": f"s.{packed}", "archpath": m} for m in members))
    done = run("get", "--input", "-", "--out", tmp_path / "out", "--report", "-", stdin=entries,
               endpoint=server.endpoint)
    assert done.returncode == 0, done.stderr
    got = {m: (tmp_path / "out/b" / f"s.{packed}" / m).read_bytes() for m in members}
    assert got["sparse"] == (made / "sparse").read_bytes()
    assert got["plain"] == (made / "plain").read_bytes()
    assert (got["plain.hard"], got["plain.soft"]) == (b"", b"")
