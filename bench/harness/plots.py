"""The report's plots: medians, with a bar from the minimum to the maximum of the rounds."""

import statistics

from .case import derived, size_text

STYLES = {  # client: label, colour, marker
    "drain": ("bare epoll + recv (the limit)", "#7f7f7f", "s"),
    "drain_lowat": ("bare drain, SO_RCVLOWAT 32 KiB", "#bdbdbd", "D"),
    "aisle": ("Aisle, blocks pushed", "#d62728", "o"),
    "aisle_samples": ("Aisle, samples pushed", "#8c564b", "h"),
    "aisle_as_done": ("Aisle, in order of completion", "#9467bd", "d"),
    "aisle_pull": ("Aisle, blocks pulled", "#ff9896", "v"),
    "aisle_one": ("Aisle, one batch at a time", "#e377c2", "P"),
    "python_blocks": ("Aisle in Python, blocks", "#c49c94", "o"),
    "python_samples": ("Aisle in Python, samples", "#9edae5", "v"),
    "python_pairs": ("Aisle in Python, (name, bytes)", "#dbdb8d", "d"),
    "python_drop_in": ("SDK's code on Aisle, one batch at a time", "#f7b6d2", "P"),
    "python_import": ("`import aisle`", "#c7c7c7", "x"),
    "torch_aisle": ("DataLoader, no workers, Aisle's GetBatchDataset", "#d62728", "o"),
    "torch_sdk": ("DataLoader, 2 workers, the SDK's AISBatchIterDataset", "#ff7f0e", "X"),
    "lhotse_patched": ("Lhotse's batch loader, the SDK patched", "#d62728", "v"),
    "lhotse_sdk": ("Lhotse's batch loader, the SDK unpatched", "#ff7f0e", "x"),
    "curl": ("curl -Z (archive unread)", "#1f77b4", "^"),
    "curl_archive": ("libcurl + libarchive", "#17becf", "<"),
    "go": ("Go net/http + archive/tar", "#2ca02c", ">"),
    "sdk": ("Python SDK, Batch", "#ff7f0e", "X"),
    "sdk_get": ("Python SDK, one GET at a time", "#ffbb78", "x"),
    "decompressor": ("bare decompressor", "#4d4d4d", "*"),
}
LABELS, COLOURS, MARKERS = ({client: style[i] for client, style in STYLES.items()} for i in range(3))


def pyplot():
    """None without matplotlib: the report then has no plots."""
    try:
        import matplotlib
    except ImportError:
        return None
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    plt.rcParams.update({"figure.dpi": 110, "font.size": 10, "axes.grid": True, "grid.alpha": 0.3,
                         "axes.spines.top": False, "axes.spines.right": False, "legend.frameon": False})
    return plt


def spread(values):
    middle = statistics.median(values)
    return middle, middle - min(values), max(values) - middle


def line(axes, results, part, client, figure, key, **wanted):
    """Draws a client's medians over a field of the cases; returns whether there were any."""
    points = []
    for x in results.distinct(key, part, client=client, **wanted):
        values = results.values(figure, part, client=client, **{key: x}, **wanted)
        if values and x:
            points.append((x, *spread(values)))
    if not points:
        return False
    points.sort()
    xs, ys, below, above = zip(*points)
    axes.errorbar(xs, ys, yerr=[below, above], color=COLOURS[client], marker=MARKERS[client], markersize=5,
                  linewidth=1.6, elinewidth=1, capsize=2, label=LABELS[client])
    return True


def number(value, _=None):
    return f"{value:,.0f}" if value >= 1 else f"{value:g}"


def finish(figure, axes, path, ncol=3):
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="lower center", ncol=ncol, fontsize=9)
    rows = -(-len(labels) // ncol)
    figure.tight_layout(rect=(0, 0.02 + 0.23 * rows / figure.get_figheight(), 1, 1))
    figure.savefig(path)


def ticks(axis, values, text):
    axis.set_ticks(values, [text(v) for v in values])
    axis.set_ticks([], minor=True)


def two_panels(plt, results, part, key, path, title, xlabel, text, clients, rate="samples_per_s",
               ylabel="samples/s", logs=True):
    """Throughput on the left, CPU per sample on the right, over a field of the cases."""
    present = [c for c in clients if any(True for _ in results.cells(part, client=c))]
    values = sorted({x for c in present for x in results.distinct(key, part, client=c) if x})
    if not values:
        return False
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.6))
    for client in present:
        line(left, results, part, client, rate, key)
        line(right, results, part, client, "cpu_us", key)
    for axes in (left, right):
        axes.set_xscale("log")
        ticks(axes.xaxis, values, text)
        axes.set_xlabel(xlabel)
        axes.tick_params(axis="x", labelsize=9)
    for axes in (left, right):
        axes.yaxis.set_major_formatter(number)
        if logs:
            axes.set_yscale("log")
            axes.yaxis.set_major_formatter(number)
            axes.yaxis.set_minor_formatter(minor_numbers(axes))
        else:
            axes.set_ylim(bottom=0)
    left.set_ylabel(ylabel)
    right.set_ylabel("client CPU, µs a sample")
    left.set_title("throughput (higher is better)", fontsize=10)
    right.set_title("cost (lower is better)", fontsize=10)
    figure.suptitle(title, fontsize=12)
    finish(figure, left, path)
    plt.close(figure)
    return True


