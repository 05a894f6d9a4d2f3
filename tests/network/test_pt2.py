"""Networks in .pt2 archives: counted as PyTorch runs them, and never trusted."""

import json
import random
import zipfile
from math import prod

import pytest

from sepcost.core.errors import FileError
from sepcost.network.counters.like import like
from sepcost.network.counters.tools import tool_named
from sepcost.network.model import BIASES, CONSTANT, NORMALIZATION, ROLES, STATISTICS, WEIGHTS
from sepcost.network.pt2 import read_pt2
from sepcost.network.read import read_network
from sepcost.network.subtotals import Learned, learned
from tests.effort import tries
from tests.network.pt2_archives import (
    FIXTURES,
    archived,
    changed,
    counted,
    places,
    program,
    program_in,
    ref,
    tensor,
)

EXPORTED = ["mobilenet", "unet", "vit"]


def read(folder, *arguments, **options):
    return read_pt2(archived(folder, program(*arguments, **options)))


@pytest.mark.parametrize("name", EXPORTED)
def test_an_exported_network_is_counted_as_a_second_reader_counts_it(name):
    path = FIXTURES / f"{name}.pt2"
    network = read_network(path)
    assert network.macs == counted(program_in(path)) > 0
    assert network.format == "pt2"
    assert network.input[0] == 1
    assert network.opaque == ()


def test_layers_go_by_their_modules_paths():
    layers = read_network(FIXTURES / "mobilenet.pt2").layers
    assert [layer.name for layer in layers][:4] == [
        "stem.0",
        "blocks.0.block.0.0",
        "blocks.0.block.1.0",
        "blocks.0.block.2",
    ]
    assert layers[0].path == "conv2d"
    assert [layer.kind for layer in layers][:4] == ["standard", "pointwise", "depthwise", "pointwise"]


def test_attention_is_two_products_named_after_the_module_that_calls_it():
    layers = {layer.name: layer for layer in read_network(FIXTURES / "vit.pt2").layers}
    scores, values = layers["blocks.0/scores"], layers["blocks.0/values"]
    assert scores.kind == values.kind == "attention"
    assert scores.macs == 3 * 17 * 17 * 8  # heads, queries, keys, width of a head
    assert values.macs == 3 * 17 * 17 * 8
    assert scores.weights == values.weights == 0
    assert scores.output_shape == values.input_shape == (1, 3, 17, 17)


def test_every_parameter_has_its_role():
    network = read_network(FIXTURES / "mobilenet.pt2")
    held = dict.fromkeys(ROLES, 0)
    for parameter in network.parameters:
        held[parameter.role] += parameter.elements
    assert held[WEIGHTS] == network.weights
    assert held[BIASES] == sum(layer.biases for layer in network.layers) == 6 + 24 + 10
    channels = 8 + (48 + 48 + 16) + (96 + 96 + 16) + (96 + 96 + 24)
    assert held[NORMALIZATION] == held[STATISTICS] == 2 * channels
    assert held[CONSTANT] == 10  # one count of batches for each normalization
    assert {parameter.bits for parameter in network.parameters} == {32, 64}


def part(name, *sizes):
    return {"path_name": name, "tensor_meta": {"sizes": [{"as_int": size} for size in sizes]}}


@pytest.mark.parametrize(
    ("weights", "rows", "held"),
    [
        ({"e.weight": part("weight_0", 20, 4), "h.weight": part("weight_0", 20, 4)}, 20, 20 * 4),
        ({"e.weight": part("weight_0", 20, 4), "h.weight": part("weight_1", 20, 4)}, 20, 2 * 20 * 4),
        ({"e.weight": part("weight_0", 20, 4), "h.weight": part("weight_0", 30, 4)}, 30, (20 + 30) * 4),
        ({"e.weight": part("weight_0", 20, 4), "h.weight": part("weight_0", 20, 4)}, 30, (20 + 30) * 4),
        ({"e.weight": part(""), "h.weight": part("")}, 20, 2 * 20 * 4),
        ({"e.weight": "weight_0", "h.weight": "weight_0"}, 20, 2 * 20 * 4),
        ([], 20, 2 * 20 * 4),
        (None, 20, 2 * 20 * 4),
    ],
)
def test_parameters_that_are_one_part_of_the_archive_are_one(tmp_path, weights, rows, held):
    """A table of 20 vectors, and a head that is that table where the archive and their sizes both say so."""
    nodes = [
        ("torch.ops.aten.embedding.default", {"weight": ref("e_weight"), "indices": ref("x")}, ["a"]),
        ("torch.ops.aten.linear.default", {"input": ref("a"), "weight": ref("h_weight")}, ["y"]),
    ]
    tensors = {"x": tensor(1, 7, dtype=5), "a": tensor(1, 7, 4), "y": tensor(1, 7, rows)}
    tensors |= {"e_weight": tensor(20, 4), "h_weight": tensor(rows, 4)}
    tied = program(nodes, tensors, ["e_weight", "h_weight"])
    network = read_pt2(archived(tmp_path, tied, weights=weights))
    assert (network.weights, sum(one.elements for one in network.parameters)) == (held, held)
    assert network.layers[1].shares == ("e" if held == 20 * 4 else None)


