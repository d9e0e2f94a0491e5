"""How far annotators agree: Krippendorff's alpha for nominal data, with as many annotators and gaps as there are.

K. Krippendorff, Computing Krippendorff's Alpha-Reliability, 2011 (repository.upenn.edu/asc_papers/43).
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence

__all__ = ["krippendorff_alpha", "one_against_rest"]


def krippendorff_alpha(units: Iterable[Sequence[Hashable]]) -> float | None:
    """Alpha of the values that each unit was given, at most one by each annotator: 1 is perfect, 0 is chance.

    A unit with fewer than two values says nothing. None where no unit has two, or all values are the same: then
    nothing shows that the annotators tell anything apart.
    """
    values: Counter[Hashable] = Counter()
    observed = 0.0
    for unit in units:
        if len(unit) < 2:
            continue
        counts = Counter(unit)
        values += counts
        # ordered pairs of unlike values, each unit weighing as many as it has values
        observed += sum(count * (len(unit) - count) for count in counts.values()) / (len(unit) - 1)
    total = values.total()
    expected = sum(count * (total - count) for count in values.values())
    if not expected:
        return None
    return 1 - (total - 1) * observed / expected


def one_against_rest(units: Iterable[Sequence[Hashable]], value: Hashable) -> float | None:
    """Alpha of telling one value from all others; None as for `krippendorff_alpha`."""
    return krippendorff_alpha([given == value for given in unit] for unit in units)
