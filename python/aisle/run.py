"""Runs a Python program with AIStore's SDK on Aisle, without changing the program.

    python -m aisle.run train.py --epochs 3
    python -m aisle.run -m torch.distributed.run --nproc-per-node 8 train.py
    python -m aisle.run --path

The program and every Python process that it starts (forked, spawned, by torchrun, by a shell) have Aisle's
`sitecustomize` first on ``PYTHONPATH``, and ``AISLE_PATCH=aistore`` in their environment. It patches the SDK when the
SDK is imported, as ``aisle.aistore.patch()`` does. ``--path`` prints that folder, to set the two variables in another
way, such as in a container's image. ``AISLE_PATCH=`` (empty) turns it off.

Python's options -I and -E, and children with a different environment, disable it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "_sitecustomize")
"""The folder that must be first on PYTHONPATH."""

_USAGE = "usage: python -m aisle.run [--path | SCRIPT | -m MODULE | -c CODE] [ARGUMENT ...]"


def environment(before: dict[str, str]) -> dict[str, str]:
    """The environment of a program that runs with the patch, derived from its original one."""
    folders = [folder for folder in before.get("PYTHONPATH", "").split(os.pathsep) if folder and folder != FOLDER]
    return {**before, "AISLE_PATCH": "aistore", "PYTHONPATH": os.pathsep.join([FOLDER, *folders])}


def interpreter_options(command: Sequence[str]) -> list[str]:
    """Python's own options, such as -X dev, from this process's command line."""
    for at, word in enumerate(command):
        if word == "-m" or word.startswith("-maisle"):
            return list(command[1:at])
    return []


def main(arguments: Sequence[str]) -> int:
    """Replaces this process by the program in the arguments; returns only if there is none."""
    if not arguments or arguments[0] in ("-h", "--help"):
        print(__doc__ if arguments else _USAGE, file=sys.stdout if arguments else sys.stderr)
        return 0 if arguments else 2
    if arguments[0] == "--path":
        print(FOLDER)
        return 0
    os.execve(
        sys.executable, [sys.executable, *interpreter_options(sys.orig_argv), *arguments], environment(dict(os.environ))
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
