"""What a layer's call is given in a Keras description: tensors by place or name, and values beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from sepcost.core.errors import QuantityError
from sepcost.network.shape_rules import Shape

Tensor = tuple[str, int, int]
"""Which output of which call of which layer: a layer's name, the number of a call, that of an output."""

_DEEPEST = 32


class Ref(NamedTuple):
    """A tensor that a layer writes. shape: as the file states it where it is read, None where it does not."""

    tensor: Tensor
    shape: list[Any] | None = None


class Constant(NamedTuple):
    """Numbers that stand in the description itself."""

    shape: Shape
    dtype: str


class Key(NamedTuple):
    """A tensor by the key that it has in the network."""

    key: str


class Arguments:
    """What a call is given: by place ('0', '1', ...) or by name, Ref or Key for a tensor."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def __iter__(self) -> Iterator[Any]:
        """Yield every tensor and constant, in order."""
        for value in self._values.values():
            yield from _flat(value)

    @classmethod
    def of(cls, *keys: str) -> Arguments:
        """Return those of a call that is given tensors, each at a place of its own."""
        return cls({str(place): Key(key) for place, key in enumerate(keys)})

    def get(self, name: str, place: int, default: Any = None) -> Any:
        """Return an argument by its name, or by its place."""
        return self._values.get(name, self._values.get(str(place), default))

    def keys(self, name: str, place: int) -> list[str]:
        """Return the keys of the tensors in one argument."""
        return [one.key for one in _flat(self.get(name, place)) if isinstance(one, Key)]

    def operands(self) -> tuple[list[str], list[str]]:
        """Return the keys of the tensors that are computed with, and of masks, which choose among them."""
        operands: list[str] = []
        masks: list[str] = []
        for name, value in self._values.items():
            keys = [one.key for one in _flat(value) if isinstance(one, Key)]
            (masks if "mask" in name else operands).extend(keys)
        return operands, masks

    def replaced(self, change: Callable[[Any], Any]) -> Arguments:
        """Return arguments in which a function has changed each value that is no list or table."""
        return Arguments({name: _changed(value, change) for name, value in self._values.items()})


def arguments_of(call: Any) -> Arguments:
    """Return what a call is given; older versions of Keras list tensors, with what is named in a table."""
    if isinstance(call, list):
        tensors = _older(call, 0)
        named = call[0][3] if call and isinstance(call[0], list) and len(call[0]) > 3 else {}
        named = {str(name): _older(value, 0) for name, value in named.items()} if named else {}
        return Arguments({"0": tensors, **named})
    if not isinstance(call, dict):
        return Arguments({})
    args, named = call.get("args") or [], call.get("kwargs") or {}
    if not isinstance(args, list) or not isinstance(named, dict):
        raise QuantityError("is called with what are no arguments")
    placed = {str(place): _read(value, 0) for place, value in enumerate(args)}
    return Arguments({**placed, **{name: _read(value, 0) for name, value in named.items()}})


def tensors_in(structure: Any) -> list[Tensor]:
    """Return the outputs that a structure of `[name, call, output]` names, in Keras' order."""
    return [one.tensor for one in _flat(_older(structure, 0)) if isinstance(one, Ref)]


def _flat(value: Any) -> Iterator[Any]:
    """Yield tensors and constants; Keras goes through a table in the order of its keys."""
    if isinstance(value, (Ref, Key, Constant)):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _flat(one)
    elif isinstance(value, dict):
        for key in sorted(value):
            yield from _flat(value[key])


def _changed(value: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(value, list):
        return [_changed(one, change) for one in value]
    if isinstance(value, dict):
        return {key: _changed(one, change) for key, one in value.items()}
    return change(value)


def _read(value: Any, depth: int) -> Any:
    """Return a value of a call, what stands for something else in the file replaced by that."""
    if depth > _DEEPEST:
        raise QuantityError("is called with lists too deep in one another")
    if isinstance(value, list):
        return [_read(one, depth + 1) for one in value]
    if not isinstance(value, dict):
        return value
    kind, config = value.get("class_name"), value.get("config")
    if kind == "__ellipsis__":
        return ...
    if isinstance(kind, str) and isinstance(config, dict) and kind in _SPECIAL:
        return _SPECIAL[kind](config)
    return {str(key): _read(one, depth + 1) for key, one in value.items()}


def _tensor_read(config: Mapping[str, Any]) -> Ref:
    shape = config.get("shape")
    return Ref(_tensor(config.get("keras_history")), shape if isinstance(shape, list) else None)


def _constant(config: Mapping[str, Any]) -> Constant:
    return Constant(_lengths(config.get("value"), 0), str(config.get("dtype")))


def _slice(config: Mapping[str, Any]) -> slice:
    return slice(config.get("start"), config.get("stop"), config.get("step"))


_SPECIAL: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    "__keras_tensor__": _tensor_read,
    "__numpy__": _constant,
    "__tensor__": _constant,
    "__slice__": _slice,
}


def _lengths(value: Any, depth: int) -> Shape:
    """Return the shape of nested lists of numbers."""
    if not isinstance(value, list):
        return ()
    inner = {_lengths(one, depth + 1) for one in value} if depth < _DEEPEST else set()
    if len(inner) != 1:
        raise QuantityError("is called with numbers that are no tensor")
    return (len(value), *inner.pop())


def _older(value: Any, depth: int) -> Any:
    if depth > _DEEPEST:
        raise QuantityError("is called with lists too deep in one another")
    if isinstance(value, list) and len(value) >= 3 and isinstance(value[0], str) and type(value[1]) is int:
        return Ref(_tensor(value))
    if isinstance(value, list):
        return [_older(one, depth + 1) for one in value]
    if isinstance(value, dict):
        return {str(key): _older(one, depth + 1) for key, one in value.items()}
    return value


def _tensor(value: Any) -> Tensor:
    if not isinstance(value, list) or len(value) < 3:
        raise QuantityError("a layer reads what no other writes")
    name, call, output = value[:3]
    if not isinstance(name, str) or type(call) is not int or type(output) is not int:
        raise QuantityError("a layer reads what no other writes")
    return name, call, output
