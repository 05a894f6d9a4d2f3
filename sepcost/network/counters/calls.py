"""A network's operators as another counter meets them: who called them, and the sizes that its rules use."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from math import prod
from typing import NamedTuple

from sepcost.network.counters.composed import composed
from sepcost.network.model import (
    BIASES,
    NORMALIZATION,
    RECURRENT,
    WEIGHTS,
    Network,
    NetworkLayer,
    Operator,
    Parameter,
)
from sepcost.network.products import GATES

Shape = tuple[int, ...]

KINDS = {
    "Add": "addition",
    "Attention": "attention",
    "AveragePool": "average pool",
    "BatchNormalization": "batch norm",
    "Clip": "ReLU6",
    "Conv": "convolution",
    "ConvTranspose": "transposed convolution",
    "Elu": "ELU",
    "Gather": "embedding",
    "Gelu": "GELU",
    "Gemm": "dense",
    "GlobalAveragePool": "adaptive average pool",
    "GlobalMaxPool": "adaptive max pool",
    "GroupNormalization": "group norm",
    "HardSigmoid": "Hardsigmoid",
    "HardSwish": "Hardswish",
    "InstanceNormalization": "instance norm",
    "LayerNormalization": "layer norm",
    "LeakyRelu": "LeakyReLU",
    "MatMul": "matrix product",
    "MaxPool": "max pool",
    "Mul": "multiplication",
    "PRelu": "PReLU",
    "ReduceMean": "mean",
    "Relu": "ReLU",
    "Resize": "upsample",
    "Softmax": "softmax",
    "Swish": "SiLU",
    **{f"aten.adaptive_avg_pool{axes}d": "adaptive average pool" for axes in (1, 2, 3)},
    **{f"aten.adaptive_max_pool{axes}d": "adaptive max pool" for axes in (1, 2, 3)},
}
"""What operators of a kind are called; others go by their own names."""

TAKEN_FOR = {
    "Add": (None, "Tensor.add"),
    "AveragePool": ("AvgPool2d", "F.avg_pool2d"),
    "BatchNormalization": ("BatchNorm2d", "F.batch_norm"),
    "Clip": ("ReLU6", "F.hardtanh"),
    "Conv": ("Conv2d", "F.conv2d"),
    "ConvTranspose": ("ConvTranspose2d", "F.conv_transpose2d"),
    "Elu": ("ELU", "F.elu"),
    "GRU": ("GRU", "torch.gru"),
    "Gather": ("Embedding", "F.embedding"),
    "Gelu": ("GELU", "F.gelu"),
    "Gemm": ("Linear", "F.linear"),
    "GlobalAveragePool": ("AdaptiveAvgPool2d", "F.adaptive_avg_pool2d"),
    "GlobalMaxPool": ("AdaptiveMaxPool2d", "F.adaptive_max_pool2d"),
    "GroupNormalization": ("GroupNorm", "F.group_norm"),
    "HardSigmoid": ("Hardsigmoid", "F.hardsigmoid"),
    "HardSwish": ("Hardswish", "F.hardswish"),
    "InstanceNormalization": ("InstanceNorm2d", "F.instance_norm"),
    "LSTM": ("LSTM", "torch.lstm"),
    "LayerNormalization": ("LayerNorm", "F.layer_norm"),
    "LeakyRelu": ("LeakyReLU", "F.leaky_relu"),
    "MatMul": ("Linear", "F.linear"),
    "MaxPool": ("MaxPool2d", "F.max_pool2d"),
    "Mul": (None, "Tensor.mul"),
    "PRelu": ("PReLU", "F.prelu"),
    "RNN": ("RNN", "torch.rnn_tanh"),
    "ReduceMean": (None, "Tensor.mean"),
    "Relu": ("ReLU", "F.relu"),
    "Resize": ("Upsample", "F.interpolate"),
    "Softmax": ("Softmax", "F.softmax"),
    "Swish": ("SiLU", "F.silu"),
    **{
        f"aten.adaptive_avg_pool{axes}d": (f"AdaptiveAvgPool{axes}d", f"F.adaptive_avg_pool{axes}d")
        for axes in (1, 2, 3)
    },
    **{
        f"aten.adaptive_max_pool{axes}d": (f"AdaptiveMaxPool{axes}d", f"F.adaptive_max_pool{axes}d")
        for axes in (1, 2, 3)
    },
}
"""The module, and the function of PyTorch, that an operator is taken for where the file says neither."""

PRODUCT_OF_MAPS = (None, "torch.matmul")
"""What a product of two maps is taken for."""


@dataclass(frozen=True)
class Call:
    """An operator as a counter meets it.

    module: the class of torch.nn that called it, without its package; function: as an Operator has it.
    supposed: whether the file says neither, so that both are taken from TAKEN_FOR.
    parameters: what it uses of what the file holds.
    read, written: shapes of the first map that it reads and writes, None where not known.
    """

    operator: Operator
    module: str | None
    function: str | None
    supposed: bool
    layers: tuple[NetworkLayer, ...]
    parameters: tuple[Parameter, ...]
    read: Shape | None
    written: Shape | None

    @property
    def op(self) -> str:
        """What it does, under ONNX's name for it."""
        return self.operator.op

    @property
    def kind(self) -> str:
        """What operators of its kind are called."""
        return KINDS.get(self.op, self.op)

    @property
    def macs(self) -> int:
        """Multiply-accumulates that are counted of it here."""
        return sum(layer.macs for layer in self.layers)

    @property
    def affine(self) -> bool:
        """Whether it has learned parameters of a normalization."""
        return self.held(NORMALIZATION) > 0

    @property
    def has_bias(self) -> bool:
        """Whether it adds learned parameters to what it writes."""
        return self.held(BIASES) > 0 or any(layer.biases for layer in self.layers)

    def held(self, role: str) -> int:
        """Return how many elements of that role it uses."""
        return sum(parameter.elements for parameter in self.parameters if parameter.role == role)


