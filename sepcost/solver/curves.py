"""What each scheme of a break-even question costs while the unknown grows: what a picture of it shows."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import sympy

from sepcost.core.errors import FieldError, SepcostError
from sepcost.core.schemes import Scheme, scheme_named
from sepcost.solver.breakeven import BreakEven, BreakEvenRow
from sepcost.solver.problem import UNKNOWNS, Question, Setting, setting_of
from sepcost.solver.symbolic import N_I, Expr, weights_of

_FIELDS = {"F": "kernel", "N_o": "n_o", "N_i": "n_i", "gamma": "gamma", "root_gamma": "gamma"}


@dataclass(frozen=True)
class Curve:
    """A scheme's cost as an expression in the unknown, which runs from `least` to `most`.

    most: None where nothing ends the unknown.
    """

    scheme: str
    cost: Expr
    unknown: Expr
    least: float
    most: float | None

    def at(self, value: float) -> float:
        """Return the cost at a value of the unknown."""
        return float(self.cost.xreplace({self.unknown: sympy.Float(value)}))


@dataclass(frozen=True)
class Crossing:
    """An exact value of the unknown at which schemes cost what the baseline costs.

    sign: '>=' where they pay from there on, '<=' up to there, '=' at this one value.
    """

    sign: str
    threshold: Expr
    schemes: tuple[str, ...]


@dataclass(frozen=True)
class Panel:
    """The curves of one metric, the baseline first, and where they cross it.

    metrics: 'weights' or 'macs', or both where one picture says both.
    bias: whether biases are counted in the costs.
    per_input: whether costs are per input channel, whose number is not given and does not matter; the
        biases of the outputs, which every scheme has, are then left out.
    """

    metrics: tuple[str, ...]
    bias: bool
    per_input: bool
    baseline: Curve
    others: tuple[Curve, ...]
    crossings: tuple[Crossing, ...]


def panels(result: BreakEven) -> tuple[Panel, ...]:
    """Return the curves of a break-even, one panel for both metrics where they say the same.

    Raises FieldError for a size that is a symbol of the cost, SepcostError where no scheme applies.
    """
    applicable = [row for row in result.rows if row.reason is None]
    if not applicable:
        row = result.rows[0]
        raise SepcostError(f"nothing to draw: {row.scheme} is not applicable: {row.reason}")
    together = {row.metrics for row in applicable}
    metrics = together if len(together) == 1 else {(metric,) for each in together for metric in each}
    return tuple(_panel(result, each, applicable) for each in sorted(metrics, reverse=True))


def _panel(result: BreakEven, metrics: tuple[str, ...], applicable: list[BreakEvenRow]) -> Panel:
    rows = [row for row in applicable if metrics[0] in row.metrics]
    bias = int(result.question.bias and metrics[0] == "weights")
    baseline = scheme_named(result.against)
    held, others = [], []
    for row in rows:
        scheme = scheme_named(row.scheme)
        setting = setting_of(result.question, (scheme, baseline))
        assert not isinstance(setting, str)
        held.append(_curve(result.question, baseline, setting, bias))
        others.append(_curve(result.question, scheme, setting, bias))
    most = None if any(curve.most is None for curve in held) else max(curve.most or 0 for curve in held)
    whole = Curve(result.against, held[0].cost, held[0].unknown, min(curve.least for curve in held), most)
    return Panel(metrics, bool(bias), _is_per_input(result.question), whole, tuple(others), crossings(rows))


def _curve(question: Question, scheme: Scheme, setting: Setting, bias: int) -> Curve:
    cost = weights_of(scheme, setting.sizes, bias)
    if _is_per_input(question):
        # The biases of the outputs, which every scheme has, are no multiple of the input channels.
        cost = sympy.expand((cost - bias * setting.sizes.n_o) / setting.sizes.n_i)
    unknown = UNKNOWNS[question.unknown]
    cost = cost.xreplace({setting.variable: setting.shown})
    for symbol in sorted(cost.free_symbols - {unknown}, key=str):
        raise FieldError(
            _FIELDS[symbol.name],
            f"is open, and the cost of {scheme.name} depends on it: give it for a picture",
        )
    least, most = setting.domain
    return Curve(scheme.name, cost, unknown, float(least), None if most is None else float(most))


def _is_per_input(question: Question) -> bool:
    return question.n_i is None and UNKNOWNS[question.unknown] != N_I


def crossings(rows: list[BreakEvenRow]) -> tuple[Crossing, ...]:
    """Return where the schemes cross the baseline, ascending, those that do so together as one."""
    found: defaultdict[tuple[str, Expr], list[str]] = defaultdict(list)
    for row in rows:
        for part in row.intervals:
            if part.lower is not None and part.lower == part.upper:
                found["=", part.lower].append(row.scheme)
                continue
            for sign, end in ((">=", part.lower), ("<=", part.upper)):
                if end is not None:
                    found[sign, end].append(row.scheme)
    every = (Crossing(sign, end, tuple(schemes)) for (sign, end), schemes in found.items())
    return tuple(sorted(every, key=lambda crossing: float(crossing.threshold)))
