"""No limit passes that is not proved: it holds what a run of the graph counts."""

from itertools import product
from math import prod

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper, printer

from sepcost.core.errors import FileError
from sepcost.hardware.execution import USUAL_EXECUTION
from sepcost.network.doubts import doubts
from sepcost.network.measure import Measures
from sepcost.network.model import HeldOperator, Leading
from sepcost.network.onnx.read import read_onnx
from tests.effort import tries
from tests.network.executed import Run
from tests.network.onnx.models import FLOAT, lengths, model, node, saved, value, weights

FILTERS = (16, 8, 3, 3)
NINE = {"pads": [1, 1, 1, 1]}


def verdict(network, metric, most, allow=()):
    """What a limit says: 'refused' where it proves nothing, else 'passed' or 'exceeded'."""
    if list(doubts(network, {metric: most}, allow)):
        return "refused"
    return "passed" if Measures(network, USUAL_EXECUTION).check(metric, most).passed else "exceeded"


@pytest.fixture
def read(tmp_path):
    return lambda made, **said: read_onnx(saved(tmp_path, made), **said)


PICTURES = {
    "channels, rows, columns": ([node("Unsqueeze", "x zero", "i")], {"x": (8, 16, 16)}),
    "rows, columns, channels": (
        [node("Transpose", "x", "t", perm=[2, 0, 1]), node("Unsqueeze", "t zero", "i")],
        {"x": (16, 16, 8)},
    ),
    "beside another input": (
        [node("MatMul", "boxes boxes_t", "b"), node("Identity", "x", "i")],
        {"boxes": (256, 4), "x": (1, 8, 16, 16)},
    ),
}


@pytest.mark.parametrize("name", PICTURES)
def test_the_first_length_of_a_picture_is_no_batch(read, name):
    before, inputs = PICTURES[name]
    held = [lengths("zero", [0]), weights("w", FILTERS), weights("boxes_t", (4, 1))]
    network = read(model([*before, node("Conv", "i w", "y", **NINE)], inputs, held))
    boxes = 256 * 4 if "boxes" in inputs else 0
    macs = boxes + 16 * 8 * 9 * 16 * 16
    assert network.macs == macs
    assert network.leading.divided_out == 1
    assert network.input == next(iter(inputs.values()))
    assert [verdict(network, "macs", most) for most in (macs - 1, macs)] == ["exceeded", "passed"]


def test_a_batch_that_is_transposed_reshaped_and_multiplied_is_divided_out(read):
    """Attention of two heads over a batch of 4: tokens first, then the heads with the batch."""
    made = model(
        [
            node("Transpose", "x", "t", perm=[1, 0, 2]),  # 4x5x6 -> 5x4x6
            node("MatMul", "t w", "q"),
            node("Reshape", "q s", "h"),  # 5 tokens, 4 * 2 heads, 3
            node("Transpose", "h", "a", perm=[1, 0, 2]),
            node("Transpose", "h", "b", perm=[1, 2, 0]),
            node("MatMul", "a b", "y"),
        ],
        {"x": (4, 5, 6)},
        [weights("w", (6, 6)), lengths("s", [5, 8, 3])],
    )
    network = read(made)
    assert network.leading == Leading(4)
    assert [layer.macs for layer in network.layers] == [5 * 6 * 6, 2 * 5 * 3 * 5]
    assert read(made, unbatched=True).macs == 4 * network.macs


def test_a_batch_that_meets_itself_is_none(read):
    made = model([node("Transpose", "x", "t"), node("MatMul", "w t", "a"), node("MatMul", "a x", "y")],
                 {"x": (4, 5)}, [weights("w", (3, 5))])  # fmt: skip
    network = read(made)
    assert network.macs == 3 * 5 * 4 + 3 * 4 * 5
    assert "mixes what it has" in network.leading.reason


