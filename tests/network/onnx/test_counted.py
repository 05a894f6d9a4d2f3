"""Convolutions and matrix products of any geometry: the weights that constants hold, and their MACs."""

import math

import onnx
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from onnx import TensorProto, helper

from sepcost.network.onnx.read import read_onnx
from tests.network.onnx import oracle as onnx_oracle
from tests.network.onnx.models import (
    conv,
    lengths,
    model,
    node,
    saved,
    value,
    weights,
)


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
