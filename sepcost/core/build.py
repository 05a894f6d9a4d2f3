"""Whether a layer can be built in a scheme, and its stages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import NamedTuple

from sepcost.core.errors import QuantityError, quoted
from sepcost.core.exact import Exact, NestedRootError, simplest
from sepcost.core.formulas import Sizes, Stage, Stages
from sepcost.core.layer import Layer
from sepcost.core.quantity import checked_field, checked_whole, several
from sepcost.core.scheme import Scheme
from sepcost.core.schemes import parameter_names

NO_PARAMETERS: Mapping[str, int] = MappingProxyType({})


class Refusal(NamedTuple):
    """Why a layer cannot be built: the scheme is not for it, or a number would not be whole."""

    applicable: bool
    reason: str

    def __str__(self) -> str:
        return f"not {'realizable' if self.applicable else 'applicable'}: {self.reason}"


class Build(NamedTuple):
    """A layer in a scheme.

    stages: in exact numbers, whole where there is no refusal; none where the scheme is not applicable.
    parameters: the value of each of the scheme's parameters, by name.
    """

    stages: Stages
    parameters: dict[str, Exact]
    refusal: Refusal | None = None

    @property
    def multiplier(self) -> Exact | None:
        """Of its depthwise stage; None where it has none."""
        return next((each.multiplier for each in self.stages if each.multiplier is not None), None)


def build(scheme: Scheme, layer: Layer, parameters: Mapping[str, int] = NO_PARAMETERS) -> Build:
    """Return the stages of a layer in a scheme, or why it has none that can be built.

    parameters: values by name; those of other schemes are ignored.

    >>> from sepcost.core.schemes import scheme_named
    >>> str(build(scheme_named("grouped"), Layer(64, 64), {"groups": 3}).refusal)
    'not realizable: its stage convolution has 3 groups, which do not divide 64 channels'
    """
    reason = why_not_applicable(scheme, layer)
    if reason is not None:
        return Build((), {}, Refusal(False, reason))
    sizes = sizes_of(layer, parameters)
    try:
        values = scheme.values(sizes)
        stages = tuple(map(_simplest, scheme.stages(sizes)))
    except (ZeroDivisionError, NestedRootError) as error:
        problem = "divides by zero" if isinstance(error, ZeroDivisionError) else "has a root of a root"
        return Build((), {}, Refusal(False, f"an expression of it {problem} for these sizes"))
    own = {each.name: simplest(values[each.symbol]) for each in scheme.parameters}
    broken = next(_broken(scheme, layer, stages, own), None)
    return Build(stages, own, None if broken is None else Refusal(True, broken))


def checked_parameters(parameters: Mapping[str, int], schemes: Iterable[str]) -> None:
    """Refuse a parameter that none of some schemes has, and a value that is not whole."""
    known = parameter_names(schemes)
    for name, value in parameters.items():
        if name not in known:
            raise QuantityError(f"{quoted(name)} is no parameter of these schemes: name one that has it")
        checked_field(name, checked_whole, value)


def sizes_of(layer: Layer, parameters: Mapping[str, int] = NO_PARAMETERS) -> Sizes:
    """Return a layer's sizes as the stages of a scheme are made from them."""
    return Sizes(layer.n_i, layer.n_o, layer.taps, layer.gamma, *layer.kernel, parameters)


def why_not_applicable(scheme: Scheme, layer: Layer) -> str | None:
    """Return why a scheme is not for a layer; None where it is."""
    if scheme.reads_gamma and layer.gamma < 1:
        return f"gamma = N_o/N_i = {layer.gamma} is below 1"
    if scheme.ties_channels and not layer.is_tied:
        return f"N_o = {layer.n_o} is not gamma N_i = {layer.gamma * layer.n_i}"
    return None


def _simplest(stage: Stage) -> Stage:
    return stage._replace(
        inputs=simplest(stage.inputs),
        outputs=simplest(stage.outputs),
        groups=simplest(stage.groups),
        fan_in=simplest(stage.fan_in),
        multiplier=None if stage.multiplier is None else simplest(stage.multiplier),
    )


def _broken(scheme: Scheme, layer: Layer, stages: Stages, parameters: Mapping[str, Exact]) -> Iterator[str]:
    """Yield what keeps stages from being built, the most telling reason first."""
    for stage in stages:
        if stage.multiplier is not None and not _is_count(stage.multiplier):
            yield f"its multiplier {stage.multiplier} is not whole"
    for name, value in parameters.items():
        if not _is_count(value):
            yield f"its {name} {value} is not a whole number of at least 1"
    for stage in stages:
        yield from _broken_channels(stage)
    if sum(stage.outputs for stage in stages if stage.is_last) != layer.n_o:
        yield f"its last stages do not write N_o = {layer.n_o} channels"
    if (refused := map_refusal(layer, stages)) is not None:
        yield refused


def _broken_channels(stage: Stage) -> Iterator[str]:
    if not _is_count(stage.outputs):
        yield f"its stage {stage.name} writes {stage.outputs} channels, not a whole number"
    elif not _is_count(stage.groups):
        yield f"its stage {stage.name} has {stage.groups} groups, not a whole number"
    else:
        for channels in (stage.inputs, stage.outputs):
            if Fraction(channels) % stage.groups:
                said = f"{stage.groups} groups, which do not divide {several(channels, 'channel')}"
                yield f"its stage {stage.name} has {said}"


def map_refusal(layer: Layer, stages: Stages) -> str | None:
    """Return why the map that stages write together is not the layer's output; None where it is."""
    if _ends_at_output(layer, stages):
        return None
    return "a stage that it ends in takes no axis of the kernel that the layer strides or shortens"


def _ends_at_output(layer: Layer, stages: Stages) -> bool:
    maps = layer.maps
    if maps is None:
        return layer.keeps_size or all(all(stage.written_at) for stage in stages if stage.is_last)
    lengths = ((maps.l_r, maps.o_r), (maps.l_c, maps.o_c))
    return all(
        taken or before == after
        for stage in stages
        if stage.is_last
        for taken, (before, after) in zip(stage.written_at, lengths, strict=True)
    )


def _is_count(value: Exact) -> bool:
    return isinstance(value, int) and value >= 1
