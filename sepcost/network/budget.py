"""Budgets that networks must keep, read from a TOML file and evaluated; what cannot be held fails."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from sepcost.core.errors import FieldError, FileError, QuantityError, one_of, quoted
from sepcost.core.files import Path, Table, refuse_unknown, text_of
from sepcost.core.limits import LimitCheck, Limited
from sepcost.core.metrics import BYTES, TIME
from sepcost.core.quantity import byte_limit, checked_field, duration, limit, shape
from sepcost.hardware.execution import Execution
from sepcost.hardware.machines import find_machine
from sepcost.network.budget_file import budget_tables
from sepcost.network.gate import doubts
from sepcost.network.measure import Measures
from sepcost.network.model import LONGEST_NAME, Network, NetworkLayer, clean_name
from sepcost.network.read import read_network

_LIMITS = {metric: f"max_{metric}" for metric in ("macs", "weights", *BYTES, TIME)}
_OTHERS = ("unbatched", "machine", "bytes", "layer", "allow")
BUDGET_KEYS = ("name", "network", "input_shape", *_LIMITS.values(), *_OTHERS)
_LONGEST_PATH = 4096
_MOST = 10**64

Reader = Callable[[str, tuple[int, ...] | None, bool], Network]


@dataclass(frozen=True)
class BudgetRow:
    """One limit of one budget, held against its network or the worst of the layers that it names."""

    name: str
    check: LimitCheck
    layer: str | None = None


@dataclass(frozen=True)
class Budgets:
    """The rows of a budgets file, in its order, MACs before weights."""

    rows: tuple[BudgetRow, ...]

    @property
    def passed(self) -> bool:
        """Whether every limit is kept."""
        return all(row.check.passed for row in self.rows)


def check_budgets(path: Path) -> Budgets:
    """Read a file of budgets and the networks that it names, each once, and evaluate every limit.

    Raises FileError, which names the budget and key at fault, for whatever cannot be read, is unknown,
    matches nothing, or has a size that cannot be told; MissingExtraError without `onnx`.
    """
    shown = os.fspath(path)
    try:
        return Budgets(tuple(_rows(budget_tables(path), os.path.dirname(shown))))
    except (FieldError, QuantityError) as error:
        raise FileError(shown, str(error)) from None


def _rows(entries: list[Table], folder: str) -> Iterator[BudgetRow]:
    read = _reader(folder)
    taken: set[str] = set()
    for number, entry in enumerate(entries, 1):
        name = f"budget {number}"
        try:
            name = f"budget {quoted(text_of(entry, 'name', LONGEST_NAME))}"
            if entry["name"] in taken:
                raise FieldError("name", "occurs twice: names must differ")
            taken.add(entry["name"])
            yield from _evaluated(entry, read, folder)
        except (FieldError, QuantityError) as error:
            raise FieldError(name, str(error)) from None


def _evaluated(entry: Table, read: Reader, folder: str) -> Iterator[BudgetRow]:
    refuse_unknown(entry, BUDGET_KEYS)
    how = _execution(entry, folder)
    limits = _limits(entry, how)
    allow = _allowed(entry)
    given = _input_shape(entry) if "input_shape" in entry else None
    network = read(text_of(entry, "network", _LONGEST_PATH), given, _unbatched(entry))
    layers = _held(entry, network)
    for op, problem in doubts(network, limits, allow):
        # A JSON string of a printable name is a TOML string too.
        mend = f"allow = [{json.dumps(op, ensure_ascii=False)}]"
        raise FieldError("network", f"{problem}: leave it out with {mend}")
    name = clean_name(entry["name"])
    measures = Measures(network, how)
    for metric, most in limits.items():
        if "layer" in entry:
            layer, check = measures.layer_check(metric, most, layers)
            yield BudgetRow(name, check, layer)
        else:
            yield BudgetRow(name, measures.check(metric, most))
    if "layer" not in entry:
        yield from (BudgetRow(name, check) for check in measures.fits() if check.metric not in limits)


def _held(entry: Table, network: Network) -> tuple[NetworkLayer, ...]:
    """Return the layers that a budget holds for, at least one."""
    if not network.layers:
        raise FieldError("network", "has no layer that is counted: the budget holds nothing")
    if "layer" not in entry:
        return network.layers
    pattern = text_of(entry, "layer", LONGEST_NAME)
    # Of branches, any may run: a layer of one that is left out must keep its limit too.
    all_ = (*network.layers, *network.others)
    matched = tuple(layer for layer in all_ if fnmatchcase(layer.name, pattern))
    if not matched:
        first = quoted(network.layers[0].name)
        raise FieldError("layer", f"{quoted(pattern)} matches no layer; the first is {first}")
    return matched


def _limits(entry: Table, how: Execution) -> dict[str, Limited]:
    """Return the limits of a budget by metric: none where a machine's own memory and storage are all."""
    limits: dict[str, Limited] = {}
    for metric, key in _LIMITS.items():
        if key in entry:
            limits[metric] = _time(entry, key) if metric == TIME else _limit(entry, key, metric in BYTES)
    if not limits and (how.machine is None or how.machine.memory is None or "layer" in entry):
        raise FieldError("max_macs", f"is missing: give {one_of(tuple(_LIMITS.values()))}")
    return limits


def _unbatched(entry: Table) -> bool:
    value = entry.get("unbatched", False)
    if not isinstance(value, bool):
        raise FieldError("unbatched", "is neither true nor false")
    return value


def _execution(entry: Table, folder: str) -> Execution:
    """Return how a budget's network runs."""
    machine = None
    if "machine" in entry:
        word = text_of(entry, "machine", _LONGEST_PATH)
        try:
            machine = find_machine(word, folder)
        except QuantityError as error:
            raise FieldError("machine", str(error)) from None
    return Execution(machine, entry.get("bytes"))


def _time(entry: Table, key: str) -> Limited:
    value = entry[key]
    if not isinstance(value, str):
        raise FieldError(key, "is not a time: write a text such as '5ms'")
    return checked_field(key, lambda _: duration(value), value)


def _limit(entry: Table, key: str, in_bytes: bool) -> int:
    value = entry[key]
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise FieldError(key, "is not a limit: write a whole number, or a text such as '4.3M'")
    if isinstance(value, int) and not 1 <= value < _MOST:
        raise FieldError(key, "is not a whole number of at least 1, and at most 64 digits long")
    try:
        return (byte_limit if in_bytes else limit)(str(value))
    except QuantityError as error:
        raise FieldError(key, str(error)) from None


def _input_shape(entry: Table) -> tuple[int, ...]:
    try:
        return shape(text_of(entry, "input_shape", LONGEST_NAME))
    except QuantityError as error:
        raise FieldError("input_shape", str(error)) from None


def _allowed(entry: Table) -> tuple[str, ...]:
    names = entry.get("allow", [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise FieldError("allow", 'is not a list of operators such as ["LSTM"]')
    return tuple(names)


def _reader(folder: str) -> Reader:
    """Return a function that reads a network of a path relative to a folder, each only once."""
    known: dict[tuple[str, tuple[int, ...] | None, bool], Network] = {}

    def read(path: str, input_shape: tuple[int, ...] | None, unbatched: bool) -> Network:
        key = (os.path.join(folder, path), input_shape, unbatched)
        if key not in known:
            known[key] = read_network(key[0], input_shape=input_shape, unbatched=unbatched)
        return known[key]

    return read
