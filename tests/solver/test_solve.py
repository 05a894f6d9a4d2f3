"""When a scheme pays: every answer compared with counting, and in symbols with that in numbers."""

from fractions import Fraction
from random import Random

import pytest
import sympy

from sepcost.core.errors import InconclusiveError
from sepcost.solver.mathtext import alternatives_text, statement, text
from sepcost.solver.rows import BreakEvenRow
from sepcost.solver.solve import breakeven
from tests.counting import counted, ends_of
from tests.effort import tries
from tests.printed import holds, said, sign_of, value_of
from tests.questions import PAIRS, Question, notebook_question, notebook_questions

QUESTIONS = tries(240)
"""How many random questions are answered by counting, too; raise it for a longer search."""


@pytest.fixture(scope="module")
def answers() -> dict[Question, BreakEvenRow]:
    return {asked: asked.answer() for asked in notebook_questions("whole numbers", QUESTIONS)}


def test_first_and_last_are_what_counting_finds(answers):
    """All unknowns and pairs, biases and ties, irrational roots of gamma, bounds that are met exactly."""
    for asked, row in answers.items():
        assert ends_of(row) == counted(asked), asked


def test_the_random_questions_are_of_every_kind(answers):
    """So that none of what is claimed of all of them is claimed of nothing."""
    asked, rows = list(answers), list(answers.values())
    assert {row.verdict for row in rows} == {"always", "never", "from", "up_to", "between", "several"}
    assert {(each.scheme, each.against) for each in asked} == set(PAIRS)
    assert {(each.unknown, each.bias, each.tied) for each in asked} >= {
        (unknown, bias, tied)
        for unknown in ("N_o", "N_i", "gamma", "k")
        for bias in (False, True)
        for tied in (False, True)
    }
    assert sum(row.first is not None and row.first != row.strictly_first for row in rows) > tries(8)
    assert sum("sqrt" in said(row) for row in rows) > tries(8)


def test_a_question_that_leaves_nothing_to_solve_is_not_applicable_and_no_other_is():
    random = Random("ties")
    for asked in (notebook_question(random) for _ in range(tries(100))):
        if asked.is_open():
            continue
        row = asked.answer()
        assert (row.verdict == "not_applicable") == asked.leaves_nothing(), asked
        assert (row.reason is not None) == asked.leaves_nothing()


def near(asked: Question, row: BreakEvenRow, random: Random) -> list[Fraction]:
    """Exact values of the unknown: any from 1 on, and some just beside each bound of the answer."""
    values = [1 + Fraction(random.randint(0, 200), random.randint(1, 20)) for _ in range(4)]
    for part in row.intervals:
        for end in (part.lower, part.upper):
            if end is not None:
                below = Fraction(int(sympy.floor(end * 10**9)), 10**9)
                values += [below, below + Fraction(1, 10**9)]
    return [value for value in values if value >= 1]


def test_the_condition_holds_exactly_where_the_scheme_costs_no_more():
    """At exact rational values of the unknown, a billionth beside each bound too."""
    random = Random("values")
    for asked in notebook_questions("real numbers", tries(100)):
        row = asked.answer()
        for value in near(asked, row, random):
            excess = asked.excess(value)
            if excess is not None:
                exact = {asked.unknown: sympy.Rational(value.numerator, value.denominator)}
                assert holds(said(row), exact) == (excess <= 0), (asked, value)


def test_both_costs_are_equal_at_every_rational_bound():
    equal = 0
    for asked in notebook_questions("bounds", tries(100)):
        for part in asked.answer().intervals:
            for end in (part.lower, part.upper):
                if end is not None and end.is_Rational:
                    assert asked.excess(Fraction(int(end.p), int(end.q))) == 0, (asked, end)
                    equal += 1
    assert equal > tries(20)


