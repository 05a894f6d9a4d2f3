"""Exact ratios of columns: what a scheme's channels are evaluated in for a whole grid of layers at once."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from sepcost.core.exact import Surd, simplest

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, eq=False)
class Column:
    """`above` / `below`, of columns in Polars or of whole numbers, which adds, multiplies and divides.

    nullable: whether `above` is null where there is no such number.
    root: its square root, where that is known without computing it.
    signed: whether it may be below 1 although it is whole, as a difference may.

    Two columns are equal where they are one: what they hold cannot be compared for all rows at once.
    """

    above: Any
    below: Any = 1
    nullable: bool = False
    root: Any = None
    signed: bool = False

    def __add__(self, other: Any) -> Column:
        other = as_column(other)
        above = _sum(_product(self.above, other.below), _product(other.above, self.below))
        return self._made(other, above, _product(self.below, other.below))

    def __mul__(self, other: Any) -> Column:
        other = as_column(other)
        return self._made(other, _product(self.above, other.above), _product(self.below, other.below))

    def __truediv__(self, other: Any) -> Column:
        other = as_column(other)
        return self * Column(other.below, other.above, other.nullable, signed=other.signed)

    def __rtruediv__(self, other: Any) -> Column:
        return as_column(other) / self

    def __pow__(self, exponent: Fraction) -> Column:
        """Return the square root, null where it is not rational; other powers are products."""
        if self.root is not None:
            return as_column(self.root)
        import polars as pl

        square = self.above * self.below
        # A float is off by less than one up to 10^18, the square of the largest channels.
        near = pl.lit(0) + square
        near = pl.when(near >= 0).then(near).sqrt().round().cast(pl.Int64)
        return Column(pl.when(near * near == square).then(near), self.below, nullable=True)

    __radd__ = __add__
    __rmul__ = __mul__

    def _made(self, other: Column, above: Any, below: Any) -> Column:
        """Return the column that comes of two."""
        return Column(above, below, self.nullable or other.nullable, signed=self.signed or other.signed)

    @property
    def whole(self) -> Any:
        """The number where it is whole."""
        return self.above if self.is_over_one else self.above // self.below

    @property
    def is_over_one(self) -> bool:
        """Whether nothing stands below the bar."""
        return isinstance(self.below, int) and self.below == 1

    def divides(self) -> list[pl.Expr]:
        """Return what has to hold for nothing to be divided by zero, which only a difference is."""
        if not self.signed:
            return []
        import polars as pl

        return [(pl.lit(0) + self.below).ne_missing(0)]  # null is a number too, if no whole one

    def checks(self) -> list[pl.Expr]:
        """Return what has to hold for it to be a whole number of at least 1."""
        parts = (self.above, self.below) if self.nullable else ()
        found = [each.is_not_null() for each in parts if not isinstance(each, int)]
        if not self.is_over_one:
            found.append(self.above % self.below == 0)
        return [*found, self.whole >= 1] if self.signed or not self.is_over_one else found


def whole(value: Any) -> Any:
    """Return what Polars computes of a column that is whole, and a number as it is."""
    return value.whole if isinstance(value, Column) else value


def as_column(value: Any) -> Column:
    """Return a number as the column that holds it in every row: null where it is irrational."""
    if isinstance(value, Column):
        return value
    value = simplest(value)
    if isinstance(value, Surd):
        import polars as pl

        return Column(pl.lit(None, pl.Int64), nullable=True)
    return Column(*Fraction(value).as_integer_ratio(), signed=value < 1)


def _sum(one: Any, other: Any) -> Any:
    """Return a sum; a 0 adds no work to every row."""
    if isinstance(one, int) and one == 0:
        return other
    return one if isinstance(other, int) and other == 0 else one + other


def _product(one: Any, other: Any) -> Any:
    """Return a product; a factor of 1 or 0 adds no work to every row."""
    for factor, number in ((one, other), (other, one)):
        if isinstance(factor, int) and factor in (0, 1):
            return number if factor else 0
    return one * other
