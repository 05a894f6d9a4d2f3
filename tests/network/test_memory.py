"""Memory: what lives at once, held to an oracle that runs graphs on tagged buffers."""

from __future__ import annotations

from collections import Counter
from math import prod
from random import Random

import pytest

from sepcost.core.errors import FieldError
from sepcost.hardware.execution import USUAL_EXECUTION, Execution
from sepcost.hardware.machine import Machine
from sepcost.network.memory import Live, footprint, peak_memory, stored
from sepcost.network.model import CONSTANT, WEIGHTS, Network, Operator, Parameter, Tensor
from sepcost.network.read import read_network
from tests.cli.program import ROOT
from tests.network.layers import conv, network

BYTE = Execution(bytes=1)
GRAPHS = 4000


def graph(operators, tensors, outputs, **fields):
    """A network of operators written 'op reads -> writes', and of maps by their lengths, batch 1."""
    made = []
    for number, line in enumerate(operators):
        read, written = line.split("->")
        op, *reads = read.split()
        made.append(Operator(f"{op.lower()}{number}", op, tuple(reads), tuple(written.split())))
    maps = tuple(Tensor(name, (1, length)) for name, length in tensors.items())
    return Network(
        "net", "onnx", (1, 1), (), operators=tuple(made), tensors=maps, outputs=tuple(outputs), **fields
    )


def test_a_chain_holds_what_is_read_and_what_is_written():
    net = graph(["Conv x -> a", "Conv a -> b", "Conv b -> y"], {"x": 3, "a": 8, "b": 4, "y": 6}, ["y"])
    found = peak_memory(net, BYTE)
    assert [step.bytes for step in found.steps] == [3 + 8, 8 + 4, 4 + 6]
    assert (found.peak, found.at) == (12, "conv1")
    assert found.live == (Live("a", 8), Live("b", 4))


def test_a_residual_is_held_until_it_is_added():
    net = graph(
        ["Conv x -> a", "Conv a -> b", "Conv b -> c", "Add c a -> y"],
        {"x": 1, "a": 8, "b": 4, "c": 8, "y": 8},
        ["y"],
    )
    # a waits for the sum, which is written over c, as only the sum reads that
    assert [step.bytes for step in peak_memory(net, BYTE).steps] == [1 + 8, 8 + 4, 8 + 4 + 8, 8 + 8]


def test_branches_are_held_until_they_join():
    net = graph(
        ["Conv x -> a", "Conv a -> b", "Conv a -> c", "Concat b c -> y"],
        {"x": 1, "a": 8, "b": 5, "c": 6, "y": 11},
        ["y"],
    )
    assert [step.bytes for step in peak_memory(net, BYTE).steps] == [9, 8 + 5, 8 + 5 + 6, 5 + 6 + 11]


def test_an_activation_is_done_in_place():
    net = graph(["Conv x -> a", "Relu a -> b", "Conv b -> y"], {"x": 3, "a": 8, "b": 8, "y": 2}, ["y"])
    found = peak_memory(net, BYTE)
    assert [step.bytes for step in found.steps] == [11, 8, 10]
    assert peak_memory(net, BYTE).live == (Live("a", 8), Live("x", 3))


def test_room_goes_by_the_map_that_an_operator_writes_there():
    sizes = {"x": 3, "a": 8, "b": 8, "chosen": 5, "y": 2}
    net = graph(["Conv x -> a", "Dropout a -> b chosen", "Conv b -> y"], sizes, ["y"])
    assert peak_memory(net, BYTE).live == (Live("b", 8), Live("chosen", 5))


