"""Pictures of an evaluation as SVG: a confusion matrix, residuals. Text and shapes alone: no script, no reference.

Colours are of one scale from white to blue, told apart without seeing colour; numbers are in the cells.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np

from mlgitops.runtime.evaluate.measure import sample
from mlgitops.runtime.evaluate.truth import Array
from mlgitops.runtime.printable import printable

MOST_CLASSES = 30
MOST_POINTS = 2000
LONGEST_NAME = 12
CELL, MARGIN, WIDTH, HEIGHT = 44, 110, 640, 400
FONT = 'font-family="sans-serif" font-size="12"'


def confusion_matrix(truth: Array, labels: Array, classes: Sequence[object]) -> str | None:
    """Rows are true classes, columns predicted ones; None for more classes than a person can look at."""
    count = len(classes)
    if count > MOST_CLASSES:
        return None
    table = np.zeros((count, count), np.int64)
    np.add.at(table, (truth, labels), 1)
    side = MARGIN + count * CELL
    parts = [_text(MARGIN + count * CELL / 2, 16, "predicted", "middle")]
    parts.append(_text(16, MARGIN + count * CELL / 2, "true", "middle", turned=True))
    for place, name in enumerate(classes):
        middle = MARGIN + place * CELL + CELL / 2
        parts.append(_text(middle, MARGIN - 8, _short(name), "start", turned=True))
        parts.append(_text(MARGIN - 8, middle + 4, _short(name), "end"))
    for row in range(count):
        total = max(int(table[row].sum()), 1)
        parts += (_cell(row, column, int(table[row, column]), total) for column in range(count))
    return _picture(side + 20, side + 20, "Confusion matrix: rows are true classes, columns predicted ones", parts)


def residuals(truth: Array, values: Array) -> str:
    """True value less predicted one, over the predicted one; at most `MOST_POINTS` rows, drawn with a fixed seed."""
    drawn = sample(len(truth), MOST_POINTS)
    across, up = values[drawn], truth[drawn] - values[drawn]
    x, y = _Axis(across, 70, WIDTH - 20), _Axis(np.append(up, 0.0), HEIGHT - 50, 30)
    parts = [_line(70, y(0.0), WIDTH - 20, y(0.0), "#c33")]
    parts += (
        f'<circle cx="{x(a):.1f}" cy="{y(b):.1f}" r="2.5" fill="#2166ac" fill-opacity="0.5"/>'
        for a, b in zip(across.tolist(), up.tolist(), strict=True)
    )
    parts += (_text(x(tick), HEIGHT - 32, f"{tick:g}", "middle") for tick in x.ticks)
    parts += (_text(64, y(tick) + 4, f"{tick:g}", "end") for tick in y.ticks)
    parts += (_line(70, HEIGHT - 50, WIDTH - 20, HEIGHT - 50, "#444"), _line(70, 30, 70, HEIGHT - 50, "#444"))
    parts.append(_text((70 + WIDTH - 20) / 2, HEIGHT - 10, "predicted", "middle"))
    parts.append(_text(16, HEIGHT / 2, "true less predicted", "middle", turned=True))
    return _picture(WIDTH, HEIGHT, "Residuals: true value less predicted one", parts)


class _Axis:
    """Numbers to places, with ticks at round numbers."""

    def __init__(self, values: Array, start: float, end: float) -> None:
        low, high = float(values.min()), float(values.max())
        if low == high:
            low, high = low - 0.5, high + 0.5
        self.low, self.scale, self.start = low, (end - start) / (high - low), start
        step = 10.0 ** np.floor(np.log10((high - low) / 4))
        step *= next(factor for factor in (1, 2, 5, 10) if (high - low) / (step * factor) <= 6)
        first = np.ceil(low / step)
        self.ticks = [float((first + n) * step) for n in range(7) if (first + n) * step <= high]

    def __call__(self, value: float) -> float:
        return self.start + (value - self.low) * self.scale


def _cell(row: int, column: int, count: int, total: int) -> str:
    share = count / total
    red, green, blue = (round(255 - share * (255 - end)) for end in (33, 102, 172))
    x, y = MARGIN + column * CELL, MARGIN + row * CELL
    colour = "#fff" if share > 0.5 else "#222"
    box = f'<rect x="{x}" y="{y}" width="{CELL}" height="{CELL}" fill="rgb({red},{green},{blue})" stroke="#ccc"/>'
    return box + _text(x + CELL / 2, y + CELL / 2 + 4, str(count), "middle", colour)


def _text(x: float, y: float, text: str, anchor: str, colour: str = "#222", *, turned: bool = False) -> str:
    turn = f' transform="rotate(-90 {x:.1f} {y:.1f})"' if turned else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}"{turn}>{escape(text)}</text>'


def _line(x1: float, y1: float, x2: float, y2: float, colour: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"/>'


def _short(name: object) -> str:
    text = printable(str(name))
    return text if len(text) <= LONGEST_NAME else text[: LONGEST_NAME - 1] + "…"


def _picture(width: int, height: int, title: str, parts: Sequence[str]) -> str:
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    background = f'<rect width="{width}" height="{height}" fill="#fff"/>'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" {FONT}>\n<title>{escape(title)}</title>\n'
    return head + "\n".join((background, *parts)) + "\n</svg>\n"
