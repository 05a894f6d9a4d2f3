"""Each layer of a network and what would replace it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property

from sepcost.core import formulas
from sepcost.core.build import NO_PARAMETERS, checked_parameters
from sepcost.core.errors import FieldError, QuantityError
from sepcost.core.formulas import Maps, Stages
from sepcost.core.layer import checked_gamma
from sepcost.core.lookup import refuse_other, several_names
from sepcost.core.scheme import Scheme
from sepcost.core.schemes import BASELINE, scheme_named
from sepcost.core.shown import Shown
from sepcost.network.layer import Counts, NetworkLayer
from sepcost.network.model import Network
from sepcost.network.names import matching
from sepcost.network.replace import Builder, Rebuilt, builder, rebuilt


@dataclass(frozen=True, slots=True)
class Replacement:
    """What a layer would be built as.

    weights: what it then adds to the network: its stages' weights, but 0 where a layer replaced before
        it holds those for both, and the old weights too where a layer that stays still needs them.
    """

    scheme: str
    stages: Stages
    maps: Maps
    weights: int
    macs: int


@dataclass(frozen=True, slots=True)
class AuditedLayer:
    """A layer and its replacement, or the reason why there is none."""

    layer: NetworkLayer
    replacement: Replacement | None = None
    reason: str | None = None

    @property
    def cost(self) -> Counts:
        """What the layer costs now."""
        return self.layer.counts

    @property
    def replaced_cost(self) -> Counts:
        """What it costs once every replaceable layer is replaced."""
        if self.replacement is None:
            return self.cost
        return Counts(self.replacement.weights, self.replacement.macs)

    @property
    def saving(self) -> Fraction | None:
        """How many times fewer MACs the replacement takes; None without one."""
        return None if self.replacement is None else Fraction(self.layer.macs, self.replacement.macs)

    @property
    def weights_saving(self) -> Fraction | None:
        """How many times fewer weights it adds to the network; None without one, and where it adds none."""
        if self.replacement is None or not self.replacement.weights:
            return None
        return Fraction(self.layer.weights, self.replacement.weights)


@dataclass(frozen=True)
class Audit(Shown):
    """A network with each layer compared with one scheme.

    replace: the scheme, or None where nothing is replaced.
    gamma: the multiplier of `generalized`, None where each layer has its own n_o / n_i.
    parameters: of the scheme, by name, where they are not its defaults.
    """

    network: Network
    replace: str | None
    gamma: Fraction | None
    layers: tuple[AuditedLayer, ...]
    parameters: Mapping[str, int] = field(default_factory=dict)

    @cached_property
    def totals(self) -> Counts:
        """What the network costs now."""
        return total(row.cost for row in self.layers)

    @cached_property
    def replaced(self) -> Counts:
        """What it costs once every replaceable layer is replaced."""
        return total(row.replaced_cost for row in self.layers)

    @property
    def saving(self) -> Fraction | None:
        """How many times fewer MACs it then takes; None where it takes none."""
        return Fraction(self.totals.macs, self.replaced.macs) if self.replaced.macs else None

    @property
    def weights_saving(self) -> Fraction | None:
        """How many times fewer weights it then holds; None where it holds none."""
        return Fraction(self.totals.weights, self.replaced.weights) if self.replaced.weights else None

    @property
    def replaced_layers(self) -> int:
        """How many layers are replaced."""
        return sum(row.replacement is not None for row in self.layers)


def audit(
    network: Network,
    replace: str | None = "separable",
    gamma: Fraction | int | str | None = None,
    parameters: Mapping[str, int] = NO_PARAMETERS,
    skip: Iterable[str] = (),
) -> Audit:
    """Compare every layer of a network with what replaces it in a scheme, with the same taps and positions.

    replace: a scheme's name, or None to replace nothing.
    gamma: the multiplier of 'generalized', a whole number; each layer's own n_o / n_i unless given.
    parameters: of the scheme, by name, such as {"groups": 4}; their defaults unless given.
    skip: patterns, such as stem*, of the names of layers that stay as they are.
    Raises QuantityError for another scheme, FieldError for the standard one, for a gamma that cannot be
    built, and for a pattern that matches no layer.
    """
    refuse_other(network, Network, "give read_network({value})")
    if replace == BASELINE:
        raise FieldError("replace", f"{BASELINE} replaces nothing: give another scheme, or none")
    scheme = None if replace is None else scheme_named(replace)
    checked_parameters(parameters, () if replace is None else (replace,))
    multiplier = None if gamma is None else _multiplier(replace, gamma)
    skipped = _skipped(network, replace, skip)
    if scheme is None:
        found: list[Rebuilt | str] = ["no replacement is wanted"] * len(network.layers)
    else:
        built = builder(scheme, multiplier, parameters)
        found = [
            "is skipped" if layer.name in skipped else _replaced(layer, scheme, built)
            for layer in network.layers
        ]
    rows = _with_weights(network.layers, found, replace)
    return Audit(network, replace, multiplier, rows, parameters)


def replacing(audited: Audit, names: Container[str]) -> Audit:
    """Return an audit in which, of the layers that are replaced, those of these names alone are."""
    found: list[Rebuilt | str] = []
    for row in audited.layers:
        new = row.replacement
        if new is None or row.layer.name not in names:
            found.append(row.reason or "is left as it is")
        else:
            found.append(Rebuilt(new.stages, new.maps, new.macs // row.layer.batch))
    return replace(audited, layers=_with_weights(audited.network.layers, found, audited.replace))


def holder(layer: NetworkLayer) -> str:
    """Return the name of the layer that holds a layer's weights: its own, unless it shares them."""
    return layer.shares or layer.name


