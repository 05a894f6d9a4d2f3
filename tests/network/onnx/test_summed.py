"""Products of two tensors, element by element, that a sum may make matrix products of."""

import pytest

from sepcost.network.onnx.summed import product_through
from sepcost.network.onnx.tensor import Held, Tensor
from sepcost.network.summed import Factor

W = Held((0, "w"), 4 * 3)
V = Held((0, "v"), 4 * 3)
FILTERS = Tensor((4, 3), constant=True, held=frozenset([W]))
OTHERS = Tensor((4, 3), constant=True, held=frozenset([V]))
MAP = Tensor((4, 3))
LOST = Tensor((4, 3), unclear=frozenset([V]))


@pytest.mark.parametrize(
    ("op", "inputs", "expected"),
    [
        ("Mul", [MAP, FILTERS], Factor(frozenset([W]), (4, 3), 24)),
        ("Mul", [FILTERS, MAP], Factor(frozenset([W]), (4, 3), 24)),
        ("Mul", [MAP, LOST], Factor(frozenset(), None, 24)),
        ("Mul", [FILTERS, OTHERS], None),  # no run computes it
        ("Mul", [MAP, MAP], None),  # as a variance does
        ("Mul", [MAP, None], None),
        ("Div", [MAP, FILTERS], None),
    ],
)
def test_a_product_of_two_tensors_is_kept_for_a_sum_over_it(op, inputs, expected):
    assert product_through(op, inputs, (2, 4, 3), "x") == expected


def test_of_a_product_whose_numbers_were_added_none_are_weights():
    biased = Tensor((4, 3), held=frozenset([W._replace(added=True)]))
    assert product_through("Mul", [MAP, biased], (4, 3), "x") == Factor(frozenset(), None, 12)
    assert product_through("Mul", [MAP, biased], None, "x") == Factor(frozenset(), None, None)


def test_of_a_product_with_an_input_that_input_may_be_the_weights():
    given = Tensor((4, 3), outside="w", map="w")
    assert product_through("Mul", [MAP, given], (4, 3), "x") == Factor(
        frozenset([given.from_outside]), (4, 3), 12
    )
    assert product_through("Mul", [MAP, given], (4, 3), "w") == Factor(frozenset(), None, 12)


@pytest.mark.parametrize("op", ["Cast", "Identity", "Reshape", "Transpose", "Unsqueeze"])
def test_of_a_product_that_is_moved_its_axes_are_not_followed(op):
    product = MAP._replace(factor=Factor(frozenset([W]), (4, 3), 12))
    assert product_through(op, [product], (3, 4), "x") == Factor(frozenset([W]), None, 12)
    assert product_through(op, [MAP], (3, 4), "x") is None
