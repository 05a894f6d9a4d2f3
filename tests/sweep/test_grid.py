"""A grid of layers as columns: each row is what compare says of its layer, to the last bit."""

import runpy
import subprocess
import sys
from fractions import Fraction
from itertools import product
from pathlib import Path
from random import Random

import duckdb
import polars as pl
import pytest
from dask.distributed import LocalCluster
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from sepcost.comparison import compare
from sepcost.core.errors import FieldError, QuantityError
from sepcost.core.exact import square_root
from sepcost.core.formulas import total_traffic
from sepcost.core.layer import Layer
from sepcost.core.quantity import by
from sepcost.core.schemes import NOTEBOOK_NAMES
from sepcost.hardware.execution import Execution
from sepcost.hardware.machine import Machine
from sepcost.hardware.machines import find_machine
from sepcost.hardware.measured import Cache, Measured
from sepcost.report.render.batches import interrupts_kept
from sepcost.report.render.output import Destination
from sepcost.report.sweep import write
from sepcost.sweep.columns import ROWS_A_BATCH, batches
from sepcost.sweep.gamma import LARGEST_SIEVED, Gammas
from sepcost.sweep.grid import LARGEST_COUNT, Grid
from sepcost.sweep.wanted import columns_of
from tests.cli.program import environment
from tests.effort import tries
from tests.strategies import sizes

FORMATS = ("csv", "jsonl", "parquet")
H100 = find_machine("h100-fp16")
EVEN = Machine(peak=3, bandwidth=1, bytes=1)
COPRIME = Machine(peak=2**61 - 1, bandwidth=2**61 - 3)
ON_H100 = Execution(H100)
MANY = Execution(bytes=3, batch=5)
"""Its ticks are as long as can be: no count of them is a float, and few are whole numbers of 64 bits."""

WIDE = Grid(n_i=(3, 64, 6), n_o=(64, 144, 128, 1), kernel=((3, 3), (1, 5)), size=((56, 56), (7, 9)))


def expected(grid):
    """The rows of a grid, by compare on one layer after another."""
    lists = (grid.n_i or [None], grid.n_o or [None], grid.kernel, grid.size or [None], grid.gamma or [None])
    for n_i, n_o, kernel, size, gamma in product(*lists):
        layer = Layer(n_i, n_o, kernel, size, grid.stride, grid.dilation, grid.padding, grid.bias, gamma)
        how = None if size is None else grid.execution
        compared = compare(layer, grid.schemes, grid.against, grid.execution.batch, execution=how)
        for row in compared.schemes:
            yield (
                layer.n_i,
                layer.n_o,
                *kernel,
                *(size or (None, None)),
                by(grid.stride),
                by(grid.dilation),
                grid.padding if isinstance(grid.padding, str) else by(grid.padding),
                grid.bias,
                str(layer.gamma),
                row.scheme,
                row.applicable,
                row.realizable,
                None if row.multiplier is None else str(row.multiplier),
                row.cost.weights if row.realizable else None,
                row.cost.macs if row.realizable else None,
                None if row.saving is None else float(row.saving.weights),
                None if row.saving is None else float(row.saving.macs),
                *moved(row),
                *(bound(row) if grid.machine else ()),
            )


def moved(row):
    if row.load is None or not row.realizable:
        return None, None, None, None
    traffic = total_traffic(tuple(stage.load.traffic for stage in row.stages))
    return traffic.inputs, traffic.outputs, row.load.bytes, float(row.load.intensity)


def bound(row):
    if row.load is None or row.load.bound is None:
        return None, None, None
    return float(row.load.seconds), row.load.bound.by, row.saving and float(row.saving.time)


def frame(grid, layers=7):
    return pl.concat(batches(grid, layers))


