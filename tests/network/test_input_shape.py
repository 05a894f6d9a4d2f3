"""The shapes of inputs, given or open: every format says and does the same of them."""

import pytest

from sepcost.core.errors import FileError
from sepcost.network.read import read_network
from tests.network import keras_archives as keras
from tests.network import pt2_archives as pt2
from tests.network.onnx import models as onnx
from tests.network.tflite_files import Made

WIDTH, WRITTEN = 8, 5


def onnx_file(folder, x, other):
    made = onnx.model(
        [onnx.node("Add", "x m", "s"), onnx.node("MatMul", "s w", "y")],
        {"x": x, "m": other},
        [onnx.weights("w", (WIDTH, WRITTEN))],
    )
    return onnx.saved(folder, made)


def tflite_file(folder, x, other):
    made = Made()
    inputs = [
        made.tensor(*(n or 1 for n in sizes), name=name, open_=[at for at, n in enumerate(sizes) if not n])
        for name, sizes in (("x", x), ("m", other))
    ]
    total = made.call("ADD", inputs, [made.tensor(1, WIDTH, open_=(0,))])
    dense = [total, made.held(WRITTEN, WIDTH)]
    y = made.call("FULLY_CONNECTED", dense, [made.tensor(1, WRITTEN, open_=(0,))])
    return made.saved(folder, inputs, [y])


def pt2_file(folder, x, other):
    sizes = [[n or f"s{at}" for at, n in enumerate(one)] for one in (x, other)]
    tensors = {"x": pt2.tensor(*sizes[0]), "m": pt2.tensor(*sizes[1]), "s": pt2.tensor(*sizes[0])}
    tensors |= {"w": pt2.tensor(WRITTEN, WIDTH), "y": pt2.tensor(sizes[0][0], WRITTEN)}
    nodes = [
        ("torch.ops.aten.add.Tensor", {"self": pt2.ref("x"), "other": pt2.ref("m")}, ["s"]),
        ("torch.ops.aten.linear.default", {"input": pt2.ref("s"), "weight": pt2.ref("w")}, ["y"]),
    ]
    return pt2.archived(folder, pt2.program(nodes, tensors, ["w"], ["x", "m"]))


def keras_file(folder, x, other):
    inputs = [
        keras.layer("InputLayer", name, batch_shape=list(one)) for name, one in (("x", x), ("m", other))
    ]
    layers = [*inputs, keras.layer("Add", "s", "x", "m"), keras.layer("Dense", "y", "s", units=WRITTEN)]
    return keras.archived(folder, keras.functional(*layers, inputs=("x", "m")))


FILES = {"onnx": onnx_file, "tflite": tflite_file, "pt2": pt2_file, "keras": keras_file}


@pytest.fixture(params=FILES)
def written(request, tmp_path):
    return lambda x, other: FILES[request.param](tmp_path, x, other)


def refusal(path, given=None):
    with pytest.raises(FileError) as caught:
        read_network(path, input_shape=given)
    return caught.value.problem.replace("'", "")


def test_a_batch_that_is_given_for_the_first_input_is_that_of_all_whose_own_is_open(written):
    network = read_network(written((None, WIDTH), (None, WIDTH)), input_shape=(4, WIDTH))
    assert network.macs == WIDTH * WRITTEN
    assert network.leading.reason is None


def test_a_shape_that_no_input_can_have_is_refused_in_the_same_words(written):
    path = written((None, WIDTH), (None, WIDTH))
    assert refusal(path, (2, 3, 4)) == "input_shape: 2x3x4 has 3 dimensions, input x has 2"
    assert refusal(path, (0, WIDTH)).startswith("input_shape: 0 is not a whole number")


@pytest.mark.parametrize("format_", ["tflite", "pt2", "keras"])
def test_an_open_dimension_is_asked_for_of_the_input_that_a_shape_can_be_given_for(tmp_path, format_):
    """For ONNX, which takes shapes by name, see `onnx/test_open`."""
    symbol = " (s1)" if format_ == "pt2" else ""
    found = refusal(FILES[format_](tmp_path, (None, None), (None, WIDTH)))
    assert found == f"input x: dimension 1{symbol} is open: fix it with input_shape, such as 1x224"
    found = refusal(FILES[format_](tmp_path, (None, WIDTH), (None, None)))
    mend = "input_shape fixes input x alone; export this one fixed"
    assert found == f"input m: dimension 1{symbol} is open: {mend}"
