"""Where a polynomial is not negative while symbols stay free: cases that tell every number of them."""

import pytest
import sympy
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sepcost.solver.cases import Case, Cases, cases, isolated
from sepcost.solver.inequality import Solution, solved
from sepcost.solver.interval import EVERYWHERE, Interval
from sepcost.solver.mathtext import alternatives_text, statement
from sepcost.solver.symbolic import (
    GAMMA,
    N_O,
    ONE,
    TAPS,
    Condition,
    Relation,
    UndecidedError,
    sign_of_number,
    signs,
)
from tests.effort import tries
from tests.printed import holds

x = sympy.Symbol("x", positive=True)
Q = sympy.Rational


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
            [Case(Relation(GAMMA, "<", 9), (Interval(9 * GAMMA / (9 - GAMMA), None),))],
        ),
        ((1 - GAMMA) * x - GAMMA, []),
        (TAPS * x + 1, [Case(None, (EVERYWHERE,))]),
        (GAMMA * x - 9, [Case(None, (Interval(9 / GAMMA, None),))]),
        # falling: it must hold at 1
        (
            9 * N_O - (N_O + 9) * x,
            [Case(Relation(N_O, ">=", Q(9, 8)), (Interval(None, 9 * N_O / (N_O + 9)),))],
        ),
        # no unknown left
        (8 * N_O - 9, [Case(Relation(N_O, ">=", Q(9, 8)), (EVERYWHERE,))]),
        # nor any, of degree two in what is left: gamma ≥ (√13 − 1)/2 and (5 + √37)/2
        (
            GAMMA**2 + GAMMA - 3,
            [Case(Condition(GAMMA, (Interval(sympy.sqrt(13) / 2 - Q(1, 2), None),)), (EVERYWHERE,))],
        ),
        (
            GAMMA**2 - 5 * GAMMA - 3,
            [Case(Condition(GAMMA, (Interval(Q(5, 2) + sympy.sqrt(37) / 2, None),)), (EVERYWHERE,))],
        ),
        # either the slope is not negative, or it bounds from above
        (
            (GAMMA - 9) * x + 9 * GAMMA,
            [
                Case(Relation(GAMMA, ">=", 9), (EVERYWHERE,)),
                Case(Relation(GAMMA, "<", 9), (Interval(None, 9 * GAMMA / (9 - GAMMA)),)),
            ],
        ),
    ],
)
def test_cases_of_a_linear_inequality(expression, expected):
    found = cases(sympy.expand(expression), x, ONE, None).cases
    assert len(found) == len(expected)
    for case, known in zip(found, expected, strict=True):
        assert case.when == known.when
        ((part,), (known_part,)) = case.intervals, known.intervals
        for end, known_end in ((part.lower, known_part.lower), (part.upper, known_part.upper)):
            assert (end is None) == (known_end is None)
            assert end is None or sympy.simplify(end - known_end) == 0


def test_a_constant_that_may_be_zero_is_still_a_start_above_zero():
    """(gamma − 9) x + F − 1: for gamma below 9 it holds up to (F − 1)/(9 − gamma)."""
    found = cases(sympy.expand((GAMMA - 9) * x + TAPS - 1), x, ONE, None).cases
    assert [case.when for case in found] == [Relation(GAMMA, ">=", 9), Relation(GAMMA, "<", 9)]
    assert sympy.simplify(found[1].intervals[0].upper - (TAPS - 1) / (9 - GAMMA)) == 0


def test_two_unknown_signs_and_two_symbols_are_undecided_and_name_the_symbol_to_give():
    """(F − gamma) x + F − 9 may rise or fall, and start above or below zero."""
    with pytest.raises(UndecidedError) as caught:
        cases(sympy.expand((TAPS - GAMMA) * x + TAPS - 9), x, ONE, None)
    assert caught.value.symbol == TAPS


@pytest.mark.parametrize(
    ("expression", "strictly"),
    [
        (GAMMA - 1 + 0 * x, "gamma > 1"),  # the unknown has gone, as in separable against generalized
        (9 - GAMMA + 0 * x, "gamma < 9"),
        (GAMMA * TAPS - 1 + 0 * x, "F > 1 or gamma > 1"),
        ((GAMMA - 1) * (TAPS - 1) + 0 * x, "F > 1 and gamma > 1"),
        (1 - GAMMA + 0 * x, "never"),
        (GAMMA * x - 1, "gamma > 1 or x > 1"),
        ((9 - GAMMA) * x - 9 * GAMMA, "gamma < 9"),
        (GAMMA * x - 9, "always"),  # whatever gamma, from some x on
        (TAPS**2 - 2 * TAPS * x - 3 * x + 4, "F > 1"),  # (F − 1)² at x = 1
    ],
)
def test_an_expression_is_positive_for_some_unknown_where_its_alternatives_say(expression, strictly):
    found = cases(sympy.expand(expression), x, ONE, None).strictly
    assert alternatives_text(found) == strictly


