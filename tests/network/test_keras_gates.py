"""What a Keras description says beyond layers and sizes: nothing of it lets a limit pass unproved."""

from contextlib import suppress
from math import prod

import pytest

from sepcost.core.errors import FileError
from sepcost.network.keras.functions import FOLLOWED
from sepcost.network.keras.layers import COUNTED
from sepcost.network.keras.others import OTHERS
from sepcost.network.keras.read import read_keras
from sepcost.network.measure import Measures
from sepcost.network.model import HeldOperator
from tests.network.keras_archives import (
    archived,
    functional,
    image,
    layer,
    numbers,
    part,
    sequential,
    stated,
)
from tests.network.test_constants import BYTE
from tests.network.test_doubts import uncertain, verdict

OPS = "keras.src.ops.numpy"
ATTENTION = {"num_heads": 2, "key_dim": 4, "use_bias": False}


@pytest.fixture
def read(tmp_path):
    def read(*layers, x=(8, 8, 4), **options):
        return read_keras(archived(tmp_path, functional(image(*x), *layers, **options)))

    return read


def doubted(network):
    """What is not known of a network, for which every limit is refused."""
    ops = [one.op for one in network.opaque]
    assert all(verdict(network, metric, 10**12) == "refused" for metric in ("weights", "macs") if ops)
    return ops


def test_an_option_is_on_whatever_stands_for_true(read):
    for on in (True, 1):
        lstm = layer("LSTM", "l", "x", units=5, return_sequences=on)
        assert read(lstm, layer("Dense", "d", "l", units=3), x=(7, 4)).layers[1].macs == 7 * 5 * 3
    for off in (False, 0, None):
        lstm = layer("LSTM", "l", "x", units=5, return_sequences=off)
        assert read(lstm, layer("Dense", "d", "l", units=3), x=(7, 4)).layers[1].macs == 5 * 3


@pytest.mark.parametrize(
    ("one", "message"),
    [
        (
            layer("LSTM", "a", "x", units=5, return_sequences="yes"),
            "its return_sequences is neither true nor",
        ),
        (layer("Conv2D", "a", "x", filters=5), "its kernel_size is not 2 whole numbers"),
        (
            layer("Conv2D", "a", "x", filters=5, kernel_size=3, padding=1),
            "padding is not same, valid or causal",
        ),
        (layer("MaxPooling2D", "a", "x", padding="full"), "its padding is not same, valid or causal"),
        (
            layer("Conv2D", "a", "x", filters=5, kernel_size=3, data_format="first"),
            "its data_format is not channels_last or channels_first",
        ),
        (layer("Cropping2D", "a", "x"), "its cropping is not 2 whole numbers"),
        (layer("ZeroPadding2D", "a", "x", padding=-1), "its padding is not 2 whole numbers"),
        (layer("Permute", "a", "x", dims=["1", "2", "3"]), "its dims are no order of its axes"),
        (layer("RepeatVector", "a", "x", n=0), "has a size of 0"),
        (layer("Concatenate", "a", ["x", "x"], axis=7), "axis 7 is none of 4"),
        (layer("Dot", "a", ["x", "x"], axes=[1, 2, 3]), "its axes are not one or two whole numbers"),
        (layer("Dot", "a", ["x"], axes=1), "sums what are not two maps"),
    ],
)
def test_an_option_of_no_meaning_is_refused(read, one, message):
    x = (7, 4) if one["class_name"] == "LSTM" else (8, 8, 4)
    with pytest.raises(FileError, match=message):
        read(one, x=x)


@pytest.mark.parametrize("reads", [[], ["x"], ["x", "x"], ["x", "m"], ["m", "x", "x", "x"]])
def test_any_layer_or_function_may_be_given_anything_to_read(read, reads):
    kinds = [(kind, "keras.layers") for kind in (*COUNTED, *OTHERS)] + [(kind, OPS) for kind in FOLLOWED]
    for kind, module in kinds:
        one = layer(kind, "a", reads, module=module, units=2, axes=1)
        with suppress(FileError):
            read(image(3, name="m"), one, x=(4, 4), inputs=["x", "m"])


