"""What other counters print: each number that they printed is found, from files and by hand."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from sepcost.core.errors import FieldError, QuantityError
from sepcost.network.counters.like import like
from sepcost.network.counters.tools import TOOL_NAMES, TOOLS, tool_named
from sepcost.network.layer import NetworkLayer
from sepcost.network.model import (
    BIASES,
    CONSTANT,
    NORMALIZATION,
    WEIGHTS,
    Operator,
    OperatorCount,
    Parameter,
    Tensor,
)
from sepcost.network.read import read_network
from tests.cli.program import ROOT
from tests.network.layers import conv, network
from tests.network.onnx.models import LIGHT, model, node, saved, weights
from tests.network.pt2_archives import FIXTURES

COUNTED = FIXTURES / "counted"
MEASURED = json.loads((Path(__file__).parent / "measured.json").read_text())
EACH = [(name, tool) for name, tools in MEASURED.items() for tool in tools]

UNSURE = {
    ("encoder", "torchprofile"): "its trace multiplies sizes too, inside of MultiheadAttention",
}

# ours: weights, MACs; biases, parameters of normalizations
SIX = {
    "resnet18": (11_678_912, 1_814_073_344, 1_000, 9_600),
    "mobilenetv2_blocks": (53_616, 19_014_208, 10, 3_168),
    "unet_upsampled": (119_248, 103_481_344, 370, 0),
    "shuffle_unit": (3_600, 2_559_312, 7, 384),
    "squeeze_excite": (3_744, 2_982_720, 45, 192),
    "plain": (10_184, 286_736, 44, 0),
}

PRINTED = {
    "thop": (1_824_033_792, 22_166_080, 126_812_160, 3_170_832, 3_474_350, 287_168),
    "ptflops": (1_825_313_768, 21_302_090, 105_611_264, 3_057_943, 3_441_538, 294_012),
    "ptflops-aten": (1_814_074_344, 19_014_218, 104_038_400, 2_559_319, 2_982_765, 290_536),
    "fvcore": (1_819_065_856, 20_590_144, 104_529_920, 2_869_776, 3_277_632, 286_736),
    "torchinfo": (1_814_083_944, 19_017_386, 124_485_632, 2_559_703, 2_982_957, 290_536),
    "flop_counter": (3_628_146_688, 38_028_416, 206_962_688, 5_118_624, 5_965_440, 573_472),
    "torchprofile": (1_816_557_568, 19_802_336, 124_977_152, 2_719_296, 3_179_424, 287_168),
    "calflops": (3_636_250_112, 39_604_352, 208_017_408, 5_579_616, 6_325_941, 578_996),
    "calflops-macs": tuple(macs for _, macs, *_ in SIX.values()),
}
"""What each counter prints for the six networks, in their order."""


def named(name):
    return read_network(COUNTED / f"{name}.pt2")


def macs(found):
    return {one.what: one.macs for one in found.differences if one.macs}


@pytest.mark.parametrize("tool", PRINTED)
@pytest.mark.parametrize("name", SIX)
def test_the_six_networks_count_as_each_counter_prints(name, tool):
    weights, own, biases, norms = SIX[name]
    found = like(named(name), tool_named(tool))
    assert (found.weights, found.network_macs) == (weights, own)
    assert found.macs == PRINTED[tool][list(SIX).index(name)]
    assert found.parameters == weights + biases + norms
    assert found.comparable


@pytest.mark.parametrize(("name", "tool"), EACH)
def test_what_a_counter_printed_is_found_or_doubted(name, tool):
    printed, parameters = MEASURED[name][tool]
    found = like(named(name), tool_named(tool))
    if (name, tool) in UNSURE:
        assert found.doubts == (UNSURE[name, tool],)
    else:
        assert (found.macs, found.comparable) == (printed, True)
    assert parameters in (None, found.parameters)


@pytest.mark.parametrize("tool", TOOL_NAMES)
@pytest.mark.parametrize("name", MEASURED)
def test_totals_are_what_is_counted_here_and_the_differences(name, tool):
    if tool == "onnx-tool":
        pytest.skip("reads ONNX alone")
    net = named(name)
    found = like(net, tool_named(tool))
    assert found.macs == net.macs + sum(one.macs for one in found.differences)
    assert found.parameters == net.weights + sum(one.parameters for one in found.differences)
    assert len({one.what for one in found.differences}) == len(found.differences)
    assert all(one.count > 0 and (one.macs or one.parameters) for one in found.differences)


@pytest.mark.parametrize(
    ("name", "tool", "terms"),
    [
        # 2,483,712 numbers go through a batch norm; 50 for each of 512 averages: 49 additions, 1 division
        ("resnet18", "thop", {"batch norm": 4 * 2_483_712, "adaptive average pool": 50 * 512}),
        ("unet_upsampled", "thop", {"transposed convolution": 20_447_232, "upsample": 11 * 262_144}),
        ("shuffle_unit", "thop", {"batch norm": 602_112, "average pool": 9_408}),
        (
            "squeeze_excite",
            "thop",
            {"batch norm": 393_216, "adaptive average pool": 1025 * 96, "softmax": 3 * 5 - 1},
        ),
        (
            "resnet18",
            "ptflops",
            {
                "batch norm": 4_967_424,
                "ReLU": 2 * 2_308_096,
                "max pool": 2 * 802_816,
                "adaptive average pool": 2 * 25_088,
                "bias": 1_000,
            },
        ),
        (
            "plain",
            "ptflops",
            {"bias": 3_776 + 24, "average pool": 2 * 1_728, "GELU": 20},
        ),
        ("squeeze_excite", "torchprofile", {
            "batch norm": 98_304, "adaptive average pool": 96, "multiplication": 32_768, "LeakyReLU": 65_536,
        }),
        ("unet_upsampled", "calflops", {
            "2 FLOPs a MAC": 103_481_344, "bias": 458_752 + 6_144, "ReLU": 425_984, "max pool": 98_304,
            "upsample": 65_536,
        }),
        ("resnet18", "torchinfo", {"batch norm": 9_600, "bias": 1_000}),
        ("plain", "flop_counter", {"2 FLOPs a MAC": 286_736}),
    ],
)  # fmt: skip
def test_each_difference_is_a_row_of_its_own(name, tool, terms):
    assert macs(like(named(name), tool_named(tool))) == terms


def test_a_row_counts_its_operators():
    found = like(named("resnet18"), tool_named("ptflops"))
    counts = {one.what: one.count for one in found.differences}
    assert counts == {"batch norm": 20, "ReLU": 17, "max pool": 1, "adaptive average pool": 1, "bias": 1}


def test_parameters_of_modules_without_a_rule_are_no_parameters_of_thop():
    found = {one.what: one.parameters for one in like(named("functions"), tool_named("thop")).differences}
    assert found["dense, not counted"] == -5 * 8  # F.linear, of a parameter of its own
    assert "parameter outside of layers" not in found  # 8 x 10 x 10 numbers that are added
    everything = {
        one.what: one.parameters for one in like(named("functions"), tool_named("fvcore")).differences
    }
    assert everything["parameter outside of layers"] == 8 * 10 * 10


def test_a_plus_is_told_from_torch_add_but_not_from_a_method():
    found = like(named("functions"), tool_named("ptflops"))
    assert macs(found)["addition"] == 8 * 10 * 10  # torch.add alone, of three additions
    assert "x.add(y) looks like x + y in the file, and is taken for that" in found.supposed


def by_hand(*operators, says_modules=False, **fields):
    """A convolution of 2 to 4 channels on 3 x 3 positions, then operators on its 36 numbers."""
    layer = conv("conv", 2, 4, 9, (1, 1), biases=4)
    made = [
        Operator("conv", "Conv", ("x",), ("y0",), ("conv",), ("conv.weight", "conv.bias")),
        *(
            Operator(f"op{at}", op, (f"y{at}",), (f"y{at + 1}",), parameters=held, window=window, mode=mode)
            for at, (op, held, window, mode) in enumerate(operators)
        ),
    ]
    tensors = [Tensor("x", (1, 2, 3, 3)), *(Tensor(f"y{at}", (1, 4, 3, 3)) for at in range(len(made) + 1))]
    parameters = [
        Parameter("conv.weight", 8, WEIGHTS),
        Parameter("conv.bias", 4, BIASES),
        Parameter("bn.weight", 4, NORMALIZATION),
    ]
    return network(
        layer,
        operators=tuple(made),
        tensors=tuple(tensors),
        parameters=tuple(parameters),
        says_modules=says_modules,
        **fields,
    )


RELU = ("Relu", (), None, None)


@pytest.mark.parametrize("tool", ["ptflops", "calflops", "deepspeed"])
@pytest.mark.parametrize(("module", "count"), [("TransformerEncoderLayer", 0), ("Block", 36)])
def test_a_function_that_a_module_keeps_from_before_is_not_counted(tool, module, count):
    """A counter that replaces F.relu does so once the encoder of PyTorch has it; a block looks it up anew."""
    plain = by_hand(RELU, says_modules=True)
    convolution, relu = plain.operators
    called = relu._replace(module=f"torch.nn.modules.transformer.{module}", function="F.relu")
    found = like(replace(plain, operators=(convolution, called)), tool_named(tool))
    assert {one.what: one.macs for one in found.differences}.get("ReLU", 0) == count


def test_weights_that_a_program_turns_in_an_operator_of_its_own_are_those_of_one_dense_layer():
    """As run_decompositions writes nn.Linear: torchinfo has its 8 weights and 4 biases once."""
    linear = "torch.nn.modules.linear.Linear"
    layer = replace(conv("f", 2, 4, 9, (1, 1), biases=4), op="Gemm")
    operators = (
        Operator("t", "Transpose", (), ("w",), parameters=("f.weight",), module=linear),
        Operator("f", "Gemm", ("x",), ("y",), ("f",), ("f.weight", "f.bias"), module=linear),
    )
    held = (Parameter("f.weight", 8, WEIGHTS), Parameter("f.bias", 4, BIASES))
    made = network(layer, operators=operators, parameters=held, says_modules=True)
    assert like(made, tool_named("torchinfo")).macs == 8 + 4


def test_what_a_file_does_not_say_is_taken_for_a_module_and_said():
    found = like(by_hand(RELU, ("Softmax", (), 3, None)), tool_named("ptflops"))
    assert macs(found) == {"bias": 36, "ReLU": 2 * 36, "softmax": 36}
    (said,) = found.supposed
    assert said.endswith(": Relu is taken for nn.ReLU, Softmax for nn.Softmax")
    assert found.comparable


@pytest.mark.parametrize(
    ("operator", "said"),
    [
        (("BatchNormalization", ("bn.weight",), None, None), ()),  # learned parameters are a module's
        (("BatchNormalization", (), None, None), ("BatchNormalization is taken for nn.BatchNorm2d",)),
        (("Erf", (), None, None), ()),
    ],
)
def test_what_is_a_modules_for_sure_or_no_modules_is_not_said_to_be_taken_for_one(operator, said):
    supposed = like(by_hand(operator), tool_named("ptflops")).supposed
    assert tuple(line.partition(": ")[2] for line in supposed) == said


@pytest.mark.parametrize("tool", ["keras", "onnx-tool"])
def test_a_counter_that_asks_no_module_takes_nothing_for_one(tool):
    assert like(by_hand(RELU), tool_named(tool)).supposed == ()


def parameters(found):
    return {one.what: one.parameters for one in found.differences if one.parameters}


@pytest.mark.parametrize("tool", ["onnx-tool", "keras"])
def test_counters_of_tensors_have_every_tensor_once(tool):
    found = like(by_hand(RELU), tool_named(tool))
    assert parameters(found) == {"bias": 4, "parameter outside of layers": 4}
    assert found.parameters == 8 + 4 + 4


def test_weights_that_another_operator_reads_too_are_counted_once():
    """As an embedding whose table is the last layer's weights."""
    tied = by_hand(("Gather", ("conv.weight",), None, None))
    assert "embedding" not in parameters(like(tied, tool_named("fvcore")))
    assert "convolution, not counted" not in parameters(like(tied, tool_named("thop")))
    reads_first = network(
        *tied.layers,
        operators=tuple(reversed(tied.operators)),
        tensors=tied.tensors,
        parameters=tied.parameters,
        says_modules=True,
    )
    assert parameters(like(reads_first, tool_named("thop")))["convolution, not counted"] == -8


