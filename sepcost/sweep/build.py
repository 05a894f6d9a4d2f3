"""The stages of a scheme for a whole grid of layers: the twin, in columns, of `core.build.build`."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import reduce
from operator import and_
from typing import Any, NamedTuple

import polars as pl

from sepcost.core.build import Need, lengths_kept, needs
from sepcost.core.exact import RootError, Surd
from sepcost.core.formulas import Maps, Sizes, Stage, Stages
from sepcost.core.scheme import Scheme
from sepcost.sweep.column import Column, as_column
from sepcost.sweep.grid import Grid

YES = pl.lit(True)


class Built(NamedTuple):
    """The stages of each layer, null where there are none.

    applicable, realizable: whether the scheme is for a layer, and whether a layer can be built in it.
    multiplier: as exact text; null where there is no depthwise stage, and where the scheme is not applicable.
    """

    stages: Stages
    applicable: pl.Expr
    realizable: pl.Expr
    multiplier: pl.Expr


def built(scheme: Scheme, grid: Grid, parameters: Mapping[str, int]) -> Built:
    """Return the stages of a scheme on the columns n_i, n_o, f_r, f_c and those of gamma."""
    applicable = _applicable(scheme)
    stages, needed = _evaluated(scheme, _sizes(scheme, parameters, applicable))
    divided = (check for need in needed for check in as_column(need.above).divides())
    applicable = reduce(and_, divided, applicable)
    checks = [check for need in needed for check in _checks(need)]
    of_maps = _map_checks(stages, grid)
    checks += of_maps
    realizable = reduce(and_, checks, applicable) if checks else applicable
    # Then being null is all that keeps a layer from being built, and every sum of stages is null with one.
    own_nulls = not (of_maps or scheme.parameters) and all(map(_is_null_alone, stages))
    masked = tuple(_masked(stage, None if own_nulls or not checks else realizable) for stage in stages)
    return Built(masked, applicable, realizable, _multiplier_text(scheme, stages, applicable))


def _applicable(scheme: Scheme) -> pl.Expr:
    """Return whether a scheme can be applied, as `core.build` says it of one layer."""
    p, q, n_i, n_o = (pl.col(name) for name in ("p", "q", "n_i", "n_o"))
    above_one = p >= q if scheme.reads_gamma else YES
    return above_one & (n_o * q == n_i * p) if scheme.ties_channels else above_one


def _sizes(scheme: Scheme, parameters: Mapping[str, int], applicable: pl.Expr) -> Sizes:
    """Return the columns that stages are made from.

    Gamma is null where it is not whole if a depthwise stage multiplies by it, as that cannot be built then.
    """
    root = Column(pl.when(applicable).then(pl.col("root")), nullable=True)
    if _multiplies_by_gamma(scheme):
        gamma = Column(pl.when(applicable).then(pl.col("whole")), nullable=True, root=root)
    else:
        gamma = Column(pl.when(applicable).then(pl.col("p")), pl.col("q"), nullable=True)
    n_i, n_o, f_r, f_c, taps = (Column(pl.col(name)) for name in ("n_i", "n_o", "f_r", "f_c", "taps"))
    return Sizes(n_i, n_o, taps, gamma, f_r, f_c, parameters)


def _evaluated(scheme: Scheme, sizes: Sizes) -> tuple[Stages, tuple[Need, ...]]:
    """Return the stages, and what has to be whole of them."""
    try:
        stages = tuple(stage.converted(_rational) for stage in scheme.stages(sizes))
        own = {name: _rational(value) for name, value in scheme.own(sizes).items()}
        return stages, tuple(needs(own, stages, sizes.n_o))
    except (ZeroDivisionError, RootError):  # Of the numbers given: a column holds quotients and roots of all.
        columns = {name: Column(pl.lit(value)) for name, value in sizes.parameters.items()}
        return _evaluated(scheme, sizes._replace(parameters=columns))


def _rational(value: Any) -> Any:
    """Return a number as it is where it is rational, else the column that is null where it is not."""
    return as_column(value).rational if isinstance(value, (Column, Surd)) else value


def _multiplies_by_gamma(scheme: Scheme) -> bool:
    return str(scheme.multiplier) in ("gamma", "sqrt(gamma)")


def _checks(need: Need) -> list[pl.Expr]:
    """Return what has to hold for a need to be kept."""
    above, below = as_column(need.above), as_column(need.below)
    return above.checks() if need.below == 1 else [(pl.lit(0) + above.whole) % below.whole == 0]


def _map_checks(stages: Stages, grid: Grid) -> list[pl.Expr]:
    """Return what has to hold for the map that stages write together to be the layer's output."""
    lengths = [] if grid.keeps_size else lengths_kept(stages, Maps(*map(pl.col, Maps._fields)))
    if lengths and grid.size is None:
        return [pl.lit(False)]
    return [before == after for before, after in lengths]


def _is_null_alone(stage: Stage) -> bool:
    """Whether a stage's channels are null by themselves wherever it cannot be built."""
    numbers = [as_column(each) for each in (stage.inputs, stage.outputs, stage.multiplier or 1)]
    is_one_group = stage.multiplier is not None or isinstance(stage.groups, int)
    are_counts = all(each.is_over_one and not each.signed for each in numbers)
    return is_one_group and are_counts and any(each.nullable for each in numbers)


def _masked(stage: Stage, realizable: pl.Expr | None) -> Stage:
    """Return a stage of whole columns and numbers, null where it cannot be built."""

    def plain(value: object) -> object:
        whole = as_column(value).whole
        if not isinstance(whole, pl.Expr):
            return whole
        return Column(whole if realizable is None else pl.when(realizable).then(whole))

    return stage.converted(plain)


def _multiplier_text(scheme: Scheme, stages: Stages, applicable: pl.Expr) -> pl.Expr:
    multiplier = next((stage.multiplier for stage in stages if stage.multiplier is not None), None)
    if not isinstance(multiplier, Column):
        return pl.lit(None if multiplier is None else str(multiplier), dtype=pl.String)
    if _multiplies_by_gamma(scheme):
        return pl.when(applicable).then(pl.col("root_text" if scheme.reads_root_gamma else "gamma"))
    return _ratio_text(multiplier)


def _ratio_text(ratio: Column) -> pl.Expr:
    """Return a ratio as a Fraction is written."""

    def text(pair: dict[str, int]) -> str | None:
        return None if pair["above"] is None else str(Fraction(pair["above"], pair["below"]))

    below = ratio.below if isinstance(ratio.below, pl.Expr) else pl.lit(ratio.below)
    both = pl.struct(above=ratio.above, below=below)
    return both.map_elements(text, return_dtype=pl.String)