def test_operators_are_kept_in_order_with_what_they_read_and_write():
    network = read_network(FIXTURES / "unet.pt2")
    shapes = {tensor.name: tensor.shape for tensor in network.tensors}
    assert [one.op for one in network.operators][:4] == ["Conv", "Relu", "MaxPool", "Conv"]
    pool = network.operators[2]
    assert (pool.window, pool.module) == (4, None)
    assert shapes[pool.reads[0]] == (1, 8, 32, 32)
    assert shapes[pool.writes[0]] == (1, 8, 16, 16)
    resize = next(one for one in network.operators if one.op == "Resize")
    assert (resize.mode, resize.module) == ("bilinear", "torch.nn.modules.upsampling.Upsample")
    joined = [one for one in network.operators if one.op == "Concat"]
    assert [len(one.reads) for one in joined] == [2, 2]
    assert network.outputs == (network.operators[-1].writes[0],)
    assert network.says_modules
    written = {name for one in network.operators for name in one.writes}
    assert written | {"x"} == set(shapes)


def test_a_transposed_convolution_is_used_at_its_input_positions():
    layer = next(layer for layer in read_network(FIXTURES / "unet.pt2").layers if layer.name == "up2")
    assert layer.kind == "transposed"
    assert layer.macs == 16 * 16 * (2 * 2) * (8 * 8)
    assert layer.output_shape == (1, 16, 16, 16)


def test_an_open_dimension_is_named_and_input_shape_fixes_it(tmp_path):
    convolution = {"input": ref("x"), "weight": ref("c_weight"), "padding": {"as_ints": [1]}}
    out = ("s0", 8, "(s1 - 1)//1 + 1", "Add(Symbol('s2', positive=True), Integer(0))")
    tensors = {"x": tensor("s0", 3, "s1", "s2"), "c_weight": tensor(8, 3, 3, 3), "y": tensor(*out)}
    path = archived(
        tmp_path, program([("torch.ops.aten.conv2d.default", convolution, ["y"])], tensors, ["c_weight"])
    )
    with pytest.raises(FileError, match=r"input x: dimension 2 \(s1\) is open: .*input_shape.* 1x3x224x224"):
        read_network(path)
    assert read_network(path, input_shape=(1, 3, 10, 12)).macs == 8 * 3 * 9 * 10 * 12
    assert read_network(path, input_shape=(7, 3, 10, 12)).macs == 8 * 3 * 9 * 10 * 12
    with pytest.raises(FileError, match="makes dimension 1 of input x 4; the program has 3 there"):
        read_network(path, input_shape=(1, 4, 10, 12))
    with pytest.raises(FileError, match="2x3 has 2 dimensions, input x has 4"):
        read_network(path, input_shape=(2, 3))


@pytest.mark.parametrize(("given", "taken"), [(33, "32, 36"), (3, "4, 8")])
def test_a_length_that_an_open_dimension_cannot_have_is_refused_with_those_that_it_can(
    tmp_path, given, taken
):
    """As of a U-Net that halves its input twice."""
    tensors = {"x": tensor(1, 3, "4*s0", 8), "y": tensor(1, 3, "4*s0", 8)}
    path = archived(tmp_path, program([("torch.ops.aten.relu.default", {"self": ref("x")}, ["y"])], tensors))
    said = f"makes dimension 2 of input x {given}; the program takes {taken} and so on there"
    with pytest.raises(FileError, match=said):
        read_network(path, input_shape=(1, 3, given, 8))