def with_parameters(held, *more, used=()):
    """The same network with other parameters too, of which the convolution uses some."""
    convolution, *rest = held.operators
    convolution = convolution._replace(parameters=(*convolution.parameters, *used))
    return network(
        *held.layers,
        operators=(convolution, *rest),
        tensors=held.tensors,
        parameters=(*held.parameters, *more),
    )


@pytest.mark.parametrize(("elements", "what"), [(13, "used in part"), (3, "that operators make")])
def test_weights_that_are_held_in_another_number_than_they_count_are_a_difference(elements, what):
    """Of a layer of 8, the file holds more, or operators make some of them."""
    held = by_hand(RELU)
    stored = (held.parameters[0]._replace(elements=elements), *held.parameters[1:])
    made = network(*held.layers, operators=held.operators, tensors=held.tensors, parameters=stored)
    found = like(made, tool_named("onnx-tool"))
    assert parameters(found)[f"weights {what}"] == elements - 8
    assert found.parameters == elements + 4 + 4


def test_what_a_constant_of_the_graph_writes_is_no_tensor_of_the_file():
    scale, written = Parameter("scale", 5, CONSTANT), Parameter("s", 3, CONSTANT, by_itself=False)
    found = like(with_parameters(by_hand(RELU), scale, written), tool_named("onnx-tool"))
    assert parameters(found)["constant"] == 5
    assert "constant" not in parameters(
        like(with_parameters(by_hand(RELU), scale, written), tool_named("fvcore"))
    )
    biased = Parameter("b", 2, BIASES, by_itself=False)
    named = like(with_parameters(by_hand(RELU), biased), tool_named("onnx-tool"))
    assert parameters(named)["bias"] == 4


