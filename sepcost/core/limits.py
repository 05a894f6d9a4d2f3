"""LimitCheck: one value compared with one limit."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

Limited = int | Fraction


@dataclass(frozen=True)
class LimitCheck:
    """A value compared with a limit; the limit itself is still allowed.

    metric: what is measured: 'weights', 'macs', 'memory', 'storage', 'time' or a saving.
    at_least: whether the limit bounds the value from below, as it does a saving.
    source: of a time, whether it is a 'bound' or an 'estimate'; None for what is counted.
    error: of an estimate, its median error, as a part of the time; None where not known.

    >>> LimitCheck("macs", limit=600, value=601).passed
    False
    """

    metric: str
    limit: Limited
    value: Limited
    at_least: bool = False
    source: str | None = None
    error: Fraction | None = None

    @property
    def passed(self) -> bool:
        """Whether the value keeps the limit."""
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    @property
    def excess(self) -> Limited:
        """By how much the limit is missed, exactly; 0 where it is kept."""
        missed = self.limit - self.value if self.at_least else self.value - self.limit
        return max(missed, 0)
