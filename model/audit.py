"""The audit log of a model store: one line for each thing that was done to it, written before it is done."""

import getpass
import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

__all__ = ["Action", "AuditLog", "Entry", "user"]

Action = Literal["added", "refused", "promoted", "rolled back", "interrupted"]
"""`interrupted` says that what the line before it announces did not happen: its process ended on the way."""


class Entry(BaseModel):
    """Who did what to which version, when and why; `before` is the version that was current until then."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    when: str = Field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="milliseconds"))
    who: str
    what: Action
    version: str
    before: str = ""
    why: str = ""
    reasons: tuple[str, ...] = ()
    """What the gate had against it."""


class AuditLog:
    """Lines of JSON in a file that only grows. Who appends must hold the store's lock."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def append(self, entry: Entry) -> None:
        """Add a line, on the disk when this returns; raises OSError where it is not."""
        line = entry.model_dump_json().encode() + b"\n"
        descriptor = os.open(self.file, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            size = os.fstat(descriptor).st_size
            if size and os.pread(descriptor, 1, size - 1) != b"\n":  # a machine that went down in the middle of a line
                line = b"\n" + line
            if os.write(descriptor, line) != len(line):
                raise OSError(f"{self.file}: the disk took only a part of a line: make room on it")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def entries(self) -> list[Entry]:
        """Every whole line, the oldest first; a torn one was never acknowledged and counts for nothing."""
        entries = []
        with suppress(FileNotFoundError):
            for line in self.file.read_bytes().splitlines():
                with suppress(ValidationError):
                    entries.append(Entry.model_validate_json(line))
        return entries


def user() -> str:
    """Who runs this process: the name, or in a container that has none the number."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
