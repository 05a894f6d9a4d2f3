"""a + b√r is exact: each operation agrees with SymPy's exact numbers."""

import re
from fractions import Fraction
from math import floor
from operator import add, eq, ge, gt, le, lt, mul, ne, truediv

import mpmath
import pytest
import sympy
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sepcost.core.exact import RootError, Surd, sign_with_root, simplest, square_root
from tests.effort import tries
from tests.strategies import ratios, sizes

SQUARE_FREE = [2, 3, 5, 6, 10, 30, 999_999_937, 999_999_937 * 999_999_929]

rationals = st.builds(Fraction, st.integers(-(10**9), 10**9), sizes) | st.integers(-50, 50)
nonzero = rationals.filter(bool)
radicands = st.sampled_from(SQUARE_FREE)
surds = st.builds(Surd, rationals, nonzero, radicands)
rational_surds = st.builds(Surd, rationals, st.just(0), radicands)
surd_pairs = radicands.flatmap(lambda r: st.tuples(*[st.builds(Surd, rationals, nonzero, st.just(r))] * 2))
orderings = pytest.mark.parametrize("compare", [lt, le, gt, ge, eq, ne], ids=lambda compare: compare.__name__)


def pell_surds(radicand: int, a: int, b: int) -> list[Surd]:
    """Differences p − q√r with p² − r q² = 1: each is near 1/(2p), and its two parts all but cancel."""
    found, (p, q) = [], (a, b)
    while p < 10**18:
        found.append(Surd(p, -q, radicand))
        p, q = p * a + q * b * radicand, p * b + q * a
    return found


CANCELLING = pell_surds(2, 3, 2) + pell_surds(3, 2, 1) + pell_surds(5, 9, 4)


def exact(value) -> sympy.Expr:
    if isinstance(value, Surd):
        return sympy.Rational(value.rational) + sympy.Rational(value.coefficient) * sympy.sqrt(value.radicand)
    return sympy.Rational(value)


@given(surd_pairs)
@settings(max_examples=tries(30))
def test_a_sum_of_surds_is_exact(pair):
    left, right = pair
    assert exact(left + right) == exact(left) + exact(right)


@given(surd_pairs)
@settings(max_examples=tries(30))
def test_a_product_of_surds_is_exact(pair):
    left, right = pair
    assert exact(left * right) == sympy.expand(exact(left) * exact(right))


@given(surds, rationals)
@settings(max_examples=tries(30))
def test_a_surd_adds_and_multiplies_with_rationals_from_either_side(surd, rational):
    assert exact(surd + rational) == exact(rational + surd) == exact(surd) + exact(rational)
    assert exact(surd * rational) == exact(rational * surd) == sympy.expand(exact(surd) * exact(rational))


@given(rational_surds, surds | rational_surds)
@settings(max_examples=tries(30))
def test_a_surd_without_a_root_meets_every_other_as_the_rational_that_it_is(rational, other):
    for left, right in ((rational, other), (other, rational)):
        assert exact(left + right) == exact(left) + exact(right)
        assert exact(left * right) == sympy.expand(exact(left) * exact(right))
        assert (left < right) == (exact(left) < exact(right))


@orderings
@given(pair=surd_pairs | st.tuples(surds, rationals))
@settings(max_examples=tries(30))
def test_an_order_is_that_of_the_exact_values(compare, pair):
    left, right = pair
    difference = exact(left) - exact(right)
    assert compare(left, right) == compare(sympy.sign(difference), 0)


@pytest.mark.parametrize("surd", CANCELLING, ids=str)
def test_parts_that_all_but_cancel_are_still_ordered(surd):
    p = surd.rational
    assert 1 / (2 * p) < surd < 1 / p < 1
    assert floor(surd) == 0
    assert floor(surd + 7) == 7
    assert floor(surd * -1) == -1


def test_the_floor_is_exact_however_near_a_large_root_is_to_a_whole_number():
    """q√2 is about 1/(2p) above or below p where p² − 2q² is −1 or 1."""
    p, q = 1, 1
    while q < 10**90:
        assert floor(Surd(0, q, 2)) == (p if p * p < 2 * q * q else p - 1)
        p, q = p + 2 * q, p + q


