"""Networks in .keras archives: shapes and costs that follow from the description alone, never trusted."""

import copy
import json
import random
import zipfile
from math import prod

import pytest

from sepcost.core.errors import FileError
from sepcost.network.keras.read import read_keras
from sepcost.network.model import BIASES, CONSTANT, NORMALIZATION, STATISTICS, WEIGHTS
from sepcost.network.read import read_network
from tests.effort import tries
from tests.network.keras_archives import (
    FIXTURES,
    archived,
    description_in,
    functional,
    image,
    layer,
    part,
    sequential,
    stated,
)
from tests.network.pt2_archives import changed, places

COUNT_PARAMS = {"mobilenet": 14_256, "unet": 7_098, "vit": 19_330, "sequence": 1_537}
"""What Keras' own `model.count_params()` says of the models of which the fixtures are the descriptions."""


def read(folder, *layers, **options):
    return read_keras(archived(folder, functional(image(*options.pop("x", (8, 8, 4))), *layers, **options)))


def held(network, role=None):
    return sum(one.elements for one in network.parameters if role in (None, one.role))


@pytest.mark.parametrize("name", COUNT_PARAMS)
def test_a_saved_model_holds_as_many_parameters_as_keras_says(name):
    network = read_network(FIXTURES / f"{name}.keras")
    assert held(network) == COUNT_PARAMS[name]
    assert held(network, WEIGHTS) == network.weights
    assert held(network, BIASES) == sum(one.biases for one in network.layers)
    assert network.format == "keras"
    assert network.opaque == ()
    assert all(one.traffic is not None and one.output_shape is not None for one in network.layers)


@pytest.mark.parametrize(
    ("said", "op"), [({}, "Relu"), ({"max_value": 6.0}, "Clip"), ({"negative_slope": 0.1}, "LeakyRelu")]
)
def test_a_relu_is_what_its_bound_and_its_slope_make_it(said, op, tmp_path):
    """ptflops counts a ReLU twice and a ReLU6 once: each has to go by its own name."""
    (activation,) = read(tmp_path, layer("ReLU", "r", "x", **said)).operators
    assert activation.op == op


def test_a_u_net_is_counted_level_by_level():
    network = read_network(FIXTURES / "unet.keras")
    assert {one.name: one.macs for one in network.layers} == {
        "down1": 3 * 8 * 9 * 32 * 32,
        "down2": 8 * 16 * 9 * 16 * 16,
        "bottom": 16 * 16 * 9 * 8 * 8,
        "up2": 16 * 16 * 4 * 8 * 8,  # at its input's positions
        "merge": 32 * 8 * 9 * 18 * 18,  # padded by one all round
        "head": 16 * 2 * 32 * 32,
    }
    ops, wanted = (
        [one.op for one in network.operators],
        ("MaxPool", "AveragePool", "Concat", "Resize", "Pad", "Slice"),
    )
    assert [ops.count(op) for op in wanted] == [
        1,
        1,
        2,
        1,
        1,
        1,
    ]
    resize = next(one for one in network.operators if one.op == "Resize")
    assert resize.mode == "bilinear"
    assert next(one for one in network.operators if one.op == "AveragePool").window == 4


def test_attention_is_projections_and_two_products():
    layers = {one.name: one for one in read_network(FIXTURES / "vit.keras").layers}
    assert layers["attention0/query"].macs == 16 * 24 * 24
    assert layers["attention0/scores"].macs == layers["attention0/values"].macs == 3 * 16 * 16 * 8
    assert layers["attention0/attention_output"].weights == 24 * 24
    assert {layers[f"attention0/{part}"].kind for part in ("scores", "values")} == {"attention"}


def test_sequences_are_counted_at_every_step():
    layers = {one.name: one for one in read_network(FIXTURES / "sequence.keras").layers}
    assert layers["table"].kind == "embedding"
    assert (layers["table"].weights, layers["table"].macs) == (50 * 8, 0)
    assert layers["both"].macs == 12 * 2 * 4 * 6 * (8 + 6)
    assert layers["both"].biases == 2 * 4 * 6
    assert layers["causal"].macs == 12 * 10 * 6 * 3
    assert layers["each/inner"].macs == 12 * 10 * 4
    assert layers["gru"].biases == 2 * 3 * 5  # reset_after: one set for the input, one for the state


