"""What another counter prints for a network: what is counted here, and each difference."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sepcost.core.errors import FieldError
from sepcost.core.quantity import several
from sepcost.network.counters.calls import KINDS, TAKEN_FOR, Call, calls_of
from sepcost.network.counters.rules import ALL, TENSORS, Tool
from sepcost.network.model import BIASES, CONSTANT, NORMALIZATION, STATISTICS, WEIGHTS, Network, Parameter

BIAS = "bias"
_BATCH_NORM = "BatchNormalization"
_SAVES_AS_BUILT = ("keras",)
"""Formats of models as they were built: nothing of these is folded."""


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
    calls = tuple(calls_of(network, as_written=bool(tool.formats)))
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
        found.add(call.kind, call.operator.name, parameters=_of_batch_norm(call, tool, network))
    weights = 0
    for parameter in network.parameters:
        used_by = users.get(parameter.name, [])
        in_layer = parameter.role == WEIGHTS and any(call.layers for call in used_by)
        weights += parameter.elements if in_layer else 0
        if in_layer and not _has(tool, parameter, used_by):
            kind = next(call.kind for call in used_by if call.layers)
            found.add(f"{kind}, not counted", used_by[0].operator.name, parameters=-parameter.elements)
        elif (
            not in_layer
            and _has(tool, parameter, used_by)
            and not _is_merged(parameter, used_by, tool, network)
        ):
            kind, who = _owner(parameter, used_by)
            found.add(kind, who, parameters=parameter.elements)
    # Fewer are held than count where operators make weights of them, such as ConstantOfShape.
    if weights > network.weights:
        found.add("weights used in part", "", parameters=weights - network.weights)
    elif tool.parameters == TENSORS or network.says_modules:
        found.add("weights that operators make", "", parameters=weights - network.weights)


def _of_batch_norm(call: Call, tool: Tool, network: Network) -> int:
    """Return the learned parameters of a batch norm of ONNX, which may hold equal ones of several once."""
    if network.format != "onnx" or tool.parameters == TENSORS or call.op != _BATCH_NORM:
        return 0
    return 2 * max((one.elements for one in call.parameters if one.role == NORMALIZATION), default=0)


def _is_merged(parameter: Parameter, used_by: list[Call], tool: Tool, network: Network) -> bool:
    """Whether a parameter is one that `_of_batch_norm` counts."""
    return parameter.role == NORMALIZATION and any(_of_batch_norm(call, tool, network) for call in used_by)


def _has(tool: Tool, parameter: Parameter, used_by: list[Call]) -> bool:
    """Whether a parameter is one of a counter's."""
    if tool.parameters == TENSORS:
        return parameter.by_itself
    learned = parameter.role in (WEIGHTS, BIASES, NORMALIZATION)
    return learned and (tool.parameters == ALL or any(call.module in tool.owners for call in used_by))


def _owner(parameter: Parameter, used_by: list[Call]) -> tuple[str, str]:
    """Return what a parameter that is no layer's weights belongs to, and the operator that uses it."""
    users = [call for call in used_by if call.op != "Identity"] or used_by
    who = users[0].operator.name if users else parameter.name
    if parameter.role == BIASES:
        return BIAS, who
    if parameter.role in (NORMALIZATION, STATISTICS) and users:
        return users[0].kind, who
    if parameter.role == CONSTANT:
        return "constant", who
    named = next((call for call in users if call.op == "PRelu"), None)
    return (named.kind, named.operator.name) if named is not None else ("parameter outside of layers", who)


def _doubts(network: Network, calls: Iterable[Call], tool: Tool, unknown: list[str]) -> Iterator[str]:
    """Yield why a counter's totals cannot be had from the file."""
    if tool.rules or tool.prints_parameters:
        yield from _left_out(network, calls, tool)
    if network.opaque:
        yield f"the cost of {', '.join(one.op for one in network.opaque)} is unknown"
    for where, why in tool.unsure:
        if any(where.holds(call) for call in calls):
            yield why
    if unknown:
        more = f" and of {several(len(unknown) - 1, 'operator')} more" if len(unknown) > 1 else ""
        yield f"sizes that it uses are not known, of {unknown[0]}{more}"


def _left_out(network: Network, calls: Iterable[Call], tool: Tool) -> Iterator[str]:
    """Yield what the file no longer holds, or never held, of what is not a product."""
    if network.format == "toml":
        yield "a TOML network says nothing of normalizations and activations"
    elif not network.operators:
        yield "nothing but the layers of the network is known"
    elif network.format in _SAVES_AS_BUILT or tool.parameters == TENSORS:
        return
    elif folded := sum(_may_be_folded(call, network) for call in calls):
        hold = "a convolution holds" if folded == 1 else f"{folded:,} convolutions hold"
        yield (f"{hold} a bias, or a normalization that was folded at export: the file does not say which")


def _may_be_folded(call: Call, network: Network) -> bool:
    """Whether a convolution's weights are not named after a module, such as 'onnx::Conv_193'.

    A program of PyTorch is exported as it was built, and what quantizes it folds into a 'conv.weight_bias'.
    The newer exporter of PyTorch names operators by what the module called, 'node_conv2d', those that it
    has made of several by what ONNX calls them, 'node_Conv_292'.
    """
    if call.op not in ("Conv", "ConvTranspose"):
        return False
    if call.operator.name.startswith("node_Conv"):
        return True
    own = [one.name for one in call.parameters if one.role == WEIGHTS]
    biases = [one.name for one in call.parameters if one.role == BIASES]
    if network.says_modules:
        return bool(own) and biases[:1] == [f"{own[0]}_bias"]
    module = own[0].removesuffix(".weight") if own else ""
    return call.has_bias and (not own or biases[:1] != [f"{module}.bias"])


def _supposed(network: Network, calls: Iterable[Call], tool: Tool) -> Iterator[str]:
    """Yield what was taken for what, where a counter's rules depend on it."""
    asked = [where for where in (*tool.counts, *(rule.where for rule in tool.rules)) if where.asks_who]
    if not asked or tool.formats:
        return
    taken: dict[str, tuple[str, str]] = {}
    alike = set()
    for call in calls:
        if call.supposed and call.op in TAKEN_FOR and not (call.layers or call.affine):
            module, function = TAKEN_FOR[call.op]
            taken[KINDS.get(call.op, call.op)] = (call.op, f"nn.{module}" if module else str(function))
        if call.operator.function in ("Tensor.add", "Tensor.mul", "Tensor.matmul"):
            alike.add(call.operator.function)
    if taken:
        yield f"the file does not say what calls an operator: {_taken_words(sorted(taken.values()))}"
    functions = {
        f"Tensor.{function.removeprefix('torch.')}" for where in asked for function in where.functions or ()
    }
    for function in sorted(alike & functions):
        sign = {"Tensor.add": "+", "Tensor.mul": "*", "Tensor.matmul": "@"}[function]
        method = function.removeprefix("Tensor.")
        yield f"x.{method}(y) looks like x {sign} y in the file, and is taken for that"


def _taken_words(taken: list[tuple[str, str]]) -> str:
    """Return which operators are taken for what.

    >>> _taken_words([("Add", "Tensor.add"), ("Relu", "nn.ReLU")])
    'Add is taken for Tensor.add, Relu for nn.ReLU'
    """
    (op, caller), *others = taken
    return ", ".join([f"{op} is taken for {caller}", *(f"{op} for {caller}" for op, caller in others)])
