"""ONNX models: the sizes that inference finds, the weights that constants hold, nothing guessed."""

import math
import os
import subprocess
import sys
from collections import Counter

import onnx
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from onnx import TensorProto, helper

from sepcost.core.errors import FileError
from sepcost.network.model import Leading
from sepcost.network.onnx.read import LARGEST_ONNX, read_onnx
from tests.network.onnx import oracle as onnx_oracle
from tests.network.onnx.models import (
    DATA,
    FLOAT,
    LIGHT,
    conv,
    function,
    lengths,
    model,
    node,
    saved,
    value,
    weights,
)

IMAGE = (1, 3, 224, 224)


@pytest.fixture
def read(tmp_path):
    return lambda content, input_shape=None: read_onnx(saved(tmp_path, content), input_shape)


@pytest.fixture
def refusal(tmp_path):
    def refused(content, input_shape=None):
        with pytest.raises(FileError) as caught:
            read_onnx(saved(tmp_path, content), input_shape)
        message = str(caught.value)
        assert message.isprintable()
        return message.removeprefix(f"{tmp_path}/model.onnx: ")

    return refused


LIGHT_MODELS = {
    # weights, MACs and layers, as this reader counts them: they hold it to what it has counted before.
    # The two tests that follow say of five of them where the numbers come from.
    "bvlc_alexnet": (60_954_656, 654_560_384, 8),
    "densenet121": (7_894_208, 2_834_161_664, 121),
    "inception_v1": (6_990_272, 1_431_556_352, 58),
    "inception_v2": (11_174_080, 2_018_851_840, 70),
    "resnet50": (25_502_912, 4_089_184_256, 54),
    "shufflenet": (1_365_464, 124_664_528, 50),
    "squeezenet": (1_231_552, 349_151_936, 26),
    "vgg19": (143_652_544, 19_632_062_464, 19),
    "zfnet512": (87_242_528, 1_481_727_008, 8),
}


@pytest.mark.parametrize("name", LIGHT_MODELS)
def test_the_wheels_own_networks_are_counted_whole(name):
    network = read_onnx(LIGHT / f"light_{name}.onnx")
    assert (network.weights, network.macs, len(network.layers)) == LIGHT_MODELS[name]
    assert network.opaque == ()
    assert network.input == IMAGE
    assert (network.name, network.format) == (f"light_{name}", "onnx")


@pytest.mark.parametrize(
    ("name", "parameters", "uncounted", "giga"),
    [  # parameters and 10^9 MACs as torchvision lists them; biases and scales of normalization
        ("densenet121", 7_978_856, 83_648 + 1000, 2.83),
        ("resnet50", 25_557_032, 53_120 + 1000, 4.09),
        ("squeezenet", 1_235_496, 3_944, 0.35),
        ("vgg19", 143_667_240, 14_696, 19.63),
    ],
)
def test_what_is_published_of_a_network_is_what_is_counted(name, parameters, uncounted, giga):
    network = read_onnx(LIGHT / f"light_{name}.onnx")
    assert network.weights == parameters - uncounted
    assert round(network.macs / 1e9, 2) == giga


