"""Where the batch is after an operator: run on the number of each input, it writes that where it is said."""

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from sepcost.network.batch_place import MIXED
from sepcost.network.onnx.batch import batch_of_product
from sepcost.network.onnx.file import Model
from sepcost.network.onnx.inputs import fix_inputs
from sepcost.network.onnx.reading import Reading
from sepcost.network.onnx.tensor import Tensor
from sepcost.network.onnx.walk import read_graph
from tests.network.onnx.models import OPSET, node, value

BATCH = 4
CONSTANTS = {
    "table": np.repeat(np.arange(9)[:, None], 5, axis=1),
    "places": np.array([[0, 1, 1], [1, 0, 0]]),
    "place": np.array(1),
    "row": np.zeros((3,), int),
    "zero": np.array([0]),
    "two": np.array([2]),
    "pick": np.array([1, 0, 0]),
    "unit": np.eye(3, dtype=int),
    "turned": np.array([4, 3]),
    "flat": np.array([-1]),
    "last": np.array([-1]),
    "whole": np.array([-9]),
    "corners": np.array([0, 0, 0, 1, 1, 1]),
    "scales": np.array([1, 1, 1]),
    "shifted": np.array([-1, 1]),
    "halves": np.array([2, 2, -1]),
    "folded": np.array([2, 12]),
    "rest": np.array([4, -1]),
    "wide": np.array([5, 1, 1, 1]),
    "base": np.zeros((4, 2, 3), int),
    "pair": np.ones(2, int),
}


