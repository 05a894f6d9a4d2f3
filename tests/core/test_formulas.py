"""One definition, many uses: the formulas count what a walk counts, whatever they are given."""

from functools import cache
from itertools import product

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from sepcost.core import formulas
from sepcost.core.exact import simplest
from sepcost.core.formulas import Maps, Sizes
from sepcost.core.layer import Layer
from sepcost.core.schemes import NOTEBOOK_NAMES, scheme_named, scheme_names
from tests import oracle
from tests.effort import tries
from tests.strategies import geometries, sizes, small

SYMBOLS = Sizes(*sympy.symbols("N_i N_o F gamma F_r F_c", positive=True, integer=True))
POSITIONS = sympy.Symbol("L", positive=True, integer=True)

every_scheme = pytest.mark.parametrize("scheme", NOTEBOOK_NAMES)
biased = pytest.mark.parametrize("bias", [0, 1], ids=["no bias", "bias"])


def at(positions) -> Maps:
    """Maps whose output has that many positions."""
    return Maps(1, 1, positions, 1)


def built(scheme: str, given_sizes: Sizes) -> formulas.Stages:
    """A scheme's stages, their numbers whole where they are."""
    return tuple(
        stage._replace(**{name: simplest(getattr(stage, name)) for name in ("inputs", "outputs", "fan_in")})
        for stage in scheme_named(scheme).stages(given_sizes)
    )


def walked(scheme: str, convolution: oracle.Convolution, root: int) -> list[oracle.Count]:
    multiplier = {"separable": 1, "generalized": root**2, "distributed": root}
    if scheme == "standard":
        return [oracle.count(stage) for stage in oracle.standard(convolution)]
    return [oracle.count(stage) for stage in oracle.factorized(convolution, multiplier[scheme])]


def assert_counts_agree(scheme: str, convolution: oracle.Convolution, root: int) -> None:
    layer = Layer(
        convolution.n_i,
        convolution.n_o,
        convolution.kernel,
        convolution.size,
        convolution.stride,
        convolution.dilation,
        convolution.padding,
        gamma=root**2,
    )
    stages = built(scheme, Sizes(layer.n_i, layer.n_o, layer.taps, root**2))
    counts = walked(scheme, convolution, root)
    assert len(stages) == len(counts)
    for stage, counted in zip(stages, counts, strict=True):
        assert layer.out == counted.out
        assert stage.weights() == counted.weights
        assert stage.weights(bias=1) == counted.weights + counted.biases
        assert stage.macs(layer.positions) == counted.macs
    assert formulas.weights(stages) == sum(counted.weights for counted in counts)
    assert formulas.weights(stages, bias=1) == sum(c.weights + c.biases for c in counts)
    assert formulas.macs(stages, layer.maps) == sum(counted.macs for counted in counts)


AXES = [
    (length, kernel, stride, dilation, padding)
    for length, kernel, stride, dilation in product((1, 4, 5), (1, 2, 3), (1, 2, 3), (1, 2))
    for padding in ("same", "valid", 0, 1, 2)
    if padding == "same" or dilation * (kernel - 1) < length + 2 * (0 if padding == "valid" else padding)
]


@every_scheme
@pytest.mark.parametrize("padding", ["same", "valid", 0, 1, 2])
def test_a_scheme_costs_what_a_walk_of_any_geometry_counts(scheme, padding):
    axes = [axis for axis in AXES if axis[4] == padding]
    for rows, columns in zip(axes, axes[7:] + axes[:7], strict=True):
        pairs = list(zip(rows, columns, strict=True))
        size, kernel, stride, dilation, zeros = pairs
        named = padding if isinstance(padding, str) else zeros
        convolution = oracle.Convolution(2, 3, kernel, size, stride, dilation, named)
        assert_counts_agree(scheme, convolution, root=2)


@every_scheme
@given(geometry=geometries(), n_i=small, n_o=st.integers(1, 4), root=small)
@settings(max_examples=tries(40))
def test_a_scheme_costs_what_a_walk_of_any_channels_counts(scheme, geometry, n_i, n_o, root):
    if scheme == "distributed":
        n_o = root**2 * n_i
    assert_counts_agree(scheme, oracle.Convolution(n_i, n_o, **geometry), root)


