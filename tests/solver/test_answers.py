"""The answers that people will ask for, what is cheaper and what is refused."""

import os
import subprocess
import sys

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
from tests.counting import Counted, ends_of
from tests.printed import said, sign_of, value_of
from tests.questions import notebook_questions


@pytest.mark.parametrize(
    ("options", "scheme", "expected"),
    [
        ({}, "separable", "N_o >= 9/8"),
        ({}, "generalized", "N_o >= 9*gamma/(9 - gamma) where gamma < 9"),
        ({}, "distributed", "N_o >= 9*sqrt(gamma)/(9 - sqrt(gamma)) where gamma < 81"),
        ({"gamma": 4}, "generalized", "N_o >= 36/5"),
        ({"gamma": 4}, "distributed", "N_o >= 18/7"),
        ({"gamma": "9/4"}, "generalized", "N_o >= 3"),
        ({"gamma": 9}, "generalized", "never"),
        ({"kernel": None}, "separable", "N_o >= F_r*F_c/(F_r*F_c - 1) where F_r*F_c > 1"),
        ({"unknown": "gamma", "n_i": 4}, "distributed", "gamma <= 153/4 + 27*sqrt(2)"),
        ({"unknown": "N_i"}, "generalized", "N_i >= 9/(9 - gamma) where gamma < 9"),
        ({"unknown": "gamma"}, "generalized", "gamma <= 9*N_o/(N_o + 9) where N_o >= 9/8"),
        ({"unknown": "k"}, "generalized", "k >= sqrt(gamma*N_o/(N_o - gamma)) where gamma < N_o"),
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
            "always where F_r*F_c <= 64/63; N_o >= 32*F_r**2*F_c**2"
            " + 32*sqrt(F_r**2*F_c**2 - F_r*F_c/16)*F_r*F_c - F_r*F_c where F_r*F_c > 64/63",
        ),
        # 2 F t ≥ 2 t² + F + 1: at t = 1 from F = 3 on; between 1 + √3 and 3 lies no whole number of taps
        (
            {"n_i": 2, "kernel": None, "bias": True},
            "distributed",
            "standard",
            "N_o <= F_r**2*F_c**2 + sqrt(F_r**2*F_c**2 - 2*F_r*F_c - 2)*F_r*F_c - F_r*F_c - 1"
            " where F_r*F_c >= 3",
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
    assert sign_of(at_nine - 64 * ((9 + sympy.sqrt(81 - sympy.Rational(9, 16))) / 2) ** 2) == 0


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
