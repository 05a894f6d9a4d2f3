"""One call of one Keras layer: its configuration, what it reads, and what is noted of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sepcost.core.errors import QuantityError, one_of
from sepcost.core.quantity import LARGEST, by
from sepcost.network.assembly import Assembly
from sepcost.network.keras.arguments import Arguments
from sepcost.network.keras.options import Options, bits_of, is_mixed
from sepcost.network.layer import NetworkLayer
from sepcost.network.model import BIASES
from sepcost.network.products import Padding, check
from sepcost.network.provenance import Written
from sepcost.network.shape_rules import Shape, lengths_of
from sepcost.network.step import Counted, Step

ACTIVATIONS = {
    "celu": "Celu",
    "elu": "Elu",
    "exponential": "Exp",
    "gelu": "Gelu",
    "hard_shrink": "Shrink",
    "hard_sigmoid": "HardSigmoid",
    "hard_silu": "HardSwish",
    "hard_swish": "HardSwish",
    "hard_tanh": "Clip",
    "leaky_relu": "LeakyRelu",
    "log_softmax": "LogSoftmax",
    "mish": "Mish",
    "relu": "Relu",
    "relu6": "Clip",
    "selu": "Selu",
    "sigmoid": "Sigmoid",
    "silu": "Swish",
    "soft_shrink": "Shrink",
    "softmax": "Softmax",
    "softplus": "Softplus",
    "softsign": "Softsign",
    "swish": "Swish",
    "tanh": "Tanh",
}
"""Keras' activations under ONNX's names."""

_LAST = "channels_last"
_KEEPS = ("Cast", "Dropout", "Flatten", "Identity", "Reshape", "Squeeze", "Transpose", "Unsqueeze")
"""These pass on every element of what they read."""


class Site:
    """A layer where it is called.

    name: its path, unique in the network. kind: its class. config: as the file has it. given: its arguments.
    call: how often it was called before. weights: shapes of what it holds, by name.
    """

    def __init__(
        self,
        found: Assembly,
        name: str,
        kind: str,
        config: Mapping[str, Any],
        given: Arguments,
        call: int = 0,
    ) -> None:
        self.found, self.name, self.kind, self.call = found, name, kind, call
        self.config, self.given = Options(config), given
        self.reads, self.masks = given.operands()
        self._waiting = self.masks
        self.weights: dict[str, Shape] = {}

    @property
    def read(self) -> Shape:
        """The shape of the first input."""
        return self.shape(self.reads[0]) if self.reads else ()

    def shape(self, key: str) -> Shape:
        """Return a tensor's shape; QuantityError where it is not known."""
        shape = self.found.shape(key)
        if shape is None:
            raise QuantityError(f"the size of its input {key} cannot be resolved")
        return shape

    @property
    def shapes(self) -> list[Shape]:
        """The shapes of all inputs."""
        return [self.shape(key) for key in self.reads]

    def whole(self, name: str, default: int | None = None) -> int:
        """Return a whole number from -10^9 to 10^9."""
        value = self.config.get(name, default)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not -LARGEST <= value <= LARGEST:
            raise QuantityError(f"its {name} is no whole number up to {LARGEST}")
        return value

    def wholes(self, name: str, count: int, default: int | None = 1) -> Shape:
        """Return so many whole numbers from 0; one alone stands for all."""
        value = self.config.get(name)
        values = [default] if value is None else value if isinstance(value, list) else [value]
        if len(values) == 1:
            values = values * count
        if len(values) != count or not all(type(one) is int and 0 <= one <= LARGEST for one in values):
            raise QuantityError(f"its {name} is not {count} whole numbers")
        return tuple(values)

    def text(self, name: str, default: str, allowed: tuple[str, ...] = ()) -> str:
        """Return a text, one of those that are allowed where it says which."""
        value = self.config.get(name)
        if value is None:
            return default
        if not isinstance(value, str) or (allowed and value.lower() not in allowed):
            raise QuantityError(
                f"its {name} is not {one_of(allowed)}" if allowed else f"its {name} is no text"
            )
        return value.lower() if allowed else value

    def flag(self, name: str, default: bool) -> bool:
        """Return whether an option is on."""
        value = self.config.get(name, default)
        if value not in (None, False, True):
            raise QuantityError(f"its {name} is neither true nor false")
        return bool(value)

    def asked(self, name: str, place: int) -> bool:
        """Return whether a call asks for something."""
        return bool(self.given.get(name, place))

    @property
    def channels_first(self) -> bool:
        """Whether maps are [N, C, L...], not [N, L..., C]."""
        return self.text("data_format", _LAST, (_LAST, "channels_first")) == "channels_first"

    def map(self, axes: int) -> tuple[int, Shape, int]:
        """Return the inputs, lengths and channels of the map that it reads."""
        read = self.read
        if len(read) != axes + 2:
            raise QuantityError(f"reads {by(read)}, which is no map of {axes} axes")
        last = not self.channels_first
        return read[0], lengths_of(read, last), read[-1 if last else 1]

    def map_of(self, inputs: int, lengths: Shape, channels: int) -> Shape:
        """Return the shape of a map."""
        return (inputs, channels, *lengths) if self.channels_first else (inputs, *lengths, channels)

    @property
    def bits(self) -> int | None:
        """Bits of an element of its maps; a function of Keras that is not told has those that it reads."""
        if self.config.get("dtype") is None and (read := [self.found.bits(key) for key in self.reads]):
            return None if None in read else max(one for one in read if one is not None)
        return bits_of(self.config)

    def hold(self, name: str, shape: Shape, role: str) -> str:
        """Record a tensor that the layer holds, once however often it is called; return its key."""
        check(shape)
        own = f"{self.name}/{name}"
        key = f"\0{own}"  # a name that no map has, as it cannot be shown
        self.weights[name] = shape
        if self.found.known(key):
            if self.found.shape(key) != shape:
                built = by(self.found.shape(key) or (1,))
                raise QuantityError(
                    f"needs a {name} of {by(shape)}, but was called before with one of {built}"
                )
        else:
            self.found.hold(key, shape, 32 if is_mixed(self.config) else self.bits, role, own)
        return key

    def key(self, part: str = "") -> str:
        """Return a key for what the layer writes, or for a map between its parts."""
        again = f"@{self.call}" if self.call else ""
        return f"{self.name}{again}{'/' if part else ''}{part}"

    def count(
        self,
        layer: NetworkLayer,
        weights: str,
        reads: Sequence[str],
        out: Shape,
        *,
        part: str = "",
        bias: str = "",
    ) -> str:
        """Record a counted operator that writes one map; return that one's key."""
        key = self.key(part)
        one = Counted(layer, weights, tuple(reads), (key,), (bias,) if bias else ())
        self.run(layer.op, [*reads, weights, *one.biases], [(key, out, self.bits)], layers=(one,))
        return key

    def free(
        self,
        op: str,
        reads: Sequence[str],
        out: Shape | None,
        *,
        part: str = "",
        window: int | None = None,
        mode: str | None = None,
        known: bool = True,
    ) -> str:
        """Record an operator that is not counted, opaque unless it is `known`; return the key."""
        key = self.key(part)
        written, keeps = [(key, out, self.bits)], op in _KEEPS
        self.run(op, reads, written, free=known, keeps=keeps, window=window, mode=mode)
        return key

    def run(self, op: str, reads: Sequence[str], writes: Sequence[Written], **said: Any) -> None:
        """Record an operator; the first of a call reads the call's masks too."""
        for _, shape, _ in writes:
            check(shape or ())
        every, self._waiting = [*reads, *self._waiting], []
        said = {"channels_last": not self.channels_first, **said}
        self.found.run(Step(op, writes[0][0], list(dict.fromkeys(every)), writes, **said))

    def activated(self, key: str) -> str:
        """Record the activation that the configuration names, and return what comes out."""
        activation = self.config.get("activation")
        if activation in (None, "linear"):
            return key
        name = activation if isinstance(activation, str) else "function"
        op = ACTIVATIONS.get(name, f"keras.{name}")
        return self.free(op, [key], self.shape(key), part="activation", known=name in ACTIVATIONS)

    def doubt_activations(self, *names: str) -> None:
        """Leave a layer that activates in a way that is not known in doubt."""
        for name in names:
            value = self.config.get(name)
            if value not in (None, "linear") and not (isinstance(value, str) and value in ACTIVATIONS):
                self.found.doubt(f"keras.{value if isinstance(value, str) else 'function'}")


def windows(site: Site, axes: int) -> tuple[Shape, Shape, Shape]:
    """Return kernel, stride and dilation of a convolution; a kernel has to be given."""
    kernel = site.wholes("kernel_size", axes, default=None)
    return kernel, site.wholes("strides", axes), site.wholes("dilation_rate", axes)


def pads(site: Site, axes: int) -> list[Padding]:
    """Return the padding of each axis; a causal one keeps the length, as 'same' does."""
    padding = site.text("padding", "valid", ("same", "valid", "causal"))
    return [(0, 0) if padding == "valid" else None] * axes


def bias_of(site: Site, n_o: int) -> str:
    """Record a layer's biases; return their key, '' where it has none."""
    return site.hold("bias", (n_o,), BIASES) if site.flag("use_bias", True) else ""


Layer = Callable[[Site], list[str]]
"""Records a layer; returns the keys of what it writes."""
