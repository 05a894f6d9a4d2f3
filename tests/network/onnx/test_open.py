"""Inputs with open dimensions: answered where nothing counted depends on them, else refused by name."""

import pytest

from sepcost.core.errors import FieldError, FileError
from sepcost.hardware.execution import Execution
from sepcost.network.doubts import doubts
from sepcost.network.measure import Measures
from sepcost.network.model import Leading
from tests.network.onnx.models import conv, model, node, weights

W = weights("w", (4, 3, 3, 3))
V = weights("v", (6, 3))
IMAGE = (1, 3, 8, 8)
MACS = 4 * 3 * 9 * 36
FIX = "fix it with input_shape, such as"

ANSWERED = {
    "added to what is counted": ("Conv x w c; Add c t y", {"x": IMAGE, "t": (1, 4, 1, None)}),
    "of a name of its own": ("Conv x w c; Add c t y", {"x": IMAGE, "t": (1, 4, 1, "n")}),
    "negative": ("Conv x w c; Add c t y", {"x": IMAGE, "t": (1, 4, 1, -1)}),
    "without a shape": ("Conv x w c; Add c t y", {"x": IMAGE, "t": None}),
    "of several dimensions": ("Conv x w c; Relu t u", {"x": IMAGE, "t": (None, None, "n", 3)}),
    "not read": ("Conv x w c", {"x": IMAGE, "t": (1, None)}),
    "the first": ("Relu t u; Conv x w c", {"t": (1, None), "x": IMAGE}),
    "counted after it is broadcast": ("Add x t u; Conv u w c", {"x": IMAGE, "t": (1, 3, 1, None)}),
    "of which a length is told": ("Shape t s; Conv x w c", {"x": IMAGE, "t": (1, None)}),
}


def made(line, inputs, *held):
    nodes = [node(op, " ".join(read), written) for op, *read, written in map(str.split, line.split("; "))]
    return model(nodes, inputs, held or [W])


@pytest.mark.parametrize("case", ANSWERED)
def test_an_open_dimension_that_nothing_counted_depends_on_stays_open(read, case):
    network = read(made(*ANSWERED[case]))
    assert (network.macs, network.weights) == (MACS, 108)
    assert list(doubts(network, {"macs": MACS, "weights": 108}, ())) == []
    taken = Measures(network, Execution())
    assert taken.check("storage", 1).value == 4 * 108
    if case != "not read":
        with pytest.raises(
            FieldError, match=r"max_memory: memory is not known: the size of the map '(t|u)' is not"
        ):
            taken.check("memory", 1)


def test_once_it_is_given_memory_is_known(read):
    network = read(made(*ANSWERED["added to what is counted"]), {"t": (1, 4, 1, 6)})
    assert network.macs == MACS
    # The image, t and what the convolution writes live at once.
    assert Measures(network, Execution()).check("memory", 1).value == 4 * (192 + 24 + 144)


def test_an_input_is_shown_with_the_length_that_stays_open(read):
    assert read(made(*ANSWERED["the first"])).input == (1, None)


@pytest.mark.parametrize(
    ("line", "inputs", "problem"),
    [
        ("MatMul t v y", {"x": IMAGE, "t": (1, None, 6)}, f"dimension 1 is open: {FIX} t=1x224x6"),
        ("MatMul t v y", {"t": (1, "n", 6)}, f"dimension 1 ('n') is open: {FIX} 1x224x6"),
        ("Relu t u; Sigmoid u s; MatMul s v y", {"x": IMAGE, "t": (1, None, 6)}, "dimension 1 is open"),
        ("Shape t s; Reshape x s r; MatMul r v y", {"x": IMAGE, "t": (1, None, None)}, "dimension 1 is open"),
        ("MatMul t v y", {"x": IMAGE, "t": None}, "has no shape: give input_shape, such as t=1x3x224x224"),
    ],
)
def test_what_is_counted_and_depends_on_it_is_refused_with_its_name(refusal, line, inputs, problem):
    assert refusal(made(line, inputs, V)).startswith(f"input 't': {problem}")


def test_the_first_input_needs_a_shape(refusal):
    assert refusal(made("Conv x w y", {"x": None})).startswith("input 'x': has no shape: give input_shape")


def test_an_operator_that_cannot_be_followed_is_named_before_inputs_that_it_does_not_read(refusal):
    content = made("NonZero x z; MatMul z v y; Relu t u", {"x": (1, 6), "t": (1, None)}, V)
    assert "NonZero that writes 'z' cannot be followed" in refusal(content)


@pytest.mark.parametrize(
    ("line", "t"), [("Mul t u m; ReduceSum m y", (1, 4, None, 7)), ("Mul c t m; ReduceSum m y", None)]
)
def test_products_of_unknown_number_are_no_proof_of_a_limit(read, line, t):
    """A sum of products, element by element, may be a matrix product; of how many is not known."""
    network = read(made(f"Conv x w c; {line}", {"x": IMAGE, "t": t, "u": (1, 4, None, 7)}))
    assert network.macs == MACS
    assert [doubt.op for doubt in doubts(network, {"macs": 10**9}, ())] == ["Mul"]
    assert list(doubts(network, {"macs": 10**9}, ("Mul",))) == []


def test_a_batch_that_may_be_mixed_is_not_divided_out(read):
    """The Add reads an input of unknown size, so nothing tells whether it keeps the batch apart."""
    content = made(
        "Conv x w c; Add c t u; Conv u v y",
        {"x": (4, 3, 8, 8), "t": (4, 4, 1, None)},
        W,
        weights("v", (5, 4, 1, 1)),
    )
    network = read(content)
    assert network.macs == 4 * (MACS + 5 * 4 * 36)
    assert network.leading == Leading(4, "Conv mixes what it has")
    assert read(content, {"t": (4, 4, 1, 6)}).macs == MACS + 5 * 4 * 36


def test_an_open_batch_is_one_input_beside_open_lengths_too(read):
    network = read(made("Conv x w c; Add c t y", {"x": ("N", 3, 8, 8), "t": ("N", 4, 1, "n")}))
    assert (network.macs, network.input) == (MACS, IMAGE)


def test_a_convolution_names_the_first_open_dimension(refusal):
    assert refusal(conv((1, 3, "h", "w"), (4, 3, 3, 3))).startswith("input 'x': dimension 2 ('h') is open")


@pytest.mark.parametrize(
    ("line", "inputs", "message"),
    [
        ("MatMul x x y", {"x": ("n", "n")}, r"dimension 0 \('n'\) is open: .*, such as 224x224$"),
        ("Gather v x g; MatMul g u y", {"x": ("n",)}, r"dimension 0 \('n'\) is open: .*, such as 224$"),
    ],
)
def test_an_open_length_in_front_is_no_batch_in_a_square_or_a_vector(read, line, inputs, message):
    held = [weights("v", (6, 3)), weights("u", (3, 5))]
    with pytest.raises(FileError, match=message):
        read(made(line, inputs, *held))


def test_a_vector_of_one_number_an_input_has_the_batch_of_the_others(read):
    network = read(made("Relu t u; Conv x w c", {"t": ("n",), "x": ("n", 3, 8, 8)}))
    assert network.macs == MACS
