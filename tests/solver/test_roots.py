"""Real roots, exact whatever the degree."""

from itertools import pairwise
from random import Random

import pytest
import sympy

from sepcost.solver.roots import (
    IndexedRoot,
    Root,
    X,
    completed_square,
    real_roots,
    roots_in_symbols,
    roots_of_square,
)
from sepcost.solver.symbolic import GAMMA, UndecidedError, sign_of_number
from tests.effort import tries

Q = sympy.Rational


def test_roots_of_a_quadratic_are_exact():
    """x² − 36x/4 + 9/4: 9/2 ± 3√2."""
    low, high = Q(9, 2) - 3 * sympy.sqrt(2), Q(9, 2) + 3 * sympy.sqrt(2)
    assert real_roots([Q(9), Q(-36), Q(4)]) == [Root(low), Root(high)]


def test_a_root_with_an_irrational_slope_has_no_root_below_its_bar():
    """7 = (3 − √2) x: x = 7 (3 + √2)/(9 − 2) = 3 + √2."""
    assert real_roots([Q(-7), 3 - sympy.sqrt(2)]) == [Root(3 + sympy.sqrt(2))]


def test_a_root_of_a_root_is_taken_apart_where_it_can_be():
    """(x − √2)(x − 1): the roots differ by √(3 − 2√2), which is √2 − 1."""
    root = sympy.sqrt(2)
    assert real_roots([root, -1 - root, sympy.Integer(1)]) == [Root(sympy.Integer(1)), Root(root)]


@pytest.mark.parametrize(
    ("coefs", "roots"),
    [
        ([Q(4), Q(-4), Q(1)], [Root(Q(2), 2)]),  # (x − 2)²
        ([Q(1), Q(1), Q(1)], []),
        ([Q(-8), Q(12), Q(-6), Q(1)], [Root(Q(2), 3)]),  # (x − 2)³
        ([Q(4), Q(0), Q(-4), Q(0), Q(1)], [Root(-sympy.sqrt(2), 2), Root(sympy.sqrt(2), 2)]),  # (x² − 2)²
        ([Q(-2), Q(0), Q(0), Q(1)], [Root(sympy.cbrt(2))]),
    ],
)
def test_a_root_is_told_once_with_how_often_it_is_one(coefs, roots):
    assert real_roots(coefs) == roots


def test_a_quadratic_has_its_roots_whatever_field_its_coefficients_are_of():
    """(√5 + √7) x² + √3 x − √2: isolating roots would need a field of degree 32."""
    coefs = [-sympy.sqrt(2), sympy.sqrt(3), sympy.sqrt(5) + sympy.sqrt(7)]
    low, high = (float(root.value) for root in real_roots(coefs))
    assert low < 0 < high
    for root in (low, high):
        assert abs(sum(float(c) * root**power for power, c in enumerate(coefs))) < 1e-12


@pytest.mark.parametrize(
    ("coefs", "roots"),
    [
        ([Q(-9), GAMMA], ["9/gamma"]),
        ([GAMMA, Q(-9)], ["gamma/9"]),
        ([Q(-3), Q(0), GAMMA], ["-sqrt(3)/sqrt(gamma)", "sqrt(3)/sqrt(gamma)"]),
        ([Q(3), Q(6), -GAMMA], ["(3 - sqrt(3*gamma + 9))/gamma", "(sqrt(3*gamma + 9) + 3)/gamma"]),
        ([Q(-3), Q(-6), GAMMA], ["(3 - sqrt(3*gamma + 9))/gamma", "(sqrt(3*gamma + 9) + 3)/gamma"]),
    ],
    ids=str,
)
def test_roots_in_a_symbol_are_where_the_polynomial_is_zero(coefs, roots):
    found = roots_in_symbols(coefs, len(roots))
    assert [str(root) for root in found] == roots
    for root in found:
        assert sympy.simplify(sum(c * root**power for power, c in enumerate(coefs))) == 0