@pytest.mark.parametrize("groups", [1, 2, 3, 6])
def test_one_stage_is_outputs_by_fan_in_by_taps_whatever_the_groups(groups):
    counted = oracle.count(oracle.Convolution(6, 12, (2, 3), (4, 5), groups=groups))
    stage = formulas.Stage("grouped", inputs=6, outputs=12, groups=groups, fan_in=6 // groups, taps=2 * 3)
    assert stage.weights() == counted.weights == 12 * (6 // groups) * 6
    assert stage.macs(positions=3 * 3) == counted.macs


@cache
def expressions(scheme: str, bias: int) -> tuple[sympy.Expr, sympy.Expr]:
    stages = scheme_named(scheme).stages(SYMBOLS)
    return formulas.weights(stages, bias), formulas.macs(stages, at(POSITIONS))


@every_scheme
@biased
@given(numbers=st.tuples(*[sizes] * 7), root=st.integers(1, 31622))
@settings(max_examples=tries(30))
def test_the_expression_evaluated_is_the_count(scheme, bias, numbers, root):
    n_i, n_o, f_r, f_c, l_r, l_c, gamma = numbers
    gamma = root**2 if scheme == "distributed" else gamma
    given_sizes = Sizes(n_i, n_o, f_r * f_c, gamma, f_r, f_c)
    stages = built(scheme, given_sizes)
    values = dict(zip(SYMBOLS[:-1], given_sizes[:-1], strict=True)) | {POSITIONS: l_r * l_c}
    weights, macs = expressions(scheme, bias)
    counted = formulas.weights(stages, bias), formulas.macs(stages, at(l_r * l_c))
    assert (weights.subs(values), macs.subs(values)) == counted
    assert all(type(number) is int for number in counted)


class Added:
    """A number that can be added and multiplied, and nothing else: not divided, compared or tested."""

    __hash__ = None

    def __init__(self, value: int) -> None:
        self.value = value

    def __add__(self, other):
        return Added(self.value + getattr(other, "value", other))

    def __mul__(self, other):
        return Added(self.value * getattr(other, "value", other))

    __radd__, __rmul__ = __add__, __mul__

    def __eq__(self, other):
        raise AssertionError("a formula compared a size")

    def __bool__(self):
        raise AssertionError("a formula branched on a size")


@pytest.mark.parametrize("scheme", ["standard", "separable", "generalized", "spatial", "blueprint"])
def test_a_formula_adds_and_multiplies_and_does_nothing_else(scheme):
    given_sizes = Sizes(n_i=5, n_o=7, taps=6, gamma=9, f_r=2, f_c=3)
    stages_of = scheme_named(scheme).stages
    bare, counted = stages_of(Sizes(*map(Added, given_sizes[:-1]))), stages_of(given_sizes)
    assert formulas.weights(bare, bias=1).value == formulas.weights(counted, bias=1)
    assert formulas.macs(bare, Maps(*map(Added, (3, 5, 2, 4)))).value == formulas.macs(
        counted, Maps(3, 5, 2, 4)
    )


def test_counts_are_exact_far_beyond_a_float():
    n = 10**9
    stages = scheme_named("standard").stages(Sizes(n, n - 1, taps=n * n))
    assert formulas.macs(stages, at(n * n)) == n * (n - 1) * n * n * n * n
    stages = scheme_named("separable").stages(Sizes(n, n - 1, taps=n * n))
    assert formulas.macs(stages, at(n * n)) == n * (n - 1 + n * n) * n * n


def test_the_input_crosses_once_for_all_branches_of_one_pass_that_read_it():
    """8 channels of 5x5 into 6 by 3x3 and 2 by 1x1, then 4 from those 6 alone, which stay inside."""
    stage = formulas.Stage("wide", inputs=8, outputs=6, groups=1, fan_in=8, taps=9, is_last=False)
    branch = stage._replace(outputs=2, taps=1, is_last=True)
    after = stage._replace(inputs=6, outputs=4, fan_in=6, taps=1, source=0, is_last=True)
    moved = formulas.fused_traffic((stage, branch, after), Maps(5, 5, 5, 5))
    assert moved == (
        (8 * 25, 6 * 8 * 9, 0),
        (0, 2 * 8, 2 * 25),
        (0, 4 * 6, 4 * 25),
    )


@pytest.mark.parametrize("name", scheme_names())
def test_every_stage_of_a_scheme_writes_the_output_map_unless_one_reads_half_a_kernel_or_none_before(name):
    """The rows alone leave the columns as long as the input's, and a 1x1 before the kernel leaves both."""
    before = {"spatial", "bottleneck", "inverted", "blueprint"}
    stages = scheme_named(name).stages(Sizes(8, 16, taps=9))
    assert formulas.on_one_map(stages) == (name not in before)


def test_sizes_are_of_one_row_and_column_and_of_gamma_1_unless_given():
    """Spatial: N_i N_o F_r + N_o N_o F_c."""
    sizes = Sizes(4, 8, 1)
    assert (sizes.gamma, sizes.f_r, sizes.f_c) == (1, 1, 1)
    assert formulas.weights(scheme_named("spatial").stages(sizes)) == 4 * 8 + 8 * 8


KINDS = {
    "standard": ["standard"],
    "separable": ["depthwise", "pointwise"],
    "generalized": ["depthwise", "pointwise"],
    "distributed": ["depthwise", "pointwise"],
    "grouped": ["grouped"],
    "depthwise": ["depthwise"],
    "spatial": ["standard", "standard"],
    "bottleneck": ["pointwise", "standard", "pointwise"],
    "inverted": ["pointwise", "depthwise", "pointwise"],
    "blueprint": ["pointwise", "depthwise"],
}


@pytest.mark.parametrize("name", scheme_names())
def test_a_stage_is_named_by_what_it_mixes(name):
    stages = scheme_named(name).stages(Sizes(8, 16, taps=9, f_r=3, f_c=3))
    assert [stage.kind for stage in stages] == KINDS[name]


def test_groups_that_are_a_symbol_or_a_column_are_not_taken_for_one_group():
    stage = formulas.Stage("c", inputs=6, outputs=6, groups=1, fan_in=6, taps=9, kernel="both")
    assert stage.kind == "standard"
    assert stage._replace(groups=sympy.Symbol("g")).kind == "grouped"
    assert stage._replace(groups=sympy.Integer(1)).kind == "grouped"


@pytest.mark.parametrize("name", scheme_names())
def test_macs_are_those_of_one_position_unless_maps_are_given(name):
    """Where each weight is used once."""
    stages = scheme_named(name).stages(Sizes(8, 16, taps=9, f_r=3, f_c=3))
    assert formulas.macs(stages) == formulas.weights(stages) == sum(stage.macs() for stage in stages)


def test_biases_and_norms_are_values_of_each_channel_that_a_stage_writes():
    """By itself a stage is the last one."""
    stage = formulas.Stage("c", inputs=6, outputs=5, groups=1, fan_in=6, taps=9)
    inner = stage._replace(is_last=False)
    held = 5 * 6 * 9
    for bias, of_last, of_inner in ((False, 0, 0), (True, 1, 1), ("last", 1, 0)):
        for norm in formulas.NORMS:
            assert stage.weights(bias, norm) == held + 5 * (of_last + norm)
            assert inner.weights(bias, norm) == held + 5 * (of_inner + norm)


def test_traffic_is_in_bytes_of_each_element_that_moves():
    assert formulas.Traffic(inputs=3, weights=5, outputs=7).bytes(2) == 2 * (3 + 5 + 7)


@pytest.mark.parametrize(
    ("sources", "joins", "live"),
    [
        # 7 channels are read, the stages write 2, 3 and 5 of them, all at one position
        ([None, 0, 1], [], [7 + 2, 2 + 3, 3 + 5]),
        ([None, 0, 0], [], [7 + 2, 2 + 3, 2 + 3 + 5, 2 * (3 + 5)]),
        ([None, None, 1], [], [7 + 2, 7 + 2 + 3, 2 + 3 + 5, 2 * (2 + 5)]),
        ([None, 0, None], [], [7 + 2, 7 + 2 + 3, 7 + 3 + 5, 2 * (3 + 5)]),
        ([None, 0, 1], [0], [7 + 2, 2 + 3, 2 + 3 + 5, 2 * (2 + 5)]),
    ],
)
def test_a_map_is_live_to_the_last_stage_that_reads_it_or_to_where_it_is_joined(sources, joins, live):
    writes = [2, 3, 5]
    stages = tuple(
        formulas.Stage(
            "c",
            inputs=7 if source is None else writes[source],
            outputs=outputs,
            groups=1,
            fan_in=1,
            taps=1,
            source=source,
            is_last=number in joins or number not in sources,
        )
        for number, (source, outputs) in enumerate(zip(sources, writes, strict=True))
    )
    moved = formulas.traffic(stages, Maps(1, 1, 1, 1))
    assert formulas.live(stages, moved) == tuple(live)
