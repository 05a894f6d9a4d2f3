"""Traffic and bounds: what is moved equals a walk that counts each number of each map once."""

from dataclasses import replace
from fractions import Fraction
from itertools import product

import polars as pl
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from sepcost.comparison import compare
from sepcost.core import formulas
from sepcost.core.errors import FieldError
from sepcost.core.exact import Surd
from sepcost.core.formulas import Maps, Sizes, Traffic
from sepcost.core.layer import Layer
from sepcost.core.schemes import NOTEBOOK_NAMES, scheme_named
from sepcost.hardware.estimate import Pass, joined
from sepcost.hardware.execution import Execution
from sepcost.hardware.machine import Machine
from sepcost.hardware.machines import find_machine
from sepcost.hardware.measured import Measured
from sepcost.hardware.roofline import bound
from tests import oracle
from tests.core.test_formulas import Added
from tests.strategies import geometries, sizes, small

H100 = Machine(495 * 10**12, 3_350 * 10**9, 2)
rates = st.integers(1, 10**6)


def walked(convolution: oracle.Convolution, batch: int = 1, bias: bool = False) -> Traffic:
    """Count the numbers of a convolution's maps and weights by listing each once."""
    rows, columns = map(range, convolution.size)
    read = {(one, *pixel) for one, *pixel in product(range(batch), rows, columns, range(convolution.n_i))}
    written = {
        (one, *pixel)
        for one, *pixel in product(range(batch), *map(range, convolution.out), range(convolution.n_o))
    }
    weights = {weight for weight, _ in convolution.products()}
    biases = {output for output, *_ in weights} if bias else set()
    return Traffic(len(read), len(weights) + len(biases), len(written))


def macs_walked(convolution: oracle.Convolution, batch: int) -> int:
    return batch * oracle.count(convolution).macs


def stages_walked(convolution: oracle.Convolution, scheme: str, root: int) -> list[oracle.Convolution]:
    multiplier = {"separable": 1, "generalized": root**2, "distributed": root}.get(scheme)
    return oracle.factorized(convolution, multiplier) if multiplier else oracle.standard(convolution)


@given(
    geometry=geometries(),
    n_i=small,
    root=small,
    bias=st.booleans(),
    batch=small,
    element_size=st.sampled_from([1, 2, 4]),
    peak=rates,
    bandwidth=rates,
    scheme=st.sampled_from(NOTEBOOK_NAMES),
)
def test_bytes_intensity_and_bounds_are_those_of_a_walk(
    geometry, n_i, root, bias, batch, element_size, peak, bandwidth, scheme
):
    n_o = root**2 * n_i
    stages = stages_walked(oracle.Convolution(n_i, n_o, **geometry), scheme, root)
    moved = [walked(stage, batch, bias) for stage in stages]
    macs = [macs_walked(stage, batch) for stage in stages]
    nbytes = [element_size * sum(traffic) for traffic in moved]
    times = [
        (Fraction(done, peak), Fraction(byte, bandwidth)) for done, byte in zip(macs, nbytes, strict=True)
    ]

    layer = Layer(n_i, n_o, **geometry, bias=bias)
    how = Execution(Machine(peak, bandwidth), element_size, batch=batch)
    row = compare(layer, [scheme], execution=how).scheme(scheme)
    loads = [stage.load for stage in row.stages]

    assert [load.traffic for load in loads] == moved
    assert [(load.macs, load.bytes) for load in loads] == list(zip(macs, nbytes, strict=True))
    assert [load.intensity for load in loads] == list(map(Fraction, macs, nbytes))
    assert [(each.macs, each.bytes) for each in row.load.passes] == list(zip(macs, nbytes, strict=True))
    assert row.load.bytes == sum(nbytes)
    assert row.load.intensity == Fraction(sum(macs), sum(nbytes))
    assert [load.bound.seconds for load in loads] == [max(both) for both in times]
    assert row.load.bound.seconds == sum(max(both) for both in times)
    binders = ["compute" if computing >= moving else "memory" for computing, moving in times]
    assert [load.bound.by for load in loads] == binders
    assert row.load.bound.by == (binders[0] if len(set(binders)) == 1 else "mixed")


