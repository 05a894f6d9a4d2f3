"""A live PyTorch module as a Network: no file, no export by hand.

It is the user's own PyTorch that is used; sepcost does not depend on it.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from typing import TYPE_CHECKING, Any

from sepcost.core.errors import FieldError, QuantityError, printable
from sepcost.network.aten.graph import network_of

if TYPE_CHECKING:
    from sepcost.network.aten.calls import Graph
    from sepcost.network.model import Network

__all__ = ["read_module"]


def read_module(model: Any, *inputs: Any, **keywords: Any) -> Network:
    """Return the network that a torch.nn.Module is on inputs of the shapes that these have.

    inputs, keywords: what the module is called with; tensors on the device 'meta' do. The module is traced
    first, which computes nothing; only where its control flow depends on the values of the inputs, so that it
    cannot be traced, is it run. It is read as `model.eval()` has it, and left as it was.

    Layers go by their modules' paths. Raises FieldError for what is no module, does not run on these
    inputs, or has a size that cannot be.

    >>> read_module(torch.nn.Conv2d(3, 8, 3), torch.zeros(1, 3, 8, 8)).macs  # doctest: +SKIP
    7776
    """
    torch = _library()
    if torch is None or not isinstance(model, torch.nn.Module):
        raise FieldError("model", "is no torch.nn.Module")
    with _evaluating(model):
        graph = _traced(torch, model, inputs, keywords) or _run(torch, model, inputs, keywords)
    try:
        return network_of(graph, type(model).__name__, "torch")
    except QuantityError as error:
        raise FieldError("model", str(error)) from None


def _library() -> Any:
    try:
        import torch
    except ImportError:
        return None
    return torch


def _traced(torch: Any, model: Any, inputs: Sequence[Any], keywords: Mapping[str, Any]) -> Graph | None:
    """Return the graph as torch.export traces it, None where it cannot."""
    from sepcost.network.aten.exported import graph_of

    try:
        with _silent():
            program = torch.export.export(model, tuple(inputs), dict(keywords), strict=False)
        return graph_of(program)
    except Exception:  # of any kind: what the module is, or how far this version of torch traces
        return None


@contextmanager
def _silent() -> Iterator[None]:
    """Drop what tracing says: where it fails, the module is run instead."""
    lowest = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings(), redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(lowest)


def _run(torch: Any, model: Any, inputs: Sequence[Any], keywords: Mapping[str, Any]) -> Graph:
    from sepcost.network.aten.recorded import record

    try:
        return record(torch, model, inputs, keywords)
    except Exception as error:
        lines = str(error).splitlines() or [""]
        problem = f"does not run on these inputs: {type(error).__name__}: {printable(lines[0][:200])}"
        raise FieldError("model", problem) from error


@contextmanager
def _evaluating(model: Any) -> Iterator[None]:
    """Have a module evaluate, not train, and put each of its modules back."""
    training = [module for module in model.modules() if module.training]
    model.eval()
    try:
        yield
    finally:
        for module in training:
            module.training = True
