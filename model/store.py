"""The model store: versions that never change, and a pointer to the one that serves.

models/VERSION/   a checkpoint and `gate.json`, what it was measured to be; the folder's name is its digest
models/current    the versions that were promoted, the newest first: the first is served; empty, the shipped one is
refused/VERSION/  what the gate refused, with its reasons
audit.jsonl       who did what, when and why

Readers take no lock: a version is whole before it has its name, and the pointer is replaced in one step. Writers take
turns under a lock that ends with its process. Each announces in the audit log what it is about to do.
"""

import fcntl
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from data.durable import sync_folder, write_synced
from data.errors import BadCheckpoint, BadInput
from data.records import LABELS
from model.audit import AuditLog, Entry, user
from model.checkpoint import MANIFEST, STANCE_CHECKPOINT, Checkpoint, read_checkpoint

__all__ = ["GATE", "ModelStore", "current_model", "default_store"]

GATE = "gate.json"
"""Beside a version's files: the evidence and the decision of the gate."""

VERSION = re.compile(r"[0-9a-f]{12}")


def default_store() -> Path:
    """Where the store is when none is named: the folder in STANCE_STORE, else ./stance-store."""
    return Path(os.environ.get("STANCE_STORE") or "stance-store").absolute()


def current_model(store: Path | None = None) -> Path:
    """The folder of the stance model to load when none is named: the store's current one, else the shipped one.

    Raises BadCheckpoint where the store's pointer or the version that it names is damaged.
    """
    return ModelStore(store or default_store()).current_folder


