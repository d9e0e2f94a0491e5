"""The gate: what was measured of two models and what is allowed, to a decision with every reason against the new one.

One pure function of plain values: the same evidence gives the same decision on any machine, and what is recorded beside
a version can be decided again. Every limit is asked for as `not within`, so that what is no number is not within it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

__all__ = ["FROZEN", "Decision", "Evidence", "Figures", "Limits", "Reason", "decide"]

FROZEN = "frozen"
"""The evaluation set that ships, the same for every retraining."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What a model reaches on one evaluation set.

    `scores` are those where more is better; `noise` holds the standard error of each difference to the champion, the
    calibration error's (`ece`) included, and is empty for the champion itself.
    """

    fingerprint: str
    rows: int
    claims: int
    scores: Mapping[str, float]
    ece: float
    noise: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that a model is judged by."""

    version: str
    sets: Mapping[str, Figures]
    pass_rate: float
    """Of all cases of the behaviour suite; `capabilities` has that of each."""
    capabilities: Mapping[str, float]
    changed_labels: float
    """The share of pairs for which the CPU engine and PyTorch name different labels."""
    largest_shift: float
    """How far the two are apart in any probability."""
    latency_ms: float
    """The median time of one pair on the CPU engine."""
    size_mb: float
    changed_data: tuple[str, ...] = ()
    """Files that are no longer what the checkpoint says it was made from."""
    card_gaps: tuple[str, ...] = ()
    """What its card does not say."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What is allowed, and why so much."""

    frozen: str
    """The fingerprint of the evaluation set that ships: whoever edits that set moves every floor."""
    floors: Mapping[str, float]
    """The least scores on it: a chain of small losses, each within the noise, ends here."""
    capability_floors: Mapping[str, float]
    standard_errors: float = 2.0
    """A score may fall by so many: an equal model passes 98 times in 100."""
    least_claims: int = 10
    """A set with fewer claims decides nothing: its bootstrap has too little to draw from."""
    ece_ceiling: float = 0.15
    """The shipped model is at 0.11 on the frozen set, which is harder than news."""
    ece_rise: float = 0.02
    """Less than this is no difference that a reader of probabilities would notice."""
    capability_drop: float = 0.2
    """Of about 22 cases more than four: two saves of one run differ by 0.09 (standard deviation), 0.125 at most."""
    pass_rate_drop: float = 0.04
    """Two standard errors of 530 cases of which a fifth comes out otherwise."""
    changed_labels: float = 0.02
    """Of 408 in bfloat16 the shipped model has one and seven retrained ones had two to five. It was .01, which refused
    the one with five, a model made from labels of which a fifth was turned."""
    largest_shift: float = 0.05
    """The shipped model: 0.017 in bfloat16."""
    latency_ms: float = 50.0
    """Eight on one thread of a server for the shipped model; an article has some 40 statements."""
    latency_ratio: float = 1.25
    """A model that is slower than the budget may stay so, not get worse by more than a busy machine's jitter."""
    size_mb: float = 100.0
    """What a repository takes without large-file storage; the shipped model has 46."""
    size_ratio: float = 1.05


class Reason(NamedTuple):
    """One thing against a candidate: the figure that it is about, and a sentence with the numbers."""

    figure: str
    text: str

    def __str__(self) -> str:
        return f"{self.figure}: {self.text}"


@dataclass(frozen=True, slots=True)
class Decision:
    """Passed, or every reason why not."""

    reasons: tuple[Reason, ...]

    @property
    def passed(self) -> bool:
        """Whether nothing speaks against the candidate."""
        return not self.reasons


def decide(champion: Evidence, candidate: Evidence, limits: Limits) -> Decision:
    """Whether the candidate may take the champion's place, with every reason against it."""
    return Decision(
        (
            *_comparability(champion, candidate, limits),
            *_floors(candidate, limits),
            *(
                reason
                for name in champion.sets.keys() & candidate.sets.keys()
                for reason in sorted(_losses(name, champion.sets[name], candidate.sets[name], limits))
            ),
            *_behaviour(champion, candidate, limits),
            *_engines(candidate, limits),
            *_budgets(champion, candidate, limits),
            *(Reason("data", f"{name} is not what the checkpoint was made from") for name in candidate.changed_data),
            *(Reason("card", f"does not say {gap}") for gap in candidate.card_gaps),
        )
    )


