"""Numbers of the form c xⁿ: arithmetic, and the whole x at which they are whole, found by trying each."""

from fractions import Fraction
from itertools import product
from operator import add, mul, truediv

import pytest

from sepcost.core.exact import Surd
from sepcost.core.monomial import LARGEST_FACTORED, Monomial, NoRuleError, as_monomial, whole_at

FAR = 80
X = Monomial(Fraction(1))


def value(one, x):
    return one.factor * Fraction(x) ** one.power


def tried(counts, first, last):
    """The x from first to last at which trying finds each count whole and at least 1."""
    return [
        x
        for x in range(first, last + 1)
        if all(value(each, x).denominator == 1 and value(each, x) >= 1 for each in counts)
    ]


MONOMIALS = [Monomial(Fraction(factor), power) for factor in ("1", "3", "2/5") for power in (-2, -1, 0, 1, 3)]


@pytest.mark.parametrize("operate", [add, mul, truediv])
def test_monomials_and_numbers_have_the_value_of_their_arithmetic(operate):
    for one, other in product(MONOMIALS, [*MONOMIALS, 2, Fraction(1, 3)]):
        if operate is add and one.power != as_monomial(other).power:
            with pytest.raises(NoRuleError):
                operate(one, other)
            continue
        for left, right in ((one, other), (other, one)):
            values = [value(as_monomial(each), 7) for each in (left, right)]
            assert value(operate(left, right), 7) == operate(*values)


@pytest.mark.parametrize("other", [Surd(0, 1, 2), 1.5, "2"], ids=str)
def test_what_is_not_rational_has_no_rule(other):
    for operate in (add, mul, truediv):
        with pytest.raises(NoRuleError):
            operate(X, other)
    with pytest.raises(NoRuleError):
        X ** Fraction(1, 2)


@pytest.mark.parametrize("power", [1, 2, 3, 4])
def test_a_power_over_a_number_is_whole_in_steps(power):
    for below in range(1, 73):
        found = whole_at([Monomial(Fraction(1, below), power)], 1, FAR)
        assert isinstance(found, range)
        assert list(found) == tried([Monomial(Fraction(1, below), power)], 1, FAR)


@pytest.mark.parametrize("power", [-1, -2, -3])
def test_a_number_over_a_power_is_whole_at_divisors(power):
    for above in range(1, 73):
        assert whole_at([Monomial(Fraction(above), power)], 1, FAR) == tried(
            [Monomial(Fraction(above), power)], 1, FAR
        )


@pytest.mark.parametrize(
    "counts",
    [
        [],
        [X / 4, X / 6],
        [X * X / 18, X / 4],
        [12 / X, X / 2],
        [36 / X, 24 / X],
        [64 / (X * X), X / 2],
        [12 / X, Monomial(Fraction(3), 0)],
        [X / 2, Monomial(Fraction(1, 2), 0)],
        [Fraction(1, 2) / X],
        [Fraction(25, 2) / X, 12 / X],
        [X * 0],
        [X * -1],
        [12 / X, X * -1],
        [Monomial(Fraction(0), 0)],
    ],
)
@pytest.mark.parametrize(("first", "last"), [(1, FAR), (2, 12), (3, 11), (4, 4), (5, 4)])
def test_counts_are_whole_together_where_trying_finds_them(counts, first, last):
    assert list(whole_at(counts, first, last)) == tried(counts, first, last)


def test_divisors_are_looked_for_up_to_a_number():
    assert whole_at([LARGEST_FACTORED / X, X / 10**11], 1, 10**12) == [10**11, 2 * 10**11, 5 * 10**11, 10**12]
    assert whole_at([X * X / LARGEST_FACTORED], 1, 2 * 10**6) == range(10**6, 2 * 10**6 + 1, 10**6)
    for beyond in ([(LARGEST_FACTORED + 1) / X], [X * X / (LARGEST_FACTORED + 1)]):
        with pytest.raises(NoRuleError):
            whole_at(beyond, 1, 9)
    assert whole_at([X / (LARGEST_FACTORED + 1)], 1, 9) == range(
        LARGEST_FACTORED + 1, 10, LARGEST_FACTORED + 1
    )
