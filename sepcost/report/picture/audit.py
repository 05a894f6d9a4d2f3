"""A network as a picture: its layers in order, what each takes now and replaced, the total in the title."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from sepcost.errors import SepcostError
from sepcost.network.audit import Audit, AuditedLayer
from sepcost.quantity import by
from sepcost.report import words
from sepcost.report.audit_table import notes, sections
from sepcost.report.audit_view import AuditView
from sepcost.report.picture.canvas import FAINT, Artist, Axes, Figure, Picture, frame, keyed, noted, titled
from sepcost.report.picture.marks import KEPT, NOW, REPLACED
from sepcost.report.picture.scales import short
from sepcost.report.table import Cell

_WIDTH, _HEIGHT = 5.4, 2.6
_MOST_NAMED = 64  # Beyond that, names would be too small to read: layers are then columns, by number.
_ROW, _LEAST_ROWS = 0.165, 5
_WIDE, _NARROW = 0.8, 0.42
_NAME_SIZE = 7.5
_LONGEST_NAME = 36
_LONGEST_TITLE = 60
_ROOM = 1.14  # What the axis leaves free beyond the longest bar, for its saving.


def picture(view: AuditView) -> Picture:
    """Return a picture of an audited network; SepcostError where it has no layer to show."""
    if not view.rows:
        raise SepcostError("nothing to draw: the network has no layer that is counted")
    audit = view.audit
    title, subtitle = _title(audit), _subtitle(audit)
    named = len(view.rows) <= _MOST_NAMED

    def paint(figure: Figure) -> None:
        height = _ROW * max(len(view.rows), _LEAST_ROWS) if named else _HEIGHT
        axes = frame(figure, _WIDTH, height)
        if named:
            _list(axes, view.rows)
        else:
            _columns(axes, view)
        titled(figure, Cell(title, verbatim=True), subtitle)
        keyed(figure, _legend(axes, view))
        noted(figure, list(_notes(view)))

    return Picture(title, subtitle, paint)


def _title(audit: Audit) -> str:
    now, replaced = audit.totals.macs, audit.replaced.macs
    name = _shortened(audit.network.name, _LONGEST_TITLE)
    total = f"{now:,} MACs" if replaced == now else f"{now:,} → {replaced:,} MACs"
    return f"{name}:\n{total}" if len(name) + len(total) > _LONGEST_TITLE else f"{name}: {total}"


def _subtitle(audit: Audit) -> str:
    said = [f"input {by(audit.network.input)}"]
    every = words.several(len(audit.layers), "counted layer")
    if audit.replaced_layers:
        said.append(f"{audit.replaced_layers:,} of {every} as {audit.replace}")
        saving = Fraction(audit.totals.macs, audit.replaced.macs)
        said.append(f"in all {words.times(saving)} fewer MACs")
    else:
        said.append(every)
    return ", ".join(said)


def _notes(view: AuditView) -> Iterator[Cell]:
    for section in sections(view.plan):
        yield Cell(section.heading)
    yield from notes(view)


def _shortened(name: str, longest: int) -> str:
    """Return a name without its middle where it is long; both its ends tell layers apart."""
    if len(name) <= longest:
        return name
    half = (longest - 1) // 2
    return f"{name[:half]}…{name[-half:]}"


def _list(axes: Axes, rows: Sequence[AuditedLayer]) -> None:
    """Draw a named row for each layer, the first one on top."""
    most = max(row.layer.macs for row in rows)
    for place, row in enumerate(rows):
        now = row.layer.macs
        if row.replacement is None:
            axes.barh(place, now, _WIDE, **KEPT)
            continue
        axes.barh(place, now, _WIDE, **NOW)
        axes.barh(place, row.replacement.macs, _NARROW, **REPLACED)
        saving = words.times(Fraction(now, row.replacement.macs)).replace("x", "×")
        axes.annotate(
            saving,
            xy=(now, place),
            xytext=(3, 0),
            textcoords="offset points",
            va="center_baseline",
            fontsize=_NAME_SIZE,
            color=FAINT,
        )
    axes.set_xlim(0, most * _ROOM or 1)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    names = [_shortened(row.layer.name, _LONGEST_NAME) for row in rows]
    axes.set_yticks(range(len(rows)), names, fontsize=_NAME_SIZE)
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_major_formatter(lambda value, _: short(value))
    axes.grid(visible=True, axis="x")
    axes.set_xlabel("MACs")


def _columns(axes: Axes, view: AuditView) -> None:
    """Draw a column for each layer, the first one at the left."""
    rows = view.rows
    edges = [place + 0.5 for place in range(len(rows) + 1)]
    for values, style in (
        ([row.layer.macs if row.replacement else 0 for row in rows], NOW),
        ([row.replacement.macs if row.replacement else 0 for row in rows], REPLACED),
        ([0 if row.replacement else row.layer.macs for row in rows], KEPT),
    ):
        axes.stairs(values, edges, fill=True, linewidth=0, **style)
    axes.set_xlim(edges[0], edges[-1])
    axes.set_ylim(0, max(row.layer.macs for row in rows) * 1.05 or 1)
    axes.yaxis.set_major_formatter(lambda value, _: short(value))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.grid(visible=True, axis="y")
    in_order = rows == view.audit.layers[: len(rows)]
    axes.set_xlabel("layer, in order" if in_order else "layer, as sorted")
    axes.set_ylabel("MACs")


def _legend(axes: Axes, view: AuditView) -> list[Artist]:
    replaced = any(row.replacement is not None for row in view.rows)
    kept = any(row.replacement is None for row in view.rows)
    styles = [("now", NOW), (f"as {view.audit.replace}", REPLACED)] if replaced else []
    if kept:
        styles.append(("now, not replaced" if replaced else "now", KEPT))
    return [axes.barh(1, 0, label=name, **style) for name, style in styles]
