"""A compiler launcher that takes Aisle's object files from the build that is tested, so that nothing is compiled twice.

Usage: reuse_object.py BUILD COMPILER ARGUMENT...

A project that embeds Aisle compiles Aisle's sources with the flags of Aisle's own build, so their object files exist.
If the flags of a source differ, this program prints both commands and fails. Other sources are compiled.
"""

import json
import os
import shlex
import sys
from pathlib import Path

NAMES_AN_OUTPUT = {"-o", "-MF", "-MT"}


def without_outputs(command):
    """The command without the names of the files that it writes."""
    kept = []
    words = iter(command)
    for word in words:
        if word in NAMES_AN_OUTPUT:
            next(words)
        elif word != "-MD":
            kept.append(word)
    return kept


def output(command):
    return command[command.index("-o") + 1]


def main():
    build, command = Path(sys.argv[1]), sys.argv[2:]
    source = command[command.index("-c") + 1] if "-c" in command else None
    commands = json.loads((build / "compile_commands.json").read_text())
    known = [shlex.split(entry["command"]) for entry in commands if entry["file"] == source]
    if not known:
        os.execvp(command[0], command)
    for other in known:
        if without_outputs(other) == without_outputs(command):
            os.symlink(build / output(other), output(command))
            return 0
    print("this project compiles", source, "as\n ", shlex.join(without_outputs(command)), "\nbut Aisle's own build as",
          *("\n  " + shlex.join(without_outputs(other)) for other in known), file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
