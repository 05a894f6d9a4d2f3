"""A chain of convolutions, a pool over all places and a dense layer, in formats that others export."""

from __future__ import annotations

from pathlib import Path

from sepcost.network.layer import NetworkLayer
from sepcost.network.model import Network
from tests.network.keras_archives import archived, image, layer, sequential
from tests.network.tflite_files import SAME, Made


def keras_file(folder: Path, network: Network) -> Path:
    """Write the layers of a network, each after the one before, as Keras describes them."""
    *convolutions, dense = network.layers
    _, channels, *size = network.input
    written = [image(*size, channels)]
    for each in convolutions:
        said = {"kernel_size": each.kernel, "strides": each.stride, "padding": "same", "use_bias": False}
        kind = "DepthwiseConv2D" if each.kind == "depthwise" else "Conv2D"
        said |= {"depth_multiplier": 1} if each.kind == "depthwise" else {"filters": each.n_o}
        written.append(layer(kind, each.name, **said))
    written.append(layer("GlobalAveragePooling2D", "pool"))
    written.append(layer("Dense", dense.name, units=dense.n_o, use_bias=False))
    return archived(folder, sequential(*written))


def tflite_file(folder: Path, network: Network) -> Path:
    """Write the same layers in TensorFlow Lite."""
    *convolutions, dense = network.layers
    made = Made()
    _, channels, *size = network.input
    first = read = made.tensor(1, *size, channels)
    for each in convolutions:
        read = _convolution(made, read, each)
    pooled, written = made.tensor(1, dense.n_i), made.tensor(1, dense.n_o)
    made.call("MEAN", [read, made.sizes(1, 2)], [pooled], 27, [])
    made.call(
        "FULLY_CONNECTED", [pooled, made.held(dense.n_o, dense.n_i, name=dense.name), -1], [written], 8, []
    )
    return made.saved(folder, [first], [written])


def _convolution(made: Made, read: int, each: NetworkLayer) -> int:
    """Add a convolution that pads as 'same' does, and return the number of what it writes."""
    assert each.output_shape is not None
    _, channels, *size = each.output_shape
    written = made.tensor(1, *size, channels)
    rows, columns = each.stride
    steps = [("i8", SAME), ("i32", columns), ("i32", rows)]
    if each.kind == "depthwise":
        weights = made.held(1, *each.kernel, each.n_o, name=each.name)
        made.call("DEPTHWISE_CONV_2D", [read, weights], [written], 2, [*steps, ("i32", 1)])
    else:
        weights = made.held(each.n_o, *each.kernel, each.n_i, name=each.name)
        made.call("CONV_2D", [read, weights], [written], 1, steps)
    return written
