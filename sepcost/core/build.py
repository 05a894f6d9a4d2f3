"""Whether a layer can be built in a scheme, and its stages."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from sepcost.core.errors import QuantityError, quoted
from sepcost.core.exact import Exact, RootError, problem_of, refuse_unlike, simplest
from sepcost.core.formulas import ONE_POSITION, Maps, Number, Sizes, Stages
from sepcost.core.layer import Layer
from sepcost.core.quantity import checked_field, checked_whole
from sepcost.core.scheme import Scheme
from sepcost.core.schemes import parameter_meant, parameter_names

NO_PARAMETERS: Mapping[str, int] = MappingProxyType({})

MULTIPLIER = "its multiplier {above} is not whole"
WRONG_MAP = "a stage that it ends in takes no axis of the kernel that the layer strides or shortens"
_N_I = "its N_i {above} is not whole"
_N_O = "its N_o {above} is not whole"
_PARAMETER = "its {name} {above} is not a whole number of at least 1"
_OUTPUTS = "its stage {name} writes {channels}, not a whole number of at least 1"
_GROUPS = "its stage {name} has {above} groups, not a whole number of at least 1"
_DIVIDED = "its stage {name} has {below} groups, which do not divide {channels}"


class Need(NamedTuple):
    """A quotient that has to be a whole number of at least 1; `problem` says that it is not.

    below: where it is not 1, both numbers are themselves in a need that comes before.
    name: of the parameter or stage.
    """

    problem: str
    above: Number
    below: Number = 1
    name: str = ""

    def said(self, text: Callable[[Number], str]) -> str:
        """Return the problem, numbers as `text` writes them."""
        above, below = text(self.above), text(self.below)
        channels = f"{above} channel{'' if self.above == 1 else 's'}"
        return self.problem.format(name=self.name, above=above, below=below, channels=channels)


class Refusal(NamedTuple):
    """Why a layer cannot be built: the scheme is not for it, or a number would not be whole."""

    applicable: bool
    reason: str

    def __str__(self) -> str:
        return f"not {'realizable' if self.applicable else 'applicable'}: {self.reason}"


class Build(NamedTuple):
    """A layer in a scheme.

    stages: in exact numbers, whole where there is no refusal; none where the scheme is not applicable, nor
        where they hold roots that no exact number can.
    parameters: the value of each of the scheme's parameters, by name.
    """

    stages: Stages
    parameters: dict[str, Exact]
    refusal: Refusal | None = None


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
        own = {name: simplest(value) for name, value in scheme.own(sizes).items()}
        stages = tuple(stage.converted(simplest) for stage in scheme.stages(sizes))
        # Costs are sums of these and of their products, and each has to be one exact number.
        refuse_unlike(*(each for stage in stages for each in (stage.inputs, stage.outputs, stage.fan_in)))
    except (ZeroDivisionError, RootError) as error:
        is_number = isinstance(error, RootError)  # if no whole one
        return Build((), {}, Refusal(is_number, without_value(problem_of(error))))
    broken = _broken(layer, stages, own)
    return Build(stages, own, None if broken is None else Refusal(True, broken))


def checked_parameters(parameters: Mapping[str, int], schemes: Iterable[str]) -> None:
    """Refuse a parameter that none of some schemes has, and a value that is not whole."""
    known = parameter_names(schemes)
    for name, value in parameters.items():
        if name not in known:
            mend = parameter_meant(name) or ": name one that has it"
            raise QuantityError(f"{quoted(name)} is no parameter of these schemes{mend}")
        checked_field(name, checked_whole, value)


def sizes_of(layer: Layer, parameters: Mapping[str, int] = NO_PARAMETERS) -> Sizes:
    """Return a layer's sizes as the stages of a scheme are made from them."""
    return Sizes(layer.n_i, layer.n_o, layer.taps, layer.gamma, *layer.kernel, parameters)


def without_value(problem: str) -> str:
    """Return that an expression of a scheme has no value for a layer, and why."""
    return f"an expression of it {problem} for these sizes"


def why_not_applicable(scheme: Scheme, layer: Layer) -> str | None:
    """Return why a scheme is not for a layer; None where it is."""
    return why_not_of_channels(layer, scheme.reads_gamma, scheme.ties_channels)


def why_not_of_channels(layer: Layer, reads_gamma: bool, is_tied: bool) -> str | None:
    """Return why channels are not for what reads gamma, or needs N_o = gamma N_i; None where they are."""
    if reads_gamma and layer.gamma < 1:
        return f"gamma = N_o/N_i = {layer.gamma} is below 1"
    if is_tied and not layer.is_tied:
        return f"N_o = {layer.n_o} is not gamma N_i = {layer.gamma * layer.n_i}"
    return None


def needs(parameters: Mapping[str, Number], stages: Stages, n_o: Number) -> Iterator[Need]:
    """Yield what has to be whole, the most telling first.

    parameters: the scheme's own, by name. n_o: what the last stages write together.
    """
    yield Need(_N_I, stages[0].inputs)
    yield Need(_N_O, n_o)
    for stage in stages:
        if stage.multiplier is not None:
            yield Need(MULTIPLIER, stage.multiplier)
    for name, value in parameters.items():
        yield Need(_PARAMETER, value, name=name)
    for stage in stages:
        # What a depthwise stage writes, and its groups, are whole where what it reads and its multiplier are.
        if stage.multiplier is not None:
            continue
        if stage.outputs != n_o:
            yield Need(_OUTPUTS, stage.outputs, name=stage.name)
        if stage.groups != 1:
            yield Need(_GROUPS, stage.groups, name=stage.name)
            yield Need(_DIVIDED, stage.inputs, stage.groups, stage.name)
            yield Need(_DIVIDED, stage.outputs, stage.groups, stage.name)


def _broken(layer: Layer, stages: Stages, parameters: Mapping[str, Exact]) -> str | None:
    """Return what keeps stages from being built, the most telling reason; None where nothing does."""
    for need in needs(parameters, stages, layer.n_o):
        if not _is_kept(need):
            return need.said(_text)
    if sum(stage.outputs for stage in stages if stage.is_last) != layer.n_o:
        return f"its last stages do not write N_o = {layer.n_o} channels"
    return map_refusal(layer, stages)


def map_refusal(layer: Layer, stages: Stages) -> str | None:
    """Return why the map that stages write together is not the layer's output; None where it is."""
    lengths = lengths_kept(stages, layer.maps or ONE_POSITION)
    is_output = layer.maps is not None and all(before == after for before, after in lengths)
    return None if layer.keeps_size or not lengths or is_output else WRONG_MAP


def lengths_kept(stages: Stages, maps: Maps) -> list[tuple[Number, Number]]:
    """Return input and output length of each axis that a stage which ends the layer leaves as it is read.

    Each two have to be equal for the map that stages write together to be the layer's output.
    """
    ends = [stage.written_at for stage in stages if stage.is_last]
    lengths = ((maps.l_r, maps.o_r), (maps.l_c, maps.o_c))
    return [lengths[axis] for axis in (0, 1) if not all(taken[axis] for taken in ends)]


def _is_kept(need: Need) -> bool:
    if need.below == 1:
        return isinstance(need.above, int) and need.above >= 1
    return bool(need.above % need.below == 0)


def _text(value: Exact) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)
