"""Curves and reliability diagrams as values that a page draws: points in a square of SVG, no plotting library."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from training.metrics import Bin, Curve

__all__ = ["SIDE", "Dot", "Line", "Plot", "curve_plot", "reliability_plot"]

SIDE = 200
"""The side of the square, in the units of the drawing."""

MOST_POINTS = 200
"""Of a line: more cannot be told apart in SIDE units."""


@dataclass(frozen=True, slots=True)
class Line:
    """A curve through the square; `points` as SVG's polyline takes them. `name` is also its class of style."""

    name: str
    points: str


@dataclass(frozen=True, slots=True)
class Dot:
    """A point with the radius that its weight gives it, and what a pointer over it shows."""

    x: float
    y: float
    radius: float
    title: str


@dataclass(frozen=True, slots=True)
class Plot:
    """A diagram with both axes from 0 to 1; `marked`, in the units of the drawing, is where a vertical line stands."""

    title: str
    x: str
    y: str
    lines: tuple[Line, ...] = ()
    dots: tuple[Dot, ...] = ()
    marked: float | None = None


def curve_plot(title: str, *, x: str, y: str, curves: Iterable[tuple[str, Curve]], marked: float | None = None) -> Plot:
    """Named curves over one another; `marked` is a value of x."""
    lines = tuple(Line(name, _points(curve)) for name, curve in curves if len(curve.x))
    return Plot(title, x, y, lines=lines, marked=None if marked is None else _x(marked))


def reliability_plot(title: str, bins: Iterable[Bin]) -> Plot:
    """Accuracy against confidence: on the diagonal the model is as often right as it says; the area of a dot is n."""
    found = list(bins)
    most = max((one.n for one in found), default=1)
    dots = (
        Dot(
            _x(one.confidence),
            _y(one.accuracy),
            radius=round(max(8 * (one.n / most) ** 0.5, 1.5), 1),
            title=f"{one.n} rows: confidence {one.confidence:.2f}, accuracy {one.accuracy:.2f}",
        )
        for one in found
    )
    diagonal = Line("diagonal", f"0,{SIDE} {SIDE},0")
    return Plot(title, "confidence", "accuracy", lines=(diagonal,), dots=tuple(dots))


def _points(curve: Curve) -> str:
    places = np.unique(np.linspace(0, len(curve.x) - 1, MOST_POINTS).round().astype(int))
    return " ".join(f"{_x(x)},{_y(y)}" for x, y in zip(curve.x[places], curve.y[places], strict=True))


def _x(value: float) -> float:
    return round(float(value) * SIDE, 1)


def _y(value: float) -> float:
    return round((1 - float(value)) * SIDE, 1)
