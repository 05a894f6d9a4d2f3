"""What is known of the tensors of an ONNX graph: their shapes, and which come from constants alone."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

from sepcost.errors import FieldError
from sepcost.network.onnx_geometry import Shape, shown
from sepcost.network.onnx_operators import KEEPS_NUMBERS, RANDOM

Source = tuple[int, str]
"""Where a constant's numbers are held: the number of a scope and a name in it."""


class Scope:
    """The tensors of one graph, and behind them those of the graphs around it.

    Nodes are given to `check` and `run` in file order, which ONNX wants to be an order of execution.
    """

    def __init__(self, graph: Any, around: Scope | None = None) -> None:
        self.around = around
        self._numbers: Iterator[int] = count() if around is None else around._numbers
        self._number = next(self._numbers)
        self._typed = {info.name: info.type for info in (*graph.value_info, *graph.output, *graph.input)}
        self._shapes: dict[str, Shape] = {}
        self._sources: dict[str, Source | None] = {}
        for value in graph.input:
            self._define(value.name, None)
        for tensor in graph.initializer:
            self._define(tensor.name, (self._number, tensor.name))
            self._shapes[tensor.name] = tuple(tensor.dims)
        for tensor in graph.sparse_initializer:
            name = tensor.values.name
            self._define(name, (self._number, name))
            self._shapes[name] = tuple(tensor.dims)

    def check(self, node: Any) -> None:
        """Refuse a node that reads what no node before it writes."""
        for name in node.input:
            if name and self._holder(name) is None:
                raise FieldError(f"tensor {shown(name)}", "is read before anything writes it")

    def run(self, node: Any) -> None:
        """Take note of what a node writes."""
        source = self._source_through(node)
        for name in filter(None, node.output):
            self._define(name, (self._number, name) if source is not None else None)
        if source is not None and node.output and node.op_type in KEEPS_NUMBERS and is_standard(node):
            self._sources[node.output[0]] = source

    def source(self, name: str) -> Source | None:
        """Return where the numbers of a tensor are held, None unless they come from constants alone."""
        scope = self._holder(name)
        return None if scope is None else scope._sources[name]

    def shape(self, name: str) -> Shape | None:
        """Return a tensor's shape, None where any part of it is not known."""
        scope = self._holder(name)
        if scope is None:
            return None
        if name not in scope._shapes:
            known = _shape_of(scope._typed.get(name))
            if known is None:
                return None
            scope._shapes[name] = known
        return scope._shapes[name]

    def inferred(self, name: str) -> Shape | None:
        """Return what shape inference says of a tensor that this graph writes."""
        return _shape_of(self._typed.get(name))

    def _holder(self, name: str) -> Scope | None:
        scope: Scope | None = self
        while scope is not None and name not in scope._sources:
            scope = scope.around
        return scope

    def _define(self, name: str, source: Source | None) -> None:
        if name in self._sources:
            raise FieldError(f"tensor {shown(name)}", "is written twice")
        self._sources[name] = source

    def _source_through(self, node: Any) -> Source | None:
        """Return where a node's constant result comes from, None where it is no constant."""
        inputs = [name for name in node.input if name]
        if not inputs:
            return (self._number, "") if node.op_type == "Constant" and is_standard(node) else None
        if node.op_type in RANDOM or any(True for _ in subgraphs(node)):
            return None
        sources = [self.source(name) for name in inputs]
        return None if None in sources else sources[0]


def is_standard(node: Any) -> bool:
    """Return whether a node's operator is of ONNX's own domain."""
    return node.domain in ("", "ai.onnx")


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
