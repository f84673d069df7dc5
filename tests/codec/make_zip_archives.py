#!/usr/bin/env python3
"""Make the same tree into zip archives by every tool at hand, and write down what Python's zipfile finds in each.

    make_zip_archives.py FOLDER [GO_WRITER]

FOLDER gets NAME.zip, beside each NAME.list as make_archives.py writes it, in the order of the local headers; and
archives that must be refused, NAME.refused. Where a tool is missing its archives are missing too, and a line on
standard output says so.
"""

import io
import os
import shutil
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

from make_archives import NAMES, content, make_tree


class Unseekable(io.RawIOBase):
    """A pipe: zipfile then writes sizes behind payloads."""

    def __init__(self, file):
        self.file = file

    def writable(self):
        return True

    def write(self, data):
        return self.file.write(data)


def write_list(archive: Path):
    lines = []
    with zipfile.ZipFile(archive) as z:
        for info in sorted(z.infolist(), key=lambda i: i.header_offset):
            data = z.read(info)
            name = info.orig_filename.encode("utf-8" if info.flag_bits & 0x800 else "cp437")
            kind = 1 if name.endswith(b"/") else 0
            lines.append(f"{info.header_offset} {len(data)} {kind} {zlib.crc32(data):08x} {name.hex()}\n")
    archive.with_suffix(".list").write_text("".join(lines))


def by_command(out: Path, tree: Path, name: str, command: list[str], piped=False, stdin=None):
    """OUT in the command is the archive; without it, standard output is."""
    if not shutil.which(command[0]):
        print(f"{command[0]} is missing: no {name}")
        return
    command = [arg.replace("OUT", str(out / name)) for arg in command]
    done = subprocess.run(command, cwd=tree, capture_output=True, input=stdin, env={**os.environ, "LC_ALL": "C.UTF-8"})
    if done.returncode:
        raise SystemExit(f"{command}: {done.stdout[-500:]} {done.stderr}")
    if piped:
        # bsdtar pads to its block size, which is no part of the archive.
        end = done.stdout.rfind(b"PK\5\6") + 22
        (out / name).write_bytes(done.stdout[:end])


def by_info_zip(out: Path, tree: Path):
    def zip_(name, *options, **how):
        by_command(out, tree, f"infozip-{name}", ["zip", "-q", *options], **how)

    zip_("plain.zip", "-r", "OUT", ".")
    zip_("stored.zip", "-r", "-0", "OUT", ".")
    zip_("best.zip", "-r", "-9", "OUT", ".")
    zip_("zip64.zip", "-r", "-fz", "OUT", ".")
    zip_("links.zip", "-r", "-y", "OUT", ".")
    zip_("no-folders.zip", "-r", "-D", "-X", "OUT", ".")
    zip_("descriptors.zip", "-r", "-fd", "OUT", ".")
    zip_("piped.zip", "-r", "-", ".", piped=True)
    zip_("piped-stored.zip", "-r", "-0", "-", ".", piped=True)
    zip_("filter.zip", "-", "-", piped=True, stdin=b"from standard input" * 1000)
    zip_("comments.zip", "-r", "-z", "OUT", ".", stdin=b"a comment\n.\n")
    zip_("encrypted.refused", "-r", "-P", "secret", "OUT", ".")
    zip_("bzip2.refused", "-r", "-Z", "bzip2", "OUT", ".")


def by_7zip(out: Path, tree: Path):
    def seven(name, *options):
        by_command(out, tree, f"7zip-{name}", ["7z", "a", "-tzip", *options, "OUT", "."])

    seven("plain.zip")
    seven("stored.zip", "-mx0")
    seven("best.zip", "-mx9")
    seven("encrypted.refused", "-psecret")
    seven("aes.refused", "-psecret", "-mem=AES256")
    seven("lzma.refused", "-mm=LZMA")
    seven("deflate64.refused", "-mm=Deflate64")


def by_bsdtar(out: Path, tree: Path):
    for how in ("deflate", "store"):
        options = ["bsdtar", "--format=zip", f"--options=zip:compression={how}"]
        by_command(out, tree, f"bsdtar-{how}.zip", [*options, "-cf", "OUT", "."])
        by_command(out, tree, f"bsdtar-piped-{how}.zip", [*options, "-cf", "-", "."], piped=True)
    by_command(out, tree, "bsdtar-zip64.zip", ["bsdtar", "--format=zip", "--options=zip:zip64", "-cf", "OUT", "."])


def by_python(out: Path, inner: bytes):
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        for name, force, piped in (("plain", False, False), ("zip64", True, False), ("piped", False, True),
                                   ("piped-zip64", True, True)):
            with open(out / f"python-{name}-{method}.zip", "wb") as file:
                with zipfile.ZipFile(Unseekable(file) if piped else file, "w", method) as z:
                    for member, size in NAMES.items():
                        with z.open(member, "w", force_zip64=force) as f:
                            f.write(content(member, size))
                    with z.open("an archive.zip", "w", force_zip64=force) as f:
                        f.write(inner)
                    z.comment = b"a comment"
    with open(out / "python-many.zip", "wb") as file, zipfile.ZipFile(Unseekable(file), "w") as z:
        for i in range(70_000):
            z.writestr(f"{i}", b"%d" % i if i % 3 else b"")
    with zipfile.ZipFile(out / "python-lzma.refused", "w", zipfile.ZIP_LZMA) as z:
        z.writestr("a", b"xyz" * 100)


def by_go(out: Path, writer: str):
    request = "".join(f"{name.encode().hex()} {content(name, size).hex()}\n" for name, size in NAMES.items())
    inner = b""
    for form in ("aistore", "deflate", "raw", "folders"):
        more = f"{b'an archive.zip'.hex()} {inner.hex()}\n" if inner else ""
        done = subprocess.run([writer, form], input=(request + more).encode(), capture_output=True, check=True)
        (out / f"go-{form}.zip").write_bytes(done.stdout)
        inner = inner or done.stdout


def main():
    out = Path(sys.argv[1])
    tree = out / "tree"
    tree.mkdir()
    make_tree(tree)
    by_info_zip(out, tree)
    by_7zip(out, tree)
    by_bsdtar(out, tree)
    inner = io.BytesIO()
    with zipfile.ZipFile(Unseekable(inner), "w") as z:
        for i in range(20):
            z.writestr(f"inner {i}", content("inner", i * 10))
    by_python(out, inner.getvalue())
    if len(sys.argv) > 2:
        by_go(out, sys.argv[2])
    for archive in out.glob("*.zip"):
        write_list(archive)


if __name__ == "__main__":
    main()