@pytest.mark.parametrize(
    ("operators", "outputs", "at_the_relu"),
    [
        (["Conv x -> a", "Relu a -> b", "Add a b -> y"], ["y"], 16),
        (["Conv x -> a", "Relu a -> y"], ["y", "a"], 16),
        (["Identity x -> a", "Relu a -> y"], ["y"], 16),
        (["Conv x -> a", "Identity a -> v", "Relu a -> b", "Add v b -> y"], ["y"], 16),
        (["Conv x -> a", "Softmax a -> y"], ["y"], 16),
        (["Conv x -> a", "Reshape a -> v", "Relu v -> y"], ["y"], 8),
        (["Conv x -> a", "Mul a a -> y"], ["y"], 8),
    ],
    ids=["read again", "an output", "the input", "read through a view", "not elementwise", "a view", "twice"],
)
def test_what_is_still_wanted_is_not_overwritten(operators, outputs, at_the_relu):
    sizes = dict.fromkeys("xabvy", 8)
    named = {name: sizes[name] for name in sizes if any(name in line.split() for line in operators)}
    found = peak_memory(graph(operators, named, outputs), BYTE)
    place = next(i for i, line in enumerate(operators) if line.split()[0] in ("Relu", "Softmax", "Mul"))
    assert found.steps[place].bytes == at_the_relu


