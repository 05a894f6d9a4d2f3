"""A budget and an unknown -> the largest layer that keeps it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from sepcost.buildable import SQUARES, Question
from sepcost.core.alike import shapes, together
from sepcost.core.amounts import amount
from sepcost.core.build import NO_PARAMETERS, checked_parameters
from sepcost.core.errors import FieldError
from sepcost.core.formulas import NO_BIAS, Bias
from sepcost.core.given import FIELD_OF, USUAL_KERNEL, Given, checked_given
from sepcost.core.layer import Pair
from sepcost.core.limits import Budget, Totals
from sepcost.core.lookup import by_name, checked_word, several_names
from sepcost.core.metrics import IN_BYTES, METRICS, TIME, spoken
from sepcost.core.schemes import NOTEBOOK_NAMES, scheme_named
from sepcost.core.shown import Shown
from sepcost.hardware.budget import budget_on
from sepcost.hardware.estimate import Passes, regime
from sepcost.hardware.execution import USUAL_EXECUTION, Execution

_NEEDS = {"N_o": ("n_i", "gamma"), "N_i": ("n_o", "gamma"), "gamma": ("n_i",)}
"""The fields of which a question about channels needs at least one."""


@dataclass(frozen=True)
class FitRow:
    """The largest value of the unknown at which one scheme keeps the budget.

    largest, totals: the value and its cost; None where there is none, and then `reason` says why.
    limited_by: the metrics that the next admissible value exceeds; empty where the values end first.
    """

    scheme: str
    largest: int | None = None
    totals: Totals | None = None
    limited_by: tuple[str, ...] = ()
    reason: str | None = None


@dataclass(frozen=True)
class Fit(Shown):
    """The largest value of one size of a layer within a budget, in each scheme.

    execution: how the layer runs; None where nothing that depends on it is limited.
    parameters: of the schemes, by name, where they are not their defaults.
    """

    unknown: str
    given: Given
    budget: Budget
    rows: tuple[FitRow, ...]
    execution: Execution | None = None
    parameters: Mapping[str, int] = field(default_factory=dict)

    @property
    def alike(self) -> tuple[tuple[FitRow, ...], ...]:
        """The rows in their order, those together that say the same of schemes of the same stages."""
        return together(
            self.rows,
            lambda row: (replace(row, scheme=""), shapes(row.scheme, self.given, self.parameters)),
        )

    def scheme(self, name: str) -> FitRow:
        """Return the row of the scheme of that name; QuantityError where there is none."""
        return by_name(name, self.rows, lambda row: row.scheme, "a scheme of this result")


def fit(
    unknown: str = "N_o",
    *,
    max_weights: int | None = None,
    max_macs: int | None = None,
    max_memory: int | None = None,
    max_storage: int | None = None,
    max_time: Fraction | None = None,
    n_i: int | None = None,
    n_o: int | None = None,
    kernel: int | Pair | None = USUAL_KERNEL,
    size: int | Pair | None = None,
    stride: int | Pair = 1,
    dilation: int | Pair = 1,
    padding: str | int | Pair = "same",
    bias: Bias = NO_BIAS,
    gamma: Fraction | int | str | None = None,
    schemes: Iterable[str] = NOTEBOOK_NAMES,
    parameters: Mapping[str, int] = NO_PARAMETERS,
    execution: Execution | None = None,
) -> Fit:
    """Find, exactly, the largest value of one size at which a layer keeps a budget.

    unknown: 'N_o', 'N_i', 'gamma', 'k' (a square kernel's side) or 'size' (a square input's side). Its
    values go up to 10^9; those that make a channel count or the depthwise multiplier fractional do not count.

    max_memory, max_storage: bytes, of the maps that live at the peak and of all weights.
    max_time: seconds on the execution's machine, by its estimate where it was measured, else by its bound.
    parameters: of the schemes, by name; their defaults unless given.
    execution: how the layer runs; the memory and the storage of its machine are limits where none is given.

    Raises FieldError for sizes that cannot hold or do not suffice, QuantityError for an unknown name.

    >>> row = fit("N_o", n_i=64, size=56, max_macs=50_000_000).scheme("separable")
    >>> row.largest, row.totals.macs
    (240, 49975296)
    """
    checked_word(unknown, FIELD_OF)
    limits = {
        "weights": max_weights,
        "macs": max_macs,
        "memory": max_memory,
        "storage": max_storage,
        TIME: max_time,
    }
    budget = budget_on(execution or USUAL_EXECUTION, limits)
    runs = execution is not None or not set(budget.metrics) <= set(METRICS)
    execution = (execution or USUAL_EXECUTION) if runs else None
    given = Given(**checked_given(unknown, n_i, n_o, kernel, size, stride, dilation, padding, bias, gamma))
    _refuse_unanswerable(unknown, given, budget)
    names = several_names(schemes)
    checked_parameters(parameters, names)
    questions = (Question(unknown, given, scheme_named(name), parameters, execution) for name in names)
    return Fit(unknown, given, budget, tuple(_row(each, budget) for each in questions), execution, parameters)


def _row(question: Question, budget: Budget) -> FitRow:
    name, unknown = question.scheme.name, question.unknown
    reason = question.why_not()
    if reason is not None:
        return FitRow(name, reason=reason)
    values = question.values
    assert values
    if question.may_fall:
        return _searched(question, budget, values)
    pieces = tuple(_rising(question, values, budget))
    starts = [_totals_at(question, piece[0], budget) for piece in pieces]
    fitting = [piece for piece, least in zip(pieces, starts, strict=True) if not budget.exceeded_by(least)]
    if not fitting:
        return FitRow(name, reason=nothing_fits(unknown, str(values[0]), budget, starts[0]))
    ends = [_totals_at(question, piece[-1], budget) for piece in pieces]
    if values[0] < values[-1] and not differ(budget, (*starts, *ends)):
        return FitRow(name, reason=nothing_limits(unknown, budget))
    largest = _last_within(question, fitting[-1], budget)
    following = bisect_left(values, largest) + 1
    beyond = _totals_at(question, values[following], budget) if following < len(values) else None
    limited_by = () if beyond is None else budget.exceeded_by(beyond)
    return FitRow(name, largest, _totals_at(question, largest, budget), limited_by)


def _rising(question: Question, values: Sequence[int], budget: Budget) -> Iterator[Sequence[int]]:
    """Yield the values in pieces, in each of which cost only rises."""

    def passes_at(value: int) -> Passes:
        load = question.row_at(value).load
        assert load is not None
        return load.passes

    return pieces(values, passes_at, budget, question.execution)


def pieces(
    values: Sequence[int],
    passes_at: Callable[[int], Passes],
    budget: Budget,
    execution: Execution | None,
) -> Iterator[Sequence[int]]:
    """Yield ascending values in pieces, in each of which no time that a budget limits falls.

    passes_at: what runs at a value. An estimate may fall where a pass outgrows a cache that is slower than
    the next, or where a stage becomes one of another kind.
    """
    machine = None if execution is None else execution.machine
    if budget.time is None or machine is None or machine.measured is None:
        yield values
        return
    start = 0
    while start < len(values):
        first = regime(passes_at(values[start]), machine)
        # False for the values of this piece, True for those beyond: no pass fits a cache again.
        end = bisect_left(
            values, True, lo=start, key=lambda value: regime(passes_at(value), machine) != first
        )
        yield values[start:end]
        start = end


def _last_within(question: Question, piece: Sequence[int], budget: Budget) -> int:
    """Return the last value of a piece, whose first keeps the budget, that keeps it too."""
    # False for the values that fit, True for those beyond, which come after them.
    fitting = bisect_left(
        piece, True, key=lambda value: bool(budget.exceeded_by(_totals_at(question, value, budget)))
    )
    return piece[fitting - 1]


def _totals_at(question: Question, value: int, budget: Budget) -> Totals:
    """Return the cost at a value that can be built, as far as it is limited; counts in any case."""
    row = question.row_at(value)
    run = {metric: row.amount(metric) for metric in budget.metrics if metric not in METRICS}
    if budget.shared:
        run["memory"] = sum(row.amount(metric) or 0 for metric in IN_BYTES)
    return Totals(row.amount("weights"), row.amount("macs"), **run)  # type: ignore[arg-type]


def _searched(question: Question, budget: Budget, values: Sequence[int]) -> FitRow:
    """Return the largest of values whose cost is in no order."""
    name, unknown = question.scheme.name, question.unknown
    costs = {value: _totals_at(question, value, budget) for value in values}
    fitting = [value for value, totals in costs.items() if not budget.exceeded_by(totals)]
    if not fitting:
        return FitRow(name, reason=f"nothing fits: each {unknown} that can be built takes more")
    if len(values) > 1 and not differ(budget, costs.values()):
        return FitRow(name, reason=nothing_limits(unknown, budget))
    beyond = [totals for value, totals in costs.items() if value > fitting[-1]]
    return FitRow(name, fitting[-1], costs[fitting[-1]], budget.exceeded_by(beyond[0]) if beyond else ())


def differ(budget: Budget, costs: Iterable[Totals]) -> bool:
    """Return whether anything that is limited is not the same in all costs."""
    return len({tuple(getattr(each, name) for name in budget.metrics) for each in costs}) > 1


def nothing_fits(unknown: str, value: str, budget: Budget, totals: Totals) -> str:
    """Return the reason why no value is inside the budget."""
    costs = " and ".join(amount(name, getattr(totals, name)) for name in budget.exceeded_by(totals))
    return f"nothing fits: {unknown} = {value} already takes {costs}"


def nothing_limits(unknown: str, budget: Budget) -> str:
    """Return the reason why no value is the last inside the budget."""
    verb = "does" if budget.metrics == (TIME,) else "do"
    return f"nothing limits it: {' and '.join(map(spoken, budget.metrics))} {verb} not grow with {unknown}"


def _refuse_unanswerable(unknown: str, given: Given, budget: Budget) -> None:
    given.refuse(unknown)
    if budget.macs is not None and given.size is None and unknown != "size":
        raise FieldError("max_macs", "MACs need the input's size: give {size}")
    if unknown in SQUARES and given.padding != "same":
        raise FieldError("padding", f"must be same where {unknown} is the unknown: another ends its values")
    needs = _NEEDS.get(unknown, ())
    if needs and all(getattr(given, need) is None for need in needs):
        raise FieldError(needs[0], f"is missing: give {' or '.join(f'{{{need}}}' for need in needs)}")
