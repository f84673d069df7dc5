"""Objects of a cloud bucket that the cluster has not fetched yet."""

import subprocess
import time

import pytest
import shards
from cloud import CloudBucket, needs_cloud
from conftest import AISLE, absent, content, sha256
from matrix import MODES

pytestmark = needs_cloud

SIZE = 10_240


@pytest.fixture
def cloud():
    it = CloudBucket()
    yield it
    it.destroy()


def right(data):
    return lambda line: (line["status"], line["size"], line.get("sha256")) == ("delivered", len(data), sha256(data))


def checked(fetch, asked, *options):
    """Fetches, and holds each line against what was to come. Returns the seconds it took."""
    began = time.monotonic()
    code, report = fetch([entry for entry, _ in asked], *options)
    took = time.monotonic() - began
    wrong = [line for line, (_, rule) in zip(report, asked, strict=True) if not rule(line)]
    assert not wrong, f"{len(wrong)} of {len(asked)}: {wrong[:5]}"
    assert code == (3 if any(line["status"] == "missing" for line in report) else 0)
    return took


def objects_and_members(cloud, objects, shard_count, members):
    """Puts them into the cloud. Each with its rule, members next to objects."""
    data = {f"o/{number:04}.bin": content(number, SIZE) for number in range(objects)}
    packed = {f"s/{s:02}.tar": {f"m/{m:02}.bin": content(f"{s}/{m}", SIZE) for m in range(members)}
              for s in range(shard_count)}
    cloud.put_all(data | {name: shards.tar(inside) for name, inside in packed.items()})
    asked = [(cloud.entry(name), right(payload)) for name, payload in data.items()]
    of_shards = [(cloud.entry(name, archpath=m), right(payload)) for name, inside in packed.items()
                 for m, payload in inside.items()]
    each = max(1, len(asked) // len(of_shards))
    for number, one in enumerate(of_shards):
        asked.insert(min(len(asked), number * (each + 1)), one)
    return asked


@pytest.mark.parametrize("mode", MODES)
def test_a_thousand_cold_objects_and_two_hundred_members_arrive(cloud, fetch, mode):
    asked = objects_and_members(cloud, objects=1000, shard_count=10, members=20)
    none = [(cloud.entry(f"none/{number}"), absent) for number in range(6)]
    none += [(cloud.entry("s/00.tar", archpath="m/none.bin"), absent), (cloud.entry("none.tar", archpath="m"), absent)]
    for number, one in enumerate(none):
        asked.insert(100 + 130 * number, one)
    epochs = [checked(fetch, asked, "--mode", mode) for _ in range(2)]
    print(f"\n{len(asked)} entries, {mode}: first epoch {epochs[0]:.1f} s, second {epochs[1]:.1f} s")
    assert cloud.cached() == 1010


@pytest.mark.parametrize("mode", MODES)
def test_ranges_of_cold_objects_and_members(cloud, fetch, mode):
    # Each of another object, so that each comes by the plain GET that fetches it.
    parts = [(0, 100), (4096, 1024), (10_239, 1), (1, 10_239), (5000, -1)]
    objects = {f"part-{number}.bin": content(number, SIZE) for number in range(5)}
    members = {f"part-{number}.tar": {"a": b"before", "m/x.bin": content(f"m{number}", SIZE)} for number in range(5)}
    cloud.put_all(objects | {name: shards.tar(inside) for name, inside in members.items()})
    asked = []
    for number, (start, length) in enumerate(parts):
        for entry, data in ((cloud.entry(f"part-{number}.bin"), objects[f"part-{number}.bin"]),
                            (cloud.entry(f"part-{number}.tar", archpath="m/x.bin"),
                             members[f"part-{number}.tar"]["m/x.bin"])):
            part = data[start:] if length < 0 else data[start:start + length]
            asked.append((entry | {"start": start, "length": length}, right(part)))
    for _ in range(2):
        checked(fetch, asked, "--mode", mode)


def test_cold_objects_beside_warm_ones_of_another_bucket(cloud, filled, fetch):
    cold = objects_and_members(cloud, objects=40, shard_count=2, members=5)
    warm = [({"bucket": filled.bucket.uri, "object": f"many/{i:04}"}, right(filled.files[f"many/{i:04}"]))
            for i in range(len(cold))]
    checked(fetch, [one for pair in zip(cold, warm) for one in pair])


def test_cold_objects_are_missing_where_they_are_not_to_be_fetched(cloud, fetch):
    told = subprocess.run([AISLE, "get", "--help"], capture_output=True, text=True, check=True).stdout
    if "--cold-gets" not in told:
        pytest.skip("no --cold-gets")
    asked = objects_and_members(cloud, objects=40, shard_count=2, members=5)
    checked(fetch, [(entry, absent) for entry, _ in asked], "--cold-gets", "0")
    assert cloud.cached() == 0
