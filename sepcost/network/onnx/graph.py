"""What is known of the tensors of an ONNX graph: their shapes, and where their numbers come from."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from itertools import count
from math import prod
from typing import Any

from sepcost.core.errors import FieldError
from sepcost.network.onnx.batch import batch_through
from sepcost.network.onnx.geometry import Attributes, Shape, shown
from sepcost.network.onnx.held import factor, reach
from sepcost.network.onnx.inputs import Inputs
from sepcost.network.onnx.operators import FREE, RANDOM, RESHAPES
from sepcost.network.onnx.tensor import MIXED, Factor, Held, Source, Tensor

_INT64 = 7


class Scope:
    """The tensors of one graph, and behind them those of the graphs around it.

    Nodes are given to `check`, then to `run` or `write`, in file order, which ONNX wants to be an order
    of execution.
    """

    def __init__(self, graph: Any, inputs: Inputs, around: Scope | None = None) -> None:
        self.around = around
        self.batch = inputs.batch
        self._numbers: Iterator[int] = count() if around is None else around._numbers
        self._number = next(self._numbers)
        self._typed = {info.name: info.type for info in (*graph.value_info, *graph.output, *graph.input)}
        self._types = {tensor.name: tensor.data_type for tensor in graph.initializer}
        self._tensors: dict[str, Tensor] = {}
        self._whole: dict[str, Shape] = {}
        self.held = 0
        """How many numbers the initializers and constants of this graph are."""
        for place, value in enumerate(graph.input):
            self.define(value.name, self._given(value, place, inputs))
        for tensor in graph.initializer:
            self._hold(tensor.name, tensor, tuple(tensor.dims))
        for tensor in graph.sparse_initializer:
            self._hold(tensor.values.name, tensor.values, tuple(tensor.dims))

    def check(self, node: Any) -> None:
        """Refuse a node that reads what no node before it writes."""
        for name in node.input:
            if name and self.tensor(name) is None:
                raise FieldError(f"tensor {shown(name)}", "is read before anything writes it")

    def run(self, node: Any) -> None:
        """Take note of what an operator that is not counted writes."""
        inputs = self.inputs(node)
        known = is_standard(node) and node.op_type in FREE
        constant = self._constant(node, inputs)
        for place, name in enumerate(node.output):
            if not name:
                continue
            shape, own = self.inferred(name), (self._number, name)
            if not known:
                varies = any(one is not None and one.batch for one in inputs) or holds_graphs(node)
                held = frozenset([Held(own, prod(shape or ()))]) if constant else frozenset[Held]()
                self.define(name, Tensor(shape, constant, held, batch=MIXED if varies else None))
                continue
            reaching = reach(node.op_type, inputs, shape, own, constant)
            self.define(
                name,
                Tensor(
                    shape,
                    constant,
                    reaching.held,
                    reaching.unclear,
                    batch_through(
                        node.op_type, Attributes(node), inputs, shape, self.second(node), self.batch
                    ),
                    given=inputs[0].given if node.op_type in _KEEPS_FORM and inputs[0] else "",
                    factor=self._factor(node, inputs, shape) if place == 0 else None,
                ),
            )
        if node.op_type == "Constant" and known:
            self._hold_constant(node)

    def write(self, node: Any, tensors: Sequence[Tensor]) -> None:
        """Take note of what an operator writes of which that is known."""
        for name, tensor in zip(node.output, tensors, strict=False):
            if name:
                self.define(name, tensor)

    def own(self, node: Any) -> Source:
        """Return where the numbers are held that a constant node writes first."""
        return self._number, node.output[0]

    def inputs(self, node: Any) -> list[Tensor | None]:
        """Return what a node reads, None for what it leaves out."""
        return [self.tensor(name) if name else None for name in node.input]

    def tensor(self, name: str) -> Tensor | None:
        """Return what is known of a tensor, None where there is none of that name yet."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope._tensors:
                return scope._tensors[name]
            scope = scope.around
        return None

    def type_of(self, name: str) -> int:
        """Return the type of a tensor's numbers as ONNX numbers them, 0 where it is not known."""
        scope: Scope | None = self
        while scope is not None and name not in scope._tensors:
            scope = scope.around
        if scope is None:
            return 0
        if name in scope._types:
            return int(scope._types[name])
        typed = scope._typed.get(name)
        return 0 if typed is None else int(typed.tensor_type.elem_type)

    def second(self, node: Any) -> Shape | None:
        """Return the whole numbers that a node's second input holds, None where they are not known."""
        scope: Scope | None = self
        name = node.input[1] if len(node.input) > 1 else ""
        while scope is not None and name not in scope._tensors:
            scope = scope.around
        return None if scope is None else scope._whole.get(name)

    def inferred(self, name: str) -> Shape | None:
        """Return what shape inference says of a tensor that this graph writes."""
        return _shape_of(self._typed.get(name))

    def define(self, name: str, tensor: Tensor) -> None:
        """Name a tensor, once."""
        if name in self._tensors:
            raise FieldError(f"tensor {shown(name)}", "is written twice")
        self._tensors[name] = tensor

    def _given(self, value: Any, place: int, inputs: Inputs) -> Tensor:
        shape = _shape_of(value.type)
        if self.around is not None:
            return Tensor(shape, batch=MIXED)
        return Tensor(
            shape,
            batch=inputs.batch_of(value.name, shape),
            given="" if value.name == inputs.first else value.name,
        )

    def _hold(self, name: str, tensor: Any, shape: Shape) -> None:
        self.define(name, Tensor(shape, True, frozenset([Held((self._number, name), prod(shape))])))
        self.held += prod(shape)
        if (whole := _whole_numbers(tensor)) is not None:
            self._whole[name] = whole

    def _hold_constant(self, node: Any) -> None:
        written = self._tensors.get(node.output[0])
        self.held += (written.size or 0) if written else 0
        for attribute in node.attribute:
            if attribute.HasField("t") and (whole := _whole_numbers(attribute.t)) is not None:
                self._whole[node.output[0]] = whole
            elif attribute.name == "value_ints":
                self._whole[node.output[0]] = tuple(attribute.ints)

    def _constant(self, node: Any, inputs: Sequence[Tensor | None]) -> bool:
        """Return whether what a node writes comes from constants alone."""
        if not any(node.input):
            return node.op_type == "Constant" and is_standard(node)
        if node.op_type in RANDOM or holds_graphs(node):
            return False
        return all(one.constant for one in inputs if one is not None)

    def _factor(self, node: Any, inputs: Sequence[Tensor | None], shape: Shape | None) -> Factor | None:
        if node.op_type in RESHAPES or node.op_type in ("Transpose", "Identity", "Cast"):
            known = inputs[0].factor if inputs and inputs[0] is not None else None
            # Where its axes went is not followed.
            return None if known is None else known._replace(shape=None)
        return factor(node.op_type, inputs, shape)


