"""The [[layer]] tables of a network, read into what each is: all that can be told without its maps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import NamedTuple

from sepcost.core.errors import FieldError, QuantityError, quoted
from sepcost.core.files import Table, refuse_unknown
from sepcost.core.formulas import Bias
from sepcost.core.quantity import Lengths, checked_field, checked_whole
from sepcost.core.scheme import Scheme
from sepcost.core.schemes import (
    BASELINE,
    owners_of,
    parameter_names,
    scheme_named,
    scheme_names,
    symbol_meant,
)
from sepcost.network.model import MOST_LAYERS
from sepcost.network.names import clean_name
from sepcost.network.toml.keys import (
    BLOCK,
    CONVOLUTION,
    DENSE,
    EXCITE,
    GLOBAL,
    JOIN,
    KINDS,
    LAYER_KEYS,
    POOL,
    UPSAMPLE,
    keys_of,
    layer_key,
)

GROUPED = "grouped"
GENERALIZED = "generalized"
_DEEPEST = 8
"""Blocks in blocks."""

_CHOICE = "a layer has one of out, pool, dense, upsample, layer and se, or add or concat alone"


class Convolution(NamedTuple):
    """A convolution in a scheme, `out` channels before any width. gamma: where its entry says it."""

    out: int
    kernel: Lengths
    stride: Lengths
    dilation: Lengths
    padding: str | Lengths
    scheme: Scheme
    parameters: dict[str, int]
    gamma: Fraction | None
    transposed: bool
    scales: bool
    bias: Bias
    excite: int | None


class Pool(NamedTuple):
    """A pool; window: None where it is global."""

    window: Lengths | None
    stride: Lengths
    padding: str | Lengths


class Dense(NamedTuple):
    """A fully connected layer."""

    out: int
    bias: Bias


class Upsample(NamedTuple):
    """A longer map of the same channels."""

    factor: Lengths


class Excite(NamedTuple):
    """Squeeze and excite, of 1/reduction of the channels."""

    reduction: int
    bias: Bias


class Block(NamedTuple):
    """Layers in order, as one."""

    entries: tuple[Entry, ...]


class Join(NamedTuple):
    """What it reads, joined, and nothing more."""


What = Convolution | Pool | Dense | Upsample | Excite | Block | Join


class Entry(NamedTuple):
    """A [[layer]]: what it reads, what that becomes, and how often.

    reads: names of layers; empty for the one before. joined: the key that names them.
    """

    name: str
    reads: tuple[str, ...]
    joined: str
    what: What
    kind: str
    repeat: int
    residual: bool


def read_entries(tables: list[Table], bias: Bias, depth: int = 0) -> tuple[Entry, ...]:
    """Return the layers of a network or block; FieldError, which names the layer and key at fault.

    bias: whether those have biases that do not say.
    """
    return tuple(_entries(tables, bias, depth))


def _entries(tables: list[Table], bias: Bias, depth: int) -> Iterator[Entry]:
    for number, table in enumerate(tables, 1):
        name = f"layer{number}"
        try:
            name = clean_name(layer_key("name").read(table, name))
            yield _entry(table, name, bias, depth)
        except (FieldError, QuantityError) as error:
            raise FieldError(f"layer {quoted(name)}", str(error)) from None


def _entry(table: Table, name: str, bias: Bias, depth: int) -> Entry:
    kind = _kind(table)
    if kind != CONVOLUTION:
        refuse_unknown(table, keys_of(kind))
    own_bias = layer_key("bias").read(table, bias)
    reads, joined = _reads(table)
    what = _READERS[kind](table, own_bias) if kind != BLOCK else _block(table, bias, depth)
    residual = layer_key("residual").read(table, False)
    return Entry(name, reads, joined, what, kind, _repeat(table), residual)


def _kind(table: Table) -> str:
    """Return the key that says what a layer is; se may stand beside out."""
    named = [kind for kind in KINDS[:-1] if kind in table]
    if CONVOLUTION in named and EXCITE in named:
        named.remove(EXCITE)
    if len(named) > 1:
        raise FieldError(named[1], f"stands beside {named[0]}: {_CHOICE}")
    if named:
        return named[0]
    if "add" in table or "concat" in table:
        return JOIN
    refuse_unknown(table, tuple(each.key.name for each in LAYER_KEYS))
    raise FieldError("out", f"is missing: {_CHOICE}")


def _reads(table: Table) -> tuple[tuple[str, ...], str]:
    """Return the names of the layers that a layer reads, and the key that joins them."""
    given = [key for key in ("from", "add", "concat") if key in table]
    if not given:
        return (), "from"
    if len(given) > 1:
        raise FieldError(given[1], f"stands beside {given[0]}: a layer reads one of from, add and concat")
    value = layer_key(given[0]).read(table)
    return tuple(map(clean_name, (value,) if isinstance(value, str) else value)), given[0]


def _repeat(table: Table) -> int:
    repeat: int = layer_key("repeat").read(table, 1)
    if repeat > MOST_LAYERS:
        raise FieldError("repeat", f"{repeat} layers are more than {MOST_LAYERS}, the most there can be")
    return repeat


def _convolution(table: Table, bias: Bias) -> Convolution:
    read = {name: layer_key(name) for name in keys_of(CONVOLUTION)}
    scheme = _scheme(table)
    parameters = _parameters(table, scheme)
    gamma = None
    if scheme.name == GENERALIZED:
        # Its multiplier is the entry's own, whatever N_o is.
        gamma = Fraction(read["multiplier"].required(table))
    elif "multiplier" in table:
        raise FieldError("multiplier", f'is for scheme = "{GENERALIZED}" only')
    return Convolution(
        read["out"].required(table),
        read["kernel"].required(table),
        read["stride"].read(table, 1),
        read["dilation"].read(table, 1),
        read["padding"].read(table, "same"),
        scheme,
        parameters,
        gamma,
        read["transposed"].read(table, False),
        read["scale"].read(table, True),
        bias,
        read["se"].read(table),
    )


def _scheme(table: Table) -> Scheme:
    name = layer_key("scheme").read(table, GROUPED if "groups" in table else BASELINE)
    try:
        return scheme_named(name)
    except QuantityError as error:
        raise FieldError("scheme", f"{error}; schemes of a file are known with --schemes") from None


def _parameters(table: Table, scheme: Scheme) -> dict[str, int]:
    """Return the parameters of its scheme that an entry gives; FieldError for any other key."""
    keys = keys_of(CONVOLUTION)
    own = tuple(scheme.symbols)
    for name in own:
        if name in keys:
            raise FieldError(
                "scheme", f"{scheme.name} has a parameter {quoted(name)}, which is a key of layers"
            )
    for name in table:
        if name not in (*keys, *own):
            if owners := owners_of(name):
                raise FieldError(name, f"is a parameter of {' and '.join(owners)}, not of {scheme.name}")
            if meant := symbol_meant(name):
                raise FieldError(quoted(name), f"is not a key{meant}")
    refuse_unknown(table, (*keys, *parameter_names(scheme_names())))
    return {name: checked_field(name, checked_whole, table[name]) for name in own if name in table}


def _pool(table: Table, _bias: Bias) -> Pool:
    window = layer_key("pool").read(table)
    if window == GLOBAL:
        for key in ("stride", "padding"):
            if key in table:
                raise FieldError(key, "has no meaning for a global pool")
        return Pool(None, 1, "valid")
    return Pool(window, layer_key("stride").read(table, window), layer_key("padding").read(table, "valid"))


def _dense(table: Table, bias: Bias) -> Dense:
    return Dense(layer_key("dense").read(table), bias)


def _upsample(table: Table, _bias: Bias) -> Upsample:
    return Upsample(layer_key("upsample").read(table))


def _excite(table: Table, bias: Bias) -> Excite:
    return Excite(layer_key("se").read(table), bias)


def _join(_table: Table, _bias: Bias) -> Join:
    return Join()


def _block(table: Table, bias: Bias, depth: int) -> Block:
    if depth == _DEEPEST:
        raise FieldError("layer", f"is the block of more than {_DEEPEST} blocks in one another")
    return Block(read_entries(layer_key("layer").read(table), bias, depth + 1))


_READERS: dict[str, Callable[[Table, Bias], What]] = {
    CONVOLUTION: _convolution,
    POOL: _pool,
    DENSE: _dense,
    UPSAMPLE: _upsample,
    EXCITE: _excite,
    JOIN: _join,
}
