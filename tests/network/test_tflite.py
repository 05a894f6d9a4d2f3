"""Networks in TensorFlow Lite files: counted as the PyPI bindings say they are, and never trusted."""

import random
import struct
from contextlib import suppress
from math import prod

import pytest

pytest.importorskip("tflite")

from sepcost.core.errors import FileError
from sepcost.hardware.execution import USUAL_EXECUTION
from sepcost.network.audit import audit
from sepcost.network.memory import stored
from sepcost.network.model import BIASES, CONSTANT, WEIGHTS, HeldOperator
from sepcost.network.read import read_network
from sepcost.network.tflite.operators import BUILTIN
from sepcost.network.tflite.read import read_tflite
from sepcost.network.tflite.schema import BuiltinOptions
from tests.effort import tries
from tests.network import tflite_files
from tests.network.tflite_files import (
    HALF,
    INT4,
    INT8,
    INT32,
    NAMES,
    OPERATORS,
    PACKAGES,
    SAME,
    VALID,
    Made,
    counted,
    shipped,
)

SHIPPED = shipped()


def conv_options(padding=SAME, stride=(1, 1), dilation=(1, 1)):
    return [
        ("i8", padding),
        ("i32", stride[1]),
        ("i32", stride[0]),
        None,
        ("i32", dilation[1]),
        ("i32", dilation[0]),
    ]


@pytest.mark.parametrize("package", PACKAGES)
def test_every_shipped_model_of_an_installed_package_is_found(package):
    found = [name for name, _ in SHIPPED if name.startswith(f"{package}/")]
    if not found:
        pytest.skip(f"{package} is not installed")
    assert len(found) == PACKAGES[package]


@pytest.mark.parametrize(("name", "path"), SHIPPED, ids=[name for name, _ in SHIPPED])
def test_a_shipped_model_counts_as_the_bindings_count_it(name, path):
    network = read_network(path)
    assert (network.macs, network.weights) == counted(path.read_bytes())
    assert network.opaque == ()
    assert all(layer.output_shape is not None and layer.traffic is not None for layer in network.layers)


def test_the_operators_are_those_of_the_schema_in_its_order():
    assert list(BUILTIN[: len(NAMES)]) == [NAMES[number] for number in range(len(NAMES))]


def test_a_convolution_is_counted_from_its_own_sizes(tmp_path):
    made = Made()
    x, y = made.tensor(1, 9, 11, 4), made.tensor(1, 5, 4, 6)
    w, b = made.held(6, 3, 4, 2, name="net/conv/Conv2D", type_=INT8), made.held(6)
    made.call("CONV_2D", [x, w, b], [y], 1, conv_options(SAME, (2, 3)))
    network = read_tflite(made.saved(tmp_path, [x], [y]))
    (layer,) = network.layers
    assert (layer.name, layer.kind, layer.groups) == ("net/conv", "grouped", 2)
    assert (layer.kernel, layer.stride) == ((3, 4), (2, 3))
    assert layer.weights == 6 * 3 * 4 * 2
    assert layer.macs == 6 * 3 * 4 * 2 * (5 * 4)  # ceil(9 / 2) by ceil(11 / 3)
    assert layer.biases == 6
    assert {one.role: (one.elements, one.bits) for one in network.parameters} == {
        WEIGHTS: (144, 8),
        BIASES: (6, 32),
    }


def test_a_replacement_takes_rows_for_rows_where_channels_are_as_many(tmp_path):
    """3 x 1 on 8 x 20 leaves 6 x 20, 1 x 5 of that leaves 6 x 16: 8 to 6 channels, then 6 to 6."""
    made = Made()
    x, y, w = made.tensor(1, 8, 20, 8), made.tensor(1, 6, 16, 6), made.held(6, 3, 5, 8)
    made.call("CONV_2D", [x, w], [y], 1, conv_options(VALID))
    (row,) = audit(read_tflite(made.saved(tmp_path, [x], [y])), replace="spatial").layers
    assert row.replacement.macs == 8 * 6 * 3 * 6 * 20 + 6 * 6 * 5 * 6 * 16


def test_a_depthwise_convolution_has_a_multiplier(tmp_path):
    made = Made()
    x, y, w = made.tensor(1, 8, 8, 4), made.tensor(1, 4, 4, 12), made.held(1, 3, 3, 12)
    options = [("i8", VALID), ("i32", 1), ("i32", 1), ("i32", 3), None, ("i32", 2), ("i32", 2)]
    made.call("DEPTHWISE_CONV_2D", [x, w], [y], 2, options)
    (layer,) = read_tflite(made.saved(tmp_path, [x], [y])).layers
    assert (layer.kind, layer.n_i, layer.n_o, layer.dilation) == ("depthwise", 4, 12, (2, 2))
    assert layer.macs == 12 * 9 * (4 * 4)  # 8 - 2 (3 - 1) on each side


