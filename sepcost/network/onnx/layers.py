"""ONNX operators as layers: their sizes, checked before anything is computed from them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from math import prod
from typing import Any

from sepcost.core.errors import FieldError, QuantityError
from sepcost.core.quantity import LARGEST
from sepcost.network.model import CONVOLUTIONS, COUNTED, NetworkLayer, clean_name
from sepcost.network.onnx.batch import axes_of_sum, batch_of_product
from sepcost.network.onnx.geometry import (
    Attributes,
    Shape,
    broadcast,
    by,
    out_length,
    pads,
    refuse,
    shown,
    text,
    transposed_out,
)
from sepcost.network.onnx.graph import Scope, is_standard, subgraphs
from sepcost.network.onnx.held import left_out, not_added
from sepcost.network.onnx.inputs import Inputs
from sepcost.network.onnx.operators import FREE, LOOKS_UP, SUMS
from sepcost.network.onnx.tensor import MIXED, Batch, Held, Tensor

_WEIGHTS_INPUT = {"QLinearConv": 3, "QLinearMatMul": 3}
_INTEGERS = (6, 7, 8, 9, 12, 13)
"""Types of places and answers, as ONNX numbers them: int32, int64, text, bool, uint32, uint64."""

_FROM_OUTSIDE = -2
"""The scope of weights that are inputs of the graph."""

_NONE: frozenset[Held] = frozenset()


@dataclass(frozen=True)
class Found:
    """A counted operator with what it computes for all inputs of the batch.

    held: where its weights are held; none where they are not in the file.
    batch: where what it computes has the batch, None where it does not depend on it, MIXED where the
        inputs are not kept apart.
    """

    layer: NetworkLayer
    held: frozenset[Held]
    batch: Batch | None


@dataclass(frozen=True)
class Beside:
    """Numbers of the file, or products, that an operator has and that no layer counts."""

    op: str
    held: frozenset[Held] = _NONE
    macs: int = 0


@dataclass
class Findings:
    """What a graph holds: counted operators and choices between branches, in order, and what is not counted.

    numbers: how many its initializers and constants have. given_weights: inputs of the graph that are
    weights. unlike: those that are read and show that the first one has no batch. written: what is known
    of its outputs.
    """

    found: list[Found | Choice] = field(default_factory=list)
    beside: list[Beside] = field(default_factory=list)
    free: Counter[str] = field(default_factory=Counter)
    opaque: Counter[str] = field(default_factory=Counter)
    numbers: int = 0
    given_weights: set[str] = field(default_factory=set)
    unlike: set[str] = field(default_factory=set)
    written: list[Tensor | None] = field(default_factory=list)


@dataclass(frozen=True)
class Choice:
    """An `If`: what each of its branches holds."""

    branches: tuple[Findings, ...]


def findings(graph: Any, inputs: Inputs, around: Scope | None = None) -> Findings:
    """Return the counted operators of an inferred graph, in order, and count the others.

    Raises FieldError, which names the operator whose size is not known or cannot be.
    """
    scope = Scope(graph, inputs, around)
    all_ = Findings()
    for node in graph.node:
        scope.check(node)
        all_.unlike.update(name for name in node.input if name in inputs.unlike)
        standard = is_standard(node)
        if standard and node.op_type == "If":
            _add_branches(all_, node, inputs, scope)
        elif standard and node.op_type in COUNTED:
            _add_counted(all_, node, scope)
        else:
            _add_uncounted(all_, node, scope)
            scope.run(node)
    all_.numbers += scope.held
    all_.written = [scope.tensor(value.name) for value in graph.output]
    return all_


def _add_branches(all_: Findings, node: Any, inputs: Inputs, scope: Scope) -> None:
    # What branches hold in turn ends where protobuf stops reading, some thirty graphs in one another.
    branches = tuple(findings(graph, inputs, scope) for graph in subgraphs(node))
    if len(branches) != 2:
        raise FieldError(_node_name(node), f"has {len(branches)} branches, not two")
    all_.found.append(Choice(branches))
    for branch in branches:
        # An opaque operator of either leaves the size of the whole unknown.
        all_.opaque += branch.opaque
        all_.beside += branch.beside
        all_.numbers += branch.numbers
        all_.given_weights |= branch.given_weights
        all_.unlike |= branch.unlike
    pairs = zip(*(branch.written for branch in branches), strict=False)
    written = [_either(one, other) for one, other in pairs]
    named = [name for name in node.output[len(written) :] if name]
    if named:
        raise FieldError(_node_name(node), f"writes {shown(named[0])}, which its branches do not")
    for name, tensor in zip(node.output, written, strict=False):
        if name:
            scope.define(name, _with_shape(tensor, scope.inferred(name)))


def _either(one: Tensor | None, other: Tensor | None) -> Tensor:
    """Return what is known of a tensor that is one of two."""
    if one is None or other is None:
        return Tensor(None, batch=MIXED)
    return Tensor(
        None,
        held=one.held | other.held,
        unclear=one.unclear | other.unclear,
        batch=one.batch if one.batch == other.batch else MIXED,
    )


def _with_shape(tensor: Tensor, shape: Shape | None) -> Tensor:
    return Tensor(shape, held=tensor.held, unclear=tensor.unclear, batch=tensor.batch)


def _add_uncounted(all_: Findings, node: Any, scope: Scope) -> None:
    op = node.op_type
    if not is_standard(node) or op not in FREE:
        all_.opaque[_type_name(node)] += 1
        return
    inputs = scope.inputs(node)
    if op in LOOKS_UP and (found := _embedding(node, scope, inputs)) is not None:
        if scope.type_of(node.input[0]) in _INTEGERS:
            all_.beside.append(Beside(op, found.held))
        else:
            all_.found.append(found)
            return
    all_.free[op] += 1
    if met := left_out(op, inputs):
        all_.beside.append(Beside(op, met))
    if op in SUMS and inputs and inputs[0] is not None:
        all_.beside += _summed(node, inputs[0], scope)


def _embedding(node: Any, scope: Scope, inputs: list[Tensor | None]) -> Found | None:
    """Return a table of the file that is read at places from run time; None where it is none."""
    table, places = (*inputs, None, None)[:2]
    if table is None or places is None or places.constant or not node.output:
        return None
    held = not_added(table.held)
    if not held:
        return None
    shape = table.shape or (sum(one.size for one in held),)
    rows = shape[0] if len(shape) > 1 else 1
    written = _numbers(scope.inferred(node.output[0]))
    layer = NetworkLayer(
        clean_name(text(node.name)),
        node.op_type,
        n_i=rows,
        n_o=prod(shape) // max(rows, 1),
        positions=0,
        reads=written,
        writes=written,
    )
    return Found(layer, held, places.batch)


def _summed(node: Any, tensor: Tensor, scope: Scope) -> Iterable[Beside]:
    """Return the products that a sum makes a matrix product of, written as Mul and ReduceSum."""
    product = tensor.factor
    if product is None:
        return
    if product.shape is None or tensor.shape is None:
        # The sum of two computed maps' product is one; a mean of it is what a pooling of a gated map is.
        if node.op_type == "ReduceSum" or product.held:
            yield Beside("Mul", product.held, product.products)
        return
    rank = len(tensor.shape)
    try:
        axes = axes_of_sum(node.op_type, Attributes(node), rank, scope.second(node))
    except QuantityError:
        axes = None
    lengths = (1,) * (rank - len(product.shape)) + product.shape
    if axes is None or any(lengths[axis] > 1 for axis in axes):
        yield Beside("Mul", product.held, product.products)


def _add_counted(all_: Findings, node: Any, scope: Scope) -> None:
    read = _convolution if node.op_type in CONVOLUTIONS else _matrix_product
    try:
        found = read(node, scope, all_)
    except QuantityError as error:
        raise FieldError(_node_name(node), str(error)) from None
    all_.found.append(found)


def _convolution(node: Any, scope: Scope, all_: Findings) -> Found:
    """Return Conv and its kin: input [N, N_i, L...], weights [N_o, N_i / groups, F...].

    ConvTranspose has weights [N_i, N_o / groups, F...], and uses each once per input position.
    """
    reads, weights = _operands(node)
    image, filters = _tensor(scope, reads), _tensor(scope, weights)
    x, w = _known(image, reads), _known(filters, weights)
    axes = len(x) - 2
    if not 1 <= axes <= 3 or len(w) != len(x):
        refuse(f"reads {by(x)} and weights of {by(w)}; one to three axes are counted")
    attributes = Attributes(node)
    groups = attributes.whole("group", 1, least=1)
    kernel = attributes.lengths("kernel_shape", axes, w[2:], least=1)
    stride = attributes.lengths("strides", axes, (1,) * axes, least=1)
    dilation = attributes.lengths("dilations", axes, (1,) * axes, least=1)
    if kernel != w[2:]:
        refuse(f"kernel_shape {by(kernel)} is not that of its weights, {by(w)}")
    transposed = node.op_type == "ConvTranspose"
    n_i, n_o = (w[0], w[1] * groups) if transposed else (w[1] * groups, w[0])
    if x[1] != n_i or n_i % groups or n_o % groups:
        refuse(f"reads {x[1]} channels, but its weights {by(w)} in {groups} groups do not fit them")
    windows = list(zip(x[2:], kernel, stride, dilation, pads(attributes, axes), strict=True))
    if transposed:
        used_at, out = x[2:], transposed_out(attributes, windows)
    else:
        used_at = out = tuple(out_length(*window) for window in windows)
    written = _written(node, scope, None if out is None else (x[0], n_o, *out))
    held = _weights_of(node.op_type, filters, all_.beside)
    if image.constant:
        all_.beside.append(Beside(node.op_type, image.held))
    batch = image.batch if image.batch is None or image.batch[0] == 0 else MIXED
    if filters.given:
        all_.given_weights.add(filters.given)
        filters = replace(filters, batch=None)
    elif filters.batch is not None:
        batch = MIXED  # each input has filters of its own: they are no batch to one convolution
    each, shared = (prod(x), 0) if held else _two_maps(image, filters)
    once = image.constant and filters.constant
    layer = NetworkLayer(
        clean_name(text(node.name)),
        node.op_type,
        n_i,
        n_o,
        x[0] * prod(used_at),
        kernel,
        stride,
        dilation,
        groups,
        learned=bool(held),
        once=once,
        reads=each,
        writes=_numbers(written),
        reads_once=shared,
    )
    scope.write(node, [_result(node, scope, written, batch, once)])
    return Found(layer, held, batch)


def _matrix_product(node: Any, scope: Scope, all_: Findings) -> Found:
    """Return a product of [..., M, K] and [..., K, N], of which one side may hold weights.

    Where both sides are constant the second holds them, as frameworks write y = x W.
    """
    names = _operands(node)
    left, right = (_tensor(scope, name) for name in names)
    if node.op_type == "Gemm":
        left, right = _turned(node, left, right)
    a, b = _known(left, names[0]), _known(right, names[1])
    if not a or not b:
        refuse("multiplies a number without dimensions")
    rows_a, columns_b = (1, *a)[-2:], (*b, 1) if len(b) == 1 else b[-2:]
    (m, k), (k_b, n) = rows_a, columns_b
    around = broadcast(a[:-2], b[:-2])
    if k != k_b or around is None:
        refuse(f"multiplies {by(a)} and {by(b)}, which do not fit each other")
    written = _written(node, scope, (*around, *(m,) * (len(a) > 1), *(n,) * (len(b) > 1)))
    if right.given and len(b) < 3:
        all_.given_weights.add(right.given)
        right = replace(right, batch=None)
    weights = _weights_side(left, right)
    batch = batch_of_product(left, right)
    once = left.constant and right.constant
    held = _NONE
    if weights is right:
        n_o, others, matrices, each, shared = n, m, prod(b[:-2]), prod(a), 0
    elif weights is left:
        n_o, others, matrices, each, shared = m, n, prod(a[:-2]), prod(b), 0
    else:
        n_o, others, matrices = n, m, 1
        each, shared = _two_maps(left, right)
    if weights is not None:
        held = _weights_of(node.op_type, weights, all_.beside)
        all_.beside += _not_counted(node.op_type, left if weights is right else right)
    else:
        for one in (left, right):
            all_.beside.append(Beside(node.op_type, one.held | not_added(one.unclear)))
        if right.given:
            _weights_of(node.op_type, right, all_.beside)
    layer = NetworkLayer(
        clean_name(text(node.name)),
        node.op_type,
        n_i=matrices * k,
        n_o=matrices * n_o,
        positions=prod(around) // matrices * others,
        groups=matrices,
        learned=bool(held),
        once=once,
        reads=each,
        writes=_numbers(written),
        reads_once=shared,
    )
    scope.write(node, [_result(node, scope, written, batch, once)])
    return Found(layer, held, batch)


def _turned(node: Any, left: Tensor, right: Tensor) -> tuple[Tensor, Tensor]:
    """Return the operands of a Gemm as MatMul has them."""
    attributes = Attributes(node)
    sides = []
    a, b = _known(left, node.input[0]), _known(right, node.input[1])
    if len(a) != 2 or len(b) != 2:
        refuse(f"multiplies {by(a)} and {by(b)}, which are no two matrices")
    for tensor, name in ((left, "transA"), (right, "transB")):
        if attributes.whole(name, 0):
            assert tensor.shape is not None
            kept = tensor.batch in (None, MIXED)
            batch = tensor.batch if kept or tensor.batch is None else (1 - tensor.batch[0], tensor.batch[1])
            tensor = replace(tensor, shape=tensor.shape[::-1], batch=batch)
        sides.append(tensor)
    return sides[0], sides[1]


def _weights_side(left: Tensor, right: Tensor) -> Tensor | None:
    """Return the operand that holds weights; None where both are computed from the input."""
    for tensor in (right, left):
        if tensor.constant:
            return tensor
    for tensor in (right, left):
        if not_added(tensor.held):
            return tensor
    return None


def _weights_of(op: str, tensor: Tensor, beside: list[Beside]) -> frozenset[Held]:
    """Return the numbers of the file that are an operator's weights; what may be some is set beside."""
    if not tensor.constant and tensor.unclear:
        beside.append(Beside(op, tensor.unclear))
    if tensor.given and not tensor.held:
        # The file states how many these weights are; whoever runs it gives them.
        beside.append(Beside(op, frozenset([Held((_FROM_OUTSIDE, tensor.given), tensor.size or 0)])))
    return tensor.held


