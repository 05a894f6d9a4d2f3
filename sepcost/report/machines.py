"""Machines as JSON, rows and a table."""

from __future__ import annotations

from collections.abc import Iterable

from sepcost.hardware.machine import Machine
from sepcost.hardware.measured import Measured
from sepcost.report import phrases as words
from sepcost.report.convention import convention
from sepcost.report.result import Document, Report
from sepcost.report.table import Cell, Column, Row, Table


def report(machines: tuple[Machine, ...]) -> Report:
    """Return machines ready for every kind of output."""
    return Report(
        document=lambda: _document(machines),
        records=lambda: _document(machines)["machines"],
        table=lambda: _table(machines),
    )


def machine_document(machine: Machine | None) -> Document | None:
    """Return a machine as JSON has it: MAC/s, byte/s, bytes of one element, MACs per byte; None for none."""
    if machine is None:
        return None
    return {
        "name": machine.name,
        "peak": machine.peak,
        "bandwidth": machine.bandwidth,
        "bytes": machine.bytes,
        "memory": machine.memory,
        "storage": machine.storage,
        "balance": float(machine.balance),
        **_measured_document(machine.measured),
        "source": machine.source,
    }


def _measured_document(measured: Measured | None) -> Document:
    """Return what estimates are made from; nothing for a machine that was not measured."""
    if measured is None:
        return {}
    return {
        "cache": [cache._asdict() for cache in measured.caches],
        "launch_s": float(measured.launch),
        "efficiency": {kind: float(part) for kind, part in measured.efficiency.items()},
        "error": None if measured.error is None else float(measured.error),
    }


def machine_words(machine: Machine) -> str:
    """Return a machine in one line."""
    figures = (
        f"{words.scaled(machine.peak)} MAC/s, {words.scaled(machine.bandwidth)} byte/s, "
        f"balance {words.decimal(float(machine.balance))} MACs/byte"
    )
    return figures if machine.name is None else f"{machine.name}, {figures}"


def measured_words(machine: Machine) -> str:
    """Return what measuring a machine found, in one line."""
    found = f"{words.scaled(machine.peak)} MAC/s at its peak"
    if machine.measured is None or machine.measured.error is None:
        return found
    return f"{found}, estimates {words.percent(machine.measured.error)} off in the median"


def _document(machines: Iterable[Machine]) -> Document:
    return {
        "schema": "sepcost/machines/1",
        "convention": convention(bias=False),
        "machines": [machine_document(machine) for machine in machines],
    }


def _table(machines: Iterable[Machine]) -> Table:
    columns = (
        Column("machine"),
        Column("MAC/s", numeric=True),
        Column("byte/s", numeric=True),
        Column("bytes", numeric=True),
        Column("balance", numeric=True),
        Column("memory", numeric=True),
        Column("storage", numeric=True),
    )
    rows = tuple(
        Row(
            (
                Cell(str(machine.name), verbatim=True),
                Cell(words.scaled(machine.peak)),
                Cell(words.scaled(machine.bandwidth)),
                Cell(str(machine.bytes)),
                Cell(words.decimal(float(machine.balance))),
                Cell(words.room(machine.memory)),
                Cell(words.room(machine.storage)),
            )
        )
        for machine in machines
    )
    sources = [Cell(f"{machine.name}: {machine.source}", verbatim=True) for machine in machines]
    legend = (
        "MAC/s: at its peak; bytes: of one element; balance: MACs per byte at which both take equally long",
        "memory: bytes for maps, and for parameters where there is no storage of its own, such as flash; "
        "sizes of memory and storage, KB to GB in the sources, go by powers of 1024: 1 Ki is 1,024 bytes",
    )
    return Table("Machines that --machine knows", columns, rows, (*sources, *map(Cell, legend)))
