"""Names of schemes and stages as Python has them."""

from __future__ import annotations

import keyword
import re
from collections.abc import Container, Iterable


def identifiers(names: Iterable[str], taken: Container[str] = ()) -> list[str]:
    """Return a Python name for each name: none is a keyword, one of those taken, or that of another.

    >>> identifiers(["se-block", "se_block", "class"])
    ['se_block', 'se_block_', 'class_']
    """
    found: list[str] = []
    for name in names:
        word = re.sub(r"\W", "_", name)
        while keyword.iskeyword(word) or word in taken or word in found:
            word += "_"
        found.append(word)
    return found
