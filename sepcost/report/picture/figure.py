"""The one door to Matplotlib: a figure to draw on, and its bytes.

A picture is drawn around one or more frames of a known size in inches; titles, labels, legends and
notes are then stacked outside them, so that nothing that a frame holds is hidden, and the page is cut
to what was drawn, so that nothing is cut off.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from textwrap import wrap
from typing import Any, NamedTuple

from sepcost.core.errors import FileError, MissingExtraError
from sepcost.report.phrases import with_glyphs
from sepcost.report.table import Cell

Figure = Any
Axes = Any
Artist = Any
"""What Matplotlib makes; it has no types that can be checked against."""

INK, FAINT, PALE = "#000000", "#5f5f5f", "#d9d9d9"

_STYLE = {
    # A viewer of an SVG that has no DejaVu takes the font most like it in width.
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Verdana", "Geneva"],
    "font.size": 9,
    "axes.labelsize": 9,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "grid.color": PALE,
    "grid.linewidth": 0.5,
    "axes.axisbelow": True,
    "hatch.linewidth": 0.5,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "legend.borderpad": 0,
    "legend.borderaxespad": 0,
    # Mathematics would be set letter by letter, which no reader of an SVG finds again; and a name from
    # a file is not to be read as such.
    "text.parse_math": False,
    "text.hinting": "none",
    "path.simplify": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "sepcost",
    "pdf.fonttype": 42,
}
POINTS = 72
"""Points in an inch; while a picture is painted, a dot is a point."""

_PNG_DOTS = 200
_MARGIN = 0.1
_NOTE_SIZE = 7.5
_ABOVE_FRAMES, _ABOVE_LEGEND, _ABOVE_NOTES = 9, 10, 8
_LETTER = 0.52  # The mean width of a letter of DejaVu Sans, in its own size.


@dataclass(frozen=True)
class Picture:
    """A picture that is not drawn yet.

    title, description: what it shows, in plain words, for those who cannot see it.
    paint: draws it on a figure.
    """

    title: str
    description: str
    paint: Callable[[Figure], None]

    def drawn(self, format_: str) -> bytes:
        """Return the picture as 'svg', 'png' or 'pdf'; the same picture gives the same bytes."""
        # What it says of fonts and folders, as it is imported too, is no answer to a request for a picture.
        logging.getLogger("matplotlib").setLevel(logging.ERROR)
        try:
            import matplotlib
            from matplotlib.figure import Figure
        except ImportError:
            raise MissingExtraError("a picture", "plot") from None
        except OSError:
            raise FileError("MPLCONFIGDIR", "Matplotlib has no folder to write to: name one here") from None
        defaults = {name: value for name, value in matplotlib.rcParamsDefault.items() if name != "backend"}
        drawn = BytesIO()
        with matplotlib.rc_context({**defaults, **_STYLE}), warnings.catch_warnings():
            # A name from a file may hold letters that the font has not.
            warnings.filterwarnings("ignore", message="Glyph", category=UserWarning)
            figure = Figure(dpi=POINTS)
            self.paint(figure)
            figure.savefig(
                drawn,
                format=format_,
                dpi=_PNG_DOTS,
                bbox_inches="tight",
                pad_inches=_MARGIN,
                metadata=self._metadata(format_),
            )
        return drawn.getvalue()

    def _metadata(self, format_: str) -> dict[str, str | None]:
        """Return what the file says of itself: no date, and no release of Matplotlib."""
        title = self.title.replace("\n", " ")
        if format_ == "pdf":
            said = {"Title": title, "Subject": self.description, "Creator": "sepcost"}
            return {**said, "Producer": None, "CreationDate": None}
        said = {"Title": title, "Description": self.description}
        if format_ == "png":
            return {**said, "Software": "sepcost"}
        return {**said, "Creator": "sepcost", "Date": None}


def frame(figure: Figure, width: float, height: float) -> Axes:
    """Return a frame of a size in inches, which is all of the figure."""
    return beside(figure, width, height, 1, gap=0)[0]


def beside(figure: Figure, width: float, height: float, number: int, gap: float) -> list[Axes]:
    """Return frames of a size in inches side by side, the figure being what they span."""
    whole = number * (width + gap) - gap
    figure.set_size_inches(whole, height)
    return [figure.add_axes((at * (width + gap) / whole, 0, width / whole, 1)) for at in range(number)]


def stacked(figure: Figure, width: float, height: float, number: int, gap: float) -> list[Axes]:
    """Return frames of a size in inches, one below the other, the figure being what they span."""
    whole = number * (height + gap) - gap
    figure.set_size_inches(width, whole)
    lowest_first = [
        figure.add_axes((0, at * (height + gap) / whole, 1, height / whole)) for at in range(number)
    ]
    return lowest_first[::-1]


class Place(NamedTuple):
    """The edges of what is drawn, in points from the figure's corner."""

    left: float
    bottom: float
    right: float
    top: float


