"""Every scheme against a walk of its convolutions, product by product, and against its own formula."""

from itertools import product

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from sepcost.comparison import compare
from sepcost.core import formulas
from sepcost.core.build import build
from sepcost.core.errors import FieldError, FileError, QuantityError
from sepcost.core.expression import read_expression
from sepcost.core.formulas import Maps, Sizes
from sepcost.core.layer import Layer
from sepcost.core.scheme import BOTH, COLUMNS, ROWS, Parameter, Scheme, StageForm
from sepcost.core.scheme_file import read_schemes
from sepcost.core.scheme_rules import refuse_broken
from sepcost.core.schemes import catalogue, parameter_meant, registered, scheme_named, scheme_names
from tests import oracle
from tests.effort import tries

NAMES = [scheme.name for scheme in catalogue()]
every_scheme = pytest.mark.parametrize("name", NAMES)

N_i, N_o, F_r, F_c, gamma, g, m, r, t = sympy.symbols("N_i N_o F_r F_c gamma g m r t", positive=True)
F = F_r * F_c
WEIGHTS = {
    "standard": N_o * N_i * F,
    "separable": N_i * (N_o + F),
    "generalized": gamma * N_i * (N_o + F),
    "distributed": sympy.sqrt(gamma) * N_i * (N_o + F),
    "grouped": N_o * N_i * F / g,
    "depthwise": N_o * F,
    "spatial": N_i * m * F_r + m * N_o * F_c,
    "bottleneck": N_i * N_o / r + (N_o / r) ** 2 * F + N_o / r * N_o,
    "inverted": t * N_i * (N_i + F + N_o),
    "blueprint": N_o * (N_i + F),
}
PARAMETERS = {"groups": g, "mid": m, "reduction": r, "expansion": t}


@every_scheme
def test_the_weights_of_a_scheme_are_its_formula(name):
    parameters = {each.name: PARAMETERS[each.name] for each in scheme_named(name).parameters}
    stages = scheme_named(name).stages(Sizes(N_i, N_o, F, gamma, F_r, F_c, parameters))
    assert sympy.expand(formulas.weights(stages) - WEIGHTS[name]) == 0


def walked(layer: Layer, stages: formulas.Stages) -> list[oracle.Count]:
    """Count each stage on the map that the stage before left, kernel axis by kernel axis."""
    sizes: list[tuple[int, int]] = []
    taken: list[tuple[bool, bool]] = []
    counts = []
    for stage in stages:
        before = layer.size if stage.source is None else sizes[stage.source]
        was = (False, False) if stage.source is None else taken[stage.source]
        takes = {"none": (0, 0), "rows": (1, 0), "columns": (0, 1), "both": (1, 1)}[stage.kernel]
        kernel = tuple(length if takes[axis] else 1 for axis, length in enumerate(layer.kernel))
        strided = [takes[axis] and not was[axis] for axis in (0, 1)]
        convolution = oracle.Convolution(
            stage.inputs,
            stage.outputs,
            kernel,
            before,
            tuple(layer.stride[axis] if strided[axis] else 1 for axis in (0, 1)),
            tuple(layer.dilation[axis] if strided[axis] else 1 for axis in (0, 1)),
            "same",
            stage.groups,
        )
        counts.append(oracle.count(convolution))
        sizes.append(counts[-1].out)
        taken.append(tuple(bool(was[axis] or takes[axis]) for axis in (0, 1)))
    return counts


@every_scheme
@given(
    channels=st.tuples(st.sampled_from([1, 2, 4]), st.sampled_from([4, 8])),
    kernel=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    size=st.tuples(st.integers(1, 6), st.integers(1, 6)),
    stride=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    dilation=st.tuples(st.integers(1, 2), st.integers(1, 2)),
    value=st.integers(1, 3),
)
@settings(max_examples=tries(15))
def test_a_scheme_counts_what_a_walk_of_its_stages_counts(
    name, channels, kernel, size, stride, dilation, value
):
    layer = Layer(*channels, kernel, size, stride, dilation)
    parameters = {each.name: value for each in scheme_named(name).parameters}
    row = compare(layer, [name], parameters=parameters).scheme(name)
    if not row.realizable:
        return
    counts = walked(layer, tuple(each.stage for each in row.stages))
    assert [stage.cost.weights for stage in row.stages] == [count.weights for count in counts]
    assert [stage.cost.macs for stage in row.stages] == [count.macs for count in counts]
    assert counts[-1].out == layer.out