def test_verdicts_say_which_ends_the_intervals_have():
    kinds = {
        "always": [(False, False)],
        "from": [(True, False)],
        "up_to": [(False, True)],
        "between": [(True, True)],
        "several": [(False, True), (True, False)],
        "never": [],
    }
    for asked in notebook_questions("verdicts", tries(80)):
        row = asked.answer()
        ends = [(part.lower is not None, part.upper is not None) for part in row.intervals]
        assert ends == kinds[row.verdict], asked


def symbols_of(numbers: Question) -> dict[str, sympy.Expr]:
    """The numbers of a question under the names that an answer prints."""
    return {
        "F_r": sympy.Integer(numbers.taps or 1),
        "F_c": sympy.Integer(1),
        "N_o": sympy.Integer(numbers.n_o or 1),
        "gamma": sympy.Rational(*(numbers.gamma or Fraction(1)).as_integer_ratio()),
    }


def decidable(asked: Question) -> BreakEvenRow | None:
    try:
        return asked.answer()
    except InconclusiveError:
        return None


def test_numbers_put_for_the_symbols_give_the_numeric_answer():
    """At most one case holds; where none does the numeric answer is never."""
    random, compared = Random("numbers"), 0
    for asked in notebook_questions("symbols", tries(45), open_ones=True):
        row = decidable(asked)
        if row is None:
            continue
        for _ in range(3):
            drawn = random.randint(1, 12), Fraction(random.randint(4, 80), 4), random.randint(1, 40)
            numbers = asked.filled(*drawn)
            values = symbols_of(numbers)
            applies = [case for case in row.cases if holds(statement(case.when), values)]
            assert len(applies) <= 1
            claim = said(row) if row.condition else statement(applies[0].condition) if applies else "never"
            for value in near(numbers, numbers.answer(), random):
                excess = numbers.excess(value)
                if excess is not None:
                    values[asked.unknown] = sympy.Rational(value.numerator, value.denominator)
                    assert holds(claim, values) == (excess <= 0), (asked, values)
                    compared += 1
    assert compared > tries(360)


def test_bounds_in_symbols_are_the_numeric_bounds():
    """9 gamma/(9 - gamma) at gamma = 4 is the very number 36/5."""
    for scheme in ("separable", "generalized", "distributed"):
        row = breakeven(kernel=None).scheme(scheme)
        for taps, held in [(9, Fraction(4)), (9, Fraction(2)), (25, Fraction(9, 4))]:
            numeric = breakeven(kernel=(taps, 1), gamma=held).scheme(scheme)
            values = symbols_of(Question("N_o", scheme, "standard", kernel=(taps, 1), gamma=held))
            bound = value_of(text(row.cases[0].condition.intervals[0].lower), values)
            assert sign_of(bound - numeric.intervals[0].lower) == 0


def test_numbers_put_for_the_symbols_cost_less_exactly_where_it_is_said():
    """Whether any value of the unknown, whole or not, costs less."""
    random, compared = Random("strictly"), 0
    for asked in notebook_questions("strictly", tries(40), open_ones=True):
        row = asked.answer()
        for _ in range(3):
            numbers = asked.filled(
                random.randint(1, 12), Fraction(random.randint(4, 40), 4), random.randint(1, 20)
            )
            values = symbols_of(numbers)
            if row.strictly is None or any("N_" in alternatives_text([each]) for each in row.strictly):
                continue
            said_so = any(all(holds(statement(claim), values) for claim in each) for each in row.strictly)
            tried = [numbers.excess(value) for value in [Fraction(n, 8) for n in range(8, 400, 5)]]
            assert not said_so or any(excess == -1 for excess in tried) or narrow(numbers)
            assert said_so or all(excess != -1 for excess in tried if excess is not None), (asked, values)
            compared += 1
    assert compared > tries(50)


def narrow(numbers: Question) -> bool:
    """Whether the scheme costs less, in numbers, between values that were not tried."""
    row = numbers.answer()
    return row.condition is not None and row.intervals != ()
