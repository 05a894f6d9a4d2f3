"""Expressions of schemes: read by a few forms, evaluated in any kind of number, never run as code."""

import re
from fractions import Fraction

import pytest
import sympy
from hypothesis import example, given
from hypothesis import strategies as st

from sepcost.core.errors import QuantityError
from sepcost.core.exact import RootError
from sepcost.core.expression import LONGEST, read_expression

VALUES = {"N_i": 12, "N_o": 18, "gamma": Fraction(9, 4), "s": 4, "_s": 5, "s_": 7}

names = st.sampled_from(sorted(VALUES))
texts = st.recursive(
    st.one_of(names, st.integers(1, 99).map(str)),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*/"), inner).map("({0[0]} {0[1]} {0[2]})".format),
        st.tuples(inner, st.integers(1, 3)).map("({0[0]})**{0[1]}".format),
    ),
    max_leaves=5,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("N_o", 18),
        ("_s + s_", 5 + 7),
        ("N_o/4", Fraction(18, 4)),
        ("s * N_i + 2", 4 * 12 + 2),
        ("N_o - N_i/s", 18 - 3),
        ("2*(N_i + N_o)", 2 * (12 + 18)),
        ("N_i/s/3", 1),
        ("s**2", 16),
        ("s^2", 16),
        ("sqrt(gamma)*N_i", Fraction(3, 2) * 12),
    ],
)
def test_an_expression_has_the_value_that_arithmetic_gives_it(text, value):
    assert read_expression(text).evaluate(VALUES) == value


@pytest.mark.parametrize(
    ("text", "at_one"),
    [
        ("s*N_i", "N_i"),
        ("N_i*s", "N_i"),
        ("N_o/s", "N_o"),
        ("N_o/(s*N_i)", "N_o/N_i"),
        ("s/N_i", "1/N_i"),
        ("N_o + s", "N_o + 1"),
        ("N_o - s", "N_o - 1"),
        ("N_o/N_i", "N_o/N_i"),
        ("N_o*N_i", "N_o*N_i"),
    ],
)
def test_where_a_symbol_is_1_only_what_it_multiplies_or_divides_is_left(text, at_one):
    found = read_expression(text).at_one("s")
    assert str(found) == at_one
    assert found.evaluate(VALUES) == read_expression(text).evaluate({**VALUES, "s": 1})


@given(texts)
@example("((N_i)**2)**2")
def test_an_expression_evaluates_alike_in_numbers_and_in_symbols_and_prints_what_it_reads(text):
    try:
        read = read_expression(text)
    except QuantityError:
        return  # of too high a degree
    symbols = {name: sympy.Symbol(name, positive=True) for name in VALUES}
    try:
        counted = read.evaluate(VALUES)
    except ZeroDivisionError:
        return
    # The same characters as Python has them, where each name and number is exact.
    exact = re.sub(r"(?<![*\w]{2})\b[0-9]+", r"Fraction(\g<0>)", text)
    assert counted == eval(exact, {"Fraction": Fraction}, {name: Fraction(v) for name, v in VALUES.items()})
    values = {symbols[name]: sympy.Rational(value) for name, value in VALUES.items()}
    assert sympy.nsimplify(read.evaluate(symbols)).subs(values) == sympy.Rational(counted)
    assert read_expression(str(read)) == read_expression(str(read_expression(str(read))))
    assert read_expression(str(read)).evaluate(VALUES) == counted


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "N_o +",
        "N_o 2",
        "(N_o",
        "N_o)",
        "sqrt N_o",
        "sqrt()",
        "1.5*N_o",
        "-N_o",
        "N_o**0",
        "N_o**-1",
        "N_o**N_i",
        "N_o**99999999999999999999",
        "9" * 30,
        "0*N_o",
        "N_o[0]",
        "N_o.real",
        "f(N_o)",
        "sqrt(N_o - 9)",
        "sqrt(9*(1 + N_o - N_i))",
        "lambda: 1",
        "__import__('os')",
        "'a'*9",
        "N_o if N_i else 1",
        "N_o // 2",
        "N_o % 2",
        "N\N{GREEK SMALL LETTER GAMMA}",
        "\N{ARABIC-INDIC DIGIT THREE}*N_o",
        "(" * 40 + "N_o" + ")" * 40,
        "((((N_o**9)**9)**9)**9)",
        "+".join(["N_o"] * LONGEST),
    ],
)
def test_what_is_no_such_expression_is_refused_in_one_short_line(text):
    with pytest.raises(QuantityError) as caught:
        read_expression(text)
    assert len(str(caught.value)) < 200
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "degree"),
    [
        ("N_o**9*N_i**8", 9 + 8),
        ("N_o**9/N_i**8", 9 + 8),
        ("N_o**8*N_i**8", 8 + 8),
        ("(N_o**8)**2", 8 * 2),
        ("(N_o**8 + N_i)**3", 8 * 3),
        ("N_o**16 - N_i**16", 16),
        ("sqrt(N_o**16)", 16),
    ],
)
def test_an_expression_is_of_a_degree_of_at_most_16(text, degree):
    if degree <= 16:
        assert str(read_expression(text)) == text
        return
    with pytest.raises(QuantityError, match="is of a degree above 16"):
        read_expression(text)