def test_a_map_of_other_bits_is_not_written_over():
    def steps(bits, how=USUAL_EXECUTION):
        maps = (Tensor("x", (1, 8), 32), Tensor("a", (1, 8), 32), Tensor("y", (1, 8), bits))
        chain = (Operator("c", "Conv", ("x",), ("a",)), Operator("q", "QuantizeLinear", ("a",), ("y",)))
        net = Network("net", "onnx", (1, 8), (), operators=chain, tensors=maps, outputs=("y",))
        return [step.bytes for step in peak_memory(net, how).steps]

    assert steps(32) == [8 * 4 + 8 * 4, 8 * 4]
    assert steps(8) == [8 * 4 + 8 * 4, 8 * 4 + 8]
    assert steps(4) == [8 * 4 + 8 * 4, 8 * 4 + 8 // 2]
    assert steps(8, BYTE) == [8 + 8, 8]


def test_views_take_nothing_and_keep_what_they_show():
    net = graph(
        ["Conv x -> a", "Flatten a -> v", "Conv a -> b", "Gemm v -> c", "Add b c -> y"],
        {"x": 1, "a": 8, "v": 8, "b": 3, "c": 3, "y": 3},
        ["y"],
    )
    assert [step.bytes for step in peak_memory(net, BYTE).steps] == [9, 8, 8 + 3, 8 + 3 + 3, 3 + 3]


def test_an_output_lives_to_the_end_and_what_nothing_reads_for_a_moment():
    net = graph(["Split x -> a b c", "Conv a -> y"], {"x": 9, "a": 2, "b": 3, "c": 4, "y": 5}, ["y", "b"])
    assert [step.bytes for step in peak_memory(net, BYTE).steps] == [9 + 2 + 3 + 4, 3 + 2 + 5]


def test_a_batch_multiplies_maps_that_have_it():
    maps = (Tensor("x", (1, 3), 8), Tensor("k", (4,), 8, batched=False), Tensor("y", (1, 5), 8))
    net = Network(
        "net", "onnx", (1, 3), (), operators=(Operator("p", "MatMul", ("x", "k"), ("y",)),), tensors=maps,
        outputs=("y",),
    )  # fmt: skip
    assert peak_memory(net, USUAL_EXECUTION).peak == 3 + 4 + 5
    assert peak_memory(net.for_batch(10), USUAL_EXECUTION).peak == 30 + 4 + 50


def test_the_peak_is_where_the_counted_layer_is():
    layer = conv("backbone/conv", reads=6400, writes=6400)
    operator = Operator("node_7", "Conv", ("x",), ("y",), layers=("backbone/conv",))
    maps = (Tensor("x", (1, 6400)), Tensor("y", (1, 6400)))
    net = network(layer, operators=(operator,), tensors=maps, outputs=("y",))
    found = peak_memory(net, USUAL_EXECUTION)
    assert (found.at, found.peak, found.of("backbone/conv")) == ("backbone/conv", 4 * 12800, 4 * 12800)
    assert found.of("other") is None


def test_a_published_network_is_where_its_authors_find_it():
    """MobileNetV1 0.25-224, int8: 8 maps of 112×112 are read and 16 written at the first pointwise stage."""
    net = read_network(str(ROOT / "examples" / "mobilenet_v1.toml"), width="0.25")
    found = peak_memory(net, BYTE)
    assert (found.peak, found.at) == ((8 + 16) * 112 * 112, "conv2/pointwise") == (301_056, "conv2/pointwise")


def test_a_file_has_its_own_types_and_one_without_any_those_of_the_machine():
    typed = network(parameters=(Parameter("w", 9, WEIGHTS, 4), Parameter("b", 3, WEIGHTS, 32)))
    untyped = network(parameters=(Parameter("w", 9, WEIGHTS), Parameter("b", 3, WEIGHTS)))
    machine = Execution(Machine(1, 1, bytes=2))
    assert [stored(typed, how) for how in (USUAL_EXECUTION, machine, BYTE)] == [5 + 3 * 4, 5 + 3 * 4, 12]
    assert [stored(untyped, how) for how in (USUAL_EXECUTION, machine, BYTE)] == [12 * 4, 12 * 2, 12]


def test_storage_is_not_known_where_a_file_with_types_has_none_for_one():
    held = (Parameter("w", 9, WEIGHTS, 4), Parameter("n", 5, CONSTANT))
    with pytest.raises(FieldError, match="the type of the parameter 'n' is not"):
        stored(network(parameters=held), USUAL_EXECUTION)
    assert stored(network(parameters=held), BYTE) == 14


@pytest.mark.parametrize(
    ("net", "reason"),
    [
        (network(conv("c")), "the file does not say in what order operators run"),
        (graph(["Conv x -> y"], {"x": 3}, ["y"]), "the size of the map 'y' is not"),
        (graph(["Loop x -> y"], {"x": 3, "y": 3}, ["y"]), "what runs inside 'Loop' is not"),
        (
            graph(["higher_order.cond x -> y"], {"x": 3, "y": 3}, ["y"]),
            "what runs inside 'higher_order.cond' is not",
        ),
    ],
)
def test_what_cannot_be_told_has_a_reason(net, reason):
    with pytest.raises(FieldError, match=reason):
        peak_memory(net, USUAL_EXECUTION)
    found = footprint(net, USUAL_EXECUTION)
    assert found.memory is None
    assert reason in found.memory_reason


def test_a_map_of_unknown_shape_has_no_size():
    maps = (Tensor("x", (1, 3)), Tensor("y", None))
    net = network(operators=(Operator("c", "Conv", ("x",), ("y",)),), tensors=maps, outputs=("y",))
    assert "'y'" in footprint(net, USUAL_EXECUTION).memory_reason


def test_weights_that_no_parameter_holds_leave_storage_unknown():
    found = footprint(network(conv("c")), USUAL_EXECUTION)
    assert found.storage is None
    assert found.storage_reason == "is not known: the file does not hold all weights, or does not say so"
    assert footprint(network(), USUAL_EXECUTION).storage == 0


def test_weights_that_are_made_while_it_runs_leave_storage_unknown():
    held = (Parameter("shape", 4, CONSTANT), Parameter("w", 64 * 64 * 9 - 1, WEIGHTS))
    assert footprint(network(conv("c"), parameters=held, all_held=False), USUAL_EXECUTION).storage is None
    assert footprint(network(conv("c")), USUAL_EXECUTION).storage is None
    whole = (Parameter("w", 64 * 64 * 9, WEIGHTS),)
    assert footprint(network(conv("c"), parameters=whole), USUAL_EXECUTION).storage == 64 * 64 * 9 * 4


class Run:
    """A network as it runs: buffers that each hold the elements of one map until nothing is to read them."""

    def __init__(self, net):
        self.net = net
        self.size = {tensor.name: prod(tensor.shape) for tensor in net.tensors}
        made = {name: operator for operator in net.operators for name in operator.writes}
        self.given = [name for name in self.size if name not in made]
        self.shown = {}  # each map -> the one whose elements it shows
        for name in self.size:
            root = name
            while root in made and made[root].op == "Reshape":
                root = made[root].reads[0]
            self.shown[name] = root
        self.returned = {self.shown[name] for name in net.outputs}
        self.waiting = Counter(self.shown[name] for operator in net.operators for name in operator.reads)
        self.buffers = {}  # tag of what a buffer holds -> its bytes

    def taken(self):
        """Run it; return what is taken at each operator."""
        self.buffers = {name: self.size[name] for name in self.given}
        self.reused = 0
        return [self.step(operator) for operator in self.net.operators]

    def step(self, operator):
        (result,) = operator.writes
        reads = [self.shown[name] for name in operator.reads]
        assert self.buffers.keys() >= set(reads), "gone or overwritten before it is read"
        self.waiting.subtract(reads)
        if operator.op != "Reshape":
            spare = [name for name in reads if self.is_spare(name, operator)]
            if operator.op in ("Relu", "Add") and any(self.size[n] == self.size[result] for n in spare):
                del self.buffers[next(n for n in spare if self.size[n] == self.size[result])]
                self.reused += 1
            self.buffers[result] = self.size[result]
        now = sum(self.buffers.values())
        done = [n for n in self.buffers if not self.waiting[n] and n not in self.returned]
        for name in done:
            del self.buffers[name]
        return now

    def is_spare(self, root, operator):
        """Whether this operator alone works on a map, the last to do so, and nobody outside holds it."""
        others = [
            each
            for each in self.net.operators
            if each is not operator and each.op != "Reshape" and root in [self.shown[n] for n in each.reads]
        ]
        return not others and not self.waiting[root] and root not in {*self.given, *self.returned}


def random_graph(random):
    """A graph of a few operators over maps of few sizes, so that much can be done in place."""
    tensors = {f"x{i}": random.randint(1, 4) for i in range(random.randint(1, 2))}
    operators, known = [], list(tensors)
    for number in range(random.randint(1, 9)):
        op = random.choice(["Conv", "Conv", "Relu", "Relu", "Add", "Reshape", "Concat"])
        recent = known[-3:] if random.random() < 0.7 else known
        reads = [random.choice(recent) for _ in range(2 if op in ("Add", "Concat") else 1)]
        result = f"t{number}"
        lengths = [tensors[name] for name in reads]
        tensors[result] = {
            "Conv": random.randint(1, 4),
            "Concat": sum(lengths),
            "Add": max(lengths),
        }.get(op, lengths[0])
        operators.append(f"{op} {' '.join(reads)} -> {result}")
        known.append(result)
    unread = [name for name in known if not any(name in line.split("->")[0].split() for line in operators)]
    outputs = {known[-1], *random.sample(known, k=random.randint(0, 2)), *unread[: random.randint(0, 2)]}
    return graph(operators, tensors, sorted(outputs))


def test_random_graphs_take_what_running_them_takes():
    random = Random("graphs")
    reused = views = 0
    for _ in range(GRAPHS):
        net = random_graph(random)
        found, ran = peak_memory(net, BYTE), Run(net)
        taken = ran.taken()
        assert [step.bytes for step in found.steps] == taken, net.operators
        assert found.peak == max(taken) == sum(live.bytes for live in found.live)
        assert found.at == found.steps[taken.index(found.peak)].at
        assert ran.buffers.keys() == ran.returned, "an output is lost"
        reused += ran.reused
        views += any(operator.op == "Reshape" for operator in net.operators)
    assert min(reused, views) > GRAPHS // 4
