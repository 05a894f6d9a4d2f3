"""Two schemes and an unknown -> when one costs no more than the other, solved exactly, not searched."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from fractions import Fraction
from functools import partial
from typing import TypeVar

import sympy

from sepcost.core.build import NO_PARAMETERS, checked_parameters
from sepcost.core.errors import InconclusiveError, QuantityError, one_of
from sepcost.core.exact import RootError
from sepcost.core.formulas import NO_BIAS, Bias
from sepcost.core.given import USUAL_KERNEL, checked_given
from sepcost.core.layer import Pair
from sepcost.core.lookup import checked_word, several_names
from sepcost.core.metrics import METRICS
from sepcost.core.scheme import Scheme
from sepcost.core.schemes import (
    BASELINE,
    NOTEBOOK_NAMES,
    owners_of,
    parameter_names,
    scheme_named,
    scheme_names,
)
from sepcost.solver import mathtext
from sepcost.solver.answer import answered
from sepcost.solver.costs import Compared, compared
from sepcost.solver.derivation import derivation
from sepcost.solver.problem import UNKNOWNS, Problem, field_of
from sepcost.solver.rows import BreakEven, BreakEvenRow, refuse_undecided
from sepcost.solver.symbolic import F_C, F_R, L_C, L_R, Statement, UndecidedError, spelled_out

T = TypeVar("T")

_NO_POLYNOMIAL = "its cost is no polynomial in sizes and their square roots"
_NO_ROOTS = "the roots of its polynomial are not found exactly"


def breakeven(
    unknown: str = "N_o",
    *,
    n_i: int | None = None,
    n_o: int | None = None,
    kernel: int | Pair | None = USUAL_KERNEL,
    size: int | Pair | None = None,
    stride: int | Pair = 1,
    dilation: int | Pair = 1,
    padding: str | int | Pair = "same",
    gamma: Fraction | int | str | None = None,
    bias: Bias = False,
    tied: bool = False,
    schemes: Iterable[str] | None = None,
    against: str = BASELINE,
    parameters: Mapping[str, int] = NO_PARAMETERS,
    metrics: Iterable[str] = METRICS,
) -> BreakEven:
    """Solve, exactly, when schemes cost no more than a baseline.

    unknown: 'N_o', 'N_i', 'gamma', 'k', a square kernel's side, or the name of a scheme's parameter.
    Sizes left out stay symbols; kernel None leaves the kernel one. size, stride, dilation, padding: as Layer
    has them, for MACs on maps of several sizes. tied: N_o = gamma N_i for generalized too.
    schemes: by name; the notebook's unless given, or those that have the parameter which is the unknown.
    parameters: of the schemes, by name; their defaults unless given.

    Raises FieldError for a size that cannot hold, QuantityError for an unknown name, and
    InconclusiveError where no scheme's answer can be told until a symbol is known.

    >>> row = breakeven(gamma=4).scheme("generalized")
    >>> row.intervals[0].lower, row.first
    (36/5, 8)
    >>> breakeven("expansion", n_i=64, n_o=64).scheme("inverted").last
    4
    """
    metrics = tuple(checked_word(metric, METRICS) for metric in several_names(metrics))
    if not metrics:
        raise QuantityError(f"metrics is empty: name {one_of(METRICS)}")
    checked_word(unknown, (*UNKNOWNS, *parameter_names(scheme_names())))
    names = several_names(schemes) if schemes is not None else _usual_schemes(unknown, against)
    checked_parameters(parameters, (*names, against))
    sizes = checked_given(unknown, n_i, n_o, kernel, size, stride, dilation, padding, bias, gamma)
    problem = Problem(**sizes, unknown=unknown, tied=tied, parameters=dict(parameters))
    baseline = scheme_named(against)
    rows = [row for name in names for row in _rows(problem, scheme_named(name), baseline, metrics)]
    refuse_undecided(rows)
    return BreakEven(problem, against, tuple(rows))


def _usual_schemes(unknown: str, against: str) -> tuple[str, ...]:
    """Return the schemes that have the unknown parameter, the notebook's where a size is unknown."""
    others = tuple(name for name in owners_of(unknown) if name != against)
    return others or tuple(name for name in NOTEBOOK_NAMES if name != against)


def _rows(problem: Problem, scheme: Scheme, baseline: Scheme, metrics: tuple[str, ...]) -> list[BreakEvenRow]:
    """Return a row per metric, one for all where they say the same."""
    rows = []
    for metric in metrics:
        found = _or_undecided(partial(compared, problem, (baseline, scheme), metric), _NO_POLYNOMIAL)
        if isinstance(found, Compared) and found.on_one_map and problem.bias == NO_BIAS:
            # Every MAC count is its weight count × positions, which cancel.
            return [_row(problem, scheme, baseline, found, metrics)]
        rows.append(_row(problem, scheme, baseline, found, (metric,)))
    answers = [replace(row, metrics=(), steps=(), undecided=None) for row in rows]
    return [replace(rows[0], metrics=metrics)] if answers.count(answers[0]) == len(rows) else rows


def _or_undecided(step: Callable[[], T], why: str) -> T | UndecidedError:
    """Return what a step comes to, or what keeps it from being told: `why` where SymPy gives up."""
    try:
        return step()
    except UndecidedError as error:
        return error
    except (sympy.PolynomialError, NotImplementedError, RootError):
        return UndecidedError(why=why)


def _row(
    problem: Problem,
    scheme: Scheme,
    baseline: Scheme,
    found: Compared | str | UndecidedError,
    metrics: tuple[str, ...],
) -> BreakEvenRow:
    row = BreakEvenRow(scheme.name, metrics, "not_applicable")
    if isinstance(found, str):
        return replace(row, reason=found)
    if isinstance(found, UndecidedError):
        return _undecided(row, problem, found)
    schemes = scheme, baseline
    answer = _or_undecided(lambda: answered(row, found.formulation, schemes, found.difference), _NO_ROOTS)
    row = _undecided(row, problem, answer) if isinstance(answer, UndecidedError) else answer
    return replace(row, steps=derivation(found, _claims(row)))


def _claims(row: BreakEvenRow) -> list[Statement]:
    """Return the last lines of a derivation."""
    if row.condition is not None:
        return [row.condition]
    if len(row.cases) > 1:
        return list(row.cases)
    return [
        line for case in row.cases for line in ([case.when] if row.independent else []) + [case.condition]
    ]


def _undecided(row: BreakEvenRow, problem: Problem, error: UndecidedError) -> BreakEvenRow:
    """Return the row with what would have to be given."""
    symbol = error.symbol
    if symbol is None:
        why = InconclusiveError(row.scheme, problem.unknown, "", error.why)
    else:
        field = field_of(symbol)
        shown = {"size": L_R * L_C, "kernel": F_R * F_C}.get(field, spelled_out(symbol))
        why = InconclusiveError(row.scheme, mathtext.text(shown), field)
    return row.left_open(why)