@pytest.mark.parametrize(
    "grid",
    [
        WIDE,
        Grid(n_i=(64,), n_o=(64,)),
        Grid(n_i=(64, 3), n_o=(192, 6), gamma=(Fraction(3), Fraction(9, 4), Fraction(4)), bias=True),
        Grid(n_i=(4, 8), gamma=(Fraction(1), Fraction(9, 4), Fraction(8)), size=((56, 48),), padding=(1, 2)),
        Grid(n_o=(72, 36), gamma=(Fraction(1), Fraction(9, 4), Fraction(9, 8)), against="distributed"),
        Grid(
            n_i=(2, 8), n_o=(8, 2), size=((9, 11), (17, 5)), stride=(2, 3), dilation=(2, 1), padding="valid"
        ),
        Grid(n_i=(5, 7), n_o=(5, 28), schemes=("distributed", "separable"), against="generalized", bias=True),
        Grid(
            n_i=(6, 8),
            n_o=(6, 32),
            size=((9, 7),),
            stride=(4, 1),
            execution=MANY,
            bias=True,
        ),
        Grid(n_i=(6, 8), n_o=(6, 32), size=((9, 7),), stride=(1, 2), execution=Execution(fused=True)),
        Grid(n_i=(6, 8), n_o=(6, 32), bias="last"),
        Grid(
            n_i=(64, 512),
            n_o=(16, 64, 256),
            size=((28, 28), (7, 7)),
            stride=(4, 4),
            execution=ON_H100,
        ),
        Grid(n_i=(6, 8), n_o=(6, 32), size=((9, 7),), execution=Execution(EVEN, fused=True, batch=3)),
        Grid(n_i=(6, 7), n_o=(6, 28), size=((9, 7),), execution=Execution(EVEN), against="distributed"),
        Grid(n_i=(6, 8), n_o=(6, 32), size=((9, 7),), execution=Execution(COPRIME)),
    ],
    ids=[
        *("channels", "one", "all three", "outputs tied", "inputs tied", "spaced", "two schemes"),
        *(
            "moved",
            "fused",
            "last bias",
            "machine",
            "machine, fused",
            "machine, against",
            "machine, many figures",
        ),
    ],
)
@pytest.mark.parametrize("layers", [1, 5, 1000])
def test_rows_are_those_of_compare_in_the_order_of_the_lists(grid, layers):
    found = frame(grid, layers)
    assert dict(found.schema) == columns_of(grid)
    assert found.height == grid.rows
    assert found.rows() == list(expected(grid))


channels = st.lists(sizes, min_size=1, max_size=4, unique=True).map(tuple)


@given(n_i=channels, n_o=channels, kernel=st.integers(1, 99), bias=st.booleans())
@settings(max_examples=tries(30))
def test_rows_are_those_of_compare_at_any_size_that_fits(n_i, n_o, kernel, bias):
    rows = [
        row
        for each in product(n_i, n_o)
        for row in compare(Layer(*each, kernel=(kernel, 3), bias=bias)).schemes
        if row.realizable
    ]
    lists = {"n_i": n_i, "n_o": n_o, "kernel": ((kernel, 3),), "bias": bias}
    if max(row.cost.weights for row in rows) > LARGEST_COUNT:
        with pytest.raises(QuantityError, match="64 bits"):
            Grid(**lists)
    elif max(n_o) * (max(n_o) + 3 * kernel + 2) <= LARGEST_COUNT:
        assert frame(Grid(**lists)).rows() == list(expected(Grid(**lists)))


def test_savings_of_counts_beyond_exact_floats_are_the_nearest_floats():
    grid = Grid(n_i=(10**9, 10**9 - 1, 999_999_937), n_o=(10**9 - 1, 10**9, 999_999_893), bias=True)
    assert grid.largest_count > 2**53
    assert frame(grid).rows() == list(expected(grid))


@given(n_i=st.integers(1, 10**9), n_o=st.integers(1, 10**9))
def test_gamma_and_its_root_are_written_as_one_by_one(n_i, n_o):
    for above, below in ((n_o, n_i), (n_o % 99 + 1, n_i % 99 + 1)):
        gamma = Fraction(above, below)
        root = square_root(gamma)
        (row,) = Gammas(max(above, below)).table(pl.Series([above]), pl.Series([below])).rows(named=True)
        assert (row["p"], row["q"]) == gamma.as_integer_ratio()
        assert (row["gamma"], row["root_text"]) == (str(gamma), str(root))
        assert row["whole"] == (gamma if gamma.denominator == 1 else None)
        assert row["root"] == (root if isinstance(root, Fraction) and root.denominator == 1 else None)


def test_squares_are_found_in_small_numbers_as_in_large_ones():
    numbers = pl.Series(range(1, 2000))
    ones = pl.Series([1] * len(numbers))
    assert_frame_equal(Gammas(2000).table(numbers, ones), Gammas(LARGEST_SIEVED + 1).table(numbers, ones))


