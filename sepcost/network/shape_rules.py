"""What shapes follow from others that are joined, cut, turned, spread or summed, for every reader.

A length of None, which is not known, stays one where nothing is computed with it. QuantityError says where
shapes do not fit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import prod
from typing import TypeVar

from sepcost.core.errors import QuantityError
from sepcost.core.quantity import by, several

Shape = tuple[int, ...]
Length = TypeVar("Length", bound="int | None")


def check_output(stated: Shape | None, computed: Shape) -> None:
    """Refuse an operator of which the file states another output than its own sizes make."""
    if stated is not None and stated != computed:
        raise other_output(by(computed), stated)


def check_elements(stated: Shape | None, computed: int) -> None:
    """Refuse one of which the file states an output of another count of elements."""
    if stated is not None and prod(stated) != computed:
        raise other_output(several(computed, "element"), stated)


def other_output(makes: str, stated: Iterable[int | None]) -> QuantityError:
    """Return the refusal of an operator whose sizes make something else than the file states."""
    return QuantityError(f"its sizes make {makes}, but its output is {by(stated)}")


def lengths_of(shape: Shape, channels_last: bool) -> Shape:
    """Return the lengths of a map without its batch and its channels.

    >>> lengths_of((1, 8, 20, 50), channels_last=False), lengths_of((1, 20, 50, 8), channels_last=True)
    ((20, 50), (20, 50))
    """
    return shape[1:-1] if channels_last else shape[2:]


def axis_of(axis: int, rank: int) -> int:
    """Return an axis counted from the front."""
    if not -rank <= axis < rank:
        raise QuantityError(f"axis {axis} is none of {rank}")
    return axis % rank


def put(shape: tuple[Length, ...], axis: int, *lengths: Length) -> tuple[Length, ...]:
    """Return a shape with other lengths, or none, in place of one axis, counted from the front.

    >>> put((2, 3, 4), 1, 9), put((2, 3, 4), 1)
    ((2, 9, 4), (2, 4))
    """
    return (*shape[:axis], *lengths, *shape[axis + 1 :])


def broadcast(*shapes: Shape) -> Shape | None:
    """Return what shapes make together, None where they do not fit.

    >>> broadcast((2, 1, 3), (4, 3)), broadcast((2,), (3,)), broadcast((1,), (0,))
    ((2, 4, 3), None, (0,))
    """
    rank = max(map(len, shapes), default=0)
    axes = zip(*((1,) * (rank - len(shape)) + shape for shape in shapes), strict=True)
    longer = [set(lengths) - {1} for lengths in axes]
    if any(len(lengths) > 1 for lengths in longer):
        return None
    return tuple(lengths.pop() if lengths else 1 for lengths in longer)


def joint(shapes: Sequence[Shape]) -> Shape:
    """Return what shapes are broadcast to."""
    shape = broadcast(*shapes)
    if shape is None:
        raise _unlike(shapes)
    return shape


def concatenated(shapes: Sequence[Shape], axis: int) -> Shape:
    """Return what shapes make one after the other along an axis.

    >>> concatenated([(2, 3), (2, 4)], -1)
    (2, 7)
    """
    first = shapes[0]
    axis = axis_of(axis, len(first))
    if any(len(one) != len(first) or put(one, axis) != put(first, axis) for one in shapes):
        raise _unlike(shapes)
    return put(first, axis, sum(one[axis] for one in shapes))


def reshaped(shape: Shape, wanted: Sequence[int]) -> Shape:
    """Return another shape of the same elements; the one length that is -1 in `wanted` follows.

    >>> reshaped((2, 3, 4), (4, -1))
    (4, 6)
    """
    count, rest = prod(shape), prod(length for length in wanted if length != -1)
    made = tuple(count // (rest or 1) if length == -1 else length for length in wanted)
    if prod(made) != count:
        raise QuantityError(f"cannot make {by(wanted)} of {by(shape)}")
    return made


def reordered(shape: tuple[Length, ...], order: Sequence[int]) -> tuple[Length, ...]:
    """Return a shape with its axes in another order."""
    if sorted(order) != list(range(len(shape))):
        raise QuantityError("its axes are no order of what it reads")
    return tuple(shape[axis] for axis in order)


def unsqueezed(shape: tuple[Length, ...], axes: Sequence[int]) -> tuple[Length | int, ...]:
    """Return a shape with axes of length 1 more; those are counted in what comes of it.

    >>> unsqueezed((3, 4), [0, -1])
    (1, 3, 4, 1)
    """
    rank = len(shape) + len(axes)
    new, rest = {axis_of(axis, rank) for axis in axes}, iter(shape)
    if len(new) != len(axes):
        raise QuantityError("is given one axis twice")
    return tuple(1 if axis in new else next(rest) for axis in range(rank))


def reduced(
    shape: tuple[Length, ...], axes: Iterable[int] | None, keep: bool = False
) -> tuple[Length | int, ...]:
    """Return a shape summed along some axes, all where they are None; keep: whether those stay, of length 1.

    >>> reduced((2, 3, 4), [-1]), reduced((2, 3, 4), None, keep=True)
    ((2, 3), (1, 1, 1))
    """
    rank = len(shape)
    gone = set(range(rank)) if axes is None else {axis_of(axis, rank) for axis in axes}
    return tuple(
        1 if axis in gone else length for axis, length in enumerate(shape) if keep or axis not in gone
    )


def tiled(shape: Shape, times: Sequence[int]) -> Shape:
    """Return a shape repeated so many times along each axis, of which the one or the other may have more.

    >>> tiled((3, 4), (2, 1, 5))
    (2, 3, 20)
    """
    rank = max(len(shape), len(times))
    each = [(1,) * (rank - len(one)) + tuple(one) for one in (shape, times)]
    return tuple(length * one for length, one in zip(*each, strict=True))


def _unlike(shapes: Sequence[Shape]) -> QuantityError:
    return QuantityError(f"joins {' and '.join(map(by, shapes))}, which do not fit")
