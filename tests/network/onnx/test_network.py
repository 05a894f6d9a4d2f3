"""What a file says beside its layers: what they are called, the order of operators, maps and held numbers."""

from math import prod

import pytest
from onnx import TensorProto, helper

from sepcost.hardware.execution import Execution
from sepcost.network.memory import peak_memory
from sepcost.network.model import Operator, Parameter, Tensor
from sepcost.network.onnx.read import read_onnx
from tests.network.onnx.models import LIGHT, function, lengths, model, node, value, weights


def scoped(one, *scopes):
    one.metadata_props.add(key="pkg.torch.onnx.name_scopes", value=str(list(scopes)))
    return one


def test_numbers_without_axes_and_those_of_a_constant_are_no_tensors_by_themselves(read):
    written = helper.make_tensor("c", TensorProto.FLOAT, [3, 1, 1], [1.0] * 3)
    nodes = [
        node("Constant", "", "c", value=written),
        node("Add", "x c", "a"),
        node("Mul", "a s", "b"),
        node("Conv", "b w", "y"),
    ]
    network = read(model(nodes, {"x": (1, 3, 4, 4)}, [weights("s", ()), weights("w", (2, 3, 1, 1))]))
    assert {each.name: each.by_itself for each in network.parameters} == {"c": False, "s": False, "w": True}


def test_a_layer_is_called_what_its_module_is(read):
    nodes = [
        scoped(node("Conv", "x stem.conv.weight", "a", "node_conv2d"), "", "stem", "stem.conv", "conv2d"),
        node("Conv", "a b.weight_quantized", "b", "/b/Conv"),
        scoped(node("Conv", "b val_3", "c", "node_Conv_9"), "", "head", "head.bn", "_native_batch_norm"),
        scoped(node("Conv", "c val_4", "d", "node_conv2d_4"), "", "conv2d_4"),
        node("Conv", "d onnx::Conv_7", "e", "/tail/Conv"),
    ]
    names = ("stem.conv.weight", "b.weight_quantized", "val_3", "val_4", "onnx::Conv_7")
    network = read(model(nodes, {"x": (1, 4, 8, 8)}, [weights(name, (4, 4, 1, 1)) for name in names]))
    assert [(layer.name, layer.path) for layer in network.layers] == [
        ("stem.conv", "node_conv2d"),
        ("b", "/b/Conv"),
        ("head.bn", "node_Conv_9"),
        ("node_conv2d_4", None),
        ("/tail/Conv", None),
    ]
    assert [operator.layers for operator in network.operators] == [(layer.name,) for layer in network.layers]


def test_weights_keep_their_name_on_their_way_to_a_layer(read):
    made = model(
        [
            node("Transpose", "fc.weight", "t"),
            node("Mul", "t s", "m"),
            node("MatMul", "x m", "y", "node_linear"),
        ],
        {"x": (1, 4), "s": ()},
        [weights("fc.weight", (3, 4))],
    )
    (layer,) = read(made).layers
    assert (layer.name, layer.weights) == ("fc", 12)


MS = "com.microsoft"
SMALL = model(
    [
        node("Conv", "x w b", "c", "conv"),
        node("BatchNormalization", "c scale shift mean var", "n", "bn"),
        node("Relu", "n", "r", "relu"),
        node("GlobalAveragePool", "r", "g", "pool"),
        node("Flatten", "g", "f", "flat"),
        node("MatMul", "f v", "m", "dense"),
        node("Add", "m d", "y", "bias"),
    ],
    {"x": (2, 3, 8, 8)},
    [
        weights("w", (4, 3, 3, 3)), weights("b", (4,)), weights("scale", (4,)), weights("shift", (4,)),
        weights("mean", (4,)), weights("var", (4,)), weights("v", (4, 10), TensorProto.FLOAT16),
        weights("d", (10,)),
    ],
)  # fmt: skip


