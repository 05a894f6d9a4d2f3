"""The fewest replacements that reach a target: nobody finds fewer by trying them all."""

from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sepcost.core.errors import FieldError
from sepcost.hardware.execution import Execution
from sepcost.hardware.machine import Machine
from sepcost.network.audit import Audit, audit, holder
from sepcost.network.plan import _merged, plan
from sepcost.network.read import read_network
from tests.cli.program import ROOT
from tests.effort import tries
from tests.network.layers import conv, network, planned

EXAMPLES = ROOT / "examples"


def cost_of(audited: Audit, metric, replaced):
    """What a network costs with these layers replaced, told from the tensors that are then in it."""
    if metric == "macs":
        return sum(
            row.replacement.macs if row.layer.name in replaced else row.layer.macs for row in audited.layers
        )
    tensors = {}
    for row in audited.layers:
        if row.layer.name in replaced:
            built = sum(stage.weights() for stage in row.replacement.stages)
            tensors[holder(row.layer), "replaced"] = built
        elif row.layer.learned:
            tensors[holder(row.layer), "as it is"] = row.layer.stage.weights()
    return sum(tensors.values())


def fewest(audited, metric, target):
    """The least number of replacements that reach a target, by exhaustion; None where none do."""
    names = [row.layer.name for row in audited.layers if row.replacement is not None]
    for number in range(len(names) + 1):
        if any(cost_of(audited, metric, set(some)) <= target for some in combinations(names, number)):
            return number
    return None


@st.composite
def networks(draw):
    layers = []
    for number in range(draw(st.integers(1, 8))):
        name = f"conv{number}"
        shared = draw(st.sampled_from([None, *layers])) if layers else None
        positions = draw(st.integers(1, 9))
        if shared is None:
            channels, groups = draw(st.integers(1, 5)), draw(st.sampled_from([1, 1, 1, 2]))
            layers.append(conv(name, 2 * channels, 2 * draw(st.integers(1, 5)), positions, groups=groups))
        else:
            groups = draw(st.sampled_from([shared.groups, shared.groups, 2 * shared.groups]))
            reads = shared.n_i // shared.groups * groups
            shares = shared.shares or shared.name
            layers.append(conv(name, reads, shared.n_o, positions, groups=groups, shares=shares))
    return network(*layers)


@settings(max_examples=tries(60))
@given(networks(), st.sampled_from(["weights", "macs"]), st.data())
def test_no_fewer_replacements_reach_the_target(made, metric, data):
    """At what any replacements come to, where they are just enough, and at one less."""
    audited = audit(made)
    now = cost_of(audited, metric, ())
    assert now == audited.totals.of(metric)
    names = [row.layer.name for row in audited.layers if row.replacement is not None]
    some = data.draw(st.sets(st.sampled_from(names)) if names else st.just(set()))
    target = cost_of(audited, metric, some) - data.draw(st.integers(0, 1))
    found, least = planned(audited, metric, target), fewest(audited, metric, target)
    assert found.reached == (least is not None)
    assert len(found.layers) == (least or 0)
    assert cost_of(audited, metric, set(found.layers)) == found.value
    assert found.value <= target or not found.reached
    assert (found.least is None) == found.reached
    if found.least is not None:
        assert fewest(audited, metric, found.least.value - 1) is None
        assert fewest(audited, metric, found.least.value) == len(found.least.layers)
        assert cost_of(audited, metric, set(found.least.layers)) == found.least.value


@st.composite
def sets_of_layers(draw):
    """Up to ten sets of one to four layers that share their weights, the singles being the most."""
    sizes = draw(st.lists(st.sampled_from([1, 1, 1, 1, 2, 2, 3, 4]), min_size=1, max_size=10))
    layers, sets = [], {}
    for number, size in enumerate(sizes):
        n_i, n_o = draw(st.integers(2, 9)), draw(st.integers(2, 9))
        names = [f"{number}.{turn}" for turn in range(size)]
        layers += [conv(name, n_i, n_o, shares=None if name == names[0] else names[0]) for name in names]
        sets[tuple(names)] = n_i * n_o * 9 - n_i * (n_o + 9)
    return network(*layers), {names: saving for names, saving in sets.items() if saving > 0}


@settings(max_examples=tries(60))
@given(sets_of_layers(), st.data())
def test_no_fewer_layers_of_sets_that_share_weights_reach_the_target(made, data):
    """Exhausting the sets: each saves 9 N_i N_o - N_i (N_o + 9) once all of its layers are replaced."""
    net, savings = made
    least = {}
    for number in range(len(savings) + 1):
        for some in combinations(savings, number):
            saved, taken = sum(savings[names] for names in some), sum(map(len, some))
            least[saved] = min(taken, least.get(saved, taken))
    needed = data.draw(st.sampled_from(sorted(least)))
    found = planned(audit(net), "weights", audit(net).totals.weights - needed)
    assert found.reached
    assert len(found.layers) == min(taken for saved, taken in least.items() if saved >= needed)


@given(networks())
def test_replacing_all_costs_what_the_audit_says(made):
    audited = audit(made)
    names = {row.layer.name for row in audited.layers if row.replacement is not None}
    for metric in ("weights", "macs"):
        assert cost_of(audited, metric, names) == audited.replaced.of(metric)


