"""Options that take lists and ranges of values."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import click

from sepcost.cli.options import Quantity
from sepcost.core import ranges
from sepcost.core.quantity import checked_field


class Listing(Quantity):
    """A list of values, kept as it is typed until `laid_out` reads it: it may be long."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return a function that reads the list, or raises QuantityError."""
        return partial(self.read, value) if isinstance(value, str) else value


def laid_out(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return options with their lists read; FieldError for one that is none."""
    return {name: checked_field(name, _laid_out, value) for name, value in options.items()}


def _laid_out(value: object) -> object:
    return value() if isinstance(value, partial) else value


WHOLES = Listing("N,...|FROM:TO[:STEP|:*FACTOR]", ranges.wholes)
PAIRS = Listing("N|RxC,...|FROM:TO[:STEP|:*FACTOR]", ranges.pairs)
GAMMAS = Listing("RATIO,...|FROM:TO[:STEP|:*FACTOR]", ranges.gammas)
