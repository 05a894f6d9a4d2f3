"""The columns of a sweep in four schemes, written by hand in Polars.

python by_hand.py FILE CHANNELS KERNELS SIZES, each a range FIRST:LAST:STEP. It knows nothing of sepcost;
the benchmark makes sure that it writes the same rows.
"""

from __future__ import annotations

import sys
from fractions import Fraction
from math import isqrt

import polars as pl

SCHEMES = ["standard", "separable", "generalized", "distributed"]


def root_text(gamma: Fraction) -> str:
    """Return the square root of gamma, exactly."""
    radicand = gamma.numerator * gamma.denominator
    square = max(root for root in range(1, isqrt(radicand) + 1) if radicand % root**2 == 0)
    outside, inside = Fraction(square, gamma.denominator), radicand // square**2
    if inside == 1:
        return str(outside)
    times = f"{outside.numerator}*" if outside.numerator > 1 else ""
    below = f"/{outside.denominator}" if outside.denominator > 1 else ""
    return f"{times}sqrt({inside}){below}"


def values(text: str) -> range:
    """Return the whole numbers FIRST:LAST:STEP."""
    first, last, step = map(int, text.split(":"))
    return range(first, last + 1, step)


def gammas(channels: range) -> pl.DataFrame:
    """Return gamma and its root for each pair of channels."""
    texts = {}
    rows = []
    for n_i in channels:
        for n_o in channels:
            gamma = Fraction(n_o, n_i)
            if gamma not in texts:
                texts[gamma] = str(gamma), root_text(gamma) if gamma >= 1 else None
            whole = gamma.numerator if gamma.denominator == 1 else None
            root = isqrt(whole) if whole is not None and isqrt(whole) ** 2 == whole else None
            rows.append((n_i, n_o, texts[gamma][0], whole, root, texts[gamma][1]))
    names = ["n_i", "n_o", "gamma", "whole", "root", "root_text"]
    return pl.DataFrame(rows, schema=names, orient="row")


def main(path: str, channels: range, kernels: range, sizes: range) -> None:
    """Write the rows to a Parquet file."""
    n_i, n_o, scheme = pl.col("n_i"), pl.col("n_o"), pl.col("scheme")
    taps, positions = pl.col("f_r") * pl.col("f_c"), pl.col("l_r") * pl.col("l_c")
    standard = n_o * n_i * taps
    multiplier = pl.when(scheme == "separable").then(1)
    multiplier = (
        multiplier.when(scheme == "generalized").then("whole").when(scheme == "distributed").then("root")
    )
    follows = scheme.is_in(["generalized", "distributed"])
    text = pl.when(scheme == "separable").then(pl.lit("1"))
    text = text.when(~follows | (n_o < n_i)).then(None).when(scheme == "generalized").then("gamma")
    is_one, inner, realizable = scheme == "standard", multiplier * n_i, pl.col("realizable")
    (
        gammas(channels)
        .lazy()
        .join(pl.LazyFrame({"f_r": kernels, "f_c": kernels}), how="cross")
        .join(pl.LazyFrame({"l_r": sizes, "l_c": sizes}), how="cross")
        .join(pl.LazyFrame({"scheme": SCHEMES}), how="cross")
        .with_columns(
            stride=pl.lit("1x1"),
            dilation=pl.lit("1x1"),
            padding=pl.lit("same"),
            bias=pl.lit(False),
            applicable=~follows | (n_o >= n_i),
            multiplier=text.otherwise("root_text"),
            weights=pl.when(scheme == "standard").then(standard).otherwise(multiplier * n_i * (n_o + taps)),
        )
        .with_columns(macs=pl.col("weights") * positions, realizable=pl.col("weights").is_not_null())
        .with_columns(
            # Read and written: each map once; between its stages a scheme writes and reads a map.
            inputs=pl.when(realizable).then((n_i + pl.when(is_one).then(0).otherwise(inner)) * positions),
            outputs=pl.when(realizable).then((n_o + pl.when(is_one).then(0).otherwise(inner)) * positions),
        )
        .with_columns(bytes=4 * (pl.col("inputs") + pl.col("weights") + pl.col("outputs")))
        .with_columns(
            saving_weights=standard / pl.col("weights"),
            saving_macs=standard * positions / pl.col("macs"),
            intensity=pl.col("macs") / pl.col("bytes"),
        )
        .select(
            *("n_i", "n_o", "f_r", "f_c", "l_r", "l_c", "stride", "dilation", "padding", "bias", "gamma"),
            *("scheme", "applicable", "realizable", "multiplier", "weights", "macs"),
            *("saving_weights", "saving_macs", "inputs", "outputs", "bytes", "intensity"),
        )
        .sink_parquet(path)
    )


if __name__ == "__main__":
    main(sys.argv[1], *map(values, sys.argv[2:]))
