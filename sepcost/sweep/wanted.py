"""The columns that a sweep has: their names and types, and which of them are wanted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import polars as pl

from sepcost.core.errors import FieldError
from sepcost.core.formulas import LAST_BIAS
from sepcost.core.lookup import checked_word, several_names
from sepcost.sweep.grid import Grid
from sepcost.sweep.traffic import BOUND, ESTIMATE, TRAFFIC

OF_A_LAYER = {
    "n_i": pl.Int64,
    "n_o": pl.Int64,
    "f_r": pl.Int64,
    "f_c": pl.Int64,
    "l_r": pl.Int64,
    "l_c": pl.Int64,
    "stride": pl.String,
    "dilation": pl.String,
    "padding": pl.String,
    "bias": pl.Boolean,
    "gamma": pl.String,
}
_OF_A_SCHEME = {
    "applicable": pl.Boolean,
    "realizable": pl.Boolean,
    "multiplier": pl.String,
    "weights": pl.Int64,
    "macs": pl.Int64,
    "saving_weights": pl.Float64,
    "saving_macs": pl.Float64,
    **TRAFFIC,
}

OF_A_SIZE = ("macs", *TRAFFIC)
"""Columns that are null where no size is given."""


def columns_of(grid: Grid) -> dict[str, Any]:
    """Return the columns of a sweep and their types.

    Gamma and multiplier are exact text; null stands for a count or saving that there is not. The
    column of biases is Boolean, or text where it says 'last'.
    """
    bias = pl.String if grid.bias == LAST_BIAS else pl.Boolean
    return {**OF_A_LAYER, "bias": bias, "scheme": pl.String, **of_a_scheme(grid), **of_parameters(grid)}


def checked_columns(grid: Grid, wanted: Iterable[str]) -> tuple[str, ...]:
    """Return columns of a sweep, each once; QuantityError for a name that is none.

    FieldError for one that a machine adds, where there is none.
    """
    known = columns_of(grid)
    return tuple(dict.fromkeys(_checked_column(name, known) for name in several_names(wanted)))


def _checked_column(name: str, known: Iterable[str]) -> str:
    if name not in known and name in BOUND:
        raise FieldError("columns", f"{name} needs {{machine}}")
    if name not in known and name in ESTIMATE:
        raise FieldError("columns", f"{name} needs {{machine}}, one that was measured")
    return checked_word(name, known)


def of_a_scheme(grid: Grid) -> dict[str, Any]:
    """Return the columns of what a scheme costs, those that the grid's machine adds among them."""
    columns = _OF_A_SCHEME if grid.machine is None else {**_OF_A_SCHEME, **BOUND}
    is_measured = grid.machine is not None and grid.machine.measured is not None
    return {**columns, **ESTIMATE} if is_measured else columns


def of_parameters(grid: Grid) -> dict[str, Any]:
    """Return a column for each parameter that is given, null for schemes that do not have it."""
    return dict.fromkeys(grid.parameters, pl.Int64)
