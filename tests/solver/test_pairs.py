"""Break-even of any two of the schemes, for any unknown: each answer against layers built and counted."""

from fractions import Fraction
from random import Random

import pytest
import sympy

from sepcost.core.errors import FieldError, InconclusiveError, QuantityError
from sepcost.core.scheme import Parameter, Scheme, StageForm
from sepcost.core.schemes import NOTEBOOK_NAMES, registered, scheme_names
from sepcost.solver.mathtext import statement, text
from sepcost.solver.rows import BreakEvenRow
from sepcost.solver.solve import breakeven
from tests.counting import counted, ends_of
from tests.effort import tries
from tests.printed import holds, said, value_of
from tests.questions import Question, any_questions

QUESTIONS = tries(50)
"""How many random questions are answered by counting, too; raise it for a longer search."""


@pytest.fixture(scope="module")
def answers() -> dict[Question, BreakEvenRow]:
    return {asked: asked.answer() for asked in any_questions("pairs", QUESTIONS)}


def test_first_and_last_are_what_building_and_counting_finds(answers):
    """Over values with which both schemes can be built; a stride between maps of several sizes for MACs."""
    for asked, row in answers.items():
        assert ends_of(row) == counted(asked), asked


def test_the_condition_holds_exactly_where_the_scheme_costs_no_more(answers):
    """At values that need not be whole, a billionth beside each bound too."""
    random = Random("beside")
    for asked, row in answers.items():
        values = [asked.least + Fraction(random.randint(0, 300), random.randint(1, 9)) for _ in range(3)]
        for end in (end for part in row.intervals for end in (part.lower, part.upper) if end is not None):
            below = Fraction(int(sympy.floor(end * 10**9)), 10**9)
            values += [below, below + Fraction(1, 10**9)]
        for value in values:
            excess = asked.excess(value) if value >= asked.least else None
            if excess is not None:
                exact = {asked.unknown: sympy.Rational(value.numerator, value.denominator)}
                assert holds(said(row), exact) == (excess <= 0), (asked, value)


def test_every_interval_is_read_back_as_its_approximation(answers):
    """CRootOf too, which SymPy evaluates."""
    for row in answers.values():
        for end in (end for part in row.intervals for end in (part.lower, part.upper) if end is not None):
            assert float(sympy.N(value_of(text(end)))) == pytest.approx(float(end))


def names_of(asked: Question, value: Fraction) -> dict[str, sympy.Rational] | None:
    """The numbers of a layer under the names that an answer prints, None where there is no such layer."""
    sizes = asked.sizes(value, asked.any_inputs)
    if sizes is None or sizes["gamma"] < 1 or min(sizes["n_i"], sizes["n_o"]) < 1:
        return None
    f_r, f_c = sizes["kernel"]
    numbers = {"N_i": sizes["n_i"], "N_o": sizes["n_o"], "gamma": sizes["gamma"], "F_r": f_r, "F_c": f_c}
    every = {**numbers, "k": value, asked.unknown: value}
    return {name: sympy.Rational(*Fraction(each).as_integer_ratio()) for name, each in every.items()}


def test_cases_are_disjoint_and_none_applies_where_the_scheme_never_pays():
    """Each number that a symbol can have puts at most one case in force, and that is the answer there."""
    random, compared, undecided = Random("open"), 0, 0
    for asked in any_questions("open", QUESTIONS, open_ones=True):
        try:
            row = asked.answer()
        except InconclusiveError:
            undecided += 1
            continue
        held = Fraction(random.randint(4, 60), random.choice([1, 2, 4]))
        numbers = asked.filled(random.choice([1, 2, 4, 9, 15]), held, random.choice([1, 2, 3, 6, 8, 20, 64]))
        if numbers.leaves_nothing():
            continue
        for _ in range(4):
            value = asked.least + Fraction(random.randint(0, 160), 4)
            names = names_of(numbers, value)
            excess = None if names is None else numbers.excess(value)
            if names is None or excess is None or not is_usable(row, names, asked.unknown):
                continue
            applies = [case for case in row.cases if holds(statement(case.when), names)]
            assert len(applies) <= 1, (asked, names)
            claim = row.condition or (applies[0].condition if applies else None)
            assert (claim is not None and holds(statement(claim), names)) == (excess <= 0), (asked, names)
            compared += 1
    assert compared > QUESTIONS / 2
    assert undecided < QUESTIONS / 5


