"""What a node is called: the name of its operator, and what errors call it."""

from __future__ import annotations

from sepcost.core.errors import FieldError, QuantityError, quoted
from sepcost.network.names import clean_name
from sepcost.network.onnx.file import Node
from sepcost.network.onnx.problems import CannotRunError, MisfitError


def op_of(node: Node) -> str:
    """Return the name of a node's operator, with its domain where that is a foreign one."""
    return f"{node.domain}.{node.op_type}" if node.domain else node.op_type


def at(node: Node, error: QuantityError) -> FieldError:
    """Return an error of an operator with what it is called."""
    return (CannotRunError if isinstance(error, MisfitError) else FieldError)(called(node), str(error))


def called(node: Node) -> str:
    """Return what an error calls a node."""
    op = clean_name(node.op_type)
    if node.name or not node.output:
        return f"{op} {quoted(node.name)}"
    return f"{op} that writes {quoted(node.output[0])}"
