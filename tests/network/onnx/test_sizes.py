"""Sizes of ONNX models: inferred, given, open or not to be known, and the batch divided out."""

import pytest

from sepcost.network.model import Leading
from tests.network.onnx.models import (
    FLOAT,
    conv,
    lengths,
    model,
    node,
    value,
    weights,
)


@pytest.mark.parametrize("batch", [1, 2, 8, "N", None])
def test_the_batch_is_divided_out(read, batch):
    network = read(conv((batch, 3, 8, 8), (4, 3, 3, 3)))
    assert network.input == (1, 3, 8, 8)
    assert network.macs == 4 * 3 * 9 * 6 * 6


def test_a_batch_that_does_not_divide_a_layer_is_none(read):
    made = model(
        [node("Reshape", "x s", "r"), node("MatMul", "r w", "y", "mixed")],
        {"x": (2, 9)},
        [lengths("s", [3, 6]), weights("w", (6, 4))],
    )
    network = read(made)
    assert network.macs == 3 * 6 * 4
    assert (network.input, network.leading) == ((2, 9), Leading(2, "MatMul 'mixed' mixes what it has"))


def test_a_file_optimized_for_one_processor_is_refused_with_what_makes_another_of_it(refusal):
    """As onnxruntime saves a model with every optimization: channels in blocks of 8 or 16, others added."""
    blocked = node("Conv", "x w", "y", "first", domain="com.microsoft.nchwc")
    content = model([blocked], {"x": (1, 3, 8, 8)}, [weights("w", (16, 3, 3, 3))], domains=[blocked.domain])
    assert refusal(content) == (
        "Conv 'first': is written for one kind of processor: "
        "have onnxruntime optimize the model no further than ORT_ENABLE_EXTENDED"
    )


def test_open_height_and_width_are_refused_and_exact_once_they_are_given(read, refusal):
    made = conv(("N", 3, "height", "width"), (4, 3, 3, 3), strides=[2, 2])
    assert refusal(made) == (
        "input 'x': dimension 2 ('height') is open: fix it with input_shape, such as 1x3x224x224"
    )
    network = read(made, (1, 3, 224, 192))
    assert network.input == (1, 3, 224, 192)
    assert network.macs == 4 * 3 * 9 * 111 * 95  # (224 - 3) // 2 + 1 by (192 - 3) // 2 + 1


def test_open_dimensions_without_names_are_named_by_their_place(refusal):
    assert refusal(conv((None, 3, 8, None), (4, 3, 3, 3))).startswith("input 'x': dimension 3 is open")


def test_a_dimension_of_one_name_is_one_length_in_every_input(read, refusal):
    made = model(
        [node("MatMul", "x mask", "y")],
        {"x": ("N", "length", 16), "mask": ("N", 16, "length")},
    )
    assert read(made, (1, 10, 16)).macs == 10 * 16 * 10
    assert read(made, (4, 10, 16)).macs == 10 * 16 * 10
    made.graph.input[1].type.tensor_type.shape.dim[2].dim_param = "other"
    assert refusal(made, (1, 10, 16)) == (
        "input 'mask': dimension 2 ('other') is open: fix it with input_shape, such as mask=1x16x224"
    )
    assert read(made, {"": (1, 10, 16), "mask": (1, 16, 7)}).macs == 10 * 16 * 7
    assert refusal(made, {"": (1, 10, 16), "musk": (1, 16, 7)}).endswith(
        "'musk' is no input; did you mean mask?"
    )


@pytest.mark.parametrize(
    ("shape", "given", "problem"),
    [
        ((1, 3, None, None), (3, 8, 8), "input_shape: 3x8x8 has 3 dimensions, input 'x' has 4"),
        (
            (1, 3, None, None),
            (1, 4, 8, 8),
            "Conv that writes 'y': reads 4 channels, but its weights 4x3x3x3 in 1 group do not fit",
        ),
        (
            (1, 3, "s", "s"),
            (1, 3, 8, 9),
            "input_shape: 1x3x8x9 makes dimension 3 of input 'x' 9, but 's' is 8",
        ),
        ((1, 3, None, None), (1, 3, 8, 0), "input_shape: '0' is not a whole number"),
        (
            (1, 3, 2, 8),
            (1, 3, 2, 8),
            "Conv that writes 'y': its kernel of 3 is larger than its padded input",
        ),
    ],
)
def test_an_input_shape_that_does_not_fit_is_refused(refusal, shape, given, problem):
    assert refusal(conv(shape, (4, 3, 3, 3)), given).startswith(problem)


