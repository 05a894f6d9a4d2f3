"""Networks of whole families in TOML, each total against the one that its paper or another counter has."""

from fractions import Fraction

import pytest

from sepcost.network.toml.read import read_toml
from sepcost.network.width import fit_width
from tests.cli.program import ROOT
from tests.network.toml.networks import written

EXAMPLES = ROOT / "examples"
MOBILENET_V2 = EXAMPLES / "mobilenet_v2.toml"


@pytest.mark.parametrize(
    ("name", "weights", "macs"),
    [
        # Sandler et al. 2018, Table 4: 300 M MACs, 3.4 M parameters; torchvision's model: 3,469,760 weights
        # of convolutions and the classifier, and 300.8 M MACs
        ("mobilenet_v2", 3_469_760, 300_774_272),
        # torchvision's resnet18: 11,689,512 parameters - 9,600 of batch norm - 1000 biases; 1.814 G MACs
        ("resnet18", 11_689_512 - 9_600 - 1000, 1_814_073_344),
        # Tan and Le 2019, Table 2: 5.3 M parameters, 0.39 B MACs
        ("efficientnet_b0", 5_236_192, 385_814_752),
        # Zhang et al. 2018, Table 2: 137 M MACs, those of the convolutions; and the classifier's 960 x 1000
        ("shufflenet_v1", None, 136_500_672 + 960_000),
        # the same network in PyTorch, by torch.utils.flop_counter and parameters() without the one bias
        ("unet", 116_673 - 1, 401_604_608),
    ],
)
def test_an_example_has_the_totals_of_its_paper_or_of_another_counter(name, weights, macs):
    found = read_toml(EXAMPLES / f"{name}.toml")
    assert found.macs == macs
    assert weights is None or found.weights == weights


def test_squeeze_and_excite_is_of_the_channels_that_a_block_reads():
    """EfficientNet-B0: 627,200 weights, each used once, of 1/4 of what each of 16 blocks reads."""
    found = read_toml(EXAMPLES / "efficientnet_b0.toml")
    dense = [layer for layer in found.layers if layer.kind == "dense" and layer.name != "classifier"]
    reads = [32, 16, 24, 24, 40, 40, 80, 80, 80, 112, 112, 112, 192, 192, 192, 192]
    expanded = [32, *(6 * channels for channels in reads[1:])]
    each = [2 * wide * narrow // 4 for wide, narrow in zip(expanded, reads, strict=True)]
    assert [down.weights + up.weights for down, up in zip(dense[::2], dense[1::2], strict=True)] == each
    assert sum(each) == 627_200
    assert (found.weights - 627_200, found.macs - 627_200) == (4_608_992, 385_187_552)


def test_a_narrower_mobilenet_v2_rounds_blocks_before_it_expands_them_and_leaves_its_head():
    half = read_toml(MOBILENET_V2, width=Fraction(1, 2))
    assert (half.weights, half.macs) == (1_949_136, 97_131_840)
    named = {layer.name: layer for layer in half.layers}
    # 24 / 2 = 12 is as near to 8 as to 16, and 8 is below 90 % of it; expanded by 6 from 16 / 2 = 8
    assert (named["block2_1/expand"].n_i, named["block2_1/expand"].n_o) == (8, 6 * 8)
    assert named["block2_1/project"].n_o == 16
    assert named["head"].n_o == 1280
    assert read_toml(MOBILENET_V2, width=Fraction(1)) == read_toml(MOBILENET_V2)


def test_the_width_of_mobilenet_v2_within_97_million_macs_is_below_a_half():
    found = fit_width(MOBILENET_V2, max_macs=97_000_000)
    assert (found.width, found.limited_by) == (Fraction(48, 100), ("macs",))
    assert fit_width(MOBILENET_V2, max_macs=97_131_840).width >= Fraction(1, 2)
    least = read_toml(MOBILENET_V2, width=found.width)
    assert (found.totals.weights, found.totals.macs) == (least.weights, least.macs)


def wide_resnet(depth, width):
    """A wide residual network for CIFAR-10 (Zagoruyko and Komodakis 2016, Table 1), written as TOML."""
    blocks, text = (depth - 4) // 6, 'channels = 3\nsize = 32\n[[layer]]\nname = "in"\nout = 16\nkernel = 3\n'
    for stage, channels in enumerate((16 * width, 32 * width, 64 * width)):
        for block in range(blocks):
            shown = f"{stage}.{block}"
            stride = 2 if stage and not block else 1
            text += f'[[layer]]\nname = "{shown}"\n' + ("residual = true\n" if block else "")
            text += f'[[layer.layer]]\nname = "a"\nout = {channels}\nkernel = 3\nstride = {stride}\n'
            text += f'[[layer.layer]]\nname = "b"\nout = {channels}\nkernel = 3\n'
            if not block:
                text += f'[[layer.layer]]\nname = "c"\nfrom = "input"\nout = {channels}\nkernel = 1\n'
                text += f'stride = {stride}\n[[layer.layer]]\nadd = ["b", "c"]\n'
    return text + '[[layer]]\npool = "global"\n[[layer]]\ndense = 10\nbias = true\n'


def test_a_wide_residual_network_has_the_parameters_of_its_table(tmp_path):
    """WRN-40-2: 2,248,954 parameters, of them 4 x 2,704 of batch norms and 10 biases."""
    found = read_toml(written(tmp_path, wide_resnet(40, 2)))
    assert found.weights == 2_238_128
    assert sum(layer.biases for layer in found.layers) == 10


def test_the_largest_maps_of_a_mobilenet_for_a_microcontroller():
    """MobileNetV1 0.25-224 at one byte an element: 8 x 112 x 112 read and 16 x 112 x 112 written."""
    found = read_toml(EXAMPLES / "mobilenet_v1.toml", width=Fraction(1, 4))
    shapes = {tensor.name: tensor.elements for tensor in found.tensors}
    moved = {
        operator.name: sum(shapes[name] for name in (*operator.reads, *operator.writes))
        for operator in found.operators
    }
    worst = max(moved, key=lambda name: moved[name])
    assert (worst, moved[worst]) == ("conv2/pointwise", 8 * 112**2 + 16 * 112**2)
    assert moved[worst] == 301_056
