"""What another counter prints for a network: what is counted here, and each difference."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sepcost.core.errors import FieldError
from sepcost.network.counters.calls import KINDS, TAKEN_FOR, Call, calls_of
from sepcost.network.counters.rules import ALL, TENSORS, Tool
from sepcost.network.model import BIASES, CONSTANT, NORMALIZATION, STATISTICS, WEIGHTS, Network, Parameter

BIAS = "bias"


@dataclass(frozen=True)
class Difference:
    """What operators of one kind add to a counter's totals: their count, parameters and MACs, in its unit."""

    what: str
    count: int
    parameters: int
    macs: int


@dataclass(frozen=True)
class Like:
    """What a counter prints for a network: the weights and MACs that are counted here and all differences.

    weights, network_macs: as counted here. doubts: why its totals are not those of the network that the
    file was made of, empty where they are. supposed: what was taken for what.
    """

    tool: Tool
    weights: int
    network_macs: int
    differences: tuple[Difference, ...]
    doubts: tuple[str, ...] = ()
    supposed: tuple[str, ...] = ()

    @property
    def parameters(self) -> int:
        """The counter's parameters."""
        return self.weights + sum(one.parameters for one in self.differences)

    @property
    def macs(self) -> int:
        """The counter's MACs, or FLOPs, as its unit is."""
        return self.network_macs + sum(one.macs for one in self.differences)

    @property
    def comparable(self) -> bool:
        """Whether the file holds all that the counter counts."""
        return not self.doubts


class _Differences:
    """Differences in the making, one a kind, in the order in which they are met."""

    def __init__(self) -> None:
        self._operators: dict[str, set[str]] = {}
        self._parameters: dict[str, int] = {}
        self._macs: dict[str, int] = {}

    def add(self, what: str, who: str, parameters: int = 0, macs: int = 0) -> None:
        """Add what an operator, or a parameter, of that name brings."""
        if parameters or macs:
            self._operators.setdefault(what, set()).add(who)
            self._parameters[what] = self._parameters.get(what, 0) + parameters
            self._macs[what] = self._macs.get(what, 0) + macs

    def rows(self) -> tuple[Difference, ...]:
        """Return them, what adds up to nothing left out."""
        return tuple(
            Difference(what, len(who), self._parameters[what], self._macs[what])
            for what, who in self._operators.items()
            if self._parameters[what] or self._macs[what]
        )


def like(network: Network, tool: Tool) -> Like:
    """Return what a counter prints for a network, for one input.

    Raises FieldError for a counter that does not read the network's format.
    """
    if tool.formats and network.format not in tool.formats:
        endings = " or ".join(f".{ending}" for ending in tool.formats)
        raise FieldError("like", f"{tool.name} reads {endings} files: give the network as one")
    calls = tuple(calls_of(network))
    found = _Differences()
    unknown = [call.operator.name for call in calls if not _add_operations(call, tool, found)]
    _add_parameters(network, calls, tool, found)
    return Like(
        tool,
        network.weights,
        network.macs,
        found.rows(),
        tuple(_doubts(network, calls, tool, unknown)),
        tuple(_supposed(network, calls, tool)),
    )


def operations(call: Call, tool: Tool) -> int | None:
    """Return the MACs or FLOPs that a counter counts of one operator; None where its sizes are not known."""
    amounts = [rule.amount(call) for rule in tool.rules if rule.where.holds(call)]
    counted = tool.of_a_mac * call.macs if _counts(tool, call) else 0
    return None if None in amounts else counted + sum(amount for amount in amounts if amount is not None)


def _counts(tool: Tool, call: Call) -> bool:
    return any(where.holds(call) for where in tool.counts)


def _add_operations(call: Call, tool: Tool, found: _Differences) -> bool:
    """Add what sets a counter's operations apart, of one operator; return whether all of it is known."""
    who, known = call.operator.name, True
    if not _counts(tool, call):
        found.add(f"{call.kind}, not counted", who, macs=-call.macs)
    elif tool.of_a_mac > 1:
        found.add(f"{tool.of_a_mac} FLOPs a MAC", who, macs=(tool.of_a_mac - 1) * call.macs)
    for rule in tool.rules:
        if rule.where.holds(call):
            amount = rule.amount(call)
            known = known and amount is not None
            found.add(rule.what or call.kind, who, macs=amount or 0)
    return known