def test_a_parameter_goes_by_who_uses_it_and_not_by_who_hands_it_on():
    handed_on, used = (
        ("Identity", ("bn.weight",), None, None),
        ("BatchNormalization", ("bn.weight",), None, None),
    )
    for operators, owner in (((handed_on, used), "batch norm"), ((handed_on,), "Identity")):
        found = like(by_hand(*operators), tool_named("onnx-tool"))
        assert parameters(found) == {"bias": 4, owner: 4}


def test_a_convolution_that_adds_its_modules_bias_first_was_not_folded():
    shifted = with_parameters(by_hand(RELU), Parameter("shift", 4, BIASES), used=("shift",))
    assert like(shifted, tool_named("thop")).comparable


def test_a_batch_norm_learns_two_values_a_channel_however_many_tensors_hold_them():
    """An ONNX file may hold the scales and the shifts of 4 channels once, where they are equal."""
    held = by_hand(("BatchNormalization", ("bn.weight",), None, None))
    assert parameters(like(held, tool_named("fvcore"))) == {"bias": 4, "batch norm": 2 * 4}


def test_a_batch_norm_without_scales_learns_shifts_alone_where_the_file_holds_what_each_layer_has():
    held = replace(by_hand(("BatchNormalization", ("bn.weight",), None, None)), format="keras")
    assert parameters(like(held, tool_named("fvcore"))) == {"bias": 4, "batch norm": 4}


