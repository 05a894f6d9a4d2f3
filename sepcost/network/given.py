"""Which input of the network a tensor is, in whatever form: one that is given may hold weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sepcost.network.operators import ADDS, ALL_OF_THEM, FIRST_ALONE, MOVES, PLACES


class Operand(NamedTuple):
    """What an operator reads: the input that it is made of, '' where it is none, and its elements.

    constant: whether it comes from the file alone.
    """

    given: str
    constant: bool
    elements: int | None


NOTHING = Operand("", constant=True, elements=0)
"""An input that is left out."""


def given_through(op: str, operands: Sequence[Operand], elements: int | None) -> str:
    """Return the input whose elements an operator writes, moved or scaled; '' where there is none.

    A factor from run time is no part of it where it has fewer elements than are written.
    """
    op = op.rpartition(".")[2]
    if op in FIRST_ALONE:
        return operands[0].given if operands else ""
    if op not in ALL_OF_THEM:
        return ""
    places = PLACES.get(op, ())
    moving = [one for at, one in enumerate(operands) if at not in places and not one.constant]
    for one in moving:
        scales = op not in MOVES and op not in ADDS and None not in (one.elements, elements)
        if not one.given and not (scales and (one.elements or 0) < (elements or 0)):
            return ""
    return max((one for one in moving if one.given), key=lambda one: one.elements or 0, default=NOTHING).given
