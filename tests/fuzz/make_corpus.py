#!/usr/bin/env python3
"""Make seed inputs for the fuzzers: small archives, and the answers captured from a real cluster (tests/data).

    make_corpus.py FOLDER [--small] [TARGET..]

Writes FOLDER/TARGET/NAME for each; with --small without the captured answers: so corpus/ was made. What stands in front
of an input's bytes (how to cut, what to choose) is said at the top of each fuzz_TARGET.cpp.
"""

import argparse
import gzip
import io
import json
import random
import shutil
import subprocess
import sys
import tarfile
import zipfile
import zlib
from pathlib import Path

DATA = Path(__file__).resolve().parent.parent / "data"
TAR_TYPE = "application/x-tar"


class Answer:
    """A captured answer: as it came, its Content-Type, and its body without chunk lines."""

    def __init__(self, path: Path):
        self.name = path.stem
        self.wire = path.read_bytes()
        fields, self.body = taken_apart(self.wire)
        self.type = fields.get("content-type", "")


def taken_apart(wire: bytes) -> tuple[dict[str, str], bytes]:
    head, rest = wire.split(b"\r\n\r\n", 1)
    fields = {}
    for line in head.decode().split("\r\n")[1:]:
        name, value = line.split(": ", 1)
        fields[name.lower()] = value
    if fields.get("transfer-encoding") != "chunked":
        return fields, rest
    body = b""
    while True:
        line, rest = rest.split(b"\r\n", 1)
        size = int(line, 16)
        if size == 0:
            return fields, body
        body += rest[:size]
        rest = rest[size + 2:]


def asked(number: str) -> str:
    """The entries of a captured answer's request, as fuzz_response reads them."""
    row = next(line for line in (DATA / "README.md").read_text().splitlines() if line.startswith(f"| {number}_"))
    try:
        request = json.loads(row.split("|")[2].strip().strip("`"))
    except json.JSONDecodeError:
        return "s1"
    words = []
    for entry in request["in"]:
        word = entry["objname"].replace(" ", "_")
        if "archpath" in entry:
            word += "+" + entry["archpath"]
        if 0 < entry.get("length", 0) < 10:
            word += f"*{entry['length']}"
        words.append(word)
    return " ".join(words)


def tar_of(members: list[tuple[str, bytes]], form: int = tarfile.PAX_FORMAT, kind: bytes = tarfile.REGTYPE) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as tar:
        for name, content in members:
            member = tarfile.TarInfo(name)
            member.type = kind
            member.linkname = "elsewhere" if kind == tarfile.SYMTYPE else ""
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    whole = out.getvalue().rstrip(b"\0")  # without the padding of a tape record
    return whole + bytes(-len(whole) % 512) + bytes(1024)


def tars() -> dict[str, bytes]:
    members = [("tst-fx/a", b"hello"), ("tst-fx/empty", b""), ("tst-fx/b", b"x" * 300)]
    huge = tarfile.TarInfo("tst-fx/huge")
    huge.size = 9_000_000_000
    return {
        "ustar": tar_of(members, tarfile.USTAR_FORMAT),
        "pax-name": tar_of([("tst-fx/" + "n" * 120, b"pax")]),
        "gnu-name": tar_of([("tst-fx/" + "n" * 120, b"gnu")], tarfile.GNU_FORMAT),
        "prefix": tar_of([("tst-fx/" + "d" * 90 + "/" + "e" * 60, b"prefix")], tarfile.USTAR_FORMAT),
        "folder": tar_of([("folder", b"")], kind=tarfile.DIRTYPE),
        "link": tar_of([("link", b"")], kind=tarfile.SYMTYPE),
        "huge-pax": huge.tobuf(tarfile.PAX_FORMAT),
        "huge-gnu": huge.tobuf(tarfile.GNU_FORMAT),
        "no-end": tar_of(members)[:-512],
        "nothing": tar_of([]),
    }


