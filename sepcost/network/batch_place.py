"""Where the inputs of a batch are in a map, as a reader follows them through operators."""

from __future__ import annotations

from collections.abc import Iterable

from sepcost.network.products import Letters
from sepcost.network.shape_rules import Shape

Batch = tuple[int, int]
"""The axis that has the inputs of a batch, and how often it goes through them all: 1 where they are apart."""

MIXED: Batch = (-1, 0)
"""The batch of a tensor in which the elements of several inputs meet."""

UNKNOWN: Batch = (-2, 0)
"""The batch of one in which they may meet."""


def aligned(batch: Batch, read: Shape, shape: Shape) -> Batch | None:
    """Return where the batch is once a tensor is broadcast to a shape, None where that does not tell.

    >>> aligned((0, 1), (8, 4), (3, 8, 4)), aligned((0, 1), (1, 4), (8, 4))
    ((1, 1), None)
    """
    axis = batch[0] + len(shape) - len(read)
    return (axis, batch[1]) if 0 <= axis < len(shape) and shape[axis] == read[batch[0]] else None


def reshaped(before: int, shape: Shape, size: int) -> Batch | None:
    """Return where a batch of `size` is in another shape of the same elements, None where that does not tell.

    before: how many of its places come first.

    >>> reshaped(1, (8, 12), 8), reshaped(3, (3, 16), 8), reshaped(3, (48,), 8), reshaped(3, (4, 12), 8)
    ((0, 1), (1, 1), (0, 3), None)
    """
    if not before or 0 in shape:
        return None
    passed = 1
    for axis, length in enumerate(shape):
        outer, rest = divmod(before, passed)
        if not rest and length % (outer * size) == 0:
            return axis, outer
        passed *= length
    return None


def of_equation(letters: Letters, batches: Iterable[Batch | None]) -> Batch | None:
    """Return where what an Einsum writes has the batch; batches: where each operand has it.

    >>> of_equation(Letters(("bi", "ij"), "jb"), [(0, 1), None])
    (1, 1)
    >>> of_equation(Letters(("bi", "ij"), "j"), [(0, 1), None]) == MIXED
    True
    """
    places = {
        MIXED if batch[0] < 0 else (letters.written.find(own[batch[0]]), batch[1])
        for own, batch in zip(letters.read, batches, strict=True)
        if batch is not None
    }
    if not places:
        return None
    place = places.pop()
    return MIXED if places or place[0] < 0 else place
