"""The label store on SQLite and on a real PostgreSQL: nothing acknowledged is lost, and nothing is ever overwritten."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine
from sqlalchemy.exc import SQLAlchemyError

from data.errors import BadInput
from data.label_schema import open_engine
from data.label_store import LabelStore, StoredLabel, Withdrawal, labels_place
from data.records import LABELS, LabelRecord, Pair, Span, Stance
from stance import main
from tests.postgres_server import binaries, running

ROOT = Path(__file__).parent.parent
NOON = datetime(2031, 5, 4, 12, tzinfo=UTC)
PAIR = Pair("The dam held.", "“It held,”", "the mayor", "said", "It rained.")

FULL = LabelRecord(
    pair=PAIR,
    stance=Stance.SUPPORT,
    annotator="ana@desk.example",
    labelled_at=NOON,
    group="desk/7",
    origin="page",
    guideline="250470cd2132",
    source="https://desk.example/7",
    licence="own",
    model="2bbe70229981",
    suggestion=Stance.HEDGE,
    reason="unsure between hedge and support",
    article="desk/7",
    spans=(Span(3, 9), Span(20, 26)),
)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    programs = binaries()
    if programs is None:
        pytest.skip("needs PostgreSQL's server: apt-get install postgresql")
    with running(programs) as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str | Path]:
    """Where an empty store is to be."""
    if request.param == "sqlite":
        yield tmp_path / "store" / "labels.sqlite"
        return
    url = request.getfixturevalue("postgres")
    yield url
    execute(url, "DROP TABLE IF EXISTS label_history")


def execute(place: str | Path, statement: str) -> None:
    engine = open_engine(place)
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql(statement)
    finally:
        engine.dispose()


def label(number: int = 0, **changes: Any) -> LabelRecord:
    return replace(FULL, pair=replace(PAIR, claim=f"Claim {number}."), **changes)


def test_a_label_comes_back_whole(place: str | Path) -> None:
    skipped = LabelRecord(pair=Pair("Claim.", "Words."))
    refused = LabelRecord(pair=Pair("Claim.", "Words."), rejected=Stance.UNRELATED, annotator="bo")
    with LabelStore.open(place) as store:
        numbers = store.add([FULL, skipped, refused])
        assert [stored.label for stored in store.labels()] == [FULL, skipped, refused]
    with LabelStore.open(place) as again:
        assert [(stored.id, stored.label) for stored in again.labels()] == [
            *zip(numbers, [FULL, skipped, refused], strict=True)
        ]


def test_times_come_back_in_utc(place: str | Path) -> None:
    at = datetime(2031, 5, 4, 14, tzinfo=timezone(timedelta(hours=2)))
    with LabelStore.open(place) as store:
        store.add([label(labelled_at=at)])
        (stored,) = store.labels()
    assert stored.label.labelled_at == NOON
    assert stored.label.labelled_at is not None
    assert stored.label.labelled_at.utcoffset() == stored.recorded_at.utcoffset() == timedelta(0)


def test_the_last_answer_of_each_annotator_is_in_force(place: str | Path) -> None:
    first, other = label(1), label(1, annotator="bo")
    second = replace(first, stance=None)  # a skip takes an answer back as well as another stance does
    with LabelStore.open(place) as store:
        store.add([first, other])
        store.add([second])
        assert [stored.label for stored in store.labels()] == [other, second]
        assert [entry.label for entry in store.history() if isinstance(entry, StoredLabel)] == [first, other, second]


def test_what_a_stance_is_not_stands_beside_what_it_is(place: str | Path) -> None:
    given_labels = [label(1), *(label(1, stance=None, rejected=stance) for stance in (Stance.HEDGE, Stance.DENIAL))]
    with LabelStore.open(place) as store:
        store.add(given_labels)
        assert [stored.label for stored in store.labels()] == given_labels


def test_a_withdrawal_brings_the_answer_before_back(place: str | Path) -> None:
    with LabelStore.open(place) as store:
        first, second = store.add([label(1), label(1, stance=Stance.DENIAL)])
        number = store.withdraw(second, "bo", NOON)
        assert [stored.id for stored in store.labels()] == [first]
        *_, last = store.history()
        assert isinstance(last, Withdrawal)
        assert (last.id, last.label_id, last.annotator, last.at) == (number, second, "bo", NOON)
        with pytest.raises(BadInput, match=f"expected a label in force, found {second} withdrawn"):
            store.withdraw(second, "bo", NOON)
        stands = store.find(first)
        assert stands is not None
        assert (stands.id, stands.label) == (first, label(1))
        assert [store.find(gone) for gone in (second, number, 0, -1, 999, 2**31, 2**70)] == [None] * 7
        for missing in (number, 999, 2**70):
            with pytest.raises(BadInput, match=f"expected the number of a label, found {missing}"):
                store.withdraw(missing, "bo", NOON)
        store.withdraw(first, "bo", NOON)
        assert list(store.labels()) == []
        assert len(list(store.history())) == 4


def test_counts_what_came_after_a_time(place: str | Path) -> None:
    with LabelStore.open(place) as store:
        store.add([label(1), label(2)])
        *_, between = (stored.recorded_at for stored in store.labels())
        (third,) = store.add([label(3)])
        assert (store.count_since(None), store.count_since(between)) == (3, 1)
        store.withdraw(third, "", NOON)
        assert (store.count_since(None), store.count_since(between)) == (2, 0)


@pytest.mark.parametrize("statement", ["UPDATE label_history SET stance = 'denial'", "DELETE FROM label_history"])
def test_the_database_itself_refuses_to_forget(place: str | Path, statement: str) -> None:
    with LabelStore.open(place) as store:
        store.add([FULL])
        with pytest.raises(SQLAlchemyError, match="append-only"):
            execute(place, statement)
        assert [stored.label for stored in store.labels()] == [FULL]


def test_a_reader_does_not_hold_up_a_writer(place: str | Path) -> None:
    with LabelStore.open(place) as store:
        store.add(map(label, range(3_000)))
        reading = store.labels()
        next(reading)
        store.add([label(3_000)])
        assert sum(1 for _ in reading) == 2_999  # what it began to read
        assert store.count_since(None) == 3_001


def test_an_answer_that_cannot_be_kept_leaves_nothing_behind(place: str | Path) -> None:
    bad = [label(1, annotator="\ud800"), label(1, reason="\0"), label(1, rejected=Stance.HEDGE)]
    with LabelStore.open(place) as store:
        for wrong in bad:
            with pytest.raises(BadInput, match="expected"):
                store.add([label(0), wrong])
        assert list(store.history()) == []
        assert store.add([]) == []


WRITER = """
import sys
from dataclasses import replace
from data.label_store import LabelStore
from data.records import LabelRecord, Pair, Stance
place, name, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
with LabelStore.open(place) as store:
    for number in range(count):
        label = LabelRecord(pair=Pair(f"Claim {number}.", "Words."), stance=Stance.HEDGE, annotator=name)
        store.add([label])
        print(number, flush=True)
