"""Schemes side by side: the numbers of the notebook and of the MobileNet paper, each with its product."""

import subprocess
import sys
from fractions import Fraction
from math import floor
from pathlib import Path

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

import sepcost
from sepcost.comparison import Saving, compare, simplest
from sepcost.core.errors import QuantityError
from sepcost.core.exact import Surd
from sepcost.core.layer import Layer
from sepcost.core.schemes import NOTEBOOK, catalogue, scheme_named
from tests import oracle
from tests.strategies import geometries, sizes, small

MOBILENET = Layer(512, 512, kernel=3, size=14)
WIDENING = Layer(64, 256, kernel=3)
IRRATIONAL = Layer(64, 128, kernel=3)
NARROWING = Layer(64, 16, kernel=3)


@pytest.mark.parametrize(
    ("scheme", "weights", "macs"),
    [
        ("standard", 512 * 512 * 9, 512 * 512 * 9 * 14 * 14),
        ("separable", 512 * (512 + 9), 512 * (512 + 9) * 14 * 14),
    ],
    ids=["standard", "separable"],
)
def test_the_layer_of_the_mobilenet_paper(scheme, weights, macs):
    cost = compare(MOBILENET).scheme(scheme).cost
    assert (cost.weights, cost.macs_per_position, cost.macs) == (weights, weights, macs)


def test_the_layer_of_the_mobilenet_paper_in_its_printed_numbers():
    standard, separable = compare(MOBILENET, ["standard", "separable"]).schemes
    assert (standard.cost.weights, standard.cost.macs) == (2_359_296, 462_422_016)
    assert (separable.cost.weights, separable.cost.macs) == (266_752, 52_283_392)
    assert separable.saving == Saving(Fraction(512 * 9, 512 + 9), Fraction(512 * 9, 512 + 9))


@pytest.mark.parametrize(
    ("scheme", "weights", "product", "multiplier"),
    [
        ("standard", 147_456, 256 * 64 * 9, None),
        ("separable", 16_960, 64 * (256 + 9), 1),
        ("generalized", 67_840, 4 * 64 * (256 + 9), 4),
        ("distributed", 33_920, 2 * 64 * (256 + 9), 2),
    ],
    ids=["standard", "separable", "generalized", "distributed"],
)
def test_64_to_256_channels_in_every_scheme(scheme, weights, product, multiplier):
    row = compare(WIDENING).scheme(scheme)
    assert row.cost.weights == row.cost.macs_per_position == product == weights
    assert row.multiplier == multiplier
    assert row.realizable
    assert row.nearest_multipliers is None
    assert row.saving == Saving(Fraction(147_456, weights), Fraction(147_456, weights))


@pytest.mark.parametrize(
    ("scheme", "stages"),
    [
        ("standard", [("convolution", 64, 256, 256 * 64 * 9)]),
        ("separable", [("depthwise", 64, 64, 64 * 9), ("pointwise", 64, 256, 256 * 64)]),
        ("generalized", [("depthwise", 64, 4 * 64, 4 * 64 * 9), ("pointwise", 256, 256, 256 * 256)]),
        ("distributed", [("depthwise", 64, 2 * 64, 2 * 64 * 9), ("pointwise", 128, 256, 256 * 128)]),
    ],
    ids=["standard", "separable", "generalized", "distributed"],
)
def test_the_stages_of_64_to_256_channels(scheme, stages):
    row = compare(WIDENING).scheme(scheme)
    assert [(s.stage.name, s.stage.inputs, s.stage.outputs, s.cost.weights) for s in row.stages] == stages


def test_equal_channels_make_the_three_factorized_schemes_one():
    separable, generalized, distributed = compare(Layer(64, 64, kernel=3)).schemes[1:]
    assert separable.cost.weights == 64 * (64 + 9) == 4672
    assert separable.cost == generalized.cost == distributed.cost
    assert separable.stages == generalized.stages == distributed.stages


@given(
    geometry=geometries(),
    n_i=small,
    root=small,
    bias=st.booleans(),
    scheme=st.sampled_from(["standard", "separable", "generalized", "distributed"]),
)
def test_a_row_counts_what_a_walk_counts(geometry, n_i, root, bias, scheme):
    n_o = root**2 * n_i
    convolution = oracle.Convolution(n_i, n_o, **geometry)
    multiplier = {"separable": 1, "generalized": root**2, "distributed": root}.get(scheme)
    stages = oracle.factorized(convolution, multiplier) if multiplier else oracle.standard(convolution)
    counts = [oracle.count(stage) for stage in stages]
    row = compare(Layer(n_i, n_o, **geometry, bias=bias)).scheme(scheme)
    assert row.cost.macs == sum(counted.macs for counted in counts)
    assert row.cost.weights == sum(counted.weights + bias * counted.biases for counted in counts)
    assert [(s.stage.inputs, s.stage.outputs, s.cost.macs) for s in row.stages] == [
        (stage.n_i, stage.n_o, counted.macs) for stage, counted in zip(stages, counts, strict=True)
    ]


