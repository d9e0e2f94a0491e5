"""The gate on made-up evidence: what is equal passes, what is worse anywhere is refused for that and nothing else."""

import json
from dataclasses import asdict, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.gate import FROZEN, Evidence, Figures, Limits, decide

SCORES = ("macro_f1", "macro_f1_4", "support", "denial", "hedge")
CAPABILITIES = ("negation", "irony", "relays")
PRINT = "f" * 64

LIMITS = Limits(
    frozen=PRINT,
    floors=dict.fromkeys(SCORES, 0.4),
    capability_floors={"negation": 0.3, "irony": 0.2},
)

scores = st.integers(450, 950).map(lambda number: number / 1000)
noises = st.integers(0, 50).map(lambda number: number / 1000)


@st.composite
def figures(draw: st.DrawFn, fingerprint: str) -> Figures:
    return Figures(
        fingerprint=fingerprint,
        rows=400,
        claims=draw(st.integers(10, 60)),
        scores={name: draw(scores) for name in SCORES},
        ece=draw(st.integers(0, 120)) / 1000,
        noise={name: draw(noises) for name in (*SCORES, "ece")},
    )


@st.composite
def evidence(draw: st.DrawFn) -> Evidence:
    """Of a model that may serve."""
    return Evidence(
        version="0" * 12,
        sets={FROZEN: draw(figures(PRINT)), "new": draw(figures("a" * 64))},
        pass_rate=draw(scores),
        capabilities={name: draw(scores) for name in CAPABILITIES},
        changed_labels=draw(st.integers(0, 10)) / 1000,
        largest_shift=draw(st.integers(0, 50)) / 1000,
        latency_ms=draw(st.integers(1, 80)),
        size_mb=draw(st.integers(1, 150)),
    )


def with_figures(model: Evidence, name: str, **changes: object) -> Evidence:
    return replace(model, sets={**model.sets, name: replace(model.sets[name], **changes)})


def reasons(champion: Evidence, candidate: Evidence, limits: Limits = LIMITS) -> list[str]:
    return [reason.figure for reason in decide(champion, candidate, limits).reasons]


@given(evidence())
def test_equal_model_passes(champion: Evidence) -> None:
    decision = decide(champion, replace(champion, version="1" * 12), LIMITS)
    assert decision.passed
    assert decision.reasons == ()


@given(evidence(), st.sampled_from([FROZEN, "new"]), st.sampled_from(SCORES), st.floats(0.001, 0.04))
def test_score_below_the_champion_by_more_than_its_noise(
    champion: Evidence, name: str, score: str, beyond: float
) -> None:
    of_set = champion.sets[name]
    fallen = of_set.scores[score] - 2 * of_set.noise[score] - beyond
    candidate = with_figures(champion, name, scores={**of_set.scores, score: fallen})
    assert set(reasons(champion, candidate)) == {f"{name} {score}"}
    within = of_set.scores[score] - 2 * of_set.noise[score] + 0.0005
    assert (
        within < 0.4 or reasons(champion, with_figures(champion, name, scores={**of_set.scores, score: within})) == []
    )


@given(evidence(), st.sampled_from(SCORES), st.floats(0, 0.39))
def test_score_below_its_floor_although_the_champion_is_no_better(
    champion: Evidence, score: str, floor_missed: float
) -> None:
    weak = with_figures(champion, FROZEN, scores={**champion.sets[FROZEN].scores, score: floor_missed})
    assert reasons(weak, weak) == [f"frozen {score}"]


@given(evidence(), st.sampled_from([FROZEN, "new"]), st.floats(0.001, 0.4))
def test_calibration_error_that_rises(champion: Evidence, name: str, beyond: float) -> None:
    of_set = champion.sets[name]
    risen = of_set.ece + max(2 * of_set.noise["ece"], LIMITS.ece_rise) + beyond
    assert set(reasons(champion, with_figures(champion, name, ece=risen))) == {f"{name} ece"}


@given(evidence(), st.sampled_from(CAPABILITIES), st.floats(0.001, 0.2))
def test_capability_that_falls_or_is_below_its_floor(champion: Evidence, name: str, beyond: float) -> None:
    least = max(champion.capabilities[name] - LIMITS.capability_drop, LIMITS.capability_floors.get(name, 0.0))
    worse = replace(champion, capabilities={**champion.capabilities, name: least - beyond})
    assert reasons(champion, worse) == [f"behaviour {name}"]
    unmeasured = {other: rate for other, rate in champion.capabilities.items() if other != name}
    assert reasons(champion, replace(champion, capabilities=unmeasured)) == [f"behaviour {name}"]


