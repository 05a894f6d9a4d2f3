"""Exact ratios of columns: what a scheme's channels are evaluated in for a whole grid of layers at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
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
    radicand: what times the root of which it is; None where it is `above` / `below` itself. A root waits
        for others that it meets in a product: those of 2 and 8, neither a square, are 4.

    Two columns are equal where they are one: what they hold cannot be compared for all rows at once.
    """

    above: Any
    below: Any = 1
    nullable: bool = False
    root: Any = None
    signed: bool = False
    radicand: Column | None = None

    def __add__(self, other: Any) -> Column:
        one, two = self, as_column(other)
        if one.radicand is not two.radicand:
            one, two = one.rational, two.rational
        above = _sum(_product(one.above, two.below), _product(two.above, one.below))
        return one._made(two, above, _product(one.below, two.below), one.radicand)

    def __mul__(self, other: Any) -> Column:
        one, two = self, as_column(other)
        above, below = _product(one.above, two.above), _product(one.below, two.below)
        if one.radicand is None or two.radicand is None:
            return one._made(two, above, below, one.radicand or two.radicand)
        if one.radicand is two.radicand:
            return one._made(two, above, below, None) * one.radicand
        return one._made(two, above, below, one.radicand * two.radicand)

    def __truediv__(self, other: Any) -> Column:
        two = as_column(other)
        radicand = None if two.radicand is None else 1 / two.radicand
        return self * Column(two.below, two.above, two.nullable, signed=two.signed, radicand=radicand)

    def __rtruediv__(self, other: Any) -> Column:
        return as_column(other) / self

    def __pow__(self, exponent: Fraction) -> Column:
        """Return the square root; other powers are products."""
        return Column(1, radicand=self.rational)

    @cached_property
    def rational(self) -> Column:
        """The same without a root: null where that is irrational."""
        return self if self.radicand is None else replace(self, radicand=None) * self.radicand._root()

    def _root(self) -> Column:
        """Return the square root of a rational column, null where it is not rational."""
        if self.root is not None:
            return as_column(self.root)
        import polars as pl

        square = self.above * self.below
        # A float is off by less than one up to 10^18, the square of the largest channels.
        near = pl.lit(0) + square
        near = pl.when(near >= 0).then(near).sqrt().round().cast(pl.Int64)
        root = pl.when(near * near == square).then(near)
        return Column(root, self.below, nullable=True, signed=self.signed)

    __radd__ = __add__
    __rmul__ = __mul__

    def _made(self, other: Column, above: Any, below: Any, radicand: Column | None) -> Column:
        """Return the column that comes of two."""
        nullable, signed = self.nullable or other.nullable, self.signed or other.signed
        return Column(above, below, nullable, signed=signed, radicand=radicand)

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
    """Return a number as the column that holds it in every row: null for a sum with an irrational root."""
    if isinstance(value, Column):
        return value
    value = simplest(value)
    if isinstance(value, Surd):
        if not value.rational:
            return replace(as_column(value.coefficient), radicand=Column(value.radicand))
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