@given(n_i=sizes, n_o=sizes, kernel=st.tuples(sizes, sizes), size=st.tuples(sizes, sizes), bias=st.booleans())
def test_stages_add_up_and_savings_are_quotients_at_any_size(n_i, n_o, kernel, size, bias):
    comparison = compare(Layer(n_i, n_o, kernel=kernel, size=size, bias=bias))
    standard = comparison.scheme("standard").cost
    assert standard.macs == n_i * n_o * kernel[0] * kernel[1] * size[0] * size[1]
    for row in comparison.schemes:
        if not row.applicable:
            continue
        assert row.cost.weights == simplest(sum(stage.cost.weights for stage in row.stages))
        assert row.cost.macs == simplest(sum(stage.cost.macs for stage in row.stages))
        assert row.cost.macs == simplest(row.cost.macs_per_position * (size[0] * size[1]))
        if row.realizable:
            assert row.saving.weights * row.cost.weights == standard.weights
            assert row.saving.macs * row.cost.macs == standard.macs
            assert type(row.cost.weights) is type(row.cost.macs) is int


def test_without_a_size_macs_are_counted_for_one_position():
    for row in compare(WIDENING).schemes:
        assert row.cost.macs is None
        assert {stage.cost.macs for stage in row.stages} == {None}
        assert row.cost.macs_per_position == row.cost.weights


def test_distributed_over_an_irrational_root_is_exact_but_not_realizable():
    row = compare(IRRATIONAL).scheme("distributed")
    assert row.applicable
    assert not row.realizable
    assert row.multiplier == Surd(0, 1, 2)
    assert row.nearest_multipliers == (1, 2)
    assert row.cost.weights == row.cost.macs_per_position == Surd(0, 64 * (128 + 9), 2)
    assert str(row.cost.weights) == "8768*sqrt(2)"
    assert floor(row.cost.weights) == 12_399
    assert round(float(row.cost.weights), 2) == 12_399.82
    assert row.saving is None
    depthwise, pointwise = row.stages
    assert (str(depthwise.stage.outputs), str(pointwise.cost.weights)) == ("64*sqrt(2)", "8192*sqrt(2)")


def test_a_multiplier_that_is_a_fraction_is_not_realizable_though_its_cost_is_whole():
    row = compare(Layer(64, 144, kernel=3)).scheme("generalized")
    assert row.multiplier == Fraction(9, 4)
    assert not row.realizable
    assert row.nearest_multipliers == (2, 3)
    assert row.cost.weights == 9 * 64 * (144 + 9) // 4 == 22_032
    assert row.saving is None


def test_a_convolution_writes_at_least_one_channel_for_each_it_reads():
    """4 channels of 8 make the multiplier 1/2, and 0 is none."""
    assert compare(Layer(8, 4), ["depthwise"]).scheme("depthwise").nearest_multipliers == (1,)


def test_a_root_that_is_a_fraction_is_exact():
    row = compare(Layer(64, 144, kernel=3)).scheme("distributed")
    assert row.multiplier == Fraction(3, 2)
    assert not row.realizable
    assert row.nearest_multipliers == (1, 2)
    assert row.cost.weights == 3 * 64 * (144 + 9) // 2 == 14_688


@given(n_i=st.integers(1, 10**4), gamma=st.integers(2, 10**4), kernel=st.integers(1, 99))
def test_distributed_costs_what_sympy_says(n_i, gamma, kernel):
    cost = compare(Layer(n_i, gamma=gamma, kernel=kernel)).scheme("distributed").cost
    assert sympy.sympify(str(cost.weights)) == sympy.sqrt(gamma) * n_i * (gamma * n_i + kernel**2)


@pytest.mark.parametrize(
    ("value", "simple"),
    [
        (4, 4),
        (Fraction(8, 2), 4),
        (Fraction(9, 4), Fraction(9, 4)),
        (Surd(4, 0, 2), 4),
        (Surd(Fraction(9, 4), 0, 2), Fraction(9, 4)),
        (Surd(0, 4, 2), Surd(0, 4, 2)),
    ],
    ids=str,
)
def test_a_number_is_held_in_its_simplest_kind(value, simple):
    assert simplest(value) == simple
    assert type(simplest(value)) is type(simple)


