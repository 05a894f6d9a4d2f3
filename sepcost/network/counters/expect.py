"""By which conventions of counting a network has a number that was printed for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from sepcost.core.errors import FieldError
from sepcost.core.printed import CUT, Printed
from sepcost.network.counters.calls import Call, calls_of
from sepcost.network.counters.like import like, operations
from sepcost.network.counters.rules import Tool
from sepcost.network.counters.tools import TOOLS
from sepcost.network.model import BIASES, NORMALIZATION, STATISTICS, WEIGHTS, Network
from sepcost.network.operators import CONVOLUTIONS, MATRIX_PRODUCTS

STEM, CLASSIFIER = "the stem", "the classifier"

_NORMALIZATIONS = ("BatchNormalization", "GroupNormalization", "InstanceNormalization", "LayerNormalization")


class Convention(NamedTuple):
    """One way to count a network: what is counted, which part of it is left out, and what that gives."""

    counts: str
    without: tuple[str, ...]
    value: int

    @property
    def name(self) -> str:
        """The convention in words."""
        return f"{self.counts}, without {' and '.join(self.without)}" if self.without else self.counts


class Match(NamedTuple):
    """A convention that gives a printed number: exactly, rounded or cut to its digits."""

    convention: Convention
    how: str


class Count(NamedTuple):
    """What is counted, and how many of it an operator has."""

    name: str
    of: Callable[[Call], int]


class Expectation(NamedTuple):
    """A printed number, the conventions that give it, and where none does the one that comes nearest."""

    number: Printed
    matches: tuple[Match, ...]
    nearest: Convention | None


def expected(network: Network, metric: str, number: Printed) -> Expectation:
    """Return the conventions by which a network has a printed number of weights or MACs.

    Those of the whole network are first, then those without the classifier, the stem, and both; each time the
    plainest count is first. Those that give it cut and not rounded are named where no other gives it.
    metric: 'macs' or 'weights'.
    Raises FieldError for a network without a layer.
    """
    if not network.layers:
        raise FieldError("FILE", "has no layer that is counted")
    known = list(_of_macs(network) if metric == "macs" else _of_weights(network))
    matches = [Match(one, how) for one in known if (how := number.says(one.value)) is not None]
    near = tuple(one for one in matches if one.how != CUT) or tuple(matches)
    nearest = None if near else min(known, key=lambda one: abs(one.value - number.value))
    return Expectation(number, near, nearest)


def _parts(network: Network) -> Iterator[tuple[tuple[str, ...], frozenset[str]]]:
    """Yield what may be left out, and the layers that this leaves out: the first, and the last dense ones."""
    classifier: set[str] = set()
    for layer in reversed(network.layers):
        if layer.op not in MATRIX_PRODUCTS or len(classifier) + 1 == len(network.layers):
            break
        classifier.add(layer.name)
    stem = (
        {network.layers[0].name}
        if network.layers[0].op in CONVOLUTIONS and len(network.layers) > 1
        else set()
    )
    yield (), frozenset()
    if classifier:
        yield (CLASSIFIER,), frozenset(classifier)
    if stem:
        yield (STEM,), frozenset(stem)
    if stem and classifier and stem | classifier < {layer.name for layer in network.layers}:
        yield (STEM, CLASSIFIER), frozenset(stem | classifier)


def _of_macs(network: Network) -> Iterator[Convention]:
    """Yield what each convention gives for MACs: as counted here, and by each counter that the file suits."""
    counts = [Count("MACs", lambda call: call.macs), Count("FLOPs, 2 a MAC", lambda call: 2 * call.macs)]
    suited = [
        tool
        for tool in TOOLS
        if not (tool.formats and network.format not in tool.formats) and like(network, tool).comparable
    ]
    counts += [one for tool in suited if not tool.formats for one in _as(tool)]
    yield from _distinct(network, tuple(calls_of(network)), counts)
    of_the_file = [one for tool in suited if tool.formats for one in _as(tool)]
    yield from _distinct(network, tuple(calls_of(network, as_written=True)), of_the_file)


def _as(tool: Tool) -> Iterator[Count]:
    """Yield what a counter counts, and twice that where it counts MACs."""
    unit = f"{tool.unit}s as {tool.name} counts"
    yield Count(unit, lambda call: operations(call, tool) or 0)
    if tool.of_a_mac == 1:
        yield Count(f"2 x {unit}", lambda call: 2 * (operations(call, tool) or 0))


def _of_weights(network: Network) -> Iterator[Convention]:
    """Yield what each convention gives for weights and what is learned beside them."""
    calls = tuple(calls_of(network))
    held = _Held(network, calls)
    counts = []
    for added in held.usual():
        name = " + ".join(["weights", *(one.name for one in added)])
        counts.append(Count(name, lambda call, added=added: held.weights(call) + _sum(added, call)))  # type: ignore[misc]
    if network.holds_weights or not network.parameters:
        counts.append(Count("all that is learned", held.learned))
    yield from _distinct(network, calls, counts)


def _sum(counts: tuple[Count, ...], call: Call) -> int:
    return sum(count.of(call) for count in counts)


def _distinct(network: Network, calls: tuple[Call, ...], counts: list[Count]) -> Iterator[Convention]:
    """Yield each count of each part of a network; of those that give the same count the first alone."""
    for without, left_out in _parts(network):
        kept = list(_kept(calls, left_out))
        known = set()
        for count in counts:
            value = sum(map(count.of, kept))
            if value not in known:
                known.add(value)
                yield Convention(count.name, without, value)


def _kept(calls: tuple[Call, ...], left_out: frozenset[str]) -> Iterator[Call]:
    """Yield the operators that stay: no layer that is left out, and no normalization of what one writes."""
    gone: set[str] = set()
    for call in calls:
        of_gone = call.op in _NORMALIZATIONS and not gone.isdisjoint(call.operator.reads)
        if of_gone or any(layer.name in left_out for layer in call.layers):
            gone.update(call.operator.writes)
        else:
            yield call


class _Held:
    """What is learned beside weights, each parameter at the first operator that uses it.

    Where the file holds no biases, or no normalizations, those that most networks have are supposed; so
    are both where it does not hold all weights.
    """

    def __init__(self, network: Network, calls: tuple[Call, ...]) -> None:
        held = network.parameters if network.holds_weights else ()
        self._roles = {parameter.role for parameter in held}
        self._first: dict[str, str] = {}
        self._firsts_of_maps: dict[str, str] = {}
        written = {name for call in calls for name in call.operator.writes}
        for call in calls:
            for parameter in call.parameters:
                self._first.setdefault(parameter.name, call.operator.name)
            if call.layers and call.operator.reads and call.operator.reads[0] in written:
                self._firsts_of_maps.setdefault(call.operator.reads[0], call.operator.name)

    def weights(self, call: Call) -> int:
        """The weights that are counted."""
        return sum(layer.weights for layer in call.layers)

    def learned(self, call: Call) -> int:
        """Every learned parameter."""
        roles = (BIASES, NORMALIZATION) if call.layers else (WEIGHTS, BIASES, NORMALIZATION)
        return self.weights(call) + self._of(call, *roles)

    def usual(self) -> Iterator[tuple[Count, ...]]:
        """Yield what is usually counted beside weights: nothing, biases, normalizations, both."""
        held = Count("biases", lambda call: self._of(call, BIASES))
        every = Count("biases of every layer", lambda call: _outputs(call, dense=False))
        dense = Count("biases of dense layers", lambda call: _outputs(call, dense=True))
        yield ()
        yield (held if BIASES in self._roles else every,)
        yield (dense,)
        few, *more = self._normalizations()
        yield (few,)
        for biases in (held, dense) if BIASES in self._roles else (dense,):
            for norms in (few, *more):
                yield biases, norms

    def _normalizations(self) -> list[Count]:
        """Return the ways to count normalizations, those of fewest values first."""
        if NORMALIZATION in self._roles:
            return [
                Count("normalizations", lambda call: self._of(call, NORMALIZATION)),
                Count(
                    "normalizations and their statistics",
                    lambda call: self._of(call, NORMALIZATION, STATISTICS),
                ),
            ]
        written, read = (
            "batch norms after convolutions",
            "batch norms before layers",
        )
        return [
            Count(f"{each} a channel of {where}", lambda call, each=each, of=of: each * of(call))  # type: ignore[misc]
            for where, of in ((written, _channels_written), (read, self._channels_read))
            for each in (2, 4)
        ]

    def _of(self, call: Call, *roles: str) -> int:
        return sum(
            parameter.elements
            for parameter in call.parameters
            if parameter.role in roles and self._first[parameter.name] == call.operator.name
        )

    def _channels_read(self, call: Call) -> int:
        """Channels that a layer reads of a map that none before it has read; none of the network's input."""
        maps = call.operator.reads[:1]
        first = bool(maps) and self._firsts_of_maps.get(maps[0]) == call.operator.name
        return call.layers[0].n_i if call.layers and first else 0


def _outputs(call: Call, dense: bool) -> int:
    return sum(
        layer.n_o for layer in call.layers if layer.learned and (layer.op in MATRIX_PRODUCTS or not dense)
    )


def _channels_written(call: Call) -> int:
    return sum(layer.n_o for layer in call.layers if layer.op in CONVOLUTIONS)
