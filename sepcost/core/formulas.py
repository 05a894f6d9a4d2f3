"""The theory: what one convolution stage costs and moves, and what the stages of a scheme do together.

Every formula stands here once, in sums and products only, so that the same functions serve whole
numbers (counts), SymPy symbols (the symbolic core) and columns (sweeps). Their input is
checked before, their output rendered after. Source: the notebook's sections "Separable Convolutions" and
"Generalized Separable Convolutions"; the stages of each scheme are in `schemes`.

A MAC is one multiply-accumulate; a bias adds none. A multiplication by a padded zero counts. Traffic
is the elements that a stage moves through memory, each once: a stride that skips inputs spares none.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Self

Number = Any
"""An int, Fraction, Surd, SymPy expression or column: whatever adds and multiplies."""

NO_BIAS, _, LAST_BIAS = BIASES = (False, True, "last")
"""Whether biases count as weights: of no stage, of each stage, of the last stage only."""

NORMS = (0, 2, 4)
"""Values of a batch norm for each channel: none, scale and shift, or running mean and variance too."""

Bias = bool | str
Taken = tuple[bool, bool]
"""Whether a kernel has taken the rows, and the columns, of a map: those are as long as the output's."""

WHOLE_INPUT: Taken = (False, False)
WHOLE_OUTPUT: Taken = (True, True)


class Sizes(NamedTuple):
    """What the stages of a scheme are made from: one layer's sizes and the scheme's parameters.

    taps: F_r F_c. f_r, f_c: where a stage takes one axis of the kernel.
    """

    n_i: Number
    n_o: Number
    taps: Number
    gamma: Number = 1
    f_r: Number = 1
    f_c: Number = 1
    parameters: Mapping[str, Number] = {}


class Maps(NamedTuple):
    """Rows and columns of the layer's input and of its output."""

    l_r: Number
    l_c: Number
    o_r: Number
    o_c: Number

    def positions(self, taken: Taken) -> Number:
        """Positions of a map inside the layer."""
        return (self.o_r if taken[0] else self.l_r) * (self.o_c if taken[1] else self.l_c)


ONE_POSITION = Maps(1, 1, 1, 1)


class Traffic(NamedTuple):
    """The elements that cross memory: the input map and the weights are read, the output map written."""

    inputs: Number
    weights: Number
    outputs: Number

    def bytes(self, element_size: Number) -> Number:
        """Bytes that cross memory, at that element size."""
        return (self.inputs + self.weights + self.outputs) * element_size


class Stage(NamedTuple):
    """One convolution: `outputs` channels, each reading `fan_in` channels through `taps` weights.

    inputs, groups: channels read, in as many groups: fan_in is their quotient.
    kernel: which axes of the layer's kernel it takes: 'both', 'rows', 'columns' or 'none'.
    source: the number of the stage whose map it reads, None for the layer's input.
    read_at, written_at: which axes of the maps that it reads and writes a kernel has taken.
    multiplier: output channels for each input channel, of a depthwise stage; None for others.
    is_last: whether what it writes is part of the layer's output.
    """

    name: str
    inputs: Number
    outputs: Number
    groups: Number
    fan_in: Number
    taps: Number
    kernel: str = "none"
    source: int | None = None
    read_at: Taken = WHOLE_INPUT
    written_at: Taken = WHOLE_OUTPUT
    multiplier: Number | None = None
    is_last: bool = True

    @property
    def kind(self) -> str:
        """What it mixes: 'depthwise' space, 'pointwise' channels, 'standard' both, 'grouped' in groups.

        Groups or taps that are no whole number, but a symbol or a column, are not taken for 1.
        """
        if self.multiplier is not None:
            return "depthwise"
        if not (isinstance(self.groups, int) and self.groups == 1):
            return "grouped"
        return "pointwise" if isinstance(self.taps, int) and self.taps == 1 else "standard"

    def converted(self, convert: Callable[[Number], Number]) -> Self:
        """Return it with its channels, groups and multiplier as numbers of another kind."""
        return self._replace(
            inputs=convert(self.inputs),
            outputs=convert(self.outputs),
            groups=convert(self.groups),
            fan_in=convert(self.fan_in),
            multiplier=None if self.multiplier is None else convert(self.multiplier),
        )

    def weights(self, bias: Bias = NO_BIAS, norm: int = 0) -> Number:
        """Learned parameters; a bias is one more for each output channel, a normalization `norm` more."""
        of_a_channel = int(self.has_bias(bias)) + norm
        return self.outputs * self.fan_in * self.taps + self.outputs * of_a_channel

    def has_bias(self, bias: Bias) -> bool:
        """Whether its biases count."""
        return has_bias(bias, self.is_last)

    def macs(self, positions: Number = 1) -> Number:
        """Multiply-accumulates for one input; each weight is used once at each position written."""
        return self.outputs * self.fan_in * self.taps * positions

    def traffic(self, maps: Maps, bias: Bias = NO_BIAS, batch: Number = 1) -> Traffic:
        """Elements moved for `batch` inputs; weights cross once for the whole batch."""
        read, written = maps.positions(self.read_at), maps.positions(self.written_at)
        return Traffic(self.inputs * read * batch, self.weights(bias), self.outputs * written * batch)