FILTERS = {
    # of each layer: weights of a filter, filters, positions
    "bvlc_alexnet": [
        (3 * 11 * 11, 96, 54 * 54),  # (224 - 11) // 4 + 1
        (96 // 2 * 5 * 5, 256, 26 * 26),  # in two groups, as are two more
        (256 * 3 * 3, 384, 12 * 12),
        (384 // 2 * 3 * 3, 384, 12 * 12),
        (384 // 2 * 3 * 3, 256, 12 * 12),
        (256 * 6 * 6, 4096, 1),
        (4096, 4096, 1),
        (4096, 1000, 1),
    ],
    "vgg19": [
        (3 * 9, 64, 224 * 224),
        (64 * 9, 64, 224 * 224),
        (64 * 9, 128, 112 * 112),
        (128 * 9, 128, 112 * 112),
        (128 * 9, 256, 56 * 56),
        *[(256 * 9, 256, 56 * 56)] * 3,
        (256 * 9, 512, 28 * 28),
        *[(512 * 9, 512, 28 * 28)] * 3,
        *[(512 * 9, 512, 14 * 14)] * 4,
        (512 * 7 * 7, 4096, 1),
        (4096, 4096, 1),
        (4096, 1000, 1),
    ],
}


@pytest.mark.parametrize("name", FILTERS)
def test_a_network_costs_the_sum_of_its_filters(name):
    network = read_onnx(LIGHT / f"light_{name}.onnx")
    assert network.weights == sum(math.prod(layer[:2]) for layer in FILTERS[name])
    assert network.macs == sum(map(math.prod, FILTERS[name]))


def test_a_network_of_a_fixed_size_is_counted_at_another(tmp_path):
    """ResNet-50 made for 224 at 256: all but the 2,048 x 1,000 of its classifier by (8/7)^2."""
    made = onnx.load(LIGHT / "light_resnet50.onnx")
    for one in made.graph.node:
        if one.op_type in ("AveragePool", "Reshape"):  # of 7 rows and to 2,048 numbers: for that size alone
            one.op_type = {"AveragePool": "GlobalAveragePool", "Reshape": "Flatten"}[one.op_type]
            del one.attribute[:], one.input[1:]
    network = read_onnx(saved(tmp_path, made), (1, 3, 256, 256))
    assert network.macs == (4_089_184_256 - 2_048_000) * 64 // 49 + 2_048_000 == 5_340_348_416
    with pytest.raises(FileError, match="Reshape 'n173': cannot make 8192 numbers 1x2048"):
        read_onnx(LIGHT / "light_resnet50.onnx", (1, 3, 256, 256))


def test_there_are_nine_of_them():
    assert {path.stem for path in LIGHT.glob("*.onnx")} == {f"light_{name}" for name in LIGHT_MODELS}


def test_resnet_50_is_that_of_its_paper():
    """25.5 M weights; 4.09 G MACs, convolutions and the classifier."""
    network = read_onnx(LIGHT / "light_resnet50.onnx")
    assert (network.weights, network.macs) == (25_502_912, 4_089_184_256)
    assert Counter(layer.kind for layer in network.layers) == {"standard": 17, "pointwise": 36, "dense": 1}
    stem = network.layers[0]
    assert (stem.kernel, stem.stride, stem.dilation, stem.groups) == ((7, 7), (2, 2), (1, 1), 1)
    assert (stem.n_i, stem.n_o, stem.macs) == (3, 64, 64 * 3 * 49 * 112 * 112)
    free = {operator.op: operator.count for operator in network.free}
    assert free["Relu"] == 49
    assert free["BatchNormalization"] == 53


def test_shufflenets_convolutions_are_named_for_what_they_are():
    kinds = Counter(layer.kind for layer in read_onnx(LIGHT / "light_shufflenet.onnx").layers)
    assert kinds == {"standard": 1, "depthwise": 16, "grouped": 32, "dense": 1}


SMALL = sorted((*DATA.glob("pytorch-converted/*/model.onnx"), *DATA.glob("pytorch-operator/*/model.onnx")))
COUNTED = [
    path
    for path in SMALL
    if set(onnx_oracle.CONVOLUTIONS + onnx_oracle.PRODUCTS)
    & {one.op_type for one in onnx.load(path).graph.node}
]


@pytest.mark.parametrize("path", COUNTED, ids=lambda path: path.parent.name)
def test_the_wheels_small_models_agree_with_a_walk(path):
    network = read_onnx(path)
    original = onnx.load(path)
    if path.parent.name == "test_operator_addmm":  # its second product reads what the first writes
        original.graph.input.append(value(original.graph.node[0].output[0], (2, 4)))
    if path.parent.name == "test_operator_conv":  # 20 images, of 3.4 million products each
        original.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 1
    assert (network.weights, network.macs) == onnx_oracle.counts(original)


def test_they_are_of_every_kind():
    assert len(COUNTED) == 34
    kinds = {layer.kind for path in COUNTED for layer in read_onnx(path).layers}
    assert kinds == {"standard", "grouped", "depthwise", "transposed", "dense"}


@st.composite
def convolutions(draw):
    """A model of one convolution, of any geometry that fits."""
    axes = draw(st.integers(1, 3))
    transposed = draw(st.booleans())
    groups = draw(st.integers(1, 3))
    channels = [groups * draw(st.integers(1, 2)) for _ in range(2)]
    each = st.lists(st.integers(1, 3), min_size=axes, max_size=axes)
    kernel, stride, dilation = draw(each), draw(each), draw(each)
    pads = draw(st.lists(st.integers(0, 2), min_size=2 * axes, max_size=2 * axes))
    size = draw(st.lists(st.integers(1, 5), min_size=axes, max_size=axes))
    batch = draw(st.integers(1, 2))
    for length, k, s, d, pad in zip(
        size, kernel, stride, dilation, map(sum, zip(pads[:axes], pads[axes:], strict=True)), strict=True
    ):
        span = d * (k - 1) + 1
        assume(s * (length - 1) + span - pad >= 1 if transposed else span <= length + pad)
    reads, writes = channels
    shape = (reads, writes // groups, *kernel) if transposed else (writes, reads // groups, *kernel)
    said = {"strides": stride, "dilations": dilation, "pads": pads, "group": groups}
    one = node("ConvTranspose" if transposed else "Conv", "x w", "y", **said)
    return model([one], {"x": (batch, reads, *size)}, [weights("w", shape)])


@given(convolutions())
def test_a_convolution_of_any_geometry_agrees_with_a_walk(tmp_path_factory, made):
    network = read_onnx(saved(tmp_path_factory.mktemp("conv"), made))
    assert (network.weights, network.macs) == onnx_oracle.counts(made)


@pytest.mark.parametrize(
    ("said", "positions"),
    [
        ({"auto_pad": "SAME_UPPER", "strides": [2, 2]}, 4 * 3),  # ceil(7 / 2) by ceil(6 / 2)
        ({"auto_pad": "SAME_LOWER"}, 7 * 6),
        ({"auto_pad": "VALID"}, 5 * 4),
        ({"pads": [1, 0, 2, 1]}, 8 * 5),  # 7 + 1 + 2 - 2 by 6 + 0 + 1 - 2
        ({}, 5 * 4),
    ],
)
def test_padding_is_said_in_many_ways(read, said, positions):
    (layer,) = read(conv((1, 2, 7, 6), (4, 2, 3, 3), **said)).layers
    assert (layer.positions, layer.macs) == (positions, 4 * 2 * 9 * positions)


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ({}, (5 + 3 - 1, 6 + 3 - 1)),
        ({"strides": [2, 3]}, (2 * 4 + 3, 3 * 5 + 3)),
        ({"strides": [2, 3], "dilations": [2, 1]}, (2 * 4 + 2 * 2 + 1, 3 * 5 + 3)),
        ({"strides": [2, 3], "pads": [1, 0, 2, 1]}, (2 * 4 + 3 - 1 - 2, 3 * 5 + 3 - 0 - 1)),
        ({"strides": [2, 3], "output_padding": [1, 2]}, (2 * 4 + 3 + 1, 3 * 5 + 3 + 2)),
        ({"strides": [2, 3], "auto_pad": "SAME_UPPER"}, (2 * 5, 3 * 6)),
        ({"strides": [2, 3], "auto_pad": "SAME_LOWER"}, (2 * 5, 3 * 6)),
        ({"strides": [2, 3], "auto_pad": "VALID"}, (2 * 4 + 3, 3 * 5 + 3)),
        ({"strides": [2, 3], "output_shape": [9, 16]}, (9, 16)),
    ],
)
def test_what_a_transposed_convolution_writes_is_what_the_next_layer_reads(read, said, written):
    """5×6 positions, a kernel of 3×3; then a convolution of 1×1 with one channel."""
    nodes = [node("ConvTranspose", "x w", "t", **said), node("Conv", "t v", "y")]
    held = [weights("w", (8, 4, 3, 3)), weights("v", (1, 4, 1, 1))]
    transposed, after = read(model(nodes, {"x": (1, 8, 5, 6)}, held)).layers
    assert transposed.macs == 8 * 4 * 9 * 5 * 6
    assert after.macs == 4 * written[0] * written[1]


def test_pads_that_leave_no_output_of_a_transposed_convolution_are_refused(read, refusal):
    """1×2 positions and a kernel of 3×3 make 3×4: pads of 3 leave no row, pads of 2 one."""

    def padded(below):
        one = node("ConvTranspose", "x w", "y", pads=[1, 0, below, 0])
        return model([one], {"x": (1, 8, 1, 2)}, [weights("w", (8, 4, 3, 3))])

    assert refusal(padded(2)).endswith("its pads leave no output: 0x4")
    assert read(padded(1)).macs == 8 * 4 * 9 * 1 * 2


def test_a_transposed_convolution_to_no_rows_is_refused(refusal):
    one = node("ConvTranspose", "x w", "y", output_shape=[0, 6])
    made = model([one], {"x": (1, 8, 5, 6)}, [weights("w", (8, 4, 3, 3))])
    assert refusal(made).endswith("output_shape is 0x6, not 2 numbers from 1 to 1000000000")


def test_a_transposed_convolution_uses_a_weight_once_per_input_position(read):
    one = node("ConvTranspose", "x w", "y", strides=[2, 2], pads=[1, 1, 1, 1], output_padding=[1, 1])
    (layer,) = read(model([one], {"x": (1, 8, 5, 5)}, [weights("w", (8, 4, 3, 3))])).layers
    assert (layer.kind, layer.n_i, layer.n_o) == ("transposed", 8, 4)
    assert (layer.weights, layer.macs) == (8 * 4 * 9, 8 * 4 * 9 * 5 * 5)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ((1, 5, 4), (4, 3)),
        ((4,), (4, 3)),
        ((1, 4), (4,)),
        ((4,), (4,)),
        ((1, 2, 5, 4), (2, 4, 3)),
        ((1, 2, 5, 4), (1, 1, 4, 3)),
        ((1, 1, 5, 4), (2, 3, 4, 3)),
        ((2, 6, 4), (4, 3)),
    ],
)
@pytest.mark.parametrize("constant", ["right", "left", "neither"])
def test_a_matrix_product_agrees_with_a_walk(read, a, b, constant):
    operands = {"a": a, "b": b}
    held = {"right": ["b"], "left": ["a"], "neither": []}[constant]
    inputs = {name: shape for name, shape in operands.items() if name not in held}
    if constant == "left":  # as the first input, b would say by its first dimension what the batch is
        inputs = {"x": (1, 1), **inputs}
    made = model([node("MatMul", "a b", "y")], inputs, [weights(name, operands[name]) for name in held])
    network = read(made)
    assert (network.weights, network.macs) == onnx_oracle.counts(made)


