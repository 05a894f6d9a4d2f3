"""Schemes on one layer as a picture: their stages stacked, and the saving written on each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sepcost.comparison import Comparison, Cost, SchemeCost
from sepcost.core.errors import FieldError, SepcostError
from sepcost.core.exact import Exact, Surd
from sepcost.core.metrics import BYTES_MOVED
from sepcost.hardware.roofline import Load, StageLoad
from sepcost.report import phrases as words
from sepcost.report.comparison_table import heading
from sepcost.report.convention import convention_note
from sepcost.report.picture.axes import BOUND, ESTIMATED, BarChart, count, short, time_axis
from sepcost.report.picture.figure import (
    FAINT,
    INK,
    Artist,
    Axes,
    Figure,
    Picture,
    captioned,
    stacked,
    text_width,
    typeset,
)
from sepcost.report.picture.style import STAGE_FILLS, STAGE_WORDS, UNREALIZABLE
from sepcost.report.roofline_phrases import bound_word, run_notes
from sepcost.report.table import Cell

_WIDTH, _ROW = 5.4, 0.46
_BAR = 0.56
_HEADLINE_SIZE, _DETAIL_SIZE = 9, 8
_LABEL_GAP = 5


@dataclass(frozen=True)
class Bar:
    """A scheme's row: its parts, each as the kind of a stage and a number, and what stands at its end.

    stages: '' for stages that run as one. Without parts the row says in words why it has none.
    """

    stages: tuple[str, ...]
    parts: tuple[Exact, ...]
    said: tuple[str, str]
    is_built: bool = True

    @property
    def total(self) -> float:
        """How far the bar reaches."""
        return sum(map(float, self.parts))


def picture(result: Comparison) -> Picture:
    """Return a picture of schemes side by side: their costs, and what they move or their bounds in time.

    Raises SepcostError where no scheme has a cost.
    """
    if all(row.cost is None for row in result.schemes):
        row = result.schemes[0]
        raise SepcostError(f"nothing to draw: {row.scheme} is {row.refusal}")
    charts = _charts(result)
    if result.execution is not None:
        charts += _charts_of_loads(result)
    title = "What a layer costs in each scheme, stage by stage"
    about = heading(result)
    said = [f"{row.scheme}: {'; '.join(_said(place, charts))}" for place, row in enumerate(result.schemes)]

    def paint(figure: Figure) -> None:
        every = stacked(figure, _WIDTH, _ROW * len(result.schemes), len(charts), gap=0.65)
        for axes, chart in zip(every, charts, strict=True):
            _stack(axes, [row.scheme for row in result.schemes], chart)
        less = Cell(f"×: how many times less than {result.against}")
        captioned(figure, Cell(title), about, _legend(every[0], charts), [less, *_notes(result)])

    return Picture(title, ". ".join([about, *said]), paint)


def _notes(result: Comparison) -> Iterator[Cell]:
    if result.execution is not None:
        yield from run_notes(result.execution)
    yield convention_note(result.layer.bias, result.batch, norm=result.norm)


def _said(place: int, charts: list[BarChart[Bar]]) -> Iterator[str]:
    for chart in charts:
        yield f"{chart.name}: {', '.join(chart.bars[place].said)}"


def _charts(result: Comparison) -> list[BarChart[Bar]]:
    """Return what is drawn: MACs, and also weights where biases or norms make their savings differ."""
    layer = result.layer
    name = "MACs per output position" if layer.size is None else "MACs"
    macs = tuple(_bar(row, _macs, row.saving.macs if row.saving else None) for row in result.schemes)
    if not result.weights_apart:
        return [BarChart(f"weights, or {name}" if layer.size is None else name, macs)]
    weights = tuple(_bar(row, _weights, row.saving.weights if row.saving else None) for row in result.schemes)
    return [BarChart("weights", weights), BarChart(name, macs)]


def _macs(cost: Cost) -> Exact:
    macs = cost.macs_per_position if cost.macs is None else cost.macs
    if macs is None:
        raise FieldError("size", "is missing: a scheme's stages work on maps of different sizes")
    return macs


def _weights(cost: Cost) -> Exact:
    return cost.weights


def _bar(row: SchemeCost, of: Callable[[Cost], Exact], saving: Fraction | None) -> Bar:
    if row.cost is None:
        return _words_alone(row)
    parts = tuple(of(stage.cost) for stage in row.stages)
    if not row.realizable:
        broken = isinstance(row.multiplier, (Fraction, Surd))
        said = f"multiplier {row.multiplier}" if broken else str(row.reason)
        said = f"{words.grouped(of(row.cost))}, {said}"
        return Bar(_kinds(row), parts, ("not realizable", said), is_built=False)
    return Bar(_kinds(row), parts, (words.times(saving), _sum(of(row.cost), parts, count)))


def _words_alone(row: SchemeCost) -> Bar:
    """Return the bar of a row without a cost."""
    return Bar((), (), ("not realizable" if row.applicable else "not applicable", row.reason or ""))


def _charts_of_loads(result: Comparison) -> Iterator[BarChart[Bar]]:
    """Yield bytes, or on a machine the bounds in time, and the estimates where it was measured."""
    if result.machine is None:
        yield BarChart(BYTES_MOVED, tuple(map(_bar_of_bytes, result.schemes)))
        return
    yield _chart_of_time(BOUND, tuple(map(_bar_of_bound, result.schemes)))
    if result.machine.measured is not None:
        yield _chart_of_time(ESTIMATED, tuple(map(_bar_of_estimate, result.schemes)))


def _chart_of_time(what: str, bars: tuple[Bar, ...]) -> BarChart[Bar]:
    name, tick = time_axis(max(bar.total for bar in bars), what)
    return BarChart(name, bars, tick)


def _bar_of_bytes(row: SchemeCost) -> Bar:
    if row.load is None:
        return _words_alone(row)
    moved = row.load.bytes
    parts = tuple(stage.load.bytes for stage in row.stages if stage.load is not None)
    if not row.realizable:
        return Bar(_kinds(row), parts, ("not realizable", words.grouped(moved)), is_built=False)
    return Bar(_kinds(row), parts, (f"{short(float(moved))}B", _sum(moved, parts, count)))


def _bound(load: Load | StageLoad) -> Fraction | None:
    return None if load.bound is None else load.bound.seconds


def _bar_of_bound(row: SchemeCost) -> Bar:
    more = "" if row.load is None or row.load.bound is None else f", {bound_word(row.load.bound.by)}"
    return _bar_of_time(row, "bound", _bound, row.saving and row.saving.time, more)


def _bar_of_estimate(row: SchemeCost) -> Bar:
    saving = row.saving and row.saving.time_estimate
    return _bar_of_time(row, "estimate", lambda load: load.estimate, saving)


def _bar_of_time(
    row: SchemeCost,
    what: str,
    of: Callable[[Load | StageLoad], Fraction | None],
    saving: Fraction | None,
    more: str = "",
) -> Bar:
    """Return a bar of the times of stages, or of the one pass that they are."""
    if row.load is None:
        return _words_alone(row)
    seconds = of(row.load)
    if seconds is None:
        return Bar((), (), ("not realizable", f"no {what}"))
    times = (of(stage.load) for stage in row.stages if stage.load is not None)
    parts = tuple(time for time in times if time is not None)
    said = _sum(seconds, parts or (seconds,), words.seconds)
    kinds = _kinds(row) if parts else ("",)
    return Bar(kinds, parts or (seconds,), (words.times(saving), f"{said}{more}"))


def _kinds(row: SchemeCost) -> tuple[str, ...]:
    """Return the kind of each stage, by which it is drawn."""
    return tuple(each.stage.kind for each in row.stages)


def _sum(total: Exact, parts: tuple[Exact, ...], written: Callable[[Any], str]) -> str:
    if len(parts) == 1:
        return written(total)
    return f"{written(total)} = {' + '.join(written(part) for part in parts)}"


def _stack(axes: Axes, schemes: list[str], chart: BarChart[Bar]) -> None:
    """Draw a row for each scheme, the first one on top, with what it costs at its end."""
    axes.set_xlim(0, _room(axes, chart.bars))
    axes.set_ylim(len(schemes) - 0.5, -0.5)
    for place, bar in enumerate(chart.bars):
        start = 0.0
        for stage, part in zip(bar.stages, bar.parts, strict=True):
            style = STAGE_FILLS[stage] if bar.is_built else UNREALIZABLE
            axes.barh(place, float(part), _BAR, start, edgecolor=INK, linewidth=0.6, **style)
            start += float(part)
        _write(axes, place, bar)
    axes.set_yticks(range(len(schemes)), schemes)
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_major_formatter(lambda value, _: chart.tick(value))
    axes.locator_params(axis="x", nbins=6)
    axes.set_xlabel(chart.name)


def _room(axes: Axes, bars: Sequence[Bar]) -> float:
    """Return how far the axis runs so that each label has room between its bar and the frame's end."""
    width = axes.bbox.width
    most = max(bar.total for bar in bars)
    for bar in bars:
        headline, detail = _typeset(bar)
        needed = max(
            text_width(axes.figure, headline, _HEADLINE_SIZE, weight="bold"),
            text_width(axes.figure, detail, _DETAIL_SIZE),
        )
        free = max(width - needed - 2 * _LABEL_GAP, width / 4)
        most = max(most, bar.total * width / free)
    return most or 1.0