def test_a_scheme_that_multiplies_depth_is_not_applicable_to_fewer_outputs():
    rows = compare(NARROWING).schemes
    assert [row.scheme for row in rows] == ["standard", "separable", "generalized", "distributed"]
    assert [row.applicable for row in rows] == [True, True, False, False]
    for row in rows[2:]:
        assert row.reason == "gamma = N_o/N_i = 1/4 is below 1"
        assert (row.cost, row.stages, row.saving, row.multiplier) == (None, (), None, None)
        assert not row.realizable
        assert row.nearest_multipliers is None


def test_a_gamma_that_the_channels_do_not_keep_leaves_generalized_alone():
    comparison = compare(Layer(64, 100, kernel=3, gamma=2))
    assert comparison.scheme("generalized").cost.weights == 2 * 64 * (100 + 9)
    assert comparison.scheme("distributed").reason == "N_o = 100 is not gamma N_i = 128"
    assert comparison.scheme("separable").cost.weights == 64 * (100 + 9)


def test_bias_adds_one_weight_per_output_channel_of_each_stage_and_no_mac():
    bare, biased = compare(WIDENING), compare(Layer(64, 256, kernel=3, bias=True))
    added = {"standard": 256, "separable": 64 + 256, "generalized": 256 + 256, "distributed": 128 + 256}
    for before, after in zip(bare.schemes, biased.schemes, strict=True):
        assert after.cost.weights - before.cost.weights == added[after.scheme]
        assert after.cost.macs_per_position == before.cost.macs_per_position
    separable = biased.scheme("separable")
    assert separable.saving.weights == Fraction(147_456 + 256, 16_960 + 64 + 256)
    assert separable.saving.macs == Fraction(147_456, 16_960)


def test_savings_are_held_against_the_baseline_asked_for():
    comparison = compare(WIDENING, against="separable")
    assert comparison.against == "separable"
    savings = {row.scheme: row.saving.weights for row in comparison.schemes}
    assert savings == {
        "standard": Fraction(16_960, 147_456),
        "separable": 1,
        "generalized": Fraction(1, 4),
        "distributed": Fraction(1, 2),
    }


@pytest.mark.parametrize("layer", [WIDENING, IRRATIONAL, NARROWING], ids=["64-256", "64-128", "64-16"])
@pytest.mark.parametrize("against", [scheme.name for scheme in NOTEBOOK])
def test_no_row_is_dropped_whatever_the_baseline(layer, against):
    comparison = compare(layer, against=against)
    assert [row.scheme for row in comparison.schemes] == [scheme.name for scheme in NOTEBOOK]
    baseline = comparison.scheme(against)
    for row in comparison.schemes:
        assert (row.saving is not None) == (row.realizable and baseline.realizable)
        assert row.realizable <= row.applicable == (row.cost is not None)
    if baseline.realizable:
        assert baseline.saving == Saving(Fraction(1), Fraction(1))


def test_the_schemes_asked_for_come_in_their_order_and_the_baseline_need_not_be_one():
    comparison = compare(WIDENING, ["distributed", "separable"])
    assert [row.scheme for row in comparison.schemes] == ["distributed", "separable"]
    assert comparison.scheme("separable").saving.weights == Fraction(147_456, 16_960)


@pytest.mark.parametrize(
    "ask",
    [
        lambda name: compare(WIDENING, against=name),
        lambda name: compare(WIDENING, ["standard", name]),
        scheme_named,
    ],
    ids=["against", "schemes", "catalogue"],
)
def test_an_unknown_scheme_is_refused_with_the_nearest_known_one(ask):
    with pytest.raises(QuantityError, match=r"^'seperable' is not a scheme; did you mean separable[?]$"):
        ask("seperable")


def test_every_scheme_names_its_source_and_what_it_is():
    assert len({scheme.name for scheme in catalogue()}) == len(catalogue()) == 4 + 6
    for scheme in catalogue():
        assert scheme_named(scheme.name) is scheme
        assert scheme.summary
        assert scheme.source.startswith("notebook, ") == (scheme in NOTEBOOK)


def test_comparing_brings_in_no_library():
    code = (
        "import sys; from sepcost.core.layer import Layer; from sepcost.comparison import compare;"
        "compare(Layer(64, 128, size=56)); print(*sorted(sys.modules))"
    )
    root = Path(sepcost.__file__).parents[1]
    run = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in run.stdout.split()}
    assert "sepcost" in loaded
    assert not loaded & {"sympy", "mpmath", "click", "rich", "polars", "numpy", "onnx", "matplotlib"}
