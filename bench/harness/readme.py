"""README's tables, from the same results as bench/REPORT.md, between two marks in README.md."""

from .case import size_text
from .plots import LABELS
from .report import figure, speedups, table

BEGIN, END = "<!-- from bench/REPORT.md: scripts/bench writes it -->", "<!-- end of bench/REPORT.md -->"
LIVE = ("aisle", "aisle_pull", "drain_lowat", "curl", "curl_archive", "go", "sdk")
SERVER = {"cluster": "a real cluster of 1 proxy and 3 targets", "playground": "the playground"}


def live_table(r):
    depth = max(r.distinct("in_flight", "live", client="aisle"))
    rows = []
    for client in LIVE:
        in_flight = [depth]
        if client == "sdk":  # in_flight is its number of threads: the best of them
            rates = {n: r.median("samples_per_s", "live", client=client, in_flight=n)
                     for n in r.distinct("in_flight", "live", client=client)}
            in_flight = [max((n for n in rates if rates[n]), key=rates.get)] if any(rates.values()) else []
        for n in in_flight:
            rate, cpu = (r.values(f, "live", client=client, in_flight=n) for f in ("samples_per_s", "cpu_us"))
            if rate:
                name = LABELS[client] + (f", {n} threads (its best)" if client == "sdk" else "")
                rows.append([name, figure(rate), figure(cpu)])
    server = SERVER[r.distinct("server", "live")[0]]
    return [f"Batches of 128 objects of 10 KiB from {server}, {depth} in flight:", "",
            *table(["client", "samples/s", "client CPU, µs a sample"], rows)]


def one_table(r):
    rows = []
    for client in ("aisle_one", "go", "curl_archive", "sdk"):
        whole = r.values("whole_ms", "one", client=client)
        if whole:
            rows.append([LABELS[client], figure(r.values("first_ms", "one", client=client)), figure(whole)])
    return ["One such batch at a time, milliseconds from the request to the first and to the last sample at the consumer:",
            "", *table(["client", "first sample", "whole batch"], rows)]


def speedup_table(r):
    rows = []
    for size, base, n, rates in speedups(r):
        if n == 1_000 and all(rates):
            rows.append([size_text(size), f"{base:,.0f}", *(f"{v:,.0f} ({v / base:.1f}×)" for v in rates)])
    return ["Samples/s with one worker and batches of 1,000; in brackets, the ratio to one GET at a time by the SDK:", "",
            *table(["object", "one GET at a time", "SDK's `Batch`", "Aisle, one batch at a time",
                    "Aisle, automatic depth"], rows)]


def refresh(results, path):
    """Writes the tables of the measured parts into the file."""
    text = path.read_text()
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    lines = []
    for part, make in (("live", live_table), ("one", one_table), ("speedup", speedup_table)):
        if part in results.parts:
            lines += make(results)
    path.write_text(f"{head}{BEGIN}\n" + "\n".join(lines) + END + tail)
