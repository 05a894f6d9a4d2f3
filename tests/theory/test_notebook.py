"""The notebook, row by row: each claim T1, T2, … proved for every whole number, not for an example.

The sizes are SymPy symbols that go through the very formulas that count.
"""

import pytest
import sympy

from sepcost.core import formulas
from sepcost.core.formulas import Maps, Sizes, Stages
from sepcost.core.schemes import NOTEBOOK_NAMES, scheme_named

N_i, N_o, F_r, F_c, L_r, L_c = sympy.symbols("N_i N_o F_r F_c L_r L_c", positive=True, integer=True)
gamma = sympy.Symbol("gamma", positive=True)
F = F_r * F_c
L = L_r * L_c
ROOT = sympy.sqrt(gamma)
STANDARD, SEPARABLE, GENERALIZED, DISTRIBUTED = (scheme_named(name).stages for name in NOTEBOOK_NAMES)

FREE = Sizes(N_i, N_o, F, gamma)
TIED = Sizes(N_i, gamma * N_i, F, gamma)

MEASURES = {
    "weights": formulas.weights,
    "MACs": lambda stages: formulas.macs(stages, Maps(1, 1, L, 1)),
}
in_weights_and_macs = pytest.mark.parametrize("measure", MEASURES.values(), ids=MEASURES)


def same(left: sympy.Expr, right: sympy.Expr) -> bool:
    return sympy.expand(left - right) == 0


def assert_costs(stages: Stages, weights: dict[str, sympy.Expr], total: sympy.Expr) -> None:
    """Each stage holds those weights and uses each at every position, and so does the total."""
    assert [stage.name for stage in stages] == list(weights)
    for stage in stages:
        assert same(stage.weights(), weights[stage.name])
        assert same(stage.macs(L), weights[stage.name] * L)
    assert same(formulas.weights(stages), total)
    assert same(formulas.macs(stages, Maps(1, 1, L, 1)), total * L)


def wider(stages_of, tied: bool = True) -> Stages:
    """A scheme's stages where √gamma is 1 + t with t above 0, that is gamma above 1."""
    t = sympy.Symbol("t", positive=True)
    root = 1 + t
    return stages_of(Sizes(N_i, root**2 * N_i if tied else N_o, F, root**2))


def test_t1_n_i_are_the_inputs_and_n_o_the_outputs():
    """The notebook's list has the two names the other way round; its formulas have them so."""
    (standard,) = STANDARD(FREE)
    assert (standard.inputs, standard.outputs) == (N_i, N_o)
    depthwise, pointwise = SEPARABLE(FREE)
    assert (depthwise.inputs, depthwise.outputs) == (N_i, N_i)
    assert (pointwise.inputs, pointwise.outputs) == (N_i, N_o)
    assert same(depthwise.weights(), N_i * F)


def test_t1_the_other_reading_is_another_cost():
    """Which name means which matters: swapped channels cost the same only where they are equal."""
    swapped = formulas.weights(SEPARABLE(FREE._replace(n_i=N_o, n_o=N_i)))
    difference = formulas.weights(SEPARABLE(FREE)) - swapped
    assert same(difference, (N_i - N_o) * F)


def test_t1_depth_multiplication_leads_from_n_i_to_n_o():
    """N_o = gamma N_i: a tied distributed layer writes gamma feature maps for each that it reads."""
    *_, last = DISTRIBUTED(TIED)
    assert same(last.outputs, gamma * N_i)


def test_t2_a_standard_convolution():
    """Weights N_o N_i F_r F_c, MACs L_r L_c times as many."""
    total = N_o * N_i * F_r * F_c
    assert_costs(STANDARD(FREE), {"convolution": total}, total)


def test_t3_a_separable_convolution():
    """Depthwise N_i F_r F_c, pointwise N_o N_i, in all N_i (N_o + F_r F_c), MACs L_r L_c times as many."""
    assert_costs(
        SEPARABLE(FREE),
        {"depthwise": N_i * F_r * F_c, "pointwise": N_o * N_i},
        total=N_i * (N_o + F_r * F_c),
    )


def test_t8_a_generalized_convolution():
    """Depthwise gamma N_i F_r F_c, pointwise gamma N_o N_i; left out: in all gamma N_i (N_o + F_r F_c)."""
    assert_costs(
        GENERALIZED(FREE),
        {"depthwise": gamma * N_i * F_r * F_c, "pointwise": gamma * N_o * N_i},
        total=gamma * N_i * (N_o + F_r * F_c),
    )