@pytest.mark.parametrize("opening", ["(", "sqrt("])
def test_an_expression_is_nested_at_most_16_deep(opening):
    assert read_expression(opening * 16 + "N_o" + ")" * 16).names == {"N_o"}
    with pytest.raises(QuantityError, match="is nested too deeply"):
        read_expression(opening * 17 + "N_o" + ")" * 17)


def test_a_text_is_read_up_to_its_200th_character():
    longest = "+".join(["N_o"] * 50) + " "
    assert len(longest) == LONGEST == 200
    assert read_expression(longest).names == {"N_o"}
    with pytest.raises(QuantityError, match="is longer than 200 characters"):
        read_expression(longest + " ")


def test_a_name_is_read_up_to_its_64th_character():
    assert read_expression("n" * 64).names == {"n" * 64}
    with pytest.raises(QuantityError, match="cannot be read at"):
        read_expression("n" * 65)


def test_a_name_is_a_name_whatever_python_has_under_it():
    assert read_expression("__class__").names == {"__class__"}
    with pytest.raises(KeyError):
        read_expression("__class__").evaluate(VALUES)


def test_a_root_of_a_root_is_no_exact_number_here():
    with pytest.raises(RootError):
        read_expression("sqrt(1 + sqrt(s))").evaluate({"s": 2})
    assert read_expression("sqrt(1 + sqrt(s))").evaluate({"s": 9}) == 2


@pytest.mark.parametrize(
    ("text", "names", "roots"),
    [
        ("3", "", ""),
        ("N_o", "N_o", ""),
        ("N_o*N_i/s", "N_o N_i s", ""),
        ("gamma**2", "gamma", ""),
        ("sqrt(gamma)*N_i", "gamma N_i", "gamma"),
        ("N_i + 2/sqrt(gamma*s)", "gamma s N_i", "gamma s"),
        ("(sqrt(gamma) + N_i)**2", "gamma N_i", "gamma"),
        ("sqrt((gamma + s)**2)", "gamma s", "gamma s"),
    ],
)
def test_an_expression_tells_the_names_that_it_reads_and_those_below_a_root(text, names, roots):
    found = read_expression(text)
    assert (found.names, found.roots) == (set(names.split()), set(roots.split()))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("N_o +", "'N_o +' cannot be read at its end"),
        ("N_o 2", "'N_o 2' cannot be read at '2'"),
        ("N_o*)", "'N_o*)' cannot be read at ')'"),
        ("(N_o 2)", "'(N_o 2)' cannot be read at '2'"),
        ("sqrt N_o", "'sqrt N_o' cannot be read at 'N_o'"),
        ("2.5", "'2.5' cannot be read at '2.5'"),
        ("0*N_o", "'0*N_o' has a number that is not from 1 to 10^9"),
        ("N_o*1000000001", "'N_o*1000000001' has a number that is not from 1 to 10^9"),
        ("N_o**17", "'N_o**17' has a power that is not whole, from 1 to 16"),
        ("N_o**0", "'N_o**0' has a power that is not whole, from 1 to 16"),
        ("N_o**s", "'N_o**s' has a power that is not whole, from 1 to 16"),
        (
            "sqrt(N_o + (N_i - 1))",
            "'sqrt(N_o + (N_i - 1))' has the root of a difference, which may be negative",
        ),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(text, problem):
    with pytest.raises(QuantityError) as caught:
        read_expression(text)
    assert str(caught.value).partition(":")[0] == problem


@pytest.mark.parametrize("text", ["1", "1000000000", "N_o**16", "N_o**1"])
def test_numbers_and_powers_are_read_up_to_their_ends(text):
    assert str(read_expression(text)) == text


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("N_o - (N_i + s)", "N_o - (N_i + s)"),
        ("N_o - (N_i - s)", "N_o - (N_i - s)"),
        ("N_o - N_i/s", "N_o - (N_i/s)"),
        ("N_o + (N_i - s)", "N_o + N_i - s"),
        ("(N_o + N_i) - s", "N_o + N_i - s"),
        ("N_o/(N_i*s)", "N_o/(N_i*s)"),
        ("(N_o/N_i)/s", "N_o/N_i/s"),
        ("N_o*(N_i + s)", "N_o*(N_i + s)"),
        ("(N_o - N_i)*s", "(N_o - N_i)*s"),
        ("(N_o*N_i)^2", "(N_o*N_i)**2"),
        ("2 ^ 3", "2**3"),
        ("sqrt(N_o)**2", "(sqrt(N_o))**2"),
        ("N_o/sqrt(N_i + s)", "N_o/sqrt(N_i + s)"),
    ],
)
def test_an_expression_is_printed_with_the_brackets_that_its_value_needs(text, printed):
    assert str(read_expression(text)) == printed
    values = {"N_o": 16, "N_i": 21, "s": 4}
    assert read_expression(printed).evaluate(values) == read_expression(text).evaluate(values)
