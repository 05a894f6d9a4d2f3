"""A comparison of schemes as a table for people."""

from __future__ import annotations

from sepcost.comparison import Comparison, Cost, SchemeCost, StageCost
from sepcost.core.exact import Exact
from sepcost.core.layer import Layer
from sepcost.core.quantity import by
from sepcost.report import phrases as words
from sepcost.report.convention import convention_note
from sepcost.report.given import spacing_words
from sepcost.report.table import Cell, Column, Row, Table


def comparison_table(result: Comparison) -> Table:
    """Return the schemes and their stages, side by side, for people."""
    layer = result.layer
    savings = ("saving in weights", "saving in MACs") if result.weights_apart else ("saving",)
    columns = (
        Column("scheme", wraps=True),
        Column("channels"),
        Column("weights", numeric=True),
        Column("MACs/position" if layer.size is None else "MACs", numeric=True),
        *(Column(saving, numeric=True) for saving in savings),
    )
    rows: list[Row] = []
    for alike in result.alike:
        rows += _rows(", ".join(row.scheme for row in alike), alike[0], result)
    notes = [Cell(note) for row in result.schemes if (note := _note(row)) is not None]
    if not (len(result.schemes) == 1 and result.schemes[0].scheme == result.against):
        notes.append(Cell(f"saving: how many times fewer than {result.against}"))
    notes.append(convention_note(layer.bias, result.batch, norm=result.norm))
    return Table(layer_words(layer), columns, tuple(rows), tuple(notes))


def layer_words(layer: Layer) -> str:
    """Return a layer in words."""
    parts = [f"{layer.n_i} -> {layer.n_o} channels, {by(layer.kernel)} kernel"]
    if layer.size is not None and layer.out is not None:
        parts.append(f"{by(layer.size)} -> {by(layer.out)}")
    parts += spacing_words(layer.stride, layer.dilation, layer.padding)
    return ", ".join([*parts, f"gamma = {layer.gamma}"])


def _rows(name: str, row: SchemeCost, result: Comparison) -> list[Row]:
    """Return the rows of a scheme and of its stages; `name` may be that of several schemes alike."""
    layer = result.layer
    if row.cost is None:
        blank = [Cell(words.NOTHING)] * (5 if result.weights_apart else 4)
        return [Row((Cell(name), *blank))]
    values = [row.saving.weights, row.saving.macs] if row.saving else [None, None]
    shown = values if result.weights_apart else values[1:]
    whole = Row(
        (
            Cell(name),
            _channels(layer.n_i, layer.n_o),
            *_cost_cells(row.cost, layer),
            *(Cell(words.times(value)) for value in shown),
        ),
        bar=values[1],
    )
    parts = row.stages if len(row.stages) > 1 else ()
    return [whole, *(_stage_row(stage, layer, len(shown)) for stage in parts)]


def _stage_row(stage: StageCost, layer: Layer, savings: int) -> Row:
    cells = (Cell(stage.stage), _channels(stage.n_i, stage.n_o), *_cost_cells(stage.cost, layer))
    return Row((*cells, *[Cell("")] * savings), level=1)


def _channels(n_i: Exact, n_o: Exact) -> Cell:
    return Cell(f"{n_i}->{n_o}")


def _cost_cells(cost: Cost, layer: Layer) -> tuple[Cell, Cell]:
    macs = cost.macs_per_position if layer.size is None else cost.macs
    return Cell(words.grouped(cost.weights)), Cell(words.grouped(macs))


def _note(row: SchemeCost) -> str | None:
    if not row.applicable:
        return f"{row.scheme}: not applicable: {row.reason}"
    if row.nearest_multipliers is not None:
        below, above = row.nearest_multipliers
        multiplier = f"its depthwise multiplier {row.multiplier} is not whole"
        return f"{row.scheme}: not realizable: {multiplier}; the nearest are {below} and {above}"
    if row.refusal is not None:
        return f"{row.scheme}: {row.refusal}"
    if row.cost is not None and row.cost.macs_per_position is None:
        return (
            f"{row.scheme}: its stages work on maps of different sizes, on which its MACs depend: give --size"
        )
    return None
