"""How many channels a width leaves a layer: MobileNetV2's rule, or MobileNetV1's."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from sepcost.core.quantity import checked_field, checked_whole

NARROWEST = 8
"""The fewest channels that a width leaves a layer, where the network has no divisor."""


class Widths(NamedTuple):
    """A width, and how the channels that it leaves are rounded.

    width: None where channels stay as they are. divisor: None for MobileNetV1's rule.
    """

    width: Fraction | None = None
    divisor: int | None = None

    @property
    def narrowest(self) -> int:
        """The fewest channels that a width leaves a layer."""
        return NARROWEST if self.divisor is None else self.divisor

    def channels(self, out: int) -> int:
        """Return the channels that a width makes of `out`.

        With a divisor: the nearest multiple of it, not below it and not below 90 % of out x width
        (MobileNetV2). Without: max(int(out x width), 8) (MobileNetV1).

        >>> Widths(Fraction(7, 5), divisor=8).channels(32), Widths(Fraction(7, 5)).channels(32)
        (48, 44)
        """
        if self.width is None:
            return out
        exact = out * self.width
        if self.divisor is None:
            return checked_field("out times width", checked_whole, max(int(exact), NARROWEST))
        nearest = max(int(exact / self.divisor + Fraction(1, 2)) * self.divisor, self.divisor)
        kept = nearest if 10 * nearest >= 9 * exact else nearest + self.divisor
        return checked_field("out times width", checked_whole, kept)
