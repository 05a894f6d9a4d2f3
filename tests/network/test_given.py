"""Weights that the file does not hold, in whatever form: no limit on weights or storage passes unproved."""

import numpy as np
import pytest
from onnx import TensorProto, helper

from sepcost.core.errors import FieldError
from sepcost.hardware.execution import USUAL_EXECUTION, Execution
from sepcost.hardware.machine import Machine
from sepcost.network.doubts import doubts
from sepcost.network.measure import Measures
from sepcost.network.memory import footprint, peak_memory, stored_of_layers
from sepcost.network.onnx.read import read_onnx
from sepcost.network.pt2 import read_pt2
from sepcost.network.tflite.read import read_tflite
from tests.network.onnx.models import lengths, model, node, saved, value, weights
from tests.network.pt2_archives import archived, program, ref, tensor
from tests.network.test_doubts import verdict
from tests.network.tflite_files import INT32, Made

ELEMENTS = 16 * 8
SCALE = weights("s", ())
X = {"x": (1, 8), "w": (8, 16)}


def unproved(network, elements):
    return verdict(network, "weights", elements - 1) == "refused" and not network.all_held


ONNX = {
    "scaled": ([node("Mul", "w s", "u"), node("MatMul", "x u", "y")], X, [SCALE]),
    "scaled at run time": (
        [node("ReduceMax", "x", "m", keepdims=0), node("Mul", "w m", "u"), node("MatMul", "x u", "y")],
        X,
        [],
    ),
    "clipped": ([node("Clip", "w", "u"), node("MatMul", "x u", "y")], X, []),
    "added to others of the file": (
        [node("Add", "w d", "u"), node("MatMul", "x u", "y")],
        X,
        [weights("d", (8, 16))],
    ),
    "a part of one vector": (
        [node("Slice", "w zero end", "p"), node("Reshape", "p shape", "u"), node("MatMul", "x u", "y")],
        {"x": (1, 8), "w": (200,)},
        [lengths("zero", [0]), lengths("end", [ELEMENTS]), lengths("shape", [8, 16])],
    ),
    "filters": (
        [node("Mul", "w s", "u"), node("Conv", "x u", "y")],
        {"x": (1, 8, 4, 4), "w": (16, 8, 1, 1)},
        [SCALE],
    ),
    "first of an Einsum": (
        [node("Einsum", "w x", "y", equation="oi,bi->bo")],
        {"x": (1, 8), "w": (16, 8)},
        [],
    ),
    "of a product written as a sum": (
        [node("Mul", "x w", "m"), node("ReduceSum", "m axis", "y")],
        {"x": (1, 1, 8), "w": (1, 16, 8)},
        [lengths("axis", [2])],
    ),
}


@pytest.mark.parametrize("name", ONNX)
def test_weights_that_an_onnx_model_is_given_in_another_form_are_doubted(tmp_path, name):
    nodes, inputs, held = ONNX[name]
    assert unproved(read_onnx(saved(tmp_path, model(nodes, inputs, held))), ELEMENTS)


def test_two_parts_of_what_is_given_are_both_doubted(tmp_path):
    nodes = [
        node("Split", "w", "u v", axis=0),
        node("MatMul", "x u", "h"),
        node("MatMul", "h v", "y"),
    ]
    network = read_onnx(saved(tmp_path, model(nodes, {"x": (1, 8), "w": (16, 8)})))
    assert unproved(network, ELEMENTS)
    assert verdict(network, "weights", ELEMENTS) == "passed"


def test_a_table_that_is_given_and_read_at_run_time_is_doubted(tmp_path):
    inputs = [value("i", (1, 3), TensorProto.INT64), value("w", (16, 8))]
    graph = helper.make_graph([node("Gather", "w i", "y")], "graph", inputs, [value("y", None)], [])
    network = read_onnx(saved(tmp_path, helper.make_model(graph)))
    assert unproved(network, ELEMENTS)