def test_a_product_of_batches_of_matrices_holds_all_of_them(read):
    made = model([node("MatMul", "x w", "y")], {"x": (1, 8, 5, 4)}, [weights("w", (8, 4, 3))])
    (layer,) = read(made).layers
    assert (layer.kind, layer.groups, layer.n_i, layer.n_o) == ("dense", 8, 8 * 4, 8 * 3)
    assert (layer.weights, layer.macs) == (8 * 4 * 3, 8 * 5 * 4 * 3)


@pytest.mark.parametrize(("said", "x", "w"), [
    ({}, (2, 4), (4, 3)),
    ({"transB": 1}, (2, 4), (3, 4)),
    ({"transA": 1}, (4, 2), (4, 3)),
    ({"transA": 1, "transB": 1}, (4, 2), (3, 4)),
])  # fmt: skip
def test_a_gemm_may_transpose_either_side(read, said, x, w):
    held = [weights("w", w), weights("c", (3,))]
    made = model([node("Gemm", "x w c", "y", **said)], {"batch": (1, 1), "x": x}, held)
    (layer,) = read(made).layers
    assert (layer.n_i, layer.n_o, layer.weights) == (4, 3, 4 * 3)
    assert (layer.weights, layer.macs) == onnx_oracle.counts(made)


@pytest.mark.parametrize(
    ("op", "inputs", "w"),
    [
        ("QLinearConv", "x s z w s z s z", (8, 4, 3, 3)),
        ("ConvInteger", "x w", (8, 4, 3, 3)),
        ("QLinearMatMul", "x s z w s z s z", (6, 8)),
        ("MatMulInteger", "x w", (6, 8)),
    ],
)
def test_quantized_forms_count_as_what_they_are(read, op, inputs, w):
    held = [weights("w", w, TensorProto.UINT8), weights("z", (), TensorProto.UINT8), weights("s", ())]
    made = model([node(op, inputs, "y")], {}, held)
    made.graph.input.append(value("x", (1, 4, 6, 6), TensorProto.UINT8))
    (layer,) = read(made).layers
    assert layer.op == op
    # 3x3 without padding leaves 4x4 positions; the products have 4 rows of 6 in each of 4 channels
    positions = 4 * 4 if len(w) == 4 else 4 * 6
    assert (layer.weights, layer.macs) == (math.prod(w), math.prod(w) * positions)