def test_operators_run_in_the_order_of_the_file(read):
    network = read(SMALL)
    assert network.operators == (
        Operator("conv", "Conv", ("x",), ("c",), ("conv",), ("w", "b")),
        Operator("bn", "BatchNormalization", ("c",), ("n",), (), ("scale", "shift", "mean", "var")),
        Operator("relu", "Relu", ("n",), ("r",)),
        Operator("pool", "GlobalAveragePool", ("r",), ("g",), window=6 * 6),
        Operator("flat", "Flatten", ("g",), ("f",)),
        Operator("dense", "MatMul", ("f",), ("m",), ("dense",), ("v",)),
        Operator("bias", "Add", ("m",), ("y",), (), ("d",)),
    )
    assert network.outputs == ("y",)


def test_maps_are_those_of_one_input(read):
    network = read(SMALL)
    assert network.tensors == (
        Tensor("x", (1, 3, 8, 8), 32),
        Tensor("c", (1, 4, 6, 6), 32),
        Tensor("n", (1, 4, 6, 6), 32),
        Tensor("r", (1, 4, 6, 6), 32),
        Tensor("g", (1, 4, 1, 1), 32),
        Tensor("f", (1, 4), 32),
        Tensor("m", (1, 10), 32),
        Tensor("y", (1, 10), 32),
    )
    conv, dense = network.layers
    assert (conv.input_shape, conv.output_shape) == ((1, 3, 8, 8), (1, 4, 6, 6))
    assert (dense.input_shape, dense.output_shape) == ((1, 4), (1, 10))


def test_what_the_file_holds_is_known_by_what_reads_it(read):
    network = read(SMALL)
    assert network.parameters == (
        Parameter("w", 4 * 3 * 9, "weights", 32),
        Parameter("b", 4, "biases", 32),
        Parameter("scale", 4, "normalization", 32),
        Parameter("shift", 4, "normalization", 32),
        Parameter("mean", 4, "statistics", 32),
        Parameter("var", 4, "statistics", 32),
        Parameter("v", 4 * 10, "weights", 16),
        Parameter("d", 10, "biases", 32),
    )
    assert [layer.biases for layer in network.layers] == [4, 10]


def test_numbers_that_a_graph_makes_of_held_ones_are_no_maps(read):
    made = model(
        [node("Reshape", "v to", "w"), node("MatMul", "x w", "y")],
        {"x": (1, 4)},
        [weights("v", (3, 4)), lengths("to", [4, 3])],
    )
    network = read(made)
    assert [map_.name for map_ in network.tensors] == ["x", "y"]
    assert [(held.name, held.role) for held in network.parameters] == [("v", "weights"), ("to", "constant")]
    assert network.operators[-1].parameters == ("v", "to")


def test_each_tensor_that_biases_are_made_of_is_one_of_biases(read):
    """As an export without constant folding cuts and joins those of an LSTM: the lengths are none of them."""
    joined = model(
        [
            node("Slice", "b1 from to", "part"),
            node("Concat", "part b2", "b", axis=0),
            node("Gemm", "x w b", "y"),
        ],
        {"x": (1, 4)},
        [
            weights("b1", (4,)),
            weights("b2", (4,)),
            weights("w", (4, 8)),
            lengths("from", [0]),
            lengths("to", [4]),
        ],
    )
    assert {held.name: held.role for held in read(joined).parameters} == {
        "b1": "biases",
        "b2": "biases",
        "w": "weights",
        "from": "constant",
        "to": "constant",
    }


@pytest.mark.parametrize(
    ("product", "w", "scale"),
    [("MatMulInteger", (3, 6), ()), ("MatMulInteger", (3, 6), (6,)), ("ConvInteger", (6, 3, 1, 1), ())],
)
def test_biases_that_are_added_once_integers_are_scaled_are_the_layers(read, product, w, scale):
    """As onnxruntime writes a layer that it quantizes while it runs."""
    of_maps = product == "ConvInteger"
    quantized = model(
        [
            node("DynamicQuantizeLinear", "x", "q s z"),
            node("Mul", "s ws", "both"),
            node(product, "q w z", "i"),
            node("Cast", "i", "f", to=TensorProto.FLOAT),
            node("Mul", "f both", "m"),
            node("Add", "m b", "y"),
        ],
        {"x": (1, 3, 2, 2) if of_maps else (1, 3)},
        [
            weights("w", w, TensorProto.INT8),
            weights("ws", scale),
            weights("b", (6, 1, 1) if of_maps else (6,)),
        ],
    )
    found = read(quantized)
    assert found.layers[0].biases == 6
    assert [held.name for held in found.parameters if held.role == "biases"] == ["b"]


