"""What every counted operator has to do with: its operands, its layer, its biases and what it writes.

Each operator has one function, entered under its name; what an operator of com.microsoft does is what
the standard one that it was made of does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import prod
from typing import Any

from sepcost.core.errors import quoted
from sepcost.core.quantity import LARGEST
from sepcost.network.batch_place import Batch
from sepcost.network.layer import NetworkLayer
from sepcost.network.onnx.called import op_of
from sepcost.network.onnx.file import Node
from sepcost.network.onnx.findings import Findings, Found
from sepcost.network.onnx.problems import by, refuse
from sepcost.network.onnx.scope import Scope
from sepcost.network.onnx.tensor import NONE_HELD, Held, Tensor
from sepcost.network.onnx.weights import name_of
from sepcost.network.shape_rules import Shape

Count = Callable[[Node, Scope, Findings], "list[Found] | None"]
COUNTS: dict[str, Count] = {}
"""What counts an operator; None from it says that this call is one of those that are not counted."""


BIASES_AT: dict[str, int] = {}
"""The input that counted operators add to their outputs."""


def counts(*ops: str, biases_at: Mapping[str, int] | None = None) -> Callable[[Count], Count]:
    """Enter a function as what counts some operators.

    biases_at: more of them, which add one of their inputs to what they write, and the place of that input.
    """

    def enter(count: Count) -> Count:
        for op in (*ops, *(biases_at or ())):
            if op in COUNTS:
                raise ValueError(f"{op} is counted twice")
            COUNTS[op] = count
        BIASES_AT.update(biases_at or {})
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
        refuse(f"the size of its input {quoted(name)} cannot be resolved: {tensor.lost} cannot be followed")
    if tensor.shape and not 1 <= min(tensor.shape) <= max(tensor.shape) <= LARGEST:
        refuse(f"its input {quoted(name)} is {by(tensor.shape)}; sizes go from 1 to {LARGEST}")
    return tensor


def given(node: Node, scope: Scope, place: int) -> Tensor | None:
    """Return an operand that may be left out, None where it is."""
    left_out = place >= len(node.input) or not node.input[place]
    return None if left_out else operand(node, scope, place)


def layer_of(node: Node, held: frozenset[Held], counted: NetworkLayer, **more: Any) -> NetworkLayer:
    """Return what a node is counted as under the name that its weights or the node give it.

    more: other fields of the layer, such as the maps that it reads and writes.
    """
    name, path = name_of(node, held)
    return replace(counted, name=name, op=op_of(node), path=path, learned=bool(held), **more)


def result(node: Node, scope: Scope, shape: Shape | None, batch: Batch | None, once: bool = False) -> Tensor:
    """Return what a counted operator writes; its numbers are none of the file's, unless all it reads are."""
    held = frozenset([Held(scope.source(node.output[0]), prod(shape or ()))]) if once else NONE_HELD
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
