"""The plots of benchmarks/retraining.py: what labels are worth, and what turned ones do."""

from collections.abc import Sequence
from statistics import fmean, pstdev
from typing import Any

from training.svg import Panel, Series, svg_document

__all__ = ["curve_svg", "poison_svg"]

Kept = dict[str, dict[str, Any]]

F1 = (0.4, 0.5, 0.6, 0.7, 0.8)
SHARES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


def curve_svg(kept: Kept, counts: Sequence[int], domain: str) -> str:
    """Macro F1 against labels, on the domain and on the rest of dev; the band is a standard deviation of the draws."""
    ticks = tuple(map(float, counts))
    panels = [
        Panel(
            title,
            f"labels on {domain}",
            "macro F1",
            ticks,
            F1,
            (_random(kept, counts, name), _queue(kept, counts, name)),
        )
        for title, name in ((f"{domain}, never seen before", "domain"), ("the rest of dev", "rest"))
    ]
    return svg_document(panels, description=f"Macro F1 by the number of labels on {domain}, at random and by the queue")


def poison_svg(kept: Kept, turned: Sequence[float]) -> str:
    """What the gate refuses and what the check finds, by the share of labels that were turned."""
    found = tuple(share for share in turned if share)  # of none none can be found
    drawn = (
        ("refused by the gate", turned, lambda run: float(run["refused"])),
        ("turned ones among the suspects", found, lambda run: run["found"] / run["turned"]),
        ("among as many first suspects", found, lambda run: run["found_first"] / run["turned"]),
        ("macro F1 on the frozen set", turned, lambda run: run["frozen"]),
    )
    series = tuple(
        Series(name, tuple((share, fmean(map(value, _runs(kept, f"turned {share} ")))) for share in shares))
        for name, shares, value in drawn
    )
    ticks = tuple(sorted({0.0, *turned}))
    panel = Panel("labels turned at random", "share of labels turned", "share of runs or labels", ticks, SHARES, series)
    return svg_document([panel], description="What the gate refuses and labels check finds of labels turned at random")


def _random(kept: Kept, counts: Sequence[int], name: str) -> Series:
    drawn = [[run[name] for run in _runs(kept, f"random {count} ")] for count in counts]
    points = tuple((float(count), fmean(values)) for count, values in zip(counts, drawn, strict=True))
    return Series("at random", points, spread=tuple(map(pstdev, drawn)))


def _queue(kept: Kept, counts: Sequence[int], name: str) -> Series:
    return Series("by the queue", tuple((float(count), kept[f"queue {count}"][name]) for count in counts))


def _runs(kept: Kept, prefix: str) -> list[dict[str, Any]]:
    return [run for name, run in kept.items() if name.startswith(prefix)]
