"""What is known of the tensors of an ONNX graph, followed node by node in one pass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count
from math import prod

from sepcost.core.errors import FieldError, QuantityError
from sepcost.network.names import clean_name, unique_names
from sepcost.network.onnx import (  # noqa: F401  (these enter their rules)
    shapes_foreign,
    shapes_forms,
    shapes_numbers,
    shapes_parts,
    shapes_window,
)
from sepcost.network.onnx.attributes import Attributes
from sepcost.network.onnx.batch import batch_through
from sepcost.network.onnx.compute import computed
from sepcost.network.onnx.file import Attribute, Function, Graph, Model, Node, Value
from sepcost.network.onnx.file_tensor import Tensor as FileTensor
from sepcost.network.onnx.held import factor, reach
from sepcost.network.onnx.inputs import Inputs
from sepcost.network.onnx.problems import CannotRunError, MisfitError, Shape, shown
from sepcost.network.onnx.shapes import RULES, Call, known
from sepcost.network.onnx.tensor import MIXED, Held, Lengths, Numbers, Product, Source, Tensor
from sepcost.network.onnx.written_types import written_types
from sepcost.network.operators import FREE, RANDOM, RESHAPES, VIEWS
from sepcost.network.provenance import Operand, given_through

MOST_CALLED = 200_000
"""Operators within functions that are followed, each time they are called."""

MOST_COMPUTED = 2**23
"""Numbers that are computed in all; a model that computes more computes no lengths."""

_NONE: frozenset[Held] = frozenset()

MOST_AXES = 64
MOST_MADE = 64
"""Tensors of the file that are remembered of constants made of many."""


class Reading:
    """One reading of a model: what all its graphs share."""

    def __init__(self, model: Model, inputs: Inputs) -> None:
        self.inputs = inputs
        self.opsets = model.opsets
        self.functions = {(one.domain, one.name, one.overload): one for one in model.functions}
        self.scopes = count()
        self.parameters: dict[Source, FileTensor] = {}
        """The tensors of the file, in their order."""
        self.made: dict[Source, tuple[Source, ...]] = {}
        """Of constants that a node computes, the tensors of the file that they are made of."""
        self.added: dict[str, Tensor] = {}
        """What is added to the map that a counted operator writes."""
        self.maps: dict[str, Tensor] = {}
        """The maps, in the order in which they are written."""
        self._map_name = unique_names()
        self.nodes = MOST_CALLED
        self.numbers = MOST_COMPUTED

    def stored(self, sources: Iterable[Source]) -> Iterator[Source]:
        """Yield the tensors of the file that elements are, or are made of."""
        for source in sources:
            yield from (one for one in self.made.get(source, (source,)) if one in self.parameters)

    def function(self, node: Node) -> Function | None:
        """Return the local function that a node calls, None where it calls none."""
        if not self.functions:
            return None
        return self.functions.get((node.domain, node.op_type, node.overload))

    def map(self, name: str, tensor: Tensor, type_: int, counted: bool = False) -> Tensor:
        """Return a tensor as a map under a name of its own, of elements of that type.

        counted: whether a counted operator writes it, so that what is added to it may be biases.
        """
        own = self._map_name(clean_name(name))
        layer = own if counted else tensor.layer
        self.maps[own] = found = tensor._replace(map=own, type=type_, layer=layer)
        return found

    def enter(self) -> None:
        """Count a node of a function; QuantityError where there are too many."""
        self.nodes -= 1
        if self.nodes < 0:
            raise QuantityError("its functions are too large once they are inlined")


class Scope:
    """The tensors of one graph, and behind them those of the graphs around it.

    Nodes are given to `check`, then to `run` or `write`, in file order, which ONNX wants to be an order
    of execution.
    """

    def __init__(
        self,
        reading: Reading,
        opsets: Mapping[str, int],
        around: Scope | None = None,
        bound: Mapping[str, Attribute] | None = None,
    ) -> None:
        self.reading = reading
        self.opsets = opsets
        self.around = around
        self.version = opsets.get("", 1)
        self.held = 0
        """How many elements the initializers and constants of this graph have."""
        self._number = next(reading.scopes)
        self.bound = bound
        self.function: Function | None = None
        self.caller: Scope | None = None
        self.counts = False
        """Whether its operators are counted among those that may be followed again and again."""
        self._tensors: dict[str, Tensor] = {}
        self._omitted: set[str] = set()
        self._stated: dict[str, Value] = {}

    def hold(self, graph: Graph) -> None:
        """Record what a graph holds, and of the shapes that it states."""
        self._stated = {value.name: value for value in graph.output}
        self._stated.update((value.name, value) for value in graph.value_info if value.shape is not None)
        for tensor in (*graph.initializer, *graph.sparse):
            self.define(tensor.name, self._of_file(tensor, (self._number, tensor.name)))
            self.held += prod(tensor.dims)

    def check(self, node: Node) -> None:
        """Refuse a node that reads what no node before it writes."""
        for name in node.input:
            if name and self.tensor(name) is None and name not in self._omitted:
                raise FieldError(f"tensor {shown(name)}", "is read before anything writes it")

    def attributes(self, node: Node) -> Attributes:
        """Return the attributes of a node, those of the function that it is in put in their places."""
        said = node.attributes
        if self.bound is not None and any(one.refers_to for one in said.values()):
            said = {
                name: self.bound[one.refers_to] if one.refers_to else one
                for name, one in said.items()
                if not one.refers_to or one.refers_to in self.bound
            }
        return Attributes(said)

    def call(self, node: Node) -> Call:
        """Return a node as the rules of shapes take it."""
        return Call(op_of(node), self.attributes(node), self.inputs(node), self.version, len(node.output))

    def run(self, node: Node, call: Call) -> None:
        """Record what an operator that is not counted writes."""
        inputs, op = call.inputs, call.op
        constant = self._constant(node, inputs)
        free = op in FREE
        types = self._types(node, call, free or not node.domain)
        lengths, shapes = self._shapes(node, call)
        values = self._values(call, shapes, types[0] if types else 0)
        formed = inputs[0] if op in _KEEPS_FORM and inputs else None
        made = self._made(inputs, constant)
        for place, name in enumerate(node.output):
            if not name:
                continue
            shape, own = shapes[place], (self._number, name)
            if free:
                held, unclear = reach(op, inputs, shape, own, constant)
                batch = batch_through(call, shape, self.reading.inputs.batch)
            else:
                varies = any(one is not None and one.batch for one in inputs) or bool(node.graphs)
                held, unclear = frozenset([Held(own, prod(shape or ()))] if constant else []), _NONE
                batch = MIXED if varies else None
            tensor = Tensor(
                shape,
                constant,
                held,
                unclear,
                batch,
                given=formed.given if formed is not None else "",
                outside=_outside(op, inputs, shape),
                factor=_factor(op, inputs, shape, self.reading.inputs.first) if free and place == 0 else None,
                partial=lengths[place],
                type=types[place],
                computed=values[place] if place < len(values) else None,
                lost=self._lost(node, inputs, shape),
                made=made,
                layer=formed.layer if formed is not None and place == 0 and not constant else "",
            )
            if op == "Constant":
                tensor = self._constant_of_file(call, tensor, own)
            elif constant:
                self.reading.made[own] = made
            shown_again = op in VIEWS and bool(inputs) and inputs[0] is not None and not inputs[0].map
            is_stored = constant and (op == "Constant" or shown_again)
            self.define(name, tensor if is_stored else self.reading.map(name, tensor, types[place]))

    def write(self, node: Node, tensors: Sequence[Tensor]) -> None:
        """Record what an operator writes of which that is known."""
        call = self.call(node)
        made = self._made(call.inputs, tensors[0].constant)
        types = self._types(node, call, True)
        for place, (name, tensor) in enumerate(zip(node.output, tensors, strict=False)):
            if not name:
                continue
            if tensor.constant:
                self.reading.made[self.own(node)] = made
                tensor = tensor._replace(made=made)
            self.define(name, self.reading.map(name, tensor, types[place], counted=place == 0))

    def own(self, node: Node) -> Source:
        """Return where the elements are stored that a constant node writes first."""
        return self._number, node.output[0]

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
            scope = scope.around
        return None

    def define(self, name: str, tensor: Tensor) -> None:
        """Name a tensor, once."""
        if name in self._tensors:
            raise FieldError(f"tensor {shown(name)}", "is written twice")
        self._tensors[name] = tensor

    def omit(self, name: str) -> None:
        """Record an input of a function that its call leaves out."""
        self._omitted.add(name)

    def _of_file(self, tensor: FileTensor, source: Source) -> Tensor:
        dims = tensor.dims
        held = frozenset([Held(source, prod(dims))])
        self.reading.parameters[source] = tensor
        return Tensor(dims, True, held, type=tensor.type, file=tensor, made=(source,))

    def _constant_of_file(self, call: Call, tensor: Tensor, own: Source) -> Tensor:
        """Return what a Constant writes: numbers that the file holds as an initializer's are."""
        self.held += tensor.size or 0
        held = call.attributes.tensor("value") or call.attributes.tensor("sparse_value")
        if held is None:
            return tensor
        self.reading.parameters[own] = held
        return tensor._replace(made=(own,))

    def _made(self, inputs: Sequence[Tensor | None], constant: bool) -> tuple[Source, ...]:
        """Return the tensors of the file that constants are computed from, the largest first."""
        if not constant:
            return ()
        found = dict.fromkeys(source for one in inputs if one is not None for source in one.made)
        parameters = self.reading.parameters
        return tuple(sorted(found, key=lambda source: -prod(parameters[source].dims))[:MOST_MADE])

    def _types(self, node: Node, call: Call, known: bool) -> list[int]:
        """Return the types of what a node writes, as the file states them where nothing else does."""
        try:
            types = written_types(call, known)
        except QuantityError as error:
            raise at(node, error) from None
        stated = (self._stated.get(name) for name in node.output)
        return [
            type_ or (0 if one is None or not one.is_tensor else one.type)
            for type_, one in zip(types, stated, strict=True)
        ]

    def _shapes(self, node: Node, call: Call) -> tuple[list[Lengths | None], list[Shape | None]]:
        """Return the lengths of what a node writes, and the shapes that are known whole."""
        count = len(node.output)
        rule = RULES.get(call.op)
        found: list[Lengths | None] = []
        try:
            found = list(rule(call)) if rule is not None else self.stated(node)
            found += [None] * (count - len(found))
            found = [None if one is None or len(one) > MOST_AXES else one for one in found]
            return found, [known(one) for one in found]
        except QuantityError as error:
            raise at(node, error) from None
        except (TypeError, ValueError, IndexError, ArithmeticError):
            return [None] * count, [None] * count

    def stated(self, node: Node) -> list[Lengths | None]:
        """Return the shapes that the file states; nothing else is known of what a foreign operator writes."""
        stated = [self._stated.get(name) for name in node.output]
        return [
            None if one is None or one.shape is None else tuple(map(self._length, one.shape))
            for one in stated
        ]

    def _length(self, stated: int | str | None) -> int | None:
        if isinstance(stated, str):
            return self.reading.inputs.lengths.get(stated)
        return None if stated is None or stated < 0 else stated

    def _values(self, call: Call, shapes: Sequence[Shape | None], type_: int) -> list[Numbers | None]:
        if self.reading.numbers < 0:
            return []
        try:
            found = computed(call, shapes, type_)
        except (QuantityError, TypeError, ValueError, IndexError, ArithmeticError):
            return []
        self.reading.numbers -= sum(len(value.numbers) for value in found if value is not None)
        return [
            value.numbers if value is not None and shape == value.shape else None
            for value, shape in zip(found, shapes, strict=False)
        ]

    def _lost(self, node: Node, inputs: Sequence[Tensor | None], shape: Shape | None) -> str:
        """Return what a shape depends on and could not be followed: an input or a node before, else the node.

        Numbers in a tensor of any shape may be lengths that depend on an input with an open dimension.
        """
        before = (one.lost for one in inputs if one is not None and one.lost)
        if shape is None:
            return next(before, called(node))
        open_ = self.reading.inputs.open
        return next((lost for lost in before if lost in open_), "") if open_ else ""

    def _constant(self, node: Node, inputs: Sequence[Tensor | None]) -> bool:
        """Return whether what a node writes comes from constants alone."""
        if not any(node.input):
            return node.op_type == "Constant" and not node.domain
        if node.op_type in RANDOM or not all(one.constant for one in inputs if one is not None):
            return False
        return not node.graphs


