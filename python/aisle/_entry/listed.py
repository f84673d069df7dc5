"""An object of a bucket's listing."""

from __future__ import annotations

from .._aisle import Entry


class ListedObject:
    """An object of a bucket, or a member of an archive in it, as returned by `Client.list` and `Client.head`. It is
    also an entry and can be requested."""

    __slots__ = (
        "archpath", "bucket", "cached", "checksum", "is_archive", "is_unreadable", "location", "name", "size", "version"
    )  # fmt: skip

    bucket: str
    """URI of its bucket, "ais://name"."""
    name: str
    """Name of the object; for a member, of its archive."""
    archpath: str
    """Path of the member in its archive, empty for an object."""
    size: int
    """Size in bytes; for a member, after decompression."""
    checksum: str
    """"TYPE:HEX", empty if unknown."""
    version: str
    location: str
    cached: bool
    """It is in the cluster. False: only a cloud bucket's backend has it."""
    is_archive: bool
    is_unreadable: bool
    """Its name is that of an archive, but AIStore cannot read its members."""

    def __init__(self, bucket: str, fields: tuple[str, str, int, str, str, str, bool, bool, bool]) -> None:
        self.bucket = bucket
        self.name, self.archpath, self.size, self.checksum, self.version, self.location = fields[:6]
        self.cached, self.is_archive, self.is_unreadable = fields[6:]

    def entry(self) -> Entry:
        """The entry that requests it, with its size and checksum for comparison."""
        return Entry(self.name, bucket=self.bucket, archpath=self.archpath, size=self.size, checksum=self.checksum)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ListedObject):
            return NotImplemented
        return all(getattr(self, k) == getattr(other, k) for k in self.__slots__)

    def __hash__(self) -> int:
        return hash((self.bucket, self.name, self.archpath))

    def __repr__(self) -> str:
        member = f", archpath={self.archpath!r}" if self.archpath else ""
        return f"<aisle.ListedObject {self.bucket}/{self.name}{member}, {self.size:,} bytes>"
