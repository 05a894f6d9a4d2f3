"""Sizes that a graph computes itself, as exporters write them: each with one product, counted by a loop."""

from itertools import product

import pytest
from onnx import TensorProto, helper

from sepcost.core.errors import FileError
from sepcost.network.onnx.read import read_onnx
from tests.network.onnx.models import FLOAT, lengths, model, node, saved, value, weights

X = (1, 4, 1, 8)


def looped(*shape):
    """How many products there are, one at a time."""
    return sum(1 for _ in product(*map(range, shape)))


def whole(name, *numbers, type_=TensorProto.INT64, shape=None):
    return helper.make_tensor(name, type_, [len(numbers)] if shape is None else shape, numbers)


def reshaped(nodes, rows, k, opset, *held):
    """Nodes that compute `r`, to which x is reshaped before a product by k x 3 weights."""
    after = [node("Reshape", "x r", "v"), node("MatMul", "v w", "y")]
    return model([*nodes, *after], {"x": X}, [*held, weights("w", (k, 3))], opset=opset), looped(rows, k, 3)


SHAPE = node("Shape", "x", "s")
ZERO, ONE, TWO, OPEN = lengths("z", [0]), lengths("one", [1]), lengths("two", [2]), lengths("m1", [-1])
CAST = [
    SHAPE,
    node("Cast", "s", "s32", to=TensorProto.INT32),
    node("Slice", "s32 z one z", "b"),
    node("Concat", "b k", "r32", axis=0),
    node("Cast", "r32", "r", to=TensorProto.INT64),
]
GRAPHS = {
    **{
        f"the first lengths and an open one, operator set {opset}": lambda opset=opset: reshaped(
            [SHAPE, node("Slice", "s z two z", "h"), node("Concat", "h m1", "r", axis=0)],
            4, 8, opset, ZERO, TWO, OPEN,
        )
        for opset in (11, 12, 13, 14, 17, 21)
    },
    "a constant handed on": lambda: reshaped([node("Identity", "r0", "r")], 4, 8, 17, lengths("r0", [4, 8])),
    **{
        f"lengths of 32 bits, operator set {opset}": lambda opset=opset: reshaped(
            CAST, 1, 32, opset, ZERO, ONE, whole("k", 32, type_=TensorProto.INT32)
        )
        for opset in (13, 17)
    },
    "lengths in another order": lambda: reshaped(
        [
            SHAPE, node("Gather", "s p", "g"), node("Slice", "g z one z", "b"),
            node("Concat", "b k", "r", axis=0),
        ],
        1, 32, 13, lengths("p", [0, 2, 3, 1]), ZERO, ONE, lengths("k", [32]),
    ),
    "half a length": lambda: reshaped(
        [SHAPE, node("Gather", "s one", "g"), node("Div", "g two", "h"), node("Concat", "h m1", "r", axis=0)],
        2, 16, 17, ONE, TWO, OPEN,
    ),
    "a length that is chosen": lambda: reshaped(
        [
            SHAPE, node("Gather", "s one", "g"), node("Equal", "g four", "is"),
            node("Where", "is two g", "h"), node("Concat", "h m1", "r", axis=0),
        ],
        2, 16, 17, ONE, TWO, OPEN, lengths("four", [4]),
    ),
    "a product of lengths": lambda: reshaped(
        [
            SHAPE, node("Slice", "s one four", "rest"), node("ReduceProd", "rest", "n", keepdims=1),
            node("Concat", "one n", "r", axis=0),
        ],
        1, 32, 17, ONE, lengths("four", [4]),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", GRAPHS)
def test_a_shape_that_is_computed_is_known(tmp_path, name):
    made, macs = GRAPHS[name]()
    assert read_onnx(saved(tmp_path, made)).macs == macs


def single(nodes, shapes, held, opset=17, **inputs):
    return model(nodes, {"x": X, **inputs}, [*held, *(weights(*one) for one in shapes.items())], opset=opset)


OTHERS = {
    "pads in the order of PyTorch": (
        model(
            [
                node("Reshape", "p m12", "p2"),
                node("Slice", "p2 m1 lo z m1", "p3"),
                node("Transpose", "p3", "p4", perm=[1, 0]),
                node("Reshape", "p4 m1", "p5"),
                node("Pad", "x p5", "v"),
                node("Conv", "v w", "y"),
            ],
            {"x": (1, 4, 8)},
            [
                lengths("p", [1, 1, 0, 0, 0, 0]), whole("m12", -1, 2), OPEN, ZERO,
                lengths("lo", [-(2**63) + 1]), weights("w", (3, 4, 3)),
            ],
            opset=16,
        ),
        looped(3, 4, 3, 8),  # padded by one at each end
    ),
    "places along an axis": (
        single(
            [SHAPE, node("Gather", "s three", "n"), node("Range", "zero n step", "at"),
             node("Gather", "x at", "v", axis=3), node("MatMul", "v w", "y")],
            {"w": (8, 3)},
            [whole("three", 3, shape=[]), whole("zero", 0, shape=[]), whole("step", 1, shape=[])],
        ),
        looped(4, 8, 3),
    ),
    "a tensor of a computed shape": (
        single(
            [SHAPE, node("Gather", "s i", "g"), node("ConstantOfShape", "g", "v"), node("Add", "v v", "v2"),
             node("MatMul", "v2 w", "y")],
            {"w": (8, 3)},
            [lengths("i", [2, 3])],
        ),
        looped(1, 8, 3),
    ),
    "a table cut to a length": (
        single(
            [
                node("Shape", "x", "n", start=3, end=4), node("Slice", "pe z n one", "v"),
                node("MatMul", "v w", "y"),
            ],
            {"pe": (2, 64, 4), "w": (4, 3)},
            [ZERO, ONE],
        ),
        looped(2, 8, 4, 3),
    ),
    "a size times a scale, rounded": (
        model(
            [
                SHAPE, node("Gather", "s i", "g"), node("Cast", "g", "f", to=FLOAT),
                node("Mul", "f twice", "d"),
                node("Floor", "d", "e"), node("Cast", "e", "hw", to=TensorProto.INT64),
                node("Slice", "s z two z", "nc"), node("Concat", "nc hw", "sizes", axis=0),
                node("Resize", "x roi scales sizes", "v"), node("Conv", "v w", "y"),
            ],
            {"x": (1, 4, 3, 5)},
            [
                lengths("i", [2, 3]), ZERO, TWO, helper.make_tensor("twice", FLOAT, [2], [2.0, 1.5]),
                weights("roi", (0,)), weights("scales", (0,)), weights("w", (3, 4, 1, 1)),
            ],
            opset=17,
        ),
        looped(3, 4, 6, 7),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", OTHERS)
def test_a_size_that_is_computed_is_known(tmp_path, name):
    made, macs = OTHERS[name]
    assert read_onnx(saved(tmp_path, made)).macs == macs


def branch(name, size):
    return helper.make_graph(
        [node("MatMul", "x w", name)], name, [], [value(name, None)], [weights("w", (8, size))]
    )


@pytest.mark.parametrize("rank", [3, 4])
def test_of_a_choice_that_the_graph_decides_one_branch_is_there(tmp_path, rank):
    made = model(
        [
            SHAPE,
            node("Size", "s", "n"),
            node("Equal", "n four", "is"),
            node("If", "is", "y", then_branch=branch("a", 5), else_branch=branch("b", 7)),
        ],
        {"x": X[-rank:]},
        [whole("four", 4, shape=[])],
    )
    network = read_onnx(saved(tmp_path, made))
    assert network.others == ()
    assert network.weights == 8 * (5 if rank == 4 else 7)


def test_a_shape_that_cannot_hold_at_another_size_names_its_operator(tmp_path):
    made = model(
        [node("Reshape", "x to", "v", "flatten"), node("MatMul", "v w", "y")],
        {"x": (1, 4, 5, 5)},
        [lengths("to", [1, 100]), weights("w", (100, 3))],
    )
    path = saved(tmp_path, made)
    assert read_onnx(path).macs == looped(100, 3)
    with pytest.raises(FileError, match="Reshape 'flatten': cannot make 144 numbers 1x100"):
        read_onnx(path, (1, 4, 6, 6))
