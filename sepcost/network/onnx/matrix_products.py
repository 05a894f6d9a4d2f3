"""Matrix products as layers, their sizes checked first: which operand holds weights, and what else may."""

from __future__ import annotations

from math import prod

from sepcost.network.batch_place import MIXED, Batch
from sepcost.network.onnx.batch import batch_of_product
from sepcost.network.onnx.called import op_of
from sepcost.network.onnx.file import Node
from sepcost.network.onnx.findings import Beside, Findings, Found
from sepcost.network.onnx.held import not_added
from sepcost.network.onnx.layers import biases_of, counts, layer_of, operand, result, two_maps
from sepcost.network.onnx.problems import by, misfit, refuse
from sepcost.network.onnx.scope import Scope
from sepcost.network.onnx.tensor import NONE_HELD, Held, Tensor
from sepcost.network.onnx.weights import not_counted, weights_of, weights_side
from sepcost.network.onnx.written import write
from sepcost.network.products import ProductSizes, product_sizes

_MS = "com.microsoft."

_RIGHT = {"QLinearMatMul": 3, _MS + "QGemm": 3}
_TURNED = {
    "Gemm": ("transA", "transB"),
    _MS + "FusedGemm": ("transA", "transB"),
    _MS + "QGemm": ("transA", "transB"),
    _MS + "FusedMatMul": ("transA", "transB"),
    _MS + "TransposeMatMul": ("transA", "transB"),
}


@counts(
    "MatMul", "MatMulInteger", "QLinearMatMul", _MS + "FusedMatMul", _MS + "TransposeMatMul",
    biases_at={
        "Gemm": 2, _MS + "DynamicQuantizeMatMul": 4, _MS + "FusedGemm": 2, _MS + "GemmFastGelu": 2,
        _MS + "MatMulIntegerToFloat": 6, _MS + "QGemm": 6,
    },
)  # fmt: skip
def _matrix_product(node: Node, scope: Scope, all_: Findings) -> list[Found]:
    """Return a product of [..., M, K] and [..., K, N], of which one side may hold weights."""
    op, attributes = op_of(node), scope.attributes(node)
    left, right = operand(node, scope, 0), operand(node, scope, _RIGHT.get(op, 1))
    if "Gemm" in op and not op.endswith("GemmFastGelu"):
        for tensor in (left, right):
            if tensor.shape is not None and len(tensor.shape) != 2:
                shapes = f"{by(left.shape or ())} and {by(right.shape or ())}"
                refuse(f"multiplies {shapes}, which are no two matrices")
    turns = _TURNED.get(op, ())
    left, right = (
        _first_axis_inner(tensor) if attributes.whole(name, 0) else tensor
        for tensor, name in ((left, "transBatchA"), (right, "transBatchB"))
    )
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


def _first_axis_inner(tensor: Tensor) -> Tensor:
    """Return an operand with its first axis in the last place but one, as that of several heads is read."""
    assert tensor.shape is not None
    inner = len(tensor.shape) - 2
    if inner < 1:
        return tensor
    first, *outer, last = tensor.shape
    batch = tensor.batch
    if batch is not None and 0 <= batch[0] <= inner:
        batch = ((batch[0] - 1) % (inner + 1), batch[1])
    return tensor._replace(shape=(*outer, first, last), batch=batch)


def product_of(
    node: Node, scope: Scope, all_: Findings, left: Tensor, right: Tensor, biases: int = 0
) -> Found:
    """Return the product of two operands as a layer, and record what it writes."""
    a, b = left.shape, right.shape
    assert a is not None
    assert b is not None
    if not a or not b:
        refuse("multiplies a scalar")
    sizes = product_sizes(a, b, side_of(left, right))
    if sizes is None:
        misfit(f"multiplies {by(a)} and {by(b)}, which do not fit each other")
    if right.given not in ("", scope.reading.inputs.first) and len(b) < 3:
        all_.given_weights.add(right.given)
        right = right._replace(batch=None)
    return product_layer(node, scope, all_, left, right, sizes, batch_of_product(left, right), biases)


def side_of(left: Tensor, right: Tensor) -> str:
    """Return the side of a product that holds weights, 'a' or 'b', '' where none does.

    Where both are constant the second holds them, as frameworks write y = x W.
    """
    weights = weights_side(left, right)
    return "b" if weights is right else "a" if weights is left else ""


def product_layer(
    node: Node,
    scope: Scope,
    all_: Findings,
    left: Tensor,
    right: Tensor,
    sizes: ProductSizes,
    batch: Batch | None,
    biases: int = 0,
) -> Found:
    """Return a product of two operands, of sizes that fit each other, and record what it writes.

    batch: where what it writes has the batch.
    """
    read, weights = {"a": (right, left), "b": (left, right)}.get(side_of(left, right), (left, None))
    held = _held_of(op_of(node), all_, left, right, weights, scope.reading.inputs.first)
    each, shared = two_maps(left, right) if weights is None else (read.size or 0, 0)
    once = left.constant and right.constant
    layer = layer_of(
        node,
        held,
        sizes.layer(node.name, op_of(node)),
        once=once,
        reads=each,
        writes=prod(sizes.written),
        reads_once=shared,
        biases=biases,
        input_shape=read.shape,
        output_shape=sizes.written,
    )
    write(node, scope, [result(node, scope, sizes.written, batch, once)])
    return Found(layer, held, batch, read.batch)


def _held_of(
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
    return NONE_HELD


@counts(biases_at={_MS + "MatMulNBits": 5})
def _packed_product(node: Node, scope: Scope, all_: Findings) -> list[Found]:
    """Return a product by weights of few bits, which the file packs: [N, blocks, bytes] of N by K."""
    attributes = scope.attributes(node)
    left, packed = operand(node, scope, 0), operand(node, scope, 1)
    k, n = attributes.whole("K", 0, least=1), attributes.whole("N", 0, least=1)
    assert packed.shape is not None
    bits = attributes.whole("bits", 4, least=1)
    if prod(packed.shape) * 8 < k * n * bits:
        refuse(f"packs {n} by {k} weights of {bits} bits into {by(packed.shape)} bytes")
    stored = prod(packed.shape)
    held, unclear = (
        frozenset(one._replace(size=-(-one.size * k * n // stored)) for one in some)
        for some in (packed.held, packed.unclear)
    )
    right = packed._replace(shape=(k, n), held=held, unclear=unclear)
    return [product_of(node, scope, all_, left, right, biases_of(node, scope))]
