"""Many annotators' answers on a pair as the one stance that trains: the majority's, where there is one."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from data.label_store import StoredLabel
from data.records import Example, LabelRecord, Pair, Stance

__all__ = ["Adjudicated", "adjudicate"]


@dataclass(frozen=True, slots=True)
class Adjudicated:
    """The pairs that were decided, as examples, and the labels of those that somebody has to look at again."""

    examples: tuple[Example, ...]
    open: tuple[tuple[StoredLabel, ...], ...]


def adjudicate(labels: Iterable[StoredLabel]) -> Adjudicated:
    """One stance for each pair, in order of first appearance: that with the most votes.

    Each annotator who gives a stance votes for it, and each who says that it is not votes against it. A pair without a
    vote for anything is left out; one without a single best stance stays open.
    """
    found: dict[Pair, list[StoredLabel]] = {}
    for stored in labels:
        found.setdefault(stored.label.pair, []).append(stored)
    examples, undecided = [], []
    for given in found.values():
        votes = _votes(stored.label for stored in given)
        if not any(stored.label.stance for stored in given):
            continue
        (best, most), *others = votes.most_common()
        if most < 1 or (others and others[0][1] == most):
            undecided.append(tuple(given))
        else:
            examples.append(_example(given, best))
    return Adjudicated(tuple(examples), tuple(undecided))


def _votes(labels: Iterable[LabelRecord]) -> Counter[Stance]:
    votes: Counter[Stance] = Counter()
    for label in labels:
        if label.stance is not None:
            votes[label.stance] += 1
        elif label.rejected is not None:
            votes[label.rejected] -= 1
    return votes


def _example(given: list[StoredLabel], stance: Stance) -> Example:
    """The example with the provenance of the newest label that gave the stance."""
    stored = [one for one in given if one.label.stance is stance][-1]
    label = stored.label
    return Example(
        pair=label.pair,
        stance=stance,
        id=f"label-{stored.id}",
        group=label.group or label.article or label.pair.claim,
        origin=label.origin,
        annotator=label.annotator,
        labelled_at=label.labelled_at.isoformat() if label.labelled_at else "",
    )
