"""A playground for tests that run the same code with AIStore's SDK and with Aisle."""

from __future__ import annotations

import io
import signal
import tarfile
from collections.abc import Mapping
from pathlib import Path

from conftest import ROOT, start_serving

__all__ = ["ROOT", "SEVERAL_TARGETS", "Playground", "fill", "tar_of"]

SEVERAL_TARGETS = ("--target-hosts", "127.0.0.2,127.0.0.3,127.0.0.4")


class Playground:
    """`aisle serve` on a free port, from `with` to its end."""

    def __init__(self, *arguments: object) -> None:
        self._process, self.endpoint = start_serving(*arguments)

    def __enter__(self) -> Playground:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.send_signal(signal.SIGINT)
        self._process.wait(timeout=20)
        assert self._process.stdout is not None
        self._process.stdout.close()


def tar_of(members: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def fill(root: Path, objects: Mapping[str, bytes]) -> Path:
    """Writes "bucket/name": bytes below root, which is to be served."""
    for name, data in objects.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return root
