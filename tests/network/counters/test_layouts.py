"""A map may have its channels first or last in a file: what a counter makes of it is the same."""

import pytest

from sepcost.network.audit import audit
from sepcost.network.counters.like import like
from sepcost.network.counters.tools import TOOL_NAMES, tool_named
from sepcost.network.keras.read import read_keras
from tests.network.keras_archives import archived, functional, image, layer

LAYOUTS = {"channels_last": ((20, 50, 3), -1), "channels_first": ((3, 20, 50), 1)}
TOOLS = [name for name in TOOL_NAMES if "keras" in tool_named(name).formats or not tool_named(name).formats]


@pytest.fixture(params=LAYOUTS)
def net(request, tmp_path):
    return made(tmp_path, request.param)


def made(folder, layout):
    """A normalization of a map of 4 channels and 20 x 50 positions, 6 channels on twice as many, a pool."""
    shape, axis = LAYOUTS[layout]
    said = {"data_format": layout, "use_bias": False}
    up = {"filters": 6, "kernel_size": 2, "strides": 2, "data_format": layout}
    layers = (
        layer("Conv2D", "c", "x", filters=4, kernel_size=1, **said),
        layer("BatchNormalization", "n", "c", axis=axis),
        layer("Conv2DTranspose", "t", "n", **up),
        layer("GlobalAveragePooling2D", "p", "t", data_format=layout),
    )
    return read_keras(archived(folder, functional(image(*shape), *layers)))


def rows_of(net, tool):
    return {one.what: (one.parameters, one.macs) for one in like(net, tool_named(tool)).differences}


@pytest.mark.parametrize("tool", [name for name in TOOLS if name != "keras"])
def test_a_batch_norm_learns_a_scale_and_a_shift_of_each_channel(net, tool):
    assert rows_of(net, tool)["batch norm"][0] == 2 * 4


def test_a_window_over_the_whole_map_has_its_rows_and_columns(net):
    """thop: 40 x 100 elements and a division, of each of 6 channels."""
    assert rows_of(net, "thop")["adaptive average pool"] == (0, (40 * 100 + 1) * 6)


def test_a_plain_convolution_in_place_of_a_transposed_one_has_its_rows_and_columns(net):
    """calflops: biases on 10 x 25 outputs, what a stride of 2 leaves of 20 x 50."""
    assert rows_of(net, "calflops")["bias"] == (6, 6 * 10 * 25)


@pytest.mark.parametrize(("axis", "rows"), [(-1, 4 * 5), (1, 5 * 6), ([1, 2], 6), (None, 1)])
def test_a_softmax_has_rows_of_its_axis_wherever_that_is(axis, rows, tmp_path):
    """thop: three for each of 4 x 5 x 6 elements, one less for each row."""
    net = read_keras(archived(tmp_path, functional(image(4, 5, 6), layer("Softmax", "s", "x", axis=axis))))
    assert rows_of(net, "thop")["softmax"] == (0, 3 * 4 * 5 * 6 - rows)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("out", [[1, 1], [4, 5], [3, 7]])
def test_an_adaptive_pool_of_keras_is_one_of_pytorch_and_of_no_known_count_to_tensorflow(
    layout, out, tmp_path
):
    """thop: windows that hold the 20 x 50 map together on average, and a division each, of 3 channels."""
    said = {"output_size": out, "data_format": layout}
    shape, _ = LAYOUTS[layout]
    pool = layer("AdaptiveAveragePooling2D", "p", "x", **said)
    net = read_keras(archived(tmp_path, functional(image(*shape), pool)))
    assert rows_of(net, "thop") == {"adaptive average pool": (0, 3 * (20 * 50 + out[0] * out[1]))}
    of_keras = like(net, tool_named("keras"))
    assert (of_keras.comparable, of_keras.differences) == (False, ())


@pytest.mark.parametrize("tool", TOOLS)
def test_a_layout_changes_no_difference(tool, tmp_path):
    first, last = (rows_of(made(tmp_path, layout), tool) for layout in LAYOUTS)
    assert first == last


@pytest.mark.parametrize(("layout", "shape"), [("channels_last", (8, 20, 8)), ("channels_first", (8, 8, 20))])
def test_a_replacement_takes_rows_for_rows_where_channels_are_as_many(layout, shape, tmp_path):
    """3 x 1 on 8 x 20 leaves 6 x 20, 1 x 5 of that leaves 6 x 16: 8 to 6 channels, then 6 to 6."""
    said = {"filters": 6, "kernel_size": [3, 5], "data_format": layout}
    path = archived(tmp_path, functional(image(*shape), layer("Conv2D", "c", "x", **said)))
    (row,) = audit(read_keras(path), replace="spatial").layers
    assert row.replacement.macs == 8 * 6 * 3 * 6 * 20 + 6 * 6 * 5 * 6 * 16
