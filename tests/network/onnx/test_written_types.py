"""What operators write is often of another type than what they read, and its bytes are of that type."""

import pytest
from onnx import TensorProto, helper

from sepcost.core.errors import FieldError
from sepcost.hardware.execution import USUAL_EXECUTION, Execution
from sepcost.network.measure import Measures
from sepcost.network.memory import peak_memory
from sepcost.network.onnx.read import read_onnx
from tests.network.onnx.models import lengths, model, node, saved, value, weights

FLOAT, HALF, DOUBLE = TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.DOUBLE
UINT8, INT8, UINT4, INT32, INT64 = (
    TensorProto.UINT8, TensorProto.INT8, TensorProto.UINT4, TensorProto.INT32, TensorProto.INT64,
)  # fmt: skip
MS = "com.microsoft"


def graph(one, inputs, held):
    """A graph of one operator; inputs are types and shapes."""
    made = helper.make_graph(
        [one],
        "graph",
        [value(name, shape, type_) for name, (type_, shape) in inputs.items()],
        [value(name, None, 0) for name in one.output],
        held,
    )
    opsets = [helper.make_opsetid("", 21), helper.make_opsetid(MS, 1)]
    return helper.make_model(made, opset_imports=opsets)


X = {"x": (UINT8, (1, 8))}
SCALE, ZERO = weights("s", ()), weights("z", (), UINT8)
W = weights("w", (8, 16), UINT8)

WRITTEN = {
    "MatMulInteger": (node("MatMulInteger", "x w", "y"), X, [W], 16 * 4),
    "ConvInteger": (
        node("ConvInteger", "i f", "y"),
        {"i": (UINT8, (1, 4, 8, 8))},
        [weights("f", (4, 4, 1, 1), UINT8)],
        4 * 8 * 8 * 4,
    ),
    "QLinearMatMul": (
        node("QLinearMatMul", "x s z w s z s o", "y"),
        X,
        [W, SCALE, ZERO, weights("o", (), INT8)],
        16,
    ),
    "the places of a MaxPool": (
        node("MaxPool", "i", "y p", kernel_shape=[1, 1]),
        {"i": (FLOAT, (1, 4, 8, 8))},
        [],
        4 * 8 * 8 * (4 + 8),
    ),
    "the places of a TopK": (
        node("TopK", "h k", "y p"),
        {"h": (HALF, (1, 8))},
        [lengths("k", [5])],
        5 * (2 + 8),
    ),
    "EyeLike": (node("EyeLike", "m", "y", dtype=DOUBLE), {"m": (FLOAT, (3, 4))}, [], 3 * 4 * 8),
    "Bernoulli": (node("Bernoulli", "h", "y", dtype=INT64), {"h": (HALF, (1, 8))}, [], 8 * 8),
    "MatMulIntegerToFloat": (
        node("MatMulIntegerToFloat", "x w s s", "y", domain=MS),
        X,
        [W, SCALE],
        16 * 4,
    ),
    "QGemm": (node("QGemm", "x s z w s z", "y", domain=MS), X, [W, SCALE, ZERO], 16 * 4),
    "DequantizeLinear": (node("DequantizeLinear", "x s z", "y", domain=MS), X, [SCALE, ZERO], 8 * 4),
    "GatherBlockQuantized": (
        node("GatherBlockQuantized", "t p s", "y", domain=MS, block_size=16),
        {"p": (INT64, (1, 3))},
        [weights("t", (9, 16), UINT4), weights("s", (9, 1), HALF)],
        3 * 16 * 2,
    ),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_a_map_takes_the_bytes_of_its_own_type(tmp_path, name):
    one, inputs, held, written = WRITTEN[name]
    network = read_onnx(saved(tmp_path, graph(one, inputs, held)), unbatched=True)
    peak = written + sum(
        one.bytes for one in peak_memory(network, USUAL_EXECUTION).live if one.name in inputs
    )
    assert peak_memory(network, USUAL_EXECUTION).peak == peak
    measures = Measures(network, USUAL_EXECUTION)
    assert measures.check("memory", peak).passed
    assert not measures.check("memory", peak - 1).passed


def test_memory_is_not_known_where_the_type_of_a_map_is_not(tmp_path):
    made = model(
        [node("Own", "x", "h", domain="other"), node("Relu", "h", "y")], {"x": (1, 8)}, domains=["other"]
    )
    made.graph.value_info.append(value("h", (1, 8), 0))
    network = read_onnx(saved(tmp_path, made))
    with pytest.raises(FieldError, match="the type of the map 'h' is not"):
        peak_memory(network, USUAL_EXECUTION)
    assert peak_memory(network, Execution(bytes=1)).peak == 16


def test_memory_is_not_known_where_a_map_has_texts(tmp_path):
    inputs = {"x": (FLOAT, (1, 8)), "t": (TensorProto.STRING, (3,))}
    made = graph(node("StringConcat", "t t", "y"), inputs, [])
    with pytest.raises(FieldError, match="the type of the map 't' is not"):
        peak_memory(read_onnx(saved(tmp_path, made)), USUAL_EXECUTION)


def test_a_stated_type_is_taken_of_what_nothing_else_tells(tmp_path):
    made = model(
        [node("Own", "x", "h", domain="other"), node("Relu", "h", "y")], {"x": (1, 8)}, domains=["other"]
    )
    made.graph.value_info.append(value("h", (1, 8), DOUBLE))
    network = read_onnx(saved(tmp_path, made))
    assert peak_memory(network, USUAL_EXECUTION).peak == 8 * 4 + 8 * 8


def test_storage_is_not_known_where_a_text_is_stored(tmp_path):
    made = model(
        [node("MatMul", "x w", "y")],
        {"x": (1, 8)},
        [weights("w", (8, 4)), weights("t", (3,), TensorProto.STRING)],
    )
    network = read_onnx(saved(tmp_path, made))
    with pytest.raises(FieldError, match="the type of the parameter 't' is not"):
        Measures(network, USUAL_EXECUTION).check("storage", 10**9)


def test_room_that_is_asked_for_at_run_time_is_not_known(tmp_path):
    pool = node("MaxUnpool", "x p asked", "y", kernel_shape=[2, 2], strides=[2, 2])
    inputs = {"x": (FLOAT, (1, 1, 2, 2)), "p": (INT64, (1, 1, 2, 2)), "asked": (INT64, (4,))}
    network = read_onnx(saved(tmp_path, graph(pool, inputs, [])))
    with pytest.raises(FieldError, match="the size of the map 'y' is not"):
        peak_memory(network, USUAL_EXECUTION)