def is_usable(row: BreakEvenRow, names: dict[str, sympy.Rational], unknown: str) -> bool:
    """Whether the channels that the cases name, and that are not the unknown, are whole."""
    whens = " ".join(statement(case.when) for case in row.cases)
    return all(names[each].q == 1 for each in ("N_i", "N_o") if each != unknown and each in whens)


def test_what_two_symbols_leave_open_names_one_of_them():
    """Rows that are undecided leave the others alone; the kernel's two sides are one to give."""
    rows = breakeven(n_i=64, kernel=None, against="inverted", schemes=["separable", "spatial"]).rows
    assert [row.verdict for row in rows] == ["always", "undecided"]
    assert rows[1].reason == "cannot be decided while F_r*F_c is free: give kernel"
    with pytest.raises(InconclusiveError, match=r"give kernel$"):
        breakeven(n_i=64, kernel=None, against="inverted", schemes=["spatial"])


@pytest.mark.parametrize(
    ("unknown", "options", "expected"),
    [
        # 64 · 64 · 9 ≥ t 64 (64 + 9 + 64): t ≤ 36864/8768
        ("expansion", {"n_i": 64, "n_o": 64}, ("expansion <= 576/137", 2, 4)),
        # 64 · 64 · 9/g ≤ 64 (64 + 9)
        ("groups", {"n_i": 64, "n_o": 64, "against": "separable"}, ("groups >= 576/73", 8, 64)),
        # m 3 (64 + 64) ≤ 64 · 64 · 9
        ("mid", {"n_i": 64, "n_o": 64}, ("mid <= 96", 1, 96)),
        # 64²/r + 9 (64/r)² + 64²/r ≤ 9 · 64²: 9 r² − 2 r − 9 ≥ 0; r = 3 does not divide 64
        ("reduction", {"n_i": 64, "n_o": 64}, ("reduction >= 1/9 + sqrt(82)/9", 2, 64)),
        # 6 N (N + 9 + N) ≤ 9 N²: 12 N + 54 ≤ 9 N
        ("N_o", {"gamma": 1, "schemes": ["inverted"]}, ("never", None, None)),
        # 64 N_o (N_o/4)(1/4 …): 13 N_o + 256 ≤ 9216
        ("N_o", {"n_i": 64, "schemes": ["bottleneck"]}, ("N_o <= 8960/13", 4, 688)),
        # N_o 9 ≤ 64 (N_o + 9) always up to N_o = 64 · 9/(9 − 64) < 0
        ("N_o", {"n_i": 64, "schemes": ["depthwise"], "against": "separable"}, ("always", 64, None)),
        ("k", {"n_i": 64, "n_o": 64, "schemes": ["spatial"]}, ("k >= 2", 2, None)),
    ],
)
def test_answers_as_they_are_printed(unknown, options, expected):
    (row,) = breakeven(unknown, **options).rows
    assert (said(row), row.first, row.last) == expected


def test_a_cubic_is_told_by_its_isolated_root():
    """In t = √(N_o/64), N_o (13 N_o + 256)/16 ≥ 64 t (64 t² + 9): 52 t³ − 64 t² + 16 t − 9 ≥ 0."""
    (row,) = breakeven(n_i=64, schemes=["distributed"], against="bottleneck").rows
    assert said(row) == "N_o >= 64*CRootOf(52*x**3 - 64*x**2 + 16*x - 9, 0)**2"
    t = float(row.intervals[0].lower / 64) ** 0.5
    assert 52 * t**3 - 64 * t**2 + 16 * t - 9 == pytest.approx(0, abs=1e-9)
    assert statement(row.steps[-2]).startswith("zero where sqrt(N_o)/8 = CRootOf(52*x**3")
    assert (row.first, row.last) == (80, None)  # a multiple of 4 and of 64/… from 76.6 on


