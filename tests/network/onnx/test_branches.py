"""What is inside an ONNX model: branches, loops, functions and operators that nobody knows."""

import pytest
from onnx import TensorProto, helper

from tests.network.onnx.models import (
    function,
    lengths,
    model,
    node,
    value,
    weights,
)


def branch(op, size):
    """A branch that multiplies the outer `x` by weights of its own, under a name of both branches."""
    out = f"out_{size}"
    return helper.make_graph(
        [node("MatMul", "x w", "m"), node(op, "m", out)],
        "branch",
        [],
        [value(out, None)],
        [weights("w", (4, size))],
    )


def test_if_counts_its_larger_branch(read):
    for then, otherwise in ((3, 5), (5, 3)):
        one = node("If", "c", "y", then_branch=branch("Relu", then), else_branch=branch("Tanh", otherwise))
        made = model([one], {"x": (1, 4)})
        made.graph.input.append(value("c", (), TensorProto.BOOL))
        network = read(made)
        assert (network.weights, network.macs) == (4 * 5, 4 * 5)
        assert [operator.op for operator in network.free] == ["Relu" if then == 5 else "Tanh"]


def test_an_opaque_operator_of_the_smaller_branch_still_shows(read):
    one = node("If", "c", "y", then_branch=branch("Det", 3), else_branch=branch("Relu", 5))
    made = model([one], {"x": (1, 4)})
    made.graph.input.append(value("c", (), TensorProto.BOOL))
    assert [operator.op for operator in read(made).opaque] == ["Det"]


@pytest.mark.parametrize("op", ["Loop", "Scan"])
def test_loops_are_opaque_whatever_is_in_them(read, op):
    inputs, outputs, nodes = ["i", "go", "s"], ["go", "t"], [node("MatMul", "s w", "t")]
    one = node("Loop", "n go x", "y")
    if op == "Scan":
        inputs, outputs = ["s", "piece"], ["t", "copy"]
        nodes.append(node("Identity", "piece", "copy"))
        one = node("Scan", "x x", "y z", num_scan_inputs=1)
    ends = [[value(name, None) for name in names] for names in (inputs, outputs)]
    one.attribute.append(helper.make_attribute("body", helper.make_graph(nodes, "body", *ends)))
    held = [lengths("n", [3]), weights("go", (), TensorProto.BOOL), weights("w", (4, 4))]
    network = read(model([one], {"x": (1, 4)}, held))
    assert network.layers == ()
    assert [(operator.op, operator.count) for operator in network.opaque] == [(op, 1)]


def held_inside(numbers):
    """A graph that holds as many elements, half of them in a Constant."""
    half = numbers // 2
    constant = helper.make_tensor("c", TensorProto.FLOAT, [half], [1.0] * half)
    nodes = [node("Constant", "", "c", value=constant), node("Concat", "c w", "out", axis=0)]
    return helper.make_graph(nodes, "inside", [], [value("out", None)], [weights("w", (half,))])


