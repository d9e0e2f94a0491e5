import xml.etree.ElementTree as ET

from benchmarks.retraining_plots import curve_svg, poison_svg

COUNTS = (0, 50)
KEPT = {
    **{f"random {count} {seed}": {"domain": 0.5 + seed / 100, "rest": 0.6} for count in COUNTS for seed in (1, 3)},
    **{f"queue {count}": {"domain": 0.6, "rest": 0.6} for count in COUNTS},
    "turned 0.0 1": {"turned": 0, "suspects": 4, "found": 0, "found_first": 0, "refused": False, "frozen": 0.6},
    "turned 0.2 1": {"turned": 20, "suspects": 25, "found": 15, "found_first": 12, "refused": True, "frozen": 0.5},
    "turned 0.4 1": {"turned": 40, "suspects": 50, "found": 32, "found_first": 20, "refused": True, "frozen": 0.5},
}


def test_learning_curve_has_the_mean_of_the_draws_and_their_spread():
    drawn = curve_svg(KEPT, COUNTS, "sports")
    assert ET.fromstring(drawn).attrib["viewBox"] == "0 0 520 266"  # noqa: S314 - our own
    assert 'polyline points="0.0,140.0 200.0,140.0"' in drawn, "0.52, of 0.4 to 0.8"
    assert 'points="0.0,135.0 200.0,135.0 200.0,145.0 0.0,145.0"' in drawn, "0.51 to 0.53"
    assert 'polyline points="0.0,100.0 200.0,100.0"' in drawn, "0.6 by the queue"


def test_poison_plot_shows_what_was_refused_and_found():
    drawn = poison_svg(KEPT, (0.0, 0.2, 0.4))
    assert 'points="0.0,200.0 100.0,0.0 200.0,0.0"' in drawn, "refused: none, then every one"
    assert 'points="100.0,50.0 200.0,40.0"' in drawn, "found: 15 of 20, 32 of 40"
    assert 'points="100.0,80.0 200.0,100.0"' in drawn, "found among as many first: 12 of 20, 20 of 40"
