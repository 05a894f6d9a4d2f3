"""Einsum of two operands as the matrix products that it is."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from sepcost.network.batch_place import MIXED, Batch
from sepcost.network.onnx.called import op_of
from sepcost.network.onnx.file import Node
from sepcost.network.onnx.findings import Findings, Found
from sepcost.network.onnx.layers import counts, layer_of, operand, result, two_maps
from sepcost.network.onnx.matrix_products import held_of
from sepcost.network.onnx.problems import by, refuse
from sepcost.network.onnx.scope import Scope
from sepcost.network.onnx.tensor import Tensor
from sepcost.network.onnx.weights import weights_side
from sepcost.network.onnx.written import write


@counts("Einsum")
def _einsum(node: Node, scope: Scope, all_: Findings) -> list[Found] | None:
    """Return a sum of products of two operands as the matrix products that it is."""
    equation = scope.attributes(node).text("equation", "").replace(" ", "")
    reads, arrow, writes = equation.partition("->")
    terms = reads.split(",")
    if len(terms) != 2 or len(node.input) != 2 or not arrow:
        return None
    operands = [operand(node, scope, place) for place in range(2)]
    labels = [_labelled(term, one) for term, one in zip(terms, operands, strict=True)]
    if any(one is None for one in labels):
        return None
    a, b = (one for one in labels if one is not None)
    out = _written_labels(writes, a, b)
    if out is None:
        return None
    sizes = {**a, **{name: n for name, n in b.items() if n != 1 or name not in a}}
    if any(length not in (1, sizes[name]) for one in (a, b) for name, length in one.items()):
        refuse(f"multiplies {by(tuple(a.values()))} and {by(tuple(b.values()))}, which do not fit each other")
    return [_einsum_layer(node, scope, all_, operands, (a, b), out, sizes)]


def _labelled(term: str, tensor: Tensor) -> dict[str, int] | None:
    """Return the length of each axis by its letter, axes of an ellipsis by number from the last."""
    shape = tensor.shape
    assert shape is not None
    before, dots, after = term.partition("...")
    rest = len(shape) - len(before) - len(after)
    if rest < 0 or (rest and not dots):
        refuse(f"names other axes than those of {by(shape)}: {term}")
    names = [*before, *(str(place) for place in range(rest, 0, -1)), *after]
    found = dict(zip(names, shape, strict=True))
    return found if len(found) == len(names) else None


def _written_labels(term: str, a: dict[str, int], b: dict[str, int]) -> list[str] | None:
    before, dots, after = term.partition("...")
    around = sorted({name for name in (*a, *b) if name.isdigit()}, key=int, reverse=True) if dots else []
    names = [*before, *around, *after]
    known = all(name in a or name in b for name in names)
    return names if known and len(set(names)) == len(names) else None


def _einsum_layer(
    node: Node,
    scope: Scope,
    all_: Findings,
    operands: Sequence[Tensor],
    labels: tuple[dict[str, int], dict[str, int]],
    out: list[str],
    sizes: dict[str, int],
) -> Found:
    left, right = operands
    weights = weights_side(left, right)
    own, other = labels if weights is left else labels[::-1]
    # What only one operand has and the result has not is summed before anything is multiplied.
    summed = prod(sizes[name] for name in own if name in other and name not in out)
    matrices = prod(own[name] for name in own if name in other and name in out)
    n_o = prod(sizes[name] for name in own if name not in other and name in out)
    total = prod(sizes[name] for name in sizes if name in out) * summed
    batch = _agreed([_batch_label(one, names) for one, names in zip(operands, labels, strict=True)], out)
    written = tuple(sizes[name] for name in out)
    held = held_of(op_of(node), all_, left, right, weights, scope.reading.inputs.first)
    each, shared = two_maps(left, right)
    if weights is not None:
        each, shared = (right if weights is left else left).size or 0, 0
    once = left.constant and right.constant
    layer = layer_of(
        node,
        held,
        n_i=matrices * summed,
        n_o=matrices * n_o,
        positions=total // (matrices * summed * n_o),
        groups=matrices,
        once=once,
        reads=each,
        writes=prod(written),
        reads_once=shared,
        input_shape=(right if weights is left else left).shape,
        output_shape=written,
    )
    write(node, scope, [result(node, scope, written, batch, once)])
    return Found(layer, held, batch, (right if weights is left else left).batch)


def _batch_label(tensor: Tensor, labels: dict[str, int]) -> tuple[str, int] | None:
    if tensor.batch is None:
        return None
    return ("", 0) if tensor.batch == MIXED else (list(labels)[tensor.batch[0]], tensor.batch[1])


def _agreed(found: list[tuple[str, int] | None], out: list[str]) -> Batch | None:
    places = {one for one in found if one is not None}
    if not places:
        return None
    name, outer = places.pop()
    return (out.index(name), outer) if not places and name in out else MIXED
