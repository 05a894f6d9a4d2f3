"""The theory: what one convolution stage costs, and the stages of each scheme.

Every formula stands here once, in sums and products only, so that the same functions serve whole
numbers (counts), SymPy symbols (the symbolic core) and columns (sweeps). What they are given is
checked before and rendered after. Source of each: the notebook's sections "Separable Convolutions"
and "Generalized Separable Convolutions".

A MAC is one multiply-accumulate; a bias adds none. A multiplication by a padded zero counts. Traffic
is the numbers that a stage moves through memory, each once: a stride that skips inputs spares none.
"""

from __future__ import annotations

from typing import Any, NamedTuple

Number = Any
"""An int, Fraction, Surd, SymPy expression or column: whatever adds and multiplies."""


class Sizes(NamedTuple):
    """What the formulas read. `root_gamma` is √gamma, in the kind of number that the rest has."""

    n_i: Number
    n_o: Number
    taps: Number
    gamma: Number = 1
    root_gamma: Number = 1


class Traffic(NamedTuple):
    """The numbers that cross memory: the input map and the weights are read, the output map written."""

    inputs: Number
    weights: Number
    outputs: Number

    def bytes(self, number_bytes: Number) -> Number:
        """Bytes that cross memory, at that many for one number."""
        return (self.inputs + self.weights + self.outputs) * number_bytes


class Stage(NamedTuple):
    """One convolution: `outputs` channels, each reading `fan_in` channels through `taps` weights."""

    name: str
    inputs: Number
    outputs: Number
    fan_in: Number
    taps: Number
    multiplier: Number | None = None

    def weights(self, bias: int = 0) -> Number:
        """Learned numbers held; `bias` is 1 to count one more per output channel."""
        return self.outputs * self.fan_in * self.taps + self.outputs * bias

    def macs(self, positions: Number = 1) -> Number:
        """Multiply-accumulates for one input; each weight is used once at each position."""
        return self.outputs * self.fan_in * self.taps * positions

    def traffic(self, read: Number, written: Number, bias: int = 0, batch: Number = 1) -> Traffic:
        """Numbers moved for `batch` inputs, from `read` input to `written` output positions.

        Weights cross once for the whole batch.
        """
        return Traffic(self.inputs * read * batch, self.weights(bias), self.outputs * written * batch)


Stages = tuple[Stage, ...]


def convolution(n_i: Number, n_o: Number, taps: Number) -> Stage:
    """N_o N_i F_r F_c weights: every output channel reads every input channel."""
    return Stage("convolution", n_i, n_o, fan_in=n_i, taps=taps)


def depthwise(n_i: Number, taps: Number, multiplier: Number) -> Stage:
    """Multiplier N_i F_r F_c weights: every output channel reads one input channel."""
    return Stage("depthwise", n_i, multiplier * n_i, fan_in=1, taps=taps, multiplier=multiplier)


def pointwise(n_i: Number, n_o: Number) -> Stage:
    """N_o N_i weights: a convolution of one tap, which mixes channels alone."""
    return Stage("pointwise", n_i, n_o, fan_in=n_i, taps=1)


def factorized(sizes: Sizes, multiplier: Number) -> Stages:
    """Spatial mixing, then channel mixing: multiplier N_i (N_o + F_r F_c) weights in all."""
    return (
        depthwise(sizes.n_i, sizes.taps, multiplier),
        pointwise(multiplier * sizes.n_i, sizes.n_o),
    )


def standard(sizes: Sizes) -> Stages:
    """N_o N_i F_r F_c weights."""
    return (convolution(sizes.n_i, sizes.n_o, sizes.taps),)


def separable(sizes: Sizes) -> Stages:
    """N_i (N_o + F_r F_c) weights."""
    return factorized(sizes, 1)


def generalized(sizes: Sizes) -> Stages:
    """Gamma N_i (N_o + F_r F_c) weights."""
    return factorized(sizes, sizes.gamma)


def distributed(sizes: Sizes) -> Stages:
    """√gamma N_i (gamma N_i + F_r F_c) weights, where N_o = gamma N_i."""
    return factorized(sizes, sizes.root_gamma)


def weights(stages: Stages, bias: int = 0) -> Number:
    """Learned numbers of all stages; `bias` is 1 to count one more per output channel of each."""
    return sum(stage.weights(bias) for stage in stages)


def macs(stages: Stages, positions: Number = 1) -> Number:
    """Multiply-accumulates of all stages for one input, at `positions` output positions."""
    return sum(stage.macs(positions) for stage in stages)


def traffic(
    stages: Stages, read: Number, written: Number, bias: int = 0, batch: Number = 1
) -> tuple[Traffic, ...]:
    """Numbers moved by each stage; every one but the first reads the map that the one before wrote."""
    first, *others = stages
    return (
        first.traffic(read, written, bias, batch),
        *(stage.traffic(written, written, bias, batch) for stage in others),
    )


def fused_traffic(
    stages: Stages, read: Number, written: Number, bias: int = 0, batch: Number = 1
) -> tuple[Traffic, ...]:
    """Numbers moved by each stage in one pass of them all, whose inner maps never cross memory."""
    moved = traffic(stages, read, written, bias, batch)
    inner = [Traffic(0, each.weights, 0) for each in moved]
    inner[0] = inner[0]._replace(inputs=moved[0].inputs)
    inner[-1] = inner[-1]._replace(outputs=moved[-1].outputs)
    return tuple(inner)


def total_traffic(moved: tuple[Traffic, ...]) -> Traffic:
    """Numbers moved by all stages together."""
    return Traffic(
        sum(each.inputs for each in moved),
        sum(each.weights for each in moved),
        sum(each.outputs for each in moved),
    )
