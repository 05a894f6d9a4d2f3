"""Machines in TOML files, written by hand or by measuring."""

from __future__ import annotations

import json
import os
from decimal import Decimal
from fractions import Fraction

from sepcost.core.errors import FieldError, FileError, QuantityError, printable
from sepcost.core.files import Path, Table, load_toml, refuse_unknown, tables, text_of
from sepcost.core.quantity import byte_limit, checked_field, checked_rate, checked_size, duration, limit
from sepcost.hardware.machine import Machine
from sepcost.hardware.measured import Cache, Measured

_MEASURED_KEYS = ("cache", "launch", "efficiency", "error")
MACHINE_KEYS = (
    "name",
    "peak",
    "bandwidth",
    "bytes",
    "memory",
    "storage",
    *_MEASURED_KEYS,
    "source",
)

_LONGEST_TEXT = 1000


def read_machine(path: Path) -> Machine:
    """Read a machine from a TOML file: its peak and bandwidth, and perhaps more of it.

    Raises FileError, which names the key at fault.
    """
    content = load_toml(path)
    try:
        return _machine(content)
    except (FieldError, QuantityError) as error:
        raise FileError(os.fspath(path), str(error)) from None


def _machine(content: Table) -> Machine:
    refuse_unknown(content, MACHINE_KEYS)
    return Machine(
        _read_rate(content, "peak"),
        _read_rate(content, "bandwidth"),
        content.get("bytes", Machine.bytes),
        _read_text(content, "name"),
        _read_text(content, "source"),
        _read_size(content, "memory") if "memory" in content else None,
        _read_size(content, "storage") if "storage" in content else None,
        _measured(content),
    )


def _measured(content: Table) -> Measured | None:
    if not any(key in content for key in _MEASURED_KEYS):
        return None
    launch = Fraction(0)
    if "launch" in content:
        launch = _duration(text_of(content, "launch", _LONGEST_TEXT))
    caches = tables(content, "cache") if "cache" in content else ()
    return Measured(tuple(map(_cache, caches)), launch, content.get("efficiency", {}), content.get("error"))


def _duration(text: str) -> Fraction:
    return checked_field("launch", lambda _: duration(text), text)


def _cache(table: Table) -> Cache:
    try:
        refuse_unknown(table, Cache._fields)
        return Cache(_read_size(table, "size"), _read_rate(table, "bandwidth"))
    except FieldError as error:
        raise FieldError("cache", str(error)) from None


def _read_rate(content: Table, key: str) -> int:
    return checked_field(key, _rate, _required(content, key))


def _read_size(content: Table, key: str) -> int:
    return checked_field(key, _size, _required(content, key))


def _required(content: Table, key: str) -> object:
    if key not in content:
        raise FieldError(key, "is missing")
    return content[key]


def _rate(value: object) -> int:
    """Return MAC/s or byte/s from a number that is whole, or from a text such as 3.35T."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return limit(value) if isinstance(value, str) else checked_rate(value)


def _size(value: object) -> int:
    """Return bytes from a whole number, or from a text such as 320Ki."""
    return byte_limit(value) if isinstance(value, str) else checked_size(value)


def _read_text(content: Table, key: str) -> str | None:
    return printable(text_of(content, key, _LONGEST_TEXT)) if key in content else None


def machine_toml(machine: Machine) -> str:
    """Return a machine as the TOML file that `read_machine` reads it from."""
    lines = [f"name = {_quoted(machine.name)}"] if machine.name else []
    lines += [f"peak = {machine.peak}  # MAC/s", f"bandwidth = {machine.bandwidth}  # byte/s"]
    lines += [f"bytes = {machine.bytes}  # of one element"]
    for key, size in (("memory", machine.memory), ("storage", machine.storage)):
        lines += [] if size is None else [f"{key} = {size}"]
    measured = machine.measured
    if measured is not None and measured.launch:
        lines.append(f'launch = "{_decimal(measured.launch * 10**9)}ns"  # of a pass, whatever it does')
    if measured is not None and measured.error is not None:
        error = _decimal(measured.error)
        lines.append(f"error = {error}  # the median, of layers that nothing was fitted to")
    lines += [f"source = {_quoted(machine.source)}"] if machine.source else []
    if measured is not None:
        for cache in measured.caches:
            lines += ["", "[[cache]]", f"size = {cache.size}", f"bandwidth = {cache.bandwidth}"]
        if measured.efficiency:
            lines += ["", "[efficiency]  # the part of the peak that a kind of stage reaches"]
            lines += [f"{kind} = {_decimal(part)}" for kind, part in measured.efficiency.items()]
    return "\n".join([*lines, ""])


def _quoted(text: str) -> str:
    """Return a printable text as TOML has it: a JSON string is one."""
    return json.dumps(text, ensure_ascii=False)


def _decimal(value: Fraction) -> str:
    """Return a number that ends as a decimal, all figures of it."""
    return f"{Decimal(value.numerator) / Decimal(value.denominator):f}"