def _skipped(network: Network, replace: str | None, patterns: Iterable[str]) -> frozenset[str]:
    """Return the names of the layers that patterns leave as they are."""
    names = [layer.name for layer in network.layers]

    def skipped(pattern: str) -> frozenset[str]:
        if replace is None or not names:
            raise FieldError("skip", "nothing is replaced: leave it out")
        try:
            return matching(pattern, names)
        except QuantityError as error:
            raise FieldError("skip", str(error)) from None

    return frozenset().union(*map(skipped, several_names(patterns)))


def _replaced(layer: NetworkLayer, scheme: Scheme, built: Builder) -> Rebuilt | str:
    """Return what replaces a layer, or why nothing does."""
    reason = _why_not_replaceable(layer)
    if reason is not None:
        return reason
    found = rebuilt(layer, scheme, built)
    if isinstance(found, Rebuilt) and found.macs * layer.batch >= layer.macs:
        return f"{scheme.name} takes no fewer MACs"
    return found


def _why_not_replaceable(layer: NetworkLayer) -> str | None:
    if layer.kind in ("dense", "attention"):
        return f"is {layer.kind}, not a convolution"
    if layer.op != "Conv":
        return f"is {layer.op}, not Conv"
    if layer.groups != 1:
        return "has more than one group"
    if layer.taps == 1:
        return "has one tap"
    return None if layer.learned else "its weights are not learned"


def _with_weights(
    layers: tuple[NetworkLayer, ...], found: list[Rebuilt | str], scheme: str | None
) -> tuple[AuditedLayer, ...]:
    """Return the rows, the weights of layers that share theirs counted once before and after."""
    stay = Counter(holder(layer) for layer, each in zip(layers, found, strict=True) if isinstance(each, str))
    held: set[tuple[str, Stages]] = set()
    rows = []
    for layer, each in zip(layers, found, strict=True):
        if isinstance(each, str):
            rows.append(AuditedLayer(layer, reason=each))
            continue
        assert scheme is not None
        key = holder(layer), each.stages
        weights = 0 if key in held else int(formulas.weights(each.stages))
        held.add(key)
        if stay[layer.name]:
            weights += layer.weights
        macs = each.macs * layer.batch
        rows.append(AuditedLayer(layer, Replacement(scheme, each.stages, each.maps, weights, macs)))
    return tuple(rows)


def _multiplier(scheme: str | None, gamma: Fraction | int | str) -> Fraction:
    if scheme != "generalized":
        raise FieldError("gamma", "is for generalized only")
    try:
        multiplier = checked_gamma(gamma)
    except QuantityError as error:
        raise FieldError("gamma", str(error)) from None
    if multiplier.denominator != 1:
        raise FieldError("gamma", f"{multiplier} is no multiplier of a depthwise convolution, which is whole")
    return multiplier


def total(costs: Iterable[Counts]) -> Counts:
    """Return costs added up."""
    counted = list(costs)
    return Counts(sum(cost.weights for cost in counted), sum(cost.macs for cost in counted))
