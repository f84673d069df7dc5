"""Error messages: each says what happened, where, and what to do; docs/errors.md lists all of them."""

import contextlib
import io
import json
import re
import tarfile
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from conftest import lines, report_of, run
from listener import Listener

REPOSITORY = Path(__file__).resolve().parents[2]
DOCUMENT = (REPOSITORY / "docs/errors.md").read_text()


def rows(section):
    """The rows of the table in a section, as lists of cells."""
    text = re.search(rf"^## {section}$(.*?)(?=^## |\Z)", DOCUMENT, re.M | re.S).group(1)
    table = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in text.splitlines() if line[:1] == "|"]
    return table[2:]


CODES = {row[0].strip("`"): row for section in ("Usage", "Connection", "HTTP", "Response to a batch")
         for row in rows(section)}


def test_the_document_lists_every_error_code():
    header = (REPOSITORY / "base/include/aisle/errc.hpp").read_text()
    enumerators = re.search(r"enum class errc \{(.*?)\};", header, re.S).group(1)
    names = re.findall(r"^    (\w+)(?: = \d+)?,?", enumerators, re.M)
    assert len(names) > 30 and list(CODES) and set(CODES) == set(names)
    for code, row in CODES.items():
        assert len(row) == 4 and all(row), f"{code} has a meaning, a cause and a remedy"


# Errors with a code: provoked by a proxy that sends what a test gives.


class Proxy(Listener):
    """Responds to each request with the same bytes, then closes the connection, unless `stalls`."""

    def __init__(self, response, stalls=False):
        self.response, self.stalls = response, stalls
        super().__init__()

    def serve(self, connection):
        with contextlib.suppress(OSError), connection:
            connection.recv(65536)
            connection.sendall(self.response)
            if self.stalls:
                time.sleep(60)


def http(body=b"", status="200 OK", kind="application/x-tar", **fields):
    fields = {"Content-Type": kind, "Content-Length": len(body)} | {k.replace("_", "-"): v for k, v in fields.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value is not None)
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body


def tar(**members):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, size in members.items():
            member = tarfile.TarInfo(f"b/{name}")
            member.size = size
            archive.addfile(member, io.BytesIO(b"x" * size))
    return out.getvalue()


def multipart(metadata, archive, end=b"\r\n--B--\r\n"):
    parts = (b'--B\r\nContent-Disposition: form-data; name="metadata"\r\n\r\n' + metadata +
             b'\r\n--B\r\nContent-Disposition: form-data; name="archive"\r\n\r\n' + archive + end)
    return http(parts, kind="multipart/mixed; boundary=B")


def refusal(status, message="denied"):
    return http(json.dumps({"message": message, "status": int(status[:3])}).encode(), status, "application/json")


GOOD = tar(one=10, two=20)
OUT = [{"objname": "one", "bucket": "b", "provider": "ais", "size": 10},
       {"objname": "two", "bucket": "b", "provider": "ais", "size": 20}]
METADATA = json.dumps({"uuid": "u", "out": OUT}).encode()
STALLS = True

