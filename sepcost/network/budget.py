"""Budgets that networks must keep, read from a TOML file and evaluated; what cannot be held fails."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import NamedTuple

from sepcost.core.errors import FieldError, FileError, QuantityError, one_of, quoted
from sepcost.core.files import Path, Table, refuse_unknown
from sepcost.core.limits import LimitCheck, Limited
from sepcost.core.quantity import Lengths, checked_field
from sepcost.core.shown import Shown
from sepcost.hardware.execution import USUAL_EXECUTION, Execution
from sepcost.hardware.machines import find_machine
from sepcost.network.budget_file import budget_tables
from sepcost.network.budget_keys import BUDGET_KEYS, LIMITS, Shapes, budget_key
from sepcost.network.doubts import doubts
from sepcost.network.layer import NetworkLayer
from sepcost.network.measure import Measures
from sepcost.network.model import Network
from sepcost.network.names import clean_name, matching
from sepcost.network.read import read_network


class Source(NamedTuple):
    """What a budget's network is read from; None where its file says it."""

    path: str
    width: Fraction | None
    size: Lengths | None
    input_shape: Shapes | None
    unbatched: bool


@dataclass(frozen=True)
class BudgetRow:
    """One limit of one budget, compared with its network or the worst of the layers that it names.

    others: the other layers that exceed it.
    execution: how the network runs. own: of bytes, the bits of an element in the file's own types, each size
        once; empty where those do not count.
    """

    name: str
    check: LimitCheck
    layer: str | None = None
    others: tuple[str, ...] = ()
    execution: Execution = USUAL_EXECUTION
    own: tuple[int, ...] = ()


@dataclass(frozen=True)
class Budgets(Shown):
    """The rows of a budgets file, in its order, MACs before weights."""

    rows: tuple[BudgetRow, ...]

    @property
    def passed(self) -> bool:
        """Whether every limit is kept."""
        return all(row.check.passed for row in self.rows)


def check(path: Path) -> Budgets:
    """Read a file of budgets and the networks that it names, each once, and evaluate every limit.

    Raises FileError, which names the budget and key at fault, for whatever cannot be read, is unknown,
    matches nothing, or has a size that cannot be told.
    """
    shown = os.fspath(path)
    try:
        return Budgets(tuple(_rows(budget_tables(path), os.path.dirname(shown))))
    except (FieldError, QuantityError) as error:
        raise FileError(shown, str(error)) from None


def _rows(entries: list[Table], folder: str) -> Iterator[BudgetRow]:
    shared = _Shared(folder)
    taken: set[str] = set()
    for number, entry in enumerate(entries, 1):
        name = f"budget {number}"
        try:
            name = f"budget {quoted(budget_key('name').required(entry))}"
            if entry["name"] in taken:
                raise FieldError("name", "occurs twice: names must differ")
            taken.add(entry["name"])
            yield from _evaluated(entry, shared)
        except (FieldError, FileError, QuantityError) as error:
            raise FieldError(name, str(error)) from None


def _evaluated(entry: Table, shared: _Shared) -> Iterator[BudgetRow]:
    refuse_unknown(entry, tuple(key.name for key in BUDGET_KEYS))
    execution = _execution(entry, shared)
    limits = _limits(entry, execution)
    allow = budget_key("allow").read(entry, ())
    measures = shared.measures(_source(entry, shared.folder), execution)
    network = measures.network
    layers = _held(entry, network)
    for op, problem in doubts(network, limits, allow, layers if "layer" in entry else None):
        # A JSON string of a printable name is a TOML string too.
        mend = f"allow = [{json.dumps(op, ensure_ascii=False)}]"
        raise FieldError("network", f"{problem}: leave it out with {mend}")
    name = clean_name(entry["name"])

    def row(check: LimitCheck, worst: str | None = None, *others: str) -> BudgetRow:
        return BudgetRow(name, check, worst, others, execution, measures.own_sizes(check.metric))

    for metric, most in limits.items():
        if "layer" in entry:
            check, by_size = measures.layer_check(metric, most, layers)
            yield row(check, *by_size)
        else:
            yield row(measures.check(metric, most))
    if "layer" not in entry:
        yield from (row(check) for check in measures.fits() if check.metric not in limits)


def _held(entry: Table, network: Network) -> tuple[NetworkLayer, ...]:
    """Return the layers that a budget holds for, at least one."""
    if not network.layers:
        raise FieldError("network", "has no layer that is counted: the budget holds nothing")
    if "layer" not in entry:
        return network.layers
    pattern = budget_key("layer").read(entry)
    # Of branches, any may run: a layer of one that is left out must keep its limit too.
    all_ = (*network.layers, *network.others)
    try:
        found = matching(pattern, [layer.name for layer in all_])
    except QuantityError as error:
        raise FieldError("layer", str(error)) from None
    return tuple(layer for layer in all_ if layer.name in found)


def _limits(entry: Table, execution: Execution) -> dict[str, Limited]:
    """Return the limits of a budget by metric: none where a machine's own memory and storage are all."""
    limits = {metric: budget_key(key).read(entry) for metric, key in LIMITS.items() if key in entry}
    if not limits and (execution.machine is None or not execution.machine.says_sizes or "layer" in entry):
        raise FieldError("max_macs", f"is missing: give {one_of(tuple(LIMITS.values()))}")
    return limits


def _execution(entry: Table, shared: _Shared) -> Execution:
    """Return how a budget's network runs."""
    word = budget_key("machine").read(entry)
    machine = None if word is None else checked_field("machine", shared.machine, word)
    return Execution(machine, budget_key("bytes").read(entry))


def _source(entry: Table, folder: str) -> Source:
    return Source(
        os.path.join(folder, budget_key("network").required(entry)),
        budget_key("width").read(entry),
        budget_key("size").read(entry),
        budget_key("input_shape").read(entry),
        budget_key("unbatched").read(entry, False),
    )


class _Shared:
    """What the budgets of one file share, each once: networks, machines, and what a network takes."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.network = cache(_network)
        self.machine = cache(lambda word: find_machine(word, folder))
        self.measures = cache(lambda source, execution: Measures(self.network(source), execution))


def _network(source: Source) -> Network:
    given = None if source.input_shape is None else dict(source.input_shape)
    return read_network(**{**source._asdict(), "input_shape": given})