def test_a_root_under_a_free_symbol_has_its_place_among_the_roots():
    """64 t³ + … in the kernel's F: of one real root, for every F."""
    (row,) = breakeven(n_i=64, kernel=None, schemes=["distributed"], against="inverted").rows
    assert [statement(case.when) for case in row.cases] == ["F_r*F_c >= 1"]
    bound = row.cases[0].condition.intervals[0].upper
    at_nine = value_of(text(bound), {"F_r": sympy.Integer(3), "F_c": sympy.Integer(3)})
    (numeric,) = breakeven(n_i=64, schemes=["distributed"], against="inverted").rows
    assert at_nine == numeric.intervals[0].upper


def test_no_threshold_is_complex_where_its_case_applies():
    """k ≥ √(36/7 − 12 N_i/7) is no number from N_i = 3 on: there it always holds."""
    (row,) = breakeven("k", n_o=9, schemes=["bottleneck"], against="blueprint").rows
    assert said(row) == "always where N_i >= 29/12; k >= sqrt(36/7 - 12*N_i/7) where N_i < 29/12"


def test_gamma_gives_the_inputs_that_would_else_stay_free():
    """gamma = 2: N_i = N_o/2, in a bottleneck; standard and separable are multiples of any N_i."""
    rows = breakeven(gamma=2, schemes=["bottleneck", "separable"]).rows
    assert all(row.condition is not None for row in rows)
    assert [row.first for row in rows] == [4, 2]
    assert breakeven(schemes=["bottleneck"]).rows[0].cases != ()


def test_the_same_parameter_may_be_unknown_in_the_baseline():
    """Separable against grouped: 64 (64 + 9) ≤ 64² 9/g up to 576/73 groups."""
    (row,) = breakeven("groups", n_i=64, n_o=64, against="grouped", schemes=["separable"]).rows
    assert (said(row), row.first, row.last) == ("groups <= 576/73", 1, 4)


def test_schemes_that_have_the_unknown_are_those_compared():
    assert [row.scheme for row in breakeven("mid", n_i=8, n_o=8).rows] == ["spatial"]
    against = breakeven("groups", n_i=8, n_o=8, against="grouped").rows
    assert [row.scheme for row in against] == list(NOTEBOOK_NAMES)
    (row,) = breakeven("groups", n_i=8, n_o=8, schemes=["separable"]).rows
    assert (row.verdict, row.reason) == ("not_applicable", "neither scheme has the parameter groups")


def test_a_parameter_starts_where_the_scheme_does():
    """The expansion at 2, as 1 has no first stage; the others at 1."""
    (row,) = breakeven("expansion", n_i=1, n_o=1, kernel=1, against="separable").rows
    assert (row.verdict, row.first) == ("never", None)
    assert breakeven("groups", n_i=8, n_o=8).rows[0].first == 1


@pytest.mark.parametrize(
    ("options", "error", "problem"),
    [
        (
            {"unknown": "groups", "parameters": {"groups": 4}, "schemes": ["grouped"]},
            FieldError,
            "^groups: is the unknown",
        ),
        ({"unknown": "grops"}, QuantityError, "did you mean groups"),
        ({"parameters": {"groups": 4}}, QuantityError, "no parameter of these schemes"),
        ({"parameters": {"groups": 0}, "schemes": ["grouped"]}, FieldError, "groups"),
        ({"stride": 0}, FieldError, "stride"),
    ],
)
def test_a_parameter_that_cannot_hold_is_refused(options, error, problem):
    with pytest.raises(error, match=problem):
        breakeven(**options)