@given(
    geometry=geometries(),
    n_i=small,
    root=small,
    bias=st.booleans(),
    batch=small,
    peak=rates,
    bandwidth=rates,
    scheme=st.sampled_from(NOTEBOOK_NAMES),
)
def test_fused_stages_are_one_pass_without_the_maps_between_them(
    geometry, n_i, root, bias, batch, peak, bandwidth, scheme
):
    n_o = root**2 * n_i
    stages = stages_walked(oracle.Convolution(n_i, n_o, **geometry), scheme, root)
    moved = [walked(stage, batch, bias) for stage in stages]
    nbytes = 4 * (moved[0].inputs + sum(traffic.weights for traffic in moved) + moved[-1].outputs)
    macs = sum(macs_walked(stage, batch) for stage in stages)

    how = Execution(Machine(peak, bandwidth), fused=True, batch=batch)
    row = compare(Layer(n_i, n_o, **geometry, bias=bias), [scheme], execution=how).scheme(scheme)
    assert [(each.macs, each.bytes) for each in row.load.passes] == [(macs, nbytes)]
    assert row.load.bytes == sum(stage.load.bytes for stage in row.stages) == nbytes
    assert row.load.bound.seconds == max(Fraction(macs, peak), Fraction(nbytes, bandwidth))
    assert row.load.bound.by == ("compute" if macs * bandwidth >= nbytes * peak else "memory")
    assert all((stage.load.bound is None) == (len(stages) > 1) for stage in row.stages)


def test_a_strided_depthwise_stage_reads_its_whole_map_and_the_pointwise_one_what_is_left():
    (row,) = compare(Layer(64, 128, size=56, stride=2), ["separable"], execution=Execution()).schemes
    depthwise, pointwise = row.stages
    assert depthwise.load.traffic == (64 * 56 * 56, 64 * 9, 64 * 28 * 28)
    assert pointwise.load.traffic == (64 * 28 * 28, 128 * 64, 128 * 28 * 28)


def test_weights_cross_once_for_a_batch_and_maps_each_time():
    for batch in (1, 8):
        (row,) = compare(Layer(64, 64, size=56), ["standard"], execution=Execution(batch=batch)).schemes
        (stage,) = row.stages
        assert stage.load.traffic == (batch * 64 * 56 * 56, 64 * 64 * 9, batch * 64 * 56 * 56)
        assert joined(row.load.passes).macs == row.cost.macs == batch * 64 * 64 * 9 * 56 * 56


def test_the_batch_is_that_of_the_execution_unless_one_is_given():
    layer = Layer(64, 64, size=56)
    for batch, expected in ((None, 8), (2, 2)):
        result = compare(layer, ["standard"], batch=batch, execution=Execution(batch=8))
        assert result.batch == result.execution.batch == expected
        row = result.scheme("standard")
        assert row.cost.macs == joined(row.load.passes).macs


def test_fewer_macs_may_take_longer():
    """Standard 2 (2 · 64 · 56² + 64² 9) bytes, separable 2 (4 · 64 · 56² + 64 (64 + 9)), both from memory."""
    result = compare(Layer(64, 64, size=56), execution=Execution(H100))
    standard, separable = result.scheme("standard"), result.scheme("separable")
    assert standard.load.bytes == 2 * (2 * 64 * 56**2 + 64**2 * 9) == 876_544
    assert separable.load.bytes == 2 * (4 * 64 * 56**2 + 64 * (64 + 9)) == 1_614_976
    assert standard.load.bound == (Fraction(876_544, 3_350 * 10**9), "memory")
    assert separable.saving.time == Fraction(876_544, 1_614_976)
    assert standard.saving.time == 1


@pytest.mark.parametrize(
    ("works", "seconds", "by"),
    [
        ([(6, 2)], 2, "compute"),
        ([(3, 2)], 2, "memory"),
        ([(6, 2), (3, 1)], 3, "compute"),
        ([(6, 1), (3, 2)], 4, "mixed"),
        ([(6, 2), (1, 3)], 5, "mixed"),
        ([(0, 2), (1, 3)], 5, "memory"),
    ],
)
def test_the_slower_of_arithmetic_and_memory_binds_and_a_tie_is_arithmetic(works, seconds, by):
    """3 MAC/s and 1 byte/s."""
    passes = tuple(Pass((("standard", macs),), moved) for macs, moved in works)
    assert bound(passes, Machine(3, 1)) == (seconds, by)


