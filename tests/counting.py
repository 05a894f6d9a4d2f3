"""What counting finds of a break-even question, value by value."""

from __future__ import annotations

from typing import NamedTuple

from sepcost.solver.rows import BreakEvenRow
from tests.questions import Question


class Counted(NamedTuple):
    """What counting finds: where the scheme costs no more than the baseline, and where less."""

    first: int | None
    last: int | None
    strictly_first: int | None
    strictly_last: int | None
    first_realizable: int | None
    last_realizable: int | None


def ends_of(row: BreakEvenRow) -> Counted:
    """Return what an answer says of the same."""
    return Counted(*(getattr(row, end) for end in Counted._fields))


def counted(asked: Question) -> Counted:
    """Count a question's answers over every value up to where nothing changes any more."""
    reach = _reach(asked)
    layers = [value for value in range(asked.least, 2 * reach + 1) if asked.is_layer(value)]
    goes_on = layers != [] and layers[-1] > reach
    signs = {value: asked.excess(value) for value in layers}
    holds = [value for value, sign in signs.items() if sign is not None and sign <= 0]
    cheaper = [value for value, sign in signs.items() if sign == -1]
    realizable = [value for value in holds if asked.is_realizable(value)]

    def last(values: list[int]) -> int | None:
        endless = goes_on and values != [] and values[-1] > reach
        return None if endless or not values else values[-1]

    return Counted(
        first=holds[0] if holds else None,
        last=last(holds),
        strictly_first=cheaper[0] if cheaper else None,
        strictly_last=last(cheaper),
        first_realizable=realizable[0] if realizable else None,
        last_realizable=last(realizable),
    )


def _reach(asked: Question) -> int:
    """Return a number from which on the two costs stay in one order, as far out as 2^20 times it.

    It is beyond the channels that are drawn, which values of some unknowns have to divide.
    """
    reach = asked.beyond
    while len({asked.excess(reach << doublings) for doublings in range(20)}) > 1:
        reach *= 2
    return reach