def test_an_input_without_a_shape_takes_the_one_given(read, refusal):
    made = model([node("Conv", "x w", "y")], {"x": None}, [weights("w", (4, 3, 3, 3))])
    assert refusal(made) == "input 'x': has no shape: give input_shape, such as 1x3x224x224"
    assert read(made, (1, 3, 8, 8)).macs == 4 * 3 * 9 * 6 * 6


def test_a_model_without_inputs_takes_no_shape(read, refusal):
    made = model([node("MatMul", "a b", "y")], {}, [weights("a", (5, 4)), weights("b", (4, 2))])
    assert read(made).input == ()
    assert refusal(made, (1, 3)) == "input_shape: fits no input: the network has none that is a tensor"


def test_a_size_that_a_node_computes_from_shapes_is_known(read):
    """Flattening as exporters write it: Reshape to [batch, -1], the batch read by Shape and Gather."""
    made = model(
        [
            node("Shape", "x", "s"),
            node("Gather", "s zero", "n"),
            node("Concat", "n minus", "to", axis=0),
            node("Reshape", "x to", "flat"),
            node("MatMul", "flat w", "y"),
        ],
        {"x": ("N", 4, 5, 5)},
        [lengths("zero", [0]), lengths("minus", [-1]), weights("w", (100, 10))],
    )
    assert read(made).macs == 100 * 10


def test_a_size_that_depends_on_numbers_is_an_error_that_names_the_operator(refusal):
    made = model(
        [node("NonZero", "x", "z"), node("Cast", "z", "f", to=FLOAT), node("MatMul", "f w", "y", "proj")],
        {"x": (1, 4)},
        [weights("w", (9, 3))],
    )
    assert refusal(made) == (
        "MatMul 'proj': the size of its input 'f' cannot be resolved: "
        "NonZero that writes 'z' cannot be followed"
    )


def test_stated_shapes_are_not_believed(read):
    made = model(
        [node("Relu", "x", "r"), node("Conv", "r w", "y")], {"x": (1, 3, 8, 8)}, [weights("w", (4, 3, 3, 3))]
    )
    made.graph.value_info.append(value("r", (1, 3, 4, 4)))
    made.graph.output[0].CopyFrom(value("y", (1, 4, 2, 2)))
    assert read(made).macs == 4 * 3 * 9 * 6 * 6


def test_but_those_behind_a_foreign_operator_are_all_there_is(read, refusal):
    nodes = [node("Fuse", "x", "r", domain="vendor"), node("Conv", "r w", "y")]
    made = model(nodes, {"x": ("N", 3, 8, 8)}, [weights("w", (4, 3, 3, 3))], domains=["vendor"])
    assert "the size of its input 'r' cannot be resolved" in refusal(made)
    made.graph.value_info.append(value("r", ("N", 3, 4, 4)))
    network = read(made)
    assert network.macs == 4 * 3 * 9 * 2 * 2
    assert [operator.op for operator in network.opaque] == ["vendor.Fuse"]


@pytest.mark.parametrize("inside", [None, ("N", 3, 4, 4)], ids=["", "inside too"])
def test_one_that_the_graph_hands_out_is_known_by_its_outputs_shape(read, inside):
    nodes = [node("Fuse", "x", "r", domain="vendor"), node("Conv", "r w", "y")]
    made = model(nodes, {"x": ("N", 3, 8, 8)}, [weights("w", (4, 3, 3, 3))], domains=["vendor"])
    made.graph.output.append(value("r", ("N", 3, 4, 4)))
    if inside:
        made.graph.value_info.append(value("r", inside))
    assert read(made).macs == 4 * 3 * 9 * 2 * 2