def test_bytes_of_a_number_are_those_given_else_the_machines_else_four():
    numbers = 2 * 64 * 56**2 + 64**2 * 9
    for how, size in ((Execution(), 4), (Execution(H100), 2), (Execution(H100, 1), 1)):
        row = compare(Layer(64, 64, size=56), execution=how).scheme("standard")
        assert row.load.bytes == numbers * size


def test_without_an_execution_nothing_is_moved():
    result = compare(Layer(64, 64, size=56))
    assert result.execution is result.machine is None
    for row in result.schemes:
        assert row.load is None
        assert {stage.load for stage in row.stages} == {None}


def test_without_a_machine_nothing_is_bound():
    result = compare(Layer(64, 64, size=56), execution=Execution())
    assert result.machine is None
    for row in result.schemes:
        assert row.load.intensity is not None
        assert row.load.bound is row.load.seconds is row.saving.time is None
        assert {stage.load.bound for stage in row.stages} == {None}


def test_what_cannot_be_built_has_exact_bytes_and_no_bound():
    row = compare(Layer(64, 128, size=56), execution=Execution(H100)).scheme("distributed")
    load = row.load
    # 2 (64 + 128) maps of 56² and 2 · 64 √2 of them between; weights 64 √2 (128 + 9).
    assert load.bytes == Surd(2 * (64 + 128) * 56**2, 2 * (2 * 64 * 56**2 + 64 * (128 + 9)), 2)
    assert (load.intensity, load.bound, row.saving, load.passes) == (None, None, None, ())
    assert {stage.load.bound for stage in row.stages} == {None}


def test_what_is_not_applicable_moves_nothing():
    row = compare(Layer(64, 16, size=56), execution=Execution(H100)).scheme("generalized")
    assert (row.load, row.saving, row.stages) == (None, None, ())


def test_a_baseline_that_cannot_be_built_leaves_bounds_without_a_saving():
    result = compare(Layer(64, 128, size=56), against="distributed", execution=Execution(H100))
    assert {row.saving for row in result.schemes} == {None}
    assert result.scheme("separable").load.bound is not None


def test_a_baseline_need_not_be_a_row():
    (row,) = compare(Layer(64, 64, size=56), ["separable"], execution=Execution(H100)).schemes
    assert row.saving.time == Fraction(876_544, 1_614_976)


def test_bounds_need_a_size_and_a_whole_batch():
    with pytest.raises(FieldError, match="size: is missing"):
        compare(Layer(64, 64), execution=Execution())
    for batch in (0, 1.5, True, 10**9 + 1):
        with pytest.raises(FieldError, match=r"^batch: "):
            compare(Layer(64, 64, size=56), batch=batch)
    with pytest.raises(FieldError, match="bytes: '0' is not"):
        compare(Layer(64, 64, size=56), execution=Execution(bytes=0))


SEPARABLE = scheme_named("separable").stages


def maps(read, written) -> Maps:
    """Maps of that many positions."""
    return Maps(read, 1, written, 1)


@given(n_i=sizes, n_o=sizes, taps=sizes, read=sizes, written=sizes, batch=sizes)
def test_traffic_is_exact_at_any_size_and_the_same_for_symbols(n_i, n_o, taps, read, written, batch):
    counted = formulas.traffic(SEPARABLE(Sizes(n_i, n_o, taps)), maps(read, written), True, batch)
    assert counted == (
        (n_i * read * batch, n_i * taps + n_i, n_i * written * batch),
        (n_i * written * batch, n_o * n_i + n_o, n_o * written * batch),
    )
    symbols = sympy.symbols("n_i n_o taps read written batch", positive=True, integer=True)
    expressed = formulas.traffic(SEPARABLE(Sizes(*symbols[:3])), maps(*symbols[3:5]), True, symbols[5])
    values = dict(zip(symbols, (n_i, n_o, taps, read, written, batch), strict=True))
    assert tuple(tuple(part.subs(values) for part in stage) for stage in expressed) == counted