SINGLE = {
    "behaviour": lambda model, beyond: replace(model, pass_rate=model.pass_rate - LIMITS.pass_rate_drop - beyond),
    "parity labels": lambda model, beyond: replace(model, changed_labels=LIMITS.changed_labels + beyond),
    "parity probabilities": lambda model, beyond: replace(model, largest_shift=LIMITS.largest_shift + beyond),
    "latency": lambda model, beyond: replace(model, latency_ms=max(1.25 * model.latency_ms, 50) + beyond),
    "size": lambda model, beyond: replace(model, size_mb=max(1.05 * model.size_mb, 100) + beyond),
    "data": lambda model, _: replace(model, changed_data=("labels.jsonl",)),
    "card": lambda model, _: replace(model, card_gaps=("its figures",)),
    "evaluation set new": lambda model, _: with_figures(model, "new", fingerprint="b" * 64),
    "evaluation set frozen": lambda model, _: with_figures(model, FROZEN, fingerprint="b" * 64),
}


@pytest.mark.parametrize("figure", SINGLE)
@given(champion=evidence(), beyond=st.floats(0.001, 0.4))
def test_any_other_figure_beyond_its_limit_is_the_one_reason(figure: str, champion: Evidence, beyond: float) -> None:
    assert reasons(champion, SINGLE[figure](champion, beyond)) == [figure]


@given(evidence(), st.lists(st.sampled_from(sorted(SINGLE)), unique=True))
def test_every_reason_is_listed(champion: Evidence, figures: list[str]) -> None:
    candidate = champion
    for figure in figures:
        candidate = SINGLE[figure](candidate, 0.1)
    assert sorted(reasons(champion, candidate)) == sorted(figures)


@given(evidence(), evidence(), st.sampled_from(SCORES), st.floats(0, 0.3))
def test_better_is_never_a_reason(champion: Evidence, candidate: Evidence, score: str, better: float) -> None:
    before = set(reasons(champion, candidate))
    of_set = candidate.sets[FROZEN]
    improved = replace(
        with_figures(
            candidate,
            FROZEN,
            scores={**of_set.scores, score: of_set.scores[score] + better},
            ece=max(of_set.ece - better, 0.0),
        ),
        pass_rate=candidate.pass_rate + better,
        capabilities={name: rate + better for name, rate in candidate.capabilities.items()},
        largest_shift=candidate.largest_shift / 2,
        latency_ms=candidate.latency_ms / 2,
        size_mb=candidate.size_mb / 2,
    )
    assert set(reasons(champion, improved)) <= before


@given(evidence(), st.sampled_from(SCORES))
def test_no_number_is_no_pass(champion: Evidence, score: str) -> None:
    nan = float("nan")
    of_set = champion.sets[FROZEN]
    assert f"frozen {score}" in reasons(champion, with_figures(champion, FROZEN, scores={**of_set.scores, score: nan}))
    assert "frozen ece" in reasons(champion, with_figures(champion, FROZEN, ece=nan))
    broken = replace(
        champion, pass_rate=nan, largest_shift=nan, changed_labels=nan, latency_ms=nan, size_mb=nan,
        capabilities=dict.fromkeys(CAPABILITIES, nan),
    )  # fmt: skip
    assert len(reasons(champion, broken)) == 5 + len(CAPABILITIES)


@given(evidence())
def test_set_of_few_claims_decides_nothing(champion: Evidence) -> None:
    small = with_figures(champion, "new", claims=9)
    assert reasons(small, with_figures(small, "new", scores=dict.fromkeys(SCORES, 0.0))) == []


@given(evidence())
def test_evaluation_set_that_is_missing_or_edited_is_a_reason(champion: Evidence) -> None:
    without = replace(champion, sets={"new": champion.sets["new"]})
    assert reasons(without, without) == ["evaluation set frozen"]
    edited = with_figures(champion, FROZEN, fingerprint="c" * 64)
    assert reasons(edited, edited) == ["evaluation set frozen"]


@given(evidence(), evidence())
def test_recorded_evidence_gives_the_same_decision(champion: Evidence, candidate: Evidence) -> None:
    def recorded(model: Evidence) -> Evidence:
        document = json.loads(json.dumps(asdict(model)))
        sets = {name: Figures(**figures) for name, figures in document.pop("sets").items()}
        return Evidence(**document, sets=sets)

    assert decide(recorded(champion), recorded(candidate), LIMITS) == decide(champion, candidate, LIMITS)