class ModelStore:
    """The versions of the stance model in a folder, which the first `add` makes."""

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self.audit = AuditLog(self.root / "audit.jsonl")
        self._models = self.root / "models"
        self._pointer = self._models / "current"

    @property
    def history(self) -> tuple[str, ...]:
        """The versions that were promoted and not taken back, the current one first; empty: the shipped one serves.

        Raises BadCheckpoint where the pointer holds anything else.
        """
        if not self._pointer.is_file():
            return ()
        lines = self._pointer.read_text(encoding="utf-8", errors="replace").split()
        if not all(map(VERSION.fullmatch, lines)):
            raise BadCheckpoint(
                f"{self._pointer}: expected a version of 12 hex digits a line, found otherwise: put one there by hand"
            )
        return tuple(lines)

    @property
    def current_folder(self) -> Path:
        """Where the current version is. Its manifest is checked against its name, its files when it is loaded."""
        history = self.history
        return self._folder(history[0]) if history else STANCE_CHECKPOINT

    def versions(self, *, refused: bool = False) -> list[str]:
        """Every version that passed the gate, or every one that did not, in order of its digest."""
        parent = self._parent(refused=refused)
        names = (path.name for path in parent.iterdir()) if parent.is_dir() else ()
        return sorted(filter(VERSION.fullmatch, names))

    def find(self, name: str) -> Path:
        """The folder of a version, of `current`, of `shipped`, or of a checkpoint elsewhere; raises BadInput."""
        if name == "current":
            return self.current_folder
        if name == "shipped":
            return STANCE_CHECKPOINT
        places = [self._parent(refused=refused) / name for refused in (False, True)] if VERSION.fullmatch(name) else []
        for place in [*places, Path(name)]:
            if place.is_dir():
                return place
        raise BadInput(
            f"{name}: expected current, shipped, a version or a folder, found none of that name in {self.root}: "
            "`stance models list` shows the versions"
        )

    def read(self, name: str) -> Checkpoint:
        """What `find` finds, every hash checked; raises BadInput, BadCheckpoint."""
        folder = self.find(name)
        checkpoint = read_checkpoint(folder, task="stance", labels=LABELS)
        if folder.parent in (self._models, self._parent(refused=True)):
            _check_name(folder)
        return checkpoint

    def gate(self, name: str) -> dict[str, Any]:
        """What the gate wrote of a version; empty for one that it has not seen."""
        file = self.find(name) / GATE
        document: dict[str, Any] = json.loads(file.read_bytes()) if file.is_file() else {}
        return document

    def add(self, folder: Path, *, gate: Mapping[str, Any], reasons: tuple[str, ...] = (), why: str = "") -> Checkpoint:
        """Copy a checkpoint in, with what the gate says of it; with `reasons` against it, among the refused.

        One that is there already stays as it is. Raises BadCheckpoint where it is not whole.
        """
        checkpoint = read_checkpoint(folder, task="stance", labels=LABELS)
        parent = self._parent(refused=bool(reasons))
        place = parent / checkpoint.version
        with self._lock():
            if not place.exists():
                pending = parent / ".pending"
                _copy(folder, pending, {GATE: json.dumps(gate, indent=2, ensure_ascii=False).encode() + b"\n"})
                self._announce("refused" if reasons else "added", checkpoint.version, why=why, reasons=reasons)
                pending.rename(place)
                sync_folder(parent)
        return self.read(str(place))

    def promote(self, version: str, *, why: str, judged_against: str | None = None) -> Checkpoint:
        """Make a version the current one; nothing is done where it is.

        `judged_against` is the version that the gate compared it with: where another one is current by now, nothing is
        promoted. Raises BadInput there and for a version that did not pass, BadCheckpoint for one that is not whole.
        """
        with self._lock():
            history = self.history
            if version not in self.versions():
                refused = version in self.versions(refused=True)
                found = "the gate refused it: see `stance models show`" if refused else "`stance models list` has them"
                raise BadInput(
                    f"{version}: expected a version that passed the gate, found none in {self.root}: {found}"
                )
            checkpoint = self.read(version)
            if history[:1] != (version,):
                current = history[0] if history else _version(STANCE_CHECKPOINT)
                if judged_against not in (None, current):
                    raise BadInput(
                        f"{version}: was judged against {judged_against}, but {current} is current by now: "
                        "run the retraining again"
                    )
                self._announce("promoted", version, why=why)
                self._point((version, *history))
        return checkpoint

    def rollback(self, *, why: str) -> Checkpoint:
        """Make the version current that was so before; raises BadInput where there is none, and BadCheckpoint."""
        with self._lock():
            history = self.history
            if not history:
                raise BadInput(f"{self.root}: the shipped model is current: there is nothing to take back")
            checkpoint = self.read(history[1] if len(history) > 1 else "shipped")
            self._announce("rolled back", checkpoint.version, why=why)
            self._point(history[1:])
        return checkpoint

    def _parent(self, *, refused: bool) -> Path:
        return self.root / "refused" if refused else self._models

    def _folder(self, version: str) -> Path:
        folder = self._models / version
        _check_name(folder)
        return folder

    def _point(self, history: tuple[str, ...]) -> None:
        pending = self._models / ".current.pending"
        write_synced(pending, "".join(f"{version}\n" for version in history).encode())
        pending.replace(self._pointer)
        sync_folder(self._models)

    @contextmanager
    def _lock(self) -> Iterator[None]:
        for refused in (False, True):
            self._parent(refused=refused).mkdir(parents=True, exist_ok=True)
        with (self.root / ".lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            self._reconcile()
            yield

    def _announce(self, what: Any, version: str, *, why: str, reasons: tuple[str, ...] = ()) -> None:
        before = self.history[0] if self.history else "shipped"
        self.audit.append(Entry(who=user(), what=what, version=version, before=before, why=why, reasons=reasons))

    def _reconcile(self) -> None:
        """Say so where what was announced last did not come about."""
        for last in self.audit.entries()[-1:]:
            current = self.history[:1]
            happened = {
                "added": last.version in self.versions(),
                "refused": last.version in self.versions(refused=True),
                "promoted": current == (last.version,),
                "rolled back": current in ((last.version,), ()),
            }
            if not happened.get(last.what, True):
                self._announce("interrupted", last.version, why=f"{last.what}: its process ended on the way")


def _version(folder: Path) -> str:
    """The version that a checkpoint's manifest gives it, without a look at the files."""
    manifest = folder / MANIFEST
    if not manifest.is_file():
        raise BadCheckpoint(f"{folder}: not a checkpoint: expected a folder with {MANIFEST}; put the original back")
    return hashlib.sha256(manifest.read_bytes()).hexdigest()[:12]


def _check_name(folder: Path) -> None:
    """A version is its digest: whoever alters the files and the manifest with them alters that too."""
    if (found := _version(folder)) != folder.name:
        raise BadCheckpoint(f"{folder}: altered: its manifest is that of version {found}; put the original folder back")


def _copy(source: Path, target: Path, more: Mapping[str, bytes]) -> None:
    """Every file of a folder and some more, read-only and on the disk, the manifest last."""
    shutil.rmtree(target, ignore_errors=True)  # what an interrupted writer left
    target.mkdir()
    for path in sorted(source.iterdir(), key=lambda path: path.name == MANIFEST):
        if path.name == MANIFEST:
            for name, content in more.items():
                write_synced(target / name, content)
        if path.is_file() and path.name not in more:
            write_synced(target / path.name, path.read_bytes())
    for path in target.iterdir():
        path.chmod(0o444)
    sync_folder(target)
