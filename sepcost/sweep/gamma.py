"""Columns of depth multipliers: gamma and √gamma as the formulas read them, and as exact text."""

from __future__ import annotations

from math import gcd, isqrt

import polars as pl

from sepcost.core.exact import without_squares

LARGEST_SIEVED = 2**21
"""Up to here the squares in all whole numbers are found at once."""


class Gammas:
    """Makes tables of gammas whose parts are whole numbers up to `most`."""

    def __init__(self, most: int) -> None:
        self.sieved = _sieved(most) if most <= LARGEST_SIEVED else None

    def table(self, n_o: pl.Series, n_i: pl.Series) -> pl.DataFrame:
        """Return gamma = n_o / n_i, exactly.

        p, q: its parts in lowest terms. whole, root: gamma and √gamma, null where not whole, and where
        gamma is below 1. gamma, root_text: both as text.
        """
        common = pl.Series(list(map(gcd, n_o.to_list(), n_i.to_list())), dtype=pl.Int64)
        p, q = n_o // common, n_i // common
        # As `exact.square_root` does: p and q have no divisor in common, and so their roots have none.
        (above, free_above), (below, free_below) = self._without_squares(p), self._without_squares(q)
        parts = pl.DataFrame(
            {"p": p, "q": q, "above": above, "below": below * free_below, "radicand": free_above * free_below}
        )
        return parts.select(
            "p",
            "q",
            gamma=_exact_text(pl.col("p"), pl.col("q"), pl.lit(1)),
            whole=pl.when(pl.col("q") == 1).then(pl.col("p")),
            root=pl.when(pl.col("radicand") == 1, pl.col("below") == 1).then(pl.col("above")),
            root_text=_exact_text(pl.col("above"), pl.col("below"), pl.col("radicand")),
        )

    def _without_squares(self, numbers: pl.Series) -> tuple[pl.Series, pl.Series]:
        """Return (s, f) with number = s² f and f square-free."""
        if self.sieved is not None:
            squares = self.sieved.gather(numbers)
        else:
            distinct = numbers.unique().sort()
            found = pl.Series([without_squares(number)[0] for number in distinct], dtype=pl.Int64)
            squares = found.gather(distinct.search_sorted(numbers))
        return squares, numbers // (squares * squares)


def _sieved(most: int) -> pl.Series:
    """Return, for each number up to `most`, the root of the largest square that divides it."""
    roots = [1] * (most + 1)
    for root in range(2, isqrt(most) + 1):
        roots[root**2 :: root**2] = [root] * (most // root**2)
    return pl.Series(roots, dtype=pl.Int64)


def _exact_text(above: pl.Expr, below: pl.Expr, radicand: pl.Expr) -> pl.Expr:
    """Return above √radicand / below as a Surd is written, and as a Fraction is where the root is 1."""
    irrational, broken = radicand > 1, below > 1
    return pl.concat_str(
        pl.when((above > 1) | ~irrational).then(above),
        pl.when((above > 1) & irrational).then(pl.lit("*")),
        pl.when(irrational).then(pl.lit("sqrt(")),
        pl.when(irrational).then(radicand),
        pl.when(irrational).then(pl.lit(")")),
        pl.when(broken).then(pl.lit("/")),
        pl.when(broken).then(below),
        ignore_nulls=True,
    )
