"""`python -m aisle serve|get|ls|put|bench|stress|check ...`: the command, with all its subcommands."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path


def find_command() -> str | None:
    """The command: AISLE_BIN, the package's own, that of the build folder that contains the package, or one on PATH."""
    given = os.environ.get("AISLE_BIN")
    if given:
        return given
    here = Path(__file__).absolute().parent
    for path in (here / "bin" / "aisle", here.parents[1] / "bin" / "aisle"):
        if os.access(path, os.X_OK) and path.is_file():
            return str(path)
    found = shutil.which("aisle")
    # A script of that name may belong to another package, written in Python.
    if found is not None and Path(found).read_bytes()[:4] == b"\x7fELF":
        return found
    return None


def main() -> None:
    command = find_command()
    if command is None:
        sys.exit("python -m aisle: this installation has no command; set AISLE_BIN to one, or install the wheel")
    # The command suggests further commands by this name: the wheel puts no `aisle` on PATH.
    called_as = f"{Path(sys.executable or 'python').name} -m aisle"
    os.execve(command, [command, *sys.argv[1:]], os.environ | {"AISLE_CALLED_AS": called_as})


if __name__ == "__main__":
    main()
