"""A network's operators as another counter meets them: who called them, and what they read and write."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sepcost.network.counters.composed import composed
from sepcost.network.layer import NetworkLayer
from sepcost.network.model import BIASES, NORMALIZATION, Network, Operator, Parameter
from sepcost.network.shape_rules import Shape

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
