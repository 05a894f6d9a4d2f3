"""Convolutions of a network in TOML: groups, schemes with parameters, transposed, biased, of any axes."""

from itertools import product
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sepcost.core.scheme import Parameter, Scheme, StageForm
from sepcost.core.schemes import parameter_names, registered, scheme_names
from tests.network.toml.networks import HEAD, network, refusal
from tests.oracle import Convolution, count


@pytest.fixture
def read(tmp_path):
    return lambda *layers, head=HEAD: network(tmp_path, layers, head)


def head(channels, size):
    return f"channels = {channels}\nsize = {list(size)}\n"


@given(st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), st.integers(1, 4), st.integers(1, 3))
def test_a_grouped_convolutions_macs_are_those_of_a_walk(
    tmp_path_factory, groups, reads, writes, kernel, stride
):
    n_i, n_o = groups * reads, groups * writes
    layer = f"out = {n_o}\nkernel = {kernel}\nstride = {stride}\ngroups = {groups}"
    (found,) = network(tmp_path_factory.mktemp("net"), [layer], head(n_i, (5, 4))).layers
    walk = count(
        Convolution(n_i, n_o, (kernel, kernel), (5, 4), (stride, stride), padding="same", groups=groups)
    )
    assert (found.weights, found.macs) == (walk.weights, walk.macs)
    assert (found.groups, found.n_i, found.n_o) == (groups, n_i, n_o)


@given(
    st.lists(st.tuples(st.integers(1, 4), st.integers(1, 3), st.integers(1, 3)), min_size=1, max_size=3),
    st.sampled_from(["same", "valid", 0]),
)
def test_a_transposed_convolution_uses_each_weight_once_an_input_position(tmp_path_factory, axes, padding):
    lengths, kernel, stride = (list(each) for each in zip(*axes, strict=True))
    said = f'"{padding}"' if isinstance(padding, str) else padding
    layer = f"out = 2\nkernel = {kernel}\nstride = {stride}\npadding = {said}\ntransposed = true"
    (found,) = network(tmp_path_factory.mktemp("net"), [layer], head(3, lengths)).layers
    reached = [set() for _ in lengths]
    products = 0
    for position in product(*map(range, lengths)):
        for tap in product(*map(range, kernel)):
            for axis, (at, step) in enumerate(zip(position, stride, strict=True)):
                reached[axis].add(at * step + tap[axis])
            products += 3 * 2
    assert (found.macs, found.weights) == (products, 3 * 2 * prod(kernel))
    spans = [max(each) + 1 for each in reached]
    same = [length * step for length, step in zip(lengths, stride, strict=True)]
    assert list(found.output_shape) == [1, 2, *(same if padding == "same" else spans)]
    assert (found.kind, found.op) == ("transposed", "ConvTranspose")


def test_zeros_at_each_side_of_a_transposed_convolution_are_cropped(read):
    """As DCGAN doubles a map with a 4x4 kernel: (4 - 1) 2 + 4 - 2 = 8."""
    (found,) = read(
        "out = 2\nkernel = 4\nstride = 2\npadding = 1\ntransposed = true", head=head(3, (4, 4))
    ).layers
    assert found.output_shape == (1, 2, 8, 8)
    assert found.macs == 3 * 2 * 16 * 4 * 4


def test_a_separable_transposed_convolution_is_transposed_where_it_takes_the_kernel(read):
    depthwise, pointwise = read(
        "out = 8\nkernel = 3\nstride = 2\nscheme = 'separable'\ntransposed = true", head=head(4, (5, 5))
    ).layers
    assert (depthwise.op, depthwise.macs) == ("ConvTranspose", 4 * 9 * 5 * 5)
    assert (pointwise.op, pointwise.macs) == ("Conv", 4 * 8 * 10 * 10)


def test_an_inverted_residual_expands_before_it_strides(read):
    """t = 6, 64 -> 64, 56x56, stride 2."""
    text = "out = 64\nkernel = 3\nstride = 2\nscheme = 'inverted'\nexpansion = 6"
    found = read(text, head=head(64, (56, 56)))
    assert [layer.macs for layer in found.layers] == [384 * 64 * 56**2, 384 * 9 * 28**2, 384 * 64 * 28**2]
    assert found.macs == 99_047_424