_KEEPS_FORM = RESHAPES | {"Cast", "DequantizeLinear", "Identity", "QuantizeLinear", "Transpose"}


def is_standard(node: Any) -> bool:
    """Return whether a node's operator is of ONNX's own domain."""
    return node.domain in ("", "ai.onnx")


def holds_graphs(node: Any) -> bool:
    """Return whether a node holds graphs: branches, or the body of a loop."""
    return any(True for _ in subgraphs(node))


def subgraphs(node: Any) -> Iterator[Any]:
    """Yield the graphs that a node holds."""
    for attribute in node.attribute:
        if attribute.HasField("g"):
            yield attribute.g
        yield from attribute.graphs


def _shape_of(type_: Any) -> Shape | None:
    if type_ is None or not type_.HasField("tensor_type") or not type_.tensor_type.HasField("shape"):
        return None
    dims = type_.tensor_type.shape.dim
    if not all(dim.HasField("dim_value") for dim in dims):
        return None
    return tuple(dim.dim_value for dim in dims)


def _whole_numbers(tensor: Any) -> Shape | None:
    """Return the numbers of a small tensor of lengths, None where it is another."""
    count = prod(tensor.dims)
    if tensor.data_type != _INT64 or not 0 <= count <= 64:
        return None
    if len(tensor.raw_data) == 8 * count and count:
        return struct.unpack(f"<{count}q", tensor.raw_data)
    return tuple(tensor.int64_data) if len(tensor.int64_data) == count else None
