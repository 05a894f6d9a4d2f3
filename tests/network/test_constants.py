"""What operators compute of the file alone: a map in memory, or a layer's parameters in another form."""

from math import prod
from random import Random

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from sepcost.core.errors import FieldError
from sepcost.hardware.execution import USUAL_EXECUTION, Execution
from sepcost.network.measure import Measures
from sepcost.network.memory import footprint, peak_memory
from sepcost.network.onnx.read import read_onnx
from sepcost.network.pt2 import read_pt2
from tests.effort import tries
from tests.network.onnx.models import lengths, model, node, saved, value, weights
from tests.network.pt2_archives import archived, program, ref, tensor
from tests.network.test_doubts import verdict
from tests.network.test_memory import Run, graph

BYTE = Execution(bytes=1)
IMAGE = 4 * 8 * 8
"""Elements of the map that the convolution of each graph here reads, and of the one that it writes."""


@pytest.fixture
def read(tmp_path):
    def read(nodes, held, last="y"):
        made = model(
            [node("Conv", "x w", "c", "conv", pads=[1, 1, 1, 1]), *nodes],
            {"x": (1, 4, 8, 8)},
            [weights("w", (4, 4, 3, 3)), *held],
        )
        return read_onnx(saved(tmp_path, made))

    return read


GROWN = {
    "Expand": ([node("Expand", "one s", "e")], [weights("one", (1,)), lengths("s", [100, 4, 8, 8])]),
    "Tile": ([node("Tile", "one s", "e")], [weights("one", (1, 4, 8, 8)), lengths("s", [100, 1, 1, 1])]),
    "ConstantOfShape": ([node("ConstantOfShape", "s", "e")], [lengths("s", [100, 4, 8, 8])]),
    "Concat": (
        [node("Concat", " ".join(["part"] * 100), "e", axis=0)],
        [weights("part", (1, 4, 8, 8))],
    ),
    "elementwise": (
        [node("Add", "row column", "e")],
        [weights("row", (100, 4, 8, 1)), weights("column", (1, 1, 1, 8))],
    ),
    "moved": (
        [node("Transpose", "held", "e", perm=[3, 2, 1, 0])],
        [weights("held", (8, 8, 4, 100))],
    ),
    "from one to the next": (
        [node("Expand", "one s", "d"), node("Relu", "d", "r"), node("Identity", "r", "e")],
        [weights("one", (1,)), lengths("s", [100, 4, 8, 8])],
    ),
}


@pytest.mark.parametrize("name", GROWN)
def test_a_constant_that_is_computed_and_added_takes_memory(read, name):
    nodes, held = GROWN[name]
    network = read([*nodes, node("Add", "c e", "y")], held)
    # the sum is written over the constant, while the map that it is added to is still there
    peak = 100 * IMAGE + IMAGE
    assert peak_memory(network, BYTE).peak == peak
    assert Measures(network, BYTE).check("memory", peak).passed
    assert not Measures(network, BYTE).check("memory", peak - 1).passed


OWN_FORM = {
    "transposed weights": (
        [node("Transpose", "v", "t", perm=[1, 0, 2, 3]), node("Conv", "c t", "y", "second")],
        [weights("v", (4, 4, 3, 3))],
    ),
    "quantized weights": (
        [node("DequantizeLinear", "v scale", "t"), node("Conv", "c t", "y", "second")],
        [weights("v", (4, 4, 3, 3), TensorProto.INT8), weights("scale", ())],
    ),
    "quantized biases": (
        [node("DequantizeLinear", "b scale", "t"), node("Conv", "c v t", "y", "second")],
        [weights("v", (4, 4, 3, 3)), weights("b", (4,), TensorProto.INT32), weights("scale", ())],
    ),
    "a cast scale": (
        [node("Cast", "b", "t", to=1), node("BatchNormalization", "c t d d d", "y", "second")],
        [weights("b", (4,), TensorProto.FLOAT16), weights("d", (4,))],
    ),
}


