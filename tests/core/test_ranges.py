"""Lists and ranges as people type them."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sepcost.core.errors import QuantityError
from sepcost.core.ranges import MOST_VALUES, gammas, pairs, ratios, wholes

small = st.integers(1, 60)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("7", (7,)),
        ("1,3,5", (1, 3, 5)),
        ("5,1,5,3", (5, 1, 3)),
        ("16:64:16", (16, 32, 48, 64)),
        ("16:63:16", (16, 32, 48)),
        ("3:6", (3, 4, 5, 6)),
        ("9:9:4", (9,)),
        ("16:1024:*2", (16, 32, 64, 128, 256, 512, 1024)),
        ("16:1000:*2", (16, 32, 64, 128, 256, 512)),
        ("1:4,2,64:128:*2", (1, 2, 3, 4, 64, 128)),
    ],
)
def test_lists_of_whole_numbers(text, values):
    assert wholes(text) == values


@given(low=small, more=st.integers(0, 60), step=small)
def test_a_range_has_every_step_up_to_its_end(low, more, step):
    assert list(wholes(f"{low}:{low + more}:{step}")) == list(range(low, low + more + 1, step))


@given(low=small, high=st.integers(60, 10**9), factor=st.integers(2, 9))
def test_a_range_by_a_factor_has_every_power_up_to_its_end(low, high, factor):
    values = wholes(f"{low}:{high}:*{factor}")
    assert list(values) == [low * factor**power for power in range(len(values))]
    assert values[-1] <= high < values[-1] * factor


def test_lists_of_pairs_and_of_ratios():
    assert pairs("3x5,1:3,7") == ((3, 5), (1, 1), (2, 2), (3, 3), (7, 7))
    assert ratios("9/4,1:2:1/2") == (Fraction(9, 4), 1, Fraction(3, 2), 2)
    assert ratios("1:5:*1.5") == (1, Fraction(3, 2), Fraction(9, 4), Fraction(27, 8))
    assert gammas("1:4:*2,2.25") == (1, 2, 4, Fraction(9, 4))


BROKEN = ["", ",", "1,,2", ":", "1:", ":3", "1:2:3:4", "8:4", "8:4:2", "1:8:0", "1:8:*1", "1:8:*0", "1:8:-1"]
BROKEN += ["a", "1:b", "1 :2", "٣:٤", "1_0:20", "1:9:**2", "1:1000000000", "1:2000000,1", "9" * 5000 + ":1"]


@pytest.mark.parametrize("read", [wholes, pairs, ratios])
@pytest.mark.parametrize("text", ["16-64", "1,16-64"])
def test_a_range_with_a_dash_is_told_how_ranges_are_written(read, text):
    with pytest.raises(QuantityError, match=r"^'16-64' is not a number: write 16:64 for a range$"):
        read(text)


@pytest.mark.parametrize("read", [wholes, pairs, ratios])
@pytest.mark.parametrize("text", BROKEN)
def test_a_list_that_is_none_is_refused(read, text):
    with pytest.raises(QuantityError) as caught:
        read(text)
    assert len(str(caught.value)) < 200


def test_a_list_has_an_end():
    assert len(wholes(f"1:{MOST_VALUES}")) == MOST_VALUES
    assert wholes(f"1:{MOST_VALUES - 1},1")[-1] == MOST_VALUES - 1
    for text in (f"1:{MOST_VALUES + 1}", f"1:{MOST_VALUES},{MOST_VALUES + 1}", f"1:{MOST_VALUES},1"):
        with pytest.raises(QuantityError, match="more than 1000000 values"):
            wholes(text)


@pytest.mark.parametrize("text", ["1:4:1/999999937", "1:4:*1000000000/999999999", "1:4,1/2"])
def test_ratios_that_grow_beyond_bounds_are_refused(text):
    with pytest.raises(QuantityError):
        gammas(text)
