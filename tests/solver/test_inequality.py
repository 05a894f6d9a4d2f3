"""Where a polynomial is not negative, in numbers: closed forms, isolated roots, ends of the domain."""

from fractions import Fraction
from random import Random

import pytest
import sympy

from sepcost.solver.inequality import Solution, cancelled, difference, factored, solved
from sepcost.solver.interval import EVERYWHERE, Interval
from sepcost.solver.symbolic import (
    GAMMA,
    N_I,
    N_O,
    ONE,
    TAPS,
    apart,
    coefficients,
    common_factor,
    ratio,
)
from tests.effort import tries

x = sympy.Symbol("x", positive=True)
Q = sympy.Rational


def polynomial(*coefs: sympy.Expr | int) -> sympy.Expr:
    return sum(sympy.sympify(c) * x**power for power, c in enumerate(coefs))


def inside(found: tuple[Interval, ...], value: sympy.Expr, lower: sympy.Expr = ONE) -> bool:
    """Whether an interval holds a value of the domain, which starts at `lower`."""
    return any(
        (value > lower or not part.open_below if part.lower is None else _above(value, part))
        and (part.upper is None or value < part.upper or (value == part.upper and not part.open_above))
        for part in found
    )


def _above(value: sympy.Expr, part: Interval) -> bool:
    return value > part.lower or (value == part.lower and not part.open_below)


@pytest.mark.parametrize(
    ("coefs", "upper", "holds", "strictly"),
    [
        # 8x ≥ 9
        ((-9, 8), None, [Interval(Q(9, 8), None)], [Interval(Q(9, 8), None, open_below=True)]),
        # 9 ≥ 8x
        ((9, -8), None, [Interval(None, Q(9, 8))], [Interval(None, Q(9, 8), open_above=True)]),
        # the root 1/8 lies below 1
        ((-1, 8), None, [EVERYWHERE], [EVERYWHERE]),
        ((1, -8), None, [], []),
        # the root is where the domain starts
        ((-1, 1), None, [EVERYWHERE], [Interval(None, None, open_below=True)]),
        ((1, -1), None, [Interval(None, ONE)], []),
        # (x − 2)(x − 3)
        (
            (6, -5, 1),
            None,
            [Interval(None, 2), Interval(3, None)],
            [Interval(None, 2, open_above=True), Interval(3, None, open_below=True)],
        ),
        ((-6, 5, -1), None, [Interval(2, 3)], [Interval(2, 3, open_below=True, open_above=True)]),
        # −(x − 2)² and (x − 2)²
        ((-4, 4, -1), None, [Interval(2, 2)], []),
        (
            (4, -4, 1),
            None,
            [EVERYWHERE],
            [Interval(None, 2, open_above=True), Interval(2, None, open_below=True)],
        ),
        ((1, 1, 1), None, [EVERYWHERE], [EVERYWHERE]),
        ((-1, -1, -1), None, [], []),
        ((-6, 5, -1), Q(5, 2), [Interval(2, None)], [Interval(2, None, open_below=True)]),
        ((-6, 5, -1), ONE, [], []),
        # the root is where the domain ends, or all that there is of it
        ((-9, 8), Q(9, 8), [Interval(Q(9, 8), None)], []),
        ((-1, 1), ONE, [EVERYWHERE], []),
        ((1, -1), ONE, [EVERYWHERE], []),
        ((2, -1), ONE, [EVERYWHERE], [EVERYWHERE]),
        ((5,), None, [EVERYWHERE], [EVERYWHERE]),
        ((0,), None, [EVERYWHERE], []),
        ((-5,), None, [], []),
        # (x − 2)³, whose sign turns, and (x − 2)⁴, whose sign does not
        ((-8, 12, -6, 1), None, [Interval(2, None)], [Interval(2, None, open_below=True)]),
        (
            (16, -32, 24, -8, 1),
            None,
            [EVERYWHERE],
            [Interval(None, 2, open_above=True), Interval(2, None, open_below=True)],
        ),
    ],
)
def test_where_a_polynomial_is_not_negative_and_where_it_is_positive(coefs, upper, holds, strictly):
    assert solved(polynomial(*coefs), x, ONE, upper) == Solution(tuple(holds), tuple(strictly))


def test_a_root_at_the_start_is_met_however_it_is_found():
    """(x − √2)(x − 1) and (2 − x)(x − √2)."""
    root = sympy.sqrt(2)
    assert solved(polynomial(root, -1 - root, 1), x, ONE, None) == Solution(
        (Interval(None, 1), Interval(root, None)), (Interval(root, None, open_below=True),)
    )
    assert solved(polynomial(-2 * root, 2 + root, -1), x, ONE, None).holds == (Interval(root, 2),)


def test_beyond_degree_two_the_ends_are_isolated_roots():
    """x³ − 4x + 1 is 1 at 2 and −2 at 1: its largest root lies between."""
    (part,) = solved(polynomial(1, -4, 0, 1), x, ONE, None).holds
    assert isinstance(part.lower, sympy.CRootOf)
    assert 1.86 < float(part.lower) < 1.87
    assert part.upper is None


