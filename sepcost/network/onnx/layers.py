"""Counted operators as layers: convolutions and matrix products, their sizes checked first.

Each operator has one function, entered under its name; what an operator of com.microsoft does is what
the standard one that it was made of does.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

from sepcost.core.quantity import LARGEST, several
from sepcost.network.model import NetworkLayer
from sepcost.network.onnx.attributes import Attributes
from sepcost.network.onnx.batch import batch_of_product
from sepcost.network.onnx.called import op_of
from sepcost.network.onnx.file import Node
from sepcost.network.onnx.findings import Beside, Findings, Found
from sepcost.network.onnx.geometry import out_length, pads, transposed_out
from sepcost.network.onnx.held import not_added
from sepcost.network.onnx.problems import Shape, by, misfit, refuse, shown
from sepcost.network.onnx.scope import Scope
from sepcost.network.onnx.tensor import MIXED, Batch, Held, Tensor
from sepcost.network.onnx.weights import name_of, not_counted, weights_of, weights_side
from sepcost.network.onnx.written import write
from sepcost.network.products import product_sizes

Count = Callable[[Node, Scope, Findings], "list[Found] | None"]
COUNTS: dict[str, Count] = {}
"""What counts an operator; None from it says that this call is one of those that are not counted."""

_NONE: frozenset[Held] = frozenset()
_MS = "com.microsoft."

BIASES_AT = {
    "Conv": 2, "ConvTranspose": 2, "DeformConv": 3, "Gemm": 2, "GRU": 3, "LSTM": 3, "QLinearConv": 8,
    "RNN": 3,
    _MS + "Attention": 2, _MS + "DynamicQuantizeLSTM": 3, _MS + "DynamicQuantizeMatMul": 4,
    _MS + "FusedConv": 2, _MS + "FusedGemm": 2, _MS + "GemmFastGelu": 2, _MS + "MatMulIntegerToFloat": 6,
    _MS + "MatMulNBits": 5, _MS + "NhwcConv": 2, _MS + "NhwcFusedConv": 2, _MS + "QAttention": 2,
    _MS + "QGemm": 6, _MS + "QLinearConv": 8,
}  # fmt: skip
"""The input that counted operators add to their outputs."""


def counts(*ops: str) -> Callable[[Count], Count]:
    """Enter a function as what counts some operators."""

    def enter(count: Count) -> Count:
        for op in ops:
            if op in COUNTS:
                raise ValueError(f"{op} is counted twice")
            COUNTS[op] = count
        return count

    return enter


def operand(node: Node, scope: Scope, place: int) -> Tensor:
    """Return an operand, whose size is known and can be; QuantityError where it is not."""
    if place >= len(node.input) or not node.input[place] or not node.output:
        refuse("lacks an input or output")
    tensor = scope.tensor(node.input[place])
    assert tensor is not None
    name = node.input[place]
    if tensor.shape is None:
        if tensor.lost in scope.reading.inputs.open:
            raise scope.reading.inputs.open[tensor.lost]
        refuse(f"the size of its input {shown(name)} cannot be resolved: {tensor.lost} cannot be followed")
    if tensor.shape and not 1 <= min(tensor.shape) <= max(tensor.shape) <= LARGEST:
        refuse(f"its input {shown(name)} is {by(tensor.shape)}; sizes go from 1 to {LARGEST}")
    return tensor


def given(node: Node, scope: Scope, place: int) -> Tensor | None:
    """Return an operand that may be left out, None where it is."""
    left_out = place >= len(node.input) or not node.input[place]
    return None if left_out else operand(node, scope, place)


def layer_of(node: Node, held: frozenset[Held], **sizes: Any) -> NetworkLayer:
    """Return a layer of a node under the name that its weights or the node give it."""
    name, path = name_of(node, held)
    return NetworkLayer(name, op_of(node), path=path, learned=bool(held), **sizes)


def result(node: Node, scope: Scope, shape: Shape | None, batch: Batch | None, once: bool = False) -> Tensor:
    """Return what a counted operator writes; its numbers are none of the file's, unless all it reads are."""
    held = frozenset([Held(scope.source(node.output[0]), prod(shape or ()))]) if once else _NONE
    return Tensor(shape, once, held, batch=batch)


def biases_of(node: Node, scope: Scope) -> int:
    """Return how many stored elements a node adds to its outputs."""
    place = BIASES_AT.get(op_of(node), len(node.input))
    tensor = scope.tensor(node.input[place]) if place < len(node.input) and node.input[place] else None
    return 0 if tensor is None or not tensor.constant else tensor.size or 0


def two_maps(*maps: Tensor) -> tuple[int, int]:
    """Return the elements of maps that are read for each input, and those read once for all."""
    sizes = [(one.size or 0, one.batch is not None) for one in maps]
    if not any(has_batch for _, has_batch in sizes):
        return sum(size for size, _ in sizes), 0
    return (
        sum(size for size, has_batch in sizes if has_batch),
        sum(size for size, has_batch in sizes if not has_batch),
    )


