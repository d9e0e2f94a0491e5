"""Krippendorff's alpha against his own worked examples, and as a property of what agreement means."""

from itertools import combinations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from data.agreement import krippendorff_alpha, one_against_rest

# Krippendorff (2011), example A: two observers and two values; C: four observers, five values, gaps
EXAMPLE_A = list(zip([0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0], strict=True))
EXAMPLE_C = [
    [1, 1, 1],
    [2, 2, 3, 2],
    [3, 3, 3, 3],
    [3, 3, 3, 3],
    [2, 2, 2, 2],
    [1, 2, 3, 4],
    [4, 4, 4, 4],
    [1, 1, 2, 1],
    [2, 2, 2, 2],
    [5, 5, 5],
    [1, 1],
    [3],
]

units = st.lists(st.lists(st.sampled_from("sdhu"), max_size=5), max_size=12)


def test_the_published_examples() -> None:
    assert krippendorff_alpha(EXAMPLE_A) == pytest.approx(0.095, abs=5e-4)
    assert krippendorff_alpha(EXAMPLE_C) == pytest.approx(0.743, abs=5e-4)


def by_pairs(data: list[list[str]]) -> float | None:
    """From the definition: how often two values of a unit differ, against how often any two values do."""
    pairable = [unit for unit in data if len(unit) > 1]
    values = [value for unit in pairable for value in unit]
    weight = [(len(unit) - 1, one != other) for unit in pairable for one, other in combinations(unit, 2)]
    apart = [one != other for one, other in combinations(values, 2)]
    if not any(apart):
        return None
    observed = sum(differ / others for others, differ in weight) * 2 / len(values)
    return 1 - observed / (sum(apart) / len(apart))


@given(units)
def test_it_is_what_its_definition_says(data: list[list[str]]) -> None:
    expected = by_pairs(data)
    found = krippendorff_alpha(data)
    assert found == (None if expected is None else pytest.approx(expected))


@given(units, st.permutations("sdhu"))
def test_neither_order_nor_names_nor_lone_answers_matter(data: list[list[str]], names: list[str]) -> None:
    renamed = [[names["sdhu".index(value)] for value in reversed(unit)] for unit in reversed(data)]
    expected = krippendorff_alpha(data)
    assert krippendorff_alpha([*renamed, ["s"], []]) == (None if expected is None else pytest.approx(expected))


@given(st.lists(st.tuples(st.sampled_from("sdhu"), st.integers(2, 4)), min_size=2))
def test_one_is_perfect(drawn: list[tuple[str, int]]) -> None:
    assume(len({value for value, _ in drawn}) > 1)
    assert krippendorff_alpha([[value] * times for value, times in drawn]) == 1


def test_nothing_is_said_where_nothing_can_be() -> None:
    for data in ([], [["s"], ["d"]], [["s", "s"], ["s", "s"]]):
        assert krippendorff_alpha(data) is None
        assert one_against_rest(data, "s") is None


@given(units)
def test_of_two_values_each_against_the_rest_is_the_whole(data: list[list[str]]) -> None:
    two = [["s" if value in "sd" else "h" for value in unit] for unit in data]
    assert one_against_rest(two, "s") == one_against_rest(two, "h") == krippendorff_alpha(two)