def test_a_stride_parts_macs_from_weights_where_stages_write_several_maps():
    """Inverted, 56×56 by stride 2: its expansion writes 56², the others 28², so 4 · 64 · 6 (64 + …)."""
    options = {"n_i": 64, "schemes": ["inverted"], "stride": 2}
    rows = breakeven(size=56, **options).rows
    assert [(row.metrics, said(row)) for row in rows] == [
        (("weights",), "N_o >= 146"),
        (("macs",), "N_o >= 530"),
    ]
    # 28² (576 N_o) ≥ 384 (56² 64 + 28² 9 + 28² N_o): 576 N_o ≥ 384 (256 + 9 + N_o)
    assert 576 * 530 == 384 * (256 + 9 + 530)


def test_without_a_size_strided_macs_ask_for_it_and_stages_on_one_map_do_not():
    rows = breakeven(n_i=64, schemes=["inverted", "grouped"], stride=2).rows
    assert [row.verdict for row in rows] == ["from", "undecided", "always"]
    assert rows[1].reason == "cannot be decided while L_r*L_c is free: give size"
    assert rows[2].metrics == ("weights", "macs")


def test_with_a_bias_at_the_last_stage_alone_separable_breaks_even_at_nine_eighths_again():
    """Both have N_o biases, which cancel, so that one row stands for both metrics."""
    (row,) = breakeven(bias="last", schemes=["separable"]).rows
    assert (said(row), row.metrics) == ("N_o >= 9/8", ("weights", "macs"))
    assert [said(row) for row in breakeven(bias=True, schemes=["separable"]).rows] == [
        "N_o >= 5/4",
        "N_o >= 9/8",
    ]


OWN = (
    Scheme(
        "rooted",
        "a mixer of √N_i channels",
        "made up",
        (StageForm("in", "sqrt(N_i)"), StageForm("out", "N_o", kernel="both")),
    ),
    Scheme(
        "named",
        "a parameter whose name is that of a root in words",
        "made up",
        (StageForm("in", "root_N_i*N_i"), StageForm("out", "N_o", kernel="both")),
        (Parameter("root_N_i", "root_N_i", "3"),),
    ),
    Scheme(
        "shared",
        "channels over a sum",
        "made up",
        (StageForm("in", "N_o/(s + 1)"), StageForm("out", "N_o", kernel="both")),
        (Parameter("s", "s", "3"),),
    ),
    Scheme(
        "irrational",
        "√2 times the channels",
        "made up",
        (StageForm("in", "sqrt(2)*N_i"), StageForm("out", "N_o", kernel="both")),
    ),
    Scheme(
        "sum",
        "the root of a sum",
        "made up",
        (StageForm("in", "sqrt(N_i + N_o)"), StageForm("out", "N_o", kernel="both")),
    ),
)


def own(*arguments: str, **options: object) -> BreakEvenRow:
    with registered(OWN):
        return breakeven(*arguments, **options).rows[0]


def test_a_root_of_a_size_is_solved_in_that_root():
    """u = √N_i: u³ + 9 · 64 u ≤ 9 · 64 u², between the roots of u² − 576 u + 576."""
    row = own("N_i", n_o=64, schemes=["rooted"])
    assert row.verdict == "between"
    low, high = (float(end) ** 0.5 for end in (row.intervals[0].lower, row.intervals[0].upper))
    assert (row.first, row.last) == (2**2, 574**2)  # N_i is the square of a whole number of channels
    for u in (low, high):
        assert u**2 - 576 * u + 576 == pytest.approx(0, abs=1e-6)


def test_a_parameter_named_as_a_root_is_none_and_an_answer_is_the_same_whatever_was_asked_before():
    """p N_i (N_i + 9 N_o) ≤ √N_i (N_i + 9 N_o) where p √N_i ≤ 1, and p = 1 with N_i = 1 alone."""
    before = own("root_N_i", schemes=["named"])
    row = own("root_N_i", schemes=["named"], against="rooted")
    assert said(row) == "root_N_i <= 1/sqrt(N_i) where N_i <= 1"
    assert own("root_N_i", schemes=["named"]) == before
    assert statement(before.steps[1]) == "9*N_o >= root_N_i*(9*N_o + N_i)"


