"""Subtotals by kind and parameters by role: they add up to what the whole network costs."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sepcost.network.audit import audit, total
from sepcost.network.layer import Counts, NetworkLayer
from sepcost.network.model import BIASES, CONSTANT, NORMALIZATION, STATISTICS, WEIGHTS, Parameter
from sepcost.network.read import read_network
from sepcost.network.subtotals import KINDS, learned, subtotals
from tests.cli.program import ROOT, sepcost
from tests.network.layers import conv, network
from tests.network.onnx.models import LIGHT
from tests.network.pt2_archives import FIXTURES

CORPUS = [
    *(ROOT / "examples").glob("mobilenet*.toml"),
    *LIGHT.glob("*.onnx"),
    *FIXTURES.glob("*.pt2"),
]


@st.composite
def layers(draw):
    """Layers of every kind, some of which share their weights."""
    made = []
    for number in range(draw(st.integers(1, 8))):
        groups, taps = draw(st.integers(1, 4)), draw(st.integers(1, 3))
        n_i, n_o = (groups * draw(st.integers(1, 5)) for _ in range(2))
        op = draw(st.sampled_from(["Conv", "ConvTranspose", "Gemm", "MatMul", "Attention", "LSTM", "Gather"]))
        kernel = (taps, taps) if op.startswith("Conv") else ()
        layer = NetworkLayer(
            f"layer{number}", op, n_i, n_o, draw(st.integers(1, 9)), kernel, kernel, kernel, groups,
            learned=draw(st.booleans()),
        )  # fmt: skip
        made.append(layer)
    return made


@given(layers())
def test_subtotals_of_any_network_add_up_to_its_totals(made):
    audited = audit(network(*made))
    found = subtotals(audited.layers)
    assert total(one.cost for one in found) == audited.totals
    assert total(one.replaced for one in found) == audited.replaced
    assert sum(one.layers for one in found) == len(made)
    assert [one.kind for one in found] == [kind for kind in KINDS if kind in {one.kind for one in found}]


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.name)
def test_subtotals_of_every_model_at_hand_add_up_to_its_totals(path):
    audited = audit(read_network(path))
    found = subtotals(audited.layers)
    assert total(one.cost for one in found) == audited.totals
    assert sum(one.layers for one in found) == len(audited.layers)


def test_each_kind_is_told_apart():
    made = [
        conv("a"),
        conv("b", groups=64),
        conv("c", kernel=(1, 1)),
        conv("d", groups=2),
        NetworkLayer("e", "ConvTranspose", 8, 8, 9, (3, 3)),
        NetworkLayer("f", "Gemm", 8, 8, 1),
        NetworkLayer("g", "MatMul", 8, 8, 1, learned=False),
        NetworkLayer("h", "LSTM", 8, 8, 1),
        NetworkLayer("i", "Gather", 8, 8, 0),
    ]
    found = subtotals(audit(network(*made)).layers)
    assert [one.kind for one in found] == list(KINDS)
    assert found[0].cost == Counts(64 * 64 * 9, 64 * 64 * 9 * 100)


@pytest.mark.parametrize("op", ["Gemm", "MatMul", "Einsum", "com.microsoft.FusedMatMul"])
def test_a_product_of_two_maps_is_attention_wherever_its_kind_stands(op):
    """As one operator for attention is; not a product by weights, which a caller may give at run time."""
    learned = NetworkLayer("a", op, 8, 8, 1)
    handed = replace(learned, learned=False, reads_once=64)
    of_maps = replace(learned, learned=False)
    assert [one.kind for one in (learned, handed, of_maps)] == ["dense", "dense", "attention"]
    (row,) = audit(network(of_maps)).layers
    assert row.reason == "is attention, not a convolution"
    assert [one.kind for one in subtotals([row])] == ["attention"]


def test_parameters_are_told_apart_by_what_they_are_for():
    held = (
        Parameter("w", 64 * 64 * 9, WEIGHTS),
        Parameter("b", 4, BIASES),
        Parameter("gamma", 7, NORMALIZATION),
        Parameter("mean", 7, STATISTICS),
        Parameter("two", 1, CONSTANT),
    )
    found = learned(network(conv("a"), parameters=held))
    assert (found.weights, found.biases, found.normalization) == (64 * 64 * 9, 4, 7)
    assert found.all == 64 * 64 * 9 + 4 + 7


def test_parameters_of_a_file_that_names_none_are_those_of_its_layers():
    found = learned(network(conv("a", biases=64)))
    assert (found.weights, found.biases, found.all) == (64 * 64 * 9, 64, 64 * 64 * 9 + 64)


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.name)
def test_parameters_are_no_fewer_than_the_weights_or_not_known(path):
    """The wheel's networks have weights that a ConstantOfShape makes: what their files hold is no answer."""
    read = read_network(path)
    found = learned(read)
    if found is None:
        assert path.parent == LIGHT
    else:
        assert found.weights >= read.weights


def test_parameters_that_are_not_known_are_null_and_said_and_no_convention_counts_them():
    path = str(LIGHT / "light_resnet50.onnx")
    assert sepcost("audit", path, "-f", "json").json["totals"]["parameters"] is None
    assert "parameters: not known: operators make weights" in sepcost("audit", path).text
    # 25,502,912 weights and the one element of which the classifier's 1,000 biases are made.
    found = sepcost("audit", path, "--expect-weights", "25502913", "-f", "json").json["expect"]
    assert found["weights"]["conventions"] == []