def numbers(name, *of):
    return helper.make_tensor(name, TensorProto.FLOAT, [len(of)], of)


def test_a_group_norm_written_as_an_instance_norm_has_the_scales_and_shifts_that_follow(read):
    """Two groups of four channels: what the instance norm is given says nothing, nor does a factor of all."""
    group_norm = model(
        [
            node("Reshape", "x grouped", "g"),
            node("InstanceNormalization", "g ones zeros", "n"),
            node("Reshape", "n whole", "c"),
            node("Mul", "c half", "h"),
            node("Mul", "h scale", "m"),
            node("Add", "m shift", "a"),
            node("Add", "a table", "y"),
        ],
        {"x": (1, 8, 4, 4)},
        [
            lengths("grouped", [1, 2, -1]),
            lengths("whole", [1, 8, 4, 4]),
            numbers("ones", 1, 1),
            numbers("zeros", 0, 0),
            weights("half", ()),
            weights("scale", (8, 1, 1)),
            weights("shift", (8, 1, 1)),
            weights("table", (8, 1, 1)),
        ],
    )
    roles = {held.name: held.role for held in read(group_norm).parameters}
    assert [name for name, role in roles.items() if role == "normalization"] == ["scale", "shift"]


@pytest.mark.parametrize(
    ("op", "scale", "shift", "role"),
    [
        ("InstanceNormalization", numbers("s", 1, 1), numbers("b", 0, 0), "constant"),
        ("InstanceNormalization", numbers("s", 1, 2), numbers("b", 0, 0), "normalization"),
        ("InstanceNormalization", numbers("s", 1, 1), numbers("b", 0, 1), "normalization"),
        ("InstanceNormalization", numbers("n.weight", 1, 1), numbers("n.bias", 0, 0), "normalization"),
        ("LayerNormalization", numbers("s", 1, 1), numbers("b", 0, 0), "constant"),
        ("BatchNormalization", numbers("s", 1, 1), numbers("b", 0, 0), "normalization"),
    ],
)
def test_ones_and_zeros_that_an_exporter_has_to_give_are_not_learned(read, op, scale, shift, role):
    """A model that was not trained has them too, under names of what is learned."""
    more = "m v" if op == "BatchNormalization" else ""
    held = [scale, shift, *(weights(name, (2,)) for name in more.split())]
    normed = model([node(op, f"x {scale.name} {shift.name} {more}", "y")], {"x": (1, 2, 2)}, held)
    assert [held.role for held in read(normed).parameters][:2] == [role] * 2


@pytest.mark.parametrize(
    ("op", "inputs", "learned"),
    [
        ("EmbedLayerNormalization", "x - word place - g b", "g b"),
        ("GroupNorm", "x g b", "g b"),
        ("SimplifiedLayerNormalization", "x g", "g"),
        ("SkipLayerNormalization", "x x g b c", "g b"),
        ("SkipSimplifiedLayerNormalization", "x x g c", "g"),
    ],
)
def test_a_normalization_that_onnxruntime_fused_has_its_scale_and_shift(read, op, inputs, learned):
    """Tables that it looks up are weights, and a bias that it adds before is none of it."""
    call = helper.make_node(op, ["" if one == "-" else one for one in inputs.split()], ["y"], domain=MS)
    tables = [weights(name, (4, 2)) for name in ("word", "place")]
    held = [*tables, *(weights(name, (2,)) for name in "gbc")]
    fused = model([call], {"x": (1, 2, 2)}, [one for one in held if one.name in inputs.split()], domains=[MS])
    roles = {held.name: held.role for held in read(fused).parameters}
    assert [name for name, role in roles.items() if role == "normalization"] == learned.split()


def test_the_slopes_of_a_prelu_are_learned(read):
    sloped = model([node("PRelu", "x s", "y")], {"x": (1, 4, 3)}, [weights("s", (4, 1))])
    assert [(held.name, held.role) for held in read(sloped).parameters] == [("s", "weights")]


