"""Memory for many inputs: a map that is not known to grow with them, nor to stay, leaves a limit unproved."""

from collections import Counter
from random import Random

import numpy as np
import pytest
from onnx import helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from sepcost.core.errors import FieldError
from sepcost.hardware.execution import Execution
from sepcost.hardware.machine import Machine
from sepcost.network.measure import Measures
from sepcost.network.memory import at_most
from sepcost.network.model import Tensor
from sepcost.network.onnx.read import read_onnx
from sepcost.network.pt2 import read_pt2
from tests.effort import tries
from tests.network.layers import network as network_of
from tests.network.onnx.models import lengths, model, node, saved, value, weights
from tests.network.pt2_archives import archived, program, ref, tensor
from tests.network.test_memory import Run, graph

BYTE = Execution(bytes=1)
EIGHT = 8
WIDTH = 16


def verdict(network, most, how=BYTE):
    try:
        return "passed" if Measures(network, how).check("memory", most).passed else "exceeded"
    except FieldError:
        return "refused"


STATES = {
    "a second input": ([], {"s": (2, 1, WIDTH)}),
    "made as long as the batch": (
        [
            node("Shape", "x", "n", start=0, end=1),
            node("Concat", "two n width", "m", axis=0),
            node("ConstantOfShape", "m", "s"),
        ],
        {},
    ),
    "a constant as long as the batch was": ([node("Expand", "one fixed", "s")], {}),
}


@pytest.fixture(params=STATES)
def network(request, tmp_path):
    """A product, and beside it a state of 2 by 1 by WIDTH: is the 1 the batch?"""
    before, inputs = STATES[request.param]
    held = [
        weights("w", (WIDTH, WIDTH)), lengths("two", [2]), lengths("width", [WIDTH]),
        weights("one", (1,)), lengths("fixed", [2, 1, WIDTH]),
    ]  # fmt: skip
    nodes = [*before, node("MatMul", "x w", "h"), node("Concat", "s h3 h3", "y", axis=0)]
    nodes.insert(-1, node("Unsqueeze", "h zero", "h3"))
    made = model(nodes, {"x": (1, WIDTH), **inputs}, [*held, lengths("zero", [0])])
    return read_onnx(saved(tmp_path, made)).for_batch(EIGHT)


def test_a_limit_is_proved_where_it_holds_however_a_state_grows(network):
    for most, expected in ((1, "exceeded"), (100 * EIGHT * WIDTH, "passed")):
        assert verdict(network, most) == expected
    least = Measures(network, BYTE).footprint.memory.peak
    assert verdict(network, least - 1) == "exceeded"
    assert verdict(network, least) == "refused"
    assert verdict(network, least + 2 * (EIGHT - 1) * WIDTH) == "passed"


def test_the_memory_of_a_machine_and_of_a_layer_is_proved_alike(network):
    least = Measures(network, BYTE).footprint.memory.peak
    (layer,) = network.layers
    own = Measures(network, BYTE).footprint.memory.of(layer.name)
    with pytest.raises(FieldError, match="for 8 inputs is not known"):
        Measures(network, BYTE).layer_check("memory", own, network.layers)
    stored = WIDTH * WIDTH + 7 + 4 * 8
    for machine in (Machine(1, 1, memory=least, storage=10**6), Machine(1, 1, memory=least + stored)):
        with pytest.raises(FieldError, match="for 8 inputs is not known"):
            Measures(network, Execution(machine, bytes=1)).fits()
    assert Measures(network, Execution(Machine(1, 1, memory=10**6), bytes=1)).fits()[0].passed


def test_one_input_takes_what_the_file_has(network):
    one = network.for_batch(1)
    assert verdict(one, Measures(one, BYTE).footprint.memory.peak) == "passed"


def test_maps_of_several_inputs_beside_one_another_may_grow(tmp_path):
    nodes = [node("MatMul", "x w", "h"), node("Concat", "h x", "y", axis=0)]
    made = model(nodes, {"x": (4, 10)}, [weights("w", (10, 10))])
    network = read_onnx(saved(tmp_path, made))
    assert network.leading.reason is None
    assert verdict(network.for_batch(4), 160) == "passed"
    assert verdict(network.for_batch(8), 319) == "refused"
    assert verdict(network.for_batch(8), 10**4) == "passed"