def test_a_line_that_is_highest_where_the_unknown_ends_has_to_hold_there():
    """(F − 3) x ≥ F up to x = 4 asks for 4 (F − 3) ≥ F, F ≥ 4, and for more than that to be above."""
    found = cases(sympy.expand((TAPS - 3) * x - TAPS), x, ONE, sympy.Integer(4))
    assert [case.when for case in found.cases] == [Relation(TAPS, ">=", 4)]
    assert found.strictly == ((Relation(TAPS, ">", 4),),)


@pytest.mark.parametrize(
    ("expression", "upper"),
    [
        (4 - (TAPS + N_O + 4) * x, None),  # at x = 1 it is -F - N_o
        ((TAPS + 1) * (N_O * x - 1) - TAPS - N_O * (TAPS + 1), ONE),  # at x = 1 it is -2 F - 1
        (N_O - N_O * TAPS * x - 2 * x, None),  # N_o (1 - F) - 2 at x = 1, and F is at least 1
        (N_O - (N_O**2 + 1) * x, None),  # N_o² - N_o + 1 has no root
    ],
)
def test_what_no_values_of_the_symbols_satisfy_is_never_and_no_case(expression, upper):
    assert cases(sympy.expand(expression), x, ONE, upper) == Cases((), ())


@st.composite
def planes(draw: st.DrawFn) -> tuple[sympy.Expr, sympy.Expr, sympy.Integer | None]:
    """A polynomial in x and one symbol, whole (F) or not (gamma), perhaps a product, and where x ends."""
    symbol = draw(st.sampled_from([TAPS, GAMMA]))
    count = draw(st.sampled_from([1, 1, 2]))
    factors = [
        sum(
            draw(st.integers(-4, 4)) * x**power * symbol ** draw(st.integers(0, 2))
            for power in range(draw(st.integers(1, 3 if count == 1 else 2)) + 1)
            for _ in range(2)
        )
        for _ in range(count)
    ]
    expression = sympy.expand(sympy.prod(factors))
    return expression, symbol, draw(st.sampled_from([None, None, sympy.Integer(4)]))


@settings(max_examples=tries(15))
@given(plane=planes(), data=st.data())
def test_at_every_number_of_the_symbol_at_most_one_case_holds_and_is_the_answer_in_numbers(plane, data):
    """At whole numbers, ratios, and beside: the polynomial itself says where it is not negative."""
    expression, symbol, upper = plane
    assume(x in expression.free_symbols and symbol in expression.free_symbols)
    found = cases(expression, x, ONE, upper)
    for value in range(1, 9):
        number = sympy.Integer(value)
        if symbol == GAMMA:
            number += Q(data.draw(st.integers(0, 3)), 4)
        applies = [case for case in found.cases if case.when is None or is_true(case.when, number)]
        assert len(applies) <= 1
        exact = solved(sympy.expand(expression.subs(symbol, number)), x, ONE, upper)
        parts = at(applies[0].intervals, symbol, number) if applies else ()
        for point in probes(exact):
            if point >= 1 and (upper is None or point <= upper):
                assert contains(parts, point) == contains(exact.holds, point), (value, point)
        if not mentions(found, x):
            positive = any(all(is_true(claim, number) for claim in each) for each in found.strictly)
            assert positive == (exact.strictly != ())


def is_true(claim: Relation | Condition, number: sympy.Expr) -> bool:
    return holds(statement(claim), {"F_r": number, "F_c": ONE, "gamma": number, "F": number})


def mentions(found: Cases, symbol: sympy.Expr) -> bool:
    return any(claim.left == symbol for each in found.strictly for claim in each if hasattr(claim, "left"))


def at(parts: tuple[Interval, ...], symbol: sympy.Expr, number: sympy.Expr) -> list[Interval]:
    ends = [
        [None if end is None else end.xreplace({symbol: number}) for end in (part.lower, part.upper)]
        for part in parts
    ]
    return [Interval(*pair) for pair in ends]


def probes(exact: Solution) -> list[sympy.Rational]:
    """Rational numbers between and beside the ends of an answer."""
    ends = [end for part in exact.holds for end in (part.lower, part.upper) if end is not None]
    near = [sympy.floor(end * 10**6) for end in ends]
    return [ONE, Q(3, 2), Q(4), Q(50)] + [Q(each + step, 10**6) for each in near for step in (-1, 0, 1, 2)]


def contains(parts: list[Interval] | tuple[Interval, ...], point: sympy.Rational) -> bool:
    return any(
        (part.lower is None or sign_of_number(point - part.lower) >= 0)
        and (part.upper is None or sign_of_number(part.upper - point) >= 0)
        for part in parts
    )


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