def test_a_table_that_no_layer_counts_is_not_taken_for_a_normalization(read):
    """Such as the one of an operator of unknown cost; scales of channels are those of a normalization."""
    names = {"e.weight": (30, 8), "n.weight": (8, 1, 1), "e": (30, 8)}
    used = model(
        [node("Unknown", "x e.weight n.weight e", "y", domain="other")],
        {"x": (1, 8)},
        [weights(name, shape) for name, shape in names.items()],
        domains=["other"],
    )
    assert [held.role for held in read(used).parameters] == ["weights", "normalization", "constant"]


def test_a_choice_is_one_operator(read):
    branches = [
        helper.make_graph(
            [node("Gemm", "x w d", out)],
            out,
            [],
            [value(out, None)],
            [weights("w", (4, size)), weights("d", (size,))],
        )
        for out, size in (("a", 5), ("b", 6))
    ]
    made = model(
        [node("If", "c", "y", "choice", then_branch=branches[0], else_branch=branches[1])], {"x": (1, 4)}
    )
    made.graph.input.append(value("c", (), TensorProto.BOOL))
    network = read(made)
    assert [(one.op, one.writes, one.layers) for one in network.operators] == [("If", ("y",), ("Gemm_1",))]
    assert {map_.name for map_ in network.tensors} == {"x", "c", "y"}
    assert [held.role for held in network.parameters] == 2 * ["weights", "biases"]


def test_a_call_of_a_function_is_the_operators_within(read):
    twice = function("Twice", node("MatMul", "a b", "t", "first"), node("MatMul", "t b", "c", "second"))
    call = node("Twice", "x w", "y", domain="local")
    made = model([call, node("Relu", "y", "z")], {"x": (1, 4)}, [weights("w", (4, 4))], [twice], ["local"])
    network = read(made)
    assert [(one.op, one.reads, one.writes) for one in network.operators] == [
        ("MatMul", ("x",), ("t",)),
        ("MatMul", ("t",), ("c",)),
        ("Relu", ("c",), ("z",)),
    ]
    assert [held.name for held in network.parameters] == ["w"]


@pytest.mark.parametrize(
    ("said", "axes", "mode"),
    [
        ({"mode": "nearest"}, (2, 2), "nearest"),
        ({"mode": "linear"}, (2, 2), "bilinear"),
        ({"mode": "linear"}, (2, 1), "linear"),
        ({"mode": "cubic"}, (2, 2), "cubic"),
        ({}, (2, 2), "nearest"),
    ],
)
def test_a_resize_says_how_it_interpolates(read, said, axes, mode):
    scales = helper.make_tensor("s", TensorProto.FLOAT, [4], [1.0, 1.0, *map(float, axes)])
    made = model([node("Resize", "x r s", "y", **said)], {"x": (1, 3, 4, 4)}, [weights("r", (0,)), scales])
    network = read(made)
    assert network.operators[0].mode == mode
    assert network.tensors[-1].shape == (1, 3, 4 * axes[0], 4 * axes[1])


def test_a_resize_to_a_size_that_is_given_says_its_positions(read):
    sized = model([node("Resize", "x r s z", "y")], {"x": (1, 3, 4, 4)}, [lengths("z", [1, 3, 13, 17])])
    sized.graph.node[0].input[1:3] = ["", ""]
    assert read(sized).operators[0].window == 13 * 17


@pytest.mark.parametrize("path", sorted(LIGHT.glob("*.onnx")), ids=lambda path: path.stem)
def test_every_map_is_read_after_it_is_written_and_every_layer_has_its_operator(path):
    network = read_onnx(path)
    known = {network.tensors[0].name}
    for operator in network.operators:
        assert set(operator.reads) <= known
        known.update(operator.writes)
    assert set(network.outputs) <= known
    counted = [layer for operator in network.operators for layer in operator.layers]
    assert counted == [layer.name for layer in network.layers]
    assert all(tensor.shape is not None and prod(tensor.shape) for tensor in network.tensors)
    assert peak_memory(network, Execution(bytes=4)).peak > 0
