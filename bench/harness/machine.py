"""What a result was measured on."""

import datetime
import importlib.metadata
import os
import platform
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def said_by(*command):
    """The first line that a command prints; nothing when it is not there."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, cwd=ROOT)
    except OSError:
        return ""
    return (done.stdout.splitlines() or [""])[0].strip() if done.returncode == 0 else ""


def first_word(text, pattern):
    match = re.search(pattern, text)
    return match.group(1) if match else ""


def version_of(package):
    """Version of a Python package; empty if it is not installed."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""


def describe():
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    memory = re.search(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text())
    curl = said_by("curl", "--version")
    versions = {
        "aisle": said_by("git", "rev-parse", "--short=10", "HEAD"),
        "curl": first_word(curl, r"curl (\S+)"),
        "aistore (Python SDK)": version_of("aistore"),
        "torch": version_of("torch"),
        "lhotse": version_of("lhotse"),
        "Python": platform.python_version(),
        "Go": first_word(said_by("go", "version"), r"go(\d\S*)"),
        "compiler": said_by("c++", "--version"),
    }
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "cpu": cpu.group(1) if cpu else platform.machine(),
        "cores": os.cpu_count(),
        "memory_gib": round(int(memory.group(1)) / 2**20) if memory else 0,
        "kernel": platform.release(),
        "versions": {name: version for name, version in versions.items() if version},
    }


def load():
    """Runnable processes, as the kernel's one-minute average."""
    return os.getloadavg()[0]