@given(surds | rational_surds)
@settings(max_examples=tries(30))
def test_sympy_reads_a_surd_as_the_number_that_it_is(surd):
    assert sympy.sympify(surd) == exact(surd)


@given(surds)
@settings(max_examples=tries(50))
def test_the_floor_is_exact(surd):
    whole = floor(surd)
    assert type(whole) is int
    assert whole < surd < whole + 1
    assert whole == sympy.floor(exact(surd))


def right_float(surd: Surd) -> float:
    with mpmath.workprec(4000):
        value = mpmath.mpf(surd.rational.numerator) / surd.rational.denominator
        value += mpmath.sqrt(surd.radicand) * surd.coefficient.numerator / surd.coefficient.denominator
        return float(value)


@given(surds)
@example(Surd(Fraction(10**36 - 2 * 10**18, 2), Fraction(-(10**18), 2), 10**36 - 4 * 10**18))
def test_a_float_is_right_to_the_last_bit(surd):
    assert float(surd) == right_float(surd)


@pytest.mark.parametrize("surd", CANCELLING, ids=str)
def test_a_float_is_right_to_the_last_bit_where_the_parts_all_but_cancel(surd):
    assert float(surd) == right_float(surd) > 0


@given(surds)
@settings(max_examples=tries(30))
def test_each_term_is_written_as_sympy_writes_it_and_the_rational_one_first(surd):
    root = str(exact(Surd(0, abs(surd.coefficient), surd.radicand)))
    if surd.rational == 0:
        assert str(surd) == ("-" if surd.coefficient < 0 else "") + root
    else:
        assert str(surd) == f"{exact(surd.rational)} {'-' if surd.coefficient < 0 else '+'} {root}"


@given(surds)
@settings(max_examples=tries(30))
def test_a_written_surd_evaluates_to_itself(surd):
    assert sympy.sympify(str(surd)) == exact(surd)


@pytest.mark.parametrize(
    ("surd", "text"),
    [
        (Surd(0, 8768, 2), "8768*sqrt(2)"),
        (Surd(Fraction(153, 4), 27, 2), "153/4 + 27*sqrt(2)"),
        (Surd(Fraction(63, 2), Fraction(-27, 2), 5), "63/2 - 27*sqrt(5)/2"),
        (Surd(0, -1, 3), "-sqrt(3)"),
        (Surd(-1, Fraction(1, 3), 3), "-1 + sqrt(3)/3"),
        (Surd(Fraction(7, 2), 0, 3), "7/2"),
    ],
    ids=str,
)
def test_a_surd_reads_as_in_a_paper(surd, text):
    assert str(surd) == text
    assert repr(surd) == f"Surd({text})"


@given(ratios)
def test_a_square_root_squared_is_the_ratio(value):
    root = square_root(value)
    assert root * root == value
    assert root > 0
    assert str(root) == str(sympy.sqrt(sympy.Rational(value)))


@given(ratios.map(lambda value: Fraction(value.numerator % 31622 + 1, value.denominator % 31622 + 1)))
def test_the_square_root_of_a_square_is_rational(value):
    root = square_root(value**2)
    assert isinstance(root, Fraction)
    assert root == value


@pytest.mark.parametrize(
    ("value", "coefficient", "radicand"),
    [
        (Fraction(2), 1, 2),
        (Fraction(8), 2, 2),
        (Fraction(1, 2), Fraction(1, 2), 2),
        (Fraction(12, 5), Fraction(2, 5), 15),
        (Fraction(999_999_937), 1, 999_999_937),
        (Fraction(31607**2), 31607, 1),
    ],
    ids=str,
)
def test_a_square_root_is_in_lowest_form(value, coefficient, radicand):
    root = square_root(value)
    if radicand == 1:
        assert root == coefficient
    else:
        assert (root.rational, root.coefficient, root.radicand) == (0, coefficient, radicand)


@given(rationals, radicands, radicands)
@example(1, 2, 3)
def test_a_surd_without_a_root_is_one_number_whatever_its_radicand(rational, one, another):
    left, right = Surd(rational, 0, one), Surd(rational, 0, another)
    assert left == right == rational
    assert len({left, right, rational}) == 1


