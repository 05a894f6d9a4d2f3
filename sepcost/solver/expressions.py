"""The schemes' costs as expressions, with the values that are given filled in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sympy

from sepcost.core import formulas
from sepcost.core.formulas import Sizes, Stages
from sepcost.core.given import Given
from sepcost.core.layer import Layer
from sepcost.core.schemes import SCHEME_NAMES, Scheme, scheme_named
from sepcost.hardware.roofline import Run, StageLoad, stage_loads
from sepcost.solver import mathtext
from sepcost.solver.symbolic import F_C, F_R, GAMMA, L_C, L_R, N_I, N_O, Expr, exact

OUT_R, OUT_C = sympy.symbols("O_r O_c", positive=True)
"""Output rows and columns, where they are not the input's and not given."""

BYTES = sympy.Symbol("b", positive=True)
"""Bytes of one number."""


@dataclass(frozen=True)
class CostExpression:
    """Weights, MACs and traffic of a scheme or of one of its stages.

    inputs, outputs: numbers of the maps that are read and written. bytes: of maps and weights.
    intensity: MACs per byte.
    """

    name: str
    weights: Expr
    macs: Expr
    inputs: Expr
    outputs: Expr
    bytes: Expr
    intensity: Expr


@dataclass(frozen=True)
class SchemeExpression:
    """One scheme's stages and totals as expressions; `reason` says why it is not applicable.

    broken: which number has to be whole and is not, so that the formula holds and no layer can be built.
    """

    scheme: str
    reason: str | None = None
    total: CostExpression | None = None
    stages: tuple[CostExpression, ...] = ()
    broken: str | None = None


@dataclass(frozen=True)
class Expressions:
    """Schemes' costs as expressions in the sizes that are not given, for a batch of inputs.

    number_bytes: bytes of one number, None where they are a symbol.
    fused: whether a scheme is one pass, whose inner map stays out of memory.
    """

    given: Given
    schemes: tuple[SchemeExpression, ...]
    number_bytes: int | None = None
    fused: bool = False
    batch: int = 1


def expressions(
    given: Given,
    schemes: Iterable[str] = SCHEME_NAMES,
    number_bytes: int | None = None,
    fused: bool = False,
    batch: int = 1,
) -> Expressions:
    """Return the costs of schemes as expressions in the sizes that are not given.

    Raises FieldError for sizes that cannot hold together.

    >>> print(expressions(Given(), ["separable"]).schemes[0].total.weights)
    N_i*(F_c*F_r + N_o)
    """
    run = Run(
        read=_input_positions(given),
        written=_positions(given),
        number_bytes=BYTES if number_bytes is None else exact(number_bytes),
        bias=int(given.bias),
        batch=batch,
        fused=fused,
    )
    found = tuple(_scheme(given, scheme_named(name), run) for name in schemes)
    return Expressions(given, found, number_bytes, fused, batch)


def _scheme(given: Given, scheme: Scheme, run: Run) -> SchemeExpression:
    if given.n_i is not None and given.n_o is not None:
        reason = scheme.why_not(Layer(given.n_i, given.n_o, gamma=given.gamma))
        if reason is not None:
            return SchemeExpression(scheme.name, reason)
    stages = scheme.stages(_sizes(given, scheme))
    loads = stage_loads(stages, run)
    return SchemeExpression(
        scheme.name,
        total=_cost(scheme.name, loads),
        stages=tuple(_cost(load.stage, (load,)) for load in loads),
        broken=_broken(stages),
    )


def _broken(stages: Stages) -> str | None:
    """Return which channels or multiplier are known not to be whole numbers, None where none are."""
    first, last = stages[0], stages[-1]
    named = (("N_i", first.inputs), ("N_o", last.outputs), ("depthwise multiplier", first.multiplier))
    for name, value in named:
        if isinstance(value, sympy.Expr) and value.is_number and not value.is_Integer:
            return f"its {name} {mathtext.text(value)} is not whole"
    return None


def _cost(name: str, loads: tuple[StageLoad, ...]) -> CostExpression:
    traffic = formulas.total_traffic(tuple(load.traffic for load in loads))
    macs = sympy.factor_terms(sum(load.macs for load in loads))
    moved = sympy.factor_terms(sympy.expand(sum(load.bytes for load in loads)))
    return CostExpression(
        name,
        weights=sympy.factor_terms(traffic.weights),
        macs=macs,
        inputs=sympy.factor_terms(sympy.expand(traffic.inputs)),
        outputs=sympy.factor_terms(sympy.expand(traffic.outputs)),
        bytes=moved,
        intensity=macs / moved,
    )


def _sizes(given: Given, scheme: Scheme) -> Sizes:
    n_i = N_I if given.n_i is None else exact(given.n_i)
    n_o = N_O if given.n_o is None else exact(given.n_o)
    gamma = GAMMA if given.gamma is None else exact(given.gamma)
    if given.gamma is None and given.n_i is not None and given.n_o is not None:
        gamma = n_o / n_i
    if scheme.ties_channels and given.n_o is None:
        n_o = gamma * n_i
    elif scheme.ties_channels and given.n_i is None:
        n_i = n_o / gamma
    taps = F_R * F_C if given.kernel is None else exact(given.kernel[0] * given.kernel[1])
    return Sizes(n_i, n_o, taps, gamma, sympy.sqrt(gamma))


def _input_positions(given: Given) -> Expr:
    """Return input rows × columns, a number or symbols."""
    return L_R * L_C if given.size is None else exact(given.size[0] * given.size[1])


def _positions(given: Given) -> Expr:
    """Return output rows × columns: a number, the input's as symbols, or symbols of their own."""
    if given.size is not None:
        # The kernel's reach matters without 'same' padding alone; a symbol's cannot be told.
        if given.kernel is None and given.padding != "same":
            return OUT_R * OUT_C
        layer = Layer(1, 1, given.kernel or 1, given.size, given.stride, given.dilation, given.padding)
        assert layer.positions is not None
        return exact(layer.positions)
    if given.padding == "same" and given.stride == (1, 1):
        return L_R * L_C
    return OUT_R * OUT_C