@pytest.mark.parametrize("name", OWN_FORM)
def test_parameters_of_a_layer_take_storage_alone_in_whatever_form_it_reads_them(read, name):
    network = read(*OWN_FORM[name])
    assert [live.name for live in peak_memory(network, BYTE).live] == ["x", "c"]
    assert peak_memory(network, BYTE).peak == 2 * IMAGE


def test_biases_larger_than_the_file_holds_them_take_memory(tmp_path):
    made = model(
        [node("Expand", "b s", "e"), node("Gemm", "x w e", "y")],
        {"x": (50, 8)},
        [weights("w", (8, 10)), weights("b", (10,)), lengths("s", [50, 10])],
    )
    network = read_onnx(saved(tmp_path, made))
    assert "e" in [live.name for live in peak_memory(network, BYTE).live]


STORAGE = {
    "weights made of one number": (
        [node("Expand", "one s", "v"), node("Conv", "c v", "y", "second")],
        [weights("one", (1,)), lengths("s", [4, 4, 3, 3])],
    ),
    "beside a tensor of which half is used": (
        [
            node("Expand", "one s", "v"),
            node("Slice", "large zero four", "half"),
            node("Conv", "c v", "d", "second"),
            node("Conv", "d half", "y", "third"),
        ],
        [
            weights("one", (1,)),
            weights("large", (8, 4, 3, 3)),
            lengths("s", [4, 4, 3, 3]),
            lengths("zero", [0]),
            lengths("four", [4]),
        ],
    ),
}


@pytest.mark.parametrize("name", STORAGE)
def test_storage_is_not_known_where_one_layers_weights_are_not_in_the_file(read, name):
    network = read(*STORAGE[name])
    assert "does not hold all weights" in footprint(network, USUAL_EXECUTION).storage_reason
    measures = Measures(network, USUAL_EXECUTION)
    with pytest.raises(FieldError, match="storage is not known"):
        measures.check("storage", 10**9)
    with pytest.raises(FieldError, match="storage is not known"):
        measures.layer_check("storage", 10**9, network.layers[:1])


FROM_OUTSIDE = {
    "filters": ("Conv", {"x": (1, 8, 9, 9), "w": (16, 8, 3, 3)}, 16 * 8 * 9),
    "filters that come first": ("Conv", {"w": (16, 8, 3, 3), "x": (1, 8, 9, 9)}, 16 * 8 * 9),
    "a matrix on the right": ("MatMul", {"x": (1, 8), "w": (8, 5)}, 8 * 5),
    "a matrix that comes first": ("MatMul", {"w": (8, 5), "x": (1, 8)}, 8 * 5 + 8),
    "a matrix on the left": ("MatMul", {"a": (5, 8), "x": (8, 1)}, 8),
}


@pytest.mark.parametrize("name", FROM_OUTSIDE)
def test_weights_that_are_inputs_leave_weights_and_storage_unproved(tmp_path, name):
    op, inputs, elements = FROM_OUTSIDE[name]
    reads = "a x" if "a" in inputs else "x w"
    network = read_onnx(saved(tmp_path, model([node(op, reads, "y")], inputs)))
    assert network.weights == 0
    assert verdict(network, "weights", elements - 1) == "refused"
    assert footprint(network, USUAL_EXECUTION).storage is None


def test_a_product_of_the_first_input_with_itself_has_no_weights(tmp_path):
    made = model([node("Transpose", "x", "t", perm=[1, 0]), node("MatMul", "t x", "y")], {"x": (7, 8)})
    network = read_onnx(saved(tmp_path, made))
    assert verdict(network, "weights", 0) == "passed"
    assert footprint(network, USUAL_EXECUTION).storage == 0


