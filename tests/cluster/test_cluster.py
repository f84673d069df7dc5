"""Batches of a real AIStore, each sample compared with a plain GET by curl."""

import base64
import json
import subprocess
import tarfile

import pytest
from conftest import AISLE, ENDPOINT, Bucket, content, sha256

MODES = ["stream", "multipart"]


def entries_of(filled, names):
    return [{"bucket": filled.bucket.uri, "object": name} for name in names]


def delivered(report, payloads):
    assert [(line["status"], line.get("error")) for line in report] == [("delivered", None)] * len(payloads)
    assert [(line["size"], line["sha256"]) for line in report] == [(len(p), sha256(p)) for p in payloads]


@pytest.mark.parametrize("mode", MODES)
def test_files_of_all_sizes_and_names_equal_plain_gets(filled, fetch, mode):
    names = [name for name in filled.files if not name.startswith("many/")]
    code, report = fetch(entries_of(filled, names), "--mode", mode)
    assert code == 0
    delivered(report, [filled.bucket.get(name) for name in names])
    delivered(report, [filled.files[name] for name in names])


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("batch, in_flight", [(1, "auto"), (7, "8"), (128, "32"), (128, "auto"), (1000, "2")])
def test_many_batches_in_flight_come_in_order(filled, fetch, mode, batch, in_flight):
    names = [f"many/{i:04}" for i in range(400)] * 5
    code, report = fetch(entries_of(filled, names), "--batch", str(batch), "--in-flight", in_flight, "--mode", mode)
    assert code == 0
    delivered(report, [filled.files[name] for name in names])


@pytest.mark.parametrize("mode", MODES)
def test_members_of_shards_equal_plain_gets_with_archpath(filled, fetch, mode):
    entries = [{"bucket": filled.bucket.uri, "object": shard, "archpath": name,
                "opaque": base64.b64encode(f"{shard}:{name}".encode()).decode()}
               for shard in filled.shards for name in filled.members]
    code, report = fetch(entries, "--mode", mode)
    assert code == 0
    delivered(report, [filled.members[e["archpath"]] for e in entries])
    delivered(report, [filled.bucket.get(e["object"], archpath=e["archpath"]) for e in entries])
    for line, entry in zip(report, entries):
        assert (line["archpath"], line["opaque"]) == (entry["archpath"], entry["opaque"])


@pytest.mark.parametrize("mode", MODES)
def test_whole_shards_and_their_members_in_one_batch(filled, fetch, mode):
    entries, payloads = [], []
    for shard, data in filled.shards.items():
        entries += [{"bucket": filled.bucket.uri, "object": shard},
                    {"bucket": filled.bucket.uri, "object": shard, "archpath": "m/3.jpg"}]
        payloads += [data, filled.members["m/3.jpg"]]
    code, report = fetch(entries, "--mode", mode)
    assert code == 0
    delivered(report, payloads)


@pytest.mark.parametrize("mode", MODES)
def test_ranges_of_objects_and_members(filled, fetch, mode):
    big = filled.files["size-1048577"]
    member = filled.members["m/7.jpg"]
    ranges = [(0, 1), (0, 4096), (1, 1), (1023, 4097), (1_000_000, 48_577), (1_048_576, 1), (5, -1), (1_048_576, -1)]
    entries = [{"bucket": filled.bucket.uri, "object": "size-1048577", "start": s, "length": n} for s, n in ranges]
    payloads = [big[s:] if n < 0 else big[s:s + n] for s, n in ranges]
    for s, n in [(0, 10), (100, 512), (20_999, 1), (7, -1)]:
        entries.append({"bucket": filled.bucket.uri, "object": "shard-ustar.tar", "archpath": "m/7.jpg", "start": s,
                        "length": n})
        payloads.append(member[s:] if n < 0 else member[s:s + n])
    code, report = fetch(entries, "--mode", mode)
    assert code == 0
    delivered(report, payloads)


@pytest.mark.parametrize("mode", MODES)
def test_missing_objects_and_members_are_missing_and_the_rest_arrives(filled, fetch, mode):
    # Few enough in a batch to stay under the server's limit on soft errors.
    for kind, missing in enumerate([{"object": "no-such-object"}, {"object": "no-such-shard.tar", "archpath": "x"},
                                    {"object": "shard-gnu.tar", "archpath": "no/such/member"}]):
        entries, expected = [], []
        for i in range(24):
            if i % 6 == kind:
                entries.append({"bucket": filled.bucket.uri} | missing | {"opaque": "bQ=="})
                expected.append(("missing", 0))
            else:
                name = f"many/{i:04}"
                entries.append({"bucket": filled.bucket.uri, "object": name})
                expected.append(("delivered", len(filled.files[name])))
        code, report = fetch(entries, "--mode", mode)
        assert [(line["status"], line["size"]) for line in report] == expected
        assert code == 3
        assert all(("error" in line) == (line["status"] == "missing") for line in report)


@pytest.mark.parametrize("mode", MODES)
def test_empty_objects_beside_missing_ones(filled, fetch, mode):
    names = ["size-0", "gone-1", "size-0", "gone-2", "size-0"]
    code, report = fetch(entries_of(filled, names), "--mode", mode)
    assert code == 3
    assert [line["status"] for line in report] == ["delivered", "missing", "delivered", "missing", "delivered"]
    assert all(line["sha256"] == sha256(b"") for line in report if line["status"] == "delivered")


