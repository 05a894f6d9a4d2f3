"""Every rule of a shape against what ONNX's own test cases say that an operator writes."""

import math

import numpy as np
import onnx
import pytest
from onnx import numpy_helper
from onnx.backend.test.case.node import collect_testcases

from sepcost.core.errors import FieldError
from sepcost.network.onnx.file import Model
from sepcost.network.onnx.inputs import fix_inputs
from sepcost.network.onnx.reading import Reading
from sepcost.network.onnx.walk import read_graph

NOT_FOLLOWED = {
    "NonMaxSuppression", "NonZero", "Unique",  # the numbers decide
    "Cast", "CastLike", "DFT", "Range", "Resize",  # loops, halves, bfloat16, aspect ratios
}  # fmt: skip
LOOSE = 1e-5


def with_shapes(case, given):
    """The case's model, its inputs as large as those given, the small ones of whole numbers held by it."""
    model = onnx.ModelProto()
    model.CopyFrom(case.model)
    for value, array in zip(list(model.graph.input), given, strict=False):
        if value.type.HasField("tensor_type") and hasattr(array, "shape"):
            lengths = value.type.tensor_type.shape
            lengths.Clear()
            lengths.SetInParent()
            for length in array.shape:
                lengths.dim.add().dim_value = length
            array = np.asarray(array)
            if array.dtype.kind in "iub" or (array.dtype.kind == "f" and array.ndim < 2):
                model.graph.initializer.append(numpy_helper.from_array(array, value.name))
    return model.SerializeToString()


def alike(value, expected):
    assert len(value) == expected.size, value
    pairs = zip(value, expected.reshape(-1).tolist(), strict=True)
    return all(
        one is None or one == other or math.isclose(one, other, rel_tol=LOOSE, abs_tol=LOOSE)
        for one, other in pairs
        if not (isinstance(other, float) and math.isnan(other))
    )


@pytest.fixture(scope="module")
def cases():
    """ONNX's cases as they are written, but for the numbers that pools write, which take most of the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("onnx.reference.ops.op_pool_common.pool", pooled)
        found = collect_testcases(None)
    return [(case, *data) for case in found for data in case.data_sets]


def pooled(padded, shape, kernel, strides, out, *rest, **options):
    """A map of what a pool writes, of no numbers."""
    return np.full((*shape[:2], *out), np.nan, dtype=padded.dtype)


@pytest.mark.filterwarnings("ignore")
def test_what_is_said_of_an_operators_shape_and_numbers_is_what_it_writes(cases):
    said, unknown, refused = 0, set(), set()
    for case, given, written in cases:
        try:
            model = Model(with_shapes(case, given))
            inputs = fix_inputs(model.graph, {})
            found = read_graph(model.graph, Reading(model, inputs)).written
        except FieldError as error:
            refused.add(str(error).split("not a", 1)[-1])
            continue
        for tensor, expected in zip(found, written, strict=False):
            if not isinstance(expected, np.ndarray):
                continue
            if tensor is None or tensor.shape is None:
                unknown.add(case.model.graph.node[-1].op_type)
                continue
            assert tensor.shape == expected.shape, case.name
            said += 1
            if tensor.value is not None and expected.dtype.kind in "iubf":
                assert alike(tensor.value, expected), case.name
    assert said > 1800
    assert refused == {" whole number from 1 to 1000000000"}  # an input of no numbers at all
    assert unknown <= NOT_FOLLOWED


@pytest.mark.filterwarnings("ignore")
def test_what_is_said_of_an_operators_type_is_what_it_writes(cases):
    said = 0
    for case, given, _ in cases:
        model = onnx.ModelProto()
        model.ParseFromString(with_shapes(case, given))
        types = [one.type.tensor_type.elem_type for one in model.graph.output]
        for one in model.graph.output:
            one.ClearField("type")
        try:
            model = Model(model.SerializeToString())
            found = read_graph(model.graph, Reading(model, fix_inputs(model.graph, {}))).written
        except FieldError:
            continue
        for tensor, expected in zip(found, types, strict=True):
            if tensor is not None and tensor.type and expected:
                assert tensor.type == expected, case.name
                said += 1
    assert said > 1700
