#!/usr/bin/env python3
"""Links what g++ has compiled here so that it runs with a glibc of 2.28: CMake calls it in place of g++ where
AISLE_PORTABLE is on (cmake/portable.cmake).

zig brings stubs of every glibc since 2.17 and a linker. libstdc++ comes from g++, as a static library; of the C library
it needs three things that 2.28 does not have, which portable_glibc.c makes up for.

    portable_link.py CXX [argument of a g++ link ...]
"""

import subprocess
import sys
from pathlib import Path

GLIBC = "2.28"
HERE = Path(__file__).resolve().parent


def found(compiler: str, name: str) -> str:
    path = subprocess.check_output([compiler, f"-print-file-name={name}"], text=True)
    return str(Path(path.strip()).resolve())


def main(compiler: str, arguments: list[str]) -> int:
    kept = []
    for a in arguments:
        # What zig's linker does not know and does not need: everything but one symbol is hidden by the version script.
        a = ",".join(p for p in a.split(",") if p not in ("--exclude-libs", "ALL", "--no-undefined"))
        if a in ("-Wl", "-static-libstdc++", "-s") or a.startswith(("-flto", "-O", "-std=", "-Wl,--dependency-file")):
            continue
        kept.append(a)
    if "-shared" not in kept:
        # auditwheel's patchelf puts its headers in front of a program with a fixed address. On aarch64 such a program
        # crashes before main().
        kept.append("-pie")
    libraries = [found(compiler, "libstdc++.a"), found(compiler, "libgcc_s.so.1")]
    machine = subprocess.check_output([compiler, "-dumpmachine"], text=True).split("-")[0]
    target = f"{machine}-linux-gnu.{GLIBC}"
    command = [sys.executable, "-m", "ziglang", "cc", "-target", target, "-s", *kept, "-Wl,-u,__cxa_pure_virtual",
               "-Wl,--allow-shlib-undefined",  # libgcc_s here is of a newer glibc than the one that is linked for
               str(HERE / "portable_glibc.c"), *libraries, "-lpthread", "-ldl", "-lm"]
    return subprocess.run(command).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