RUN_TIME_FACTORS = {
    "Mul": [node("Mul", "w s", "v")],
    "Where": [node("Where", "c w zeros", "v")],
    "DequantizeLinear": [node("Cast", "w", "w8", to=TensorProto.INT8), node("DequantizeLinear", "w8 s", "v")],
    "several": [node("Mul", "s w", "m"), node("Transpose", "m", "t", perm=[1, 0, 2, 3]),
                node("Concat", "t t", "d", axis=0), node("Slice", "d zero eight zero", "e"),
                node("Transpose", "e", "v", perm=[1, 0, 2, 3])],
}  # fmt: skip


@pytest.mark.parametrize("name", RUN_TIME_FACTORS)
def test_numbers_of_the_file_are_weights_whatever_they_are_multiplied_by(read, name):
    held = [weights("w", FILTERS), weights("zeros", ()), lengths("zero", [0]), lengths("eight", [8])]
    made = model(
        [*RUN_TIME_FACTORS[name], node("Conv", "x v", "y")],
        {"x": (1, 8, 16, 16), "s": ()},
        held,
    )
    made.graph.input.append(value("c", FILTERS, TensorProto.BOOL))
    network = read(made)
    assert network.weights == 16 * 8 * 9
    assert verdict(network, "weights", 16 * 8 * 9) == "passed"


def test_a_table_whose_rows_are_weights_is_held_whole(read):
    made = model(
        [node("Gather", "experts which", "e"), node("MatMul", "x e", "y")],
        {"x": (1, 4)},
        [weights("experts", (10, 4, 3))],
    )
    made.graph.input.append(value("which", (), TensorProto.INT64))
    network = read(made)
    assert (network.weights, network.macs) == (10 * 4 * 3, 4 * 3)


def test_an_embedding_holds_its_table_and_multiplies_nothing(read):
    made = model(
        [
            node("Gather", "table tokens", "e", "embed"),
            node("Transpose", "table", "t"),
            node("MatMul", "e t", "y", "head"),
        ],
        {},
        [weights("table", (1000, 16))],
    )
    made.graph.input.append(value("tokens", (1, 7), TensorProto.INT64))
    network = read(made)
    embed, head = network.layers
    assert (embed.kind, embed.weights, embed.macs) == ("embedding", 1000 * 16, 0)
    assert (head.shares, head.macs) == ("embed", 7 * 16 * 1000)
    assert network.weights == 1000 * 16
    assert [operator.op for operator in network.free] == ["Transpose"]


def uncertain(network, metric, counted, more):
    """A limit below what is counted is exceeded, one above all there may be passes, others are refused."""
    asked = (counted - 1, counted, counted + more - 1, counted + more)
    return [verdict(network, metric, most) for most in asked if most >= 0]


def test_weights_that_are_inputs_may_be_there(read):
    made = model([node("Conv", "x w", "y")], {"x": (1, 8, 16, 16), "w": FILTERS})
    network = read(made)
    assert network.weights == 0
    assert network.held == (HeldOperator("Conv", 16 * 8 * 9, 0),)
    assert uncertain(network, "weights", 0, 16 * 8 * 9) == ["refused", "refused", "passed"]
    assert verdict(network, "weights", 1, ["Conv"]) == "passed"


def test_weights_of_which_a_condition_chooses_may_be_inputs_too(read):
    """In one branch a graph's input, in the other another."""
    branches = {
        name: helper.make_graph([node("Identity", given, "o")], name, [], [value("o", None)])
        for name, given in (("then_branch", "one"), ("else_branch", "other"))
    }
    made = model(
        [node("If", "c", "w", **branches), node("Conv", "x w", "y")],
        {"x": (1, 8, 16, 16), "one": FILTERS, "other": FILTERS},
    )
    made.graph.input.append(value("c", (), TensorProto.BOOL))
    assert uncertain(read(made), "weights", 0, 16 * 8 * 9) == ["refused", "refused", "passed"]