@pytest.mark.parametrize(
    ("sizes", "given", "macs"),
    [((4, 3, 8, 8), None, 5 * 3 * 9 * 6 * 6), (("8*s0", 3, 8, 8), (16, 3, 8, 8), 5 * 3 * 9 * 6 * 6)],
)
def test_a_fixed_batch_is_divided_out(tmp_path, sizes, given, macs):
    tensors = {"x": tensor(*sizes), "c_weight": tensor(5, 3, 3, 3), "y": tensor(sizes[0], 5, 6, 6)}
    call = ("torch.ops.aten.conv2d.default", {"input": ref("x"), "weight": ref("c_weight")}, ["y"])
    network = read_pt2(archived(tmp_path, program([call], tensors, ["c_weight"])), given)
    assert network.macs == macs
    assert network.input == (1, 3, 8, 8)
    assert network.tensors[1].shape == network.layers[0].output_shape == (1, 5, 6, 6)
    assert network.layers[0].writes == 5 * 6 * 6


def convolution(x, w, y, **more):
    return ("torch.ops.aten.conv2d.default", {"input": ref(x), "weight": ref(w), **more}, [y])


@pytest.mark.parametrize(
    ("nodes", "tensors"),
    [
        # A picture of 3 channels without a batch: 3 divides its 36 positions by chance.
        (
            [convolution("x", "w", "y")],
            {"x": tensor(3, 8, 8), "w": tensor(5, 3, 3, 3), "y": tensor(5, 6, 6)},
        ),
        # A matrix times itself: each row meets every other.
        (
            [("torch.ops.aten.mm.default", {"self": ref("x"), "mat2": ref("x")}, ["y"])],
            {"x": tensor(4, 4), "w": tensor(1), "y": tensor(4, 4)},
        ),
    ],
)
def test_a_first_length_that_is_no_batch_is_left_and_said(tmp_path, nodes, tensors):
    network = read(tmp_path, nodes, tensors, ["w"])
    assert network.leading.reason.partition(" ")[2].endswith("mixes what it has")
    assert network.leading.divided_out == 1
    assert network.input == tuple(size["as_int"] for size in tensors["x"]["sizes"])
    assert network.macs in (5 * 3 * 9 * 36, 4 * 4 * 4)


def test_a_batch_can_be_said_not_to_be_there(tmp_path):
    made = program([linear("x", "w", "y")], {"x": tensor(6, 4), "w": tensor(3, 4), "y": tensor(6, 3)}, ["w"])
    path = archived(tmp_path, made)
    assert read_network(path).macs == 3 * 4
    whole = read_network(path, unbatched=True)
    assert (whole.macs, whole.leading.reason) == (6 * 3 * 4, "there is no batch")


def linear(x, w, y, bias=None, stack=None):
    given = {"input": ref(x), "weight": ref(w)} | ({"bias": ref(bias)} if bias else {})
    return ("torch.ops.aten.linear.default", given, [y], *([stack] if stack else []))


def test_weights_used_twice_are_held_once(tmp_path):
    tensors = {"x": tensor(1, 4), "f_weight": tensor(4, 4), "y": tensor(1, 4), "z": tensor(1, 4)}
    network = read(
        tmp_path, [linear("x", "f_weight", "y"), linear("y", "f_weight", "z")], tensors, ["f_weight"]
    )
    assert [layer.shares for layer in network.layers] == [None, "f"]
    assert (network.weights, network.macs) == (16, 32)


def test_weights_are_followed_through_what_moves_or_scales_them(tmp_path):
    tensors = {name: tensor(6, 4) for name in ("q", "dequantized", "scaled")}
    tensors |= {
        "turned": tensor(4, 6),
        "s": tensor(6, 1),
        "x": tensor(1, 4),
        "g": tensor(1, 1),
        "y": tensor(1, 6),
    }
    space = "torch.ops.quantized_decomposed"
    nodes = [
        (f"{space}.dequantize_per_channel.default", {"input": ref("q"), "scales": ref("s")}, ["dequantized"]),
        ("torch.ops.aten.mul.Tensor", {"self": ref("dequantized"), "other": ref("g")}, ["scaled"]),
        ("torch.ops.aten.t.default", {"self": ref("scaled")}, ["turned"]),
        ("torch.ops.aten.mm.default", {"self": ref("x"), "mat2": ref("turned")}, ["y"]),
    ]
    network = read(tmp_path, nodes, tensors, buffers=["q", "s"], inputs=["x", "g"])
    assert [(layer.name, layer.weights, layer.macs) for layer in network.layers] == [("q", 24, 24)]
    assert {one.name: one.role for one in network.parameters} == {"q": WEIGHTS, "s": CONSTANT}


