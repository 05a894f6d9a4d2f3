"""Attention as layers: the products of queries and keys, and of their scores and values."""

from __future__ import annotations

from dataclasses import replace
from math import prod
from typing import NamedTuple

from sepcost.network.batch_place import MIXED, Batch
from sepcost.network.onnx.called import op_of
from sepcost.network.onnx.file import Node
from sepcost.network.onnx.findings import Beside, Findings, Found
from sepcost.network.onnx.layers import biases_of, counts, given, layer_of, operand, result
from sepcost.network.onnx.problems import by, refuse
from sepcost.network.onnx.scope import Scope
from sepcost.network.onnx.tensor import Tensor
from sepcost.network.onnx.weights import not_counted, weights_of
from sepcost.network.onnx.written import write
from sepcost.network.products import attention, dense
from sepcost.network.shape_rules import Shape

_MS = "com.microsoft."


class Sizes(NamedTuple):
    """What an attention multiplies: heads of `width` numbers for queries and keys, `value` for values."""

    images: int
    heads: int
    queries: int
    keys: int
    width: int
    value: int

    @property
    def written(self) -> Shape:
        """The output's shape, all heads beside each other."""
        return self.images, self.queries, self.heads * self.value


@counts("Attention")
def _attention(node: Node, scope: Scope, all_: Findings) -> list[Found]:
    """Return ONNX's attention, on [N, T, heads * width] or [N, heads, T, width], keys of the past first."""
    attributes = scope.attributes(node)
    tensors = [operand(node, scope, place) for place in range(3)]
    heads = attributes.whole("q_num_heads", 0, least=0), attributes.whole("kv_num_heads", 0, least=0)
    shapes = [
        _by_head(tensor.shape or (), heads[0] if place == 0 else heads[1])
        for place, tensor in enumerate(tensors)
    ]
    q, k, v = shapes
    past = [one for one in (given(node, scope, 4), given(node, scope, 5)) if one is not None]
    before = past[0].shape[2] if past and past[0].shape is not None else 0
    if q[0] != k[0] or q[3] != k[3] or k[2] != v[2] or q[1] % k[1]:
        refuse(f"reads queries of {by(q)}, keys of {by(k)} and values of {by(v)}, which do not fit")
    sizes = Sizes(q[0], q[1], q[2], k[2] + before, q[3], v[3])
    flat = len(tensors[0].shape or ()) == 3
    written = sizes.written if flat else (q[0], q[1], q[2], v[3])
    found, batch = _products(node, scope, all_, tensors + past, sizes)
    present = [(k[0], k[1], sizes.keys, k[3]), (v[0], v[1], sizes.keys, v[3])]
    scores = (q[0], q[1], q[2], sizes.keys)
    write(
        node,
        scope,
        [result(node, scope, shape, batch) for shape in (written, *present, scores)],
    )
    return found


def _by_head(shape: Shape, heads: int) -> tuple[int, int, int, int]:
    """Return a shape as [N, heads, T, width]."""
    if len(shape) == 4:
        return shape[0], shape[1], shape[2], shape[3]
    if len(shape) != 3 or not heads or shape[2] % heads:
        refuse(f"reads {by(shape)}, which {heads} heads do not divide")
    return shape[0], heads, shape[1], shape[2] // heads


def _products(
    node: Node, scope: Scope, all_: Findings, tensors: list[Tensor], sizes: Sizes
) -> tuple[list[Found], Batch | None]:
    """Return the two products of an attention as layers, and where what it writes has the batch.

    tensors: queries, keys and values, and those of the past, which may be learned as a prefix is.
    """
    op = op_of(node)
    for tensor in tensors:
        all_.beside += not_counted(op, tensor)
        if tensor.constant:
            all_.beside.append(Beside(op, tensor.held))
    found_batches = {tensor.batch for tensor in tensors if tensor.batch is not None}
    batch = None
    if found_batches:
        apart = len(found_batches) == 1 and next(iter(found_batches))[0] == 0
        batch = next(iter(found_batches)) if apart else MIXED
    images, heads, queries, keys, width, value = sizes
    q, k, v, scores, values = (
        (images, heads, *one)
        for one in ((queries, width), (keys, width), (keys, value), (queries, keys), (queries, value))
    )
    maps = (("scores", q, k, scores), ("values", scores, v, values))
    found = []
    for (part, a, b, made), counted in zip(maps, attention(node.name, q, k, v), strict=True):
        reads, writes = prod(a) + prod(b), prod(made)
        layer = layer_of(node, frozenset(), counted, reads=reads, writes=writes, output_shape=made)
        own = f"{layer.name}/{part}" if layer.name else ""
        found.append(
            Found(replace(layer, name=own, path=layer.path or layer.name or None), frozenset(), batch)
        )
    return found, batch


