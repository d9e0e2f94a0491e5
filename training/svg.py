"""Diagrams as SVG files of their own, light and dark: named lines and dots over axes with numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

__all__ = ["Panel", "Series", "svg_document"]

SIDE = 200
"""The side of a panel's square, in the units of the drawing."""

LEFT, TOP, RIGHT, BOTTOM = 44, 26, 16, 40

STYLE = """
svg { color-scheme: light dark; --page: #fff; --ink: #1b1b1b; --faint: #5a5a5a; --rule: #d4d4d4;
  --c0: #1f4e8c; --c1: #a3470f; --c2: #0f5a2b; --c3: #6b2c8f; }
@media (prefers-color-scheme: dark) { svg { --page: #161616; --ink: #ececec; --faint: #a8a8a8; --rule: #444;
  --c0: #8fbcf5; --c1: #f3a873; --c2: #8be0a4; --c3: #d3a6ee; } }
.page { fill: var(--page); } text { fill: var(--faint); font: 9px system-ui, sans-serif; }
.title { fill: var(--ink); font-size: 11px; font-weight: 600; }
.grid { stroke: var(--rule); stroke-width: .6; } polyline { fill: none; stroke-width: 1.8; } .band { opacity: .18; }
"""


@dataclass(frozen=True, slots=True)
class Series:
    """Points (x, y) in the units of the data, joined in order or each a dot; `spread` is how far above and below."""

    name: str
    points: tuple[tuple[float, float], ...]
    dots: bool = False
    spread: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Panel:
    """A diagram: axes with their names, the ticks on each from least to most, and what is drawn between them."""

    title: str
    x: str
    y: str
    x_ticks: tuple[float, ...]
    y_ticks: tuple[float, ...]
    series: tuple[Series, ...]


def svg_document(panels: Sequence[Panel], *, description: str) -> str:
    """The panels side by side, three in a row, as a whole SVG file; `description` is read aloud in their place."""
    columns = min(len(panels), 3)
    width, height = LEFT + SIDE + RIGHT, TOP + SIDE + BOTTOM
    whole = (columns * width, -(-len(panels) // columns) * height)
    corners = ((place % columns * width + LEFT, place // columns * height + TOP) for place in range(len(panels)))
    drawn = (
        f'<g transform="translate({x} {y})">{_panel(panel)}</g>' for (x, y), panel in zip(corners, panels, strict=True)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {whole[0]} {whole[1]}" role="img" '
        f'aria-label="{escape(description)}">\n<style>{STYLE}</style>\n'
        f'<rect class="page" width="{whole[0]}" height="{whole[1]}"/>\n' + "\n".join(drawn) + "\n</svg>\n"
    )


def _panel(panel: Panel) -> str:
    parts = [f'<text class="title" x="0" y="-12">{escape(panel.title)}</text>']
    for tick in panel.x_ticks:
        at = _scaled(tick, panel.x_ticks)
        parts.append(f'<line class="grid" x1="{at}" y1="0" x2="{at}" y2="{SIDE}"/>')
        parts.append(f'<text x="{at}" y="{SIDE + 12}" text-anchor="middle">{tick:g}</text>')
    for tick in panel.y_ticks:
        at = SIDE - _scaled(tick, panel.y_ticks)
        parts.append(f'<line class="grid" x1="0" y1="{at}" x2="{SIDE}" y2="{at}"/>')
        parts.append(f'<text x="-5" y="{at + 3}" text-anchor="end">{tick:g}</text>')
    parts.append(f'<text x="{SIDE / 2}" y="{SIDE + 27}" text-anchor="middle">{escape(panel.x)}</text>')
    middle = f'transform="translate(-30 {SIDE / 2}) rotate(-90)"'
    parts.append(f'<text {middle} text-anchor="middle">{escape(panel.y)}</text>')
    parts += [_series(series, panel, place) for place, series in enumerate(panel.series)]
    return "".join(parts)


def _series(series: Series, panel: Panel, place: int) -> str:
    colour = f"var(--c{place % 4})"
    points = [_place(x, y, panel) for x, y in series.points]
    key = f'<text x="{SIDE - 4}" y="{SIDE - 8 - 11 * place}" text-anchor="end" style="fill:{colour}">'
    key += f"{escape(series.name)}</text>"
    if series.dots:
        dots = (f'<circle cx="{x}" cy="{y}" r="2.4" style="fill:{colour}"/>' for x, y in points)
        return "".join(dots) + key
    joined = " ".join(f"{x},{y}" for x, y in points)
    band = ""
    if series.spread:
        pairs = list(zip(series.points, series.spread, strict=True))
        edge = [_place(x, y + spread, panel) for (x, y), spread in pairs]
        edge += [_place(x, y - spread, panel) for (x, y), spread in reversed(pairs)]
        outline = " ".join(f"{x},{y}" for x, y in edge)
        band = f'<polygon class="band" points="{outline}" style="fill:{colour}"/>'
    return f'{band}<polyline points="{joined}" style="stroke:{colour}"/>{key}'


def _place(x: float, y: float, panel: Panel) -> tuple[float, float]:
    return _scaled(x, panel.x_ticks), round(SIDE - _scaled(y, panel.y_ticks), 1)


def _scaled(value: float, ticks: Sequence[float]) -> float:
    """Where a value stands between the first tick and the last; what lies beyond stands at the edge."""
    share = (value - ticks[0]) / ((ticks[-1] - ticks[0]) or 1.0)
    return round(min(max(share, 0.0), 1.0) * SIDE, 1)
