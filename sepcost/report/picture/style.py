"""How schemes, stages and layers look: apart in lightness first, then in colour and in line or hatch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sepcost.core.schemes import scheme_names
from sepcost.report.picture.figure import FAINT, INK, PALE, Axes

SCHEME_LINES: tuple[dict[str, Any], ...] = (
    {"color": "#000000", "linewidth": 1.8},
    {"color": "#005a8c", "linewidth": 1.8, "marker": "o"},
    {"color": "#d55e00", "linewidth": 1.5, "marker": "s", "dashes": (6, 2)},
    {"color": "#56b4e9", "linewidth": 1.5, "marker": "^", "dashes": (2, 1.5)},
    {"color": "#009e73", "linewidth": 1.8, "marker": "D"},
    {"color": "#e69f00", "linewidth": 1.5, "marker": "v", "dashes": (8, 2, 2, 2)},
    {"color": "#a0527e", "linewidth": 1.5, "marker": "X", "dashes": (4, 1.5)},
    {"color": "#6b6b6b", "linewidth": 1.5, "marker": "P", "dashes": (1, 1.5)},
    {"color": "#8c2d04", "linewidth": 1.8, "marker": "*"},
    {"color": "#2b2b8c", "linewidth": 1.5, "marker": "<", "dashes": (5, 1.5, 1, 1.5)},
)
"""Lines for the schemes of the catalogue in turn. Where two run on one another, dashes show both."""

_MARKERS = 6
_MARKER_SIZE = 4.5
_PHASES = 8

STAGE_FILLS: dict[str, dict[str, Any]] = {
    "standard": {"facecolor": "#4d4d4d"},
    "grouped": {"facecolor": "#009e73", "hatch": "xxxx"},
    "depthwise": {"facecolor": "#e69f00", "hatch": "/////"},
    "pointwise": {"facecolor": "#56b4e9"},
    "": {"facecolor": "#ffffff", "hatch": "....."},
}
"""A fill for each kind of stage, and for stages in one pass."""

STAGE_WORDS = {"standard": "convolution", "": "stages in one pass"}
"""What a legend says of those that it does not call by their kind."""

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


def line_of(scheme: str) -> dict[str, Any]:
    """Return the line of a scheme: that of its place in the catalogue."""
    return SCHEME_LINES[scheme_names().index(scheme) % len(SCHEME_LINES)]


def draw_line(axes: Axes, scheme: str, xs: Sequence[float], ys: Sequence[float], place: int) -> None:
    """Draw a scheme's line, the `place`-th: markers of lines that run on one another stand side by side."""
    every = max(len(xs) // _MARKERS, 1)
    start = every * (2 * place + 1) // _PHASES
    axes.plot(xs, ys, markevery=(start, every), markersize=_MARKER_SIZE, **line_of(scheme))


def line_key(axes: Axes, scheme: str, label: str) -> Any:
    """Return what a legend shows for a scheme's line."""
    return axes.plot([], [], label=label, markersize=_MARKER_SIZE, **line_of(scheme))[0]
