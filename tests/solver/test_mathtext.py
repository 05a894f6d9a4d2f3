"""Printed mathematics: the notebook's order, text that reads back exactly, LaTeX that Matplotlib parses."""

import pytest
import sympy

from sepcost.solver.interval import Interval
from sepcost.solver.mathtext import latex, latex_statement, readable, statement, text
from sepcost.solver.solve import breakeven
from sepcost.solver.symbolic import F_C, F_R, GAMMA, L_C, L_R, N_I, N_O, Condition, K, Relation
from tests.printed import parsed_latex, sign_of, value_of

Q = sympy.Rational
root = sympy.sqrt

EXPRESSIONS = [
    (sympy.Integer(0), "0", "0"),
    (Q(36, 5), "36/5", r"\frac{36}{5}"),
    (-Q(9, 8), "-9/8", r"-\frac{9}{8}"),
    (Q(153, 4) + 27 * root(2), "153/4 + 27*sqrt(2)", r"\frac{153}{4} + 27 \sqrt{2}"),
    (
        Q(63, 2) - 27 * root(5) / 2,
        "63/2 - 27*sqrt(5)/2",
        r"\frac{63}{2} - \frac{27 \sqrt{5}}{2}",
    ),
    (9 * GAMMA / (9 - GAMMA), "9*gamma/(9 - gamma)", r"\frac{9 \gamma}{9 - \gamma}"),
    (N_I * (N_O + F_R * F_C), "N_i*(N_o + F_r*F_c)", r"N_i \left(N_o + F_r F_c\right)"),
    (N_O * N_I * F_R * F_C * L_R * L_C, "N_o*N_i*F_r*F_c*L_r*L_c", "N_o N_i F_r F_c L_r L_c"),
    (9 * N_O * N_I + N_O, "9*N_o*N_i + N_o", "9 N_o N_i + N_o"),
    (root(2) * (K**2 + 64), "sqrt(2)*(k**2 + 64)", r"\sqrt{2} \left(k^{2} + 64\right)"),
    (64 * root(GAMMA) / N_I**2, "64*sqrt(gamma)/N_i**2", r"\frac{64 \sqrt{\gamma}}{N_i^{2}}"),
    (1 / (8 * GAMMA), "1/(8*gamma)", r"\frac{1}{8 \gamma}"),
    (-N_O / (N_I + 1) ** 2, "-N_o/(N_i + 1)**2", r"-\frac{N_o}{\left(N_i + 1\right)^{2}}"),
    (GAMMA ** Q(3, 2) * N_I**2, "gamma**(3/2)*N_i**2", r"\gamma^{3/2} N_i^{2}"),
    (root(N_O / (N_O - 1), evaluate=False), "sqrt(N_o/(N_o - 1))", r"\sqrt{\frac{N_o}{N_o - 1}}"),
]


@pytest.mark.parametrize(("expression", "as_text", "as_latex"), EXPRESSIONS)
def test_an_expression_is_printed_as_the_notebook_writes_it(expression, as_text, as_latex):
    assert text(expression) == as_text
    assert latex(expression) == as_latex


@pytest.mark.parametrize("expression", [expression for expression, *_ in EXPRESSIONS])
def test_printed_text_reads_back_as_the_same_mathematics(expression):
    names = {symbol.name: symbol for symbol in expression.free_symbols}
    assert sympy.simplify(sympy.sympify(text(expression), locals=names) - expression) == 0


@pytest.mark.parametrize(
    ("claim", "as_text", "as_latex"),
    [
        (Relation(N_O, ">=", Q(9, 8)), "N_o >= 9/8", r"N_o \geq \frac{9}{8}"),
        (Relation(GAMMA, "<", sympy.Integer(9)), "gamma < 9", r"\gamma < 9"),
        (Condition(K, ()), "never", r"\mathrm{never}"),
        (Condition(K, (Interval(None, None),)), "always", r"\mathrm{always}"),
        (Condition(K, (Interval(Q(2), None),)), "k >= 2", r"k \geq 2"),
        (Condition(K, (Interval(None, Q(7)),)), "k <= 7", r"k \leq 7"),
        (Condition(K, (Interval(Q(2), Q(7)),)), "2 <= k <= 7", r"2 \leq k \leq 7"),
        (Condition(K, (Interval(Q(4), Q(4)),)), "k = 4", "k = 4"),
        (
            Condition(K, (Interval(None, Q(2)), Interval(Q(7), None))),
            "k <= 2 or k >= 7",
            r"k \leq 2 \ \mathrm{or} \ k \geq 7",
        ),
    ],
)
def test_statements(claim, as_text, as_latex):
    assert statement(claim) == as_text
    assert latex_statement(claim) == as_latex


ANSWERS = [
    {},
    {"kernel": None},
    {"gamma": 2, "bias": True},
    {"unknown": "gamma", "n_i": 4},
    {"unknown": "gamma", "n_i": 1, "kernel": None},
    {"unknown": "N_i", "n_o": 64},
    {"unknown": "k", "n_o": 64, "gamma": 2},
    {"unknown": "k", "against": "generalized"},
]
answered = pytest.mark.parametrize("options", ANSWERS, ids=str)


@answered
def test_matplotlib_parses_every_line_of_a_derivation(options):
    for row in breakeven(**options).rows:
        for claim in (*row.steps, *(case.when for case in row.cases)):
            parsed_latex(f"${latex_statement(claim)}$")
        parsed_latex(row._repr_latex_())


@answered
def test_printed_bounds_are_the_exact_bounds(options):
    """Read by Python's own grammar, on exact numbers."""
    for row in breakeven(**options).rows:
        for part in row.intervals:
            for end in (part.lower, part.upper):
                if end is not None:
                    assert sign_of(value_of(text(end)) - end) == 0


@answered
def test_printed_bounds_run_in_python_to_the_same_float(options):
    import math

    for row in breakeven(**options).rows:
        for part in row.intervals:
            for end in (part.lower, part.upper):
                if end is not None:
                    assert eval(text(end), {"sqrt": math.sqrt}) == pytest.approx(float(end), rel=1e-12)


@answered
def test_text_does_not_depend_on_the_order_in_which_a_sum_was_built(options):
    for row in breakeven(**options).rows:
        for line in row.steps:
            if isinstance(line, Relation):
                for side in (line.left, line.right):
                    rebuilt = side.func(*reversed(side.args), evaluate=False) if side.is_Add else side
                    assert text(rebuilt) == text(side)


def test_a_root_without_a_closed_form_is_a_decimal_for_people_and_exact_for_programs():
    """x³ − 4x + 1 is 0 at 1.8608…; times itself and 64, at 221.6…"""
    x = sympy.Symbol("x")
    root = sympy.CRootOf(x**3 - 4 * x + 1, 2)
    bound = Condition(N_O, (Interval(64 * root**2, None),))
    assert statement(bound) == "N_o >= 64*CRootOf(x**3 - 4*x + 1, 2)**2"
    assert statement(bound, readable) == "N_o >= 221.606..."
    assert latex_statement(bound) == r"N_o \geq 221.606\ldots"
    assert 221.606 <= 64 * float(root) ** 2 < 221.607
