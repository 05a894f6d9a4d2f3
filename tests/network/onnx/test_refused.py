"""Names of ONNX models, and files that cannot be right: refused, with what is wrong."""

import os
import subprocess
import sys

import onnx
import pytest
from onnx import TensorProto

from sepcost.core.errors import FileError
from sepcost.network.onnx.read import LARGEST_ONNX, read_onnx
from tests.network.onnx.models import (
    LIGHT,
    conv,
    model,
    node,
    saved,
    weights,
)


def test_names_are_made_unique_and_found_for_those_without(read):
    nodes = [
        node("Conv", "x w", "a"),
        node("Conv", "x w", "b", "conv"),
        node("Conv", "x w", "c", "conv"),
        node("MatMul", "x v", "d", "\x1b[2Jfc\n"),
        node("Conv", "x w", "e", "n" * 500),
        node("Conv", "x w", "f"),
    ]
    made = model(nodes, {"x": (1, 3, 8, 8)}, [weights("w", (4, 3, 3, 3)), weights("v", (8, 2))])
    names = [layer.name for layer in read(made).layers]
    assert names == ["Conv_1", "conv", "conv_2", "\ufffd[2Jfc\ufffd", "n" * 200, "Conv_5"]


def test_a_name_that_is_not_utf8_is_shown_all_the_same(tmp_path):
    made = model([node("Conv", "x w", "y", "NAME")], {"x": (1, 3, 8, 8)}, [weights("w", (4, 3, 3, 3))])
    content = made.SerializeToString().replace(b"NAME", b"\xff\xfeNA")
    assert read_onnx(saved(tmp_path, content)).layers[0].name == "\ufffd\ufffdNA"


CONV = "Conv that writes 'y': "


@pytest.mark.parametrize(
    ("x", "w", "said", "problem"),
    [
        ((1, 3, 8, 8), (4, 4, 3, 3), {}, "reads 3 channels, but its weights 4x4x3x3 in 1 group do not"),
        ((1, 3, 8, 8), (4, 3, 3, 3), {"group": 0}, "group is 0, not a whole number from 1 to"),
        ((1, 3, 8, 8), (4, 3, 3, 3), {"group": -1}, "group is -1, not a whole number from 1 to"),
        ((1, 6, 8, 8), (4, 2, 3, 3), {"group": 3}, "reads 6 channels, but its weights 4x2x3x3 in 3 groups"),
        ((1, 3, 8, 8), (4, 3, 3, 3), {"group": 2}, "reads 3 channels, but its weights 4x3x3x3 in 2 groups"),
        ((1, 3, 8, 8), (0, 3, 3, 3), {}, "its input 'w' is 0x3x3x3; sizes go from 1 to"),
        ((1, 3, 8, 8), (4, 3, -3, 3), {}, "its input 'w' is 4x3x-3x3; sizes go from 1 to"),
        ((1, 3, 8, 8), (4, 3, 3, 2**40), {}, "its input 'w' is 4x3x3x1099511627776; sizes go from 1 to"),
        ((1, 3, 8, 8), (4, 3, 3), {}, "reads 1x3x8x8 and weights of 4x3x3; one to three axes are counted"),
        ((1, 3), (4, 3), {}, "reads 1x3 and weights of 4x3; one to three axes are counted"),
        ((1, 3, 8, 8, 8, 8), (4, 3, 1, 1, 1, 1), {}, "reads 1x3x8x8x8x8 and weights of"),
        ((1, 3, 8, 8), (4, 3, 9, 3), {}, "its kernel of 9 is larger than its padded input of 8"),
        ((1, 3, 8, 8), (4, 3, 3, 3), {"kernel_shape": [5, 5]}, "kernel_shape 5x5 is not that of its weights"),
        ((1, 3, 8, 8), (4, 3, 3, 3), {"kernel_shape": [3]}, "kernel_shape is 3, not 2 numbers from 1"),
        ((1, 3, 8, 8), (4, 3, 3, 3), {"strides": [0, 1]}, "strides is 0x1, not 2 numbers from 1"),
        ((1, 3, 8, 8), (4, 3, 3, 3), {"strides": [1, 1, 1]}, "strides is 1x1x1, not 2 numbers from 1"),
        ((1, 3, 8, 8), (4, 3, 3, 3), {"strides": 1}, "its attribute strides is of another type"),
        ((1, 3, 8, 8), (4, 3, 3, 3), {"dilations": [1, -1]}, "dilations is 1x-1, not 2 numbers from 1"),
        ((1, 3, 8, 8), (4, 3, 3, 3), {"dilations": [2**62, 1]}, "dilations is 4611686018427387904x1, not 2"),
        ((1, 3, 8, 8), (4, 3, 3, 3), {"pads": [1, 1]}, "pads is 1x1, not 4 numbers from 0"),
        ((1, 3, 8, 8), (4, 3, 3, 3), {"pads": [0, 0, 0, -1]}, "pads is 0x0x0x-1, not 4 numbers from 0"),
        ((1, 3, 8, 8), (4, 3, 3, 3), {"auto_pad": "SAME"}, "auto_pad is 'SAME'"),
        ((1, 3, 8, 8), (4, 3, 3, 3), {"auto_pad": "VALID", "pads": [1] * 4}, "has pads beside auto_pad"),
    ],
)  # fmt: skip
def test_a_geometry_that_cannot_be_is_refused_before_arithmetic(refusal, x, w, said, problem):
    assert refusal(conv(x, w, **said)).startswith(CONV + problem)


