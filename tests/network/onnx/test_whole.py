"""Whole networks in ONNX, as the library ships them: counted as their papers and a walk count them."""

import math
from collections import Counter

import onnx
import pytest

from sepcost.core.errors import FileError
from sepcost.network.onnx.read import read_onnx
from tests.network.onnx import oracle as onnx_oracle
from tests.network.onnx.models import (
    DATA,
    LIGHT,
    saved,
    value,
)

IMAGE = (1, 3, 224, 224)


LIGHT_MODELS = {
    # weights, MACs and layers, as this reader counts them: they hold it to what it has counted before.
    # The two tests that follow say of five of them where the numbers come from.
    "bvlc_alexnet": (60_954_656, 654_560_384, 8),
    "densenet121": (7_894_208, 2_834_161_664, 121),
    "inception_v1": (6_990_272, 1_431_556_352, 58),
    "inception_v2": (11_174_080, 2_018_851_840, 70),
    "resnet50": (25_502_912, 4_089_184_256, 54),
    "shufflenet": (1_365_464, 124_664_528, 50),
    "squeezenet": (1_231_552, 349_151_936, 26),
    "vgg19": (143_652_544, 19_632_062_464, 19),
    "zfnet512": (87_242_528, 1_481_727_008, 8),
}


@pytest.mark.parametrize("name", LIGHT_MODELS)
def test_the_wheels_own_networks_are_counted_whole(name):
    network = read_onnx(LIGHT / f"light_{name}.onnx")
    assert (network.weights, network.macs, len(network.layers)) == LIGHT_MODELS[name]
    assert network.opaque == ()
    assert network.input == IMAGE
    assert (network.name, network.format) == (f"light_{name}", "onnx")


@pytest.mark.parametrize(
    ("name", "parameters", "uncounted", "giga"),
    [  # parameters and 10^9 MACs as torchvision lists them; biases and scales of normalization
        ("densenet121", 7_978_856, 83_648 + 1000, 2.83),
        ("resnet50", 25_557_032, 53_120 + 1000, 4.09),
        ("squeezenet", 1_235_496, 3_944, 0.35),
        ("vgg19", 143_667_240, 14_696, 19.63),
    ],
)
def test_what_is_published_of_a_network_is_what_is_counted(name, parameters, uncounted, giga):
    network = read_onnx(LIGHT / f"light_{name}.onnx")
    assert network.weights == parameters - uncounted
    assert round(network.macs / 1e9, 2) == giga


FILTERS = {
    # of each layer: weights of a filter, filters, positions
    "bvlc_alexnet": [
        (3 * 11 * 11, 96, 54 * 54),  # (224 - 11) // 4 + 1
        (96 // 2 * 5 * 5, 256, 26 * 26),  # in two groups, as are two more
        (256 * 3 * 3, 384, 12 * 12),
        (384 // 2 * 3 * 3, 384, 12 * 12),
        (384 // 2 * 3 * 3, 256, 12 * 12),
        (256 * 6 * 6, 4096, 1),
        (4096, 4096, 1),
        (4096, 1000, 1),
    ],
    "vgg19": [
        (3 * 9, 64, 224 * 224),
        (64 * 9, 64, 224 * 224),
        (64 * 9, 128, 112 * 112),
        (128 * 9, 128, 112 * 112),
        (128 * 9, 256, 56 * 56),
        *[(256 * 9, 256, 56 * 56)] * 3,
        (256 * 9, 512, 28 * 28),
        *[(512 * 9, 512, 28 * 28)] * 3,
        *[(512 * 9, 512, 14 * 14)] * 4,
        (512 * 7 * 7, 4096, 1),
        (4096, 4096, 1),
        (4096, 1000, 1),
    ],
}


@pytest.mark.parametrize("name", FILTERS)
def test_a_network_costs_the_sum_of_its_filters(name):
    network = read_onnx(LIGHT / f"light_{name}.onnx")
    assert network.weights == sum(math.prod(layer[:2]) for layer in FILTERS[name])
    assert network.macs == sum(map(math.prod, FILTERS[name]))


def test_a_network_of_a_fixed_size_is_counted_at_another(tmp_path):
    """ResNet-50 made for 224 at 256: all but the 2,048 x 1,000 of its classifier by (8/7)^2."""
    made = onnx.load(LIGHT / "light_resnet50.onnx")
    for one in made.graph.node:
        if one.op_type in ("AveragePool", "Reshape"):  # of 7 rows and to 2,048 numbers: for that size alone
            one.op_type = {"AveragePool": "GlobalAveragePool", "Reshape": "Flatten"}[one.op_type]
            del one.attribute[:], one.input[1:]
    network = read_onnx(saved(tmp_path, made), (1, 3, 256, 256))
    assert network.macs == (4_089_184_256 - 2_048_000) * 64 // 49 + 2_048_000 == 5_340_348_416
    with pytest.raises(FileError, match="Reshape 'n173': cannot make 8192 numbers 1x2048"):
        read_onnx(LIGHT / "light_resnet50.onnx", (1, 3, 256, 256))


def test_there_are_nine_of_them():
    assert {path.stem for path in LIGHT.glob("*.onnx")} == {f"light_{name}" for name in LIGHT_MODELS}


def test_resnet_50_is_that_of_its_paper():
    """25.5 M weights; 4.09 G MACs, convolutions and the classifier."""
    network = read_onnx(LIGHT / "light_resnet50.onnx")
    assert (network.weights, network.macs) == (25_502_912, 4_089_184_256)
    assert Counter(layer.kind for layer in network.layers) == {"standard": 17, "pointwise": 36, "dense": 1}
    stem = network.layers[0]
    assert (stem.kernel, stem.stride, stem.dilation, stem.groups) == ((7, 7), (2, 2), (1, 1), 1)
    assert (stem.n_i, stem.n_o, stem.macs) == (3, 64, 64 * 3 * 49 * 112 * 112)
    free = {operator.op: operator.count for operator in network.free}
    assert free["Relu"] == 49
    assert free["BatchNormalization"] == 53


def test_shufflenets_convolutions_are_named_for_what_they_are():
    kinds = Counter(layer.kind for layer in read_onnx(LIGHT / "light_shufflenet.onnx").layers)
    assert kinds == {"standard": 1, "depthwise": 16, "grouped": 32, "dense": 1}


SMALL = sorted((*DATA.glob("pytorch-converted/*/model.onnx"), *DATA.glob("pytorch-operator/*/model.onnx")))
COUNTED = [
    path
    for path in SMALL
    if set(onnx_oracle.CONVOLUTIONS + onnx_oracle.PRODUCTS)
    & {one.op_type for one in onnx.load(path).graph.node}
]


@pytest.mark.parametrize("path", COUNTED, ids=lambda path: path.parent.name)
def test_the_wheels_small_models_agree_with_a_walk(path):
    network = read_onnx(path)
    original = onnx.load(path)
    if path.parent.name == "test_operator_addmm":  # its second product reads what the first writes
        original.graph.input.append(value(original.graph.node[0].output[0], (2, 4)))
    if path.parent.name == "test_operator_conv":  # 20 images, of 3.4 million products each
        original.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 1
    assert (network.weights, network.macs) == onnx_oracle.counts(original)


def test_they_are_of_every_kind():
    assert len(COUNTED) == 34
    kinds = {layer.kind for path in COUNTED for layer in read_onnx(path).layers}
    assert kinds == {"standard", "grouped", "depthwise", "transposed", "dense"}