def test_a_token_that_an_exported_program_expands_may_be_one_for_each_input(tmp_path):
    nodes = [
        ("torch.ops.aten.expand.default", {"self": ref("p_one"), "size": {"as_ints": [1, 1, 8]}}, ["e"]),
        ("torch.ops.aten.cat.default", {"tensors": {"as_tensors": [{"name": "e"}, {"name": "x"}]}}, ["y"]),
    ]
    sizes = {"x": tensor(1, 1, 8), "p_one": tensor(1, 1, 8), "e": tensor(1, 1, 8), "y": tensor(1, 2, 8)}
    network = read_pt2(archived(tmp_path, program(nodes, sizes, parameters=["p_one"]))).for_batch(2)
    assert verdict(network, 16 + 8 + 32) == "refused"
    assert verdict(network, 16 + 16 + 32) == "passed"


def test_a_map_of_unknown_shape_stays_so_however_it_may_grow():
    grows, known = Tensor("m", None, batched=False, grows=1), Tensor("k", (3,), batched=False, grows=1)
    found = at_most(network_of(tensors=(grows, known), batch=4))
    assert [tensor.shape for tensor in found.tensors] == [None, (4, 3)]


class Drawn:
    """A random graph over maps of 4 by 4 a sample, whose first length is the batch."""

    def __init__(self, random):
        self.random, self.nodes, self.held, self.lines, self.maps = random, [], [], [], ["x"]
        steps = [self.moved, self.product, self.summed, self.joined, self.repeated, self.reshaped, self.added]
        for _ in range(random.randint(2, 6)):
            random.choice(steps)()

    def put(self, op, reads, **said):
        name = f"t{len(self.nodes)}"
        self.nodes.append(node(op, " ".join(reads), name, **said))
        self.lines.append(f"{op} {' '.join(one for one in reads if one in self.maps)} -> {name}")
        self.maps.append(name)

    def any(self):
        return self.random.choice(self.maps)

    def file(self, array):
        name = f"f{len(self.held)}"
        self.held.append(numpy_helper.from_array(array, name))
        return name

    def whole(self, *numbers):
        return self.file(np.array(numbers, np.int64))

    def moved(self):
        self.put("Transpose", [self.any()], perm=self.random.choice([[1, 0, 2], [0, 2, 1], [2, 1, 0]]))

    def product(self):
        right = self.file(np.ones((4, 4), np.float32))
        self.put("MatMul", [self.any(), self.random.choice([right, self.any()])])

    def summed(self):
        self.put("ReduceSum", [self.any(), self.whole(self.random.choice([0, 1]))])

    def joined(self):
        self.put("Concat", [self.any(), self.any()], axis=self.random.choice([0, 1, 2]))

    def repeated(self):
        self.put("Tile", [self.any(), self.whole(self.random.choice([1, 2]), 2, 1)])

    def reshaped(self):
        self.put("Reshape", [self.any(), self.whole(*self.random.choice([(1, -1, 4), (-1, 4, 4)]))])

    def added(self):
        self.put("Add", [self.any(), self.any()])

    @property
    def outputs(self):
        read = {name for line in self.lines for name in line.split("->")[0].split()}
        return [name for name in self.maps[1:] if name not in read]

    def model(self, batch, outputs):
        made = helper.make_graph(
            self.nodes,
            "graph",
            [value("x", (batch, 4, 4))],
            [value(name, None) for name in outputs],
            self.held,
        )
        return helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)

    def run(self, batch):
        """The bytes that running it takes, None where it cannot run at that batch."""
        ran = ReferenceEvaluator(self.model(batch, self.maps[1:]))
        try:
            found = ran.run(None, {"x": np.ones((batch, 4, 4), np.float32)})
        except (RuntimeError, TypeError, ValueError):
            return None
        sizes = {name: one.size for name, one in zip(self.maps[1:], found, strict=True)}
        return max(Run(graph(self.lines, {**sizes, "x": batch * 16}, self.outputs)).taken())


def test_no_limit_on_memory_passes_that_a_larger_batch_exceeds_when_it_runs(tmp_path):
    random = Random("growth")
    said = Counter()
    for _ in range(tries(600)):
        drawn = Drawn(random)
        written, batch = random.choice([2, 3, 4]), random.choice([2, 5, 8])
        taken = drawn.run(batch)
        if taken is None or drawn.run(written) is None:
            continue
        network = read_onnx(saved(tmp_path, drawn.model(written, drawn.outputs)))
        if network.leading.reason is None:
            found = network.for_batch(batch)
            assert verdict(found, taken - 1) != "passed", (written, batch, drawn.lines)
            said[verdict(found, taken)] += 1
    assert said["passed"] > said["refused"] > 0
