"""The sizes of an operator that the rules of counters multiply, by hand, and where one is not known."""

from dataclasses import replace

import pytest

from sepcost.network.counters.calls import Call
from sepcost.network.counters.quantities import QUANTITIES
from sepcost.network.model import Operator
from tests.network.layers import conv

STRIDED = {
    stride: replace(conv("t", 8, 16, 16, (2, 2), biases=16), op="ConvTranspose", stride=(stride, stride))
    for stride in (2, 3)
}
ODD = replace(STRIDED[2], kernel=(3, 3))
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
        # 4 x 4 to 8 x 8: a plain convolution of 2 x 2 at stride 2 would write 2 x 2 of the 4 x 4
        ("unstrided", call(read=(1, 8, 4, 4), written=(1, 16, 8, 8), layers=[STRIDED[2]]), 16 * 2 * 2),
        # 8 x 16 x 2 x 2 weights, at 8 x 8 positions, and at a quarter of them
        ("at outputs", call(written=(1, 16, 8, 8), layers=[STRIDED[2]]), 8 * 16 * 4 * 64),
        ("at strided outputs", call(written=(1, 16, 8, 8), layers=[STRIDED[2]]), 8 * 16 * 4 * 16),
        # 5 x 5 to 10 x 10 by 3 x 3: a row and column were added, so that zeros are 1 wide: 3 x 3 of the 5 x 5
        ("unstrided", call(read=(1, 8, 5, 5), written=(1, 16, 10, 10), layers=[ODD]), 16 * 3 * 3),
        ("unstrided", call(read=(1, 8, 4, 4), layers=[STRIDED[2]]), None),
        ("unstrided", call(written=(1, 16, 8, 8), layers=[STRIDED[2]]), None),
        ("unstrided", call(read=(1, 8, 4, 4), written=(1, 16, 12, 12), layers=[STRIDED[3]]), None),
    ],
)
def test_a_size_that_rules_multiply_is_the_product_of_lengths(quantity, made, size):
    assert QUANTITIES[quantity].of(made) == size


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_a_size_that_follows_from_lengths_is_not_known_where_they_are_not(quantity):
    layer = conv("c", 8, 16)
    of_lengths = {"in", "in or sized", "out", "tap", "row", "adaptive", "at outputs", "at strided outputs"}
    of_lengths |= {"by output channels", "by first length", "added"}
    value = QUANTITIES[quantity].of(call("Conv", layers=[layer]))
    assert (value is None) == (quantity in of_lengths)
