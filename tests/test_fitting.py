"""The largest layer within a budget, compared with trying every value; and the largest width of a network."""

from fractions import Fraction
from math import isqrt
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sepcost.comparison import compare, cost_of
from sepcost.core.errors import FieldError, FileError, QuantityError
from sepcost.core.given import FIELD_OF
from sepcost.core.layer import Layer
from sepcost.core.quantity import LARGEST
from sepcost.core.scheme import BOTH, Scheme, StageForm
from sepcost.core.schemes import NOTEBOOK_NAMES, registered, scheme_named
from sepcost.fitting import Budget, Totals, fit
from sepcost.hardware.execution import USUAL_EXECUTION
from sepcost.network.toml.read import Design, read_toml
from sepcost.network.width import WIDEST, fit_width
from tests.cli.program import ROOT
from tests.effort import tries
from tests.strategies import sizes

MOBILENET = Path(__file__).parents[1] / "examples" / "mobilenet_v1.toml"
REACH = 24
GAMMAS = [Fraction(gamma) for gamma in ("1", "2", "4", "9", "3/2", "9/4", "7/3")]


def random_question(random):
    """An unknown and the other sizes of a layer, small; two of its channels and gamma are said."""
    unknown = random.choice(list(FIELD_OF))
    sizes = {
        "n_i": random.randint(1, 12),
        "n_o": random.randint(1, REACH),
        "gamma": random.choice(GAMMAS),
        "kernel": (random.randint(1, 4), random.randint(1, 4)),
        "size": (random.randint(1, 9), random.randint(1, 9)),
    }
    said = {"N_o": ["n_i", "gamma"], "N_i": ["n_o", "gamma"], "gamma": ["n_i", "n_o"]}.get(
        unknown, ["n_i", "n_o", "gamma"]
    )
    dropped = {"gamma": "n_o"}.get(unknown, random.choice(said))
    left_out = {FIELD_OF[unknown], *({"n_i", "n_o", "gamma"} - set(said))}
    if unknown in ("k", "size") or random.random() < 0.8:
        left_out.add(dropped)
    given = {name: value for name, value in sizes.items() if name not in left_out}
    given["stride"] = random.choice([1, 1, 2])
    given["bias"] = random.random() < 0.3
    return unknown, given


def layer_at(unknown, given, value):
    try:
        return Layer(**{**given, FIELD_OF[unknown]: value})
    except FieldError:
        return None


def is_fixed(unknown, given, scheme):
    held = [name for name in ("n_i", "n_o", "gamma") if name in given]
    return scheme == "distributed" and unknown not in ("k", "size") and len(held) == 2


def costs(unknown, given, scheme):
    """Each value, up to the reach, at which the scheme can be built, and what it costs."""
    found = {}
    for value in range(1, REACH + 1):
        layer = layer_at(unknown, given, value)
        row = None if layer is None else cost_of(layer, scheme_named(scheme))
        if row is not None and row.realizable:
            found[value] = Totals(row.cost.weights, row.cost.macs)
    return {} if is_fixed(unknown, given, scheme) else found


def random_budget(random, found):
    """A budget that is met exactly at some value, or missed by one, in one metric or both."""
    at = random.choice(list(found.values())[: max(1, len(found) - 2)])
    limits = {
        "max_weights": at.weights - random.choice([0, 0, 1]),
        "max_macs": at.macs + random.choice([0, 1]),
    }
    metrics = random.choice([["max_weights"], ["max_macs"], ["max_weights", "max_macs"]])
    return {metric: max(1, limits[metric]) for metric in metrics}


def ends(unknown, given, scheme):
    """Whether the values end before the reach: N_i is a divisor of N_o where gamma is their ratio."""
    follows = scheme in ("generalized", "distributed")
    return unknown == "N_i" and follows and "gamma" not in given