def test_axes_that_do_not_fit_what_they_are_of_are_refused(read):
    flat = layer("Reshape", "r", "x", target_shape=[8, 32])
    with pytest.raises(FileError, match="layer 'a': joins 1x8x8x4 and 1x8x32, which do not fit"):
        read(flat, layer("Concatenate", "a", ["x", "r"], axis=3, module=OPS))
    with pytest.raises(FileError, match="layer 'a': its source and destination are not as many axes"):
        read(layer("Moveaxis", "a", "x", source=[0, 1], destination=[1], module=OPS))
    with pytest.raises(FileError, match="layer 'a': is given one axis twice"):
        read(layer("ExpandDims", "a", "x", axis=[0, 0], module=OPS))
    with pytest.raises(FileError, match="layer 'a': lacks its axis"):
        read(layer("ExpandDims", "a", "x", module=OPS))


def test_padding_is_the_same_in_capitals(read):
    for padding in ("same", "SAME"):
        pool = layer("MaxPooling2D", "p", "x", pool_size=2, padding=padding)
        assert read(pool, layer("Conv2D", "c", "p", filters=2, kernel_size=1), x=(9, 9, 3)).macs == 25 * 6


def test_an_option_that_may_add_to_a_cost_is_doubted_unless_it_is_off(read):
    dense = {"units": 3, "kernel_initializer": "zeros", "trainable": False}
    assert doubted(read(layer("Dense", "d", "x", **dense, adapters=None, lora_rank=None))) == []
    assert doubted(read(layer("Dense", "d", "x", **dense, lora_rank=4))) == ["keras.Dense(lora_rank)"]
    assert doubted(read(layer("BatchNormalization", "b", "x", renorm=True))) == [
        "keras.BatchNormalization(renorm)"
    ]
    assert doubted(read(layer("LSTM", "l", "x", units=3, activation={"class_name": "Mine"}), x=(7, 4))) == [
        "keras.function"
    ]


def attended(read, **config):
    """An attention that is given its tensors by name, in another order, and a mask."""
    made = layer("MultiHeadAttention", "a", "x", given={"attention_mask": "m", "key": "k", "value": "v"},
                 **ATTENTION, **config)  # fmt: skip
    others = [image(3, 20, name="v"), image(3, 5, name="k"), image(7, 3, name="m")]
    return read(*others, made, x=(7, 16), inputs=["x", "v", "k", "m"])


def test_attention_is_given_tensors_by_name_and_a_mask_is_none_of_them(read):
    network = attended(read)
    assert {one.name: one.macs for one in network.layers} == {
        "a/query": 7 * 16 * 8,
        "a/key": 3 * 5 * 8,
        "a/value": 3 * 20 * 8,
        "a/scores": 2 * 7 * 3 * 4,
        "a/values": 2 * 7 * 3 * 4,
        "a/attention_output": 7 * 8 * 16,
    }
    assert "m" in network.operators[0].reads  # it is in memory from the first of them on
    with pytest.raises(FileError, match="attends to what is no query and value"):
        read(layer("MultiHeadAttention", "a", "x", **ATTENTION), x=(7, 16))


def test_what_an_attention_projects_besides_is_counted(read):
    plain = attended(read).macs
    assert attended(read, output_shape=[4, 5]).macs == plain + 7 * 8 * (4 * 5 - 16)
    assert attended(read, use_gate=True).macs == plain + 7 * 16 * 8
    with pytest.raises(FileError, match="attends to what are no sequences"):
        attended(read, attention_axes=[1, 2])


def test_scores_and_states_that_are_returned_are_read_further(read):
    attention = layer("Attention", "a", ["x", "x"], given={"return_attention_scores": 1, "mask": ["x"]})
    assert read(attention, layer("Dense", "d", ("a", 0, 1), units=3), x=(9, 4)).layers[-1].macs == 9 * 9 * 3
    lstm = layer("ConvLSTM1D", "l", "x", filters=3, kernel_size=1, return_state=True)
    assert read(lstm, layer("Dense", "d", ("l", 0, 2), units=5), x=(9, 6, 4)).layers[-1].macs == 6 * 3 * 5


def test_older_lists_of_calls_name_tensors_beside_the_first(read):
    mixed = layer("MultiHeadAttention", "a", **ATTENTION)
    mixed["inbound_nodes"] = [[["x", 0, 0, {"value": ["v", 0, 0], "key": ["k", 0, 0]}]]]
    others = [image(3, 20, name="v"), image(3, 5, name="k")]
    network = read(*others, mixed, x=(7, 16), inputs=["x", "v", "k"])
    assert network.macs == attended(read).macs


