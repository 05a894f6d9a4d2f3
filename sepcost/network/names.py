"""Names that a file gives: fit to be shown, and each given once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase

from sepcost.core.errors import QuantityError, printable, quoted

LONGEST_NAME = 200


def clean_name(name: str) -> str:
    """Return a name from a file, printable and at most 200 characters long.

    >>> clean_name("conv1\\x1b[2J")
    'conv1\N{REPLACEMENT CHARACTER}[2J'
    """
    return printable(name[:LONGEST_NAME])


def matching(pattern: str, names: Iterable[str]) -> frozenset[str]:
    """Return the names, of one at least, that a pattern such as conv* matches.

    Raises QuantityError where it matches none.

    >>> sorted(matching("conv[12]", ["conv1", "conv2", "conv3"]))
    ['conv1', 'conv2']
    """
    first, *others = names
    found = frozenset(name for name in (first, *others) if fnmatchcase(name, pattern))
    if not found:
        raise QuantityError(f"{quoted(pattern)} matches no layer; the first is {quoted(first)}")
    return found


def unique_names() -> Callable[[str], str]:
    """Return a function that gives each name back, and a name that it has given before a number.

    >>> unique = unique_names()
    >>> unique("conv"), unique("conv"), unique("conv_2")
    ('conv', 'conv_2', 'conv_2_2')
    """
    given: set[str] = set()
    copies: dict[str, int] = {}

    def unique(name: str) -> str:
        candidate = name
        while candidate in given:
            copies[name] = copies.get(name, 1) + 1
            candidate = f"{name}_{copies[name]}"
        given.add(candidate)
        return candidate

    return unique
