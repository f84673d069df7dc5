#!/usr/bin/env python3
"""Runs the test steps one after the other and adds up what they report.

Each step's output is shown as it comes. A step that ends badly without saying which test failed counts as one failure,
so the closing line can never say "0 failed" about a run that did not work.
"""

import importlib.util
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
JOBS = str(os.cpu_count() or 2)

CATCH_GOOD = re.compile(r"All tests passed \(\d+ assertions? in (\d+) test cases?\)")
CATCH_BAD = re.compile(r"test cases:\s*(\d+)(.*)")
PYTEST = re.compile(r"((?:\d+ (?:passed|failed|errors?|skipped|deselected|xfailed|warnings?)(?:, )?)+) in [\d.]+s")
CTEST = re.compile(r"\d+% tests passed, (\d+) tests? failed out of (\d+)")
CTEST_OUTPUT = re.compile(r"\d+: ")
# Where a failure is named: Catch2's "FAILED:" follows the place, CTest and pytest name the test in the line itself.
CATCH_FAILURE = re.compile(r": FAILED:|due to unexpected exception|due to a fatal error")
NAMED_FAILURE = re.compile(r"\*\*\*(?:Failed|Timeout|Exception)|^(?:FAILED|ERROR) ")
COUNT = re.compile(r"(\d+) (passed|failed|errors?|skipped)")


# Lines to repeat after a failed assertion of Catch2: the expression, its values, and the notes on it.
FAILURE_LINES = 12


@dataclass
class Tally:
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    failures: list[str] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped
        self.failures += other.failures

    def add_counts(self, text: str) -> None:
        for number, what in COUNT.findall(text):
            if what == "passed":
                self.passed += int(number)
            elif what == "skipped":
                self.skipped += int(number)
            else:
                self.failed += int(number)


def count(output: str) -> Tally:
    """What Catch2, pytest and CTest said. CTest sees a program as one test; its count matters where a program died.

    Under CTest only lines with a test's number in front count: it repeats the output of what failed without one.
    """
    by_ctest = CTEST.search(output) is not None
    tally = Tally()
    for line in output.splitlines():
        if by_ctest and not CTEST_OUTPUT.match(line) and not CTEST.search(line):
            continue
        if match := CATCH_GOOD.search(line):
            tally.passed += int(match.group(1))
        elif match := CATCH_BAD.search(line):
            tally.add_counts(match.group(2))
        elif match := PYTEST.search(line):
            tally.add_counts(match.group(1))
        elif (match := CTEST.search(line)) and int(match.group(1)) > tally.failed:
            tally.failed = int(match.group(1))
    return tally


def failures(output: str) -> list[str]:
    """The lines that say what failed. A long run is often read from its end, so they are repeated there."""
    lines = output.splitlines()
    by_ctest = CTEST.search(output) is not None
    found: list[str] = []
    for at, line in enumerate(lines):
        if NAMED_FAILURE.search(line):
            found.append(line)
        elif CATCH_FAILURE.search(line) and (not by_ctest or CTEST_OUTPUT.match(line)):
            found += lines[at:at + FAILURE_LINES]
    return found


def run(*command: str, **environment: str) -> tuple[int, str]:
    print("$", " ".join(command), flush=True)
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment}, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, errors="replace")
    lines = []
    for line in process.stdout:
        sys.stdout.write(line)
        sys.stdout.flush()
        lines.append(line)
    return process.wait(), "".join(lines)


def one(*command: str) -> Tally:
    """A command that is one test."""
    code, _ = run(*command)
    return Tally(passed=1) if code == 0 else Tally(failed=1)


def tests(*command: str, **environment: str) -> Tally:
    code, output = run(*command, **environment)
    tally = count(output)
    tally.failures = failures(output)
    if code != 0 and tally.failed == 0:
        tally.failed = 1
    return tally


def check() -> Tally:
    tally = one(sys.executable, "scripts/check_modules.py", str(ROOT))
    sources = [str(p) for module in ("base", "codec", "http", "engine", "capi", "playground", "cli", "python", "bench",
                                   "examples", "tests")
               for p in sorted((ROOT / module).rglob("*")) if p.suffix in {".cpp", ".hpp", ".h", ".c"}]
    tally.add(one("clang-format-19", "--dry-run", "--Werror", *sources))
    # clang-tidy needs the flags of each source.
    code, _ = run("cmake", "--preset", "dev")
    tally.add(one(sys.executable, "scripts/tidy.py") if code == 0 else Tally(failed=1))
    return tally


def preset(name: str, *targets: str, **environment: str) -> Tally:
    """Builds a preset and runs its tests. Verbose, because CTest counts programs and we count tests."""
    build = ["cmake", "--build", "--preset", name, "-j", JOBS]
    if targets:
        build += ["--target", *targets]
    for command in (["cmake", "--preset", name], build):
        code, _ = run(*command)
        if code != 0:
            return Tally(failed=1)
    return tests("ctest", "--preset", name, "--verbose", **environment)


# A minute of faults, every seventeenth byte of the answers that are cut, every third allocation that fails: each is
# worth a longer run by hand.
FAULTS = {"AISLE_SOAK_SECONDS": "60", "AISLE_SWEEP_STEP": "17", "AISLE_ALLOCATION_STEP": "3"}


