"""A count as papers print it: a few digits and a suffix, cut or rounded after the last."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import NamedTuple

from sepcost.core.errors import QuantityError, quoted
from sepcost.core.units import SUFFIXES

_LONGEST = 64
_FORM = r"([0-9]+)(?:\.([0-9]+))? ?([A-Za-z]?)"
_SCALES = {**SUFFIXES, "K": SUFFIXES["k"], "B": SUFFIXES["G"]}
"""Parameters are printed in K and B too."""


EXACT, ROUNDED, CUT = "exact", "rounded", "cut"


class Printed(NamedTuple):
    """A printed count: its value, and the step of its last digit."""

    text: str
    value: Fraction
    step: Fraction

    def says(self, count: int) -> str | None:
        """Return how a count is printed so: 'exact', 'rounded' or 'cut'; None where it is not."""
        if count == self.value:
            return EXACT
        if self.step > 1 and 2 * abs(count - self.value) <= self.step:
            return ROUNDED
        return CUT if self.step > 1 and self.value <= count < self.value + self.step else None


def printed(text: str) -> Printed:
    """Read a count as it is printed; without a suffix every digit counts.

    >>> number = printed("4.2M")
    >>> number.says(4_209_088), number.says(4_249_999), number.says(4_260_000), number.says(4_300_000)
    ('rounded', 'rounded', 'cut', None)
    >>> printed("300774272").says(300_774_272), printed("300774272").says(300_774_273)
    ('exact', None)
    """
    match = re.fullmatch(_FORM, text) if len(text) <= _LONGEST and text.isascii() else None
    scale = None if match is None else _SCALES.get(match[3])
    if match is None or scale is None:
        raise QuantityError(
            f"{quoted(text)} is no count such as 300M, 4.2M or 568740352; suffixes are k, M, G, B and T"
        )
    decimals = match[2] or ""
    step = Fraction(scale, 10 ** len(decimals))
    value = int(match[1] + decimals) * step
    if value < 1 or step < 1:
        raise QuantityError(f"{quoted(text)} is no count of at least 1 whose digits are whole")
    return Printed(text, value, step)
