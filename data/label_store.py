"""The labels that people give, kept for good: in a SQLite file, or in a PostgreSQL database by its URL.

Nothing is changed or deleted: taking a label back is a row of history too, and brings the one before it back. Any
number of processes and threads may read and write at once.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import ColumnElement, Connection, Engine, Row, Select, and_, false, func, insert, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from data.errors import BadInput
from data.label_columns import question_columns, require_text
from data.label_schema import history, open_engine
from data.records import LabelRecord, Pair, Span, Stance

__all__ = ["LabelStore", "StoredLabel", "Withdrawal", "labels_place"]

PAGE = 1_000  # rows fetched at once

LARGEST = 2**31 - 1
"""Number that PostgreSQL's column holds; it refuses to compare with a larger one."""

COLUMNS = history.c


@dataclass(frozen=True, slots=True)
class StoredLabel:
    """A label with its number in the store, and when it came there."""

    id: int
    recorded_at: datetime
    label: LabelRecord


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """That somebody took the label `label_id` back, said to be at `at`."""

    id: int
    recorded_at: datetime
    label_id: int
    annotator: str
    at: datetime


class LabelStore:
    """The store; `open` makes one, `close` or leaving a `with` block lets go of it.

    Every method raises BadInput where the database cannot be reached, is none, or refuses.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writer = engine.execution_options(writes=True)
        self._place = engine.url.render_as_string(hide_password=True).removeprefix("sqlite:///")

    @classmethod
    def open(cls, place: str | Path) -> Self:
        """The store in the SQLite file or at the postgresql:// URL, made where there is none yet.

        Raises BadInput, and MissingExtra where PostgreSQL's driver is not installed.
        """
        try:
            return cls(open_engine(place))
        except SQLAlchemyError as error:
            shown = str(place).rpartition("@")[2]  # whatever stands before it may be a password
            raise BadInput(f"{shown}: expected a label store, found otherwise ({_reason(error)})") from error

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def add(self, labels: Iterable[LabelRecord]) -> list[int]:
        """Keep the labels, all or none, and return their numbers in order; they are on disk when it returns."""
        now = datetime.now(UTC)
        rows = [{**_row(label), "recorded_at": now} for label in labels]
        if not rows:
            return []
        with self._asking(self._writer) as connection:
            numbers = insert(history).returning(COLUMNS.id, sort_by_parameter_order=True)
            return list(connection.execute(numbers, rows).scalars())

    def withdraw(self, label_id: int, annotator: str, at: datetime) -> int:
        """Take a label back, durably, and return the number of the row that says so.

        Raises BadInput where there is no such label or it has been taken back already.
        """
        row = {"withdraws": label_id, "annotator": annotator, "labelled_at": at, "recorded_at": datetime.now(UTC)}
        with self._asking(self._writer) as connection:
            found = select(COLUMNS.id).where(_is_label(label_id))
            if connection.execute(found).first() is None:
                raise BadInput(f"{self._place}: expected the number of a label, found {label_id}, which is none")
            try:
                number: int = connection.execute(insert(history).values(row).returning(COLUMNS.id)).scalar_one()
            except IntegrityError:
                raise BadInput(f"{self._place}: expected a label in force, found {label_id} withdrawn") from None
            return number

    def labels(self) -> Iterator[StoredLabel]:
        """The labels in force, oldest first: of each pair and annotator the last that was not withdrawn.

        What a stance is not is an answer to a question of its own: it stands beside what the stance is.
        """
        for row in self._rows(select(history).where(COLUMNS.id.in_(_in_force())).order_by(COLUMNS.id)):
            yield _stored(row)

    def find(self, number: int) -> StoredLabel | None:
        """The label of that number, None where there is none or it was taken back."""
        query = select(history).where(_is_label(number), COLUMNS.id.not_in(_withdrawn()))
        return next(iter([_stored(row) for row in self._rows(query)]), None)

    def history(self) -> Iterator[StoredLabel | Withdrawal]:
        """Everything that was ever said, oldest first."""
        for row in self._rows(select(history).order_by(COLUMNS.id)):
            if row.withdraws is None:
                yield _stored(row)
            else:
                yield Withdrawal(row.id, row.recorded_at, row.withdraws, row.annotator, row.labelled_at)

    def count_since(self, time: datetime | None) -> int:
        """How many of the labels in force came into the store after `time`; all of them for None."""
        counted = select(func.count()).where(COLUMNS.id.in_(_in_force()))
        if time is not None:
            counted = counted.where(COLUMNS.recorded_at > time)
        with self._asking(self._engine) as connection:
            return int(connection.execute(counted).scalar_one())

    def _rows(self, query: Select[Any]) -> Iterator[Row[Any]]:
        with self._asking(self._engine) as connection:
            yield from connection.execution_options(yield_per=PAGE).execute(query)

    @contextmanager
    def _asking(self, engine: Engine) -> Iterator[Connection]:
        try:
            with engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise BadInput(f"{self._place}: expected a label store, found otherwise ({_reason(error)})") from error


def labels_place(store: Path, url: str | None) -> str | Path:
    """Where the labels of a store are: at the URL where one is given, else in the store's folder."""
    return url or store / "labels.sqlite"


def _is_label(number: int) -> ColumnElement[bool]:
    """That a row has the number and is a label."""
    return and_(COLUMNS.id == number, COLUMNS.withdraws.is_(None)) if 0 < number <= LARGEST else false()


def _withdrawn() -> Select[Any]:
    return select(COLUMNS.withdraws).where(COLUMNS.withdraws.is_not(None))


def _in_force() -> Select[Any]:
    return (
        select(func.max(COLUMNS.id))
        .where(COLUMNS.withdraws.is_(None), COLUMNS.id.not_in(_withdrawn()))
        .group_by(COLUMNS.pair_sha256, COLUMNS.annotator, COLUMNS.rejected)
    )


def _row(label: LabelRecord) -> dict[str, Any]:
    require_text(label)
    if label.stance is not None and label.rejected is not None:
        raise BadInput(f"expected one answer, found {label.stance} and not {label.rejected}: give each a label")
    pair = json.dumps([getattr(label.pair, name) for name in Pair.__slots__])
    return {
        **question_columns(label),
        "pair_sha256": hashlib.sha256(pair.encode()).hexdigest(),
        "annotator": label.annotator,
        "labelled_at": label.labelled_at,
        "stance": label.stance,
        "rejected": label.rejected,
    }


def _stored(row: Row[Any]) -> StoredLabel:
    values = row._mapping
    label = LabelRecord(
        pair=Pair(**{name: values[name] for name in Pair.__slots__}),
        stance=_stance(row.stance),
        rejected=_stance(row.rejected),
        annotator=row.annotator,
        labelled_at=row.labelled_at,
        group=row.group,
        origin=row.origin,
        guideline=row.guideline,
        source=row.source,
        licence=row.licence,
        model=row.model,
        suggestion=_stance(row.suggestion),
        reason=row.reason,
        article=row.article,
        spans=tuple(Span(start, end) for start, end in row.spans or ()),
    )
    return StoredLabel(row.id, row.recorded_at, label)


def _stance(text: str | None) -> Stance | None:
    return Stance(text) if text else None


def _reason(error: SQLAlchemyError) -> str:
    """The database's own first line; the statement and the texts in it are left out."""
    return next(iter(str(getattr(error, "orig", None) or error).splitlines()), type(error).__name__)