@pytest.mark.parametrize("first", ["x", "w"])
def test_filters_that_an_exported_program_gets_leave_weights_and_storage_unproved(tmp_path, first):
    given = {"x": tensor(1, 8, 9, 9), "w": tensor(16, 8, 3, 3)}
    call = ("torch.ops.aten.conv2d.default", {"input": ref("x"), "weight": ref("w")}, ["y"])
    inputs = sorted(given, key=lambda name: name != first)
    made = program([call], {**given, "y": tensor(1, 16, 7, 7)}, inputs=inputs)
    network = read_pt2(archived(tmp_path, made))
    assert (network.weights, network.macs) == (0, 16 * 8 * 9 * 49)
    assert verdict(network, "weights", 16 * 8 * 9 - 1) == "refused"
    assert footprint(network, USUAL_EXECUTION).storage is None


@pytest.mark.parametrize(
    ("second", "more"),
    [((16, 8, 3, 3), 16 * 8 * 9), ((8, 3, 3), 8 * 9), ((16, 1, 1, 1), 0)],
    ids=["as large", "a map that broadcasts", "a scale of each channel"],
)
def test_weights_made_of_two_parameters_are_doubted_for_both(tmp_path, second, more):
    nodes = [
        ("torch.ops.aten.mul.Tensor", {"self": ref("p_a"), "other": ref("p_b")}, ["m"]),
        ("torch.ops.aten.conv2d.default", {"input": ref("x"), "weight": ref("m")}, ["y"]),
    ]
    sizes = {"x": tensor(1, 8, 9, 9), "p_a": tensor(16, 8, 3, 3), "p_b": tensor(*second)}
    sizes |= {"m": tensor(16, 8, 3, 3), "y": tensor(1, 16, 7, 7)}
    network = read_pt2(archived(tmp_path, program(nodes, sizes, parameters=["p_a", "p_b"])))
    counted = 16 * 8 * 9
    assert network.weights == counted
    asked = {most: verdict(network, "weights", most) for most in (counted - 1, counted + more)}
    assert asked == {counted - 1: "exceeded", counted + more: "passed"}
    if more:
        assert verdict(network, "weights", counted + more - 1) == "refused"


def test_an_exported_program_that_takes_no_input_is_counted(tmp_path):
    call = ("torch.ops.aten.linear.default", {"input": ref("p_a"), "weight": ref("p_w")}, ["y"])
    sizes = {"p_a": tensor(1, 8), "p_w": tensor(5, 8), "y": tensor(1, 5)}
    network = read_pt2(archived(tmp_path, program([call], sizes, parameters=["p_a", "p_w"], inputs=())))
    assert (network.weights, network.macs) == (5 * 8, 5 * 8)


def test_a_constant_that_an_exported_program_expands_takes_memory(tmp_path):
    nodes = [
        ("torch.ops.aten.expand.default", {"self": ref("p_one"), "size": {"as_ints": [100, 8]}}, ["e"]),
        ("torch.ops.aten.add.Tensor", {"self": ref("x"), "other": ref("e")}, ["y"]),
    ]
    sizes = {"x": tensor(1, 8), "p_one": tensor(1, 8), "e": tensor(100, 8), "y": tensor(100, 8)}
    network = read_pt2(archived(tmp_path, program(nodes, sizes, parameters=["p_one"])))
    assert peak_memory(network, BYTE).peak == 8 + 100 * 8


