"""The sizes of an operator that the rules of counters multiply; None where one is not known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import zip_longest
from math import prod
from typing import NamedTuple

from sepcost.network.counters.calls import Call
from sepcost.network.model import BIASES, NORMALIZATION, WEIGHTS
from sepcost.network.operators import RECURRENT
from sepcost.network.products import GATES
from sepcost.network.shape_rules import Shape, lengths_of


class Quantity(NamedTuple):
    """A size of an operator that rules multiply, and its name as a rule is said: so many a `name`."""

    name: str
    of: Callable[[Call], int | None]


def _elements(shape: Shape | None) -> int | None:
    return None if shape is None else prod(shape)


def _read(call: Call) -> int | None:
    return _elements(call.read) if call.read is not None or not call.layers else call.layers[0].reads


def _written(call: Call) -> int | None:
    return _elements(call.written) if call.written is not None or not call.layers else call.layers[-1].writes


def _taps(call: Call) -> int | None:
    written, window = _written(call), call.operator.window
    return None if written is None or window is None else written * window


def _read_or_sized(call: Call) -> int | None:
    return _read(call) if call.operator.window is None else call.operator.window


def _rows(call: Call) -> int | None:
    written = _written(call)
    length = call.operator.window or (call.written[-1] if call.written else None)
    return None if written is None or not length else written // length


def _biased(call: Call) -> int | None:
    return _written(call) if call.has_bias else 0


def _biased_itself(call: Call) -> int | None:
    """Where a file names what each operator uses, another one may add a layer's biases.

    Biases may be held as the shifts of a normalization that are equal to them.
    """
    return _biased(call) if call.held(BIASES) or call.affine or not call.parameters else 0


def _at_outputs(call: Call) -> int | None:
    """Each weight once for each output position, whatever positions the layer is counted at."""
    (layer,), written = call.layers, _written(call)
    return None if written is None else int(layer.stage.weights()) * (written // layer.n_o)


def _by_output_channels(call: Call) -> int | None:
    (layer,), written = call.layers, _written(call)
    return None if written is None else written * (layer.n_o // layer.groups) * layer.taps


def _by_first_length(call: Call) -> int | None:
    """The weights' first length for each element and tap, their second where the first is the output's."""
    (layer,), written = call.layers, _written(call)
    length = layer.n_o // layer.groups if layer.n_i == layer.n_o else layer.n_i
    return None if written is None else written * length * layer.taps


def _in_groups_twice(call: Call) -> int | None:
    """Products where the outputs are divided by the groups a second time."""
    (layer,) = call.layers
    outputs = layer.n_o // layer.groups // layer.groups
    return layer.taps * layer.n_i * outputs * layer.positions * layer.batch


def _unstrided(call: Call) -> int | None:
    """Elements that a plain convolution of the same kernel, stride and padding would write, of one group.

    What is added to the output's size is less than a stride, so that up to a stride of 2 the sizes tell the
    padding.
    """
    (layer,) = call.layers
    if not call.has_bias:
        return 0
    if call.read is None or call.written is None or max(layer.stride) > 2:
        return None
    lengths = []
    read, written = (lengths_of(shape, layer.channels_last) for shape in (call.read, call.written))
    for axis, (size, out) in enumerate(zip(read, written, strict=True)):
        stride, span = layer.stride[axis], layer.dilation[axis] * (layer.kernel[axis] - 1)
        cropped = (size - 1) * stride + span + 1 - out
        lengths.append((size + cropped + cropped % 2 - span - 1) // stride + 1)
    return layer.n_o // layer.groups * prod(lengths)


def _adaptive(call: Call) -> int | None:
    """Each element's window, a mean of lengths in floating point, and a division."""
    if call.read is None or call.written is None:
        return None
    window, last = 1.0, call.operator.channels_last
    read, written = (lengths_of(shape, last) for shape in (call.read, call.written))
    # A pool over the whole map may leave out the lengths of 1 that it writes.
    for size, out in zip_longest(read, written, fillvalue=1):
        window *= size / out
    return int((window + 1) * prod(call.written))


def _gates(call: Call) -> int:
    return sum(layer.n_o * layer.positions for layer in call.layers if layer.op in RECURRENT)


def _states(call: Call) -> int:
    return _gates(call) // GATES.get(call.op, 1)


def _states_of_a_direction(call: Call) -> int:
    return _states(call) // (call.layers[0].groups if call.layers else 1)


def _scores(call: Call) -> int:
    return call.layers[0].n_o * call.layers[0].positions if call.layers else 0


def _divided(number: int | None, by: int) -> int | None:
    return None if number is None else number // by


QUANTITIES: Mapping[str, Quantity] = {
    "in": Quantity("element read", _read),
    "out": Quantity("element written", _written),
    "tap": Quantity("tap of each element written", _taps),
    "in or sized": Quantity("element read, or position of a size that is given", _read_or_sized),
    "row": Quantity("row", _rows),
    "biased": Quantity("element written, where it has a bias", _biased),
    "biased itself": Quantity("element written, where it reads a bias", _biased_itself),
    "weight": Quantity("weight", lambda call: call.held(WEIGHTS)),
    "bias": Quantity("bias", lambda call: call.held(BIASES)),
    "norm": Quantity("learned parameter of the normalization", lambda call: call.held(NORMALIZATION)),
    "mac": Quantity("MAC as counted here", lambda call: call.macs),
    "at outputs": Quantity("weight at each output position", _at_outputs),
    "at strided outputs": Quantity(
        "weight at each output position, divided by the strides",
        lambda call: _divided(_at_outputs(call), prod(call.layers[0].stride)),
    ),
    "by output channels": Quantity("element written, tap and output channel of a group", _by_output_channels),
    "by first length": Quantity("element written, tap and first length of the weights", _by_first_length),
    "in groups twice": Quantity("MAC with the output channels divided by the groups twice", _in_groups_twice),
    "unstrided": Quantity("element that a plain convolution would write, where it has a bias", _unstrided),
    "adaptive": Quantity("element of each window, and one for its division", _adaptive),
    "gate": Quantity("gate and step", _gates),
    "biased gate": Quantity(
        "gate and step, where it has biases", lambda call: _gates(call) if call.has_bias else 0
    ),
    "state": Quantity("state and step", _states),
    "state of a direction": Quantity("state and step of one direction", _states_of_a_direction),
    "score": Quantity("score", _scores),
    "added": Quantity("element that is added before", lambda call: call.held(BIASES) or _read(call)),
    "cell": Quantity(
        "parameter and state", lambda call: (call.held(WEIGHTS) + call.held(BIASES)) * _states(call)
    ),
}
"""What rules multiply."""