def test_a_separable_convolution_has_one_bias_at_its_end(tmp_path):
    network = read(
        tmp_path, layer("SeparableConv2D", "s", "x", filters=100, kernel_size=[5, 5]), x=(9, 9, 10)
    )
    assert held(network) == 1350  # 10 * 25 + 10 * 100 + 100
    assert [(one.name, one.kind, one.biases) for one in network.layers] == [
        ("s/depthwise", "depthwise", 0),
        ("s/pointwise", "pointwise", 100),
    ]
    assert network.macs == (10 * 25 + 10 * 100) * 5 * 5


SAME = {"padding": "same"}
UP = {"kernel_size": 3, "strides": 2}


@pytest.mark.parametrize(
    ("kind", "config", "x", "weights", "positions", "out"),
    [
        ("Conv1D", {"kernel_size": 3, "padding": "causal", "strides": 2}, (9, 4), 3 * 4 * 6, 5, (5, 6)),
        ("Conv2D", {"kernel_size": [3, 2], "groups": 2}, (8, 8, 4), 6 * 2 * 6, 42, (6, 7, 6)),
        ("Conv2D", {"kernel_size": 3, "dilation_rate": 2, **SAME}, (8, 8, 4), 9 * 4 * 6, 64, (8, 8, 6)),
        ("Conv2D", {"kernel_size": 3, "data_format": "channels_first"}, (4, 8, 8), 9 * 4 * 6, 36, (6, 6, 6)),
        ("Conv3D", {"kernel_size": [1, 2, 3], "strides": 2}, (4, 4, 5, 2), 6 * 2 * 6, 8, (2, 2, 2, 6)),
        ("Conv2DTranspose", {**UP, **SAME}, (5, 5, 4), 9 * 4 * 6, 25, (10, 10, 6)),
        ("Conv2DTranspose", UP, (5, 5, 4), 9 * 4 * 6, 25, (11, 11, 6)),
        ("Conv2DTranspose", {**UP, **SAME, "output_padding": 1}, (5, 5, 4), 9 * 4 * 6, 25, (10, 10, 6)),
        ("Conv1DTranspose", {"kernel_size": 2, "strides": 3}, (5, 4), 2 * 4 * 6, 5, (15, 6)),
    ],
)  # fmt: skip
def test_convolutions_follow_their_configuration(tmp_path, kind, config, x, weights, positions, out):
    (one,) = read(tmp_path, layer(kind, "c", "x", filters=6, **config), x=x).layers
    assert (one.weights, one.positions, one.output_shape) == (weights, positions, (1, *out))
    assert one.macs == weights * positions


def test_a_depthwise_convolution_has_a_multiplier(tmp_path):
    (one,) = read(tmp_path, layer("DepthwiseConv2D", "d", "x", kernel_size=3, depth_multiplier=3)).layers
    assert (one.kind, one.n_i, one.n_o, one.macs) == ("depthwise", 4, 12, 4 * 3 * 9 * 36)
    assert one.biases == 12


def test_a_dense_layer_is_used_at_every_place(tmp_path):
    (one,) = read(tmp_path, layer("Dense", "f", "x", units=7, use_bias=False, activation="relu")).layers
    assert (one.weights, one.macs, one.biases) == (4 * 7, 4 * 7 * 64, 0)


@pytest.mark.parametrize(("axes", "shape"), [(1, (5, 8, 4)), (2, (5, 8, 8, 4))])
def test_a_convolutional_lstm_convolves_its_state_too(tmp_path, axes, shape):
    config = {"filters": 3, "kernel_size": 3, "padding": "same"}
    network = read(tmp_path, layer(f"ConvLSTM{axes}D", "l", "x", **config), x=shape)
    positions = 5 * 8**axes
    assert network.macs == positions * 3**axes * (4 * 12 + 3 * 12)
    assert held(network) == 3**axes * (4 * 12 + 3 * 12) + 12


def test_a_cell_in_a_recurrent_layer_is_that_layer(tmp_path):
    cell = {"class_name": "LSTMCell", "config": {"units": 6}}
    network = read(tmp_path, layer("RNN", "r", "x", cell=cell, return_sequences=True), x=(9, 4))
    assert (network.layers[0].op, network.macs) == ("LSTM", 9 * 24 * (4 + 6))
    assert network.layers[0].output_shape == (1, 9, 6)


