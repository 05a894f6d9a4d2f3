"""Schemes side by side on one layer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from math import floor
from typing import NamedTuple

from sepcost.core import formulas
from sepcost.core.formulas import Sizes, Stage, Stages
from sepcost.core.layer import Layer
from sepcost.core.lookup import by_name
from sepcost.core.quantity import checked_field, checked_whole
from sepcost.core.schemes import BASELINE, SCHEME_NAMES, Scheme, scheme_named
from sepcost.core.surd import Surd, square_root

Exact = int | Fraction | Surd
"""A count: an int wherever the scheme is realizable."""


class Cost(NamedTuple):
    """Exact weights and MACs; `macs` is for the whole batch of inputs, None where no size is given."""

    weights: Exact
    macs_per_position: Exact
    macs: Exact | None


class StageCost(NamedTuple):
    """One stage of a scheme: channels read and written, and what it costs."""

    stage: str
    n_i: Exact
    n_o: Exact
    cost: Cost


class Saving(NamedTuple):
    """Baseline cost ÷ this cost, exactly: 7 means seven times fewer."""

    weights: Fraction
    macs: Fraction


@dataclass(frozen=True)
class SchemeCost:
    """What a layer costs in one scheme.

    reason: why the scheme is not applicable, or None; then everything below is None or empty.
    multiplier: the depthwise stage's, None for a scheme without one.
    realizable: whether the multiplier is whole; where it is not, the exact cost has no layer.
    saving: None where this scheme or the baseline cannot be built.
    """

    scheme: str
    reason: str | None = None
    multiplier: Exact | None = None
    realizable: bool = False
    cost: Cost | None = None
    stages: tuple[StageCost, ...] = ()
    saving: Saving | None = None

    @property
    def applicable(self) -> bool:
        """Whether the scheme can be applied to the layer."""
        return self.reason is None

    @property
    def why_not_built(self) -> str | None:
        """Why no layer can be built in the scheme, or None where one can."""
        if self.reason is not None:
            return f"not applicable: {self.reason}"
        return None if self.realizable else f"not realizable: its multiplier {self.multiplier} is not whole"

    @property
    def nearest_multipliers(self) -> tuple[int, int] | None:
        """The whole multipliers around one that is not whole."""
        if self.multiplier is None or self.realizable:
            return None
        below = floor(self.multiplier)
        return below, below + 1


@dataclass(frozen=True)
class Comparison:
    """The schemes of one layer, each held against the scheme `against`, for a batch of inputs."""

    layer: Layer
    against: str
    schemes: tuple[SchemeCost, ...]
    batch: int = 1

    def scheme(self, name: str) -> SchemeCost:
        """Return the row of the scheme of that name; QuantityError where there is none."""
        return by_name(name, self.schemes, lambda row: row.scheme, "a scheme of this result")

    def _repr_html_(self) -> str:
        from sepcost.report.comparison import table
        from sepcost.report.render.markup import html

        return html(table(self))


def compare(
    layer: Layer, schemes: Iterable[str] = SCHEME_NAMES, against: str = BASELINE, batch: int = 1
) -> Comparison:
    """Cost a layer in each scheme, exactly, and hold it against a baseline.

    batch: inputs at once, which multiply MACs and not weights.
    Raises QuantityError for a name that is no scheme, FieldError for a batch that is no whole number.

    >>> row = compare(Layer(64, 64, kernel=3)).scheme("separable")
    >>> row.cost.weights, row.saving.weights
    (4672, Fraction(576, 73))
    """
    checked_field("batch", checked_whole, batch)
    baseline = cost_of(layer, scheme_named(against), batch)
    rows = tuple(_held_against(baseline, cost_of(layer, scheme_named(name), batch)) for name in schemes)
    return Comparison(layer, against, rows, batch)


def cost_of(layer: Layer, scheme: Scheme, batch: int = 1) -> SchemeCost:
    """Cost a layer in one scheme, held against nothing."""
    reason = scheme.why_not(layer)
    if reason is not None:
        return SchemeCost(scheme.name, reason)
    stages = stages_of(layer, scheme)
    multiplier = next((simplest(s.multiplier) for s in stages if s.multiplier is not None), None)
    return SchemeCost(
        scheme.name,
        multiplier=multiplier,
        realizable=multiplier is None or isinstance(multiplier, int),
        cost=_cost(layer, stages, batch),
        stages=tuple(_stage_cost(layer, stage, batch) for stage in stages),
    )


def stages_of(layer: Layer, scheme: Scheme) -> Stages:
    """Return the stages of a scheme that is applicable to a layer, in exact numbers."""
    return scheme.stages(sizes_of(layer, scheme))


def sizes_of(layer: Layer, scheme: Scheme) -> Sizes:
    """Return a layer's sizes as the formulas read them, √gamma exact where the scheme reads it."""
    root = square_root(layer.gamma) if scheme.reads_root_gamma else 1
    return Sizes(layer.n_i, layer.n_o, layer.taps, layer.gamma, root)


def simplest(value: Exact) -> Exact:
    """Return an int for a fraction or surd that is one, a fraction for a surd that is one."""
    if isinstance(value, Surd) and value.coefficient == 0:
        value = value.rational
    if isinstance(value, Fraction) and value.denominator == 1:
        return value.numerator
    return value


def _cost(layer: Layer, stages: Stages, batch: int) -> Cost:
    positions = layer.positions
    return Cost(
        weights=simplest(formulas.weights(stages, bias=int(layer.bias))),
        macs_per_position=simplest(formulas.macs(stages)),
        macs=None if positions is None else simplest(formulas.macs(stages, positions * batch)),
    )


def _stage_cost(layer: Layer, stage: Stage, batch: int) -> StageCost:
    cost = _cost(layer, (stage,), batch)
    return StageCost(stage.name, simplest(stage.inputs), simplest(stage.outputs), cost)


def _held_against(baseline: SchemeCost, row: SchemeCost) -> SchemeCost:
    if row.cost is None or baseline.cost is None or not (row.realizable and baseline.realizable):
        return row
    saving = Saving(
        weights=_fraction(baseline.cost.weights, row.cost.weights),
        macs=_fraction(baseline.cost.macs_per_position, row.cost.macs_per_position),
    )
    return replace(row, saving=saving)


def _fraction(above: Exact, below: Exact) -> Fraction:
    assert isinstance(above, int)
    assert isinstance(below, int)
    return Fraction(above, below)
