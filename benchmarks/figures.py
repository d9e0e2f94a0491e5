"""What is made of measurements: percentiles, ratios of rounds, and the slope of memory over time."""

import statistics
from collections.abc import Sequence

__all__ = ["median_ratio", "percentile", "slope"]


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest of `values` that at least `share` of them do not exceed (nearest rank); nan for none."""
    if not values:
        return float("nan")
    ordered = sorted(values)
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)]


def median_ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median over rounds of a round's own ratio: a busy minute falls on both sides of it; nan for none."""
    ratios = [mine / other for mine, other in zip(ours, theirs, strict=True) if other]
    return statistics.median(ratios) if ratios else float("nan")


def slope(points: Sequence[tuple[float, float]]) -> float:
    """The median slope over all pairs of (x, y) (Theil, 1950), which single outliers do not move; nan for none.

    Every pair up to some hundred points; beyond, each with the one half the series away, so that it stays linear.
    """
    half = len(points) // 2
    pairs = (
        [(a, b) for index, a in enumerate(points) for b in points[index + 1 :]]
        if len(points) <= 200
        else list(zip(points, points[half:], strict=False))
    )
    slopes = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in pairs if b[0] != a[0]]
    return statistics.median(slopes) if slopes else float("nan")