def test_grouped_queries_share_keys_and_values(tmp_path):
    config = {"head_dim": 8, "num_query_heads": 4, "num_key_value_heads": 2, "use_bias": False}
    network = read(tmp_path, layer("GroupedQueryAttention", "g", "x", "x", **config), x=(10, 16))
    assert network.weights == 16 * 32 + 2 * 16 * 16 + 32 * 16
    assert network.macs == 10 * network.weights + 2 * 4 * 10 * 10 * 8


def test_a_model_within_a_model_shares_its_weights_between_calls(tmp_path):
    inner = functional(image(8, name="in"), layer("Dense", "f", "in", units=8), inputs=["in"], name="twin")
    twin = inner | {
        "name": "twin",
        "inbound_nodes": [{"args": [stated("x", None)]}, {"args": [stated("z", None)]}],
    }
    z = layer("Activation", "z", "x", activation="tanh")
    last = layer("Add", "sum", [("twin", 0, 0), ("twin", 1, 0)])
    network = read(tmp_path, z, twin, last, x=(8,))
    assert [(one.name, one.shares) for one in network.layers] == [("twin/f", None), ("twin/f_2", "twin/f")]
    assert (network.weights, network.macs, held(network)) == (64, 128, 72)


def test_a_sequential_model_starts_from_its_stated_input(tmp_path):
    for first in (
        [layer("InputLayer", "x", batch_shape=[None, 6]), layer("Dense", "f", units=3)],
        [layer("Dense", "f", units=3, batch_input_shape=[None, 6])],
    ):
        network = read_keras(archived(tmp_path, sequential(*first, layer("ReLU", "r"))))
        assert (network.macs, network.input) == (18, (1, 6))
    built = sequential(layer("Dense", "f", units=3)) | {"build_config": {"input_shape": [None, 6]}}
    assert read_keras(archived(tmp_path, built)).macs == 18
    with pytest.raises(FileError, match="has no input of a known shape: build it before it is saved"):
        read_keras(archived(tmp_path, sequential(layer("Dense", "f", units=3))))


def test_normalizations_hold_what_they_hold(tmp_path):
    network = read(
        tmp_path,
        layer("Normalization", "n", "x", axis=[-1], mean=None),
        layer("BatchNormalization", "b", "n", axis=-1, scale=False),
        layer("LayerNormalization", "l", "b", axis=[-1]),
        layer("PReLU", "p", "l", shared_axes=[1, 2]),
    )
    assert held(network, CONSTANT) == 2 * 4 + 1
    assert held(network, NORMALIZATION) == 4 + 2 * 4
    assert held(network, STATISTICS) == 2 * 4
    assert held(network, WEIGHTS) == 4
    assert [one.op for one in network.operators] == [
        "keras.Normalization", "BatchNormalization", "LayerNormalization", "PRelu",
    ]  # fmt: skip


def test_mixed_precision_holds_wider_than_it_computes(tmp_path):
    policy = {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "mixed_float16"}}
    network = read(tmp_path, layer("Dense", "f", "x", units=3, dtype=policy))
    assert network.parameters[0].bits == 32
    assert network.tensors[-1].bits == 16


def test_what_a_file_states_stands_in_for_a_layer_that_is_not_known(tmp_path):
    mine = layer("Magic", "m", "x", module="mine")
    network = read(tmp_path, mine, layer("Dense", "f", stated("m", [None, 5, 6]), units=2))
    assert network.macs == 5 * 6 * 2
    assert [(one.op, one.count) for one in network.opaque] == [("keras.Magic", 1)]
    path = archived(
        tmp_path, functional(image(8, 8, 4), mine, layer("Dense", "f", stated("m", [None, 5, 6]), units=2))
    )
    with pytest.raises(FileError, match="layer 'f': the size of its input m cannot be resolved"):
        read_keras(path, (1, 9, 9, 4))


@pytest.mark.parametrize("kind", ["Lambda", "Dense"])
def test_a_class_of_somebody_else_is_opaque_whatever_its_name(tmp_path, kind):
    module = "keras.layers" if kind == "Lambda" else "mine"
    network = read(tmp_path, layer(kind, "l", "x", module=module, units=3, function="os.system"))
    assert network.layers == ()
    assert [one.op for one in network.opaque] == [f"keras.{kind}"]


