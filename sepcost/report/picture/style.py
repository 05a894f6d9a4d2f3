"""How schemes, stages and layers look: apart in lightness first, then in colour and in line or hatch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sepcost.report.picture.figure import FAINT, INK, PALE, Axes

SCHEME_LINES: dict[str, dict[str, Any]] = {
    "standard": {"color": "#000000", "linewidth": 1.8},
    "separable": {"color": "#005a8c", "linewidth": 1.8, "marker": "o"},
    "generalized": {"color": "#d55e00", "linewidth": 1.5, "marker": "s", "dashes": (6, 2)},
    "distributed": {"color": "#56b4e9", "linewidth": 1.5, "marker": "^", "dashes": (2, 1.5)},
}
"""A line for each scheme. Where two run on one another, the dashes of the later show both."""

_MARKERS = 6
_MARKER_SIZE = 4.5
_PHASES = 8

STAGE_FILLS: dict[str, dict[str, Any]] = {
    "convolution": {"facecolor": "#4d4d4d"},
    "depthwise": {"facecolor": "#e69f00", "hatch": "/////"},
    "pointwise": {"facecolor": "#56b4e9"},
    "": {"facecolor": "#ffffff", "hatch": "....."},
}

UNREALIZABLE: dict[str, Any] = {"facecolor": "#ffffff", "linestyle": (0, (3, 2))}

NOW: dict[str, Any] = {"facecolor": "#c4c4c4"}
REPLACED: dict[str, Any] = {"facecolor": "#005a8c"}
KEPT: dict[str, Any] = {"facecolor": "#8a8a8a"}

BASELINE: dict[str, Any] = {"color": INK, "linewidth": 0.9}
BREAK_EVEN: dict[str, Any] = {"color": INK, "linewidth": 1.8}
BREAK_EVEN_HALO: dict[str, Any] = {"color": "#ffffff", "linewidth": 3.6}
MISSING: dict[str, Any] = {"facecolor": "#ffffff", "edgecolor": PALE, "hatch": "////", "linewidth": 0}

LEADER: dict[str, Any] = {"arrowstyle": "-", "color": FAINT, "linewidth": 0.6, "shrinkA": 0, "shrinkB": 0}
"""The line from a mark to its label."""


def draw_line(axes: Axes, scheme: str, xs: Sequence[float], ys: Sequence[float], place: int) -> None:
    """Draw a scheme's line, the `place`-th: markers of lines that run on one another stand side by side."""
    every = max(len(xs) // _MARKERS, 1)
    start = every * (2 * place + 1) // _PHASES
    axes.plot(xs, ys, markevery=(start, every), markersize=_MARKER_SIZE, **SCHEME_LINES[scheme])


def line_key(axes: Axes, scheme: str, label: str) -> Any:
    """Return what a legend shows for a scheme's line."""
    return axes.plot([], [], label=label, markersize=_MARKER_SIZE, **SCHEME_LINES[scheme])[0]