def test_what_is_computed_from_constants_alone_is_computed_once_for_any_batch(read):
    made = model(
        [node("MatMul", "a b", "c"), node("MatMul", "x c", "y")],
        {"x": (1, 5, 4)},
        [weights("a", (4, 6)), weights("b", (6, 7))],
    )
    network = read(made)
    fixed, fed = 4 * 6 * 7, 5 * 4 * 7
    assert network.macs == fixed + fed
    assert network.for_batch(3).macs == fixed + 3 * fed


def test_weights_are_followed_through_nodes(read):
    """Reshape of a Transpose of a DequantizeLinear of what ConstantOfShape makes is still constant."""
    made = model(
        [
            node("ConstantOfShape", "s", "c", value=helper.make_tensor("v", TensorProto.INT8, [1], [0])),
            node("DequantizeLinear", "c scale", "d"),
            node("Transpose", "d", "t", perm=[1, 0]),
            node("Reshape", "t to", "w"),
            node("MatMul", "x w", "y"),
        ],
        {"x": (1, 12)},
        [lengths("s", [5, 12]), weights("scale", ()), lengths("to", [12, 5])],
    )
    network = read(made)
    assert (network.weights, network.macs) == (12 * 5, 12 * 5)
    assert [operator.op for operator in network.free] == [
        "ConstantOfShape", "DequantizeLinear", "Reshape", "Transpose",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("made_of", "macs"),
    [
        ([node("Mul", "x one", "w")], 4 * 4 * 4),  # each row of x meets the others: they are no batch
        ([node("RandomNormal", "", "w", shape=[4, 4])], 4 * 4),
        ([node("Shape", "x", "s"), node("ConstantOfShape", "s", "w")], 4 * 4),
    ],
)
def test_what_depends_on_the_input_or_on_chance_is_not_learned(read, made_of, macs):
    made = model([*made_of, node("MatMul", "x w", "y")], {"x": (4, 4)}, [weights("one", ())])
    (layer,) = read(made).layers
    assert (layer.learned, layer.weights, layer.macs) == (False, 0, macs)


def test_shared_weights_count_once_and_their_macs_each_time(read):
    made = model(
        [
            node("Conv", "x w", "a", "head/p3", pads=[1, 1, 1, 1]),
            node("MaxPool", "x", "p", kernel_shape=[2, 2], strides=[2, 2]),
            node("Identity", "w", "v"),
            node("Conv", "p v", "b", "head/p4", pads=[1, 1, 1, 1]),
        ],
        {"x": (1, 8, 16, 16)},
        [weights("w", (8, 8, 3, 3))],
    )
    first, second = read(made).layers
    assert (first.shares, second.shares) == (None, "head/p3")
    assert (first.weights, second.weights) == (8 * 8 * 9, 0)
    assert (first.macs, second.macs) == (8 * 8 * 9 * 16 * 16, 8 * 8 * 9 * 8 * 8)


def test_two_constant_sides_are_held_by_the_second(read):
    made = model([node("MatMul", "a b", "y")], {"x": (3, 1)}, [weights("a", (5, 4)), weights("b", (4, 2))])
    (layer,) = read(made).layers
    # computed once for all inputs, so the batch of 3 divides nothing
    assert (layer.n_i, layer.n_o, layer.positions, layer.weights) == (4, 2, 5, 4 * 2)


def test_initializers_that_are_inputs_too_are_weights(read):
    made = conv((1, 3, 8, 8), (4, 3, 3, 3))
    made.ir_version = 3
    made.graph.input.insert(0, value("w", (4, 3, 3, 3)))
    network = read(made)
    assert network.input == (1, 3, 8, 8)
    assert network.weights == 4 * 3 * 9


def test_a_sparse_initializer_holds_weights_of_its_whole_shape(read):
    made = model([node("Conv", "x w", "y")], {"x": (1, 3, 8, 8)})
    sparse = onnx.SparseTensorProto(values=weights("w", (0,)), dims=[4, 3, 3, 3])
    made.graph.sparse_initializer.append(sparse)
    assert read(made).weights == 4 * 3 * 9


@pytest.mark.parametrize("batch", [1, 2, 8, "N", None])
def test_the_batch_is_divided_out(read, batch):
    network = read(conv((batch, 3, 8, 8), (4, 3, 3, 3)))
    assert network.input == (1, 3, 8, 8)
    assert network.macs == 4 * 3 * 9 * 6 * 6


def test_a_batch_that_does_not_divide_a_layer_is_none(read):
    made = model(
        [node("Reshape", "x s", "r"), node("MatMul", "r w", "y", "mixed")],
        {"x": (2, 9)},
        [lengths("s", [3, 6]), weights("w", (6, 4))],
    )
    network = read(made)
    assert network.macs == 3 * 6 * 4
    assert (network.input, network.leading) == ((2, 9), Leading(2, "MatMul 'mixed' mixes what it has"))