def test_t8_a_tied_generalized_convolution():
    """Under the constraint N_o = gamma N_i that the notebook names, N_o is expressed in gamma."""
    assert_costs(
        GENERALIZED(TIED),
        {"depthwise": gamma * N_i * F_r * F_c, "pointwise": gamma**2 * N_i**2},
        total=gamma * N_i * (gamma * N_i + F_r * F_c),
    )


def test_t9_a_distributed_convolution():
    """Depthwise √gamma N_i F_r F_c, pointwise gamma^(3/2) N_i², in all √gamma N_i (gamma N_i + F_r F_c)."""
    assert_costs(
        DISTRIBUTED(TIED),
        {
            "depthwise": sympy.sqrt(gamma) * N_i * F_r * F_c,
            "pointwise": gamma ** sympy.Rational(3, 2) * N_i**2,
        },
        total=sympy.sqrt(gamma) * N_i * (N_i * gamma + F_r * F_c),
    )


def test_t9_each_step_multiplies_depth_by_the_root_of_gamma():
    """The pointwise step reads √gamma N_i maps and writes √gamma times as many."""
    depthwise, pointwise = DISTRIBUTED(TIED)
    assert same(depthwise.outputs, ROOT * depthwise.inputs)
    assert same(pointwise.inputs, depthwise.outputs)
    assert same(pointwise.outputs, ROOT * pointwise.inputs)


@in_weights_and_macs
def test_t10_distributed_is_never_better_than_separable(measure):
    """It costs strictly more wherever gamma is above 1, and the same at gamma = 1."""
    assert sympy.expand(measure(wider(DISTRIBUTED)) - measure(wider(SEPARABLE))).is_positive
    at_one = TIED._replace(n_o=N_i, gamma=1)
    assert same(measure(DISTRIBUTED(at_one)), measure(SEPARABLE(at_one)))


@in_weights_and_macs
def test_t10_distributed_costs_exactly_root_gamma_times_separable(measure):
    """So the two are equal at gamma = 1 only."""
    distributed, separable = measure(DISTRIBUTED(TIED)), measure(SEPARABLE(TIED))
    assert same(distributed, ROOT * separable)
    assert sympy.solve(sympy.cancel(distributed / separable) - 1, gamma) == [1]


@in_weights_and_macs
def test_t10_generalized_costs_exactly_gamma_times_separable(measure):
    """Whether or not N_o = gamma N_i; so it too is never better for gamma at least 1."""
    for sizes in (FREE, TIED):
        assert same(measure(GENERALIZED(sizes)), gamma * measure(SEPARABLE(sizes)))
    excess = measure(wider(GENERALIZED, tied=False)) - measure(wider(SEPARABLE, tied=False))
    assert sympy.expand(excess).is_positive


@in_weights_and_macs
def test_t10_distributed_is_root_gamma_cheaper_than_tied_generalized(measure):
    """Distributing the multiplication is worth √gamma against doing all of it at the depthwise step."""
    assert same(ROOT * measure(DISTRIBUTED(TIED)), measure(GENERALIZED(TIED)))
    excess = measure(wider(GENERALIZED)) - measure(wider(DISTRIBUTED))
    assert sympy.expand(excess).is_positive


def test_t11_distributed_makes_root_gamma_weak_features_per_input_channel():
    """√gamma for each input channel, √gamma N_i in all; the notebook's last sentence has √(gamma N_i)."""
    depthwise, _ = DISTRIBUTED(TIED)
    assert same(depthwise.outputs / N_i, ROOT)
    assert same(depthwise.outputs, ROOT * N_i)


def test_t11_the_last_sentence_holds_for_one_input_channel_only():
    """√gamma N_i = √(gamma N_i) has the one solution N_i = 1."""
    depthwise, _ = DISTRIBUTED(TIED)
    assert sympy.solve(sympy.Eq(depthwise.outputs**2, gamma * N_i), N_i) == [1]


@in_weights_and_macs
@pytest.mark.parametrize(
    ("stages_of", "multiplier"),
    [(SEPARABLE, 1), (GENERALIZED, gamma), (DISTRIBUTED, ROOT)],
    ids=["separable", "generalized", "distributed"],
)
def test_the_factorized_schemes_are_one_family(measure, stages_of, multiplier):
    """A depthwise multiplier of 1, gamma or √gamma, then a pointwise step: multiplier N_i (N_o + F_r F_c)."""
    unit = measure(SEPARABLE(FREE))
    assert same(measure(stages_of(FREE)), multiplier * unit)