@every_scheme
@given(numbers=st.tuples(*[st.integers(1, 10**6)] * 8), value=st.integers(2, 9))
@settings(max_examples=tries(15))
def test_the_expression_evaluated_is_the_count(name, numbers, value):
    scheme = scheme_named(name)
    n_i, n_o, f_r, f_c, *lengths = numbers
    maps = Maps(*lengths)
    if scheme.reads_gamma:
        n_o = n_i * value**2
    if name in ("grouped", "bottleneck", "depthwise"):
        n_i, n_o = value * n_i, value * value * n_i * n_o
    own = {each.name: value for each in scheme.parameters}
    multiplier = value**2 if scheme.reads_gamma else 1
    stages = scheme.stages(Sizes(n_i, n_o, f_r * f_c, multiplier, f_r, f_c, own))
    symbols = sympy.symbols("N_i N_o gamma F_r F_c l_r l_c o_r o_c", positive=True)
    free = {each.name: sympy.Symbol(each.symbol, positive=True) for each in scheme.parameters}
    a, b, c, d, e = symbols[:5]
    expressed = scheme.stages(Sizes(a, b, d * e, c, d, e, free))
    values = dict(zip(symbols, (n_i, n_o, multiplier, f_r, f_c, *lengths), strict=True))
    values |= {symbol: own[key] for key, symbol in free.items()}
    assert formulas.weights(expressed).subs(values) == formulas.weights(stages)
    assert formulas.macs(expressed, Maps(*symbols[5:])).subs(values) == formulas.macs(stages, maps)


def test_the_expansion_of_a_strided_inverted_residual_works_at_the_input():
    """64 -> 64, t = 6, 56x56, stride 2: 384 x 64 at 56², 384 x 9 and 64 x 384 at 28²."""
    row = compare(Layer(64, 64, size=56, stride=2), ["inverted"]).scheme("inverted")
    at_input, at_output = 384 * 64 * 56**2, (384 * 9 + 64 * 384) * 28**2
    assert row.cost.macs == at_input + at_output == 99_047_424


def test_an_expansion_of_one_is_separable():
    layer = Layer(64, 128, size=14, stride=2)
    inverted, separable = compare(layer, ["inverted", "separable"], parameters={"expansion": 1}).schemes
    assert inverted.cost == separable.cost
    assert inverted.shape == separable.shape


def test_schemes_of_the_same_stages_are_alike():
    at_one = compare(Layer(64, 64))
    assert [[row.scheme for row in alike] for alike in at_one.alike] == [
        ["standard"],
        ["separable", "generalized", "distributed"],
    ]
    assert len(compare(Layer(64, 256)).alike) == 4


@pytest.mark.parametrize(
    ("name", "layer", "parameters", "reason"),
    [
        ("grouped", Layer(64, 64), {"groups": 3}, "3 groups, which do not divide 64 channels"),
        ("grouped", Layer(64, 65), {}, "2 groups, which do not divide 65 channels"),
        ("depthwise", Layer(64, 96), {}, "its multiplier 3/2 is not whole"),
        ("depthwise", Layer(64, 16), {}, "its multiplier 1/4 is not whole"),
        ("bottleneck", Layer(64, 66), {}, "stage reduce writes 33/2 channels"),
    ],
)
def test_what_leaves_no_whole_channels_is_not_realizable(name, layer, parameters, reason):
    refusal = build(scheme_named(name), layer, parameters).refusal
    assert refusal.applicable
    assert reason in refusal.reason


def test_a_bias_of_the_last_stage_is_counted_once():
    """Keras' SeparableConv2D(100, 5) on 10 channels: 10 x 25 + 100 x 10 + 100 = 1,350 parameters."""
    each, last = (
        compare(Layer(10, 100, 5, bias=bias)).scheme("separable").cost.weights for bias in (True, "last")
    )
    assert last == 10 * 25 + 100 * 10 + 100 == 1_350
    assert each == last + 10


def test_a_name_is_taken_once_and_given_back():
    other = Scheme("pointwise_only", "1x1", "nowhere", (StageForm("only", "N_o"),))
    with registered([other]):
        assert scheme_named("pointwise_only") is other
        with pytest.raises(QuantityError, match="is the name of another scheme"), registered([other]):
            pass
    with pytest.raises(QuantityError, match="is not a scheme"):
        scheme_named("pointwise_only")