@pytest.mark.parametrize("seed", range(7))
def test_the_largest_value_is_the_one_that_trying_all_finds(seed):
    random = Random(f"fit {seed}")
    asked = 0
    while asked < tries(30):
        unknown, given = random_question(random)
        if layer_at(unknown, given, 1) is None and unknown in ("k", "size"):
            continue
        scheme = random.choice(NOTEBOOK_NAMES)
        found = costs(unknown, given, scheme)
        limits = random_budget(random, found) if found else {"max_weights": 50}
        row = fit(unknown, **given, **limits, schemes=[scheme]).rows[0]
        budget = Budget(limits.get("max_weights"), limits.get("max_macs"))
        fitting = [value for value, totals in found.items() if not budget.exceeded_by(totals)]
        beyond = [value for value in found if value not in fitting]
        asked += 1
        if row.largest is None:
            grows = (
                len({tuple(getattr(each, name) for name in budget.metrics) for each in found.values()}) > 1
            )
            assert row.reason
            assert not fitting or not grows, (unknown, given, scheme, limits)
            continue
        assert beyond or ends(unknown, given, scheme) or fitting[-1:] == [row.largest] or row.largest > REACH
        if beyond or ends(unknown, given, scheme):
            assert (row.largest, row.totals) == (fitting[-1], found[fitting[-1]]), (unknown, given, scheme)
            assert row.limited_by == (budget.exceeded_by(found[beyond[0]]) if beyond else ())


