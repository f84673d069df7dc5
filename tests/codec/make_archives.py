#!/usr/bin/env python3
"""Make the same tree into archives by every tool at hand, and write down what Python's tarfile finds in each.

    make_archives.py FOLDER [GO_WRITER]

FOLDER gets NAME.tar, beside each NAME.list: one line a member, "OFFSET SIZE TYPE CRC32 NAME-IN-HEX", in archive order.
TYPE is 0 for a file, 1 a directory, 2 a link, 3 anything else. Where a tool is missing its archives are missing too,
and a line on standard output says so.
"""

import os
import shutil
import subprocess
import sys
import tarfile
import zlib
from pathlib import Path

NAMES = {
    "empty": 0,
    "one": 1,
    "block": 512,
    "block and one": 513,
    "ten": 10_000,
    "with spaces/and more/x y z": 33,
    "ünï/日本 x.bin": 700,
    "d" * 60 + "/" + "e" * 60: 20,
    "n" * 101: 5,
    "/".join(["folder-" + "f" * 30] * 6) + "/" + "l" * 120: 77,
    "/".join(["long-" + "g" * 80] * 9) + "/last": 1025,
    "quote\"back\\slash": 12,
}


def content(name: str, size: int) -> bytes:
    piece = (name + "|").encode()
    return (piece * (size // len(piece) + 1))[:size]


def make_tree(root: Path):
    for name, size in NAMES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content(name, size))
    (root / "symbolic").symlink_to("one")
    (root / ("symbolic" + "s" * 120)).symlink_to("t" * 150)
    (root / "hard").hardlink_to(root / "ten")


def type_of(member: tarfile.TarInfo) -> int:
    if member.isreg():
        return 0
    if member.isdir():
        return 1
    return 2 if member.issym() or member.islnk() else 3


def write_list(archive: Path):
    lines = []
    with tarfile.open(archive, encoding="utf-8", errors="surrogateescape") as tar:
        for member in tar:
            regular = member.isreg()
            data = tar.extractfile(member).read() if regular else b""
            name = member.name.encode("utf-8", "surrogateescape")
            # Python counts a global header to the first member.
            offset = "-" if tar.pax_headers and not lines else member.offset
            lines.append(f"{offset} {len(data)} {type_of(member)} {zlib.crc32(data):08x} {name.hex()}\n")
    archive.with_suffix(".list").write_text("".join(lines))


def by_command(out: Path, tree: Path, name: str, command: list[str]):
    if not shutil.which(command[0]):
        print(f"{command[0]} is missing: no {name}.tar")
        return
    command = [arg.replace("OUT", str(out / f"{name}.tar")) for arg in command]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, env={**os.environ, "LC_ALL": "C.UTF-8"})
    # ustar cannot hold the longest names: tar then leaves them out, says so, and fails.
    if done.returncode and not (out / f"{name}.tar").exists():
        raise SystemExit(f"{command}: {done.stderr}")


def by_python(out: Path, tree: Path, name: str, form: int, **options):
    def keep_names(member: tarfile.TarInfo):
        try:
            member.tobuf(form)
        except ValueError:  # ustar cannot hold the longest names
            return None
        return member

    with tarfile.open(out / f"{name}.tar", "w", format=form, encoding="utf-8", **options) as tar:
        tar.add(tree, arcname=".", filter=keep_names)


def by_go(out: Path, writer: str):
    request = "".join(f"{size} 1700000000 {name.encode().hex()}\n" for name, size in NAMES.items())
    done = subprocess.run([writer, "archive"], input=request.encode(), capture_output=True, check=True)
    (out / "go.tar").write_bytes(done.stdout)


def main():
    out = Path(sys.argv[1])
    tree = out / "tree"
    tree.mkdir()
    make_tree(tree)
    for form in ("v7", "oldgnu", "gnu", "ustar", "pax"):
        by_command(out, tree, f"gnu-{form}", ["tar", f"--format={form}", "-cf", "OUT", "."])
    by_command(out, tree, "gnu-pax-global",
               ["tar", "--format=pax", "--pax-option=globexthdr.name=g,comment=hello", "-cf", "OUT", "."])
    for form in ("v7", "ustar", "pax", "gnutar"):
        by_command(out, tree, f"bsdtar-{form}", ["bsdtar", f"--format={form}", "-cf", "OUT", "."])
    by_python(out, tree, "python-ustar", tarfile.USTAR_FORMAT)
    by_python(out, tree, "python-gnu", tarfile.GNU_FORMAT)
    by_python(out, tree, "python-pax", tarfile.PAX_FORMAT, pax_headers={"comment": "global ünï"})
    if len(sys.argv) > 2:
        by_go(out, sys.argv[2])
    for archive in out.glob("*.tar"):
        write_list(archive)

    # Not listed: the reader refuses it.
    (tree / "holes").write_bytes(b"")
    with open(tree / "holes", "r+b") as f:
        f.truncate(10_000_000)
        f.seek(5_000_000)
        f.write(b"island")
    if shutil.which("tar"):
        for form in ("gnu", "pax"):
            subprocess.run(["tar", f"--format={form}", "--sparse", "-cf", out / f"{form}.sparse", "holes"], cwd=tree,
                           check=True)

    # By header only: sizes over 8 GiB.
    for name, form in (("gnu", tarfile.GNU_FORMAT), ("pax", tarfile.PAX_FORMAT)):
        member = tarfile.TarInfo("huge/ünï")
        member.size = 9_000_000_000
        (out / f"{name}.huge").write_bytes(member.tobuf(form))


if __name__ == "__main__":
    main()
