#!/usr/bin/env python3
"""Links the package's source files into the build folder, where the extension is: PYTHONPATH=build/.../python."""

import os
import sys
from pathlib import Path


def main(sources: Path, package: Path) -> None:
    package.mkdir(parents=True, exist_ok=True)
    wanted = {p.name for p in sources.iterdir() if p.name != "__pycache__"}
    for old in package.iterdir():
        if old.is_symlink() and (old.name not in wanted or not old.exists()):
            old.unlink()
    for name in wanted:
        link = package / name
        if not link.is_symlink():
            os.symlink(sources / name, link)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]))
