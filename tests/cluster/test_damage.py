"""Damaged shards, and content that deceives: never taken for good where a size or checksum is known, or framing tells.

What AIStore sends of a damaged shard is often a well-formed answer, and nothing but an expected size or checksum tells:
a flipped bit in a tar, tgz or lz4 shard; in a zip shard where another target sends the member, or where it is the last
of its batch; a cut member that is the last of its batch, as zip.
"""

import subprocess
import tarfile
import zipfile
import zlib

import pytest
import shards
from conftest import SIDES, absent, content, refused, sha256
from matrix import FORMATS, MODES

BIG = content("the large member", 20_000)
MEMBERS = {"a.txt": b"first", "big.bin": BIG, "z.txt": b"last"}


def flipped(data, at):
    return data[:at] + bytes([data[at] ^ 0x55]) + data[at + 1:]


def damaged_shards():
    tar = shards.tar(MEMBERS)
    at = tar.index(BIG[:64])
    tgz = shards.compressed(".tgz", tar)
    lz4 = shards.compressed(".tar.lz4", tar)
    flat = shards.zipped(MEMBERS, zipfile.ZIP_STORED)
    flat_at = flat.index(BIG[:64])
    return {
        "tar cut in the member": (".tar", tar[:at + 8000]),
        "tar with a spoilt header": (".tar", flipped(tar, at - 512 + 150)),
        "tgz cut in the member": (".tgz", tgz[:8000]),
        "tgz that is none": (".tgz", tar),
        "zip cut": (".zip", flat[:flat_at + 8000]),
        "zip with a flipped bit": (".zip", flipped(flat, flat_at + 8000)),
        "lz4 cut in the member": (".tar.lz4", lz4[:8000]),
        "lz4 with a spoilt block": (".tar.lz4", flipped(lz4, 8)),
        "text named tar": (".tar", b"no archive at all\n" * 100),
    }


DAMAGED = damaged_shards()
# The server finds these on its way through the member, after it has sent the head and some data.
FOUND_LATE = {"tar cut in the member", "tgz cut in the member", "zip with a flipped bit"}


@pytest.fixture(scope="module")
def damaged(placed):
    return {name: placed.put("local", "damaged", data, suffix) for name, (suffix, data) in DAMAGED.items()}


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return f"crc32c:{crc ^ 0xFFFFFFFF:08x}"


@pytest.mark.parametrize("place", ["last", "between"])
@pytest.mark.parametrize("mode, form", [("multipart", ".tar"), *(("stream", form) for form in FORMATS[:4])])
@pytest.mark.parametrize("what", DAMAGED)
def test_no_byte_of_a_damaged_member_is_taken_for_good_when_its_checksum_is_known(
        placed, damaged, fetch, what, mode, form, place):
    bad = placed.entry(damaged[what], archpath="big.bin", size=len(BIG), checksum="sha256:" + sha256(BIG))
    entries = placed.around(bad) if place == "between" else placed.around()[:4] + [bad]
    at = entries.index(bad)
    code, report = fetch(entries, "--coloc", "1", "--mode", mode, "--format", form)
    assert code == 1
    assert report[at]["status"] == "failed" and report[at]["code"] and report[at]["size"] == 0
    assert all(placed.correct(line) for line in report[:at] + report[at + 1:])


@pytest.mark.parametrize("place", ["last", "between"])
@pytest.mark.parametrize("form", FORMATS[:4])
@pytest.mark.parametrize("what", ["tar cut in the member", "tgz cut in the member"])
def test_a_cut_member_is_found_by_its_size(placed, damaged, fetch, what, form, place):
    # As zip it comes with a checksum that fits what is left of it, and, being the last, with nothing else amiss.
    bad = placed.entry(damaged[what], archpath="big.bin", size=len(BIG))
    entries = placed.around(bad) if place == "between" else placed.around()[:4] + [bad]
    at = entries.index(bad)
    code, report = fetch(entries, "--coloc", "1", "--format", form)
    assert code == 1
    assert report[at]["status"] == "failed" and report[at]["code"]
    assert all(placed.correct(line) for line in report[:at] + report[at + 1:])


@pytest.mark.parametrize("form", FORMATS[:4])
@pytest.mark.parametrize("what", sorted(FOUND_LATE))
def test_the_last_member_of_a_short_answer_is_not_taken_for_good(placed, damaged, fetch, what, form):
    # The server gave up within this member, or at its end, and closed the archive: as zip with a checksum of what it
    # had sent. A member that is sent whole, though zip's checksum of it was wrong, cannot be told from others: as tar at
    # once, as zip when it is asked for again and a target sends it that does not own it and so compares nothing.
    entries = placed.around(placed.entry(damaged[what], archpath="big.bin"))
    code, report = fetch(entries, "--coloc", "1", "--format", form)
    assert all(placed.correct(line) for line in report[:2] + report[3:])
    if what != "zip with a flipped bit":
        assert code == 1
        assert report[2]["status"] == "failed"


