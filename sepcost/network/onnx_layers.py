"""ONNX operators as layers: their sizes, checked before anything is computed from them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from math import prod
from typing import Any

from sepcost.errors import FieldError, QuantityError
from sepcost.network.model import CONVOLUTIONS, COUNTED, MOST_LAYERS, NetworkLayer, clean_name, unique_names
from sepcost.network.onnx_geometry import (
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
from sepcost.network.onnx_graph import Scope, Source, is_standard, subgraphs
from sepcost.network.onnx_operators import FREE
from sepcost.quantity import LARGEST

_WEIGHTS_INPUT = {"QLinearConv": 3, "QLinearMatMul": 3}


@dataclass(frozen=True)
class Found:
    """A counted operator, and where its weights are held (None where they are not constant)."""

    layer: NetworkLayer
    source: Source | None


@dataclass
class Findings:
    """What a graph holds, counted and not."""

    found: list[Found] = field(default_factory=list)
    free: Counter[str] = field(default_factory=Counter)
    opaque: Counter[str] = field(default_factory=Counter)

    @property
    def size(self) -> tuple[int, int]:
        """MACs, then weights, each weight once a use: by which the larger branch is known."""
        layers = [found.layer for found in self.found]
        return sum(layer.macs for layer in layers), sum(layer.weights for layer in layers)


def findings(graph: Any, batch: int, around: Scope | None = None) -> Findings:
    """Return the counted operators of an inferred graph, in order, and count the others.

    batch: the first dimension of the network's input, divided out of every layer that reads it.
    Raises FieldError, which names the operator whose size is not known or cannot be.
    """
    scope = Scope(graph, around)
    all_ = Findings()
    for node in graph.node:
        scope.check(node)
        standard = is_standard(node)
        if standard and node.op_type == "If":
            _add_larger_branch(all_, node, batch, scope)
        elif standard and node.op_type in COUNTED:
            all_.found.append(_counted(node, batch, scope))
        elif standard and node.op_type in FREE:
            all_.free[node.op_type] += 1
        else:
            all_.opaque[_type_name(node)] += 1
        scope.run(node)
    return all_


def named(found: Iterable[Found]) -> tuple[NetworkLayer, ...]:
    """Return layers under unique names, each tensor of weights held by the first that uses it."""
    unique = unique_names()
    index: Counter[str] = Counter()
    holders: dict[Source, str] = {}
    layers = []
    for one in found:
        index[one.layer.op] += 1
        name = unique(one.layer.name or f"{one.layer.op}_{index[one.layer.op]}")
        holder = None if one.source is None else holders.setdefault(one.source, name)
        layers.append(replace(one.layer, name=name, shares=None if holder == name else holder))
    if len(layers) > MOST_LAYERS:
        raise FieldError("graph", f"has more than {MOST_LAYERS} layers")
    return tuple(layers)


def _add_larger_branch(all_: Findings, node: Any, batch: int, scope: Scope) -> None:
    """Add the branch of more MACs; the other one's opaque operators still leave its size unknown."""
    # What branches hold in turn ends where protobuf stops reading, some thirty graphs in one another.
    branches = [findings(graph, batch, scope) for graph in subgraphs(node)]
    if len(branches) != 2:
        raise FieldError(_node_name(node), f"has {len(branches)} branches, not two")
    larger = max(branches, key=lambda branch: branch.size)
    all_.found += larger.found
    all_.free += larger.free
    for branch in branches:
        all_.opaque += branch.opaque


def _counted(node: Any, batch: int, scope: Scope) -> Found:
    try:
        read = _convolution if node.op_type in CONVOLUTIONS else _matrix_product
        return read(node, batch, scope)
    except QuantityError as error:
        raise FieldError(_node_name(node), str(error)) from None


def _convolution(node: Any, batch: int, scope: Scope) -> Found:
    """Return Conv and its kin: input [N, N_i, L...], weights [N_o, N_i / groups, F...].

    ConvTranspose has weights [N_i, N_o / groups, F...], and uses each once per input position.
    """
    reads, weights = _operands(node)
    x, w = _known(scope, reads), _known(scope, weights)
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
    once = _is_constant(scope, reads, weights)
    at_once = 1 if once else batch
    source = scope.source(weights)
    each, shared = (
        (_numbers(x, at_once), 0) if source is not None else _two_maps((x, True), (w, False), batch)
    )
    layer = NetworkLayer(
        clean_name(text(node.name)),
        node.op_type,
        n_i,
        n_o,
        _per_input(x[0] * prod(used_at), at_once),
        kernel,
        stride,
        dilation,
        groups,
        learned=source is not None,
        once=once,
        reads=each,
        writes=_numbers(written, at_once),
        reads_once=shared,
    )
    return Found(layer, source)


