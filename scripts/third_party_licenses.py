#!/usr/bin/env python3
"""Writes the licences of everything that a portable build links in: third_party_licenses.py OUT

Debian keeps each library's in /usr/share/doc/PACKAGE/copyright; nanobind's comes with its package.
"""

import importlib.metadata
import sys
from pathlib import Path

PACKAGES = ("libboost1.81-dev", "libcli11-dev", "libisal-dev", "liblz4-dev", "libsimdjson-dev", "libssl-dev",
            "libstdc++-12-dev", "libxxhash-dev", "libzstd-dev", "zlib1g-dev")


def nanobind() -> str:
    for file in importlib.metadata.files("nanobind") or ():
        if file.name.upper().startswith("LICENSE"):
            return Path(str(file.locate())).read_text(encoding="utf-8")
    raise SystemExit("nanobind's licence is not in its package")


def main(out: Path) -> None:
    parts = [(p, Path("/usr/share/doc", p, "copyright").read_text(encoding="utf-8")) for p in PACKAGES]
    parts.append(("nanobind", nanobind()))
    out.write_text("".join(f"{'=' * 100}\n{name}\n{'=' * 100}\n{text}\n" for name, text in parts), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
