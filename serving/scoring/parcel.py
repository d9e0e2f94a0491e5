"""A checkpoint as a plain value, for machines that share no disk with this one."""

import hashlib
import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from data.errors import BadCheckpoint
from model.checkpoint import MANIFEST

__all__ = ["Parcel", "pack", "unpacked"]

Parcel = Mapping[str, bytes]
"""The files of a checkpoint by name, its manifest among them, by which whoever loads it checks all others."""


def pack(folder: Path) -> Parcel:
    """The checkpoint in `folder`, some 45 MB for one that ships. Raises BadCheckpoint where it is not whole."""
    try:
        expected = json.loads((folder / MANIFEST).read_bytes())["sha256"]
        parcel = {name: (folder / name).read_bytes() for name in [*expected, MANIFEST]}
    except (OSError, ValueError, KeyError) as error:
        raise BadCheckpoint(
            f"{folder}: expected a checkpoint, found none that can be read ({type(error).__name__}): name its folder"
        ) from None
    for name, sha256 in expected.items():
        if hashlib.sha256(parcel[name]).hexdigest() != sha256:
            raise BadCheckpoint(
                f"{folder / name}: expected what the manifest says, found it altered: put the original folder back"
            )
    return parcel


@contextmanager
def unpacked(parcel: Parcel) -> Iterator[Path]:
    """A folder with the checkpoint in it, of this user alone, gone afterwards: what is loaded needs it no more."""
    with tempfile.TemporaryDirectory(prefix="stance-") as name:
        folder = Path(name)
        for file, content in parcel.items():
            if Path(file).name != file:
                raise BadCheckpoint(f"expected names of files in a checkpoint, found {file!r}: pack the folder again")
            (folder / file).write_bytes(content)
        yield folder
