"""A layer of a network is a stage: its kind, weights and MACs follow from its sizes."""

from dataclasses import FrozenInstanceError

import pytest

from sepcost.core.formulas import Stage
from sepcost.network.layer import NetworkLayer
from sepcost.network.model import Network, OperatorCount
from sepcost.network.names import LONGEST_NAME, clean_name, unique_names
from tests.network.layers import conv


def test_weights_and_macs_are_those_of_the_stage():
    layer = conv("c", positions=56 * 56)
    assert layer.stage == Stage("standard", 64, 64, groups=1, fan_in=64, taps=9)
    assert layer.weights == 64 * 64 * 9
    assert layer.macs == 64 * 64 * 9 * 56 * 56


def test_each_group_reads_its_own_channels():
    assert conv("c", n_i=64, n_o=128, groups=4).weights == 128 * (64 // 4) * 9


@pytest.mark.parametrize(
    ("layer", "kind"),
    [
        (NetworkLayer("up", "ConvTranspose", 8, 8, 9, (2, 2), groups=8), "transposed"),
        (NetworkLayer("fc", "Gemm", 512, 10, 1), "dense"),
        (NetworkLayer("fc", "QLinearMatMul", 512, 10, 1), "dense"),
        (NetworkLayer("experts", "MatMul", 8 * 4, 8 * 4, 1, groups=8), "dense"),
        (conv("c", groups=64), "depthwise"),
        (conv("c", groups=64, n_o=128), "depthwise"),
        (conv("c", groups=64, kernel=(1, 1)), "depthwise"),
        (conv("c", groups=2), "grouped"),
        (conv("c", n_i=1, n_o=4, groups=1), "standard"),
        (conv("c", kernel=(1, 1)), "pointwise"),
        (conv("c", kernel=(1,)), "pointwise"),
        (conv("c", kernel=(1, 3)), "standard"),
        (conv("c", kernel=(3, 3, 3)), "standard"),
    ],
)
def test_a_kind_is_the_first_that_holds(layer, kind):
    assert layer.kind == kind


def test_weights_that_another_layer_holds_are_not_counted_again():
    layer = conv("c", shares="first")
    assert (layer.weights, layer.macs) == (0, conv("c").macs)


def test_a_product_of_two_activations_holds_no_weights():
    layer = NetworkLayer("scores", "MatMul", 64, 197, 12 * 197, learned=False)
    assert (layer.weights, layer.macs) == (0, 12 * 197 * 64 * 197)


def test_a_networks_cost_is_the_sum_of_its_layers():
    network = Network("net", "toml", (1, 64, 56, 56), (conv("a"), conv("b", shares="a")))
    assert (network.weights, network.macs) == (conv("a").weights, 2 * conv("a").macs)


def test_an_opaque_operator_is_left_out_only_where_it_is_allowed():
    network = Network(
        "net", "onnx", (1, 3), (), opaque=(OperatorCount("Einsum", 2), OperatorCount("LSTM", 1))
    )
    assert network.opaque_beyond(()) == ("Einsum", "LSTM")
    assert network.opaque_beyond(("LSTM", "not there")) == ("Einsum",)
    assert network.opaque_beyond(("LSTM", "Einsum")) == ()


def test_a_layer_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        conv("c").n_i = 3


def test_a_name_from_a_file_steers_no_terminal_and_is_bounded():
    assert clean_name("a\x1b]0;title\x07\u202e\n") == "a\ufffd]0;title\ufffd\ufffd\ufffd"
    assert len(clean_name("x" * 10**6)) == LONGEST_NAME


def test_names_become_unique_whatever_they_are():
    unique = unique_names()
    names = [unique(name) for name in ["conv", "conv_2", "conv", "conv", "conv_2", "", ""]]
    assert names == ["conv", "conv_2", "conv_3", "conv_4", "conv_2_2", "", "_2"]
    assert len(set(names)) == len(names)
