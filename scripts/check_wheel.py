#!/usr/bin/env python3
"""Checks a wheel: what its extension exports and needs, its licences, that it runs under an old glibc, and that it
fetches samples when it is installed.

    check_wheel.py WHEEL GLIBC [PYTHON ...]

GLIBC: folder of a C library, as scripts/unpack_debian makes it.
PYTHON: interpreters to install the wheel for, each in an empty environment. A wheel of another architecture runs under
qemu-user; PYTHON is then the folder of that architecture's interpreter, made by scripts/unpack_debian too.
"""

import contextlib
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

NEWEST_GLIBC = (2, 28)

FETCH = """
import sys, aisle
with aisle.Client(sys.argv[1]) as client:
    entries = aisle.Entries.from_list(client.list("ais://synthetic"))
    sizes = [len(bytes(sample)) for sample in client.stream(entries)]
assert sizes == [10240] * 10, sizes
print(sys.version.split()[0])
"""
SERVE = ("serve", "--port", "0", "--synthetic", "10x10K")


class Wheel:
    """An unpacked wheel, and how programs of its architecture are run and examined here."""

    def __init__(self, path: Path, folder: Path) -> None:
        self.path, self.folder = path, folder
        self.machine = path.stem.rsplit("_", 1)[1] if path.stem.endswith("aarch64") else "x86_64"
        self.is_foreign = self.machine != platform.machine()
        self.tools = f"{self.machine}-linux-gnu-" if self.is_foreign else ""
        self.command = folder / "aisle/bin/aisle"
        self.libraries = folder / "aisle_io.libs"

    def read(self, tool: str, *arguments: object) -> list[str]:
        """The lines that nm or objdump prints."""
        return subprocess.check_output([self.tools + tool, *map(str, arguments)], text=True).splitlines()

    def loaded_by(self, glibc: Path) -> list[str]:
        """The command line that runs the wheel's command under this C library."""
        loader = next(glibc.glob("root/lib/*-linux-gnu/ld-2.*.so"))
        libraries = ":".join(map(str, (*glibc.glob("root/**/*-linux-gnu"), self.libraries)))
        emulator = [f"qemu-{self.machine}"] if self.is_foreign else []
        return [*emulator, str(loader), "--library-path", libraries, str(self.command)]


def faults(wheel: Wheel) -> Iterator[str]:
    """What is wrong with its contents."""
    extensions = list(wheel.folder.glob("aisle/_aisle*.so"))
    if len(extensions) != 1:
        yield f"it has {len(extensions)} extensions"
        return
    extension = extensions[0]
    exported = [line.split()[-1] for line in wheel.read("nm", "-D", "--defined-only", extension)]
    if exported != ["PyInit__aisle"]:
        yield f"it exports {len(exported)} symbols, not PyInit__aisle alone: they could replace another library's"
    libraries = sorted(wheel.libraries.glob("*.so*"))
    theirs = {line.split()[-1].split("@")[0] for b in libraries for line in wheel.read("nm", "-D", "--defined-only", b)}
    for line in wheel.read("nm", "-D", "-u", extension):
        kind, name = line.split()[-2:]
        # lld links a shared object that has undefined symbols.
        if "@" not in name and kind == "U" and not name.startswith(("Py", "_Py")) and name not in theirs:
            yield f"no library defines {name}"
    for binary in (extension, *libraries, wheel.command):
        for version in re.findall(r"GLIBC_([\d.]+)", "\n".join(wheel.read("objdump", "-T", binary))):
            if tuple(map(int, version.split(".")))[:2] > NEWEST_GLIBC:
                yield f"{binary.name} needs GLIBC_{version}"
                break
    names = {p.name for p in wheel.folder.glob("aisle_io-*.dist-info/**/*")}
    for wanted in ("LICENSE", "THIRD_PARTY_LICENSES"):
        if wanted not in names:
            yield f"{wanted} is not in it"
    for command in ([["abi3audit", "--strict"]] if "abi3" in wheel.path.name else []) + [["auditwheel", "show"]]:
        done = subprocess.run([sys.executable, "-m", *command, wheel.path], capture_output=True, text=True)
        if done.returncode != 0:
            yield f"{command[0]}: {done.stdout}{done.stderr}"
        # auditwheel names the oldest platform that the wheel's symbols allow.
        allowed = re.search(r"manylinux_2_(\d+)_", done.stdout) if command[0] == "auditwheel" else None
        if command[0] == "auditwheel" and not (allowed and int(allowed[1]) <= NEWEST_GLIBC[1]):
            yield f"auditwheel does not find it fit for manylinux_2_{NEWEST_GLIBC[1]}: {done.stdout}"


@contextlib.contextmanager
def serving(command: list[str]) -> Iterator[str]:
    """The playground by this command; gives its endpoint."""
    server = subprocess.Popen([*command, *SERVE], stdout=subprocess.PIPE, text=True)
    try:
        yield server.stdout.readline().removeprefix("serving at ").strip()
    finally:
        server.terminate()
        server.wait()


def benchmark_faults(command: list[str], endpoint: str) -> Iterator[str]:
    """The wheel's command, which is linked as the extension is, fetches under an old C library."""
    done = subprocess.run([*command, "bench", "--endpoint", endpoint, "--bucket", "ais://synthetic", "--batches", "3",
                           "--quiet", "--json"], capture_output=True, text=True)
    if done.returncode != 0 or json.loads(done.stdout)["samples"] != 384:
        yield f"its command fetches nothing under an old glibc: {done.stderr}{done.stdout}"


def installed(wheel: Wheel, python: Path, environment: Path) -> list[str]:
    """The interpreter that has the wheel."""
    if wheel.is_foreign:
        program = next(python.glob("root/usr/bin/python3.*"))
        return [f"qemu-{wheel.machine}", "-L", str(python / "root"), str(program)]
    subprocess.run([python, "-m", "venv", environment], check=True)
    subprocess.run([environment / "bin/pip", "install", "--quiet", "--disable-pip-version-check", "--no-index",
                    wheel.path], check=True)
    return [str(environment / "bin/python")]


def main(path: Path, glibc: Path, pythons: list[Path]) -> int:
    ran = []
    with tempfile.TemporaryDirectory() as temporary:
        wheel = Wheel(path, Path(temporary, "wheel"))
        with zipfile.ZipFile(path) as archive:
            archive.extractall(wheel.folder)
        wheel.command.chmod(0o755)
        found = list(dict.fromkeys(faults(wheel)))
        if not found:
            command = wheel.loaded_by(glibc)
            with serving(command) as endpoint:
                found += benchmark_faults(command, endpoint)
                for number, python in enumerate(pythons):
                    interpreter = installed(wheel, python, Path(temporary, f"environment-{number}"))
                    variables = os.environ | ({"PYTHONPATH": str(wheel.folder)} if wheel.is_foreign else {})
                    done = subprocess.run([*interpreter, "-W", "error", "-c", FETCH, endpoint], capture_output=True,
                                          text=True, env=variables, cwd=temporary)
                    if done.returncode != 0 or done.stderr:
                        found.append(f"{python}: {done.stderr}{done.stdout}")
                    ran.append(done.stdout.strip())
    for fault in found:
        print(f"{path.name}: {fault}", file=sys.stderr)
    if not found:
        print(f"{path.name}: one symbol exported, needs no glibc after {NEWEST_GLIBC[0]}.{NEWEST_GLIBC[1]}, fetches "
              f"under {glibc.name} and with Python {', '.join(ran) or '(none here)'}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve(), [Path(p).absolute() for p in sys.argv[3:]]))
