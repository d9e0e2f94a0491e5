"""Opposites of claims: read whole or not at all, and rows that change sides with their claim."""

import json

import pytest

from data.errors import BadInput
from data.labelled import read_labelled
from data.opposites import read_opposites, turn_claims
from data.records import Example, Pair, Stance
from data.standoff import SHIPPED, Annotation, read_annotations

OPEN = {"claim": "The mill will stay open.", "opposite": "The mill will close."}


def example(stance: str, claim: str = OPEN["claim"]) -> Example:
    return Example(Pair(claim, "it", "Ruiz", "denied", "Ruiz denied it."), Stance(stance), id="7", group="a")


def test_support_and_denial_change_places_a_hedge_stays_and_unrelated_rows_are_passed_over():
    rows = [example(stance) for stance in ("support", "denial", "hedge", "unrelated")]
    turned = list(turn_claims(rows, {OPEN["claim"]: OPEN["opposite"]}))

    assert turned == [example(stance, OPEN["opposite"]) for stance in ("denial", "support", "hedge")]


def test_turned_twice_is_as_it_was():
    there, back = {OPEN["claim"]: OPEN["opposite"]}, {OPEN["opposite"]: OPEN["claim"]}
    rows = [example("support"), example("hedge")]

    assert list(turn_claims(turn_claims(rows, there), back)) == rows


def test_claims_without_an_opposite_are_passed_over():
    assert list(turn_claims([example("support", "Another claim.")], {OPEN["claim"]: OPEN["opposite"]})) == []


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([OPEN, OPEN], "o.jsonl:2: expected each claim once, found 'The mill will stay open.' again"),
        ([OPEN | {"opposite": OPEN["claim"]}], "o.jsonl:1: expected another sentence in 'opposite', found the claim"),
        ([{"claim": "The mill will stay open."}], "o.jsonl:1: expected a column 'opposite'"),
    ],
)
def test_a_table_that_is_not_whole_is_refused(tmp_path, rows, message):
    path = tmp_path / "o.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))

    with pytest.raises(BadInput, match=message):
        read_opposites(path)


def test_the_opposites_that_ship_are_of_claims_that_ship():
    opposites = read_opposites(SHIPPED / "opposites.jsonl")
    labels = read_annotations(SHIPPED / "train.jsonl.gz")
    claims = {label.claim for label in labels if isinstance(label, Annotation)}
    claims |= {example.pair.claim for example in read_labelled([SHIPPED.parent / "corpus" / "train.jsonl"]).examples}

    assert len(opposites) == 4096
    assert set(opposites) <= claims
    assert len(set(opposites.values())) == len(opposites)
