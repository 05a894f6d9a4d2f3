"""Machines in TOML files, written by hand or by measuring."""

from __future__ import annotations

import json
import os
from decimal import Decimal
from fractions import Fraction

from sepcost.core.errors import FieldError, FileError, QuantityError, printable
from sepcost.core.files import Path, Table, load_file_of, refuse_unknown, tables
from sepcost.hardware.machine import Machine
from sepcost.hardware.machine_keys import MACHINE_KEYS, MEASURED, cache_key, machine_key
from sepcost.hardware.measured import Cache, Measured


def read_machine(path: Path) -> Machine:
    """Read a machine from a TOML file: its peak and bandwidth, and perhaps more of it.

    Raises FileError, which names the key at fault.
    """
    content = load_file_of("peak", path)
    try:
        return _machine(content)
    except (FieldError, QuantityError) as error:
        raise FileError(os.fspath(path), str(error)) from None


def _machine(content: Table) -> Machine:
    refuse_unknown(content, tuple(key.name for key in MACHINE_KEYS))
    if "memory" in content and not {"peak", "bandwidth"} & content.keys():
        raise FieldError("peak", f"is missing, and so is bandwidth: {_without_rates(content)}")
    return Machine(
        machine_key("peak").required(content),
        machine_key("bandwidth").required(content),
        machine_key("bytes").read(content, Machine.bytes),
        _text(content, "name"),
        _text(content, "source"),
        machine_key("memory").read(content),
        machine_key("storage").read(content),
        _measured(content),
    )


def _without_rates(content: Table) -> str:
    """Return how what fits a machine is told where its sizes are all that is known."""
    options = {"memory": "--max-memory", "storage": "--max-storage", "bytes": "--bytes"}
    for key in options:
        machine_key(key).read(content)
    given = " ".join(f"{option} {content[key]}" for key, option in options.items() if key in content)
    return f"what fits is told without a machine, by audit, compare or fit {given}"


def _measured(content: Table) -> Measured | None:
    if not any(key in content for key in MEASURED):
        return None
    return Measured(
        tuple(map(_cache, tables(content, "cache") if "cache" in content else ())),
        machine_key("launch").read(content, Fraction(0)),
        machine_key("efficiency").read(content, {}),
        machine_key("error").read(content),
    )


def _cache(table: Table) -> Cache:
    try:
        refuse_unknown(table, Cache._fields)
        return Cache(*(cache_key(name).required(table) for name in Cache._fields))
    except FieldError as error:
        raise FieldError("cache", str(error)) from None


def _text(content: Table, key: str) -> str | None:
    text = machine_key(key).read(content)
    return None if text is None else printable(text)


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
