"""Ranges of a free symbol, one for each answer: neighbours with the same answer are one range."""

import pytest
import sympy

from sepcost.solver.critical import Plane, Span, Spans, spans
from sepcost.solver.interval import EVERYWHERE, Interval
from sepcost.solver.symbolic import GAMMA, ONE, TAPS, RootSymbol, UndecidedError

x = sympy.Symbol("x", positive=True)
Q = sympy.Rational


def found(polynomial, symbol=GAMMA, upper=None):
    """From x = 1 on, and the symbol from 1 on."""
    end = None if upper is None else sympy.Integer(upper)
    return spans(Plane(sympy.expand(polynomial), x, ONE, end, symbol))


def up_to(end, is_open=False):
    return Interval(None, end, open_above=is_open)


def beyond(end, is_open=False):
    return Interval(end, None, open_below=is_open)


g = GAMMA
ROOT_2 = sympy.sqrt(2)
ROOTS = [g / 2 - sympy.sqrt(g**2 - 16) / 2, g / 2 + sympy.sqrt(g**2 - 16) / 2]


@pytest.mark.parametrize(
    ("polynomial", "expected", "strictly"),
    [
        ((g - 3) * x, [Span(beyond(3), (EVERYWHERE,))], [beyond(3, True)]),
        ((3 - g) * x, [Span(up_to(3), (EVERYWHERE,))], [up_to(3, True)]),
        # at one value alone, and at the first
        (-((g - 3) ** 2) * x, [Span(Interval(3, 3), (EVERYWHERE,))], []),
        (-((g - 1) ** 2) * x, [Span(up_to(1), (EVERYWHERE,))], []),
        # x ≤ gamma/2 needs gamma ≥ 2 for an x from 1 on
        (g - 2 * x, [Span(beyond(2), (up_to(g / 2),))], [beyond(2, True)]),
        # (gamma − 1) x ≥ gamma: no x at gamma = 1
        (g * x - g - x, [Span(beyond(1, True), (beyond(g / (g - 1)),))], [beyond(1, True)]),
        # x ≤ (gamma − 2)² + 1 for any gamma, at 2 for x = 1 alone
        (
            (g - 2) ** 2 + 1 - x,
            [Span(EVERYWHERE, (up_to(g**2 - 4 * g + 5),))],
            [up_to(2, True), beyond(2, True)],
        ),
        # x ≥ 1/(gamma² − 2), which goes to infinity at √2, and is 1 at √3
        (
            (g**2 - 2) * x - 1,
            [
                Span(Interval(ROOT_2, sympy.sqrt(3), True, True), (beyond(1 / (g**2 - 2)),)),
                Span(beyond(sympy.sqrt(3)), (EVERYWHERE,)),
            ],
            [beyond(ROOT_2, True)],
        ),
        ((2 - g**2) * x - 1, [Span(up_to(ROOT_2, True), (beyond(-1 / (g**2 - 2)),))], [up_to(ROOT_2, True)]),
        # two stretches that meet at 4, and a single point that meets one there
        (
            (x - g) * (x - 4),
            [
                Span(up_to(4, True), (up_to(g), beyond(4))),
                Span(beyond(4), (up_to(4), beyond(g))),
            ],
            [EVERYWHERE],
        ),
        (
            (x - g) ** 2 * (x - 4),
            [Span(up_to(4, True), (Interval(g, g), beyond(4))), Span(beyond(4), (beyond(4),))],
            [EVERYWHERE],
        ),
        # the side turns at 4, where the factor is 0
        (
            (x - g) * (g - 4),
            [
                Span(up_to(4, True), (up_to(g),)),
                Span(Interval(4, 4), (EVERYWHERE,)),
                Span(beyond(4, True), (beyond(g),)),
            ],
            [Interval(1, 4, True, True), beyond(4, True)],
        ),
        # x ≥ 1/(gamma² − 2)², which no ratio makes infinite, and 1 at gamma = √3
        (
            (g**2 - 2) ** 2 * x - 1,
            [
                Span(up_to(sympy.sqrt(3), True), (beyond(1 / (g**4 - 4 * g**2 + 4)),)),
                Span(beyond(sympy.sqrt(3)), (EVERYWHERE,)),
            ],
            [EVERYWHERE],
        ),
        # no root below gamma = 4, and at 5 the lesser one is 1
        (
            x**2 - g * x + 4,
            [
                Span(up_to(4), (EVERYWHERE,)),
                Span(Interval(4, 5, open_below=True), (up_to(ROOTS[0]), beyond(ROOTS[1]))),
                Span(beyond(5, True), (beyond(ROOTS[1]),)),
            ],
            [EVERYWHERE],
        ),
    ],
    ids=str,
)
def test_where_the_symbol_lies_for_each_answer_and_where_any_x_gives_more_than_0(
    polynomial, expected, strictly
):
    assert found(polynomial) == Spans(tuple(expected), tuple(strictly))