def _not_counted(op: str, tensor: Tensor) -> Iterable[Beside]:
    """Return the numbers of the file in an operand that another one keeps from being weights."""
    if met := not_added(tensor.held | tensor.unclear):
        yield Beside(op, met)


def _result(node: Any, scope: Scope, shape: Shape | None, batch: Batch | None, once: bool) -> Tensor:
    held = frozenset([Held(scope.own(node), prod(shape or ()))]) if once else _NONE
    return Tensor(shape, once, held, batch=batch)


def _operands(node: Any) -> tuple[str, str]:
    """Return the names of the two tensors that are multiplied."""
    second = _WEIGHTS_INPUT.get(node.op_type, 1)
    if len(node.input) <= second or not node.output:
        refuse("lacks an input or output")
    return node.input[0], node.input[second]


def _tensor(scope: Scope, name: str) -> Tensor:
    tensor = scope.tensor(name)
    if tensor is None:
        refuse("lacks an input or output")
    return tensor


def _known(tensor: Tensor, name: str) -> Shape:
    shape = tensor.shape
    if shape is None:
        refuse(f"the size of its input {shown(name)} cannot be resolved")
    if not all(1 <= length <= LARGEST for length in shape):
        refuse(f"its input {shown(name)} is {by(shape)}; sizes go from 1 to {LARGEST}")
    return shape


