"""What is known of one tensor of an ONNX graph."""

from __future__ import annotations

from math import prod
from typing import NamedTuple

from sepcost.network.batch_place import MIXED, Batch
from sepcost.network.onnx.file_tensor import FileTensor
from sepcost.network.shape_rules import Shape
from sepcost.network.summed import Factor


def axis_of_batch(batch: Batch | None) -> int | None:
    """Return the axis that has the inputs of a batch apart, None where there is none such."""
    return None if batch is None or batch == MIXED else batch[0]


Lengths = tuple[int | None, ...]
Number = int | float | None
Numbers = tuple[Number, ...]

Source = tuple[int, str]
"""Where a constant's elements are stored: the number of a scope and a name in it."""


FROM_OUTSIDE = -2
"""The number of no scope: of what is given when the network runs."""


class Held(NamedTuple):
    """Numbers that the file holds: where, how many, and whether they were added to ones from run time."""

    source: Source
    size: int
    added: bool = False


NONE_HELD: frozenset[Held] = frozenset()


Product = Factor[frozenset[Held]]
"""A product of two tensors, element by element, and which stored elements are in it."""


class Tensor(NamedTuple):
    """A tensor: its shape, None where it is not known, and where its elements come from.

    constant: whether they come from constants alone.
    held: the stored elements that reach it, each through what is elementwise or moves numbers.
    unclear: those that reach it in another way, such as through a sum.
    batch: where the inputs of a batch are, None where it does not depend on the first input's elements.
    partial: its lengths where only some are known, each None that is not.
    type: of its elements, as ONNX numbers them; 0 where it is not known.
    computed: its numbers, where they are few and known without running the model, each None that is not.
    file: the tensor of the file that it is, None where it is none.
    made: of constant numbers, the tensors of the file that they are made of, the largest first.
    map: the name of the map that it is, '' where it is constant.
    layer: the map that a counted operator wrote and that this is, in whatever form; '' where it is none.
    lost: the operator that its shape depends on and that could not be followed, or the input with an open
        dimension; '' where there is none.
    given: the input of the graph that it is, in whatever form; '' where it is none.
    outside: the input of the graph that it is made of, moved or scaled, and that may hold weights.
    factor: the product that it is, None where it is none.
    normalized: whether it is normalized, in whatever form, and by nothing yet that is learned.
    """

    shape: Shape | None
    constant: bool = False
    held: frozenset[Held] = frozenset()
    unclear: frozenset[Held] = frozenset()
    batch: Batch | None = None
    given: str = ""
    outside: str = ""
    factor: Product | None = None
    partial: Lengths | None = None
    type: int = 0
    computed: Numbers | None = None
    file: FileTensor | None = None
    lost: str = ""
    made: tuple[Source, ...] = ()
    map: str = ""
    layer: str = ""
    normalized: bool = False

    @property
    def lengths(self) -> Lengths | None:
        """The lengths of its axes, None where one is not known; None where not even their number is."""
        return self.partial if self.shape is None else self.shape

    @property
    def value(self) -> Numbers | None:
        """Its numbers, each None that is not known; None where they are many, or none is known."""
        return self.computed if self.file is None else self.file.numbers

    @property
    def size(self) -> int | None:
        """How many elements it has, None where that is not known."""
        return None if self.shape is None else prod(self.shape)

    @property
    def from_outside(self) -> Held:
        """Its elements as ones that are given when the network runs."""
        return Held((FROM_OUTSIDE, self.map or self.outside), self.size or 0)

    @property
    def is_vector(self) -> bool:
        """Whether its elements differ along one axis at most, as biases and scales of channels do."""
        return self.shape is not None and is_vector(self.shape)


def is_vector(shape: Shape) -> bool:
    """Whether elements differ along one axis at most."""
    return sum(length > 1 for length in shape) <= 1


def either_of(one: Tensor | None, other: Tensor | None, node: str) -> Tensor | None:
    """Return what is known of a tensor that is one of two, as the node of that name chooses."""
    if one is None or other is None:
        return None
    partial = None
    a, b = one.lengths, other.lengths
    if a is not None and b is not None and len(a) == len(b):
        partial = tuple(x if x == y else None for x, y in zip(a, b, strict=True))
    shape = one.shape if one.shape == other.shape else None
    return Tensor(
        shape,
        held=one.held | other.held,
        unclear=one.unclear | other.unclear,
        batch=one.batch if one.batch == other.batch else MIXED,
        outside=one.outside or other.outside,
        partial=partial,
        type=one.type if one.type == other.type else 0,
        lost="" if shape is not None else one.lost or other.lost or node,
    )