def test_completing_the_square_keeps_the_polynomial():
    middle, spread = completed_square([Q(9), Q(-36), Q(4)])
    assert sympy.expand(4 * ((X - middle) ** 2 - spread)) == 4 * X**2 - 36 * X + 9


def test_a_square_comes_out_of_a_root_and_what_is_shared_out_of_a_quotient():
    """gamma x² + 6x − 3: b² − 4ac = 36 + 12 gamma = 2² (3 gamma + 9), and 2 divides 6, 2 and 2 gamma."""
    low, high = roots_of_square([Q(-3), Q(6), GAMMA])
    assert (str(low), str(high)) == ("(-sqrt(3*gamma + 9) - 3)/gamma", "(sqrt(3*gamma + 9) - 3)/gamma")
    assert roots_of_square([Q(3), Q(-6), -GAMMA]) == (low, high)


def test_roots_ascend_whatever_the_sign_of_a_leading_symbol():
    """(gamma − 4) x² + 4x + 1: 1 ± √6/2 at gamma = 2, −1 ± √2/2 at 6."""
    low, high = roots_of_square([Q(1), Q(4), GAMMA - 4])
    for gamma, middle, reach in ((2, 1, sympy.sqrt(6) / 2), (6, -1, sympy.sqrt(2) / 2)):
        at = [sympy.expand(each.subs(GAMMA, gamma)) for each in (low, high)]
        assert at == [middle - reach, middle + reach]


def test_squares_are_looked_for_in_numbers_up_to_10_to_the_9():
    """10^10 + 10^9 gamma = (10^4)² (10 gamma + 100); 4 · 10^9 gamma stays as it is beside 4 · 10^10."""
    _, high = roots_of_square([Q(-250_000_000), Q(100_000), GAMMA])
    assert str(high) == "(5000*sqrt(10*gamma + 100) - 50000)/gamma"
    _, high = roots_of_square([Q(-(10**9)), Q(200_000), GAMMA])
    assert str(high) == "(sqrt(4000000000*gamma + 40000000000) - 200000)/(2*gamma)"


def test_roots_ascend_and_are_where_the_polynomial_is_zero():
    random = Random("roots")
    for _ in range(tries(15)):
        coefs = [Q(random.randint(-9, 9), random.randint(1, 3)) for _ in range(random.randint(4, 6))]
        if coefs[-1] == 0:
            continue
        values = [root.value for root in real_roots(coefs)]
        assert all(sign_of_number(high - low) > 0 for low, high in pairwise(values))
        polynomial = sum(c * X**power for power, c in enumerate(coefs))
        assert all(abs(polynomial.subs(X, value).evalf(30)) < 1e-20 for value in values)


def test_a_root_in_a_symbol_becomes_a_number_with_it():
    """x³ − 3 gamma x + 1 has three real roots at gamma = 2, of which the last is 2.36…"""
    polynomial = [sympy.Integer(1), -3 * GAMMA, sympy.Integer(0), sympy.Integer(1)]
    root = roots_in_symbols(polynomial, 3)[-1]
    assert isinstance(root, IndexedRoot)
    at_two = root.xreplace({GAMMA: sympy.Integer(2)})
    assert at_two == sympy.CRootOf(X**3 - 6 * X + 1, 2)
    assert 2.36 < float(at_two) < 2.37


def test_irrational_coefficients_are_taken_up_to_a_degree_of_8_over_one_root():
    """x⁸ = √2: the norm over the rationals is x¹⁶ − 2."""
    low, high = (root.value for root in real_roots([-sympy.sqrt(2), *[sympy.Integer(0)] * 7, Q(1)]))
    assert float(high) == -float(low) == pytest.approx(2 ** (1 / 16))
    with pytest.raises(UndecidedError, match="irrational coefficients, and too high a degree"):
        real_roots([-sympy.sqrt(2), *[sympy.Integer(0)] * 8, Q(1)])