@given(
    n_i=sizes, kernel=st.integers(1, 99), limit=st.integers(1, 10**30), scheme=st.sampled_from(NOTEBOOK_NAMES)
)
def test_the_next_value_never_fits_at_any_size(n_i, kernel, limit, scheme):
    row = fit("N_o", n_i=n_i, kernel=kernel, size=(7, 10**6), max_macs=limit, schemes=[scheme]).rows[0]

    def macs(n_o):
        return compare(Layer(n_i, n_o, kernel=kernel, size=(7, 10**6)), [scheme]).schemes[0].cost.macs

    if row.largest is None:
        least = 1 if scheme in ("standard", "separable") else n_i
        assert row.reason.startswith("nothing fits")
        assert macs(least) > limit
        return
    assert row.totals.macs == macs(row.largest) <= limit
    following = {
        "standard": row.largest + 1,
        "separable": row.largest + 1,
        "generalized": row.largest + n_i,
        "distributed": n_i * (isqrt(row.largest // n_i) + 1) ** 2,
    }[scheme]
    if following <= LARGEST:
        assert row.limited_by == ("macs",)
        assert macs(following) > limit
    else:
        assert row.limited_by == ()


@given(
    unknown=st.sampled_from(["k", "size"]),
    n_i=st.integers(1, 10**4),
    n_o=st.integers(1, 10**4),
    limit=st.integers(1, 10**24),
    stride=st.integers(1, 4),
)
def test_the_next_square_kernel_or_size_never_fits(unknown, n_i, n_o, limit, stride):
    held = {"size": 17} if unknown == "k" else {"kernel": 3}
    row = fit(unknown, n_i=n_i, n_o=n_o, **held, stride=stride, max_macs=limit, schemes=["separable"]).rows[0]

    def macs(value):
        layer = Layer(n_i, n_o, **{**held, FIELD_OF[unknown]: value}, stride=stride)
        return compare(layer, ["separable"]).schemes[0].cost.macs

    if row.largest is None:
        assert macs(1) > limit
        return
    assert row.totals.macs == macs(row.largest) <= limit
    assert row.largest == LARGEST or macs(row.largest + 1) > limit


def test_64_input_channels_within_50_million_macs():
    found = fit("N_o", n_i=64, kernel=3, size=56, max_macs=50_000_000)
    assert {row.scheme: row.largest for row in found.rows} == {
        "standard": 27,
        "separable": 240,
        "generalized": 64,
        "distributed": 64,
    }
    assert found.scheme("separable").totals == Totals(64 * (240 + 9), 64 * (240 + 9) * 56 * 56)
    assert 64 * (241 + 9) * 56 * 56 > 50_000_000


def test_a_budget_is_kept_when_it_is_met_exactly():
    exactly = 64 * (240 + 9)
    assert fit("N_o", n_i=64, max_weights=exactly).scheme("separable").largest == 240
    assert fit("N_o", n_i=64, max_weights=exactly - 1).scheme("separable").largest == 239


def test_of_two_budgets_the_tighter_one_counts():
    row = fit("size", n_i=8, n_o=8, max_weights=10**6, max_macs=1_000_000).scheme("standard")
    assert (row.largest, row.limited_by) == (isqrt(1_000_000 // (8 * 8 * 9)), ("macs",))
    assert "already takes 576 weights" in (
        fit("size", n_i=8, n_o=8, max_weights=575, max_macs=10**6).scheme("standard").reason
    )


@pytest.mark.parametrize(
    ("unknown", "given", "scheme", "last"),
    [
        ("N_o", {"n_i": 1}, "standard", 10**9),
        ("N_i", {"n_o": 1}, "separable", 10**9),
        ("k", {"n_i": 1, "n_o": 1}, "standard", 10**9),
        ("size", {"n_i": 1, "n_o": 1}, "standard", 10**9),
        ("N_o", {"n_i": 7}, "generalized", 7 * 142_857_142),  # whole multiples of 7, as gamma is whole
        ("N_o", {"n_i": 7}, "distributed", 7 * 11_952**2),  # and those by a square: 7 * 11953**2 > 10^9
        ("N_o", {"gamma": "7/3"}, "separable", 7 * 142_857_142),
        ("N_i", {"gamma": "7/3"}, "separable", 3 * 142_857_142),  # its outputs are those of the line above
        ("gamma", {"n_i": 7}, "generalized", 142_857_142),  # of 7 * 142857142 outputs
        ("gamma", {"n_i": 7, "n_o": 7}, "generalized", 10**9),
        ("N_i", {"n_o": 12}, "standard", 10**9),
    ],
)
def test_values_end_where_channels_and_lengths_do_at_10_to_the_9(unknown, given, scheme, last):
    row = fit(
        unknown, **{"size": 1, **given} if unknown != "size" else given, max_macs=10**40, schemes=[scheme]
    ).rows[0]
    assert (row.largest, row.limited_by, row.reason) == (last, (), None)


SHRUNK = Scheme(
    "shrunk",
    "1x1, then the kernel on each channel that was read",
    "",
    (StageForm("mix", "N_i"), StageForm("spread", "N_o", "N_i", kernel=BOTH)),
)


QUARTER = Scheme("quarter", "", "", (StageForm("mix", "N_i^2/4"), StageForm("out", "N_o")))
INVERSE = Scheme("inverse", "", "", (StageForm("mix", "24/N_o"), StageForm("out", "N_o")))
TRIANGLE = Scheme("triangle", "", "", (StageForm("mix", "N_i*(N_i + 1)/6"), StageForm("out", "N_o")))


def test_channels_that_are_whole_for_every_other_value_are_fitted_among_those():
    """One output: N_i³/4 + N_i²/4 weights, 63 at N_i = 6 and 144 at 8; an odd N_i leaves a broken square."""
    with registered([QUARTER]):
        rows = [fit("N_i", n_o=1, max_weights=most, schemes=["quarter"]).rows[0] for most in (62, 63, 143)]
        assert [row.largest for row in rows] == [4, 6, 6]
        assert rows[1].totals.weights == 6 * 9 + 9


def test_channels_that_are_a_quotient_by_the_unknown_are_fitted_among_divisors():
    """24/N_o channels between 2 and N_o: 2 · 24/N_o + 24 weights, up to N_o = 24."""
    with registered([INVERSE]):
        row = fit("N_o", n_i=2, max_weights=10**6, schemes=["inverse"]).rows[0]
    assert (row.largest, row.totals.weights, row.limited_by) == (24, 2 * 1 + 24, ())


def test_values_that_no_rule_tells_are_not_decided():
    """N_i (N_i + 1)/6 is whole for two of three values."""
    with registered([TRIANGLE]):
        row = fit("N_i", n_o=7, max_weights=10**6, schemes=["triangle"]).rows[0]
    assert row.reason == "not decided: no rule tells which N_i can be built"


def test_input_channels_that_divide_10_to_the_9_are_tried_too():
    """Half of it and all of it divide it, 3 does not: N_i² + 9 · 10^9 up to N_i = 2, the divisor before 4."""
    with registered([SHRUNK]):
        row = fit("N_i", n_o=10**9, max_weights=9 * 10**9 + 15, schemes=["shrunk"]).rows[0]
    assert (row.largest, row.totals.weights) == (2, 2 * 2 + 9 * 10**9)


def test_input_channels_that_divide_the_outputs_are_tried_one_by_one():
    """12 outputs, 3×3: N_i² + 12 · 9 ≤ 150 up to N_i = 6, the divisor of 12 before 12 itself."""
    with registered([SHRUNK]):
        row = fit("N_i", n_o=12, max_weights=150, schemes=["shrunk"]).rows[0]
        assert (row.largest, row.totals.weights, row.limited_by) == (6, 6 * 6 + 12 * 9, ("weights",))
        all_of_them = fit("N_i", n_o=12, max_weights=12 * 12 + 12 * 9, schemes=["shrunk"]).rows[0]
        assert (all_of_them.largest, all_of_them.limited_by) == (12, ())


@pytest.mark.parametrize(
    ("unknown", "given", "scheme", "reason"),
    [
        ("N_i", {"n_o": 64}, "generalized", "nothing limits it: weights do not grow with N_i"),
        ("gamma", {"n_i": 8, "n_o": 64}, "separable", "nothing limits it: weights do not grow with gamma"),
        ("size", {"n_i": 8, "n_o": 64}, "standard", "nothing limits it: weights do not grow with size"),
        (
            "N_o",
            {"n_i": 4000, "kernel": 9},
            "standard",
            "nothing fits: N_o = 1 already takes 324,000 weights",
        ),
        (
            "N_o",
            {"n_i": 8, "gamma": 4},
            "distributed",
            "not applicable: N_o is fixed by N_o = gamma N_i and what is given",
        ),
        ("k", {"n_i": 8, "n_o": 4}, "generalized", "not applicable: gamma = N_o/N_i = 1/2 is below 1"),
        ("k", {"n_i": 8, "n_o": 16}, "distributed", "not realizable: its multiplier sqrt(2) is not whole"),
        ("N_o", {"gamma": "9/4"}, "generalized", "not realizable: its multiplier 9/4 is not whole"),
    ],
)
def test_a_scheme_without_an_answer_says_why(unknown, given, scheme, reason):
    row = fit(unknown, **given, max_weights=100_000).scheme(scheme)
    assert (row.largest, row.totals, row.limited_by) == (None, None, ())
    assert row.reason == reason


@pytest.mark.parametrize(
    ("unknown", "given", "field"),
    [
        ("N_o", {"n_i": 64}, "max_macs"),
        ("N_o", {"n_i": 64, "max_macs": 10**6}, "max_macs"),
        ("N_o", {"n_i": 64, "max_weights": 0}, "max_weights"),
        ("N_o", {"n_i": 64, "max_weights": 1.5}, "max_weights"),
        ("N_o", {"max_weights": 10}, "n_i"),
        ("N_i", {"max_weights": 10}, "n_o"),
        ("gamma", {"n_o": 64, "max_weights": 10}, "n_i"),
        ("k", {"n_i": 64, "max_weights": 10}, "n_o"),
        ("N_o", {"n_i": 64, "n_o": 64, "max_weights": 10}, "n_o"),
        ("size", {"n_i": 64, "n_o": 64, "size": 7, "max_weights": 10}, "size"),
        ("k", {"n_i": 64, "gamma": "9/7", "max_weights": 10}, "n_o"),
        ("k", {"n_i": 64, "n_o": 64, "padding": "valid", "max_weights": 10}, "padding"),
        ("size", {"n_i": 64, "n_o": 64, "padding": 1, "max_macs": 10}, "padding"),
        ("N_o", {"n_i": 0, "max_weights": 10}, "n_i"),
    ],
)
def test_a_question_without_an_answer_is_refused(unknown, given, field):
    with pytest.raises(FieldError) as caught:
        fit(unknown, **given)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("word", "meant"), [("gama", "gamma"), ("n_o", "N_o"), ("no", "N_o"), ("ni", "N_i"), ("kernel", "k")]
)
def test_an_unknown_that_is_none_is_refused_with_the_nearest(word, meant):
    """Also by the names that unknowns have on the command line."""
    with pytest.raises(QuantityError, match=f"; did you mean {meant}\\?"):
        fit(word, max_weights=1)


@pytest.mark.parametrize(
    ("width", "macs"), [("0.75", 325_400_448), ("0.5", 149_497_088), ("0.25", 41_030_272), ("1", 568_740_352)]
)
def test_the_widths_of_the_mobilenet_paper(width, macs):
    found = fit_width(MOBILENET, max_macs=macs)
    assert (found.width, found.totals.macs) == (Fraction(width), macs)
    assert fit_width(MOBILENET, max_macs=macs - 1).width < Fraction(width)


NETWORK = """channels = 3
size = 9
{divisor}
[[layer]]
out = 16
kernel = 3
[[layer]]
out = 64
kernel = 3
scheme = "{scheme}"
[[layer]]
dense = 10
"""


@pytest.mark.parametrize(
    ("scheme", "divisor"),
    [("separable", ""), ("distributed", ""), ("inverted", "divisor = 8"), ("spatial", "divisor = 3")],
)
def test_the_largest_width_is_the_one_that_trying_all_finds(scheme, divisor, tmp_path):
    path = tmp_path / "network.toml"
    path.write_text(NETWORK.format(scheme=scheme, divisor=divisor))
    built = {}
    for step in range(1, 151):
        try:
            network = read_toml(path, Fraction(step, 100))
        except FileError:
            continue
        built[Fraction(step, 100)] = Totals(network.weights, network.macs)
    assert (len(built) < 150) == (scheme == "distributed")
    for totals in set(built.values()):
        for less in (0, 1):
            budget = Budget(weights=totals.weights - less)
            fitting = [width for width, each in built.items() if not budget.exceeded_by(each)]
            found = fit_width(path, max_weights=budget.weights)
            if len(fitting) < len(built):
                assert found.width == (fitting[-1] if fitting else None)


@pytest.mark.parametrize("name", ["mobilenet_v1", "mobilenet_v2", "efficientnet_b0", "resnet18"])
def test_a_fit_builds_the_network_a_few_times(name, monkeypatch):
    """Halving would build it 14 times: there are 10^4 widths, and 2^14 is above that."""
    path = ROOT / "examples" / f"{name}.toml"
    macs, built = read_toml(path).macs, []
    network = Design.network
    monkeypatch.setattr(
        Design, "network", lambda *given, **named: built.append(1) or network(*given, **named)
    )
    for tenths in (1, 3, 5, 7, 9, 20, 50):
        fit_width(path, max_macs=macs * tenths // 10)
    assert len(built) <= 7 * 9


def test_a_network_without_convolutions_has_no_width(tmp_path):
    path = tmp_path / "dense.toml"
    path.write_text("channels = 3\nsize = 9\n[[layer]]\ndense = 10\n")
    assert fit_width(path, max_macs=10**6).reason == "nothing limits it: MACs do not grow with width"
    assert fit_width(path, max_macs=10).reason.startswith("nothing fits: width = 0.01 already takes ")


def test_a_budget_without_end_leaves_the_widest_network():
    found = fit_width(MOBILENET, max_macs=10**20, max_weights=10**20)
    assert (found.width, found.limited_by) == (WIDEST, ())


def test_widths_need_a_budget_and_a_network_in_toml(tmp_path):
    with pytest.raises(
        FieldError,
        match="give max_weights, max_macs, max_memory, max_storage, max_time or machine with memory",
    ):
        fit_width(MOBILENET)
    with pytest.raises(FileError):
        fit_width(tmp_path / "none.toml", max_macs=1)


def test_a_kernel_that_is_given_cannot_be_asked_for():
    held = {"n_i": 8, "n_o": 8, "max_weights": 1000}
    # 64 k^2 <= 1000 up to k = 3
    assert fit("k", **held).scheme("standard").largest == 3
    with pytest.raises(FieldError, match="kernel: is the unknown"):
        fit("k", kernel=3, **held)


def test_the_only_layer_that_there_is_fits_though_nothing_grows():
    """A depthwise convolution to one channel reads one, of 9 weights."""
    row = fit("N_i", n_o=1, max_weights=9, schemes=["depthwise"]).scheme("depthwise")
    assert (row.largest, row.totals.weights, row.reason) == (1, 9, None)
    none = fit("N_i", n_o=1, max_weights=8, schemes=["depthwise"]).scheme("depthwise")
    assert none.largest is None
    assert none.reason.startswith("nothing fits")


def test_the_only_number_of_channels_that_a_tie_leaves_fits_though_nothing_grows():
    """Distributed to 2 channels reads 2: 1 is left out, as gamma would be 2. 2 (2 + 9) weights."""
    row = fit("N_i", n_o=2, max_weights=22, schemes=["distributed"]).scheme("distributed")
    assert (row.largest, row.totals.weights, row.reason) == (2, 22, None)


def test_a_run_is_of_interest_where_bytes_or_time_are_limited():
    held = {"n_i": 4, "size": 5}
    for limits in ({"max_weights": 99}, {"max_macs": 9999}, {"max_weights": 99, "max_macs": 9999}):
        assert fit("N_o", **held, **limits).execution is None
    for limits in ({"max_memory": 9999}, {"max_weights": 99, "max_storage": 9999}):
        assert fit("N_o", **held, **limits).execution == USUAL_EXECUTION