def op_of(node: Node) -> str:
    """Return the name of a node's operator, with its domain where that is a foreign one."""
    return f"{node.domain}.{node.op_type}" if node.domain else node.op_type


def at(node: Node, error: QuantityError) -> FieldError:
    """Return an error of an operator with what it is called."""
    return (CannotRunError if isinstance(error, MisfitError) else FieldError)(called(node), str(error))


def called(node: Node) -> str:
    """Return what an error calls a node."""
    op = clean_name(node.op_type)
    if node.name or not node.output:
        return f"{op} {shown(node.name)}"
    return f"{op} that writes {shown(node.output[0])}"


def _outside(op: str, inputs: Sequence[Tensor | None], shape: Shape | None) -> str:
    """Return the input of the graph that a node passes on."""
    if not any(one is not None and one.outside for one in inputs):
        return ""
    missing = Operand("", constant=True, elements=0)
    operands = [missing if one is None else Operand(one.outside, one.constant, one.size) for one in inputs]
    return given_through(op, operands, None if shape is None else prod(shape))


def _factor(op: str, inputs: Sequence[Tensor | None], shape: Shape | None, first: str) -> Product | None:
    if op in RESHAPES or op in ("Transpose", "Identity", "Cast"):
        product = inputs[0].factor if inputs and inputs[0] is not None else None
        # Where its axes went is not followed.
        return None if product is None else product._replace(shape=None)
    return factor(op, inputs, shape, first)


_KEEPS_FORM = RESHAPES | {"Cast", "DequantizeLinear", "Identity", "QuantizeLinear", "Transpose"}
