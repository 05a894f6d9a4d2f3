"""Schemes of a user's own, read from a TOML file."""

from __future__ import annotations

import os

from sepcost.core.errors import FieldError, FileError, QuantityError, printable, quoted
from sepcost.core.expression import ONE
from sepcost.core.files import Path, Table, load_file_of, refuse_unknown, tables
from sepcost.core.quantity import checked_field
from sepcost.core.scheme import NONE, Parameter, Scheme, StageForm
from sepcost.core.scheme_keys import (
    MOST_STAGES,
    SCHEME_KEYS,
    STAGE_KEYS,
    checked_expression,
    scheme_key,
    stage_key,
)
from sepcost.core.scheme_rules import refuse_broken
from sepcost.core.schemes import scheme_names


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
    parameters = tuple(
        Parameter(symbol, symbol, str(checked_field(symbol, checked_expression, default)))
        for symbol, default in scheme_key("parameters").read(entry, {}).items()
    )
    entries = tables(entry, "stage", "scheme")
    if len(entries) > MOST_STAGES:
        raise FieldError("stage", f"has more than {MOST_STAGES} tables")
    forms: list[StageForm] = []
    for number, stage in enumerate(entries, 1):
        place = f"stage {number}"
        try:
            place = f"stage {quoted(stage_key('name').required(stage))}"
            forms.append(_stage(stage))
        except (FieldError, QuantityError) as error:
            raise FieldError(place, str(error)) from None
    scheme = Scheme(name, _text(entry, "summary"), _text(entry, "source"), tuple(forms), parameters)
    refuse_broken(scheme)
    return scheme


def _stage(entry: Table) -> StageForm:
    refuse_unknown(entry, tuple(key.name for key in STAGE_KEYS))
    return StageForm(
        entry["name"],
        str(stage_key("writes").required(entry)),
        str(stage_key("groups").read(entry, ONE)),
        stage_key("kernel").read(entry, NONE),
        stage_key("from").read(entry),
        joins=stage_key("joins").read(entry, False),
    )


def _text(entry: Table, key: str) -> str:
    return printable(scheme_key(key).read(entry, ""))