def test_functions_of_keras_are_operators(tmp_path):
    ops = "keras.src.ops.numpy"
    network = read(
        tmp_path,
        layer("Relu", "r", "x", module="keras.src.ops.nn"),
        layer("Multiply", "m", "r", module=ops),
        layer("GetItem", "g", stated("m", [None, 8, 8, 4]), [part(), 0], module=ops),
        layer("Matmul", "p", stated("g", [None, 8, 4]), stated("t", [None, 4, 5]), module=ops),
        layer("InputLayer", "t", batch_shape=[None, 4, 5]),
        inputs=["x", "t"],
    )
    assert [one.op for one in network.operators] == ["Relu", "Mul", "Slice", "MatMul"]
    assert (network.macs, network.weights) == (8 * 4 * 5, 0)


def test_the_older_list_of_calls_is_read(tmp_path):
    old = functional(image(8, 8, 4), layer("Conv2D", "c", filters=2, kernel_size=3), layer("Flatten", "f"))
    for one, before in zip(old["config"]["layers"][1:], ("x", "c"), strict=True):
        one["inbound_nodes"] = [[[before, 0, 0, {}]]]
    old["config"]["layers"][0]["config"]["batch_input_shape"] = [None, 8, 8, 4]
    del old["config"]["layers"][0]["config"]["batch_shape"]
    network = read_keras(archived(tmp_path, old))
    assert network.macs == 2 * 4 * 9 * 36
    assert network.tensors[-1].shape == (1, 72)


def test_an_open_dimension_is_named_and_input_shape_sets_any(tmp_path):
    path = archived(
        tmp_path,
        functional(
            layer("InputLayer", "x", batch_shape=[None, None, 8, 4]),
            layer("Conv2D", "c", "x", filters=2, kernel_size=3, built=[None, None, 8, 4]),
        ),
    )
    with pytest.raises(FileError, match=r"input x: dimension 1 is open: .*input_shape, such as 1x224x8x4"):
        read_keras(path)
    assert read_keras(path, (1, 10, 10, 4)).macs == 2 * 4 * 9 * 64
    assert read_keras(path, (6, 10, 10, 4)).macs == 2 * 4 * 9 * 64
    with pytest.raises(
        FileError, match="layer 'c': reads 1x10x8x5, but its weights are for 4 in dimension 3"
    ):
        read_keras(path, (1, 10, 8, 5))
    with pytest.raises(FileError, match="1x2 has 2 dimensions, input x has 4"):
        read_keras(path, (1, 2))


@pytest.mark.parametrize("named", [True, False])
def test_a_recurrent_layer_may_be_given_its_first_state(tmp_path, named):
    """By name, or as older files have it, listed behind the sequence."""
    states = ["h", "c"]
    lstm = layer("LSTM", "a", "x", given={"initial_state": states}, units=3)
    if not named:
        lstm["inbound_nodes"] = [[[one, 0, 0, {}] for one in ("x", *states)]]
    inputs = [image(3, name=name) for name in states]
    network = read(tmp_path, *inputs, lstm, x=(7, 5), inputs=["x", *states])
    assert network.macs == 7 * 4 * 3 * (5 + 3)
    assert network.operators[0].reads[:3] == ("x", "h", "c")


@pytest.mark.parametrize("batch", [None, 1, 6])
def test_an_input_beside_the_first_may_have_any_sizes_of_its_own(tmp_path, batch):
    """What the file states of a layer that is not known holds as long as the first input is as stated."""
    mine = layer("Magic", "g", "m", module="mine")
    layers = [mine, layer("Dense", "f", stated("g", [None, 5]), units=2)]
    path = archived(tmp_path, functional(image(8, 8, 4), image(3, name="m"), *layers, inputs=("x", "m")))
    network = read_keras(path, None if batch is None else (batch, 8, 8, 4))
    assert (network.input, network.macs) == ((1, 8, 8, 4), 5 * 2)