@pytest.mark.parametrize(
    ("writes", "problem"),
    [
        ("N_o/2", "write 'N_o/2' channels, not N_o"),
        ("gamma*N_i", "write 'gamma*N_i' channels, not N_o"),  # N_o only where the layer follows gamma
        ("N_i/(N_o - N_o)", "divides by zero"),
        ("sqrt(2 + sqrt(3))*N_o", "a root of a root"),
        ("N_o + n", "stage 'only': writes: 'n' is no size or parameter"),
        ("N_o +", "stage 'only': writes: 'N_o +' cannot be read at its end"),
    ],
)
def test_a_scheme_of_a_program_is_refused_as_one_of_a_file_is(writes, problem, tmp_path):
    stages = f'[[scheme.stage]]\nname = "only"\nwrites = "{writes}"\n'
    (tmp_path / "own.toml").write_text(f'[[scheme]]\nname = "own"\n{stages}')
    with pytest.raises(FileError) as of_a_file:
        read_schemes(tmp_path / "own.toml")
    with (
        pytest.raises(FieldError) as of_a_program,
        registered([Scheme("own", "", "", (StageForm("only", writes),))]),
    ):
        pass
    assert problem in str(of_a_program.value)
    assert str(of_a_file.value).endswith(str(of_a_program.value))
    assert "own" not in scheme_names()


LAST = StageForm("last", "N_o")


@pytest.mark.parametrize(
    ("forms", "parameter", "problem"),
    [
        ((LAST, LAST), "q", "stage 'last': name: is that of another stage"),
        ((StageForm("input", "N_i"), LAST), "q", "stage 'input': name: is that of another stage"),
        ((LAST._replace(source="frist"),), "q", "stage 'last': from: 'frist' is no stage before it"),
        ((LAST._replace(kernel="diagonal"),), "q", "stage 'last': kernel: 'diagonal' is no kernel"),
        ((LAST._replace(groups="h"),), "q", "stage 'last': groups: 'h' is no size or parameter"),
        ((LAST._replace(skipped_at_one="N_i"),), "q", "skipped_at_one: 'N_i' is no parameter; those are q"),
        ((LAST,), "k", "parameters: 'k' is not a name that a parameter can have"),
        ((), "q", "write '' channels, not N_o"),
    ],
)
def test_a_scheme_of_a_program_names_what_there_is(forms, parameter, problem):
    own = Scheme("own", "", "", forms, (Parameter(parameter, parameter, "2"),))
    with pytest.raises(FieldError) as refused, registered([own]):
        pass
    assert str(refused.value).startswith("scheme 'own': ")
    assert problem in str(refused.value)


def test_the_built_in_schemes_keep_the_rules_of_others():
    for scheme in catalogue():
        refuse_broken(scheme)


def test_a_map_that_no_stage_shortens_is_not_the_output_of_a_strided_layer():
    other = Scheme("pointwise_only", "1x1", "nowhere", (StageForm("only", "N_o"),))
    strided, kept = Layer(8, 8, size=6, stride=2), Layer(8, 8, size=6)
    assert "takes no axis" in build(other, strided).refusal.reason
    assert build(other, kept).refusal is None
    # A length of 1 stays as it is, whatever the stride.
    assert build(other, Layer(8, 8, size=1, stride=2)).refusal is None


@pytest.mark.parametrize("stride", [1, 2, 3])
def test_branches_read_the_map_of_the_stage_that_they_name(stride):
    """Two kernels side by side on a squeezed map: both stride it, and their channels are joined."""
    forms = (
        StageForm("squeeze", "N_i/2"),
        StageForm("left", "N_o/2", kernel=BOTH),
        StageForm("right", "N_o/2", kernel=BOTH, source="squeeze"),
    )
    with registered([Scheme("branches", "", "", forms)]):
        layer = Layer(4, 6, (3, 2), (7, 5), stride)
        row = compare(layer, ["branches"]).scheme("branches")
    counts = walked(layer, tuple(each.stage for each in row.stages))
    assert [stage.cost.macs for stage in row.stages] == [count.macs for count in counts]
    rows, columns = layer.out
    assert row.cost.macs == 4 * 2 * 7 * 5 + 2 * (2 * 3 * 6) * rows * columns


