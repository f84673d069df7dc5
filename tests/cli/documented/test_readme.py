"""The program in the README, which CMake extracts and builds."""

import os
import subprocess
import tarfile
import io

import pytest
from conftest import environment


def test_the_readme_program_fetches(serve, tmp_path):
    program = os.environ.get("AISLE_README_PROGRAM")
    if not program:
        pytest.skip("AISLE_README_PROGRAM is not set: run it by ctest")
    train = tmp_path / "train"
    train.mkdir()
    (train / "a.txt").write_bytes(b"hello")
    (train / "b.bin").write_bytes(bytes(10_000))
    with tarfile.open(train / "shard.tar", "w") as shard:
        info = tarfile.TarInfo("cat.jpg")
        info.size = 700
        shard.addfile(info, io.BytesIO(bytes(700)))
    done = subprocess.run([program], capture_output=True, text=True, timeout=60,
                          env=environment(serve(tmp_path).endpoint))
    assert done.returncode == 0, done.stderr
    assert done.stdout == "a.txt: 5 bytes\nshard.tar: 700 bytes\nb.bin: 4096 bytes\n"
    assert done.stderr == ""
