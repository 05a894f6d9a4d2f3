"""Which branch of an If is shown for one input, and how many weights may run where another is taken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from sepcost.network.one_input import layer_for_one
from sepcost.network.onnx.findings import Choice, Findings, Found, Ran
from sepcost.network.onnx.tensor import Source, axis_of_batch


class Shown:
    """What is shown of a graph: operators once the batch is divided out, and layers that are left out."""

    def __init__(self) -> None:
        self.ran: list[Ran] = []
        self.others: list[Found] = []
        self.free: Counter[str] = Counter()

    @property
    def macs(self) -> int:
        """MACs for one input."""
        return sum(found.layer.macs for found in found_in(self.ran))


def chosen(findings: Findings, batch: int) -> Shown:
    """Return what is shown: of each choice the branch of more MACs, as one operator."""
    shown = Shown()
    shown.free += findings.free
    for one in findings.steps:
        if isinstance(one, Ran):
            shown.ran.append(_ran_for_one(one, batch))
            continue
        branches = [chosen(branch, batch) for branch in one.branches]
        larger = max(branches, key=lambda branch: branch.macs)
        # What is computed once in one branch may be more, for many inputs, than in the other.
        inside = {id(branch): [_in_a_branch(found) for found in found_in(branch.ran)] for branch in branches}
        shown.free += larger.free
        roles = tuple(role for branch in branches for ran in branch.ran for role in ran.roles)
        uses = tuple(source for ran in larger.ran for source in ran.uses)
        shown.ran.append(one.ran._replace(found=tuple(inside[id(larger)]), roles=roles, uses=uses))
        for branch in branches:
            shown.others += [] if branch is larger else inside[id(branch)]
            shown.others += branch.others
    return shown


def _in_a_branch(found: Found) -> Found:
    return found._replace(layer=replace(found.layer, once=False)) if found.layer.once else found


def _ran_for_one(one: Ran, batch: int) -> Ran:
    """Return an operator for one input of the batch."""
    if batch == 1 or not one.found:
        return one
    return one._replace(found=tuple(_for_one(found, batch) for found in one.found))


def _for_one(found: Found, batch: int) -> Found:
    """Return a counted operator for one input of the batch, which is divided out of what depends on it."""
    if found.batch is None:
        return found
    layer = layer_for_one(found.layer, batch, axis_of_batch(found.reads), axis_of_batch(found.batch))
    return found._replace(layer=layer)


def most_weights(findings: Findings) -> int:
    """Return the weights where the branch of more weights runs; two choices may both count shared ones."""
    sizes = _sizes(findings, set())
    return sum(sizes.values()) + _of_choices(findings, set(sizes))


def _of_choices(findings: Findings, known: set[Source]) -> int:
    total = 0
    for choice in findings.steps:
        if isinstance(choice, Choice):
            total += max(_of_branch(branch, known) for branch in choice.branches)
    return total


def _of_branch(branch: Findings, known: set[Source]) -> int:
    sizes = _sizes(branch, known)
    return sum(sizes.values()) + _of_choices(branch, known | set(sizes))


def _sizes(findings: Findings, known: set[Source]) -> dict[Source, int]:
    always = (one for one in findings.steps if isinstance(one, Ran))
    sizes: dict[Source, int] = {}
    for held in (held for found in found_in(always) for held in found.held if held.source not in known):
        sizes[held.source] = max(held.size, sizes.get(held.source, 0))  # a look-up has bytes, packed or not
    return sizes


def every_found(findings: Findings) -> Iterator[Found]:
    """Yield the counted operators of all branches."""
    waiting = list(findings.steps)
    while waiting:
        one = waiting.pop()
        if isinstance(one, Ran):
            yield from one.found
        else:
            waiting += [step for branch in one.branches for step in branch.steps]


def found_in(ran: Iterable[Ran]) -> Iterator[Found]:
    """Yield the counted operators of some that have run."""
    return (found for one in ran for found in one.found)
