"""Sums of maxima of lines: where one is no less than another, held against evaluation in every piece."""

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sepcost.solver.interval import Interval
from sepcost.solver.piecewise import Difference, Line, as_line, breakpoints, value_at

numbers = st.integers(-6, 6)
lines = st.builds(Line, numbers, numbers)
sums = st.lists(st.tuples(lines, lines), max_size=3).map(tuple)


def excess(greater, lesser, x):
    """The difference, each maximum taken as it is defined."""
    return sum(max(a.constant + a.slope * x, b.constant + b.slope * x) for a, b in greater) - sum(
        max(a.constant + a.slope * x, b.constant + b.slope * x) for a, b in lesser
    )


def holds(spans, x):
    for span in spans:
        above = x > span.lower or (x == span.lower and not span.open_below)
        below = span.upper is None or x < span.upper or (x == span.upper and not span.open_above)
        if above and below:
            return True
    return False


def probes(greater, lesser, start, spans):
    """Points of every piece: the bounds of the answer, where a maximum turns, and between and beyond them."""
    points = {
        Fraction(start),
        *(point for span in spans for point in (span.lower, span.upper) if point is not None),
    }
    for pair in (*greater, *lesser):
        one, other = pair
        if one.slope != other.slope:
            points.add(Fraction(other.constant - one.constant, one.slope - other.slope))
    ordered = sorted(point for point in points if point >= start)
    between = [(low + high) / 2 for low, high in pairwise(ordered)]
    near = [point + Fraction(step, 10**6) for point in ordered for step in (-1, 1)]
    return [x for x in (*ordered, *between, *near, ordered[-1] + 1, ordered[-1] + 10**6) if x >= start]


@settings(max_examples=1500)
@given(greater=sums, lesser=sums, start=st.integers(-2, 2), open_=st.booleans())
def test_spans_are_where_one_sum_is_no_less_or_greater(greater, lesser, start, open_):
    difference = Difference(greater, lesser, start, open_)
    for strictly in (False, True):
        spans = difference.spans(strictly)
        for x in probes(greater, lesser, start, spans):
            value = excess(greater, lesser, x)
            expected = value > 0 if strictly else value >= 0
            assert holds(spans, x) == (expected and not (open_ and x == start))
    assert difference.is_equality == all(
        excess(greater, lesser, x) == 0 for x in probes(greater, lesser, start, difference.spans())
    )


@given(greater=sums, lesser=sums)
def test_spans_ascend_apart_and_those_with_equality_are_closed(greater, lesser):
    spans = Difference(greater, lesser, 0).spans()
    for span in spans:
        assert span.upper is None or span.lower <= span.upper
        assert not span.open_below
        assert span.upper is None or not span.open_above
    for one, other in pairwise(spans):
        assert one.upper < other.lower


def test_two_stretches_with_a_gap_between_them():
    """max(6, 2x) against max(4, x) + max(1, 3x/4): 6 ≥ 4 + 3x/4 up to 8/3, 2x ≥ 4 + 3x/4 from 16/5 on."""
    greater = ((Line(6), Line(0, 2)),)
    lesser = ((Line(4), Line(0, 1)), (Line(1), Line(0, Fraction(3, 4))))
    assert Difference(greater, lesser, 0).spans() == (
        Interval(0, Fraction(8, 3)),
        Interval(Fraction(16, 5), None, False, True),
    )


def test_equality_over_a_whole_stretch_is_no_less_but_not_greater():
    """max(−2 + 2x, 2) and max(x, 2) agree up to 2 alone."""
    greater, lesser = ((Line(2), Line(-2, 2)),), ((Line(2), Line(0, 1)),)
    found = Difference(greater, lesser, 1)
    assert found.spans() == (Interval(1, None, False, True),)
    assert found.spans(strictly=True) == (Interval(2, None, True, True),)
    assert Difference(greater, greater, 1).is_equality


def test_a_start_that_is_left_out_is_no_answer():
    """x − 0 ≥ 2x holds at 0 alone."""
    one, two = ((Line(0), Line(0, 1)),), ((Line(0), Line(0, 2)),)
    assert Difference(one, two, 0).spans() == (Interval(0, 0),)
    assert Difference(one, two, 0, open_=True).spans() == ()


@pytest.mark.parametrize("x", [0, 1, Fraction(5, 3)])
def test_a_line_adds_and_multiplies_like_its_value(x):
    line = Line(2, 3)
    assert (line + 4).at(x) == (4 + line).at(x) == line.at(x) + 4
    assert (line * 5).at(x) == (5 * line).at(x) == line.at(x) * 5
    assert (line + Line(1, -3)).at(x) == 3
    assert as_line(7).at(x) == 7
    assert value_at(((line, Line(10)), (Line(1), Line(0))), x) == max(line.at(x), 10) + 1


def test_where_maxima_turn():
    assert breakpoints(((Line(6), Line(0, 2)), (Line(1, 1), Line(2, 1)))) == {3}
