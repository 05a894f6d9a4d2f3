"""What one layer of an audit takes now and replaced."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from sepcost.core.limits import Limited
from sepcost.network.audit import AuditedLayer


class LayerCost(NamedTuple):
    """What a layer takes of one metric, the same now and replaced where it is not replaced."""

    row: AuditedLayer
    now: Limited
    replaced: Limited

    @property
    def name(self) -> str:
        """The layer's name."""
        return self.row.layer.name

    @property
    def replacement(self) -> Limited | None:
        """What it takes replaced; None where it is not replaced."""
        return None if self.row.replacement is None else self.replaced

    @property
    def saving(self) -> Fraction | None:
        """What it takes now ÷ replaced; None where it is not replaced, and where it then takes nothing."""
        return Fraction(self.now) / self.replaced if self.replacement else None

    @property
    def gain(self) -> Limited:
        """How much less it takes replaced; below 0 where it takes more."""
        return self.now - self.replaced
