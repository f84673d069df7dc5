"""Shards, the archives AIStore reads members from, made with tarfile, zipfile, gzip and the lz4 command."""

import gzip
import io
import subprocess
import tarfile
import zipfile

KINDS = [".tar", ".tgz", ".zip", ".tar.lz4"]


def tar(members, form=tarfile.PAX_FORMAT):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form, encoding="utf-8") as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def tar_of(infos):
    """A tar of TarInfo objects without data: links, folders."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for info in infos:
            archive.addfile(info, io.BytesIO(bytes(info.size)))
    return out.getvalue()


def zipped(members, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


class Pipe(io.RawIOBase):
    """Where a zip is written without going back: sizes and checksums then stand behind the data, as in Go's zips."""

    def __init__(self):
        self.written = bytearray()

    def writable(self):
        return True

    def write(self, data):
        self.written += data
        return len(data)


def piped_zip(members):
    out = Pipe()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return bytes(out.written)


def compressed(kind, archive):
    if kind == ".tar":
        return archive
    if kind == ".tgz":
        return gzip.compress(archive, 1, mtime=0)
    return subprocess.run(["lz4", "-q", "-c", "-"], input=archive, capture_output=True, check=True).stdout


def shard(kind, members):
    return zipped(members) if kind == ".zip" else compressed(kind, tar(members))