def test_a_transposed_convolution_is_used_at_its_input_positions(tmp_path):
    made = Made()
    x, y, w = made.tensor(1, 5, 7, 4), made.tensor(1, 10, 14, 6), made.held(6, 2, 2, 4)
    options = [("i8", SAME), ("i32", 2), ("i32", 2)]
    made.call("TRANSPOSE_CONV", [made.sizes(1, 10, 14, 6), w, x], [y], 49, options)
    (layer,) = read_tflite(made.saved(tmp_path, [x], [y])).layers
    assert (layer.kind, layer.n_i, layer.n_o) == ("transposed", 4, 6)
    assert layer.macs == 6 * 4 * (2 * 2) * (5 * 7)


def test_a_convolution_in_three_dimensions(tmp_path):
    made = Made()
    x, y, w = made.tensor(1, 4, 6, 8, 3), made.tensor(1, 2, 2, 2, 5), made.held(3, 3, 3, 3, 5)
    options = [("i8", VALID), ("i32", 1), ("i32", 3), ("i32", 2)]
    made.call("CONV_3D", [x, w], [y], 106, options)
    (layer,) = read_tflite(made.saved(tmp_path, [x], [y])).layers
    assert (layer.stride, layer.macs) == ((1, 2, 3), 5 * 3 * 27 * (2 * 2 * 2))


def test_dense_layers_read_rows(tmp_path):
    made = Made()
    x, y, w = made.tensor(1, 2, 3, 4), made.tensor(6, 5), made.held(5, 4, type_=INT4)
    made.call("FULLY_CONNECTED", [x, w, -1], [y], 8, [])
    network = read_tflite(made.saved(tmp_path, [x], [y]))
    assert (network.layers[0].macs, network.weights) == (2 * 3 * 4 * 5, 20)
    assert network.parameters[0][1:4] == (20, WEIGHTS, 4)


@pytest.mark.parametrize(("adjoint", "b"), [((0, 0), (2, 4, 5)), ((0, 1), (2, 5, 4)), ((1, 0), (2, 4, 5))])
def test_products_of_maps_hold_no_weights(tmp_path, adjoint, b):
    made = Made()
    x = made.tensor(*((2, 4, 3) if adjoint[0] else (2, 3, 4)))
    other, y = made.tensor(*b), made.tensor(2, 3, 5)
    made.call("BATCH_MATMUL", [x, other], [y], 101, [("u8", adjoint[0]), ("u8", adjoint[1])])
    network = read_tflite(made.saved(tmp_path, [x, other], [y]))
    assert (network.macs * 2, network.weights) == (2 * 3 * 4 * 5, 0)  # the batch of 2 is divided out


def test_steps_that_come_first_are_no_batch(tmp_path):
    """Ten steps that are multiplied by each other, or go through a recurrent layer, cost what ten do."""
    made = Made()
    x, q, k, y = (made.tensor(*shape) for shape in ((10, 1, 4), (1, 10, 4), (1, 4, 10), (1, 10, 10)))
    made.call("TRANSPOSE", [x, made.sizes(1, 0, 2)], [q])
    made.call("TRANSPOSE", [x, made.sizes(1, 2, 0)], [k])
    made.call("BATCH_MATMUL", [q, k], [y], 101, [])
    network = read_tflite(made.saved(tmp_path, [x], [y]))
    assert (network.macs, network.leading.divided_out) == (10 * 10 * 4, 1)
    for first in (0, 1):
        made = Made()
        x, y, state = made.tensor(10, 3, 4), made.tensor(10, 3, 8), made.tensor(1, 8, state=True)
        weights = [made.held(8, 4), made.held(8, 8), made.held(8)]
        made.call("UNIDIRECTIONAL_SEQUENCE_RNN", [x, *weights, state], [y], 32, [("u8", first)])
        network = read_tflite(made.saved(tmp_path, [x], [y]))
        assert network.macs == 30 * 8 * (4 + 8) // (1 if first else 10)


@pytest.mark.parametrize("shape", [(4, 4, 16), (1, 4, 4, 16)])
def test_steps_that_are_as_many_as_heads_are_no_batch(tmp_path, shape):
    """Four steps in four heads of 16 channels: each step is multiplied by each in each head."""
    made = Made()
    x, rows, q, turned, of_heads, y = (
        made.tensor(*each) for each in ((4, 8), (4, 64), (4, 4, 16), (4, 4, 16), shape, (*shape[:-1], 4))
    )
    made.call("FULLY_CONNECTED", [x, made.held(64, 8), -1], [rows], 8, [])
    made.call("RESHAPE", [rows, made.sizes(4, 4, 16)], [q])
    made.call("TRANSPOSE", [q, made.sizes(1, 0, 2)], [turned])
    made.call("RESHAPE", [turned, made.sizes(*shape)], [of_heads])
    made.call("BATCH_MATMUL", [of_heads, of_heads], [y], 101, [None, ("u8", True)])
    network = read_tflite(made.saved(tmp_path, [x], [y]))
    assert network.leading.divided_out == 1
    assert network.macs == 4 * 64 * 8 + 4 * 4 * 4 * 16