class Drawn:
    """A random graph over matrices, with what of it stands in memory as an operator runs.

    lines: an operator each, as `graph` of the claims on memory reads them.
    """

    def __init__(self, random):
        self.random = random
        self.nodes, self.held, self.lines = [], [], []
        self.shapes = {"x": (random.randint(1, 3), random.randint(1, 3))}
        self.exempt = set()
        for _ in range(random.randint(2, 9)):
            steps = [self.expanded, self.joined, self.added, self.product, self.turned, self.rectified]
            random.choice(steps)()

    def file(self, *shape):
        name = f"f{len(self.held)}"
        self.held.append(numpy_helper.from_array(np.ones(shape, np.float32), name))
        return name

    def whole(self, *numbers):
        name = f"n{len(self.held)}"
        self.held.append(numpy_helper.from_array(np.array(numbers, np.int64), name))
        return name

    def put(self, op, reads, shape, **said):
        name = f"t{len(self.nodes)}"
        self.nodes.append(node(op, " ".join(reads), name, **said))
        self.lines.append(f"{op} {' '.join(one for one in reads if one in self.shapes)} -> {name}")
        self.shapes[name] = shape
        return name

    @property
    def maps(self):
        return [name for name in self.shapes if name not in self.exempt]

    def any(self):
        return self.random.choice(self.maps)

    def expanded(self):
        rows, columns = self.random.randint(1, 4), self.random.randint(1, 3)
        op, second = self.random.choice([("Expand", (rows, columns)), ("Tile", (rows, 1))])
        self.put(op, [self.file(1, columns), self.whole(*second)], (rows, columns))

    def joined(self):
        one = self.any()
        rows, columns = self.shapes[one]
        like = [name for name in self.maps if self.shapes[name][1] == columns]
        other = self.random.choice([*like, self.file(1, columns)])
        self.put("Concat", [one, other], (rows + self.shapes.get(other, (1,))[0], columns), axis=0)

    def added(self):
        one = self.any()
        like = [name for name in self.maps if self.shapes[name] == self.shapes[one]]
        other = self.random.choice([*like, self.file(*self.shapes[one])])
        self.put("Add", self.random.sample([one, other], 2), self.shapes[one])

    def product(self):
        """A product by weights: as the file holds them, turned, or made of fewer."""
        one = self.any()
        rows, inner = self.shapes[one]
        columns = self.random.randint(1, 4)
        held = self.random.choice(["whole", "turned", "made"])
        if held == "whole":
            w = self.file(inner, columns)
        elif held == "turned":
            w = self.put("Transpose", [self.file(columns, inner)], (inner, columns), perm=[1, 0])
        else:
            w = self.put("Expand", [self.file(1, columns), self.whole(inner, columns)], (inner, columns))
        self.exempt |= {w} & self.shapes.keys()
        self.put("MatMul", [one, w], (rows, columns))

    def turned(self):
        one = self.random.choice([self.any(), None])
        shape = self.shapes[one] if one else (2, 3)
        self.put("Transpose", [one or self.file(*shape)], shape[::-1], perm=[1, 0])

    def rectified(self):
        one = self.any()
        self.put("Relu", [one], self.shapes[one])

    @property
    def outputs(self):
        read = {name for line in self.lines for name in line.split("->")[0].split()}
        return [name for name in self.shapes if name != "x" and name not in read]

    def model(self):
        outputs = [value(name, None) for name in self.shapes if name != "x"]
        inputs = [value("x", self.shapes["x"])]
        made = helper.make_graph(self.nodes, "graph", inputs, outputs, self.held)
        return helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def test_random_graphs_with_constants_take_what_running_them_takes(tmp_path):
    random = Random("constants")
    constants = 0
    for _ in range(tries(400)):
        drawn = Drawn(random)
        whole = drawn.model()
        ran = ReferenceEvaluator(whole).run(None, {"x": np.ones(drawn.shapes["x"], np.float32)})
        sizes = {one.name: prod(made.shape) for one, made in zip(whole.graph.output, ran, strict=True)}
        sizes = {name: 0 if name in drawn.exempt else size for name, size in sizes.items()}
        sizes["x"] = prod(drawn.shapes["x"])
        del whole.graph.output[:]
        whole.graph.output.extend(value(name, None) for name in drawn.outputs)
        found = peak_memory(read_onnx(saved(tmp_path, whole), unbatched=True), BYTE)
        taken = Run(graph(drawn.lines, sizes, drawn.outputs)).taken()
        assert [step.bytes for step in found.steps] == taken, drawn.lines
        constants += any(line.startswith(("Expand", "Tile")) for line in drawn.lines)
    assert constants > tries(400) // 4
