"""Network: what every reader returns, whatever file it came from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod
from typing import NamedTuple

from sepcost.core.quantity import checked_field, checked_whole
from sepcost.core.shown import Shown
from sepcost.network.layer import Counts, NetworkLayer

MOST_LAYERS = 100_000

WEIGHTS, BIASES, NORMALIZATION, STATISTICS, CONSTANT = ROLES = (
    "weights",
    "biases",
    "normalization",
    "statistics",
    "constant",
)
"""What a stored tensor is for: learned, except for running statistics and plain constants."""


class Tensor(NamedTuple):
    """A map that operators pass on: neither held by the file nor an operator's inner state.

    shape: for one input, its batch 1 in front where it has one; None where not known.
    bits: of one element; None where the file does not say.
    batched: whether a batch of inputs multiplies its elements.
    grows: where they are not known to be multiplied, how many of its axes more inputs may make longer.
    """

    name: str
    shape: tuple[int, ...] | None
    bits: int | None = None
    batched: bool = True
    grows: int = 0

    @property
    def elements(self) -> int | None:
        """Elements for one input; None where the shape is not known."""
        return None if self.shape is None else prod(self.shape)


class Parameter(NamedTuple):
    """One tensor that the file holds, once however many operators use it.

    role: one of ROLES. bits: of one element; None where the file does not say.
    by_itself: whether it is a tensor with axes, apart from the operators, and not what a Constant writes.
    """

    name: str
    elements: int
    role: str
    bits: int | None = None
    by_itself: bool = True


class Operator(NamedTuple):
    """One operator, counted or not.

    op: what it does, under ONNX's name for it whatever the format; another domain's as domain.name.
    reads, writes: names of the tensors that it reads and writes, those held by the file left out.
    layers: names of the layers that it is counted as; empty where it is not counted.
    parameters: names of the parameters that it uses.
    window: elements of its input for one of its output (a pool's taps, a mean's length), the length of a
        softmax's axis, or the positions of a Resize to a size that is given; None for others.
    mode: how a Resize interpolates ('nearest', 'linear', 'bilinear', 'trilinear', 'cubic'); None for others.
    module: the class of the module that called it ('torch.nn.modules.activation.ReLU'); None where a
        function was called or the file does not say.
    function: the function of PyTorch that was called, in a module of its own too: 'F.relu', 'torch.relu',
        'Tensor.add' (which `+` is as well); None where the file does not say.
    channels_last: whether a map of it has its channels after its lengths, and not before them.
    """

    name: str
    op: str
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    window: int | None = None
    mode: str | None = None
    module: str | None = None
    function: str | None = None
    channels_last: bool = False


@dataclass(frozen=True)
class OperatorCount:
    """How often an operator that is not counted occurs."""

    op: str
    count: int


def occurrences(operators: Mapping[str, int]) -> tuple[OperatorCount, ...]:
    """Return how often operators occur, in the order of their names."""
    return tuple(OperatorCount(op, operators[op]) for op in sorted(operators))


@dataclass(frozen=True)
class HeldOperator:
    """Stored elements, or products, of operators of one kind that no layer counts.

    weights: elements; macs: products, for all inputs of a batch.
    """

    op: str
    weights: int
    macs: int

    def of(self, metric: str) -> int:
        """Return how much of that metric may be missing from what is counted."""
        return Counts(self.weights, self.macs).of(metric)


def held_operators(weights: Mapping[str, int], macs: Mapping[str, int]) -> tuple[HeldOperator, ...]:
    """Return what operators have of either, in the order of their names; those of neither are left out."""
    ops = sorted(op for op in {*weights, *macs} if weights.get(op) or macs.get(op))
    return tuple(HeldOperator(op, weights.get(op, 0), macs.get(op, 0)) for op in ops)


@dataclass(frozen=True)
class Leading:
    """The first length of the first input: how many inputs a file computes at once, or no batch at all.

    length: that length. reason: why it is not divided out, None where it is.
    """

    length: int
    reason: str | None = None

    @property
    def divided_out(self) -> int:
        """By how much the file's own sizes are divided, 1 where they stand as they are."""
        return self.length if self.reason is None else 1


@dataclass(frozen=True)
class Network(Shown):
    """A network's counted layers, in order, under unique names.

    format: the file's: 'toml', 'onnx', 'tflite', 'pt2' or 'keras'; 'torch' for a live module.
    input: the shape of one input, its batch 1 in front; None for a length that is open.
    free: uncounted operators that do no products of weights: elementwise, shape, pooling, normalization.
    opaque: uncounted operators of unknown cost.
    batch: inputs at once, of every layer.
    leading: what is made of the first length of an exported network's input; None for one that has none.
    others: layers of the branches that are left out, where which one runs is not known.
    more_weights: by how much the weights grow at most where the larger branches in weights run.
    held: what is held, or multiplied, without being counted.
    all_held: whether the file holds the parameters of every layer: not where operators make some of fewer
        elements, or whoever runs the network gives them.
    operators: every operator in the file's order of execution, counted or not.
    tensors: the maps that they pass on, the inputs first. outputs: names of those that the network returns.
    kept: names of maps that stay from one run to the next.
    parameters: what the file holds.
    says_modules: whether operators say which module called them, so that module and function differ.
    """

    name: str
    format: str
    input: tuple[int | None, ...]
    layers: tuple[NetworkLayer, ...]
    free: tuple[OperatorCount, ...] = ()
    opaque: tuple[OperatorCount, ...] = ()
    batch: int = 1
    leading: Leading | None = None
    others: tuple[NetworkLayer, ...] = ()
    more_weights: int = 0
    held: tuple[HeldOperator, ...] = ()
    all_held: bool = True
    operators: tuple[Operator, ...] = ()
    tensors: tuple[Tensor, ...] = ()
    outputs: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    says_modules: bool = False

    @cached_property
    def weights(self) -> int:
        """Learned parameters of all layers, biases left out."""
        return sum(layer.weights for layer in self.layers)

    @cached_property
    def holds_weights(self) -> bool:
        """Whether the file says of all weights that it holds them."""
        held = sum(parameter.elements for parameter in self.parameters if parameter.role == WEIGHTS)
        return self.all_held and held >= self.weights

    @cached_property
    def macs(self) -> int:
        """Multiply-accumulates of all layers for the whole batch."""
        return sum(layer.macs for layer in self.layers)

    @property
    def counts(self) -> Counts:
        """Weights and MACs of all layers, MACs for the whole batch."""
        return Counts(self.weights, self.macs)

    def most(self, metric: str) -> int:
        """Return the counted weights or MACs: of an If's branches, those of the one that has more of them."""
        return self.macs if metric == "macs" else self.weights + self.more_weights

    def for_batch(self, batch: int) -> Network:
        """Return the network that takes that many inputs at once; FieldError where it is no whole number."""
        checked_field("batch", checked_whole, batch)
        if batch == self.batch:
            return self
        layers, others = (
            tuple(layer if layer.once else replace(layer, batch=batch) for layer in some)
            for some in (self.layers, self.others)
        )
        held = tuple(replace(one, macs=one.macs * batch) for one in self.held)
        return replace(self, layers=layers, others=others, held=held, batch=batch)

    def opaque_beyond(self, allow: Iterable[str]) -> tuple[str, ...]:
        """Return the opaque operators that `allow` does not name: a gate over them proves nothing."""
        allowed = set(allow)
        return tuple(uncounted.op for uncounted in self.opaque if uncounted.op not in allowed)