def found(nodes, shape):
    """What is known of what a few nodes write, with a batch of 4 in the input, and their model."""
    held = [numpy_helper.from_array(array.astype(np.int64), name) for name, array in CONSTANTS.items()]
    read = {name for one in nodes for name in one.input}
    graph = helper.make_graph(
        nodes,
        "graph",
        [value("x", shape, TensorProto.INT64)],
        [value("y", None, TensorProto.INT64)],
        [one for one in held if one.name in read],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
    model = Model(made.SerializeToString())
    (written,) = read_graph(model.graph, Reading(model, fix_inputs(model.graph, {}))).written
    return written, made


def numbers(batch, shape):
    """The number of the input that each element is of, by where the batch is said to be."""
    axis, outer = batch
    length = shape[axis]
    along = np.arange(length) // (length // (outer * BATCH)) % BATCH
    return np.broadcast_to(along.reshape((-1,) + (1,) * (len(shape) - axis - 1)), shape)


T = node("Transpose", "x", "t", perm=[1, 0, 2])  # of 4×2×3: 2×4×3
KEPT = {
    "as many numbers": ([node("Abs", "x", "y")], (0, 1)),
    "a constant broadcast": ([node("Add", "x row", "y")], (0, 1)),
    "broadcast to more axes": ([node("Expand", "x wide", "y")], (1, 1)),
    "with itself": ([node("Max", "x x", "y")], (0, 1)),
    "axes turned": ([node("Transpose", "x", "y", perm=[2, 0, 1])], (1, 1)),
    "axes turned about": ([node("Transpose", "x", "y")], (2, 1)),
    "flat": ([node("Reshape", "x flat", "y")], (0, 1)),
    "flat, the batch within": ([T, node("Reshape", "t flat", "y")], (0, 2)),
    "within a longer axis": ([T, node("Reshape", "t folded", "y")], (1, 1)),
    "folded and unfolded": ([node("Reshape", "x flat", "f"), node("Reshape", "f rest", "y")], (0, 1)),
    "an axis put before": ([node("Unsqueeze", "x zero", "y")], (1, 1)),
    "the largest along an axis behind": ([node("ReduceMax", "x two", "y", keepdims=0)], (0, 1)),
    "the largest along an axis before": ([T, node("ReduceMax", "t zero", "y", keepdims=0)], (0, 1)),
    "rows of a table": ([node("Gather", "table x", "y")], (0, 1)),
    "columns of a table": (
        [node("Transpose", "table", "c"), node("Gather", "c x", "y", axis=1)], (1, 1),
    ),
    "rows by places that have it further on": ([T, node("Gather", "table t", "y")], (1, 1)),
    "several places between": (
        [node("Transpose", "x", "t", perm=[1, 2, 0]), node("Gather", "t pick", "u", axis=1),
         node("Gather", "u places", "y", axis=1)],
        (3, 1),
    ),
    "the largest along an axis that is kept": ([T, node("ReduceMax", "t zero", "y", keepdims=1)], (1, 1)),
    "several places before": ([T, node("Gather", "t places", "y", axis=0)], (2, 1)),
    "one place before": ([T, node("Gather", "t place", "y", axis=0)], (0, 1)),
    "several places behind": ([T, node("Gather", "t places", "y", axis=2)], (1, 1)),
    "several places behind, from the end": ([node("Gather", "x places", "y", axis=-1)], (0, 1)),
    "a product with a vector on its left": (
        [node("Transpose", "x", "t", perm=[1, 2, 0]), node("MatMul", "pick t", "y")], (1, 1),
    ),
    "a product with a vector on its right": ([node("MatMul", "x pick", "y")], (0, 1)),
    "a product with a matrix": ([T, node("MatMul", "t unit", "y")], (1, 1)),
    "a product of many": ([node("Unsqueeze", "x zero", "u"), node("MatMul", "u unit", "y")], (1, 1)),
    "joined along another axis": ([T, node("Concat", "t t", "y", axis=0)], (1, 1)),
    "joined from the end": ([node("Concat", "x x", "y", axis=-1)], (0, 1)),
    "one axis turned round behind the batch": ([node("Slice", "x last whole two last", "y")], (0, 1)),
    "one joined along the batch": ([node("Concat", "x", "y", axis=0)], (0, 1)),
}  # fmt: skip


@pytest.mark.parametrize(("nodes", "batch"), KEPT.values(), ids=KEPT)
def test_what_is_of_each_input_stays_apart_and_is_found(nodes, batch):
    """The batch, and how often the axis goes through it."""
    written, made = found(nodes, (BATCH, 2, 3))
    x = np.broadcast_to(np.arange(BATCH)[:, None, None], (BATCH, 2, 3))
    (run,) = ReferenceEvaluator(made).run(None, {"x": x.astype(np.int64)})
    assert written.shape == run.shape
    assert written.batch == batch
    assert (numbers(batch, run.shape) == run).all()


ALONE = {
    "along the last axis": ([node("Hardmax", "x", "y", axis=-1)], (0, 1)),
    "along an axis behind the batch": ([T, node("Hardmax", "t", "y", axis=2)], (1, 1)),
    "around each place": ([node("MaxPool", "x", "y", kernel_shape=[1])], (0, 1)),
    "one axis shifted behind the batch": (
        [helper.make_node("Pad", ["x", "shifted", "", "two"], ["y"])],
        (0, 1),
    ),
    "as it was trained": ([node("BatchNormalization", "x pair pair pair pair", "y")], (0, 1)),
}


@pytest.mark.parametrize(("nodes", "batch"), ALONE.values(), ids=ALONE)
def test_what_mixes_other_axes_leaves_the_batch_where_it_is(nodes, batch):
    written, _ = found(nodes, (BATCH, 2, 3))
    assert written.batch == batch


LOST = {
    "along the batch": [node("Concat", "x x", "y", axis=0)],
    "of the batch": [node("Gather", "x places", "y", axis=0)],
    "by places that have it too": [node("Gather", "x x", "y", axis=1)],
    "the largest of the batch": [node("ReduceMax", "x zero", "y", keepdims=0)],
    "put in another order along the batch": [node("ReverseSequence", "x turned", "y")],
    "the places of the largest": [node("NonZero", "x", "y")],
    "element by element": [node("GatherElements", "x base", "y", axis=1)],
    "along an axis that is the batch": [node("Hardmax", "x", "y", axis=0)],
    "along an axis before the batch": [T, node("Hardmax", "t", "y", axis=0)],
    "around each place of the batch": [T, node("MaxPool", "t", "y", kernel_shape=[1])],
    "while it is trained": [node("BatchNormalization", "x pair pair pair pair", "y", training_mode=1)],
    "beside what is mixed": [node("ReverseSequence", "x turned", "m"), node("Max", "x m", "y")],
    "as the scale of a constant": [node("LayerNormalization", "base x", "y")],
    "turned round": [node("Slice", "x last whole zero last", "y")],
    "shifted": [helper.make_node("Pad", ["x", "shifted", "", "zero"], ["y"])],
    "a part of it in its place": [
        node("Resize", "x corners scales", "y", coordinate_transformation_mode="tf_crop_and_resize"),
    ],
    "in lengths that it does not fill": [node("Reshape", "x halves", "y")],
}


@pytest.mark.parametrize("nodes", LOST.values(), ids=LOST)
def test_where_elements_of_several_inputs_may_meet_there_is_no_batch(nodes):
    written, _ = found(nodes, (BATCH, 2, 3))
    assert written.batch == MIXED


@pytest.mark.parametrize("op", ["Max", "LayerNormalization", "MatMul"])
def test_a_batch_that_meets_itself_along_another_axis_is_none(op):
    written, _ = found([T, node(op, "x t", "y")], (BATCH, BATCH, BATCH))
    assert written.batch == MIXED


PRODUCTS = [
    # rows of the left, columns of the right, what is summed over
    ((4, 3), (0, 1), (3, 5), None, (0, 1)),
    ((5, 3), None, (3, 4), (1, 1), (1, 1)),
    ((5, 4), (1, 1), (4, 3), None, MIXED),
    ((5, 4), None, (4, 3), (0, 1), MIXED),
    ((8, 3), (0, 2), (3, 5), None, (0, 2)),
    # products of many
    ((4, 2, 3), (0, 1), (3, 5), None, (0, 1)),
    ((2, 5, 3), None, (3, 4), (1, 1), (2, 1)),
    ((2, 3), None, (4, 3, 5), (0, 1), (0, 1)),
    ((4, 2, 3), (0, 1), (4, 3, 5), (0, 1), (0, 1)),
    ((4, 4, 3), (0, 1), (4, 3, 4), (2, 1), MIXED),
    ((4, 2, 3), (0, 1), (4, 3, 5), MIXED, MIXED),
    # vectors
    ((3,), None, (3, 4), (1, 1), (0, 1)),
    ((3,), None, (4, 3, 5), (0, 1), (0, 1)),
    ((3,), None, (2, 3, 4), (2, 1), (1, 1)),
    ((4,), (0, 1), (4, 5), None, MIXED),
    ((4, 3), (0, 1), (3,), None, (0, 1)),
    ((5, 4), None, (4,), (0, 1), MIXED),
    ((4,), (0, 1), (4,), (0, 1), MIXED),
    ((4, 3), None, (3, 5), None, None),
]


@pytest.mark.parametrize(("left", "of_left", "right", "of_right", "batch"), PRODUCTS)
def test_a_product_has_the_batch_of_its_rows_or_columns_and_none_of_what_it_sums(
    left, of_left, right, of_right, batch
):
    assert batch_of_product(Tensor(left, batch=of_left), Tensor(right, batch=of_right)) == batch


@pytest.mark.parametrize(("outputs", "batch"), [("y scale zero", (0, 1)), ("numbers y zero", None)])
def test_numbers_that_are_quantized_are_of_each_input_and_their_scale_is_of_none(outputs, batch):
    written, _ = found([node("DynamicQuantizeLinear", "x", outputs)], (BATCH, 2, 3))
    assert written.batch == batch


@pytest.mark.parametrize("nodes", [[node("Shape", "x", "y")], [node("Neg", "table", "y")]])
def test_what_reads_no_elements_of_the_input_has_none(nodes):
    written, _ = found(nodes, (BATCH, 2, 3))
    assert written.batch is None
