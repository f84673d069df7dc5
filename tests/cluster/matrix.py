"""The permutations of a Get-Batch request: what each cell asks for, and the rule of what must come of it."""

import itertools
from dataclasses import dataclass

import shards
from conftest import Bucket, content, sha256

KINDS = ["object", *shards.KINDS]
FORMATS = [".tar", ".tgz", ".zip", ".tar.lz4", ".tar.zst"]
MODES = ["stream", "multipart"]

SMALL = {f"{size}.bin": size for size in (1, 511, 512, 513, 1536, 10_240, 40_000)}
FOLDERS = ["a/b", "a/c.d/e.f", "a/b.d/b", "z/y/x/w/v/u/t", "a.b/c", "a/1.bin"]
EMPTY = ["empty", "hollow/empty.bin", "no bytes"]
LONG = ["n" * 101, "d" * 120 + "/" + "e" * 60, "p" * 60 + "/" + "q" * 60, "m" * 230, "in/" * 90 + "x", "r" * 99]
OTHER_SCRIPTS = ["grüß/猫.txt", "é" * 60, "Ω/" * 30 + "ω", "with space", "per%20cent & ?#'\"<>", "😀.jpg"]

PACKED = {"a": b"A" * 600, "b/c": b"", "d": bytes(range(256)) * 5}
ARCHIVES = {f"inner{kind}": shards.shard(kind, PACKED) for kind in shards.KINDS}
ARCHIVES |= {"as-in-go.zip": shards.piped_zip(PACKED)}


class World:
    """Two buckets that hold the same names with different content: as objects, and as members of a shard per kind."""

    def __init__(self):
        sizes = SMALL | dict.fromkeys(EMPTY, 0) | {name: 600 + len(name) for name in FOLDERS + LONG + OTHER_SCRIPTS}
        self.buckets = [Bucket(), Bucket()]
        self.data = [ARCHIVES | {name: content(f"{number}:{name}", size) for name, size in sizes.items()}
                     for number in range(2)]

    def fill(self):
        for bucket, data in zip(self.buckets, self.data):
            bucket.put_all(data | {f"shards/s{kind}": shards.shard(kind, data) for kind in shards.KINDS})

    def destroy(self):
        for bucket in self.buckets:
            bucket.destroy()


class Asker:
    """Names things as a cell's kind of source has them. Each call gives an entry and the bytes that must come, None if
    it does not exist."""

    def __init__(self, world, kind):
        self.world = world
        self.kind = kind

    def whole(self, name, bucket=0, **more):
        at = {"object": name} if self.kind == "object" else {"object": f"shards/s{self.kind}", "archpath": name}
        entry = {"bucket": self.world.buckets[bucket].uri} | at | more
        return entry, self.world.data[bucket].get(name)

    def part(self, name, start, length):
        entry, data = self.whole(name, start=start, length=length)
        return entry, data[start:] if length < 0 else data[start:start + length]


def all_there(ask):
    return [ask.whole(name) for name in SMALL]


def one_missing(ask):
    return [ask.whole(name) for name in ("513.bin", "512.bin", "there/is/none.bin", "1.bin", "40000.bin", "511.bin")]


def folders(ask):
    return [ask.whole(name) for name in FOLDERS]


def empty(ask):
    return [ask.whole(name) for name in (EMPTY[0], "1.bin", EMPTY[1], EMPTY[2], "512.bin", EMPTY[0])]


def ranges(ask):
    return [ask.part("10240.bin", *r) for r in ((0, 1), (1, 511), (511, 513), (10_239, 1), (0, 10_240))] + [
        ask.whole("512.bin"), ask.part("40000.bin", 1000, 36_000)]


def open_ranges(ask):
    return [ask.part("10240.bin", start, -1) for start in (1, 512, 10_239)] + [
        ask.whole("1.bin"), ask.part("40000.bin", 39_000, -1), ask.part("513.bin", 512, -1)]


def duplicates(ask):
    return [ask.whole(name) for name in ("512.bin", "512.bin", "empty", "512.bin", "empty")] + [
        ask.part("512.bin", 0, 10), ask.part("512.bin", 10, 10), ask.whole("512.bin")]


def long_names(ask):
    return [ask.whole(name) for name in LONG]


def other_scripts(ask):
    return [ask.whole(name) for name in OTHER_SCRIPTS]


def two_buckets(ask):
    return [ask.whole(name, bucket) for name in ("513.bin", "a/b", "empty") for bucket in (0, 1)]


def archives(ask):
    return [ask.whole(name) for name in ARCHIVES] + [ask.whole("as-in-go.zip")]


CASES = {f.__name__: f for f in (all_there, one_missing, folders, empty, ranges, open_ranges, duplicates, long_names,
                                 other_scripts, two_buckets, archives)}
# The switches of a cell: do member names have the bucket in front, does the server go on after what it cannot find.
SWITCHES = list(itertools.product((False, True), (False, True)))


@dataclass(frozen=True)
class Cell:
    kind: str
    format: str
    mode: str
    case: str
    only_names: bool
    goes_on: bool

    def __str__(self):
        return "-".join([self.kind, self.format, self.mode, self.case, "onob" if self.only_names else "full",
                         "lenient" if self.goes_on else "strict"])

    def options(self):
        options = ["--format", self.format, "--mode", self.mode]
        return options + ["--only-obj-name"] * self.only_names + ["--no-cont-on-err"] * (not self.goes_on)


def cells():
    """Every kind, format, mode and case with each other. The switches turn with them, so that each setting of both
    meets each pair of the rest; where something is missing, and they matter most, all four are tried."""
    for (k, kind), (f, form), (m, mode), (c, case) in itertools.product(
            enumerate(KINDS), enumerate(FORMATS), enumerate(MODES), enumerate(CASES)):
        turned = [SWITCHES[(k + f + 2 * m + c) % 4]]
        for only_names, goes_on in SWITCHES if case == "one_missing" else turned:
            yield Cell(kind, form, mode, case, only_names, goes_on)


def check(cell, report, code, wanted):
    """The rule. `wanted` has the bytes of each entry, None for what does not exist.

    1. Each entry has one line, in order: delivered, missing or failed. (`Run` has checked the count.)
    2. What is delivered is, byte for byte, what was PUT. What does not exist is never delivered.
    3. What is not delivered has no size and no checksum, and has a code and words.
    4. When the server goes on: only what does not exist is not delivered, and it is "missing".
    5. When it does not go on: what does not exist and all behind it has failed. All before it is delivered.
    6. Each line names the target that answered and the server's own name of the request, which only an entry that was
       asked for as an object in the end does not have.
    7. Exit code 0: all delivered, 3: some missing, 1: some failed.
    """
    statuses = [line["status"] for line in report]
    assert len(statuses) == len(wanted)
    for line, data in zip(report, wanted):
        assert line["target"] and (line.get("request") or None in wanted), line
        if line["status"] == "delivered":
            assert data is not None, line
            assert (line["size"], line["sha256"]) == (len(data), sha256(data)), line
            assert "error" not in line and "code" not in line, line
        else:
            assert line["status"] in ("missing", "failed"), line
            assert line["size"] == 0 and "sha256" not in line and line["error"] and line["code"], line
    usual = ["missing" if data is None else "delivered" for data in wanted]
    if cell.goes_on or None not in wanted:
        assert statuses == usual
    else:
        gone = wanted.index(None)
        assert set(statuses[:gone]) <= {"delivered"}
        assert set(statuses[gone:]) == {"failed"}
    assert code == (1 if "failed" in statuses else 3 if "missing" in statuses else 0)
