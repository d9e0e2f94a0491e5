"""What is wrong with labels before anything learns from them: repeats, contradictions, agreement, leaks, suspects.

Suspects are found by confident learning (Northcutt, Jiang and Chuang, 2021, arXiv:1911.00068): a logistic regression on
the model's four logits, fitted out of fold by claim, says how likely each label is. With a fifth of the labels of
`stance/dev` turned at random, a turned label is ranked above a right one 93 times in 100; on the encoder's embeddings
and on both together it is 92. cleanlab, given the same probabilities of the corpus's dev part so treated, finds 202 of
the 208 that are found here and no others: no reason to depend on it.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from data.agreement import krippendorff_alpha, one_against_rest
from data.held_out import HeldOut
from data.label_columns import answer_text
from data.records import LABELS, Example, LabelRecord, Pair, Stance

__all__ = ["Group", "Placed", "Suspect", "agreement", "contradictions", "leaks", "repeats", "suspects", "words_of_pair"]

FOLDS = 5
FEWEST = 20
"""Labels that a regression on four numbers needs: fewer are checked by eye anyway."""

WORD = re.compile(r"\w+")

Probabilities = NDArray[np.floating[Any]]


class Placed(NamedTuple):
    """A label and where it stands: its number in the store, or `path:line`."""

    where: str
    label: LabelRecord


@dataclass(frozen=True, slots=True)
class Group:
    """Labels of one pair, in order, that say the same twice or contradict each other."""

    labels: tuple[Placed, ...]

    @property
    def by_one(self) -> bool:
        """Whether one annotator gave all of them."""
        return len({label.annotator for _, label in self.labels}) == 1


@dataclass(frozen=True, slots=True)
class Suspect:
    """A label that is probably wrong: how likely it is, and the likelier stance with its own probability."""

    placed: Placed
    probability: float
    likelier: Stance
    likelier_probability: float


def repeats(labels: Iterable[Placed]) -> list[Group]:
    """What one annotator answered more than once in the same way, on pairs with the same words."""
    return _groups(labels, lambda label: (words_of_pair(label.pair), label.annotator, answer_text(label)))


def contradictions(labels: Iterable[Placed]) -> list[Group]:
    """The pairs, by their words, with two stances, or with a stance that somebody says it is not."""
    answered = (placed for placed in labels if placed.label.stance or placed.label.rejected)
    return [group for group in _groups(answered, lambda label: words_of_pair(label.pair)) if _contradicts(group)]


def agreement(labels: Iterable[Placed]) -> dict[str, Any]:
    """Krippendorff's alpha over all stances and of each against the rest, and how many pairs have two answers.

    An annotator's last answer on a pair counts; "not support" counts as the rest against support, and nowhere else.
    """
    given: defaultdict[object, dict[str, Stance]] = defaultdict(dict)
    refused: defaultdict[tuple[object, Stance], set[str]] = defaultdict(set)
    for _, label in labels:
        if label.stance is not None:
            given[words_of_pair(label.pair)][label.annotator] = label.stance
        elif label.rejected is not None:
            refused[words_of_pair(label.pair), label.rejected].add(label.annotator)
    units = [list(answers.values()) for answers in given.values()]

    def against_rest(stance: Stance) -> float | None:
        keys = {*given, *(key for key, rejected in refused if rejected is stance)}
        votes = ({**dict.fromkeys(refused.get((key, stance), ()), None), **given.get(key, {})} for key in keys)
        return one_against_rest([list(vote.values()) for vote in votes], stance)

    return {
        "pairs": sum(len(unit) > 1 for unit in units),
        "alpha": krippendorff_alpha(units),
        "alpha_of": {stance.value: against_rest(stance) for stance in LABELS},
    }


def leaks(labels: Iterable[Placed], evaluation: Iterable[Pair]) -> list[Placed]:
    """The labels that stand in an evaluation set: the claim word for word, or nearly the same pair."""
    pairs = list(evaluation)
    claims = {_words_of(pair.claim) for pair in pairs}
    held_out = HeldOut(pairs)
    return [
        placed
        for placed in labels
        if _words_of(placed.label.pair.claim) in claims
        or held_out.holds(Example(pair=placed.label.pair, stance=Stance.UNRELATED))
    ]


def suspects(labels: Sequence[Placed], logits: NDArray[np.float32]) -> list[Suspect]:
    """The labels that are probably wrong, the least likely first; `logits` (labels, 4) are the model's on their pairs.

    A label is one where another stance is more probable than it usually is where it is given (the confident joint).
    Skips and refusals are left out, and none is suspect among fewer than FEWEST labels or where all are on one claim.
    """
    places = [place for place, (_, label) in enumerate(labels) if label.stance is not None]
    given = np.array([LABELS.index(labels[place].label.stance or Stance.UNRELATED) for place in places], dtype=int)
    claims = np.unique([_words_of(labels[place].label.pair.claim) for place in places], return_inverse=True)[1]
    if len(places) < FEWEST or len(set(claims)) < 2 or len(set(given)) < 2:
        return []
    likely = _out_of_fold(logits[places], given, claims)
    usual = np.array([likely[given == label, label].mean() if label in given else np.inf for label in range(4)])
    confident = np.where(likely >= usual, likely, -1.0)
    rows = np.arange(len(given))
    best = confident.argmax(axis=1)
    wrong = np.flatnonzero((confident[rows, best] >= 0) & (best != given))
    own = likely[rows, given]
    return [
        Suspect(labels[places[row]], float(own[row]), LABELS[best[row]], float(likely[row, best[row]]))
        for row in sorted(wrong, key=lambda row: (own[row], row))
    ]


def _out_of_fold(features: NDArray[np.float32], given: NDArray[np.int_], claims: NDArray[np.int_]) -> Probabilities:
    """How likely each label is by what the others say, (labels, 4): a claim never teaches about itself."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold

    likely = np.zeros((len(given), len(LABELS)))
    for learnt, asked in GroupKFold(min(FOLDS, len(set(claims)))).split(features, groups=claims):
        known = np.unique(given[learnt])
        if len(known) == 1:
            likely[asked, known[0]] = 1.0
        else:
            regression = LogisticRegression(max_iter=1_000).fit(features[learnt], given[learnt])
            likely[asked[:, None], known] = regression.predict_proba(features[asked])
    return likely


def _groups(labels: Iterable[Placed], key: Callable[[LabelRecord], object]) -> list[Group]:
    found: defaultdict[object, list[Placed]] = defaultdict(list)
    for placed in labels:
        found[key(placed.label)].append(placed)
    return [Group(tuple(group)) for group in found.values() if len(group) > 1]


def _contradicts(group: Group) -> bool:
    stances = Counter(label.stance for _, label in group.labels if label.stance)
    return len(stances) > 1 or any(label.rejected in stances for _, label in group.labels if label.rejected)


def words_of_pair(pair: Pair) -> tuple[str, ...]:
    """What is asked, without case, marks and spacing; of the context the answer should not depend so far."""
    return tuple(map(_words_of, (pair.claim, pair.statement, pair.speaker, pair.cue)))


def _words_of(text: str) -> str:
    return " ".join(WORD.findall(text.casefold())) or text
