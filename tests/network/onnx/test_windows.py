"""Shapes of operators that slide a window, sample places or step through a sequence, by hand."""

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from sepcost.core.errors import FieldError
from sepcost.network.onnx.file import Model
from sepcost.network.onnx.inputs import fix_inputs
from sepcost.network.onnx.reading import Reading
from sepcost.network.onnx.walk import read_graph
from tests.network.onnx.models import OPSET, node, value


def written(one, opset=OPSET):
    """The lengths that an operator writes, None for each, or for all, that are not known."""
    known = [numpy_helper.from_array(np.array(NUMBERS[name]), name) for name in one.input if name in NUMBERS]
    unknown = [node("Quux", "x", "unknown", domain="local"), node("Reshape", "x s", "open")]
    graph = helper.make_graph(
        [each for each in unknown if each.output[0] in one.input] + [one],
        "graph",
        [value(name, shape) for name, shape in INPUTS.items()] + [value("s", (4,), TensorProto.INT64)],
        [value("y", None)],
        known,
    )
    opsets = [helper.make_opsetid("", opset), helper.make_opsetid("local", 1)]
    model = Model(helper.make_model(graph, opset_imports=opsets).SerializeToString())
    return read_graph(model.graph, Reading(model, fix_inputs(model.graph, {}))).written[0].lengths


INPUTS = {
    "x": (1, 5, 7, 8),
    "rois": (3, 4),
    "indices": (3,),
    "grid": (1, 3, 4, 2),
    "theta": (2, 2, 3),
    "square": (4, 3, 3),
    "scores": (2, 5),
    "columns": (1, 5 * 2 * 3, 9),
    "signal": (2, 20, 1),
    "window": (8,),
}
NUMBERS = {
    "shape": [1, 5, 9, 16],
    "size": [2, 5, 3, 4],
    "image": [4, 6],
    "block": [2, 3],
    "four": 4,
    "six": 6,
    "first": 1,
    "zeroth": 0,
}


