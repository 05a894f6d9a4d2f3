"""What a network and its layers take in each metric; what is not known is refused."""

from dataclasses import replace

import pytest

from sepcost.core.errors import FieldError
from sepcost.hardware.execution import Execution
from sepcost.hardware.machine import Machine
from sepcost.network.measure import Measures
from sepcost.network.model import WEIGHTS, Operator, Parameter, Tensor
from tests.network.layers import conv, network

POSITIONS = 100
CHANNELS = (4, 16, 8, 2)
"""Two layers, of 4 channels into 16 and of 8 into 2, with a map of 4 between that is pooled."""
SLOW = Execution(Machine(peak=1, bandwidth=10**9), bytes=1)


def two_layers(**fields):
    """A pointwise layer of 64 weights, then one of 16, on maps of 400, 1600, 800 and 200 bytes."""
    read, wide, pooled, written = CHANNELS
    first = conv("first", read, wide, POSITIONS, (1, 1), reads=read * POSITIONS, writes=wide * POSITIONS)
    second = conv(
        "second", pooled, written, POSITIONS, (1, 1), reads=pooled * POSITIONS, writes=written * POSITIONS
    )
    operators = (
        Operator("n1", "Conv", ("x",), ("h",), layers=("first",), parameters=("v",)),
        Operator("n2", "MaxPool", ("h",), ("p",)),
        Operator("n3", "Conv", ("p",), ("y",), layers=("second",), parameters=("w",)),
    )
    maps = tuple(Tensor(name, (1, each * POSITIONS)) for name, each in zip("xhpy", CHANNELS, strict=True))
    held = (Parameter("v", read * wide, WEIGHTS), Parameter("w", pooled * written, WEIGHTS))
    made = {"operators": operators, "tensors": maps, "outputs": ("y",), "parameters": held}
    return network(first, second, **made | fields)


TAKEN = {
    "macs": (4 * 16 * POSITIONS, 8 * 2 * POSITIONS),
    "weights": (4 * 16, 8 * 2),
    "memory": ((4 + 16) * POSITIONS, (8 + 2) * POSITIONS),
    "storage": (4 * 16, 8 * 2),
    "time": (4 * 16 * POSITIONS, 8 * 2 * POSITIONS),  # seconds, at one MAC a second
}


@pytest.mark.parametrize("metric", TAKEN)
def test_a_limit_on_layers_is_held_by_the_worst_and_names_all_that_exceed_it(metric):
    most, least = TAKEN[metric]
    made = two_layers()
    for order in (made.layers, made.layers[::-1]):
        measures = Measures(made, SLOW)
        for limit, named in (
            (most, ("first",)),  # a limit is still allowed: the worst alone is named
            (most - 1, ("first",)),
            (least, ("first",)),
            (least - 1, ("first", "second")),
        ):
            check, layers = measures.layer_check(metric, limit, order)
            assert (check.metric, check.limit, check.value) == (metric, limit, most)
            assert check.passed == (limit == most)
            assert layers == named


@pytest.mark.parametrize("metric", TAKEN)
def test_a_limit_on_a_network_is_held_by_its_sum_and_of_memory_by_its_peak(metric):
    expected = (16 + 8) * POSITIONS if metric == "memory" else sum(TAKEN[metric])
    check = Measures(two_layers(), SLOW).check(metric, 7)
    assert (check.metric, check.limit, check.value) == (metric, 7, expected)
    assert check.source == ("bound" if metric == "time" else None)


@pytest.mark.parametrize(
    ("metric", "unknown", "problem"),
    [
        ("memory", {"tensors": ()}, "max_memory: memory is not known: the size of the map 'x' is not"),
        ("storage", {"all_held": False}, "max_storage: storage is not known: the file does not hold all"),
    ],
)
def test_what_is_not_known_of_a_network_is_not_known_of_its_layers(metric, unknown, problem):
    made = two_layers(**unknown)
    for ask in (
        lambda measures: measures.check(metric, 10**9),
        lambda measures: measures.layer_check(metric, 10**9, made.layers),
    ):
        with pytest.raises(FieldError) as caught:
            ask(Measures(made, SLOW))
        assert str(caught.value).startswith(problem)
    assert Measures(made, SLOW).layer_check("macs", 1, made.layers)[0].value == TAKEN["macs"][0]


@pytest.mark.parametrize("metric", ["memory", "storage"])
def test_bytes_of_a_layer_that_no_operator_is_named_as_are_not_known(metric):
    made = two_layers()
    operators = (*made.operators[:2], made.operators[2]._replace(layers=()))
    with pytest.raises(FieldError) as caught:
        Measures(replace(made, operators=operators), SLOW).layer_check(metric, 1, made.layers)
    assert str(caught.value) == f"max_{metric}: no operator is named as layer 'second'"


def test_a_time_is_not_known_without_a_machine():
    with pytest.raises(FieldError, match="max_time: needs machine"):
        Measures(two_layers(), Execution()).layer_check("time", 1, two_layers().layers)


def test_a_machine_holds_parameters_in_its_storage_or_else_beside_the_maps():
    peak, stored = 24 * POSITIONS, 4 * 16 + 8 * 2

    def fits(**sizes):
        machine = Machine(1, 1, **sizes)
        checks = Measures(two_layers(), Execution(machine, bytes=1)).fits()
        return [(each.metric, each.limit, each.value, each.passed) for each in checks]

    assert fits() == []
    assert fits(memory=peak, storage=stored) == [
        ("memory", peak, peak, True),
        ("storage", stored, stored, True),
    ]
    assert fits(memory=peak) == [("memory", peak, peak + stored, False)]
    assert fits(memory=peak + stored) == [("memory", peak + stored, peak + stored, True)]
    assert Measures(two_layers(), Execution()).fits() == ()


def test_a_limit_is_proved_where_it_holds_however_the_maps_of_its_layers_grow():
    """The map between both is not known to grow with 5 inputs: 1,600 bytes then, or 8,000."""
    grows = tuple(
        each._replace(batched=False, grows=1) if each.name == "h" else each for each in two_layers().tensors
    )
    made = two_layers(tensors=grows).for_batch(5)
    both, (first, second) = made.layers, [(each,) for each in made.layers]

    def on_layers(layers, most):
        return Measures(made, SLOW).layer_check("memory", most, layers)[0]

    def on_network(_, most):
        return Measures(made, SLOW).check("memory", most)

    def on_machine(_, most):
        return Measures(made, Execution(Machine(1, 1, memory=most, storage=80), bytes=1)).fits()[0]

    def on_shared_machine(_, most):
        return Measures(made, Execution(Machine(1, 1, memory=most + 80), bytes=1)).fits()[0]

    for check, layers, least, most in (
        (on_layers, both, 4000 + 1000, 2000 + 8000),
        (on_layers, first, 2000 + 1600, 2000 + 8000),
        (on_layers, second, 4000 + 1000, 4000 + 1000),
        (on_network, None, 1600 + 4000, 8000 + 4000),
        (on_machine, None, 1600 + 4000, 8000 + 4000),
        (on_shared_machine, None, 1600 + 4000, 8000 + 4000),
    ):
        assert not check(layers, least - 1).passed
        assert check(layers, most).passed
        for limit in {least, most - 1} if least < most else ():
            with pytest.raises(FieldError) as caught:
                check(layers, limit)
            assert str(caught.value) == (
                "max_memory: memory for 5 inputs is not known: how 'h' grows with them is not"
            )
