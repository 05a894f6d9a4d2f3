"""What a network, or a layer of it, takes of whatever can be limited; what is not known is refused."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cached_property, partial

from sepcost.core.errors import FieldError, quoted
from sepcost.core.limits import LimitCheck, Limited
from sepcost.core.metrics import IN_BYTES, METRICS, TIME
from sepcost.hardware.budget import check_on
from sepcost.hardware.execution import Execution
from sepcost.network.audit import Audit, audit
from sepcost.network.bounds import NetworkBound, Times, network_bound
from sepcost.network.layer import NetworkLayer
from sepcost.network.layer_cost import LayerCost
from sepcost.network.memory import Footprint, Memory, at_most, footprint, peak_memory, stored_of_layers
from sepcost.network.model import Network
from sepcost.network.replaced import replaced_footprint, replaced_network


class Measures:
    """What a network and its layers take when they run in one way, each measured when it is wanted.

    Each raises FieldError, which names the limit, where it is not known.
    """

    def __init__(self, network: Network, execution: Execution, audited: Audit | None = None) -> None:
        """Prepare to measure. audited: the network's audit; nothing is replaced unless given."""
        self.network = network
        self.execution = execution
        self._audited = audited

    def check(self, metric: str, limit: Limited) -> LimitCheck:
        """Return a limit on the whole network with what it takes."""
        every: dict[str, Callable[[], Limited]] = {
            "macs": lambda: self.network.most("macs"),
            "weights": lambda: self.network.most("weights"),
            "memory": lambda: self._memory.peak,
            "storage": lambda: self._storage,
            TIME: lambda: self.times.seconds,
        }
        check = check_on(self.execution, metric, limit, every[metric](), self.own_sizes(metric))
        if metric == "memory":
            self._refuse_growth(check, self.network, lambda memory: memory.peak)
        return check

    def own_sizes(self, metric: str) -> tuple[int, ...]:
        """Return the bits of an element in the file's own types, where those count for what is measured."""
        return self.footprint.own if metric in IN_BYTES else ()

    def layer_check(
        self, metric: str, limit: Limited, layers: tuple[NetworkLayer, ...]
    ) -> tuple[LimitCheck, tuple[str, ...]]:
        """Return a limit on each layer with what the worst takes, and layers by name.

        They are those that exceed the limit, the worst first; the worst alone where none does.
        """
        if metric == "storage":
            self.check(metric, limit)  # what is not known of the network is not known of its layers
        of: Callable[[NetworkLayer], Limited] = {
            "macs": lambda layer: layer.macs,
            "weights": lambda layer: layer.weights,
            "memory": lambda layer: _taken(self._memory, layer),
            "storage": self._stored_of,
            TIME: lambda layer: self._seconds[layer.name],
        }[metric]
        worst = max(layers, key=of)
        check = check_on(self.execution, metric, limit, of(worst), self.own_sizes(metric))
        if metric == "memory":
            self._refuse_growth(
                check, self.network, lambda memory: max(_taken(memory, one) for one in layers)
            )
        if check.passed:
            return check, (worst.name,)
        exceeding = sorted((layer for layer in layers if of(layer) > limit), key=of, reverse=True)
        return check, tuple(layer.name for layer in exceeding)

    def layer_costs(self, metric: str) -> tuple[LayerCost, ...]:
        """Return what each layer takes of 'weights', 'macs', 'memory' or 'time' now and replaced.

        Time is an estimate on a machine that was measured, else the bound.
        """
        rows = self.audited.layers
        if metric in METRICS:
            return tuple(LayerCost(row, row.cost.of(metric), row.replaced_cost.of(metric)) for row in rows)
        if metric == TIME:
            return self.times.layers
        of = partial(_taken, field="memory")
        now, replaced = self.memory, self.replaced_memory
        return tuple(LayerCost(row, of(now, row.layer), of(replaced, row.layer)) for row in rows)

    def fits(self, replaced: bool = False) -> tuple[LimitCheck, ...]:
        """Return the memory and the storage of the machine, as far as it says them, with what is needed.

        Where it has no storage of its own, its memory holds the parameters too.
        replaced: whether every replaceable layer is.
        """
        machine = self.execution.machine
        if machine is None or not machine.says_sizes:
            return ()
        needed, network = self.footprint, self.network
        if replaced:
            needed, network = self.replaced_footprint, self._replaced_network
        checks = []
        if machine.memory is not None:
            held = _storage_of(needed) if machine.storage is None else 0
            memory = LimitCheck("memory", machine.memory, _memory_of(needed).peak + held)
            self._refuse_growth(memory, network, lambda memory: memory.peak + held)
            checks.append(memory)
        if machine.storage is not None:
            checks.append(LimitCheck("storage", machine.storage, _storage_of(needed)))
        return tuple(checks)

    @cached_property
    def footprint(self) -> Footprint:
        """The network's memory and storage, with the reason where one is not known."""
        return footprint(self.network, self.execution)

    @cached_property
    def replaced_footprint(self) -> Footprint:
        """The same once every replaceable layer is replaced."""
        return replaced_footprint(self.audited, self._replaced_network, self.footprint, self.execution)

    @property
    def memory_saving(self) -> Fraction | None:
        """How many times fewer bytes maps then take at once; None where that is not known."""
        now, replaced = self.footprint.memory, self.replaced_footprint.memory
        return None if now is None or not (replaced and replaced.peak) else Fraction(now.peak, replaced.peak)

    @cached_property
    def audited(self) -> Audit:
        """The network's layers and what replaces them."""
        return self._audited or audit(self.network, replace=None)

    @cached_property
    def bounds(self) -> NetworkBound:
        """What the network's layers do and move, as they are and replaced."""
        return network_bound(self.audited, self.execution)

    @property
    def times(self) -> Times:
        """The layers' times: estimates on a machine that was measured, else bounds."""
        if self.execution.machine is None:
            raise FieldError("max_time", "needs {machine}")
        times = self.bounds.estimates or self.bounds.bounds
        assert times is not None
        return times

    @property
    def memory(self) -> Memory:
        """What maps take while the network runs."""
        if self.footprint.memory is None:
            raise FieldError("memory", f"{self.footprint.memory_reason}")
        return self.footprint.memory

    @property
    def replaced_memory(self) -> Memory:
        """What they take once every replaceable layer is replaced."""
        return self.memory if self.replaced_footprint.memory is None else self.replaced_footprint.memory

    @cached_property
    def _replaced_network(self) -> Network:
        known = self.footprint.memory is not None
        return replaced_network(self.audited, self.execution.fused) if known else self.network

    @property
    def _memory(self) -> Memory:
        return _memory_of(self.footprint)

    @property
    def _storage(self) -> int:
        return _storage_of(self.footprint)

    def _refuse_growth(self, check: LimitCheck, network: Network, taken: Callable[[Memory], int]) -> None:
        """Refuse a limit that is kept unless maps grow with the batch that are not known to."""
        grown = at_most(network)
        if grown is network or not check.passed:
            return
        if taken(peak_memory(grown, self.execution)) > check.limit:
            name = next(one.name for one in network.tensors if one.grows)
            raise FieldError(
                "max_memory",
                f"memory for {network.batch} inputs is not known: how {quoted(name)} grows with them is not",
            )

    def _stored_of(self, layer: NetworkLayer) -> int:
        if layer.name not in self._stored:
            raise FieldError("max_storage", f"no operator is named as layer {quoted(layer.name)}")
        return self._stored[layer.name]

    @cached_property
    def _stored(self) -> dict[str, int]:
        return stored_of_layers(self.network, self.execution)

    @cached_property
    def _seconds(self) -> dict[str, Limited]:
        return {layer.name: layer.now for layer in self.times.layers}


def _memory_of(needed: Footprint) -> Memory:
    if needed.memory is None:
        raise FieldError("max_memory", f"memory {needed.memory_reason}")
    return needed.memory


def _storage_of(needed: Footprint) -> int:
    if needed.storage is None:
        raise FieldError("max_storage", f"storage {needed.storage_reason}")
    return needed.storage


def _taken(memory: Memory, layer: NetworkLayer, field: str = "max_memory") -> int:
    """Return the bytes that maps take while a layer runs."""
    taken = memory.of(layer.name)
    if taken is None:
        raise FieldError(field, f"no operator is named as layer {quoted(layer.name)}")
    return taken
