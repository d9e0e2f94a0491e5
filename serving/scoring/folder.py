"""The output folder: what is in it is whole, says what it was made from, and is left alone when that has changed.

part-00000.jsonl, ...        judgements of each shard       _manifest.json   input, models, options, versions
statements-00000.jsonl, ...  of articles                    _shards/         what each shard came to, written after it
rejects.jsonl                rows left out, with the reason _SUCCESS         the summary, written last
"""

import fcntl
import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

from data.durable import sync_folder, write_synced
from data.errors import BadInput
from data.tables import Reject
from serving.scoring.job import Part
from serving.scoring.matrix import matrix_files
from serving.scoring.parts import Format, count_rows
from serving.scoring.shards import JUDGEMENTS, STATEMENTS, Shard, Tally

__all__ = ["Folder"]

MANIFEST = "_manifest.json"
SUCCESS = "_SUCCESS"
REJECTS = "rejects.jsonl"
AGAIN = "run the same command again; finished shards are kept"


class Folder:
    """An output folder that no other run writes to at the same time; `matrix` adds the speakers' table at the end.

    Entering it raises BadInput where it cannot be had.
    """

    def __init__(self, path: Path, form: Format, *, matrix: bool = False) -> None:
        self.path = path
        self._form = form
        self._matrix = matrix
        self._receipts = path / "_shards"
        self._held = ExitStack()

    def __enter__(self) -> Self:
        try:
            self._receipts.mkdir(parents=True, exist_ok=True)
            lock = self._held.enter_context((self.path / "_lock").open("w"))
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._held.close()
            raise BadInput(f"{self.path}: another run is writing to it: wait for it or choose another --out") from None
        except OSError as error:
            self._held.close()
            raise _unwritable(self.path, error) from error
        return self

    def __exit__(self, *_: object) -> None:
        with self._held:
            with suppress(OSError, ValueError, KeyError):  # what stopped the run may stop this too
                self._write_rejects()
            with suppress(OSError):
                self._sweep()

    def begin(self, manifest: Mapping[str, Any]) -> None:
        """Say what the parts are made from. Raises BadInput where what is there was made from something else."""
        file = self.path / MANIFEST
        try:
            self._sweep()
            if file.exists():
                if not all(source["sha256"] for source in manifest["input"]):
                    raise BadInput(
                        f"{self.path}: standard input cannot be read a second time to go on: choose another --out"
                    )
                self._compare(json.loads(file.read_bytes()), manifest)
                return
            others = sorted(entry.name for entry in self.path.iterdir() if not entry.name.startswith("_"))
            if others:
                raise BadInput(f"{self.path}: expected a new or empty folder, found {others[0]}: choose another --out")
            self._publish(file, _document(manifest))
        except OSError as error:
            raise _unwritable(self.path, error) from error
        except ValueError as error:
            raise BadInput(
                f"{file}: expected what a run wrote, found otherwise ({error}): choose another --out"
            ) from None

    def finished(self, shard: Shard) -> Tally | None:
        """What a shard came to in a run before, every byte of it checked; None where it must be scored."""
        try:
            receipt = json.loads(self._receipt(shard.number).read_bytes())
            whole = all(_sha256(self.path / name) == sha256 for name, sha256 in receipt["sha256"].items())
            tally = Tally(**receipt["tally"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return tally if whole and tally.rows == len(shard.rows) else None

    def publish(self, shard: Shard, part: Part) -> None:
        """Write a shard's files and, last, the receipt that makes it finished. Raises BadInput."""
        rejects = [_reject(reject) for reject in part.rejects]
        try:
            (self.path / SUCCESS).unlink(missing_ok=True)
            for table, content in part.files.items():
                self._publish(self._file(table, shard.number), content)
            sha256 = {
                self._file(table, shard.number).name: hashlib.sha256(content).hexdigest()
                for table, content in part.files.items()
            }
            receipt = {"sha256": sha256, "tally": asdict(part.tally), "rejects": rejects}
            self._publish(self._receipt(shard.number), _document(receipt))
        except OSError as error:
            raise _unwritable(self.path, error) from error

    def finish(self, total: Tally, *, shards: int, summary: Mapping[str, Any]) -> None:
        """Count what is there and, where it is all, say so. Raises BadInput where a row is missing or too many."""
        try:
            self._check(total, shards)
            self._write_rejects()
            if self._matrix:
                for name, content in matrix_files(self.parts()).items():
                    self._publish(self.path / name, content)
            self._sync()
            self._publish(self.path / SUCCESS, _document(summary))
            self._sync()
        except OSError as error:
            raise _unwritable(self.path, error) from error

    def parts(self, table: str = JUDGEMENTS) -> list[Path]:
        """The files of a table, in order."""
        return sorted(self.path.glob(f"{table}-*.{self._form}"), key=lambda path: int(path.stem.rpartition("-")[2]))

    def _check(self, total: Tally, shards: int) -> None:
        expected = {JUDGEMENTS: total.judgements, STATEMENTS: total.statements}
        for table, rows in expected.items():
            files = self.parts(table)
            found = sum(count_rows(file, self._form) for file in files)
            if found != rows or len(files) not in {0 if table == STATEMENTS else shards, shards}:
                raise BadInput(
                    f"{self.path}: expected {rows:,} rows in {shards:,} files {table}-*.{self._form}, found {found:,} "
                    f"in {len(files):,}: something else writes to this folder; choose another --out"
                )
        rejected = sum(1 for _ in self._rejects())
        if rejected != total.rejected:
            raise BadInput(f"{self.path}: expected {total.rejected:,} rejects, found {rejected:,}: {AGAIN}")

    def _compare(self, before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
        for key in now:
            reason = _difference(before.get(key), now[key])
            if reason:
                raise BadInput(
                    f"{self.path}: begun with another {key.removesuffix('s')} ({reason}): go on with what it was begun "
                    "with, or choose another --out"
                )

    def _rejects(self) -> Iterator[dict[str, Any]]:
        for receipt in sorted(self._receipts.glob("*.json"), key=lambda path: int(path.stem)):
            yield from json.loads(receipt.read_bytes())["rejects"]

    def _write_rejects(self) -> None:
        if (self.path / MANIFEST).exists():
            lines = (json.dumps(reject, ensure_ascii=False) + "\n" for reject in self._rejects())
            self._publish(self.path / REJECTS, "".join(lines).encode())

    def _file(self, table: str, number: int) -> Path:
        return self.path / f"{table}-{number:05}.{self._form}"

    def _receipt(self, number: int) -> Path:
        return self._receipts / f"{number:05}.json"

    def _publish(self, path: Path, content: bytes) -> None:
        pending = path.with_name(f"{path.name}.tmp")
        write_synced(pending, content)
        pending.replace(path)

    def _sweep(self) -> None:
        for pending in [*self.path.glob("*.tmp"), *self._receipts.glob("*.tmp")]:
            pending.unlink(missing_ok=True)

    def _sync(self) -> None:
        for path in (self.path, self._receipts):
            sync_folder(path)


def _difference(before: Any, now: Any) -> str:
    """The first thing in which they differ, "" where they are the same."""
    if before == now:
        return ""
    if isinstance(before, dict) and isinstance(now, dict):
        name = next(name for name in [*now, *before] if before.get(name) != now.get(name))
        return f"{name}: {_difference(before.get(name), now.get(name))}"
    if isinstance(before, list) and isinstance(now, list):
        if len(before) != len(now):
            return f"{len(before)} then, {len(now)} now"
        place = next(place for place, pair in enumerate(zip(before, now, strict=True)) if pair[0] != pair[1])
        return f"number {place + 1}: {_difference(before[place], now[place])}"
    return f"{_short(before)} then, {_short(now)} now"


def _short(value: Any) -> str:
    text = "none" if value is None else str(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


def _reject(reject: Reject) -> dict[str, Any]:
    file, _, line = reject.where.rpartition(":")
    return {"file": file, "line": int(line), "reason": reject.reason}


def _document(value: Mapping[str, Any]) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _unwritable(path: Path, error: OSError) -> BadInput:
    return BadInput(
        f"{path}: expected a folder with room to write in, found otherwise ({error.strerror}): mend that and {AGAIN}"
    )
