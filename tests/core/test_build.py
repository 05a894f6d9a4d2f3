"""Whether a layer can be built in a scheme: each number that has to be whole, and the map that comes out."""

from fractions import Fraction

import pytest

from sepcost.core.build import build, checked_parameters
from sepcost.core.errors import FieldError, QuantityError
from sepcost.core.layer import Layer
from sepcost.core.scheme import BOTH, COLUMNS, ROWS, Parameter, Scheme, StageForm
from sepcost.core.schemes import scheme_named, scheme_names

WHOLE = StageForm("whole", "N_o", kernel=BOTH)


def own(*forms, parameters=()):
    return Scheme("own", "", "", forms, parameters)


def of_default(text):
    return own(WHOLE, parameters=(Parameter("width", "w", text),))


@pytest.mark.parametrize(
    ("scheme", "layer", "said"),
    [
        (own(StageForm("d", "N_o", "N_i", BOTH)), Layer(4, 6), "realizable: its multiplier 3/2 is not whole"),
        (own(StageForm("d", "N_o", "N_i", BOTH)), Layer(4, 2), "realizable: its multiplier 1/2 is not whole"),
        (of_default("N_i/4"), Layer(6, 8), "realizable: its width 3/2 is not a whole number of at least 1"),
        (of_default("N_i - N_o"), Layer(8, 8), "realizable: its width 0 is not a whole number of at least 1"),
        (
            own(StageForm("half", "N_i/4"), WHOLE),
            Layer(6, 8),
            "realizable: its stage half writes 3/2 channels, not a whole number of at least 1",
        ),
        (
            own(StageForm("none", "N_i - N_o"), WHOLE),
            Layer(8, 8),
            "realizable: its stage none writes 0 channels, not a whole number of at least 1",
        ),
        (
            own(StageForm("parted", "N_o", "N_i/4", BOTH)),
            Layer(6, 8),
            "realizable: its stage parted has 3/2 groups, not a whole number of at least 1",
        ),
        (
            own(StageForm("threes", "N_o", "3", BOTH)),
            Layer(8, 6),
            "realizable: its stage threes has 3 groups, which do not divide 8 channels",
        ),
        (
            own(StageForm("threes", "N_o", "3", BOTH)),
            Layer(6, 8),
            "realizable: its stage threes has 3 groups, which do not divide 8 channels",
        ),
        (
            own(StageForm("half", "N_o/2", kernel=BOTH)),
            Layer(8, 8),
            "realizable: its last stages do not write N_o = 8 channels",
        ),
        (
            own(StageForm("by zero", "N_o/(N_i - N_o)", kernel=BOTH)),
            Layer(8, 8),
            "applicable: an expression of it divides by zero for these sizes",
        ),
        (
            own(StageForm("nested", "sqrt(1 + sqrt(N_o))", kernel=BOTH)),
            Layer(8, 8),
            "realizable: an expression of it has a root of a root for these sizes",
        ),
        (
            own(StageForm("sum", "sqrt(N_i) + sqrt(N_o)"), WHOLE),
            Layer(8, 3),
            "realizable: an expression of it combines sqrt(2) with sqrt(3) for these sizes",
        ),
        (
            own(StageForm("one", "sqrt(N_i)"), StageForm("another", "sqrt(N_o)"), WHOLE),
            Layer(8, 3),
            "realizable: an expression of it combines sqrt(2) with sqrt(3) for these sizes",
        ),
        (
            own(StageForm("negative", "sqrt(s)"), WHOLE, parameters=(Parameter("s", "s", "N_i - N_o"),)),
            Layer(3, 8),
            "realizable: an expression of it has a root of a negative number for these sizes",
        ),
        (scheme_named("generalized"), Layer(8, 4), "applicable: gamma = N_o/N_i = 1/2 is below 1"),
        (scheme_named("distributed"), Layer(8, 9, gamma=4), "applicable: N_o = 9 is not gamma N_i = 32"),
    ],
)
def test_what_keeps_a_layer_from_being_built_is_told(scheme, layer, said):
    found = build(scheme, layer)
    assert str(found.refusal) == f"not {said}"
    assert found.refusal.applicable == said.startswith("realizable")
    assert bool(found.stages) == (found.refusal.applicable and "expression" not in said)


