"""The cases themselves: well-formed, balanced and clean of what a model is trained on."""

import json
import os
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from data.cases import BEHAVIOUR, Case, CaseKind, read_cases
from data.errors import BadInput
from data.labelled import read_labelled
from data.records import LABELS

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("STANCE_DATA", ROOT.parent / "shared" / "data"))
CASES = read_cases()
CAPABILITIES = sorted({case.capability for case in CASES})
MINIMUM = {"id": "tides-01", "kind": "minimum", "claim": "The tide is in.", "statement": "it is", "stance": "support"}
DIRECTION = MINIMUM | {"id": "tides-02", "kind": "direction", "statement": "it may be", "stance": "hedge"}
DIRECTION["base"] = "tides-01"


def write(folder: Path, *rows: dict[str, str]) -> Path:
    (folder / "tides.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return folder


def normalised(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))


def of(capability: str) -> list[Case]:
    return [case for case in CASES if case.capability == capability]


def test_there_are_enough_capabilities_and_cases() -> None:
    assert len(CAPABILITIES) >= 20
    assert len(CASES) >= 400
    assert {case.kind for case in CASES} == set(CaseKind)


@pytest.mark.parametrize("capability", CAPABILITIES)
def test_a_capability_has_twenty_cases_with_every_label(capability: str) -> None:
    assert len(of(capability)) >= 20
    assert {case.stance for case in of(capability)} == set(LABELS)


@pytest.mark.parametrize("capability", CAPABILITIES)
def test_no_constant_answer_is_right_about_more_than_half(capability: str) -> None:
    counts = Counter(case.stance for case in of(capability) if case.kind is CaseKind.MINIMUM)

    assert max(counts.values()) <= counts.total() / 2


def test_no_pair_stands_twice() -> None:
    assert [pair for pair, count in Counter(case.pair for case in CASES).items() if count > 1] == []


def test_the_cases_of_one_claim_take_more_than_one_side() -> None:
    sides: dict[str, set[str]] = {}
    for case in CASES:
        if case.kind is not CaseKind.INVARIANCE:
            sides.setdefault(case.pair.claim, set()).add(case.stance)

    assert [claim for claim, stances in sides.items() if len(stances) == 1] == []


def assert_clean_of(files: Iterable[Path]) -> None:
    examples = read_labelled(list(files)).examples
    claims = {normalised(example.pair.claim) for example in examples}
    statements = {normalised(example.pair.statement) for example in examples}
    assert len(claims) > 100
    assert [case.id for case in CASES if normalised(case.pair.claim) in claims] == []
    assert [case.id for case in CASES if normalised(case.pair.statement) in statements] == []


def test_nothing_stands_in_the_corpus() -> None:
    assert_clean_of((ROOT / "data" / "corpus").glob("*.jsonl"))


@pytest.mark.skipif(not (SHARED / "stance").is_dir(), reason=f"needs the labelled news in {SHARED} (STANCE_DATA)")
def test_nothing_stands_in_the_labelled_news() -> None:
    assert_clean_of((SHARED / "stance").glob("*.jsonl.gz"))


def test_a_case_is_read_with_its_capability_and_base(tmp_path: Path) -> None:
    first, second = read_cases(write(tmp_path, MINIMUM, DIRECTION))

    assert (first.capability, first.kind, first.base) == ("tides", CaseKind.MINIMUM, "tides-01")
    assert (second.kind, second.stance, second.base) == (CaseKind.DIRECTION, "hedge", "tides-01")
    assert second.pair.statement == "it may be"


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([MINIMUM | {"kind": "maximum"}], "expected kind to be one of minimum, invariance, direction, found 'maximum'"),
        ([MINIMUM | {"stance": "against"}], "expected stance to be one of support, denial, hedge, unrelated"),
        ([MINIMUM | {"id": "moons-01"}], "expected an id that begins with tides-, found 'moons-01'"),
        ([MINIMUM | {"statement": " "}], "expected text in 'statement', found none"),
        ([MINIMUM, MINIMUM], "expected an id of its own, found 'tides-01' again"),
        ([DIRECTION, MINIMUM], "a minimum case further up, found 'tides-01'"),
        ([MINIMUM, DIRECTION, DIRECTION | {"id": "tides-03", "base": "tides-02"}], "found 'tides-02'"),
        ([MINIMUM | {"kind": "invariance"}], "expected a base for invariance and direction"),
        ([MINIMUM, MINIMUM | {"id": "tides-02", "base": "tides-01"}], "and none for minimum"),
        ([MINIMUM, DIRECTION | {"stance": "support"}], "found support after support"),
        ([MINIMUM, DIRECTION | {"kind": "invariance"}], "found hedge after support"),
    ],
)
def test_a_row_that_does_not_fit_is_named_with_its_line(
    tmp_path: Path, rows: list[dict[str, str]], reason: str
) -> None:
    with pytest.raises(BadInput, match=re.escape(reason)) as caught:
        read_cases(write(tmp_path, *rows))

    assert re.search(r"tides\.jsonl:[123]: ", str(caught.value))


def test_a_folder_without_cases_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"expected a \.jsonl file for each capability, found none"):
        read_cases(tmp_path)


def test_every_capability_ships_in_the_package() -> None:
    assert {file.stem for file in BEHAVIOUR.glob("*.jsonl")} == set(CAPABILITIES)
