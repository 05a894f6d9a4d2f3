"""What is left of a batch's sizes for one input, and when the first length is taken for a batch at all."""

from dataclasses import replace

import pytest

from sepcost.network.model import Leading, Tensor
from sepcost.network.one_input import batch_axis, layer_for_one, leading_of, tensor_for_one
from tests.network.layers import conv

PICTURE = (4, 3, 8, 8)
LAYER = conv("c", positions=4 * 10)
OTHER = conv("d", positions=6)


def for_one(map_, batch, constant=False):
    return tensor_for_one(map_, batch, batch_axis(map_.shape, batch), constant)


@pytest.mark.parametrize(
    ("shape", "unlike", "depending", "leading"),
    [
        ((), {}, [(LAYER, False)], None),
        ((4,), {}, [(LAYER, False)], None),
        (PICTURE, {}, [(LAYER, False)], Leading(4)),
        ((4, 1), {}, [(LAYER, False)], Leading(4)),
        ((4, None), {}, [(LAYER, False)], Leading(4)),
        (PICTURE, {"y": "7x4"}, [(LAYER, False)], Leading(4, "input 'y' is 7x4")),
        (PICTURE, {"y": "7x4"}, [(LAYER, True)], Leading(4, "input 'y' is 7x4")),
        (PICTURE, {}, [(LAYER, True)], Leading(4, "Conv 'c' mixes what it has")),
        (PICTURE, {}, [(LAYER, False), (OTHER, False)], Leading(4, "Conv 'd' mixes what it has")),
        (PICTURE, {}, [(replace(LAYER, name=""), True)], Leading(4, "Conv mixes what it has")),
        (PICTURE, {}, [], Leading(4, "no layer depends on it")),
    ],
)
def test_a_first_length_is_a_batch_where_every_input_and_layer_has_it(shape, unlike, depending, leading):
    assert leading_of(shape, 4, unlike, depending) == leading


@pytest.mark.parametrize("depending", [[(LAYER, True)], []])
def test_a_batch_of_one_is_none_to_divide_out(depending):
    assert leading_of((1, 3), 1, {}, depending) == Leading(1)
    assert leading_of((None, 3), 1, {}, depending) == Leading(1)
    assert leading_of((4, 3), 1, {}, depending) == Leading(4, "there is no batch")


def test_a_batch_of_two_is_one():
    assert leading_of((2, 3), 2, {}, [(LAYER, False)]) == Leading(2)
    assert for_one(Tensor("m", (2, 3)), 2) == Tensor("m", (1, 3))
    assert layer_for_one(LAYER, 2, None, None).positions == 2 * 10


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
    assert for_one(Tensor("m", shape), 4) == Tensor("m", one)
    assert for_one(Tensor("m", shape), 1) == Tensor("m", shape)
    alike = Tensor("m", shape, batched=False)
    assert for_one(alike, 4)._replace(grows=0) == alike


def test_a_reader_that_knows_it_says_which_axis_has_the_batch():
    assert tensor_for_one(Tensor("m", (8, 4)), 4, 0, constant=False) == Tensor("m", (2, 4))
    whole = replace(LAYER, input_shape=(4, 4), output_shape=(4, 4))
    one = layer_for_one(whole, 4, 1, 0)
    assert (one.input_shape, one.output_shape) == ((4, 1), (1, 4))


def test_a_map_that_no_batch_divides_has_none_and_may_grow():
    assert for_one(Tensor("m", (3, 5)), 4) == Tensor("m", (3, 5), batched=False, grows=1)
    assert for_one(Tensor("m", ()), 4) == Tensor("m", (), batched=False, grows=1)


@pytest.mark.parametrize(
    ("shape", "batch", "grows"),
    [((4, 3), 4, 1), ((4, 8), 4, 2), ((3, 8), 4, 0), ((1, 1, 24), 1, 1), ((24,), 1, 0), ((), 1, 0)],
)
def test_a_constant_may_grow_where_it_is_as_long_as_the_batch(shape, batch, grows):
    constant = Tensor("m", shape, batched=False)
    assert for_one(constant, batch, constant=True) == constant._replace(grows=grows)


@pytest.mark.parametrize(
    ("shape", "batch", "grows"), [((3, 8), 4, 1), ((8, 8), 4, 2), ((4, 8), 2, 2), ((24,), 1, 1)]
)
def test_a_map_of_which_it_is_not_known_where_it_has_the_batch_may_grow(shape, batch, grows):
    unknown = Tensor("m", shape, batched=False)
    assert tensor_for_one(unknown, batch, None, constant=False) == unknown._replace(grows=grows)


def test_what_is_not_known_does_not_change():
    for unchanged in (Tensor("m", None), Tensor("m", ())):
        assert for_one(unchanged, 1) == unchanged
    assert for_one(Tensor("m", None), 4) == Tensor("m", None)


def test_a_layer_for_one_input_has_a_part_of_the_positions_and_of_what_it_moves():
    whole = replace(
        LAYER, reads=4 * 30, writes=4 * 20, reads_once=5, input_shape=PICTURE, output_shape=(3, 5)
    )
    one = layer_for_one(whole, 4, 0, None)
    assert one == replace(whole, positions=10)
    assert (one.reads, one.writes, one.reads_once) == (30, 20, 5)
    assert (one.input_shape, one.output_shape) == ((1, 3, 8, 8), (3, 5))
    assert layer_for_one(LAYER, 4, 0, 0) == replace(LAYER, positions=10)
    assert layer_for_one(whole, 1, 0, None) == whole