Stages = tuple[Stage, ...]


def has_bias(bias: Bias, is_last: bool) -> bool:
    """Whether the biases of a stage count that is the last of its layer, or is not."""
    return is_last if bias == LAST_BIAS else bool(bias)


def weights(stages: Stages, bias: Bias = NO_BIAS, norm: int = 0) -> Number:
    """Learned parameters of all stages, with `norm` for each channel that a stage writes."""
    return sum(stage.weights(bias, norm) for stage in stages)


def macs(stages: Stages, maps: Maps = ONE_POSITION) -> Number:
    """Multiply-accumulates of all stages for one input, each at the positions that it writes."""
    return sum(stage.macs(maps.positions(stage.written_at)) for stage in stages)


def on_one_map(stages: Stages) -> bool:
    """Whether every stage writes the layer's output positions, so that MACs are weights x positions."""
    return all(stage.written_at == WHOLE_OUTPUT for stage in stages)


def are_joined(stages: Stages) -> bool:
    """Whether several stages end the layer side by side, so that what they write is joined."""
    return any(stage.is_last for stage in stages[:-1])


def traffic(stages: Stages, maps: Maps, bias: Bias = NO_BIAS, batch: Number = 1) -> tuple[Traffic, ...]:
    """Elements moved by each stage, a pass each."""
    return tuple(stage.traffic(maps, bias, batch) for stage in stages)


def fused_traffic(stages: Stages, maps: Maps, bias: Bias = NO_BIAS, batch: Number = 1) -> tuple[Traffic, ...]:
    """Elements moved by each stage in one pass of them all, whose inner maps never cross memory.

    A map that several stages read, as the layer's input is by branches, crosses once.
    """
    moved = []
    is_read = False
    for stage, each in zip(stages, traffic(stages, maps, bias, batch), strict=True):
        reads = stage.source is None and not is_read
        is_read = is_read or reads
        moved.append(Traffic(each.inputs if reads else 0, each.weights, each.outputs if stage.is_last else 0))
    return tuple(moved)


def live(stages: Stages, moved: tuple[Traffic, ...]) -> tuple[Number, ...]:
    """Elements of the maps that take memory while each stage runs, and while those that end it are joined.

    moved: what the stages move, a pass each. A map takes memory to the last stage that reads it.
    """
    if not are_joined(stages):  # Then each stage reads the map of the one before.
        return tuple(each.inputs + each.outputs for each in moved)
    ends = [number for number, stage in enumerate(stages) if stage.is_last]
    until = {stage.source: number for number, stage in enumerate(stages)} | dict.fromkeys(ends, len(stages))
    found = []
    for number, each in enumerate(moved):
        waiting = [moved[place].outputs for place in range(number) if until[place] >= number]
        found.append(sum(waiting, each.outputs) + (moved[0].inputs if until[None] >= number else 0))
    return (*found, 2 * sum(moved[number].outputs for number in ends))


def total_traffic(moved: tuple[Traffic, ...]) -> Traffic:
    """Elements moved by all stages together."""
    return Traffic(
        sum(each.inputs for each in moved),
        sum(each.weights for each in moved),
        sum(each.outputs for each in moved),
    )