# Under sanitizers a world takes ten times as long, and so does an allocation that fails.
FEWER = {"AISLE_SIM_WORLDS": "2000", "AISLE_ALLOCATION_STEP": "11"}


def cluster(*options: str, **environment: str) -> Tally:
    return tests(sys.executable, "-m", "pytest", "-q", "-ra", "-p", "no:cacheprovider", *options, "tests/cluster",
                 AISLE_BIN=str(ROOT / "build/dev/bin/aisle"), AISLE_PACKAGE=str(ROOT / "build/dev/python"),
                 **environment)


def likeness() -> Tally:
    """What is written for a real cluster must find no difference in the playground."""
    # On several addresses, as a real cluster's nodes are, so that the rule for redirects is really used.
    hosts = "127.0.0.2,127.0.0.3,127.0.0.4"
    server = subprocess.Popen([ROOT / "build/dev/bin/aisle", "serve", "--port", "0", "--tail", "100",
                               "--target-hosts", hosts], stdout=subprocess.PIPE, text=True)
    try:
        endpoint = server.stdout.readline().removeprefix("serving at ").strip()
        # Most of them wait. The tests of a file share a bucket.
        return cluster("-n", "3", "--dist", "loadfile", AIS_ENDPOINT=endpoint)
    finally:
        server.terminate()
        server.wait()


def built_python() -> bool:
    """The Python package in build/dev, beside the engine that is built there."""
    build = ["cmake", "--build", "--preset", "dev", "-j", JOBS, "--target", "aisle_python", "aisle_command"]
    configure = ["cmake", "--preset", "dev", "-DAISLE_BUILD_PYTHON=ON", f"-DPython_EXECUTABLE={sys.executable}"]
    return all(run(*command)[0] == 0 for command in (configure, build))


def package_tests(*files: str) -> Tally:
    return tests(sys.executable, "-m", "pytest", "-q", "-ra", "-p", "no:cacheprovider", *files,
                 AISLE_PACKAGE=str(ROOT / "build/dev/python"), AISLE_BIN=str(ROOT / "build/dev/bin/aisle"))


def python() -> Tally:
    """The Python package: style, types, and its tests but for those of PyTorch."""
    if not built_python():
        return Tally(failed=1)
    tally = one(sys.executable, "-m", "ruff", "check", "python", "tests/python")
    tally.add(one(sys.executable, "-m", "mypy"))
    tally.add(package_tests("-n", "3", "tests/python", "--ignore-glob=*/test_torch_*"))
    return tally


def torch() -> Tally:
    """With PyTorch, which is some GB and is therefore not installed by this script."""
    if importlib.util.find_spec("torch") is None:
        print(f"PyTorch is not installed, its tests are left out. To run them: {sys.executable} -m pip install torch "
              "torchdata")
        return Tally(skipped=1)
    if not built_python():
        return Tally(failed=1)
    return package_tests(*sorted(str(p) for p in (ROOT / "tests/python").rglob("test_torch_*.py")))


def docs() -> Tally:
    """The documentation: links, code blocks, and the site, which goes to build/site."""
    tally = tests(sys.executable, "-m", "pytest", "-q", "-ra", "-p", "no:cacheprovider", "tests/docs")
    code, _ = run(sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", NO_MKDOCS_2_WARNING="1")
    tally.add(Tally(passed=1) if code == 0 else Tally(failed=1))
    return tally


STEPS = {
    "check": check,
    "docs": docs,
    "dev": lambda: preset("dev", **FAULTS),
    # The command is Python's to test, by its dev build; of the faults the soak, as it meets all kinds of them.
    "asan": lambda: preset("asan", "test_base", "test_codec", "test_http", "test_playground", "test_engine",
                           "test_bucket", "test_allocation", "test_capi", "test_simulation", "test_soak", "fuzzers",
                           **FEWER),
    # The simulation has one thread.
    "tsan": lambda: preset("tsan", "test_engine", "test_bucket", "test_soak", **FEWER),
    "python": python,
    "torch": torch,
    "likeness": likeness,
    "cluster": cluster,
}


def main() -> int:
    chosen = sys.argv[1:] or list(STEPS)
    if unknown := [name for name in chosen if name not in STEPS]:
        print(f"unknown step {unknown[0]}; there are {', '.join(STEPS)}", file=sys.stderr)
        return 2
    total = Tally()
    lines = []
    for name in chosen:
        print(f"\n==== {name}", flush=True)
        began = time.monotonic()
        tally = STEPS[name]()
        total.add(tally)
        lines.append(f"{name:8} {tally.passed:5} passed {tally.failed:3} failed {tally.skipped:3} skipped "
                     f"{time.monotonic() - began:6.0f} s")
    if total.failures:
        print("\nWhat failed:\n" + "\n".join(total.failures))
    print("\n" + "\n".join(lines))
    skipped = f", {total.skipped} skipped" if total.skipped else ""
    print(f"{total.passed} passed, {total.failed} failed{skipped}")
    return 1 if total.failed or not total.passed else 0


if __name__ == "__main__":
    sys.exit(main())