def test_steps_that_are_mixed_are_no_batch_though_they_divide_the_channels(tmp_path):
    """Four steps of eight channels, of which a layer makes eight others for each channel."""
    made = Made()
    x, turned, y = made.tensor(4, 8), made.tensor(8, 4), made.tensor(8, 8)
    made.call("TRANSPOSE", [x, made.sizes(1, 0)], [turned])
    made.call("FULLY_CONNECTED", [turned, made.held(8, 4), -1], [y], 8, [])
    network = read_tflite(made.saved(tmp_path, [x], [y]))
    assert (network.leading.divided_out, network.macs) == (1, 8 * 8 * 4)


def test_a_convolution_along_the_first_axis_is_of_no_batch(tmp_path):
    """Four rows of 4 x 6 pixels in 3 channels; turned, they are rows of four maps."""
    made = Made()
    x, turned, y = made.tensor(4, 4, 6, 3), made.tensor(4, 4, 6, 3), made.tensor(4, 4, 6, 5)
    made.call("TRANSPOSE", [x, made.sizes(1, 0, 2, 3)], [turned])
    made.call("CONV_2D", [turned, made.held(5, 1, 1, 3), -1], [y], 1, conv_options())
    network = read_tflite(made.saved(tmp_path, [x], [y]))
    assert (network.leading.divided_out, network.macs) == (1, 4 * 4 * 6 * 5 * 3)


MEETING = {
    "turned round": ("REVERSE_V2", (0,), (4, 8)),
    "a mean": ("MEAN", (-2,), (4, 8)),
    "a sum of all": ("SUM", (0, 1), (4, 8)),
}


