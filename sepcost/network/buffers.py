"""The room that maps take in memory: which of them share it, and how long it is taken."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sepcost.network.model import Network, Operator
from sepcost.network.operators import IN_PLACE, VIEWS


@dataclass(slots=True)
class Buffer:
    """Room for one map, or for several one after the other.

    name: of the first map. first, last: the operators from and to which it is taken.
    others: each map after the first, with the operator from which on it is the one in there.
    """

    bytes: int
    name: str
    first: int
    last: int
    others: list[tuple[int, str]] = field(default_factory=list)

    def at(self, place: int) -> str:
        """Return the map that is in there while that operator runs."""
        return next((name for since, name in reversed(self.others) if since <= place), self.name)


def buffers(network: Network, sizes: Mapping[str, int]) -> list[Buffer]:
    """Return the room that maps need, in the order in which it is taken. sizes: the bytes of each map."""
    operators = network.operators
    uses = _Uses(network, sizes)
    rooms: dict[str, Buffer] = {}
    found: list[Buffer] = []

    def hold(name: str, place: int, room: Buffer | None) -> None:
        until = len(operators) if name in uses.returned else max(place, uses.last.get(name, place))
        if room is None:
            room = Buffer(sizes[name], name, place, until)
            found.append(room)
        else:
            room.last = until
            room.others.append((place, name))
        rooms[name] = room

    for name in uses.inputs:
        hold(name, 0, None)
    for place, operator in enumerate(operators):
        overwritten = uses.overwritten(operator, place)
        reused = None if overwritten is None else rooms[overwritten]
        for name in operator.writes:
            if name not in uses.roots:
                hold(name, place, reused)
                reused = None
    return found


class _Uses:
    """Who reads each map, itself or a view of it.

    roots: the map whose elements each view shows. inputs, returned: maps that are there before anything
    runs, and that have to stay once all has. last: the last operator that reads a map, or shows it again.
    """

    def __init__(self, network: Network, sizes: Mapping[str, int]) -> None:
        operators = network.operators
        self._sizes = sizes
        self.roots = _views(operators, sizes)
        self.last: dict[str, int] = {}
        self._alone: dict[str, int] = {}
        """The operator that reads a map and is the only one; -1 stands for several."""
        for place, operator in enumerate(operators):
            is_view = not self.roots.keys().isdisjoint(operator.writes)
            for number, name in enumerate(operator.reads):
                root = self.roots.get(name, name)
                self.last[root] = place
                if (number or not is_view) and self._alone.setdefault(root, place) != place:
                    self._alone[root] = -1
        written = {name for operator in operators for name in operator.writes}
        self.inputs = [tensor.name for tensor in network.tensors if tensor.name not in written]
        self.returned = {self.roots.get(name, name) for name in (*network.outputs, *network.kept)}
        for name in (*self.inputs, *self.returned):
            self._alone.pop(name, None)  # its elements have to stay, whoever reads them

    def overwritten(self, operator: Operator, place: int) -> str | None:
        """Return the map that an operator overwrites with its result, None where there is none."""
        if operator.op not in IN_PLACE or not operator.writes:
            return None
        for name in operator.reads:
            root = self.roots.get(name, name)
            is_last = self._alone.get(root) == self.last[root] == place
            if is_last and self._sizes[name] == self._sizes[operator.writes[0]]:
                return root
        return None


def _views(operators: Iterable[Operator], sizes: Mapping[str, int]) -> dict[str, str]:
    """Map each view to the map whose elements it shows."""
    roots: dict[str, str] = {}
    for operator in operators:
        if operator.op in VIEWS and operator.reads and len(operator.writes) == 1:
            read, written = operator.reads[0], operator.writes[0]
            if sizes[read] == sizes[written]:
                roots[written] = roots.get(read, read)
    return roots
