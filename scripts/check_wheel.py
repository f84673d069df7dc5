#!/usr/bin/env python3
"""Looks at a wheel: what its extension exports and needs, its licences, and whether it runs under an old glibc.

    check_wheel.py WHEEL [FOLDER]

FOLDER is what scripts/old_glibc has made.
"""

import json
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

NEWEST_GLIBC = (2, 28)


def lines(*command: object) -> list[str]:
    return subprocess.check_output([str(c) for c in command], text=True).splitlines()


def faults(wheel: Path, folder: Path):
    """What is wrong with it."""
    extensions = list(folder.glob("aisle/_aisle*.so"))
    if len(extensions) != 1:
        yield f"it has {len(extensions)} extensions"
        return
    extension = extensions[0]
    exported = [line.split()[-1] for line in lines("nm", "-D", "--defined-only", extension)]
    if exported != ["PyInit__aisle"]:
        yield f"it exports {len(exported)} symbols, not PyInit__aisle alone: a second libstdc++ would meet them"
    libraries = sorted(folder.glob("aisle_io.libs/*.so*"))
    theirs = {line.split()[-1].split("@")[0] for b in libraries for line in lines("nm", "-D", "--defined-only", b)}
    for line in lines("nm", "-D", "-u", extension):
        kind, name = line.split()[-2:]
        # lld does not say that nobody defines a symbol of a shared object.
        if "@" not in name and kind == "U" and not name.startswith(("Py", "_Py")) and name not in theirs:
            yield f"nobody defines {name}"
    for binary in (extension, *libraries, *folder.glob("aisle/bin/*")):
        for version in re.findall(r"GLIBC_([\d.]+)", "\n".join(lines("objdump", "-T", binary))):
            if tuple(map(int, version.split(".")))[:2] > NEWEST_GLIBC:
                yield f"{binary.name} needs GLIBC_{version}"
                break
    names = {p.name for p in folder.glob("aisle_io-*.dist-info/**/*")}
    for wanted in ("LICENSE", "THIRD_PARTY_LICENSES"):
        if wanted not in names:
            yield f"{wanted} is not in it"
    if "abi3" in wheel.name:
        done = subprocess.run([sys.executable, "-m", "abi3audit", "--strict", wheel], capture_output=True, text=True)
        if done.returncode != 0:
            yield f"abi3audit: {done.stdout}{done.stderr}"


def run_under(glibc: Path, folder: Path):
    """Fetches a sample with the command, which is linked as the extension is."""
    command = folder / "aisle/bin/aisle"
    command.chmod(0o755)
    libraries = ":".join(str(p) for p in (*glibc.glob("root/**/*-linux-gnu"), folder / "aisle_io.libs"))
    loaded = [str(glibc / "ld"), "--library-path", libraries, str(command)]
    server = subprocess.Popen([*loaded, "serve", "--port", "0", "--synthetic", "10x10K"], stdout=subprocess.PIPE,
                              text=True)
    try:
        endpoint = server.stdout.readline().removeprefix("serving at ").strip()
        figures = subprocess.run([*loaded, "bench", "--endpoint", endpoint, "--bucket", "ais://synthetic", "--batches",
                                  "3", "--quiet", "--json"], capture_output=True, text=True)
        if figures.returncode != 0 or json.loads(figures.stdout)["samples"] != 384:
            yield f"it fetches nothing under {glibc.name}: {figures.stderr}{figures.stdout}"
    finally:
        server.terminate()
        server.wait()


def main(wheel: Path, glibc: Path | None) -> int:
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder)
        found = list(dict.fromkeys(faults(wheel, Path(folder))))
        if glibc and not found:
            found = list(run_under(glibc, Path(folder)))
    for fault in found:
        print(f"{wheel.name}: {fault}", file=sys.stderr)
    if not found:
        ran = f", runs under {glibc.name}" if glibc else ""
        print(f"{wheel.name}: one symbol exported, needs no glibc after {NEWEST_GLIBC[0]}.{NEWEST_GLIBC[1]}{ran}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]).resolve() if len(sys.argv) > 2 else None))
