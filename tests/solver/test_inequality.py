"""Signs of polynomials: where one of degree up to two is not negative, in numbers and in symbols."""

from fractions import Fraction
from random import Random

import pytest
import sympy

from sepcost.solver.inequality import (
    EVERYWHERE,
    Case,
    Stretch,
    UndecidedError,
    cancelled,
    cases,
    completed_square,
    difference,
    factored,
    isolated,
    real_roots,
    stretches,
)
from sepcost.solver.symbolic import (
    GAMMA,
    N_I,
    N_O,
    ONE,
    TAPS,
    Relation,
    apart,
    coefficients,
    common_factor,
    ratio,
    sign_of_number,
    signs,
)

x = sympy.Symbol("x", positive=True)
Q = sympy.Rational


def polynomial(*coefs: sympy.Expr | int) -> sympy.Expr:
    return sum(sympy.sympify(c) * x**power for power, c in enumerate(coefs))


def inside(found: tuple[Stretch, ...], value: sympy.Expr) -> bool:
    return any(
        (part.lower is None or value >= part.lower) and (part.upper is None or value <= part.upper)
        for part in found
    )


@pytest.mark.parametrize(
    ("coefs", "upper", "expected"),
    [
        ((-9, 8), None, [Stretch(Q(9, 8), None, zero_below=True)]),  # 8x ≥ 9
        ((9, -8), None, [Stretch(None, Q(9, 8), zero_above=True)]),  # 9 ≥ 8x
        ((-1, 8), None, [EVERYWHERE]),  # the root 1/8 lies below 1
        ((1, -8), None, []),
        ((-1, 1), None, [Stretch(None, None, zero_below=True)]),  # the root is where the domain starts
        ((1, -1), None, [Stretch(None, ONE, zero_above=True)]),
        ((6, -5, 1), None, [Stretch(None, 2, zero_above=True), Stretch(3, None, zero_below=True)]),
        ((-6, 5, -1), None, [Stretch(2, 3, zero_below=True, zero_above=True)]),
        ((-4, 4, -1), None, [Stretch(2, 2, zero_below=True, zero_above=True)]),  # −(x − 2)²
        ((4, -4, 1), None, [Stretch(None, 2, zero_above=True), Stretch(2, None, zero_below=True)]),
        ((1, 1, 1), None, [EVERYWHERE]),
        ((-1, -1, -1), None, []),
        ((-6, 5, -1), Q(5, 2), [Stretch(2, None, zero_below=True)]),
        ((-6, 5, -1), ONE, []),
        ((-9, 8), Q(9, 8), [Stretch(Q(9, 8), None, zero_below=True, zero_above=False)]),
        ((5,), None, [EVERYWHERE]),
        ((0,), None, [EVERYWHERE]),
        ((-5,), None, []),
    ],
)
def test_where_a_polynomial_is_not_negative(coefs, upper, expected):
    assert list(stretches(polynomial(*coefs), x, ONE, upper)) == expected


def test_at_exact_values_the_polynomial_is_not_negative_in_the_stretches_alone():
    random = Random("polynomials")
    for _ in range(300):
        coefs = [random.randint(-9, 9) for _ in range(random.choice([2, 3]))]
        found = stretches(polynomial(*coefs), x, ONE, None)
        for _ in range(6):
            value = 1 + Fraction(random.randint(0, 40), random.randint(1, 8))
            is_not_negative = sum(c * value**power for power, c in enumerate(coefs)) >= 0
            assert inside(found, Q(value.numerator, value.denominator)) == is_not_negative


def test_the_expression_is_zero_at_the_ends_that_say_so():
    """Of a single point one end says so for both."""
    random = Random("ends")
    for _ in range(200):
        expression = polynomial(*(random.randint(-9, 9) for _ in range(3)))
        for part in stretches(expression, x, ONE, None):
            if part.upper == ONE:
                assert part.zero_above
                continue
            for end, is_zero in ((part.lower or ONE, part.zero_below), (part.upper, part.zero_above)):
                if end is not None:
                    assert (sympy.expand(expression.subs(x, end)) == 0) == is_zero


def test_roots_of_a_quadratic_are_exact():
    """x² − 36x/4 + 9/4: 9/2 ± 3√2."""
    assert real_roots([Q(9), Q(-36), Q(4)]) == [Q(9, 2) - 3 * sympy.sqrt(2), Q(9, 2) + 3 * sympy.sqrt(2)]


def test_a_root_with_an_irrational_slope_has_no_root_below_its_bar():
    """7 = (3 − √2) x: x = 7 (3 + √2)/(9 − 2) = 3 + √2."""
    assert real_roots([Q(-7), 3 - sympy.sqrt(2)]) == [3 + sympy.sqrt(2)]


def test_completing_the_square_keeps_the_polynomial():
    middle, spread = completed_square([Q(9), Q(-36), Q(4)])
    assert sympy.expand(4 * ((x - middle) ** 2 - spread)) == 4 * x**2 - 36 * x + 9


