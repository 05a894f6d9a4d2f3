"""A network as a picture: its layers in order, what each takes now and replaced, the total in the title."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

from sepcost.core.errors import SepcostError
from sepcost.core.metrics import BYTES_MOVED, LIMITED, METRICS
from sepcost.core.quantity import by
from sepcost.hardware.estimate import joined
from sepcost.network.audit import Audit
from sepcost.network.bounds import LayerBound, NetworkBound
from sepcost.network.layer_cost import LayerCost
from sepcost.report import phrases as words
from sepcost.report.audit_notes import notes
from sepcost.report.audit_view import AuditView
from sepcost.report.picture.axes import BOUND, ESTIMATED, BarChart, time_axis
from sepcost.report.picture.figure import (
    FAINT,
    INK,
    Artist,
    Axes,
    Figure,
    Picture,
    beside,
    captioned,
    stacked,
    typeset,
)
from sepcost.report.picture.style import KEPT, NOW, REPLACED
from sepcost.report.plan_table import plan_sections
from sepcost.report.table import Cell

_WIDTH, _HEIGHT = 5.4, 2.6
_GAP_BESIDE, _GAP_BELOW = 0.35, 0.55
_MOST_NAMED = 64  # Beyond that, names would be too small to read: layers are then columns, by number.
_ROW, _LEAST_ROWS = 0.165, 5
_WIDE, _NARROW = 0.8, 0.42
_NAME_SIZE = 7.5
_LONGEST_NAME = 36
_LONGEST_TITLE = 60
_ROOM, _ROOM_NARROW, _BROAD = 1.14, 1.28, 300  # What is free beyond the longest bar, for its saving.


class Bar(NamedTuple):
    """What a layer takes now and replaced, None where it is not replaced."""

    now: int | Fraction
    replaced: int | Fraction | None


def picture(view: AuditView) -> Picture:
    """Return a picture of an audited network, with the bound of each layer, or its bytes, beside it.

    Raises SepcostError where it has no layer to show.
    """
    if not view.rows:
        raise SepcostError("nothing to draw: the network has no layer that is counted")
    taken = _taken(view)
    title, subtitle = _title(view.audit, taken), _subtitle(view.audit, taken, view.bounded)
    charts = [_counted(view)]
    if view.bounded is not None:
        charts.append(_moved(view, view.bounded))

    def paint(figure: Figure) -> None:
        if len(view.rows) <= _MOST_NAMED:
            every = _lists(figure, view, charts)
        else:
            every = _columns(figure, view, charts)
        name = Cell(title, verbatim=True)
        captioned(figure, name, subtitle, _legend(every[0], view), list(_notes(view)))

    return Picture(title, subtitle, paint)


def _counted(view: AuditView) -> BarChart[Bar]:
    """Return the MACs of each layer, or its weights or the memory of the maps that live while it runs."""
    bars = {cost.name: _bar(cost) for cost in view.measures.layer_costs(view.counted)}
    return BarChart(LIMITED[view.counted].heading, tuple(bars[row.layer.name] for row in view.rows))


def _bar(cost: LayerCost) -> Bar:
    return Bar(cost.now, cost.replacement)


def _moved(view: AuditView, bounded: NetworkBound) -> BarChart[Bar]:
    """Return the estimate of each layer, or its bound, or what it moves where there is no machine."""
    layers = bounded.of(view.rows)
    if bounded.machine is None:
        return BarChart(BYTES_MOVED, tuple(map(_bar_of_bytes, layers)))
    changes = [layer.estimate_change or layer.bound_change for layer in layers]
    bars = tuple(_bar(each) for each in changes if each is not None)
    name, tick = time_axis(_most(bars), BOUND if bounded.estimates is None else ESTIMATED)
    return BarChart(name, bars, tick)


def _bar_of_bytes(layer: LayerBound) -> Bar:
    after = None if layer.replacement is None else joined(layer.replacement.passes).bytes
    return Bar(joined(layer.now.passes).bytes, after)


class _Taken(NamedTuple):
    """What the network takes of a metric, as people say it, now and replaced."""

    now: int
    replaced: int
    spoken: str


def _taken(view: AuditView) -> _Taken:
    audited, metric = view.audit, view.counted
    spoken = LIMITED[metric].spoken
    if metric in METRICS:
        return _Taken(audited.totals.of(metric), audited.replaced.of(metric), spoken)
    return _Taken(view.measures.memory.peak, view.measures.replaced_memory.peak, spoken)


def _title(audit: Audit, taken: _Taken) -> str:
    now, after, spoken = taken
    name = _shortened(audit.network.name, _LONGEST_TITLE)
    total = f"{now:,} {spoken}" if after == now else f"{now:,} → {after:,} {spoken}"
    return f"{name}:\n{total}" if len(name) + len(total) > _LONGEST_TITLE else f"{name}: {total}"


def _subtitle(audit: Audit, taken: _Taken, bounded: NetworkBound | None) -> str:
    said = [f"input {by(audit.network.input)}"]
    every = words.several(len(audit.layers), "counted layer")
    if audit.replaced_layers:
        said.append(f"{audit.replaced_layers:,} of {every} as {audit.replace}")
        said.append(f"in all {words.times(Fraction(taken.now, taken.replaced))} fewer {taken.spoken}")
    else:
        said.append(every)
    if bounded is not None and bounded.bounds is not None:
        times = dict.fromkeys(map(words.seconds, (bounded.bounds.seconds, bounded.bounds.replaced_seconds)))
        said.append(f"bound {' -> '.join(times)}")
    return ", ".join(said)


def _notes(view: AuditView) -> Iterator[Cell]:
    for section in plan_sections(view.plan):
        yield section.heading
    yield from notes(view)


def _shortened(name: str, longest: int) -> str:
    """Return a name without its middle where it is long; both its ends tell layers apart."""
    if len(name) <= longest:
        return name
    half = (longest - 1) // 2
    return f"{name[:half]}…{name[-half:]}"


def _lists(figure: Figure, view: AuditView, charts: Sequence[BarChart[Bar]]) -> list[Axes]:
    """Draw a named row for each layer, the first one on top, and the charts side by side."""
    number, rows = len(charts), len(view.rows)
    width = (_WIDTH - _GAP_BESIDE * (number - 1)) / number
    every = beside(figure, width, _ROW * max(rows, _LEAST_ROWS), number, _GAP_BESIDE)
    for axes, chart in zip(every, charts, strict=True):
        _list(axes, chart)
    names = [_shortened(row.layer.name, _LONGEST_NAME) for row in view.rows]
    every[0].set_yticks(range(rows), names, fontsize=_NAME_SIZE)
    return every


def _list(axes: Axes, chart: BarChart[Bar]) -> None:
    for place, bar in enumerate(chart.bars):
        if bar.replaced is None:
            axes.barh(place, float(bar.now), _WIDE, **KEPT)
            continue
        axes.barh(place, float(bar.now), _WIDE, **NOW)
        axes.barh(place, float(bar.replaced), _NARROW, **REPLACED)
        axes.annotate(
            typeset(Cell(words.times(Fraction(bar.now, bar.replaced)))),
            xy=(float(max(bar.now, bar.replaced)), place),
            xytext=(3, 0),
            textcoords="offset points",
            va="center_baseline",
            fontsize=_NAME_SIZE,
            color=FAINT if bar.replaced <= bar.now else INK,
            weight="normal" if bar.replaced <= bar.now else "bold",
        )
    axes.set_xlim(0, _most(chart.bars) * (_ROOM if axes.bbox.width > _BROAD else _ROOM_NARROW))
    axes.set_ylim(len(chart.bars) - 0.4, -0.6)
    axes.set_yticks([])
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_major_formatter(lambda value, _: chart.tick(value))
    axes.locator_params(axis="x", nbins=5)
    axes.grid(visible=True, axis="x")
    axes.set_xlabel(chart.name)


def _columns(figure: Figure, view: AuditView, charts: Sequence[BarChart[Bar]]) -> list[Axes]:
    """Draw a column for each layer, the first one at the left, and the charts one below the other."""
    every = stacked(figure, _WIDTH, _HEIGHT, len(charts), _GAP_BELOW)
    for axes, chart in zip(every, charts, strict=True):
        _column(axes, chart)
    in_order = view.rows == view.audit.layers[: len(view.rows)]
    every[-1].set_xlabel("layer, in order" if in_order else "layer, as sorted")
    return every


def _column(axes: Axes, chart: BarChart[Bar]) -> None:
    bars = chart.bars
    edges = [place + 0.5 for place in range(len(bars) + 1)]
    replaced = [0.0 if bar.replaced is None else float(bar.replaced) for bar in bars]
    kept = [float(bar.now) if bar.replaced is None else 0.0 for bar in bars]
    now = [0.0 if bar.replaced is None else float(bar.now) for bar in bars]
    for values, style in ((now, NOW), (replaced, REPLACED), (kept, KEPT)):
        axes.stairs(values, edges, fill=True, linewidth=0, **style)
    axes.set_xlim(edges[0], edges[-1])
    axes.set_ylim(0, _most(chart.bars) * 1.05)
    axes.yaxis.set_major_formatter(lambda value, _: chart.tick(value))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.grid(visible=True, axis="y")
    axes.set_ylabel(chart.name)


def _most(bars: Sequence[Bar]) -> float:
    """Return how far the longest bar reaches, 1 where none has any length."""
    return float(max(max(bar.now, bar.replaced or 0) for bar in bars)) or 1.0


def _legend(axes: Axes, view: AuditView) -> list[Artist]:
    replaced = any(row.replacement is not None for row in view.rows)
    kept = any(row.replacement is None for row in view.rows)
    styles = [("now", NOW), (f"as {view.audit.replace}", REPLACED)] if replaced else []
    if kept:
        styles.append(("now, not replaced" if replaced else "now", KEPT))
    return [axes.barh(1, 0, label=name, **style) for name, style in styles]
