"""A cell of a table is a client and a case."""

import dataclasses
import statistics

KIB = 1024
SIZES = (KIB, 10 * KIB, 100 * KIB, 1024 * KIB)


def size_text(size):
    return f"{size // (1024 * KIB)} MiB" if size >= 1024 * KIB else f"{size // KIB} KiB"


@dataclasses.dataclass(frozen=True)
class Case:
    size: int = 10 * KIB     # bytes of each object
    batch: int = 128         # entries per request
    in_flight: int = 8       # concurrent requests; threads for the SDK; 0: automatic
    format: str = ".tar"
    delay_ms: int = 0        # added to a round trip
    batches: int = 0         # 0: as many as fill the duration of a run
    shards: int = 0          # I/O threads; 0: the client's own choice

    def with_(self, **changes):
        return dataclasses.replace(self, **changes)


@dataclasses.dataclass
class Cell:
    client: object           # clients.Client
    case: Case
    place: object            # servers.Place: the server
    server: str              # "replay", "playground", "cluster"
    runs: list = dataclasses.field(default_factory=list)

    def to_json(self):
        return {"client": self.client.name, "server": self.server, "case": dataclasses.asdict(self.case),
                "runs": self.runs}


def derived(run):
    """The figures of one run that tables show."""
    samples = run["samples"]
    figures = {"samples_per_s": samples / run["seconds"], "mb_per_s": run.get("bytes", 0) / run["seconds"] / 1e6}
    figures["cpu_us"] = run["cpu_seconds"] * 1e6 / samples
    if "user_seconds" in run:
        figures["user_us"] = run["user_seconds"] * 1e6 / samples
    return figures | {k: run[k] for k in ("first_sample_ms", "first_ms", "whole_ms", "reads", "peak_rss_bytes",
                                        "import_ms", "heavy_modules")
                      if k in run}


class Results:
    """Lookup of results: the JSON of each part."""

    def __init__(self, parts):
        self.parts = parts

    def cells(self, part, **wanted):
        for cell in self.parts.get(part, {}).get("cells", []):
            known = cell["case"] | {"client": cell["client"], "server": cell["server"]}
            if all(known.get(k) == v for k, v in wanted.items()):
                yield cell

    def values(self, figure, part, **wanted):
        """The figure of each round, from the one matching cell; empty if there is none."""
        for cell in self.cells(part, **wanted):
            found = [derived(run).get(figure) for run in cell["runs"]]
            return [v for v in found if v is not None]
        return []

    def median(self, figure, part, **wanted):
        values = self.values(figure, part, **wanted)
        return statistics.median(values) if values else None

    def distinct(self, key, part, **wanted):
        """The values of a case's field (or client, server) among the cells, in order."""
        found = []
        for cell in self.cells(part, **wanted):
            value = (cell["case"] | {"client": cell["client"], "server": cell["server"]})[key]
            if value not in found:
                found.append(value)
        return found
