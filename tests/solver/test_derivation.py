"""The lines of a derivation: each says exactly what the one before it says, wherever the layer exists."""

from fractions import Fraction
from random import Random

import pytest
import sympy

from sepcost.core.errors import InconclusiveError
from sepcost.solver.mathtext import statement
from sepcost.solver.rows import BreakEvenRow
from sepcost.solver.solve import breakeven
from sepcost.solver.symbolic import GAMMA, Relation, SymbolCase
from tests.effort import tries
from tests.printed import holds
from tests.questions import PAIRS, Question

UNKNOWNS = ("N_o", "N_i", "gamma", "k")
HELD = [
    {},
    {"gamma": Fraction(4)},
    {"gamma": Fraction(2)},
    {"n_i": 1},
    {"n_i": 3},
    {"n_i": 4, "gamma": Fraction(9, 4)},
    {"n_o": 8},
    {"n_o": 12, "gamma": Fraction(3)},
    {"n_o": 12, "n_i": 5},
]
TAPS = [None, 1, 3, 4, 9]


def questions(scheme: str, against: str, unknown: str) -> list[Question]:
    """Some of the questions with every size given or free, with and without biases, tied and not."""
    fields = {"N_o": "n_o", "N_i": "n_i", "gamma": "gamma", "k": "kernel"}
    every = [
        Question(unknown, scheme, against, kernel=taps and (taps, 1), bias=bias, tied=tied, **held)
        for held in HELD
        for taps in (TAPS if unknown != "k" else [None])
        for bias in (False, True)
        for tied in (False, True)
        if fields[unknown] not in held and not (tied and bias)
    ]
    return Random(f"{scheme} {against} {unknown}").sample(every, min(len(every), tries(8)))


def derived(asked: Question) -> BreakEvenRow | None:
    """The answer; None where there is nothing to derive, or no telling."""
    try:
        row = asked.answer()
    except InconclusiveError:
        return None
    return row if row.steps else None


def exact(value: Fraction) -> sympy.Rational:
    return sympy.Rational(value.numerator, value.denominator)


def some(random: Random) -> Fraction:
    """A number of at least 1, often 1 itself or a small whole one."""
    if random.random() < 0.3:
        return Fraction(random.randint(1, 4))
    return 1 + Fraction(random.randint(0, 60), random.randint(1, 12))


def layer(asked: Question, row: BreakEvenRow, random: Random) -> Question:
    """The question with numbers for its symbols, squares for gamma, under the assumption of an only case."""
    for _ in range(500):
        numbers = asked.filled(some(random) * some(random), some(random) ** 2, some(random))
        if len(row.cases) != 1 or holds(statement(row.cases[0].when), known(numbers)):
            return numbers
    raise AssertionError(f"no layer found for {asked}")


def known(numbers: Question) -> dict[str, sympy.Expr]:
    """The values of the symbols that a derivation may name; those that cancel have any."""
    return {
        "gamma": exact(Fraction(numbers.gamma or 1)),
        "N_o": exact(Fraction(numbers.n_o or 1)),
        "N_i": sympy.Integer(5),
        "F_r": exact(Fraction(numbers.taps or 1)),
        "F_c": sympy.Integer(1),
        "L_r": sympy.Integer(7),
        "L_c": sympy.Integer(3),
    }


def points(asked: Question, random: Random) -> list[Fraction]:
    """Values of the unknown whose root the derivation names is rational, from 1 on."""
    squared = {"N_o": asked.n_i, "N_i": asked.n_o, "gamma": 1}.get(asked.unknown)
    values = [some(random) ** 2 for _ in range(3)] + [Fraction(1)]
    if "distributed" in (asked.scheme, asked.against) and squared and asked.gamma is None:
        return [squared / value if asked.unknown == "N_i" else squared * value for value in values]
    return values


def lines_at(row: BreakEvenRow, asked: Question, value: Fraction) -> list[bool]:
    """Whether each line is true; of several cases those alone that apply."""
    values = {**known(asked), asked.unknown: exact(value)}
    cases = {case: holds(statement(case.when), values) for case in row.steps if isinstance(case, SymbolCase)}
    said = [line.condition if line in cases else line for line in row.steps if cases.get(line, True)]
    return [holds(statement(line), values) for line in said]


@pytest.mark.parametrize("unknown", UNKNOWNS)
@pytest.mark.parametrize(("scheme", "against"), PAIRS)
def test_every_line_says_what_the_line_before_says_and_what_counting_says(scheme, against, unknown):
    """At exact numbers: all lines are true together where the scheme costs no more, else false together."""
    random, compared = Random(f"{scheme} {against} {unknown}"), 0
    for asked in questions(scheme, against, unknown):
        row = derived(asked)
        if row is None:
            continue
        numbers = layer(asked, row, random)
        for value in points(numbers, random):
            excess = numbers.excess(value) if value >= 1 else None
            if excess is not None:
                assert set(lines_at(row, numbers, value)) == {excess <= 0}, (numbers, value)
                compared += 1
    assert compared > 10


def ends(row: BreakEvenRow) -> list[sympy.Expr]:
    return [end for part in row.intervals for end in (part.lower, part.upper) if end is not None]


def beside(end: sympy.Expr) -> tuple[Fraction, Fraction]:
    """Two rational numbers a billionth or two apart, with the bound between them."""
    step = Fraction(1, 10**9)
    below = int(sympy.ceiling(end * 10**9) - 1) * step
    return below, below + 2 * step


