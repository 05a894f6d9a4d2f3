"""Polynomials of degree two and their roots: ordered, and with signs, as their decimals are."""

from decimal import Decimal, getcontext
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sepcost.solver.quadratic import Irrational, Polynomial, between

getcontext().prec = 60
numbers = st.integers(-30, 30)
quadratics = st.builds(Polynomial, numbers, numbers, numbers)
POINTS = [Fraction(n, 3) for n in range(-9, 10)]


def decimal(x):
    """A number to sixty figures."""
    if not isinstance(x, Irrational):
        return Decimal(x.numerator) / Decimal(x.denominator)
    return decimal(x.rational) + x.sign * decimal(x.radicand).sqrt()


@given(one=quadratics, other=quadratics, x=st.sampled_from(POINTS))
def test_polynomials_add_subtract_and_divide_as_their_values_do(one, other, x):
    assert (one + other).at(x) == one.at(x) + other.at(x)
    assert (one - other).at(x) == one.at(x) - other.at(x)
    assert (7 * one).at(x) == (one * 7).at(x) == 7 * one.at(x)
    assert (one / 7 + 2).at(x) == (2 + one / 7).at(x) == one.at(x) / 7 + 2


@given(a=numbers, b=numbers, c=numbers, d=numbers, x=st.sampled_from(POINTS))
def test_lines_multiply_as_their_values_do(a, b, c, d, x):
    assert (Polynomial(a, b) * Polynomial(c, d)).at(x) == (a + b * x) * (c + d * x)


def test_a_degree_of_three_is_refused():
    with pytest.raises(ValueError, match="degree three"):
        Polynomial(0, 0, 1) * Polynomial(0, 1)


@given(quadratics)
def test_roots_are_where_the_sign_is_0_and_ascend(polynomial):
    roots = polynomial.roots()
    assert all(polynomial.sign_at(root) == 0 for root in roots)
    assert list(roots) == sorted(set(roots))
    c0, c1, c2 = (*polynomial.coefficients, *[0] * (3 - len(polynomial.coefficients)))
    if c2:
        discriminant = c1 * c1 - 4 * c0 * c2
        assert len(roots) == (discriminant > 0) + (discriminant >= 0)


@given(one=quadratics, other=quadratics)
def test_roots_are_ordered_as_their_decimals_and_have_signs_of_theirs(one, other):
    for x in one.roots():
        for y in (*other.roots(), *POINTS[:3]):
            difference = decimal(x) - decimal(y)
            if abs(difference) > Decimal("1e-40"):
                assert (x < y) == (difference < 0)
                assert (x > y) == (difference > 0)
            else:
                assert not x < y
                assert not x > y
        value = Decimal(0)
        for each in reversed(other.coefficients):
            value = value * decimal(x) + decimal(each)
        assert other.sign_at(x) == (value > Decimal("1e-40")) - (value < Decimal("-1e-40"))


@given(one=quadratics, other=quadratics)
def test_a_number_lies_between_any_two(one, other):
    roots = sorted({*one.roots(), *other.roots()})
    for low, high in pairwise(roots):
        assert low < between(low, high) < high
    for root in roots:
        assert between(root, None) > root


def test_a_line_has_one_root_and_a_number_none():
    """2x − 3, and 3."""
    assert Polynomial(-3, 2).roots() == (Fraction(3, 2),)
    assert Polynomial(3).roots() == Polynomial(0).roots() == ()


def test_a_root_is_a_float_where_one_is_asked_for():
    """x² − 2x − 1: 1 ± √2."""
    low, high = Polynomial(-1, -2, 1).roots()
    assert (float(low), float(high)) == (1 - 2**0.5, 1 + 2**0.5)
