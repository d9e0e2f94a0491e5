"""The scorer, by hand-made probabilities, and the shipped checkpoint against its floors."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.cases import Case, CaseKind, read_cases
from data.errors import BadInput
from data.records import LABELS, Pair, Stance
from model.checkpoint import STANCE_CHECKPOINT, read_checkpoint
from training.behaviour import (
    LEAST_RISE,
    behaviour_figures,
    below_floors,
    measure_behaviour,
    passes,
    read_floors,
)

CASES = read_cases()
FLOORS = read_floors()
PAIR = Pair(claim="The tide is in.", statement="it is")


def case(kind: CaseKind, stance: Stance, *, number: int = 1, base: int = 1) -> Case:
    return Case(f"tides-{number:02d}", "tides", kind, PAIR, stance, f"tides-{base:02d}")


def passed(cases: list[Case], *rows: tuple[float, float, float, float]) -> list[bool]:
    return [bool(ok) for ok in passes(cases, np.array(rows), threshold=0.4)]


@pytest.mark.parametrize(
    ("row", "right"),
    [
        ((0.5, 0.2, 0.2, 0.1), Stance.SUPPORT),
        ((0.2, 0.3, 0.1, 0.4), Stance.DENIAL),  # the most probable of the three, once it is relevant
        ((0.05, 0.05, 0.3, 0.6), Stance.HEDGE),  # a relevance at the threshold is relevant
        ((0.3, 0.05, 0.0, 0.65), Stance.UNRELATED),
    ],
)
def test_a_minimum_case_asks_for_the_answer_that_a_reader_sees(
    row: tuple[float, float, float, float], right: Stance
) -> None:
    assert [stance for stance in LABELS if passed([case(CaseKind.MINIMUM, stance)], row) == [True]] == [right]


def test_an_invariance_case_asks_for_the_answer_to_its_base_even_where_that_is_wrong() -> None:
    cases = [case(CaseKind.MINIMUM, Stance.SUPPORT), case(CaseKind.INVARIANCE, Stance.SUPPORT, number=2)]
    denial, support, unrelated = (0.1, 0.8, 0.1, 0.0), (0.8, 0.1, 0.1, 0.0), (0.05, 0.2, 0.05, 0.7)

    assert passed(cases, denial, denial) == [False, True]
    assert passed(cases, support, denial) == [True, False]
    assert passed(cases, denial, unrelated) == [False, False]


def test_a_direction_case_asks_for_a_rise_of_its_own_label() -> None:
    cases = [case(CaseKind.MINIMUM, Stance.SUPPORT), case(CaseKind.DIRECTION, Stance.HEDGE, number=2)]
    before = (0.8, 0.1, 0.1, 0.0)
    enough = 0.1 + LEAST_RISE + 1e-9

    assert passed(cases, before, (0.9 - enough, 0.1, enough, 0.0)) == [True, True]
    assert passed(cases, before, (0.6, 0.2 - 1e-6, 0.1 + LEAST_RISE - 0.01, 0.01)) == [True, False]
    assert passed(cases, before, (0.0, 0.9, 0.1, 0.0)) == [True, False]


@given(st.permutations(range(len(CASES))))
def test_the_order_of_cases_does_not_matter(order: list[int]) -> None:
    rows = np.random.default_rng(0).dirichlet(np.ones(len(LABELS)), size=len(CASES))

    together = passes(CASES, rows, threshold=0.4)
    assert passes([CASES[i] for i in order], rows[order], threshold=0.4).tolist() == together[order].tolist()


def test_figures_are_shares_of_each_kind_and_capability() -> None:
    cases = [case(CaseKind.MINIMUM, Stance.SUPPORT, number=number) for number in (1, 2, 3)]
    cases.append(Case("moons-01", "moons", CaseKind.DIRECTION, PAIR, Stance.HEDGE, "tides-01"))

    assert behaviour_figures(cases, np.array([True, False, True, False])) == {
        "n": 4,
        "pass_rate": 0.5,
        "kinds": {"minimum": 0.6667, "direction": 0.0},
        "capabilities": {"tides": 0.6667, "moons": 0.0},
    }


def test_a_capability_below_its_floor_or_unmeasured_is_a_reason_to_refuse() -> None:
    figures = {"capabilities": {"tides": 0.5, "moons": 0.499}}

    assert below_floors(figures, {"tides": 0.5, "moons": 0.5, "stars": 0.0}) == [
        "behaviour moons: 0.499 is below its floor 0.500",
        "behaviour stars: not measured, though it has a floor",
    ]
    assert below_floors(figures, {"tides": 0.5}) == []


@pytest.mark.parametrize("text", ["tides = 1.5", "tides = -0.1", 'tides = "0.5"', "tides = 1", "tides = nan"])
def test_a_floor_that_is_no_rate_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "floors.toml"
    file.write_text(text, encoding="utf-8")

    with pytest.raises(BadInput, match=r"floors.toml: expected a rate from 0.0 to 1.0 for tides"):
        read_floors(file)


def test_floors_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    (tmp_path / "broken.toml").write_text("tides =", encoding="utf-8")

    for file in (tmp_path / "none.toml", tmp_path / "broken.toml"):
        with pytest.raises(BadInput, match="expected a pass rate for each capability, found otherwise"):
            read_floors(file)


def test_every_capability_has_a_floor() -> None:
    assert set(FLOORS) == {case.capability for case in CASES}


@pytest.mark.parametrize("answer", LABELS)
def test_a_model_that_always_gives_one_answer_is_refused(answer: Stance) -> None:
    rows = np.tile([float(label is answer) for label in LABELS], (len(CASES), 1))

    reasons = below_floors(behaviour_figures(CASES, passes(CASES, rows, threshold=0.4)), FLOORS)
    assert len(reasons) >= 5, reasons


def test_a_model_that_is_always_right_passes_everything() -> None:
    rows = np.array([[float(label is case.stance) for label in LABELS] for case in CASES])

    figures = behaviour_figures(CASES, passes(CASES, rows, threshold=0.4))
    assert figures["pass_rate"] == 1.0
    assert below_floors(figures, FLOORS) == []


def test_a_tiny_checkpoint_is_measured_on_every_case(stance_checkpoint: Path) -> None:
    figures = measure_behaviour(read_checkpoint(stance_checkpoint, task="stance", labels=LABELS))

    assert figures["n"] == len(CASES)
    assert below_floors(figures, FLOORS) != []  # random weights


@pytest.fixture(scope="module")
def shipped() -> dict[str, Any]:
    return measure_behaviour(read_checkpoint(STANCE_CHECKPOINT, task="stance", labels=LABELS))


@pytest.mark.slow
@pytest.mark.parametrize("capability", FLOORS)
def test_the_shipped_checkpoint_reaches_its_floor(shipped: dict[str, Any], capability: str) -> None:
    assert below_floors(shipped, {capability: FLOORS[capability]}) == []