def _comparability(champion: Evidence, candidate: Evidence, limits: Limits) -> Iterator[Reason]:
    """Both models must have been measured on the same rows, and on the frozen set as it ships."""
    for name in sorted(champion.sets.keys() | candidate.sets.keys() | {FROZEN}):
        prints = {each.sets[name].fingerprint if name in each.sets else "none" for each in (champion, candidate)}
        if name == FROZEN:
            prints.add(limits.frozen)
        if len(prints) > 1:
            found = ", ".join(sorted(each[:12] for each in prints))
            yield Reason(f"evaluation set {name}", f"expected the same rows throughout, found fingerprints {found}")


def _floors(candidate: Evidence, limits: Limits) -> Iterator[Reason]:
    if FROZEN not in candidate.sets:
        return
    frozen = candidate.sets[FROZEN]
    for name, floor in limits.floors.items():
        if not (score := frozen.scores.get(name, 0.0)) >= floor:
            yield Reason(f"{FROZEN} {name}", f"{score:.3f} is below its floor {floor:.3f}")
    if not frozen.ece <= limits.ece_ceiling:
        yield Reason(f"{FROZEN} ece", f"{frozen.ece:.3f} is above its ceiling {limits.ece_ceiling:.3f}")


def _losses(name: str, champion: Figures, candidate: Figures, limits: Limits) -> Iterator[Reason]:
    if champion.claims < limits.least_claims:
        return
    for score, before in champion.scores.items():
        after = candidate.scores.get(score, 0.0)
        allowed = limits.standard_errors * candidate.noise.get(score, 0.0)
        if not before - after <= allowed:
            yield Reason(
                f"{name} {score}", f"{after:.3f} after {before:.3f}: fell by more than its noise {allowed:.3f}"
            )
    allowed = max(limits.standard_errors * candidate.noise.get("ece", 0.0), limits.ece_rise)
    if not candidate.ece - champion.ece <= allowed:
        yield Reason(f"{name} ece", f"{candidate.ece:.3f} after {champion.ece:.3f}: rose by more than {allowed:.3f}")


def _behaviour(champion: Evidence, candidate: Evidence, limits: Limits) -> Iterator[Reason]:
    if not champion.pass_rate - candidate.pass_rate <= limits.pass_rate_drop:
        yield Reason(
            "behaviour",
            f"{candidate.pass_rate:.3f} of the cases passed after {champion.pass_rate:.3f}: "
            f"fell by more than {limits.pass_rate_drop:.3f}",
        )
    for name in sorted(limits.capability_floors.keys() | champion.capabilities.keys()):
        least = max(
            limits.capability_floors.get(name, 0.0), champion.capabilities.get(name, 0.0) - limits.capability_drop
        )
        if name not in candidate.capabilities:
            yield Reason(f"behaviour {name}", "not measured")
        elif not (found := candidate.capabilities[name]) >= least:
            yield Reason(f"behaviour {name}", f"{found:.3f} is below {least:.3f}, its floor or far below the champion")


def _engines(candidate: Evidence, limits: Limits) -> Iterator[Reason]:
    if not candidate.changed_labels <= limits.changed_labels:
        yield Reason(
            "parity labels",
            f"{candidate.changed_labels:.3f} of them differ between the CPU engine and PyTorch, "
            f"more than {limits.changed_labels:.3f}",
        )
    if not candidate.largest_shift <= limits.largest_shift:
        yield Reason(
            "parity probabilities",
            f"{candidate.largest_shift:.3f} apart between the CPU engine and PyTorch, "
            f"more than {limits.largest_shift:.3f}",
        )


def _budgets(champion: Evidence, candidate: Evidence, limits: Limits) -> Iterator[Reason]:
    latency = max(limits.latency_ms, champion.latency_ms * limits.latency_ratio)
    if not candidate.latency_ms <= latency:
        yield Reason("latency", f"{candidate.latency_ms:.1f} ms a pair is more than {latency:.1f}")
    size = max(limits.size_mb, champion.size_mb * limits.size_ratio)
    if not candidate.size_mb <= size:
        yield Reason("size", f"{candidate.size_mb:.1f} MB is more than {size:.1f}")
