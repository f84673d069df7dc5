#!/usr/bin/env python3
"""Fail when a room includes what it must not know, or a source file outgrows its concept.

Arrows go one way: cli, python, playground, tests -> engine -> {http, codec} -> base. The build links rooms that way already;
this also catches what the compiler cannot see, such as Asio on the system path being included by codec.
"""

import re
import sys
from pathlib import Path

LINE_CEILING = 400

# Room -> patterns of includes it may use besides the C++ standard library's.
SYSTEM = r"(sys|linux|netinet|arpa|unistd|fcntl|signal|poll|endian|emmintrin|immintrin|pthread)[/.\w]*|unistd\.h"
BASE = r"aisle/(errc|error|fork_generation|large_memory|receive_buffer|result|segments|slab|slice)\.hpp"
CODEC = r"aisle/codec/\w+\.hpp"
HTTP = r"aisle/http/\w+\.hpp"
ENGINE = r"aisle/\w+\.hpp"
ALLOWED = {
    "base": [BASE, r"boost/system/.*", r"pthread\.h", r"sys/mman\.h"],
    "codec": [BASE, CODEC, r"simdjson\.h", r"emmintrin\.h", r"(zlib|lz4frame|zstd|zstd_errors|xxhash)\.h",
              r"isa-l/(crc|crc64|igzip_lib)\.h", r"openssl/(err|evp)\.h", r"boost/(system|endian)/.*"],
    "http": [BASE, HTTP, r"openssl/(bio|err|ssl|x509_vfy|x509v3)\.h", r"boost/(asio|beast|url|system|core|intrusive)(/.*|\.hpp)", SYSTEM],
    "engine": [BASE, CODEC, HTTP, ENGINE, r"boost/(asio|system|core)(/.*|\.hpp)", r"boost/histogram/.*", r"cxxabi\.h",
               r"pthread\.h", SYSTEM],
    "playground": [BASE, CODEC, r"aisle/http/(url|message)\.hpp", r"aisle/playground/\w+\.hpp",
                   r"boost/(asio|system)(/.*|\.hpp)", r"simdjson\.h", r"linux/openat2\.h", r"openssl/ssl\.h", SYSTEM],
    # Of the inner rooms only what the command has use of for itself: --tar, and --report with sums.
    "cli": [BASE, ENGINE, r"aisle/codec/(archive_format|base64|checksum|tar_writer)\.hpp",
            r"aisle/playground/\w+\.hpp", r"CLI/CLI\.hpp",
            r"simdjson\.h", SYSTEM],
    # The libraries only for their versions, which build_info() tells.
    "python": [BASE, ENGINE, r"nanobind/.*\.h", r"simdjson\.h", r"(zlib|lz4|zstd|xxhash|isa-l)\.h", r"openssl/crypto\.h",
               r"boost/version\.hpp", SYSTEM],
}
# Public headers of the engine must not show how it works inside.
PUBLIC = [BASE, ENGINE, r"boost/system/.*"]
PUBLIC_WITH_ASIO = {"async.hpp", "async_bucket.hpp", "engine_on.hpp", "post_surely.hpp"}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
STANDARD = re.compile(r"[a-z_]+")


def offences(root: Path):
    for room, allowed in ALLOWED.items():
        for path in sorted((root / room).rglob("*.[ch]pp")):
            public = room == "engine" and "include" in path.parts
            patterns = PUBLIC if public and path.name not in PUBLIC_WITH_ASIO else allowed
            lines = path.read_text().splitlines()
            if len(lines) > LINE_CEILING:
                yield f"{path.relative_to(root)}: {len(lines)} lines, the ceiling is {LINE_CEILING}"
            for number, line in enumerate(lines, 1):
                match = INCLUDE.match(line)
                if not match:
                    continue
                quote, name = match.groups()
                if quote == '"':
                    if not (path.parent / name).exists():
                        yield f'{path.relative_to(root)}:{number}: "{name}" is not beside the file'
                elif not STANDARD.fullmatch(name) and not any(re.fullmatch(p, name) for p in patterns):
                    yield f"{path.relative_to(root)}:{number}: {room} must not include <{name}>"


def main() -> int:
    found = list(offences(Path(sys.argv[1] if len(sys.argv) > 1 else ".")))
    for line in found:
        print(line, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