PROVOKED = [  # code, words of the message, response, options
    ("connection_lost", "closed", b"", ()),
    ("first_byte_timeout", "in time", (b"", STALLS), ("--proxy-timeout", "500ms")),
    ("idle_timeout", "stalled", (http(GOOD)[:700], STALLS), ("--idle-timeout", "500ms")),
    ("bad_http", "", b"SSH-2.0-OpenSSH_9.2\r\n\r\n", ()),
    ("truncated_body", "", http(GOOD)[:1540 - len(GOOD)], ()),  # within the second payload
    ("content_encoding", "gzip", http(GOOD, Content_Encoding="gzip"), ()),
    ("unframed_body", "", http(GOOD, Content_Length=None), ()),
    ("bad_redirect", "Location", http(status="307 Temporary Redirect"), ()),
    ("map_unavailable", "10.255.255.1", http(status="307 Temporary Redirect", Location="http://10.255.255.1:8081/v1/x"),
     ()),
    ("server_error", "HTTP 401", refusal("401 Unauthorized"), ()),
    ("server_error", "HTTP 403", refusal("403 Forbidden"), ()),
    ("server_error", "HTTP 404", refusal("404 Not Found", "bucket does not exist"), ()),
    ("server_error", "HTTP 429", refusal("429 Too Many Requests"), ()),
    ("server_error", "HTTP 500", refusal("500 Internal Server Error"), ()),
    ("server_error", "HTTP 503", refusal("503 Service Unavailable"), ()),
    ("wrong_content_type", "text/html", http(b"<html>", kind="text/html"), ()),
    ("bad_multipart", "", multipart(METADATA, GOOD).replace(b'name="archive"', b'name="another"'),
     ("--mode", "multipart")),
    ("truncated_multipart", "", http(b"no boundary\r\n" * 20, kind="multipart/mixed; boundary=B"),
     ("--mode", "multipart")),
    ("bad_metadata", "", multipart(b"{]", GOOD), ("--mode", "multipart")),
    ("metadata_mismatch", "", multipart(METADATA.replace(b"20", b"21"), GOOD), ("--mode", "multipart")),
    ("bad_archive", "", http(b"\x01" * 2048), ()),
    ("truncated_archive", "", http(GOOD[:1500]), ()),
    ("limit_exceeded", "4000 bytes", http(tar(one=10, two=5000)), ("--max-sample", "4000")),
    ("short_batch", "", http(tar(one=10)), ()),
    ("wrong_member", "", http(tar(one=10, other=20)), ()),
    ("wrong_size", "20", http(GOOD), {"size": 19}),
    ("wrong_checksum", "", http(GOOD), {"checksum": "md5:" + "0" * 32}),
]


@pytest.mark.parametrize("code, words, response, options", PROVOKED, ids=[f"{p[0]}-{p[1]}" for p in PROVOKED])
def test_errors_with_a_code(tmp_path, code, words, response, options):
    proxy = Proxy(*response) if isinstance(response, tuple) else Proxy(response)
    keys = options if isinstance(options, dict) else {}
    extra = () if keys else options
    patient = () if "--proxy-timeout" in extra else ("--proxy-timeout", "60s")
    one_batch = tmp_path / "entries"  # a file does not pause, so it is not divided on a busy machine
    one_batch.write_bytes(
        lines({"bucket": "ais://b", "object": "one"}, {"bucket": "ais://b", "object": "two"} | keys))
    done = run("get", "--input", one_batch, "--report", "-", "--attempts", "1", "--reach-within", "300ms",
               "--no-hedging", *patient, *extra, endpoint=proxy.endpoint)
    assert done.returncode == 1, done.stderr
    last = report_of(done.stdout)[-1]
    assert (last["status"], last["code"]) == ("failed", code), last
    # What happened, and where.
    assert re.search(r": .* \((connect|request|redirect|response|multipart|metadata|archive|payload|assemble)\b[^()]*\)",
                     last["error"]), last["error"]
    assert words in last["error"]
    # What to do.
    assert last["error"] in done.stderr and "\naisle: what to do: " in done.stderr, done.stderr


# Errors without one: the command's own messages.


MESSAGES = {row[0].strip("`"): row[1] for row in rows("Messages of the command")}


def pattern(message):
    """The regular expression for a message of the document, where words in capitals stand for something."""
    return "(?m)^aisle: " + re.sub(r"\b[A-Z]{3,}\b|\bN\b", ".+", re.escape(message)) + "$"


def has_a_code(words):
    """The message of an error with a code starts with the code's meaning; CODES has these."""
    meanings = re.findall(r'{errc::\w+, "\w+", "(.+?)"}', (REPOSITORY / "base/src/errc.cpp").read_text())
    return any(re.search(rf"(?m)^aisle: (entry \d+ failed: \S+: )?{re.escape(m)}: ", words) for m in meanings)


