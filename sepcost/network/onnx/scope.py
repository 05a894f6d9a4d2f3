"""The tensors of a graph by name: what it holds, what is around it, and what its nodes read and write."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import prod

from sepcost.core.errors import FieldError, quoted
from sepcost.network.onnx.attributes import Attributes
from sepcost.network.onnx.called import op_of
from sepcost.network.onnx.file import Attribute, Function, Graph, Node
from sepcost.network.onnx.file_tensor import FileTensor
from sepcost.network.onnx.file_value import FileValue
from sepcost.network.onnx.reading import Reading
from sepcost.network.onnx.shapes import Call
from sepcost.network.onnx.tensor import Held, Lengths, Source, Tensor
from sepcost.network.onnx.types import Type

_NUMBERS = {
    "value_float": Type.FLOAT, "value_floats": Type.FLOAT, "value_int": Type.INT64, "value_ints": Type.INT64
}  # fmt: skip
"""What a Constant may hold in place of a tensor, and the type of what it then writes."""


class Scope:
    """The tensors of one graph, and behind them those of the graphs around it.

    Its nodes are checked and followed in file order, which ONNX wants to be an order of execution.

    around: the scope of the graph that a node with this one is in. bound: attributes of the function that the
    graph is in, as its call gives them. function, caller: that function, and the scope that calls it.
    counts: whether its operators are counted among those that may be followed again and again.
    """

    def __init__(
        self,
        reading: Reading,
        opsets: Mapping[str, int],
        around: Scope | None = None,
        bound: Mapping[str, Attribute] | None = None,
        function: Function | None = None,
        caller: Scope | None = None,
        counts: bool = False,
    ) -> None:
        self.reading = reading
        self.opsets = opsets
        self.version = opsets.get("", 1)
        self.counts = counts
        self.held = 0
        """How many elements the initializers and constants of this graph have."""
        self._around, self._bound = around, bound
        self._function, self._caller = function, caller
        self._number = next(reading.scopes)
        self._tensors: dict[str, Tensor] = {}
        self._omitted: set[str] = set()
        self._stated: dict[str, FileValue] = {}

    def inside(self, graph: Graph, again: bool = False) -> Scope:
        """Return the scope of a graph in a node of this one, with what it holds.

        again: whether it may be followed again and again.
        """
        counts = self.counts or again
        scope = Scope(self.reading, self.opsets, self, self._bound, self._function, self._caller, counts)
        scope.hold(graph)
        return scope

    def of_call(self, node: Node, function: Function) -> Scope:
        """Return the scope of what a call of a local function stands for, with what it is given."""
        around: Scope | None = self
        while around is not None:
            if around._function is function:
                raise FieldError("function", f"{quoted(function.name)} calls itself")
            around = around._caller
        bound: dict[str, Attribute] = {one.name: one for one in function.defaults}
        bound.update(self.attributes(node).by_name)
        opsets = {**self.opsets, **function.opsets}
        scope = Scope(self.reading, opsets, None, bound, function, self, counts=True)
        for place, name in enumerate(function.input):
            given = node.input[place] if place < len(node.input) else ""
            tensor = self.tensor(given) if given else None
            if tensor is not None:
                scope.define(name, tensor)
            elif name:
                scope._omitted.add(name)
        return scope

    def hold(self, graph: Graph) -> None:
        """Record what a graph holds, and of the shapes that it states."""
        self._stated = {value.name: value for value in graph.output}
        self._stated.update((value.name, value) for value in graph.value_info if value.shape is not None)
        for tensor in (*graph.initializer, *graph.sparse):
            self.define(tensor.name, self._of_file(tensor, self.source(tensor.name)))
            self.held += prod(tensor.dims)

    def check(self, node: Node) -> None:
        """Refuse a node that reads what no node before it writes."""
        for name in node.input:
            if name and self.tensor(name) is None and name not in self._omitted:
                raise FieldError(f"tensor {quoted(name)}", "is read before anything writes it")

    def attributes(self, node: Node) -> Attributes:
        """Return the attributes of a node, those of the function that it is in put in their places."""
        said = node.attributes
        if self._bound is not None and any(one.refers_to for one in said.values()):
            said = {
                name: self._bound[one.refers_to] if one.refers_to else one
                for name, one in said.items()
                if not one.refers_to or one.refers_to in self._bound
            }
        return Attributes(said)

    def call(self, node: Node) -> Call:
        """Return a node as the rules of shapes take it."""
        return Call(op_of(node), self.attributes(node), self.inputs(node), self.version, len(node.output))

    def stated(self, node: Node) -> list[Lengths | None]:
        """Return the shapes that the file states; nothing else is known of what a foreign operator writes."""
        stated = (self._stated.get(name) for name in node.output)
        return [
            None if one is None or one.shape is None else tuple(map(self._length, one.shape))
            for one in stated
        ]

    def stated_types(self, node: Node) -> list[int]:
        """Return the types that the file states of what a node writes, 0 where it states none."""
        stated = (self._stated.get(name) for name in node.output)
        return [0 if one is None or not one.is_tensor else one.type for one in stated]

    def _length(self, stated: int | str | None) -> int | None:
        if isinstance(stated, str):
            return self.reading.inputs.lengths.get(stated)
        return None if stated is None or stated < 0 else stated

    def source(self, name: str) -> Source:
        """Return where the elements of a constant of this graph are stored."""
        return self._number, name

    def inputs(self, node: Node) -> list[Tensor | None]:
        """Return what a node reads, None for what it leaves out."""
        return [self.tensor(name) if name else None for name in node.input]

    def tensor(self, name: str) -> Tensor | None:
        """Return what is known of a tensor, None where there is none of that name yet."""
        scope: Scope | None = self
        while scope is not None:
            found = scope._tensors.get(name)
            if found is not None:
                return found
            scope = scope._around
        return None

    def define(self, name: str, tensor: Tensor) -> None:
        """Name a tensor, once."""
        if name in self._tensors:
            raise FieldError(f"tensor {quoted(name)}", "is written twice")
        self._tensors[name] = tensor

    def hold_constant(self, call: Call, tensor: Tensor, own: Source) -> Tensor:
        """Return what a Constant writes: numbers that the file holds as an initializer's are."""
        self.held += tensor.size or 0
        held = _of_constant(call.attributes)
        if held is None:
            return tensor
        self.reading.parameters[own] = held
        self.reading.constants.add(own)
        return tensor._replace(made=(own,))

    def keep(self, graph: Graph) -> None:
        """Record what a graph holds that is not followed: the file holds it all the same."""
        if id(graph) in self.reading.kept:
            return
        self.reading.kept.add(id(graph))
        inside = self.inside(graph)
        inside._keep_nodes(graph.node)

    def _keep_nodes(self, nodes: Iterable[Node]) -> None:
        for node in nodes:
            held = _of_constant(self.attributes(node)) if node.op_type == "Constant" else None
            if held is not None and node.output:
                self.reading.parameters[self.source(node.output[0])] = held
                self.reading.constants.add(self.source(node.output[0]))
            for graph in node.graphs:
                self.keep(graph)

    def _of_file(self, tensor: FileTensor, source: Source) -> Tensor:
        dims = tensor.dims
        held = frozenset([Held(source, prod(dims))])
        self.reading.parameters[source] = tensor
        return Tensor(dims, True, held, type=tensor.type, file=tensor, made=(source,))


def _of_constant(said: Attributes) -> FileTensor | None:
    """Return the numbers that a Constant holds, in whatever attribute; None where those are texts."""
    held = said.tensor("value") or said.tensor("sparse_value")
    if held is not None:
        return held
    for name, type_ in _NUMBERS.items():
        if said.has(name):
            held, stated = FileTensor(), said.by_name[name]
            several = stated.floats or stated.ints
            held.dims, held.type = (len(several),) if name.endswith("s") else (), type_
            return held
    return None
