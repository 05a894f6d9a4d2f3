"""A Keras model walked layer by layer, those of models within it too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sepcost.core.errors import FieldError, QuantityError, quoted
from sepcost.core.quantity import LARGEST, by
from sepcost.network.assembly import Assembly
from sepcost.network.keras.graph import Node, Tensor, name_of, nodes_of, ordered, table, tensors_in
from sepcost.network.keras.layers import COUNTED
from sepcost.network.keras.others import FUNCTIONS, MERGES, OTHERS, RESHAPES, is_free
from sepcost.network.keras.site import Layer, Site
from sepcost.network.model import MOST_LAYERS, clean_name
from sepcost.network.products import MOST_AXES, Shape

_OWN = ("keras", "tf_keras", "keras_core", "tensorflow")
"""Packages whose classes are Keras' own; a class of the same name elsewhere is another."""

_MODELS = ("Functional", "Model", "Sequential")
_CELLS = {"LSTMCell": "LSTM", "GRUCell": "GRU", "SimpleRNNCell": "SimpleRNN"}
_DEEPEST = 32
_MOST_CALLS = MOST_LAYERS // 2


class Walk:
    """Walks a model and the models in it.

    as_stated: whether sizes are those that the file was written at, so that it may state what follows
    from no rule. batch: what stands for an open batch in what it states.
    """

    def __init__(self, found: Assembly, as_stated: bool, batch: int) -> None:
        self._found, self._as_stated, self._batch = found, as_stated, batch
        self._calls: Counter[str] = Counter()
        self._made = 0

    def model(
        self, config: Mapping[str, Any], prefix: str, reads: Sequence[str], depth: int = 0
    ) -> list[str]:
        """Note every layer of a model that reads these keys; return the keys of what it writes."""
        layers = config.get("layers")
        if not isinstance(layers, list):
            raise QuantityError("holds no layers")
        if depth > _DEEPEST:
            raise QuantityError(f"holds models more than {_DEEPEST} deep in one another")
        if "input_layers" in config:
            return self._functional(config, layers, prefix, reads, depth)
        keys = list(reads[:1])
        for layer in layers:
            if not isinstance(layer, dict):
                raise QuantityError("a layer is no table")
            if layer.get("class_name") != "InputLayer":
                keys = self._layer(layer, prefix, keys[:1], [], depth)
        return keys

    def _functional(
        self, config: Mapping[str, Any], layers: list[Any], prefix: str, reads: Sequence[str], depth: int
    ) -> list[str]:
        nodes = nodes_of(layers)
        inputs = tensors_in(config["input_layers"])
        if len(inputs) != len(reads):
            raise QuantityError(f"takes {len(inputs)} inputs, and is given {len(reads)}")
        written: dict[Tensor, str] = dict(zip(inputs, reads, strict=True))
        stated = {tensor: shape for node in nodes.values() for tensor, shape in node.stated.items()}
        for node in ordered(nodes):
            if (*node.key, 0) in written:
                continue
            missing = next((tensor for tensor in node.inputs if tensor not in written), None)
            if missing is not None or not node.inputs:
                raise QuantityError(f"{quoted(node.key[0])} reads what no layer writes")
            own = [written[tensor] for tensor in node.inputs]
            for at, key in enumerate(self._layer(node.layer, prefix, own, self._stated(node, stated), depth)):
                written[(*node.key, at)] = key
        outputs = tensors_in(config.get("output_layers"))
        if not all(tensor in written for tensor in outputs):
            raise QuantityError("returns what no layer writes")
        return [written[tensor] for tensor in outputs]

    def _stated(self, node: Node, stated: Mapping[Tensor, list[Any]]) -> list[Shape | None]:
        """Return the shapes that those who read a call's outputs say that these have."""
        if not self._as_stated:
            return []
        found: list[Shape | None] = []
        while (shape := stated.get((*node.key, len(found)))) is not None:
            sizes = [self._batch if size is None and at == 0 else size for at, size in enumerate(shape)]
            known = len(sizes) <= MOST_AXES and all(type(one) is int and 1 <= one <= LARGEST for one in sizes)
            found.append(tuple(sizes) if known else None)
        return found

    def _layer(
        self,
        layer: Mapping[str, Any],
        prefix: str,
        reads: Sequence[str],
        stated: list[Shape | None],
        depth: int,
    ) -> list[str]:
        """Note one call of a layer; return the keys of what it writes."""
        name = f"{prefix}{clean_name(name_of(layer))}"
        config = table(layer.get("config"))
        kind = layer.get("class_name")
        try:
            if not isinstance(kind, str):
                raise QuantityError("has no class")
            if kind in _MODELS or (isinstance(config.get("layers"), list) and "input_layers" in config):
                return self.model(config, f"{name}/", reads, depth + 1)
            return self._call(layer, kind, config, name, reads, stated, depth)
        except QuantityError as error:
            raise FieldError(f"layer {quoted(name)}", str(error)) from None

    def _call(
        self,
        layer: Mapping[str, Any],
        kind: str,
        config: Mapping[str, Any],
        name: str,
        reads: Sequence[str],
        stated: list[Shape | None],
        depth: int,
    ) -> list[str]:
        self._made += 1
        if self._made > _MOST_CALLS:  # models in one another may call each other without end
            raise QuantityError(f"is one of more than {_MOST_CALLS} calls of layers")
        inner = next((config[key] for key in ("layer", "cell") if isinstance(config.get(key), dict)), None)
        if kind == "TimeDistributed" and inner is not None:
            return self._over_time(inner, name, reads, depth)
        if inner is not None and (known := _recurrent(kind, config, inner)) is not None:
            kind, config = known
        site = Site(self._found, name, kind, config, reads, self._calls[name])
        self._calls[name] += 1
        module = layer.get("module")
        package = module.partition(".")[0] if isinstance(module, str) else "keras"
        function = isinstance(module, str) and ".ops" in module
        rule = None if package not in _OWN else _rule(kind, function)
        if rule is not None:
            self._check_built(layer, kind, site)
            return rule(site)
        known_op = function and package in _OWN and kind in RESHAPES
        op = RESHAPES[kind] if known_op else f"keras.{clean_name(kind)}"
        return [
            site.free(op, reads, shape, part=f"output{at}" if at else "", known=known_op and is_free(op))
            for at, shape in enumerate(stated or [None])
        ]

    def _over_time(self, inner: Mapping[str, Any], name: str, reads: Sequence[str], depth: int) -> list[str]:
        """Note a layer that is called at every step: the steps stand among the inputs of a batch."""
        site = Site(self._found, name, "TimeDistributed", {}, reads, self._calls[name])
        self._calls[name] += 1
        read = site.read
        if len(read) < 3:
            raise QuantityError(f"reads {by(read)}, which has no steps")
        merged = site.free("Reshape", reads, (read[0] * read[1], *read[2:]), part="steps")
        key = self._layer(inner, f"{name}/", [merged], [], depth)[0]
        out = self._found.shape(key)
        return [site.free("Reshape", [key], None if out is None else (read[0], read[1], *out[1:]))]

    def _check_built(self, layer: Mapping[str, Any], kind: str, site: Site) -> None:
        """Refuse a layer that reads other sizes than it was built for: its weights would be others."""
        built = table(layer.get("build_config")).get("input_shape")
        if not isinstance(built, list) or kind not in (*COUNTED, *OTHERS) or kind in MERGES:
            return
        read = self._found.shape(site.reads[0]) if site.reads else None
        if read is None or len(built) != len(read):
            return
        channels = 1 if site.channels_first else len(read) - 1
        for axis, (size, length) in enumerate(zip(built, read, strict=True)):
            if axis and type(size) is int and size != length and (self._as_stated or axis == channels):
                raise QuantityError(f"reads {by(read)}, but its weights are for {size} in dimension {axis}")


def _rule(kind: str, function: bool) -> Layer | None:
    """Return what notes a layer, or a function of keras.ops, None where none is known."""
    if not function:
        return COUNTED.get(kind) or OTHERS.get(kind)
    if kind == "Matmul":
        return COUNTED[kind]
    return OTHERS[kind] if kind in FUNCTIONS or kind in MERGES else None


def _recurrent(
    kind: str, config: Mapping[str, Any], inner: Mapping[str, Any]
) -> tuple[str, Mapping[str, Any]] | None:
    """Return class and configuration of a recurrent layer that wraps another, None where it is unknown."""
    own = table(inner.get("config"))
    named = inner.get("class_name")
    if kind == "RNN" and named in _CELLS:
        return _CELLS[named], {**own, **{key: value for key, value in config.items() if key != "cell"}}
    if kind == "Bidirectional" and isinstance(named, str) and f"Bidirectional {named}" in COUNTED:
        return f"Bidirectional {named}", {
            **own,
            "merge_mode": config.get("merge_mode"),
            "name": config.get("name"),
        }
    return None