def test_the_same_object_many_times(filled, fetch):
    code, report = fetch(entries_of(filled, ["size-10240"] * 300), "--batch", "100")
    assert code == 0
    delivered(report, [filled.files["size-10240"]] * 300)


def test_entries_of_two_buckets_in_one_batch(filled, fetch):
    other = Bucket()
    try:
        other.put("size-513", b"of the other bucket")
        entries = entries_of(filled, ["size-513"]) + [{"bucket": other.uri, "object": "size-513"}]
        code, report = fetch(entries * 10)
        assert code == 0
        delivered(report, [filled.files["size-513"], b"of the other bucket"] * 10)
    finally:
        other.destroy()


@pytest.mark.parametrize("at", [0, 3])
def test_a_bucket_that_does_not_exist_fails_its_own_entries_alone(filled, fetch, at):
    entries = entries_of(filled, ["size-10240"] * 6)
    nowhere = {"bucket": "ais://aisle-test-nowhere", "object": "x"}
    code, report = fetch([*entries[:at], nowhere, *entries[at:], nowhere])
    assert code == 1
    failed = [line["status"] == "failed" for line in report]
    assert failed == [i in (at, 7) for i in range(8)]
    delivered([line for line, bad in zip(report, failed) if not bad], [filled.files["size-10240"]] * 6)


def test_a_bucket_that_does_not_exist_fails_with_the_servers_words(filled, fetch):
    code, report = fetch([{"bucket": "ais://aisle-test-nowhere", "object": "x"}])
    assert code == 1
    assert report[0]["status"] == "failed" and "404" in report[0]["error"]


def test_files_on_disk_and_archives_equal_what_was_put(filled, tmp_path):
    lines = "".join(json.dumps(e) + "\n" for e in entries_of(filled, filled.files)).encode()
    subprocess.run([AISLE, "get", "--input", "-", "--out", tmp_path / "out"], input=lines, check=True)
    root = tmp_path / "out" / filled.bucket.name
    assert {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()} == filled.files
    with open(tmp_path / "x.tar", "wb") as out:
        subprocess.run([AISLE, "get", "--input", "-", "--tar", "-"], input=lines, stdout=out, check=True)
    with tarfile.open(tmp_path / "x.tar") as archive:
        read = {m.name.split("/", 1)[1]: archive.extractfile(m).read() for m in archive}
    assert read == filled.files


def test_an_interrupted_run_leaves_the_cluster_well(filled, fetch, tmp_path):
    names = ["size-8388608"] * 200
    lines = "".join(json.dumps(e) + "\n" for e in entries_of(filled, names)).encode()
    get = subprocess.Popen([AISLE, "get", "--input", "-", "--report", "-", "--batch", "20"], stdin=subprocess.PIPE,
                           stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    get.stdin.write(lines)
    get.stdin.flush()  # stays open, so that the run cannot end before the signal
    assert json.loads(get.stdout.readline())["status"] == "delivered"
    get.terminate()
    get.stdout.read()
    assert get.wait(timeout=60) == 130
    get.stdin.close()
    get.stdout.close()
    code, report = fetch(entries_of(filled, ["size-513"] * 10))
    assert code == 0
    delivered(report, [filled.files["size-513"]] * 10)


def test_bench_lists_and_fetches_the_bucket(filled):
    done = subprocess.run([AISLE, "bench", "--bucket", filled.bucket.uri, "--order", "listed", "--batch",
                           str(len(filled.files) + len(filled.shards)), "--batches", "1", "--json"],
                          capture_output=True, check=True)
    put = sum(map(len, filled.files.values())) + sum(map(len, filled.shards.values()))
    assert json.loads(done.stdout)["bytes"] == put


def test_the_targets_own_counters_cover_a_bench(filled):
    """They include other clients of the cluster, so only the least that they can be is known."""
    for _ in range(5):  # they are not known, or only in part, if a poll takes more than two seconds
        done = subprocess.run([AISLE, "bench", "--bucket", filled.bucket.uri, "--batch", "16", "--batches", "20",
                               "--in-flight", "4", "--cluster-metrics", "--json"], capture_output=True, check=True)
        figures = json.loads(done.stdout)
        cluster = figures["cluster"]
        if cluster["known"] and cluster["seconds"] >= figures["seconds"]:
            break
    assert cluster["known"], cluster
    assert cluster["batches"] > 0 and cluster["objects"] > 0 and cluster["object_bytes"] > 0
    assert {t["name"] for t in figures["targets"]} <= {t["name"] for t in cluster["targets"]}


def test_objects_put_while_fetching_do_not_disturb(filled, fetch):
    names = [f"many/{i:04}" for i in range(400)]
    filled.bucket.put_all({f"new/{i}": content(f"new{i}", 5000) for i in range(50)})
    code, report = fetch(entries_of(filled, names + [f"new/{i}" for i in range(50)]), "--batch", "32")
    assert code == 0
    delivered(report, [filled.files[n] for n in names] + [content(f"new{i}", 5000) for i in range(50)])