H, HT = node("MatMul", "x v", "h"), node("MatMul", "h t", "y")
PROVED = {
    "a mask of whole numbers": (
        [node("Cast", "m", "c", to=1), H, node("Mul", "h c", "g"), node("ReduceSum", "g", "y")],
        {"m": (TensorProto.INT64, (1, 16))},
        16 * 8,
    ),
    "a state beside what is computed": (
        [H, node("Concat", "m h", "k", axis=0), node("Transpose", "k", "t", perm=[1, 0]), HT],
        {"m": (TensorProto.FLOAT, (5, 16))},
        16 * 8,
    ),
    "a state that is gated": (
        [H, node("Mul", "m h", "k"), node("Transpose", "k", "t", perm=[1, 0]), HT],
        {"m": (TensorProto.FLOAT, (1, 16))},
        16 * 8,
    ),
    "the first input in another form": (
        [node("Unsqueeze", "x axis", "r"), node("Relu", "r", "q"), node("MatMul", "q v", "y")],
        {},
        16 * 8,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PROVED)
def test_what_can_be_no_weights_leaves_a_limit_proved(tmp_path, name):
    nodes, more, elements = PROVED[name]
    inputs = [value("x", (1, 8)), *(value(key, shape, type_) for key, (type_, shape) in more.items())]
    held = [weights("v", (8, 16)), lengths("axis", [0])]
    made = helper.make_graph(nodes, "graph", inputs, [value("y", None)], held)
    network = read_onnx(saved(tmp_path, helper.make_model(made)))
    assert verdict(network, "weights", elements) == "passed"
    assert footprint(network, USUAL_EXECUTION).storage == (elements * 4 + 8)


ATEN = "torch.ops.aten."
GIVEN = {"x": tensor(1, 8), "w": tensor(16, 8), "y": tensor(1, 16)}
LSTM = {
    "hx": {"as_tensors": [{"name": "h"}, {"name": "c"}]},
    "params": {"as_tensors": [{"name": "w"}, {"name": "r"}]},
    "has_biases": {"as_bool": False},
    "num_layers": {"as_int": 1},
    "batch_first": {"as_bool": True},
    "input": ref("x"),
}
STATES = {
    "x": tensor(1, 2, 8),
    "h": tensor(1, 1, 4),
    "c": tensor(1, 1, 4),
    "w": tensor(16, 8),
    "r": tensor(16, 4),
}
STATES |= {"y": tensor(1, 2, 4)}
PROGRAMS = {
    "scaled": (
        [
            (f"{ATEN}mul.Tensor", {"self": ref("w"), "other": ref("s")}, ["u"]),
            (f"{ATEN}linear.default", {"input": ref("x"), "weight": ref("u")}, ["y"]),
        ],
        {**GIVEN, "s": tensor(1, 1), "u": tensor(16, 8)},
        ["s"],
        ELEMENTS,
    ),
    "first of an einsum": (
        [
            (
                f"{ATEN}einsum.default",
                {
                    "equation": {"as_string": "oi,bi->bo"},
                    "tensors": {"as_tensors": [{"name": "w"}, {"name": "x"}]},
                },
                ["y"],
            )
        ],
        GIVEN,
        [],
        ELEMENTS,
    ),
    "a table": (
        [(f"{ATEN}embedding.default", {"weight": ref("w"), "indices": ref("x")}, ["y"])],
        {"x": tensor(1, 3), "w": tensor(16, 8), "y": tensor(1, 3, 8)},
        [],
        ELEMENTS,
    ),
    "experts of a layer, picked": (
        [
            (
                f"{ATEN}index.Tensor",
                {"self": ref("e"), "indices": {"as_optional_tensors": [{"as_tensor": {"name": "x"}}]}},
                ["u"],
            ),
        ],
        {"x": tensor(1), "e": tensor(4, 4, 8), "u": tensor(1, 4, 8)},
        ["e"],
        ELEMENTS,
    ),
    "a recurrent layer": ([(f"{ATEN}lstm.input", LSTM, ["y"])], STATES, [], 16 * (8 + 4)),
    "its state's alone": ([(f"{ATEN}lstm.input", LSTM, ["y"])], STATES, ["r"], 16 * (8 + 4)),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_weights_that_an_exported_program_is_given_or_picks_are_doubted(tmp_path, name):
    nodes, sizes, parameters, elements = PROGRAMS[name]
    inputs = [key for key in ("x", "w", "r", "h", "c") if key in sizes and key not in parameters]
    made = program(nodes, sizes, parameters=parameters, inputs=inputs)
    network = read_pt2(archived(tmp_path, made))
    assert verdict(network, "weights", elements - 1) == "refused"
    assert network.all_held == (name == "experts of a layer, picked")


RUN_TIME = {"x": tensor(1, 8), "w": tensor(16, 8), "g": tensor(16, 8), "v": tensor(16, 8), "u": tensor(16, 8)}
CHANGED = {
    "chosen": [(f"{ATEN}where.self", {"condition": ref("h"), "self": ref("w"), "other": ref("w")}, ["u"])],
    "clipped": [(f"{ATEN}clamp.Tensor", {"self": ref("w"), "min": ref("h")}, ["u"])],
    "scaled, then normalized": [
        (f"{ATEN}mul.Tensor", {"self": ref("w"), "other": ref("h")}, ["v"]),
        (f"{ATEN}softmax.int", {"self": ref("v"), "dim": {"as_int": 1}}, ["u"]),
    ],
}


@pytest.mark.parametrize("name", CHANGED)
@pytest.mark.parametrize("left", [False, True])
def test_stored_weights_that_a_run_changes_are_doubted(tmp_path, name, left):
    """As either operand of a product: `x` times them, or they times `x`."""
    sides = {"self": ref("u"), "mat2": ref("x")} if left else {"self": ref("x"), "mat2": ref("u")}
    sizes = {**RUN_TIME, "y": tensor(16, 1) if left else tensor(1, 16)}
    if left:
        sizes["x"] = tensor(8, 1)
    else:
        sizes |= {name: tensor(8, 16) for name in "gwvu"}
    nodes = [(f"{ATEN}relu.default", {"self": ref("g")}, ["h"]), *CHANGED[name]]
    sizes["h"] = sizes["g"]
    made = program([*nodes, (f"{ATEN}mm.default", sides, ["y"])], sizes, parameters=["w"], inputs=["x", "g"])
    network = read_pt2(archived(tmp_path, made))
    assert verdict(network, "weights", ELEMENTS - 1) == "refused"


def test_a_token_beside_computed_ones_is_no_weights_of_what_reads_both(tmp_path):
    sizes = {"x": tensor(1, 4, 8), "p_one": tensor(1, 1, 8), "t": tensor(1, 5, 8), "p_w": tensor(16, 8)}
    sizes |= {"q": tensor(1, 5, 16), "y": tensor(1, 5, 5), "k": tensor(1, 16, 5)}
    nodes = [
        (f"{ATEN}cat.default", {"tensors": {"as_tensors": [{"name": "p_one"}, {"name": "x"}]}}, ["t"]),
        (f"{ATEN}linear.default", {"input": ref("t"), "weight": ref("p_w")}, ["q"]),
        (f"{ATEN}transpose.int", {"self": ref("q")}, ["k"]),
        (f"{ATEN}bmm.default", {"self": ref("q"), "mat2": ref("k")}, ["y"]),
    ]
    network = read_pt2(archived(tmp_path, program(nodes, sizes, parameters=["p_one", "p_w"])))
    assert network.held == ()
    assert verdict(network, "weights", ELEMENTS) == "passed"


def test_a_recurrent_layer_stores_the_weights_of_its_state_too(tmp_path):
    made = program(
        [(f"{ATEN}lstm.input", LSTM, ["y"])], STATES, parameters=["w", "r"], inputs=["x", "h", "c"]
    )
    network = read_pt2(archived(tmp_path, made))
    assert footprint(network, USUAL_EXECUTION).storage == 16 * (8 + 4) * 4
    assert verdict(network, "weights", 16 * (8 + 4)) == "passed"


SUMMED = {
    "a matrix of the file": ((16, 8), "sum.dim_IntList", [2], (ELEMENTS, ELEMENTS)),
    "the mean of one": ((16, 8), "mean.dim", [2], (ELEMENTS, ELEMENTS)),
    "what is computed": (None, "sum.dim_IntList", [2], (0, ELEMENTS)),
    "the mean of what is computed": (None, "mean.dim", [2], None),
    "scales of what is not summed": ((16, 1), "mean.dim", [2], None),
}


@pytest.mark.parametrize("name", SUMMED)
def test_a_product_that_a_program_writes_as_a_sum_is_doubted(tmp_path, name):
    held, sums, axes, beside = SUMMED[name]
    nodes = [
        (f"{ATEN}mul.Tensor", {"self": ref("x"), "other": ref("w")}, ["m"]),
        (f"{ATEN}{sums}", {"self": ref("m"), "dim": {"as_ints": axes}}, ["y"]),
    ]
    sizes = {"x": tensor(1, 1, 8), "w": tensor(*(held or (16, 8))), "m": tensor(1, 16, 8), "y": tensor(1, 16)}
    inputs = ["x"] if held else ["x", "w"]
    made = program(nodes, sizes, parameters=["w"] if held else [], inputs=inputs)
    network = read_pt2(archived(tmp_path, made))
    assert [(one.weights, one.macs) for one in network.held] == ([beside] if beside else [])
    assert verdict(network, "macs", ELEMENTS - 1) == ("refused" if beside else "passed")


@pytest.fixture
def variable(tmp_path):
    """Layers whose weights are a variable, set by another graph of the file that holds 64 elements."""

    def read(reads=1):
        made = Made()
        x, handle = made.tensor(1, 8, name="x"), made.tensor(1, name="h", type_=INT32)
        made.call("VAR_HANDLE", [], [handle])
        row = x
        for number in range(reads):
            w, y = made.tensor(8, 8, name=f"w{number}"), made.tensor(1, 8, name=f"y{number}")
            made.call("READ_VARIABLE", [handle], [w])
            row = made.call("FULLY_CONNECTED", [row, w, -1], [y], 8, [])
        made.held(8, 8, name="first values")
        made.elsewhere = 1
        return read_tflite(made.saved(tmp_path, [x], [row]))

    return read


def test_weights_in_a_variable_are_doubted(variable):
    assert unproved(variable(), 64)


def test_what_other_graphs_hold_is_stored(variable):
    assert [(one.name, one.elements, one.bits) for one in variable().parameters] == [("first values", 64, 32)]


def test_a_variable_takes_its_memory_once_from_the_start_to_the_end(variable):
    sizes = {live.name: live.bytes for live in peak_memory(variable(3), Execution(bytes=1)).live}
    assert sizes["w0"] == 64
    assert {"w1", "w2"}.isdisjoint(sizes)
    assert all(step.bytes >= 64 for step in peak_memory(variable(3), Execution(bytes=1)).steps)


def test_a_variable_that_is_only_written_takes_memory_too(tmp_path):
    made = Made()
    x, handle, y = (
        made.tensor(1, 8, name="x"),
        made.tensor(1, name="h", type_=INT32),
        made.tensor(1, 8, name="y"),
    )
    made.call("VAR_HANDLE", [], [handle])
    made.call("ASSIGN_VARIABLE", [handle, x], [])
    made.call("FULLY_CONNECTED", [x, made.held(8, 8), -1], [y], 8, [])
    network = read_tflite(made.saved(tmp_path, [x], [y]))
    assert peak_memory(network, Execution(bytes=1)).peak >= 3 * 8


def test_a_state_takes_memory_until_the_end(tmp_path):
    made = Made()
    x, state = made.tensor(1, 8, name="x"), made.tensor(1, 100, name="state", state=True)
    h, y = made.tensor(1, 108, name="h"), made.tensor(1, 500, name="y")
    made.call("CONCATENATION", [x, state], [h])
    made.call("FULLY_CONNECTED", [h, made.held(500, 108), -1], [y], 8, [])
    network = read_tflite(made.saved(tmp_path, [x], [y]))
    assert peak_memory(network, Execution(bytes=1)).peak == 100 + 108 + 500


def sparse(name, shape, count):
    values = helper.make_tensor(name, TensorProto.FLOAT, [count], np.ones(count))
    places = helper.make_tensor(f"{name} places", TensorProto.INT64, [count], range(count))
    return helper.make_sparse_tensor(values, places, shape)


def test_the_places_of_a_sparse_constant_are_stored(tmp_path):
    made = model([node("MatMul", "x w", "h"), node("Mul", "h m", "y")], {"x": (4, 8)}, [weights("w", (8, 8))])
    made.graph.sparse_initializer.append(sparse("m", (4, 8), 5))
    network = read_onnx(saved(tmp_path, made))
    assert footprint(network, USUAL_EXECUTION).storage == 64 * 4 + 5 * 4 + 5 * 8


def test_sparse_weights_are_not_stored_whole_whatever_else_the_file_holds(tmp_path):
    made = model(
        [node("MatMul", "x w", "h"), node("Slice", "big zero eight", "v"), node("MatMul", "h v", "y")],
        {"x": (1, 8)},
        [weights("big", (900, 8)), lengths("zero", [0]), lengths("eight", [8])],
    )
    made.graph.sparse_initializer.append(sparse("w", (8, 8), 5))
    assert footprint(read_onnx(saved(tmp_path, made)), USUAL_EXECUTION).storage is None


def test_packed_weights_are_stored_in_the_bytes_that_they_have(tmp_path):
    packed = node("MatMulNBits", "x p s", "y", domain="com.microsoft", K=32, N=16, bits=4, block_size=32)
    held = [weights("p", (16, 1, 16), TensorProto.UINT8), weights("s", (16,))]
    network = read_onnx(saved(tmp_path, model([packed], {"x": (1, 32)}, held, domains=["com.microsoft"])))
    assert network.weights == 32 * 16
    assert footprint(network, USUAL_EXECUTION).storage == 32 * 16 // 2 + 16 * 4
    assert stored_of_layers(network, USUAL_EXECUTION) == {network.layers[0].name: 32 * 16 // 2 + 16 * 4}


def test_products_that_no_layer_counts_are_in_no_time(tmp_path):
    nodes = [node("MatMul", "x w", "h"), node("Mul", "h t", "m"), node("ReduceSum", "m axis", "y")]
    made = model(nodes, {"x": (2, 8), "t": (2, 8)}, [weights("w", (8, 8)), lengths("axis", [1])])
    network = read_onnx(saved(tmp_path, made))
    assert next(doubts(network, {"time": 10}, [])).problem == "its time leaves out 16 products of 'Mul'"
    assert not list(doubts(network, {"time": 10}, ["Mul"]))
    machine = Execution(Machine(10**9, 10**9))
    assert Measures(network, machine).check("time", 10).passed
    with pytest.raises(FieldError):
        Measures(network, USUAL_EXECUTION).check("time", 10)