def test_a_root_of_a_root_is_told_as_a_power():
    """√γ is the variable where γ is free and a scheme reads its root."""
    forms = (StageForm("in", "sqrt(sqrt(gamma))*N_i"), StageForm("out", "N_o", kernel="both"))
    with registered([Scheme("nested", "made up", "made up", forms)]):
        (row,) = breakeven(schemes=["nested"]).rows
    assert statement(row.steps[-2]) == "N_o*(9 - 9*gamma**(1/4)) >= gamma**(1/4)*N_i"


def test_a_parameter_below_a_sum_is_solved_and_first_and_last_divide():
    """m = 24/(s + 1), 12 m + 9 · 24 m ≤ 9 · 12 · 24: m ≤ 2592/228, s ≥ 228 · 24/2592 − 1 = 10/9."""
    row = own("s", n_i=12, n_o=24, schemes=["shared"])
    assert (said(row), row.first, row.last) == ("s >= 10/9", 2, 23)  # s + 1 = 3 and 24 divide 24


def test_a_count_that_is_no_ratio_is_never_whole_and_its_bound_is_told_all_the_same():
    """√2 · 4 channels: the cost is exact, 4 √2 (4 + 9 N_o) ≤ 36 N_o, and no layer has it."""
    row = own("N_o", n_i=4, schemes=["irrational"])
    assert (row.verdict, row.first, row.strictly) == ("never", None, ())  # 36 √2 is above 36
    assert own("N_o", n_i=4, schemes=["standard"], against="irrational").verdict == "always"


@pytest.mark.parametrize(
    ("writes", "problem"),
    [
        ("N_o - N_o", "comes to no channels"),
        ("N_i/(N_i - 4)", "divides by zero"),  # at the 4 channels that are given
    ],
)
def test_a_scheme_that_comes_to_nothing_is_not_applicable_and_says_why(writes, problem):
    forms = (StageForm("in", writes), StageForm("out", "N_o", kernel="both"))
    with registered([Scheme("nothing", "made up", "made up", forms)]):
        (row,) = breakeven(n_i=4, schemes=["nothing"]).rows
    assert row.verdict == "not_applicable"
    assert problem in row.reason


@pytest.mark.parametrize("writes", ["sqrt(sqrt(N_o))", "sqrt(N_i + N_o)/N_o", "N_o**9/(N_o + N_i)**7"])
@pytest.mark.parametrize("n_i", [None, 3])
def test_a_cost_beyond_what_is_solved_is_undecided_or_answered_and_never_a_failure(writes, n_i):
    forms = (StageForm("in", writes), StageForm("out", "N_o", kernel="both"))
    with registered([Scheme("wild", "made up", "made up", forms)]):
        rows = breakeven(n_i=n_i, schemes=["wild", "separable"], against="inverted").rows
    assert [row.scheme for row in rows] == ["wild", "separable"]
    assert (rows[0].verdict == "undecided") == (rows[0].reason is not None)


def test_the_root_of_a_sum_is_undecided_and_says_why():
    with pytest.raises(InconclusiveError, match="square root of a sum"):
        own("N_o", n_i=4, schemes=["sum"])


def test_every_scheme_of_the_catalogue_is_asked_about_by_name():
    names = [name for name in scheme_names() if name != "standard"]
    assert [row.scheme for row in breakeven(n_i=4, schemes=names).rows] == names


@pytest.mark.parametrize("name", [name for name in scheme_names() if name not in NOTEBOOK_NAMES])
def test_where_a_scheme_costs_less_is_told_in_three_ways(name):
    """A number, never, or what has to hold of the sizes that stay free."""
    for held in ({"n_i": 4}, {}):
        row = breakeven(schemes=[name], **held).rows[0]
        assert (row.strictly_first is None) == (row.strictly is not None)
