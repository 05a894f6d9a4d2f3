"""What is left of a batch's sizes for one input, and when the first length is taken for a batch at all."""

from dataclasses import replace

import pytest

from sepcost.network.model import Leading, Tensor
from sepcost.network.one_input import layer_for_one, leading_of, tensor_for_one
from tests.network.layers import conv

PICTURE = (4, 3, 8, 8)
LAYER = conv("c", positions=4 * 10)


@pytest.mark.parametrize(
    ("inputs", "layers", "mixed", "leading"),
    [
        ({}, [LAYER], [], None),
        ({"x": None}, [LAYER], [], None),
        ({"x": (4,)}, [LAYER], [], None),
        ({"x": PICTURE}, [LAYER], [], Leading(4)),
        ({"x": (4, 1)}, [LAYER], [], Leading(4)),
        ({"x": PICTURE, "y": (4, 7), "scale": (3,), "z": None}, [LAYER], [], Leading(4)),
        ({"x": PICTURE, "y": (7, 4)}, [LAYER], [], Leading(4, "input 'y' is 7x4")),
        ({"x": PICTURE}, [LAYER], ["c"], Leading(4, "Conv 'c' mixes what it has")),
        ({"x": PICTURE}, [LAYER, conv("d", positions=6)], [], Leading(4, "Conv 'd' mixes what it has")),
        ({"x": PICTURE}, [LAYER, conv("d", positions=6, once=True)], ["d"], Leading(4)),
        ({"x": PICTURE}, [conv("d", positions=6, once=True)], [], Leading(4, "no layer depends on it")),
        ({"x": PICTURE}, [], [], Leading(4, "no layer depends on it")),
    ],
)
def test_a_first_length_is_a_batch_where_every_input_and_layer_has_it(inputs, layers, mixed, leading):
    assert leading_of(4, inputs, layers, mixed) == leading


def test_a_batch_of_one_is_none_to_divide_out():
    assert leading_of(1, {"x": (1, 3)}, [LAYER], ["c"]) == Leading(1)
    assert leading_of(1, {"x": (4, 3)}, [LAYER], []) == Leading(4, "there is no batch")


def test_a_batch_of_two_is_one():
    assert leading_of(2, {"x": (2, 3)}, [LAYER], []) == Leading(2)
    assert tensor_for_one(Tensor("m", (2, 3)), 2) == Tensor("m", (1, 3))
    assert layer_for_one(LAYER, 2).positions == 2 * 10


@pytest.mark.parametrize(
    ("shape", "one"),
    [
        ((4, 3, 8), (1, 3, 8)),
        ((5, 4, 3), (5, 1, 3)),  # tokens first
        ((8, 4), (8, 1)),  # the axis of 4 before that of its multiple
        ((3, 8, 5), (3, 2, 5)),  # two heads to an input, folded into the batch
    ],
)
def test_a_map_for_one_input_has_the_batch_divided_out_of_one_axis(shape, one):
    assert tensor_for_one(Tensor("m", shape), 4) == Tensor("m", one)
    assert tensor_for_one(Tensor("m", shape), 1) == Tensor("m", shape)
    alike = Tensor("m", shape, batched=False)
    assert tensor_for_one(alike, 4)._replace(grows=0) == alike


def test_a_map_that_no_batch_divides_has_none_and_may_grow():
    assert tensor_for_one(Tensor("m", (3, 5)), 4) == Tensor("m", (3, 5), batched=False, grows=1)
    assert tensor_for_one(Tensor("m", ()), 4) == Tensor("m", (), batched=False, grows=1)


@pytest.mark.parametrize(
    ("shape", "batch", "grows"),
    [((4, 3), 4, 1), ((4, 8), 4, 2), ((3, 8), 4, 0), ((1, 1, 24), 1, 1), ((24,), 1, 0), ((), 1, 0)],
)
def test_a_constant_may_grow_where_it_is_as_long_as_the_batch(shape, batch, grows):
    constant = Tensor("m", shape, batched=False)
    assert tensor_for_one(constant, batch) == constant._replace(grows=grows)


def test_what_is_not_known_does_not_change():
    for unchanged in (Tensor("m", None), Tensor("m", ())):
        assert tensor_for_one(unchanged, 1) == unchanged
    assert tensor_for_one(Tensor("m", None), 4) == Tensor("m", None)


def test_a_layer_for_one_input_has_a_part_of_the_positions_and_of_what_it_moves():
    whole = replace(
        LAYER, reads=4 * 30, writes=4 * 20, reads_once=5, input_shape=PICTURE, output_shape=(3, 5)
    )
    one = replace(whole, positions=10, reads=30, writes=20, input_shape=(1, 3, 8, 8))
    assert layer_for_one(whole, 4) == one
    assert (layer_for_one(whole, 4).reads, layer_for_one(whole, 4).writes) == (30, 20)
    assert layer_for_one(LAYER, 4) == replace(LAYER, positions=10)
    for unchanged in (replace(whole, once=True), whole):
        assert layer_for_one(unchanged, 4 if unchanged.once else 1) == unchanged
