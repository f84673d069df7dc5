"""The clients. A client turns a case and a place into a command, and its output into the figures of a run."""

import importlib.util
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from .machine import ROOT
from .servers import get_batch_body


LONGEST_RUN_S = 600  # a client that hangs is killed, and its round omitted


class Failed(RuntimeError):
    """A client did not fetch everything that it should."""


def run_command(command, environment=None):
    """Its output, wall seconds, and CPU seconds according to the kernel."""
    with tempfile.TemporaryFile() as errors, tempfile.TemporaryFile() as out:
        began = time.monotonic()
        process = subprocess.Popen([str(c) for c in command], stdout=out, stderr=errors, env=environment)
        limit = threading.Timer(LONGEST_RUN_S, process.kill)
        limit.start()
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            process.wait()
            raise
        finally:
            limit.cancel()
        seconds = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        out.seek(0)
        if process.returncode != 0:
            name = Path(str(command[0])).name
            raise Failed(f"{name} failed ({process.returncode}): {errors.read().decode()[-1000:]}")
        return out.read().decode(), seconds, usage.ru_utime + usage.ru_stime


class Client:
    """A program that takes the options of bench/programs/job.hpp and prints a line of JSON."""

    def __init__(self, name, command, mode="", formats=None, lowat=0):
        self.name, self.command, self.mode, self.lowat = name, [str(c) for c in command], mode, lowat
        self.formats = formats  # that it reads; None: all

    def arguments(self, case, place, batches):
        options = {"endpoint": place.endpoint, "bucket": place.bucket, "names": place.names, "format": case.format,
                   "batch": case.batch, "batches": batches, "in-flight": case.in_flight, "object-bytes": case.size}
        if self.mode:
            options["mode"] = self.mode
        if case.shards:
            options["shards"] = case.shards
        if self.lowat:
            options["lowat"] = self.lowat
        return self.command + [f"--{k}={v}" for k, v in options.items()]

    def run(self, case, place, batches):
        out, _, _ = run_command(self.arguments(case, place, batches))
        figures = json.loads(out)
        if figures["samples"] != case.batch * batches:
            raise Failed(f"{self.name} got {figures['samples']} samples of {case.batch * batches}")
        return figures


class Decompressor(Client):
    """The bare library on the captured response of a replay: no sockets, no archive."""

    def run(self, case, place, batches):
        out, _, _ = run_command(self.command + [f"--answer={place.answer}", f"--format={case.format}",
                                                f"--samples={case.batch}", f"--repeat={batches}"])
        return json.loads(out)


class Curl(Client):
    """`curl -Z`: a configuration with one transfer per batch; responses are discarded unread (`-o /dev/null`).

    Its start-up time, the minimum of `curl --version`, is subtracted. Its "first sample" is the first byte of the final
    response, including the header.
    """

    def __init__(self):
        super().__init__("curl", ["curl"])
        self.start = None

    def started(self):
        if self.start is None:
            runs = [run_command(["curl", "--version"])[1:] for _ in range(5)]
            self.start = tuple(min(column) for column in zip(*runs))
        return self.start

    def run(self, case, place, batches):
        names = place.names.read_text().split()
        with tempfile.TemporaryDirectory() as folder:
            bodies, blocks = {}, []
            for i in range(batches):
                first = i * case.batch % len(names)
                if first not in bodies:
                    bodies[first] = Path(folder) / f"{first}.json"
                    asked = [names[(first + k) % len(names)] for k in range(case.batch)]
                    bodies[first].write_text(get_batch_body(asked, case.format))
                # -X GET with -L keeps method and body over a 307; -o is required for each url.
                blocks.append(f'url = "{place.endpoint}/v1/ml/moss/{place.bucket}?provider=ais"\n'
                              f'request = "GET"\ndata-binary = "@{bodies[first]}"\n'
                              'header = "Content-Type: application/json"\nheader = "Expect:"\nlocation\n'
                              'output = "/dev/null"\nnoproxy = "*"\nfail\n'
                              'write-out = "%{http_code} %{size_download} %{time_starttransfer} %{time_total}\\n"\n')
            config = Path(folder) / "curl.config"
            config.write_text("next\n".join(blocks))
            parallel = ["-Z", "--parallel-max", str(case.in_flight)] if case.in_flight > 1 else []
            out, seconds, cpu = run_command(["curl", "-sS", *parallel, "-K", config])
        answers = re.findall(r"^(\d+) (\d+) (\S+) (\S+)$", out, re.M)
        if len(answers) != batches or {status for status, *_ in answers} != {"200"}:
            raise Failed(f"curl got {len(answers)} responses of {batches}: {sorted({s for s, *_ in answers})}")
        size = sum(int(n) for _, n, *_ in answers)
        samples = batches * case.batch
        # A client that does not read the archive must at least download all of it.
        if case.format == ".tar" and size < samples * case.size:
            raise Failed("curl's responses are too small for the samples")
        start_seconds, start_cpu = self.started()
        first = [float(f) * 1e3 for *_, f, _ in answers]
        whole = [float(w) * 1e3 for *_, w in answers]
        return {"samples": samples, "bytes": size, "seconds": seconds - min(start_seconds, seconds / 2),
                "cpu_seconds": cpu - min(start_cpu, cpu / 2), "first_sample_ms": first[0],
                "first_ms": statistics.median(first), "whole_ms": statistics.median(whole)}