def test_the_grid_is_the_product_of_its_lists():
    assert (WIDE.layers, WIDE.rows) == (3 * 4 * 2 * 2, 3 * 4 * 2 * 2 * 4)
    assert frame(WIDE)["scheme"].to_list()[:5] == [*NOTEBOOK_NAMES, "standard"]


@pytest.mark.parametrize(
    ("lists", "field", "problem"),
    [
        ({}, "n_i", "is missing"),
        ({"n_i": (64,)}, "n_o", "is missing"),
        ({"gamma": (Fraction(2),)}, "n_o", "is missing"),
        ({"n_i": (4, 6), "gamma": (Fraction(2), Fraction(9, 4))}, "n_o", "would be 27/2, which is not whole"),
        ({"n_o": (4, 6), "gamma": (Fraction(2), Fraction(4))}, "n_i", "would be 3/2, which is not whole"),
        ({"n_i": (10**9,), "gamma": (Fraction(2),)}, "n_o", "would be 2000000000, above"),
        (
            {"n_i": (1,), "n_o": (1,), "kernel": ((1, 9),), "size": ((9, 5),), "padding": "valid"},
            "kernel",
            "is larger than the padded input",
        ),
        ({"n_i": (4, 0), "n_o": (4,)}, "n_i", "'0' is not a whole number"),
        ({"n_i": (4,), "n_o": (4.0,)}, "n_o", "4.0 is not a whole number"),
        ({"n_i": (), "n_o": (4,)}, "n_i", "is a list without values"),
        ({"n_i": (4,), "n_o": (4,), "schemes": ()}, "schemes", "is a list without values"),
        ({"n_i": (4,), "n_o": (4,), "schemes": ("dephtwise",)}, "schemes", "'dephtwise' is not a scheme"),
        ({"n_i": (4,), "gamma": (Fraction(1, 2),)}, "gamma", "'1/2' is below 1"),
        ({"n_i": (4,), "n_o": (4,), "kernel": ((3, 0),)}, "kernel", "'0' is not a whole number"),
        ({"n_i": (4,), "n_o": (4,), "execution": Execution(EVEN)}, "size", "is missing: bytes moved need"),
        ({"n_i": (4,), "n_o": (4,), "execution": Execution(bytes=2)}, "size", "is missing: bytes moved need"),
    ],
)
def test_a_grid_that_cannot_hold_is_refused(lists, field, problem):
    with pytest.raises(FieldError) as caught:
        Grid(**lists)
    assert caught.value.field == field
    assert problem in str(caught.value)


def test_a_grid_of_too_many_rows_is_refused():
    channels = tuple(range(1, 10**6))
    with pytest.raises(QuantityError, match=r"the grid has 3,999,992,000,004 rows"):  # 4 (10^6 - 1)^2
        Grid(n_i=channels, n_o=channels)


def test_a_machine_whose_ticks_no_column_holds_is_refused():
    with pytest.raises(QuantityError, match="the machine's figures are too long for a column of 128 bits"):
        Grid(n_i=(4,), n_o=(4,), size=((9, 9),), execution=Execution(Machine(2**127 - 1, 2**89 - 1)))


