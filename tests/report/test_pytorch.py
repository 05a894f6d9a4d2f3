"""Printed PyTorch: its parameters are the weights shown, and its forward pass writes the layer's output.

Run against modules that only count and follow sizes, and against PyTorch itself where it is installed.
"""

import importlib.util
import sys
from unittest.mock import patch

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sepcost.comparison import compare
from sepcost.core.errors import FieldError
from sepcost.core.given import Given
from sepcost.core.layer import Layer
from sepcost.core.schemes import registered, scheme_names
from sepcost.report.pytorch import pytorch
from tests.effort import tries
from tests.own import FIRE, OWN
from tests.report import recorded_torch
from tests.report.recorded_torch import Map

needs_torch = pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="needs PyTorch")


def built(text):
    """The modules of a printed text, by the names of their variables."""
    namespace = {"__name__": "printed"}
    exec(compile(text, "<printed>", "exec"), namespace)
    return {
        name: value for name, value in namespace.items() if callable(value) and not isinstance(value, type)
    }


def recorded(text):
    with patch.dict(sys.modules, recorded_torch.modules()):
        return built(text)


layers = st.builds(
    Layer,
    n_i=st.sampled_from([4, 8, 12]),
    n_o=st.sampled_from([8, 16, 48]),
    kernel=st.tuples(st.integers(1, 5), st.integers(1, 5)),
    size=st.tuples(st.integers(9, 16), st.integers(9, 16)),
    stride=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    dilation=st.tuples(st.integers(1, 2), st.integers(1, 2)),
    padding=st.sampled_from(["same", "valid", (1, 2)]),
    bias=st.sampled_from([False, True, "last"]),
)
parameters = st.fixed_dictionaries(
    {},
    optional={
        "expansion": st.integers(1, 6),
        "groups": st.sampled_from([1, 2, 4]),
        "reduction": st.sampled_from([1, 2, 4]),
        "mid": st.integers(1, 9),
        "s": st.integers(1, 5),
        "lead": st.sampled_from([1, 2, 4]),
    },
)


def text_and_weights(layer, values):
    """What is printed for every scheme, and the weights that compare counts of those that can be built."""
    asked = Given(
        layer.n_i,
        layer.n_o,
        layer.kernel,
        layer.size,
        layer.stride,
        layer.dilation,
        layer.padding,
        layer.bias,
    )
    with registered(OWN):
        names = scheme_names()
        rows = compare(layer, names, parameters=values).schemes
        weights = {row.scheme: row.cost.weights for row in rows if row.refusal is None}
        return pytorch(asked, names, values), weights


def variable(scheme):
    return scheme.replace("-", "_")


@example(layer=Layer(8, 16, (2, 4), (9, 12), (3, 2)), values={})
@example(layer=Layer(8, 16, 3, 9, 2, bias="last"), values={"expansion": 1})
@given(layer=layers, values=parameters)
def test_its_parameters_are_the_weights_shown_and_it_writes_the_output(layer, values):
    text, weights = text_and_weights(layer, values)
    modules = recorded(text)
    assert set(modules) == set(map(variable, weights))
    for scheme, count in weights.items():
        module = modules[variable(scheme)]
        assert module.count() == count, scheme
        assert module(Map(layer.n_i, *layer.size)) == Map(layer.n_o, *layer.out), scheme


@needs_torch
@settings(max_examples=tries(15))
@example(layer=Layer(8, 16, (2, 4), (9, 12), (3, 2)), values={})
@given(layer=layers, values=parameters)
def test_pytorch_itself_holds_the_weights_shown_and_writes_the_output(layer, values):
    import torch

    text, weights = text_and_weights(layer, values)
    modules = built(text)
    assert set(map(variable, weights)) == set(modules)
    for scheme, count in weights.items():
        module = modules[variable(scheme)]
        assert sum(parameter.numel() for parameter in module.parameters()) == count, scheme
        with torch.no_grad():
            written = module(torch.zeros(1, layer.n_i, *layer.size))
        assert tuple(written.shape) == (1, layer.n_o, *layer.out), scheme


def test_a_layer_is_tried_that_every_scheme_can_build():
    _, weights = text_and_weights(Layer(4, 16, 3, 12), {"lead": 2})
    assert set(weights) == {*scheme_names(), *(scheme.name for scheme in OWN)}


def test_stages_in_a_row_are_a_sequential():
    text = pytorch(Given(64, 128, (3, 4), stride=(2, 2)), ["separable"], {})
    assert text.partition("import nn\n\n")[2] == (
        f"# separable: {64 * 12 + 64 * 128:,} weights\n"
        "separable = nn.Sequential(\n"
        "    nn.ZeroPad2d((1, 2, 1, 1)),\n"
        "    nn.Conv2d(64, 64, (3, 4), stride=2, groups=64, bias=False),  # depthwise: 768 weights\n"
        "    nn.Conv2d(64, 128, 1, bias=False),  # pointwise: 8,192 weights\n"
        ")\n"
    )
    assert "import torch\n" not in text.replace("from torch import nn", "")


def test_branches_are_a_class_that_joins_them():
    with registered([FIRE]):
        text = pytorch(Given(64, 128, (3, 3)), ["fire"], {"s": 16})
    assert text.partition("import nn\n")[2] == (
        "\n\n"
        "class Fire(nn.Module):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        "        self.conv_squeeze = nn.Conv2d(64, 16, 1, bias=False)  # squeeze: 1,024 weights\n"
        "        self.conv_expand1x1 = nn.Conv2d(16, 64, 1, bias=False)  # expand1x1: 1,024 weights\n"
        "        self.conv_expand3x3 = nn.Conv2d(16, 64, 3, padding=1, bias=False)"
        "  # expand3x3: 9,216 weights\n"
        "\n"
        "    def forward(self, x):\n"
        "        squeeze = self.conv_squeeze(x)\n"
        "        expand1x1 = self.conv_expand1x1(squeeze)\n"
        "        expand3x3 = self.conv_expand3x3(squeeze)\n"
        "        return torch.cat([expand1x1, expand3x3], dim=1)\n"
        "\n\n"
        f"# fire, s 16: {64 * 16 + 16 * 64 + 16 * 64 * 9:,} weights\n"
        "fire = Fire()\n"
    )


@pytest.mark.parametrize(
    ("bias", "has"), [(False, [False, False]), (True, [True, True]), ("last", [False, True])]
)
def test_the_convolutions_have_the_biases_that_count(bias, has):
    text = pytorch(Given(8, 8, (3, 3), bias=bias), ["separable"], {})
    lines = [line for line in text.splitlines() if "nn.Conv2d" in line]
    assert ["bias=False" not in line for line in lines] == has


def test_what_cannot_be_built_is_a_comment_with_the_reason():
    text = pytorch(Given(64, 128, (3, 3)), ["distributed", "standard"], {})
    assert "\n# distributed: not realizable: its multiplier sqrt(2) is not whole\n" in text
    assert "\nstandard = nn.Sequential(\n" in text


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        (Given(64, 128), "kernel: is missing: "),
        (Given(64, None, (3, 3)), "n_o: is missing: "),
        (Given(None, 128, (3, 3)), "n_i: is missing: "),
    ],
)
def test_sizes_that_are_missing_are_named(asked, problem):
    with pytest.raises(FieldError, match=f"^{problem}"):
        pytorch(asked, ["standard"], {})
