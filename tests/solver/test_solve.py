"""When a scheme pays: every answer compared with counting, and against the formula that gives it."""

import os
import subprocess
import sys
from fractions import Fraction
from random import Random

import pytest
import sympy

from sepcost.core.errors import FieldError, InconclusiveError, QuantityError
from sepcost.core.metrics import METRICS
from sepcost.core.schemes import NOTEBOOK_NAMES
from sepcost.solver import solve as solver
from sepcost.solver.interval import Interval
from sepcost.solver.mathtext import alternatives_text, statement, text
from sepcost.solver.rows import BreakEvenRow
from sepcost.solver.solve import breakeven
from sepcost.solver.symbolic import TAPS, UndecidedError
from tests.counting import Counted, counted, ends_of
from tests.effort import tries
from tests.printed import holds, sign_of, value_of
from tests.questions import PAIRS, Question, notebook_question, notebook_questions

QUESTIONS = tries(240)
"""How many random questions are answered by counting, too; raise it for a longer search."""

FACTORIZED = ("separable", "generalized", "distributed")
gamma, F, N_o = sympy.symbols("gamma F N_o", positive=True)


def said(row: BreakEvenRow) -> str:
    """A row's answer in words; the cases of one that depends on a symbol, each with its assumption."""
    if row.condition is not None:
        return statement(row.condition)
    return "; ".join(f"{statement(case.condition)} if {statement(case.when)}" for case in row.cases)


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
    for scheme in FACTORIZED:
        row = breakeven(kernel=None).scheme(scheme)
        for taps, held in [(9, Fraction(4)), (9, Fraction(2)), (25, Fraction(9, 4))]:
            numeric = breakeven(kernel=(taps, 1), gamma=held).scheme(scheme)
            values = symbols_of(Question("N_o", scheme, "standard", kernel=(taps, 1), gamma=held))
            bound = value_of(text(row.cases[0].condition.intervals[0].lower), values)
            assert sign_of(bound - numeric.intervals[0].lower) == 0


def lower(bound: object) -> list[Interval]:
    return [Interval(sympy.sympify(bound), None)]


def upper(bound: object) -> list[Interval]:
    return [Interval(None, sympy.sympify(bound))]


ALWAYS = [Interval(None, None)]
Q = sympy.Rational
A64 = 64 + 9  # N_o + F for N_o = 64 and a 3×3 kernel; a bias adds 1


def of_root(n_i: int, taps: int, b: int) -> sympy.Expr:
    """The larger t = √gamma at which N_i F t = N_i t² + F + b."""
    return (n_i * taps + sympy.sqrt((n_i * taps) ** 2 - 4 * n_i * (taps + b))) / (2 * n_i)