def test_tensors_in_a_table_go_by_its_keys(read):
    inner = functional(image(6, name="p"), image(4, name="q"), layer("Dense", "f", "p", units=30),
                       layer("Dense", "g", "q", units=2), outputs=["f", "g"], name="twin")  # fmt: skip
    inner["config"]["input_layers"] = {"b": ["p", 0, 0], "a": ["q", 0, 0]}
    twin = inner | {
        "name": "twin",
        "inbound_nodes": [{"args": [{"a": stated("y", None), "b": stated("x", None)}]}],
    }
    network = read(image(4, name="y"), twin, x=(6,), inputs=["x", "y"], outputs=[("twin", 1, 0)])
    assert network.macs == 6 * 30 + 4 * 2


def bidirectional(inner, **config):
    return layer("Bidirectional", "b", "x", layer=inner, **config)


def test_a_direction_of_its_own_is_doubted(read):
    forward, backward = (layer("LSTM", name, units=4, return_sequences=True) for name in "fb")
    network = read(bidirectional(forward, backward_layer=backward), x=(7, 16))
    assert network.macs == 7 * 2 * 4 * 4 * (16 + 4)
    backward["config"]["units"] = 40
    assert doubted(read(bidirectional(forward, backward_layer=backward), x=(7, 16))) == [
        "keras.Bidirectional"
    ]


def test_directions_that_are_not_merged_are_two_outputs(read):
    both = bidirectional(layer("LSTM", "f", units=4), merge_mode=None)
    ends = [layer("Dense", "d", ("b", 0, 0), units=3), layer("Dense", "e", ("b", 0, 1), units=5)]
    network = read(both, *ends, x=(7, 16), outputs=["d", "e"])
    assert [one.macs for one in network.layers[1:]] == [4 * 3, 4 * 5]


FOREIGN = {
    "a cell": layer("RNN", "r", "x", cell=layer("LSTMCell", "c", units=6, module="mine")),
    "a direction": bidirectional(layer("LSTM", "f", units=6, module="mine")),
    "a wrapper": layer("TimeDistributed", "t", "x", layer=layer("Dense", "d", units=6), module="mine"),
    "a model": layer("Sequential", "s", "x", layers=[layer("Dense", "d", units=6)], module="mine"),
    "a registered name": layer("Dense", "d", "x", units=6) | {"registered_name": "mine>Dense"},
}


@pytest.mark.parametrize("name", FOREIGN)
def test_a_class_of_somebody_else_is_unknown_within_a_layer_too(read, name):
    network = read(FOREIGN[name], x=(9, 4))
    assert len(doubted(network)) == 1
    assert network.layers == ()


def test_the_options_of_a_cell_are_those_of_a_step(read):
    cell = layer("LSTMCell", "c", units=6)
    assert read(layer("RNN", "r", "x", cell=cell, units=1), x=(9, 4)).macs == 9 * 24 * (4 + 6)


def test_two_layers_of_one_name_are_refused(tmp_path, read):
    first = layer("InputLayer", "x", batch_shape=[None, 4])
    twice = sequential(first, layer("Dense", "d", units=4), layer("Dense", "d", units=4))
    with pytest.raises(FileError, match="layer 'd': has the name of another layer"):
        read_keras(archived(tmp_path, twice))
    long = "n" * 300
    with pytest.raises(FileError, match="has the name of another layer"):
        read(layer("Dense", f"{long}a", "x", units=4), layer("Dense", f"{long}b", f"{long}a", units=4))


def test_weights_of_a_layer_are_those_of_all_its_calls(read):
    twice = layer("Dense", "d", calls=[["x"], ["y"]], units=4)
    read(image(4, name="y"), twice, x=(4,), inputs=["x", "y"])
    with pytest.raises(FileError, match="needs a kernel of 5x4, but was called before with one of 4x4"):
        read(image(5, name="y"), twice, x=(4,), inputs=["x", "y"])


def test_a_convolution_may_be_called_on_maps_of_several_sizes(read):
    shared = layer("Conv2D", "c", calls=[["x"], ["p"]], filters=4, kernel_size=3, padding="same",
                   built=[None, 8, 8, 4])  # fmt: skip
    network = read(layer("MaxPooling2D", "p", ("c", 0, 0)), shared, outputs=[("c", 1, 0)])
    assert (network.weights, network.macs) == (9 * 4 * 4, 9 * 4 * 4 * (64 + 16))


@pytest.mark.parametrize(
    ("one", "built"),
    [
        (layer("Dense", "a", "x", units=2), [None, 400]),
        (layer("Dense", "a", "x", units=2), [None, 8, 8, 5]),
        (layer("PReLU", "a", "x"), [None, 9, 8, 4]),
        (layer("EinsumDense", "a", "x", equation="abcd,bcde->ae", output_shape=[5]), [None, 9, 8, 4]),
    ],
)
def test_a_layer_that_was_built_for_other_weights_is_refused(read, one, built):
    with pytest.raises(FileError, match="layer 'a': reads 1x8x8x4, but its weights are for"):
        read(one | {"build_config": {"input_shape": built}})


