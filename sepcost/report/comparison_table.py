"""A comparison of schemes as a table for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sepcost.comparison import Comparison, SchemeCost
from sepcost.core.exact import Exact
from sepcost.core.layer import Layer
from sepcost.core.metrics import IN_BYTES
from sepcost.core.quantity import by
from sepcost.hardware.execution import USUAL_EXECUTION
from sepcost.report import phrases as words
from sepcost.report.columns import cell_of, columns_of
from sepcost.report.comparison_fields import SCHEME_FIELDS
from sepcost.report.convention import convention_note
from sepcost.report.fields import Field
from sepcost.report.given import parameter_words, spacing_words
from sepcost.report.table import Cell, Column, Row, Table

if TYPE_CHECKING:
    from sepcost.core.limits import LimitCheck


def comparison_table(result: Comparison, checks: tuple[LimitCheck, ...] = ()) -> Table:
    """Return the schemes and their stages, side by side, for people, with what limits hold for."""
    found = columns_of(SCHEME_FIELDS, result.execution, result)
    fields = [field for field, _ in found]
    columns = (Column("scheme", wraps=True), Column("channels"), *(column for _, column in found))
    rows = tuple(row for alike in result.alike for row in _rows(alike, fields, result))
    return Table(heading(result), columns, rows, (*_notes(result, checks),))


def heading(result: Comparison) -> str:
    """Return the layer of a comparison, and the parameters that were given, in words."""
    return ", ".join([_layer_words(result.layer), *parameter_words(result.parameters)])


def _layer_words(layer: Layer) -> str:
    """Return a layer in words."""
    parts = [f"{layer.n_i} -> {layer.n_o} channels, {by(layer.kernel)} kernel"]
    if layer.size is not None and layer.out is not None:
        parts.append(f"{by(layer.size)} -> {by(layer.out)}")
    parts += spacing_words(layer.stride, layer.dilation, layer.padding)
    return ", ".join([*parts, f"gamma = {layer.gamma}"])


def _rows(alike: tuple[SchemeCost, ...], fields: list[Field], result: Comparison) -> Iterator[Row]:
    """Yield the row of schemes alike, and those of their stages where there are several."""
    first, layer = alike[0], result.layer
    name = Cell(", ".join(row.scheme for row in alike))
    channels = Cell(words.NOTHING) if first.cost is None else _channels(layer.n_i, layer.n_o)
    bar = None
    if first.saving is not None:
        bar = first.saving.macs if result.machine is None else first.saving.time
    yield Row((name, channels, *(cell_of(field, first, result) for field in fields)), bar=bar)
    for part in first.stages if len(first.stages) > 1 else ():
        cells = (Cell("") if field.group else cell_of(field, part, result) for field in fields)
        yield Row((Cell(part.stage.name), _channels(part.stage.inputs, part.stage.outputs), *cells), level=1)


def _channels(n_i: Exact, n_o: Exact) -> Cell:
    return Cell(f"{n_i}->{n_o}")


def _notes(result: Comparison, checks: tuple[LimitCheck, ...]) -> Iterator[Cell]:
    yield from (Cell(note) for row in result.schemes if (note := _note(row)) is not None)
    if not (len(result.schemes) == 1 and result.schemes[0].scheme == result.against):
        yield Cell(words.saving_note(result.against, result.weights_apart))
    if any(check.metric in IN_BYTES for check in checks):
        yield from _held(result)
    if result.execution is not None:
        from sepcost.report.roofline_phrases import comparison_notes

        yield from comparison_notes(result, result.execution)
    yield convention_note(result.layer.bias, result.batch, norm=result.norm)


def _held(result: Comparison) -> Iterator[Cell]:
    """Yield what the maps and the parameters of schemes take, which no column has."""
    size = words.several((result.execution or USUAL_EXECUTION).element_size, "byte")
    for load in (row.load for row in result.schemes if row.load is not None):
        if load.memory is not None and load.storage is not None:
            memory, storage = map(words.byte_size, (load.memory, load.storage))
            yield Cell(f"memory: {memory} at the peak; storage: {storage} of parameters; {size} an element")


def _note(row: SchemeCost) -> str | None:
    if row.nearest_multipliers is not None:
        multiplier = f"its depthwise multiplier {row.multiplier} is not whole"
        nearest = " and ".join(map(str, row.nearest_multipliers))
        verb = "are" if len(row.nearest_multipliers) > 1 else "is"
        return f"{row.scheme}: not realizable: {multiplier}; the nearest {verb} {nearest}"
    if row.refusal is not None:
        return f"{row.scheme}: {row.refusal}"
    if row.cost is not None and row.cost.macs_per_position is None:
        return (
            f"{row.scheme}: its MACs depend on the input's size: its stages work on maps of different sizes"
        )
    return None