TABLE = [
    # unknown, held, then for each scheme the intervals, given the bias b that counts (0 or 1)
    (
        "N_o ≥ α (F + b)/(F − α), gamma held",
        ("N_o", {"gamma": 4}),
        {
            "separable": lambda b: lower(Q(1 * (9 + b), 9 - 1)),
            "generalized": lambda b: lower(Q(4 * (9 + b), 9 - 4)),
            "distributed": lambda b: lower(Q(2 * (9 + b), 9 - 2)),
        },
    ),
    (
        "N_o ≥ α (F + b)/(F − α), with an irrational root of gamma",
        ("N_o", {"gamma": 2}),
        {
            "generalized": lambda b: lower(Q(2 * (9 + b), 9 - 2)),
            "distributed": lambda b: lower(sympy.radsimp(sympy.sqrt(2) * (9 + b) / (9 - sympy.sqrt(2)))),
        },
    ),
    (
        "N_o ≤ N_i F − F − b, N_i held and gamma = N_o/N_i",
        ("N_o", {"n_i": 4}),
        {
            "separable": lambda b: lower(Q(9 + b, 8)),
            "generalized": lambda b: upper(4 * 9 - 9 - b),
            "distributed": lambda b: upper(4 * of_root(4, 9, b) ** 2),
        },
    ),
    (
        "N_i ≥ α (F + b)/(gamma (F − α)), gamma held and N_o = gamma N_i",
        ("N_i", {"gamma": 4, "kernel": 2}),
        {
            "separable": lambda b: ALWAYS,  # 1 (4 + b)/(4 (4 − 1)) is below 1
            "generalized": lambda b: [],  # alpha = F: 0 ≥ 4 (4 + b)
            "distributed": lambda b: ALWAYS if b == 0 else lower(Q(2 * 5, 4 * 2)),  # 2·4/(4·2) is 1
        },
    ),
    (
        "N_i ≥ α (F + b)/(gamma (F − α)), above 1",
        ("N_i", {"gamma": 8}),
        {
            "separable": lambda b: ALWAYS,  # (9 + b)/(8·8) is below 1
            "generalized": lambda b: lower(Q(8 * (9 + b), 8 * (9 - 8))),
            "distributed": lambda b: ALWAYS,  # 2√2 (9 + b)/(8 (9 − 2√2)) is below 1
        },
    ),
    (
        "N_i ≥ A/F and A²/(N_o F²), N_o held and gamma = N_o/N_i",
        ("N_i", {"n_o": 64}),
        {
            "separable": lambda b: ALWAYS,  # gone: 64·9 ≥ 73 + b
            "generalized": lambda b: lower(Q(A64 + b, 9)),
            "distributed": lambda b: lower(Q((A64 + b) ** 2, 64 * 9**2)),
        },
    ),
    (
        "N_i gone, N_o and gamma held",
        ("N_i", {"n_o": 64, "gamma": 4}),
        {
            "separable": lambda b: ALWAYS,  # 64·9 ≥ 1 (73 + b)
            "generalized": lambda b: ALWAYS,  # 64·9 ≥ 4 (73 + b)
            "distributed": None,
        },
    ),
    (
        "gamma linear, ≤ F − (F + b)/N_i, quadratic in √gamma; N_i held",
        ("gamma", {"n_i": 1}),
        {
            "separable": lambda b: lower(Q(9 + b, 1 * (9 - 1))),
            "generalized": lambda b: [],  # 9 − (9 + b) is below 1
            "distributed": lambda b: [
                Interval((9 - of_root(1, 9, b)) ** 2, of_root(1, 9, b) ** 2)  # the two roots sum to F
            ],
        },
    ),
    (
        "gamma ≤ F − (F + b)/N_i, the interval's lower end below 1; N_i held",
        ("gamma", {"n_i": 4}),
        {
            "separable": lambda b: ALWAYS,  # (9 + b)/(4·8) is below 1
            "generalized": lambda b: upper(9 - Q(9 + b, 4)),
            "distributed": lambda b: upper(of_root(4, 9, b) ** 2),
        },
    ),
    (
        "gamma gone, ≤ N_o F/A, ≤ (N_o F/A)²; N_o held",
        ("gamma", {"n_o": 64}),
        {
            "separable": lambda b: ALWAYS,
            "generalized": lambda b: upper(Q(64 * 9, A64 + b)),
            "distributed": lambda b: upper(Q(64 * 9, A64 + b) ** 2),
        },
    ),
    (
        "gamma gone, linear; N_o and N_i held",
        ("gamma", {"n_o": 64, "n_i": 4}),
        {
            "separable": lambda b: ALWAYS,
            "generalized": lambda b: upper(Q(64 * 9, A64 + b)),
            "distributed": None,
        },
    ),
    (
        "k² ≥ α (N_o + b)/(N_o − α), N_o and gamma held",
        ("k", {"n_o": 64, "gamma": 4}),
        {
            "separable": lambda b: lower(sympy.sqrt(Q(1 * (64 + b), 64 - 1))),
            "generalized": lambda b: lower(sympy.sqrt(Q(4 * (64 + b), 64 - 4))),
            "distributed": lambda b: lower(sympy.sqrt(Q(2 * (64 + b), 64 - 2))),
        },
    ),
    (
        "k never, N_o at most α",
        ("k", {"n_o": 4, "gamma": 4}),
        {
            "separable": lambda b: lower(sympy.sqrt(Q(4 + b, 4 - 1))),
            "generalized": lambda b: [],
            "distributed": lambda b: lower(sympy.sqrt(Q(2 * (4 + b), 4 - 2))),
        },
    ),
]