def test_a_map_times_a_held_vector_does_not_become_weights(tmp_path):
    tensors = {"x": tensor(1, 4, 6), "g_scale": tensor(6), "m": tensor(1, 4, 6)}
    tensors |= {"t": tensor(1, 6, 4), "y": tensor(1, 4, 4)}
    nodes = [
        ("torch.ops.aten.mul.Tensor", {"self": ref("x"), "other": ref("g_scale")}, ["m"]),
        ("torch.ops.aten.transpose.int", {"self": ref("m")}, ["t"]),
        ("torch.ops.aten.matmul.default", {"self": ref("x"), "other": ref("t")}, ["y"]),
    ]
    network = read(tmp_path, nodes, tensors, ["g_scale"])
    assert network.weights == 0
    assert network.macs == 4 * 6 * 4


def test_a_gate_doubts_weights_that_may_be_a_map(tmp_path):
    """A held matrix times another from run time, as large: weights that are scaled, or a map that is."""
    tensors = {"x": tensor(1, 4), "w": tensor(4, 6), "g": tensor(4, 6), "m": tensor(4, 6), "y": tensor(1, 6)}
    nodes = [
        ("torch.ops.aten.mul.Tensor", {"self": ref("w"), "other": ref("g")}, ["m"]),
        ("torch.ops.aten.mm.default", {"self": ref("x"), "mat2": ref("m")}, ["y"]),
    ]
    network = read(tmp_path, nodes, tensors, ["w"], inputs=["x", "g"])
    assert (network.weights, network.macs) == (0, 24)
    assert [(one.op, one.weights) for one in network.held] == [("MatMul", 24)]


def test_a_bias_that_is_added_apart_is_the_layers(tmp_path):
    tensors = {"x": tensor(1, 5, 4), "f_weight": tensor(4, 6), "f_bias": tensor(6)}
    tensors |= {"y": tensor(1, 5, 6), "z": tensor(1, 5, 6)}
    nodes = [
        ("torch.ops.aten.matmul.default", {"self": ref("x"), "other": ref("f_weight")}, ["y"]),
        ("torch.ops.aten.add.Tensor", {"self": ref("y"), "other": ref("f_bias")}, ["z"]),
    ]
    network = read(tmp_path, nodes, tensors, ["f_weight", "f_bias"])
    assert network.layers[0].biases == 6
    assert [one.role for one in network.parameters] == [WEIGHTS, BIASES]


def test_what_is_learned_is_known_where_weights_are_computed_of_fewer_numbers(tmp_path):
    """10 x 2 times 2 x 12 is 10 x 12: 44 numbers are learned, and every counter of PyTorch has those."""
    tensors = {"x": tensor(1, 3, 10), "u": tensor(10, 2), "v": tensor(2, 12)}
    tensors |= {"w": tensor(10, 12), "y": tensor(1, 3, 12)}
    nodes = [
        ("torch.ops.aten.matmul.default", {"self": ref("u"), "other": ref("v")}, ["w"]),
        ("torch.ops.aten.matmul.default", {"self": ref("x"), "other": ref("w")}, ["y"]),
    ]
    network = read(tmp_path, nodes, tensors, ["u", "v"])
    assert learned(network) == Learned(44, 0, 0)
    assert network.weights == 2 * 12 + 10 * 12
    assert like(network, tool_named("fvcore")).parameters == 44
    assert like(network, tool_named("thop")).parameters == 0


