"""Labelled pairs: validated, merged, contradictions set aside, and a fingerprint of what is left."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import BadInput
from data.labelled import Conflict, Label, fingerprint, parse_pair, read_labelled
from data.records import LABELS, Example, Pair, Stance
from data.tables import Reject, Row, write_rows

SHARED = Path(os.environ.get("STANCE_DATA", Path(__file__).parents[2] / "shared" / "data"))

PLAIN = {"claim": "The dam held.", "statement": "It held,", "stance": "support"}

# line breaks and commas within a text are what separates a format that keeps it from one that does not
WORDS = st.text(st.sampled_from('ab é,"\n\r😀'), min_size=1).filter(str.strip)
LABELLED_ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "claim": WORDS,
            "statement": WORDS,
            "speaker": WORDS | st.just(""),
            "cue": st.just(""),
            "context": st.just(""),
            "stance": st.sampled_from(LABELS),
        }
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda row: (row["claim"], row["statement"], row["speaker"]),
)


def write(path: Path, *rows: dict[str, Any]) -> Path:
    write_rows(path, rows)
    return path


def test_a_row_becomes_an_example_with_its_text_untouched(tmp_path: Path) -> None:
    full = PLAIN | {
        "claim": " The dam held. ",
        "speaker": "the mayor",
        "cue": "said",
        "context": "Rain fell.\nThe mayor spoke.",
        "id": 12,
        "group": "article 7",
        "origin": "desk",
        "annotator": "M. Ruiz",
        "labelled_at": "2031-05-04T10:00:00Z",
        "note": ["not one of ours"],
    }
    data = read_labelled([write(tmp_path / "labels.jsonl", full)])
    assert data.examples == (
        Example(
            pair=Pair(" The dam held. ", "It held,", "the mayor", "said", "Rain fell.\nThe mayor spoke."),
            stance=Stance.SUPPORT,
            id="12",
            group="article 7",
            origin="desk",
            annotator="M. Ruiz",
            labelled_at="2031-05-04T10:00:00Z",
        ),
    )
    assert (data.rejects, data.duplicates, data.conflicts) == ((), 0, ())


def test_a_note_of_text_is_kept(tmp_path: Path) -> None:
    assert read_labelled([write(tmp_path / "labels.jsonl", PLAIN | {"note": "irony"})]).examples[0].note == "irony"


@pytest.mark.parametrize("ending", [".jsonl", ".csv.gz", ".parquet"])
def test_what_a_row_leaves_out_is_filled_from_its_place_and_claim(tmp_path: Path, ending: str) -> None:
    empty = {"id": None, "group": None, "speaker": None, "cue": None}
    path = write(tmp_path / f"labels{ending}", PLAIN | empty)
    (example,) = read_labelled([path]).examples
    line = 2 if ending == ".csv.gz" else 1
    assert example == Example(
        Pair("The dam held.", "It held,"), Stance.SUPPORT, f"labels{ending}:{line}", PLAIN["claim"]
    )


def test_typed_identifiers_of_parquet_read_as_text(tmp_path: Path) -> None:
    stamped = PLAIN | {"id": 3.0, "group": 12, "labelled_at": datetime(2031, 5, 4, 10, tzinfo=UTC)}
    (example,) = read_labelled([write(tmp_path / "labels.parquet", stamped)]).examples
    assert (example.id, example.group, example.labelled_at) == ("3", "12", "2031-05-04T10:00:00+00:00")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            {"stance": "denies"},
            "expected stance to be one of support, denial, hedge, unrelated, found 'denies': correct",
        ),
        ({"stance": "Support"}, "expected stance to be one of support, denial, hedge, unrelated, found 'Support'"),
        ({"stance": None}, "expected text in 'stance', found none: fill it in or drop the row"),
        ({"stance": 2}, "expected text in 'stance', found int: write it as a string"),
        ({"claim": " \n"}, "expected text in 'claim', found none: fill it in or drop the row"),
        ({"statement": ["It", "held"]}, "expected text in 'statement', found list: write it as a string"),
        ({"speaker": {"name": "Ruiz"}}, "expected text in 'speaker', found dict: write it as a string"),
        ({"id": True}, "expected text in 'id', found bool: write it as a string"),
    ],
)
def test_a_wrong_row_is_rejected_with_its_place_and_the_others_stay(
    tmp_path: Path, change: dict[str, Any], reason: str
) -> None:
    path = write(tmp_path / "labels.jsonl", PLAIN, PLAIN | change, PLAIN | {"statement": "No."})
    data = read_labelled([path])
    assert len(data.examples) == 2
    assert [str(reject).startswith(f"{path}:2: {reason}") for reject in data.rejects] == [True]


@pytest.mark.parametrize("column", ["claim", "statement", "stance"])
@pytest.mark.parametrize("ending", [".jsonl", ".csv", ".parquet"])
def test_a_missing_column_is_named_with_the_place_and_what_is_there(tmp_path: Path, column: str, ending: str) -> None:
    rest = {name: value for name, value in PLAIN.items() if name != column}
    path = write(tmp_path / f"labels{ending}", rest)
    line = 2 if ending == ".csv" else 1
    reason = f"first at {path}:{line}: expected a column '{column}', found {', '.join(rest)}: add it or rename one"
    with pytest.raises(BadInput, match=rf"expected labelled pairs, found no usable row \(1 rejected, the {reason}\)"):
        read_labelled([path])


def test_files_without_a_usable_row_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"^no file: expected labelled pairs, found no usable row \(no rows at all\)"):
        read_labelled([])
    empty = tmp_path / "empty.jsonl"
    empty.touch()
    with pytest.raises(BadInput, match=f"{empty}: expected labelled pairs, found no usable row"):
        read_labelled([empty])
    torn = write(tmp_path / "torn.csv", PLAIN, PLAIN | {"stance": "denial"})
    with pytest.raises(BadInput, match=f"1 pairs contradictory, the first: .*support at {torn}:2, denial at {torn}:3"):
        read_labelled([torn])
    with pytest.raises(BadInput, match=r"gone\.csv: expected a file, found nothing there"):
        read_labelled([torn, tmp_path / "gone.csv"])


def test_repeated_rows_are_merged_and_counted_across_files(tmp_path: Path) -> None:
    first = write(tmp_path / "a.jsonl", PLAIN | {"id": "first"}, PLAIN | {"id": "again"})
    second = write(tmp_path / "b.csv", PLAIN | {"id": "once more"}, PLAIN | {"claim": "The dam held. "})
    data = read_labelled([first, second])
    assert [example.id for example in data.examples] == ["first", "b.csv:3"]
    assert data.duplicates == 2


def test_contradicting_rows_are_all_set_aside_and_listed(tmp_path: Path) -> None:
    first = write(tmp_path / "a.jsonl", PLAIN, PLAIN, PLAIN | {"statement": "Perhaps."})
    second = write(tmp_path / "b.csv", PLAIN | {"stance": "hedge"})
    data = read_labelled([first, second])
    labels = (
        Label(f"{first}:1", Stance.SUPPORT),
        Label(f"{first}:2", Stance.SUPPORT),
        Label(f"{second}:2", Stance.HEDGE),
    )
    assert data.conflicts == (Conflict(Pair("The dam held.", "It held,"), labels),)
    assert [example.pair.statement for example in data.examples] == ["Perhaps."]
    assert data.duplicates == 0
    assert str(data.conflicts[0]).endswith(f"support at {first}:2, hedge at {second}:2: keep the right one")


def test_the_same_words_of_another_speaker_are_another_pair(tmp_path: Path) -> None:
    rows = [PLAIN | {"speaker": "the mayor"}, PLAIN | {"speaker": "his rival", "stance": "denial"}]
    data = read_labelled([write(tmp_path / "labels.jsonl", *rows)])
    assert (len(data.examples), data.conflicts) == (2, ())


def test_the_fingerprint_is_that_of_the_definition() -> None:
    example = Example(Pair("The dam held.", "It held,", "the mayor"), Stance.SUPPORT, id="any", group="any")
    # sha256 of the text ["The dam held.", "It held,", "the mayor", "", "", "support"]
    assert fingerprint([example]) == "5392998aa73f119e4c13019a4be99c2ced35a9721baab9fb420b24da3c591db4"


@settings(deadline=None)
@given(rows=LABELLED_ROWS, data=st.data())
def test_the_fingerprint_knows_no_order_format_cut_or_repetition(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]], data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("labels")
    whole = read_labelled([write(folder / "whole.jsonl", *rows)])
    mixed = data.draw(st.permutations(rows + data.draw(st.lists(st.sampled_from(rows)))))
    cut = data.draw(st.integers(1, len(mixed)))
    endings = data.draw(st.tuples(*[st.sampled_from([".jsonl", ".csv", ".csv.gz", ".json.zst", ".parquet"])] * 2))
    parts = [mixed[:cut], mixed[cut:]]
    paths = [write(folder / f"{i}{endings[i]}", *part) for i, part in enumerate(parts) if part]
    again = read_labelled(paths)
    assert again.fingerprint == whole.fingerprint
    assert again.duplicates == len(mixed) - len(rows)
    assert {(e.pair, e.stance) for e in again.examples} == {(e.pair, e.stance) for e in whole.examples}


@given(rows=LABELLED_ROWS, data=st.data())
def test_the_fingerprint_knows_every_text_and_stance(rows: list[dict[str, Any]], data: st.DataObject) -> None:
    def of(rows: list[dict[str, Any]]) -> str:
        return fingerprint(Example(parse_pair(Row("", row)), Stance(row["stance"])) for row in rows)

    at = data.draw(st.integers(0, len(rows) - 1))
    column = data.draw(st.sampled_from(["claim", "statement", "speaker", "cue", "context", "stance"]))
    other = "hedge" if rows[at]["stance"] != "hedge" else "denial"
    changed = rows[at] | {column: other if column == "stance" else rows[at][column] + "x"}
    assert of([*rows[:at], changed, *rows[at + 1 :]]) != of(rows)


@settings(deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "claim": st.sampled_from(["The dam held.", "Rain fell.", ""]),
                "statement": st.sampled_from(["Yes.", "No."]),
                "stance": st.sampled_from(["support", "denial", "nonsense"]),
            }
        )
    )
)
def test_every_row_is_accounted_for(tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]]) -> None:
    usable = {"claim": "The sun rose.", "statement": "It did.", "stance": "support"}
    data = read_labelled([write(tmp_path_factory.mktemp("labels") / "labels.jsonl", usable, *rows)])
    contradicting = sum(len(conflict.labels) for conflict in data.conflicts)
    assert len(data.examples) + len(data.rejects) + data.duplicates + contradicting == len(rows) + 1
    assert not {conflict.pair for conflict in data.conflicts} & {example.pair for example in data.examples}
    assert all(len({label.stance for label in conflict.labels}) > 1 for conflict in data.conflicts)


def test_a_pair_needs_no_stance() -> None:
    row = Row("pairs.csv:2", {"claim": "The dam held.", "statement": "Yes.", "context": "Rain.", "more": 1})
    assert parse_pair(row) == Pair("The dam held.", "Yes.", context="Rain.")
    with pytest.raises(BadInput, match="expected a column 'statement', found claim: add it or rename one"):
        parse_pair(Row("pairs.csv:2", {"claim": "The dam held."}))


@pytest.mark.skipif(not (SHARED / "stance").is_dir(), reason=f"needs the labelled data in {SHARED} (STANCE_DATA)")
@pytest.mark.parametrize(("name", "rows"), [("stance/dev.jsonl.gz", 2551), ("corpus/dev.jsonl", 408)])
def test_real_labels_are_read_whole(name: str, rows: int) -> None:
    data = read_labelled([SHARED / name])
    assert (len(data.examples), data.rejects, data.duplicates, data.conflicts) == (rows, (), 0, ())
    assert {example.stance for example in data.examples} == set(LABELS)
    assert not [
        example for example in data.examples if isinstance(example, Reject) or example.group == example.pair.claim
    ]