def _matrix_product(node: Any, batch: int, scope: Scope) -> Found:
    """Return a product of [..., M, K] and [..., K, N], of which one side may hold weights.

    Where both sides are constant the second holds them, as frameworks write y = x W.
    """
    left, right = _operands(node)
    a, b = _known(scope, left), _known(scope, right)
    if node.op_type == "Gemm":
        attributes = Attributes(node)
        if len(a) != 2 or len(b) != 2:
            refuse(f"multiplies {by(a)} and {by(b)}, which are no two matrices")
        a = a[::-1] if attributes.whole("transA", 0) else a
        b = b[::-1] if attributes.whole("transB", 0) else b
    if not a or not b:
        refuse("multiplies a number without dimensions")
    rows_a, columns_b = (1, *a)[-2:], (*b, 1) if len(b) == 1 else b[-2:]
    (m, k), (k_b, n) = rows_a, columns_b
    around = broadcast(a[:-2], b[:-2])
    if k != k_b or around is None:
        refuse(f"multiplies {by(a)} and {by(b)}, which do not fit each other")
    written = _written(node, scope, (*around, *(m,) * (len(a) > 1), *(n,) * (len(b) > 1)))
    once = _is_constant(scope, left, right)
    at_once = 1 if once else batch
    if (source := scope.source(right)) is not None:
        n_o, others, matrices, each, shared = n, m, prod(b[:-2]), _numbers(a, at_once), 0
    elif (source := scope.source(left)) is not None:
        n_o, others, matrices, each, shared = m, n, prod(a[:-2]), _numbers(b, at_once), 0
    else:
        n_o, others, matrices = n, m, 1
        rank = len(around) + 2
        each, shared = _two_maps((a, len(a) == rank), (b, len(b) == rank > 2), batch)
    layer = NetworkLayer(
        clean_name(text(node.name)),
        node.op_type,
        n_i=matrices * k,
        n_o=matrices * n_o,
        positions=_per_input(prod(around) // matrices * others, at_once),
        groups=matrices,
        learned=source is not None,
        once=once,
        reads=each,
        writes=_numbers(written, at_once),
        reads_once=shared,
    )
    return Found(layer, source)


def _operands(node: Any) -> tuple[str, str]:
    """Return the names of the two tensors that are multiplied."""
    second = _WEIGHTS_INPUT.get(node.op_type, 1)
    if len(node.input) <= second or not node.output:
        refuse("lacks an input or output")
    return node.input[0], node.input[second]


def _known(scope: Scope, name: str) -> Shape:
    shape = scope.shape(name)
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


def _is_constant(scope: Scope, *reads: str) -> bool:
    """Whether an operator computes from constants alone, and so once for all inputs."""
    return all(scope.source(name) is not None for name in reads)


def _per_input(positions: int, batch: int) -> int:
    """Return positions for one input."""
    if positions % batch:
        refuse(f"computes {positions} positions, which a batch of {batch} does not divide: export batch 1")
    return positions // batch


def _numbers(shape: Shape | None, batch: int) -> int | None:
    """Return the numbers of a map for one input; None where its size is not known, or not that of a batch."""
    if shape is None or min(shape, default=1) < 1 or prod(shape) % batch:
        return None
    return prod(shape) // batch


def _two_maps(a: tuple[Shape, bool], b: tuple[Shape, bool], batch: int) -> tuple[int | None, int]:
    """Return the numbers of two maps that are read for each input, and those read once for all.

    a, b: a shape, and whether it has the batch, in front. None where the batch is not found there:
    what would then be divided by it cannot be told.
    """
    batched = [shape for shape, has_batch in (a, b) if has_batch]
    alike = [shape for shape, has_batch in (a, b) if not has_batch]
    if batch > 1 and any(shape[0] != batch for shape in batched):
        return None, 0
    return sum(map(prod, batched)) // batch, sum(map(prod, alike))


def _type_name(node: Any) -> str:
    """Return the name of a node's operator, with its domain where that is a foreign one."""
    name = text(node.op_type) if is_standard(node) else f"{text(node.domain)}.{text(node.op_type)}"
    return clean_name(name) or "unnamed"


def _node_name(node: Any) -> str:
    """Return what an error calls a node."""
    if node.name or not node.output:
        return f"{text(node.op_type)} {shown(node.name)}"
    return f"{text(node.op_type)} that writes {shown(node.output[0])}"
