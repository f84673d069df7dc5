"""The shell blocks of README.md, and of docs/quickstart.md, cli.md, tuning.md and security.md, as scripts."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import AISLE, environment, free_port

ROOT = Path(__file__).resolve().parents[3]
sys.path.append(str(ROOT / "tests/docs"))
import pages  # noqa: E402
from test_blocks import NOT_RUN  # noqa: E402

PORT = re.compile(r"\b(8080|8443)\b")
WAIT = "until (exec 3<>/dev/tcp/127.0.0.1/{port}) 2>/dev/null; do sleep 0.05; done"


def script(page):
    """The page's blocks as one script: short, on a free port, and servers in the foreground end after a second."""
    port = free_port()
    out = ["set -euo pipefail", "trap 'kill $(jobs -p) 2>/dev/null || true' EXIT"]
    for block in pages.blocks("sh"):
        if block.page != page or (page, block.first_command) in NOT_RUN:
            continue
        text = re.sub(r"--seconds \d+", "--seconds 0.5", re.sub(r"--for \w+", "--for 1s", block.text))
        text = re.sub(r"--(ui|metrics) \d+", r"--\1 0", text)
        for line in PORT.sub(str(port), text).splitlines():
            if line.startswith("aisle serve") and line.endswith("&"):
                out += [line, WAIT.format(port=port)]
            elif line.startswith("aisle serve"):
                served = line.partition("#")[0].replace("serve", "serve --port 0", 1)
                out.append(f"timeout --signal INT 1 {served} || [ $? = 124 ]")
            else:
                out.append(line)
    return "\n".join(out) + "\n"


@pytest.fixture
def folder(tmp_path):
    """What the commands name: a folder of photos, a list, archives; and the command on the path."""
    (tmp_path / "photos/album").mkdir(parents=True)
    for name in ("a.jpg", "b.jpg", "album/c.jpg"):
        (tmp_path / "photos" / name).write_bytes(name.encode() * 100)
    (tmp_path / "list.jsonl").write_text('{"bucket": "ais://train", "object": "a.jpg"}\n')
    subprocess.run(["tar", "-cf", tmp_path / "new.tar", "-C", tmp_path / "photos", "a.jpg", "b.jpg"], check=True)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/aisle").symlink_to(AISLE)
    served = tmp_path / "served/train"
    (served / "shards").mkdir(parents=True)
    for name in ("a.jpg", "b.jpg"):
        (served / name).write_bytes((tmp_path / "photos" / name).read_bytes())
    (served / "shards/0.tar").write_bytes((tmp_path / "new.tar").read_bytes())
    for shell in (".zfunc", ".config/fish/completions"):
        (tmp_path / "home" / shell).mkdir(parents=True)
    if shutil.which("man") is None:  # as on a minimal Debian
        (tmp_path / "bin/man").write_text("#!/bin/sh\nexec cat\n")
        (tmp_path / "bin/man").chmod(0o755)
    return tmp_path


@pytest.mark.parametrize("page", ["README.md", "docs/quickstart.md", "docs/cli.md", "docs/tuning.md",
                                  "docs/security.md"])
def test_the_commands_of_a_page_run(page, serve, folder):
    variables = environment(serve(folder / "served", "--writable").endpoint)
    variables["HOME"] = str(folder / "home")
    variables["PATH"] = f"{folder / 'bin'}:{variables['PATH']}"
    done = subprocess.run(["bash", "-c", script(page)], cwd=folder, env=variables, capture_output=True, text=True,
                          timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