NOT_RUN = {
    "the other branch": node("If", "no", "h", then_branch=held_inside(200), else_branch=held_inside(2)),
    "a loop": node("Scan", "x", "h", num_scan_inputs=1, body=held_inside(202)),
    "a foreign operator": node("Own", "x", "h", domain="own", graph=held_inside(202)),
    "a branch in a foreign operator": node(
        "Own", "x", "h", domain="own",
        graph=helper.make_graph(
            [node("If", "x", "o", then_branch=held_inside(200), else_branch=held_inside(2))],
            "inside", [], [value("o", None)],
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize("one", NOT_RUN.values(), ids=NOT_RUN)
def test_what_a_graph_holds_is_stored_even_where_it_is_not_followed(read, one):
    no = helper.make_tensor("no", TensorProto.BOOL, [], [False])
    made = model(
        [one, node("MatMul", "x v", "y")], {"x": (1, 4)}, [weights("v", (4, 5)), no], domains=["own"]
    )
    assert sum(parameter.elements for parameter in read(made).parameters) == 202 + 4 * 5 + 1


@pytest.mark.parametrize(
    ("said", "elements", "bits"),
    [
        ({"value_floats": [1.0] * 6}, 6, 32),
        ({"value_ints": [1] * 6}, 6, 64),
        ({"value_float": 1.0}, 1, 32),
        ({"value_int": 1}, 1, 64),
        ({"value_string": "a"}, None, None),
    ],
)
def test_what_a_constant_writes_is_stored_whatever_attribute_has_it(read, said, elements, bits):
    made = model(
        [node("Constant", "", "c", **said), node("MatMul", "x v", "y")], {"x": (1, 4)}, [weights("v", (4, 5))]
    )
    found = [(one.elements, one.bits) for one in read(made).parameters if one.name == "c"]
    assert found == ([] if elements is None else [(elements, bits)])


def test_a_standard_operator_that_nobody_knows_is_opaque(read):
    network = read(model([node("Relu", "x", "r"), node("Quux", "r", "y")], {"x": (1, 4)}))
    assert [operator.op for operator in network.opaque] == ["Quux"]
    assert [operator.op for operator in network.free] == ["Relu"]


def test_local_functions_are_inlined(read):
    twice = function("Twice", node("Square", "a b", "t", domain="local"), node("MatMul", "t b", "c"))
    square = function("Square", node("MatMul", "a b", "c"))
    made = model(
        [node("Twice", "x w", "y", domain="local")],
        {"x": (1, 4)},
        [weights("w", (4, 4))],
        functions=[twice, square],
        domains=["local"],
    )
    network = read(made)
    assert (network.weights, network.macs) == (4 * 4, 2 * 4 * 4)
    assert network.opaque == ()


def test_a_function_of_another_domain_may_have_the_name_of_a_standard_operator(read):
    add = function("Add", node("MatMul", "a b", "c"))
    one = node("Add", "x w", "y", domain="local")
    held = [weights("w", (4, 4))]
    assert read(model([one], {"x": (1, 4)}, held, functions=[add], domains=["local"])).macs == 4 * 4
    older = function("Add", node("MatMul", "a b", "c"), opset=17)  # though the model is of 21
    assert read(model([one], {"x": (1, 4)}, held, functions=[older], domains=["local"])).macs == 4 * 4


@pytest.mark.parametrize("domain", ["", "ai.onnx"])
@pytest.mark.parametrize("opset", [17, 21])
def test_a_function_that_passes_for_a_standard_operator_is_refused(refusal, domain, opset):
    add = function("Add", node("MatMul", "a b", "c"), domain=domain, opset=opset)
    made = model([node("Add", "x w", "y")], {"x": (4, 4)}, [weights("w", (4, 4))], functions=[add])
    assert refusal(made) == "its function 'Add' is in the domain of standard operators: give it another"


def test_functions_that_never_end_are_refused(refusal):
    calls = {"Ping": "Pong", "Pong": "Ping"}
    made = model(
        [node("Ping", "x x", "y", domain="local")],
        {"x": (1, 4)},
        functions=[function(name, node(other, "a b", "c", domain="local")) for name, other in calls.items()],
        domains=["local"],
    )
    assert "calls itself" in refusal(made)


def test_functions_that_double_forty_times_are_refused(refusal, monkeypatch):
    monkeypatch.setattr("sepcost.network.onnx.reading.MOST_CALLED", 2000)
    nested = [function("F0", node("Relu", "a", "c"))]
    for number in range(1, 41):
        inner = f"F{number - 1}"
        doubled = node(inner, "a b", "t", domain="local"), node(inner, "t b", "c", domain="local")
        nested.append(function(f"F{number}", *doubled))
    made = model(
        [node("F40", "x x", "y", domain="local")], {"x": (1, 4)}, functions=nested, domains=["local"]
    )
    assert refusal(made) == "its functions are too large once they are inlined"
