"""Expressions in a layer's sizes, as schemes state their channels: `N_o/4`, `sqrt(gamma)*N_i`.

A parser of these few forms reads them; nothing is ever run as code. They are evaluated in whatever
adds, multiplies and divides: exact numbers, SymPy symbols, columns.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, NamedTuple

from sepcost.core.errors import QuantityError, quoted
from sepcost.core.exact import square_root
from sepcost.core.formulas import Number
from sepcost.core.quantity import LARGEST

LONGEST = 200
_LONGEST_TOKEN = 64
_DEEPEST = 16
_HIGHEST_DEGREE = 16
_HALF = Fraction(1, 2)
_SIGNS = "+-*/^()"


class Expression(NamedTuple):
    """A number, a name, or an operator on two expressions.

    operator: 'number', 'name', '+', '-', '*', '/' or '**', whose right side is the exponent.
    """

    operator: str
    left: Any
    right: Any = None

    @property
    def parts(self) -> "tuple[Expression, ...]":
        """The expressions that it is an operator on."""
        return tuple(part for part in (self.left, self.right) if isinstance(part, Expression))

    @property
    def names(self) -> frozenset[str]:
        """The sizes and parameters that it reads."""
        if self.operator == "name":
            return frozenset([self.left])
        return frozenset().union(*(part.names for part in self.parts))

    @property
    def roots(self) -> frozenset[str]:
        """The names that stand below a square root."""
        if self.operator == "**" and self.right == _HALF:
            return frozenset(self.left.names)
        return frozenset().union(*(part.roots for part in self.parts))

    def evaluate(self, values: Mapping[str, Number]) -> Number:
        """Return its exact value where each name has its value.

        >>> read_expression("N_o/4").evaluate({"N_o": 66})
        Fraction(33, 2)
        """
        if self.operator == "number":
            return self.left
        if self.operator == "name":
            return values[self.left]
        left = self.left.evaluate(values)
        if self.operator == "**":
            return _power(left, self.right)
        right = self.right.evaluate(values)
        if self.operator == "+":
            return left + right
        if self.operator == "-":
            return left + right * -1
        return left * right if self.operator == "*" else _quotient(left, right)

    def at_one(self, symbol: str) -> "Expression":
        """Return it where a symbol is 1, products with that 1 left out.

        >>> print(read_expression("t*N_i").at_one("t"))
        N_i
        """
        if self.operator in ("number", "name"):
            return ONE if self.left == symbol else self
        left = self.left.at_one(symbol)
        right = self.right.at_one(symbol) if isinstance(self.right, Expression) else self.right
        if self.operator == "*" and ONE in (left, right):
            return right if left == ONE else left
        return left if right == ONE and self.operator == "/" else Expression(self.operator, left, right)

    def __str__(self) -> str:
        if self.operator in ("number", "name"):
            return str(self.left)
        if self.operator == "**":
            base = str(self.left) if self.left.operator in ("number", "name") else f"({self.left})"
            return f"sqrt({self.left})" if self.right == _HALF else f"{base}**{self.right}"
        if self.operator in "+-":
            right = self._within(self.right) if self.operator == "-" else str(self.right)
            return f"{self.left} {self.operator} {right}"
        left = self._within(self.left) if self.left.operator in ("+", "-") else str(self.left)
        return f"{left}{self.operator}{self._within(self.right)}"

    @staticmethod
    def _within(part: "Expression") -> str:
        return str(part) if part.operator in ("number", "name", "**") else f"({part})"


ONE = Expression("number", 1)


def name(word: str) -> Expression:
    """Return the expression that is one size or parameter."""
    return Expression("name", word)


def read_expression(text: str) -> Expression:
    """Read sums, differences, products, quotients, whole powers and `sqrt` of names and whole numbers.

    Raises QuantityError, which says what of the text cannot be read.

    >>> print(read_expression("gamma * sqrt(N_i) + 2"))
    gamma*sqrt(N_i) + 2
    """
    if len(text) > LONGEST:
        raise QuantityError(f"{quoted(text)} is longer than {LONGEST} characters")
    reader = _Reader(text)
    found = reader.sum(0)
    reader.end()
    if _degree(found) > _HIGHEST_DEGREE:
        raise QuantityError(f"{quoted(text)} is of a degree above {_HIGHEST_DEGREE}")
    return found


class _Reader:
    """Reads one text from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = self._tokens()
        self.at = 0

    def sum(self, depth: int) -> Expression:
        if depth > _DEEPEST:
            raise QuantityError(f"{quoted(self.text)} is nested too deeply")
        found = self._product(depth)
        while (sign := self._taken("+", "-")) is not None:
            found = Expression(sign, found, self._product(depth))
        return found

    def end(self) -> None:
        if self.at < len(self.tokens):
            raise self._refused()

    def _product(self, depth: int) -> Expression:
        found = self._power(depth)
        while (sign := self._taken("*", "/")) is not None:
            found = Expression(sign, found, self._power(depth))
        return found

    def _power(self, depth: int) -> Expression:
        base = self._atom(depth)
        if self._taken("^") is None:
            return base
        exponent = self._next()
        if not exponent.isdigit() or not 1 <= int(exponent) <= _HIGHEST_DEGREE:
            raise QuantityError(
                f"{quoted(self.text)} has a power that is not whole, from 1 to {_HIGHEST_DEGREE}"
            )
        return Expression("**", base, int(exponent))

    def _atom(self, depth: int) -> Expression:
        token = self._next()
        if token.isdigit():
            if not 1 <= int(token) <= LARGEST:
                raise QuantityError(f"{quoted(self.text)} has a number that is not from 1 to 10^9")
            return Expression("number", int(token))
        if token == "(":
            return self._closed(depth)
        if token == "sqrt":
            if self._taken("(") is None:
                raise self._refused()
            inner = self._closed(depth)
            if _has_difference(inner):
                raise QuantityError(
                    f"{quoted(self.text)} has the root of a difference, which may be negative"
                )
            return Expression("**", inner, _HALF)
        if token[0].isalpha() or token[0] == "_":
            return name(token)
        self.at -= 1
        raise self._refused()

    def _closed(self, depth: int) -> Expression:
        inner = self.sum(depth + 1)
        if self._taken(")") is None:
            raise self._refused()
        return inner

    def _taken(self, *wanted: str) -> str | None:
        if self.at < len(self.tokens) and self.tokens[self.at] in wanted:
            self.at += 1
            return self.tokens[self.at - 1]
        return None

    def _next(self) -> str:
        if self.at == len(self.tokens):
            raise self._refused()
        self.at += 1
        return self.tokens[self.at - 1]

    def _tokens(self) -> list[str]:
        spaced = self.text.replace("**", "^")
        for sign in _SIGNS:
            spaced = spaced.replace(sign, f" {sign} ")
        tokens = spaced.split()
        for token in tokens:
            is_word = token.isascii() and (token.isdigit() or token.isidentifier())
            if not (is_word or token in _SIGNS) or len(token) > _LONGEST_TOKEN:
                raise _unread(self.text, f"at {quoted(token)}")
        return tokens

    def _refused(self) -> QuantityError:
        where = f"at {quoted(self.tokens[self.at])}" if self.at < len(self.tokens) else "at its end"
        return _unread(self.text, where)


def _unread(text: str, where: str) -> QuantityError:
    return QuantityError(
        f"{quoted(text)} cannot be read {where}: "
        "write sums, products, quotients, whole powers and sqrt() of sizes and parameters"
    )


def _has_difference(expression: Expression) -> bool:
    return expression.operator == "-" or any(map(_has_difference, expression.parts))


def _degree(expression: Expression) -> int:
    """Return the highest degree that an expression may have, above or below a fraction bar."""
    if expression.operator in ("number", "name"):
        return 1
    left = _degree(expression.left)
    if expression.operator == "**":
        return left if expression.right == _HALF else left * int(expression.right)
    right = _degree(expression.right)
    return left + right if expression.operator in "*/" else max(left, right)


def _quotient(above: Number, below: Number) -> Number:
    if isinstance(above, int) and isinstance(below, int):
        return Fraction(above, below)
    return above / below


def _power(base: Number, exponent: int | Fraction) -> Number:
    if exponent == _HALF and isinstance(base, (int, Fraction)):
        return square_root(Fraction(base))
    power = base
    if isinstance(exponent, int):
        for _ in range(exponent - 1):
            power = power * base
        return power
    return base**exponent