class Pipe(io.BytesIO):
    """A file that cannot be rewound: sizes then stand behind payloads."""

    def seekable(self) -> bool:
        return False

    def seek(self, *_):
        raise OSError("a pipe")


def zip_of(members: list[tuple[str, bytes]], method: int = zipfile.ZIP_STORED, pipe: bool = False, zip64: bool = False,
           comment: bytes = b"") -> bytes:
    out = Pipe() if pipe else io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members:
            info = zipfile.ZipInfo(name)
            info.compress_type = method
            with archive.open(info, "w", force_zip64=zip64) as member:
                member.write(content)
        archive.comment = comment
    return out.getvalue()


def zips() -> dict[str, bytes]:
    members = [("tst-fx/a", b"hello"), ("tst-fx/empty", b""), ("tst-fx/b", b"x" * 300)]
    return {
        "stored": zip_of(members),
        "stored-pipe": zip_of(members, pipe=True),
        "stored-pipe-64": zip_of(members, pipe=True, zip64=True),
        "deflated": zip_of(members, zipfile.ZIP_DEFLATED),
        "deflated-pipe": zip_of(members, zipfile.ZIP_DEFLATED, pipe=True),
        "commented": zip_of(members[:1], comment=b"PK\5\6 said here"),
        "utf8": zip_of([("tst-fx/\u00fc", b"PK\7\b and PK\3\4")], pipe=True),
        "folder": zip_of([("tst-fx/", b"")]),
        "nothing": zip_of([]),
    }


def filtered(content: bytes, *command: str) -> bytes | None:
    """What a program makes of it; nothing, with a line that says so, where it is missing."""
    if not shutil.which(command[0]):
        print(f"{command[0]} is missing: some seeds are not made", file=sys.stderr)
        return None
    return subprocess.run(command, input=content, capture_output=True, check=True).stdout


def streams(content: bytes) -> dict[str, bytes]:
    """The same content by each compression, and in its several forms; the name begins with the kind."""
    raw = zlib.compressobj(6, zlib.DEFLATED, -15)
    named = io.BytesIO()
    with gzip.GzipFile("name", "wb", 9, named, 0) as file:
        file.write(content)
    made = {
        "gzip": gzip.compress(content, mtime=0),
        "gzip-two": gzip.compress(content[:10], mtime=0) + gzip.compress(content[10:], 0, mtime=0),
        "gzip-name": named.getvalue(),
        "lz4": filtered(content, "lz4", "-q", "--no-frame-crc", "-B4", "-c"),
        "lz4-sums": filtered(content, "lz4", "-q", "-BX", "--content-size", "-c"),
        "lz4-linked": filtered(content, "lz4", "-q", "-BD", "-B4", "-c"),
        "zstd": filtered(content, "zstd", "-q", "-c"),
        "zstd-plain": filtered(content, "zstd", "-q", "-19", "--no-check", "-c"),
        "deflate": raw.compress(content) + raw.flush(),
    }
    made["lz4-two"] = made["lz4"] and made["lz4"] + b"\x50\x2a\x4d\x18\x03\0\0\0abc" + made["lz4-sums"]
    made["zstd-two"] = made["zstd"] and made["zstd"] + b"\x50\x2a\x4d\x18\x03\0\0\0abc" + made["zstd-plain"]
    return {name: stream for name, stream in made.items() if stream}


KINDS = {"gzip": 0, "lz4": 1, "zstd": 2, "deflate": 3}
FORMATS = {"tar": 0, "gzip": 1, "zip": 2, "lz4": 3, "zstd": 4}
TYPES = {"gzip": "application/gzip", "zip": "application/zip", "lz4": "application/x-lz4", "zstd": "application/zstd"}


def multipart_of(metadata: bytes, archive: bytes, boundary: bytes = b"B") -> bytes:
    return (b"--" + boundary + b'\r\nContent-Disposition: form-data; name="metadata"\r\n\r\n' + metadata +
            b"\r\n--" + boundary + b'\r\nContent-Disposition: form-data; name="archive"; filename="f"\r\n'
            b"Content-Type: application/octet-stream\r\n\r\n" + archive + b"\r\n--" + boundary + b"--\r\n")


