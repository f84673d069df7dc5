"""The Python blocks of README.md, docs/python/native.md, docs/quickstart.md and docs/tutorial-python.md."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from serving import AISLE, ROOT, fill, serving, unused_port


def blocks(page, language="python"):
    return re.findall(rf"^```{language}\n(.*?)^```", (ROOT / page).read_text(encoding="utf-8"), re.M | re.S)


@pytest.mark.parametrize("page", ["README.md", "docs/python/native.md"])
def test_the_first_example_of_a_page_runs_as_it_is(page, tmp_path):
    bucket = tmp_path / "train"
    bucket.mkdir()
    stored = {f"{letter}.jpg": letter.encode() * 9 for letter in "abc"}
    for name, data in stored.items():
        (bucket / name).write_bytes(data)
    first = blocks(page)[0]
    used: list[tuple[str, bytes]] = []
    with serving(tmp_path) as endpoint:
        source = first.replace("http://localhost:8080", endpoint)
        exec(compile(source, page, "exec"), {"use": lambda name, data: used.append((name, bytes(data)))})
    assert used
    assert {name for name, _ in used} == set(re.findall(r'"([a-c]\.jpg)"', first))
    assert all(stored[name] == data for name, data in used)


def test_the_quick_starts_program_runs(tmp_path, monkeypatch, capsys):
    files = {f"train/img-{i}.jpg": bytes(10_240) for i in range(50)} | {"train/shard.tar": b"not one of them"}
    with serving(fill(tmp_path, files)) as endpoint:
        monkeypatch.setenv("AIS_ENDPOINT", endpoint)
        exec(compile("".join(blocks("docs/quickstart.md")), "quickstart.md", "exec"), {})
    assert capsys.readouterr().out == "50 samples\n"


def test_the_tutorial_runs_with_the_server_that_it_starts(tmp_path):
    page = "docs/tutorial-python.md"
    (tmp_path / "page.py").write_text("\n".join(blocks(page)), encoding="utf-8")
    commands = "".join(blocks(page, "sh")).replace("8080", str(unused_port()))
    wait = "until grep -q '^serving at' served; do kill -0 $!; sleep 0.05; done"
    variables = os.environ | {
        "AISLE_BIN": AISLE,
        "PATH": os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]]),
    }
    script = f"set -e\ntrap 'kill $(jobs -p)' EXIT\n{{\n{commands}}} > served\n{wait}\npython page.py"
    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, env=variables, capture_output=True, text=True,
                          timeout=180)
    assert done.returncode == 0, done.stderr
    assert "no-such missing NotFound\n" in done.stdout
    assert "samples by" in done.stdout and "limited by" in done.stdout