@counts(biases_at={_MS + "Attention": 2, _MS + "QAttention": 2})
def _projected(node: Node, scope: Scope, all_: Findings) -> list[Found] | None:
    """Return onnxruntime's attention with its projection: x [N, T, I], weights [I, Q + K + V]."""
    op, attributes = op_of(node), scope.attributes(node)
    x, w = operand(node, scope, 0), operand(node, scope, 1)
    heads = attributes.whole("num_heads", 0, least=1)
    past = given(node, scope, 4 if op.endswith(".Attention") else 8)
    if past is not None or x.shape is None or w.shape is None:
        return None
    if len(x.shape) != 3 or len(w.shape) != 2 or x.shape[2] != w.shape[0]:
        refuse(f"multiplies {by(x.shape)} and {by(w.shape)}, which do not fit each other")
    parts = attributes.wholes("qkv_hidden_sizes") or (w.shape[1] // 3,) * 3
    if len(parts) != 3 or sum(parts) != w.shape[1] or any(part % heads or part < 1 for part in parts):
        refuse(f"has weights of {by(w.shape)}, which {heads} heads do not divide")
    images, steps, _ = x.shape
    all_.beside += not_counted(op, x)
    held = weights_of(op, w, all_.beside)
    batch = x.batch if x.batch is None or x.batch[0] == 0 else MIXED
    projection = layer_of(
        node,
        held,
        dense(node.name, w.shape[0], w.shape[1], (images, steps)),
        reads=x.size,
        writes=images * steps * w.shape[1],
        biases=biases_of(node, scope),
        input_shape=x.shape,
        output_shape=(images, steps, w.shape[1]),
    )
    sizes = Sizes(images, heads, steps, steps, parts[0] // heads, parts[2] // heads)
    found, _ = _products(node, scope, Findings(), [x._replace(held=frozenset(), constant=False)], sizes)
    write(node, scope, [result(node, scope, sizes.written, batch)])
    return [Found(projection, held, batch, x.batch), *found]


@counts(_MS + "MultiHeadAttention")
def _many_heads(node: Node, scope: Scope, all_: Findings) -> list[Found] | None:
    """Return onnxruntime's attention on queries, keys and values of [N, T, heads * width] each."""
    heads = scope.attributes(node).whole("num_heads", 0, least=1)
    tensors = [given(node, scope, place) for place in range(3)]
    if any(tensor is None or tensor.shape is None or len(tensor.shape) != 3 for tensor in tensors):
        return None
    if any(given(node, scope, place) is not None for place in (6, 7)):
        return None
    whole = [tensor for tensor in tensors if tensor is not None]
    q, k, v = (_by_head(tensor.shape or (), heads) for tensor in whole)
    if q[0] != k[0] or q[3] != k[3] or k[2] != v[2]:
        refuse(f"reads queries of {by(q)}, keys of {by(k)} and values of {by(v)}, which do not fit")
    sizes = Sizes(q[0], heads, q[2], k[2], q[3], v[3])
    found, batch = _products(node, scope, all_, whole, sizes)
    write(node, scope, [result(node, scope, sizes.written, batch)])
    return found


@counts(_MS + "GroupQueryAttention")
def _grouped_queries(node: Node, scope: Scope, all_: Findings) -> list[Found] | None:
    """Return onnxruntime's attention in which several queries share a key, without keys of the past."""
    attributes = scope.attributes(node)
    heads = attributes.whole("num_heads", 0, least=1), attributes.whole("kv_num_heads", 0, least=1)
    tensors = [given(node, scope, place) for place in range(3)]
    if any(tensor is None for tensor in tensors) or given(node, scope, 3) is not None:
        return None
    whole = [tensor for tensor in tensors if tensor is not None]
    q, k, v = (_by_head(one.shape or (), heads[bool(place)]) for place, one in enumerate(whole))
    sizes = Sizes(q[0], q[1], q[2], k[2], q[3], v[3])
    found, batch = _products(node, scope, all_, whole, sizes)
    write(node, scope, [result(node, scope, sizes.written, batch)])
    return found
