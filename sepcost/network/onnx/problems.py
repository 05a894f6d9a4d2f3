"""What can be wrong with a file, and how its names and shapes are shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

from sepcost.core import quantity
from sepcost.core.errors import FieldError, QuantityError


class MisfitError(QuantityError):
    """Sizes with which an operator cannot run, whatever runs it."""


class CannotRunError(FieldError):
    """An operator that cannot run at the sizes that it gets."""


def refuse(problem: str) -> NoReturn:
    """Raise QuantityError; the caller adds for which operator."""
    raise QuantityError(problem)


def misfit(problem: str) -> NoReturn:
    """Raise MisfitError; the caller adds for which operator."""
    raise MisfitError(problem)


def by(lengths: Sequence[int | None]) -> str:
    """Return lengths as they are written, 1x3x224x224, one that is not known as ?."""
    return quantity.by(lengths[:8]) + "x..." * (len(lengths) > 8) or "a single number"
