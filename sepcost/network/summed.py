"""Products element by element that a sum makes matrix products of, as Mul and ReduceSum write them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import prod
from typing import NamedTuple

from sepcost.network.products import Shape


class Factor(NamedTuple):
    """A product of two maps, element by element.

    stored: elements of the one that the file holds, 0 where both are computed. shape: of that one, None
    where it is not followed. products: how many there are.
    """

    stored: int
    shape: Shape | None
    products: int


def is_summed(factor: Factor, op: str, read: Shape | None, written: Shape | None) -> bool:
    """Return whether a sum, or a mean, may make a matrix product of a product.

    It is none where what is stored is alike along all that is summed, as the scale of a channel is; nor is
    the mean of a product of two computed maps, as a pooling of a gated map is.

    >>> scale = Factor(3, (1, 3, 1, 1), 48)
    >>> [is_summed(scale, "ReduceMean", (1, 3, 4, 4), written) for written in ((1, 3), (1, 4, 4))]
    [False, True]
    """
    if factor.shape is None or read is None or written is None:
        return op == "ReduceSum" or factor.stored > 0
    lengths = (1,) * (len(read) - len(factor.shape)) + factor.shape
    return any(lengths[axis] > 1 for axis in _summed_axes(read, written))


def _summed_axes(read: Shape, written: Shape) -> Sequence[int]:
    """Return the axes that may be summed: those that change, or any that may be the ones that are gone."""
    if len(read) == len(written):
        return [axis for axis, (one, other) in enumerate(zip(read, written, strict=True)) if one != other]
    every = range(len(read))
    gone = combinations(every, len(read) - len(written))
    fits = [axes for axes in gone if tuple(read[axis] for axis in every if axis not in axes) == written]
    return sorted({axis for axes in fits for axis in axes}) or list(every)


def product_of(operands: Sequence[tuple[bool, Shape | None]], written: Shape | None) -> Factor | None:
    """Return the product of two operands, None of two stored ones.

    operands: whether each is stored, and its shape. written: the shape of their product.
    """
    stored = [shape for held, shape in operands if held]
    if len(operands) != 2 or len(stored) == 2 or written is None:
        return None
    shape = stored[0] if stored else None
    return Factor(prod(shape) if shape is not None else 0, shape, prod(written))
