"""A row by its name, and the error where there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from sepcost.core.errors import QuantityError, as_given, did_you_mean, quoted

T = TypeVar("T")


def by_name(name: str, rows: Iterable[T], name_of: Callable[[T], str], what: str) -> T:
    """Return the first row of that name.

    what: what a row is, such as 'a scheme'. Raises QuantityError, with the name that may have been meant.
    """
    known = []
    for row in rows:
        if name_of(row) == name:
            return row
        known.append(name_of(row))
    hint = did_you_mean(name, known) or f"; the names are {', '.join(dict.fromkeys(known)) or 'none'}"
    raise QuantityError(f"{quoted(name)} is not {what}{hint}")


def several_names(names: Iterable[str]) -> tuple[str, ...]:
    """Return names that are given as a list, or one that is given alone.

    >>> several_names(["separable", "grouped"]), several_names("separable")
    (('separable', 'grouped'), ('separable',))
    """
    return (names,) if isinstance(names, str) else tuple(names)


def refuse_other(value: object, kind: type, mend: str) -> None:
    """Raise QuantityError for a value that is not of a kind.

    mend: what would be right; {value} stands for the value in it, which takes long to write if it is large.
    """
    if not isinstance(value, kind):
        given = as_given(value)
        raise QuantityError(f"{given} is no {kind.__name__}: {mend.format(value=given)}")


def checked_word(word: str, known: Iterable[str]) -> str:
    """Return one of the known words; QuantityError, with the word that may have been meant, for another."""
    known = tuple(known)
    if word not in known:
        raise QuantityError(f"{quoted(word)} is not one of {', '.join(known)}{did_you_mean(word, known)}")
    return word