@pytest.mark.parametrize("name", MEETING)
def test_steps_that_meet_before_a_layer_are_no_batch(tmp_path, name):
    """What is left of their mean or sum is spread over all of them again."""
    operator, axes, shape = MEETING[name]
    for own, divided in ((axes, 1), ((1,), 4)):
        made = Made()
        x, m, y = made.tensor(*shape), made.tensor(*shape), made.tensor(4, 5)
        along = (
            made.tensor(*shape)
            if operator == "REVERSE_V2"
            else made.tensor(
                *(1 if axis in [one % 2 for one in own] else length for axis, length in enumerate(shape))
            )
        )
        keeps = [("u8", 1)] if operator != "REVERSE_V2" else []
        made.call(operator, [x, made.sizes(*own)], [along], 0, keeps)
        made.call("MUL", [x, along], [m])
        made.call("FULLY_CONNECTED", [m, made.held(5, 8), -1], [y])
        network = read_tflite(made.saved(tmp_path, [x], [y]))
        assert (network.leading.divided_out, network.macs) == (divided, 4 * 8 * 5 // divided)


def test_steps_that_are_multiplied_by_each_other_are_no_batch(tmp_path):
    made = Made()
    x, y = made.tensor(4, 8), made.tensor(4, 4)
    made.call("FULLY_CONNECTED", [x, x, -1], [y])
    network = read_tflite(made.saved(tmp_path, [x], [y]))
    assert (network.leading.divided_out, network.macs) == (1, 4 * 4 * 8)


def test_steps_that_stored_weights_sum_over_are_no_batch(tmp_path):
    made = Made()
    x, y = made.tensor(4, 4), made.tensor(5, 4)
    made.call("BATCH_MATMUL", [made.held(5, 4), x], [y], BuiltinOptions.BatchMatMulOptions, [])
    network = read_tflite(made.saved(tmp_path, [x], [y]))
    assert (network.leading.divided_out, network.macs) == (1, 5 * 4 * 4)


def test_an_axis_that_a_slice_leaves_out_is_not_counted_before_the_batch(tmp_path):
    """Of queries, keys and values in front of a batch of 4, the first: 4 by 3 steps of 8 numbers."""
    made = Made()
    x, t, q, y = made.tensor(4, 3, 3, 8), made.tensor(3, 4, 3, 8), made.tensor(4, 3, 8), made.tensor(4, 3, 3)
    made.call("TRANSPOSE", [x, made.sizes(1, 0, 2, 3)], [t])
    first = [t, made.sizes(0, 0, 0, 0), made.sizes(1, 4, 3, 8), made.sizes(1, 1, 1, 1)]
    masks = [("i32", 0b1110), ("i32", 0b1110), None, None, ("i32", 1)]
    made.call("STRIDED_SLICE", first, [q], 0, masks)
    turned = [("u8", 0), ("u8", 1)]
    made.call("BATCH_MATMUL", [q, q], [y], BuiltinOptions.BatchMatMulOptions, turned)
    network = read_tflite(made.saved(tmp_path, [x], [y]))
    assert (network.leading.divided_out, network.macs) == (4, 3 * 3 * 8)


CARRIED = {
    "written over a part": (
        "DYNAMIC_UPDATE_SLICE",
        lambda m, i: [m.held(4, 8), m.held(2, 8), i],
        (4 + 2) * 8,
    ),
    "put in places": ("SCATTER_ND", lambda m, i: [i, m.held(2, 8), m.sizes(4, 8)], 2 * 8),
    "put in places of zeros": (
        "SPARSE_TO_DENSE",
        lambda m, i: [i, m.sizes(4, 8), m.held(2, 8), m.held(1)],
        16,
    ),
}


@pytest.mark.parametrize("name", CARRIED)
def test_stored_elements_that_are_put_at_places_of_run_time_may_be_weights(tmp_path, name):
    operator, operands, held = CARRIED[name]
    made = Made()
    x, z, w, y = made.tensor(1, 8), made.tensor(2, 1, 8), made.tensor(4, 8), made.tensor(1, 4)
    i = made.call("ARG_MAX", [z, made.sizes(2)], [made.tensor(2, 1, type_=INT32)])
    made.call(operator, operands(made, i), [w])
    made.call("FULLY_CONNECTED", [x, w, -1], [y])
    network = read_tflite(made.saved(tmp_path, [x, z], [y]))
    assert network.held == (HeldOperator("Gemm", held, 0),)


def test_an_operator_is_the_larger_of_the_two_numbers_that_a_file_states(tmp_path, monkeypatch):
    """As it is where the file runs: here a product, though the older field says a pool."""
    numbers = [("i8", OPERATORS["AVERAGE_POOL_2D"]), None, None, ("i32", OPERATORS["FULLY_CONNECTED"])]
    monkeypatch.setattr(tflite_files, "_code", lambda b, *_: tflite_files._table(b, numbers))
    made = Made()
    x, y = made.tensor(1, 8), made.tensor(1, 4)
    made.call("FULLY_CONNECTED", [x, made.held(4, 8), -1], [y])
    assert read_tflite(made.saved(tmp_path, [x], [y])).macs == 4 * 8


def test_a_batch_that_heads_stand_beside_is_divided_out(tmp_path):
    """Four inputs of four steps in four heads, and turned to have the heads in front."""
    for order, shape in (((0, 2, 1, 3), (4, 4, 4, 16)), ((2, 0, 1, 3), (4, 4, 4, 16))):
        made = Made()
        x, turned, y = made.tensor(4, 4, 4, 16), made.tensor(*shape), made.tensor(4, 4, 4, 4)
        made.call("TRANSPOSE", [x, made.sizes(*order)], [turned])
        made.call("BATCH_MATMUL", [turned, turned], [y], 101, [None, ("u8", True)])
        network = read_tflite(made.saved(tmp_path, [x], [y]))
        assert (network.leading.divided_out, network.macs) == (4, 4 * 4 * 4 * 16)


@pytest.mark.parametrize("gates", [3, 4])
def test_an_lstm_counts_its_gates_state_and_projection(tmp_path, gates):
    n_i, cells, n_o, steps = 6, 10, 4, 7
    made = Made()
    x, y = made.tensor(1, steps, n_i), made.tensor(1, steps, n_o)
    some = [-1] if gates == 3 else [made.held(cells, n_i)]
    of_input = some + [made.held(cells, n_i, name="net/lstm/kernel") for _ in range(3)]
    of_state = ([-1] if gates == 3 else [made.held(cells, n_o)]) + [made.held(cells, n_o) for _ in range(3)]
    biases = ([-1] if gates == 3 else [made.held(cells)]) + [made.held(cells) for _ in range(3)]
    states = [made.tensor(1, n_o, state=True), made.tensor(1, cells, state=True)]
    inputs = [x, *of_input, *of_state, -1, -1, -1, *biases, made.held(n_o, cells), -1, *states]
    made.call("UNIDIRECTIONAL_SEQUENCE_LSTM", inputs, [y], 71, [])
    network = read_tflite(made.saved(tmp_path, [x], [y]))
    each = gates * cells * (n_i + n_o)
    assert [layer.weights for layer in network.layers] == [each, cells * n_o]
    assert network.macs == steps * (each + cells * n_o)
    assert {layer.kind for layer in network.layers} == {"recurrent"}
    assert network.layers[0].biases == gates * cells


def test_other_recurrent_operators(tmp_path):
    made = Made()
    x, y, z = made.tensor(1, 5, 6), made.tensor(1, 5, 8), made.tensor(1, 8)
    weights = [made.held(8, 6), made.held(8, 8), made.held(8)]
    made.call("UNIDIRECTIONAL_SEQUENCE_RNN", [x, *weights, made.tensor(1, 8, state=True)], [y], 32, [])
    row = made.tensor(1, 6)
    made.call("SVDF", [row, made.held(8, 6), made.held(8, 3), -1, made.tensor(1, 24, state=True)], [z], 6, [])
    network = read_tflite(made.saved(tmp_path, [x, row], [y, z]))
    assert [layer.macs for layer in network.layers] == [5 * 8 * (6 + 8), 8 * 6, 8 * 3]


def test_rows_picked_from_a_held_table_are_an_embedding(tmp_path):
    made = Made()
    i, y, other = made.tensor(1, 9), made.tensor(1, 9, 16), made.tensor(2, 9, 16)
    made.call("GATHER", [made.held(100, 16, name="words/weights"), i], [y], 23, [])
    made.call("GATHER", [y, made.sizes(0, 1)], [other], 23, [])
    network = read_tflite(made.saved(tmp_path, [i], [other]))
    assert [(one.name, one.kind, one.weights, one.macs) for one in network.layers] == [
        ("words", "embedding", 1600, 0)
    ]


def test_weights_are_followed_through_dequantize_and_densify(tmp_path):
    made = Made()
    x, y, z = made.tensor(1, 4, 4, 2), made.tensor(1, 4, 4, 3), made.tensor(1, 4, 4, 3)
    half = made.held(3, 3, 3, 2, type_=HALF, content=bytes(20), sparse=True)
    dense, wide = made.tensor(3, 3, 3, 2), made.tensor(3, 3, 3, 2)
    made.call("DENSIFY", [half], [dense])
    made.call("DEQUANTIZE", [dense], [wide])
    made.call("CONV_2D", [x, wide], [y], 1, conv_options())
    made.call("CONV_2D", [x, wide], [z], 1, conv_options())
    network = read_tflite(made.saved(tmp_path, [x], [y, z]))
    assert [layer.shares is None for layer in network.layers] == [True, False]
    assert network.weights == 3 * 3 * 3 * 2
    ((_, *held),) = network.parameters
    assert held[:3] == [10, WEIGHTS, 16]  # 20 bytes of them
    assert {one.name for one in network.tensors} == {"t0", "t1", "t2"}


def test_two_tensors_of_one_buffer_hold_it_once(tmp_path):
    made = Made()
    x, y, z = made.tensor(1, 4), made.tensor(1, 4), made.tensor(1, 4)
    first = made.held(4, 4)
    second = made.tensor(4, 4, buffer=1)
    made.call("FULLY_CONNECTED", [x, first], [y], 8, [])
    made.call("FULLY_CONNECTED", [y, second], [z], 8, [])
    network = read_tflite(made.saved(tmp_path, [x], [z]))
    assert (network.weights, network.macs, len(network.parameters)) == (16, 32, 1)


def test_what_costs_nothing_goes_by_onnx_names_and_what_is_not_known_is_opaque(tmp_path):
    made = Made()
    x = at = made.tensor(1, 4, 4, 2)
    for operator, custom in [("RELU6", None), ("RSQRT", None), ("CUSTOM", "Mine"), ("RFFT2D", None)]:
        at = made.call(operator, [at], [made.tensor(1, 4, 4, 2)], custom=custom)
    network = read_tflite(made.saved(tmp_path, [x], [at]))
    assert [one.op for one in network.free] == ["Clip", "tflite.RSQRT"]
    assert [one.op for one in network.opaque] == ["tflite.Mine", "tflite.RFFT2D"]


def test_pools_means_and_resizes_say_how(tmp_path):
    made = Made()
    x, a, b, c = made.tensor(1, 8, 8, 2), made.tensor(1, 4, 4, 2), made.tensor(1, 2), made.tensor(1, 8, 8, 2)
    pool = [("i8", VALID), ("i32", 2), ("i32", 2), ("i32", 2), ("i32", 2)]
    made.call("AVERAGE_POOL_2D", [x], [a], 5, pool)
    made.call("MEAN", [a, made.sizes(1, 2)], [b], 27, [])
    made.call("RESIZE_BILINEAR", [a, made.sizes(8, 8)], [c], 15, [])
    network = read_tflite(made.saved(tmp_path, [x], [b, c]))
    assert [(one.op, one.window, one.mode) for one in network.operators] == [
        ("AveragePool", 4, None),
        ("ReduceMean", 16, None),
        ("Resize", None, "bilinear"),
    ]
    assert {one.role for one in network.parameters} == {CONSTANT}


def sized(made, batch=1, rows=1):
    """A graph whose sizes are open: two convolutions, a pool, and a reshape to a computed shape."""
    x = made.tensor(batch, rows, rows, 3, name="x", open_=(0, 1, 2))
    y, p = made.tensor(batch, 1, 1, 4, open_=(0, 1, 2)), made.tensor(batch, 1, 1, 4, open_=(0, 1, 2))
    made.call("CONV_2D", [x, made.held(4, 3, 3, 3)], [y], 1, conv_options(SAME, (2, 2)))
    pool = [("i8", VALID), ("i32", 2), ("i32", 2), ("i32", 2), ("i32", 2)]
    made.call("MAX_POOL_2D", [y], [p], 5, pool)
    shape, one, rest, wanted, flat = (made.tensor(*s, type_=2) for s in ((4,), (), (), (2,), (1, 1)))
    made.call("SHAPE", [p], [shape], 55, [])
    slices = [None, None, None, None, ("i32", 1)]
    made.call("STRIDED_SLICE", [shape, made.sizes(0), made.sizes(1), made.sizes(1)], [one], 33, slices)
    made.call("PACK", [one, made.sizes(-1, shape=())], [wanted], 59, [("i32", 2)])
    made.call("RESHAPE", [p, wanted], [flat], 17, [])
    return x, rest, flat


def test_an_open_size_is_asked_for_by_name_and_followed(tmp_path):
    made = Made()
    x, _, flat = sized(made)
    path = made.saved(tmp_path, [x], [flat])
    with pytest.raises(FileError, match=r"input x: dimension 1 is open: .*input_shape, such as 1x224x224x3"):
        read_tflite(path)
    network = read_tflite(path, (1, 12, 16, 3))
    assert network.macs == 4 * 27 * (6 * 8)
    assert {one.name: one.shape for one in network.tensors}[network.outputs[0]] == (1, 3 * 4 * 4)
    assert read_tflite(path, (5, 12, 16, 3)).macs == network.macs
    with pytest.raises(FileError, match=r"MAX_POOL_2D that writes .*: its window of 2 is larger"):
        read_tflite(path, (1, 2, 6, 3))
    with pytest.raises(FileError, match="1x2x3 has 3 dimensions, input x has 4"):
        read_tflite(path, (1, 2, 3))


def test_lengths_that_the_file_leaves_open_are_followed_and_not_taken_for_one(tmp_path):
    """A converter states 1 for what it does not know: a map tiled to 6 x 6 stands there as 1 x 1."""
    made = Made()
    x, y = made.tensor(1, 1, 1, 8), made.tensor(1, 1, 1, 16, open_=(1, 2))
    limits = [made.sizes(number, shape=()) for number in (0, 7, 1)]
    whole = made.call("RANGE", limits, [made.tensor(1, type_=INT32, open_=(0,))])
    ends = made.call("GATHER", [whole, made.sizes(1, 6)], [made.tensor(2, type_=INT32)], 23, [("i32", 0)])
    one, six = made.tensor(1, type_=INT32), made.tensor(1, type_=INT32)
    made.call("SPLIT_V", [ends, made.sizes(1, -1), made.sizes(0, shape=())], [one, six])
    times = made.call("CONCATENATION", [one, six, six, one], [made.tensor(4, type_=INT32)], 10, [("i32", 0)])
    tiled = made.call("TILE", [x, times], [made.tensor(1, 1, 1, 8, open_=(1, 2))])
    made.call("CONV_2D", [tiled, made.held(16, 1, 1, 8)], [y], 1, conv_options(SAME))
    network = read_tflite(made.saved(tmp_path, [x], [y]))
    assert network.macs == 6 * 6 * 8 * 16
    assert {one.name: one.shape for one in network.tensors}[network.outputs[0]] == (1, 6, 6, 16)


def test_open_lengths_that_cannot_be_followed_are_refused_unless_a_batch_alone_is_open(tmp_path):
    for open_ in ((0,), (0, 1)):
        made = Made()
        x = made.tensor(1, 4, 4, 2, name="x", open_=(0,))
        y = made.call("CUSTOM", [x], [made.tensor(1, 4, 4, 2, name="y", open_=open_)], custom="Mine")
        path = made.saved(tmp_path, [x], [y])
        if open_ == (0,):
            assert read_tflite(path).input == (1, 4, 4, 2)
        else:
            with pytest.raises(FileError, match="CUSTOM that writes y: what it writes cannot be followed"):
                read_tflite(path)


def test_a_constant_of_no_elements_takes_no_bytes(tmp_path):
    made = Made()
    x, none = made.tensor(1, 1), made.tensor(0, type_=INT32, buffer=len(made.buffers))
    made.buffers.append(b"")
    scalar = made.call("RESHAPE", [x, none], [made.tensor()])
    network = read_tflite(made.saved(tmp_path, [x], [scalar]))
    assert {one.name: one.shape for one in network.tensors}[network.outputs[0]] == ()
    assert stored(network, USUAL_EXECUTION) == 0


def test_what_cannot_be_followed_is_named(tmp_path):
    made = Made()
    x = made.tensor(1, 4, 4, 2, name="x")
    y = made.call("CUSTOM", [x], [made.tensor(1, 4, 4, 2, name="y")], custom="Mine")
    path = made.saved(tmp_path, [x], [y])
    assert read_tflite(path, (1, 4, 4, 2)).input == (1, 4, 4, 2)
    with pytest.raises(FileError, match="CUSTOM that writes y: what it writes cannot be followed"):
        read_tflite(path, (1, 8, 8, 2))


@pytest.mark.parametrize(("name", "path"), SHIPPED, ids=[name for name, _ in SHIPPED])
def test_sizes_followed_at_a_batch_are_those_of_the_file_each(name, path):
    """Following sizes for two inputs at once must lead to twice the file's own sizes."""
    network = read_network(path)
    try:
        twice = read_network(path, input_shape=(2, *network.input[1:]))
    except FileError as error:
        assert "cannot" in str(error) or "do not fit" in str(error) or "joins" in str(error)  # noqa: PT017
        pytest.skip("the graph itself holds on to a batch of 1")
    assert twice.macs == network.macs
    assert [layer.weights for layer in twice.layers] == [layer.weights for layer in network.layers]


@pytest.mark.parametrize(
    ("x", "w", "y", "message"),
    [
        ((1, 8, 8, 3), (4, 3, 3, 3), (1, 9, 9, 4), "its sizes make 1x8x8x4, but its output is 1x9x9x4"),
        ((1, 8, 8, 4), (4, 3, 3, 3), (1, 8, 8, 4), "reads 4 channels, but its weights 4x3x3x3 want 3"),
        ((1, 8, 3), (4, 3, 3, 3), (1, 8, 4), "which are no maps of four dimensions"),
        ((1, 0, 8, 3), (4, 3, 3, 3), (1, 0, 8, 4), "has a size of 0; sizes go from 1"),
        ((1, 8, 8, 2 * 10**9), (4, 3, 3, 3), (1, 8, 8, 4), "sizes go from 0 to 1000000000"),
        ((1,) * 17, (4, 3, 3, 3), (1, 8, 8, 4), "has 17 dimensions, more than 16"),
    ],
)
def test_sizes_that_cannot_be_are_refused_by_name(tmp_path, x, w, y, message):
    made = Made()
    a, b = made.tensor(*x, name="x"), made.tensor(*y, name="y")
    made.call("CONV_2D", [a, made.held(*w)], [b], 1, conv_options())
    with pytest.raises(FileError) as refused:
        read_tflite(made.saved(tmp_path, [a], [b]))
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


def test_lengths_that_lie_are_found(tmp_path):
    made = Made()
    x, y = made.tensor(1, 4), made.tensor(1, 4)
    made.call("FULLY_CONNECTED", [x, made.held(4, 4, name="w", content=bytes(63))], [y], 8, [])
    with pytest.raises(FileError, match="tensor w: holds another count of elements than its shape"):
        read_tflite(made.saved(tmp_path, [x], [y]))


@pytest.mark.parametrize(
    ("inputs", "outputs", "reads"), [([99], [1], [0, 2]), ([0], [-7], [0, 2]), ([0], [1], [0, 2**30])]
)
def test_numbers_of_tensors_that_are_none_are_refused(tmp_path, inputs, outputs, reads):
    made = Made()
    _, y, _ = made.tensor(1, 4), made.tensor(1, 4), made.held(4, 4)
    made.call("FULLY_CONNECTED", reads, [y], 8, [])
    with pytest.raises(FileError, match="is no TensorFlow Lite model, or a damaged one"):
        read_tflite(made.saved(tmp_path, inputs, outputs))


@pytest.mark.parametrize(
    "operator", ["MEAN", "AVERAGE_POOL_2D", "CONV_2D", "RESHAPE", "SHAPE", "GATHER", "SVDF", "LSTM"]
)
@pytest.mark.parametrize(
    ("inputs", "outputs"), [([], []), ([-1], [-1]), ([0, -1, -1], [-1]), ([-1, -1], [1])]
)
def test_operands_that_are_left_out_break_nothing(tmp_path, operator, inputs, outputs):
    made = Made()
    x, y = made.tensor(1, 4, 4, 2), made.tensor(1, 4, 4, 2)
    made.calls.append((operator, inputs, outputs, 0, None, None))
    path = made.saved(tmp_path, [x], [y])
    for shape in (None, (2, 4, 4, 2), (1, 5, 5, 2)):
        try:
            assert read_tflite(path, shape).macs == 0
        except FileError as error:
            if "\n" in str(error):
                raise


def test_a_tensor_is_read_after_it_is_written_and_written_once(tmp_path):
    made = Made()
    x, y, z = made.tensor(1, 4), made.tensor(1, 4, name="y"), made.tensor(1, 4)
    made.call("RELU", [y], [z])
    with pytest.raises(FileError, match="RELU that writes t2: reads y, which nothing before it writes"):
        read_tflite(made.saved(tmp_path, [x], [z]))
    made = Made()
    x, y = made.tensor(1, 4), made.tensor(1, 4, name="y")
    made.call("RELU", [x], [y])
    made.call("RELU", [x], [y])
    with pytest.raises(FileError, match="tensor y: is written twice"):
        read_tflite(made.saved(tmp_path, [x], [y]))


@pytest.mark.parametrize(
    "content", [b"TFL3", b"", b"\0" * 64, b"\x08\0\0\0TFL3", b"\xff" * 400, b"PK\3\4" * 20]
)
def test_files_that_are_no_model_are_refused_in_one_line(tmp_path, content):
    path = tmp_path / "net.tflite"
    path.write_bytes(content)
    with pytest.raises(FileError, match=r"is no TensorFlow Lite model, or a damaged one|is empty") as refused:
        read_tflite(path)
    assert "\n" not in str(refused.value)


def test_tables_that_point_at_themselves_end():
    """A table whose list of fields is itself, and whose vectors are itself."""
    from sepcost.network.tflite.flatbuffer import DamagedError
    from sepcost.network.tflite.model import decode

    for offset in range(8, 64, 2):
        body = struct.pack("<I4si", 8, b"TFL3", 0) + struct.pack("<H", offset) * 30
        with pytest.raises(DamagedError):
            decode(body)


def test_a_vector_that_many_tables_share_is_not_read_for_each(tmp_path):
    made = Made()
    x, y = made.tensor(1, 4), made.tensor(1, 4)
    for _ in range(400):
        made.call("RELU", [x] * 2, [y])
    content = bytearray(made.content([x], [y]))
    size = len(content)
    content += struct.pack("<I", 4000) + bytes(16000)
    # Every vector of two numbers is made to be the one long vector at the end.
    pair = struct.pack("<Iii", 2, x, x)
    fields = [at for at in range(0, size - 12, 4) if content[at : at + 12] == pair]
    for at in range(0, size - 4, 4):
        target = at + struct.unpack_from("<I", content, at)[0]
        if target in fields:
            struct.pack_into("<I", content, at, size - at)
    path = tmp_path / "net.tflite"
    path.write_bytes(content)
    with pytest.raises(FileError, match="is no TensorFlow Lite model, or a damaged one"):
        read_tflite(path)


def damaged(content, chance):
    """A file with a few bits, bytes or words changed, or its end cut off."""
    changed = bytearray(content)
    for _ in range(chance.randrange(1, 4)):
        at = chance.randrange(len(changed))
        how = chance.randrange(4)
        if how == 0:
            changed[at] ^= 1 << chance.randrange(8)
        elif how == 1:
            changed[at] = chance.choice((0, 1, 127, 128, 255))
        elif how == 2:
            worst = (0, 1, 4, 2**16, 2**31 - 1, 2**31, 2**32 - 1, 2**32 - 4)
            changed[at & ~3 : (at & ~3) + 4] = struct.pack("<I", chance.choice(worst))
    if chance.random() < 0.1:
        del changed[chance.randrange(len(changed)) :]
    return bytes(changed)


@pytest.mark.parametrize("reads", [[], [0, -1], [1, 1, 1, 0], [2, 1, -1, 0]])
def test_any_operator_may_be_given_anything_to_read(tmp_path, reads):
    for operator in OPERATORS:
        made = Made()
        x, sizes, _ = made.tensor(1, 4), made.sizes(1, -1), made.held(4, 4)
        written = made.call(operator, reads, [made.tensor(1, 4)], 1, [("i8", SAME), ("i32", 1)])
        made.call("RESHAPE", [written, sizes], [made.tensor(1, 4)])
        path = made.saved(tmp_path, [x], [written])
        for shape in (None, (2, 4)):
            with suppress(FileError):
                read_tflite(path, shape)


def test_damaged_files_are_read_or_refused_in_one_line(tmp_path):
    made = Made()
    x, y, z = made.tensor(1, 8, 8, 3), made.tensor(1, 8, 8, 4), made.tensor(1, 5)
    made.call("CONV_2D", [x, made.held(4, 3, 3, 3), made.held(4)], [y], 1, conv_options())
    mean = made.call("MEAN", [y, made.sizes(1, 2)], [made.tensor(1, 4)], 27, [])
    made.call("FULLY_CONNECTED", [mean, made.held(5, 4)], [z], 8, [])
    whole = made.content([x], [z])
    assert counted(whole)[0] == 4 * 27 * 64 + 20
    chance = random.Random(3)
    path = tmp_path / "net.tflite"
    read = 0
    for _ in range(tries(250)):
        path.write_bytes(damaged(whole, chance))
        try:
            network = read_tflite(path)
        except FileError as error:
            if "\n" in str(error):
                raise
            continue
        read += 1
        assert network.macs >= 0
        assert all(prod(one.shape or ()) >= 0 for one in network.tensors)
    assert read > tries(25)  # a change of weights, or of a name, is none of sizes


SAID = {
    "a sum": ("ADD", [(1, 64), (1, 64)], (1, 2), "its sizes make 1x64, but its output is 1x2"),
    "a transposition": ("LOGISTIC", [(1, 2, 64)], (1, 64, 2), "make 1x2x64, but its output is 1x64x2"),
    "rows of a table": ("GATHER", [(100, 16), (1, 9)], (1, 1, 16), "make 1x9x16, but its output is 1x1x16"),
}


@pytest.mark.parametrize("name", SAID)
def test_a_map_is_as_large_as_its_operator_makes_it_not_as_the_file_says(tmp_path, name):
    operator, reads, said, problem = SAID[name]
    made = Made()
    inputs = [made.tensor(*shape) for shape in reads]
    y = made.call(operator, inputs, [made.tensor(*said)], 23 if operator == "GATHER" else 0, [])
    with pytest.raises(FileError, match=problem):
        read_tflite(made.saved(tmp_path, inputs, [y]))


def test_a_file_may_leave_lengths_of_one_out(tmp_path):
    made = Made()
    x = made.tensor(1, 64)
    y = made.call("LOGISTIC", [x], [made.tensor(64)])
    assert read_tflite(made.saved(tmp_path, [x], [y])).tensors[-1].elements == 64