def calls_of(network: Network, as_written: bool = False) -> Iterator[Call]:
    """Yield a network's operators in order; a layer that none of them names is one by itself, at the end.

    as_written: whether an activation that the file writes as several operators stays as it is.
    """
    shapes = {tensor.name: tensor.shape for tensor in network.tensors}
    parameters = {parameter.name: parameter for parameter in network.parameters}
    waiting = {layer.name: layer for layer in network.layers}
    operators = network.operators if as_written or network.says_modules else composed(network.operators)
    for operator in operators:
        layers = tuple(waiting.pop(name) for name in operator.layers if name in waiting)
        held = tuple(parameters[name] for name in operator.parameters if name in parameters)
        read = shapes.get(operator.reads[0]) if operator.reads else None
        written = shapes.get(operator.writes[0]) if operator.writes else None
        yield _call(operator, network.says_modules, layers, held, read, written)
    for layer in waiting.values():
        operator = Operator(layer.name, layer.op, layers=(layer.name,))
        yield _call(operator, network.says_modules, (layer,), (), None, None)


def _call(
    operator: Operator,
    says_modules: bool,
    layers: tuple[NetworkLayer, ...],
    parameters: tuple[Parameter, ...],
    read: Shape | None,
    written: Shape | None,
) -> Call:
    of_maps = bool(layers) and operator.op == "MatMul" and not layers[0].learned
    module, function = PRODUCT_OF_MAPS if of_maps else TAKEN_FOR.get(operator.op, (None, None))
    if says_modules:
        module = None if operator.module is None else operator.module.rpartition(".")[2]
    if layers:
        read = read or layers[0].input_shape
        written = written or layers[-1].output_shape
    return Call(
        operator,
        module,
        operator.function or function,
        not says_modules or operator.function is None,
        layers,
        parameters,
        read,
        written,
    )


class Quantity(NamedTuple):
    """A size of an operator that rules multiply, and its name as a rule is said: so many a `name`."""

    name: str
    of: Callable[[Call], int | None]


def _elements(shape: Shape | None) -> int | None:
    return None if shape is None else prod(shape)


def _read(call: Call) -> int | None:
    return _elements(call.read) if call.read is not None or not call.layers else call.layers[0].reads


def _written(call: Call) -> int | None:
    return _elements(call.written) if call.written is not None or not call.layers else call.layers[-1].writes


def _taps(call: Call) -> int | None:
    written, window = _written(call), call.operator.window
    return None if written is None or window is None else written * window


def _rows(call: Call) -> int | None:
    written = _written(call)
    length = call.operator.window or (call.written[-1] if call.written else None)
    return None if written is None or not length else written // length


def _biased(call: Call) -> int | None:
    return _written(call) if call.has_bias else 0


