"""What a network in TOML comes to: its layers, and every operator with the maps that it reads and writes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from sepcost.core.errors import FieldError, quoted
from sepcost.network.layer import NetworkLayer
from sepcost.network.model import BIASES, MOST_LAYERS, WEIGHTS, Network, Operator, Parameter, Tensor
from sepcost.network.names import unique_names
from sepcost.network.shape_rules import Shape
from sepcost.network.toml.maps import Map

MOST_READ = 2 * MOST_LAYERS
"""The most maps that the operators of a network read, one as often as it is read."""


class Record:
    """A network in the making, operator by operator. maps: what each name stands for."""

    def __init__(self) -> None:
        self.maps: dict[str, Map] = {}
        self._layers: list[NetworkLayer] = []
        self._operators: list[Operator] = []
        self._tensors: list[Tensor] = []
        self._parameters: list[Parameter] = []
        self._names: set[str] = set()
        self._read: set[str] = set()
        self._reads = 0
        self._unique = unique_names()

    def take(self, channels: int, size: Shape) -> Map:
        """Return the input of the network."""
        return self._written("input", channels, size, flat=False)

    def claim(self, name: str) -> None:
        """Record a name that nothing else may have."""
        if name in self._names:
            raise FieldError("name", f"the name {quoted(name)} occurs twice: names must differ")
        self._names.add(name)

    def run(
        self,
        name: str,
        op: str,
        reads: Sequence[Map],
        channels: int,
        size: Shape,
        layer: NetworkLayer | None = None,
        window: int | None = None,
    ) -> Map:
        """Add an operator, and the layer that it is counted as; return the map that it writes.

        size: () for a vector. window: elements of its input for one of its output.
        """
        self._reads += len(reads)
        if self._reads > MOST_READ:
            raise FieldError("layer", f"the network reads more than {MOST_READ} maps")
        held = () if layer is None else self._counted(layer)
        written = self._written(name, channels, size or (1,) * len(reads[0].size), flat=not size)
        self.maps[name] = written
        names = tuple(each.tensor for each in reads)
        self._read.update(names)
        counted = () if layer is None else (layer.name,)
        self._operators.append(Operator(name, op, names, (written.tensor,), counted, held, window))
        return written

    def network(self, name: str) -> Network:
        """Return the network; what nothing reads are its outputs."""
        if not self._layers:
            raise FieldError("layer", "the network has no layer with weights: give one `out` or `dense`")
        written = (operator.writes[0] for operator in self._operators)
        return Network(
            name,
            "toml",
            self._tensors[0].shape or (),
            tuple(self._layers),
            operators=tuple(self._operators),
            tensors=tuple(self._tensors),
            outputs=tuple(tensor for tensor in written if tensor not in self._read),
            parameters=tuple(self._parameters),
        )

    def _counted(self, layer: NetworkLayer) -> tuple[str, ...]:
        """Add a layer, and return the names of its parameters."""
        if len(self._layers) == MOST_LAYERS:
            raise FieldError("layer", f"the network has more than {MOST_LAYERS} layers")
        self._layers.append(layer)
        held = [Parameter(f"{layer.name}.weight", layer.weights, WEIGHTS)]
        if layer.biases:
            held.append(Parameter(f"{layer.name}.bias", layer.biases, BIASES))
        self._parameters += held
        return tuple(parameter.name for parameter in held)

    def _written(self, name: str, channels: int, size: Shape, flat: bool) -> Map:
        made = Map(self._unique(name), channels, size, flat)
        self._tensors.append(Tensor(made.tensor, made.shape))
        return made


def layer_of(
    op: str,
    read: Map,
    written: Map,
    *,
    positions: int = 1,
    bias: bool = False,
    kernel: Shape = (),
    stride: Shape = (),
    dilation: Shape = (),
    groups: int = 1,
) -> Callable[[str], NetworkLayer]:
    """Return a function that gives a counted layer its name, from the maps that it reads and writes."""
    elements = read.channels * read.positions
    return partial(
        NetworkLayer,
        op=op,
        n_i=read.channels if kernel else elements,
        n_o=written.channels,
        positions=positions,
        kernel=kernel,
        stride=stride,
        dilation=dilation,
        groups=groups,
        reads=elements,
        writes=written.channels * written.positions,
        biases=written.channels if bias else 0,
        input_shape=read.shape,
        output_shape=written.shape,
    )
