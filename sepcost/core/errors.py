"""The errors that a user can mend: each is one line, and carries its facts as fields."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

_FIELD = r"\{(\w+)\}"
_LONGEST_QUOTE = 40
_LONGEST_PATH = 400


def printable(text: str) -> str:
    """Return `text` with every unprintable character replaced, so that it cannot steer a terminal.

    >>> printable("conv\\x1b[31m1")
    'conv\N{REPLACEMENT CHARACTER}[31m1'
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)


def _shortened(path: str) -> str:
    """Return a path without its middle where it is too long for a line; both its ends tell files apart."""
    half = _LONGEST_PATH // 2
    return path if len(path) <= _LONGEST_PATH else f"{path[:half]}...{path[-half:]}"


def quoted(text: str) -> str:
    """Return what a user typed, in quotes, fit for one line of an error message."""
    return f"'{_clipped(text)}'"


def _clipped(text: str) -> str:
    return printable(text if len(text) <= _LONGEST_QUOTE else text[:_LONGEST_QUOTE] + "...")


def as_given(value: object) -> str:
    """Return a wrong value as it was given: texts and exact numbers in quotes, others as Python has them.

    >>> as_given("0.5"), as_given(0.5)
    ("'0.5'", '0.5')
    """
    if isinstance(value, str):
        return quoted(value)
    try:
        return quoted(str(value)) if type(value) in (int, Fraction) else _clipped(repr(value))
    except ValueError:  # Python writes out no whole number of more than 4,300 digits.
        return "a number too long to write"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return '; did you mean NAME?' for the known names that `word` may have meant, or ''.

    >>> did_you_mean("max_flops", ["max_macs", "max_weights"])
    '; did you mean max_macs (1 MAC = 2 FLOPs)?'
    """
    from sepcost.core.spelling import meant

    names = meant(word[:_LONGEST_QUOTE], list(known))
    halved = "flop" in word.lower() and any("mac" in name.lower() for name in names)
    return f"; did you mean {one_of(names)}{' (1 MAC = 2 FLOPs)' if halved else ''}?" if names else ""


def one_of(names: Sequence[str]) -> str:
    """Return names as a choice.

    >>> one_of(["a"]), one_of(["a", "b", "c"])
    ('a', 'a, b or c')
    """
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last


def _named(problem: str, names: Mapping[str, str]) -> str:
    """Return a problem with the fields that stand in braces under the names given for them."""
    return re.sub(_FIELD, lambda match: names.get(match[1], match[1]), problem)


class SepcostError(Exception):
    """Base of all errors of the library; `str(error)` is one line that says how to mend it."""

    def __reduce__(self) -> tuple[object, ...]:
        """Go to another process as it is: `args` need not be what an error was made from."""
        return _made_again, (type(self), self.args, vars(self))

    def worded(self, names: Mapping[str, str]) -> str:
        """Return the error in the caller's words; `names` has their name of each field."""
        return str(self)


def _made_again(
    kind: type[SepcostError], args: tuple[object, ...], fields: dict[str, object]
) -> SepcostError:
    error = kind.__new__(kind, *args)
    vars(error).update(fields)
    return error


class QuantityError(SepcostError, ValueError):
    """A number or name that is not of the form wanted; the caller adds for which option."""


class FieldError(SepcostError, ValueError):
    """A layer, question or file entry that cannot hold. `field` names the culprit.

    problem: what is wrong; another field is named in braces, so that it can be said in the caller's
    words.

    >>> error = FieldError("n_o", "is missing: give {n_o} or {gamma}")
    >>> str(error), error.worded({"n_o": "--no", "gamma": "--gamma"})
    ('n_o: is missing: give n_o or gamma', '--no: is missing: give --no or --gamma')
    """

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(field, problem)
        self.field = field
        self.problem = problem

    def __str__(self) -> str:
        return self.worded({})

    def worded(self, names: Mapping[str, str]) -> str:
        """Return the error with each field under the name that `names` gives it."""
        return f"{names.get(self.field, self.field)}: {_named(self.problem, names)}"


class InconclusiveError(SepcostError):
    """A break-even that cannot be decided while `symbol` stays free; `field` gives it a value.

    why: the obstacle, where giving a size would not help.
    """

    def __init__(self, scheme: str, symbol: str, field: str, why: str | None = None) -> None:
        super().__init__(scheme, symbol, field, why)
        self.scheme = scheme
        self.symbol = symbol
        self.field = field
        self.why = why

    def __str__(self) -> str:
        return self.worded({})

    def worded(self, names: Mapping[str, str]) -> str:
        """Return the error with the field under the name that `names` gives it."""
        return f"{self.scheme}: {self.reason(names)}"

    def reason(self, names: Mapping[str, str]) -> str:
        """Return the same without the scheme."""
        if self.why is not None:
            return f"cannot be decided: {self.why}"
        return f"cannot be decided while {self.symbol} is free: give {names.get(self.field, self.field)}"


class FileError(SepcostError):
    """A file that cannot be read, trusted or written.

    problem: what is wrong, or the error that says it.

    >>> error = FileError("net.onnx", FieldError("input_shape", "fits no input"))
    >>> str(error), error.worded({"input_shape": "--input-shape"})
    ('net.onnx: input_shape: fits no input', 'net.onnx: --input-shape: fits no input')
    """

    def __init__(self, path: str, problem: str | SepcostError) -> None:
        super().__init__(path, problem)
        self.path = path
        self.problem = str(problem)
        self._cause = problem

    def __str__(self) -> str:
        return self.worded({})

    def worded(self, names: Mapping[str, str]) -> str:
        """Return the error with each field under the name that `names` gives it."""
        problem = self._cause if isinstance(self._cause, str) else self._cause.worded(names)
        return f"{_shortened(printable(self.path)) or quoted(self.path)}: {problem}"


class MissingExtraError(SepcostError):
    """A command needs a library that an optional extra brings."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} needs an extra: pip install 'sepcost[{extra}]'")
        self.extra = extra
