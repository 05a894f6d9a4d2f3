"""How a number is to be written that people write in another way: 1,000, 5e7, 320 KB."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction

from sepcost.core.errors import one_of
from sepcost.core.units import SUFFIXES

_LONGEST = 20
_MOST = 10**18
_MICRO = "\N{MICRO SIGN}\N{GREEK SMALL LETTER MU}"
_NUMBER = r"([0-9]{1,3}(?:[,_ ][0-9]{3})+|[0-9]+)(?:\.([0-9]+))?"
_OF_WHAT = r"(?i)(macs?)?(/s)?$"
"""What is counted, and that it is a rate, which go without saying."""

_FORM = rf"{_NUMBER}(?:[eE]\+?([0-9]{{1,2}}))? ?([A-Za-z{_MICRO}]*)"


def mends(text: str, units: Mapping[str, int]) -> list[str]:
    """Return what a text may mean, as it is read with some units; none where it looks like no number.

    >>> mends("50,000,000", SUFFIXES), mends("5e7", {"": 1}), mends("320K", {"k": 1000, "Ki": 1024})
    (['50000000', '50M'], ['50000000'], ['320k', '320Ki'])
    >>> mends("1TB/s", SUFFIXES), mends("3 GMACs", SUFFIXES)
    (['1T'], ['3G'])
    """
    match = re.fullmatch(_FORM, re.sub(_OF_WHAT, "", text)) if len(text) <= _LONGEST else None
    if not match:
        return []
    digits = re.sub("[,_ ]", "", match[1])
    decimals = match[2] or ""
    number = Fraction(int(digits + decimals), 10 ** len(decimals)) * 10 ** int(match[3] or 0)
    if number.denominator == 1:
        digits = str(number.numerator)
    elif match[3] is None:
        digits = f"{digits}.{decimals}"
    else:
        return []
    typed = re.sub(f"[{_MICRO}]", "u", match[4])
    found = [f"{digits}{unit}" for unit in _units_meant(typed, units) if _is_read(number, unit, units)]
    return found + _shorter(number, units) if found and not typed else found


def whole_mend(text: str, least: int, most: int) -> str:
    """Return ': write 1000' for a whole number from `least` to `most`, '' for what is none."""
    found = [mend for mend in mends(text, {"": 1}) if least <= int(mend) <= most]
    return f": write {one_of(found)}" if found else ""


def _units_meant(typed: str, units: Mapping[str, int]) -> list[str]:
    """Return the units that one may stand for that is typed in another case, or of bytes where none are.

    A K may be 1000 or 1024, a B of what is counted a billion.
    """
    if typed in units:
        return [typed]
    small = typed.lower()
    meant = small.removesuffix("b") or ("b" if "B" in units else "g")
    return [unit for unit in units if unit and unit.lower() in (meant, f"{meant}i")]


def _is_read(number: Fraction, unit: str, units: Mapping[str, int]) -> bool:
    """Return whether a number of a unit is above 0 and not absurd, and whole unless it is a time."""
    return 0 < number <= _MOST and ("" not in units or (number * units[unit]).denominator == 1)


def _shorter(number: Fraction, units: Mapping[str, int]) -> list[str]:
    """Return a whole number by the largest prefix that leaves it whole, where one does."""
    prefixes = ((unit, scale) for unit, scale in reversed(SUFFIXES.items()) if unit and unit in units)
    return [f"{number // scale}{unit}" for unit, scale in prefixes if number % scale == 0][:1]