def commands(folder, port_in_use):
    """What provokes each of them: arguments, standard input."""
    (folder / "list").write_bytes(lines({"bucket": "ais://b", "object": "x"}))
    (folder / "empty").mkdir()
    (folder / "full").symlink_to("/dev/full")
    one = ("get", "ais://files/size-1")
    discarded = ("get", "--bucket", "ais://files", "--discard")
    from_list = ("get", "--input", folder / "list")
    bad = ("get", "--input", "-", "--discard")
    return [
        (("get", "--discard"), None),
        (one, None),
        ((*one, "--input", "-", "--discard"), None),
        ((*one, "--discard", "--tar", "x.tar"), None),
        ((*one, "--discard", "--sha256"), None),
        ((*one, "--tar", "-", "--report", "-"), None),
        ((*one, "--tar", "x.tar", "--report", "x.tar"), None),
        ((*one, "--tar", "x.tar", "--resume", "r"), None),
        ((*one, "--report", "s", "--resume", "r"), None),
        ((*one, "--resume", "-"), None),
        ((*one, "--discard", "--resume", folder / "list"), None),
        (("get", "size-1", "--discard"), None),
        (("get", "ais://files/", "--discard"), None),
        (("ls", "files"), None),
        (("put", folder / "list"), None),
        ((*from_list, "--tar", folder / "list"), None),
        (("get", "--input", folder / "none", "--discard"), None),
        (bad, b"{"),
        (bad, b"[]"),
        (bad, b'{"bucket": "ais://b"}'),
        (bad, b'{"object": "x"}'),
        (bad, b'{"bucket": "ais://b", "object": "x", "archive": "y"}'),
        (bad, b'{"bucket": "ais://b", "object": "x", "start": "1"}'),
        (bad, b'{"bucket": "ais://b", "object": "x", "object": "y"}'),
        (bad, b'{"bucket": "ais://b", "object": "x", "opaque": "?"}'),
        ((*discarded, "size-1", "--report", "full"), None),
        ((*discarded, "size-1", "--log", folder / "none/log"), None),
        ((*discarded, "--prefix", "none"), None),
        (("get", "--bucket", "ais://files", "--prefix", "", "--out", folder / "list"), None),
        (("put", folder / "none", "ais://files"), None),
        (("put", folder / "empty", "ais://files"), None),
        (("put", folder / "list", folder / "list", "ais://files"), None),
        (("bench", "--bucket", "ais://nowhere"), None),
        (("bench", "--bucket", "ais://files", "--ui", port_in_use), None),
        (("stress", "--bucket", "ais://files", "--samples", "1"), None),
        (("man", "fetch"), None),
        (("man", "--all", folder / "list/man1"), None),
        (("get", "ais://files/size-1", "--discard", "--endpoint", "localhost:8080"), None),
        (("get", "ais://files/size-1", "--discard", "--endpoint", "http://localhost:1/x"), None),
        (("get", "ais://files/size-1", "--discard", "--deadline", "50ms", "--endpoint", "http://127.0.0.1:9"), None),
    ]


def test_messages_of_the_command(endpoint, tmp_path):
    seen = []
    for arguments, stdin in commands(tmp_path, urlsplit(endpoint).port):
        done = run(*arguments, endpoint=endpoint, stdin=stdin or b"", cwd=tmp_path)
        assert done.returncode != 0, arguments
        found = [message for message in MESSAGES if re.search(pattern(message), done.stderr)]
        assert found or has_a_code(done.stderr), f"{arguments} prints a message that docs/errors.md does not list:\n{done.stderr}"
        seen += found
    assert not set(MESSAGES) - set(seen), "the document lists messages that nothing provokes"
    assert all(MESSAGES.values()), "each message has a remedy"