@given(st.sets(st.tuples(st.integers(-2, 2), st.integers(-1, 1), st.sampled_from([2, 3])), min_size=2))
def test_as_many_surds_are_distinct_as_their_values(parts):
    found = [Surd(*each) for each in parts]
    assert len(set(found)) == len({exact(surd) for surd in found})


def test_equal_numbers_hash_alike():
    half = Fraction(1, 2)
    assert len({Surd(1, half, 2), Surd(half, half, 2) + half}) == 1
    assert len({Surd(3, 0, 2), 3, Surd(5, 1, 2) + Surd(-2, -1, 2)}) == 1


@pytest.mark.parametrize("operate", [add, mul, truediv, lambda a, b: b / a, lt])
@pytest.mark.parametrize(
    ("other", "error"),
    [(Surd(0, 1, 3), RootError), (1.5, TypeError), ("1", TypeError)],
    ids=["another root", "float", "text"],
)
def test_a_surd_meets_only_rationals_and_its_own_root(operate, other, error):
    with pytest.raises(error):
        operate(Surd(1, 1, 2), other)


@given(rationals, rationals, radicands, radicands)
@settings(max_examples=tries(30))
def test_roots_alone_multiply_and_divide_whatever_they_are_of(one, two, radicand, other):
    left, right = Surd(0, one, radicand), Surd(0, two, other)
    product = left * right
    assert product * product == one**2 * radicand * two**2 * other
    assert (product > 0) == (one * two > 0)
    if two:
        assert (left / right) * right == left


@pytest.mark.parametrize(
    ("value", "problem"),
    [(Fraction(-4), "a root of a negative number"), (Fraction(10**18 + 1), "a root of a number above 10^18")],
)
def test_a_root_that_is_not_real_or_takes_too_long_to_simplify_is_refused(value, problem):
    with pytest.raises(RootError, match=re.escape(problem)):
        square_root(value)


def test_a_whole_root_is_found_at_once_however_large():
    assert square_root(Fraction(10**200, 9)) == Fraction(10**100, 3)


def test_surds_of_different_roots_differ():
    assert Surd(0, 1, 2) != Surd(0, 1, 3)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Fraction(8, 2), 4),
        (Fraction(9, 4), Fraction(9, 4)),
        (Surd(Fraction(8, 2), 0, 2), 4),
        (Surd(Fraction(9, 4), 0, 2), Fraction(9, 4)),
        (Surd(4, 1, 2), Surd(4, 1, 2)),
    ],
    ids=repr,
)
def test_a_number_is_of_the_simplest_kind_that_holds_it(value, expected):
    found = simplest(value)
    assert (type(found), found) == (type(expected), expected)


@given(surds, nonzero)
@settings(max_examples=tries(30))
def test_a_surd_divides_and_is_divided_by_rationals(surd, rational):
    assert (surd / rational) * rational == surd
    assert (rational / surd) * surd == rational


@pytest.mark.parametrize(
    ("rational", "coefficient", "sign"),
    [
        ("0", "0", 0),
        ("1/9", "0", 1),
        ("-1/9", "0", -1),
        ("0", "1/9", 1),
        ("0", "-1/9", -1),
        ("7/5", "-1", -1),
        ("-7/5", "1", 1),
        ("3/2", "-1", 1),
        ("-3/2", "1", -1),
        ("1/9", "1/9", 1),
        ("-1/9", "-1/9", -1),
    ],
)
def test_a_sum_with_the_root_of_2_has_the_sign_of_its_decimal(rational, coefficient, sign):
    assert sign_with_root(Fraction(rational), Fraction(coefficient), 2) == sign


def test_a_quotient_of_surds_has_no_root_below_its_bar():
    """(1 + √2)/(3 + √2) = (1 + √2)(3 − √2)/7 = (1 + 2√2)/7."""
    assert Surd(1, 1, 2) / Surd(3, 1, 2) == Surd(Fraction(1, 7), Fraction(2, 7), 2)