@pytest.mark.parametrize("bias", [False, True], ids=["", "bias"])
@pytest.mark.parametrize(
    ("question", "scheme", "intervals"),
    [
        pytest.param(question, scheme, intervals, id=f"{name}: {scheme}")
        for name, question, schemes in TABLE
        for scheme, intervals in schemes.items()
    ],
)
def test_each_breakeven_is_its_formula(question, scheme, intervals, bias):
    """Weights with biases have b = 1; MACs, and weights without them, have b = 0."""
    unknown, held = question
    found = breakeven(unknown, **held, bias=bias, schemes=[scheme])
    for metric in METRICS:
        row = found.scheme(scheme, metric)
        if intervals is None:
            assert row.verdict == "not_applicable"
            continue
        expected = intervals(int(bias and metric == "weights"))
        assert len(row.intervals) == len(expected)
        for part, known in zip(row.intervals, expected, strict=True):
            assert_same(part.lower, known.lower)
            assert_same(part.upper, known.upper)


def assert_same(found: sympy.Expr | None, expected: sympy.Expr | None) -> None:
    assert (found is None) == (expected is None)
    if found is not None:
        assert sign_of(sympy.radsimp(found - expected)) == 0


@pytest.mark.parametrize("b", [0, 1])
def test_in_symbols_the_bound_is_the_formula(b):
    """N_o ≥ α (F + b)/(F − α) while α < F, for every gamma and kernel."""
    found = breakeven(kernel=None, bias=bool(b))
    alphas = {"separable": 1, "generalized": gamma, "distributed": sympy.sqrt(gamma)}
    for scheme, alpha in alphas.items():
        (case,) = found.scheme(scheme).cases
        (part,) = case.condition.intervals
        shown = sympy.sympify(text(part.lower), locals={"gamma": gamma, "F_r": F, "F_c": sympy.Integer(1)})
        assert sympy.simplify(shown - alpha * (F + b) / (F - alpha)) == 0
        assert part.upper is None


def test_in_symbols_the_assumption_is_that_alpha_is_below_the_taps():
    found = breakeven(kernel=None)
    assert [statement(found.scheme(scheme).cases[0].when) for scheme in FACTORIZED] == [
        "F_r*F_c > 1",
        "gamma < F_r*F_c",
        "gamma < F_r**2*F_c**2",
    ]


@pytest.mark.parametrize(
    ("scheme", "against", "gamma_is_one"),
    [
        ("separable", "generalized", "always"),
        ("separable", "distributed", "always"),
        ("distributed", "generalized", "always"),
        ("generalized", "separable", "always if gamma <= 1"),
        ("distributed", "separable", "always if gamma <= 1"),
        ("generalized", "distributed", "always if gamma <= 1"),
    ],
)
def test_the_factorized_schemes_are_in_the_order_of_1_root_gamma_and_gamma(scheme, against, gamma_is_one):
    """Whatever the unknown: they share the factor N_o + F + b."""
    for bias in (False, True):
        for unknown in ("N_o", "N_i", "k"):
            row = breakeven(unknown, against=against, schemes=[scheme], bias=bias).scheme(scheme)
            assert said(row) == gamma_is_one
            assert row.independent


@pytest.mark.parametrize(
    ("options", "scheme", "expected"),
    [
        ({}, "separable", "N_o >= 9/8"),
        ({}, "generalized", "N_o >= 9*gamma/(9 - gamma) if gamma < 9"),
        ({}, "distributed", "N_o >= 9*sqrt(gamma)/(9 - sqrt(gamma)) if gamma < 81"),
        ({"gamma": 4}, "generalized", "N_o >= 36/5"),
        ({"gamma": 4}, "distributed", "N_o >= 18/7"),
        ({"gamma": "9/4"}, "generalized", "N_o >= 3"),
        ({"gamma": 9}, "generalized", "never"),
        ({"kernel": None}, "separable", "N_o >= F_r*F_c/(F_r*F_c - 1) if F_r*F_c > 1"),
        ({"unknown": "gamma", "n_i": 4}, "distributed", "gamma <= 153/4 + 27*sqrt(2)"),
        ({"unknown": "N_i"}, "generalized", "N_i >= 9/(9 - gamma) if gamma < 9"),
        ({"unknown": "gamma"}, "generalized", "gamma <= 9*N_o/(N_o + 9) if N_o >= 9/8"),
        ({"unknown": "k"}, "generalized", "k >= sqrt(gamma*N_o/(N_o - gamma)) if gamma < N_o"),
    ],
)
def test_answers_as_they_are_printed(options, scheme, expected):
    assert said(breakeven(**options).scheme(scheme)) == expected