@pytest.mark.parametrize(
    ("said", "flops"),
    [
        ({"output_size": {"as_ints": [13, 17]}, "scale_factors": {"as_none": True}}, 13 * 17),
        ({"output_size": {"as_none": True}, "scale_factors": {"as_floats": [2.0, 2.0]}}, 4 * 8 * 8),
    ],
)
def test_calflops_counts_a_size_that_is_given_and_else_the_elements_that_are_scaled(tmp_path, said, flops):
    """As calflops 0.3.2 prints them."""
    made = (1, 4, 13, 17) if flops == 13 * 17 else (1, 4, 16, 16)
    tensors = {"x": tensor(1, 4, 8, 8), "y": tensor(*made)}
    call = ("torch.ops.aten.upsample_bicubic2d.vec", {"input": ref("x"), **said}, ["y"])
    assert like(read(tmp_path, [call], tensors, []), tool_named("calflops")).macs == flops


def test_each_parameter_that_biases_are_joined_of_is_one_of_biases(tmp_path):
    """As those of queries and of values are in a transformer whose keys have none."""
    tensors = {"x": tensor(1, 5, 4), "f_weight": tensor(6, 4), "q": tensor(4), "v": tensor(2)}
    tensors |= {"b": tensor(6), "y": tensor(1, 5, 6)}
    joined = {"tensors": {"as_tensors": [{"name": "q"}, {"name": "v"}]}}
    nodes = [
        ("torch.ops.aten.cat.default", joined, ["b"]),
        (
            "torch.ops.aten.linear.default",
            {"input": ref("x"), "weight": ref("f_weight"), "bias": ref("b")},
            ["y"],
        ),
    ]
    network = read(tmp_path, nodes, tensors, ["f_weight", "q", "v"])
    assert [one.role for one in network.parameters] == [WEIGHTS, BIASES, BIASES]


@pytest.mark.parametrize(
    ("operator", "gates", "op"), [("lstm", 4, "LSTM"), ("gru", 3, "GRU"), ("rnn_tanh", 1, "RNN")]
)
def test_recurrent_layers_count_every_step_direction_and_gate(tmp_path, operator, gates, op):
    n_i, n_h, steps = 5, 7, 11
    names, tensors = [], {"x": tensor(1, steps, n_i), "h": tensor(4, 1, n_h), "y": tensor(1, steps, 2 * n_h)}
    for layer, read_ in ((0, n_i), (1, 2 * n_h)):
        for direction in ("f", "b"):
            made = {
                f"wi{layer}{direction}": (gates * n_h, read_),
                f"wh{layer}{direction}": (gates * n_h, n_h),
            }
            made |= {f"bi{layer}{direction}": (gates * n_h,), f"bh{layer}{direction}": (gates * n_h,)}
            names += made
            tensors |= {name: tensor(*sizes) for name, sizes in made.items()}
    arguments = {
        "input": ref("x"),
        "hx": ref("h"),
        "params": {"as_tensors": [{"name": name} for name in names]},
        "num_layers": {"as_int": 2},
        "bidirectional": {"as_bool": True},
    }
    stack = "L__self__,,M;L__self__r,L['self'].r,torch.nn.modules.rnn.LSTM"
    nodes = [(f"torch.ops.aten.{operator}.input", arguments, ["y"], stack)]
    network = read(tmp_path, nodes, tensors, names, inputs=("x", "h"))
    first = 2 * gates * n_h * (n_i + n_h)
    second = 2 * gates * n_h * (2 * n_h + n_h)
    assert [layer.name for layer in network.layers] == ["r/0", "r/1"]
    assert [layer.weights for layer in network.layers] == [first, second]
    assert network.macs == steps * (first + second)
    assert {layer.kind for layer in network.layers} == {"recurrent"}
    assert sum(layer.biases for layer in network.layers) == 8 * gates * n_h
    assert network.operators[0].op == op


def test_an_embedding_holds_weights_and_takes_no_macs(tmp_path):
    tensors = {"i": tensor(1, 9, dtype=5), "e_weight": tensor(100, 16), "y": tensor(1, 9, 16)}
    call = ("torch.ops.aten.embedding.default", {"weight": ref("e_weight"), "indices": ref("i")}, ["y"])
    (layer,) = read(tmp_path, [call], tensors, ["e_weight"], inputs=["i"]).layers
    assert (layer.name, layer.kind, layer.weights, layer.macs) == ("e", "embedding", 1600, 0)
    assert layer.traffic == (9, 0, 9 * 16)


