"""A Keras model walked layer by layer, those of models within it too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from sepcost.core.errors import FieldError, QuantityError, quoted
from sepcost.core.quantity import LARGEST, by
from sepcost.network.assembly import Assembly
from sepcost.network.keras.arguments import Arguments, Constant, Key, Ref, Tensor, tensors_in
from sepcost.network.keras.built import check_built
from sepcost.network.keras.functions import FOLLOWED
from sepcost.network.keras.graph import Node, name_of, nodes_of, ordered, outputs_of, table
from sepcost.network.keras.kinds import is_own, wrapped
from sepcost.network.keras.layers import COUNTED
from sepcost.network.keras.options import bits_of
from sepcost.network.keras.others import FUNCTIONS, MERGES, OTHERS
from sepcost.network.keras.site import Layer, Site
from sepcost.network.model import CONSTANT, MOST_LAYERS
from sepcost.network.names import clean_name
from sepcost.network.products import MOST_AXES
from sepcost.network.shape_rules import Shape, other_output

_MODELS = ("Functional", "Model", "Sequential")
_DEEPEST = 32
_MOST_CALLS = MOST_LAYERS // 2

Stated = list[list[Any] | None]
"""The sizes of what a call writes, as those who read it say them; None where nobody does."""


class Walk:
    """Walks a model and the models in it.

    as_stated: whether sizes are those that the file was written at, so that those that it states hold.
    batch: what stands for an open batch in them.
    """

    def __init__(self, found: Assembly, as_stated: bool, batch: int) -> None:
        self._found, self._as_stated, self._batch = found, as_stated, batch
        self._calls: Counter[str] = Counter()
        self._layers: dict[str, int] = {}
        self._made = 0

    def model(self, config: Mapping[str, Any], prefix: str, given: Arguments, depth: int = 0) -> list[str]:
        """Note every layer of a model that is given these; return the keys of what it writes."""
        layers = config.get("layers")
        if not isinstance(layers, list):
            raise QuantityError("holds no layers")
        if depth > _DEEPEST:
            raise QuantityError(f"holds models more than {_DEEPEST} deep in one another")
        keys, _ = given.operands()
        if "input_layers" in config:
            return self._functional(config, layers, prefix, keys, depth)
        for layer in layers:
            if not isinstance(layer, dict):
                raise QuantityError("a layer is no table")
            if layer.get("class_name") != "InputLayer":
                keys = self._layer(layer, prefix, Arguments.of(*keys[:1]), [], depth)
        return keys

    def _functional(
        self, config: Mapping[str, Any], layers: list[Any], prefix: str, reads: list[str], depth: int
    ) -> list[str]:
        nodes = nodes_of(layers)
        inputs = tensors_in(config["input_layers"])
        if len(inputs) != len(reads):
            raise QuantityError(f"takes {len(inputs)} inputs, and is given {len(reads)}")
        if not all(tensor[:2] in nodes and not nodes[tensor[:2]].reads for tensor in inputs):
            raise QuantityError("takes inputs that are no inputs of it")
        written: dict[Tensor, str] = {}
        stated = {ref.tensor: ref.shape for node in nodes.values() for ref in node.reads}
        for tensor, key in zip(inputs, reads, strict=True):
            self._write(tensor, key, stated, written)
        for node in ordered(nodes):
            if (*node.key, 0) in written:
                continue
            if not node.reads or not all(ref.tensor in written for ref in node.reads):
                raise QuantityError(f"{quoted(node.key[0])} reads what no layer writes")
            given = self._resolved(node, prefix, written)
            said = _stated_of(node, stated) if self._as_stated else []
            for at, key in enumerate(self._layer(node.layer, prefix, given, said, depth)):
                self._write((*node.key, at), key, stated, written)
        outputs = outputs_of(config, nodes)
        if not all(tensor in written for tensor in outputs):
            raise QuantityError("returns what no layer writes")
        return [written[tensor] for tensor in outputs]

    def _write(
        self, tensor: Tensor, key: str, stated: Mapping[Tensor, Any], written: dict[Tensor, str]
    ) -> None:
        """Record what a call writes; refuse it where the file says that it has another size."""
        shape, said = self._found.shape(key), stated.get(tensor)
        if self._as_stated and said is not None and shape is not None:
            pairs = zip(said, shape, strict=False)
            if len(said) != len(shape) or any(size not in (None, length) for size, length in pairs):
                sizes = (size if type(size) is int else None for size in said[:MOST_AXES])
                problem = str(other_output(by(shape), sizes))
                raise FieldError(f"layer {quoted(clean_name(tensor[0]))}", problem)
        written[tensor] = key

    def _resolved(self, node: Node, prefix: str, written: Mapping[Tensor, str]) -> Arguments:
        """Return what a call is given, numbers that stand in it held by the network."""
        name = f"{prefix}{clean_name(node.key[0])}/call{self._made}"
        number = 0

        def key_of(value: Any) -> Any:
            nonlocal number
            if isinstance(value, Ref):
                return Key(written[value.tensor])
            if not isinstance(value, Constant) or not value.shape:
                return value
            number += 1
            key = f"{name}/constant{number}"
            self._found.hold(key, value.shape, bits_of({"dtype": value.dtype}), CONSTANT)
            return Key(key)

        return node.given.replaced(key_of)

    def _layer(
        self, layer: Mapping[str, Any], prefix: str, given: Arguments, stated: Stated, depth: int
    ) -> list[str]:
        """Note one call of a layer; return the keys of what it writes."""
        name = f"{prefix}{clean_name(name_of(layer))}"
        config = table(layer.get("config"))
        kind = layer.get("class_name")
        try:
            if not isinstance(kind, str):
                raise QuantityError("has no class")
            if self._layers.setdefault(name, id(layer)) != id(layer):
                raise QuantityError("has the name of another layer")
            if "input_layers" in config or (kind in _MODELS and is_own(layer)):
                return self.model(config, f"{name}/", given, depth + 1)
            return self._call(layer, kind, name, given, stated, depth)
        except QuantityError as error:
            raise FieldError(f"layer {quoted(name)}", str(error)) from None

    def _call(
        self, layer: Mapping[str, Any], kind: str, name: str, given: Arguments, stated: Stated, depth: int
    ) -> list[str]:
        self._made += 1
        if self._made > _MOST_CALLS:  # models in one another may call each other without end
            raise QuantityError(f"is one of more than {_MOST_CALLS} calls of layers")
        config = table(layer.get("config"))
        number, self._calls[name] = self._calls[name], self._calls[name] + 1
        if kind == "TimeDistributed" and is_own(layer) and isinstance(config.get("layer"), dict):
            return self._over_time(config["layer"], Site(self._found, name, kind, {}, given, number), depth)
        kind, config = wrapped(layer) or (kind, config)
        site = Site(self._found, name, kind, config, given, number)
        module = layer.get("module")
        function = isinstance(module, str) and ".ops" in module
        rule = _rule(kind, function) if is_own(layer) else None
        if rule is None:
            return self._unknown(site, stated)
        keys = rule(site)
        if not function:
            check_built(layer, site, rule)
        if kind not in FUNCTIONS and (option := site.config.unknown()):
            self._found.doubt(f"keras.{kind}({option})")
        return keys

    def _unknown(self, site: Site, stated: Stated) -> list[str]:
        """Note a layer of which nothing is known but the sizes that the file states."""
        op = f"keras.{clean_name(site.kind)}"
        shape = self._found.shape(site.reads[0]) if site.reads else None
        batch = shape[0] if shape else self._batch
        return [
            site.free(op, site.reads, _shape(said, batch), part=f"output{at}" if at else "", known=False)
            for at, said in enumerate(stated or [None])
        ]

    def _over_time(self, inner: Mapping[str, Any], site: Site, depth: int) -> list[str]:
        """Note a layer that is called at every step: the steps stand among the inputs of a batch."""
        read = site.read
        if len(read) < 3:
            raise QuantityError(f"reads {by(read)}, which has no steps")
        merged = site.free("Reshape", site.reads[:1], (read[0] * read[1], *read[2:]), part="steps")
        found = []
        for at, key in enumerate(self._layer(inner, f"{site.name}/", Arguments.of(merged), [], depth)):
            out = self._found.shape(key)
            shape = None if out is None else (read[0], read[1], *out[1:])
            found.append(site.free("Reshape", [key], shape, part=f"output{at}" if at else ""))
        return found


def _stated_of(node: Node, stated: Mapping[Tensor, list[Any] | None]) -> Stated:
    """Return the sizes of what a call writes, as far as any is read."""
    last = max((output for name, call, output in stated if (name, call) == node.key), default=-1)
    return [stated.get((*node.key, at)) for at in range(min(last, MOST_LAYERS) + 1)]


def _shape(stated: list[Any] | None, batch: int) -> Shape | None:
    """Return sizes that are all known but for the batch."""
    if stated is None or len(stated) > MOST_AXES:
        return None
    sizes = [batch if size is None and at == 0 else size for at, size in enumerate(stated)]
    return tuple(sizes) if all(type(one) is int and 1 <= one <= LARGEST for one in sizes) else None


def _rule(kind: str, function: bool) -> Layer | None:
    """Return what notes a layer, or a function of keras.ops, None where none is known."""
    if not function:
        return None if kind in FUNCTIONS and kind != "Softmax" else COUNTED.get(kind) or OTHERS.get(kind)
    if kind == "Matmul":
        return COUNTED[kind]
    return FOLLOWED.get(kind) or (OTHERS[kind] if kind in FUNCTIONS or kind in MERGES else None)