def test_the_largest_saving_comes_first():
    audited = audit(network(conv("small", positions=10), conv("large", positions=1000), conv("mid")))
    assert planned(audited, "macs", audited.replaced.macs).layers == ("large", "mid", "small")
    assert planned(audited, "macs", audited.replaced.macs + 1).layers == ("large", "mid", "small")
    one = audited.layers[1]
    enough = audited.totals.macs - one.cost.macs + one.replaced_cost.macs
    assert planned(audited, "macs", enough).layers == ("large",)
    assert planned(audited, "macs", enough - 1).layers == ("large", "mid")


def test_a_target_that_holds_already_takes_no_replacement():
    audited = audit(network(conv("c")))
    found = planned(audited, "macs", audited.totals.macs)
    assert (found.reached, found.layers, found.value) == (True, (), audited.totals.macs)


def test_a_target_that_none_reach_says_so():
    audited = audit(network(conv("c")))
    found = planned(audited, "weights", audited.replaced.weights - 1)
    assert (found.reached, found.layers, found.value) == (False, (), audited.totals.weights)


def test_the_largest_saving_is_not_the_best_where_weights_are_shared():
    """Three layers share the largest tensor; two that hold their own save more than it with fewer."""
    trio = [conv("a", 96, 96), conv("b", 96, 96, shares="a"), conv("c", 96, 96, shares="a")]
    audited = audit(network(*trio, conv("d", 80, 80), conv("e", 80, 80)))
    saving = {96: 96 * 96 * 9 - 96 * (96 + 9), 80: 80 * 80 * 9 - 80 * (80 + 9)}
    assert saving[80] < saving[96] < 2 * saving[80]
    target = audited.totals.weights - saving[96]
    assert planned(audited, "weights", target).layers == ("d", "e")


def test_sets_of_layers_that_all_share_their_weights_save_no_more_than_they_hold():
    """Two layers of 64 channels share a tensor, three of 48 another: what neither saves alone takes all."""
    pair = [conv("a", 64, 64), conv("b", 64, 64, shares="a")]
    trio = [conv("c", 48, 48), conv("d", 48, 48, shares="c"), conv("e", 48, 48, shares="c")]
    audited = audit(network(*pair, *trio))
    of_pair, of_trio = (n * n * 9 - n * (n + 9) for n in (64, 48))
    now = audited.totals.weights
    for saving, layers in [(1, "ab"), (of_pair, "ab"), (of_pair + 1, "abcde"), (of_pair + of_trio, "abcde")]:
        found = planned(audited, "weights", now - saving)
        assert (found.reached, "".join(found.layers)) == (True, layers)
    assert not planned(audited, "weights", now - of_pair - of_trio - 1).reached


def test_mobilenet_needs_six_replacements_for_ten_million_weights():
    audited = audit(read_network(EXAMPLES / "mobilenet_v1_standard.toml"))
    found = planned(audited, "weights", 10_000_000)
    assert found.layers == ("conv10", "conv9", "conv8_1", "conv8_2", "conv8_3", "conv8_4")


def test_another_metric_is_refused():
    with pytest.raises(FieldError, match="'flops' is not one of macs, weights, memory, time"):
        planned(audit(network(conv("c"))), "flops", 1)


@pytest.mark.parametrize("metric", ["macs", "weights"])
def test_a_saving_of_one_is_a_saving(metric):
    """1 -> 3 by 1x2: 6 weights, or 2 + 3."""
    audited = audit(network(conv("c", 1, 3, 1, (1, 2))))
    assert plan(audited, metric, 5).layers == ("c",)
    assert not plan(audited, metric, 4).reached


def test_weights_are_saved_where_all_that_share_them_are_replaced():
    first, second = conv("first"), conv("second", shares="first")
    audited = audit(network(first, second))
    found = plan(audited, "weights", 64 * 64 * 9 - 1)
    assert (found.reached, set(found.layers)) == (True, {"first", "second"})
    kept = replace(audited.layers[1], replacement=None, reason="left")
    assert not plan(replace(audited, layers=(audited.layers[0], kept)), "weights", 64 * 64 * 9 - 1).reached


def test_a_time_needs_a_machine_and_is_planned_on_one():
    audited = audit(network(conv("c", reads=6400, writes=6400)))
    with pytest.raises(FieldError, match="execution: has no machine, which a time needs"):
        plan(audited, "time", 1)
    assert plan(audited, "time", 10**6, Execution(Machine(1000, 10**6))).reached


@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize("gains", [[0], [0, 9], [0, 9, 12], [0, 5, 9, 10]])
@pytest.mark.parametrize("best", [[0], [0, 5], [0, 5, 7], [0, 4, 8, 9, 9]])
def test_sets_of_layers_and_single_ones_are_shared_out_as_trying_all_finds(best, gains, size):
    found, sets = _merged(best, gains, size)
    assert len(found) == len(best) + size * (len(gains) - 1)
    for number, (most, taken) in enumerate(zip(found, sets, strict=True)):
        tried = [
            best[min(number - size * each, len(best) - 1)] + gains[each]
            for each in range(len(gains))
            if size * each <= number
        ]
        assert most == max(tried) == tried[taken]
