"""A module run once, its calls recorded: for one whose control flow depends on values, so not traceable."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sepcost.network.aten.calls import Call, Graph, Held, Meta, Ref, called_by, schema_arguments
from sepcost.network.aten.exported import meta_of


def record(torch: Any, model: Any, inputs: Sequence[Any], keywords: Mapping[str, Any]) -> Graph:
    """Run a module of the user's `torch` on its inputs, and return what it called, in order."""
    log = _Log(torch)
    held = {}
    for fqn, parameter in model.named_parameters():
        held[log.name(parameter, f"parameter:{fqn}")] = Held(fqn, True)
    for fqn, buffer in model.named_buffers():
        held[log.name(buffer, f"buffer:{fqn}")] = Held(fqn, False)
    given = log.given((inputs, keywords))
    with _paths(model, log), _recording(torch, log), torch.no_grad():
        result = model(*inputs, **keywords)
    for name in log.unwritten:
        held[name] = Held(name, False)
    return Graph(log.calls, log.metas, held, given, log.given(result))


class _Log:
    """The calls so far, and the names of tensors, which are kept by identity as long as they live."""

    def __init__(self, torch: Any) -> None:
        from torch.utils.weak import WeakIdKeyDictionary

        self.calls: list[Call] = []
        self.metas: dict[str, Meta] = {}
        self.unwritten: list[str] = []
        self.stack: list[tuple[str, str]] = []
        self._tensor = torch.Tensor
        self._leaves = torch.utils._pytree.tree_leaves
        self._names: Any = WeakIdKeyDictionary()

    def name(self, tensor: Any, new: str) -> str:
        """Return a tensor's name; one that has none gets a new one."""
        if tensor not in self._names:
            self._names[tensor] = new
            self.metas[new] = meta_of(tensor)
        return str(self._names[tensor])

    def given(self, values: Any) -> list[str]:
        """Return the names of all tensors in a structure, in order."""
        tensors = [one for one in self._leaves(values) if isinstance(one, self._tensor)]
        return [self.name(one, f"input_{at}") for at, one in enumerate(tensors)]

    def add(self, target: Any, args: Sequence[Any], kwargs: Mapping[str, Any], result: Any) -> None:
        """Record a call."""
        arguments = schema_arguments(target, args, kwargs, self._value)
        own = f"{target._schema.name.rpartition('::')[2]}_{len(self.calls)}"
        results = result if isinstance(result, (list, tuple)) else [result]
        outputs = []
        for at, one in enumerate(results):
            if isinstance(one, self._tensor):
                # A call in place returns what it was given: its elements are new ones.
                self._names.pop(one, None)
                outputs.append(self.name(one, f"{own}.{at}"))
        path, class_ = self.stack[-1] if self.stack else ("", "")
        self.calls.append(Call(own, str(target), arguments, tuple(outputs), *called_by(path, class_)))

    def _value(self, value: Any) -> Any:
        if isinstance(value, self._tensor):
            if value not in self._names:
                self.unwritten.append(self.name(value, f"constant_{len(self.metas)}"))
            return Ref(self._names[value])
        if isinstance(value, (list, tuple)):
            return [self._value(one) for one in value]
        return value if isinstance(value, (int, float, str)) else None


@contextmanager
def _recording(torch: Any, log: _Log) -> Iterator[None]:
    from torch.utils._python_dispatch import TorchDispatchMode

    class Recorder(TorchDispatchMode):  # type: ignore[misc]
        def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            result = func(*args, **(kwargs or {}))
            log.add(func, args, kwargs or {}, result)
            return result

    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)  # one fused call would hide what attention does
    try:
        with Recorder():
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)


@contextmanager
def _paths(model: Any, log: _Log) -> Iterator[None]:
    """Keep the stack of modules that are being called."""

    def entered(path: str, class_: str) -> Any:
        return lambda *_: log.stack.append((path, class_))

    def left(*_: Any) -> None:
        log.stack.pop()

    hooks = []
    for path, module in model.named_modules():
        class_ = f"{type(module).__module__}.{type(module).__qualname__}"
        hooks.append(module.register_forward_pre_hook(entered(path, class_), prepend=True))
        hooks.append(module.register_forward_hook(left, always_call=True))
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
