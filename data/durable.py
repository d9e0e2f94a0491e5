"""Files that are on the disk, not only on their way there: what a rename then shows is whole after any crash."""

import os
from pathlib import Path

__all__ = ["sync_folder", "write_synced"]


def write_synced(file: Path, content: bytes) -> None:
    """Write a file whose bytes are on the disk when this returns; raises OSError."""
    with file.open("wb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())


def sync_folder(folder: Path) -> None:
    """What was made or renamed in the folder is on the disk when this returns; raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
