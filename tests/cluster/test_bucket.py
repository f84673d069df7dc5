"""`aisle ls` and `aisle put`, compared with what curl puts and gets."""

import io
import json
import subprocess
import tarfile

import pytest
from conftest import AISLE, Bucket, content


def run_aisle(*arguments):
    return subprocess.run([AISLE, *arguments], capture_output=True, text=True)


@pytest.fixture
def bucket():
    made = Bucket()
    yield made
    made.destroy()


def ls(where, *options):
    done = run_aisle("ls", where, "--json", *options)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_more_than_a_page_is_listed_once_each(bucket):
    objects = {f"o/{i:05}": b"x" * (i % 7) for i in range(1_200)}
    bucket.put_all(objects)
    for page in (0, 100, 1_000, 1_199, 1_200):
        listed = ls(bucket.uri, "--page", str(page))
        assert [(o["object"], o["size"]) for o in listed] == [(n, len(d)) for n, d in sorted(objects.items())]
    assert [o["object"] for o in ls(bucket.uri + "/o/0001")] == [f"o/0001{i}" for i in range(10)]


def test_members_are_those_of_the_archive(bucket):
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        for i in range(300):
            info = tarfile.TarInfo(f"m/{i:03}")
            info.size = i
            archive.addfile(info, io.BytesIO(content(i, i)))
    for name in ("s.tar", "s.tar.idx", "s.tar-2.tar"):
        bucket.put(name, data.getvalue())
    listed = ls(bucket.uri, "--archive", "--page", "1")
    assert [o["object"] for o in listed if "archpath" not in o] == ["s.tar", "s.tar-2.tar", "s.tar.idx"]
    for name in ("s.tar", "s.tar-2.tar"):
        members = [(o["archpath"], o["size"]) for o in listed if o["object"] == name and "archpath" in o]
        assert members == [(f"m/{i:03}", i) for i in range(300)]


def test_files_are_stored_as_they_are(bucket, tmp_path):
    names = {"small": 1, "empty": 0, "with spaces ü": 5_000, "large": 20_000_000}
    for name, size in names.items():
        (tmp_path / name).write_bytes(content(name, size))
    done = run_aisle("put", *(str(tmp_path / name) for name in names), bucket.uri + "/in/")
    assert done.returncode == 0, done.stderr
    for name, size in names.items():
        assert bucket.get("in/" + name) == content(name, size)
    assert run_aisle("put", str(tmp_path / "small"), bucket.uri + "-none").returncode == 1
