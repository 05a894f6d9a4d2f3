"""Sizes that a file writes as expressions of symbols, worked out; nothing is evaluated as code.

PyTorch writes `2*s0`, `(s0 - 1)//2 + 1` or, since 2.6, `Mul(Integer(2), Symbol('s0', integer=True))`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from math import prod

from sepcost.core.errors import QuantityError

_LONGEST = 2000
_LARGEST = 10**18

_OPERATORS: dict[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.FloorDiv: lambda a, b: a // b,
    ast.Div: lambda a, b: _exact(a, b),
    ast.Mod: lambda a, b: a % b,
    ast.Pow: lambda a, b: _power(a, b),
}
_FUNCTIONS: dict[str, Callable[..., int]] = {
    "Add": lambda *terms: sum(terms),
    "Mul": lambda *factors: prod(factors),
    "Pow": lambda a, b: _power(a, b),
    "FloorDiv": lambda a, b: a // b,
    "CleanDiv": lambda a, b: _exact(a, b),
    "IntTrueDiv": lambda a, b: _exact(a, b),
    "CeilDiv": lambda a, b: -(-a // b),
    "CeilToInt": lambda a: a,
    "FloorToInt": lambda a: a,
    "TruncToInt": lambda a: a,
    "ToFloat": lambda a: a,
    "Identity": lambda a: a,
    "Mod": lambda a, b: a % b,
    "PythonMod": lambda a, b: a % b,
    "Max": lambda *terms: max(terms),
    "Min": lambda *terms: min(terms),
    "Integer": lambda a: a,
}


class UnknownSymbolError(QuantityError):
    """A size depends on a symbol that has no value. `symbol` names it."""

    def __init__(self, symbol: str) -> None:
        super().__init__(f"its size depends on {symbol}, which is open")
        self.symbol = symbol


def size_of(expression: str, values: Mapping[str, int]) -> int:
    """Return what an expression comes to; QuantityError where it is of no known form.

    >>> size_of("(s0 - 1)//2 + 1", {"s0": 224})
    112
    >>> size_of("Mul(Integer(2), Symbol('s77', positive=True, integer=True))", {"s77": 3})
    6
    """
    if len(expression) > _LONGEST:
        raise QuantityError("its size is an expression too long to be read")
    try:
        return _value(ast.parse(expression, mode="eval").body, values)
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError, ArithmeticError) as error:
        if isinstance(error, QuantityError):
            raise
        raise QuantityError("its size is no expression of a known form") from None


def symbols_in(expression: str) -> list[str]:
    """Return the symbols of an expression, each once, in order; none of one that cannot be read.

    >>> symbols_in("8*s0 + s1 - s0")
    ['s0', 's1']
    """
    if len(expression) > _LONGEST:
        return []
    try:
        nodes = [node for node in ast.walk(ast.parse(expression, mode="eval")) if isinstance(node, ast.expr)]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    named = (node.func for node in nodes if isinstance(node, ast.Call))
    functions = {id(node) for node in named}
    found = (_symbol(node) for node in nodes if id(node) not in functions)
    return list(dict.fromkeys(symbol for symbol in found if symbol is not None))


def _symbol(node: ast.expr) -> str | None:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Symbol":
        first = node.args[0] if node.args else None
        return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None
    return None


def _value(node: ast.expr, values: Mapping[str, int]) -> int:
    if (symbol := _symbol(node)) is not None:
        if symbol not in values:
            raise UnknownSymbolError(symbol)
        return values[symbol]
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        found = node.value
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        found = -_value(node.operand, values)
    elif isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        found = _OPERATORS[type(node.op)](_value(node.left, values), _value(node.right, values))
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _FUNCTIONS:
        found = _FUNCTIONS[node.func.id](*(_value(argument, values) for argument in node.args))
    else:
        raise QuantityError("its size is no expression of a known form")
    if abs(found) > _LARGEST:
        raise QuantityError("its size is an expression of more than 10^18")
    return found


def _exact(a: int, b: int) -> int:
    if a % b:
        raise QuantityError("its size is an expression that is not whole")
    return a // b


def _power(a: int, b: int) -> int:
    if not 0 <= b <= 60:
        raise QuantityError("its size is an expression of no whole power")
    return int(a**b) if abs(a) <= _LARGEST else 0
