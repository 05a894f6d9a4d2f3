"""What operators write, as far as it is known: shapes, types, numbers, and where the elements come from."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from sepcost.core.errors import QuantityError
from sepcost.network.batch_place import MIXED, Batch
from sepcost.network.given import NOTHING, Operand, given_through
from sepcost.network.onnx import (  # noqa: F401  (these enter their rules)
    folding_rules,
    shapes_foreign,
    shapes_forms,
    shapes_numbers,
    shapes_parts,
    shapes_window,
)
from sepcost.network.onnx.batch import batch_through
from sepcost.network.onnx.called import at, called
from sepcost.network.onnx.file import Node
from sepcost.network.onnx.folding import folded
from sepcost.network.onnx.held import reach
from sepcost.network.onnx.reading import Reading
from sepcost.network.onnx.roles import is_normalized
from sepcost.network.onnx.scope import Scope
from sepcost.network.onnx.shapes import RULES, Call, known
from sepcost.network.onnx.summed import product_through
from sepcost.network.onnx.tensor import NONE_HELD, Held, Lengths, Numbers, Source, Tensor
from sepcost.network.onnx.types import Type
from sepcost.network.onnx.written_types import written_types
from sepcost.network.operators import FREE, RANDOM, RESHAPES, VIEWS
from sepcost.network.shape_rules import Shape

MOST_AXES = 64
MOST_MADE = 64
"""Tensors of the file that are remembered of constants made of many."""


_KEEPS_FORM = RESHAPES | {"Cast", "DequantizeLinear", "Identity", "QuantizeLinear", "Transpose"}
"""These pass on what they read first in another form."""


def run(node: Node, scope: Scope, call: Call) -> None:
    """Record what an operator that is not counted writes."""
    inputs, op, reading = call.inputs, call.op, scope.reading
    constant = _is_constant(node, inputs)
    free = op in FREE
    types = _types(node, call, scope, free or not node.domain)
    lengths, shapes = _shapes(node, call, scope)
    values = _values(call, shapes, types[0] if types else 0, reading)
    formed = inputs[0] if op in _KEEPS_FORM and inputs else None
    counted = formed if op != "Mul" else _scaled(inputs, reading)
    made = _made(inputs, constant, reading)
    for place, name in enumerate(node.output):
        if not name:
            continue
        shape, own = shapes[place], scope.source(name)
        if free:
            held, unclear = reach(op, inputs, shape, own, constant)
            batch = batch_through(call, shape, reading.inputs.batch)
        else:
            held, unclear, batch = _of_any(node, inputs, shape, own, constant)
        tensor = Tensor(
            shape,
            constant,
            held,
            unclear,
            batch,
            given=formed.given if formed is not None else "",
            outside=_outside(op, inputs, shape),
            factor=product_through(op, inputs, shape, reading.inputs.first) if free and place == 0 else None,
            partial=lengths[place],
            type=types[place],
            computed=values[place] if place < len(values) else None,
            lost=_lost(node, inputs, shape, reading),
            made=made,
            layer=counted.layer if counted is not None and place == 0 and not constant else "",
            normalized=formed.normalized if formed is not None else is_normalized(op, inputs),
        )
        if op == "Constant":
            tensor = scope.hold_constant(call, tensor, own)
        elif constant:
            reading.made[own] = made
        shown_again = op in VIEWS and bool(inputs) and inputs[0] is not None and not inputs[0].map
        is_stored = constant and (op == "Constant" or shown_again)
        scope.define(name, tensor if is_stored else reading.map(name, tensor, types[place]))


def _of_any(
    node: Node, inputs: Sequence[Tensor | None], shape: Shape | None, own: Source, constant: bool
) -> tuple[frozenset[Held], frozenset[Held], Batch | None]:
    """Return what is held, for sure and maybe, of what an unknown operator writes, and where the batch is."""
    varies = any(one is not None and one.batch for one in inputs) or bool(node.graphs)
    held = frozenset([Held(own, prod(shape or ()))] if constant else [])
    return held, NONE_HELD, MIXED if varies else None


def write(node: Node, scope: Scope, tensors: Sequence[Tensor]) -> None:
    """Record what an operator writes of which that is known."""
    call = scope.call(node)
    made = _made(call.inputs, tensors[0].constant, scope.reading)
    types = _types(node, call, scope, True)
    for place, (name, tensor) in enumerate(zip(node.output, tensors, strict=False)):
        if not name:
            continue
        if tensor.constant:
            scope.reading.made[scope.source(node.output[0])] = made
            tensor = tensor._replace(made=made)
        scope.define(name, scope.reading.map(name, tensor, types[place], counted=place == 0))


def _is_constant(node: Node, inputs: Sequence[Tensor | None]) -> bool:
    """Return whether what a node writes comes from constants alone."""
    if not any(node.input):
        return node.op_type == "Constant" and not node.domain
    if node.op_type in RANDOM or not all(one.constant for one in inputs if one is not None):
        return False
    return not node.graphs


def _types(node: Node, call: Call, scope: Scope, known: bool) -> list[int]:
    """Return the types of what a node writes, as the file states them where nothing else does."""
    try:
        types = written_types(call, known)
    except QuantityError as error:
        raise at(node, error) from None
    return [type_ or stated for type_, stated in zip(types, scope.stated_types(node), strict=True)]


def _shapes(node: Node, call: Call, scope: Scope) -> tuple[list[Lengths | None], list[Shape | None]]:
    """Return the lengths of what a node writes, and the shapes that are known whole."""
    count = len(node.output)
    rule = RULES.get(call.op)
    found: list[Lengths | None] = []
    try:
        found = list(rule(call)) if rule is not None else scope.stated(node)
        found += [None] * (count - len(found))
        found = [None if one is None or len(one) > MOST_AXES else one for one in found]
        return found, [known(one) for one in found]
    except QuantityError as error:
        raise at(node, error) from None
    except (TypeError, ValueError, IndexError, ArithmeticError):
        return [None] * count, [None] * count


def _values(call: Call, shapes: Sequence[Shape | None], type_: int, reading: Reading) -> list[Numbers | None]:
    """Return the numbers that a call writes, None where they are many or not known."""
    if reading.numbers < 0:
        return []
    try:
        found = folded(call, shapes, type_)
    except (QuantityError, TypeError, ValueError, IndexError, ArithmeticError):
        return []
    reading.numbers -= sum(len(value.numbers) for value in found if value is not None)
    return [
        value.numbers if value is not None and shape == value.shape else None
        for value, shape in zip(found, shapes, strict=False)
    ]


def _made(inputs: Sequence[Tensor | None], constant: bool, reading: Reading) -> tuple[Source, ...]:
    """Return the tensors of the file that constants are computed from, the largest first."""
    if not constant:
        return ()
    found = dict.fromkeys(source for one in inputs if one is not None for source in one.made)
    parameters = reading.parameters
    return tuple(sorted(found, key=lambda source: -prod(parameters[source].dims))[:MOST_MADE])


def _scaled(inputs: Sequence[Tensor | None], reading: Reading) -> Tensor | None:
    """Return the sums of integers of a layer that a Mul makes real numbers of, None where there are none."""
    layers = (one for one in inputs if one is not None and one.layer)
    return next((one for one in layers if reading.maps[one.layer].type == Type.INT32), None)


def _outside(op: str, inputs: Sequence[Tensor | None], shape: Shape | None) -> str:
    """Return the input of the graph that a node passes on."""
    if not any(one is not None and one.outside for one in inputs):
        return ""
    operands = [NOTHING if one is None else Operand(one.outside, one.constant, one.size) for one in inputs]
    return given_through(op, operands, None if shape is None else prod(shape))


def _lost(node: Node, inputs: Sequence[Tensor | None], shape: Shape | None, reading: Reading) -> str:
    """Return what a shape depends on and could not be followed: an input or a node before, else the node.

    Numbers in a tensor of any shape may be lengths that depend on an input with an open dimension.
    """
    before = (one.lost for one in inputs if one is not None and one.lost)
    if shape is None:
        return next(before, called(node))
    open_ = reading.inputs.open
    return next((lost for lost in before if lost in open_), "") if open_ else ""
