"""Calls of PyTorch's operators, as a .pt2 archive or a live module gives them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from sepcost.core.errors import FieldError, QuantityError
from sepcost.core.quantity import LARGEST, by
from sepcost.network.products import MOST_AXES
from sepcost.network.shape_rules import Shape


class Ref(NamedTuple):
    """A tensor, by name, as an argument."""

    name: str


class RunTime:
    """A number that is known at run time alone, as an argument."""


class Meta(NamedTuple):
    """What is known of a tensor before anything is computed; a size of None stays open."""

    sizes: tuple[int | None, ...]
    bits: int | None

    @property
    def shape(self) -> Shape | None:
        """The sizes, None where one is open."""
        known = tuple(size for size in self.sizes if size is not None)
        return known if len(known) == len(self.sizes) else None


class Held(NamedTuple):
    """An input of a graph that the file fills: `fqn` is its name in the module, one for all that are one."""

    fqn: str
    learned: bool


class Call(NamedTuple):
    """One call of an operator.

    target: namespace.operator.overload. arguments: by the names of the operator's schema; tensors as Ref.
    outputs: names of the tensors that it returns. path: of the module that called it, '' for the outermost.
    module: that module's class where it is one of torch.nn's own, else None.
    function: the function of PyTorch that was called, where that is known.
    """

    name: str
    target: str
    arguments: Mapping[str, Any]
    outputs: tuple[str, ...]
    path: str = ""
    module: str | None = None
    function: str | None = None

    @property
    def operator(self) -> str:
        """The operator without its overload; in-place forms are those that they are named after."""
        space, _, rest = self.target.partition(".")
        name = rest.partition(".")[0]
        return f"{space}.{name[:-1] if name.endswith('_') and not name.endswith('__') else name}"

    @property
    def in_place(self) -> bool:
        """Whether it writes its result over the first tensor that it is given."""
        name = self.target.split(".")[1:2]
        return bool(name) and name[0].endswith("_") and not name[0].endswith("__")

    @property
    def chooses(self) -> bool:
        """Whether a number that is known at run time alone says what it does, such as which row it picks."""
        values = self.arguments.values()
        return any(isinstance(one, RunTime) for value in values for one in _each(value))

    def tensors(self) -> Iterator[str]:
        """Yield the names of the tensors that it reads, in order, its first argument first."""
        first = [name for name in _FIRST if name in self.arguments][:1]
        for name in dict.fromkeys((*first, *self.arguments)):
            yield from _refs(self.arguments[name])

    def tensor(self, name: str) -> str | None:
        """Return the name of the tensor under an argument, None where there is none."""
        value = self.arguments.get(name)
        return value.name if isinstance(value, Ref) else None

    def needed(self, name: str) -> str:
        """Return the name of the tensor under an argument; QuantityError where there is none."""
        found = self.tensor(name)
        if found is None:
            raise QuantityError(f"lacks its tensor {name}")
        return found

    def optional(self, name: str) -> tuple[str, ...]:
        """Return the name of the tensor under an argument, alone, or none."""
        found = self.tensor(name)
        return () if found is None else (found,)

    def list_of(self, name: str) -> list[str]:
        """Return the names of the tensors in a list."""
        value = self.arguments.get(name)
        return [one.name for one in value if isinstance(one, Ref)] if isinstance(value, (list, tuple)) else []

    def whole(self, name: str, default: int) -> int:
        """Return a whole number from -10^9 to 10^9."""
        value = self.arguments.get(name)
        if value is None:
            return default
        if not isinstance(value, int) or not -LARGEST <= value <= LARGEST:
            raise QuantityError(f"its {name} is no whole number up to {LARGEST}")
        return int(value)

    def lengths(self, name: str, axes: int, default: int) -> Shape:
        """Return one whole number an axis; one alone stands for all."""
        value = self.arguments.get(name)
        if value is None or value == []:
            return (default,) * axes
        values = tuple(value) if isinstance(value, (list, tuple)) else (value,)
        if len(values) == 1:
            values *= axes
        if len(values) != axes or not all(isinstance(one, int) and 0 <= one <= LARGEST for one in values):
            raise QuantityError(f"its {name} is not {axes} whole numbers from 0 to {LARGEST}")
        return values


class Graph(NamedTuple):
    """A network as calls in order.

    metas: of every tensor, by name. held: inputs that the file fills, by name. inputs: the others' names.
    """

    calls: list[Call]
    metas: Mapping[str, Meta]
    held: Mapping[str, Held]
    inputs: list[str]
    outputs: list[str]


def checked_sizes(sizes: tuple[int | None, ...], name: str) -> tuple[int | None, ...]:
    """Return sizes that a tensor can have; FieldError for others."""
    if len(sizes) > MOST_AXES:
        raise FieldError(f"tensor {name}", f"has {len(sizes)} dimensions, more than {MOST_AXES}")
    if any(size is not None and not 0 <= size <= LARGEST for size in sizes):
        shown = by(0 if size is None else size for size in sizes)
        raise FieldError(f"tensor {name}", f"is {shown[:80]}; sizes go from 0 to {LARGEST}")
    return sizes


_CONTAINERS = ("torch.nn.modules.container.", "torch.nn.modules.module.")


def called_by(path: str, class_: str) -> tuple[str, str | None]:
    """Return the path of a module as its author writes it, and its class where it is one of torch.nn's own.

    >>> called_by("L['self'].layer1.0@1", "torch.nn.modules.conv.Conv2d")
    ('layer1.0', 'torch.nn.modules.conv.Conv2d')
    """
    plain = path.removeprefix("L['self']").removeprefix("L__self__").lstrip(".").partition("@")[0]
    if plain.startswith("_empty_nn_module_stack"):
        return "", None
    own = class_.startswith("torch.nn.modules.") and not class_.startswith(_CONTAINERS)
    return plain, class_ if own else None


_BUILT_IN = (
    *("adaptive_avg_pool1d", "avg_pool1d", "avg_pool2d", "avg_pool3d", "gelu", "linear", "pad", "prelu"),
    *("conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d"),
    *("hardshrink", "logsigmoid", "pixel_shuffle", "scaled_dot_product_attention", "softplus", "softshrink"),
)
"""Functions of torch.nn.functional that are built in, and go by no other name as a rule."""


def function_called(traced: str) -> str | None:
    """Return the function that PyTorch traced, as its author writes it; None where nothing is known.

    >>> function_called("function.relu"), function_called("builtin_function_or_method.relu")
    ('F.relu', 'torch.relu')
    >>> function_called("method_descriptor.add"), function_called("builtin_function_or_method.gelu")
    ('Tensor.add', 'F.gelu')
    """
    kind, _, name = traced.partition(".")
    if kind == "function":
        return f"torch.{name}" if name == "einsum" else f"F.{name}"
    if kind == "builtin_function_or_method":
        return f"F.{name}" if name in _BUILT_IN else f"torch.{name}"
    return f"Tensor.{name}" if kind == "method_descriptor" else None


def schema_arguments(
    target: Any, given: Iterable[Any], named: Mapping[str, Any], value: Callable[[Any], Any]
) -> dict[str, Any]:
    """Return what an operator of torch was called with, by its schema's names; `value` converts each."""
    schema = getattr(target, "_schema", None)
    names = [argument.name for argument in schema.arguments] if schema is not None else []
    found = {names[at] if at < len(names) else str(at): value(one) for at, one in enumerate(given)}
    return found | {name: value(one) for name, one in named.items()}


_FIRST = ("condition", "sorted_sequence", "self", "input", "data", "weight")
"""What operators call their first tensor, by the first of these that they have: files have any order."""


def _refs(value: Any) -> Iterator[str]:
    yield from (one.name for one in _each(value) if isinstance(one, Ref))


def _each(value: Any) -> Iterator[Any]:
    """Yield a value, or those in it where it is a list."""
    if isinstance(value, (list, tuple)) and not isinstance(value, Ref):
        for one in value:
            yield from _each(one)
    else:
        yield value
