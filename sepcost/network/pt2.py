"""Networks in .pt2 archives, as `torch.export.save` writes them.

The program and where its weights are, in JSON, are read; weights and sample inputs, which may be pickles, are
never opened. An open dimension is a symbol: that of the batch is 1, and `input_shape` sets the others.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from sepcost.core.errors import FieldError, FileError, QuantityError, SepcostError, quoted
from sepcost.core.files import Path, stem
from sepcost.network.archive import read_json
from sepcost.network.aten.calls import (
    Call,
    Graph,
    Held,
    Meta,
    Ref,
    RunTime,
    called_by,
    checked_sizes,
    function_called,
)
from sepcost.network.aten.graph import mixing, network_of
from sepcost.network.aten.sizes import Sizes
from sepcost.network.model import Network
from sepcost.network.names import clean_name

_BITS = {1: 8, 2: 8, 3: 16, 4: 32, 5: 64, 6: 16, 7: 32, 8: 64, 9: 32, 10: 64, 11: 128, 12: 8, 13: 16, 28: 16}
_BITS |= {29: 8, 30: 8, 31: 8, 32: 8, 33: 8, 34: 32, 35: 64}
"""Bits of an element, by PyTorch's number of its type."""

_PLAIN = ("as_int", "as_ints", "as_float", "as_floats", "as_bool", "as_string")
_DEEPEST = 16
_OLDER = "serialized_exported_program.json"
_WEIGHTS = "weights_config.json"
"""How the name of the text ends that says in which part of the archive each parameter is."""


def read_pt2(path: Path, input_shape: Sequence[int] | None = None, unbatched: bool = False) -> Network:
    """Read a network from a .pt2 archive, of any layout that `torch.export.save` has had.

    input_shape: the whole shape, batch first, of the program's first input that is a tensor; it sets open
    dimensions. unbatched: whether that has no batch in front.
    Raises FileError, which names the operator, tensor or dimension at fault.
    """
    shown = os.fspath(path)
    program, *weights = read_json(path, "archive of torch.export.save", lambda names: _texts(shown, names))
    try:
        tied = _tied(weights)
        graph, sizes = _decoded(program, tied, input_shape, None if unbatched else 1)
        if sizes.opened is not None and (mixed := mixing(_decoded(program, tied, input_shape, 2)[0])):
            raise sizes.open(*sizes.opened, f" and no batch, as {mixed} mixes what it has")
        return network_of(graph, stem(path), "pt2", unbatched)
    except (FieldError, QuantityError) as error:
        raise FileError(shown, error) from None


def _decoded(
    program: Mapping[str, Any], tied: Mapping[str, str], input_shape: Sequence[int] | None, batch: int | None
) -> tuple[Graph, Sizes]:
    """Return a program's graph, and its sizes; QuantityError where it is not built as one.

    tied: the names that parameters go by, each for all that are one. batch: what stands for an open batch,
    None where there is none.
    """
    try:
        return _graph(program, tied, input_shape, batch)
    except SepcostError:
        raise
    except (KeyError, TypeError, AttributeError, IndexError, ValueError):
        raise QuantityError("is no archive of torch.export.save: its program lacks a part") from None


def _texts(shown: str, names: list[str]) -> list[str]:
    """Return the name of the entry that holds the program, and of the one that says where weights are."""
    found = [name for name in names if name == _OLDER or name.endswith(f"/{_OLDER}")]
    found = found or [
        name for name in names if name.endswith(".json") and f"/{name}".rpartition("/")[0].endswith("/models")
    ]
    if not found:
        raise FileError(shown, "holds no exported program: torch.export.save(program, 'net.pt2') writes one")
    if len(found) > 1:
        listed = ", ".join(quoted(os.path.basename(name)) for name in found[:3])
        raise FileError(shown, f"holds {len(found)} programs ({listed}): save the one to be read alone")
    return found + [name for name in names if name.endswith(_WEIGHTS)][:1]