def test_a_file_optimized_for_one_processor_is_refused_with_what_makes_another_of_it(refusal):
    """As onnxruntime saves a model with every optimization: channels in blocks of 8 or 16, others added."""
    blocked = node("Conv", "x w", "y", "first", domain="com.microsoft.nchwc")
    content = model([blocked], {"x": (1, 3, 8, 8)}, [weights("w", (16, 3, 3, 3))], domains=[blocked.domain])
    assert refusal(content) == (
        "Conv 'first': is written for one kind of processor: "
        "have onnxruntime optimize the model no further than ORT_ENABLE_EXTENDED"
    )


def test_open_height_and_width_are_refused_and_exact_once_they_are_given(read, refusal):
    made = conv(("N", 3, "height", "width"), (4, 3, 3, 3), strides=[2, 2])
    assert refusal(made) == (
        "input 'x': dimension 2 ('height') is open: fix it with input_shape, such as 1x3x224x224"
    )
    network = read(made, (1, 3, 224, 192))
    assert network.input == (1, 3, 224, 192)
    assert network.macs == 4 * 3 * 9 * 111 * 95  # (224 - 3) // 2 + 1 by (192 - 3) // 2 + 1


def test_open_dimensions_without_names_are_named_by_their_place(refusal):
    assert refusal(conv((None, 3, 8, None), (4, 3, 3, 3))).startswith("input 'x': dimension 3 is open")


def test_a_dimension_of_one_name_is_one_length_in_every_input(read, refusal):
    made = model(
        [node("MatMul", "x mask", "y")],
        {"x": ("N", "length", 16), "mask": ("N", 16, "length")},
    )
    assert read(made, (1, 10, 16)).macs == 10 * 16 * 10
    assert read(made, (4, 10, 16)).macs == 10 * 16 * 10
    made.graph.input[1].type.tensor_type.shape.dim[2].dim_param = "other"
    assert refusal(made, (1, 10, 16)) == (
        "input 'mask': dimension 2 ('other') is open: fix it with input_shape, such as mask=1x16x224"
    )
    assert read(made, {"": (1, 10, 16), "mask": (1, 16, 7)}).macs == 10 * 16 * 7
    assert refusal(made, {"": (1, 10, 16), "musk": (1, 16, 7)}).endswith(
        "'musk' is no input; did you mean mask?"
    )


@pytest.mark.parametrize(
    ("shape", "given", "problem"),
    [
        ((1, 3, None, None), (3, 8, 8), "input_shape: 3x8x8 has 3 dimensions, input 'x' has 4"),
        (
            (1, 3, None, None),
            (1, 4, 8, 8),
            "Conv that writes 'y': reads 4 channels, but its weights 4x3x3x3 in 1 group do not fit",
        ),
        (
            (1, 3, "s", "s"),
            (1, 3, 8, 9),
            "input_shape: 1x3x8x9 makes dimension 3 of input 'x' 9, but 's' is 8",
        ),
        ((1, 3, None, None), (1, 3, 8, 0), "input_shape: '0' is not a whole number"),
        (
            (1, 3, 2, 8),
            (1, 3, 2, 8),
            "Conv that writes 'y': its kernel of 3 is larger than its padded input",
        ),
    ],
)
def test_an_input_shape_that_does_not_fit_is_refused(refusal, shape, given, problem):
    assert refusal(conv(shape, (4, 3, 3, 3)), given).startswith(problem)


def test_an_input_without_a_shape_takes_the_one_given(read, refusal):
    made = model([node("Conv", "x w", "y")], {"x": None}, [weights("w", (4, 3, 3, 3))])
    assert refusal(made) == "input 'x': has no shape: give input_shape, such as 1x3x224x224"
    assert read(made, (1, 3, 8, 8)).macs == 4 * 3 * 9 * 6 * 6


def test_a_model_without_inputs_takes_no_shape(read, refusal):
    made = model([node("MatMul", "a b", "y")], {}, [weights("a", (5, 4)), weights("b", (4, 2))])
    assert read(made).input == ()
    assert refusal(made, (1, 3)) == "input_shape: fits no input: the network has none that is a tensor"


def test_a_size_that_a_node_computes_from_shapes_is_known(read):
    """Flattening as exporters write it: Reshape to [batch, -1], the batch read by Shape and Gather."""
    made = model(
        [
            node("Shape", "x", "s"),
            node("Gather", "s zero", "n"),
            node("Concat", "n minus", "to", axis=0),
            node("Reshape", "x to", "flat"),
            node("MatMul", "flat w", "y"),
        ],
        {"x": ("N", 4, 5, 5)},
        [lengths("zero", [0]), lengths("minus", [-1]), weights("w", (100, 10))],
    )
    assert read(made).macs == 100 * 10


def test_a_size_that_depends_on_numbers_is_an_error_that_names_the_operator(refusal):
    made = model(
        [node("NonZero", "x", "z"), node("Cast", "z", "f", to=FLOAT), node("MatMul", "f w", "y", "proj")],
        {"x": (1, 4)},
        [weights("w", (9, 3))],
    )
    assert refusal(made) == (
        "MatMul 'proj': the size of its input 'f' cannot be resolved: "
        "NonZero that writes 'z' cannot be followed"
    )


def test_stated_shapes_are_not_believed(read):
    made = model(
        [node("Relu", "x", "r"), node("Conv", "r w", "y")], {"x": (1, 3, 8, 8)}, [weights("w", (4, 3, 3, 3))]
    )
    made.graph.value_info.append(value("r", (1, 3, 4, 4)))
    made.graph.output[0].CopyFrom(value("y", (1, 4, 2, 2)))
    assert read(made).macs == 4 * 3 * 9 * 6 * 6