# --- symbols


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (TAPS, {1}),
        (TAPS - 1, {0, 1}),
        (1 - TAPS, {-1, 0}),
        (-TAPS, {-1}),
        (TAPS - 2, {-1, 0, 1}),
        (TAPS - GAMMA, {-1, 0, 1}),
        (TAPS * N_O - 1, {0, 1}),
        (TAPS * N_O + GAMMA - 1, {1}),
        (N_O**2 - 2 * N_O + 1, {0, 1}),
        ((sympy.sqrt(2) - 1) * TAPS, {1}),
        ((1 - sympy.sqrt(2)) * TAPS, {-1}),
        (sympy.Integer(0), {0}),
        (3 - 2 * sympy.sqrt(2), {1}),
    ],
)
def test_signs_from_1_on(expression, expected):
    assert signs(expression) == expected


def test_a_sign_is_told_however_close_to_zero():
    """665857/470832 is √2 but for 1.6 in 10^12, from above."""
    assert sign_of_number(Q(665857, 470832) - sympy.sqrt(2)) == 1
    assert sign_of_number(sympy.sqrt(2) * sympy.sqrt(2) - 2) == 0


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        # slope x ≥ constant: the slope must be above 0
        (
            (9 - GAMMA) * x - 9 * GAMMA,
            [Case(Relation(GAMMA, "<", 9), Stretch(9 * GAMMA / (9 - GAMMA), None))],
        ),
        ((1 - GAMMA) * x - GAMMA, []),
        (TAPS * x + 1, [Case(None, EVERYWHERE)]),
        (GAMMA * x - 9, [Case(None, Stretch(9 / GAMMA, None))]),
        # falling: it must hold at 1
        (9 * N_O - (N_O + 9) * x, [Case(Relation(N_O, ">=", Q(9, 8)), Stretch(None, 9 * N_O / (N_O + 9)))]),
        # no unknown left
        (8 * N_O - 9, [Case(Relation(N_O, ">=", Q(9, 8)), EVERYWHERE)]),
        # either the slope is not negative, or it bounds from above
        (
            (GAMMA - 9) * x + 9 * GAMMA,
            [
                Case(Relation(GAMMA, ">=", 9), EVERYWHERE),
                Case(Relation(GAMMA, "<", 9), Stretch(None, 9 * GAMMA / (9 - GAMMA))),
            ],
        ),
    ],
)
def test_cases_of_a_linear_inequality(expression, expected):
    found = cases(sympy.expand(expression), x, ONE, None)
    assert len(found) == len(expected)
    for case, known in zip(found, expected, strict=True):
        assert case.when == known.when
        for end, known_end in (
            (case.stretch.lower, known.stretch.lower),
            (case.stretch.upper, known.stretch.upper),
        ):
            assert (end is None) == (known_end is None)
            assert end is None or sympy.simplify(end - known_end) == 0


def test_a_constant_that_may_be_zero_is_still_a_start_above_zero():
    """(gamma − 9) x + F − 1: for gamma below 9 it holds up to (F − 1)/(9 − gamma)."""
    found = cases(sympy.expand((GAMMA - 9) * x + TAPS - 1), x, ONE, None)
    assert [case.when for case in found] == [Relation(GAMMA, ">=", 9), Relation(GAMMA, "<", 9)]
    assert sympy.simplify(found[1].stretch.upper - (TAPS - 1) / (9 - GAMMA)) == 0


def test_two_unknown_signs_are_undecided_and_name_the_symbol_to_give():
    """(F − 4) x + F − 9 may rise or fall, and start above or below zero."""
    with pytest.raises(UndecidedError) as caught:
        cases(sympy.expand((TAPS - 4) * x + TAPS - 9), x, ONE, None)
    assert caught.value.symbol == TAPS


@pytest.mark.parametrize("taps", [Q(1), Q(4, 3), Q(3, 2), Q(3), Q(4), Q(9)])
@pytest.mark.parametrize("channels", [1, 2, 4])
def test_cases_of_a_falling_parabola_are_its_stretches_at_every_number(taps, channels):
    """N F x − N x² − F at a number F, solved as numbers, is the case of F at that number."""
    parabola = channels * TAPS * x - channels * x**2 - TAPS
    (case,) = cases(parabola, x, ONE, None)
    in_numbers = stretches(parabola.subs(TAPS, taps), x, ONE, None)
    if taps < case.when.right:
        assert in_numbers == ()
    else:
        (part,) = in_numbers
        lower = None if case.stretch.lower is None else case.stretch.lower.subs(TAPS, taps)
        assert part.lower == lower
        assert (part.upper or ONE) == case.stretch.upper.subs(TAPS, taps)


@pytest.mark.parametrize(
    ("expression", "sign", "expected"),
    [
        (8 * N_O - 9, ">=", Relation(N_O, ">=", Q(9, 8))),
        (9 - GAMMA, ">", Relation(GAMMA, "<", sympy.Integer(9))),
        (9 * GAMMA - GAMMA**2, ">", Relation(GAMMA, "<", sympy.Integer(9))),
        (TAPS - GAMMA, "<", Relation(GAMMA, ">", TAPS)),
        (TAPS * N_O - TAPS - N_O, ">=", Relation(TAPS * N_O, ">=", TAPS + N_O)),
    ],
)
def test_an_assumption_is_solved_for_the_symbol_that_people_would_ask_for(expression, sign, expected):
    assert isolated(expression, sign) == expected


# --- plain arithmetic


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