def test_an_operator_of_unknown_cost_is_opaque_under_its_own_name(tmp_path):
    tensors = {"x": tensor(1, 4), "y": tensor(1, 4), "z": tensor(1, 4)}
    nodes = [
        ("torch.ops.mine.magic.default", {"x": ref("x")}, ["y"]),
        ("torch.ops.aten.fft_fft.default", {"self": ref("y")}, ["z"]),
    ]
    assert [one.op for one in read(tmp_path, nodes, tensors).opaque] == ["aten.fft_fft", "mine.magic"]


def test_a_graph_within_a_graph_is_read_through(tmp_path):
    inner = program([linear("a", "w", "b")], {"a": tensor(1, 4), "w": tensor(3, 4), "b": tensor(1, 3)})
    graph = inner["graph_module"]["graph"] | {"inputs": [ref("a"), ref("w")], "outputs": [ref("b")]}
    arguments = {
        "0": {"as_bool": False},
        "1": {"as_graph": {"name": "submod_1", "graph": graph}},
        "2": ref("x"),
        "3": ref("f_weight"),
    }
    tensors = {"x": tensor(1, 4), "f_weight": tensor(3, 4), "y": tensor(1, 3)}
    node = ("torch.ops.higher_order.wrap_with_set_grad_enabled", arguments, ["y"])
    network = read(tmp_path, [node], tensors, ["f_weight"])
    assert [(layer.name, layer.macs) for layer in network.layers] == [("f", 12)]
    assert network.outputs == ("y",)


def test_the_older_layout_is_read(tmp_path):
    tensors = {"x": tensor(1, 4), "f_weight": tensor(3, 4), "y": tensor(1, 3)}
    made = program([linear("x", "f_weight", "y")], tensors, ["f_weight"])
    assert read_pt2(archived(tmp_path, made, "serialized_exported_program.json")).macs == 12


@pytest.mark.parametrize(
    ("x", "w", "y", "message"),
    [
        ((1, 3, 8, 8), (4, 3, 3, 3), (1, 4, 9, 9), "its sizes make 1x4x6x6, but its output is 1x4x9x9"),
        ((1, 2, 8, 8), (4, 3, 3, 3), (1, 4, 6, 6), "reads 2 channels, but its weights 4x3x3x3 want 3"),
        ((1, 3, 2, 2), (4, 3, 3, 3), (1, 4, 1, 1), "its window of 3 is larger than its padded input of 2"),
        ((1, 3, 8, 8), (4, 3, 10**10, 3), (1, 4, 6, 6), "tensor w: is 4x3x10000000000x3; sizes go from 0"),
        ((1, 3, 8, 8), (4, 3, 3, "u0"), (1, 4, 6, 6), "the size of its weight cannot be resolved"),
        ((1,) * 40, (4, 3, 3, 3), (1, 4, 6, 6), "tensor x: has 40 dimensions, more than 16"),
    ],
)
def test_sizes_that_cannot_be_are_refused_by_name(tmp_path, x, w, y, message):
    call = ("torch.ops.aten.conv2d.default", {"input": ref("x"), "weight": ref("w")}, ["y"])
    with pytest.raises(FileError) as refused:
        read(tmp_path, [call], {"x": tensor(*x), "w": tensor(*w), "y": tensor(*y)}, ["w"])
    assert message in str(refused.value)


@pytest.mark.parametrize(
    "expression",
    [
        "__import__('os').system('true')",
        "s0.__class__",
        "(lambda: 1)()",
        "9**9**9**9",
        "Pow(Integer(10), Integer(60)) * 10",
        "(" * 300 + "s0" + ")" * 300,
        "s0 // 0",
        "1" * 5000,
        "[1 for _ in (1,)]",
        "Max()",
    ],
)
def test_a_size_is_worked_out_from_known_forms_alone(tmp_path, expression):
    tensors = {"x": tensor("s0", 4), "f_weight": tensor(3, 4), "y": tensor(expression, 3)}
    network = read(tmp_path, [linear("x", "f_weight", "y")], tensors, ["f_weight"])
    assert network.macs == 12
    assert network.layers[0].output_shape is None


def test_nothing_but_the_program_is_opened(tmp_path, monkeypatch):
    path = archived(tmp_path, program_in(FIXTURES / "unet.pt2"))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("net/data/sample_inputs/model.pt", b"\x80\x04cos\nsystem\n(S'exit 1'\ntR.")
    opened = []
    plain = zipfile.ZipFile.open

    def spied(archive, entry, *more, **options):
        opened.append(entry.filename)
        return plain(archive, entry, *more, **options)

    monkeypatch.setattr(zipfile.ZipFile, "open", spied)
    read_pt2(path)
    assert opened == ["net/models/model.json"]


