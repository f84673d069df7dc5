"""`python -m aisle serve|get|ls|put|bench ...`: the command."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path


def find_command() -> str | None:
    """The command: AISLE_BIN, the package's own, that of the build folder which the package is in, or one on PATH."""
    given = os.environ.get("AISLE_BIN")
    if given:
        return given
    here = Path(__file__).absolute().parent
    for path in (here / "bin" / "aisle", here.parents[1] / "bin" / "aisle"):
        if os.access(path, os.X_OK) and path.is_file():
            return str(path)
    found = shutil.which("aisle")
    # A script of that name may be another package's, written in Python.
    if found is not None and Path(found).read_bytes()[:4] == b"\x7fELF":
        return found
    return None


def main() -> None:
    command = find_command()
    if command is None:
        sys.exit("python -m aisle: this installation has no command; set AISLE_BIN to one, or install the wheel")
    os.execv(command, [command, *sys.argv[1:]])


if __name__ == "__main__":
    main()
