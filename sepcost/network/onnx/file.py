"""An ONNX file as it is read: graphs, nodes and tensors, without the numbers of weights.

The names of messages and fields are those of onnx.proto. Of a tensor the type, shape and, where it is
small enough to hold lengths, the numbers are read; of one that is larger, only that its stated length
is what its shape needs.
"""

from __future__ import annotations

from sepcost.network.onnx.file_tensor import FileTensor, file_tensor, sparse_tensor
from sepcost.network.onnx.file_value import FileValue, file_value
from sepcost.network.onnx.messages import (
    AttributeProto,
    FunctionProto,
    GraphProto,
    ModelProto,
    NodeProto,
    OperatorSetIdProto,
    StringStringEntryProto,
)  # fmt: skip
from sepcost.network.onnx.problems import refuse
from sepcost.network.onnx.wire import BYTES, FIXED32, VARINT, Buffer, Wire, signed

DEEPEST = 50
"""Graphs in one another; protobuf itself reads some thirty."""


class Attribute:
    """An attribute: what it holds, by the kinds that ONNX has."""

    def __init__(self) -> None:
        self.name = ""
        self.type = 0
        self.i = 0
        self.f = 0.0
        self.s = b""
        self.ints: list[int] = []
        self.floats: list[float] = []
        self.strings: list[bytes] = []
        self.tensor: FileTensor | None = None
        self.graph: Graph | None = None
        self.graphs: list[Graph] = []
        self.refers_to = ""


class Node:
    """One operator call. Its attributes are read on first use."""

    __slots__ = (
        "_attributes", "_depth", "_places", "_wire", "domain", "input", "name", "op_type", "output",
        "overload", "scopes",
    )  # fmt: skip

    def __init__(self, wire: Wire, start: int, end: int, depth: int) -> None:
        self._wire = wire
        self._depth = depth
        self._places: list[tuple[int, int]] = []
        self._attributes: dict[str, Attribute] | None = None
        self.input: list[str] = []
        self.output: list[str] = []
        self.name = self.op_type = self.domain = self.overload = self.scopes = ""
        text = wire.text
        for number, kind, a, b in wire.fields(start, end):
            if kind != BYTES:
                continue
            if number == NodeProto.INPUT:
                self.input.append(text(a, b))
            elif number == NodeProto.OUTPUT:
                self.output.append(text(a, b))
            elif number == NodeProto.NAME:
                self.name = text(a, b)
            elif number == NodeProto.OP_TYPE:
                self.op_type = text(a, b)
            elif number == NodeProto.ATTRIBUTE:
                self._places.append((a, b))
            elif number == NodeProto.DOMAIN:
                self.domain = text(a, b)
            elif number == NodeProto.OVERLOAD:
                self.overload = text(a, b)
            elif number == NodeProto.METADATA_PROPS:
                key, value = _entry(wire, a, b)
                if key == "pkg.torch.onnx.name_scopes":
                    self.scopes = value
        if self.domain == "ai.onnx":
            self.domain = ""

    @property
    def attributes(self) -> dict[str, Attribute]:
        """The attributes by name; QuantityError where two have one."""
        if self._attributes is None:
            self._attributes = self._read()
        return self._attributes

    def _read(self) -> dict[str, Attribute]:
        found: dict[str, Attribute] = {}
        for start, end in self._places:
            attribute = _attribute(self._wire, start, end, self._depth)
            if attribute.name in found:
                refuse("has an attribute twice")
            found[attribute.name] = attribute
        return found

    @property
    def graphs(self) -> list[Graph]:
        """The graphs that it holds: branches, or the body of a loop."""
        held = []
        for attribute in self.attributes.values():
            held += [attribute.graph] if attribute.graph is not None else []
            held += attribute.graphs
        return held


class Graph:
    """A graph; the parts of one that a file has in several pieces are read as one, as protobuf does."""

    def __init__(self) -> None:
        self.node: list[Node] = []
        self.initializer: list[FileTensor] = []
        self.sparse: list[FileTensor] = []
        self.input: list[FileValue] = []
        self.output: list[FileValue] = []
        self.value_info: list[FileValue] = []

    def add(self, wire: Wire, start: int, end: int, depth: int) -> None:
        """Read a part of it."""
        if depth > DEEPEST:
            refuse(f"has graphs more than {DEEPEST} deep in one another")
        for number, kind, a, b in wire.fields(start, end):
            if kind != BYTES:
                continue
            if number == GraphProto.NODE:
                self.node.append(Node(*wire.message(a, b), depth))
            elif number == GraphProto.INITIALIZER:
                self.initializer.append(file_tensor(*wire.message(a, b)))
            elif number == GraphProto.INPUT:
                self.input.append(file_value(*wire.message(a, b)))
            elif number == GraphProto.OUTPUT:
                self.output.append(file_value(*wire.message(a, b)))
            elif number == GraphProto.VALUE_INFO:
                self.value_info.append(file_value(*wire.message(a, b)))
            elif number == GraphProto.SPARSE_INITIALIZER:
                self.sparse.append(sparse_tensor(*wire.message(a, b)))