def test_weights_that_another_size_would_change_are_refused(tmp_path):
    path = archived(
        tmp_path,
        functional(
            image(8, 8, 4),
            layer("Flatten", "flat", "x"),
            layer("Dense", "f", "flat", units=2, built=[None, 256]),
        ),
    )
    assert read_keras(path).macs == 512
    with pytest.raises(FileError, match="layer 'f': reads 1x324, but its weights are for 256 in dimension 1"):
        read_keras(path, (1, 9, 9, 4))


def test_a_fixed_batch_is_divided_out(tmp_path):
    layers = [
        layer("InputLayer", "x", batch_shape=[3, 8, 8, 4]),
        layer("Conv2D", "c", "x", filters=2, kernel_size=3),
    ]
    path = archived(tmp_path, functional(*layers))
    network = read_keras(path)
    assert (network.macs, network.input) == (2 * 4 * 9 * 36, (1, 8, 8, 4))
    assert network.leading.divided_out == 3
    assert read_keras(path, unbatched=True).macs == 3 * network.macs


def test_a_subclassed_model_is_refused_with_the_line_that_makes_a_file(tmp_path):
    path = archived(tmp_path, {"class_name": "Mine", "config": {"trainable": True}})
    with pytest.raises(
        FileError, match=r"holds no layers: 'Mine' is subclassed; .*model\.export\('net\.onnx'"
    ):
        read_keras(path)


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        (
            [layer("Dense", "a", "b", units=1), layer("Dense", "b", "a", units=1)],
            "reads, over others, what it writes",
        ),
        ([layer("Dense", "a", "nobody", units=1)], "layer 'a': reads 'nobody', which is no call of a layer"),
        ([layer("Dense", "a", ("x", 4, 0), units=1)], "layer 'a': reads 'x', which is no call of a layer"),
        ([layer("Dense", "a", ("x", 0, 4), units=1)], "'a' reads what no layer writes"),
        ([layer("Dense", "a", "x", units=1)] * 2, "two layers are called 'a'"),
        ([layer("Dense", "a", "x", units=True)], "layer 'a': its units is no whole number"),
        (
            [layer("Dense", "a", "x", units=10**12)],
            "layer 'a': its units is no whole number up to 1000000000",
        ),
        ([layer("Dense", "a", "x", units=0)], "layer 'a': has a size of 0; sizes go from 1 to 1000000000"),
        (
            [layer("Conv2D", "a", "x", filters=1, kernel_size=9)],
            "its window of 9 is larger than its padded input of 8",
        ),
        (
            [layer("Conv2D", "a", "x", filters=1, kernel_size=[3] * 3)],
            "its kernel_size is not 2 whole numbers",
        ),
        ([layer("Conv1D", "a", "x", filters=1, kernel_size=3)], "reads 1x8x8x4, which is no map of 1 axes"),
        ([layer("Reshape", "a", "x", target_shape=[3, 5])], "layer 'a': cannot make 3x5 of 8x8x4"),
        ([layer("Permute", "a", "x", dims=[1, 1, 2])], "layer 'a': its dims are no order of its axes"),
        ([layer("Cropping2D", "a", "x", cropping=4)], "layer 'a': cuts 8x8 down to nothing"),
        ([layer("BatchNormalization", "a", "x", axis=9)], "layer 'a': its axis is none of what it reads"),
    ],
)
def test_what_cannot_be_is_refused_by_name(tmp_path, layers, message):
    with pytest.raises(FileError) as refused:
        read(tmp_path, *layers)
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


def test_models_too_deep_in_one_another_are_refused(tmp_path):
    model = sequential(layer("Dense", "f", units=2))
    for _ in range(200):
        model = sequential(model)
    model["config"]["layers"].insert(0, layer("InputLayer", "x", batch_shape=[None, 4]))
    with pytest.raises(FileError, match="holds models more than 32 deep in one another"):
        read_keras(archived(tmp_path, model))


def test_a_model_that_calls_another_over_and_over_ends(tmp_path, monkeypatch):
    """Twenty models, each of which calls the one within it ten times: 10^20 calls of a layer."""
    monkeypatch.setattr("sepcost.network.keras.walk._MOST_CALLS", 3000)
    model = functional(image(4, name="in"), layer("ReLU", "r", "in"), inputs=["in"], name="m")
    for _ in range(20):
        calls = [("in" if at == 0 else "m", max(at - 1, 0), 0) for at in range(10)]
        inner = model | {
            "name": "m",
            "inbound_nodes": [{"args": [stated(n, None, c, o)]} for n, c, o in calls],
        }
        model = functional(image(4, name="in"), inner, inputs=["in"], outputs=[("m", 9, 0)], name="m")
    with pytest.raises(FileError, match="more than 3000 calls of layers"):
        read_keras(archived(tmp_path, model))