@pytest.mark.parametrize(
    ("keys", "weights"),
    [
        ("scheme = 'grouped'", 8 * 16 * 9 // 2),
        ("scheme = 'grouped'\ngroups = 4", 8 * 16 * 9 // 4),
        ("groups = 8", 16 * 9),
        ("scheme = 'depthwise'", 16 * 9),
        ("scheme = 'spatial'", 8 * 16 * 3 + 16 * 16 * 3),
        ("scheme = 'spatial'\nmid = 4", 8 * 4 * 3 + 4 * 16 * 3),
        ("scheme = 'bottleneck'\nreduction = 2", 8 * 8 + 8 * 8 * 9 + 8 * 16),
        ("scheme = 'inverted'", 48 * 8 + 48 * 9 + 48 * 16),
        ("scheme = 'inverted'\nexpansion = 1", 8 * 9 + 8 * 16),
        ("scheme = 'blueprint'", 8 * 16 + 16 * 9),
    ],
)
def test_every_scheme_takes_its_parameters_as_keys(read, keys, weights):
    assert read(f"out = 16\nkernel = 3\n{keys}", head=head(8, (5, 5))).weights == weights


FIRE = Scheme(
    "fire",
    "squeeze, then 1x1 and 3x3 side by side",
    "SqueezeNet",
    (
        StageForm("squeeze", "s"),
        StageForm("expand1x1", "N_o/2"),
        StageForm("expand3x3", "N_o/2", kernel="both", source="squeeze"),
    ),
    (Parameter("s", "s", "N_i/4"),),
)


def test_a_scheme_of_ones_own_is_like_any_other(read):
    with registered([FIRE]):
        found = read(
            "name = 'fire2'\nout = 128\nkernel = 3\nscheme = 'fire'\ns = 16", head=head(96, (55, 55))
        )
    assert [layer.name for layer in found.layers] == ["fire2/squeeze", "fire2/expand1x1", "fire2/expand3x3"]
    assert [layer.weights for layer in found.layers] == [96 * 16, 16 * 64, 16 * 64 * 9]
    assert (found.operators[-1].op, found.operators[-1].reads) == (
        "Concat",
        ("fire2/expand1x1", "fire2/expand3x3"),
    )
    assert found.tensors[-1].shape == (1, 128, 55, 55)


def test_what_is_added_to_a_scheme_takes_no_name_of_its_stages(read):
    with registered([FIRE]):
        found = read(
            "name = 'f'\nout = 96\nkernel = 3\nscheme = 'fire'\nse = 4\nresidual = true",
            head=head(96, (9, 9)),
        )
    assert [layer.name for layer in found.layers if "squeeze" in layer.name] == ["f/squeeze", "f/se/squeeze"]


def test_a_stage_that_takes_no_kernel_cannot_end_a_layer_that_strides(tmp_path):
    layer = "[[layer]]\nout = 128\nkernel = 3\nstride = 2\nscheme = 'fire'"
    with registered([FIRE]):
        assert "fire: not realizable: a stage that it ends in takes no axis" in refusal(
            tmp_path, head(96, (8, 8)) + layer
        )


@pytest.mark.parametrize(
    ("text", "biases"),
    [
        ("out = 64\nkernel = 5\nstride = 2\npadding = 'valid'\nbias = true", [64]),
        ("out = 64\nkernel = 5\nscheme = 'separable'\nbias = true", [3, 64]),
        ("out = 64\nkernel = 5\nscheme = 'separable'\nbias = 'last'", [0, 64]),
        ("dense = 10\nbias = true", [10]),
        ("out = 64\nkernel = 5", [0]),
        ("dense = 10\nbias = 'last'", [10]),
        ("se = 3\nbias = true", [1, 3]),
        ("se = 3\nbias = 'last'", [0, 3]),
        # A convolution's last stage is a convolution, whatever squeezes in it or behind it.
        ("out = 8\nkernel = 3\nse = 2\nbias = true", [8, 4, 8]),
        ("out = 8\nkernel = 3\nse = 2\nbias = 'last'", [8, 0, 0]),
        ("out = 8\nkernel = 3\nscheme = 'inverted'\nexpansion = 4\nse = 1\nbias = true", [12, 12, 3, 12, 8]),
        ("out = 8\nkernel = 3\nscheme = 'inverted'\nexpansion = 4\nse = 1\nbias = 'last'", [0, 0, 0, 0, 8]),
    ],
)
def test_a_bias_is_one_number_for_each_output_channel_of_a_stage(read, text, biases):
    found = read(text)
    assert [layer.biases for layer in found.layers] == biases
    held = sum(parameter.elements for parameter in found.parameters)
    assert held == found.weights + sum(biases)


def test_parameters_with_biases_are_those_that_others_report(read):
    """3 -> 64, 5x5: 4,864 parameters, separable 334; Keras' SeparableConv2D 10 -> 100, 5x5: 1,350."""

    def parameters(*layers, channels=3):
        found = read(*layers, head=head(channels, (224, 224)))
        return found.weights + sum(layer.biases for layer in found.layers)

    assert (
        parameters("out = 64\nkernel = 5\nstride = 2\npadding = 'valid'\nbias = true")
        == 64 * 75 + 64
        == 4_864
    )
    assert (
        parameters("out = 64\nkernel = 5\nscheme = 'separable'\nbias = true") == 75 + 3 + 3 * 64 + 64 == 334
    )
    last = "out = 100\nkernel = 5\nscheme = 'separable'\nbias = 'last'"
    assert parameters(last, channels=10) == 10 * 25 + 10 * 100 + 100 == 1_350


def test_a_network_says_once_that_its_layers_have_biases(read):
    found = read(
        "out = 8\nkernel = 3", "out = 8\nkernel = 3\nbias = false", "dense = 10", head=HEAD + "bias = true\n"
    )
    assert [layer.biases for layer in found.layers] == [8, 0, 10]


def test_a_convolution_of_one_axis(read):
    """Conv1d 32 -> 32, k 3, stride 2, padding 4, length 128: (128 + 8 - 3) / 2 + 1 = 67 positions."""
    (found,) = read("out = 32\nkernel = [3]\nstride = 2\npadding = 4", head=head(32, [128])).layers
    assert (found.kernel, found.stride, found.positions) == ((3,), (2,), 67)
    assert found.macs == 32 * 32 * 3 * 67 == 205_824
    assert found.input_shape == (1, 32, 128)


def test_a_network_of_three_axes(read):
    found = read(
        "out = 8\nkernel = 3\nstride = [1, 2, 2]\nscheme = 'separable'",
        "pool = [1, 2, 2]",
        "out = 4\nkernel = [3, 1, 1]\npadding = 'valid'",
        "upsample = 2",
        "dense = 10",
        head=head(2, (4, 8, 8)),
    )
    depthwise, pointwise, plain, dense = found.layers
    assert (depthwise.kernel, depthwise.macs) == ((3, 3, 3), 2 * 27 * 4 * 4 * 4)
    assert (pointwise.kernel, pointwise.macs) == ((1, 1, 1), 2 * 8 * 4 * 4 * 4)
    assert (plain.kernel, plain.macs) == ((3, 1, 1), 8 * 4 * 3 * 2 * 2 * 2)
    assert dense.n_i == 4 * 4 * 4 * 4
    assert found.input == (1, 2, 4, 8, 8)


@pytest.mark.parametrize(
    ("text", "dense"),
    [
        ("se = 4", [(16, 4), (4, 16)]),
        ("out = 32\nkernel = 3\nse = 4", [(32, 8), (8, 32)]),
        ("out = 32\nkernel = 3\nscheme = 'inverted'\nexpansion = 4\nse = 4", [(64, 4), (4, 64)]),
        ("out = 32\nkernel = 3\nscheme = 'bottleneck'\nse = 16", [(32, 2), (2, 32)]),
        ("out = 16\nkernel = 3\nscheme = 'depthwise'\nse = 40", [(16, 1), (1, 16)]),
    ],
)
def test_squeeze_and_excite_is_two_dense_layers_around_a_part_of_the_channels(read, text, dense):
    found = read(text, head=head(16, (6, 6)))
    assert [(layer.n_i, layer.n_o) for layer in found.layers if layer.kind == "dense"] == dense
    pool, squeeze, excite, scale = (each.op for each in found.operators if not each.op.startswith("Conv"))
    assert (pool, squeeze, excite, scale) == ("GlobalAveragePool", "Gemm", "Gemm", "Mul")


@pytest.mark.parametrize(
    ("layer", "problem"),
    [
        ("out = 8\nkernel = 3\ngroups = 2", "grouped: not realizable: its stage convolution has 2 groups"),
        ("out = 8\nkernel = 3\ngroups = 0", "groups: '0' is not a whole number"),
        ("out = 8\nkernel = 3\nexpansion = 6", "expansion: is a parameter of inverted, not of standard"),
        (
            "out = 8\nkernel = 3\nscheme = 'inverted'\nexpansion = 2.5",
            "expansion: 2.5 is not a whole number",
        ),
        (
            "out = 8\nkernel = 3\nscheme = 'inverted'\nexpansoin = 2",
            "'expansoin': is not a key; did you mean",
        ),
        (
            "out = 8\nkernel = 3\nscheme = 'inverted'\nt = 4",  # not transposed, which a t begins too
            "'t': is not a key; did you mean expansion?",
        ),
        ("out = 8\nkernel = 3\nexpanson = 2", "'expanson': is not a key; did you mean expansion?"),
        ("out = 8\nkernel = 3\nscheme = 'depthwise'", "depthwise: not realizable: its multiplier 8/3"),
        (
            "out = 8\nkernel = 3\nscheme = 'inverted'\nexpansion = 1000000000",
            "channels of expand: '3000000000' is not a whole number",
        ),
        ("out = 8\nkernel = 3\ntransposed = 'yes'", "transposed: is neither true nor false"),
        (
            "out = 8\nkernel = 1\npadding = 40\ntransposed = true",
            "padding: leaves no output of an input of 32x24",
        ),
        (
            "out = 8\nkernel = 1\nstride = 900000000\ntransposed = true",
            "stride: '28800000000' is not a whole",
        ),
        ("out = 8\nkernel = 3\nbias = 'first'", "bias: 'first' is not true, false or 'last'"),
        ("out = 8\nkernel = [3, 3, 3]", "kernel: 3x3x3 is for 3 axes, where maps have 2"),
        ("out = 8\nkernel = []", "kernel: [] is not one number, or one for each of 1 to 3 axes"),
        ("out = 8\nkernel = 3\nse = true", "se: True is not a whole number"),
        ("upsample = 1000000000", "upsample: '32000000000' is not a whole number"),
        ("upsample = 2\nstride = 2", "'stride': is not a key"),
    ],
)
def test_a_convolution_that_cannot_be_is_refused_by_layer_and_key(tmp_path, layer, problem):
    message = refusal(tmp_path, f"{HEAD}[[layer]]\nname = 'c'\n{layer}")
    assert message.startswith(f"layer 'c': {problem}")


def test_a_scheme_of_two_axes_builds_no_layer_of_three(tmp_path):
    text = head(3, (4, 4, 4)) + "[[layer]]\nout = 8\nkernel = 3\nscheme = 'spatial'"
    assert refusal(tmp_path, text) == "layer 'layer1': scheme: spatial is of two axes, the layer of 3"


def test_a_key_that_is_none_of_a_convolution_is_answered_with_parameters_too(tmp_path):
    message = refusal(tmp_path, f"{HEAD}[[layer]]\nout = 8\nkernel = 3\nfoo = 1")
    assert set(parameter_names(scheme_names())) <= set(message.partition("the keys are ")[2].split(", "))
