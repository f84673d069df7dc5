#!/usr/bin/env python3
"""Fail if a module includes a header that it must not depend on, or a source file is too long.

Arrows go one way: cli, python, capi, playground, tests -> engine -> {http, codec} -> base. The build links modules that way
already; this also catches what the compiler cannot see, such as Asio on the system path being included by codec.
"""

import re
import sys
from pathlib import Path

LINE_CEILING = 400

# Module -> patterns of includes that it may use besides the C++ standard library's.
SYSTEM = r"(sys|linux|netinet|arpa|unistd|fcntl|signal|poll|endian|emmintrin|immintrin|pthread)[/.\w]*|unistd\.h"
BASE = (r"aisle/((arena|errc|error|fork_generation|large_memory|receive_buffer|recycler|result|segments|slab|slice|version)"
        r"\.hpp|export\.h|version\.h)")
# What the modules share and users do not see.
SHARED = r"aisle/base/\w+\.hpp"
CODEC = r"aisle/codec/(\w+/)?\w+\.hpp"
HTTP = r"aisle/http/\w+\.hpp"
ENGINE = r"aisle/(detail/)?\w+\.hpp"
ALLOWED = {
    "base": [BASE, SHARED, r"boost/system/.*", r"pthread\.h", r"sys/mman\.h", r"unistd\.h"],
    "codec": [BASE, SHARED, CODEC, r"simdjson\.h", r"emmintrin\.h", r"(zlib|lz4frame|zstd|zstd_errors|xxhash)\.h",
              r"isa-l/(crc|crc64|igzip_lib)\.h", r"openssl/(err|evp)\.h", r"boost/(system|endian)/.*"],
    "http": [BASE, SHARED, HTTP, r"openssl/(bio|err|ssl|x509_vfy|x509v3)\.h", r"boost/(asio|beast|url|system|core|intrusive)(/.*|\.hpp)", SYSTEM],
    "engine": [BASE, SHARED, CODEC, HTTP, ENGINE, r"boost/(asio|system|core)(/.*|\.hpp)", r"boost/histogram/.*", r"cxxabi\.h",
               r"pthread\.h", SYSTEM],
    "playground": [BASE, SHARED, CODEC, r"aisle/http/(url|message)\.hpp", r"aisle/playground/\w+\.hpp",
                   r"boost/(asio|system)(/.*|\.hpp)", r"simdjson\.h", r"linux/openat2\.h", r"openssl/ssl\.h", SYSTEM],
    # Of the inner modules only what the command itself needs: --tar, --report with sums, and `check`, which asks single nodes.
    # Asio and Beast are for the server of the live page.
    "cli": [BASE, SHARED, ENGINE, r"aisle/codec/(archive_format|base64|checksum/checksum|json/(cluster_map|get_batch)|tar/tar_writer)\.hpp",
            r"aisle/http/(client|url)\.hpp", r"boost/(asio|beast)/.*",
            r"aisle/playground/\w+\.hpp", r"CLI/CLI\.hpp",
            r"simdjson\.h", SYSTEM],
    # The C API uses only the public headers of the library.
    "capi": [BASE, ENGINE, r"aisle\.h", r"boost/system/.*"],
    # The libraries only for their versions, which build_info() tells.
    "python": [BASE, SHARED, ENGINE, r"nanobind/.*\.h", r"simdjson\.h", r"(zlib|lz4|zstd|xxhash|isa-l)\.h",
               r"openssl/crypto\.h", r"boost/version\.hpp", SYSTEM],
}
# Public headers of the engine must not show how it works inside.
PUBLIC = [BASE, ENGINE, r"boost/system/.*"]
# C compilers read the header of the C API.
C_HEADER = [r"std(def|int)\.h", r"aisle/(export|version)\.h"]
PUBLIC_WITH_ASIO = {"async.hpp", "async_bucket.hpp", "engine_on.hpp", "post_surely.hpp"}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
STANDARD = re.compile(r"[a-z_]+")


def patterns_for(module: str, path: Path, allowed: list[str]) -> list[str]:
    if "include" in path.parts and module == "capi":
        return C_HEADER
    if "include" in path.parts and module == "engine" and path.name not in PUBLIC_WITH_ASIO:
        return PUBLIC
    return allowed


def offences(root: Path):
    for module, allowed in ALLOWED.items():
        for path in sorted((root / module).rglob("*")):
            if path.suffix not in {".cpp", ".hpp", ".h"}:
                continue
            patterns = patterns_for(module, path, allowed)
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
                    yield f"{path.relative_to(root)}:{number}: {module} must not include <{name}>"


def main() -> int:
    found = list(offences(Path(sys.argv[1] if len(sys.argv) > 1 else ".")))
    for line in found:
        print(line, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