def _write(axes: Axes, place: int, bar: Bar) -> None:
    headline, detail = _typeset(bar)
    for text, size, weight, side in (
        (headline, _HEADLINE_SIZE, "bold", "bottom"),
        (detail, _DETAIL_SIZE, "normal", "top"),
    ):
        axes.annotate(
            text,
            xy=(bar.total, place),
            xytext=(_LABEL_GAP, 0.5 if side == "bottom" else -1.5),
            textcoords="offset points",
            va=side,
            fontsize=size,
            weight=weight,
            color=INK if bar.parts else FAINT,
        )


def _typeset(bar: Bar) -> tuple[str, str]:
    headline, detail = bar.said
    return typeset(Cell(headline)), typeset(Cell(detail))


def _legend(axes: Axes, charts: Sequence[BarChart[Bar]]) -> list[Artist]:
    """Return a patch for each kind of stage that is drawn."""
    bars = [bar for chart in charts for bar in chart.bars]
    drawn = dict.fromkeys(stage for bar in bars if bar.is_built for stage in bar.stages)
    styles = [(STAGE_WORDS.get(stage, stage), STAGE_FILLS[stage]) for stage in drawn]
    if not all(bar.is_built for bar in bars):
        styles.append(("not realizable", UNREALIZABLE))
    return [axes.barh(0, 0, label=name, edgecolor=INK, linewidth=0.6, **style) for name, style in styles]
