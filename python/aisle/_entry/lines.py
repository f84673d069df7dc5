"""Entries of JSON lines, the command's own format."""

from __future__ import annotations

import os

from .._errors import usage_error
from .entry_of import Entry, entry_of_dict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_NOT_ASKED_FOR = ("version", "location", "state")
"""Other keys of `aisle ls --long --json`, which are ignored."""


def read_lines(path: str | os.PathLike[str]) -> Iterator[Entry]:
    """Reads JSON lines as the command does: {"bucket": .., "object": .., "archpath": .., "start": .., "length": ..,
    "opaque": BASE64, "size": .., "checksum": ..}. Raises UsageError with the line's number."""
    import json

    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                yield _of_line(json.loads(line, object_pairs_hook=_distinct))
            except (TypeError, ValueError) as e:
                raise usage_error(f"{os.fspath(path)}, line {number}: {e}", "invalid_entry") from e


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key is given twice")
    return made


def _of_line(item: Any) -> Entry:
    import base64

    if not isinstance(item, dict):
        raise TypeError("not a JSON object")
    fields = {k: v for k, v in item.items() if k not in _NOT_ASKED_FOR}
    for key in ("provider", "namespace", "tag"):
        if key in fields:
            raise ValueError(f"unknown key {key!r}")
    if isinstance(fields.get("opaque"), str):
        fields["opaque"] = base64.b64decode(fields["opaque"], validate=True)
    if fields.get("length") == 0 and not fields.get("start"):
        fields.pop("length")  # {0, 0} means the whole
    return entry_of_dict(fields)
