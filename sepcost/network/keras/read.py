"""Networks in .keras archives: the description in JSON alone is read, and shapes follow from it.

Weights are never opened: their shapes follow too. Functional and sequential models are read, in one another
too; a subclassed one holds no layers. Nothing that a file names is imported or run.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from sepcost.core.errors import FieldError, FileError, QuantityError, quoted
from sepcost.core.files import Path, stem
from sepcost.core.quantity import LARGEST
from sepcost.network.archive import read_json
from sepcost.network.assembly import Assembly
from sepcost.network.input_shape import batch_of, checked_shape, open_dimension
from sepcost.network.keras.arguments import Arguments, tensors_in
from sepcost.network.keras.graph import name_of, table
from sepcost.network.keras.options import bits_of
from sepcost.network.keras.walk import Walk
from sepcost.network.model import Network
from sepcost.network.names import clean_name
from sepcost.network.products import MOST_AXES
from sepcost.network.shape_rules import Shape


def read_keras(path: Path, input_shape: Sequence[int] | None = None, unbatched: bool = False) -> Network:
    """Read a network from a .keras archive.

    input_shape: the whole shape, batch first, of the model's first input; every size then follows from it.
    unbatched: whether that has no batch in front.
    Raises FileError, which names the layer or dimension at fault.
    """
    shown = os.fspath(path)
    (content,) = read_json(path, "Keras archive", lambda names: [_description(shown, names)])
    try:
        return _network(content, stem(path), input_shape, unbatched)
    except (FieldError, QuantityError) as error:
        raise FileError(shown, error) from None


def _description(shown: str, names: list[str]) -> str:
    if "config.json" not in names:
        raise FileError(
            shown, "is no Keras archive: it holds no config.json; model.save('net.keras') writes one"
        )
    return "config.json"


def _network(
    content: Mapping[str, Any], name: str, input_shape: Sequence[int] | None, unbatched: bool
) -> Network:
    config = content.get("config")
    if not isinstance(config, dict) or not isinstance(config.get("layers"), list):
        raise QuantityError(
            f"holds no layers: {quoted(str(content.get('class_name')))} is subclassed; "
            "this makes a readable file of it: model.export('net.onnx', format='onnx')"
        )
    stated = list(_inputs(content, config))
    if not stated:
        raise QuantityError("has no input of a known shape: build it before it is saved")
    first, sizes, _ = stated[0]
    given = None if input_shape is None else checked_shape(input_shape, first, len(sizes))
    first_shape = given or _fixed(stated[0], 1)
    batch = batch_of(first_shape)
    shapes = [first_shape, *(_fixed(one, batch, only=first) for one in stated[1:])]
    found = Assembly(1 if unbatched else batch)
    for (own, _, bits), shape in zip(stated, shapes, strict=True):
        found.take(own, shape, bits)
    same = all(size in (None, length) for size, length in zip(sizes, first_shape, strict=True))
    walk = Walk(found, as_stated=same, batch=batch)
    keys = [own for own, _, _ in stated]
    return found.network(name, "keras", walk.model(config, "", Arguments.of(*keys)))


Input = tuple[str, list[int | None], int | None]
"""An input: its name, its sizes, None where one is open, and bits of an element."""


def _inputs(content: Mapping[str, Any], config: Mapping[str, Any]) -> list[Input]:
    """Return the inputs of a model, in the order in which it takes them."""
    layers = [layer for layer in config["layers"] if isinstance(layer, dict)]
    places = {name_of(layer): layer for layer in layers if layer.get("class_name") == "InputLayer"}
    if "input_layers" in config:
        named = [name for name, _, _ in tensors_in(config["input_layers"])]
        if not set(named) <= set(places):
            raise QuantityError("takes inputs that are no layers of it")
        return [_input(name, places[name].get("config")) for name in named]
    if not layers:
        return []
    first = table(layers[0].get("config"))
    build = table(content.get("build_config"))
    for holder, key in (
        (first, "batch_shape"),
        (first, "batch_input_shape"),
        (config, "build_input_shape"),
        (build, "input_shape"),
    ):
        if isinstance(holder.get(key), list):
            name = name_of(layers[0]) if layers[0].get("class_name") == "InputLayer" else "input"
            return [_input(name, {**first, "batch_shape": holder[key]})]
    return []


def _input(name: str, config: Any) -> Input:
    own = table(config)
    shape = own.get("batch_shape") or own.get("batch_input_shape")
    if not isinstance(shape, list) or not 1 <= len(shape) <= MOST_AXES:
        raise FieldError(f"input {clean_name(name)}", "has no shape of 1 to 16 dimensions")
    for size in shape:
        if size is not None and (type(size) is not int or not 1 <= size <= LARGEST):
            raise FieldError(f"input {clean_name(name)}", f"has a size that is none from 1 to {LARGEST}")
    return clean_name(name), shape, bits_of(own)


def _fixed(stated: Input, batch: int, only: str = "") -> Shape:
    """Return an input's shape, an open batch fixed; FieldError where another dimension is open.

    only: the input that a shape can be given for, where that is another.
    """
    name, sizes, _ = stated
    if None in sizes[1:]:
        raise open_dimension(name, sizes, sizes.index(None, 1), only=only)
    return tuple(batch if size is None else size for size in sizes)
