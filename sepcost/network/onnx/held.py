"""Which stored elements reach a tensor: what counts as weights, and what is held beside them.

Elements stay weights through whatever is elementwise or moves them, a factor from run time
included. What broadcasts beside them (a scale, a bias) is not among them. Through anything else, a
softmax or a sum, it cannot be told what becomes of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sepcost.network.onnx.tensor import NONE_HELD, Held, Source, Tensor
from sepcost.network.operators import (
    ADDS,
    ALL_OF_THEM,
    FIRST_ALONE,
    FREE,
    MOVES,
    MULTIPLIES,
    NO_NUMBERS,
    PLACES,
    TAKES_A_PART,
)
from sepcost.network.shape_rules import Shape

MOST_HELD = 64
"""Tensors of the file that are followed in one; of more, it is not known which reach it."""

EVERYTHING = Held((-1, ""), 0)
"""Stands for every stored element, where too many of its tensors reach one."""


class Reach(NamedTuple):
    """What of the stored elements reaches the output of a node, as `Tensor` has it."""

    held: frozenset[Held] = NONE_HELD
    unclear: frozenset[Held] = NONE_HELD


def reach(
    op: str, inputs: Sequence[Tensor | None], shape: Shape | None, own: Source, constant: bool
) -> Reach:
    """Return what reaches an output of a standard operator that is not counted.

    inputs: its inputs, None where one is left out. shape: the output's. own: where its numbers are held
    if they come from constants alone and are no longer those of any one tensor. constant: whether they do.
    """
    carriers = _carriers(op, inputs)
    size = Tensor(shape).size
    adds = op in ADDS and not constant
    whole = op in FIRST_ALONE or op in MOVES
    followed = whole or op in ALL_OF_THEM
    reaching: set[Held] = set()
    unclear: set[Held] = set()
    for tensor in carriers:
        held = _as_added(tensor.held) if adds else tensor.held
        unclear |= tensor.unclear
        broadcast = None not in (size, tensor.size) and tensor.size != size
        if followed and (whole or not broadcast or (constant and not tensor.is_vector)):
            reaching |= held
        elif not (followed and tensor.is_vector):  # a vector that broadcasts is a scale or a bias
            unclear |= held
    if constant:
        return Reach(_of_constants(op, frozenset(reaching), shape, own))
    if op in NO_NUMBERS:
        return Reach()
    if len(reaching) + len(unclear) > MOST_HELD:
        return Reach(unclear=frozenset([EVERYTHING]))
    return Reach(frozenset(reaching), frozenset(unclear))


def left_out(op: str, inputs: Sequence[Tensor | None]) -> frozenset[Held]:
    """Return the stored elements that a node multiplies by, unless they are the scales of channels."""
    if op not in MULTIPLIES:
        return NONE_HELD
    read = [tensor for tensor in inputs if tensor is not None]
    if all(tensor.constant for tensor in read):
        return NONE_HELD
    return not_added(held for tensor in read if not tensor.is_vector for held in tensor.held)


def not_added(held: Iterable[Held]) -> frozenset[Held]:
    """Return those of some numbers that were not added to ones of run time, as biases are."""
    return frozenset(one for one in held if not one.added)


def _carriers(op: str, inputs: Sequence[Tensor | None]) -> list[Tensor]:
    """Return the inputs whose elements may be in the output."""
    if op not in ALL_OF_THEM:
        inputs = inputs[:1] if op in FREE else ()
    places = PLACES.get(op, ())
    return [one for number, one in enumerate(inputs) if one is not None and number not in places]


def _as_added(held: frozenset[Held]) -> frozenset[Held]:
    return frozenset(one._replace(added=True) for one in held)


def _of_constants(op: str, reaching: frozenset[Held], shape: Shape | None, own: Source) -> frozenset[Held]:
    """Return where the numbers of a constant result are held: in the file, or as many as it has."""
    size = Tensor(shape).size
    computed = frozenset([Held(own, size or 0)])
    if op in TAKES_A_PART or not reaching or len(reaching) > MOST_HELD or size is None:
        return computed
    return reaching if sum(held.size for held in reaching) >= size else computed
