"""A budget and an unknown -> the largest layer that keeps it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple, TypeVar

from sepcost.buildable import SQUARES, Question
from sepcost.core.build import NO_PARAMETERS, checked_parameters
from sepcost.core.errors import FieldError, quoted
from sepcost.core.given import FIELD_OF, USUAL_KERNEL, Given, kernel_given
from sepcost.core.layer import Pair, checked_gamma, checked_padding
from sepcost.core.lookup import by_name, checked_word
from sepcost.core.metrics import LIMITED, TIME, spoken
from sepcost.core.quantity import (
    checked_duration,
    checked_field,
    checked_if_given,
    checked_pair,
    checked_whole,
)
from sepcost.core.schemes import NOTEBOOK_NAMES, scheme_named
from sepcost.core.shown import Shown

T = TypeVar("T")

_NEEDS = {"N_o": ("n_i", "gamma"), "N_i": ("n_o", "gamma"), "gamma": ("n_i",)}
"""The fields of which a question about channels needs at least one."""


class Totals(NamedTuple):
    """What a layer or network costs; `macs` is None where no size is given, the rest where nothing limits it.

    memory, storage: bytes. time: seconds.
    """

    weights: int
    macs: int | None
    memory: int | None = None
    storage: int | None = None
    time: Fraction | None = None


@dataclass(frozen=True)
class Budget:
    """What may be spent at most; a limit itself is still allowed. Raises FieldError without any."""

    weights: int | None = None
    macs: int | None = None
    memory: int | None = None
    storage: int | None = None
    time: Fraction | None = None

    def __post_init__(self) -> None:
        checked_if_given("max_time", checked_duration, self.time)
        for field, limit in ((f"max_{name}", getattr(self, name)) for name in LIMITED if name != TIME):
            if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int) or limit < 1):
                raise FieldError(field, f"{quoted(str(limit))} is not a whole number of at least 1")
        if not self.metrics:
            raise FieldError("max_macs", "is missing: give {max_macs}, {max_weights} or both")

    @property
    def metrics(self) -> tuple[str, ...]:
        """What is limited, by the names of a total's parts."""
        return tuple(name for name in LIMITED if getattr(self, name) is not None)

    def exceeded_by(self, totals: Totals) -> tuple[str, ...]:
        """Return the metrics in which a cost is above its limit."""
        return tuple(name for name in self.metrics if getattr(totals, name) > getattr(self, name))


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
    """The largest value of one size of a layer within a budget, in each scheme."""

    unknown: str
    given: Given
    budget: Budget
    rows: tuple[FitRow, ...]

    def scheme(self, name: str) -> FitRow:
        """Return the row of the scheme of that name; QuantityError where there is none."""
        return by_name(name, self.rows, lambda row: row.scheme, "a scheme of this result")


def fit(
    unknown: str = "N_o",
    *,
    max_weights: int | None = None,
    max_macs: int | None = None,
    n_i: int | None = None,
    n_o: int | None = None,
    kernel: int | Pair | None = USUAL_KERNEL,
    size: int | Pair | None = None,
    stride: int | Pair = 1,
    dilation: int | Pair = 1,
    padding: str | int | Pair = "same",
    bias: bool = False,
    gamma: Fraction | int | str | None = None,
    schemes: Iterable[str] = NOTEBOOK_NAMES,
    parameters: Mapping[str, int] = NO_PARAMETERS,
) -> Fit:
    """Find, exactly, the largest value of one size at which a layer keeps a budget.

    unknown: 'N_o', 'N_i', 'gamma', 'k' (a square kernel's side) or 'size' (a square input's side). Its
    values go up to 10^9; those that make a channel count or the depthwise multiplier fractional do not count.

    parameters: of the schemes, by name; their defaults unless given.

    Raises FieldError for sizes that cannot hold or do not suffice, QuantityError for an unknown name.

    >>> row = fit("N_o", n_i=64, size=56, max_macs=50_000_000).scheme("separable")
    >>> row.largest, row.totals.macs
    (240, 49975296)
    """
    checked_word(unknown, FIELD_OF)
    budget = Budget(max_weights, max_macs)
    given = Given(
        n_i=checked_if_given("n_i", checked_whole, n_i),
        n_o=checked_if_given("n_o", checked_whole, n_o),
        kernel=kernel_given(unknown, kernel),
        size=checked_if_given("size", checked_pair, size),
        stride=checked_field("stride", checked_pair, stride),
        dilation=checked_field("dilation", checked_pair, dilation),
        padding=checked_field("padding", checked_padding, padding),
        bias=bias,
        gamma=checked_if_given("gamma", checked_gamma, gamma),
    )
    _refuse_unanswerable(unknown, given, budget)
    names = tuple(schemes)
    checked_parameters(parameters, names)
    rows = tuple(_row(Question(unknown, given, scheme_named(name), parameters), budget) for name in names)
    return Fit(unknown, given, budget, rows)


