"""Which values leave counts whole, and the first and last of them in bounds, against trying each."""

from fractions import Fraction
from math import isqrt
from random import Random

import pytest
import sympy

from sepcost.core.monomial import NoRuleError
from sepcost.solver import admissible
from sepcost.solver.admissible import Whole, first, whole_numbers
from sepcost.solver.counts import whole_values
from sepcost.solver.interval import Interval
from tests.effort import tries

ONE = sympy.Integer(1)
FAR = 300
n = sympy.Symbol("n", positive=True)
Q = sympy.Rational


@pytest.mark.parametrize(
    ("lower", "upper", "above", "below", "expected"),
    [
        ("9/8", "7", False, False, Interval(2, 7)),
        ("2", "7", False, False, Interval(2, 7)),
        ("2", "7", True, False, Interval(3, 7)),
        ("2", "7", False, True, Interval(2, 6)),
        ("9/8", "20/3", True, True, Interval(2, 6)),  # bounds that are not whole are left out anyway
        ("63/2 - 27*sqrt(5)/2", "63/2 + 27*sqrt(5)/2", True, True, Interval(2, 61)),  # 1.31 and 61.69
        ("1", None, False, False, Interval(1, None)),
        ("CRootOf(x**3 - 4*x + 1, 2)", "CRootOf(x**3 - 30, 0)", True, True, Interval(2, 3)),  # 1.86, 3.1
    ],
)
def test_the_whole_numbers_between_two_bounds(lower, upper, above, below, expected):
    ends = sympy.sympify(lower), None if upper is None else sympy.sympify(upper)
    assert whole_numbers(Interval(*ends, above, below), ONE, None) == expected


def test_a_bound_a_hair_from_a_whole_number_is_on_its_own_side():
    """√(10^18 + 1) is 5 in 10^10 above 10^9, and √(10^18 − 1) as much below; so is a root of a cubic."""
    above, below = sympy.sqrt(10**18 + 1), sympy.sqrt(10**18 - 1)
    assert whole_numbers(Interval(above, None), ONE, None) == Interval(10**9 + 1, None)
    assert whole_numbers(Interval(None, below), ONE, None) == Interval(1, 10**9 - 1)
    x = sympy.Symbol("x")
    cubic = sympy.CRootOf(x**3 - x - 10**30 + 10**10 + 1, 0)  # x³ − x at 10^10 is 10^30 − 10^10
    assert whole_numbers(Interval(None, cubic), ONE, None) == Interval(1, 10**10 - 1)


@pytest.mark.parametrize(
    ("whole_counts", "expected"),
    [
        ([4 * n / 9], range(9, FAR, 9)),  # N_i of N_o where gamma is 9/4
        ([n / 4, n / 6], range(12, FAR, 12)),  # two groupings at once
        ([(n + 2) / 4, n / 3], range(6, FAR, 12)),  # 2 in fours, 0 in threes
        ([n / 4, (n + 2) / 4], []),
        ([12 / n], [1, 2, 3, 4, 6, 12]),  # groups that divide 12 channels
        ([12 / n, 18 / n], [1, 2, 3, 6]),
        ([12 / n, n / 3], [3, 6, 12]),
        ([n - 5], range(6, FAR)),  # at least 1
        ([20 - n], range(1, 20)),
        ([n**2 / 12], range(6, FAR, 6)),  # 12 = 2² 3
        ([12 / (n + 1)], [1, 2, 3, 5, 11]),
        ([(n + 12) / n], [1, 2, 3, 4, 6, 12]),  # 1 + 12/n
        ([n / (2 * n)], []),
        ([sympy.Integer(3), n], range(1, FAR)),
        ([Q(9, 4)], []),
        ([12 / (n**2 + n)], [1, 2, 3]),  # n + 1 = 2, 3, 4 times n
        ([30 / (n**2 + 1)], [1, 2, 3]),  # 15, 6, 3
        ([(n - 20) / (n - 12)], [4, 8, 10, 11]),  # 1 + 8/(12 - n): 12 - n divides 8
    ],
)
def test_counts_are_whole_for_values_in_steps_or_for_divisors(whole_counts, expected):
    whole = whole_values(whole_counts, n)
    assert [value for value in range(1, FAR) if value in whole] == list(expected)


def random_count(random: Random) -> sympy.Expr:
    one, other, third = (sympy.Integer(random.randint(1, 12)) for _ in range(3))
    large, shift = sympy.Integer(random.randint(1, 60)), sympy.Integer(random.randint(-9, 9))
    forms = [
        n * one / other,
        large / n,
        (n * one + shift) / other,
        large * n / (n + one),
        n**2 / one + n / other,
        large / (one * n),
        (n + other) / (n * one + third),
    ]
    return random.choice(forms)


def is_whole(every: list[sympy.Expr], value: int) -> bool:
    return all(
        (count := each.xreplace({n: sympy.Integer(value)})).is_Integer and count >= 1 for each in every
    )


