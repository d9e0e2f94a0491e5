"""What `stance drift` compared, drawn: labels, confidence, length, unknown tokens, and the encoder's space."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.drift import Measure, Observation
from training.svg import Panel, Series, svg_document

__all__ = ["drift_svg"]

TENTHS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
MOST_POINTS = 100
NAMES = ("reference", "new")


def drift_svg(before: Observation, after: Observation, measures: Sequence[Measure]) -> str:
    """The diagrams as one SVG file, the title of each with its distance and whether it is a drift."""
    titles = {measure.name: _title(measure) for measure in measures}
    both = (before, after)
    longest = max(float(each.tokens.max()) for each in both)
    unknown = max(float(each.unknown.max()) for each in both) or 1.0
    mixes = [each.label_mix() for each in both]
    panels = [
        Panel(
            titles["label mix"],
            "share of each label, reference",
            "new",
            TENTHS,
            TENTHS,
            tuple(Series(label, ((mixes[0][label], mixes[1][label]),), dots=True) for label in mixes[0]),
        ),
        _cumulative(titles["confidence"], "confidence", [each.probabilities.max(axis=1) for each in both], 1.0),
        _cumulative(titles["length"], "tokens", [each.tokens for each in both], longest),
        _cumulative(titles["unknown tokens"], "share of unknown tokens", [each.unknown for each in both], unknown),
        _space(titles["embeddings"], both),
    ]
    return svg_document(panels, description="; ".join(titles.values()))


def _title(measure: Measure) -> str:
    return f"{measure.name}: {measure.distance:.3f}, p {measure.p:.3f}{' (drift)' if measure.drifted else ''}"


def _cumulative(title: str, x: str, values: Sequence[NDArray[np.floating[Any]]], most: float) -> Panel:
    ticks = tuple(round(share * most, 3) for share in TENTHS)
    series = []
    for name, each in zip(NAMES, values, strict=True):
        shares = np.linspace(0, 1, MOST_POINTS)
        quantiles = np.quantile(each, shares).tolist()
        series.append(Series(name, tuple(zip(quantiles, shares.tolist(), strict=True))))
    return Panel(title, x, "share of pairs", ticks, TENTHS, tuple(series))


def _space(title: str, both: Sequence[Observation]) -> Panel:
    """The two directions in which the points of both together differ most."""
    together = np.concatenate([each.points for each in both])
    centre = together.mean(axis=0)
    directions = np.linalg.svd(together - centre, full_matrices=False)[2][:2]
    places = [(each.points - centre) @ directions.T for each in both]
    most = float(max(np.abs(each).max() for each in places)) or 1.0
    ticks = tuple(round(most * share, 2) for share in (-1.0, -0.5, 0.0, 0.5, 1.0))
    series = []
    for name, each in zip(NAMES, places, strict=True):
        drawn = each[np.linspace(0, len(each) - 1, min(len(each), 2 * MOST_POINTS)).round().astype(int)]
        series.append(Series(name, tuple((float(x), float(y)) for x, y in drawn), dots=True))
    return Panel(title, "first component", "second", ticks, ticks, tuple(series))
