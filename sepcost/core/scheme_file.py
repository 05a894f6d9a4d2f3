"""Schemes of a user's own, read from a TOML file."""

from __future__ import annotations

import keyword
import os
import re
from fractions import Fraction
from random import Random

from sepcost.core.errors import FieldError, FileError, QuantityError, did_you_mean, printable, quoted
from sepcost.core.exact import NestedRootError
from sepcost.core.expression import Expression, read_expression
from sepcost.core.files import Path, Table, load_toml, refuse_unknown, tables, text_of
from sepcost.core.formulas import Sizes
from sepcost.core.scheme import INPUT, KERNELS, NONE, SIZES, Parameter, Scheme, StageForm
from sepcost.core.schemes import scheme_names

SCHEME_KEYS = ("name", "summary", "source", "parameters", "stage")
STAGE_KEYS = ("name", "writes", "groups", "kernel", "from", "joins")
MOST_STAGES = 64

_NAME = r"[A-Za-z][A-Za-z0-9_-]{0,39}"
_SYMBOL = r"[A-Za-z][A-Za-z0-9_]{0,19}"
_TAKEN = {*SIZES, "L_r", "L_c", "O_r", "O_c", "F", "b", "k", "balance", "root_gamma", "sqrt", "N"}
"""Symbols that mean something else in a formula."""

_LONGEST_TEXT = 1000
_SAMPLES = 24


def read_schemes(path: Path) -> tuple[Scheme, ...]:
    """Read schemes from a TOML file of `[[scheme]]` tables.

    Raises FileError, which names the scheme, the stage and the key at fault.
    """
    content = load_toml(path)
    found: list[Scheme] = []
    try:
        refuse_unknown(content, ("scheme",))
        for number, entry in enumerate(tables(content, "scheme"), 1):
            place = f"scheme {number}"
            try:
                name = _named(entry, _NAME)
                place = f"scheme {quoted(name)}"
                if name in scheme_names() or name in [each.name for each in found]:
                    raise FieldError("name", "is that of another scheme: names must differ")
                found.append(_scheme(entry, name))
            except (FieldError, QuantityError) as error:
                raise FieldError(place, str(error)) from None
    except (FieldError, QuantityError) as error:
        raise FileError(os.fspath(path), str(error)) from None
    return tuple(found)


def _scheme(entry: Table, name: str) -> Scheme:
    refuse_unknown(entry, SCHEME_KEYS)
    parameters = _parameters(entry)
    known = (*SIZES, *(each.symbol for each in parameters))
    entries = tables(entry, "stage")
    if len(entries) > MOST_STAGES:
        raise FieldError("stage", f"has more than {MOST_STAGES} tables")
    forms: list[StageForm] = []
    for number, stage in enumerate(entries, 1):
        place = f"stage {number}"
        try:
            place = f"stage {quoted(_named(stage, _NAME))}"
            forms.append(_stage(stage, [form.name for form in forms], known))
        except (FieldError, QuantityError) as error:
            raise FieldError(place, str(error)) from None
    scheme = Scheme(name, _text(entry, "summary"), _text(entry, "source"), tuple(forms), parameters)
    _refuse_other_channels(scheme)
    return scheme


def _parameters(entry: Table) -> tuple[Parameter, ...]:
    """Return parameters with their defaults, each an expression in the sizes and in those before it."""
    given = entry.get("parameters", {})
    if not isinstance(given, dict):
        raise FieldError("parameters", 'is not a table such as { s = "N_i/4" }')
    found: list[Parameter] = []
    for name, default in given.items():
        if not re.fullmatch(_SYMBOL, name) or name in _TAKEN or keyword.iskeyword(name):
            raise FieldError("parameters", f"{quoted(name)} is not a name that a parameter can have")
        known = (*SIZES, *(each.symbol for each in found))
        found.append(Parameter(name, name, _expression_text({name: default}, name, known)))
    return tuple(found)


def _stage(entry: Table, before: list[str], known: tuple[str, ...]) -> StageForm:
    refuse_unknown(entry, STAGE_KEYS)
    name = entry["name"]
    if name in before or name == INPUT:
        raise FieldError("name", "is that of another stage: names must differ")
    kernel = text_of(entry, "kernel", _LONGEST_TEXT) if "kernel" in entry else NONE
    if kernel not in KERNELS:
        raise FieldError("kernel", f"{quoted(kernel)} is not one of {', '.join(KERNELS)}")
    source = text_of(entry, "from", _LONGEST_TEXT) if "from" in entry else None
    if source is not None and source not in (*before, INPUT):
        sources = (*before, INPUT)
        hint = did_you_mean(source, sources) or f"; those are {', '.join(sources)}"
        raise FieldError("from", f"{quoted(source)} is no stage before it{hint}")
    writes = _expression_text(entry, "writes", known)
    groups = _expression_text(entry, "groups", known) if "groups" in entry else "1"
    joins = entry.get("joins", False)
    if not isinstance(joins, bool):
        raise FieldError("joins", "is not true or false")
    return StageForm(name, writes, groups, kernel, source, joins=joins)


def _expression_text(entry: Table, key: str, known: tuple[str, ...]) -> str:
    """Return the text of an expression that reads known names only."""
    value = entry.get(key)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if value is None:
        raise FieldError(key, "is missing")
    if not isinstance(value, str):
        raise FieldError(key, 'is not an expression such as "N_o/2"')
    try:
        expression = read_expression(value)
    except QuantityError as error:
        raise FieldError(key, str(error)) from None
    _refuse_unknown_names(expression, key, known)
    return str(expression)


def _refuse_unknown_names(expression: Expression, key: str, known: tuple[str, ...]) -> None:
    for name in sorted(expression.names):
        if name not in known:
            hint = did_you_mean(name, known) or f"; those are {', '.join(known)}"
            raise FieldError(key, f"{quoted(name)} is no size or parameter{hint}")


def _refuse_other_channels(scheme: Scheme) -> None:
    """Refuse stages that do not write N_o channels together, whatever the layer.

    Two expressions of bounded degree that agree on so many random points are the same.
    """
    random = Random(0)
    for _ in range(_SAMPLES):
        n_i, n_o, f_r, f_c, *values = (random.randint(2, 10**9) for _ in range(4 + len(scheme.parameters)))
        gamma = Fraction(random.randint(2, 10**4)) ** 2
        parameters = {each.name: value for each, value in zip(scheme.parameters, values, strict=True)}
        sizes = Sizes(n_i**2, n_o**2, f_r * f_c, gamma, f_r**2, f_c**2, parameters)
        try:
            stages = scheme.stages(sizes)
            written = sum(stage.outputs for stage in stages if stage.is_last)
        except (ZeroDivisionError, NestedRootError, TypeError):
            raise FieldError(
                "stage", "has an expression that divides by zero, or roots that do not add"
            ) from None
        if written != sizes.n_o:
            last = (form.writes for form, stage in zip(scheme.forms, stages, strict=True) if stage.is_last)
            together = quoted(" + ".join(last))
            raise FieldError(
                "stage", f"those that no other reads, and those that join, write {together} channels, not N_o"
            )


def _named(entry: Table, pattern: str) -> str:
    name = text_of(entry, "name", _LONGEST_TEXT)
    if not re.fullmatch(pattern, name):
        raise FieldError("name", f"{quoted(name)} is not a name of letters, digits, - and _ of at most 40")
    return name


def _text(entry: Table, key: str) -> str:
    return printable(text_of(entry, key, _LONGEST_TEXT)) if key in entry else ""
