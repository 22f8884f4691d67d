"""Charts that fit into one metadata value of Dagster."""

from xml.etree import ElementTree

import pytest

from bigmath.bars import LIMIT, POINTS, ROWS, bars, lines

SVG = "{http://www.w3.org/2000/svg}"


def test_bars_are_as_long_as_their_values() -> None:
    root = ElementTree.fromstring(bars("Rows", [("kept", 100.0), ("dropped", 50.0)]))
    assert [text.text for text in root.iter(f"{SVG}text")] == ["Rows", "kept 100", "dropped 50"]
    path = next(one.get("d") or "" for one in root.iter(f"{SVG}path"))
    first, second = (int(part.split("h")[1].split("v")[0]) for part in path.split("z")[:2])
    assert first == pytest.approx(2 * second, abs=1)


@pytest.mark.parametrize("name", ["near_duplicate", "<script>&amp;\"'", "数学" * 40])
def test_a_chart_never_outgrows_its_limit_and_is_always_xml(name: str) -> None:
    many = [(name, 10.0**9 + place) for place in range(200)]
    svg = bars(name, many)
    assert len(svg.encode()) <= LIMIT
    texts = [text.text or "" for text in ElementTree.fromstring(svg).iter(f"{SVG}text")]
    shown = len(texts) - 2
    assert 3 < shown <= ROWS
    assert texts[-1] == f"{200 - shown} more"
    line = lines(name, "x", "y", {name + str(n): [(float(i), float(i)) for i in range(1000)] for n in range(4)})
    assert len(line.encode()) <= LIMIT
    points = [one.get("points") or "" for one in ElementTree.fromstring(line).iter(f"{SVG}polyline")]
    assert [len(one.split()) for one in points] == [POINTS] * 4


def test_nothing_to_show_is_a_chart_too() -> None:
    ElementTree.fromstring(bars("Nothing", []))
    ElementTree.fromstring(lines("Nothing", "x", "y", {"none": []}))
