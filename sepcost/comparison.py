"""Schemes side by side on one layer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import floor
from typing import NamedTuple

from sepcost.core import formulas
from sepcost.core.build import NO_PARAMETERS, Build, Refusal, build, checked_parameters
from sepcost.core.errors import QuantityError, quoted
from sepcost.core.exact import Exact, simplest
from sepcost.core.formulas import Stage, Stages
from sepcost.core.layer import Layer
from sepcost.core.lookup import by_name
from sepcost.core.quantity import checked_field, checked_whole
from sepcost.core.schemes import BASELINE, NOTEBOOK_NAMES, Scheme, scheme_named
from sepcost.core.shown import Shown

NORMS = (0, 2, 4)
"""Numbers of a batch norm for each channel: none, scale and shift, running mean and variance besides."""


class Cost(NamedTuple):
    """Exact weights and MACs.

    macs_per_position: for one output position; None where that depends on a size that is not given.
    macs: for the whole batch of inputs; None where no size is given.
    """

    weights: Exact
    macs_per_position: Exact | None
    macs: Exact | None


class StageCost(NamedTuple):
    """One stage of a scheme: the stage itself, and what it costs."""

    form: Stage
    cost: Cost

    @property
    def stage(self) -> str:
        """What the stage is called."""
        return self.form.name

    @property
    def n_i(self) -> Exact:
        """Channels read."""
        return simplest(self.form.inputs)

    @property
    def n_o(self) -> Exact:
        """Channels written."""
        return simplest(self.form.outputs)


class Saving(NamedTuple):
    """Baseline cost ÷ this cost, exactly: 7 means seven times fewer; None where MACs depend on a size."""

    weights: Fraction
    macs: Fraction | None


@dataclass(frozen=True)
class SchemeCost:
    """What a layer costs in one scheme.

    refusal: why no layer can be built in it, or None. Where it is not applicable, all below is empty;
        where it is not realizable, the cost is exact but no layer has it.
    saving: None where this scheme or the baseline cannot be built.
    parameters: the value of each of the scheme's parameters, by name.
    """

    scheme: str
    refusal: Refusal | None = None
    cost: Cost | None = None
    stages: tuple[StageCost, ...] = ()
    saving: Saving | None = None
    parameters: Mapping[str, Exact] = field(default_factory=dict)

    @property
    def applicable(self) -> bool:
        """Whether the scheme can be applied to the layer."""
        return self.refusal is None or self.refusal.applicable

    @property
    def realizable(self) -> bool:
        """Whether a layer can be built in it."""
        return self.refusal is None

    @property
    def reason(self) -> str | None:
        """Why no layer can be built in it, or None where one can."""
        return None if self.refusal is None else self.refusal.reason

    @property
    def multiplier(self) -> Exact | None:
        """The depthwise stage's, None for a scheme without one."""
        return next((each.form.multiplier for each in self.stages if each.form.multiplier is not None), None)

    @property
    def shape(self) -> tuple[Stage, ...]:
        """Its stages whatever they are called; none where no layer can be built."""
        if self.refusal is not None:
            return ()
        return tuple(each.form._replace(name="", multiplier=None) for each in self.stages)

    @property
    def nearest_multipliers(self) -> tuple[int, int] | None:
        """The whole multipliers around one that is not whole."""
        if self.multiplier is None or isinstance(self.multiplier, int):
            return None
        below = floor(self.multiplier)
        return below, below + 1


@dataclass(frozen=True)
class Comparison(Shown):
    """The schemes of one layer, each compared with the scheme `against`, for a batch of inputs."""

    layer: Layer
    against: str
    schemes: tuple[SchemeCost, ...]
    batch: int = 1
    parameters: Mapping[str, int] = field(default_factory=dict)
    norm: int = 0

    def scheme(self, name: str) -> SchemeCost:
        """Return the row of the scheme of that name; QuantityError where there is none."""
        return by_name(name, self.schemes, lambda row: row.scheme, "a scheme of this result")

    @property
    def weights_apart(self) -> bool:
        """Whether weights hold more than what MACs multiply by, so that the two save differently."""
        return bool(self.layer.bias or self.norm)

    @property
    def alike(self) -> tuple[tuple[SchemeCost, ...], ...]:
        """The rows in their order, those that are built of the same stages together."""
        together: dict[object, list[SchemeCost]] = {}
        for row in self.schemes:
            together.setdefault(row.shape or row.scheme, []).append(row)
        return tuple(map(tuple, together.values()))


