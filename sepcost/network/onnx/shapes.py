"""What shapes operators write: one rule an operator, of every operator set, for lengths known or not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import cast

from sepcost.core.quantity import LARGEST
from sepcost.network.onnx.attributes import Attributes
from sepcost.network.onnx.problems import by, misfit, refuse
from sepcost.network.onnx.tensor import Lengths, Numbers, Tensor
from sepcost.network.shape_rules import Shape, axis_of

Shapes = Sequence[Lengths | None]
"""Of each output in turn; the rest, and None, are not known."""


class Call:
    """A call of an operator: what it reads, and what it is told."""

    def __init__(
        self,
        op: str,
        attributes: Attributes,
        inputs: Sequence[Tensor | None],
        version: int,
        outputs: int,
    ) -> None:
        self.op = op
        self.attributes = attributes
        self.inputs = inputs
        self.version = version
        self.outputs = outputs

    def tensor(self, place: int) -> Tensor | None:
        """Return an input, None where it is left out."""
        return self.inputs[place] if place < len(self.inputs) else None

    def lengths(self, place: int) -> Lengths | None:
        """Return an input's shape, None where not even its rank is known."""
        tensor = self.tensor(place)
        return None if tensor is None else tensor.lengths

    def value(self, place: int) -> Numbers | None:
        """Return an input's elements, None where they are not known."""
        tensor = self.tensor(place)
        return None if tensor is None else tensor.value

    def wholes(self, name: str, place: int) -> tuple[int, ...] | None:
        """Return whole numbers that are an attribute in old operator sets, an input in newer ones."""
        said = self.attributes.wholes(name)
        if said is not None:
            return said
        value = self.value(place)
        if value is None or None in value:
            return None
        return tuple(int(one) for one in value if one is not None)

    def rank(self, place: int = 0) -> int | None:
        """Return an input's number of axes."""
        lengths = self.lengths(place)
        return None if lengths is None else len(lengths)


_LONGEST = LARGEST**2

Rule = Callable[[Call], Shapes]
RULES: dict[str, Rule] = {}


def shapes(*ops: str) -> Callable[[Rule], Rule]:
    """Enter a function as the rule of some operators, of another domain as domain.name."""

    def enter(rule: Rule) -> Rule:
        for op in ops:
            if op in RULES:
                raise ValueError(f"{op} has two rules")
            RULES[op] = rule
        return rule

    return enter


def joint(*shapes: Lengths | None) -> Lengths | None:
    """Return the shape that shapes broadcast to; QuantityError where they do not."""
    known = [shape for shape in shapes if shape is not None]
    if len(known) != len(shapes):
        return None
    rank = max(map(len, known), default=0)
    return tuple(
        _broadcast({shape[axis - rank + len(shape)] for shape in known if axis - rank + len(shape) >= 0})
        for axis in range(rank)
    )


def _broadcast(lengths: set[int | None]) -> int | None:
    more = {length for length in lengths if length != 1}
    known = [length for length in more if length is not None]
    if len(known) > 1:
        misfit(f"its inputs do not fit each other: {' and '.join(map(str, sorted(known)))}")
    if known:
        return known[0]
    return None if more else 1


def size_of(lengths: Lengths | None) -> int | None:
    """Return how many elements a shape has, None where that is not known."""
    if lengths is None or None in lengths:
        return 0 if lengths is not None and 0 in lengths else None
    return prod(length for length in lengths if length is not None)


def summed_axes(call: Call, rank: int) -> set[int] | None:
    """Return the axes that a reduction sums, None where they are not known."""
    if call.op.startswith("Arg"):
        return {axis_of(call.attributes.whole("axis", 0), rank)}
    axes = call.wholes("axes", 1)
    if axes is None and call.tensor(1) is not None:
        return None
    if not axes:
        return set() if call.attributes.whole("noop_with_empty_axes", 0) else set(range(rank))
    return {axis_of(axis, rank) for axis in axes}


def known(lengths: Lengths | None) -> Shape | None:
    """Return a shape that is known whole, else None; QuantityError for one of lengths that no tensor has."""
    if lengths is None or None in lengths:
        return None
    whole = cast("Shape", lengths)
    if max(whole, default=0) > _LONGEST:
        refuse(f"writes {by(whole)}")
    return whole
