"""The notebook's inequalities, row by row: when a factorization pays, and what it leaves unsaid."""

import pytest
import sympy

from sepcost.core import formulas
from sepcost.core.formulas import Maps, Sizes, Stages
from sepcost.core.metrics import METRICS
from sepcost.core.schemes import NOTEBOOK_NAMES, scheme_named
from sepcost.solver.mathtext import statement
from sepcost.solver.solve import breakeven

N_i, N_o, F, L = sympy.symbols("N_i N_o F L", positive=True, integer=True)
gamma = sympy.Symbol("gamma", positive=True)
ROOT = sympy.sqrt(gamma)
STANDARD, SEPARABLE, GENERALIZED, DISTRIBUTED = (scheme_named(name).stages for name in NOTEBOOK_NAMES)

FREE = Sizes(N_i, N_o, F, gamma)
TIED = Sizes(N_o / gamma, N_o, F, gamma)

ALPHA = {"separable": sympy.Integer(1), "generalized": gamma, "distributed": ROOT}
STAGES = {
    "separable": SEPARABLE(FREE),
    "generalized": GENERALIZED(FREE),
    "distributed": DISTRIBUTED(TIED),
}
factorized = pytest.mark.parametrize("scheme", ALPHA)


def against_standard(scheme: str) -> tuple[Stages, Stages]:
    sizes = TIED if scheme == "distributed" else FREE
    return STANDARD(sizes), STAGES[scheme]


def bound_of(scheme: str, **options: object) -> sympy.Expr:
    (part,) = breakeven(schemes=[scheme], **options).rows[0].intervals
    assert part.upper is None
    return part.lower


@factorized
def test_t4_memory_and_macs_give_the_same_inequality(scheme):
    """The difference in MACs is the difference in weights × positions, which are positive."""
    standard, stages = against_standard(scheme)
    in_weights = formulas.weights(standard) - formulas.weights(stages)
    in_macs = formulas.macs(standard, Maps(1, 1, L, 1)) - formulas.macs(stages, Maps(1, 1, L, 1))
    assert sympy.expand(in_macs - L * in_weights) == 0


@pytest.mark.parametrize("unknown", ["N_o", "N_i", "gamma", "k"])
def test_t4_without_bias_one_answer_holds_for_both_metrics(unknown):
    for against in ("standard", "separable", "generalized", "distributed"):
        for row in breakeven(unknown, against=against).rows:
            assert row.metrics == METRICS


def test_t4_for_macs_the_derivation_starts_from_macs_and_meets_that_of_weights():
    """The positions L_r L_c are gone from the second line on."""
    weights = [statement(line) for line in breakeven(metrics=["weights"]).scheme("separable").steps]
    macs = [statement(line) for line in breakeven(metrics=["macs"]).scheme("separable", "macs").steps]
    assert macs[0] == "9*N_o*N_i*L_r*L_c >= N_i*L_r*L_c*(N_o + 9)"
    assert weights[0] == "9*N_o*N_i >= N_i*(N_o + 9)"
    assert macs[1:] == weights[1:]


def test_t5_a_3x3_kernel_pays_from_nine_eighths_outputs_on():
    """9 N_o ≥ N_o + 9 is 8 N_o ≥ 9; the first whole N_o is 2."""
    row = breakeven(kernel=3).scheme("separable")
    assert statement(row.condition) == "N_o >= 9/8"
    assert (row.verdict, row.first, row.last) == ("from", 2, None)


def test_t5_the_derivation_is_the_one_in_the_notebook():
    """N_o N_i F_r F_c ≥ N_i (N_o + F_r F_c), N_o F_r F_c ≥ N_o + F_r F_c; for 3×3, N_o ≥ 9/8."""
    general = [statement(line) for line in breakeven(kernel=None).scheme("separable").steps]
    assert general[:2] == [
        "N_o*N_i*F_r*F_c >= N_i*(N_o + F_r*F_c)",
        "N_o*F_r*F_c >= N_o + F_r*F_c",
    ]
    assert [statement(line) for line in breakeven().scheme("separable").steps][1:] == [
        "9*N_o >= N_o + 9",
        "8*N_o >= 9",
        "N_o >= 9/8",
    ]


def test_t6_at_least_includes_equality_and_strictly_cheaper_is_said_apart():
    """1×2 kernel: 2·2 N_i = N_i (2 + 2) at N_o = 2, and 3·2 N_i > N_i (3 + 2) at 3."""
    row = breakeven(kernel=(1, 2)).scheme("separable")
    assert statement(row.condition) == "N_o >= 2"
    assert (row.first, row.strictly_first) == (2, 3)
    standard, separable = (formulas.weights(stages(Sizes(N_i, 2, 2))) for stages in (STANDARD, SEPARABLE))
    assert sympy.expand(standard - separable) == 0


