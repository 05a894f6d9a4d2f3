"""The memory and the storage that a network takes, as JSON and in the lines below a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction

from sepcost.core.errors import FieldError
from sepcost.core.limits import LimitCheck
from sepcost.hardware.execution import Execution
from sepcost.hardware.machine import Machine
from sepcost.network.measure import Measures
from sepcost.network.memory import Footprint, Live, Memory
from sepcost.report import phrases as words
from sepcost.report.limits import limit_line, measure, measured_record
from sepcost.report.result import Document
from sepcost.report.table import Cell

_MOST_NAMED = 4


def footprint_document(found: Footprint) -> Document:
    """Return memory and storage as JSON has them, in bytes, null with a reason where not known."""
    memory: Document = {"peak": None, "at": None, "live": [], "reason": found.memory_reason}
    if found.memory is not None:
        live = [{"name": each.name, "bytes": each.bytes} for each in found.memory.live]
        memory = {"peak": found.memory.peak, "at": found.memory.at, "live": live}
    document: Document = {"memory": memory, "storage": found.storage}
    return document if found.storage is not None else {**document, "storage_reason": found.storage_reason}


def footprint_notes(found: Footprint, execution: Execution) -> Iterator[Cell]:
    """Yield what a network's maps and its parameters take, or why that is not known."""
    if found.memory is not None:
        yield Cell(f"memory: {_memory_words(found.memory)}; {_sizes(execution, found)}", verbatim=True)
    else:
        yield Cell(f"memory {found.memory_reason}", verbatim=True)
    if found.storage is not None:
        yield Cell(f"storage: {words.byte_size(found.storage)} of parameters")
    else:
        yield Cell(f"storage {found.storage_reason}", verbatim=True)


def footprint_change_notes(
    names: tuple[str, str], before: Footprint, after: Footprint, execution: Execution
) -> Iterator[Cell]:
    """Yield what maps and parameters take in one network and in another, or why that is not known.

    names: of the networks, in the order of what they take.
    """
    for name, reason in zip(names, (before.memory_reason, after.memory_reason), strict=True):
        if reason is not None:
            yield Cell(f"memory of {name} {reason}", verbatim=True)
    if before.memory is not None and after.memory is not None:
        taken = change_words(before.memory.peak, after.memory.peak)
        at = f"at the peak, in {after.memory.at}"
        yield Cell(f"memory: {taken} {at}; {_sizes(execution, before, after)}", verbatim=True)
    for name, reason in zip(names, (before.storage_reason, after.storage_reason), strict=True):
        if reason is not None:
            yield Cell(f"storage of {name} {reason}", verbatim=True)
    if before.storage is not None and after.storage is not None:
        yield Cell(f"storage: {change_words(before.storage, after.storage)} of parameters")


def replaced_footprint_words(before: Footprint, after: Footprint) -> Iterator[str]:
    """Yield what maps and parameters take before layers are replaced and after, where that is known."""
    if before.memory is not None and after.memory is not None:
        yield f"memory {_change(before.memory.peak, after.memory.peak)} at the peak"
    if before.storage is not None and after.storage is not None:
        yield f"storage {_change(before.storage, after.storage)}"


def change_words(before: int, after: int) -> str:
    """Return bytes before and after a change.

    >>> change_words(4096, 1024), change_words(4096, 4096)
    ('4,096 -> 1,024 bytes (-3,072)', '4,096 bytes (unchanged)')
    """
    if before == after:
        return f"{words.several(after, 'byte')} (unchanged)"
    return f"{_change(before, after)} ({words.signed(after - before)})"


def _change(before: int, after: int) -> str:
    return f"{before:,} -> {words.several(after, 'byte')}"


def _sizes(execution: Execution, *found: Footprint) -> str:
    """Return what the elements of one network, or of two, take."""
    each = f"{words.several(execution.element_size, 'byte')} an element"
    typed = [one for one in found if one.own]
    if not typed:
        return each
    sizes = sorted({size for one in typed for size in one.own})
    own = f"elements of {'the' if len(found) == 1 else 'each'} file's own types ({_bytes_words(sizes)} bytes)"
    return own if len(typed) == len(found) else f"{own}, {each} of one that has none"


def _bytes_words(bits: Iterable[int]) -> str:
    return " and ".join(str(Fraction(size, 8)) for size in bits)


def own_sizes_words(own: Iterable[int], machine: Machine | None, option: str) -> str:
    """Return that elements take the file's own bytes, and how to count a machine's where those differ.

    own: in bits. option: what sets the bytes of an element, with {} for them.

    >>> own_sizes_words((8, 32), None, "--bytes {}")
    "elements take the bytes of the file's own types (1 and 4)"
    """
    said = f"elements take the bytes of the file's own types ({_bytes_words(own)})"
    if machine is None or tuple(own) == (8 * machine.bytes,):
        return said
    return f"{said}: {option.format(machine.bytes)} counts them as on this machine"


def _memory_words(memory: Memory) -> str:
    live = ", ".join(map(_live_words, memory.live[:_MOST_NAMED]))
    if more := len(memory.live) - _MOST_NAMED:
        live += f" and {more:,} more" if more > 0 else ""
    return f"{words.byte_size(memory.peak)} at the peak, in {memory.at}, of {live}"


def _live_words(live: Live) -> str:
    return f"{live.name} {live.bytes:,}"


def fits_document(measures: Measures, replaced: bool = False) -> Document | None:
    """Return whether a network fits a machine, as JSON has it; None where the machine says no sizes.

    replaced: whether every replaceable layer is.
    """
    try:
        checks = measures.fits(replaced)
    except FieldError as error:
        return {"passed": None, "reason": error.problem, "limits": []}
    return checks_document(checks) if checks else None


def checks_document(checks: tuple[LimitCheck, ...]) -> Document:
    """Return whether all limits are kept, and each, as JSON has them."""
    return {"passed": all(check.passed for check in checks), "limits": list(map(measured_record, checks))}


def fits_notes(measures: Measures, replaced: bool = False) -> Iterator[Cell]:
    """Yield whether a network fits a machine, or that this is not known.

    replaced: whether every replaceable layer is.
    """
    before = f"replaced as {measures.audited.replace}: " if replaced else ""
    try:
        checks = measures.fits(replaced)
    except FieldError as error:
        yield Cell(f"{before}whether it fits is not known: {error.problem}", verbatim=True)
        return
    for line in fits_lines(checks):
        yield Cell(f"{before}{line}")
    missed = not all(check.passed for check in checks)
    if missed and not replaced and measures.footprint.own:
        yield Cell(own_sizes_words(measures.footprint.own, measures.execution.machine, "--bytes {}"))


def fits_lines(checks: tuple[LimitCheck, ...]) -> Iterator[str]:
    """Yield whether what a network needs fits a machine's memory and storage, as people say it."""
    missed = [check for check in checks if not check.passed]
    parameters = ", parameters too" if [check.metric for check in checks] == ["memory"] else ""
    if checks and not missed:
        held = (f"{measure(check)} {check.value:,} of {check.limit:,}" for check in checks)
        yield f"fits: {', '.join(held)}{parameters}"
    for check in missed:
        yield f"does not fit: {limit_line(check)}{parameters}"
