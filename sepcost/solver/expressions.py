"""The schemes' costs as expressions, with the values that are given filled in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import sympy

from sepcost.core import formulas
from sepcost.core.alike import together
from sepcost.core.build import (
    NO_PARAMETERS,
    checked_parameters,
    map_refusal,
    why_not_applicable,
    without_value,
)
from sepcost.core.exact import DIVIDES_BY_ZERO
from sepcost.core.formulas import Sizes, Stages
from sepcost.core.given import Given
from sepcost.core.layer import Layer
from sepcost.core.lookup import several_names
from sepcost.core.scheme import Parameter, Scheme
from sepcost.core.schemes import NOTEBOOK_NAMES, scheme_named
from sepcost.core.shown import Shown
from sepcost.hardware.execution import USUAL_EXECUTION, Execution
from sepcost.hardware.roofline import Run, StageLoad, run_on, stage_loads
from sepcost.solver.constraints import Constraint, constraints
from sepcost.solver.maps import geometry_of, maps_of
from sepcost.solver.symbolic import (
    F_C,
    F_R,
    GAMMA,
    N_I,
    N_O,
    Expr,
    exact,
    symbol_of,
    weights_of,
)

BYTES = sympy.Symbol("b", positive=True)
"""Element size in bytes."""

_DIVIDED_BY_ZERO = (sympy.zoo, sympy.nan)


@dataclass(frozen=True)
class CostExpression:
    """Weights, MACs and traffic of a scheme or of one of its stages.

    inputs, outputs: elements of the maps read and written. bytes: of maps and weights.
    intensity: arithmetic intensity, MACs per byte.
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

    broken: why no layer of these sizes can be built, though the formula holds.
    constraints: what has to be whole of the symbols for one to be built.
    parameters: those that are symbols, as they are not given.
    """

    scheme: str
    reason: str | None = None
    total: CostExpression | None = None
    stages: tuple[CostExpression, ...] = ()
    broken: str | None = None
    constraints: tuple[Constraint, ...] = ()
    parameters: tuple[Parameter, ...] = ()

    @property
    def costs(self) -> tuple[CostExpression, ...]:
        """Each stage where there are several, then the total; none where it is not applicable."""
        if self.total is None:
            return ()
        return (*self.stages, self.total) if len(self.stages) > 1 else (self.total,)


@dataclass(frozen=True)
class Expressions(Shown):
    """Schemes' costs as expressions in the sizes that are not given, for a batch of inputs.

    parameters: the values given of the schemes' parameters, by name.
    execution: how a layer runs; the bytes of an element are a symbol where it does not give them.
    """

    given: Given
    schemes: tuple[SchemeExpression, ...]
    parameters: Mapping[str, int] = field(default_factory=dict)
    execution: Execution = USUAL_EXECUTION

    @property
    def alike(self) -> tuple[tuple[SchemeExpression, ...], ...]:
        """The schemes in their order, those together whose stages cost the same, term by term."""
        return together(self.schemes, _without_names)


def _without_names(scheme: SchemeExpression) -> SchemeExpression:
    total = None if scheme.total is None else replace(scheme.total, name="")
    stages = tuple(replace(stage, name="") for stage in scheme.stages)
    return replace(scheme, scheme="", total=total, stages=stages)


def expressions(
    given: Given,
    schemes: Iterable[str] = NOTEBOOK_NAMES,
    parameters: Mapping[str, int] = NO_PARAMETERS,
    execution: Execution = USUAL_EXECUTION,
) -> Expressions:
    """Return the costs of schemes as expressions in the sizes that are not given.

    parameters: of the schemes, by name; symbols unless given.
    execution: how the layer runs; the bytes of an element are a symbol where it does not give them.
    Raises FieldError for sizes that cannot hold together, QuantityError for an unknown name.

    >>> print(expressions(Given(), ["separable"]).schemes[0].total.weights)
    N_i*(F_c*F_r + N_o)
    """
    names = several_names(schemes)
    checked_parameters(parameters, names)
    element_size = BYTES if execution.bytes is None else exact(execution.bytes)
    run = run_on(maps_of(given), execution, given.bias)._replace(element_size=element_size)
    found = tuple(_scheme(given, scheme_named(name), run, parameters) for name in names)
    return Expressions(given, found, parameters, execution)


def _scheme(given: Given, scheme: Scheme, run: Run, parameters: Mapping[str, int]) -> SchemeExpression:
    if given.n_i is not None and given.n_o is not None:
        reason = why_not_applicable(scheme, Layer(given.n_i, given.n_o, gamma=given.gamma))
        if reason is not None:
            return SchemeExpression(scheme.name, reason)
    sizes = _sizes(given, scheme, parameters)
    stages = tuple(stage.converted(sympy.sympify) for stage in scheme.stages(sizes))
    if any(stage.outputs.has(*_DIVIDED_BY_ZERO) or stage.fan_in.has(*_DIVIDED_BY_ZERO) for stage in stages):
        return SchemeExpression(scheme.name, without_value(DIVIDES_BY_ZERO))
    loads = stage_loads(stages, run)
    needed = tuple(constraints(scheme, sizes))
    return SchemeExpression(
        scheme.name,
        total=_cost(scheme.name, loads),
        stages=tuple(_cost(load.name, (load,)) for load in loads),
        broken=_broken(given, stages, needed),
        constraints=tuple(each for each in needed if each.is_open),
        parameters=tuple(each for each in scheme.parameters if each.name not in parameters),
    )


def _broken(given: Given, stages: Stages, needed: Iterable[Constraint]) -> str | None:
    for constraint in needed:
        if constraint.is_broken:
            return str(constraint)
    return map_refusal(geometry_of(given), stages)


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


def weights_formula(scheme: Scheme) -> Expr:
    """Return the weights of a scheme with nothing filled in.

    >>> print(weights_formula(scheme_named("blueprint")))
    N_o*(F_c*F_r + N_i)
    """
    return sympy.factor_terms(weights_of(scheme, _sizes(Given(), scheme, {})))