def _add_parameters(network: Network, calls: Iterable[Call], tool: Tool, found: _Differences) -> None:
    """Add what sets a counter's parameters apart from the weights that are counted here."""
    if not network.parameters:
        for layer in network.layers:
            found.add(BIAS, layer.name, parameters=layer.biases)
        return
    users: dict[str, list[Call]] = {}
    for call in calls:
        for parameter in call.parameters:
            users.setdefault(parameter.name, []).append(call)
    weights = 0
    for parameter in network.parameters:
        used_by = users.get(parameter.name, [])
        in_layer = parameter.role == WEIGHTS and any(call.layers for call in used_by)
        weights += parameter.elements if in_layer else 0
        if in_layer and not _has(tool, parameter, used_by):
            kind = next(call.kind for call in used_by if call.layers)
            found.add(f"{kind}, not counted", used_by[0].operator.name, parameters=-parameter.elements)
        elif not in_layer and _has(tool, parameter, used_by):
            who = used_by[0].operator.name if used_by else parameter.name
            found.add(_kind(parameter, used_by), who, parameters=parameter.elements)
    found.add("weights used in part", "", parameters=weights - network.weights)


def _has(tool: Tool, parameter: Parameter, used_by: list[Call]) -> bool:
    """Whether a parameter is one of a counter's."""
    if tool.parameters == TENSORS:
        return True
    learned = parameter.role in (WEIGHTS, BIASES, NORMALIZATION)
    return learned and (tool.parameters == ALL or any(call.module in tool.owners for call in used_by))


def _kind(parameter: Parameter, used_by: list[Call]) -> str:
    """Return what a parameter that is no layer's weights belongs to."""
    if parameter.role == BIASES:
        return BIAS
    if parameter.role in (NORMALIZATION, STATISTICS) and used_by:
        return used_by[0].kind
    if parameter.role == CONSTANT:
        return "constant"
    named = next((call for call in used_by if call.op == "PRelu"), None)
    return named.kind if named is not None else "parameter outside of layers"


def _doubts(network: Network, calls: Iterable[Call], tool: Tool, unknown: list[str]) -> Iterator[str]:
    """Yield why a counter's totals cannot be had from the file."""
    if network.format == "toml" and (tool.rules or tool.prints_parameters):
        yield "a TOML network says nothing of normalizations and activations"
    elif not network.operators:
        yield "nothing but the layers of the network is known"
    folded = sum(map(_may_be_folded, calls))
    if network.format != "toml" and tool.parameters != TENSORS and folded:
        yield (
            f"{folded:,} convolutions hold a bias, or a normalization that was folded at export: "
            "the file does not say which"
        )
    if network.opaque:
        yield f"the cost of {', '.join(one.op for one in network.opaque)} is unknown"
    for where, why in tool.unsure:
        if any(where.holds(call) for call in calls):
            yield why
    if unknown:
        yield f"sizes that it uses of {len(unknown):,} operators are not known, {unknown[0]} the first"


def _may_be_folded(call: Call) -> bool:
    """Whether a convolution's numbers have names that no module gives them, such as 'onnx::Conv_193'."""
    if call.op not in ("Conv", "ConvTranspose") or not call.has_bias:
        return False
    own = [one.name for one in call.parameters if one.role == WEIGHTS]
    biases = [one.name for one in call.parameters if one.role == BIASES]
    module = own[0].removesuffix(".weight") if own else ""
    return not own or biases[:1] != [f"{module}.bias"]


def _supposed(network: Network, calls: Iterable[Call], tool: Tool) -> Iterator[str]:
    """Yield what was taken for what, where a counter's rules depend on it."""
    asked = [where for where in (*tool.counts, *(rule.where for rule in tool.rules)) if where.asks_who]
    if not asked:
        return
    taken: dict[str, str] = {}
    alike = set()
    for call in calls:
        if call.supposed and call.op in TAKEN_FOR and any(where.holds(call) for where in asked):
            module, function = TAKEN_FOR[call.op]
            taken[KINDS.get(call.op, call.op)] = f"{call.op} for {f'nn.{module}' if module else function}"
        if call.function in ("Tensor.add", "Tensor.mul", "Tensor.matmul"):
            alike.add(call.function)
    if taken:
        yield f"the file does not say who calls an operator: taken {', '.join(sorted(taken.values()))}"
    functions = {
        f"Tensor.{function.removeprefix('torch.')}" for where in asked for function in where.functions or ()
    }
    for function in sorted(alike & functions):
        sign = {"Tensor.add": "+", "Tensor.mul": "*", "Tensor.matmul": "@"}[function]
        method = function.removeprefix("Tensor.")
        yield f"x.{method}(y) looks like x {sign} y in the file, and is taken for that"