def _tied(weights: list[dict[str, Any]]) -> dict[str, str]:
    """Return each parameter under the name of the first that is the same part of the archive."""
    config = weights[0].get("config") if weights else None
    firsts: dict[str, str] = {}
    entries = config.items() if isinstance(config, dict) else ()
    placed = ((fqn, one) for fqn, one in entries if isinstance(one, dict) and one.get("path_name"))
    return {fqn: firsts.setdefault(repr(one), fqn) for fqn, one in placed}


def _graph(
    program: Mapping[str, Any], tied: Mapping[str, str], input_shape: Sequence[int] | None, batch: int | None
) -> tuple[Graph, Sizes]:
    module = program["graph_module"]
    graph, signature = module["graph"], module["signature"]
    held, inputs = _inputs(signature["input_specs"], graph)
    held = {name: one._replace(fqn=tied.get(one.fqn, one.fqn)) for name, one in held.items()}
    values = graph["tensor_values"]
    sizes = Sizes({name: _stated(values[name], name) for name in inputs}, batch)
    sizes.fix(input_shape)
    reader = _Reader(sizes)
    reader.take(graph)
    calls = list(reader.calls(graph, _same, 0))
    outputs = [name for spec in signature["output_specs"] for name in _returned(spec)]
    return Graph(calls, reader.metas, held, inputs, outputs), sizes


def _inputs(specs: list[Any], graph: Mapping[str, Any]) -> tuple[dict[str, Held], list[str]]:
    """Return the tensors that the file fills, and the names of those that a caller gives."""
    held: dict[str, Held] = {}
    inputs = []
    for spec in specs:
        if "user_input" in spec:
            tensor = spec["user_input"]["arg"].get("as_tensor")
            if tensor is not None:
                inputs.append(_text(tensor["name"]))
        for kind in ("parameter", "buffer", "tensor_constant"):
            if kind in spec:
                fqn = _text(spec[kind][f"{kind}_name"])
                held[_text(spec[kind]["arg"]["name"])] = Held(fqn, kind == "parameter")
    for name in held:
        if name not in graph["tensor_values"]:
            raise FieldError(f"tensor {clean_name(name)}", "has no size")
    return held, inputs


def _returned(spec: Mapping[str, Any]) -> Iterator[str]:
    """Yield the tensor that stays when a program has run: one that it returns, or a buffer's new elements."""
    if "as_tensor" in spec.get("user_output", {}).get("arg", {}):
        yield _text(spec["user_output"]["arg"]["as_tensor"]["name"])
    for kind in ("buffer_mutation", "user_input_mutation"):
        if kind in spec:
            yield _text(spec[kind]["arg"]["name"])