def test_but_those_behind_a_foreign_operator_are_all_there_is(read, refusal):
    nodes = [node("Fuse", "x", "r", domain="vendor"), node("Conv", "r w", "y")]
    made = model(nodes, {"x": ("N", 3, 8, 8)}, [weights("w", (4, 3, 3, 3))], domains=["vendor"])
    assert "the size of its input 'r' cannot be resolved" in refusal(made)
    made.graph.value_info.append(value("r", ("N", 3, 4, 4)))
    network = read(made)
    assert network.macs == 4 * 3 * 9 * 2 * 2
    assert [operator.op for operator in network.opaque] == ["vendor.Fuse"]


@pytest.mark.parametrize("inside", [None, ("N", 3, 4, 4)], ids=["", "inside too"])
def test_one_that_the_graph_hands_out_is_known_by_its_outputs_shape(read, inside):
    nodes = [node("Fuse", "x", "r", domain="vendor"), node("Conv", "r w", "y")]
    made = model(nodes, {"x": ("N", 3, 8, 8)}, [weights("w", (4, 3, 3, 3))], domains=["vendor"])
    made.graph.output.append(value("r", ("N", 3, 4, 4)))
    if inside:
        made.graph.value_info.append(value("r", inside))
    assert read(made).macs == 4 * 3 * 9 * 2 * 2


def branch(op, size):
    """A branch that multiplies the outer `x` by weights of its own, under a name of both branches."""
    out = f"out_{size}"
    return helper.make_graph(
        [node("MatMul", "x w", "m"), node(op, "m", out)],
        "branch",
        [],
        [value(out, None)],
        [weights("w", (4, size))],
    )


def test_if_counts_its_larger_branch(read):
    for then, otherwise in ((3, 5), (5, 3)):
        one = node("If", "c", "y", then_branch=branch("Relu", then), else_branch=branch("Tanh", otherwise))
        made = model([one], {"x": (1, 4)})
        made.graph.input.append(value("c", (), TensorProto.BOOL))
        network = read(made)
        assert (network.weights, network.macs) == (4 * 5, 4 * 5)
        assert [operator.op for operator in network.free] == ["Relu" if then == 5 else "Tanh"]


def test_an_opaque_operator_of_the_smaller_branch_still_shows(read):
    one = node("If", "c", "y", then_branch=branch("Det", 3), else_branch=branch("Relu", 5))
    made = model([one], {"x": (1, 4)})
    made.graph.input.append(value("c", (), TensorProto.BOOL))
    assert [operator.op for operator in read(made).opaque] == ["Det"]


@pytest.mark.parametrize("op", ["Loop", "Scan"])
def test_loops_are_opaque_whatever_is_in_them(read, op):
    inputs, outputs, nodes = ["i", "go", "s"], ["go", "t"], [node("MatMul", "s w", "t")]
    one = node("Loop", "n go x", "y")
    if op == "Scan":
        inputs, outputs = ["s", "piece"], ["t", "copy"]
        nodes.append(node("Identity", "piece", "copy"))
        one = node("Scan", "x x", "y z", num_scan_inputs=1)
    ends = [[value(name, None) for name in names] for names in (inputs, outputs)]
    one.attribute.append(helper.make_attribute("body", helper.make_graph(nodes, "body", *ends)))
    held = [lengths("n", [3]), weights("go", (), TensorProto.BOOL), weights("w", (4, 4))]
    network = read(model([one], {"x": (1, 4)}, held))
    assert network.layers == ()
    assert [(operator.op, operator.count) for operator in network.opaque] == [(op, 1)]


def test_a_standard_operator_that_nobody_knows_is_opaque(read):
    network = read(model([node("Relu", "x", "r"), node("Quux", "r", "y")], {"x": (1, 4)}))
    assert [operator.op for operator in network.opaque] == ["Quux"]
    assert [operator.op for operator in network.free] == ["Relu"]


def test_local_functions_are_inlined(read):
    twice = function("Twice", node("Square", "a b", "t", domain="local"), node("MatMul", "t b", "c"))
    square = function("Square", node("MatMul", "a b", "c"))
    made = model(
        [node("Twice", "x w", "y", domain="local")],
        {"x": (1, 4)},
        [weights("w", (4, 4))],
        functions=[twice, square],
        domains=["local"],
    )
    network = read(made)
    assert (network.weights, network.macs) == (4 * 4, 2 * 4 * 4)
    assert network.opaque == ()


def test_a_function_of_another_domain_may_have_the_name_of_a_standard_operator(read):
    add = function("Add", node("MatMul", "a b", "c"))
    one = node("Add", "x w", "y", domain="local")
    held = [weights("w", (4, 4))]
    assert read(model([one], {"x": (1, 4)}, held, functions=[add], domains=["local"])).macs == 4 * 4
    older = function("Add", node("MatMul", "a b", "c"), opset=17)  # though the model is of 21
    assert read(model([one], {"x": (1, 4)}, held, functions=[older], domains=["local"])).macs == 4 * 4


@pytest.mark.parametrize("domain", ["", "ai.onnx"])
@pytest.mark.parametrize("opset", [17, 21])
def test_a_function_that_passes_for_a_standard_operator_is_refused(refusal, domain, opset):
    add = function("Add", node("MatMul", "a b", "c"), domain=domain, opset=opset)
    made = model([node("Add", "x w", "y")], {"x": (4, 4)}, [weights("w", (4, 4))], functions=[add])
    assert refusal(made) == "its function 'Add' is in the domain of standard operators: give it another"


