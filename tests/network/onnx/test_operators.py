"""What one table says of an operator fits what others say of it: none is forgotten where it is added."""

import re

import pytest

from sepcost.network.onnx import walk  # noqa: F401  (it enters all that is counted, and every rule)
from sepcost.network.onnx.folding import FOLDS
from sepcost.network.onnx.layers import BIASES_AT, COUNTS
from sepcost.network.onnx.shapes import RULES
from sepcost.network.onnx.values import ELEMENTWISE as FOLDED_EACH
from sepcost.network.operators import (
    ADDS,
    ALL_OF_THEM,
    ALONG_AN_AXIS,
    AROUND_EACH_PLACE,
    COUNTED,
    FIRST_ALONE,
    FREE,
    KIND_OF,
    LENGTHS,
    MOVES,
    MULTIPLIES,
    NO_NUMBERS,
    PLACES,
    RANDOM,
    REDUCES,
    SAME_PLACES,
    SUMS,
    TABLES,
    TAKES_A_PART,
    VIEWS,
)

READ_NOTHING = {"Constant", "SequenceEmpty"}
MIX_ELEMENTS = re.compile(r"Norm|[Pp]ool|Softmax|Hardmax|LRN|Roi|Reduce|Arg")


def of_onnx(ops):
    return {op for op in ops if "." not in op}


def test_it_is_said_of_each_free_operator_which_inputs_elements_it_writes():
    """One of which nothing is said leaves in doubt all that is stored and goes through it."""
    for op in of_onnx(FREE) - READ_NOTHING:
        said = sum(op in group for group in (FIRST_ALONE, ALL_OF_THEM, NO_NUMBERS))
        assert said == 1 or (said == 0 and MIX_ELEMENTS.search(op)), op


def test_each_free_operator_has_a_rule_for_the_shape_that_it_writes():
    """A sequence of tensors has no shape."""
    without = FREE - RULES.keys()
    assert without == {op for op in FREE if "Sequence" in op or "Optional" in op} - RULES.keys()
    assert len(without) == 9


def test_no_operator_is_both_free_and_counted():
    assert FREE.isdisjoint(COUNTS)


def test_each_counted_operator_is_of_a_kind():
    """Of what kind a convolution is follows from its sizes."""
    assert all("Conv" in op for op in COUNTS.keys() - KIND_OF.keys())
    assert of_onnx(COUNTS) <= set(COUNTED)
    assert COUNTS.keys() >= BIASES_AT.keys()


@pytest.mark.parametrize(
    "group",
    [
        FIRST_ALONE,
        ALL_OF_THEM,
        NO_NUMBERS - RANDOM,
        REDUCES,
        AROUND_EACH_PLACE,
        ALONG_AN_AXIS,
        SAME_PLACES,
        LENGTHS,
        VIEWS,
        TABLES,
        TAKES_A_PART,
        SUMS,
    ],
)
def test_what_is_said_of_free_operators_is_said_of_no_other(group):
    assert FREE.issuperset(group)


def test_what_joins_adds_or_multiplies_writes_elements_of_any_input():
    assert ALL_OF_THEM.issuperset(MOVES | ADDS | MULTIPLIES | PLACES.keys())


def test_what_is_folded_has_a_shape_too():
    assert RULES.keys() >= FOLDS.keys() | FOLDED_EACH