def test_a_bias_parts_weights_from_macs():
    """Weights need (F + 1)/(F − 1) = 10/8 = 5/4 output channels, MACs 9/8 as ever."""
    found = breakeven(bias=True, schemes=["separable"])
    assert [(row.metrics, said(row)) for row in found.rows] == [
        (("weights",), "N_o >= 5/4"),
        (("macs",), "N_o >= 9/8"),
    ]


def test_one_row_stands_for_both_metrics_where_they_agree():
    """Always without bias; with one, where the order of two schemes doesn't depend on it."""
    assert {row.metrics for row in breakeven().rows} == {METRICS}
    factorized = breakeven(against="generalized", schemes=["separable", "distributed"], bias=True)
    assert [row.metrics for row in factorized.rows] == [METRICS, METRICS]


def test_distributed_in_gamma_at_four_input_channels():
    """36 √g ≥ 4 g + 9: √g ≤ 9/2 + 3√2, g ≤ 153/4 + 27√2 = 76.4; 64 is the last square up to there."""
    row = breakeven("gamma", n_i=4).scheme("distributed")
    assert (row.first, row.last, row.last_realizable) == (1, 76, 64)


def test_distributed_in_gamma_at_one_input_channel():
    """9 √g ≥ g + 9: √g from (9 − 3√5)/2 to (9 + 3√5)/2, g from 63/2 − 27√5/2 to 63/2 + 27√5/2."""
    row = breakeven("gamma", n_i=1).scheme("distributed")
    assert said(row) == "63/2 - 27*sqrt(5)/2 <= gamma <= 63/2 + 27*sqrt(5)/2"
    assert (row.verdict, row.first, row.last, row.last_realizable) == ("between", 2, 61, 49)


def test_a_single_point_that_is_equal_and_never_cheaper():
    """One input channel, 2×2: 4 √g ≥ g + 4 is (√g − 2)² ≤ 0, so g = 4."""
    row = breakeven("gamma", n_i=1, kernel=2).scheme("distributed")
    assert said(row) == "gamma = 4"
    assert ends_of(row) == Counted(4, 4, None, None, 4, 4)


def test_a_quadratic_without_real_roots_is_never():
    """One input channel, 1×3: 3 √g ≥ g + 3 has discriminant 9 − 12."""
    assert breakeven("gamma", n_i=1, kernel=(1, 3)).scheme("distributed").verdict == "never"


@pytest.mark.parametrize(
    "options", [{}, {"gamma": 4}, {"n_i": 4}, {"bias": True}, {"gamma": 2, "tied": True}]
)
@pytest.mark.parametrize("unknown", ["N_o", "N_i", "gamma"])
def test_a_kernel_of_one_tap_never_pays(unknown, options):
    """N_o ≥ α (N_o + 1) holds nowhere, whatever real roots lie below 1."""
    fields = {"N_o": "n_o", "N_i": "n_i", "gamma": "gamma"}
    held = {name: value for name, value in options.items() if name != fields[unknown]}
    for row in breakeven(unknown, kernel=1, **held).rows:
        assert row.verdict in ("never", "not_applicable")


def test_equality_at_a_whole_number_shows_where_it_is_strictly_cheaper():
    """1×2 kernel: 2 N_o ≥ N_o + 2 from 2 on, equal there, cheaper from 3."""
    row = breakeven(kernel=(1, 2)).scheme("separable")
    assert (said(row), row.first, row.strictly_first) == ("N_o >= 2", 2, 3)


