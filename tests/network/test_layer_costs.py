"""What layers take now and replaced, and the fewest replacements for a target, against every choice."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import combinations
from random import Random

import pytest

from sepcost.core.errors import FieldError
from sepcost.hardware.execution import USUAL_EXECUTION, Execution
from sepcost.hardware.machine import Machine
from sepcost.hardware.measured import Cache, Measured
from sepcost.network.audit import audit
from sepcost.network.bounds import network_bound
from sepcost.network.measure import Measures
from sepcost.network.memory import peak_memory
from sepcost.network.plan import planned as planned_of
from sepcost.network.read import read_network
from sepcost.network.replaced import replaced_network
from tests.cli.program import ROOT, sepcost
from tests.effort import tries
from tests.network.layers import planned

STANDARD = str(ROOT / "examples" / "mobilenet_v1_standard.toml")
BYTE = Execution(bytes=1)


@pytest.fixture
def random_audit(tmp_path):
    """A chain of a few convolutions and pools, each with a replacement where that takes fewer MACs."""

    def made(random):
        layers = []
        for _ in range(random.randint(2, 6)):
            out, stride = random.choice([4, 8, 16, 32]), random.choice([1, 1, 2])
            layers.append(f"[[layer]]\nout = {out}\nkernel = {random.choice([1, 3, 5])}\nstride = {stride}\n")
            if random.random() < 0.2:
                layers.append("[[layer]]\npool = 2\nstride = 1\npadding = 'same'\n")
        path = tmp_path / "net.toml"
        path.write_text(f"channels = {random.choice([2, 8, 24])}\nsize = 16\n{''.join(layers)}")
        return audit(read_network(str(path)))

    return made


def costs_of(audited, how, metric):
    return {cost.name: cost for cost in Measures(audited.network, how, audited).layer_costs(metric)}


def chosen(audited, names):
    """The audit in which only some layers are replaced."""
    rows = (
        r if r.layer.name in names else replace(r, replacement=None, reason="left") for r in audited.layers
    )
    return replace(audited, layers=tuple(rows))


def every_choice(audited):
    names = [row.layer.name for row in audited.layers if row.replacement is not None]
    for number in range(len(names) + 1):
        yield from combinations(names, number)


def random_execution(random):
    near = Measured((Cache(4000, 50),), Fraction(random.randint(0, 20)), {"depthwise": Fraction(1, 5)})
    return Execution(Machine(random.randint(10, 500), random.randint(5, 40), 1, measured=near))


def test_the_fewest_replacements_reach_a_time_or_a_peak_of_memory(random_audit):
    random = Random("plans")
    reached = set()
    for _ in range(tries(60)):
        audited, how = random_audit(random), random_execution(random)
        for metric in ("time", "memory"):

            def taken(names, audited=audited, how=how, metric=metric):
                if metric == "memory":
                    return peak_memory(replaced_network(chosen(audited, names), how.fused), how).peak
                return network_bound(chosen(audited, names), how).estimates.replaced_seconds

            values = {names: taken(names) for names in every_choice(audited)}
            target = random.choice(sorted(values.values())) * random.choice([1, Fraction(99, 100)])
            within = [len(names) for names, value in values.items() if value <= target]
            found = planned(audited, metric, target, how)
            assert found.reached == bool(within)
            assert found.value == values[tuple(n for n in max(values, key=len) if n in found.layers)]
            if within:
                assert len(found.layers) == min(within)
                assert found.value <= target
            else:
                least = min(values.values())
                assert found.least.value == least
                assert len(found.least.layers) == min(
                    len(names) for names, value in values.items() if value == least
                )
            reached.add((metric, found.reached, len(found.layers) > 0))
    assert len(reached) == 6


def test_a_layers_memory_replaced_is_that_of_its_widest_stage():
    """conv3 of MobileNet's twin, 64 → 128 by stride 2: 64·56² lie between 64·112² and 128·56²."""
    costs = costs_of(audit(read_network(STANDARD)), BYTE, "memory")
    cost = costs["conv3"]
    assert cost.now == 64 * 112**2 + 128 * 56**2
    assert cost.replaced == max(64 * 112**2 + 64 * 56**2, 64 * 56**2 + 128 * 56**2)
    assert cost.gain == 64 * 56**2
    assert cost.saving == Fraction(cost.now, cost.replaced)


@pytest.mark.parametrize("metric", ["macs", "weights", "memory", "time"])
def test_layers_are_sorted_by_what_they_take_or_save(metric):
    on = ("--machine", "h100-fp16") if metric == "time" else ()
    audited, how = audit(read_network(STANDARD)), USUAL_EXECUTION
    if metric == "time":
        from sepcost.hardware.machines import find_machine

        how = Execution(find_machine("h100-fp16"))
    costs = costs_of(audited, how, metric)
    for options, key in ((("--sort", metric), "now"), (("--sort", "saving", "--metric", metric), "gain")):
        layers = sepcost("audit", STANDARD, *options, *on, "-f", "json").json["layers"]
        values = [getattr(costs[layer["name"]], key) for layer in layers]
        assert values == sorted(values, reverse=True)


def test_bounds_are_computed_once_however_often_they_are_asked_for(monkeypatch):
    computed = []

    def counted(*given):
        computed.append(given)
        return network_bound(*given)

    monkeypatch.setattr("sepcost.network.measure.network_bound", counted)
    network = read_network(STANDARD)
    measures = Measures(network, Execution(Machine(10**9, 10**9)), audit(network))
    assert sum(cost.now for cost in measures.layer_costs("time")) == measures.check("time", 1).value
    assert planned_of(measures, "time", measures.times.replaced_seconds).reached
    worst, _ = measures.layer_check("time", 1, network.layers)
    assert worst.value == max(layer.now for layer in measures.times.layers)
    assert len(computed) == 1


def test_a_target_in_time_is_told_with_what_it_is_of():
    done = sepcost("audit", STANDARD, "--machine", "h100-fp16", "--target-time", "20us", "-f", "json").json
    found = done["plan"]
    assert (found["metric"], found["source"], found["target"], found["reached"]) == (
        "time",
        "bound",
        2e-5,
        True,
    )
    assert found["value"] <= 2e-5
    text = sepcost("audit", STANDARD, "--machine", "h100-fp16", "--target-time", "1us").text
    assert "No replacements bring bound in time to 1 us; the least is " in text


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--target-time", "1ms"], "--target-time: time needs --machine, or --peak and --bandwidth"),
        (["--sort", "time"], "--sort: time needs --machine"),
        (["--metric", "time"], "--metric: time needs --machine, or --peak and --bandwidth"),
        (["--metric", "time", "--bytes", "2"], "--metric: time needs --machine, or --peak and --bandwidth"),
        (
            ["--target-memory", "1Mi", "--target-macs", "1G"],
            "--target-memory: cannot be used with --target-macs",
        ),
        (["--metric", "tim"], "did you mean time?"),
    ],
)
def test_what_cannot_be_sorted_or_planned_by_is_refused(options, problem):
    done = sepcost("audit", STANDARD, *options)
    assert problem in done.refusal


def test_a_plan_in_anything_else_is_refused():
    with pytest.raises(FieldError, match="metric: 'storage' is not one of macs, weights, memory, time"):
        planned(audit(read_network(STANDARD)), "storage", 1)
