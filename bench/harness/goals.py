"""The goals of the design as ratios of medians in one run: reached, missed (by how much), or not measured."""

import dataclasses

from .case import KIB, size_text
from .recordings import wav_bytes

TEN = 10 * KIB


@dataclasses.dataclass
class Goal:
    what: str
    wanted: str
    measured: float = None   # None: not measured
    reached: bool = None
    unit: str = ""

    def row(self):
        if self.measured is None:
            return [self.what, self.wanted, "not measured", ""]
        return [self.what, self.wanted, f"{self.measured:.3g}{self.unit}", "yes" if self.reached else "**no**"]


def at_most(what, value, limit, unit="", text=""):
    return Goal(what, f"≤ {text or limit}{unit}", value, None if value is None else value <= limit, unit)


def at_least(what, value, limit, unit=""):
    return Goal(what, f"≥ {limit}{unit}", value, None if value is None else value >= limit, unit)


def ratio(a, b):
    return None if a is None or not b else a / b


def best(values):
    values = [v for v in values if v is not None]
    return max(values) if values else None


def all_of(results):
    return [*live_goals(results), *delay_goals(results), *replay_goals(results), *count_goals(results),
            *one_goals(results), *format_goals(results), *growth_goals(results), *python_goals(results), *torch_goals(results)]


def live_goals(r):
    """Goals for a real cluster; empty without one."""
    here = {"size": TEN, "batch": 128, "server": "cluster"}
    cpu = lambda client, **more: r.median("cpu_us", "live", client=client, **here, **more)  # noqa: E731
    rates = lambda client, part="live", **more: [  # noqa: E731
        r.median("samples_per_s", part, client=client, in_flight=n, **here, **more)
        for n in r.distinct("in_flight", part, client=client, **here, **more)]
    fixed = best([r.median("samples_per_s", "delay", client="aisle", in_flight=n, delay_ms=0, **here)
                  for n in r.distinct("in_flight", "delay", client="aisle", **here) if n])
    automatic = r.median("samples_per_s", "delay", client="aisle", in_flight=0, delay_ms=0, **here)
    curl = best(rates("curl", "delay", delay_ms=0) + rates("curl"))
    sdk_cpu = [cpu("sdk", in_flight=n) for n in r.distinct("in_flight", "live", client="sdk", **here)]
    sdk_cpu = min((v for v in sdk_cpu if v), default=None)
    at = {"in_flight": 16}
    return [
        at_most("real cluster, CPU a sample, pushed, over that of the drain with the same SO_RCVLOWAT",
                ratio(cpu("aisle", **at), cpu("drain_lowat", **at)), 1.35),
        at_most("the same over `curl -Z`", ratio(cpu("aisle", **at), cpu("curl", **at)), 0.5),
        at_most("the same over the Python SDK's minimum", ratio(cpu("aisle", **at), sdk_cpu), round(1 / 15, 3)),
        at_least("real cluster, samples/s, automatic depth over the best fixed depth", ratio(automatic, fixed), 0.97),
        at_least("the same over the best `curl -Z`", ratio(automatic, curl), 1.0),
        at_least("the same over the SDK's best number of threads", ratio(automatic, best(rates("sdk"))), 2.0),
    ]


def delay_goals(r):
    found = []
    for ms in (10, 50):
        here = {"client": "aisle", "server": "cluster", "delay_ms": ms}
        fixed = best([r.median("samples_per_s", "delay", in_flight=n, **here)
                      for n in r.distinct("in_flight", "delay", **here) if n])
        automatic = r.median("samples_per_s", "delay", in_flight=0, **here)
        found.append(at_least(f"samples/s at {ms} ms of added delay, automatic over the best fixed depth",
                              ratio(automatic, fixed), 0.95))
    return found


def replay_goals(r):
    limits = {KIB: 0.80, TEN: 0.95, 100 * KIB: 0.95, 1024 * KIB: 0.90}
    return [at_least(f"replay, 8 in flight, {size_text(size)}: samples/s over the bare drain's",
                     ratio(r.median("samples_per_s", "replay", client="aisle", size=size),
                           r.median("samples_per_s", "replay", client="drain", size=size)), limit)
            for size, limit in limits.items()]


