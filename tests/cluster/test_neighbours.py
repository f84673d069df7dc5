"""Good entries arrive, soon and right, whatever stands beside them in their batch."""

import itertools
import random
import time

import pytest
import shards
from conftest import Placed, absent, content, refused, sha256
from matrix import MODES

WORDS = {"w/a.bin": content("first member", 9000), "w/b.bin": content("second member", 5000)}
SOUND = shards.tar(WORDS)
CUT = shards.tar({"w/a.bin": WORDS["w/a.bin"], "w/b.bin": content("cut", 30_000)})[:16_000]
TEXT = b"no archive at all\n" * 100
# As AIStore redirects to them, their names need escaping, which it does only now and then.
ODD_NAMES = ["video[1].mp4", "a b.txt", 'q"uote', "50%.txt", "what?.bin"]


class Neighbours(Placed):
    """A bucket with 130 sound samples of each sort, and one of each that is bad, on either side of the target that
    answers a batch asked for with `--coloc 1`, as it owns most of what is in it."""

    def __init__(self):
        super().__init__()
        self.good = []
        owners = self.bucket.owners([f"good-{number}" for number in range(600)])
        local = [name for name, owner in owners.items() if owner == self.target][:70]
        names = local + [name for name, owner in owners.items() if owner != self.target][:30]
        random.Random(1).shuffle(names)
        objects = {name: content(name, 2000 + 97 * number) for number, name in enumerate(names)}
        self.shard = {side: self.name(side, "sound", ".tar") for side in ("local", "forwarded")}
        self.bucket.put_all(objects | {name: SOUND for name in self.shard.values()})
        for number, (name, data) in enumerate(objects.items()):
            part = {"start": 7 * number, "length": 900} if number % 10 == 9 else {}
            self.good.append((self.entry(name, **part), data[7 * number:7 * number + 900] if part else data))
        for number in range(30):
            member = list(WORDS)[number % 2]
            part = {"start": 100 * number, "length": 700} if number % 3 == 2 else {}
            data = WORDS[member]
            self.good.append((self.entry(self.shard["forwarded" if number % 4 == 0 else "local"], archpath=member) | part,
                              data[100 * number:100 * number + 700] if part else data))
        self.odd = {name: content(name, 3000) for name in ODD_NAMES}
        self.bucket.put_all(self.odd)
        self.short = {side: self.put(side, "short", b"x" * 500) for side in ("local", "forwarded")}
        self.cut = {side: self.put(side, "cut", CUT, ".tar") for side in ("local", "forwarded")}
        self.text = {side: self.put(side, "text", TEXT, ".tar") for side in ("local", "forwarded")}

    def bad(self, kind, side):
        """An entry and what its report line must pass."""
        if kind == "range":
            return self.entry(self.short[side], start=400, length=200), failed
        if kind == "member that is cut":
            return self.entry(self.cut[side], archpath="w/b.bin", size=30_000), failed
        if kind == "unreadable shard":
            return self.entry(self.text[side], archpath="w/a.bin"), failed
        if kind == "missing object":
            return self.gone(side)[0], absent
        assert kind == "missing member"
        return self.entry(self.shard[side], archpath="w/none.bin"), absent


def failed(line):
    return refused(line, "server_error", "wrong_size", "truncated_body", "truncated_archive", "short_batch")


def right(data):
    return lambda line: (line["status"], line["size"], line.get("sha256")) == ("delivered", len(data), sha256(data))


@pytest.fixture(scope="module")
def neighbours():
    it = Neighbours()
    yield it
    it.bucket.destroy()


def woven(good, bad):
    """The sound ones with the bad ones spread among them."""
    each = len(good) // (len(bad) + 1)
    out = []
    for number, one in enumerate(bad):
        out += good[number * each:(number + 1) * each] + [one]
    return out + good[len(bad) * each:]


def checked(fetch, asked, seconds, *options):
    """Fetches, and holds each line against what was to come. Returns the report."""
    began = time.monotonic()
    code, report = fetch([entry for entry, _ in asked], *options)
    took = time.monotonic() - began
    wrong = [line for line, (_, rule) in zip(report, asked, strict=True) if not rule(line)]
    assert not wrong
    assert code == (1 if any(line["status"] == "failed" for line in report)
                    else 3 if any(line["status"] == "missing" for line in report) else 0)
    assert took < seconds
    return report