def all_clients(bin_folder):
    """The clients that this machine can run, by name; and the reason for each that it cannot."""
    programs, left_out = Path(bin_folder), []
    sdk = [sys.executable, ROOT / "bench/rivals/sdk.py"]
    found = [
        Client("drain", [programs / "bench_drain"]),
        Client("drain_lowat", [programs / "bench_drain"], lowat=32 * 1024),
        Client("aisle", [programs / "bench_aisle"], mode="push"),
        Client("aisle_samples", [programs / "bench_aisle"], mode="samples"),
        Client("aisle_as_done", [programs / "bench_aisle"], mode="as_done"),
        Client("aisle_pull", [programs / "bench_aisle"], mode="pull"),
        Client("aisle_one", [programs / "bench_aisle"], mode="one"),
        Decompressor("decompressor", [programs / "bench_decompress"]),
    ]
    if (programs / "bench_curl_archive").exists():
        found.append(Client("curl_archive", [programs / "bench_curl_archive"]))
    else:
        left_out.append("libcurl + libarchive (libcurl4-openssl-dev and libarchive-dev are not installed)")
    if shutil.which("curl"):
        found.append(Curl())
    else:
        left_out.append("curl")
    if (programs / "bench_go").exists():
        found.append(Client("go", [programs / "bench_go"], formats={".tar", ".tgz"}))
    else:
        left_out.append("Go (not installed, or not selected)")
    try:
        import aistore  # noqa: F401
        found.append(Client("sdk", sdk, mode="batch", formats={".tar", ".tgz", ".zip"}))
        found.append(Client("sdk_get", sdk, mode="get"))
    except ImportError:
        left_out.append("the Python SDK (pip install -r bench/requirements.txt)")
    package = programs.parent / "python"
    if (package / "aisle").is_dir():
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(package), os.environ.get("PYTHONPATH")]))
        program = [sys.executable, ROOT / "bench/programs/aisle_python.py"]
        found += [Client(f"python_{mode}", program, mode=mode) for mode in ("blocks", "samples", "pairs", "drop_in")]
        found.append(Client("python_import", [sys.executable, ROOT / "bench/programs/import_aisle.py"]))
        found += loaders(left_out)
    else:
        left_out.append("Aisle's Python package (built with -DAISLE_BUILD_PYTHON=ON)")
    return {client.name: client for client in found}, left_out


def loaders(left_out):
    """PyTorch's and Lhotse's loaders, with Aisle and with the SDK, if they are installed."""
    found = []
    for packages, program, modes in ((("torch", "aistore"), "torch_loaders", ("aisle", "sdk")),
                                     (("lhotse", "aistore", "torch", "soundfile"), "lhotse_batches", ("patched", "sdk"))):
        if missing := [name for name in packages if importlib.util.find_spec(name) is None]:
            left_out.append(f"{packages[0]}'s loader ({', '.join(missing)} not installed)")
            continue
        command = [sys.executable, ROOT / f"bench/programs/{program}.py"]
        found += [Client(f"{packages[0]}_{mode}", command, mode=mode) for mode in modes]
    return found


def build_go(bin_folder):
    """Go's client, if Go is installed."""
    if shutil.which("go"):
        subprocess.run(["go", "build", "-o", str(Path(bin_folder).resolve() / "bench_go"), "."],
                       cwd=ROOT / "bench/rivals/go", check=True)
