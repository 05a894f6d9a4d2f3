"""The values with which schemes as users write them can be built, compared with trying every value."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sepcost.comparison import cost_of
from sepcost.core.errors import FieldError
from sepcost.core.given import FIELD_OF
from sepcost.core.layer import Layer
from sepcost.core.monomial import LARGEST_FACTORED, Monomial, NoRuleError, whole_at
from sepcost.core.scheme import BOTH, Parameter, Scheme, StageForm
from sepcost.core.schemes import registered
from sepcost.fitting import Budget, Totals, fit

REACH = 150


def own(name, writes, *parameters):
    """A scheme of a full convolution that writes some channels, and a pointwise one."""
    return Scheme(name, "", "", (StageForm("a", writes, kernel=BOTH), StageForm("b", "N_o")), parameters)


FALLING = own("falling", "N_o*N_o/N_i")
SQUARED = own("squared", "N_i*N_i/12")
THROUGH_GAMMA = own("through-gamma", "N_o/gamma")
BY_ROWS = own("by-rows", "N_o/F_r")
HELD = own("held", "q*N_i", Parameter("q", "q", "N_o/6"))
LESS = own("less", "N_o - N_i")
PLUS = own("plus", "N_i + 1")
MIDDLE = own("middle", "m", Parameter("m", "m", "(N_i + N_o)/2"))
ROOTED = own("rooted", "2*sqrt(N_i)")
OVER_SUM = own("over-sum", "N_o*N_i/(N_i + 2)")
LIMITED = own("limited", "N_o*N_o/N_i", Parameter("q", "q", "N_o - N_i"))
SUMS = [LESS, PLUS, MIDDLE, ROOTED, OVER_SUM, LIMITED]
NO_RULE = own("no-rule", "sqrt(N_i) + N_o")
KNOWN = [FALLING, SQUARED, THROUGH_GAMMA, BY_ROWS, HELD]

QUESTIONS = [
    ("N_o", {"n_i": 6}),
    ("N_o", {"gamma": 2}),
    ("N_o", {"gamma": Fraction(3, 2)}),
    ("N_o", {"n_i": 4, "gamma": 2}),
    ("N_i", {"n_o": 12}),
    ("N_i", {"gamma": 3}),
    ("gamma", {"n_i": 4}),
    ("gamma", {"n_i": 4, "n_o": 12}),
    ("k", {"n_i": 6, "n_o": 12}),
]


def tried(scheme, unknown, given):
    """What a layer costs at each value up to the reach at which it can be built."""
    found = {}
    for value in range(1, REACH + 1):
        try:
            row = cost_of(Layer(**{**given, FIELD_OF[unknown]: value}), scheme)
        except FieldError:
            continue
        if row.realizable:
            found[value] = Totals(row.cost.weights, row.cost.macs)
    return found


@pytest.mark.parametrize("limit", [60, 1500, 9000])
@pytest.mark.parametrize(("unknown", "given"), QUESTIONS)
@pytest.mark.parametrize("scheme", [*KNOWN, *SUMS, NO_RULE], ids=lambda scheme: scheme.name)
def test_the_largest_is_the_one_that_trying_finds_or_is_said_not_to_be_known(scheme, unknown, given, limit):
    built = tried(scheme, unknown, given)
    fitting = [value for value, cost in built.items() if not Budget(limit).exceeded_by(cost)]
    with registered([scheme]):
        row = fit(unknown, max_weights=limit, schemes=[scheme.name], **given).rows[0]
    if row.largest is not None:
        assert row.largest > REACH or row.largest == fitting[-1]
    elif row.reason.startswith("not decided"):
        assert scheme is NO_RULE
    elif row.reason.startswith("nothing limits"):
        assert len(set(built.values())) == 1
    else:
        assert fitting == []


def test_channels_that_are_sums_are_fitted_as_far_as_numbers_go():
    """m = (N_i + 64)/2 channels, so N_i is even; 9 N_i m + 64 m weights, at N_i = 10^9 about 4.5 10^18."""

    def weights(n_i):
        return (9 * n_i + 64) * (n_i + 64) // 2

    with registered([MIDDLE]):
        row, most = (
            fit("N_i", n_o=64, max_weights=limit, schemes=["middle"]).rows[0] for limit in (10**6, 5 * 10**18)
        )
    assert (row.largest, row.totals.weights) == (436, weights(436))
    assert weights(436) <= 10**6 < weights(438)
    assert most.largest == 10**9


def test_a_number_of_more_than_12_figures_is_factored():
    """10^9 · 10^9 / N_i channels are whole where N_i divides 10^18: up to 10^9 all of them."""
    with registered([FALLING]):
        row = fit("N_i", n_o=10**9, max_weights=10**30, schemes=["falling"]).rows[0]
    assert (row.largest, row.limited_by) == (10**9, ())


def test_cost_that_falls_as_channels_grow_is_no_reason_to_give_up():
    """12 · 12 / N_i channels of a 3x3 kernel on N_i, and 12 times those: 1,296 + 1,728/N_i weights."""
    with registered([FALLING]):
        row, none = (
            fit("N_i", n_o=12, max_weights=limit, schemes=["falling"]).rows[0] for limit in (1500, 1300)
        )
    assert (row.largest, row.totals.weights) == (144, 1296 + 12)  # the largest divisor of 144
    assert none.reason == "nothing fits: each N_i that can be built takes more"


counts = st.builds(
    Monomial,
    st.fractions(Fraction(-2), 60, max_denominator=24),
    st.integers(-2, 3),
)


@given(counts=st.lists(counts, min_size=1, max_size=3), first=st.integers(1, 9))
def test_the_values_at_which_all_counts_are_whole_are_those_that_trying_finds(counts, first):
    def is_whole(value):
        found = [each.factor * Fraction(value) ** each.power for each in counts]
        return all(each.denominator == 1 and each >= 1 for each in found)

    assert list(whole_at(counts, first, 400)) == list(filter(is_whole, range(first, 401)))


def test_what_takes_too_long_to_factor_is_left_undecided():
    large = Fraction(LARGEST_FACTORED + 1)
    for count in (Monomial(large, -1), Monomial(1 / large, 2)):
        with pytest.raises(NoRuleError):
            whole_at([count], 1, 10)