def test_files_that_are_no_archive_are_refused_in_one_line(tmp_path):
    for content, message in [("[]", "is no table"), ("{", "is not JSON"), ("{}", "holds no layers")]:
        with pytest.raises(FileError, match=message):
            read_keras(archived(tmp_path, content))
    with pytest.raises(FileError, match=r"holds no config\.json; model\.save\('net\.keras'\) writes one"):
        read_keras(archived(tmp_path, "{}", "other.json"))
    path = tmp_path / "net.keras"
    path.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    with pytest.raises(FileError, match="is no Keras archive, or a damaged one"):
        read_keras(path)


def test_nothing_but_the_description_is_opened(tmp_path, monkeypatch):
    path = archived(tmp_path, description_in(FIXTURES / "unet.keras"))
    opened, plain = [], zipfile.ZipFile.open

    def spied(archive, entry, *more, **options):
        opened.append(entry.filename)
        return plain(archive, entry, *more, **options)

    monkeypatch.setattr(zipfile.ZipFile, "open", spied)
    read_keras(path)
    assert opened == ["config.json"]


def line_or_network(path):
    try:
        return read_keras(path)
    except FileError as error:
        if "\n" in str(error):
            raise
        return None


@pytest.mark.parametrize("name", COUNT_PARAMS)
def test_descriptions_changed_at_any_place_are_read_or_refused(tmp_path, name):
    whole = description_in(FIXTURES / f"{name}.keras")
    chance = random.Random(8)
    everywhere = list(places(whole))
    worst = [
        ...,
        None,
        -1,
        0,
        10**30,
        True,
        1.5,
        "",
        "same",
        [],
        {},
        [[]],
        [None],
        ["x", 0, 0],
        {"a": 1},
        [2] * 40,
    ]
    for _ in range(tries(60)):
        network = line_or_network(
            archived(tmp_path, changed(whole, chance.choice(everywhere), chance.choice(worst)))
        )
        assert network is None or all(prod(one.shape or ()) >= 0 for one in network.tensors)


def test_damaged_archives_are_counted_as_they_were_or_refused(tmp_path):
    content = bytearray((FIXTURES / "mobilenet.keras").read_bytes())
    truth, chance, path = (
        read_keras(FIXTURES / "mobilenet.keras").macs,
        random.Random(2),
        tmp_path / "net.keras",
    )
    for _ in range(tries(80)):
        damaged = copy.copy(content)
        damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
        if chance.random() < 0.2:
            del damaged[chance.randrange(len(damaged)) :]
        path.write_bytes(damaged)
        network = line_or_network(path)
        assert network is None or network.macs == truth


def test_a_deep_or_swollen_description_is_refused(tmp_path, monkeypatch):
    with pytest.raises(FileError, match="nested too deeply"):
        read_keras(archived(tmp_path, '{"a":' * 100_000))
    monkeypatch.setattr("sepcost.network.archive.LARGEST_JSON", 2**20)
    swollen = json.dumps({"config": " " * 2**20})
    with pytest.raises(FileError, match="holds a text of more than"):
        read_keras(archived(tmp_path, swollen))


def test_a_scaled_sum_of_inception_resnet_costs_nothing_that_is_counted(tmp_path):
    """Of the application's own class; one of that name in another package may be anything."""
    of_keras, other = "keras.src.applications.inception_resnet_v2", "mine.layers"
    found = [
        read(
            tmp_path,
            layer("ReLU", "a", "x"),
            layer("CustomScaleLayer", "s", ["x", "a"], module=module, scale=0.17),
        )
        for module in (of_keras, other)
    ]
    assert [(one.op, one.count) for one in found[0].free] == [("Add", 1), ("Mul", 1), ("Relu", 1)]
    assert not found[0].opaque
    assert [one.op for one in found[1].opaque] == ["keras.CustomScaleLayer"]
