import re
import xml.etree.ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from training.svg import SIDE, Panel, Series, svg_document

points = st.lists(st.tuples(st.floats(-5, 5), st.floats(-5, 5)), min_size=1, max_size=9).map(tuple)


@given(points, st.booleans(), st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=9))
def test_whatever_is_drawn_is_well_formed_and_inside(drawn, dots, name):
    panel = Panel(name, name, name, (-1.0, 1.0), (0.0, 0.5, 1.0), (Series(name, drawn, dots=dots),))
    document = svg_document([panel], description=name)
    ET.fromstring(document)  # noqa: S314 - our own
    for coordinates in re.findall(r'<polyline points="([^"]*)"', document):
        assert all(0 <= float(number) <= SIDE for number in re.split("[ ,]", coordinates))


def test_points_stand_where_they_belong():
    line = Series("line", ((0.0, 0.0), (2.0, 1.0)), spread=(0.0, 0.25))
    document = svg_document([Panel("t", "x", "y", (0.0, 4.0), (0.0, 1.0), (line,))], description="d")
    assert 'polyline points="0.0,200.0 100.0,0.0"' in document
    assert 'points="0.0,200.0 100.0,0.0 100.0,50.0 0.0,200.0"' in document


def test_panels_stand_in_rows_of_three():
    panel = Panel("t", "x", "y", (0.0, 1.0), (0.0, 1.0), ())
    document = svg_document([panel] * 5, description="d")
    assert ET.fromstring(document).attrib["viewBox"] == "0 0 780 532"  # noqa: S314 - our own
    assert document.count("<g transform") == 5
