"""Products element by element that a sum makes matrix products of, as Mul and ReduceSum write them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Generic, NamedTuple, TypeVar

from sepcost.network.shape_rules import Shape

Stored = TypeVar("Stored")
"""Stored elements as a reader knows them: how many, or which; false where there are none."""


class Factor(NamedTuple, Generic[Stored]):
    """A product of two maps, element by element: what a sum over it would make of them.

    stored: elements of the one that is weights, if any. shape: of that one, None where both are computed, or
    where its axes are not followed. products: how many there are, None where that is not known.
    """

    stored: Stored
    shape: Shape | None
    products: int | None


def product_of(
    stored: Sequence[Stored], shapes: Iterable[Shape | None], products: int | None
) -> Factor[Stored] | None:
    """Return the product of two operands, None of any other number of them.

    stored: the stored elements in each. shapes: of both.
    """
    if len(stored) != 2:
        return None
    for held, shape in zip(stored, shapes, strict=True):
        if held:
            return Factor(held, shape, products)
    return Factor(stored[0], None, products)


def is_summed(factor: Factor[Stored], op: str, read: Shape | None, axes: Iterable[int] | None) -> bool:
    """Return whether a sum, or a mean, may make a matrix product of a product.

    read: the shape of the product. axes: those that are summed, or may be; None where they are not known.
    It is none where what is stored is alike along all that is summed, as the scale of a channel is; nor is
    the mean of a product of two computed maps, as a pooling of a gated map is.

    >>> scale = Factor(3, (1, 3, 1, 1), 48)
    >>> [is_summed(scale, "ReduceMean", (1, 3, 4, 4), axes) for axes in ((2, 3), (1,))]
    [False, True]
    """
    if factor.shape is None or read is None or axes is None:
        return op == "ReduceSum" or bool(factor.stored)
    lengths = (1,) * (len(read) - len(factor.shape)) + factor.shape
    return any(lengths[axis] > 1 for axis in axes)


def axes_between(read: Shape | None, written: Shape | None) -> Sequence[int] | None:
    """Return the axes that a sum may sum, from its shapes: those that change, or that may be gone.

    >>> axes_between((1, 3, 4, 4), (1, 3)), axes_between((1, 3, 4, 4), (1, 3, 1, 4))
    ([2, 3], [2])
    """
    if read is None or written is None:
        return None
    if len(read) == len(written):
        return [axis for axis, (one, other) in enumerate(zip(read, written, strict=True)) if one != other]
    every = range(len(read))
    gone = combinations(every, len(read) - len(written))
    fits = [axes for axes in gone if tuple(read[axis] for axis in every if axis not in axes) == written]
    return sorted({axis for axes in fits for axis in axes}) or list(every)
