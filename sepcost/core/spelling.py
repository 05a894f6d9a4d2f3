"""Which names a mistyped word may have meant."""

from __future__ import annotations

_SHORTEST_PART = 3
"""The fewest letters that are looked for inside a name: fewer stand in nearly all of them."""

_LETTERS_A_SLIP = 4
_MOST = 6

_ELSEWHERE = {
    "alpha": ("width",),
    "arch": ("machine",),
    "baseline": ("against",),
    "batch-size": ("batch",),
    "csv": ("format",),
    "depth-multiplier": ("gamma", "multiplier"),
    "device": ("machine",),
    "dilation-rate": ("dilation",),
    "dtype": ("bytes",),
    "filter-size": ("kernel",),
    "filters": ("no", "out"),
    "flash": ("storage",),
    "flops": ("macs",),
    "hardware": ("machine",),
    "image-size": ("size", "input-shape"),
    "input-size": ("size", "input-shape"),
    "json": ("format",),
    "kernel": ("k",),
    "kernel-size": ("kernel",),
    "ksize": ("kernel",),
    "latency": ("time",),
    "markdown": ("format",),
    "out-channels": ("out",),
    "parameters": ("weights",),
    "params": ("weights",),
    "precision": ("bytes",),
    "ram": ("memory",),
    "resolution": ("size", "input-shape"),
    "rom": ("storage",),
    "units": ("dense",),
    "width-multiplier": ("width",),
}
"""What other tools call a thing, or a part of its name, by what it is called here."""


def meant(word: str, known: list[str]) -> list[str]:
    """Return the names that a word begins or is part of, else those it is nearest to; [] for none near.

    A word that other tools have for a thing means the name that it has here.

    >>> meant("max", ["--min-saving", "--max-macs", "--max-weights"])
    ['--max-macs', '--max-weights']
    >>> meant("seperable", ["standard", "separable"]), meant("groups", ["output", "scheme"])
    (['separable'], [])
    >>> meant("kernel_size", ["--kernel", "--size"]), meant("max_params", ["max_macs", "max_weights"])
    (['--kernel'], ['max_weights'])
    """
    typed = word.lower()
    names = {name: name.lower().lstrip("-") for name in known}
    if not typed:
        return []
    if found := _named_elsewhere(typed, names):
        return found
    begun = [name for name, plain in names.items() if typed in (plain[: len(typed)], plain.replace("_", ""))]
    within = [name for name, plain in names.items() if len(typed) >= _SHORTEST_PART and typed in plain]
    if found := list(dict.fromkeys([*begun, *within])):
        return found[:_MOST]
    slips = {name: slips_between(typed, plain) for name, plain in names.items()}
    least = min(slips.values(), default=len(typed))
    near = least <= (len(typed) + 1) // _LETTERS_A_SLIP
    return [name for name, number in slips.items() if near and number == least][:_MOST]


def _named_elsewhere(typed: str, names: dict[str, str]) -> list[str]:
    word = typed.replace("_", "-")
    parts = [_ELSEWHERE.get(part, (part,))[0] for part in word.split("-")]
    wanted = _ELSEWHERE.get(word, ("-".join(parts),))
    return [name for name, plain in names.items() if plain.replace("_", "-") in wanted]


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
