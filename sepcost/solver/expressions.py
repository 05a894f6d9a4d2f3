"""The schemes' costs as expressions, with the values that are given filled in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import sympy

from sepcost.core import formulas
from sepcost.core.build import NO_PARAMETERS, build
from sepcost.core.formulas import Maps, Sizes, Stages
from sepcost.core.given import Given
from sepcost.core.layer import Layer
from sepcost.core.schemes import NOTEBOOK_NAMES, Parameter, Scheme, scheme_named
from sepcost.core.shown import Shown
from sepcost.hardware.roofline import Run, StageLoad, stage_loads
from sepcost.solver import mathtext
from sepcost.solver.symbolic import F_C, F_R, GAMMA, L_C, L_R, N_I, N_O, Expr, exact, symbol_of, weights_of

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
    parameters: those that are symbols, as they are not given.
    """

    scheme: str
    reason: str | None = None
    total: CostExpression | None = None
    stages: tuple[CostExpression, ...] = ()
    broken: str | None = None
    parameters: tuple[Parameter, ...] = ()


@dataclass(frozen=True)
class Expressions(Shown):
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
    schemes: Iterable[str] = NOTEBOOK_NAMES,
    number_bytes: int | None = None,
    fused: bool = False,
    batch: int = 1,
    parameters: Mapping[str, int] = NO_PARAMETERS,
) -> Expressions:
    """Return the costs of schemes as expressions in the sizes that are not given.

    Raises FieldError for sizes that cannot hold together.

    >>> print(expressions(Given(), ["separable"]).schemes[0].total.weights)
    N_i*(F_c*F_r + N_o)
    """
    run = Run(
        maps=_maps(given),
        element_size=BYTES if number_bytes is None else exact(number_bytes),
        bias=given.bias,
        batch=batch,
        fused=fused,
    )
    found = tuple(_scheme(given, scheme_named(name), run, parameters) for name in schemes)
    return Expressions(given, found, number_bytes, fused, batch)


def _scheme(given: Given, scheme: Scheme, run: Run, parameters: Mapping[str, int]) -> SchemeExpression:
    refusal = None
    if given.n_i is not None and given.n_o is not None:
        layer = Layer(given.n_i, given.n_o, given.kernel or 1, gamma=given.gamma)
        refusal = build(scheme, layer, parameters).refusal
        if refusal is not None and not refusal.applicable:
            return SchemeExpression(scheme.name, refusal.reason)
    stages = scheme.stages(_sizes(given, scheme, parameters))
    loads = stage_loads(stages, run)
    return SchemeExpression(
        scheme.name,
        total=_cost(scheme.name, loads),
        stages=tuple(_cost(load.stage, (load,)) for load in loads),
        broken=_broken(stages),
        parameters=tuple(each for each in scheme.parameters if each.name not in parameters),
    )


def _broken(stages: Stages) -> str | None:
    """Return which channels or multiplier are known not to be whole numbers, None where none are."""
    multiplier = next((stage.multiplier for stage in stages if stage.multiplier is not None), None)
    named = [("N_i", stages[0].inputs), ("N_o", stages[-1].outputs), ("depthwise multiplier", multiplier)]
    named += [(f"{stage.name} channels", stage.outputs) for stage in stages[:-1]]
    named += [(f"{stage.name} channels in each group", stage.fan_in) for stage in stages]
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


def _sizes(given: Given, scheme: Scheme, parameters: Mapping[str, int]) -> Sizes:
    n_i = N_I if given.n_i is None else exact(given.n_i)
    n_o = N_O if given.n_o is None else exact(given.n_o)
    gamma = GAMMA if given.gamma is None else exact(given.gamma)
    if given.gamma is None and given.n_i is not None and given.n_o is not None:
        gamma = n_o / n_i
    if scheme.ties_channels and given.n_o is None:
        n_o = gamma * n_i
    elif scheme.ties_channels and given.n_i is None:
        n_i = n_o / gamma
    f_r, f_c = (F_R, F_C) if given.kernel is None else map(sympy.Integer, given.kernel)
    values = {each.name: symbol_of(each) for each in scheme.parameters}
    values |= {name: sympy.Integer(value) for name, value in parameters.items() if name in values}
    return Sizes(n_i, n_o, f_r * f_c, gamma, f_r, f_c, values)


def _maps(given: Given) -> Maps:
    """Return rows and columns of input and output: numbers, or symbols where they cannot be told."""
    read: tuple[Expr, Expr] = (L_R, L_C)
    if given.size is not None:
        read = (sympy.Integer(given.size[0]), sympy.Integer(given.size[1]))
    if given.padding == "same" and given.stride == (1, 1):
        return Maps(*read, *read)
    # The kernel's reach matters without 'same' padding alone; a symbol's cannot be told.
    if given.size is None or (given.kernel is None and given.padding != "same"):
        return Maps(*read, OUT_R, OUT_C)
    layer = Layer(1, 1, given.kernel or 1, given.size, given.stride, given.dilation, given.padding)
    assert layer.out is not None
    return Maps(*read, sympy.Integer(layer.out[0]), sympy.Integer(layer.out[1]))


def weights_formula(scheme: Scheme) -> Expr:
    """Return the weights of a scheme with nothing filled in.

    >>> print(weights_formula(scheme_named("blueprint")))
    N_o*(F_c*F_r + N_i)
    """
    return sympy.factor_terms(weights_of(scheme, _sizes(Given(), scheme, {})))