def metadata_of(*entries: dict) -> bytes:
    return json.dumps({"out": list(entries), "uuid": "job"}).encode() + b"\n"


def make_tar(answers: list[Answer]):
    for name, archive in tars().items():
        yield name, b"\x00\x00" + archive
    yield "foreign", b"\x07\x03" + tars()["ustar"] + b"\r\n--B--"
    for answer in answers:
        if answer.type == TAR_TYPE:
            yield answer.name, b"\x80\x02" + answer.body


def make_multipart(answers: list[Answer]):
    simple = multipart_of(metadata_of(), tars()["nothing"])
    yield "searched", b"\x00\x00multipart/mixed; boundary=B\n" + simple
    yield "raw", b"\x06\x01multipart/mixed; boundary=B\n" + simple
    yield "folded", (b"\x80\x00multipart/form-data; boundary=\"a b\"; x=\"\\\"\"\npreamble\r\n--a b \t\r\n"
                     b"Content-Disposition: form-data;\r\n name=\"one\"\r\n\r\ncontent\r\n--a \r\n\r\n--a b--\r\nepilogue")
    for answer in answers:
        if answer.type.startswith("multipart/"):
            yield answer.name, b"\x81\x03" + answer.type.encode() + b"\n" + answer.body


def make_metadata(answers: list[Answer]):
    one = {"objname": "a\\\u00fc", "bucket": "b", "provider": "ais", "opaque": "AAEC", "size": 3, "archpath": "x"}
    yield "metadata", b"\x00" + metadata_of(one, {"objname": "gone", "err_msg": "does not exist", "size": 0})
    yield "metadata-null", b'\x00{"out":null,"uuid":""}'
    yield "request", b"\x01" + json.dumps({"in": [
        {"objname": "a", "bucket": "b", "provider": "aws", "archpath": "m", "opaque": [1, 2], "start": 5, "length": -1},
        {"objname": "z", "uname": "ais/@#/b/", "opaque": "+/8="}],
        "mime": ".tar", "coer": True, "onob": False, "strm": True}).encode()
    yield "request-cases", b'\x01{"IN":[{"ObjName":"\\u00fc\\ud83d\\ude00"}],"unknown":{"a":[1,null,2.5e3]},"strm":null}'
    for answer in answers:
        if answer.type == "application/json":
            yield answer.name, b"\x02" + answer.body


def make_http_head(answers: list[Answer]):
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    yield "length", b"\x00\x00HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
    yield "chunks", b"\x00\x00" + chunked + b"5;a=b\r\nhello\r\nA\r\n0123456789\r\n0;last\r\nTrailer: x\r\n\r\n"
    yield "empty", b"\x03\x00" + chunked + b"0\r\n\r\n"
    yield "interim", (b"\x80\x00HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"
                      b"HTTP/1.1 200")
    yield "head", b"\x05\x01HTTP/1.0 200 OK\r\nContent-Length: 50\r\nConnection: keep-alive\r\n\r\n"
    for answer in answers:
        yield answer.name, b"\x80\x00" + answer.wire


