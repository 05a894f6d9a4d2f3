"""What bytes, a bound and a machine are, in the lines below whatever shows them."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from sepcost.core.metrics import BYTES_MOVED
from sepcost.hardware.machine import Machine
from sepcost.hardware.measured import Measured
from sepcost.hardware.roofline import MIXED
from sepcost.report import phrases as words
from sepcost.report.machines import machine_words
from sepcost.report.table import Cell

if TYPE_CHECKING:
    from sepcost.comparison import Comparison, SchemeCost
    from sepcost.hardware.execution import Execution
    from sepcost.network.bounds import NetworkBound, Times


_MOST_NAMED = 12


def traffic_note(element_size: int | None, fused: bool) -> Cell:
    """Return what the bytes moved are; an element size that is not known is b."""
    each = "b bytes" if element_size is None else words.several(element_size, "byte")
    passes = "one pass a scheme, its inner map not moved" if fused else "a pass for each stage"
    return Cell(f"{BYTES_MOVED}: inputs, weights and outputs once a pass, {each} an element; {passes}")


def run_notes(execution: Execution, uncounted: bool = False) -> Iterator[Cell]:
    """Yield what the bytes and times of layers are, and of which machine.

    uncounted: whether they are a network's, which has operators that are left out.
    """
    yield traffic_note(execution.element_size, execution.fused)
    if execution.machine is None:
        return
    yield bound_note()
    if execution.measured is not None:
        yield _estimate_note(execution.measured)
    if uncounted:
        times = "the bound leaves" if execution.measured is None else "the bound and the estimate leave"
        yield Cell(f"{times} out operators that are not counted, such as pooling and activations")
    yield machine_note(execution.machine)


def bound_note() -> Cell:
    """Return what a bound is."""
    time = "max(MACs/peak, bytes/bandwidth) of each pass"
    return Cell(f"bound: roofline bound, {time}; a run takes that or longer")


def _estimate_note(measured: Measured) -> Cell:
    """Return what an estimate is and how far off it is."""
    off = "its error is not known"
    if measured.error is not None:
        off = f"off by {words.percent(measured.error)} in the median, on layers left out of measuring"
    return Cell(f"estimate: from what was measured on this machine; {off}")


def bound_word(by: str) -> str:
    """Return what a bound is called by what binds it.

    >>> bound_word("memory"), bound_word("mixed")
    ('memory-bound', 'bound by both')
    """
    return "bound by both" if by == MIXED else f"{by}-bound"


def time_saving_note(against: str) -> Cell:
    """Return what a saving in time is."""
    return Cell(f"time saving: bound of {against} / this bound")


def machine_note(machine: Machine) -> Cell:
    """Return which machine a bound is for."""
    return Cell(f"machine: {machine_words(machine)}", verbatim=True)


def comparison_notes(result: Comparison, execution: Execution) -> Iterator[Cell]:
    """Yield what a comparison's bytes, times and machine are, and where MACs and time disagree."""
    if execution.machine is not None:
        said: dict[str, list[str]] = {}
        for row in result.schemes:
            if (sentence := disagreement(row)) is not None:
                said.setdefault(sentence, []).append(row.scheme)
        for sentence, schemes in said.items():
            yield Cell(f"{', '.join(schemes)}: {sentence}")
        yield time_saving_note(result.against)
    yield from run_notes(execution)


def disagreement(row: SchemeCost) -> str | None:
    """Return in one sentence that MACs fall where time does not, or the reverse; None where they agree."""
    saving = row.saving
    if (
        saving is None
        or saving.macs is None
        or saving.time is None
        or _sign(saving.macs) == _sign(saving.time)
    ):
        return None
    macs = _factor(saving.macs, "as many MACs", "times fewer MACs", "times more MACs")
    bound = _factor(saving.time, "the same", "times lower", "times higher")
    return f"{macs}, but on this machine its bound is {bound}: {_binders(row)}"


def _sign(saving: Fraction) -> int:
    return (saving > 1) - (saving < 1)


def _factor(saving: Fraction, same: str, below: str, above: str) -> str:
    if saving == 1:
        return same
    return f"{_rounded(saving)} {below}" if saving > 1 else f"{_rounded(1 / saving)} {above}"


def _rounded(factor: Fraction) -> str:
    """Return a factor above 1 with a decimal, or with as many as it takes not to read as 1."""
    texts = (f"{float(factor):,.{decimals}f}" for decimals in range(1, 16))
    return next((text for text in texts if float(text.replace(",", "")) != 1), "barely 1")


def _binders(row: SchemeCost) -> str:
    """Return what binds a scheme, stage by stage where they differ."""
    loads = [stage.load for stage in row.stages if stage.load is not None]
    parts = [(load.name, load.bound.by) for load in loads if load.bound is not None]
    if not parts:
        assert row.load is not None
        assert row.load.bound is not None
        return f"the pass is {bound_word(row.load.bound.by)}"
    if len({by for _, by in parts}) == 1:
        return f"every stage is {bound_word(parts[0][1])}"
    return ", ".join(f"its {stage} is {bound_word(by)}" for stage, by in parts)


def network_notes(bounded: NetworkBound) -> Iterator[Cell]:
    """Yield what time a network gains and loses on a machine, then what its bytes, times and machine are."""
    if bounded.audit.replaced_layers:
        for name, times in (("bound", bounded.bounds), ("estimate", bounded.estimates)):
            if times is not None:
                yield from _gains(times, name)
    yield from run_notes(bounded.execution, uncounted=True)


def _gains(times: Times, name: str) -> Iterator[Cell]:
    """Yield how many replacements gain time and lose it, by a bound or an estimate, and which lose it."""
    about = "" if name == "bound" else f"by the {name}, "
    said = f"{about}time is gained by {words.several(len(times.gaining), 'replacement')} and lost by"
    said += f" {len(times.losing):,}"
    if times.losing:
        said += f"; without those that lose it, the {name} is {words.seconds(times.best_seconds)}"
    yield Cell(said)
    if times.losing:
        more = f" and {len(times.losing) - _MOST_NAMED:,} more" if len(times.losing) > _MOST_NAMED else ""
        yield Cell(f"{about}lose time: {', '.join(times.losing[:_MOST_NAMED])}{more}", verbatim=True)