def compare(
    layer: Layer,
    schemes: Iterable[str] = NOTEBOOK_NAMES,
    against: str = BASELINE,
    batch: int = 1,
    parameters: Mapping[str, int] = NO_PARAMETERS,
    norm: int = 0,
) -> Comparison:
    """Cost a layer in each scheme, exactly, and compare it with a baseline.

    batch: inputs at once, which multiply MACs and not weights.
    norm: numbers of a batch norm after each stage that count as weights, for each channel: none, the 2 that
        are learned, or 4 with their running statistics.
    parameters: of the schemes, by name, such as {"groups": 4}; their defaults unless given.
    Raises QuantityError for a name that is no scheme or parameter, FieldError for a number that is not whole.

    >>> row = compare(Layer(64, 64, kernel=3)).scheme("separable")
    >>> row.cost.weights, row.saving.weights
    (4672, Fraction(576, 73))
    >>> compare(Layer(64, 64), ["grouped"], parameters={"groups": 4}).scheme("grouped").saving.macs
    Fraction(4, 1)
    """
    names = tuple(schemes)
    checked_field("batch", checked_whole, batch)
    checked_parameters(parameters, (*names, against))
    checked_field("norm", _checked_norm, norm)
    baseline = cost_of(layer, scheme_named(against), batch, parameters, norm)
    rows = (cost_of(layer, scheme_named(name), batch, parameters, norm) for name in names)
    compared = tuple(_compared(baseline, row) for row in rows)
    return Comparison(layer, against, compared, batch, parameters, norm)


def _checked_norm(value: object) -> int:
    for known in NORMS:
        if value == known:
            return known
    raise QuantityError(f"{quoted(str(value))} is not {', '.join(map(str, NORMS[:-1]))} or {NORMS[-1]}")


def cost_of(
    layer: Layer,
    scheme: Scheme,
    batch: int = 1,
    parameters: Mapping[str, int] = NO_PARAMETERS,
    norm: int = 0,
) -> SchemeCost:
    """Cost a layer in one scheme, compared with nothing."""
    built = build(scheme, layer, parameters)
    return cost_of_build(layer, scheme.name, built, batch, norm)


def cost_of_build(layer: Layer, name: str, built: Build, batch: int = 1, norm: int = 0) -> SchemeCost:
    """Cost the stages of a layer that is built."""
    if not built.stages:
        return SchemeCost(name, built.refusal)
    return SchemeCost(
        name,
        built.refusal,
        cost=_cost(layer, built.stages, batch, norm),
        stages=tuple(StageCost(stage, _cost(layer, (stage,), batch, norm)) for stage in built.stages),
        parameters=built.parameters,
    )


def _cost(layer: Layer, stages: Stages, batch: int, norm: int) -> Cost:
    weights = simplest(formulas.weights(stages, layer.bias, norm))
    maps = layer.maps
    if maps is None:
        known = layer.keeps_size or formulas.on_one_map(stages)
        return Cost(weights, simplest(formulas.macs(stages)) if known else None, None)
    macs = simplest(formulas.macs(stages, maps))
    return Cost(weights, simplest(macs * Fraction(1, maps.o_r * maps.o_c)), simplest(macs * batch))


def _compared(baseline: SchemeCost, row: SchemeCost) -> SchemeCost:
    if row.cost is None or baseline.cost is None or not (row.realizable and baseline.realizable):
        return row
    macs = (baseline.cost.macs_per_position, row.cost.macs_per_position)
    saving = Saving(
        weights=_quotient(baseline.cost.weights, row.cost.weights),
        macs=None if None in macs else _quotient(*macs),
    )
    return replace(row, saving=saving)


def _quotient(above: Exact | None, below: Exact | None) -> Fraction:
    assert isinstance(above, (int, Fraction))
    assert isinstance(below, (int, Fraction))
    return Fraction(above) / below