def test_first_and_last_are_what_trying_every_value_finds():
    random = Random("counts")
    for _ in range(tries(60)):
        drawn = [random_count(random) for _ in range(random.randint(1, 3))]
        low = random.randint(1, 60)
        ranges = [
            Interval(low, low + random.randint(0, 20)),
            Interval(low + 40, low + random.randint(40, 200)),
        ]
        values = [
            value for part in ranges for value in range(part.lower, part.upper + 1) if is_whole(drawn, value)
        ]
        squares = [value for value in values if isqrt(value) ** 2 == value]
        whole = whole_values(drawn, n)
        assert first(ranges, whole) == (values[0] if values else None), (drawn, ranges)
        assert whole.last(ranges) == (values[-1] if values else None), (drawn, ranges)
        squared = whole_values([*drawn, sympy.sqrt(n)], n)
        assert first(ranges, squared) == (squares[0] if squares else None), (drawn, ranges)
        assert squared.last(ranges) == (squares[-1] if squares else None), (drawn, ranges)


def test_what_goes_on_without_end_has_no_last():
    assert whole_values([n / 4], n).last([Interval(3, None)]) is None
    assert whole_values([n / 4], n).last([Interval(1, 9), Interval(20, None)]) is None
    assert whole_values([24 / n], n).last([Interval(3, None)]) == 24
    assert whole_values([20 - n], n).last([Interval(3, None)]) == 19
    assert whole_values([36 / n, sympy.sqrt(n)], n).last([Interval(3, None)]) == 36


def test_steps_of_a_billion_are_not_walked():
    """Two primes near 10^9: their multiples at once come 10^18 apart."""
    whole = whole_values([n / 999_999_937, n / 999_999_929], n)
    assert first([Interval(2, None)], whole) == 999_999_937 * 999_999_929


def test_a_search_that_no_rule_shortens_says_that_it_gave_up(monkeypatch):
    monkeypatch.setattr(admissible, "LONGEST_SEARCH", 50)
    whole = whole_values([(n**2 + 1) / 1_000_003], n)
    with pytest.raises(NoRuleError):
        first([Interval(1, None)], whole)


def test_no_value_leaves_a_count_of_zero_or_less():
    assert list(whole_values([Q(0), n], n).within([Interval(1, 9)])) == []
    assert whole_values([12 / n, 12 - n], n).candidates == (1, 2, 3, 4, 6)  # 12 - 12 is 0


def test_a_root_of_the_unknown_is_whole_for_squares_alone():
    """√n/2: the squares of even numbers."""
    whole = whole_values([sympy.sqrt(n) / 2, n], n)
    assert first([Interval(5, None)], whole) == first([Interval(16, None)], whole) == 16
    assert first([Interval(17, None)], whole) == 36
    assert whole.last([Interval(5, 99)]) == 64
    assert whole.last([Interval(5, 15)]) is None
    with pytest.raises(NoRuleError):
        whole_values([sympy.sqrt(2) * n], n)
    with pytest.raises(NoRuleError):
        whole_values([sympy.sqrt(n) + 1], n)


def is_square(value):
    return value.denominator == 1 and isqrt(value.numerator) ** 2 == value


@pytest.mark.parametrize("ratio", [Q(1, 8), Q(6), Q(12, 5), Q(9, 4), Q(1, 2 * 49)])
def test_a_root_of_a_share_of_the_unknown_is_whole_for_some_times_squares(ratio):
    every, share = range(1, 3000), Fraction(ratio.p, ratio.q)
    for count, square in (
        (sympy.sqrt(n * ratio), lambda value: value * share),
        (sympy.sqrt(720 / n / ratio), lambda value: 720 / (value * share)),
    ):
        values = [value for value in every if is_square(square(value))]
        whole = whole_values([count, n], n)
        assert first([Interval(2, 2999)], whole) == next((v for v in values if v >= 2), None)
        assert whole.last([Interval(1, 2999)]) == (values[-1] if values else None)


def test_roots_of_two_shares_are_never_whole_together():
    assert whole_values([sympy.sqrt(n / 2), sympy.sqrt(n)], n) == Whole(candidates=())


def test_nothing_is_admissible_where_a_size_that_is_held_is_not_whole():
    assert whole_values([Q(15, 2)], n) == Whole(candidates=())


def test_the_last_square_is_sought_from_the_end_and_down_to_1():
    every, even = whole_values([sympy.sqrt(n)], n), whole_values([n / 2, sympy.sqrt(n)], n)
    assert every.last([Interval(1, 3)]) == 1
    assert every.last([Interval(2, 3)]) is None
    assert even.last([Interval(1, 3)]) is None
    assert every.last([Interval(1, 15), Interval(30, 63)]) == 49
    assert even.last([Interval(1, 20), Interval(26, 35)]) == 16
    assert even.last([Interval(16, 16)]) == 16
    assert even.last([Interval(1, None)]) is None


@pytest.mark.parametrize(("lower", "upper"), [(1, 1), (1, 3), (2, 8), (4, 9), (5, 8), (10, 15), (10, 16)])
def test_squares_in_an_interval_are_those_that_trying_each_finds(lower, upper):
    squares = [value for value in range(lower, upper + 1) if isqrt(value) ** 2 == value]
    whole = whole_values([sympy.sqrt(n)], n)
    assert first([Interval(lower, upper)], whole) == (squares[0] if squares else None)
    assert whole.last([Interval(lower, upper)]) == (squares[-1] if squares else None)
