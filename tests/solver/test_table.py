"""When a scheme pays: every row of the table of break-evens, as the formula that solves it."""

import pytest
import sympy

from sepcost.core.metrics import METRICS
from sepcost.solver.interval import Interval
from sepcost.solver.mathtext import statement, text
from sepcost.solver.solve import breakeven
from tests.printed import said, sign_of

FACTORIZED = ("separable", "generalized", "distributed")
gamma, F, N_o = sympy.symbols("gamma F N_o", positive=True)


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
        ("generalized", "separable", "always where gamma <= 1"),
        ("distributed", "separable", "always where gamma <= 1"),
        ("generalized", "distributed", "always where gamma <= 1"),
    ],
)
def test_the_factorized_schemes_are_in_the_order_of_1_root_gamma_and_gamma(scheme, against, gamma_is_one):
    """Whatever the unknown: they share the factor N_o + F + b."""
    for bias in (False, True):
        for unknown in ("N_o", "N_i", "k"):
            row = breakeven(unknown, against=against, schemes=[scheme], bias=bias).scheme(scheme)
            assert said(row) == gamma_is_one
            assert row.independent
