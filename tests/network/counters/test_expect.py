"""Printed numbers of published tables are found under the conventions that they were counted by."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sepcost.core.errors import FieldError, QuantityError
from sepcost.core.printed import printed
from sepcost.network.counters.expect import expected
from sepcost.network.read import read_network
from tests.cli.program import ROOT
from tests.network.layers import conv, network
from tests.network.pt2_archives import FIXTURES

EXAMPLES = ROOT / "examples"


def conventions(net, metric, text):
    return {
        match.convention.name: match.convention.value
        for match in expected(net, metric, printed(text)).matches
    }


def example(name, **options):
    return read_network(EXAMPLES / f"{name}.toml", **options)


def test_mobilenet_v1_leaves_the_classifier_out_of_macs_and_not_of_weights():
    """Table 4: 4866 M MACs leave it out, 29.3 M parameters have it in."""
    net = example("mobilenet_v1_standard")
    assert conventions(net, "macs", "4866M") == {"MACs, without the classifier": 4_866_269_184}
    assert conventions(net, "weights", "29.3M")["weights"] == 29_281_120
    assert "weights, without the classifier" not in conventions(net, "weights", "29.3M")
    assert conventions(example("mobilenet_v1"), "macs", "569M") == {"MACs": 568_740_352}


# The published sizes for 224 x 224: MACs and parameters.
@pytest.mark.parametrize(
    ("width", "macs", "weights"),
    [
        ("1", "300M", "3.47M"),
        ("3/4", "209M", "2.61M"),
        ("1/2", "97.1M", "1.95M"),
        ("7/20", "59.2M", "1.66M"),
        ("13/10", "509M", "5.34M"),
        ("7/5", "582M", "6.06M"),
    ],
)
def test_mobilenet_v2_of_every_width(width, macs, weights, tmp_path):
    """Above 1, the head of 1280 channels grows with the width."""
    head = max(int(1280 * Fraction(width)), 1280)
    text = (EXAMPLES / "mobilenet_v2.toml").read_text().replace("out = 1280", f"out = {head}")
    (tmp_path / "net.toml").write_text(text)
    net = read_network(tmp_path / "net.toml", width=Fraction(width))
    assert conventions(net, "macs", macs)["MACs"] == net.macs
    assert conventions(net, "weights", weights)["weights"] == net.weights


SHUFFLED = {1: (144, "143M"), 2: (200, "140M"), 3: (240, "137M"), 4: (272, "133M"), 8: (384, "137M")}
"""Channels of the second stage and the MACs that Table 2 prints, by groups."""


def unit(name, reads, writes, groups, strides, first=False):
    restored = writes - reads if strides else writes
    ends = (
        '[[layer.layer]]\nname = "shortcut"\nfrom = "input"\npool = 3\nstride = 2\npadding = 1\n'
        '[[layer.layer]]\nconcat = ["shortcut", "restore"]\n'
    )
    return (
        f'[[layer]]\nname = "{name}"\n{"" if strides else "residual = true"}\n'
        f'[[layer.layer]]\nname = "squeeze"\nout = {writes // 4}\nkernel = 1\n'
        f"groups = {1 if first else groups}\n"
        f'[[layer.layer]]\nname = "depthwise"\nout = {writes // 4}\nkernel = 3\nscheme = "depthwise"\n'
        f"stride = {2 if strides else 1}\n"
        f'[[layer.layer]]\nname = "restore"\nout = {restored}\nkernel = 1\ngroups = {groups}\n'
        f"{ends if strides else ''}"
    )


def shufflenet(folder, groups):
    channels, _ = SHUFFLED[groups]
    text = "channels = 3\nsize = [224, 224]\n[[layer]]\nout = 24\nkernel = 3\nstride = 2\n"
    text += "[[layer]]\npool = 3\nstride = 2\npadding = 1\n"
    reads = 24
    for stage, turns in enumerate((4, 8, 4)):
        writes = channels * 2**stage
        text += unit(f"stage{stage}_0", reads, writes, groups, True, first=stage == 0)
        for turn in range(1, turns):
            text += unit(f"stage{stage}_{turn}", writes, writes, groups, False)
        reads = writes
    text += '[[layer]]\npool = "global"\n[[layer]]\ndense = 1000\n'
    path = folder / "shufflenet.toml"
    path.write_text(text)
    return read_network(path)


@pytest.mark.parametrize("groups", SHUFFLED)
def test_shufflenet_counts_without_its_classifier(groups, tmp_path):
    _, macs = SHUFFLED[groups]
    net = shufflenet(tmp_path, groups)
    assert "MACs, without the classifier" in conventions(net, "macs", macs)


def wide_residual_network(folder):
    """WRN-40-2 for 32 x 32 and 10 classes: 3 groups of 6 blocks of two 3x3 convolutions."""
    text = "channels = 3\nsize = [32, 32]\n[[layer]]\nout = 16\nkernel = 3\n"
    for group, channels in enumerate((32, 64, 128)):
        stride = 1 if group == 0 else 2
        text += (
            f'[[layer]]\nname = "group{group}"\n'
            f'[[layer.layer]]\nname = "a"\nout = {channels}\nkernel = 3\nstride = {stride}\n'
            f'[[layer.layer]]\nname = "b"\nout = {channels}\nkernel = 3\n'
            f'[[layer.layer]]\nname = "c"\nfrom = "input"\nout = {channels}\nkernel = 1\nstride = {stride}\n'
            '[[layer.layer]]\nadd = ["b", "c"]\n'
            f'[[layer]]\nname = "group{group}_rest"\nresidual = true\nrepeat = 5\n'
            f'[[layer.layer]]\nname = "a"\nout = {channels}\nkernel = 3\n'
            f'[[layer.layer]]\nname = "b"\nout = {channels}\nkernel = 3\n'
        )
    path = folder / "wrn.toml"
    path.write_text(text + '[[layer]]\npool = "global"\n[[layer]]\ndense = 10\n')
    return read_network(path)


def test_a_wide_residual_network_normalizes_before_its_layers(tmp_path):
    """2,248,954 parameters: weights, 4 for each of 2,704 channels, 10 biases of the classifier."""
    net = wide_residual_network(tmp_path)
    assert net.weights == 2_238_128
    named = "weights + biases of dense layers + 4 a channel of batch norms before layers"
    assert conventions(net, "weights", "2248954") == {named: 2_238_128 + 4 * 2_704 + 10}
    assert conventions(net, "weights", "2.2M")["weights"] == 2_238_128


def test_efficientnet_has_normalizations_and_biases_among_its_parameters():
    """Table 2: 5.3 M parameters and 0.39 B MACs; 5,288,548 parameters in all."""
    net = example("efficientnet_b0")
    assert conventions(net, "macs", "0.39B") == {"MACs": 385_814_752}
    named = "weights + biases of dense layers + 2 a channel of batch norms after convolutions"
    assert conventions(net, "weights", "5288548") == {named: 5_288_548}
    assert named in conventions(net, "weights", "5.3M")
    assert "weights" not in conventions(net, "weights", "5.3M")


def test_what_other_counters_print_is_found_under_their_names():
    net = read_network(FIXTURES / "counted" / "resnet18.pt2")
    assert conventions(net, "macs", "1825313768") == {"MACs as ptflops counts": 1_825_313_768}
    assert conventions(net, "macs", "3636250112") == {"FLOPs as calflops counts": 3_636_250_112}
    assert conventions(net, "macs", "3648067584") == {"2 x MACs as thop counts": 2 * 1_824_033_792}
    assert conventions(net, "macs", "3.6G")["FLOPs, 2 a MAC"] == 2 * net.macs
    assert conventions(net, "weights", "11689512") == {"weights + biases + normalizations": 11_689_512}


def test_a_normalization_of_the_stem_goes_with_it():
    net = read_network(FIXTURES / "counted" / "resnet18.pt2")
    stem = 3 * 64 * 49 * 112 * 112 + 4 * 64 * 112 * 112
    assert conventions(net, "macs", str(1_824_033_792 - stem)) == {
        "MACs as thop counts, without the stem": 1_824_033_792 - stem
    }


@pytest.mark.parametrize(
    ("text", "nearest", "value"),
    [("310M", "MACs", 300_774_272), ("290.1M", "MACs, without the stem", 289_936_256)],
)
def test_where_no_convention_gives_a_number_the_nearest_is_named(text, nearest, value):
    found = expected(example("mobilenet_v2"), "macs", printed(text))
    assert found.matches == ()
    assert (found.nearest.name, found.nearest.value) == (nearest, value)


def test_a_number_that_is_cut_is_named_where_none_is_rounded():
    (match,) = expected(example("mobilenet_v2"), "macs", printed("300M")).matches
    assert (match.convention.value, match.how) == (300_774_272, "cut")
    rounded = expected(example("mobilenet_v2"), "macs", printed("301M"))
    assert {match.how for match in rounded.matches} == {"rounded"}
    assert rounded.nearest is None


def test_a_layer_alone_has_neither_stem_nor_classifier():
    assert list(conventions(network(conv("c")), "macs", str(64 * 64 * 9 * 100))) == ["MACs"]


def test_a_network_without_a_layer_is_refused():
    with pytest.raises(FieldError, match="has no layer"):
        expected(network(), "macs", printed("1M"))


@given(st.integers(1, 10**12), st.sampled_from(["", "k", "M", "G"]), st.integers(0, 3))
def test_a_number_printed_by_rounding_or_cutting_says_so(count, suffix, decimals):
    scale = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9}[suffix]
    step = Fraction(scale, 10**decimals)
    for how, digits in (("rounded", round(count / step)), ("cut", count // step)):
        text = (
            f"{int(digits) // 10**decimals}.{int(digits) % 10**decimals:0{decimals}}"
            if decimals
            else f"{digits}"
        )
        if digits == 0 or step < 1:
            continue
        said = printed(f"{text}{suffix}").says(count)
        assert said is not None
        assert how == "cut" or said in ("rounded", "exact")


@pytest.mark.parametrize(
    "text", ["", "x", "3.4", "1e6", "-3M", "3.4Mi", "0M", "1.2345k", "9" * 70, "3,4M", "٣M"]
)
def test_what_is_no_printed_number_is_refused(text):
    with pytest.raises(QuantityError):
        printed(text)