def test_functions_that_never_end_are_refused(refusal):
    calls = {"Ping": "Pong", "Pong": "Ping"}
    made = model(
        [node("Ping", "x x", "y", domain="local")],
        {"x": (1, 4)},
        functions=[function(name, node(other, "a b", "c", domain="local")) for name, other in calls.items()],
        domains=["local"],
    )
    assert "calls itself" in refusal(made)


def test_functions_that_double_forty_times_are_refused(refusal, monkeypatch):
    monkeypatch.setattr("sepcost.network.onnx.reading.MOST_CALLED", 2000)
    nested = [function("F0", node("Relu", "a", "c"))]
    for number in range(1, 41):
        inner = f"F{number - 1}"
        doubled = node(inner, "a b", "t", domain="local"), node(inner, "t b", "c", domain="local")
        nested.append(function(f"F{number}", *doubled))
    made = model(
        [node("F40", "x x", "y", domain="local")], {"x": (1, 4)}, functions=nested, domains=["local"]
    )
    assert refusal(made) == "its functions are too large once they are inlined"


def test_names_are_made_unique_and_found_for_those_without(read):
    nodes = [
        node("Conv", "x w", "a"),
        node("Conv", "x w", "b", "conv"),
        node("Conv", "x w", "c", "conv"),
        node("MatMul", "x v", "d", "\x1b[2Jfc\n"),
        node("Conv", "x w", "e", "n" * 500),
        node("Conv", "x w", "f"),
    ]
    made = model(nodes, {"x": (1, 3, 8, 8)}, [weights("w", (4, 3, 3, 3)), weights("v", (8, 2))])
    names = [layer.name for layer in read(made).layers]
    assert names == ["Conv_1", "conv", "conv_2", "\ufffd[2Jfc\ufffd", "n" * 200, "Conv_5"]


def test_a_name_that_is_not_utf8_is_shown_all_the_same(tmp_path):
    made = model([node("Conv", "x w", "y", "NAME")], {"x": (1, 3, 8, 8)}, [weights("w", (4, 3, 3, 3))])
    content = made.SerializeToString().replace(b"NAME", b"\xff\xfeNA")
    assert read_onnx(saved(tmp_path, content)).layers[0].name == "\ufffd\ufffdNA"


CONV = "Conv that writes 'y': "


@pytest.mark.parametrize(
    ("x", "w", "said", "problem"),
    [
        ((1, 3, 8, 8), (4, 4, 3, 3), {}, "reads 3 channels, but its weights 4x4x3x3 in 1 group do not"),
        ((1, 3, 8, 8), (4, 3, 3, 3), {"group": 0}, "group is 0, not a whole number from 1 to"),
        ((1, 3, 8, 8), (4, 3, 3, 3), {"group": -1}, "group is -1, not a whole number from 1 to"),
        ((1, 6, 8, 8), (4, 2, 3, 3), {"group": 3}, "reads 6 channels, but its weights 4x2x3x3 in 3 groups"),
        ((1, 3, 8, 8), (4, 3, 3, 3), {"group": 2}, "reads 3 channels, but its weights 4x3x3x3 in 2 groups"),
        ((1, 3, 8, 8), (0, 3, 3, 3), {}, "its input 'w' is 0x3x3x3; sizes go from 1 to"),
        ((1, 3, 8, 8), (4, 3, -3, 3), {}, "its input 'w' is 4x3x-3x3; sizes go from 1 to"),
        ((1, 3, 8, 8), (4, 3, 3, 2**40), {}, "its input 'w' is 4x3x3x1099511627776; sizes go from 1 to"),
        ((1, 3, 8, 8), (4, 3, 3), {}, "reads 1x3x8x8 and weights of 4x3x3; one to three axes are counted"),
        ((1, 3), (4, 3), {}, "reads 1x3 and weights of 4x3; one to three axes are counted"),
        ((1, 3, 8, 8, 8, 8), (4, 3, 1, 1, 1, 1), {}, "reads 1x3x8x8x8x8 and weights of"),
        ((1, 3, 8, 8), (4, 3, 9, 3), {}, "its kernel of 9 is larger than its padded input of 8"),
        ((1, 3, 8, 8), (4, 3, 3, 3), {"kernel_shape": [5, 5]}, "kernel_shape 5x5 is not that of its weights"),
        ((1, 3, 8, 8), (4, 3, 3, 3), {"kernel_shape": [3]}, "kernel_shape is 3, not 2 numbers from 1"),
        ((1, 3, 8, 8), (4, 3, 3, 3), {"strides": [0, 1]}, "strides is 0x1, not 2 numbers from 1"),
        ((1, 3, 8, 8), (4, 3, 3, 3), {"strides": [1, 1, 1]}, "strides is 1x1x1, not 2 numbers from 1"),
        ((1, 3, 8, 8), (4, 3, 3, 3), {"strides": 1}, "its attribute strides is of another type"),
        ((1, 3, 8, 8), (4, 3, 3, 3), {"dilations": [1, -1]}, "dilations is 1x-1, not 2 numbers from 1"),
        ((1, 3, 8, 8), (4, 3, 3, 3), {"dilations": [2**62, 1]}, "dilations is 4611686018427387904x1, not 2"),
        ((1, 3, 8, 8), (4, 3, 3, 3), {"pads": [1, 1]}, "pads is 1x1, not 4 numbers from 0"),
        ((1, 3, 8, 8), (4, 3, 3, 3), {"pads": [0, 0, 0, -1]}, "pads is 0x0x0x-1, not 4 numbers from 0"),
        ((1, 3, 8, 8), (4, 3, 3, 3), {"auto_pad": "SAME"}, "auto_pad is 'SAME'"),
        ((1, 3, 8, 8), (4, 3, 3, 3), {"auto_pad": "VALID", "pads": [1] * 4}, "has pads beside auto_pad"),
    ],
)  # fmt: skip
def test_a_geometry_that_cannot_be_is_refused_before_arithmetic(refusal, x, w, said, problem):
    assert refusal(conv(x, w, **said)).startswith(CONV + problem)