def test_of_two_that_cost_the_same_neither_is_strictly_cheaper():
    row = breakeven(gamma=1, against="separable").scheme("distributed")
    assert (said(row), row.first, row.strictly_first) == ("always", 1, None)


def test_two_stretches_that_touch_are_one_interval():
    """One input channel, 2×2, the other way round: (√g − 2)² ≥ 0 holds everywhere."""
    row = breakeven("gamma", n_i=1, kernel=2, against="distributed").scheme("standard")
    assert (row.verdict, row.intervals) == ("always", (Interval(None, None),))
    assert ends_of(row) == Counted(1, None, 1, None, 1, None)


def test_what_holds_whatever_the_symbols_has_a_first_whole_number_too():
    """1×1: N_o < gamma (N_o + 1) for every gamma; separable is below generalized above gamma = 1 only."""
    standard = breakeven(kernel=1, against="generalized").scheme("standard")
    assert (standard.verdict, standard.first, standard.strictly_first) == ("always", 1, 1)
    separable = breakeven(against="generalized").scheme("separable")
    assert (separable.verdict, separable.first, separable.strictly_first) == ("always", 1, None)


def test_channels_come_in_the_steps_of_gamma_where_they_are_tied():
    """gamma = 9/4: N_o is a multiple of 9 and N_i of 4; untied, generalized may have any."""
    assert breakeven(gamma="9/4").scheme("distributed").first == 9  # from 9/5 on
    assert breakeven(gamma="9/4").scheme("generalized").first == 3
    assert breakeven(gamma="9/4", tied=True).scheme("generalized").first == 9
    assert breakeven("N_i", gamma="9/4").scheme("generalized").first == 4  # from 9/(9 − 9/4) = 4/3 on


def test_a_kernel_has_no_whole_answer_where_the_channels_are_not_whole():
    """N_i = 3 and gamma = 5/2 make N_o 15/2: there is a bound, but no such layer."""
    row = breakeven("k", n_i=3, gamma="5/2").scheme("generalized")
    assert (row.verdict, row.first, row.last) == ("from", None, None)


def test_a_size_that_is_given_contradicts_the_tie():
    row = breakeven("k", n_i=3, n_o=8, gamma=4).scheme("distributed")
    assert (row.verdict, row.reason) == ("not_applicable", "N_o = 8 is not gamma N_i = 12")


def test_fewer_outputs_than_inputs_leave_no_depth_multiplier():
    row = breakeven("k", n_i=64, n_o=16).scheme("generalized")
    assert (row.verdict, row.reason) == ("not_applicable", "gamma = N_o/N_i = 1/4 is below 1")


def test_sizes_of_a_billion_are_solved_exactly():
    """N_i = F_r = 10^9 and F_c = 10^9 − 1: N_o ≤ N_i F − F, a number of 27 digits."""
    row = breakeven("N_o", n_i=10**9, kernel=(10**9, 10**9 - 1)).scheme("generalized")
    taps = 10**9 * (10**9 - 1)
    assert row.last == 10**9 * taps - taps


def test_a_free_kernel_bounds_distributed_from_where_it_pays_at_gamma_1():
    """N_i = 4: at gamma = 1, 4 F ≥ 4 + F from F = 4/3 on; below, the parabola has fallen already."""
    row = breakeven("gamma", n_i=4, kernel=None).scheme("distributed")
    assert [statement(case.when) for case in row.cases] == ["F_r*F_c >= 4/3"]
    assert row.cases[0].condition.intervals[0].lower is None


def test_a_free_kernel_at_one_input_channel_needs_real_roots():
    """F √g ≥ g + F + b: the roots are real from F² ≥ 4 (F + b) on, F ≥ 4, or F ≥ 2 + 2√2 with a bias."""
    found = breakeven("gamma", n_i=1, kernel=None, bias=True)
    whens = {row.metrics: statement(row.cases[0].when) for row in found.rows if row.scheme == "distributed"}
    assert whens == {("weights",): "F_r*F_c >= 2 + 2*sqrt(2)", ("macs",): "F_r*F_c >= 4"}