def _at_outputs(call: Call) -> int | None:
    """Each weight once for each output position, whatever positions the layer is counted at."""
    (layer,), written = call.layers, _written(call)
    return None if written is None else int(layer.stage.weights()) * (written // layer.n_o)


def _by_output_channels(call: Call) -> int | None:
    (layer,), written = call.layers, _written(call)
    return None if written is None else written * (layer.n_o // layer.groups) * layer.taps


def _by_first_length(call: Call) -> int | None:
    """The weights' first length for each element and tap, their second where the first is the output's."""
    (layer,), written = call.layers, _written(call)
    length = layer.n_o // layer.groups if layer.n_i == layer.n_o else layer.n_i
    return None if written is None else written * length * layer.taps


def _in_groups_twice(call: Call) -> int | None:
    """Products where the outputs are divided by the groups a second time."""
    (layer,) = call.layers
    outputs = layer.n_o // layer.groups // layer.groups
    return layer.taps * layer.n_i * outputs * layer.positions * layer.batch


def _unstrided(call: Call) -> int | None:
    """Elements that a plain convolution of the same kernel, stride and padding would write, of one group.

    What is added to the output's size is less than a stride, so that up to a stride of 2 the sizes tell the
    padding.
    """
    (layer,) = call.layers
    if not call.has_bias:
        return 0
    if call.read is None or call.written is None or max(layer.stride) > 2:
        return None
    lengths = []
    for axis, (size, out) in enumerate(zip(call.read[2:], call.written[2:], strict=True)):
        stride, span = layer.stride[axis], layer.dilation[axis] * (layer.kernel[axis] - 1)
        cropped = (size - 1) * stride + span + 1 - out
        lengths.append((size + cropped + cropped % 2 - span - 1) // stride + 1)
    return layer.n_o // layer.groups * prod(lengths)


def _adaptive(call: Call) -> int | None:
    """Each element's window, a mean of lengths in floating point, and a division."""
    if call.read is None or call.written is None:
        return None
    window = 1.0
    # A pool over the whole map may leave out the lengths of 1 that it writes.
    for size, out in zip_longest(call.read[2:], call.written[2:], fillvalue=1):
        window *= size / out
    return int((window + 1) * prod(call.written))


def _gates(call: Call) -> int:
    return sum(layer.n_o * layer.positions for layer in call.layers if layer.op in RECURRENT)


def _states(call: Call) -> int:
    return _gates(call) // GATES.get(call.op, 1)


def _scores(call: Call) -> int:
    return call.layers[0].n_o * call.layers[0].positions if call.layers else 0


QUANTITIES: Mapping[str, Quantity] = {
    "in": Quantity("element read", _read),
    "out": Quantity("element written", _written),
    "tap": Quantity("tap of each element written", _taps),
    "row": Quantity("row", _rows),
    "biased": Quantity("element written, where it has a bias", _biased),
    "weight": Quantity("weight", lambda call: call.held(WEIGHTS)),
    "bias": Quantity("bias", lambda call: call.held(BIASES)),
    "norm": Quantity("learned parameter of the normalization", lambda call: call.held(NORMALIZATION)),
    "mac": Quantity("MAC as counted here", lambda call: call.macs),
    "at outputs": Quantity("weight at each output position", _at_outputs),
    "at strided outputs": Quantity(
        "weight at each output position, divided by the strides",
        lambda call: _divided(_at_outputs(call), prod(call.layers[0].stride)),
    ),
    "by output channels": Quantity("element written, tap and output channel of a group", _by_output_channels),
    "by first length": Quantity("element written, tap and first length of the weights", _by_first_length),
    "in groups twice": Quantity("MAC with the output channels divided by the groups twice", _in_groups_twice),
    "unstrided": Quantity("element that a plain convolution would write, where it has a bias", _unstrided),
    "adaptive": Quantity("element of each window, and one for its division", _adaptive),
    "gate": Quantity("gate and step", _gates),
    "biased gate": Quantity(
        "gate and step, where it has biases", lambda call: _gates(call) if call.has_bias else 0
    ),
    "state": Quantity("state and step", _states),
    "score": Quantity("score", _scores),
    "added": Quantity("element that is added before", lambda call: call.held(BIASES) or _read(call)),
    "cell": Quantity(
        "parameter and state", lambda call: (call.held(WEIGHTS) + call.held(BIASES)) * _states(call)
    ),
}
"""What rules multiply."""


def _divided(number: int | None, by: int) -> int | None:
    return None if number is None else number // by
