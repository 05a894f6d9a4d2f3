"""A program that `torch.export.export` has traced, as calls: the same graph that a .pt2 archive holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import BuiltinFunctionType, FunctionType
from typing import Any

from sepcost.network.aten.calls import (
    Call,
    Graph,
    Held,
    Meta,
    Ref,
    RunTime,
    called_by,
    function_called,
    schema_arguments,
)

_WRAPPED = "wrap_with_"
"""How the names of operators begin that call one graph once, in some mode or other."""


def graph_of(program: Any) -> Graph:
    """Return the graph of an ExportedProgram whose sizes are all fixed."""
    signature = program.graph_signature
    holders: dict[int, str] = {}
    held = {}
    for name, fqn in signature.inputs_to_parameters.items():
        held[name] = Held(holders.setdefault(id(program.state_dict[fqn]), fqn), True)
    held |= {name: Held(fqn, False) for name, fqn in signature.inputs_to_buffers.items()}
    held |= {name: Held(fqn, False) for name, fqn in signature.inputs_to_lifted_tensor_constants.items()}
    walk = _Walk()
    walk.take(program.graph_module)
    calls = list(walk.calls(program.graph_module))
    inputs = [name for name in signature.user_inputs if isinstance(name, str) and name in walk.metas]
    kept = (*signature.buffers_to_mutate, *signature.user_inputs_to_mutate)
    outputs = [walk.name(name) for name in (*kept, *signature.user_outputs) if isinstance(name, str)]
    return Graph(calls, walk.metas, held, inputs, outputs)


class _Walk:
    """Walks graphs, one in another; `metas` grows by their tensors."""

    def __init__(self) -> None:
        self.metas: dict[str, Meta] = {}
        self._names: dict[str, str] = {}

    def name(self, own: str) -> str:
        """Return a tensor's name: that of what a call returned, where a node only picks it."""
        return self._names.get(own, own)

    def take(self, module: Any, prefix: str = "") -> None:
        """Record a graph's tensors."""
        for node in module.graph.nodes:
            if _is_pick(node):
                continue
            value = node.meta.get("val")
            for name, one in zip(_returned(node, prefix), _tensors(value), strict=True):
                self.metas[name] = meta_of(one)

    def calls(self, module: Any, prefix: str = "") -> Iterator[Call]:
        """Yield a graph's calls; `prefix` sets its tensors apart from those around it."""
        for node in module.graph.nodes:
            if node.op != "call_function":
                continue
            if _is_pick(node):
                of, at = node.args
                self._names[prefix + node.name] = self.name(_picked(of, at, prefix))
                continue
            outputs = tuple(_returned(node, prefix))
            target = _named(node.target)
            if target.startswith(_WRAPPED):
                yield from self._inlined(module, node, prefix)
                continue
            arguments = schema_arguments(
                node.target, node.args, node.kwargs, lambda value: self._value(value, prefix)
            )
            path, class_ = _stack(node.meta.get("nn_module_stack") or {})
            _, traced = node.meta.get("torch_fn") or ("", "")
            called = (*called_by(path, class_), function_called(traced))
            yield Call(prefix + node.name, target, arguments, outputs, *called)

    def _inlined(self, module: Any, node: Any, prefix: str) -> Iterator[Call]:
        """Yield the calls of a graph that another calls once."""
        at, inner = next(
            (at, getattr(module, arg.target))
            for at, arg in enumerate(node.args)
            if getattr(arg, "op", "") == "get_attr"
        )
        own = f"{prefix}{node.name}/"
        places = [one for one in inner.graph.nodes if one.op == "placeholder"]
        for place, arg in zip(places, node.args[at + 1 :], strict=True):
            self._names[own + place.name] = self.name(prefix + arg.name)
        self.take(inner, own)
        yield from self.calls(inner, own)
        (written,) = next(one for one in inner.graph.nodes if one.op == "output").args
        written = written if isinstance(written, (list, tuple)) else (written,)
        outer = [_picked(node, number, prefix) for number in range(len(written))]
        for inside, outside in zip(written, outer, strict=True):
            self._names[outside] = self.name(own + inside.name)

    def _value(self, value: Any, prefix: str) -> Any:
        """Return an argument: nodes that stand for tensors as Ref, for sizes as what they are."""
        if hasattr(value, "op") and hasattr(value, "meta"):
            held = value.meta.get("val")
            if hasattr(held, "dtype") and hasattr(held, "shape"):
                return Ref(self.name(prefix + value.name))
            if isinstance(held, int):
                return int(held)
            return RunTime() if hasattr(held, "node") else None  # as a symbol has
        if isinstance(value, (list, tuple)):
            return [self._value(one, prefix) for one in value]
        return value if isinstance(value, (int, float, str)) else None


def _named(target: Any) -> str:
    """Return an operator's name; a function of Python, such as compares sizes, has its module's before it."""
    if isinstance(target, (BuiltinFunctionType, FunctionType)):
        return f"{target.__module__}.{target.__name__}"
    return str(target)


def meta_of(tensor: Any) -> Meta:
    """Return what is known of a tensor; a size known at run time alone is open."""
    sizes = tuple(size if isinstance(size, int) else None for size in tensor.shape)
    return Meta(sizes, tensor.dtype.itemsize * 8)


def _tensors(value: Any) -> list[Any]:
    """Return the tensors that a node stands for, in order."""
    values = value if isinstance(value, (list, tuple)) else [value]
    return [one for one in values if hasattr(one, "dtype") and hasattr(one, "shape")]


def _returned(node: Any, prefix: str) -> list[str]:
    """Return the names of the tensors that a node stands for."""
    value = node.meta.get("val")
    if isinstance(value, (list, tuple)):
        return [_picked(node, at, prefix) for at, one in enumerate(value) if hasattr(one, "dtype")]
    return [prefix + node.name] if _tensors(value) else []


def _is_pick(node: Any) -> bool:
    """Whether a node is one of the values that another returns."""
    return node.op == "call_function" and getattr(node.target, "__name__", "") == "getitem"


def _picked(node: Any, at: int, prefix: str) -> str:
    """Return the name of one of the values that a node returns: that of the node that picks it."""
    names = (user.name for user in node.users if _is_pick(user) and user.args[1] == at)
    return prefix + next(names, f"{node.name}.{at}")


def _stack(stack: Mapping[str, Any]) -> tuple[str, str]:
    """Return path and class of the innermost module of a stack."""
    if not stack:
        return "", ""
    path, class_ = list(stack.values())[-1]
    named = class_ if isinstance(class_, str) else f"{class_.__module__}.{class_.__qualname__}"
    return str(path), named