def place(artists: Sequence[Artist]) -> Place:
    """Return where something is drawn."""
    from matplotlib.transforms import Bbox

    renderer = artists[0].get_figure(root=True)._get_renderer()
    box = Bbox.union([artist.get_tightbbox(renderer) for artist in artists])
    return Place(box.x0, box.y0, box.x1, box.y1)


def text_width(figure: Figure, text: str, size: float, **style: Any) -> float:
    """Return the width of a text in points."""
    probe = figure.text(0, 0, text, fontsize=size, **style)
    left, _, right, _ = place([probe])
    probe.remove()
    return right - left


def captioned(
    figure: Figure, title: Cell, subtitle: str, handles: Sequence[Artist], notes: Sequence[Cell]
) -> None:
    """Write a title and what it holds for above all that is drawn, a legend and small notes below it.

    handles: of the legend; there is none without.
    """
    drawn = place(figure.axes)
    _title(figure, title, subtitle, drawn)
    legend = _legend(figure, handles, drawn) if handles else drawn
    left, right = min(drawn.left, legend.left), max(drawn.right, legend.right)
    lines = [line for note in notes for line in _lines(note, right - left, _NOTE_SIZE)]
    bottom = min(drawn.bottom, legend.bottom) - _ABOVE_NOTES
    write(figure, "\n".join(lines), left, bottom, _NOTE_SIZE, va="top", color=FAINT)


def _title(figure: Figure, title: Cell, subtitle: str, drawn: Place) -> None:
    width = drawn.right - drawn.left
    text = "\n".join(_lines(Cell(subtitle), width, 9))
    below = write(figure, text, drawn.left, drawn.top + _ABOVE_FRAMES, 9, va="bottom", color=FAINT)
    top = place([below]).top + _ABOVE_FRAMES / 2
    write(figure, "\n".join(_lines(title, width, 11)), drawn.left, top, 11, va="bottom")


def _legend(figure: Figure, handles: Sequence[Artist], drawn: Place) -> Place:
    """Put a legend below what is drawn, in as many columns as fit its width; return where it is."""
    for columns in range(len(handles), 0, -1):
        legend = figure.legend(
            handles=list(handles),
            ncols=columns,
            loc="upper left",
            bbox_to_anchor=_at(figure, drawn.left, drawn.bottom - _ABOVE_LEGEND),
            handlelength=2.6,
            columnspacing=1.8,
        )
        edges = place([legend])
        if edges.right - edges.left <= drawn.right - drawn.left:
            break
        if columns > 1:
            legend.remove()
    return edges


def typeset(cell: Cell) -> str:
    """Return a cell as Matplotlib reads it: names from outside as they are, else with the signs of print.

    >>> typeset(Cell("gamma = N_o/N_i")), typeset(Cell("gamma", verbatim=True))
    ('γ = Nₒ/Nᵢ', 'gamma')
    """
    if cell.verbatim:
        return cell.text
    return with_glyphs(cell.text).replace("N_o", "Nₒ").replace("N_i", "Nᵢ").replace(" - ", " − ")


def _lines(cell: Cell, width: float, size: float) -> list[str]:
    """Return a text broken into lines of about a width in points, typeset."""
    longest = int(width / (size * _LETTER))
    lines = [line for part in cell.text.split("\n") for line in wrap(part, longest)]
    return [typeset(Cell(line, verbatim=cell.verbatim)) for line in lines]


def write(figure: Figure, text: str, x: float, y: float, size: float, **style: Any) -> Artist:
    """Write text at a place in points."""
    return figure.text(*_at(figure, x, y), text, fontsize=size, linespacing=1.35, **style)


def _at(figure: Figure, x: float, y: float) -> tuple[float, float]:
    width, height = figure.get_size_inches()
    return x / (width * POINTS), y / (height * POINTS)