def test_a_number_in_a_list_of_kernels_is_a_square():
    assert Grid(n_i=[4], n_o=[4], kernel=[3, (1, 5)]).kernel == ((3, 3), (1, 5))


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize(
    "lists",
    [
        {"n_i": (2**20,), "n_o": (1, 2**20), "kernel": ((2**10, 1),), "size": ((2**10, 2**3),)},
        {"n_i": (1,), "n_o": (2**29,), "kernel": ((1, 1),), "size": ((32, 1),)},
        {"n_i": (2**15,), "gamma": (Fraction(1), Fraction(2**14)), "kernel": ((1, 1),), "size": ((32, 1),)},
        {"n_i": (2,), "n_o": (2**28,), "gamma": (Fraction(2**29),), "kernel": ((1, 1),), "size": ((32, 1),)},
    ],
    ids=["standard", "generalized", "tied", "free"],
)
def test_a_count_beyond_64_bits_is_refused_and_named(lists, bias):
    with pytest.raises(QuantityError, match="beyond a column of 64 bits") as caught:
        Grid(**lists, bias=bias)
    layers = (
        Layer(n_i, n_o, kernel, size, bias=bias, gamma=gamma)
        for n_i, n_o, kernel, size, gamma in product(
            lists["n_i"], lists.get("n_o", [None]), lists["kernel"], lists["size"], lists.get("gamma", [None])
        )
    )
    rows = [row for layer in layers for row in compare(layer).schemes if row.realizable]
    largest = max(max(row.cost.weights, row.cost.macs) for row in rows)
    assert f"a count of {largest:,}, beyond" in str(caught.value)
    halved = {**lists, "size": ((lists["size"][0][0] // 2, lists["size"][0][1]),)}
    assert 0 < Grid(**halved, bias=bias).largest_count <= LARGEST_COUNT


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """One grid, of more rows than a batch has, in a file of each format."""
    grid = Grid(
        n_i=tuple(range(1, 100)), n_o=tuple(range(1, 100)), kernel=((1, 1), (3, 3)), size=((7, 7),), bias=True
    )
    folder = tmp_path_factory.mktemp("sweep")
    for format_ in FORMATS:
        path = str(folder / f"layers.{format_}")
        write(grid, Destination(None, path, "never", FORMATS))
    return grid, folder


def read_back(grid, folder, format_):
    path = folder / f"layers.{format_}"
    if format_ == "parquet":
        return pl.read_parquet(path)
    if format_ == "csv":
        return pl.read_csv(path, schema=columns_of(grid))
    return pl.read_ndjson(path, schema=columns_of(grid))


@pytest.mark.parametrize("format_", FORMATS)
def test_every_format_reads_back_equal(files, format_):
    grid, folder = files
    assert_frame_equal(read_back(grid, folder, format_), frame(grid, 10**6), check_exact=True)


@pytest.mark.parametrize("format_", FORMATS)
def test_a_random_sample_of_each_format_equals_compare(files, format_):
    grid, folder = files
    found = read_back(grid, folder, format_)
    for row in Random(format_).sample(range(grid.layers), 300):
        n_i, rest = divmod(row, 99 * 2)
        n_o, kernel = divmod(rest, 2)
        one = Grid(n_i=(n_i + 1,), n_o=(n_o + 1,), kernel=(grid.kernel[kernel],), size=grid.size, bias=True)
        assert found[row * 4 : row * 4 + 4].rows() == list(expected(one))


@pytest.mark.parametrize("format_", FORMATS)
def test_duckdb_reads_every_format(files, format_):
    grid, folder = files
    reader = {"csv": "read_csv", "jsonl": "read_json", "parquet": "read_parquet"}[format_]
    rows = frame(grid, 10**6)
    query = f"select count(*), sum(macs), count(distinct gamma) from {reader}('{folder}/layers.{format_}')"
    assert duckdb.sql(query).fetchall()[0] == (
        rows.height,
        rows["macs"].sum(),
        rows["gamma"].n_unique(),
    )


DASK_EXAMPLE = Path(__file__).parents[2] / "examples" / "dask_sweep.py"


def test_the_formulas_on_the_columns_of_a_dask_dataframe_say_what_compare_says():
    example = runpy.run_path(str(DASK_EXAMPLE))
    layers = example["layers"]((1, 7, 64), (1, 3), positions=9, partitions=3)
    rows = example["costed"](layers).compute(scheduler="threads", num_workers=2)
    assert len(rows) == 3 * 3 * 2
    for row in rows.to_dict("records"):
        layer = Layer(row["n_i"], gamma=row["root_gamma"] ** 2, kernel=row["kernel"], size=3)
        for found in compare(layer, [scheme.name for scheme in example["SCHEMES"]]).schemes:
            assert row[f"{found.scheme}_weights"] == found.cost.weights
            assert row[f"{found.scheme}_macs"] == found.cost.macs


def test_the_dask_example_runs_on_a_cluster_of_two_workers():
    """The way beyond one machine: each worker is a process of its own, which imports the formulas."""
    workers = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
    with LocalCluster(**workers) as cluster:
        run = [sys.executable, "-W", "error", str(DASK_EXAMPLE), cluster.scheduler_address]
        done = subprocess.run(run, capture_output=True, text=True, env=environment(), timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    gammas, taps = (1, 4, 9), (1, 9, 25)
    channels = range(1, 20_001)
    separable = sum(n * (g * n + f) for n in channels for g in gammas for f in taps) * 56 * 56
    mean = separable / (len(channels) * len(gammas) * len(taps))
    assert f"separable_macs {mean:,.0f}".split() in [line.split() for line in done.stdout.splitlines()]


class Drops:
    """An interrupt that nobody can catch, as one is that comes while Polars looks at a type of Python's."""

    def __del__(self):
        raise KeyboardInterrupt


def swept_with(*steps):
    """Run steps of a sweep, and what looks for a dropped interrupt after them."""
    with interrupts_kept() as raise_dropped:
        for step in steps:
            step()
        raise_dropped()


def fail():
    raise TypeError("what Polars makes of it")


def test_a_batch_has_as_many_rows_whatever_the_number_of_variants():
    grid = Grid(
        n_i=range(1, 101), n_o=range(1, 101), schemes=("grouped",), parameters={"groups": range(1, 41)}
    )
    heights = [batch.height for batch in batches(grid)]
    assert sum(heights) == grid.rows == 100 * 100 * 40
    assert 0.9 * ROWS_A_BATCH < max(heights) <= ROWS_A_BATCH


def test_batches_refuse_at_once_what_is_no_column_and_no_number_of_layers():
    grid = Grid(n_i=(64,), n_o=(64,))
    with pytest.raises(QuantityError, match=r"'weihgts' is not one of .*; did you mean weights\?"):
        batches(grid, wanted=["scheme", "weihgts"])
    for layers in (0, -1, 2.5):
        with pytest.raises(FieldError, match=r"layers: .* is not a whole number"):
            batches(grid, layers)


def test_a_batch_has_the_columns_that_are_wanted_each_once_and_one_name_alone_too():
    grid = Grid(n_i=(64,), n_o=(64,))
    for wanted, names in (
        (["weights", "scheme", "weights"], ["weights", "scheme"]),
        ("weights", ["weights"]),
    ):
        (frame,) = batches(grid, wanted=wanted)
        assert frame.columns == names


@pytest.mark.parametrize("kernel", [(3,), (1, 3)])
def test_batches_of_any_length_hold_the_same_rows(kernel):
    # 160 x 120 pairs: more than are laid out at once, and not a multiple of what a batch takes of them.
    grid = Grid(n_i=range(1, 161), n_o=range(1, 121), kernel=kernel, schemes=("distributed",))
    columns = ("n_i", "n_o", "f_r", "gamma", "weights")
    in_one, in_several = (pl.concat(batches(grid, layers, columns)) for layers in (grid.layers, 7001))
    assert in_one.select("n_i", "n_o", "f_r").rows() == list(product(range(1, 161), range(1, 121), kernel))
    assert_frame_equal(in_one, in_several)


def test_an_interrupt_that_is_dropped_on_the_way_still_ends_a_sweep():
    for steps in ((Drops,), (Drops, fail)):
        with pytest.raises(KeyboardInterrupt):
            swept_with(*steps)


def test_other_errors_of_a_sweep_stay_what_they_are():
    with pytest.raises(TypeError, match="what Polars makes of it"):
        swept_with(fail)


CHIP = Machine(
    60 * 10**9,
    10**10,
    measured=Measured(
        (Cache(2**16, 6 * 10**10), Cache(2**20, 2 * 10**10)),
        Fraction(3, 10**6),
        {"standard": Fraction(3, 5), "depthwise": Fraction(1, 5), "pointwise": Fraction(4, 5)},
    ),
)


@pytest.mark.parametrize("fused", [False, True])
def test_estimates_of_a_sweep_are_those_of_each_layer(fused):
    how = Execution(CHIP, fused=fused, batch=2)
    grid = Grid(n_i=(6, 64), n_o=(6, 128), kernel=((1, 1), (3, 3)), size=((7, 7), (56, 56)), execution=how)
    rows = pl.concat(batches(grid)).to_dicts()
    assert {row["time_estimate_s"] is None for row in rows} == {True, False}
    for row in rows:
        layer = Layer(row["n_i"], row["n_o"], (row["f_r"], row["f_c"]), (row["l_r"], row["l_c"]))
        (cost,) = compare(layer, [row["scheme"]], execution=how).schemes
        for found, expected in (
            (row["time_estimate_s"], cost.load and cost.load.estimate),
            (row["saving_time_estimate"], cost.saving and cost.saving.time_estimate),
        ):
            assert found == (None if expected is None else pytest.approx(float(expected), rel=1e-12))