def minor_numbers(axes):
    """Marks 2 and 5 of each decade if an axis shows fewer than two decades."""
    def text(value, _):
        low, high = axes.get_ylim()
        first = f"{value:e}"[0]
        return number(value) if high / low < 300 and first in "25" else ""
    return text


def bars(plt, path, title, groups, series, ylabel, log=False, text="{:,.0f}"):
    """groups: names along the x axis. series: (client, label, [values of the rounds or None, one for each group])."""
    series = [s for s in series if any(s[2])]
    if not groups or not series:
        return False
    figure, axes = plt.subplots(figsize=(min(12, max(7.5, 1.2 + 0.62 * len(groups) * len(series))), 4.6))
    width = 0.84 / len(series)
    for k, (client, label, columns, *more) in enumerate(series):
        for g, values in enumerate(columns):
            if not values:
                continue
            middle, below, above = spread(values)
            x = g - 0.42 + width * (k + 0.5)
            axes.bar(x, middle, width * 0.94, color=more[0] if more else COLOURS[client],
                     label=label if g == next(i for i, v in enumerate(columns) if v) else None)
            axes.errorbar(x, middle, yerr=[[below], [above]], color="black", elinewidth=0.8, capsize=2, fmt="none")
            axes.annotate(text.format(middle), (x, middle + above), ha="center", va="bottom", fontsize=8,
                          xytext=(0, 2), textcoords="offset points")
    axes.set_xticks(range(len(groups)), groups)
    axes.grid(axis="x", visible=False)
    axes.set_ylabel(ylabel)
    if log:
        axes.set_yscale("log")
        everything = [v for _, _, columns, *_ in series for values in columns for v in values or []]
        axes.set_ylim(min(everything) / 2, max(everything) * 1.6)
        axes.yaxis.set_minor_formatter(minor_numbers(axes))
    else:
        axes.margins(y=0.12)
    axes.yaxis.set_major_formatter(number)
    axes.set_title(title, fontsize=12)
    finish(figure, axes, path, ncol=min(3, len(series)))
    plt.close(figure)
    return True


def delays(plt, results, path, server):
    """A panel for each delay: samples/s against depth, and the result of automatic depth."""
    values = results.distinct("delay_ms", "delay")
    if not values:
        return False
    figure, panels = plt.subplots(1, len(values), figsize=(1.5 + 3.4 * len(values), 4.4), sharey=True, squeeze=False)
    for axes, ms in zip(panels[0], values):
        for client in ("aisle", "curl"):
            line(axes, results, "delay", client, "samples_per_s", "in_flight", delay_ms=ms)
        automatic = results.values("samples_per_s", "delay", client="aisle", in_flight=0, delay_ms=ms)
        if automatic:
            middle, below, above = spread(automatic)
            axes.axhline(middle, color="#67000d", linestyle="--", linewidth=1.6, label="Aisle, automatic depth")
            axes.axhspan(middle - below, middle + above, color="#67000d", alpha=0.1, linewidth=0)
        depths = [n for n in results.distinct("in_flight", "delay", delay_ms=ms) if n]
        axes.set_xscale("log")
        ticks(axes.xaxis, depths, str)
        axes.set_xlabel("requests in flight")
        axes.set_title(f"{ms} ms added to a round trip", fontsize=10)
        axes.set_ylim(bottom=0)
        axes.yaxis.set_major_formatter(number)
    panels[0][0].set_ylabel("samples/s")
    figure.suptitle(f"Automatic depth against fixed ones, 10 KiB × 128 ({server})", fontsize=12)
    finish(figure, panels[0][-1], path)
    plt.close(figure)
    return True


