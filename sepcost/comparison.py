"""Schemes side by side on one layer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING, NamedTuple

from sepcost.core import formulas
from sepcost.core.alike import shape, together
from sepcost.core.build import NO_PARAMETERS, Refusal, build, checked_parameters
from sepcost.core.errors import FieldError, QuantityError, as_given, one_of
from sepcost.core.exact import Exact, simplest
from sepcost.core.formulas import Stage, Stages
from sepcost.core.layer import Layer, Pair
from sepcost.core.lookup import by_name, refuse_other, several_names
from sepcost.core.metrics import METRICS
from sepcost.core.quantity import checked_field, checked_whole
from sepcost.core.scheme import Scheme
from sepcost.core.schemes import BASELINE, NOTEBOOK_NAMES, scheme_named
from sepcost.core.shown import Shown

if TYPE_CHECKING:
    from sepcost.hardware.execution import Execution
    from sepcost.hardware.machine import Machine
    from sepcost.hardware.roofline import Load, StageLoad


class Cost(NamedTuple):
    """Exact weights and MACs.

    macs_per_position: for one output position; None where that depends on a size that is not given.
    macs: for the whole batch of inputs; None where no size is given.
    """

    weights: Exact
    macs_per_position: Exact | None
    macs: Exact | None


class StageCost(NamedTuple):
    """One stage of a scheme, what it costs and, in an execution, what it does and moves."""

    stage: Stage
    cost: Cost
    load: "StageLoad | None" = None


class Saving(NamedTuple):
    """Baseline cost ÷ this cost, exactly: 7 means seven times fewer.

    macs: None where they depend on a size that is not given.
    time, time_estimate: by the bounds on a machine, and by estimates where it was measured; else None.
    """

    weights: Fraction
    macs: Fraction | None
    time: Fraction | None = None
    time_estimate: Fraction | None = None


class SchemeCost(NamedTuple):
    """What a layer costs in one scheme.

    refusal: why no layer can be built in it, or None. Where it is not applicable, all below is empty;
        where it is not realizable, the cost is exact but no layer has it, or that is empty too where it
        holds roots that no exact number can.
    saving: None where this scheme or the baseline cannot be built.
    parameters: the value of each of the scheme's parameters, by name.
    load: what the layer does and moves, and its times on a machine; None where no execution is given.
    """

    scheme: str
    refusal: Refusal | None = None
    cost: Cost | None = None
    stages: tuple[StageCost, ...] = ()
    saving: Saving | None = None
    parameters: Mapping[str, Exact] = {}
    load: "Load | None" = None

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
        return next(
            (each.stage.multiplier for each in self.stages if each.stage.multiplier is not None), None
        )

    def amount(self, metric: str) -> int | Fraction | None:
        """Return how much of a metric a layer that can be built takes; None where that is not known."""
        held = self.cost if metric in METRICS else self.load
        value = None if held is None else getattr(held, metric)
        assert value is None or isinstance(value, (int, Fraction))
        return value

    @property
    def shape(self) -> tuple[Stage, ...]:
        """Its stages whatever they are called; none where no layer can be built."""
        if self.refusal is not None:
            return ()
        return shape(each.stage for each in self.stages)

    @property
    def nearest_multipliers(self) -> tuple[int, ...] | None:
        """The whole multipliers, at least 1, around one that is not whole."""
        if self.multiplier is None or isinstance(self.multiplier, int):
            return None
        below = floor(self.multiplier)
        return (below, below + 1) if below else (1,)


@dataclass(frozen=True)
class Comparison(Shown):
    """The schemes of one layer, each compared with the scheme `against`, for a batch of inputs.

    execution: how the layer runs; None where its costs alone are of interest.
    """

    layer: Layer
    against: str
    schemes: tuple[SchemeCost, ...]
    batch: int = 1
    parameters: Mapping[str, int] = field(default_factory=dict)
    norm: int = 0
    execution: "Execution | None" = None

    @property
    def machine(self) -> "Machine | None":
        """The machine that the layer runs on, None without one."""
        return None if self.execution is None else self.execution.machine

    def scheme(self, name: str) -> SchemeCost:
        """Return the row of the scheme of that name; QuantityError where there is none."""
        return by_name(name, self.schemes, lambda row: row.scheme, "a scheme of this result")

    @property
    def size(self) -> Pair | None:
        """The input's rows and columns; None where they are not given."""
        return self.layer.size

    @property
    def weights_apart(self) -> bool:
        """Whether weights hold more than what MACs multiply by, so that the two save differently."""
        return bool(self.layer.bias or self.norm)

    @property
    def alike(self) -> tuple[tuple[SchemeCost, ...], ...]:
        """The rows in their order, those that are built of the same stages together."""
        return together(self.schemes, lambda row: row.shape or row.scheme)