@given(st.data())
@settings(max_examples=tries(15))
def test_traffic_moves_what_stages_read_and_write(data):
    """Every map's elements are listed, position by position."""
    name = data.draw(st.sampled_from(NAMES))
    layer = Layer(4, 8, (2, 3), (5, 4), data.draw(st.integers(1, 3)))
    built = build(scheme_named(name), layer)
    if built.refusal is not None:
        return
    counts = walked(layer, built.stages)
    maps = layer.maps
    for stage, count in zip(built.stages, counts, strict=True):
        moved = stage.traffic(maps)
        read = layer.size if stage.source is None else counts[stage.source].out
        assert moved.inputs == len(list(product(range(stage.inputs), *map(range, read))))
        assert moved.outputs == len(list(product(range(stage.outputs), *map(range, count.out))))
        assert moved.weights == count.weights


READS = {
    "gamma": {"generalized", "distributed"},
    "its root": {"distributed"},
    "the kernel's axes": {"spatial"},
}


@every_scheme
def test_a_scheme_reads_what_its_channels_follow(name):
    scheme = scheme_named(name)
    reads = {
        "gamma": scheme.reads_gamma,
        "its root": scheme.reads_root_gamma,
        "the kernel's axes": scheme.reads_axes,
    }
    assert reads == {what: name in names for what, names in READS.items()}


def test_a_scheme_of_ones_own_reads_axes_where_an_expression_or_a_default_names_one():
    stage = StageForm("convolution", "N_o", kernel=BOTH)
    assert not Scheme("own", "", "", (stage,)).reads_axes
    assert Scheme("own", "", "", (StageForm("wide", "F_r*N_o"), stage)).reads_axes
    assert Scheme("own", "", "", (stage,), (Parameter("p", "p", "F_c"),)).reads_axes
    assert Scheme("own", "", "", (StageForm("columns", "N_o", kernel=COLUMNS),)).reads_axes


def test_a_parameter_is_found_by_its_name_where_the_scheme_has_it():
    scheme = scheme_named("grouped")
    assert scheme.parameter("groups").symbol == "g"
    assert scheme.parameter("mid") is None


@pytest.mark.parametrize(
    ("writes", "groups", "multiplier"),
    [
        ("N_i", "N_i", "1"),
        ("gamma*N_i", "N_i", "gamma"),
        ("N_i*gamma", "N_i", "N_i*gamma/N_i"),
        ("2*gamma*N_i", "N_i", "2*gamma"),
        ("N_o", "N_i", "N_o/N_i"),
        ("N_o*2", "N_i", "N_o*2/N_i"),
        ("N_o + N_i", "N_i", "(N_o + N_i)/N_i"),
        ("N_o/N_i", "N_i", "N_o/N_i/N_i"),
        ("N_o", "1", None),
        ("N_o", "N_o", None),
    ],
)
def test_a_multiplier_is_written_without_a_division_where_channels_are_a_multiple(writes, groups, multiplier):
    scheme = Scheme("own", "", "", (StageForm("depthwise", writes, groups, BOTH),))
    assert scheme.multiplier == (None if multiplier is None else read_expression(multiplier))
    (stage,) = scheme.stages(Sizes(6, 24, taps=9, gamma=4))
    value = (
        None
        if multiplier is None
        else read_expression(multiplier).evaluate({"N_i": 6, "N_o": 24, "gamma": 4})
    )
    assert stage.multiplier == value


def test_a_parameter_starts_at_1_and_an_expansion_where_it_has_a_first_stage():
    least = {each.name: each.least for scheme in catalogue() for each in scheme.parameters}
    assert least == {"groups": 1, "mid": 1, "reduction": 1, "expansion": 2}
    inverted = scheme_named("inverted")
    counts = [len(inverted.stages(Sizes(4, 8, 9, parameters={"expansion": t}))) for t in (1, 2)]
    assert counts == [2, 3]


def test_a_map_is_as_long_as_the_outputs_along_the_axes_that_a_kernel_has_taken():
    forms = (
        StageForm("columns", "N_o", kernel=COLUMNS),
        StageForm("mix", "N_o"),
        StageForm("rows", "N_o", kernel=ROWS),
    )
    stages = Scheme("own", "", "", forms).stages(Sizes(4, 8, taps=9))
    assert [stage.written_at for stage in stages] == [(False, True), (False, True), (True, True)]
    assert [stage.read_at for stage in stages] == [(False, False), (False, True), (False, True)]


@pytest.mark.parametrize(
    ("word", "name"), [(each.symbol, each.name) for scheme in catalogue() for each in scheme.parameters]
)
def test_a_parameter_is_meant_by_its_symbol(word, name):
    assert parameter_meant(word) == f"; did you mean {name}?"
    assert parameter_meant(name) == ""