class _Reader:
    """Reads calls, one graph after another, those in it among them; `metas` grows by their tensors."""

    def __init__(self, sizes: Sizes) -> None:
        self.metas: dict[str, Meta] = {}
        self._sizes = sizes
        self._numbers: dict[str, int | None] = {}

    def take(self, graph: Mapping[str, Any], renamed: Callable[[str], str] | None = None) -> None:
        """Record a graph's tensors and numbers."""
        own = renamed or _same
        for name, value in graph["tensor_values"].items():
            sizes = tuple(self._sizes.length(size) for size in _stated(value, name))
            bits = _BITS.get(value["dtype"]) if isinstance(value["dtype"], int) else None
            self.metas.setdefault(own(name), Meta(checked_sizes(sizes, clean_name(name)), bits))
        for name, value in graph["sym_int_values"].items():
            self._numbers[own(name)] = self._sizes.length(_length(value))

    def calls(self, graph: Mapping[str, Any], renamed: Callable[[str], str], depth: int) -> Iterator[Call]:
        """Yield a graph's calls; `renamed` gives its tensors' names in the outermost graph."""
        for number, node in enumerate(graph["nodes"]):
            target = _text(node["target"]).removeprefix("torch.ops.")
            arguments = {
                str(one.get("name") or at): self._value(one["arg"], renamed)
                for at, one in enumerate(node["inputs"])
            }
            outputs = tuple(renamed(name) for one in node["outputs"] for name in _names(one))
            name = node.get("name") or (outputs[0] if outputs else f"{target}_{number}")
            nested = [one["arg"]["as_graph"] for one in node["inputs"] if "as_graph" in one["arg"]]
            if target.startswith("higher_order.wrap_with_") and len(nested) == 1 and depth < _DEEPEST:
                given = [value for value in arguments.values() if isinstance(value, Ref)]
                yield from self._inlined(nested[0]["graph"], given, outputs, _text(name), depth + 1)
                continue
            metadata = node.get("metadata") or {}
            called = (
                *_called_by(metadata),
                function_called(str(metadata.get("torch_fn")).rpartition(";")[2]),
            )
            yield Call(_text(name), target, arguments, outputs, *called)

    def _inlined(
        self, graph: Mapping[str, Any], given: list[Ref], outputs: tuple[str, ...], name: str, depth: int
    ) -> Iterator[Call]:
        """Yield the calls of a graph that another calls once, under names of the outer graph."""
        inputs = [inner for one in graph["inputs"] for inner in _names(one)]
        written = [inner for one in graph["outputs"] for inner in _names(one)]
        known = dict(zip(inputs, (ref.name for ref in given), strict=True))
        passed = [(inner, outer) for inner, outer in zip(written, outputs, strict=True) if inner in known]
        known |= {inner: outer for inner, outer in zip(written, outputs, strict=True) if inner not in known}

        def renamed(inner: str) -> str:
            return known.get(inner, f"{name}/{inner}")

        self.take(graph, renamed)
        yield from self.calls(graph, renamed, depth)
        for inner, outer in passed:
            yield Call(outer, "aten.alias.default", {"self": Ref(known[inner])}, (outer,))

    def _value(self, argument: Mapping[str, Any], renamed: Callable[[str], str]) -> Any:
        """Return an argument: tensors as Ref, numbers that are symbols worked out."""
        (kind, value), *_ = argument.items()
        if kind == "as_tensor":
            return Ref(renamed(_text(value["name"])))
        if kind == "as_tensors":
            return [Ref(renamed(_text(one["name"]))) for one in value]
        if kind == "as_optional_tensors":
            refs = [one.get("as_tensor") for one in value]
            return [None if ref is None else Ref(renamed(_text(ref["name"]))) for ref in refs]
        if kind == "as_optional_tensor":
            ref = value.get("as_tensor")
            return None if ref is None else Ref(renamed(_text(ref["name"])))
        if kind == "as_nested_tensors":
            return [[Ref(renamed(_text(one["name"]))) for one in row] for row in value]
        if kind == "as_sym_int":
            return self._number(value, renamed)
        if kind == "as_sym_ints":
            return [self._number(one, renamed) for one in value]
        return value if kind in _PLAIN else None

    def _number(self, value: Mapping[str, Any], renamed: Callable[[str], str]) -> int | RunTime:
        if "as_int" in value:
            return _whole(value["as_int"])
        number = self._numbers.get(renamed(_text(value["as_name"])))
        return RunTime() if number is None else number


def _same(name: str) -> str:
    return name


def _names(argument: Mapping[str, Any]) -> list[str]:
    """Return the names of the tensors in an output."""
    if "as_tensor" in argument:
        return [_text(argument["as_tensor"]["name"])]
    return [_text(one["name"]) for one in argument.get("as_tensors") or ()]


def _called_by(metadata: Mapping[str, Any]) -> tuple[str, str | None]:
    """Return the path of the module that called an operator, and its class where it is torch.nn's own."""
    stack = metadata.get("nn_module_stack")
    if not isinstance(stack, str) or not stack:
        return "", None
    _, _, called = stack.rpartition(";")[2].partition(",")
    path, _, class_ = called.partition(",")
    return called_by(path, class_)


def _stated(value: Mapping[str, Any], name: str) -> tuple[int | str, ...]:
    """Return the sizes of a tensor as the file states them: numbers, and expressions of symbols."""
    sizes = value["sizes"]
    if not isinstance(sizes, list):
        raise FieldError(f"tensor {clean_name(name)}", "has no size")
    return tuple(_length(size) for size in sizes)


def _length(size: Mapping[str, Any]) -> int | str:
    if "as_int" in size:
        return _whole(size["as_int"])
    return _text(size["as_expr"]["expr_str"])


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value
