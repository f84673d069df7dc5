"""The parts of the measurement: each is a list of cells, and a sentence about its purpose."""

import dataclasses

from .case import KIB, SIZES, Case, Cell
from .recordings import wav_bytes

BATCH_OF = {KIB: 128, 10 * KIB: 128, 100 * KIB: 64, 1024 * KIB: 16}  # entries, so that a response has up to 16 MiB


@dataclasses.dataclass
class Setting:
    clients: dict
    servers: object
    quick: bool

    def sizes(self):
        return SIZES[1:2] if self.quick else SIZES

    def some(self, *choices):
        return choices[:2] if self.quick else choices

    def cell(self, client, case, place, server):
        """Empty if the client is missing or does not read the format."""
        known = self.clients.get(client)
        if known is None or (known.formats and case.format not in known.formats):
            return []
        return [Cell(known, case, place, server)]

    def replayed(self, client, case, text=False):
        return self.cell(client, case, self.servers.replay(case, text), "replay")

    def live(self, client, case):
        place = self.servers.delayed(self.servers.live(case.size), case.delay_ms)
        return self.cell(client, case, place, self.servers.live_kind())

    def recordings(self, client, case):
        """The same with WAV files of the case's size as objects."""
        return self.cell(client, case, self.servers.recordings(case.size), self.servers.live_kind())


def replay(s):
    cells = []
    for size in s.sizes():
        case = Case(size=size, batch=BATCH_OF[size], in_flight=8)
        for client in ("drain", "drain_lowat", "aisle", "aisle_samples", "aisle_pull", "curl", "curl_archive", "go"):
            cells += s.replayed(client, case)
        cells += s.replayed("sdk", case.with_(in_flight=1))
    return cells


def depth(s):
    cells = []
    for n in s.some(1, 2, 4, 8, 16, 32, 64, 128, 256):
        for client in ("drain", "aisle", "aisle_as_done", "curl"):
            cells += s.replayed(client, Case(in_flight=n))
    return cells


def batch(s):
    cells = []
    for n in s.some(16, 64, 256, 1000, 4000, 10_000):
        for client in ("drain", "aisle", "curl_archive"):
            cells += s.replayed(client, Case(batch=n))
        cells += s.replayed("sdk", Case(batch=n, in_flight=1))
    return cells


def formats(s):
    cells = []
    for form in s.some(".tgz", ".tar", ".zip", ".tar.lz4"):
        case = Case(format=form)
        for client in ("aisle", "curl_archive", "go"):
            cells += s.replayed(client, case, text=True)
        cells += s.replayed("sdk", case.with_(in_flight=1), text=True)
        if form in (".tgz", ".tar.lz4"):
            cells += s.replayed("decompressor", case, text=True)
    return cells


def growth(s):
    cells = []
    for samples in s.some(1_000, 10_000, 100_000, 1_000_000):
        for client in ("drain", "aisle", "aisle_pull"):
            cells += s.replayed(client, Case(batch=100, batches=samples // 100))
    return cells


def shards(s):
    return [cell for n in s.some(1, 2, 4) for cell in s.replayed("aisle", Case(in_flight=16, shards=n))]


def live(s):
    cells = []
    for n in s.some(16, 32):
        for client in ("drain", "drain_lowat", "aisle", "aisle_pull", "curl", "curl_archive", "go"):
            cells += s.live(client, Case(in_flight=n))
    for n in s.some(1, 2, 4, 8, 16, 32):
        cells += s.live("sdk", Case(in_flight=n))
    return cells


def delay(s):
    cells = []
    for ms in s.some(0, 10, 50):
        for n in s.some(4, 8, 16, 32, 64, 128):
            cells += s.live("aisle", Case(in_flight=n, delay_ms=ms))
            if n in (16, 64):
                cells += s.live("curl", Case(in_flight=n, delay_ms=ms))
        cells += s.live("aisle", Case(in_flight=0, delay_ms=ms))
    return cells


def one(s):
    cells = []
    case = Case(in_flight=1, batches=4 if s.quick else 20)
    for client in ("drain", "aisle_one", "curl", "curl_archive", "go"):
        cells += s.live(client, case)
    return cells + s.live("sdk", case)


def speedup(s):
    cells = []
    for size in s.sizes():
        cells += s.live("sdk_get", Case(size=size, batch=50, in_flight=1))
        for n in s.some(100, 1_000, 10_000):
            if n * size > 1 << 30:
                continue
            for client in ("sdk", "aisle_one"):
                cells += s.live(client, Case(size=size, batch=n, in_flight=1))
            cells += s.live("aisle", Case(size=size, batch=n, in_flight=0))
    return cells


def python(s):
    cells = []
    for client in ("aisle_pull", "python_blocks", "python_samples", "python_pairs"):
        cells += s.live(client, Case(in_flight=0))
    for client in ("python_drop_in", "sdk"):
        cells += s.live(client, Case(in_flight=1))
    return cells + s.live("python_import", Case(batch=10, in_flight=1, batches=1))


def torch(s):
    """For the SDK, `in_flight` is the number of the loader's workers."""
    cells = s.live("torch_aisle", Case(in_flight=0)) + s.live("torch_sdk", Case(in_flight=2))
    for seconds in s.some(2, 10):
        case = Case(size=wav_bytes(seconds), batch=32, in_flight=1, batches=4 if s.quick else 20)
        for client in ("lhotse_patched", "lhotse_sdk"):
            cells += s.recordings(client, case)
    return cells


@dataclasses.dataclass(frozen=True)
class Part:
    """`seconds` is the duration of one cell's run."""

    name: str
    cells: object
    seconds: float
    server: str  # replay, or live: the real cluster, or else the playground


PARTS = (
    Part("replay", replay, 0.7, "replay"),
    Part("depth", depth, 0.7, "replay"),
    Part("batch", batch, 0.7, "replay"),
    Part("formats", formats, 0.7, "replay"),
    Part("growth", growth, 0, "replay"),
    Part("shards", shards, 0.7, "replay"),
    Part("live", live, 3, "live"),
    Part("delay", delay, 3, "live"),
    Part("one", one, 0, "live"),
    Part("speedup", speedup, 2, "live"),
    Part("python", python, 3, "live"),
    Part("torch", torch, 3, "live"),
)