# convolutions


_FILTERS = {"QLinearConv": 3, _MS + "QLinearConv": 3, _MS + "FusedConv": 1}


@counts(
    "Conv", "ConvInteger", "ConvTranspose", "DeformConv", "QLinearConv",
    _MS + "FusedConv", _MS + "NhwcConv", _MS + "NhwcFusedConv", _MS + "QLinearConv",
)  # fmt: skip
def _convolution(node: Node, scope: Scope, all_: Findings) -> list[Found]:
    """Return Conv and its kin: input [N, N_i, L...], weights [N_o, N_i / groups, F...].

    ConvTranspose has weights [N_i, N_o / groups, F...], and uses each once per input position.
    """
    op, attributes = op_of(node), scope.attributes(node)
    image, filters = operand(node, scope, 0), operand(node, scope, _FILTERS.get(op, 1))
    last = op.startswith(_MS + "Nhwc") or bool(attributes.whole("channels_last", 0))
    assert image.shape is not None
    assert filters.shape is not None
    x, w = _channels_second(image.shape, last), filters.shape
    axes = len(x) - 2
    if not 1 <= axes <= 3 or len(w) != len(x):
        refuse(f"reads {by(x)} and weights of {by(w)}; one to three axes are counted")
    groups = attributes.whole("group", 1, least=1)
    if op.startswith(_MS + "Nhwc") and w[1] * groups != x[1]:
        w = _channels_second(w, last)
    windows = _windows(attributes, x[2:], w)
    transposed = op == "ConvTranspose"
    n_i, n_o = (w[0], w[1] * groups) if transposed else (w[1] * groups, w[0])
    if x[1] != n_i or n_i % groups or n_o % groups:
        of = f"its weights {by(w)} in {several(groups, 'group')}"
        misfit(f"reads {several(x[1], 'channel')}, but {of} do not fit")
    if transposed:
        used_at, out = x[2:], transposed_out(attributes, windows)
    else:
        used_at = out = tuple(out_length(*window) for window in windows)
    written = (x[0], *out, n_o) if last else (x[0], n_o, *out)
    batch = image.batch if image.batch is None or image.batch[0] == 0 else MIXED
    if filters.given:
        all_.given_weights.add(filters.given)
        filters = filters._replace(batch=None)
    elif filters.batch is not None:
        batch = MIXED  # each input has filters of its own: they are no batch to one convolution
    held = weights_of(op, filters, all_.beside)
    if image.constant:
        all_.beside.append(Beside(op, image.held))
    once = image.constant and filters.constant
    each, shared = (prod(x), 0) if held else two_maps(image, filters)
    layer = layer_of(
        node,
        held,
        n_i=n_i,
        n_o=n_o,
        positions=x[0] * prod(used_at),
        kernel=tuple(window[1] for window in windows),
        stride=tuple(window[2] for window in windows),
        dilation=tuple(window[3] for window in windows),
        groups=groups,
        once=once,
        reads=each,
        writes=prod(written),
        reads_once=shared,
        biases=biases_of(node, scope),
        input_shape=image.shape,
        output_shape=written,
    )
    write(node, scope, [result(node, scope, written, batch, once)])
    return [Found(layer, held, batch, image.batch)]


def _channels_second(shape: Shape, last: bool) -> Shape:
    return (shape[0], shape[-1], *shape[1:-1]) if last and len(shape) > 2 else shape


def _windows(attributes: Attributes, x: Shape, w: Shape) -> list[Any]:
    """Return the length, kernel, stride, dilation and padding of each axis."""
    axes, taps = len(x), w[2:]
    kernel = attributes.lengths("kernel_shape", axes, taps, least=1)
    stride = attributes.lengths("strides", axes, (1,) * axes, least=1)
    dilation = attributes.lengths("dilations", axes, (1,) * axes, least=1)
    if kernel != taps:
        refuse(f"kernel_shape {by(kernel)} is not that of its weights, {by(w)}")
    return list(zip(x, kernel, stride, dilation, pads(attributes, axes), strict=True))


# matrix products


_RIGHT = {"QLinearMatMul": 3, _MS + "QGemm": 3}
_TURNED = {
    "Gemm": ("transA", "transB"),
    _MS + "FusedGemm": ("transA", "transB"),
    _MS + "QGemm": ("transA", "transB"),
    _MS + "FusedMatMul": ("transA", "transB"),
    _MS + "TransposeMatMul": ("transA", "transB"),
}


