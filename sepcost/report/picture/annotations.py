"""Marks on a curve, and what they say: above the frame, where it hides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sepcost.report.phrases import decimal
from sepcost.report.picture.axes import spread
from sepcost.report.picture.figure import FAINT, INK, Axes, text_width, typeset
from sepcost.report.picture.style import LEADER
from sepcost.report.table import Cell
from sepcost.solver import mathtext
from sepcost.solver.curves import Crossing

_SIZE = 9
_GAP = 10.0
_UPRIGHT_GAP = 3.0
_LEADER = 16
_LONGEST_PLAIN = 6  # A longer threshold is read with its decimal beside it.


@dataclass(frozen=True)
class LabelledPoint:
    """A point of a picture and the label that belongs to it."""

    x: float
    y: float
    label: str


def crossing_label(crossing: Crossing, subject: str) -> str:
    """Return which schemes cross, and at what exact value of the subject, which may be left unnamed."""
    threshold = mathtext.readable(crossing.threshold)
    said = [*crossing.schemes, typeset(Cell(f"{subject} {crossing.sign} {threshold}".strip()))]
    if len(threshold) > _LONGEST_PLAIN and not mathtext.is_isolated(crossing.threshold):
        said.append(f"≈ {decimal(float(crossing.threshold))}")
    return "\n".join(said)


def label_points(axes: Axes, points: Sequence[LabelledPoint]) -> None:
    """Mark points, in ascending order, each with a line up to its label above the frame.

    Labels that have no room beside each other are written upright, each in one line.
    """
    widths = [text_width(axes.figure, point.label, _SIZE) + _GAP for point in points]
    upright = sum(widths) > axes.bbox.width + _GAP
    if upright:
        widths = [_SIZE + _UPRIGHT_GAP] * len(points)
    wanted = [axes.transData.transform((point.x, 1))[0] - axes.bbox.x0 for point in points]
    centres = spread(wanted, widths, -_GAP / 2, axes.bbox.width + _GAP / 2)
    for point, centre in zip(points, centres, strict=True):
        x, y = point.x, point.y
        axes.plot(x, y, "o", markersize=6.5, markerfacecolor="white", markeredgecolor=INK, zorder=4)
        axes.vlines(x, y, axes.get_ylim()[1], color=FAINT, linewidth=0.6, zorder=1.5)
        axes.annotate(
            point.label.replace("\n", " ") if upright else point.label,
            xy=(x, 1),
            xycoords=("data", "axes fraction"),
            xytext=(centre, axes.bbox.height + _LEADER),
            textcoords="axes points",
            ha="center",
            va="bottom",
            fontsize=_SIZE,
            rotation=90 if upright else 0,
            annotation_clip=False,
            arrowprops={**LEADER, "relpos": (0.5, 0)},
        )
