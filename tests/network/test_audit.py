"""Each layer compared with a scheme: replaced where that takes fewer MACs, else with a reason."""

from fractions import Fraction

import pytest

from sepcost.comparison import compare
from sepcost.core.errors import FieldError, QuantityError
from sepcost.core.layer import Layer
from sepcost.network.audit import audit
from sepcost.network.layer import Counts, NetworkLayer
from sepcost.network.read import read_network
from tests.cli.program import ROOT
from tests.network.layers import conv, network
from tests.network.onnx.models import LIGHT

EXAMPLES = ROOT / "examples"


def test_the_papers_layer_and_its_replacement():
    """MobileNet, Table 3: 512 to 512 at 14x14, standard and separable."""
    audited = audit(network(conv("conv", 512, 512, 14 * 14)))
    (row,) = audited.layers
    assert row.cost == Counts(weights=2_359_296, macs=462_422_016)
    assert row.replacement.scheme == "separable"
    assert (row.replacement.weights, row.replacement.macs) == (266_752, 52_283_392)
    assert [stage.name for stage in row.replacement.stages] == ["depthwise", "pointwise"]
    assert (audited.totals, audited.replaced) == (row.cost, row.replaced_cost)


def test_replacing_the_standard_mobilenet_gives_mobilenet():
    """All but its first layer, which MobileNet keeps."""
    audited = audit(read_network(EXAMPLES / "mobilenet_v1_standard.toml"))
    mobilenet = read_network(EXAMPLES / "mobilenet_v1.toml")
    stem = audited.layers[0]
    saved = Counts(*(now - then for now, then in zip(stem.cost, stem.replaced_cost, strict=True)))
    assert audited.replaced.weights + saved.weights == mobilenet.weights == 4_209_088
    assert audited.replaced.macs + saved.macs == mobilenet.macs == 568_740_352
    assert audited.replaced_layers == 14
    assert audited.totals == (29_281_120, 4_867_293_184)


@pytest.mark.parametrize(
    ("layer", "reason"),
    [
        (conv("c", groups=64), "has more than one group"),
        (conv("c", groups=2), "has more than one group"),
        (conv("c", kernel=(1, 1)), "has one tap"),
        (conv("c", learned=False), "its weights are not learned"),
        (NetworkLayer("c", "ConvTranspose", 8, 8, 9, (3, 3)), "is ConvTranspose, not Conv"),
        (NetworkLayer("c", "QLinearConv", 8, 8, 9, (3, 3)), "is QLinearConv, not Conv"),
        *(
            (NetworkLayer("c", op, 8, 8, 1), "is dense, not a convolution")
            for op in ("Gemm", "MatMul", "Einsum", "com.microsoft.FusedGemm")
        ),
        (NetworkLayer("c", "LSTM", 8, 8, 1), "is LSTM, not Conv"),
        (conv("c", n_o=1), "separable takes no fewer MACs"),  # 1 * 9 < 1 + 9
        (conv("c", n_o=2, kernel=(1, 2)), "separable takes no fewer MACs"),  # 2 * 2 = 2 + 2
    ],
)
def test_what_is_not_replaced_has_a_reason(layer, reason):
    (row,) = audit(network(layer)).layers
    assert (row.replacement, row.reason) == (None, reason)
    assert row.replaced_cost == row.cost


def test_a_kernel_of_any_number_of_axes_is_replaced_with_its_taps():
    rows = audit(network(conv("1-D", kernel=(5,)), conv("3-D", kernel=(3, 3, 3)))).layers
    assert [row.replacement.weights for row in rows] == [64 * (64 + 5), 64 * (64 + 27)]


@pytest.mark.parametrize(
    ("scheme", "gamma", "n_i", "n_o"),
    [
        ("separable", None, 64, 128),
        ("generalized", 2, 64, 128),
        ("generalized", "4", 64, 96),
        ("generalized", None, 64, 128),
        ("distributed", None, 64, 256),
    ],
)
def test_a_replacement_costs_what_the_scheme_costs_on_one_layer(scheme, gamma, n_i, n_o):
    (row,) = audit(network(conv("c", n_i, n_o, 56 * 56)), scheme, gamma).layers
    alone = compare(Layer(n_i, n_o, kernel=3, size=56, gamma=gamma)).scheme(scheme).cost
    assert (row.replacement.weights, row.replacement.macs) == (alone.weights, alone.macs)


@pytest.mark.parametrize(
    ("scheme", "n_o", "reason"),
    [
        ("generalized", 32, "gamma = N_o/N_i = 1/2 is below 1"),
        ("generalized", 96, "not realizable: its multiplier 3/2 is not whole"),
        ("distributed", 128, "not realizable: its multiplier sqrt(2) is not whole"),
        ("distributed", 144, "not realizable: its multiplier 3/2 is not whole"),
        ("generalized", 64 * 9, "generalized takes no fewer MACs"),  # gamma 9 is no less than its 9 taps
    ],
)
def test_a_scheme_that_cannot_be_built_says_so(scheme, n_o, reason):
    (row,) = audit(network(conv("c", 64, n_o)), scheme).layers
    assert row.reason == reason


def test_nothing_is_replaced_where_nothing_is_asked_for():
    audited = audit(network(conv("c")), None)
    assert audited.layers[0].reason == "no replacement is wanted"
    assert audited.replaced == audited.totals


@pytest.mark.parametrize(
    ("scheme", "gamma", "error"),
    [
        ("seperable", None, QuantityError),
        ("standard", None, FieldError),
        ("separable", 2, FieldError),
        ("distributed", 4, FieldError),
        (None, 4, FieldError),
        ("generalized", Fraction(9, 4), FieldError),
        ("generalized", "1/2", FieldError),
        ("generalized", 0, FieldError),
    ],
)
def test_what_cannot_be_asked_for_is_refused(scheme, gamma, error):
    with pytest.raises(error):
        audit(network(conv("c")), scheme, gamma)


W = 64 * 64 * 9
S = 64 * (64 + 9)


def weights_after(*layers):
    audited = audit(network(*layers))
    assert audited.replaced.weights == sum(row.replaced_cost.weights for row in audited.layers)
    return [row.replaced_cost.weights for row in audited.layers]


def test_layers_that_share_weights_share_their_replacement():
    assert weights_after(conv("a"), conv("b", shares="a"), conv("c", shares="a")) == [S, 0, 0]


def test_weights_that_a_layer_still_needs_are_kept():
    """The same tensor, read by a convolution of two groups over twice the channels."""
    stays = {"n_i": 128, "groups": 2}
    assert weights_after(conv("a"), conv("b", shares="a", **stays)) == [S + W, 0]
    assert weights_after(conv("a", **stays), conv("b", shares="a"), conv("c", shares="a")) == [W, S, 0]


def test_resnet_50_replaced():
    audited = audit(read_network(LIGHT / "light_resnet50.onnx"))
    assert audited.replaced_layers == 1 + 3 + 4 + 6 + 3  # the stem, and the 3x3 of each block
    stem = (64 * 3 * 49 - 3 * (64 + 49)) * 112 * 112
    blocks = [(3, 64, 56), (4, 128, 28), (6, 256, 14), (3, 512, 7)]
    inner = sum(number * (c * c * 9 - c * (c + 9)) * side * side for number, c, side in blocks)
    assert audited.totals.macs - audited.replaced.macs == stem + inner