@pytest.mark.parametrize("unknown", UNKNOWNS)
@pytest.mark.parametrize("scheme", ["separable", "generalized", "distributed"])
def test_every_line_is_met_exactly_at_the_bounds_and_turns_beside_them(scheme, unknown):
    """At a bound every line is true; a billionth away each is true on the one side alone that pays."""
    turns = 0
    for asked in questions(scheme, "standard", unknown):
        row = derived(asked) if asked.taps or unknown == "k" else None
        for end in ends(row) if row else []:
            roots = {end: sympy.sqrtdenest(sympy.sqrt(end))}
            assert all(holds(statement(line), {**known(asked), unknown: end}, roots) for line in row.steps)
            for value in beside(end):
                excess = asked.excess(value) if value >= 1 else None
                if excess is not None:
                    assert set(lines_at(row, asked, value)) == {excess <= 0}, (asked, value)
                    turns += excess > 0
    assert turns > 0 or (scheme, unknown) == ("separable", "N_i")


@pytest.mark.parametrize("unknown", UNKNOWNS)
@pytest.mark.parametrize(("scheme", "against"), PAIRS)
def test_cancelling_divides_both_sides_by_something_positive(scheme, against, unknown):
    """As algebra, for every layer at once: the sides' differences are a positive multiple of each other."""
    row = breakeven(unknown, kernel=None, schemes=[scheme], against=against).rows[0]
    relations = [line for line in row.steps if isinstance(line, Relation)]
    root = sympy.Symbol("s", positive=True)
    first, second = (sympy.sympify(line.left - line.right).subs(GAMMA, root**2) for line in relations[:2])
    assert (first == 0 and second == 0) or sympy.cancel(
        sympy.factor(first) / sympy.factor(second)
    ).is_positive


@pytest.mark.parametrize(
    ("options", "scheme", "lines"),
    [
        (
            {},
            "separable",
            ["9*N_o*N_i >= N_i*(N_o + 9)", "9*N_o >= N_o + 9", "8*N_o >= 9", "N_o >= 9/8"],
        ),
        (
            {"metrics": ["macs"]},
            "separable",
            [
                "9*N_o*N_i*L_r*L_c >= N_i*L_r*L_c*(N_o + 9)",
                "9*N_o >= N_o + 9",
                "8*N_o >= 9",
                "N_o >= 9/8",
            ],
        ),
        (
            {"kernel": None},
            "separable",
            [
                "N_o*N_i*F_r*F_c >= N_i*(N_o + F_r*F_c)",
                "N_o*F_r*F_c >= N_o + F_r*F_c",
                "N_o*(F_r*F_c - 1) >= F_r*F_c",
                "N_o >= F_r*F_c/(F_r*F_c - 1)",
            ],
        ),
        (
            {"bias": True, "metrics": ["weights"]},
            "generalized",
            [
                "9*N_o*N_i + N_o >= gamma*N_i*(N_o + 10) + N_o",
                "9*N_o*N_i >= gamma*N_i*(N_o + 10)",
                "9*N_o >= gamma*(N_o + 10)",
                "N_o*(9 - gamma) >= 10*gamma",
                "N_o >= 10*gamma/(9 - gamma)",
            ],
        ),
        (
            {"unknown": "gamma", "n_i": 4},
            "distributed",
            [
                "144*gamma >= 4*sqrt(gamma)*(4*gamma + 9)",
                "36*sqrt(gamma) >= 4*gamma + 9",
                "4*gamma + 9 - 36*sqrt(gamma) <= 0",
                "(sqrt(gamma) - 9/2)**2 <= 18",
                "9/2 - 3*sqrt(2) <= sqrt(gamma) <= 9/2 + 3*sqrt(2)",
                "gamma <= 153/4 + 27*sqrt(2)",
            ],
        ),
        (
            {"against": "generalized"},
            "standard",
            [
                "gamma*N_i*(N_o + 9) >= 9*N_o*N_i",
                "gamma*(N_o + 9) >= 9*N_o",
                "N_o*(9 - gamma) <= 9*gamma",
                "always where gamma >= 9",
                "N_o <= 9*gamma/(9 - gamma) where gamma < 9",
            ],
        ),
        (
            {"unknown": "gamma", "n_i": 1, "kernel": 2, "against": "distributed"},
            "standard",
            [
                "sqrt(gamma)*(gamma + 4) >= 4*gamma",
                "gamma + 4 >= 4*sqrt(gamma)",
                "gamma + 4 - 4*sqrt(gamma) >= 0",
                "(sqrt(gamma) - 2)**2 >= 0",
                "always",
            ],
        ),
        ({"kernel": 1}, "separable", ["N_o*N_i >= N_i*(N_o + 1)", "N_o >= N_o + 1", "never"]),
        (
            {"unknown": "gamma", "n_i": 4},
            "separable",
            [
                "144*gamma >= 4*(4*gamma + 9)",
                "36*gamma >= 4*gamma + 9",
                "32*gamma >= 9",
                "gamma >= 9/32",
                "always",
            ],
        ),
    ],
)
def test_the_lines_are_those_of_the_notebook(options, scheme, lines):
    """Cost against cost, what both share cancelled, the unknown collected, the unknown alone."""
    assert [
        statement(line) for line in breakeven(**options).scheme(scheme, *options.get("metrics", [])).steps
    ] == lines


def test_a_derivation_leads_to_each_of_several_cases():
    row = breakeven(against="generalized").scheme("standard")
    assert [statement(case.when) for case in row.cases] == ["gamma >= 9", "gamma < 9"]
    assert row.steps[-2:] == row.cases


def test_what_is_not_applicable_has_no_derivation():
    assert breakeven(n_i=4, gamma=4).scheme("distributed").steps == ()