def make_response(answers: list[Answer]):
    head = b"\x80\x02a empty b\n" + TAR_TYPE.encode() + b"\n"
    for name, archive in tars().items():
        yield name, head + archive
    said = metadata_of({"objname": "a", "size": 5}, {"objname": "no", "size": 0, "err_msg": "no"})
    archive = tar_of([("tst-fx/a", b"hello"), ("__404__/tst-fx/no", b"")], tarfile.USTAR_FORMAT)
    yield "multipart", b"\x09\xe2a no\nmultipart/mixed; boundary=B\n" + multipart_of(said, archive)
    for name, stream in (streams(tars()["ustar"]) | {"zip-" + name: archive for name, archive in zips().items()}).items():
        if (kind := name.split("-")[0]) in TYPES:
            yield name, b"\x83\x46a empty b\n" + TYPES[kind].encode() + b"\n" + stream
    said_b = metadata_of(*({"objname": name, "size": size} for name, size in (("a", 5), ("empty", 0), ("b", 300))))
    for name in ("stored-pipe", "deflated"):
        yield "multipart-" + name, (b"\x09\x62a empty b\nmultipart/mixed; boundary=B\n" +
                                    multipart_of(said_b, zips()[name]))
    yield "multipart-gzip", (b"\x09\x62a empty b\nmultipart/mixed; boundary=B\n" +
                             multipart_of(said_b, gzip.compress(tars()["ustar"], mtime=0)))
    inner = gzip.compress(b"inner inner inner inner", mtime=0)
    yield "decompressed", b"\x09\x66a.gz\n" + TAR_TYPE.encode() + b"\n" + tar_of([("tst-fx/a.gz", inner)])
    yield "expected", b"\x09\x12a=5 a=6 a#0\n" + TAR_TYPE.encode() + b"\n" + tar_of(
        [("a", b"hello"), ("a", b"hello"), ("a", b"")], tarfile.USTAR_FORMAT)
    yield "unsent", b"\x83\x02../x a*5 .. no+m\n" + TAR_TYPE.encode() + b"\n" + archive
    for answer in answers:
        if answer.type.startswith(("application/x-", "application/gzip", "application/zip", "multipart/")):
            yield answer.name, b"\x83\x42" + f"{asked(answer.name[:2])}\n{answer.type}\n".encode() + answer.body


def make_zip(answers: list[Answer]):
    for name, archive in zips().items():
        yield name, b"\x03\x00" + archive
    yield "repaired", b"\x80\x02" + zips()["stored-pipe"]
    yield "told", b"\x80\x06" + zips()["stored-pipe"]
    yield "foreign", b"\x07\x01" + zips()["stored"] + b"\r\n--B--"
    for answer in answers:
        if answer.type == "application/zip":
            yield answer.name, b"\x80\x02" + answer.body


def make_decompress(answers: list[Answer]):
    content = b"some text, some text, some more text " * 20 + bytes(range(64))
    for name, stream in streams(content).items():
        kind = KINDS[name.split("-")[0]]
        yield name, bytes([0x80, 0x18 | kind]) + stream
    yield "gzip-foreign", b"\x02\x84" + streams(content)["gzip"] + b"\r\n--B--"
    for answer in answers:
        if answer.type in ("application/gzip", "application/x-lz4"):
            yield answer.name, bytes([0x81, 0x20 | ("lz4" in answer.type)]) + answer.body


def make_archive_chain(answers: list[Answer]):
    plain = tars()["ustar"]
    for name in ("gzip", "lz4", "zstd"):
        yield f"{name}-made", bytes([0x80, 0x10 | FORMATS[name]]) + plain
    for name, stream in streams(plain).items():
        if (kind := name.split("-")[0]) in FORMATS:
            yield name, bytes([0x05, FORMATS[kind]]) + stream
    yield "tar", b"\x40\x00" + plain
    yield "zip", b"\x40\x02" + zips()["deflated"]
    yield "gzip-foreign", b"\x03\x09" + streams(plain)["gzip"] + b"\r\n--B--"


def make_scheduler(_answers: list[Answer]):
    for seed in range(1, 5):
        yield f"drawn-{seed}", random.Random(seed).randbytes(100 * seed)


TARGETS = {name.removeprefix("make_"): make for name, make in list(globals().items()) if name.startswith("make_")}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("targets", nargs="*", metavar="TARGET")
    parser.add_argument("--small", action="store_true")
    options = parser.parse_args()
    answers = [] if options.small else [Answer(path) for path in sorted(DATA.glob("*.http"))]
    for target in options.targets or TARGETS:
        folder = options.folder / target
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in TARGETS[target](answers):
            (folder / name).write_bytes(content)


if __name__ == "__main__":
    main()
