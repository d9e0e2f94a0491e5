"""The label store's one table, and what SQLite and PostgreSQL must be told to keep it: append-only, durable, in UTC.

`label_history` gains a row for every label and for every withdrawal, which names the label that it takes back. Triggers
refuse any change to a row, by whatever program.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    JSON,
    URL,
    CheckConstraint,
    Column,
    Connection,
    DateTime,
    Dialect,
    Engine,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    event,
    make_url,
    text,
)
from sqlalchemy.types import TypeDecorator

from data.errors import BadInput, MissingExtra

__all__ = ["history", "open_engine"]

WAIT = 60
"""Seconds that a writer waits for the others: a fsync takes 10 ms on a slow disk, so for thousands of them."""

LOCK = 0x57A9CE
"""PostgreSQL's advisory lock under which the table is made; any number will do that the database uses for nothing."""

PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON")
"""Readers beside a writer; an fsync before a commit returns, which WAL alone leaves out; withdrawals name a label."""


class _Utc(TypeDecorator[datetime]):
    """An aware time in UTC. SQLite has no zones: there it is written without one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        time = value.astimezone(UTC)
        return time.replace(tzinfo=None) if dialect.name == "sqlite" else time

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


def _texts(*names: str) -> list[Column[str]]:
    """Empty in a withdrawal, as in a label that does not have them."""
    return [Column(name, Text, nullable=False, server_default="") for name in names]


history = Table(
    "label_history",
    MetaData(),
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("recorded_at", _Utc, nullable=False),
    Column("withdraws", Integer, ForeignKey("label_history.id"), unique=True),
    Column("annotator", Text, nullable=False),
    Column("labelled_at", _Utc),
    Column("pair_sha256", String(64)),
    Column("stance", String(16)),
    Column("rejected", String(16)),
    *_texts("claim", "statement", "speaker", "cue", "context"),
    *_texts("group", "origin", "guideline", "source", "licence", "model", "suggestion", "reason", "article"),
    Column("spans", JSON),
    CheckConstraint("(withdraws IS NULL) = (pair_sha256 IS NOT NULL)", name="label_or_withdrawal"),
    CheckConstraint("stance IS NULL OR rejected IS NULL", name="one_answer"),
    Index("label_history_pair", "pair_sha256", "annotator"),
    sqlite_autoincrement=True,
)
"""Every label and every withdrawal, in the order in which they came."""

GUARDS = {
    "sqlite": """
        CREATE TRIGGER label_history_no_update BEFORE UPDATE ON label_history
        BEGIN SELECT RAISE(ABORT, 'the history of labels is append-only'); END
        ;;
        CREATE TRIGGER label_history_no_delete BEFORE DELETE ON label_history
        BEGIN SELECT RAISE(ABORT, 'the history of labels is append-only'); END
    """,
    "postgresql": """
        CREATE OR REPLACE FUNCTION label_history_is_append_only() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'the history of labels is append-only'; END $$
        ;;
        CREATE TRIGGER label_history_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON label_history
        FOR EACH STATEMENT EXECUTE FUNCTION label_history_is_append_only()
    """,
}
"""The statements that make the triggers, parted by two semicolons: one alone ends a line within them."""


def open_engine(place: str | Path) -> Engine:
    """An engine for the SQLite file or the PostgreSQL database at `place`, the table made where it is missing.

    Raises BadInput for any other kind of URL, MissingExtra where PostgreSQL's driver is not installed, and SQLAlchemy's
    errors where the database cannot be reached.
    """
    url = _url(place)
    if url.drivername.startswith("sqlite"):
        Path(url.database or "").parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(url, connect_args={"timeout": WAIT})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        engine = create_engine(url, pool_pre_ping=True)
    try:
        _create(engine)
    except BaseException:
        engine.dispose()
        raise
    return engine


def _url(place: str | Path) -> URL:
    if isinstance(place, Path) or "://" not in place:
        return URL.create("sqlite", database=str(place))
    url = make_url(place)
    kind = url.drivername.partition("+")[0]
    if kind == "sqlite":
        return url.set(drivername="sqlite")
    if kind not in ("postgresql", "postgres"):
        raise BadInput(f"expected a file or a postgresql:// URL for the labels, found {kind}://: name one of the two")
    try:
        import psycopg  # noqa: F401
    except ImportError:
        raise MissingExtra("labels in PostgreSQL need its driver: pip install 'stance-service[postgres]'") from None
    return url.set(drivername="postgresql+psycopg")


def _create(engine: Engine) -> None:
    with engine.connect() as connection:
        if engine.dialect.has_table(connection, history.name):
            return
    with engine.execution_options(writes=True).begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        if not engine.dialect.has_table(connection, history.name):  # else another process was first
            history.metadata.create_all(connection)
            for guard in GUARDS[engine.dialect.name].split(";;"):
                connection.exec_driver_sql(guard)


def _prepare_sqlite(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # the driver would begin transactions by itself, and too late
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    # a writer that begins as a reader fails where another was faster, instead of waiting for it
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