LATENTS = {
    "a recurrent layer": (
        [node("LSTM", "latents w r", "y")], {"w": (1, 16, 8), "r": (1, 16, 4)}, 16 * 8 + 16 * 4
    ),
    "an attention that projects": (
        [helper.make_node("Attention", ["latents", "w"], ["y"], domain="com.microsoft", num_heads=2)],
        {"w": (8, 24)},
        8 * 24,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LATENTS)
def test_a_map_that_the_file_holds_may_be_learned(read, name):
    nodes, held, counted = LATENTS[name]
    stored = [weights("latents", (5, 1, 8)), *(weights(*one) for one in held.items())]
    network = read(model(nodes, {"x": (1, 8)}, stored, domains=["com.microsoft"]))
    expected = ["exceeded", "refused", "refused", "passed"]
    assert uncertain(network, "weights", counted, 5 * 8) == expected


def test_keys_and_values_of_a_learned_prefix_may_be_weights(read):
    made = model(
        [helper.make_node("Attention", ["x", "x", "x", "", "keys", "values"], ["y", "p", "q"])],
        {"x": (1, 2, 5, 4)},
        [weights("keys", (1, 2, 3, 4)), weights("values", (1, 2, 3, 4))],
        opset=23,
    )
    network = read(made)
    assert network.macs == 2 * (2 * 5 * (3 + 5) * 4)
    assert uncertain(network, "weights", 0, 2 * (2 * 3 * 4)) == ["refused", "refused", "passed"]


def test_a_table_that_is_an_input_is_doubted_as_weights_alone(read):
    """How many rows it has is known: of what costs MACs, nothing is left open."""
    made = model(
        [node("Cast", "i", "j", to=TensorProto.INT64), node("Gather", "t j", "y")],
        {"x": (1, 3), "i": (1, 3), "t": (10, 4)},
    )
    network = read(made)
    assert network.opaque == ()
    assert network.held == (HeldOperator("Gather", 10 * 4, 0),)
    assert verdict(network, "macs", 0) == "passed"


def test_weights_that_are_a_product_of_two_stored_tensors_are_those_of_both(read):
    """A matrix that broadcasts is no scale of channels: the file holds 2 * 2 * 2 numbers and 2 * 2."""
    made = model(
        [node("Mul", "a b", "w"), node("Conv", "x w", "y")],
        {"x": (1, 2, 2)},
        [weights("a", (2, 2, 2)), weights("b", (2, 2))],
    )
    network = read(made)
    assert network.weights == 2 * 2 * 2 + 2 * 2
    assert [verdict(network, "weights", most) for most in (11, 12)] == ["exceeded", "passed"]
    scaled = model(
        [node("Mul", "a s", "w"), node("Conv", "x w", "y")],
        {"x": (1, 2, 2)},
        [weights("a", (2, 2, 2)), weights("s", (2, 1, 1))],
    )
    assert read(scaled).weights == 2 * 2 * 2


def test_a_product_written_as_mul_and_sum_may_be_there(read):
    made = model(
        [node("Conv", "i k", "c"), node("Mul", "x w", "m"), node("ReduceSum", "m one", "y", keepdims=0)],
        {"x": (1, 64), "i": (1, 1, 2, 2)},
        [weights("w", (10, 64)), lengths("one", [1]), weights("k", (1, 1, 1, 1))],
    )
    network = read(made)
    assert network.held == (HeldOperator("Mul", 10 * 64, 10 * 64),)
    for metric, counted in (("weights", 1), ("macs", 2 * 2)):
        assert uncertain(network, metric, counted, 10 * 64) == ["exceeded", "refused", "refused", "passed"]


def test_scales_biases_and_normalizations_are_not_doubted(read):
    made = model(
        [
            node("Conv", "x w b", "c"),
            node("Mul", "c scale", "m"),
            node("Add", "m scale", "a"),
            node("ReduceMean", "a axes", "y"),
        ],
        {"x": (1, 8, 16, 16)},
        [weights("w", FILTERS), weights("b", (16,)), weights("scale", (16, 1, 1)), lengths("axes", [2, 3])],
    )
    assert read(made).held == ()


def test_of_what_becomes_of_weights_in_a_softmax_nothing_is_known(read):
    made = model(
        [node("Mul", "w s", "m"), node("Softmax", "m", "v", axis=1), node("Conv", "x v", "y")],
        {"x": (1, 8, 16, 16), "s": ()},
        [weights("w", FILTERS)],
    )
    network = read(made)
    assert network.weights == 0
    assert uncertain(network, "weights", 0, 16 * 8 * 9) == ["refused", "refused", "passed"]


def branch(out, size, repeat):
    """A branch of `repeat` products by weights of `size` numbers."""
    nodes = [node("MatMul", "x w", f"m{number}") for number in range(repeat)]
    nodes.append(node("ReduceMax", "m0", out, keepdims=0))
    return helper.make_graph(nodes, "branch", [], [value(out, None)], [weights("w", (4, size))])


def test_each_limit_takes_the_branch_that_is_larger_in_its_own_measure(read):
    few, many = branch("a", 5, 100), branch("b", 50, 1)  # 20 weights, 2,000 MACs; 200 of each
    made = model([node("If", "c", "y", then_branch=few, else_branch=many)], {"x": (1, 4)})
    made.graph.input.append(value("c", (), TensorProto.BOOL))
    network = read(made)
    assert (network.weights, network.macs) == (4 * 5, 100 * 4 * 5)
    assert [verdict(network, "weights", most) for most in (199, 200)] == ["exceeded", "passed"]
    assert [verdict(network, "macs", most) for most in (1999, 2000)] == ["exceeded", "passed"]
    assert [(layer.weights, layer.macs) for layer in network.others] == [(4 * 50, 4 * 50)]


def test_a_branch_that_cannot_run_at_its_sizes_is_not_there(read):
    small, large = branch("a", 5, 1), branch("b", 50, 1)
    large.initializer[0].dims[0] = 7
    for then, otherwise in ((small, large), (large, small)):
        made = model([node("If", "c", "y", then_branch=then, else_branch=otherwise)], {"x": (1, 4)})
        made.graph.input.append(value("c", (), TensorProto.BOOL))
        network = read(made)
        assert (network.weights, network.others) == (4 * 5, ())
    made = model([node("If", "c", "y", then_branch=large, else_branch=large)], {"x": (1, 4)})
    made.graph.input.append(value("c", (), TensorProto.BOOL))
    with pytest.raises(FileError, match="multiplies 1x4 and 7x50, which do not fit each other"):
        read(made)


MOST_PRODUCTS = 3000
SMALL = st.integers(1, 3)


class Graph:
    """A graph as it is drawn: nodes, initializers and the shape of every tensor."""

    def __init__(self, draw):
        self.draw = draw
        self.nodes, self.held, self.inputs = [], [], []
        self.shapes, self.places = {}, {}
        self.ifs = self.products = 0

    def name(self, shape):
        name = f"t{len(self.shapes)}"
        self.shapes[name] = tuple(shape)
        return name

    def given(self, shape, type_=FLOAT):
        name = self.name(shape)
        self.inputs.append(value(name, shape, type_))
        return name

    def file(self, shape):
        name = self.name(shape)
        self.held.append(numpy_helper.from_array(np.ones(shape, np.float32), name))
        return name

    def whole(self, *numbers):
        name = f"n{len(self.held)}"
        self.held.append(lengths(name, numbers))
        return name

    def add(self, op, inputs, shape, **said):
        name = self.name(shape)
        self.nodes.append(node(op, " ".join(inputs), name, f"{op}{name}", **said))
        return name

    def any(self):
        """A tensor that there is, or one that the file holds."""
        known = [name for name, shape in self.shapes.items() if shape and self.floats(name)]
        if self.draw(st.booleans()):
            return self.draw(st.sampled_from(known))
        return self.file(self.draw(st.lists(SMALL, min_size=1, max_size=4)))

    def floats(self, name):
        return all(one.name != name or one.type.tensor_type.elem_type == FLOAT for one in self.inputs)

    def model(self, result):
        outputs = [value(result, None)]
        graph = helper.make_graph(self.nodes, "graph", self.inputs, outputs, self.held)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def reshaped(graph, x):
    shape = list(graph.shapes[x])
    if graph.draw(st.booleans()):
        shape = [*shape[:-2], prod(shape[-2:])] if len(shape) > 1 else shape
    else:
        shape.insert(graph.draw(st.integers(0, len(shape))), 1)
    return graph.add("Reshape", [x, graph.whole(*shape)], shape)


def transposed(graph, x):
    order = graph.draw(st.permutations(range(len(graph.shapes[x]))))
    return graph.add("Transpose", [x], [graph.shapes[x][axis] for axis in order], perm=order)


def joined(graph, x):
    axis = graph.draw(st.integers(0, len(graph.shapes[x]) - 1))
    other = graph.file(graph.shapes[x]) if graph.draw(st.booleans()) else x
    shape = [n * 2 if one == axis else n for one, n in enumerate(graph.shapes[x])]
    return graph.add("Concat", [x, other], shape, axis=axis)


def cut(graph, x):
    axis = graph.draw(st.integers(0, len(graph.shapes[x]) - 1))
    shape = [1 if one == axis else n for one, n in enumerate(graph.shapes[x])]
    return graph.add("Slice", [x, graph.whole(0), graph.whole(1), graph.whole(axis)], shape)


def combined(graph, x):
    op = graph.draw(st.sampled_from(["Add", "Mul"]))
    shape = graph.shapes[x]
    other = graph.draw(st.sampled_from([shape, shape[1:], shape[:1] + (1,) * len(shape[1:]), (1,)]))
    second = graph.file(other) if graph.draw(st.booleans()) else graph.given(other)
    return graph.add(op, graph.draw(st.permutations([x, second])), shape)


def chosen(graph, x):
    condition = graph.given(graph.shapes[x], TensorProto.BOOL)
    return graph.add("Where", [condition, x, graph.file(graph.shapes[x])], graph.shapes[x])


def scaled(graph, x):
    return graph.add("Mul", [x, graph.given(())], graph.shapes[x])


def softened(graph, x):
    axis = graph.draw(st.integers(0, len(graph.shapes[x]) - 1))
    return graph.add("Softmax", [x], graph.shapes[x], axis=axis)


def looked_up(graph, x):
    rest = graph.shapes[x][1:]
    places = graph.given(graph.draw(st.lists(SMALL, max_size=2)), TensorProto.INT64)
    table = graph.file((4, *rest, 2))
    return graph.add("Gather", [table, places], (*graph.shapes[places], *rest, 2))


def added_up(graph, x):
    axis = graph.draw(st.integers(0, len(graph.shapes[x]) - 1))
    keep = graph.draw(st.booleans()) or len(graph.shapes[x]) == 1
    shape = [1 if one == axis else n for one, n in enumerate(graph.shapes[x])]
    if not keep:
        del shape[axis]
    graph.products += prod(graph.shapes[x])
    return graph.add("ReduceSum", [x, graph.whole(axis)], shape, keepdims=int(keep))


def matrix_product(graph, x):
    shape = graph.shapes[x]
    assume(len(shape) > 1)
    inner, n = shape[-1], graph.draw(SMALL)
    known = [name for name, other in graph.shapes.items() if len(other) == 2 and other[0] == inner]
    known = [name for name in known if graph.floats(name)]
    w = graph.draw(st.sampled_from(known)) if known and graph.draw(st.booleans()) else None
    if w is None:
        w = graph.file((inner, n))
        w = graph.draw(st.sampled_from([lambda _, w: w, scaled, chosen, softened]))(graph, w)
    out = (*shape[:-1], graph.shapes[w][1])
    graph.products += prod(out) * inner
    return graph.add("MatMul", [x, w], out)


def convolution(graph, x):
    shape = graph.shapes[x]
    assume(len(shape) in (3, 4))
    n_o = graph.draw(SMALL)
    kernel = [graph.draw(st.integers(1, length)) for length in shape[2:]]
    w = graph.file((n_o, shape[1], *kernel))
    w = graph.draw(st.sampled_from([lambda _, w: w, scaled, chosen, combined, softened]))(graph, w)
    out = (shape[0], n_o, *(a - b + 1 for a, b in zip(shape[2:], kernel, strict=True)))
    graph.products += prod(out) * prod(graph.shapes[w][1:])
    return graph.add("Conv", [x, w], out)


def branched(graph, x):
    """An If of two products, of which one has the more weights and the other may have more MACs."""
    assume(graph.ifs < 2 and len(graph.shapes[x]) > 1)
    graph.ifs += 1
    branches = []
    out = (*graph.shapes[x][:-1], 2)
    for inner in (graph.shapes[x][-1], graph.shapes[x][-1] * graph.draw(SMALL)):
        branch = Graph(graph.draw)
        branch.shapes = dict(graph.shapes)
        read = x
        if inner != graph.shapes[x][-1]:
            read = branch.add(
                "Concat", [x] * (inner // graph.shapes[x][-1]), (*out[:-1], inner), axis=len(out) - 1
            )
        w = branch.file((inner, 2))
        result = branch.add("MatMul", [read, w], out)
        graph.products += prod(out) * inner
        branches.append(helper.make_graph(branch.nodes, "branch", [], [value(result, None)], branch.held))
        graph.shapes.update({name: () for name in branch.shapes if name not in graph.shapes})
    condition = graph.given((), TensorProto.BOOL)
    return graph.add("If", [condition], out, then_branch=branches[0], else_branch=branches[1])


STEPS = [
    reshaped, transposed, joined, cut, combined, chosen, scaled, softened, looked_up, added_up,
    matrix_product, matrix_product, convolution, convolution, branched,
]  # fmt: skip


@st.composite
def models(draw):
    """A model of a few nodes, and how many choices it has."""
    graph = Graph(draw)
    last = graph.given(draw(st.lists(SMALL, min_size=2, max_size=4)))
    for step in draw(st.lists(st.sampled_from(STEPS), min_size=1, max_size=6)):
        x = last if draw(st.booleans()) else graph.any()
        if step in (matrix_product, branched) and len(graph.shapes[x]) < 2:
            continue
        if step is convolution and len(graph.shapes[x]) not in (3, 4):
            continue
        if step is branched and graph.ifs:
            continue
        assume(prod(graph.shapes[x]) < 100)
        last = step(graph, x)
        assume(graph.products < MOST_PRODUCTS)
    graph.nodes.append(node("Identity", last, "end"))
    return graph.model("end"), graph.ifs


def counted(made, ifs):
    """What runs of a graph count, the most over all choices: weights and MACs."""
    runs = [Run(made.graph, chosen) for chosen in product((0, 1), repeat=ifs)]
    return {"weights": max(len(run.weights) for run in runs), "macs": max(run.macs for run in runs)}


@settings(max_examples=tries(60))
@given(models())
def test_a_limit_that_passes_holds_what_a_run_counts(tmp_path_factory, drawn):
    made, ifs = drawn
    network = read_onnx(saved(tmp_path_factory.mktemp("gate"), made))
    truth = counted(made, ifs)
    for metric, count in truth.items():
        said = verdict(network, metric, count - 1)
        assert said != "passed", f"{metric} are {count}: {printer.to_text(made)}"