@pytest.mark.parametrize(
    ("scheme", "layer"),
    [
        (of_default("N_i/8"), Layer(8, 8)),
        (own(StageForm("one", "N_i/8"), WHOLE), Layer(8, 8)),
        (own(StageForm("threes", "N_o", "3", BOTH)), Layer(6, 9)),
        (own(StageForm("d", "N_o", "N_i", BOTH)), Layer(1, 1)),
        (scheme_named("generalized"), Layer(8, 8)),
        (scheme_named("distributed"), Layer(8, 32, gamma=4)),
    ],
)
def test_one_channel_one_group_and_a_gamma_of_1_can_be_built(scheme, layer):
    assert build(scheme, layer).refusal is None


MAP = "a stage that it ends in takes no axis of the kernel that the layer strides or shortens"


@pytest.mark.parametrize("kernel", ["none", ROWS, COLUMNS, BOTH])
@pytest.mark.parametrize(
    ("sizes", "rows", "columns"),
    [
        ({}, True, True),
        ({"stride": 2}, False, False),
        ({"stride": (2, 1)}, False, False),
        ({"padding": "valid"}, False, False),
        ({"size": 6}, True, True),
        ({"size": 6, "stride": (2, 1)}, False, True),
        ({"size": 6, "stride": (1, 2)}, True, False),
        ({"size": (1, 6), "stride": 2}, True, False),
        ({"size": (6, 1), "stride": 2}, False, True),
        ({"size": 6, "padding": (0, 1)}, False, True),
        ({"size": 6, "padding": (1, 0)}, True, False),
        ({"size": 6, "padding": 1}, True, True),
    ],
)
def test_an_axis_that_no_stage_takes_has_to_stay_as_long_as_it_is(kernel, sizes, rows, columns):
    """rows, columns: whether the layer is known to leave that axis as it is."""
    found = build(own(StageForm("only", "N_o", kernel=kernel)), Layer(8, 8, **sizes)).refusal
    takes = {"none": (False, False), ROWS: (True, False), COLUMNS: (False, True), BOTH: (True, True)}[kernel]
    built = all(taken or kept for taken, kept in zip(takes, (rows, columns), strict=True))
    assert found == (None if built else (True, MAP))


def test_each_stage_that_a_scheme_ends_in_has_to_write_the_layers_map():
    """An inner one may leave it as it is."""
    strided = Layer(8, 8, size=6, stride=2)
    left, right = StageForm("left", "N_o/2", kernel=BOTH), StageForm("right", "N_o/2", source="input")
    assert build(own(left, right), strided).refusal == (True, MAP)
    assert build(own(left, right), Layer(8, 8, stride=2)).refusal == (True, MAP)
    assert build(own(left, right._replace(kernel=BOTH)), strided).refusal is None
    assert build(own(StageForm("inner", "N_o"), WHOLE), strided).refusal is None


MULTIPLIERS = {
    "separable": 1,
    "generalized": 4,
    "distributed": 2,
    "depthwise": 4,
    "inverted": 1,
    "blueprint": 1,
}


@pytest.mark.parametrize("name", scheme_names())
def test_the_multiplier_is_that_of_the_depthwise_stage(name):
    stages = build(scheme_named(name), Layer(8, 32)).stages
    found = [stage.multiplier for stage in stages if stage.multiplier is not None]
    assert found[:1] == [MULTIPLIERS[each] for each in [name] if each in MULTIPLIERS]


def test_a_rational_number_of_stages_that_cannot_be_built_stays_exact():
    found = build(scheme_named("depthwise"), Layer(8, 12))
    assert [(stage.multiplier, stage.outputs) for stage in found.stages] == [(Fraction(3, 2), 12)]


def test_parameters_are_those_of_the_scheme_at_their_defaults_unless_given():
    bottleneck = scheme_named("bottleneck")
    assert build(bottleneck, Layer(8, 8)).parameters == {"reduction": 4}
    assert build(bottleneck, Layer(8, 8), {"reduction": 2, "groups": 3}).parameters == {"reduction": 2}


def test_a_parameter_is_one_of_the_schemes_and_whole():
    checked_parameters({"groups": 3}, ["standard", "grouped"])
    with pytest.raises(QuantityError, match="'groups' is no parameter of these schemes"):
        checked_parameters({"groups": 3}, ["standard", "bottleneck"])
    with pytest.raises(FieldError, match="groups: '0' is not a whole number"):
        checked_parameters({"groups": 0}, ["grouped"])