ASIDE = {
    "all local": [("range", "local"), ("member that is cut", "local"), ("unreadable shard", "local"),
                  ("missing object", "local"), ("missing member", "local")],
    "on both sides": [("range", "local"), ("range", "forwarded"), ("member that is cut", "local"),
                      ("missing object", "forwarded"), ("unreadable shard", "forwarded")],
    "forwarded": [("range", "forwarded"), ("unreadable shard", "forwarded"), ("missing object", "forwarded"),
                  ("missing member", "forwarded"), ("range", "forwarded")],
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("coloc", ["0", "1"])
@pytest.mark.parametrize("where", ASIDE)
def test_five_bad_entries_in_a_batch_of_128(neighbours, fetch, where, coloc, mode):
    good = [(entry, right(data)) for entry, data in neighbours.good[:123]]
    bad = [neighbours.bad(kind, side) for kind, side in ASIDE[where]]
    checked(fetch, woven(good, bad), 30, "--coloc", coloc, "--mode", mode)


@pytest.mark.parametrize("side", ["local", "forwarded"])
@pytest.mark.parametrize("mode", MODES)
def test_a_range_out_of_bounds_among_40(neighbours, fetch, mode, side):
    good = [(entry, right(data)) for entry, data in neighbours.good[:40]]
    checked(fetch, woven(good, [neighbours.bad("range", side)]), 30, "--coloc", "1", "--mode", mode)


@pytest.mark.parametrize("mode", MODES)
def test_forty_batches_in_flight_with_one_bad_entry_each(neighbours, fetch, mode):
    sound = itertools.cycle([(entry, right(data)) for entry, data in neighbours.good])
    kinds = itertools.cycle([("range", "forwarded"), ("missing object", "local"), ("unreadable shard", "local"),
                             ("missing member", "forwarded"), ("range", "local"), ("missing object", "forwarded"),
                             ("member that is cut", "local"), ("unreadable shard", "forwarded")])
    asked = []
    for _ in range(40):
        asked += woven([next(sound) for _ in range(31)], [neighbours.bad(*next(kinds))])
    checked(fetch, asked, 30, "--batch", "32", "--in-flight", "40", "--mode", mode)


@pytest.mark.parametrize("mode", MODES)
def test_odd_names_beside_a_bad_range(neighbours, fetch, mode):
    good = [(entry, right(data)) for entry, data in neighbours.good[:20]]
    odd = [(neighbours.entry(name), right(data)) for name, data in neighbours.odd.items()]
    bad = [neighbours.bad("range", "forwarded"), neighbours.bad("range", "local")]
    checked(fetch, good[:10] + bad[:1] + odd + bad[1:] + odd + good[10:], 30, "--coloc", "1", "--mode", mode)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ODD_NAMES)
def test_an_odd_name_that_is_asked_for_as_an_object(neighbours, fetch, name, mode):
    # A checksum that does not fit is asked about once more with a plain GET, which brings the same.
    good = [(entry, right(data)) for entry, data in neighbours.good[:20]]
    sum_of_other = "sha256:" + sha256(b"other")
    bad = (neighbours.entry(name, checksum=sum_of_other), lambda line: refused(line, "wrong_checksum"))
    checked(fetch, good[:10] + [bad] + good[10:], 30, "--coloc", "1", "--mode", mode)


@pytest.mark.parametrize("mode", MODES)
def test_ranges_of_members_behind_a_bad_range_of_the_same_owner(neighbours, fetch, mode):
    # Their owner sends no more for the batch, and what the answering target fetches in its stead comes whole.
    short = neighbours.short["forwarded"]
    owner = neighbours.bucket.owner(short)
    shard = next(name for name in iter(lambda: neighbours.name("forwarded", "same", ".tar"), None)
                 if neighbours.bucket.owner(name) == owner)
    neighbours.bucket.put(shard, SOUND)
    data = WORDS["w/a.bin"]
    parts = [(0, 100), (4096, 1024), (8999, 1), (1, 8998), (5000, -1)]
    asked = [(neighbours.entry(shard, archpath="w/a.bin", start=start, length=length),
              right(data[start:] if length < 0 else data[start:start + length])) for start, length in parts]
    sums = [(entry | {"checksum": "sha256:" + sha256(data[s:] if n < 0 else data[s:s + n])}, rule)
            for (entry, rule), (s, n) in zip(asked, parts)]
    good = [(entry, right(payload)) for entry, payload in neighbours.good[:20]]
    bad = neighbours.bad("range", "forwarded")
    checked(fetch, good[:10] + [bad] + asked + [bad] + sums + good[10:], 30, "--coloc", "1", "--mode", mode)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("coloc", ["0", "1"])
def test_five_bad_entries_of_which_one_breaks_the_connection_among_targets(neighbours, fetch, coloc, mode):
    # The last test, see test_traps.py: a member that breaks off on another target ends the job on all of them.
    good = [(entry, right(data)) for entry, data in neighbours.good[:123]]
    bad = [neighbours.bad(kind, side) for kind, side in
           [("range", "forwarded"), ("member that is cut", "forwarded"), ("missing object", "local"),
            ("missing member", "forwarded"), ("unreadable shard", "local")]]
    checked(fetch, woven(good, bad), 30, "--coloc", coloc, "--mode", mode)
