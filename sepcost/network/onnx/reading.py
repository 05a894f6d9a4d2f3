"""What the graphs of a model share while it is read: functions, parameters, maps, what may yet be done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import count

from sepcost.core.errors import QuantityError
from sepcost.network.names import clean_name, unique_names
from sepcost.network.onnx.file import Function, Model, Node
from sepcost.network.onnx.file_tensor import FileTensor
from sepcost.network.onnx.inputs import Inputs
from sepcost.network.onnx.tensor import Source, Tensor
from sepcost.network.provenance import enough_of

MOST_CALLED = 200_000
"""Operators within functions that are followed, each time they are called."""

MOST_COMPUTED = 2**23
"""Numbers that are computed in all; a model that computes more computes no lengths."""


class Reading:
    """One reading of a model: what all its graphs share."""

    def __init__(self, model: Model, inputs: Inputs) -> None:
        self.inputs = inputs
        self.opsets = model.opsets
        self.functions = {(one.domain, one.name, one.overload): one for one in model.functions}
        self.scopes = count()
        self.parameters: dict[Source, FileTensor] = {}
        """The tensors of the file, in their order."""
        self.constants: set[Source] = set()
        """Those of them that a Constant writes."""
        self.kept: set[int] = set()
        """Graphs that are not followed and whose tensors are among them all the same, by their `id`."""
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

    def behind(self, tensor: Tensor) -> Iterable[Source]:
        """Return the tensors of the file that a constant is made of, the largest that hold its elements."""
        return enough_of(tensor.size or 0, tensor.made, lambda source: self.parameters[source].elements)

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
