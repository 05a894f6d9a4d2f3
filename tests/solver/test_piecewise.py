"""Sums of maxima of lines: where one is no less than another, compared with evaluation in every piece."""

from fractions import Fraction
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from sepcost.solver.interval import Interval
from sepcost.solver.piecewise import Difference, Level, PassTime, breakpoints, greater, value_at
from sepcost.solver.quadratic import Quadratic
from tests.effort import tries

numbers = st.integers(-6, 6)
lines = st.builds(Quadratic, numbers, numbers)
sums = st.lists(st.builds(greater, lines, lines), max_size=3).map(tuple)


def two(maximum):
    """The two lines of which a maximum is the greater."""
    return maximum.computing, maximum.levels[0].moving


def excess(more, less, x):
    """The difference, each maximum taken as it is defined."""
    sides = [sum(max(line.at(x) for line in two(each)) for each in side) for side in (more, less)]
    return sides[0] - sides[1]


def holds(spans, x, start):
    for span in spans:
        above = span.lower is None or x > span.lower or (x == span.lower and not span.open_below)
        if span.lower is None and span.open_below:
            above = x > start
        below = span.upper is None or x < span.upper or (x == span.upper and not span.open_above)
        if above and below:
            return True
    return False


def probes(more, less, start, spans):
    """Points of every piece: the bounds of the answer, where a maximum turns, and between and beyond them."""
    points = {
        Fraction(start),
        *(point for span in spans for point in (span.lower, span.upper) if point is not None),
    }
    for each in (*more, *less):
        one, other = two(each)
        points.update((one - other).roots())
    ordered = sorted(point for point in points if point >= start)
    between = [(low + high) / 2 for low, high in pairwise(ordered)]
    near = [point + Fraction(step, 10**6) for point in ordered for step in (-1, 1)]
    return [x for x in (*ordered, *between, *near, ordered[-1] + 1, ordered[-1] + 10**6) if x >= start]


@settings(max_examples=tries(100))
@given(more=sums, less=sums, start=st.integers(-2, 2), open_=st.booleans())
def test_spans_are_where_one_sum_is_no_less_or_greater(more, less, start, open_):
    difference = Difference(more, less, start, open_)
    for strictly in (False, True):
        spans = difference.spans(strictly)
        for x in probes(more, less, start, spans):
            value = excess(more, less, x)
            expected = value > 0 if strictly else value >= 0
            assert holds(spans, x, start) == (expected and not (open_ and x == start))
    assert difference.is_equality == all(
        excess(more, less, x) == 0 for x in probes(more, less, start, difference.spans())
    )


@given(more=sums, less=sums)
def test_spans_ascend_apart_and_those_with_equality_are_closed(more, less):
    spans = Difference(more, less, 0).spans()
    for span in spans:
        assert None in (span.upper, span.lower) or span.lower <= span.upper
        assert not span.open_below
        assert span.upper is None or not span.open_above
    for one, other in pairwise(spans):
        assert one.upper < other.lower


def test_two_stretches_with_a_gap_between_them():
    """max(6, 2x) against max(4, x) + max(1, 3x/4): 6 ≥ 4 + 3x/4 up to 8/3, 2x ≥ 4 + 3x/4 from 16/5 on."""
    more = (greater(6, Quadratic(0, 2)),)
    less = (greater(4, Quadratic(0, 1)), greater(1, Quadratic(0, Fraction(3, 4))))
    assert Difference(more, less, 0).spans() == (
        Interval(None, Fraction(8, 3)),
        Interval(Fraction(16, 5), None),
    )


def test_equality_over_a_whole_stretch_is_no_less_but_not_greater():
    """max(−2 + 2x, 2) and max(x, 2) agree up to 2 alone."""
    more, less = (greater(2, Quadratic(-2, 2)),), (greater(2, Quadratic(0, 1)),)
    found = Difference(more, less, 1)
    assert found.spans() == (Interval(None, None),)
    assert found.spans(strictly=True) == (Interval(2, None, open_below=True),)
    assert Difference(more, more, 1).is_equality


def test_a_start_that_is_left_out_is_no_answer():
    """x − 0 ≥ 2x holds at 0 alone."""
    one, both = (greater(0, Quadratic(0, 1)),), (greater(0, Quadratic(0, 2)),)
    assert Difference(one, both, 0).spans() == (Interval(None, 0),)
    assert Difference(one, both, 0, open_=True).spans() == ()


def test_a_square_against_a_line_has_roots_that_are_no_ratios():
    """x² ≥ 2 from √2 on."""
    (found,) = Difference((greater(0, Quadratic(0, 0, 1)),), (greater(0, 2),), 1).spans()
    assert found.upper is None
    assert Quadratic(-2, 0, 1).sign_at(found.lower) == 0


def test_a_pass_jumps_where_a_cache_no_longer_holds_it():
    """x bytes, 10 of which a cache holds: x/10 up to 10 and there, x beyond."""
    through = (Level(Quadratic(0, Fraction(1, 10)), Quadratic(-10, 1)), Level(Quadratic(0, 1)))
    time = (PassTime(Quadratic(), through, launch=1),)
    assert [value_at(time, x) for x in (5, 10, 11)] == [1 + Fraction(1, 2), 1 + 1, 1 + 11]
    assert Fraction(10) in breakpoints(time)
    assert Difference((greater(0, 3),), time, 1).spans() == (Interval(None, 10),)
    assert Difference(time, (greater(0, 3),), 1).spans() == (Interval(10, None, open_below=True),)


def test_where_maxima_turn():
    assert breakpoints((greater(6, Quadratic(0, 2)), greater(Quadratic(1, 1), Quadratic(2, 1)))) == {3}
