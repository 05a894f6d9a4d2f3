"""Keras' own models: what it says of them, and what PyTorch runs of them, against what is read."""

import keras
import pytest
import torch

from sepcost.network.read import read_network
from sepcost.torch import read_module
from tests.network.keras_archives import FIXTURES
from tests.network.torch.keras_models import MODELS

pytestmark = pytest.mark.filterwarnings("ignore")  # of both libraries' own


def saved(folder, model):
    model.save(folder / "net.keras")
    return read_network(folder / "net.keras")


@pytest.mark.parametrize("name", MODELS)
def test_parameters_and_shapes_are_those_of_keras(tmp_path, name):
    model = MODELS[name]()
    network = saved(tmp_path, model)
    assert sum(one.elements for one in network.parameters) == model.count_params()
    shapes = {one.name: one.shape for one in network.tensors}
    for layer in model.layers:
        theirs = (1, *layer.output.shape[1:])
        ours = shapes.get(f"{layer.name}/activation") or shapes.get(layer.name)
        assert ours in (theirs, None) or None in theirs
    last = shapes[network.outputs[0]]
    assert all(b in (a, None) for a, b in zip(last[1:], model.output.shape[1:], strict=True))


@pytest.mark.parametrize("name", ["mobilenet", "unet", "vit"])
def test_macs_are_those_that_pytorch_runs(tmp_path, name):
    model = MODELS[name]()
    live = read_module(model, torch.zeros(1, *model.input.shape[1:]))
    network = saved(tmp_path, model)
    assert network.macs == live.macs
    assert network.weights == live.weights


@pytest.mark.parametrize("name", ["mobilenet", "unet", "vit"])
def test_macs_are_those_of_the_onnx_file(tmp_path, name):
    model = MODELS[name]()
    x = torch.zeros(1, *model.input.shape[1:])
    torch.onnx.export(model.eval(), (x,), tmp_path / "net.onnx", dynamo=True, verbose=False)
    theirs = read_network(tmp_path / "net.onnx")
    if theirs.opaque:
        pytest.skip(f"{theirs.opaque[0].op} of the ONNX file is not counted")
    assert saved(tmp_path, model).macs == theirs.macs


@pytest.mark.parametrize("name", MODELS)
def test_the_archive_in_the_repository_is_the_model_that_it_is_named_after(tmp_path, name):
    keras.utils.clear_session()
    network = saved(tmp_path, MODELS[name]())
    theirs = read_network(FIXTURES / f"{name}.keras")
    assert [layer.macs for layer in theirs.layers] == [layer.macs for layer in network.layers]


@pytest.mark.parametrize(
    ("name", "macs"),
    [
        ("MobileNet", 568_740_352),  # the paper's Table 4: 569 M
        ("MobileNetV2", 300_774_272),  # the paper's Table 4: 300 M
        ("EfficientNetB0", 385_814_752),  # the paper's Table 2: 0.39 B
        ("ConvNeXtTiny", None),
    ],
)
def test_published_networks_count_as_published(tmp_path, name, macs):
    model = getattr(keras.applications, name)(weights=None)
    network = saved(tmp_path, model)
    assert sum(one.elements for one in network.parameters) == model.count_params()
    assert macs in (None, network.macs)
    assert network.opaque == ()