def compare(
    layer: Layer,
    schemes: Iterable[str] = NOTEBOOK_NAMES,
    against: str = BASELINE,
    batch: int | None = None,
    parameters: Mapping[str, int] = NO_PARAMETERS,
    norm: int = 0,
    execution: "Execution | None" = None,
) -> Comparison:
    """Cost a layer in each scheme, exactly, and compare it with a baseline.

    batch: inputs at once, which multiply MACs and not weights; the execution's, else 1, unless given.
    norm: values of a batch norm after each stage that count as weights, for each channel: none, the 2 that
        are learned, or 4 with their running statistics.
    parameters: of the schemes, by name, such as {"groups": 4}; their defaults unless given.
    execution: how the layer runs; adds the bytes moved and, on a machine, roofline bounds.
    Raises QuantityError for a name that is no scheme or parameter, FieldError for a number that is not whole
    and, with an execution, for a layer without a size or with a norm.

    >>> row = compare(Layer(64, 64, kernel=3)).scheme("separable")
    >>> row.cost.weights, row.saving.weights
    (4672, Fraction(576, 73))
    >>> compare(Layer(64, 64), ["grouped"], parameters={"groups": 4}).scheme("grouped").saving.macs
    Fraction(4, 1)
    >>> from sepcost.hardware.execution import Execution
    >>> from sepcost.hardware.machine import Machine
    >>> on = Execution(Machine(peak=495 * 10**12, bandwidth=3350 * 10**9, bytes=2))
    >>> row = compare(Layer(64, 64, size=56), execution=on).scheme("separable")
    >>> row.load.bytes, row.load.bound.by, row.saving.time
    (1614976, 'memory', Fraction(6848, 12617))
    """
    refuse_other(layer, Layer, "give Layer(n_i, n_o)")
    names = several_names(schemes)
    if batch is None:
        batch = 1 if execution is None else execution.batch
    checked_field("batch", checked_whole, batch)
    checked_parameters(parameters, (*names, against))
    checked_field("norm", checked_norm, norm)
    if norm and execution is not None:
        raise FieldError(
            "norm", "cannot be used with options about a run, which folds a batch norm into its stage"
        )
    execution = None if execution is None else replace(execution, batch=batch)
    baseline = cost_of(layer, scheme_named(against), batch, parameters, norm, execution)
    rows = (cost_of(layer, scheme_named(name), batch, parameters, norm, execution) for name in names)
    compared = tuple(_compared(baseline, row) for row in rows)
    return Comparison(layer, against, compared, batch, parameters, norm, execution)


def checked_norm(value: object) -> int:
    """Return one of NORMS, the values of a batch norm that count for a channel; QuantityError for another."""
    for known in formulas.NORMS:
        if type(value) in (int, str) and str(value) == str(known):
            return known
    raise QuantityError(f"{as_given(value)} is not {one_of(tuple(map(str, formulas.NORMS)))}")


def cost_of(
    layer: Layer,
    scheme: Scheme,
    batch: int = 1,
    parameters: Mapping[str, int] = NO_PARAMETERS,
    norm: int = 0,
    execution: "Execution | None" = None,
) -> SchemeCost:
    """Cost a layer in one scheme, compared with nothing; an execution adds its load."""
    built = build(scheme, layer, parameters)
    if not built.stages:
        row = SchemeCost(scheme.name, built.refusal)
    else:
        row = SchemeCost(
            scheme.name,
            built.refusal,
            cost=_cost(layer, built.stages, batch, norm),
            stages=tuple(StageCost(stage, _cost(layer, (stage,), batch, norm)) for stage in built.stages),
            parameters=built.parameters,
        )
    return row if execution is None else _loaded(row, layer, execution)


def _loaded(row: SchemeCost, layer: Layer, execution: "Execution") -> SchemeCost:
    """Add what a layer and its stages do and move, and their times on a machine."""
    from sepcost.hardware.roofline import loads_of, run_of

    run = run_of(layer, execution)  # refuses a layer that cannot be run, whether or not the scheme has stages
    if not row.stages:
        return row
    load, parts = loads_of(tuple(each.stage for each in row.stages), run, execution.machine, row.realizable)
    pairs = zip(row.stages, parts, strict=True)
    return row._replace(load=load, stages=tuple(stage._replace(load=part) for stage, part in pairs))


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
    weights = _quotient(baseline.cost.weights, row.cost.weights)
    assert weights is not None
    saving = Saving(weights, _quotient(baseline.cost.macs_per_position, row.cost.macs_per_position))
    if baseline.load is not None and row.load is not None:
        saving = saving._replace(
            time=_quotient(baseline.load.seconds, row.load.seconds),
            time_estimate=_quotient(baseline.load.estimate, row.load.estimate),
        )
    return row._replace(saving=saving)


def _quotient(above: Exact | None, below: Exact | None) -> Fraction | None:
    """Return a quotient of costs that can be built, which are no surds; None where either is not known."""
    if above is None or below is None:
        return None
    assert isinstance(above, (int, Fraction))
    assert isinstance(below, (int, Fraction))
    return Fraction(above) / below