@pytest.mark.parametrize(
    ("options", "scheme", "against", "expected"),
    [
        # t² − F t + F/64 ≥ 0 for t = √(N_o/64): at t = 1 it is 1 − 63 F/64
        (
            {"n_i": 64, "kernel": None},
            "standard",
            "distributed",
            "always if F_r*F_c <= 64/63; N_o >= 32*F_r**2*F_c**2"
            " + 32*sqrt(F_r**2*F_c**2 - F_r*F_c/16)*F_r*F_c - F_r*F_c if F_r*F_c > 64/63",
        ),
        # 2 F t ≥ 2 t² + F + 1: at t = 1 from F = 3 on; between 1 + √3 and 3 lies no whole number of taps
        (
            {"n_i": 2, "kernel": None, "bias": True},
            "distributed",
            "standard",
            "N_o <= F_r**2*F_c**2 + sqrt(F_r**2*F_c**2 - 2*F_r*F_c - 2)*F_r*F_c - F_r*F_c - 1"
            " if F_r*F_c >= 3",
        ),
    ],
)
def test_a_free_kernel_under_a_root_is_told_in_cases(options, scheme, against, expected):
    assert said(breakeven(against=against, **options).scheme(scheme)) == expected


def test_the_larger_root_of_a_free_kernel_is_that_of_its_formula():
    """64 ((F + √(F² − F/16))/2)² at F = 9, as numbers."""
    row = breakeven(n_i=64, kernel=None, against="distributed").scheme("standard")
    bound = row.cases[1].condition.intervals[0].lower
    at_nine = value_of(text(bound), {"F_r": sympy.Integer(9), "F_c": sympy.Integer(1)})
    assert sign_of(at_nine - 64 * ((9 + sympy.sqrt(81 - Q(9, 16))) / 2) ** 2) == 0


def test_every_question_with_free_symbols_on_the_four_schemes_is_decided():
    for asked in notebook_questions("symbols", 400, open_ones=True):
        assert asked.answer().verdict != "undecided"