@pytest.mark.parametrize("length", [0, 2**31, 2**63 - 1])
def test_an_input_of_impossible_size_is_refused(refusal, length):
    message = refusal(conv((1, 3, length, 8), (4, 3, 3, 3)))
    assert message == f"input 'x': dimension 2 is {length}, not a whole number from 1 to 1000000000"


@pytest.mark.parametrize("length", [-1, -(2**63)])
def test_a_negative_dimension_is_an_open_one(read, refusal, length):
    made = conv((length, 3, 8, length), (4, 3, 3, 3))
    assert refusal(made).startswith("input 'x': dimension 3 is open")
    assert read(made, (1, 3, 8, 8)).macs == 4 * 3 * 9 * 6 * 6


def test_a_dimension_called_by_a_question_mark_has_no_name(read):
    assert read(conv((1, 3, "?", "?"), (4, 3, 3, 3)), (1, 3, 8, 10)).macs == 4 * 3 * 9 * 6 * 8


def test_the_largest_sizes_are_counted_exactly(read):
    large = 10**9
    network = read(conv((1, large, large, large), (large, large, 1, 1)))
    assert network.weights == 10**18
    assert network.macs == 10**36


@pytest.mark.parametrize(
    ("a", "b", "problem"),
    [
        ((5, 4), (3, 2), "multiplies 5x4 and 3x2, which do not fit each other"),
        ((2, 5, 4), (3, 4, 2), "multiplies 2x5x4 and 3x4x2, which do not fit each other"),
        ((), (4, 2), "multiplies a scalar"),
    ],
)
def test_matrices_that_do_not_fit_are_refused(refusal, a, b, problem):
    made = model([node("MatMul", "x w", "y")], {"x": a}, [weights("w", b)])
    assert refusal(made) == f"MatMul that writes 'y': {problem}"


def test_a_tensor_that_is_written_twice_is_refused(refusal):
    nodes = [node("Relu", "x", "r"), node("Flatten", "x", "r"), node("MatMul", "r w", "y")]
    assert refusal(model(nodes, {"x": (1, 4)}, [weights("w", (4, 2))])) == "tensor 'r': is written twice"


def test_nodes_out_of_order_are_refused(refusal):
    nodes = [node("Conv", "r w", "c"), node("Relu", "c", "r")]
    made = model(nodes, {"x": (1, 3, 8, 8)}, [weights("w", (3, 3, 3, 3))])
    assert refusal(made) == "tensor 'r': is read before anything writes it"


def test_numbers_that_do_not_fill_their_shape_show_a_damaged_file(refusal):
    made = model([node("Conv", "x w", "y")], {"x": (1, 64, 8, 8)})
    tensor = weights("w", (64, 64, 3, 3))
    tensor.raw_data = bytes(64 * 64 * 9 * 4 - 4)
    made.graph.initializer.append(tensor)
    assert refusal(made) == "tensor 'w': holds another count of elements than its shape: the file is damaged"


def test_numbers_outside_the_file_are_not_opened(tmp_path):
    made = conv((1, 3, 8, 8), (4, 3, 3, 3))
    os.mkfifo(tmp_path / "weights.bin")  # whoever opens it waits for ever
    tensor = made.graph.initializer[0]
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="weights.bin")
    assert read_onnx(saved(tmp_path, made)).weights == 4 * 3 * 9


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "is empty"),
        (b"\x00" * 100, "is no ONNX model, or a damaged one"),
        (b"not a model", "is no ONNX model, or a damaged one"),
        (onnx.ModelProto(ir_version=8).SerializeToString(), "holds no operators: it is no ONNX model"),
    ],
)
def test_a_file_that_is_no_model_is_refused(refusal, content, problem):
    assert refusal(content).startswith(problem)


def test_a_model_without_an_operator_set_is_refused(refusal):
    made = conv((1, 3, 8, 8), (4, 3, 3, 3))
    made.ClearField("opset_import")
    assert refusal(made).startswith("states no operator set")


def test_a_file_that_is_none_is_refused(tmp_path):
    os.mkfifo(tmp_path / "fifo.onnx")
    (tmp_path / "folder.onnx").mkdir()
    with open(tmp_path / "large.onnx", "wb") as file:
        file.truncate(LARGEST_ONNX + 1)
    problems = {
        "missing": "cannot be read: no such file or directory",
        "fifo": "is not a regular file",
        "folder": "is a folder, not a file",
        "large": "is larger than 2147483647 bytes, the most that is read",
    }
    for name, problem in problems.items():
        path = tmp_path / f"{name}.onnx"
        with pytest.raises(FileError) as caught:
            read_onnx(path)
        assert str(caught.value) == f"{path}: {problem}"


def test_no_package_is_imported_to_read_a_model():
    code = (
        "import sys; from sepcost.network.read import read_network; import sepcost.network.budget;"
        f"read_network({str(LIGHT / 'light_resnet50.onnx')!r});"
        "assert not {'onnx', 'numpy', 'sympy', 'google'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
