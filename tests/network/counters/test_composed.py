"""Activations and norms that a file writes as several operators are one again, and nothing else is."""

import pytest

from sepcost.network.counters.composed import composed
from sepcost.network.counters.like import like
from sepcost.network.counters.tools import tool_named
from sepcost.network.model import Operator
from sepcost.network.read import read_network
from tests.network.counters.test_like import COUNTED


def ops(*made):
    """Operators written as (op, reads, writes)."""
    return tuple(
        Operator(f"{op}_{at}", op, tuple(reads.split()), (writes,))
        for at, (op, reads, writes) in enumerate(made)
    )


def kinds(operators):
    return [(one.op, one.reads, one.writes) for one in composed(operators)]


@pytest.mark.parametrize(("op", "made"), [("Sigmoid", "Swish"), ("HardSigmoid", "HardSwish")])
def test_a_function_times_its_own_input_is_an_activation(op, made):
    operators = ops(("Conv", "x", "c"), (op, "c", "s"), ("Mul", "c s", "y"), ("Relu", "y", "z"))
    assert kinds(operators) == [
        ("Conv", ("x",), ("c",)), (made, ("c",), ("y",)), ("Relu", ("y",), ("z",)),
    ]  # fmt: skip


def test_a_gate_of_another_map_is_none():
    operators = ops(("GlobalAveragePool", "x", "p"), ("Sigmoid", "p", "s"), ("Mul", "x s", "y"))
    assert composed(operators) == operators


def test_a_function_that_others_read_too_is_none():
    operators = ops(("Sigmoid", "x", "s"), ("Mul", "x s", "y"), ("Relu", "s", "z"))
    assert composed(operators) == operators


@pytest.mark.parametrize(
    "parts",
    [
        [("Div", "x", "d"), ("Erf", "d", "e"), ("Add", "e", "a"), ("Mul", "x a", "m"), ("Mul", "m", "y")],
        [("Mul", "x", "h"), ("Div", "x", "d"), ("Erf", "d", "e"), ("Add", "e", "a"), ("Mul", "h a", "y")],
    ],
)
def test_a_gelu_is_one_in_either_order_of_its_products(parts):
    assert kinds(ops(*parts)) == [("Gelu", ("x",), ("y",))]


@pytest.mark.parametrize("other", [("Relu", "x", "h"), ("Mul", "z", "h"), ("Mul", "x z", "h")])
def test_an_error_function_times_what_is_no_half_of_its_input_is_none(other):
    operators = ops(other, ("Div", "x", "d"), ("Erf", "d", "e"), ("Add", "e", "a"), ("Mul", "h a", "y"))
    assert composed(operators) == operators


def test_an_error_function_alone_is_none():
    operators = ops(("Erf", "x", "e"), ("Relu", "e", "y"))
    assert composed(operators) == operators


NORM = (("Reshape", "x size", "g"), ("InstanceNormalization", "g", "n"), ("Reshape", "n", "c"))


@pytest.mark.parametrize("affine", [(), (("Mul", "c", "m"),), (("Mul", "c", "m"), ("Add", "m", "a"))])
def test_an_instance_norm_of_groups_is_a_group_norm(affine):
    """What uses the scales and the shifts of the channels is part of it."""
    parts = [one._replace(parameters=(f"of {one.name}",)) for one in ops(*NORM, *affine)]
    (norm,) = composed(parts)
    assert (norm.op, norm.reads, norm.writes) == ("GroupNormalization", ("x",), parts[-1].writes)
    assert norm.parameters == tuple(f"of {one.name}" for one in parts)


def test_a_product_of_a_norm_and_another_map_is_none_of_its_scales():
    assert kinds(ops(*NORM, ("Mul", "c x", "y"))) == [
        ("GroupNormalization", ("x",), ("c",)), ("Mul", ("c", "x"), ("y",)),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "parts", [NORM[1:], NORM[:2], (*NORM, ("Relu", "g", "r")), (*NORM, ("Relu", "n", "r"))]
)
def test_an_instance_norm_of_channels_or_of_what_others_read_is_itself(parts):
    assert composed(ops(*parts)) == ops(*parts)


def test_a_counter_of_modules_meets_one_gelu_and_one_of_onnx_its_parts():
    net = read_network(COUNTED / "plain.onnx")
    modules = {one.what: one.macs for one in like(net, tool_named("torchprofile")).differences}
    assert modules == {"average pool": 432, "bias": 0}
    parts = {one.what: one.macs for one in like(net, tool_named("onnx-tool")).differences}
    assert (parts["Div"], parts["multiplication"]) == (4 * 20, 2 * 20)