def _written(node: Any, scope: Scope, computed: Shape | None) -> Shape | None:
    """Return the output's shape, None where it is not known.

    Refuse an operator of which shape inference says something else than its own sizes.
    """
    typed = scope.inferred(node.output[0])
    if computed is None:
        return typed
    if typed is not None and typed != computed:
        refuse(f"its sizes make {by(computed)}, but its output is {by(typed)}")
    return computed


def _numbers(shape: Shape | None) -> int | None:
    """Return the numbers of a map; None where its size is not known."""
    return None if shape is None or min(shape, default=1) < 1 else prod(shape)


def _two_maps(*maps: Tensor) -> tuple[int, int]:
    """Return the numbers of two maps that are read for each input, and those read once for all."""
    sizes = [(one.size or 0, one.batch is not None) for one in maps]
    if not any(has_batch for _, has_batch in sizes):
        return sum(size for size, _ in sizes), 0
    return (
        sum(size for size, has_batch in sizes if has_batch),
        sum(size for size, has_batch in sizes if not has_batch),
    )


def _type_name(node: Any) -> str:
    """Return the name of a node's operator, with its domain where that is a foreign one."""
    name = text(node.op_type) if is_standard(node) else f"{text(node.domain)}.{text(node.op_type)}"
    return clean_name(name) or "unnamed"


def _node_name(node: Any) -> str:
    """Return what an error calls a node."""
    if node.name or not node.output:
        return f"{text(node.op_type)} {shown(node.name)}"
    return f"{text(node.op_type)} that writes {shown(node.output[0])}"
