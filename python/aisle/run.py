"""Runs a Python program with AIStore's SDK on Aisle, without a change to the program.

    python -m aisle.run train.py --epochs 3
    python -m aisle.run -m torch.distributed.run --nproc-per-node 8 train.py
    python -m aisle.run --path

The program and every Python process that it starts (forked, spawned, by torchrun, by a shell) have a `sitecustomize` of
Aisle's first on ``PYTHONPATH``, and ``AISLE_PATCH=aistore`` in their environment. It patches the SDK when the SDK is
imported, as ``aisle.aistore.patch()`` does. ``--path`` prints that folder, to set the two variables by other means, as
in a container's image. ``AISLE_PATCH=`` (empty) turns it off.

Python's options -I and -E, and children with an environment of their own, leave it out.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "_sitecustomize")
"""The folder that must be first on PYTHONPATH."""

_USAGE = "usage: python -m aisle.run [--path | SCRIPT | -m MODULE | -c CODE] [ARGUMENT ...]"


def environment(before: dict[str, str]) -> dict[str, str]:
    """The variables of a program that runs with the patch, made of those it would have had."""
    folders = [folder for folder in before.get("PYTHONPATH", "").split(os.pathsep) if folder and folder != FOLDER]
    return {**before, "AISLE_PATCH": "aistore", "PYTHONPATH": os.pathsep.join([FOLDER, *folders])}


def interpreter_options(command: Sequence[str]) -> list[str]:
    """Python's own options, such as -X dev, of the command line that began this module."""
    for at, word in enumerate(command):
        if word == "-m" or word.startswith("-maisle"):
            return list(command[1:at])
    return []


def main(arguments: Sequence[str]) -> int:
    """Replaces this process by the program that the arguments name; returns only when there is none to run."""
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