"""


def start_writer(place: str | Path, name: str, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(place), name, str(count)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": "."})


@pytest.mark.slow
def test_processes_write_at_once(place: str | Path) -> None:
    """They also make the store at once: none of them finds one."""
    writers = [start_writer(place, name, 60) for name in ("ana", "bo", "cy", "di")]
    assert [writer.communicate()[0].count("\n") for writer in writers] == [60] * 4
    assert [writer.returncode for writer in writers] == [0] * 4
    with LabelStore.open(place) as store:
        assert store.count_since(None) == 240


def test_threads_share_a_store(place: str | Path) -> None:
    with LabelStore.open(place) as store, ThreadPoolExecutor(8) as threads:
        numbers = list(threads.map(lambda number: store.add([label(number)]), range(80)))
        assert len({number for (number,) in numbers}) == store.count_since(None) == 80


def test_the_command_line_takes_either_place(
    place: str | Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--labels-url", place] if isinstance(place, str) else ["--store", str(place.parent)]
    with LabelStore.open(place) as store:
        store.add([FULL])
    with pytest.raises(SystemExit, match="0"):
        main(["labels", "export", "--out", str(tmp_path / "labels.jsonl"), *where])
    for added in (0, 1):
        with pytest.raises(SystemExit, match="0"):
            main(["labels", "import", str(tmp_path / "labels.jsonl"), *where])
        assert f"{added} labels added, {1 - added} known already" in capsys.readouterr().err
        where = ["--store", str(tmp_path / "other")]


@pytest.mark.slow
@pytest.mark.parametrize("acknowledged", [1, 7, 30])
def test_a_killed_writer_loses_nothing_that_it_was_told_is_kept(place: str | Path, acknowledged: int) -> None:
    writer = start_writer(place, "ana", 100_000)
    assert writer.stdout is not None
    told = [int(next(writer.stdout)) for _ in range(acknowledged)]
    writer.send_signal(signal.SIGKILL)
    told += map(int, writer.communicate()[0].split())
    with LabelStore.open(place) as store:
        kept = [int(stored.label.pair.claim.removeprefix("Claim ").rstrip(".")) for stored in store.labels()]
        assert kept[: len(told)] == told
        assert len(kept) - len(told) in (0, 1)  # the one that was kept and not yet told
        store.add([label(0, annotator="bo")])


answers = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from(["ana", "bo"]), st.sampled_from([*LABELS, None]), st.booleans())
)


@given(events=answers)
def test_in_force_is_the_last_that_nobody_took_back(
    events: list[tuple[int, str, Stance | None, bool]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    expected: dict[tuple[int, str], list[LabelRecord]] = {}
    with LabelStore.open(tmp_path_factory.mktemp("store") / "labels.sqlite") as store:
        for number, annotator, stance, undone in events:
            new = label(number, annotator=annotator, stance=stance)
            (stored,) = store.add([new])
            if undone:
                store.withdraw(stored, annotator, NOON)
            else:
                expected.setdefault((number, annotator), []).append(new)
        assert {(entry.label.pair.claim, entry.label.annotator): entry.label for entry in store.labels()} == {
            (f"Claim {number}.", annotator): last for (number, annotator), (*_, last) in expected.items()
        }
        assert len(list(store.history())) == len(events) + sum(undone for *_, undone in events)


def test_it_writes_through_to_the_disk(tmp_path: Path) -> None:
    engine = open_engine(tmp_path / "labels.sqlite")
    with engine.connect() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")
        }
    engine.dispose()
    assert pragmas == {"journal_mode": "wal", "synchronous": 2}  # 2: FULL


def test_what_is_no_store_is_told_in_one_line(tmp_path: Path) -> None:
    torn = tmp_path / "torn.sqlite"
    torn.write_bytes(b"no database, and longer than its header of a hundred bytes " * 3)
    for place in (torn, tmp_path):
        with pytest.raises(BadInput, match="expected a label store, found otherwise"):
            LabelStore.open(place)
    with pytest.raises(BadInput, match="expected a file or a postgresql:// URL for the labels, found mysql://"):
        LabelStore.open("mysql://desk@db/labels")
    with pytest.raises(BadInput, match="expected a label store, found otherwise"):
        LabelStore.open("://")


def test_a_password_is_never_told() -> None:
    pytest.importorskip("psycopg", reason="needs the extra postgres")
    with pytest.raises(BadInput) as refused:
        LabelStore.open("postgresql://desk:sesame@127.0.0.1:1/labels?connect_timeout=2")
    assert "127.0.0.1:1/labels" in str(refused.value)
    assert "sesame" not in str(refused.value)


def test_the_url_goes_before_the_folder() -> None:
    assert labels_place(Path("shelf"), None) == Path("shelf/labels.sqlite")
    assert labels_place(Path("shelf"), "postgresql://db/labels") == "postgresql://db/labels"


def test_any_sqlite_reader_can_read_it(tmp_path: Path) -> None:
    place = tmp_path / "labels.sqlite"
    with LabelStore.open(place) as store:
        store.add([FULL])
    engine = create_engine(f"sqlite:///{place}")
    with engine.connect() as connection:
        row = connection.exec_driver_sql("SELECT claim, stance, annotator, labelled_at, spans FROM label_history").one()
    engine.dispose()
    assert tuple(row) == (PAIR.claim, "support", "ana@desk.example", "2031-05-04 12:00:00.000000", "[[3, 9], [20, 26]]")