@counts(
    "Gemm", "MatMul", "MatMulInteger", "QLinearMatMul", _MS + "DynamicQuantizeMatMul", _MS + "FusedGemm",
    _MS + "FusedMatMul", _MS + "GemmFastGelu", _MS + "MatMulIntegerToFloat", _MS + "QGemm",
    _MS + "TransposeMatMul",
)  # fmt: skip
def _matrix_product(node: Node, scope: Scope, all_: Findings) -> list[Found] | None:
    """Return a product of [..., M, K] and [..., K, N], of which one side may hold weights."""
    op, attributes = op_of(node), scope.attributes(node)
    left, right = operand(node, scope, 0), operand(node, scope, _RIGHT.get(op, 1))
    if attributes.whole("transBatchA", 0) or attributes.whole("transBatchB", 0):
        return None
    if "Gemm" in op and not op.endswith("GemmFastGelu"):
        for tensor in (left, right):
            if tensor.shape is not None and len(tensor.shape) != 2:
                shapes = f"{by(left.shape or ())} and {by(right.shape or ())}"
                refuse(f"multiplies {shapes}, which are no two matrices")
    turns = _TURNED.get(op, ())
    left, right = (
        _turned(tensor) if turns and attributes.whole(name, 0) else tensor
        for tensor, name in zip((left, right), turns or ("", ""), strict=True)
    )
    return [product_of(node, scope, all_, left, right, biases_of(node, scope))]


def _turned(tensor: Tensor) -> Tensor:
    """Return an operand with its last two axes exchanged."""
    assert tensor.shape is not None
    last = len(tensor.shape) - 1
    if last < 1:
        return tensor
    batch = tensor.batch
    if batch is not None and batch != MIXED and batch[0] >= last - 1:
        batch = (2 * last - 1 - batch[0], batch[1])
    return tensor._replace(shape=(*tensor.shape[:-2], tensor.shape[-1], tensor.shape[-2]), batch=batch)


def product_of(
    node: Node, scope: Scope, all_: Findings, left: Tensor, right: Tensor, biases: int = 0
) -> Found:
    """Return the product of two operands as a layer, and record what it writes.

    Where both sides are constant the second holds the weights, as frameworks write y = x W.
    """
    op = op_of(node)
    a, b = left.shape, right.shape
    assert a is not None
    assert b is not None
    if not a or not b:
        refuse("multiplies a scalar")
    weights = weights_side(left, right)
    side = "b" if weights is right else "a" if weights is left else ""
    sizes = product_sizes(a, b, side)
    if sizes is None:
        misfit(f"multiplies {by(a)} and {by(b)}, which do not fit each other")
    first = scope.reading.inputs.first
    if right.given not in ("", first) and len(b) < 3:
        all_.given_weights.add(right.given)
        right = right._replace(batch=None)
    weights = {"a": left, "b": right}.get(side)
    batch = batch_of_product(left, right)
    once = left.constant and right.constant
    each, shared = {"b": (prod(a), 0), "a": (prod(b), 0)}.get(side) or two_maps(left, right)
    held = held_of(op, all_, left, right, weights, first)
    layer = layer_of(
        node,
        held,
        n_i=sizes.n_i,
        n_o=sizes.n_o,
        positions=sizes.positions,
        groups=sizes.matrices,
        once=once,
        reads=each,
        writes=prod(sizes.written),
        reads_once=shared,
        biases=biases,
        input_shape=b if weights is left else a,
        output_shape=sizes.written,
    )
    write(node, scope, [result(node, scope, sizes.written, batch, once)])
    return Found(layer, held, batch, (right if weights is left else left).batch)


def held_of(
    op: str, all_: Findings, left: Tensor, right: Tensor, weights: Tensor | None, first: str
) -> frozenset[Held]:
    """Return the stored elements that are a product's weights; what may be some is set beside.

    first: the first input of the graph, which is taken for weights only where something else is multiplied.
    """
    if weights is not None:
        all_.beside += not_counted(op, left if weights is right else right)
        return weights_of(op, weights, all_.beside)
    for one in (left, right):
        all_.beside.append(Beside(op, one.held | not_added(one.unclear)))
    for one, other in ((right, left), (left, right)):
        is_map = one is left or other.outside == first or len(one.shape or ()) > 2
        if one.outside and not (one.outside == first and is_map):
            weights_of(op, one, all_.beside)
    return _NONE


@counts(_MS + "MatMulNBits")
def _packed_product(node: Node, scope: Scope, all_: Findings) -> list[Found]:
    """Return a product by weights of few bits, which the file packs: [N, blocks, bytes] of N by K."""
    attributes = scope.attributes(node)
    left, packed = operand(node, scope, 0), operand(node, scope, 1)
    k, n = attributes.whole("K", 0, least=1), attributes.whole("N", 0, least=1)
    assert packed.shape is not None
    bits = attributes.whole("bits", 4, least=1)
    if prod(packed.shape) * 8 < k * n * bits:
        refuse(f"packs {n} by {k} weights of {bits} bits into {by(packed.shape)} bytes")
    held = frozenset(one._replace(size=k * n) for one in packed.held) if packed.constant else packed.held
    right = packed._replace(shape=(k, n), held=held)
    return [product_of(node, scope, all_, left, right, biases_of(node, scope))]
