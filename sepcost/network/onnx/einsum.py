"""Einsum of two operands as the matrix products that it is."""

from __future__ import annotations

from sepcost.network.batch_place import of_equation
from sepcost.network.onnx.file import Node
from sepcost.network.onnx.findings import Findings, Found
from sepcost.network.onnx.layers import counts, operand
from sepcost.network.onnx.matrix_products import product_layer, side_of
from sepcost.network.onnx.scope import Scope
from sepcost.network.products import einsum_letters, einsum_sizes


@counts("Einsum")
def _einsum(node: Node, scope: Scope, all_: Findings) -> list[Found] | None:
    """Return a sum of products of two operands as the matrix products that it is."""
    if len(node.input) != 2:
        return None
    left, right = operand(node, scope, 0), operand(node, scope, 1)
    assert left.shape is not None
    assert right.shape is not None
    letters = einsum_letters(scope.attributes(node).text("equation", ""), left.shape, right.shape)
    if letters is None:
        return None
    sizes = einsum_sizes(letters, left.shape, right.shape, side_of(left, right))
    batch = of_equation(letters, (left.batch, right.batch))
    return [product_layer(node, scope, all_, left, right, sizes, batch)]
