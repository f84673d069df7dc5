#!/usr/bin/env python3
"""Checks the sources of the library and of the command with clang-tidy, many in one go.

Most of clang-tidy's time goes into the headers (Asio, Beast), once for each source. So the sources of a folder that
have the same flags are put one behind the other into one file, and what is found is reported at its true place. Where
that cannot be compiled, because two sources use the same name for different things, the folder is halved until it can.

    scripts/tidy.py [--analyze] [FILE...]    only these files; needs `cmake --preset dev`

--analyze adds clang's static analyzer, which takes ten times as long.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULES = {"base", "codec", "http", "engine", "capi", "playground", "cli", "examples"}
# Flags of the compiler of the build that clang does not know or does not need.
UNWANTED = re.compile(r"-include \S+|-Winvalid-pch|-fpch-preprocess|-Werror")
FINDING = re.compile(r"(?P<file>/\S+?):(?P<line>\d+):(?P<column>\d+): (?P<text>(error|warning): .*)")


@dataclass(frozen=True)
class Group:
    """Sources of one folder that have the same flags."""
    folder: Path
    flags: tuple[str, ...]
    files: tuple[Path, ...]

    def halves(self) -> list["Group"]:
        middle = len(self.files) // 2
        return [Group(self.folder, self.flags, part) for part in (self.files[:middle], self.files[middle:])]


def groups(commands: Path, chosen: set[Path]) -> list[Group]:
    found: dict[tuple[Path, tuple[str, ...]], set[Path]] = defaultdict(set)
    for entry in json.loads(commands.read_text()):
        file = Path(entry["file"])
        if not file.is_relative_to(ROOT) or file.relative_to(ROOT).parts[0] not in MODULES:
            continue
        if not chosen or file in chosen:
            flags = UNWANTED.sub("", entry["command"].split(" -o ")[0]).split()
            first = next(at for at, word in enumerate(flags) if word.startswith("-"))
            found[file.parent, tuple(flags[first:])].add(file)
    # A source that is compiled more than once, for the library and for a test, is checked once.
    seen: set[Path] = set()
    result = []
    for (folder, flags), files in sorted(found.items()):
        if left := tuple(sorted(files - seen)):
            result.append(Group(folder, flags, left))
        seen |= files
    return sorted(result, key=lambda group: -len(group.files))


def check(group: Group, analyze: bool) -> list[str]:
    """What clang-tidy finds in the group, one finding a line."""
    text = ""
    starts: list[tuple[int, Path]] = []
    for file in group.files:
        starts.append((text.count("\n"), file))
        text += file.read_text() + "\n"
    with tempfile.TemporaryDirectory() as folder:
        joined = Path(folder) / "joined.cpp"
        joined.write_text(text)
        flags = [*group.flags, "-Wno-unknown-warning-option", "-iquote", str(group.folder)]
        if len(group.files) > 1 and run("clang++-19", "-fsyntax-only", "-w", *flags, str(joined)).returncode != 0:
            return [finding for half in group.halves() for finding in check(half, analyze)]
        ran = run("clang-tidy-19", "--quiet", f"--config-file={ROOT / '.clang-tidy'}",
                  "--checks=" + ("" if analyze else "-clang-analyzer-*"), str(joined), "--", *flags)
    findings = []
    for line in ran.stdout.splitlines():
        if match := FINDING.match(line):
            file, number = Path(match["file"]), int(match["line"])
            if file == joined:
                before, file = max(start for start in starts if start[0] < number)
                number -= before
            file = Path(os.path.normpath(file))
            place = file.relative_to(ROOT) if file.is_relative_to(ROOT) else file
            findings.append(f"{place}:{number}:{match['column']}: {match['text']}")
    if ran.returncode != 0 and not findings:
        findings.append(f"{group.folder}: {ran.stdout}{ran.stderr}")
    return findings


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)


def main() -> int:
    arguments = [argument for argument in sys.argv[1:] if argument != "--analyze"]
    commands = ROOT / "build/dev/compile_commands.json"
    if not commands.exists():
        print(f"{commands.relative_to(ROOT)} does not exist: run cmake --preset dev", file=sys.stderr)
        return 2
    work = groups(commands, {Path(argument).resolve() for argument in arguments})
    with ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        results = pool.map(lambda group: check(group, "--analyze" in sys.argv), work)
        findings = sorted({finding for result in results for finding in result})
    print("\n".join(findings) if findings else f"{sum(len(g.files) for g in work)} sources checked, nothing found")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
