"""Network and NetworkLayer: what every reader returns, whatever file it came from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import prod
from typing import NamedTuple

from sepcost.core.formulas import Stage, Traffic
from sepcost.core.metrics import Counts
from sepcost.core.quantity import checked_field, checked_whole
from sepcost.core.shown import Shown
from sepcost.network.operators import KIND_OF, LOOK_UPS

MOST_LAYERS = 100_000

WEIGHTS, BIASES, NORMALIZATION, STATISTICS, CONSTANT = ROLES = (
    "weights",
    "biases",
    "normalization",
    "statistics",
    "constant",
)
"""What a stored tensor is for: learned, except for running statistics and plain constants."""


@dataclass(frozen=True)
class NetworkLayer:
    """One counted operator: a stage, and the positions at which its weights are used.

    n_i, n_o: channels read and written; a product of batches of matrices counts those of all of them, a
        recurrent layer those of its input and state, and of its gates; an embedding reads its table's rows.
    kernel, stride, dilation: one number an axis, one to three axes; empty for a matrix product.
    positions: output positions for one input (input positions where transposed, steps where recurrent).
    batch: inputs at once; they multiply MACs and maps, not weights.
    shares: the layer that already holds these weights, or None.
    learned: whether the weights are held by the model, not computed from its input.
    once: whether it is computed from constants alone, once for all inputs.
    reads, writes: elements of its maps for one input, what it multiplies by among them where that is not
        learned; None where they are not known.
    reads_once: elements of a map that has no batch, by which it multiplies every input alike.
        The three are left out of equality, since layers of the same sizes are unchanged whatever maps
        they are known by.
    held: the weights that it adds to the network where those are not as many as its stage has, such as
        where it takes some of them by a choice made at run time; else None.
    biases: learned parameters added to its outputs; no part of `weights`.
    path: the operator's own name in the file, where the layer goes by another; None where they are one.
    input_shape, output_shape: of the map that it reads and the map that it writes, for one input (its
        batch 1 in front where there is one); None where not known. Left out of equality, as is path.
    channels_last: whether these maps have their channels after their lengths, and not before them.
    """

    name: str
    op: str
    n_i: int
    n_o: int
    positions: int
    kernel: tuple[int, ...] = ()
    stride: tuple[int, ...] = ()
    dilation: tuple[int, ...] = ()
    groups: int = 1
    shares: str | None = None
    learned: bool = True
    batch: int = 1
    once: bool = False
    reads: int | None = field(default=None, compare=False)
    writes: int | None = field(default=None, compare=False)
    reads_once: int = field(default=0, compare=False)
    held: int | None = None
    biases: int = 0
    path: str | None = field(default=None, compare=False)
    input_shape: tuple[int, ...] | None = field(default=None, compare=False)
    output_shape: tuple[int, ...] | None = field(default=None, compare=False)
    channels_last: bool = field(default=False, compare=False)

    @property
    def taps(self) -> int:
        """Weights of one filter on one channel; 1 for a matrix product."""
        return prod(self.kernel)

    @property
    def kind(self) -> str:
        """What it is for; of convolutions depthwise, grouped, pointwise or standard: the first that holds."""
        if (named := KIND_OF.get(self.op)) is not None:
            return named
        if self.groups > 1:
            return "depthwise" if self.groups == self.n_i else "grouped"
        return "pointwise" if self.taps == 1 else "standard"

    @property
    def stage(self) -> Stage:
        """The layer as the formulas read it."""
        fan_in = self.n_i // self.groups
        return Stage(self.kind, self.n_i, self.n_o, self.groups, fan_in=fan_in, taps=self.taps)

    @property
    def weights(self) -> int:
        """Learned parameters that the layer adds to the network; those it shares are counted once."""
        return self.counts.weights

    @property
    def macs(self) -> int:
        """Multiply-accumulates for the whole batch."""
        return self.counts.macs

    @cached_property
    def counts(self) -> Counts:
        """Weights that it adds to the network, and MACs for the whole batch."""
        stage = self.stage
        held = int(stage.weights()) if self.held is None else self.held
        weights = held if self.learned and self.shares is None else 0
        return Counts(weights, int(stage.macs(self.positions * self.batch)))

    @property
    def traffic(self) -> Traffic | None:
        """Elements moved for the whole batch, shared weights too; None where the maps are not known."""
        if self.reads is None or self.writes is None:
            return None
        # An embedding reads the rows that its input names, and those are its map.
        weights = int(self.stage.weights()) if self.learned and self.op not in LOOK_UPS else 0
        return Traffic(self.reads * self.batch + self.reads_once, weights, self.writes * self.batch)


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
