"""What stands below formulas: what their symbols are, and which layers can be built."""

from __future__ import annotations

import sympy

from sepcost.core.given import Given
from sepcost.core.layer import pads
from sepcost.core.scheme import Parameter
from sepcost.report.convention import convention_note
from sepcost.report.roofline_phrases import traffic_note
from sepcost.report.table import Cell
from sepcost.solver import mathtext
from sepcost.solver.constraints import constraint_words
from sepcost.solver.expressions import Expressions, SchemeExpression
from sepcost.solver.symbolic import F_C, F_R, L_C, L_R, O_C, O_R, Expr


def notes(result: Expressions, shown: tuple[str, ...]) -> list[Cell]:
    """Return the lines below formulas, of which some metrics are shown."""
    applicable = [each for each in result.schemes if each.total is not None]
    said = [f"{each.scheme}: not applicable: {each.reason}" for each in result.schemes if each.reason]
    said += [f"{each.scheme}: not realizable: {each.broken}" for each in applicable if each.broken]
    said += [_constraint_note(each) for each in applicable if each.constraints and not each.broken]
    said += [_parameter_note(each.scheme, own) for each in applicable for own in each.parameters]
    symbols = {
        symbol
        for each in applicable
        for cost in each.costs
        for metric in shown
        for symbol in getattr(cost, metric).free_symbols
    }
    said += _map_notes(result.given, symbols)
    found = [Cell(text) for text in said]
    if "bytes" in shown:
        found.append(traffic_note(result.execution.bytes, result.execution.fused))
    return [*found, convention_note(result.given.bias, result.execution.batch)]


def _constraint_note(scheme: SchemeExpression) -> str:
    return f"{scheme.scheme}: can be built where {' and '.join(constraint_words(scheme.constraints))}"


def _parameter_note(scheme: str, own: Parameter) -> str:
    """Return what a parameter is, as in `t: expansion of inverted, 6 unless given, at least 2 here`."""
    named = f"a parameter of {scheme}" if own.name == own.symbol else f"{own.name} of {scheme}"
    least = f", at least {own.least} here" if own.least > 1 else ""
    about = f": {own.summary}" if own.summary else ""
    return f"{own.symbol}: {named}, {own.default} unless given{least}{about}"


def _map_notes(given: Given, symbols: set[Expr]) -> list[str]:
    """Return what rows and columns are, where they are symbols."""
    said = []
    if symbols & {L_R, L_C}:
        said.append("L_r, L_c: input rows and columns")
    written = [axis for axis, symbol in enumerate((O_R, O_C)) if symbol in symbols]
    if written:
        lengths = " and ".join(_length(given, axis) for axis in written)
        named = ", ".join(("O_r", "O_c")[axis] for axis in written)
        kind = " and ".join(("rows", "columns")[axis] for axis in written)
        said.append(f"{named}: output {kind}: {lengths}")
    if written and symbols & {L_R, L_C}:
        said.append("a map is L long until a stage takes the kernel's rows or columns, from there on O")
    return said


def _length(given: Given, axis: int) -> str:
    """Return one axis's output length in words, as `core.layer.output_length` has it."""
    length = (L_R, L_C)[axis] if given.size is None else sympy.Integer(given.size[axis])
    kernel = (F_R, F_C)[axis] if given.kernel is None else sympy.Integer(given.kernel[axis])
    stride, dilation, pad = given.stride[axis], given.dilation[axis], pads(given.padding)[axis]
    if pad is None:
        return f"ceil({mathtext.text(length)}/{stride})"
    reach = sympy.expand(length + 2 * pad - dilation * (kernel - 1) - 1)
    if stride == 1:
        return mathtext.text(reach + 1)
    return f"floor(({mathtext.text(reach)})/{stride}) + 1"