def test_what_an_attention_was_built_for_goes_by_name(read):
    one = layer("MultiHeadAttention", "a", "x", "x", **ATTENTION)
    shapes = {"query_shape": [None, 7, 16], "value_shape": [None, 7, 20]}
    with pytest.raises(FileError, match="reads 1x7x16, but its weights are for 20 in dimension 2"):
        read(one | {"build_config": {"shapes_dict": shapes}}, x=(7, 16))


def test_sizes_that_the_file_states_are_those_that_follow(read):
    for shape, message in (
        ([None, 6, 6, 2], None),
        ([None, None, None, 2], None),
        ([None, 6, 3, 2], "layer 'c': its sizes make 1x6x6x2, but its output is [?]x6x3x2"),
        ([None, 72], "layer 'c': its sizes make 1x6x6x2, but its output is [?]x72"),
    ):
        layers = [layer("Conv2D", "c", "x", filters=2, kernel_size=3), layer("ReLU", "r", stated("c", shape))]
        if message is None:
            assert read(*layers).macs == 36 * 9 * 4 * 2
        else:
            with pytest.raises(FileError, match=message):
                read(*layers)


def test_a_layer_that_is_never_called_is_refused(read):
    with pytest.raises(FileError, match="layer 'idle': is never called"):
        read(layer("Dense", "idle", units=2), layer("ReLU", "r", "x"))


def twin(*calls, older=False):
    inner = functional(image(None, None, 4, name="in"), layer("Conv2D", "c", "in", filters=4, kernel_size=1),
                       inputs=["in"], name="twin")  # fmt: skip
    nodes = [[[one, 0, 0, {}]] if older else {"args": [stated(one, None)]} for one in calls]
    return inner | {"name": "twin", "inbound_nodes": nodes}


def test_outputs_of_a_model_in_a_model_are_numbered_from_its_own(read):
    small = layer("MaxPooling2D", "p", "x")
    for older in (False, True):
        whole, half = (
            read(small, twin("x", "p", older=older), outputs=[("twin", number, 0)]) for number in (1, 2)
        )
        shapes = {one.name: one.shape for one in whole.tensors}
        assert [shapes[one.outputs[0]][1] for one in (whole, half)] == [8, 4]
        assert (whole.weights, whole.macs) == (16, 16 * (64 + 16))
    with pytest.raises(FileError, match="returns what no layer writes"):
        read(small, twin("x", "p"), outputs=[("twin", 0, 0)])


def test_inputs_of_a_model_are_layers_that_read_nothing(read):
    sly = twin("x")
    sly["config"]["input_layers"] = [["c", 0, 0]]
    with pytest.raises(FileError, match="layer 'twin': takes inputs that are no inputs of it"):
        read(sly, outputs=[("twin", 1, 0)])


MOVED = {
    "Reshape": ({"newshape": [-1, 4]}, [], (64, 4)),
    "Concatenate": ({"axis": 0}, [], (1, 8, 8, 4)),
    "Tile": ({"repeats": [5, 1, 1, 2]}, [], (5, 8, 8, 8)),
    "Repeat": ({"repeats": 5, "axis": 0}, [], (5, 8, 8, 4)),
    "Pad": ({"pad_width": [[0, 0], [1, 4], [0, 0], [0, 0]]}, [], (1, 13, 8, 4)),
    "BroadcastTo": ({"shape": [3, None, 8, 8, 4]}, [], (3, 1, 8, 8, 4)),
    "Transpose": ({"axes": [1, 0, 3, 2]}, [], (8, 1, 4, 8)),
    "Moveaxis": ({"source": -1, "destination": 1}, [], (1, 4, 8, 8)),
    "Swapaxes": ({"axis1": 0, "axis2": -1}, [], (4, 8, 8, 1)),
    "ExpandDims": ({"axis": [0, 2]}, [], (1, 1, 1, 8, 8, 4)),
    "Squeeze": ({"axis": 0}, [], (8, 8, 4)),
    "Split": ({"indices_or_sections": [3], "axis": 1}, [], (1, 3, 8, 4)),
    "Max": ({"axis": [1, 2], "keepdims": True}, [], (1, 1, 1, 4)),
    "Sum": ({"axis": -2}, [], (1, 8, 4)),
    "GetItem": ({}, [[part(), part(1, 7, 2), 0]], (1, 3, 4)),
}


