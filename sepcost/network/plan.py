"""The fewest replacements that bring a network down to a target.

MACs and times of replacements add up, and so do weights where no two layers share theirs: the fewest are then
those that save most. Layers that share weights save them only when all of them are replaced,
so for weights they come as one set that counts for several. Sets of one size are still taken largest
first; how many of each size to take is found exactly, from what the best choice of any number saves.
A peak of memory falls only where every layer above it is replaced.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import accumulate
from operator import attrgetter
from typing import NamedTuple

from sepcost.core.errors import FieldError, quoted
from sepcost.core.limits import LimitCheck, Limited
from sepcost.core.lookup import refuse_other
from sepcost.core.metrics import LIMITED, PLANNED, TIME
from sepcost.core.quantity import checked_field
from sepcost.core.scaled import Share, checked_target
from sepcost.core.shown import Shown
from sepcost.hardware.execution import USUAL_EXECUTION, Execution, time_source
from sepcost.network.audit import Audit, AuditedLayer, holder, replacing
from sepcost.network.measure import Measures


@dataclass(frozen=True)
class Plan(Shown):
    """Which layers to replace, those that save most first.

    reached: whether any replacements reach the target; then `layers` are the fewest that do.
    value: what the network comes to with `layers` replaced.
    source: of a time, whether it is a 'bound' or an 'estimate'; None for what is counted.
    fits: the machine's memory and storage with what the network needs then; none where either is not known.
    least: where the target is not reached, the plan for the least that can be.
    """

    metric: str
    target: Limited
    reached: bool
    layers: tuple[str, ...]
    value: Limited
    source: str | None = None
    fits: tuple[LimitCheck, ...] = ()
    least: Plan | None = None


class _Choice(NamedTuple):
    """Layers that save something when all of them are replaced: one, and those that share its weights."""

    gain: Limited
    row: AuditedLayer
    sharing: Sequence[AuditedLayer] = ()


_gain = attrgetter("gain")


def plan(audited: Audit, metric: str, target: Limited | str, execution: Execution = USUAL_EXECUTION) -> Plan:
    """Return the fewest of an audit's replacements after which its network is within a target.

    metric: 'macs', 'weights', 'memory' or 'time'. target: a number, of bytes or of seconds for the last two,
    or a text as the command takes it: '600M', '5ms', '70%' of what the network takes now.
    execution: how its layers run; its machine is what a time is of.
    Raises FieldError for another metric or target, and for what is not known.

    >>> from sepcost import audit, read_network
    >>> plan(audit(read_network("examples/mobilenet_v1_standard.toml")), "macs", "70%").layers
    ('conv10', 'conv8_1', 'conv8_2', 'conv8_3')
    """
    refuse_other(audited, Audit, "give audit(network)")
    _check_metric(metric)
    wanted = checked_field("target", partial(checked_target, LIMITED[metric].unit), target)
    if metric == TIME and execution.machine is None:
        raise FieldError("execution", "has no machine, which a time needs")
    return planned(Measures(audited.network, execution, audited), metric, wanted)


def planned(measures: Measures, metric: str, wanted: Limited | Share) -> Plan:
    """Return the fewest of an audit's replacements after which the network is within a target.

    metric: one of PLANNED. wanted: the target, or its share of what the network takes now.
    Raises FieldError for another metric, and for what is not known.
    """
    _check_metric(metric)
    target = wanted.of(_now(measures, metric)) if isinstance(wanted, Share) else wanted
    within = partial(_within_peak, measures) if metric == "memory" else partial(_within, measures, metric)
    found = within(target)
    if not found.reached:
        return replace(found, least=within(_least(measures, metric)))
    return replace(found, fits=_fits(measures, found.layers))


def _within(measures: Measures, metric: str, target: Limited) -> Plan:
    """Return the replacements that save most of what adds up."""
    now, source = _now(measures, metric), time_source(measures.execution) if metric == TIME else None
    chosen = _fewest(_choices(measures, metric), now - target)
    if chosen is None:
        return Plan(metric, target, False, (), now, source)
    chosen.sort(key=_gain, reverse=True)
    layers = tuple(row.layer.name for choice in chosen for row in (choice.row, *choice.sharing))
    return Plan(metric, target, True, layers, now - sum(choice.gain for choice in chosen), source)


def _check_metric(metric: str) -> None:
    if metric not in PLANNED:
        raise FieldError("metric", f"{quoted(metric)} is not one of {', '.join(PLANNED)}")


def _fits(measures: Measures, layers: tuple[str, ...]) -> tuple[LimitCheck, ...]:
    """Return what a machine holds with what the network needs of it once these layers are replaced."""
    if measures.execution.machine is None:
        return ()
    chosen = replacing(measures.audited, frozenset(layers))
    try:
        return Measures(measures.network, measures.execution, chosen).fits(replaced=True)
    except FieldError:
        return ()


def _now(measures: Measures, metric: str) -> Limited:
    if metric == "memory":
        return measures.memory.peak
    return measures.times.seconds if metric == TIME else measures.audited.totals.of(metric)


def _within_peak(measures: Measures, target: Limited) -> Plan:
    """Return the replacements of the layers above a target: a peak falls by nothing else.

    What an operator takes while it runs is its own affair, whichever others are replaced.
    """
    memory, costs = measures.memory, measures.layer_costs("memory")
    replaced = {cost.name: cost for cost in costs if cost.replacement is not None}
    above = dict.fromkeys(step.at for step in memory.steps if step.bytes > target)
    if any(name not in replaced or replaced[name].replaced > target for name in above):
        return Plan("memory", target, False, (), memory.peak)
    steps = (replaced[step.at].replaced if step.at in above else step.bytes for step in memory.steps)
    layers = sorted(above, key=lambda name: -replaced[name].gain)
    return Plan("memory", target, True, tuple(layers), max(steps))


def _least(measures: Measures, metric: str) -> Limited:
    """Return the least that replacements bring the network to."""
    if metric != "memory":
        return _now(measures, metric) - sum(choice.gain for choice in _choices(measures, metric))
    replaced = {cost.name: cost.replaced for cost in measures.layer_costs("memory")}
    return max(min(step.bytes, replaced.get(step.at, step.bytes)) for step in measures.memory.steps)


def _choices(measures: Measures, metric: str) -> list[_Choice]:
    if metric == "weights":
        return _weight_choices(measures.audited.layers)
    return [_Choice(cost.gain, cost.row) for cost in measures.layer_costs(metric) if cost.gain > 0]


def _weight_choices(rows: Iterable[AuditedLayer]) -> list[_Choice]:
    """Return sets of layers that hold weights together and can all be replaced, where that saves any."""
    sets: dict[str, list[AuditedLayer]] = defaultdict(list)
    for row in rows:
        sets[holder(row.layer)].append(row)
    choices = []
    for together in sets.values():
        if any(row.replacement is None for row in together):
            continue
        gain = sum(row.cost.weights - row.replaced_cost.weights for row in together)
        if gain > 0:
            choices.append(_Choice(gain, together[0], together[1:]))
    return choices


def _fewest(choices: list[_Choice], needed: Limited) -> list[_Choice] | None:
    """Return the choices of fewest layers that save what is needed, None where all together do not."""
    if sum(choice.gain for choice in choices) < needed:
        return None
    sizes: dict[int, list[_Choice]] = defaultdict(list)
    for choice in choices:
        sizes[1 + len(choice.sharing)].append(choice)
    # best[n] is the most that n layers save; taken[i][n], how many sets of the i-th size are in that.
    best: list[Limited] = [0]
    taken: list[list[int]] = []
    for size, alike in sorted(sizes.items()):
        alike.sort(key=_gain, reverse=True)
        gains: list[Limited] = [0, *accumulate(choice.gain for choice in alike)]
        if size == 1:  # these come first, with nothing to weigh them against
            best, counts = gains, list(range(len(gains)))
        else:
            best, counts = _merged(best, gains, size)
        taken.append(counts)
    layers = next(number for number, gain in enumerate(best) if gain >= needed)
    chosen: list[_Choice] = []
    for (size, alike), counts in reversed(list(zip(sorted(sizes.items()), taken, strict=True))):
        sets = counts[layers]
        chosen += alike[:sets]
        layers -= sets * size
    return chosen


def _merged(best: list[Limited], gains: list[Limited], size: int) -> tuple[list[Limited], list[int]]:
    """Return the most that 0, 1, 2, ... layers save once sets of one more size can be taken.

    best: what they save without such sets. gains: what 0, 1, 2, ... of the sets save, each further one
    no more than the one before. Besides the most, return how many of the sets are in it.

    Two sets of two layers save 9 and 3, beside single layers that save 5 and 2:

    >>> _merged([0, 5, 7], [0, 9, 12], size=2)
    ([0, 5, 9, 14, 16, 17, 19], [0, 0, 1, 1, 1, 2, 2])
    """
    length = len(best) + size * (len(gains) - 1)
    without = best + best[-1:] * (length - len(best))
    merged: list[Limited] = [0] * length
    sets = [0] * length
    for offset in range(min(size, length)):
        # A set more or less leaves the others a number of layers that is whole sets away.
        merged[offset::size], sets[offset::size] = _shared_out(without[offset::size], gains)
    return merged, sets


def _shared_out(others: list[Limited], gains: list[Limited]) -> tuple[list[Limited], list[int]]:
    """Return the most that places for 0, 1, 2, ... sets save, shared out to other layers and to sets.

    others[i] is what other layers save in the places of i sets, gains[i] what i sets save: the most in n
    places is the largest others[i] + gains[n - i], a max-plus convolution. `gains` is concave, as each
    further set gains no more than the one before; so the best i never falls as n grows, and divide and
    conquer finds all in n log n steps: the best i of the middle n bounds those on either side of it.
    Besides the most, return how many sets are in it.
    """
    most: list[Limited] = [0] * len(others)
    in_sets = [0] * len(others)
    spans = [(0, len(others) - 1, 0, len(others) - 1)]
    while spans:
        low, high, least_to_others, most_to_others = spans.pop()
        if low > high:
            continue
        whole = (low + high) // 2
        parts = range(max(least_to_others, whole - len(gains) + 1), min(most_to_others, whole) + 1)
        sums = [others[part] + gains[whole - part] for part in parts]
        most[whole] = max(sums)
        to_others = parts[sums.index(most[whole])]
        in_sets[whole] = whole - to_others
        spans += [(low, whole - 1, least_to_others, to_others), (whole + 1, high, to_others, most_to_others)]
    return most, in_sets