POOLS = [
    ({}, (7 - 2, 8 - 2)),
    ({"strides": [1, 1], "dilations": [1, 1], "pads": [0] * 4, "ceil_mode": 0}, (7 - 2, 8 - 2)),
    ({"strides": [2, 3]}, ((7 - 3) // 2 + 1, (8 - 3) // 3 + 1)),
    ({"strides": [2, 3], "ceil_mode": 1}, (2 + 1, 2 + 1)),
    ({"dilations": [3, 2]}, (7 - 3 * 2, 8 - 2 * 2)),
    ({"pads": [1, 0, 2, 1]}, (7 + 1 + 2 - 2, 8 + 0 + 1 - 2)),
    ({"strides": [2, 3], "auto_pad": "SAME_UPPER"}, (4, 3)),  # 7/2 and 8/3, rounded up
    ({"strides": [2, 3], "auto_pad": "VALID"}, (3, 2)),
    # windows start at -1, 3 and 7: of 7 rows the last would start in the zeros behind, and is left out
    ({"strides": [4, 4], "ceil_mode": 1, "pads": [1, 1, 1, 1]}, (2, 3)),
    # windows start at 0, 4 and 8 of 7 rows
    ({"strides": [4, 4], "ceil_mode": 1, "pads": [0, 1, 2, 1]}, (2, 3)),
]


@pytest.mark.parametrize("op", ["MaxPool", "AveragePool"])
@pytest.mark.parametrize(("said", "out"), POOLS)
def test_a_pool_writes_a_place_for_each_window(op, said, out):
    one = node(op, "x", "y", kernel_shape=[3, 3], **said)
    assert written(one) == (1, 5, *out)
    assert written(node(op, "unknown", "y", kernel_shape=[3, 3], **said)) is None
    assert written(node(op, "open", "y", kernel_shape=[3, 3], **said)) == (None,) * 4


@pytest.mark.parametrize(
    ("one", "lengths"),
    [
        (node("GlobalMaxPool", "x", "y"), (1, 5, 1, 1)),
        (node("MaxRoiPool", "x rois", "y", pooled_shape=[2, 4]), (3, 5, 2, 4)),
        (node("MaxRoiPool", "x rois", "y", pooled_shape=[1, 1]), (3, 5, 1, 1)),
        (node("RoiAlign", "x rois indices", "y"), (3, 5, 1, 1)),
        (node("RoiAlign", "x rois indices", "y", output_height=2, output_width=4), (3, 5, 2, 4)),
        (node("MaxUnpool", "x x", "y", kernel_shape=[2, 3]), (1, 5, 6 + 2, 7 + 3)),
        (node("MaxUnpool", "x x", "y", kernel_shape=[1, 1], strides=[1, 1]), (1, 5, 7, 8)),
        (
            node("MaxUnpool", "x x", "y", kernel_shape=[2, 3], strides=[2, 3], pads=[1, 0, 0, 2]),
            (1, 5, 6 * 2 + 2 - 1, 7 * 3 + 3 - 2),
        ),
        (node("MaxUnpool", "x x shape", "y", kernel_shape=[2, 2]), (1, 5, 9, 16)),
        (node("GridSample", "x grid", "y"), (1, 5, 3, 4)),
        (node("AffineGrid", "theta size", "y"), (2, 3, 4, 2)),
        (node("Det", "square", "y"), (4,)),
        (node("Multinomial", "scores", "y"), (2, 1)),
        (node("Multinomial", "scores", "y", sample_size=4), (2, 4)),
        (node("Col2Im", "columns image block", "y"), (1, 5, 4, 6)),
        (node("HannWindow", "six", "y"), (6,)),
        (node("DFT", "signal", "y"), (2, 20, 2)),
        (node("DFT", "signal", "y", onesided=1), (2, 20 // 2 + 1, 2)),
        (node("DFT", "signal", "y", inverse=1), (2, 20, 2)),
        (node("DFT", "signal six first", "y"), (2, 6, 2)),
        (helper.make_node("DFT", ["square", "", "first"], ["y"]), (4, 3, 2)),
        (node("STFT", "signal four window", "y"), (2, (20 - 8) // 4 + 1, 8 // 2 + 1, 2)),
        (
            helper.make_node("STFT", ["signal", "four", "", "six"], ["y"]),
            (2, (20 - 6) // 4 + 1, 6 // 2 + 1, 2),
        ),
        (node("STFT", "signal four window", "y", onesided=0), (2, 4, 8, 2)),
    ],
    ids=str,
)
def test_lengths_follow_from_those_that_are_read_and_from_what_is_said(one, lengths):
    assert written(one) == lengths


def test_a_window_function_of_any_length_has_one_axis():
    assert written(node("HannWindow", "unknown", "y")) == (None,)


def test_the_axis_of_a_transform_was_an_attribute_before():
    one = helper.make_node("DFT", ["square", "", "zeroth"], ["y"], onesided=1)
    assert written(one, opset=20) == (4 // 2 + 1, 3, 2)
    assert written(node("DFT", "signal", "y", axis=1), opset=17) == (2, 20, 2)
    assert written(node("DFT", "square", "y", axis=0, onesided=1), opset=17) == (4 // 2 + 1, 3, 2)
    assert written(node("DFT", "square", "y", onesided=1), opset=17) == (4, 3 // 2 + 1, 2)


@pytest.mark.parametrize(
    "one",
    [
        node("GlobalMaxPool", "unknown", "y"),
        node("MaxRoiPool", "unknown rois", "y", pooled_shape=[2, 4]),
        node("MaxRoiPool", "x unknown", "y", pooled_shape=[2, 4]),
        node("RoiAlign", "unknown rois indices", "y"),
        node("RoiAlign", "x unknown indices", "y"),
        node("MaxUnpool", "unknown x", "y", kernel_shape=[2, 2]),
        node("MaxUnpool", "open open", "y", kernel_shape=[2, 2]),
        node("MaxUnpool", "x x s", "y", kernel_shape=[2, 2]),
        node("GridSample", "unknown grid", "y"),
        node("GridSample", "x unknown", "y"),
        node("AffineGrid", "theta s", "y"),
        node("Det", "unknown", "y"),
        node("Multinomial", "unknown", "y"),
        node("Col2Im", "unknown image block", "y"),
        node("Col2Im", "columns s block", "y"),
        node("Col2Im", "columns image s", "y"),
        node("DFT", "unknown", "y"),
        node("DFT", "signal", "y", inverse=1, onesided=1),
        node("STFT", "unknown four window", "y"),
        node("STFT", "signal s window", "y"),
        node("STFT", "signal four", "y"),
    ],
    ids=str,
)
def test_what_depends_on_what_is_not_known_is_not_known(one):
    assert written(one) is None


def test_a_pool_may_write_places_beside_maxima_and_slide_over_one_axis_or_over_nothing():
    assert written(node("MaxPool", "x", "largest y", kernel_shape=[3, 3])) == (1, 5, 5, 6)
    assert written(node("MaxPool", "signal", "y", kernel_shape=[1])) == (2, 20, 1)
    assert written(node("MaxPool", "x", "y", kernel_shape=[9, 3])) == (1, 5, 0, 6)
    assert written(node("MaxPool", "scores", "y")) is None


@pytest.mark.parametrize(
    ("op", "reads", "said"),
    [
        ("MaxPool", "x", {"kernel_shape": [0, 3]}),
        ("MaxPool", "x", {"kernel_shape": [3, 3], "strides": [1, 0]}),
        ("MaxPool", "x", {"kernel_shape": [3, 3], "dilations": [0, 1]}),
        ("MaxUnpool", "x x", {"kernel_shape": [2, 0]}),
        ("MaxUnpool", "x x", {"kernel_shape": [2, 2], "strides": [0, 1]}),
        ("MaxRoiPool", "x rois", {"pooled_shape": [0, 1]}),
    ],
)
def test_lengths_and_steps_of_0_are_refused_by_name(op, reads, said):
    *_, (name, lengths) = said.items()
    with pytest.raises(FieldError) as caught:
        written(node(op, reads, "y", **said))
    told = f"{name} is {lengths[0]}x{lengths[1]}, not 2 numbers from 1 to 1000000000"
    assert str(caught.value).endswith(told)
