"""Whose a class is, and what layers that wrap others are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sepcost.network.keras.graph import table
from sepcost.network.keras.layers import COUNTED

_OWN = ("keras", "tf_keras", "keras_core", "tensorflow")
"""Packages whose classes are Keras' own; a class of the same name elsewhere is another."""

_CELLS = {"LSTMCell": "LSTM", "GRUCell": "GRU", "SimpleRNNCell": "SimpleRNN"}
_OF_ALL_STEPS = ("name", "dtype", "return_sequences", "return_state", "time_major")
"""Options of a recurrent layer, where those of a step are its cell's."""

_OF_ONE_DIRECTION = ("dtype", "go_backwards", "name", "seed", "trainable", "zero_output_for_mask")


def is_own(layer: Mapping[str, Any]) -> bool:
    """Whether an entry is of a class of Keras itself; a name that it is registered under comes first."""
    module, registered = layer.get("module"), layer.get("registered_name")
    package = registered.partition(">")[0] if isinstance(registered, str) and ">" in registered else "keras"
    return package in _OWN and (not isinstance(module, str) or module.partition(".")[0] in _OWN)


def wrapped(layer: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]] | None:
    """Return class and configuration of a recurrent layer that wraps another, None where it is unknown."""
    kind, config = layer.get("class_name"), table(layer.get("config"))
    if kind == "RNN" and is_own(cell := table(config.get("cell"))):
        named = _CELLS.get(str(cell.get("class_name")))
        steps = {key: config[key] for key in _OF_ALL_STEPS if key in config}
        return (named, {**table(cell.get("config")), **steps}) if named else None
    if kind == "Bidirectional" and is_own(inner := table(config.get("layer"))):
        named, own = f"Bidirectional {inner.get('class_name')}", table(inner.get("config"))
        backward = config.get("backward_layer")
        if named in COUNTED and (backward is None or _is_alike(inner, table(backward))):
            return named, {
                **own,
                "merge_mode": config.get("merge_mode", "concat"),
                "name": config.get("name"),
            }
    return None


def _is_alike(layer: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two layers are the same, each in its direction."""
    same = all(layer.get(key) == other.get(key) for key in ("class_name", "module", "registered_name"))
    return same and _sizes(table(layer.get("config"))) == _sizes(table(other.get("config")))


def _sizes(config: Mapping[str, Any]) -> dict[str, Any]:
    learning = ("_constraint", "_initializer", "_regularizer")
    return {
        key: value
        for key, value in config.items()
        if key not in _OF_ONE_DIRECTION and not key.endswith(learning)
    }
