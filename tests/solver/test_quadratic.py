"""Polynomials of degree two and their roots: ordered, and with signs, as their decimals are."""

from decimal import Decimal, getcontext
from fractions import Fraction
from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sepcost.solver.quadratic import Irrational, Quadratic, between

getcontext().prec = 60
numbers = st.integers(-30, 30)
quadratics = st.builds(Quadratic, numbers, numbers, numbers)
POINTS = [Fraction(n, 3) for n in range(-9, 10)]


def decimal(x):
    """A number to sixty figures."""
    if not isinstance(x, Irrational):
        return Decimal(x.numerator) / Decimal(x.denominator)
    return decimal(x.rational) + x.sign * decimal(x.radicand).sqrt()


def sign_of_decimal(polynomial, x):
    """The sign of its value to forty figures."""
    value = Decimal(0)
    for each in reversed(polynomial.coefficients):
        value = value * decimal(x) + decimal(each)
    return (value > Decimal("1e-40")) - (value < Decimal("-1e-40"))


@given(one=quadratics, other=quadratics, x=st.sampled_from(POINTS))
def test_polynomials_add_subtract_and_divide_as_their_values_do(one, other, x):
    assert (one + other).at(x) == one.at(x) + other.at(x)
    assert (one - other).at(x) == one.at(x) - other.at(x)
    assert (7 * one).at(x) == (one * 7).at(x) == 7 * one.at(x)
    assert (one / 7 + 2).at(x) == (2 + one / 7).at(x) == one.at(x) / 7 + 2


@given(a=numbers, b=numbers, c=numbers, d=numbers, x=st.sampled_from(POINTS))
def test_lines_multiply_as_their_values_do(a, b, c, d, x):
    assert (Quadratic(a, b) * Quadratic(c, d)).at(x) == (a + b * x) * (c + d * x)


@pytest.mark.parametrize("other", [Quadratic(0, 1), Quadratic(0, 0, 1)], ids=["a line", "a square"])
def test_a_degree_of_three_is_refused(other):
    with pytest.raises(ValueError, match="degree three"):
        Quadratic(0, 0, 1) * other


ROOTS = [
    Irrational(Fraction(p), s, Fraction(q))
    for p in (-1, 0, 2)
    for s in (-1, 1)
    for q in (2, 3, Fraction(1, 2))
]
COEFFICIENTS = [coefficients for length in range(4) for coefficients in product((-2, 0, 1), repeat=length)]


@pytest.mark.parametrize("coefficients", COEFFICIENTS, ids=str)
def test_a_polynomial_of_any_degree_has_the_sign_of_its_value(coefficients):
    polynomial = Quadratic(*coefficients)
    for x in (*ROOTS, *POINTS):
        assert polynomial.sign_at(x) == sign_of_decimal(polynomial, x)


@pytest.mark.parametrize(
    ("coefficients", "roots"),
    [
        ((9, -6, 1), (3,)),
        ((1, 4, 4), (Fraction(-1, 2),)),
        ((0, 0, 5), (0,)),
        ((1, 0, 1), ()),
        ((-4, 0, 9), (Fraction(-2, 3), Fraction(2, 3))),
        ((2, -1, -1), (-2, 1)),
    ],
)
def test_a_square_has_one_root_or_two_or_none(coefficients, roots):
    """(x - 3)², (2x + 1)², 5x², x² + 1, 9x² - 4, (1 - x)(x + 2)."""
    assert Quadratic(*coefficients).roots() == roots


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
        assert other.sign_at(x) == sign_of_decimal(other, x)


@given(one=quadratics, other=quadratics)
def test_a_number_lies_between_any_two(one, other):
    roots = sorted({*one.roots(), *other.roots()})
    for low, high in pairwise(roots):
        assert low < between(low, high) < high
    for root in roots:
        assert between(root, None) > root


def test_a_number_lies_strictly_between_two_however_near_they_are():
    """√2 between the ratios that are nearest for each size of denominator, and other roots near it."""
    root = Irrational(Fraction(0), 1, Fraction(2))
    near = [root]
    for bits in range(8):
        whole = int(2**bits * 2**0.5)
        near += [
            Fraction(whole, 2**bits),
            Fraction(whole + 1, 2**bits),
            Irrational(Fraction(1, 2**bits), 1, Fraction(2)),
        ]
    for low, high in pairwise(sorted(set(near))):
        assert low < between(low, high) < high


def test_a_line_has_one_root_and_a_number_none():
    """2x − 3, and 3."""
    assert Quadratic(-3, 2).roots() == (Fraction(3, 2),)
    assert Quadratic(3).roots() == Quadratic(0).roots() == ()


def test_a_root_is_a_float_where_one_is_asked_for():
    """x² − 2x − 1: 1 ± √2."""
    low, high = Quadratic(-1, -2, 1).roots()
    assert (float(low), float(high)) == (1 - 2**0.5, 1 + 2**0.5)