def test_t6_where_no_whole_number_is_met_exactly_both_firsts_are_one():
    row = breakeven(kernel=3).scheme("separable")
    assert row.first == row.strictly_first == 2


@factorized
def test_t7_a_1x1_kernel_never_pays(scheme):
    """N_o ≥ α (N_o + 1) has no solution for α from 1 on: the pointwise step alone costs as much."""
    for options in ({}, {"gamma": 4}, {"bias": True}):
        for row in breakeven(kernel=1, schemes=[scheme], **options).rows:
            assert (row.verdict, row.intervals, row.first) == ("never", (), None)


def test_t7_the_derivation_ends_in_a_contradiction():
    lines = [statement(line) for line in breakeven(kernel=1).scheme("separable").steps]
    assert lines[-2:] == ["N_o >= N_o + 1", "never"]


@factorized
def test_t12_the_difference_of_costs_has_the_sign_of_n_o_f_less_alpha_n_o_and_alpha_f(scheme):
    """So N_o ≥ α F/(F − α) where α < F, and nothing where not: then N_o (F − α) is at most 0 < α F."""
    standard, stages = against_standard(scheme)
    alpha = ALPHA[scheme]
    difference = formulas.weights(standard) - formulas.weights(stages)
    channels = TIED.n_i if scheme == "distributed" else N_i
    assert sympy.expand(difference - channels * (N_o * (F - alpha) - alpha * F)) == 0


@pytest.mark.parametrize("taps", [2, 9, 25, 49])
@pytest.mark.parametrize("depth", ["1", "4", "9/4", "16", "2"])
@factorized
def test_t12_a_scheme_pays_from_alpha_f_over_f_less_alpha_on_if_alpha_is_below_f(scheme, depth, taps):
    alpha = ALPHA[scheme].subs(gamma, sympy.Rational(depth))
    options = {"gamma": depth, "kernel": (taps, 1)}
    if alpha < taps:
        expected = alpha * taps / (taps - alpha)
        assert sympy.radsimp(bound_of(scheme, **options) - expected) == 0
    else:
        assert breakeven(schemes=[scheme], **options).rows[0].verdict == "never"


def test_t12_gamma_4_and_a_3x3_kernel():
    """Generalized 4·9/(9 − 4) = 36/5, distributed 2·9/(9 − 2) = 18/7."""
    assert bound_of("generalized", gamma=4) == sympy.Rational(36, 5)
    assert bound_of("distributed", gamma=4) == sympy.Rational(18, 7)


def test_t13_every_stage_has_a_bias_per_output_and_the_last_ones_are_common_to_all():
    """α N_i for the depthwise stage and N_o for the last: without those N_o, F becomes F + 1 in A."""
    for scheme, alpha in ALPHA.items():
        standard, stages = against_standard(scheme)
        channels = TIED.n_i if scheme == "distributed" else N_i
        biases = formulas.weights(stages, bias=1) - formulas.weights(stages)
        assert sympy.expand(biases - (alpha * channels + N_o)) == 0
        assert sympy.expand(formulas.weights(standard, bias=1) - formulas.weights(standard) - N_o) == 0
        assert (
            formulas.macs(stages, Maps(1, 1, L, 1)) == L * formulas.macs(stages)
            or sympy.expand(formulas.macs(stages, Maps(1, 1, L, 1)) - L * formulas.macs(stages)) == 0
        )


@factorized
def test_t13_with_biases_weights_pay_from_alpha_f_plus_1_over_f_less_alpha_on(scheme):
    alpha = ALPHA[scheme].subs(gamma, 4)
    expected = alpha * (9 + 1) / (9 - alpha)
    found = breakeven(gamma=4, bias=True)
    assert found.scheme(scheme, "weights").intervals[0].lower == expected
    assert found.scheme(scheme, "macs").intervals[0].lower == alpha * 9 / (9 - alpha)


def test_t13_separable_3x3_with_biases():
    """(9 + 1)/(9 − 1) = 5/4."""
    assert bound_of("separable", bias=True) == sympy.Rational(5, 4)


def test_t13_with_biases_the_weights_are_no_multiple_of_the_macs():
    """Separable: N_i (N_o + F) multiply-accumulates, but N_i + N_o weights more than that."""
    separable = STAGES["separable"]
    extra = formulas.weights(separable, bias=1) - formulas.macs(separable)
    assert sympy.expand(extra - (N_i + N_o)) == 0


def test_t13_with_biases_distributed_is_no_longer_exactly_root_gamma_times_separable():
    """The ratio is √gamma only without the N_o biases that do not grow with it."""
    distributed = formulas.weights(STAGES["distributed"], bias=1)
    separable = formulas.weights(SEPARABLE(TIED), bias=1)
    assert sympy.expand(ROOT * separable - distributed - (ROOT - 1) * N_o) == 0