class Function:
    """A local function: nodes that a call of it stands for."""

    def __init__(self) -> None:
        self.name = self.domain = self.overload = ""
        self.input: list[str] = []
        self.output: list[str] = []
        self.node: list[Node] = []
        self.opsets: dict[str, int] = {}
        self.defaults: list[Attribute] = []


class Model:
    """A model: its graph, the operator set of each domain, and its functions."""

    def __init__(self, content: Buffer) -> None:
        wire = Wire(content)
        self.graph = Graph()
        self.opsets: dict[str, int] = {}
        self.functions: list[Function] = []
        for number, kind, a, b in wire.fields(0, len(content)):
            if kind != BYTES:
                continue
            if number == ModelProto.GRAPH:
                self.graph.add(wire, a, b, 0)
            elif number == ModelProto.OPSET_IMPORT:
                _opset(wire, a, b, self.opsets)
            elif number == ModelProto.FUNCTIONS:
                self.functions.append(_function(*wire.message(a, b)))
        if not self.graph.node:
            refuse("holds no operators: it is no ONNX model, or a truncated one")
        if not self.opsets:
            refuse("states no operator set: it is no ONNX model, or a truncated one")


def _entry(wire: Wire, start: int, end: int) -> tuple[str, str]:
    key = value = ""
    for number, kind, a, b in wire.fields(start, end):
        if kind == BYTES and number == StringStringEntryProto.KEY:
            key = wire.text(a, b)
        elif kind == BYTES and number == StringStringEntryProto.VALUE:
            value = wire.text(a, b)
    return key, value


def _opset(wire: Wire, start: int, end: int, opsets: dict[str, int]) -> None:
    domain, version = "", 0
    for number, kind, a, b in wire.fields(start, end):
        if number == OperatorSetIdProto.DOMAIN and kind == BYTES:
            domain = wire.text(a, b)
        elif number == OperatorSetIdProto.VERSION and kind == VARINT:
            version = signed(a)
    opsets["" if domain == "ai.onnx" else domain] = version


def _function(wire: Wire, start: int, end: int) -> Function:
    read = Function()
    for number, kind, a, b in wire.fields(start, end):
        if kind != BYTES:
            continue
        if number == FunctionProto.NAME:
            read.name = wire.text(a, b)
        elif number == FunctionProto.INPUT:
            read.input.append(wire.text(a, b))
        elif number == FunctionProto.OUTPUT:
            read.output.append(wire.text(a, b))
        elif number == FunctionProto.NODE:
            read.node.append(Node(wire, a, b, 0))
        elif number == FunctionProto.OPSET_IMPORT:
            _opset(wire, a, b, read.opsets)
        elif number == FunctionProto.DOMAIN:
            read.domain = wire.text(a, b)
        elif number == FunctionProto.ATTRIBUTE_PROTO:
            read.defaults.append(_attribute(wire, a, b, 0))
        elif number == FunctionProto.OVERLOAD:
            read.overload = wire.text(a, b)
    read.domain = "" if read.domain == "ai.onnx" else read.domain
    return read


def _attribute(wire: Wire, start: int, end: int, depth: int) -> Attribute:
    read = Attribute()
    for number, kind, a, b in wire.fields(start, end):
        if kind == BYTES:
            if number == AttributeProto.NAME:
                read.name = wire.text(a, b)
            elif number == AttributeProto.S:
                read.s = wire.bytes(a, b)
            elif number == AttributeProto.T:
                read.tensor = file_tensor(wire, a, b)
            elif number == AttributeProto.G:
                read.graph = read.graph or Graph()
                read.graph.add(wire, a, b, depth + 1)
            elif number == AttributeProto.FLOATS:
                read.floats += wire.floats(a, b, 4)
            elif number == AttributeProto.INTS:
                read.ints += wire.wholes(kind, a, b)
            elif number == AttributeProto.STRINGS:
                read.strings.append(wire.bytes(a, b))
            elif number == AttributeProto.GRAPHS:
                read.graphs.append(Graph())
                read.graphs[-1].add(wire, a, b, depth + 1)
            elif number == AttributeProto.REF_ATTR_NAME:
                read.refers_to = wire.text(a, b)
            elif number == AttributeProto.SPARSE_TENSOR:
                read.tensor = sparse_tensor(wire, a, b)
        elif kind == VARINT:
            if number == AttributeProto.I:
                read.i = signed(a)
            elif number == AttributeProto.INTS:
                read.ints.append(signed(a))
            elif number == AttributeProto.TYPE:
                read.type = a
        elif kind == FIXED32:
            if number == AttributeProto.F:
                (read.f,) = wire.floats(a, b, 4)
            elif number == AttributeProto.FLOATS:
                read.floats += wire.floats(a, b, 4)
    return read