def undecided_for(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the symbolic answers of one scheme need the kernel."""
    answered = solver.answered

    def answer(row, *arguments):
        if row.scheme == scheme:
            raise UndecidedError(TAPS)
        return answered(row, *arguments)

    monkeypatch.setattr(solver, "answered", answer)


def test_one_undecided_row_says_what_to_give_and_leaves_the_others_their_answers(monkeypatch):
    undecided_for("generalized", monkeypatch)
    rows = breakeven().rows
    assert [row.verdict for row in rows] == ["from", "undecided", "depends"]
    assert rows[1].reason == "cannot be decided while F_r*F_c is free: give kernel"
    assert rows[1].worded({"kernel": "-k"}).endswith(": give -k")
    assert statement(rows[1].steps[-1]) == "N_o*(9 - gamma) >= 9*gamma"


def test_where_every_row_is_undecided_the_first_is_an_error(monkeypatch):
    undecided_for("generalized", monkeypatch)
    with pytest.raises(InconclusiveError, match=r"^generalized: cannot .* F_r\*F_c is free: give kernel$"):
        breakeven(schemes=["generalized"])


def cheaper(row: BreakEvenRow) -> int | str:
    return row.strictly_first if row.strictly is None else alternatives_text(row.strictly)


@pytest.mark.parametrize("unknown", ["N_o", "N_i", "k"])
@pytest.mark.parametrize("kernel", [(3, 3), None])
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize(
    ("scheme", "against", "where"),
    [
        ("separable", "generalized", "gamma > 1"),
        ("separable", "distributed", "gamma > 1"),
        ("distributed", "generalized", "gamma > 1"),
        ("generalized", "separable", "never"),
        ("distributed", "separable", "never"),
        ("generalized", "distributed", "never"),
    ],
)
def test_whether_a_scheme_costs_less_may_hang_on_gamma(unknown, kernel, bias, scheme, against, where):
    """1, √gamma and gamma times the same."""
    options = {} if unknown == "k" else {"kernel": kernel}
    row = breakeven(unknown, against=against, schemes=[scheme], bias=bias, **options).rows[0]
    assert (row.strictly_first, cheaper(row)) == (None, where)


@pytest.mark.parametrize(
    ("options", "scheme", "against", "expected"),
    [
        ({}, "separable", "standard", 2),
        ({"gamma": 1}, "separable", "generalized", "never"),
        ({"gamma": 4}, "separable", "generalized", 1),
        ({}, "generalized", "standard", "gamma < 9"),
        ({}, "distributed", "standard", "gamma < 81"),
        ({"kernel": None}, "generalized", "standard", "gamma < F_r*F_c"),
        ({"kernel": 1}, "standard", "generalized", 1),
        ({"unknown": "gamma"}, "separable", "generalized", 2),
        ({"unknown": "gamma"}, "separable", "standard", "N_o > 9/8"),
        ({"unknown": "gamma", "n_i": 4, "kernel": None}, "distributed", "standard", "F_r*F_c > 4/3"),
    ],
)
def test_where_a_scheme_costs_less_than_another(options, scheme, against, expected):
    assert cheaper(breakeven(against=against, schemes=[scheme], **options).rows[0]) == expected


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


@pytest.mark.parametrize(
    ("unknown", "given", "field"),
    [("N_o", {"n_o": 64}, "n_o"), ("N_i", {"n_i": 64}, "n_i"), ("gamma", {"gamma": 4}, "gamma")],
)
def test_what_is_asked_for_cannot_be_given(unknown, given, field):
    with pytest.raises(FieldError) as caught:
        breakeven(unknown, **given)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"n_i": 0}, "n_i"),
        ({"n_i": 10**9 + 1}, "n_i"),
        ({"gamma": "1/2"}, "gamma"),
        ({"kernel": (3, 0)}, "kernel"),
    ],
)
def test_sizes_that_cannot_hold_are_refused_by_name(given, field):
    with pytest.raises(FieldError) as caught:
        breakeven(**given)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        ({"unknown": "gama"}, "did you mean gamma?"),
        ({"schemes": ["seperable"]}, "did you mean separable?"),
        ({"against": "standart"}, "did you mean standard?"),
        ({"metrics": ["weight"]}, "did you mean weights?"),
    ],
)
def test_mistyped_names_are_refused_with_the_nearest(options, hint):
    with pytest.raises(QuantityError, match=hint.replace("?", r"\?")):
        breakeven(**options)


def test_every_scheme_but_the_baseline_is_asked_about():
    assert [row.scheme for row in breakeven(against="separable").rows] == [
        name for name in NOTEBOOK_NAMES if name != "separable"
    ]


def test_a_notebook_shows_an_answer_as_mathematics():
    found = breakeven()
    assert found.scheme("separable")._repr_latex_() == r"$N_o \geq \frac{9}{8}$"
    assert r"\mathrm{where} \ \gamma < 9$" in found.scheme("generalized")._repr_latex_()
    fixed = breakeven(n_i=4, gamma=4).scheme("distributed")
    assert fixed._repr_latex_() == r"$\mathrm{not \ applicable}$"


PRINT_EVERYTHING = """
from sepcost.solver.solve import breakeven
from sepcost.solver.mathtext import latex_statement, statement
for options in [{}, {"kernel": None}, {"bias": True}, {"unknown": "gamma", "n_i": 4, "kernel": None}]:
    for row in breakeven(**options).rows:
        for case in row.cases:
            print(statement(case.when), latex_statement(case.condition))
        for line in row.steps:
            print(statement(line), latex_statement(line))
"""


def test_the_same_question_gives_the_same_bytes():
    """Whatever order Python's hashes put symbols in."""
    printed = {
        subprocess.run(
            [sys.executable, "-c", PRINT_EVERYTHING],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1")
    }
    assert len(printed) == 1
    assert len(printed.pop()) > 1000


def test_a_kernel_that_is_given_cannot_be_asked_for():
    assert breakeven("k", n_o=64, gamma=2).scheme("separable").first == 2
    for given in (3, (3, 3), 5):
        with pytest.raises(FieldError, match="kernel: is the unknown"):
            breakeven("k", n_o=64, gamma=2, kernel=given)