def test_traffic_adds_and_multiplies_and_does_nothing_else():
    sizes = Sizes(n_i=5, n_o=7, taps=6)
    for moves in (formulas.traffic, formulas.fused_traffic):
        stages = SEPARABLE(Sizes(*map(Added, sizes[:-1])))
        bare = moves(stages, maps(Added(11), Added(13)), True, Added(2))
        counted = formulas.total_traffic(moves(SEPARABLE(sizes), maps(11, 13), True, 2))
        assert formulas.total_traffic(bare).bytes(Added(3)).value == counted.bytes(3)


def test_traffic_fills_a_column():
    frame = pl.DataFrame({"n_i": [1, 64], "n_o": [8, 64], "taps": [9, 25], "read": [4, 9], "written": [1, 9]})
    stages = SEPARABLE(Sizes(pl.col("n_i"), pl.col("n_o"), pl.col("taps")))
    columns = maps(pl.col("read"), pl.col("written"))
    moved, fused = formulas.traffic(stages, columns), formulas.fused_traffic(stages, columns)
    filled = frame.select(
        bytes=formulas.total_traffic(moved).bytes(2), fused=formulas.total_traffic(fused).bytes(2)
    )
    for row, (total, one_pass) in zip(frame.iter_rows(), filled.iter_rows(), strict=True):
        n_i, n_o, taps, read, written = row
        weights = n_i * (taps + n_o)
        assert one_pass == 2 * (n_i * read + weights + n_o * written)
        assert total == one_pass + 2 * 2 * n_i * written


@pytest.mark.parametrize(
    ("layer", "scheme", "intensity", "by"),
    [
        (Layer(144, 144, size=(56, 56)), "depthwise", "1.125", "memory"),
        (Layer(3, 32, size=(224, 224), stride=(2, 2)), "standard", "4.909", "memory"),
        (Layer(512, 512, size=(28, 28)), "standard", "550.7", "compute"),
    ],
)
def test_layers_are_bound_by_what_a_librarys_benchmark_found(layer, scheme, intensity, by):
    """64 inputs in single precision, on a machine that takes some 200 MACs for each byte of memory."""
    how = Execution(Machine(200, 1), 4, batch=64)
    (row,) = compare(layer, [scheme], execution=how).schemes
    assert row.load is not None
    assert f"{float(row.load.intensity):.4g}" == intensity
    assert row.load.bound.by == by


MEASURED = {
    8: (0.52, "0.50"),
    16: (0.70, "0.65"),
    24: (0.96, "0.97"),
    32: (1.08, "1.30"),
    40: (1.34, "1.62"),
    64: (1.67, "2.60"),
    128: (2.87, "4.82"),
}
"""By the channels of a 3x3 layer of 200x200 maps, its time as a part of a separable one's, on a CPU: as it
was measured, and by its bound."""


@pytest.mark.parametrize("channels", MEASURED)
def test_where_a_separable_layer_took_less_time_its_bound_is_lower(channels):
    layer = Layer(channels, channels, size=(200, 200))
    how = Execution(find_machine("ryzen-9-7950x"))
    (row,) = compare(layer, ["separable"], execution=how).schemes
    assert row.saving is not None
    measured, bound = MEASURED[channels]
    assert f"{float(row.saving.time):.2f}" == bound
    assert (row.saving.time > 1) == (measured > 1)


@pytest.mark.parametrize(
    ("measured", "pays"),
    [(None, True), (Measured(launch=Fraction(1, 10**6), efficiency={"depthwise": Fraction(1, 200)}), False)],
)
def test_an_estimate_tells_a_slow_depthwise_convolution_which_no_bound_does(measured, pays):
    """3 channels on small maps took longer than a standard convolution to 16, on a CPU."""
    how = Execution(replace(find_machine("ryzen-9-7950x"), measured=measured))
    seconds = []
    for n_o, scheme in ((3, "depthwise"), (16, "standard")):
        (row,) = compare(Layer(3, n_o, size=28), [scheme], execution=how).schemes
        assert row.load is not None
        seconds.append(row.load.estimate or row.load.seconds)
    assert (seconds[0] < seconds[1]) == pays
