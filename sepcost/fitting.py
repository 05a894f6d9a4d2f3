"""A budget and an unknown -> the largest layer that keeps it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import isqrt, lcm
from typing import NamedTuple, TypeVar

from sepcost.comparison import SchemeCost, cost_of
from sepcost.core.build import NO_PARAMETERS, build, checked_parameters
from sepcost.core.errors import FieldError, quoted
from sepcost.core.given import FIELD_OF, USUAL_KERNEL, Given, kernel_given
from sepcost.core.layer import Layer, Pair, checked_gamma, checked_padding
from sepcost.core.lookup import by_name, checked_word
from sepcost.core.metrics import LIMITED, TIME, spoken
from sepcost.core.quantity import (
    LARGEST,
    checked_duration,
    checked_field,
    checked_if_given,
    checked_pair,
    checked_whole,
)
from sepcost.core.schemes import NOTEBOOK_NAMES, Scheme, scheme_named
from sepcost.core.shown import Shown

T = TypeVar("T")

_SQUARES = ("k", "size")
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
    rows = tuple(_row(_Question(unknown, given, scheme_named(name), parameters), budget) for name in names)
    return Fit(unknown, given, budget, rows)


class _Question:
    """One unknown size of a layer in one scheme."""

    def __init__(
        self, unknown: str, given: Given, scheme: Scheme, parameters: Mapping[str, int] = NO_PARAMETERS
    ) -> None:
        self.unknown = unknown
        self.given = given
        self.scheme = scheme
        self.parameters = parameters

    def layer_at(self, value: int) -> Layer:
        """Return the layer where the unknown has that value."""
        return Layer(**{**vars(self.given), FIELD_OF[self.unknown]: value})

    def row_at(self, value: int) -> SchemeCost:
        """Return what `compare` says of the layer where the unknown has that value."""
        return cost_of(self.layer_at(value), self.scheme, parameters=self.parameters)

    def totals_at(self, value: int) -> Totals:
        """Return the cost at a value that can be built, which is whole."""
        cost = self.row_at(value).cost
        assert cost is not None
        weights, macs = cost.weights, cost.macs
        assert isinstance(weights, int)
        assert macs is None or isinstance(macs, int)
        return Totals(weights, macs)

    def why_not(self) -> str | None:
        """Return why no value of the unknown can be built, or None where one can."""
        if self._is_fixed():
            return f"not applicable: {self.unknown} is fixed by N_o = gamma N_i and what is given"
        values = self.values
        refusal = self.row_at(values[0] if values else 1).refusal
        if refusal is not None:
            return str(refusal)
        return (
            None if values else f"not decided: the values of {self.unknown} that can be built are in no steps"
        )

    @cached_property
    def values(self) -> Sequence[int]:
        """Return the values that can be built, ascending.

        Channels are multiples of the unknown, or quotients by it: the first are whole in steps, the
        second for divisors.
        """
        values = self._tied_values()
        if self.unknown in _SQUARES or self.scheme.reads_gamma:
            return values
        step = self._step_at(values[0])
        stepped = range(values[0] * step, values[-1] + 1, values[0] * step)
        if self._is_built_along(stepped):
            return stepped
        divisors = self._divisors(self.given.n_o or 1) if self.unknown == "N_i" else []
        return [value for value in divisors if self.row_at(value).realizable]

    def _step_at(self, value: int) -> int:
        """Return by what a value is multiplied for channels, and those of each group, to be whole."""
        stages = build(self.scheme, self.layer_at(value), self.parameters).stages
        parts = [
            Fraction(part)
            for stage in stages
            for part in (stage.outputs, stage.fan_in, Fraction(stage.outputs) / Fraction(stage.groups))
        ]
        return lcm(*(part.denominator for part in parts))

    def _is_built_along(self, values: range) -> bool:
        """Whether values from several places of a range can be built."""
        places = {0, 1, 2, len(values) // 2, len(values) - 1}
        return all(self.row_at(values[place]).realizable for place in places if 0 <= place < len(values))

    def _tied_values(self) -> Sequence[int]:
        """Return the values for which N_o = gamma N_i, where it has to hold, leaves channels whole.

        A depthwise multiplier that follows gamma is whole for them too.
        """
        given = self.given
        if self.unknown in _SQUARES:
            return range(1, LARGEST + 1)
        if self.unknown == "gamma":
            # With N_o left out it is gamma N_i, which must stay within bounds.
            return self._multiples(1, LARGEST // (given.n_i or 1) if given.n_o is None else LARGEST)
        if given.gamma is not None and given.n_i is given.n_o is None:
            return self._tied_channels(given.gamma)
        if given.gamma is not None or not self.scheme.reads_gamma:
            return range(1, LARGEST + 1)
        if given.n_i is not None:
            return self._multiples(given.n_i, LARGEST)
        return self._divisors(given.n_o or 1)

    def _is_fixed(self) -> bool:
        given = self.given
        held = 3 - [given.n_i, given.n_o, given.gamma].count(None)
        return self.scheme.ties_channels and self.unknown not in _SQUARES and held == 2

    def _multiples(self, step: int, most: int) -> Sequence[int]:
        """Return step gamma up to `most`, for the whole gammas that leave the multiplier whole."""
        if not self.scheme.reads_root_gamma:
            return range(step, most + 1, step)
        return [step * root**2 for root in range(1, isqrt(most // step) + 1)]

    def _tied_channels(self, gamma: Fraction) -> range:
        """Return the channels for which the other count, by N_o = gamma N_i, is whole and within bounds."""
        p, q = gamma.as_integer_ratio()
        step = p if self.unknown == "N_o" else q
        return range(step, step * (LARGEST // p) + 1, step)

    def _divisors(self, n_o: int) -> list[int]:
        """Return the N_i for which gamma = n_o/N_i leaves the multiplier whole."""
        roots = range(1, isqrt(n_o) + 1)
        if self.scheme.reads_root_gamma:
            return sorted(n_o // root**2 for root in roots if n_o % root**2 == 0)
        return sorted({each for root in roots if n_o % root == 0 for each in (root, n_o // root)})


def _row(question: _Question, budget: Budget) -> FitRow:
    name, unknown = question.scheme.name, question.unknown
    reason = question.why_not()
    if reason is not None:
        return FitRow(name, reason=reason)
    values = question.values
    least, most = question.totals_at(values[0]), question.totals_at(values[-1])
    if budget.exceeded_by(least):
        return FitRow(name, reason=nothing_fits(unknown, str(values[0]), budget, least))
    if len(values) > 1 and not grows(budget, least, most):
        return FitRow(name, reason=nothing_limits(unknown, budget))
    # False for the values that fit, True for those beyond, which come after them.
    fitting = bisect_left(values, True, key=lambda value: bool(budget.exceeded_by(question.totals_at(value))))
    largest = values[fitting - 1]
    beyond = budget.exceeded_by(question.totals_at(values[fitting])) if fitting < len(values) else ()
    return FitRow(name, largest, question.totals_at(largest), beyond)


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
    if unknown in _SQUARES and given.padding != "same":
        raise FieldError("padding", f"must be same where {unknown} is the unknown: another ends its values")
    needs = _NEEDS.get(unknown, ())
    if needs and all(getattr(given, need) is None for need in needs):
        others = f": give {' or '.join(f'{{{need}}}' for need in needs)}" if len(needs) > 1 else ""
        raise FieldError(needs[0], f"is missing{others}")
