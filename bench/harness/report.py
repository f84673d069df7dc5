"""bench/REPORT.md, from bench/results/*.json: the measurements, the goals, and a section with plots for each part."""

import statistics
import textwrap

from . import goals, plots
from .case import size_text
from .plots import COLOURS, LABELS
from .recordings import wav_seconds

FORMAT_TITLES = {"samples_per_s": "samples/s", "cpu_us": "CPU µs a sample", "mb_per_s": "MB/s"}


def figure(values, digits=None):
    """median (least-most)"""
    if not values:
        return ""
    middle = statistics.median(values)
    if digits is None:
        digits = 0 if middle >= 100 else 1 if middle >= 10 else 2
    return f"{middle:,.{digits}f} ({min(values):,.{digits}f}-{max(values):,.{digits}f})"


def table(head, rows):
    lines = ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return ["| " + " | ".join(head) + " |", "|" + "---|" * len(head), *lines, ""]


def speedups(r):
    """For each object size and batch size: both, the samples/s of single GETs by the SDK, and those of the SDK's
    batches, of Aisle with one batch at a time, and of Aisle with automatic depth."""
    for size in r.distinct("size", "speedup"):
        base = r.median("samples_per_s", "speedup", client="sdk_get", size=size)
        for n in r.distinct("batch", "speedup", client="sdk") if base else ():
            yield size, base, n, [r.median("samples_per_s", "speedup", client=c, size=size, batch=n, in_flight=d)
                                  for c, d in (("sdk", 1), ("aisle_one", 1), ("aisle", 0))]


