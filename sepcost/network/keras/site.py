"""One call of one Keras layer: its configuration, what it reads, and what is noted of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sepcost.core.errors import QuantityError
from sepcost.core.quantity import LARGEST, by
from sepcost.network.assembly import Assembly, Counted
from sepcost.network.model import BIASES, NetworkLayer
from sepcost.network.products import Padding, Shape, check

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

_BITS = {
    "float64": 64,
    "int64": 64,
    "float16": 16,
    "bfloat16": 16,
    "int8": 8,
    "uint8": 8,
    "bool": 8,
    "int16": 16,
}


@dataclass
class Site:
    """A layer where it is called.

    name: its path, unique in the network. kind: its class. config: as the file has it.
    reads: keys of its inputs. call: how often it was called before.
    """

    found: Assembly
    name: str
    kind: str
    config: Mapping[str, Any]
    reads: Sequence[str]
    call: int = 0
    written: int = field(default=0, init=False)

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

    def wholes(self, name: str, count: int, default: int = 1) -> Shape:
        """Return so many whole numbers from 0; one alone stands for all."""
        value = self.config.get(name)
        values = [default] if value is None else value if isinstance(value, list) else [value]
        if len(values) == 1:
            values = values * count
        if len(values) != count or not all(type(one) is int and 0 <= one <= LARGEST for one in values):
            raise QuantityError(f"its {name} is not {count} whole numbers")
        return tuple(values)

    def text(self, name: str, default: str) -> str:
        """Return a text."""
        value = self.config.get(name)
        return value if isinstance(value, str) else default

    def flag(self, name: str, default: bool) -> bool:
        """Return whether an option is on."""
        value = self.config.get(name)
        return value if isinstance(value, bool) else default

    @property
    def channels_first(self) -> bool:
        """Whether maps are [N, C, L...], not [N, L..., C]."""
        return self.text("data_format", "channels_last") == "channels_first"

    def map(self, axes: int) -> tuple[int, Shape, int]:
        """Return the inputs, lengths and channels of the map that it reads."""
        read = self.read
        if len(read) != axes + 2:
            raise QuantityError(f"reads {by(read)}, which is no map of {axes} axes")
        return (read[0], read[2:], read[1]) if self.channels_first else (read[0], read[1:-1], read[-1])

    def map_of(self, inputs: int, lengths: Shape, channels: int) -> Shape:
        """Return the shape of a map."""
        return (inputs, channels, *lengths) if self.channels_first else (inputs, *lengths, channels)

    @property
    def bits(self) -> int:
        """Bits of an element of its maps."""
        return bits_of(self.config)

    def hold(self, name: str, shape: Shape, role: str) -> str:
        """Record a tensor that the layer holds, once however often it is called; return its key."""
        check(shape)
        own = f"{self.name}/{name}"
        key = f"\0{own}"  # a name that no map has, as it cannot be shown
        if not self.found.known(key):
            # A mixed policy computes in fewer bits than it holds its weights in.
            mixed = _dtype(self.config).startswith("mixed_")
            self.found.hold(key, shape, 32 if mixed else self.bits, role, own)
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
        every = [*reads, weights, *((bias,) if bias else ())]
        self.found.run(layer.op, key, list(dict.fromkeys(every)), [(key, out, self.bits)], layers=(one,))
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
        self.found.run(op, key, list(reads), [(key, out, self.bits)], free=known, window=window, mode=mode)
        return key

    def activated(self, key: str) -> str:
        """Record the activation that the configuration names, and return what comes out."""
        activation = self.config.get("activation")
        if activation in (None, "linear"):
            return key
        name = activation if isinstance(activation, str) else "function"
        op = ACTIVATIONS.get(name, f"keras.{name}")
        return self.free(op, [key], self.shape(key), part="activation", known=name in ACTIVATIONS)


def bits_of(config: Mapping[str, Any]) -> int:
    """Return the bits of an element that a configuration computes in."""
    return _BITS.get(_dtype(config).removeprefix("mixed_"), 32)


def _dtype(config: Mapping[str, Any]) -> str:
    policy = config.get("dtype")
    if isinstance(policy, dict):
        policy = policy.get("config", {}).get("name") if isinstance(policy.get("config"), dict) else None
    return policy if isinstance(policy, str) else "float32"


def pads(site: Site, axes: int) -> list[Padding]:
    """Return the padding of each axis; a causal one keeps the length, as 'same' does."""
    padding = site.text("padding", "valid")
    if padding not in ("same", "valid", "causal"):
        raise QuantityError("its padding is neither same, valid nor causal")
    return [(0, 0) if padding == "valid" else None] * axes


def bias_of(site: Site, n_o: int) -> str:
    """Record a layer's biases; return their key, '' where it has none."""
    return site.hold("bias", (n_o,), BIASES) if site.flag("use_bias", True) else ""


Layer = Callable[[Site], list[str]]
"""Records a layer; returns the keys of what it writes."""
