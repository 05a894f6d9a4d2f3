"""Schemes of a user's own, read from a TOML file."""

from __future__ import annotations

import keyword
import os
import re

from sepcost.core.errors import FieldError, FileError, QuantityError, did_you_mean, printable, quoted
from sepcost.core.expression import ONE, Expression
from sepcost.core.files import Path, Table, load_file_of, refuse_unknown, tables
from sepcost.core.quantity import checked_field
from sepcost.core.scheme import INPUT, NONE, SIZES, Parameter, Scheme, StageForm
from sepcost.core.scheme_channels import refuse_other_channels
from sepcost.core.scheme_keys import (
    MOST_STAGES,
    SCHEME_KEYS,
    STAGE_KEYS,
    SYMBOL,
    checked_expression,
    scheme_key,
    stage_key,
)
from sepcost.core.schemes import scheme_names

_TAKEN = {*SIZES, "L_r", "L_c", "O_r", "O_c", "F", "b", "k", "balance", "sqrt", "N"}
"""Symbols that mean something else in a formula."""


def read_schemes(path: Path) -> tuple[Scheme, ...]:
    """Read schemes from a TOML file of `[[scheme]]` tables.

    Raises FileError, which names the scheme, the stage and the key at fault.
    """
    content = load_file_of("scheme", path)
    found: list[Scheme] = []
    try:
        refuse_unknown(content, ("scheme",))
        for number, entry in enumerate(tables(content, "scheme"), 1):
            place = f"scheme {number}"
            try:
                name = scheme_key("name").required(entry)
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
    refuse_unknown(entry, tuple(key.name for key in SCHEME_KEYS))
    parameters = _parameters(entry)
    known = (*SIZES, *(each.symbol for each in parameters))
    entries = tables(entry, "stage", "scheme")
    if len(entries) > MOST_STAGES:
        raise FieldError("stage", f"has more than {MOST_STAGES} tables")
    forms: list[StageForm] = []
    for number, stage in enumerate(entries, 1):
        place = f"stage {number}"
        try:
            place = f"stage {quoted(stage_key('name').required(stage))}"
            forms.append(_stage(stage, [form.name for form in forms], known))
        except (FieldError, QuantityError) as error:
            raise FieldError(place, str(error)) from None
    scheme = Scheme(name, _text(entry, "summary"), _text(entry, "source"), tuple(forms), parameters)
    refuse_other_channels(scheme)
    return scheme


def _parameters(entry: Table) -> tuple[Parameter, ...]:
    """Return parameters with their defaults, each an expression in the sizes and in those before it."""
    found: list[Parameter] = []
    for name, default in scheme_key("parameters").read(entry, {}).items():
        if not re.fullmatch(SYMBOL, name) or name in _TAKEN or keyword.iskeyword(name):
            raise FieldError("parameters", f"{quoted(name)} is not a name that a parameter can have")
        known = (*SIZES, *(each.symbol for each in found))
        expression = checked_field(name, checked_expression, default)
        found.append(Parameter(name, name, _of_known(expression, name, known)))
    return tuple(found)


def _stage(entry: Table, before: list[str], known: tuple[str, ...]) -> StageForm:
    refuse_unknown(entry, tuple(key.name for key in STAGE_KEYS))
    name = entry["name"]
    if name in before or name == INPUT:
        raise FieldError("name", "is that of another stage: names must differ")
    kernel = stage_key("kernel").read(entry, NONE)
    source = stage_key("from").read(entry)
    if source is not None and source not in (*before, INPUT):
        sources = (*before, INPUT)
        hint = did_you_mean(source, sources) or f"; those are {', '.join(sources)}"
        raise FieldError("from", f"{quoted(source)} is no stage before it{hint}")
    writes = _of_known(stage_key("writes").required(entry), "writes", known)
    groups = _of_known(stage_key("groups").read(entry, ONE), "groups", known)
    return StageForm(name, writes, groups, kernel, source, joins=stage_key("joins").read(entry, False))


def _of_known(expression: Expression, key: str, known: tuple[str, ...]) -> str:
    """Return the text of an expression that reads known names only."""
    _refuse_unknown_names(expression, key, known)
    return str(expression)


def _refuse_unknown_names(expression: Expression, key: str, known: tuple[str, ...]) -> None:
    for name in sorted(expression.names):
        if name not in known:
            hint = did_you_mean(name, known) or f"; those are {', '.join(known)}"
            raise FieldError(key, f"{quoted(name)} is no size or parameter{hint}")


def _text(entry: Table, key: str) -> str:
    return printable(scheme_key(key).read(entry, ""))