@pytest.mark.parametrize("sum_of", ["sha256", "md5", "xxhash2", "crc32c"])
@pytest.mark.parametrize("kind", shards.KINDS)
@pytest.mark.parametrize("side", SIDES)
def test_a_flipped_bit_in_a_shard_is_found_by_any_checksum(placed, fetch, side, kind, sum_of):
    # AIStore compares no checksum of a shard but zip's, and ends the answer behind the member; where another target
    # sends the member, not even that. A server that compares more has its own way to refuse.
    sound = shards.shard(kind, MEMBERS)
    name = placed.put(side, "flipped", flipped(sound, len(sound) // 2), kind)
    whole = placed.put(side, "whole", sound, kind)
    if sum_of == "crc32c":
        known = crc32c(BIG)
    elif sum_of == "xxhash2":
        known = "xxhash2:5e8ebe22144c636e"  # as AIStore has it of BIG
    else:
        known = subprocess.run([sum_of + "sum"], input=BIG, capture_output=True, check=True).stdout.split()[0].decode()
        known = f"{sum_of}:{known}"
    wanted = {"archpath": "big.bin", "checksum": known}
    code, report = fetch(placed.around(placed.entry(name, **wanted), placed.entry(whole, **wanted)), "--coloc", "1")
    assert code in (1, 3)
    assert all(placed.correct(line) for line in report[:2])
    assert refused(report[2], "wrong_checksum") or (kind not in (".tar", ".tgz") and
                                                    (report[2]["status"] == "failed" or absent(report[2])))
    assert report[3]["status"] == "delivered" and report[3]["sha256"] == sha256(BIG)
    assert all(placed.correct(line) for line in report[4:])


@pytest.mark.parametrize("what", ["tar with a spoilt header", "tgz that is none", "zip cut", "lz4 cut in the member"])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("side", SIDES)
def test_an_entry_of_an_unreadable_shard_fails_with_its_owners_words(placed, fetch, side, what, mode):
    # AIStore sends the mark of a missing entry for it where it is forwarded, and ends the answer where it is local.
    suffix, data = DAMAGED[what]
    entries = placed.around(placed.entry(placed.put(side, "damaged", data, suffix), archpath="big.bin"))
    code, report = fetch(entries, "--coloc", "1", "--mode", mode)
    assert code == 1
    assert refused(report[2], "server_error", "truncated_body") and "server says: " in report[2]["error"]
    assert all(placed.correct(line) for line in report[:2] + report[3:])


@pytest.mark.parametrize("side", SIDES)
def test_links_in_a_shard_come_empty_and_are_found_by_their_size(placed, fetch, side):
    kinds = {"a.bin": tarfile.REGTYPE, "soft": tarfile.SYMTYPE, "hard": tarfile.LNKTYPE, "folder": tarfile.DIRTYPE}
    infos = []
    for name, kind in kinds.items():
        info = tarfile.TarInfo(name)
        info.type, info.size = kind, 600 if name == "a.bin" else 0
        info.linkname = "a.bin" if name in ("soft", "hard") else ""
        infos.append(info)
    shard = placed.put(side, "links", shards.tar_of(infos), ".tar")
    names = ["a.bin", "soft", "hard"]
    code, report = fetch(placed.around(*(placed.entry(shard, archpath=name, size=600) for name in names)),
                         "--coloc", "1")
    assert code == 1
    assert (report[2]["status"], report[2]["sha256"]) == ("delivered", sha256(bytes(600)))
    assert refused(report[3], "wrong_size") and refused(report[4], "wrong_size")
    code, report = fetch(placed.around(placed.entry(shard, archpath="folder")), "--coloc", "1")
    assert absent(report[2])


def behind_zip_member(data):
    """What follows a stored member in a zip written without going back, up to the next header's signature."""
    sizes = len(data).to_bytes(4, "little") * 2
    return b"PK\7\x08" + zlib.crc32(data).to_bytes(4, "little") + sizes + b"PK\3\4"


@pytest.mark.parametrize("place", ["last", "between"])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("size_known", [False, True], ids=["any-size", "size-known"])
def test_content_that_pretends_to_end_a_zip_member_is_never_cut_there(placed, fetch, size_known, mode, place):
    begun = content("forged", 300)
    data = begun + behind_zip_member(begun) + bytes(26) + b"more"
    name = placed.put("local", "forged", data)
    entry = placed.entry(name, size=len(data)) if size_known else placed.entry(name)
    entries = placed.around(entry) if place == "between" else placed.around() + [entry]
    code, report = fetch(entries, "--mode", mode, "--format", ".zip")
    line = report[entries.index(entry)]
    assert line["status"] == "failed" or (line["size"], line["sha256"]) == (len(data), sha256(data))
    assert all(placed.correct(line) or line["status"] == "failed" for line in report if line["object"] != name)