def _row(question: Question, budget: Budget) -> FitRow:
    name, unknown = question.scheme.name, question.unknown
    reason = question.why_not()
    if reason is not None:
        return FitRow(name, reason=reason)
    values = question.values
    assert values
    if question.may_fall:
        return _searched(question, budget, values)
    least, most = _totals_at(question, values[0]), _totals_at(question, values[-1])
    if budget.exceeded_by(least):
        return FitRow(name, reason=nothing_fits(unknown, str(values[0]), budget, least))
    if len(values) > 1 and not grows(budget, least, most):
        return FitRow(name, reason=nothing_limits(unknown, budget))
    # False for the values that fit, True for those beyond, which come after them.
    fitting = bisect_left(
        values, True, key=lambda value: bool(budget.exceeded_by(_totals_at(question, value)))
    )
    largest = values[fitting - 1]
    beyond = budget.exceeded_by(_totals_at(question, values[fitting])) if fitting < len(values) else ()
    return FitRow(name, largest, _totals_at(question, largest), beyond)


def _totals_at(question: Question, value: int) -> Totals:
    """Return the cost at a value that can be built, which is whole."""
    cost = question.row_at(value).cost
    assert cost is not None
    weights, macs = cost.weights, cost.macs
    assert isinstance(weights, int)
    assert macs is None or isinstance(macs, int)
    return Totals(weights, macs)


def _searched(question: Question, budget: Budget, values: Sequence[int]) -> FitRow:
    """Return the largest of values whose cost is in no order."""
    name, unknown = question.scheme.name, question.unknown
    costs = {value: _totals_at(question, value) for value in values}
    fitting = [value for value, totals in costs.items() if not budget.exceeded_by(totals)]
    if not fitting:
        return FitRow(name, reason=f"nothing fits: each {unknown} that can be built takes more")
    if (
        len({tuple(getattr(each, metric) for metric in budget.metrics) for each in costs.values()})
        == 1
        < len(values)
    ):
        return FitRow(name, reason=nothing_limits(unknown, budget))
    beyond = [totals for value, totals in costs.items() if value > fitting[-1]]
    return FitRow(name, fitting[-1], costs[fitting[-1]], budget.exceeded_by(beyond[0]) if beyond else ())


def grows(budget: Budget, least: Totals, most: Totals) -> bool:
    """Return whether anything that is limited costs more at the last value than at the first."""
    return any(getattr(most, name) > getattr(least, name) for name in budget.metrics)


def nothing_fits(unknown: str, value: str, budget: Budget, totals: Totals) -> str:
    """Return the reason why no value is inside the budget."""
    costs = " and ".join(_amount(name, getattr(totals, name)) for name in budget.exceeded_by(totals))
    return f"nothing fits: {unknown} = {value} already takes {costs}"


def _amount(metric: str, value: int | Fraction) -> str:
    return f"{float(value):.4g} s" if metric == TIME else f"{value:,} {spoken(metric)}"


def nothing_limits(unknown: str, budget: Budget) -> str:
    """Return the reason why no value is the last inside the budget."""
    return f"nothing limits it: {' and '.join(map(spoken, budget.metrics))} do not grow with {unknown}"


def _refuse_unanswerable(unknown: str, given: Given, budget: Budget) -> None:
    given.refuse(unknown)
    if budget.macs is not None and given.size is None and unknown != "size":
        raise FieldError("max_macs", "MACs need the input's size: give {size}")
    if unknown in SQUARES and given.padding != "same":
        raise FieldError("padding", f"must be same where {unknown} is the unknown: another ends its values")
    needs = _NEEDS.get(unknown, ())
    if needs and all(getattr(given, need) is None for need in needs):
        others = f": give {' or '.join(f'{{{need}}}' for need in needs)}" if len(needs) > 1 else ""
        raise FieldError(needs[0], f"is missing{others}")