def count_goals(r):
    rows = {row["client"]: row for row in r.parts.get("counts", {}).get("rows", []) if row["size"] == TEN}
    figure = lambda client, key: rows.get(client, {}).get(key)  # noqa: E731
    return [
        at_most("steady state, 128 × 10 KiB, pushed: allocations a sample", figure("aisle", "mallocs"), 0.1),
        at_most("the same: instructions with a lock prefix a sample (includes uncontended ones, which cannot be separated)",
                figure("aisle", "locked"), 0.1, text="0.1, for 0 contended"),
        at_most("the same: futex calls a batch", figure("aisle", "futexes_a_batch"), 0.05, text="0"),
        at_most("the same, pulled: futex calls a batch", figure("aisle_pull", "futexes_a_batch"), 2),
    ]


def one_goals(r):
    figure = lambda client, key: r.median(key, "one", client=client, server="cluster")  # noqa: E731
    first, curls = figure("aisle_one", "first_ms"), figure("curl", "first_ms")
    return [
        at_most("one batch at a time, real cluster: time to the last sample, over the SDK's",
                ratio(figure("aisle_one", "whole_ms"), figure("sdk", "whole_ms")), 0.20),
        at_most("the same: first sample after curl's first byte",
                None if first is None or curls is None else first - curls, 1.0, " ms"),
        at_most("the same: first sample after the drain's first byte of a body",
                None if first is None or figure("drain", "first_ms") is None else first - figure("drain", "first_ms"),
                1.0, " ms"),
    ]


def format_goals(r):
    return [at_least("tgz of text, one thread: speed over the bare decompressor's (CPU a sample, inverted)",
                     ratio(r.median("cpu_us", "formats", client="decompressor", format=".tgz"),
                           r.median("cpu_us", "formats", client="aisle", format=".tgz")), 0.95)]


def python_goals(r):
    rate = lambda client: r.median("samples_per_s", "python", client=client, server="cluster")  # noqa: E731
    cpu = lambda client: r.median("cpu_us", "python", client=client, server="cluster")  # noqa: E731
    found = []
    for mode, least, most in (("blocks", 0.95, 2), ("samples", 0.90, 3), ("pairs", 0.80, 6)):
        client = f"python_{mode}"
        found.append(at_least(f"Python, {mode}, real cluster: samples/s over the engine's",
                              ratio(rate(client), rate("aisle_pull")), least))
        more = None if cpu(client) is None or cpu("aisle_pull") is None else cpu(client) - cpu("aisle_pull")
        found.append(at_most("the same: more CPU a sample than the engine", more, most, " µs"))
    return [
        *found,
        at_least("the SDK's code on Aisle, one thread: samples/s over the SDK's", ratio(rate("python_drop_in"),
                                                                                    rate("sdk")), 5.0),
        at_most("the same: CPU a sample", ratio(cpu("python_drop_in"), cpu("sdk")), 0.125),
        at_most("`import aisle`, over starting Python", r.median("import_ms", "python", client="python_import"), 30,
                " ms"),
        at_most("the same: modules of numpy, torch and aistore that it imports",
                r.median("heavy_modules", "python", client="python_import"), 0),
    ]


def torch_goals(r):
    rate = lambda client: r.median("samples_per_s", "torch", client=client, server="cluster")  # noqa: E731
    took = lambda client, size: r.median("whole_ms", "torch", client=client, size=size, server="cluster")  # noqa: E731
    return [
        at_least("DataLoader, real cluster, samples/s: GetBatchDataset without workers over AISBatchIterDataset with 2",
                 ratio(rate("torch_aisle"), rate("torch_sdk")), 4.0),
        *(at_most(f"Lhotse, real cluster, a batch of 32 WAV files of {seconds} s: time with the patch over without",
                  ratio(took("lhotse_patched", wav_bytes(seconds)), took("lhotse_sdk", wav_bytes(seconds))), 0.25)
          for seconds in (2, 10)),
    ]


def growth_goals(r):
    """The largest deviation of a row from its middle, in per cent; only from runs that are long enough."""
    def spread(part, key, least=0):
        values = [r.median("cpu_us", part, client="aisle", **{key: x}) for x in r.distinct(key, part, client="aisle")
                  if x >= least]
        values = [v for v in values if v is not None]
        if len(values) < 3:
            return None
        middle = sorted(values)[len(values) // 2]
        return max(abs(v / middle - 1) for v in values) * 100
    return [
        at_most("growth: CPU a sample from 10³ to 10⁶ samples, largest deviation from the middle",
                spread("growth", "batches"), 5, " %"),
        at_most("the same from 1 to 256 in flight", spread("depth", "in_flight"), 5, " %"),
        at_most("the same from 16 to 10,000 entries a batch", spread("batch", "batch"), 5, " %"),
    ]
