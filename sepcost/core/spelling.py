"""Which names a mistyped word may have meant."""

from __future__ import annotations

_SHORTEST_PART = 3
"""The fewest letters that are looked for inside a name: fewer stand in nearly all of them."""

_LETTERS_A_SLIP = 4
_MOST = 6


def meant(word: str, known: list[str]) -> list[str]:
    """Return the names that a word begins or is part of, else those it is nearest to; [] for none near.

    >>> meant("max", ["--min-saving", "--max-macs", "--max-weights"])
    ['--max-macs', '--max-weights']
    >>> meant("seperable", ["standard", "separable"]), meant("groups", ["output", "scheme"])
    (['separable'], [])
    """
    typed = word.lower()
    names = {name: name.lower().lstrip("-") for name in known}
    if not typed:
        return []
    begun = [name for name, plain in names.items() if typed in (plain[: len(typed)], plain.replace("_", ""))]
    within = [name for name, plain in names.items() if len(typed) >= _SHORTEST_PART and typed in plain]
    if found := list(dict.fromkeys([*begun, *within])):
        return found[:_MOST]
    slips = {name: slips_between(typed, plain) for name, plain in names.items()}
    least = min(slips.values(), default=len(typed))
    near = least <= (len(typed) + 1) // _LETTERS_A_SLIP
    return [name for name, number in slips.items() if near and number == least][:_MOST]


def slips_between(typed: str, name: str) -> int:
    """Return how many letters were left out, put in, mistaken or swapped with the next.

    The distance of optimal string alignment.

    >>> slips_between("jsno", "json"), slips_between("brekeven", "breakeven"), slips_between("se", "size")
    (1, 1, 2)
    """
    rows = [list(range(len(name) + 1))]
    for at, letter in enumerate(typed, 1):
        above, row = rows[-1], [at]
        for to, wanted in enumerate(name, 1):
            best = min(above[to - 1] + (letter != wanted), above[to] + 1, row[to - 1] + 1)
            if at > 1 and to > 1 and (letter, typed[at - 2]) == (name[to - 2], wanted):
                best = min(best, rows[-2][to - 2] + 1)
            row.append(best)
        rows.append(row)
    return rows[-1][-1]