def test_a_softmax_has_rows_of_its_axis():
    found = like(by_hand(("Softmax", (), 4, None)), tool_named("thop"))
    assert macs(found) == {"softmax": 3 * 36 - 36 // 4}


@pytest.mark.parametrize(
    ("op", "window", "mode", "each"),
    [
        ("Relu", None, None, 1), ("Clip", None, None, 2), ("HardSwish", None, None, 5),
        ("Tanh", None, None, 76),
        ("MaxPool", 9, None, 9), ("Resize", None, "nearest", 0), ("Resize", None, "linear", 4),
        ("GlobalAveragePool", 9, None, 5), ("Div", None, None, 4), ("Erf", None, None, 0),
        ("BatchNormalization", None, None, 31),
    ],
)  # fmt: skip
def test_onnx_tool_counts_instructions(op, window, mode, each):
    found = like(by_hand((op, (), window, mode)), tool_named("onnx-tool"))
    assert found.macs == 8 * 9 + 36 + each * 36  # products, biases, and `each` for each number


def test_a_normalization_that_may_be_folded_is_doubted():
    held = by_hand(RELU)
    renamed = [one._replace(name=f"onnx::Conv_{at}") for at, one in enumerate(held.parameters)]
    operators = [
        one._replace(parameters=("onnx::Conv_0", "onnx::Conv_1")) if one.layers else one
        for one in held.operators
    ]
    folded = network(
        *held.layers, operators=tuple(operators), tensors=held.tensors, parameters=tuple(renamed)
    )
    for tool in ("thop", "ptflops", "torchinfo", "fvcore"):
        assert like(held, tool_named(tool)).comparable
        (doubt,) = like(folded, tool_named(tool)).doubts
        assert doubt.startswith("a convolution holds a bias, or a normalization that was folded at export")
        assert like(replace(folded, format="keras"), tool_named(tool)).comparable  # a save folds nothing
    assert like(folded, tool_named("onnx-tool")).comparable


@pytest.mark.parametrize(("bias", "comparable"), [("shift", True), ("filters_bias", False)])
def test_a_program_of_pytorch_is_as_it_was_built_but_for_what_quantizes_it(bias, comparable):
    """F.conv2d reads parameters of any name; a fold names a bias that was not there after the weights."""
    held = by_hand(RELU, says_modules=True)
    names = {"conv.weight": "filters", "conv.bias": bias}
    parameters = [one._replace(name=names.get(one.name, one.name)) for one in held.parameters]
    first, *others = held.operators
    operators = (first._replace(parameters=("filters", bias)), *others)
    made = replace(held, operators=operators, parameters=tuple(parameters))
    assert like(made, tool_named("fvcore")).comparable == comparable


def test_operators_of_unknown_cost_and_size_are_doubts():
    held = by_hand(RELU)
    unsized = network(
        *held.layers, operators=held.operators, parameters=held.parameters, opaque=(OperatorCount("Loop", 1),)
    )
    doubts = like(unsized, tool_named("ptflops")).doubts
    assert doubts[0] == "the cost of Loop is unknown"
    assert doubts[1] == "sizes that it uses are not known, of conv and of 1 operator more"


def test_a_network_of_layers_alone_is_doubted_where_more_would_count():
    mobilenet = read_network(ROOT / "examples" / "mobilenet_v1.toml")
    assert not like(mobilenet, tool_named("thop")).comparable
    exact = like(mobilenet, tool_named("flop_counter"))
    assert exact.macs == 2 * 568_740_352
    by_layers = network(NetworkLayer("fc", "Gemm", 8, 4, 1, biases=4))
    found = like(by_layers, tool_named("fvcore"))
    assert (found.parameters, found.comparable) == (8 * 4 + 4, False)


def test_a_counter_that_reads_one_format_reads_no_other():
    with pytest.raises(FieldError, match=r"onnx-tool reads \.onnx files"):
        like(named("plain"), tool_named("onnx-tool"))


def test_rules_of_a_counter_that_printed_a_number_here_are_said_to_be_tried():
    printed = {tool for tools in MEASURED.values() for tool in tools} | {"onnx-tool"}
    assert {tool.name for tool in TOOLS if tool.measured} == printed


def test_counters_of_flops_take_a_mac_as_two():
    flops = {"calflops", "deepspeed", "flop_counter", "keras"}
    assert {tool.name: tool.of_a_mac for tool in TOOLS} == {
        name: 2 if name in flops else 1 for name in TOOL_NAMES
    }
    assert {tool.name for tool in TOOLS if tool.unit == "FLOP"} == flops
    convolution = network(conv("c", 2, 4, 9, (1, 1)))
    assert {tool.name for tool in TOOLS if like(convolution, tool).macs == 2 * 8 * 9} == flops


def test_counters_without_a_total_of_parameters():
    assert {tool.name for tool in TOOLS if not tool.prints_parameters} == {"flop_counter", "torchprofile"}


def test_a_counter_that_does_not_exist_is_refused_with_the_nearest():
    with pytest.raises(QuantityError, match="did you mean ptflops"):
        tool_named("ptflop")


def exported(name):
    return read_network(COUNTED / f"{name}.onnx")


FOLDED = (1_821_452_264, 21_305_546, 112_427_008, 2_954_647, 3_507_753, 382_580)
KEPT = {
    "resnet18": 1_895_963_624,
    "mobilenetv2_blocks": 44_944_586,
    "shuffle_unit": 7_470_487,
    "squeeze_excite": 6_456_873,
}


@pytest.mark.parametrize(("name", "printed"), list(zip(SIX, FOLDED, strict=True)))
def test_onnx_tool_counts_an_onnx_file_as_it_prints(name, printed):
    found = like(exported(name), tool_named("onnx-tool"))
    assert (found.macs, found.comparable) == (printed, True)


@pytest.mark.parametrize("name", KEPT)
def test_onnx_tool_counts_normalizations_that_are_kept(name):
    found = like(exported(f"{name}_kept"), tool_named("onnx-tool"))
    assert (found.macs, found.comparable) == (KEPT[name], True)


@pytest.fixture
def of_onnx(tmp_path):
    """What onnx-tool counts of a graph that reads `x`."""

    def counted(*nodes, x, **held):
        initializers = [weights(name, shape) for name, shape in held.items()]
        made = saved(tmp_path, model(list(nodes), {"x": x}, initializers))
        return like(read_network(made), tool_named("onnx-tool"))

    return counted


def test_onnx_tool_counts_a_bias_of_its_own_operator_once(of_onnx):
    """A dense layer of more axes is a MatMul and an Add, and the Add alone counts the 5 x 6 sums."""
    found = of_onnx(node("MatMul", "x w", "m"), node("Add", "m b", "y"), x=(1, 5, 4), w=(4, 6), b=(6,))
    assert (found.macs, found.parameters) == (5 * 4 * 6 + 5 * 6, 4 * 6 + 6)


def test_onnx_tool_counts_a_bias_that_the_file_holds_once_with_the_shifts_of_a_normalization(of_onnx):
    """As exporters merge equal tensors, of zeros: 29 for each row of 4, 7 for each element, and 4 x 4 + 4."""
    normed = node("LayerNormalization", "x s b", "n")
    found = of_onnx(normed, node("Gemm", "n w b", "y"), x=(1, 4), s=(4,), b=(4,), w=(4, 4))
    assert (found.macs, found.parameters) == (7 * 4 + 29 + 4 * 4 + 4, 4 + 4 + 4 * 4)


@pytest.mark.parametrize(("op", "each"), [("Mod", 1), ("Sign", 1), ("Atan", 64)])
def test_onnx_tool_counts_instructions_of_what_is_elementwise(of_onnx, op, each):
    assert of_onnx(node(op, "x x" if op == "Mod" else "x", "y"), x=(1, 4, 3)).macs == each * 12


def test_onnx_tool_counts_an_instance_norm(of_onnx):
    found = of_onnx(node("InstanceNormalization", "x s b", "y"), x=(1, 4, 3, 5), s=(4,), b=(4,))
    assert (found.macs, found.parameters) == (7 * 4 * 3 * 5, 4 + 4)


@pytest.mark.parametrize(("op", "gates", "each"), [("LSTM", 4, 180), ("GRU", 3, 110)])
def test_onnx_tool_counts_the_states_of_one_direction_of_a_recurrence(of_onnx, op, gates, each):
    """17 steps, 14 -> 22 in two directions, as onnx-tool 1.0.1 prints them."""
    layer = node(op, "x w r b", "y", direction="bidirectional", hidden_size=22)
    wide = gates * 22
    found = of_onnx(layer, x=(17, 1, 14), w=(2, wide, 14), r=(2, wide, 22), b=(2, 2 * wide))
    products, sums = 2 * wide * (14 + 22), 2 * 2 * wide
    assert found.macs == 17 * (products + sums + 22 * each) == {"LSTM": 181_016, "GRU": 126_412}[op]


def test_onnx_tool_has_no_number_without_axes_and_nothing_that_a_constant_writes(of_onnx):
    written = [node("Constant", "", name, value=weights("", (4,))) for name in ("s", "b")]
    found = of_onnx(
        *written, node("InstanceNormalization", "x s b", "n"), node("Mul", "n f", "y"), x=(1, 4, 3), f=()
    )
    assert found.parameters == 0


@pytest.mark.parametrize("tool", PRINTED)
@pytest.mark.parametrize("name", ["resnet18", "mobilenetv2_blocks", "squeeze_excite"])
def test_an_onnx_file_that_keeps_its_normalizations_counts_as_the_modules_that_it_is_made_of(name, tool):
    found = like(exported(f"{name}_kept"), tool_named(tool))
    assert found.macs == PRINTED[tool][list(SIX).index(name)]
    assert found.parameters == sum(SIX[name]) - SIX[name][1]
    assert found.comparable


@pytest.mark.parametrize(
    "tool", ["thop", "ptflops", "ptflops-aten", "fvcore", "torchinfo", "calflops", "torchprofile"]
)
@pytest.mark.parametrize("name", KEPT)
def test_an_onnx_file_whose_normalizations_are_folded_says_so(name, tool):
    (doubt,) = like(exported(name), tool_named(tool)).doubts
    assert doubt.endswith("folded at export: the file does not say which")


@pytest.mark.parametrize("name", SIX)
def test_products_need_no_normalizations(name):
    found = like(exported(name), tool_named("flop_counter"))
    assert (found.macs, found.comparable) == (2 * SIX[name][1], True)


def test_an_onnx_file_does_not_tell_functions_from_modules():
    found = like(exported("shuffle_unit_kept"), tool_named("ptflops"))
    # F.relu and F.adaptive_avg_pool2d, once each, are taken for modules, which count twice.
    assert found.macs == PRINTED["ptflops"][3] + 112_896 + 9_408
    (said,) = found.supposed
    assert "Relu for nn.ReLU" in said
    assert "GlobalAveragePool for nn.AdaptiveAvgPool2d" in said


def test_no_normalization_was_folded_where_the_numbers_go_by_their_modules_names():
    found = like(exported("unet_upsampled"), tool_named("thop"))
    assert (found.macs, found.comparable) == (PRINTED["thop"][2], True)


def test_what_the_newer_exporter_has_made_of_several_operators_may_be_folded():
    held = by_hand(RELU)
    operators = [one._replace(name="node_Conv_292") if one.layers else one for one in held.operators]
    folded = network(
        *held.layers, operators=tuple(operators), tensors=held.tensors, parameters=held.parameters
    )
    assert not like(folded, tool_named("thop")).comparable


def test_the_page_about_counters_names_each_and_its_version():
    page = (ROOT / "docs" / "counters.md").read_text()
    for name in TOOL_NAMES:
        tool = tool_named(name)
        assert f"| `{name}` | {tool.version} | {tool.unit} |" in page
        for rule in tool.rules:
            assert f"| {rule.where.words} | {rule.words} |" in page


@pytest.mark.parametrize("path", sorted(LIGHT.glob("*.onnx")), ids=lambda path: path.name)
def test_totals_of_models_whose_weights_operators_make_add_up(path):
    net = read_network(path)
    for name in TOOL_NAMES:
        found = like(net, tool_named(name))
        assert found.macs == net.macs + sum(one.macs for one in found.differences)
        assert found.parameters == net.weights + sum(one.parameters for one in found.differences)
        held = {one.what for one in found.differences}
        assert ("weights that operators make" in held) == (name in ("onnx-tool", "keras"))


EVERY_FILE = sorted(path for end in ("keras", "pt2", "onnx") for path in FIXTURES.rglob(f"*.{end}"))


@pytest.mark.parametrize("path", EVERY_FILE, ids=lambda path: path.name)
def test_a_file_of_any_format_has_an_answer_by_each_counter(path):
    net = read_network(path)
    for tool in map(tool_named, TOOL_NAMES):
        if not tool.formats or net.format in tool.formats:
            assert like(net, tool).macs >= 0


def test_a_pool_that_leaves_out_its_lengths_of_one_counts_as_one_that_keeps_them():
    """thop: a window of 8 x 8 elements and a division, at each of 5 channels."""
    for shape in ((1, 5, 1, 1), (1, 5)):
        maps = (Tensor("x", (1, 3, 8, 8)), Tensor("h", (1, 5, 8, 8)), Tensor("y", shape))
        ran = (
            Operator("c", "Conv", ("x",), ("h",), layers=("c",)),
            Operator("p", "GlobalAveragePool", ("h",), ("y",)),
        )
        net = network(conv("c", n_i=3, n_o=5), operators=ran, tensors=maps, outputs=("y",))
        (pool,) = like(net, tool_named("thop")).differences
        assert (pool.what, pool.macs) == ("adaptive average pool", (8 * 8 + 1) * 5)