@pytest.mark.parametrize("length", [0, 2**31, 2**63 - 1])
def test_an_input_of_impossible_size_is_refused(refusal, length):
    message = refusal(conv((1, 3, length, 8), (4, 3, 3, 3)))
    assert message == f"input 'x': dimension 2 is {length}, not a whole number from 1 to 1000000000"


@pytest.mark.parametrize("length", [-1, -(2**63)])
def test_a_negative_dimension_is_an_open_one(read, refusal, length):
    made = conv((length, 3, 8, length), (4, 3, 3, 3))
    assert refusal(made).startswith("input 'x': dimension 3 is open")
    assert read(made, (1, 3, 8, 8)).macs == 4 * 3 * 9 * 6 * 6


def test_a_dimension_called_by_a_question_mark_has_no_name(read):
    assert read(conv((1, 3, "?", "?"), (4, 3, 3, 3)), (1, 3, 8, 10)).macs == 4 * 3 * 9 * 6 * 8


def test_the_largest_sizes_are_counted_exactly(read):
    large = 10**9
    network = read(conv((1, large, large, large), (large, large, 1, 1)))
    assert network.weights == 10**18
    assert network.macs == 10**36


@pytest.mark.parametrize(
    ("a", "b", "problem"),
    [
        ((5, 4), (3, 2), "multiplies 5x4 and 3x2, which do not fit each other"),
        ((2, 5, 4), (3, 4, 2), "multiplies 2x5x4 and 3x4x2, which do not fit each other"),
        ((), (4, 2), "multiplies a scalar"),
    ],
)
def test_matrices_that_do_not_fit_are_refused(refusal, a, b, problem):
    made = model([node("MatMul", "x w", "y")], {"x": a}, [weights("w", b)])
    assert refusal(made) == f"MatMul that writes 'y': {problem}"


def test_a_tensor_that_is_written_twice_is_refused(refusal):
    nodes = [node("Relu", "x", "r"), node("Flatten", "x", "r"), node("MatMul", "r w", "y")]
    assert refusal(model(nodes, {"x": (1, 4)}, [weights("w", (4, 2))])) == "tensor 'r': is written twice"


def test_nodes_out_of_order_are_refused(refusal):
    nodes = [node("Conv", "r w", "c"), node("Relu", "c", "r")]
    made = model(nodes, {"x": (1, 3, 8, 8)}, [weights("w", (3, 3, 3, 3))])
    assert refusal(made) == "tensor 'r': is read before anything writes it"


def test_numbers_that_do_not_fill_their_shape_show_a_damaged_file(refusal):
    made = model([node("Conv", "x w", "y")], {"x": (1, 64, 8, 8)})
    tensor = weights("w", (64, 64, 3, 3))
    tensor.raw_data = bytes(64 * 64 * 9 * 4 - 4)
    made.graph.initializer.append(tensor)
    assert refusal(made) == "tensor 'w': holds another count of elements than its shape: the file is damaged"


def test_numbers_outside_the_file_are_not_opened(tmp_path):
    made = conv((1, 3, 8, 8), (4, 3, 3, 3))
    os.mkfifo(tmp_path / "weights.bin")  # whoever opens it waits for ever
    tensor = made.graph.initializer[0]
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="weights.bin")
    assert read_onnx(saved(tmp_path, made)).weights == 4 * 3 * 9


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "is empty"),
        (b"\x00" * 100, "is no ONNX model, or a damaged one"),
        (b"not a model", "is no ONNX model, or a damaged one"),
        (onnx.ModelProto(ir_version=8).SerializeToString(), "holds no operators: it is no ONNX model"),
    ],
)
def test_a_file_that_is_no_model_is_refused(refusal, content, problem):
    assert refusal(content).startswith(problem)


def test_a_model_without_an_operator_set_is_refused(refusal):
    made = conv((1, 3, 8, 8), (4, 3, 3, 3))
    made.ClearField("opset_import")
    assert refusal(made).startswith("states no operator set")


def test_a_file_that_is_none_is_refused(tmp_path):
    os.mkfifo(tmp_path / "fifo.onnx")
    (tmp_path / "folder.onnx").mkdir()
    with open(tmp_path / "large.onnx", "wb") as file:
        file.truncate(LARGEST_ONNX + 1)
    problems = {
        "missing": "cannot be read: no such file or directory",
        "fifo": "is not a regular file",
        "folder": "is a folder, not a file",
        "large": "is larger than 2147483647 bytes, the most that is read",
    }
    for name, problem in problems.items():
        path = tmp_path / f"{name}.onnx"
        with pytest.raises(FileError) as caught:
            read_onnx(path)
        assert str(caught.value) == f"{path}: {problem}"


def test_no_package_is_imported_to_read_a_model():
    code = (
        "import sys; from sepcost.network.read import read_network; import sepcost.network.budget;"
        f"read_network({str(LIGHT / 'light_resnet50.onnx')!r});"
        "assert not {'onnx', 'numpy', 'sympy', 'google'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