@pytest.mark.parametrize("degrees", [(1, 2), (3, 4, 5)])
def test_at_exact_values_the_polynomial_has_the_sign_that_the_intervals_say(degrees):
    random = Random("polynomials")
    for _ in range(tries(100 if 1 in degrees else 40)):
        coefs = [random.randint(-9, 9) for _ in range(random.choice(degrees) + 1)]
        found = solved(polynomial(*coefs), x, ONE, None)
        for _ in range(6):
            value = 1 + Fraction(random.randint(0, 40), random.randint(1, 8))
            at = sum(c * value**power for power, c in enumerate(coefs))
            exact = Q(value.numerator, value.denominator)
            assert inside(found.holds, exact) == (at >= 0)
            assert inside(found.strictly, exact) == (at > 0)


def test_a_hair_beside_an_isolated_root_each_side_has_its_own_sign():
    """A billionth away from it; the polynomial is evaluated there, not solved."""
    random, ends = Random("hair"), 0
    for _ in range(tries(40)):
        expression = polynomial(*(random.randint(-9, 9) for _ in range(5)))
        found = solved(expression, x, ONE, None)
        for end in (end for part in found.holds for end in (part.lower, part.upper) if end is not None):
            near = sympy.floor(end * 10**9)
            for value in (Q(near - 1, 10**9), Q(near + 2, 10**9)):
                if value >= 1:
                    assert inside(found.holds, value) == (expression.subs(x, value) >= 0)
                    ends += 1
    assert ends > tries(15)


def test_coefficients_with_a_root_have_isolated_roots_too():
    """x³ = 9√2 x + 9: the polynomial's norm over the rationals has degree 6, and three roots of ours."""
    (part,) = solved(polynomial(-9, -9 * sympy.sqrt(2), 0, 1), x, ONE, None).holds
    value = float(part.lower)
    assert value**3 == pytest.approx(9 * 2**0.5 * value + 9)


def test_the_expression_is_zero_at_the_ends_that_are_left_out():
    random = Random("ends")
    for _ in range(tries(60)):
        expression = polynomial(*(random.randint(-9, 9) for _ in range(3)))
        for part in solved(expression, x, ONE, None).strictly:
            for end, is_open in ((part.lower or ONE, part.open_below), (part.upper, part.open_above)):
                if end is not None:
                    assert (sympy.expand(expression.subs(x, end)) == 0) == is_open


@pytest.mark.parametrize(
    ("left", "right", "cancelled_left", "cancelled_right"),
    [
        (9 * N_O * N_I, N_I * N_O + 9 * N_I, 9 * N_O, N_O + 9),
        (144 * GAMMA, 16 * GAMMA + 36, 36 * GAMMA, 4 * GAMMA + 9),
        (N_O**2 * TAPS / GAMMA, N_O * (N_O + TAPS), N_O * TAPS, GAMMA * (N_O + TAPS)),
        (N_I * (N_O + 9), GAMMA * N_I * (N_O + 9), 1, GAMMA),
        (sympy.sqrt(2) * N_O, sympy.sqrt(2) * (N_O + 9) / 2, 2 * N_O, N_O + 9),
        (sympy.Integer(576), sympy.Integer(292), 144, 73),
    ],
)
def test_what_two_sides_share_is_cancelled(left, right, cancelled_left, cancelled_right):
    left, right = cancelled(factored(left), factored(right))
    assert sympy.expand(left.factor * left.rest - cancelled_left) == 0
    assert sympy.expand(right.factor * right.rest - cancelled_right) == 0
    assert sympy.expand(difference(left, right) - cancelled_left + cancelled_right) == 0


def test_the_common_factor_divides_every_term_and_leaves_nothing_to_divide():
    products = [6 * N_O**2 / N_I, 4 * N_O, Q(2, 3) * N_O * GAMMA]
    factor = common_factor(products)
    assert factor == Q(2, 3) * N_O / N_I
    rest = [product / factor for product in products]
    assert rest == [9 * N_O, 6 * N_I, GAMMA * N_I]
    assert common_factor(rest) == 1  # no letter is in all three, and gcd(9, 6, 1) = 1


def test_coefficients_are_those_of_the_powers():
    assert coefficients(sympy.expand((TAPS * x - 2) * (x + 3)), x) == [-6, 3 * TAPS - 2, TAPS]
    assert coefficients(sympy.Integer(0), x) == [0]


def test_a_sum_comes_apart_into_what_is_added_and_what_is_taken_away():
    assert apart(TAPS - 2 * N_O + 3) == (TAPS + 3, 2 * N_O)


def test_a_ratio_of_numbers_has_no_root_below_its_bar():
    """9√2/(9 − √2) = 9√2 (9 + √2)/79."""
    found = ratio(9 * sympy.sqrt(2), 9 - sympy.sqrt(2))
    assert found == Q(18, 79) + Q(81, 79) * sympy.sqrt(2)