@pytest.mark.parametrize("op", MOVED)
def test_what_a_function_writes_follows_from_its_arguments(read, op):
    """What the file states of a batch is open, and one sample may become many: they follow from these."""
    config, more, shape = MOVED[op]
    open_ = [None, *shape[1:]]
    read_by = layer("Dense", "d", stated("f", open_), units=2)
    network = read(layer(op, "f", "x", *more, module=OPS, **config), read_by)
    assert network.macs == prod(shape) * 2
    with pytest.raises(FileError, match="its sizes make"):
        read(
            layer(op, "f", "x", *more, module=OPS, **config),
            layer("Dense", "d", stated("f", [1, 1]), units=2),
        )


def test_joined_along_the_batch_there_are_more_inputs(read):
    for op, shape in (("Concatenate", (3, 8, 8, 4)), ("Stack", (3, 1, 8, 8, 4))):
        joined = layer(op, "f", ["x", "x", "x"], module=OPS, axis=0)
        assert read(joined, layer("Dense", "d", "f", units=2)).macs == prod(shape) * 2


@pytest.mark.parametrize(
    ("shape", "other", "divided"), [((4, 8), (8, 4), 1), ((4, 6, 8), (4, 8, 6), 4), ((4, 6, 4), (4, 4, 6), 4)]
)
def test_inputs_of_a_batch_that_are_multiplied_by_each_other_are_none(tmp_path, shape, other, divided):
    """A matrix for each of them keeps them apart; one of vectors has a number for each pair."""
    axes = {"axis1": -1, "axis2": -2}
    turned = layer("Swapaxes", "t", "x", module=OPS, **axes)
    product = layer("Matmul", "p", "x", stated("t", [None, *other[1:]]), module=OPS)
    network = read_keras(archived(tmp_path, functional(image(*shape[1:]), turned, product)), shape)
    assert network.leading.divided_out == divided
    assert network.macs == prod(shape) * other[-1] // divided


@pytest.mark.parametrize("key", [[part(None, stated("x", None))], [[0, 1]], [stated("x", None)]])
def test_a_part_that_is_chosen_at_run_time_has_no_known_size(read, key):
    with pytest.raises(FileError, match="layer 'd': the size of its input g cannot be resolved"):
        read(layer("GetItem", "g", "x", key, module=OPS), layer("Dense", "d", "g", units=2), x=(8, 4))


def test_numbers_of_the_description_are_held_by_it(read):
    scaled = layer("Multiply", "m", "x", numbers(30, 4), module=OPS)
    network = read(scaled, layer("Dense", "d", "m", units=2), x=(1, 4))
    assert network.layers[0].macs == 30 * 4 * 2
    product = read(layer("Matmul", "p", "x", numbers(4, 100), module=OPS), x=(9, 4))
    assert (product.weights, product.macs) == (4 * 100, 9 * 4 * 100)
    with pytest.raises(FileError, match="is called with numbers that are no tensor"):
        read(layer("Multiply", "m", "x", {"class_name": "__numpy__", "config": {"value": [[1], [1, 2]]}},
                   module=OPS))  # fmt: skip


def test_a_product_that_is_moved_before_it_is_summed_may_be_there(read):
    network = read(
        layer("Multiply", "m", "x", numbers(8, 50), module=OPS),
        layer("Reshape", "r", "m", module=OPS, newshape=[-1, 8, 5, 10]),
        layer("Sum", "s", "r", module=OPS, axis=1),
        layer("Dense", "d", "s", units=1),
        x=(8, 50),
    )
    assert network.held == (HeldOperator("Mul", 400, 400),)
    assert uncertain(network, "weights", 10, 400) == ["exceeded", "refused", "refused", "passed"]


@pytest.mark.parametrize(
    ("dtype", "bytes_"), [("float64", 8), ("uint64", 8), ("complex64", 8), ("float16", 2)]
)
def test_maps_have_the_bytes_of_their_type(read, dtype, bytes_):
    network = read(layer("ReLU", "r", "x", dtype=dtype), layer("Add", "a", ["r", "r"], module=OPS))
    assert network.tensors[-1].bits == 8 * bytes_


def test_a_type_that_is_not_known_leaves_memory_unknown(read):
    network = read(layer("Dense", "r", "x", dtype="string", units=2))
    assert network.tensors[-1].bits is None
    assert Measures(network, BYTE).footprint.memory is not None
