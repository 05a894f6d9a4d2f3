"""The sizes of an operator that the rules of counters multiply, by hand, and where one is not known."""

from dataclasses import replace

import pytest

from sepcost.network.counters.calls import KINDS, QUANTITIES, TAKEN_FOR, Call, calls_of
from sepcost.network.model import Operator
from tests.network.layers import conv, network

GATES = replace(conv("g", 8, 4 * 16, 10), op="LSTM")


def call(op="Softmax", read=None, written=None, layers=(), **said):
    return Call(Operator("n", op, **said), None, None, True, tuple(layers), (), read, written)


@pytest.mark.parametrize(
    ("quantity", "made", "size"),
    [
        ("in", call(read=(1, 3, 4), written=(1, 7)), 3 * 4),
        ("out", call(read=(1, 3, 4), written=(1, 7)), 7),
        ("tap", call("MaxPool", written=(1, 3, 4, 4), window=9), 3 * 4 * 4 * 9),
        ("tap", call("MaxPool", written=(1, 3, 4, 4)), None),
        ("row", call(written=(1, 3, 5)), 3),
        ("row", call(written=(1, 3, 5), window=3), 5),
        ("row", call(written=()), None),
        ("row", call(written=(1, 0)), None),
        ("adaptive", call(read=(1, 2, 6, 6), written=(1, 2, 3, 2)), (2 * 3 + 1) * 2 * 3 * 2),
        ("adaptive", call(read=(1, 2, 6, 6)), None),
        ("adaptive", call(written=(1, 2, 3, 2)), None),
        ("score", call(), 0),
        ("score", call("MatMul", layers=[conv("m", 8, 16, 10)]), 16 * 10),
        ("state", call("LSTM", layers=[GATES]), 16 * 10),
        ("gate", call("LSTM", layers=[GATES]), 4 * 16 * 10),
    ],
)
def test_a_size_that_rules_multiply_is_the_product_of_lengths(quantity, made, size):
    assert QUANTITIES[quantity].of(made) == size


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_a_size_that_follows_from_lengths_is_not_known_where_they_are_not(quantity):
    layer = conv("c", 8, 16)
    of_lengths = {"in", "out", "tap", "row", "adaptive", "at outputs", "at strided outputs"}
    of_lengths |= {"by output channels", "by first length", "added"}
    value = QUANTITIES[quantity].of(call("Conv", layers=[layer]))
    assert (value is None) == (quantity in of_lengths)


@pytest.mark.parametrize("axes", [1, 2, 3])
@pytest.mark.parametrize(("pool", "module"), [("avg", "AdaptiveAvgPool"), ("max", "AdaptiveMaxPool")])
def test_an_adaptive_pool_of_any_axes_has_a_name_and_is_taken_for_a_module(pool, module, axes):
    op = f"aten.adaptive_{pool}_pool{axes}d"
    assert KINDS[op] == {"avg": "adaptive average pool", "max": "adaptive max pool"}[pool]
    assert TAKEN_FOR[op] == (f"{module}{axes}d", f"F.adaptive_{pool}_pool{axes}d")


def test_a_product_of_maps_is_taken_for_a_function_and_one_with_weights_for_a_module():
    layers = [replace(conv(name, 8, 16, 10, (1, 1)), op="MatMul", learned=name == "w") for name in "wm"]
    made = network(
        *layers, operators=(Operator("a", "MatMul", layers=("w",)), Operator("b", "MatMul", layers=("m",)))
    )
    assert [(each.module, each.function) for each in calls_of(made)] == [
        ("Linear", "F.linear"),
        (None, "torch.matmul"),
    ]


def test_a_layer_of_no_operator_is_one_by_itself():
    (made,) = calls_of(network(conv("c", input_shape=(1, 64, 10, 10), output_shape=(1, 64, 5, 5))))
    assert (made.op, made.module, made.supposed) == ("Conv", "Conv2d", True)
    assert (made.read, made.written, made.macs) == ((1, 64, 10, 10), (1, 64, 5, 5), 64 * 64 * 9 * 100)