class Report:
    def __init__(self, results, folder):
        self.results, self.folder = results, folder
        self.plt = plots.pyplot()
        self.lines = []

    def say(self, *paragraphs):
        for paragraph in paragraphs:
            self.lines += [paragraph, ""] if paragraph else []

    def plot(self, name, alt, draw):
        """draw(pyplot, path) draws the plot, or returns that there is nothing to draw."""
        if self.plt is None:
            return
        (self.folder / "plots").mkdir(exist_ok=True)
        if draw(self.plt, self.folder / "plots" / f"{name}.png"):
            self.say(f"![{alt}](plots/{name}.png)")

    def has(self, part):
        return part in self.results.parts

    def server(self, part):
        return {"cluster": "a real cluster", "playground": "the playground, which sends the last bytes of a response "
                "100 ms late as a cluster does", "replay": "the replay"}[self.results.distinct("server", part)[0]]

    def client_table(self, part, key, text, figures=("samples_per_s", "cpu_us"), clients=None):
        """A row for each value of a case's field and each client."""
        rows = []
        for value in self.results.distinct(key, part):
            for client in clients or self.results.distinct("client", part):
                columns = [self.results.values(f, part, client=client, **{key: value}) for f in figures]
                if any(columns):
                    rows.append([text(value), LABELS[client], *(figure(c) for c in columns)])
        self.lines += table([key.replace("_", " "), "client", *(FORMAT_TITLES[f] for f in figures)], rows)

    def write(self):
        self.head()
        self.goals()
        for section in (self.live, self.delay, self.one, self.speedup, self.python, self.torch, self.replay, self.depth,
                        self.batch, self.growth, self.shards, self.formats, self.counts):
            section()
        notes = self.folder / "NOTES.md"
        if notes.exists():
            self.say("## Goals that are not reached", notes.read_text().strip())
        (self.folder / "REPORT.md").write_text("\n".join(self.lines).rstrip() + "\n")

    def head(self):
        parts = self.results.parts.values()
        newest = max(parts, key=lambda p: p["machine"]["date"])
        machine = newest["machine"]
        loads = [run["load"] for p in parts for cell in p.get("cells", []) for run in cell["runs"]]
        self.say("# Aisle compared with other clients",
                 f"Made by `scripts/bench`; the raw figures of every round are in `results/`. {machine['cpu']}, "
                 f"{machine['cores']} cores, {machine['memory_gib']} GiB, Linux {machine['kernel']}; "
                 + ", ".join(f"{name} {version}" for name, version in machine["versions"].items()) + ".",
                 "Clients and servers share these cores, and all connections of ours that send use cubic. Rounds are "
                 "interleaved (A B C A B C): ratios apply to other machines, absolute figures do not. A figure is the "
                 "median of the rounds, with minimum and maximum in brackets. CPU is the user and system time of the "
                 "client's process alone, from its first request to its last byte. For curl it is the time of the whole "
                 "process, minus that of `curl --version`.",
                 (f"Runnable processes during the measurement, including its own (the kernel's one-minute average): "
                  f"median {statistics.median(loads):.1f}, {min(loads):.1f} to {max(loads):.1f}." if loads else ""))
        rows = [[name, p["machine"]["date"][:16].replace("T", " "), p["machine"]["versions"].get("aisle", ""),
                 p.get("rounds", ""), f"{p.get('seconds', 0):g}"] for name, p in self.results.parts.items()]
        self.lines += table(["part", "measured (UTC)", "Aisle", "rounds", "seconds a run"], rows)
        left_out = newest.get("left_out")
        if left_out:
            self.say("Not measured here: " + "; ".join(left_out) + ".")

    def goals(self):
        self.say("## Goals", "Ratios of medians of one run. Goals for a real cluster are measured only with one "
                 "(`AIS_ENDPOINT`).")
        self.lines += table(["what", "goal", "measured", "reached"], [g.row() for g in goals.all_of(self.results)])

    def live(self):
        if not self.has("live"):
            return
        r = self.results
        self.say("## All clients", f"Objects of 10 KiB, batches of 128, from {self.server('live')}. For the SDK, "
                 "\"in flight\" is the number of threads.")
        groups = [f"{n} in flight" for n in r.distinct("in_flight", "live", client="aisle")]
        depths = r.distinct("in_flight", "live", client="aisle")
        clients = r.distinct("client", "live")
        for fig, name, label in (("samples_per_s", "rate", "samples/s"), ("cpu_us", "cpu", "client CPU, µs a sample")):
            series = [(c, LABELS[c], [r.values(fig, "live", client=c, in_flight=n) for n in depths]) for c in clients]
            self.plot(f"live-{name}", f"{label} of each client", lambda plt, path, s=series, y=label, f=fig: plots.bars(
                plt, path, f"10 KiB × 128: {y} ({r.distinct('server', 'live')[0]})", groups, s, y, log=f == "cpu_us",
                text="{:,.0f}" if f == "samples_per_s" else "{:,.1f}"))
        self.client_table("live", "in_flight", str)

    def delay(self):
        if not self.has("delay"):
            return
        r = self.results
        self.say("## Network delay", f"10 KiB × 128 from {self.server('delay')}, through a relay that adds the delay to "
                 "each round trip. The relay also runs on these cores.")
        delays = r.distinct("delay_ms", "delay")
        fixed = [n for n in r.distinct("in_flight", "delay", client="aisle") if n]

        self.plot("delay", "samples/s against depth, for each added delay", lambda plt, path: plots.delays(
            plt, r, path, r.distinct("server", "delay")[0]))
        rows = []
        for ms in delays:
            rates = {n: r.median("samples_per_s", "delay", client="aisle", in_flight=n, delay_ms=ms) for n in fixed}
            rates = {n: v for n, v in rates.items() if v}
            automatic = r.median("samples_per_s", "delay", client="aisle", in_flight=0, delay_ms=ms)
            if rates and automatic:
                top = max(rates, key=rates.get)
                rows.append([f"{ms} ms", f"{rates[top]:,.0f} at {top}", f"{automatic:,.0f}",
                             f"{automatic / rates[top]:.2f}"])
        self.lines += table(["added delay", "best fixed depth, samples/s", "automatic", "automatic / best"], rows)

    def one(self):
        if not self.has("one"):
            return
        r = self.results
        self.say("## One batch at a time", f"10 KiB × 128 from {self.server('one')}. The next batch is requested when the "
                 "consumer has the last sample. curl and the drain do not read samples: their first sample is the first "
                 "byte of the response's body (curl: of its header), and their whole batch is the end of the response.")
        groups, first, whole = plots.whole_batches(r)
        self.plot("one", "first sample and whole batch", lambda plt, path: plots.bars(
            plt, path, f"One batch at a time ({r.distinct('server', 'one')[0]}): milliseconds from the request",
            [textwrap.fill(g, 14) for g in groups],
            [("first", "first sample", first, "#fdae6b"), ("whole", "whole batch", whole, "#d62728")],
            "ms (median batch)", log=True, text="{:,.1f}"))
        self.lines += table(["client", "first sample, ms", "whole batch, ms"],
                            [[LABELS[c], figure(f), figure(w)]
                             for c, f, w in zip(r.distinct("client", "one"), first, whole)])

    def speedup(self):
        if not self.has("speedup"):
            return
        r = self.results
        self.say("## Speed-up over one GET at a time", "The plot of AIStore's announcement of Get-Batch: samples/s "
                 f"divided by those of one GET at a time by the SDK, one worker, from {self.server('speedup')}.")
        self.plot("speedup", "speed-up over one GET at a time", lambda plt, path: plots.speedup(
            plt, r, path, r.distinct("server", "speedup")[0]))
        rows = []
        for size, base, n, rates in speedups(r):
            if any(rates):
                rows.append([size_text(size), f"{base:,.0f}", f"{n:,}",
                             *(f"{v:,.0f} ({v / base:.1f}×)" if v else "" for v in rates)])
        self.lines += table(["object", "one GET at a time, samples/s", "batch", "SDK's Batch", "Aisle, one at a time",
                             "Aisle, automatic depth"], rows)

    def python(self):
        if not self.has("python"):
            return
        self.say("## From Python", f"10 KiB × 128 from {self.server('python')}, automatic depth (0). The SDK, and its "
                 "code on Aisle after `aisle.aistore.patch()`, have one thread and one batch at a time.")
        self.client_table("python", "in_flight", str,
                          clients=[c for c in self.results.distinct("client", "python") if c != "python_import"])
        took = self.results.values("import_ms", "python", client="python_import")
        if took:
            self.say(f"`import aisle` takes {figure(took)} ms more than starting Python.")

    def torch(self):
        if not self.has("torch"):
            return
        self.say("## DataLoader and Lhotse", f"DataLoader: 10 KiB × 128 from {self.server('torch')}, automatic depth "
                 "(0). For the SDK, \"in flight\" is the number of workers. The clock starts with the first batch, so the "
                 "time to start workers and to list the bucket is not included. CPU is that of the process and its "
                 "workers.")
        loaders = [c for c in self.results.distinct("client", "torch") if c.startswith("torch_")]
        self.client_table("torch", "in_flight", str, clients=loaders)
        self.say("Lhotse: batches of 32 WAV files, 16 kHz and 16 bits, from the request to an array of audio.")
        rows = []
        for size in self.results.distinct("size", "torch", batch=32):
            for client in ("lhotse_patched", "lhotse_sdk"):
                columns = [self.results.values(f, "torch", client=client, size=size) for f in ("whole_ms", "cpu_us")]
                rows.append([f"{wav_seconds(size)} s", LABELS[client], *(figure(c) for c in columns)])
        self.lines += table(["length of a file", "client", "ms a batch", "CPU µs a file"], rows)

    def replay(self):
        if not self.has("replay"):
            return
        self.say("## Maximum rate of a client", "One captured response, sent repeatedly from memory with AIStore's chunk "
                 "sizes, 8 in flight (the SDK: 1 thread). Only the cost of the client limits the rate. The drain shows "
                 "the maximum.")
        self.plot("size", "throughput and CPU against object size", lambda plt, path: plots.two_panels(
            plt, self.results, "replay", "size", path, "Replay, 8 in flight: against object size", "object size",
            size_text, list(COLOURS), rate="mb_per_s", ylabel="MB/s of responses"))
        self.client_table("replay", "size", size_text)

    def depth(self):
        if not self.has("depth"):
            return
        self.say("## Depth", "Replay, 10 KiB × 128.")
        self.plot("depth", "throughput and CPU against depth", lambda plt, path: plots.two_panels(
            plt, self.results, "depth", "in_flight", path, "Replay, 10 KiB × 128: against depth", "requests in flight",
            str, list(COLOURS), logs=False))
        self.client_table("depth", "in_flight", str)

    def batch(self):
        if not self.has("batch"):
            return
        self.say("## Batch size", "Replay, 10 KiB, 8 in flight (the SDK: 1 thread).")
        self.plot("batch", "throughput and CPU against batch size", lambda plt, path: plots.two_panels(
            plt, self.results, "batch", "batch", path, "Replay, 10 KiB, 8 in flight: against batch size",
            "entries of a batch", "{:,}".format, list(COLOURS)))
        self.client_table("batch", "batch", "{:,}".format)

    def growth(self):
        if not self.has("growth"):
            return
        r = self.results
        self.say("## Growth", "Replay, 10 KiB × 100, 8 in flight: the cost of a sample in runs of a thousand to a million "
                 "samples. In short runs, connections and new memory are a large part of it.")
        rows = []
        for n in r.distinct("batches", "growth"):
            for client in r.distinct("client", "growth"):
                peak = r.median("peak_rss_bytes", "growth", client=client, batches=n)
                rows.append([f"{n * 100:,}", LABELS[client],
                             figure(r.values("samples_per_s", "growth", client=client, batches=n)),
                             figure(r.values("cpu_us", "growth", client=client, batches=n)),
                             f"{peak / 2**20:,.0f}" if peak else ""])
        self.lines += table(["samples", "client", "samples/s", "CPU µs a sample", "peak memory, MiB"], rows)

    def shards(self):
        if not self.has("shards"):
            return
        self.say("## Threads", "10 KiB × 128, 16 in flight, from the replay, which has one thread. All threads share the "
                 "cores of this machine. So the goal is only that more threads do not increase the cost of a sample; a "
                 "higher rate would need more cores.")
        self.client_table("shards", "shards", str)

    def formats(self):
        if not self.has("formats"):
            return
        r = self.results
        self.say("## Formats", "Replay of 128 × 10 KiB of text, 8 in flight (the SDK: 1 thread). The bare decompressor "
                 "reads the same response from memory, without sockets and archive.")
        forms = sorted(r.distinct("format", "formats"), key=(".tar", ".zip", ".tar.lz4", ".tgz").index)
        series = [(c, LABELS[c], [r.values("cpu_us", "formats", client=c, format=f) for f in forms])
                  for c in r.distinct("client", "formats")]
        self.plot("formats", "CPU a sample of each format", lambda plt, path: plots.bars(
            plt, path, "Replay, 128 × 10 KiB of text: client CPU of each format", forms, series,
            "client CPU, µs a sample", log=True, text="{:,.1f}"))
        self.client_table("formats", "format", str)

    def counts(self):
        if not self.has("counts"):
            return
        rows = self.results.parts["counts"]["rows"]
        self.say("## Cost of a sample", "Replay, 8 in flight, `bench_aisle`: differences between runs of 100 and of 20 "
                 "batches. Allocations are counted by a preloaded library, futex calls by strace, instructions by "
                 "callgrind (on one core, many times slower). User time is divided among the source files by their "
                 "number of instructions; the kernel's time is the system time of the process.")
        timed = "replay" if self.has("replay") else None

        def times_of(size):
            total = self.results.median("cpu_us", timed, client="aisle", size=size) if timed else None
            user = self.results.median("user_us", timed, client="aisle", size=size) if timed else None
            return (user, total - user) if total and user else None
        self.plot("stack", "what a sample's CPU time goes to",
                  lambda plt, path: plots.stack(plt, path, rows, times_of))
        known = lambda row, key: f"{row[key]:,.2f}" if key in row else "not counted"  # noqa: E731
        self.lines += table(["object", "batch", "client", "allocations a sample", "locked instructions a sample",
                             "instructions a sample", "futex calls a batch"],
                            [[size_text(row["size"]), row["batch"], LABELS[row["client"]], known(row, "mallocs"),
                              known(row, "locked"), known(row, "instructions"), known(row, "futexes_a_batch")]
                             for row in rows])