def refused(path):
    with pytest.raises(FileError) as error:
        read_pt2(path)
    line = str(error.value)
    assert "\n" not in line
    return line


def network_or_line(path):
    """The network in a file, None where it is refused in one line; whatever else is raised fails the test."""
    try:
        return read_pt2(path)
    except FileError as error:
        if "\n" in str(error):
            raise
        return None


def test_files_that_are_no_program_are_refused_in_one_line(tmp_path):
    assert "holds no exported program: torch.export.save" in refused(archived(tmp_path, "{}", "net/data.pkl"))
    assert "is not JSON, or nested too deeply" in refused(archived(tmp_path, "[" * 200_000))
    assert "is no table" in refused(archived(tmp_path, "[]"))
    assert "lacks a part" in refused(archived(tmp_path, "{}"))
    assert "packed in a way that is not read" in refused(archived(tmp_path, "{}", method=zipfile.ZIP_LZMA))
    bomb = archived(tmp_path, " " * (33 * 1024 * 1024))
    assert bomb.stat().st_size < 100_000
    assert "a text of more than 33554432 bytes" in refused(bomb)
    assert "a text of more than 2000000 tables" in refused(archived(tmp_path, "[" + "[]," * 2_000_000 + "1]"))
    two = archived(tmp_path, "{}")
    with zipfile.ZipFile(two, "a") as archive:
        archive.writestr("net/models/other.json", "{}")
    assert "holds 2 programs ('model.json', 'other.json')" in refused(two)


def test_a_list_of_entries_that_is_too_long_is_refused(tmp_path):
    path = tmp_path / "net.pt2"
    path.write_bytes(b"")
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(200):
            archive.writestr(f"{number:060000d}.json", "")
    assert "is no archive of torch.export.save, or a damaged one" in refused(path)


def test_damaged_archives_are_counted_as_they_were_or_refused(tmp_path):
    whole = (FIXTURES / "unet.pt2").read_bytes()
    truth = counted(program_in(FIXTURES / "unet.pt2"))
    chance = random.Random(11)
    path = tmp_path / "net.pt2"
    for _ in range(tries(80)):
        damaged = bytearray(whole)
        if chance.random() < 0.3:
            del damaged[chance.randrange(len(damaged)) :]
        for _ in range(chance.randrange(1, 4)):
            if damaged:
                damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
        path.write_bytes(damaged)
        network = network_or_line(path)
        assert network is None or network.macs == truth


@pytest.mark.parametrize("name", EXPORTED)
def test_programs_changed_at_any_place_are_read_or_refused(tmp_path, name):
    """No change makes anything but a network or one line; sizes that lie are found by the operator."""
    whole = program_in(FIXTURES / f"{name}.pt2")
    chance = random.Random(5)
    everywhere = list(places(whole))
    worst = [..., None, -1, 0, 10**30, True, "s9", "", [], {}, {"as_int": 3}, [[]], 2.5, "x" * 5000]
    for _ in range(tries(80)):
        content = changed(whole, chance.choice(everywhere), chance.choice(worst))
        network = network_or_line(archived(tmp_path, content))
        if network is not None:
            assert network.macs >= 0
            assert all(prod(one.shape or ()) >= 0 for one in network.tensors)


def test_a_deep_stack_of_graphs_ends(tmp_path):
    graph = {"inputs": [], "outputs": [], "nodes": [], "tensor_values": {}, "sym_int_values": {}}
    for _ in range(60):
        node = {
            "target": "torch.ops.higher_order.wrap_with_autocast",
            "inputs": [{"name": "g", "arg": {"as_graph": {"name": "g", "graph": graph}}}],
            "outputs": [],
            "metadata": {},
        }
        graph = graph | {"nodes": [node]}
    made = program([linear("x", "w", "y")], {"x": tensor(1, 4), "w": tensor(3, 4), "y": tensor(1, 3)}, ["w"])
    made["graph_module"]["graph"]["nodes"] += graph["nodes"]
    assert read_pt2(archived(tmp_path, json.dumps(made))).macs == 12
