"""Which of the file's numbers reach what an operator writes, and of which it cannot be told."""

import pytest

from sepcost.network.onnx.held import EVERYTHING, MOST_HELD, Reach, left_out, not_added, reach
from sepcost.network.onnx.tensor import Held, Tensor

OWN = (7, "own")
W = Held((0, "w"), 4 * 3)
V = Held((0, "v"), 4 * 3)
B = Held((0, "b"), 3)
FILTERS = Tensor((4, 3), constant=True, held=frozenset([W]))
OTHERS = Tensor((4, 3), constant=True, held=frozenset([V]))
BIAS = Tensor((3,), constant=True, held=frozenset([B]))
SCALED = Tensor((4, 3), held=frozenset([W]))
MAP = Tensor((4, 3))
LOST = Tensor((4, 3), unclear=frozenset([V]))


def at_run_time(op, *inputs, shape=(4, 3)):
    return reach(op, inputs, shape, OWN, constant=False)


def of_constants(op, *inputs, shape=(4, 3)):
    found = reach(op, inputs, shape, OWN, constant=True)
    assert found.unclear == frozenset()
    return found.held


def held(*ones):
    return Reach(held=frozenset(ones))


def unclear(*ones):
    return Reach(unclear=frozenset(ones))


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        # what is elementwise, or moves numbers, hands on those of as large an input
        (at_run_time("Mul", MAP, FILTERS), held(W)),
        (at_run_time("Relu", SCALED), held(W)),
        (at_run_time("Transpose", SCALED, shape=(3, 4)), held(W)),
        (at_run_time("Slice", SCALED, BIAS, shape=(1, 3)), held(W)),
        (at_run_time("Concat", SCALED, OTHERS, shape=(8, 3)), held(W, V)),
        (at_run_time("Mul", SCALED, None, OTHERS), held(W, V)),
        (at_run_time("Mul", MAP, FILTERS, shape=None), held(W)),
        # and those that are added to what a run computes are no weights, but biases
        (at_run_time("Add", MAP, FILTERS), held(W._replace(added=True))),
        # a vector that broadcasts is a scale or a bias
        (at_run_time("Mul", SCALED, BIAS), held(W)),
        (at_run_time("Add", SCALED, BIAS), held(W._replace(added=True))),
        # of a larger tensor it cannot be told what becomes of its numbers
        (at_run_time("Mul", MAP, FILTERS, shape=(2, 4, 3)), unclear(W)),
        (at_run_time("Softmax", SCALED), unclear(W)),
        (at_run_time("Softmax", BIAS), unclear(B)),
        (at_run_time("ReduceSum", SCALED, shape=(4, 1)), unclear(W)),
        (at_run_time("Relu", LOST), unclear(V)),
        (at_run_time("Mul", SCALED, LOST), Reach(frozenset([W]), frozenset([V]))),
        # places say where a number goes, and give none; answers are new ones
        (at_run_time("Where", OTHERS, SCALED, MAP), held(W)),
        (at_run_time("Gather", SCALED, OTHERS), held(W)),
        (at_run_time("Equal", SCALED, OTHERS), Reach()),
        (at_run_time("Shape", SCALED, shape=(2,)), Reach()),
        # what is not known to hand on anything
        (at_run_time("Conv", SCALED, OTHERS), Reach()),
    ],
)  # fmt: skip
def test_numbers_of_the_file_stay_what_they_are_through_what_is_elementwise_or_moves_them(found, expected):
    assert found == expected


def test_of_more_tensors_than_are_followed_all_may_reach():
    most = [Tensor((1,), held=frozenset([Held((0, str(number)), 1)])) for number in range(MOST_HELD)]
    assert len(at_run_time("Concat", *most, shape=(64,)).held) == MOST_HELD
    assert at_run_time("Concat", *most, BIAS, shape=(67,)) == unclear(EVERYTHING)
    assert at_run_time("Concat", *most[1:], LOST, BIAS, shape=(78,)) == unclear(EVERYTHING)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (of_constants("Transpose", FILTERS, shape=(3, 4)), {W}),
        (of_constants("Mul", FILTERS, BIAS), {W}),
        (of_constants("Add", FILTERS, OTHERS), {W, V}),
        (of_constants("Concat", FILTERS, OTHERS, shape=(8, 3)), {W, V}),
        # more than the tensors have, less of one, or none of theirs: as many as the result has, of its own
        (of_constants("Tile", FILTERS, shape=(8, 3)), {Held(OWN, 8 * 3)}),
        (of_constants("Slice", FILTERS, shape=(2, 3)), {Held(OWN, 2 * 3)}),
        (of_constants("ReduceSum", FILTERS, shape=(4, 1)), {Held(OWN, 4)}),
        (of_constants("Mul", FILTERS, shape=None), {Held(OWN, 0)}),
    ],
)
def test_a_constant_result_is_held_where_its_numbers_are(found, expected):
    assert found == expected


def test_a_constant_of_more_tensors_than_are_followed_is_of_its_own():
    most = [Tensor((1,), True, frozenset([Held((0, str(number)), 1)])) for number in range(MOST_HELD)]
    assert len(of_constants("Concat", *most, shape=(64,))) == MOST_HELD
    assert of_constants("Concat", *most, BIAS, shape=(67,)) == {Held(OWN, 67)}


def test_numbers_that_were_added_are_no_weights():
    assert not_added([W, V._replace(added=True)]) == {W}


@pytest.mark.parametrize(
    ("op", "inputs", "expected"),
    [
        ("Mul", [MAP, FILTERS], {W}),
        ("Div", [MAP, None, FILTERS], {W}),
        ("Mul", [MAP, BIAS], set()),
        ("Mul", [FILTERS, OTHERS], set()),
        ("Add", [MAP, FILTERS], set()),
    ],
)
def test_what_an_operator_multiplies_by_is_told_but_for_the_scales_of_channels(op, inputs, expected):
    assert left_out(op, inputs) == expected