def test_factors_with_a_root_among_their_coefficients_are_taken_apart_too():
    """(x − √2 gamma)(x − gamma)."""
    root = sympy.sqrt(2)
    assert found((x - root * g) * (x - g)).spans == (Span(EVERYWHERE, (up_to(g), beyond(root * g))),)


def test_what_lies_beyond_the_last_x_bounds_nothing():
    """Of x up to 5: all are at most a gamma of 5 and more, none at least a gamma beyond 5."""
    assert found(g - x, upper=5).spans == (
        Span(up_to(5, True), (up_to(g),)),
        Span(beyond(5), (EVERYWHERE,)),
    )
    assert found(x - g, upper=5) == Spans((Span(up_to(5), (beyond(g),)),), (up_to(5, True),))
    assert found(2 * x - g, upper=5).spans == (
        Span(up_to(2), (EVERYWHERE,)),
        Span(Interval(2, 10, open_below=True), (beyond(g / 2),)),
    )


def test_a_range_without_a_value_that_the_symbol_can_have_is_none():
    """Taps are whole: 5/2 to 14/5 has none of them, 5/2 to 3 one; gamma is any ratio."""
    below_3, to_3 = ((TAPS - Q(5, 2)) * (end - TAPS) * x for end in (Q(14, 5), 3))
    assert found(below_3, TAPS) == Spans((), ())
    assert found(to_3, TAPS) == Spans((Span(Interval(Q(5, 2), 3), (EVERYWHERE,)),), ())
    between = Interval(Q(5, 2), Q(14, 5))
    open_ = Interval(Q(5, 2), Q(14, 5), True, True)
    assert found(below_3.subs(TAPS, g)) == Spans((Span(between, (EVERYWHERE,)),), (open_,))


def test_of_a_root_the_square_is_what_has_values():
    """√F from √5 to √(11/2) has F = 5, from √(26/5) to √(11/2) no whole F, and gamma any."""
    root, of_gamma = RootSymbol(TAPS), RootSymbol(GAMMA)
    from_5, from_26_5 = ((root**2 - start) * (Q(11, 2) - root**2) * x for start in (5, Q(26, 5)))
    (span,) = found(from_5, root).spans
    assert span == Span(Interval(sympy.sqrt(5), sympy.sqrt(22) / 2), (EVERYWHERE,))
    assert found(from_26_5, root).spans == ()
    assert len(found(from_26_5.subs(root, of_gamma), of_gamma).spans) == 1


@pytest.mark.parametrize(
    ("last", "beyond_it"),
    [
        ((x - g) ** 8, x**8 * (x - g) ** 5),
        ((x - sympy.sqrt(2) * g) ** 4, x**16 * (x - sympy.sqrt(2) * g)),
    ],
)
def test_degrees_are_taken_up_to_a_product_of_64_and_of_16_with_an_irrational_coefficient(last, beyond_it):
    """Of degrees 8 and 8, and 13 and 5; 4 and 4, and 17 and 1."""
    assert found(last).spans == (Span(EVERYWHERE, (EVERYWHERE,)),)
    with pytest.raises(UndecidedError):
        found(beyond_it)
