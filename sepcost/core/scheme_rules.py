"""What every scheme beside the built-in ones has to keep, whether a file or a program defines it."""

from __future__ import annotations

import keyword
import re
from collections.abc import Collection, Sequence
from fractions import Fraction
from functools import cache
from random import Random

from sepcost.core.errors import FieldError, QuantityError, did_you_mean, quoted
from sepcost.core.exact import RootError, problem_of
from sepcost.core.expression import read_expression
from sepcost.core.formulas import Sizes
from sepcost.core.scheme import INPUT, KERNELS, SIZES, Scheme, StageForm
from sepcost.core.scheme_keys import SYMBOL

_TAKEN = {*SIZES, "L_r", "L_c", "O_r", "O_c", "F", "b", "k", "balance", "sqrt", "N"}
"""Symbols that mean something else in a formula."""

_SAMPLES = 24
_LARGEST_SAMPLE = 10**4


@cache
def refuse_broken(scheme: Scheme) -> None:
    """Raise FieldError for a scheme whose names mean nothing, or that writes other than N_o channels."""
    known = [*SIZES]
    for parameter in scheme.parameters:
        symbol = parameter.symbol
        if not re.fullmatch(SYMBOL, symbol) or symbol in _TAKEN or keyword.iskeyword(symbol):
            raise FieldError("parameters", f"{quoted(symbol)} is not a name that a parameter can have")
        _refuse_unknown_names(parameter.name, parameter.default, known)
        known.append(symbol)
    before: list[str] = []
    for form in scheme.forms:
        try:
            _refuse_broken_stage(form, before, known)
        except FieldError as error:
            raise FieldError(f"stage {quoted(form.name)}", str(error)) from None
        before.append(form.name)
    _refuse_other_channels(scheme)


def _refuse_broken_stage(form: StageForm, before: Collection[str], known: Sequence[str]) -> None:
    if form.name in before or form.name == INPUT:
        raise FieldError("name", "is that of another stage: names must differ")
    if form.kernel not in KERNELS:
        _refuse("kernel", form.kernel, "is no kernel", KERNELS)
    sources = (*before, INPUT)
    if form.source is not None and form.source not in sources:
        _refuse("from", form.source, "is no stage before it", sources)
    parameters = known[len(SIZES) :]
    if form.skipped_at_one is not None and form.skipped_at_one not in parameters:
        _refuse("skipped_at_one", form.skipped_at_one, "is no parameter", parameters)
    _refuse_unknown_names("writes", form.writes, known)
    _refuse_unknown_names("groups", form.groups, known)


def _refuse_unknown_names(key: str, text: str, known: Sequence[str]) -> None:
    try:
        names = read_expression(text).names
    except QuantityError as error:
        raise FieldError(key, str(error)) from None
    for name in sorted(names):
        if name not in known:
            _refuse(key, name, "is no size or parameter", known)


def _refuse(key: str, word: str, problem: str, known: Sequence[str]) -> None:
    hint = did_you_mean(word, known) or f"; those are {', '.join(known) or 'none'}"
    raise FieldError(key, f"{quoted(word)} {problem}{hint}")


def _refuse_other_channels(scheme: Scheme) -> None:
    """Refuse stages that do not write N_o channels together, whatever the layer.

    Two expressions of bounded degree that agree on so many random points are the same.
    """
    random = Random(0)
    for _ in range(_SAMPLES):
        count = 5 + len(scheme.parameters)
        n_i, n_o, f_r, f_c, root, *values = (random.randint(2, _LARGEST_SAMPLE) for _ in range(count))
        parameters = {each.name: value for each, value in zip(scheme.parameters, values, strict=True)}
        sizes = Sizes(n_i**2, n_o**2, f_r * f_c, Fraction(root) ** 2, f_r**2, f_c**2, parameters)
        try:
            stages = scheme.stages(sizes)
            written = sum(stage.outputs for stage in stages if stage.is_last)
        except (ZeroDivisionError, RootError) as error:
            raise FieldError("stage", f"has an expression that {problem_of(error)}") from None
        if written != sizes.n_o:
            last = (form.writes for form, stage in zip(scheme.forms, stages, strict=True) if stage.is_last)
            together = quoted(" + ".join(last))
            raise FieldError(
                "stage", f"those that no other reads, and those that join, write {together} channels, not N_o"
            )
