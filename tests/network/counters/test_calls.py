"""What operators are taken for where a file does not say who calls them."""

from dataclasses import replace

import pytest

from sepcost.network.counters.calls import KINDS, TAKEN_FOR, calls_of
from sepcost.network.model import Operator
from tests.network.layers import conv, network


@pytest.mark.parametrize("axes", [1, 2, 3])
@pytest.mark.parametrize(("pool", "module"), [("avg", "AdaptiveAvgPool"), ("max", "AdaptiveMaxPool")])
def test_an_adaptive_pool_of_any_axes_has_a_name_and_is_taken_for_a_module(pool, module, axes):
    op = f"aten.adaptive_{pool}_pool{axes}d"
    assert KINDS[op] == {"avg": "adaptive average pool", "max": "adaptive max pool"}[pool]
    assert TAKEN_FOR[op] == (f"{module}{axes}d", f"F.adaptive_{pool}_pool{axes}d")


def test_a_product_of_maps_is_taken_for_a_function_and_one_with_weights_for_a_module():
    layers = [replace(conv(name, 8, 16, 10, (1, 1)), op="MatMul", learned=name == "w") for name in "wm"]
    made = network(
        *layers, operators=(Operator("a", "MatMul", layers=("w",)), Operator("b", "MatMul", layers=("m",)))
    )
    assert [(each.module, each.function) for each in calls_of(made)] == [
        ("Linear", "F.linear"),
        (None, "torch.matmul"),
    ]


def test_a_layer_of_no_operator_is_one_by_itself():
    (made,) = calls_of(network(conv("c", input_shape=(1, 64, 10, 10), output_shape=(1, 64, 5, 5))))
    assert (made.op, made.module, made.supposed) == ("Conv", "Conv2d", True)
    assert (made.read, made.written, made.macs) == ((1, 64, 10, 10), (1, 64, 5, 5), 64 * 64 * 9 * 100)