def stack(plt, path, rows, kernel_of):
    """CPU time of a sample by module, in per cent, a bar for each size. kernel_of(size): (user µs, kernel µs)."""
    rows = [row for row in rows if row["client"] == "aisle" and row.get("modules") and kernel_of(row["size"])]
    if not rows:
        return False
    names = {name for row in rows for name in row["modules"]}
    parts = ["kernel"] + sorted(names, key=lambda name: -max(row["modules"].get(name, 0) for row in rows))
    figure, axes = plt.subplots(figsize=(10.5, 1.9 + 0.75 * len(rows)))
    shades = ["#9e9e9e"] + [plt.get_cmap("tab20")(i) for i in range(20)]
    for y, row in enumerate(reversed(rows)):
        user, kernel = kernel_of(row["size"])
        instructions = sum(row["modules"].values()) or 1
        left = 0
        for part in parts:
            us = kernel if part == "kernel" else user * row["modules"].get(part, 0) / instructions
            share = us / (user + kernel) * 100
            axes.barh(y, share, 0.62, left=left, color=shades[parts.index(part)],
                      label=part if y == 0 else None)
            if share >= 4:
                text = f"{us:.0f}" if us >= 10 else f"{us:.2g}"
                axes.text(left + share / 2, y, text, ha="center", va="center", fontsize=8)
            left += share
    axes.set_yticks(range(len(rows)), [f"{size_text(row['size'])}\n{sum(kernel_of(row['size'])):.3g} µs"
                                       for row in reversed(rows)])
    axes.set_xlim(0, 100)
    axes.set_xlabel("share of the client's CPU time, % (numbers in the bars: µs a sample)")
    axes.set_title("What a sample's CPU time goes to (Aisle, blocks pushed, replay, 8 in flight)", fontsize=12)
    axes.grid(axis="y", visible=False)
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="lower center", ncol=4, fontsize=9)
    rows_of_legend = -(-len(labels) // 4)
    figure.tight_layout(rect=(0, 0.03 + 0.24 * rows_of_legend / figure.get_figheight(), 1, 1))
    figure.savefig(path)
    plt.close(figure)
    return True


def speedup(plt, results, path, server):
    """AIStore's own plot: how many times faster than one GET at a time, against object size; one worker."""
    sizes = sorted(results.distinct("size", "speedup"))
    batches = sorted(results.distinct("batch", "speedup", client="sdk"))
    if not sizes or not batches:
        return False
    figure, axes = plt.subplots(figsize=(8.5, 5))
    styles = [("sdk", 1, "SDK's Batch, {:,} entries", "--"),
              ("aisle_one", 1, "Aisle, one batch of {:,} at a time", "-"),
              ("aisle", 0, "Aisle, automatic depth, batches of {:,}", ":")]
    for client, in_flight, label, dashes in styles:
        for k, n in enumerate(batches):
            points = []
            for size in sizes:
                base = results.median("samples_per_s", "speedup", client="sdk_get", size=size)
                rate = results.median("samples_per_s", "speedup", client=client, size=size, batch=n,
                                      in_flight=in_flight)
                if base and rate:
                    points.append((size, rate / base))
            if points:
                axes.plot(*zip(*points), dashes, color=COLOURS[client], marker="osD^"[k], markersize=6, linewidth=1.6,
                          alpha=0.55 + 0.22 * k if len(batches) > 1 else 1, label=label.format(n))
    axes.axhline(1, color="black", linewidth=0.8)
    axes.set_xscale("log")
    axes.set_yscale("log")
    ticks(axes.xaxis, sizes, size_text)
    axes.yaxis.set_major_formatter(lambda v, _: f"{v:g}×")
    axes.yaxis.set_minor_formatter(lambda v, _: f"{v:g}×" if f"{v:e}"[0] in "25" else "")
    axes.set_xlabel("object size")
    axes.set_ylabel("samples/s over one GET at a time")
    axes.set_title(f"Speed-up over one GET at a time by the SDK, one worker ({server})", fontsize=12)
    finish(figure, axes, path, ncol=3)
    plt.close(figure)
    return True


def whole_batches(results):
    """For the bars of part `one`: clients and their first and whole times."""
    clients = results.distinct("client", "one")
    groups = [f"{LABELS[c]}" for c in clients]
    first = [[v for v in (derived(run).get("first_ms") for cell in results.cells("one", client=c)
                          for run in cell["runs"]) if v is not None] for c in clients]
    whole = [results.values("whole_ms", "one", client=c) for c in clients]
    return groups, first, whole


