from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from data.records import Example, Pair, Stance
from data.splits import Side, claim_key, side_of, split

words = st.sampled_from(["dam", "mayor", "bribes", "never", "paid", "opened", "bridge", "knew", "report", "late"])
texts = st.lists(words, min_size=1, max_size=6).map(" ".join)
groups = st.sampled_from([f"article {number}" for number in range(8)])


@st.composite
def examples(draw: st.DrawFn) -> Example:
    return Example(Pair(draw(texts), draw(texts)), draw(st.sampled_from(list(Stance))), group=draw(groups))


@given(st.lists(examples(), max_size=40), st.lists(examples(), max_size=40))
def test_growing_data_moves_no_row_to_another_side(old: list[Example], new: list[Example]) -> None:
    before, after = split(old), split([*new, *old])
    sides = ("train", "calibration", "test")
    for name in sides:
        for row in getattr(before, name):
            assert all(row not in getattr(after, other) for other in sides if other != name)
    assert set(before.test) <= set(after.test), "what is measured with stays so"


@given(st.lists(examples(), max_size=60))
def test_no_claim_and_no_article_stands_on_two_sides(rows: list[Example]) -> None:
    found = split(rows)
    sides = [found.train, found.calibration, found.test]
    assert sorted(map(repr, rows)) == sorted(map(repr, [*found.left_out, *(row for side in sides for row in side)]))
    for place, side in enumerate(sides):
        for other in sides[place + 1 :]:
            assert not {claim_key(row.pair.claim) for row in side} & {claim_key(row.pair.claim) for row in other}
            assert not {row.group for row in side} & {row.group for row in other}


@given(st.lists(examples(), max_size=40), st.lists(examples(), max_size=10))
def test_nothing_that_is_measured_with_besides_is_learned(rows: list[Example], measured: list[Example]) -> None:
    found = split(rows, measured=measured)
    learned = {row.pair for row in (*found.train, *found.calibration)}
    assert not learned & {row.pair for row in measured}


def test_a_side_has_its_share_of_claims() -> None:
    sides = [side_of(f"The bridge number {number} was closed.") for number in range(4000)]
    assert 0.065 < sides.count(Side.TEST) / 4000 < 0.095
    assert 0.03 < sides.count(Side.CALIBRATION) / 4000 < 0.05


@given(texts)
def test_marks_and_case_do_not_make_another_claim(claim: str) -> None:
    assert side_of(claim) is side_of(f"“{claim.upper()}.”")


def test_sides_are_what_they_were_when_the_first_model_was_measured() -> None:
    found = " ".join(side_of(f"The dam {number} is safe.") for number in range(30)).split()
    assert [(place, side) for place, side in enumerate(found) if side != "train"] == [
        (1, "calibration"),
        (12, "calibration"),
        (21, "test"),
        (23, "test"),
    ]


def test_repetition_of_a_test_row_is_left_out() -> None:
    claims = {side_of(claim): claim for claim in (f"The dam {number} is safe." for number in range(40))}
    statement = "we have looked at every wall of it and found nothing at all to fear"
    test = Example(Pair(claims[Side.TEST], statement), Stance.SUPPORT, group="a")
    number, other = claims[Side.TEST].split()[2], claims[Side.TRAIN].split()[2]
    near = replace(test, pair=Pair(claims[Side.TRAIN], f"{statement} today"), group="b")
    assert number != other
    found = split([test, near])
    assert found.train == (near,), "another dam is another claim"
    same = replace(near, pair=Pair(f"{claims[Side.TEST]} now", f"{statement} today"))
    assert same not in split([test, same]).train
