"""Small charts as SVG text, without any library: what an asset shows of itself in Dagster.

A metadata value is held to 4,000 characters there, and an image inside it is base64, so a chart has `LIMIT` bytes. That
is why bars share one path and a line keeps at most `POINTS` points. `bigmath.plots` draws figures for files.
"""

from collections.abc import Mapping, Sequence
from html import escape

LIMIT = 2900
"""Bytes of a chart: 3,868 characters as base64."""

POINTS = 40
"""Points a line keeps, its first and last among them."""

ROWS = 30
"""Most bars of a chart."""

_WIDTH, _LEFT, _BAR, _ROW = 460, 215, 235, 17
_COLOURS = ("#2563eb", "#d97706", "#059669", "#7c3aed")


def bars(title: str, values: Sequence[tuple[str, float]], of: float | None = None) -> str:
    """Horizontal bars with their name and value, in the order given; beyond `ROWS` they are counted in a last line.

    Args:
        of: the value of a bar of full width; the largest one where None.
    """
    count = min(ROWS, len(values))
    while len((svg := _bars(title, values, of, count)).encode()) > LIMIT and count > 1:
        count -= 1  # long names in another script
    return svg


def _bars(title: str, values: Sequence[tuple[str, float]], of: float | None, count: int) -> str:
    shown = values[:count]
    top = max([of or 0.0, *(value for _, value in shown)]) or 1.0
    texts, path = [], ""
    for place, (name, value) in enumerate(shown):
        y = 28 + _ROW * place
        texts.append(f'<text y="{y + 10}">{escape(name[:24])} {_number(value)}</text>')
        path += f"M0 {y}h{max(1, round(_BAR * value / top))}v12H0z"
    if len(values) > len(shown):
        texts.append(f'<text y="{38 + _ROW * len(shown)}">{len(values) - len(shown)} more</text>')
    height = 34 + _ROW * len(texts)
    return _svg(
        height,
        f'{_title(title)}<g text-anchor="end" transform="translate({_LEFT - 6})">{"".join(texts)}</g>'
        f'<path transform="translate({_LEFT})" fill="{_COLOURS[0]}" d="{path}"/>',
    )


def lines(title: str, x: str, y: str, named: Mapping[str, Sequence[tuple[float, float]]]) -> str:
    """Lines over one pair of axes that start at 0 on the left and below, with the names beside the title's end."""
    right = max((px for points in named.values() for px, _ in points), default=0) or 1.0
    top = max((py for points in named.values() for _, py in points), default=0) or 1.0
    body = _title(title)
    for place, (name, points) in enumerate(named.items()):
        colour = _COLOURS[place % len(_COLOURS)]
        path = " ".join(f"{45 + 395 * px / right:.0f},{190 - 150 * py / top:.0f}" for px, py in _thinned(points))
        body += f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="{path}"/>'
        body += f'<text x="452" y="{16 + 14 * place}" text-anchor="end" fill="{colour}">{escape(name[:24])}</text>'
    return _svg(
        225,
        f'{body}<path d="M45 40V190H440" stroke="#888" fill="none"/>'
        f'<g text-anchor="end"><text x="40" y="44">{_number(top)}</text><text x="40" y="194">0</text>'
        f'<text x="440" y="206">{_number(right)}</text></g><text x="45" y="220">{escape(x)}</text>'
        f'<text x="45" y="34">{escape(y)}</text>',
    )


def _thinned(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    if len(points) <= POINTS:
        return list(points)
    return [points[round(place * (len(points) - 1) / (POINTS - 1))] for place in range(POINTS)]


def _title(text: str) -> str:
    return f'<text x="8" y="17" font-weight="bold">{escape(text[:60])}</text>'


def _number(value: float) -> str:
    return f"{int(value):,}" if value == int(value) else f"{value:.3g}"


def _svg(height: int, body: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" font-family="sans-serif"'
        f' font-size="11" fill="#222"><rect width="100%" height="100%" rx="4" fill="#fff"/>{body}</svg>'
    )
