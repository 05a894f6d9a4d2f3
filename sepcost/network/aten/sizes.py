"""Open dimensions of a program's inputs: each is a symbol, and gets a length before anything is computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sepcost.core.errors import FieldError, QuantityError
from sepcost.core.quantity import LARGEST
from sepcost.network.aten.symbols import UnknownSymbolError, size_of, symbols_in
from sepcost.network.input_shape import checked_shape, no_input, open_dimension
from sepcost.network.names import clean_name

Stated = tuple[int | str, ...]
"""Sizes as a file states them: numbers, and expressions of symbols."""


class Sizes:
    """The symbols of a program and their values.

    inputs: the stated sizes of what a caller gives, by name, the first one first. batch: what stands for an
    open batch, None where there is none. opened: what it stands for, an input with its dimension and symbol.
    """

    def __init__(self, inputs: Mapping[str, Stated], batch: int | None = 1) -> None:
        self._inputs, self._batch = inputs, batch
        self.opened: tuple[str, int, str] | None = None
        self._values: dict[str, int] = {}
        self._known: dict[str, int | None] = {}

    def fix(self, input_shape: Sequence[int] | None) -> None:
        """Give every symbol of an input a value; FieldError, which names the dimension that has none."""
        first = next(iter(self._inputs), None)
        if input_shape is not None:
            if first is None:
                raise no_input()
            self._fix_first(first, input_shape)
        for name, stated in self._inputs.items():
            for axis, size in enumerate(stated):
                if isinstance(size, str):
                    self._fix_open(name, axis, size)

    def length(self, size: int | str) -> int | None:
        """Return a stated size as a number, None where it depends on what is known at run time alone."""
        if isinstance(size, int):
            return size
        if size not in self._known:
            try:
                self._known[size] = size_of(size, self._values)
            except QuantityError:
                self._known[size] = None
        return self._known[size]

    def _fix_first(self, name: str, given: Sequence[int]) -> None:
        stated = self._inputs[name]
        shape = checked_shape(given, clean_name(name), len(stated))
        for axis, (size, length) in enumerate(zip(stated, shape, strict=True)):
            if isinstance(size, str):
                self._solve(size, length)
            if self._of(size) != length:
                made = f"makes dimension {axis} of input {clean_name(name)} {length}"
                raise FieldError("input_shape", f"{made}; the program {self._takes(size, length)}")

    def _takes(self, size: int | str, length: int) -> str:
        """Say what the program takes instead of a length."""
        if self._of(size) is None and (line := self._line(str(size))) is not None:
            _, at_0, step = line
            below = max((length - at_0) // step, 1) * step + at_0
            return f"takes {below}, {below + step} and so on there"
        return f"has {self._of(size)} there: export it with dynamic_shapes"

    def _of(self, size: int | str) -> int | None:
        try:
            return size if isinstance(size, int) else size_of(size, self._values)
        except QuantityError:
            return None

    def _solve(self, size: str, length: int) -> None:
        """Give the one symbol of an expression, such as 8*s0, the value at which that is a length."""
        if (line := self._line(size)) is None:
            return
        symbol, at_0, step = line
        value, rest = divmod(length - at_0, step)
        if rest == 0 and 1 <= value <= LARGEST:
            self._values[symbol] = value

    def _line(self, size: str) -> tuple[str, int, int] | None:
        """Return the one symbol of an expression that has no value, what that is at 0, and its step to 1."""
        symbols = [symbol for symbol in symbols_in(size) if symbol not in self._values]
        if len(symbols) != 1:
            return None
        at_0, at_1 = (size_of(size, {**self._values, symbols[0]: value}) for value in (0, 1))
        return symbols[0], at_0, at_1 - at_0 or 1

    def _is_batch(self, symbol: str) -> bool:
        """Whether a symbol leads an input that has more dimensions, and is a size of no other dimension."""
        places = [
            (axis, len(stated))
            for stated in self._inputs.values()
            for axis, size in enumerate(stated)
            if isinstance(size, str) and symbol in symbols_in(size)
        ]
        return all(axis == 0 for axis, _ in places) and any(rank > 1 for _, rank in places)

    def _fix_open(self, name: str, axis: int, size: str) -> None:
        try:
            size_of(size, self._values)
        except UnknownSymbolError as error:
            if axis == 0 and self._batch is not None and self._is_batch(error.symbol):
                self._values[error.symbol] = self._batch
                self.opened = self.opened or (name, axis, error.symbol)
                return self._fix_open(name, axis, size)
            raise self.open(name, axis, error.symbol) from None
        except QuantityError as error:
            raise FieldError(f"input {clean_name(name)}", f"dimension {axis}: {error}") from None
        return None

    def open(self, name: str, axis: int, symbol: str, why: str = "") -> FieldError:
        """Return what is said of an open dimension that has to be fixed."""
        sizes = [size if isinstance(size, int) else None for size in self._inputs[name]]
        first = next(iter(self._inputs))
        only = "" if name == first else clean_name(first)
        return open_dimension(clean_name(name), sizes, axis, clean_name(symbol), why, only=only)
