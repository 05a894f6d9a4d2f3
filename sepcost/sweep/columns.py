"""A grid of layers as columns in Polars: the formulas run on them as they are, a batch at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sepcost.core import formulas
from sepcost.core.errors import MissingExtraError
from sepcost.core.layer import output_length, padding_text, pads
from sepcost.core.quantity import by, checked_field, checked_whole
from sepcost.sweep.grid import Grid, Variant

try:
    import polars as pl
except ImportError:
    raise MissingExtraError("a sweep", "sweep") from None

from sepcost.sweep.build import built
from sepcost.sweep.column import whole
from sepcost.sweep.gamma import Gammas
from sepcost.sweep.traffic import moved
from sepcost.sweep.wanted import OF_A_LAYER, checked_columns, columns_of, of_a_scheme, of_parameters

ROWS_A_BATCH = 2**16
"""Rows of a batch of whole layers: each is planned anew by Polars, and more rows take more memory."""

_PAIRS_A_TABLE = 2**14
"""Pairs of channels that are laid out at once where a batch has fewer: a plan for many takes no longer."""

_LARGEST_EXACT_FLOAT = 2**53

_OF_THE_GRID = ("stride", "dilation", "padding", "bias")
"""What is the same in every row."""

_SAVINGS = {
    "saving_weights": "weights",
    "saving_macs": "macs_saved",
    "saving_time": "ticks",
    "saving_time_estimate": "time_estimate_s",
}


_NEEDS = {
    **{saving: (cost,) for saving, cost in _SAVINGS.items()},
    "intensity": ("macs", "bytes"),
    "time_bound_s": ("ticks",),
}
"""What a column is computed from, where that is not itself."""


def batches(
    grid: Grid, layers: int | None = None, wanted: Sequence[str] | None = None
) -> Iterator[pl.DataFrame]:
    """Return the rows of a grid in its order, those of that many layers at a time.

    layers: as many as ROWS_A_BATCH has unless given. wanted: the columns, in order; all of them unless given.
    Raises QuantityError for a name that is no column, FieldError for a number of layers that is not whole.

    >>> (frame,) = batches(Grid(n_i=(64,), n_o=(64,)))
    >>> frame.filter(scheme="separable")["weights"].to_list()
    [4672]
    """
    columns = _Columns(grid, checked_columns(grid, columns_of(grid) if wanted is None else wanted))
    usual = max(1, ROWS_A_BATCH // len(columns.variants))
    step = usual if layers is None else checked_field("layers", checked_whole, layers)
    return (columns.rows(start, min(start + step, grid.layers)) for start in range(0, grid.layers, step))


class _Columns:
    """What all batches of a grid share: its lists as columns."""

    def __init__(self, grid: Grid, wanted: tuple[str, ...]) -> None:
        self.grid = grid
        self.wanted = wanted
        self.of_a_scheme = [column for column in of_a_scheme(grid) if column in wanted]
        self.variants = grid.variants
        costed = [*self.variants] if grid.baseline in self.variants else [*self.variants, grid.baseline]
        self.baseline = costed.index(grid.baseline)
        needed = {column for name in self.of_a_scheme for column in _NEEDS.get(name, (name,))}
        self.costs = [
            expression.alias(_name(number, column))
            for number, columns in enumerate(_costs(costed, grid))
            for column, expression in columns.items()
            if column in needed
        ]
        self.schemes = pl.DataFrame({"scheme": [variant.scheme.name for variant in self.variants]})
        self.parameters = pl.DataFrame(
            {name: [each.parameters.get(name) for each in self.variants] for name in grid.parameters},
            schema=of_parameters(grid),
        )
        self.n_i, self.n_o = _listed("n_i", grid.n_i), _listed("n_o", grid.n_o)
        self.kernels = _sides(("f_r", "f_c"), grid.kernel)
        self.sizes = _sides(("l_r", "l_c"), grid.size or [(None, None)])
        parts = [gamma.as_integer_ratio() for gamma in grid.gamma or ()]
        self.gammas = Gammas(max([*(grid.n_i or ()), *(grid.n_o or ()), *map(max, parts)]))
        self.places = pl.DataFrame()
        self.first_pair, self.pairs = 0, pl.DataFrame()
        self.given = None if grid.gamma is None else self.gammas.table(*_sides(("p", "q"), parts))

    def rows(self, start: int, stop: int) -> pl.DataFrame:
        """Return the rows of the layers from `start` to before `stop`."""
        layers = self._layers(start, stop)
        layer, scheme, cost = self._places(len(layers))
        varying = [name for name in OF_A_LAYER if name in self.wanted and name not in _OF_THE_GRID]
        parts = [layers.select(varying)[layer]] if varying else []
        parts += [each[scheme] for each in (self.schemes, self.parameters) if each.width]
        costs = layers.select(self.costs)
        # One column after another, as all of them at once would take a third more memory.
        parts += [self._stacked(costs, column).gather(cost).to_frame() for column in self.of_a_scheme]
        rows: pl.DataFrame = pl.concat(parts, how="horizontal")
        return rows.with_columns(**_same(self.grid)).select(self.wanted)

    def _places(self, layers: int) -> pl.DataFrame:
        """Return the layer and the scheme of each row, and where its costs are in a stacked column.

        All batches but the last have as many layers.
        """
        if len(self.places) != layers * len(self.schemes):
            row, schemes = pl.int_range(layers * len(self.schemes), dtype=pl.UInt32), len(self.schemes)
            places = pl.select(layer=row // schemes, scheme=row % schemes)
            self.places = places.with_columns(cost=pl.col("scheme") * layers + pl.col("layer"))
        return self.places

    def _stacked(self, costs: pl.DataFrame, column: str) -> pl.Series:
        """Return one column of all layers in the first scheme, then in the second, and so on."""
        parts = [self._part(costs, column, number) for number in range(len(self.variants))]
        return pl.concat(parts, rechunk=True).alias(column)

    def _part(self, costs: pl.DataFrame, column: str, variant: int) -> pl.Series:
        """Return one column of all layers in one scheme with its parameters."""
        if column in _SAVINGS:
            cost = _SAVINGS[column]
            return _quotient(costs[_name(self.baseline, cost)], costs[_name(variant, cost)])
        if column == "intensity":
            return _quotient(costs[_name(variant, "macs")], costs[_name(variant, "bytes")])
        if column == "time_bound_s":
            assert self.grid.machine is not None
            return _quotient(costs[_name(variant, "ticks")], self.grid.machine.ticks.second)
        return costs[_name(variant, column)]

    def _layers(self, start: int, stop: int) -> pl.DataFrame:
        """Return a row a layer: its columns, and what else the formulas read."""
        grid = self.grid
        kernels, sizes, gammas = grid.lengths[2:]
        index = pl.int_range(start, stop, eager=True)
        pair = index // (kernels * sizes * gammas)
        parts = [
            self._channels(pair),
            self.kernels[index // (sizes * gammas) % kernels],
            self.sizes[index // gammas % sizes],
        ]
        if self.given is not None:
            parts.append(self.given[index % gammas])
        layers: pl.DataFrame = pl.concat(parts, how="horizontal")
        taps = pl.col("f_r") * pl.col("f_c")
        return layers.with_columns(taps=taps, **_written(grid), **self._tied_channels())

    def _channels(self, pair: pl.Series) -> pl.DataFrame:
        """Return the channels of the next pairs, and gamma where it is n_o / n_i."""
        if pair[-1] - self.first_pair >= len(self.pairs):
            self.first_pair = pair[0]
            self.pairs = self._laid_out(pair[0], max(pair[-1] + 1, pair[0] + _PAIRS_A_TABLE))
        return self.pairs[pair - self.first_pair]

    def _laid_out(self, first: int, stop: int) -> pl.DataFrame:
        """Return the pairs of channels from `first` to before `stop`, as far as there are any."""
        many, width = self.grid.lengths[:2]
        pair = pl.int_range(first, min(stop, many * width), eager=True)
        places = ((self.n_i, pair // width), (self.n_o, pair % width))
        listed = [channels[place] for channels, place in places if channels is not None]
        channels: pl.DataFrame = pl.concat(listed, how="horizontal")
        if self.given is not None:
            return channels
        return channels.hstack(self.gammas.table(channels["n_o"], channels["n_i"]))

    def _tied_channels(self) -> dict[str, pl.Expr]:
        """Return the channels that are left out: n_o = gamma n_i is whole for every layer of a grid."""
        p, q = pl.col("p"), pl.col("q")
        if self.grid.n_o is None:
            return {"n_o": pl.col("n_i") * p // q}
        return {} if self.grid.n_i is not None else {"n_i": pl.col("n_o") * q // p}


def _same(grid: Grid) -> dict[str, pl.Expr]:
    """Return what is the same in every row."""
    shared = (by(grid.stride), by(grid.dilation), padding_text(grid.padding), grid.bias)
    return {name: pl.lit(value) for name, value in zip(_OF_THE_GRID, shared, strict=True)}


def _costs(variants: Sequence[Variant], grid: Grid) -> Iterator[dict[str, pl.Expr]]:
    """Yield what each layer costs in each variant, nulls where it cannot be applied or built."""
    found = [built(variant.scheme, grid, variant.parameters) for variant in variants]
    # MACs for each position compare alike, and are the smaller numbers: but not those of several maps.
    per_position = [grid.keeps_size or formulas.on_one_map(each.stages) for each in found]
    for number, each in enumerate(found):
        columns = {
            "applicable": each.applicable,
            "realizable": each.realizable,
            "multiplier": each.multiplier,
            "weights": whole(formulas.weights(each.stages, grid.bias)),
            **moved(each.stages, grid, each.realizable),
        }
        if all(per_position) or (grid.size is None and per_position[number]):
            columns["macs_saved"] = whole(formulas.macs(each.stages))
        else:
            columns["macs_saved"] = columns["macs"]
        yield columns


def _name(variant: int, column: str) -> str:
    return f"{variant}.{column}"


def _written(grid: Grid) -> dict[str, pl.Expr]:
    """Return the output rows and columns, null where the grid has no size."""
    axes = zip(("l_r", "l_c"), ("f_r", "f_c"), grid.stride, grid.dilation, pads(grid.padding), strict=True)
    # An expression adds and divides as a length does.
    length: Callable[..., Any] = output_length
    rows, columns = (length(pl.col(size), pl.col(kernel), *spacing) for size, kernel, *spacing in axes)
    return {"o_r": rows, "o_c": columns}


def _quotient(above: pl.Series, below: pl.Series | int) -> pl.Series:
    """Return the float nearest to each exact quotient, null where a side is."""
    if _is_exact_as_float(above) and _is_exact_as_float(below):
        if isinstance(below, int):  # By a number Polars would divide less exactly than by a column.
            below = pl.repeat(float(below), len(above), eager=True)
        return above.cast(pl.Float64) / below
    # A column of such counts is rounded before it is divided; Python divides the whole numbers.
    others = [below] * len(above) if isinstance(below, int) else below.to_list()
    pairs = zip(above.to_list(), others, strict=True)
    return pl.Series([None if None in pair else pair[0] / pair[1] for pair in pairs], dtype=pl.Float64)


def _is_exact_as_float(counts: pl.Series | int) -> bool:
    if isinstance(counts, int):
        return int(float(counts)) == counts
    largest = counts.max()
    return not isinstance(largest, int) or largest <= _LARGEST_EXACT_FLOAT


def _listed(name: str, numbers: Sequence[int] | None) -> pl.DataFrame | None:
    return None if numbers is None else pl.DataFrame({name: numbers}, schema={name: pl.Int64})


def _sides(names: tuple[str, str], pairs: Sequence[tuple[int | None, int | None]]) -> pl.DataFrame:
    return pl.DataFrame(pairs, schema=dict.fromkeys(names, pl.Int64), orient="row")
