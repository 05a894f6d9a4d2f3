"""The layers of a network in TOML laid out one after the other, from the maps that each reads."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from sepcost.core.errors import FieldError, QuantityError, did_you_mean, quoted
from sepcost.core.formulas import has_bias
from sepcost.core.quantity import checked_field, checked_whole
from sepcost.network.toml.convolution import Convolutions, dense, squeeze_and_excite
from sepcost.network.toml.entries import (
    Block,
    Convolution,
    Dense,
    Entry,
    Excite,
    Join,
    Pool,
    Upsample,
)
from sepcost.network.toml.keys import INPUT
from sepcost.network.toml.maps import Map, along, sized, window
from sepcost.network.toml.record import Record
from sepcost.network.toml.widths import Widths

_MOST_MEANT = 100
"""The names among which one that was mistyped is looked for."""


class Layout:
    """Layers on their way into a record. A name in a block is looked for in it, then around it."""

    def __init__(self, record: Record, widths: Widths) -> None:
        self._record = record
        self._widths = widths
        self._maps = record.maps
        self._convolutions = Convolutions(record)

    def run(
        self, entries: Sequence[Entry], read: Map, scopes: tuple[str, ...] = ("",), strides: bool = True
    ) -> Map:
        """Lay out layers in order; return what the last one writes.

        scopes: what stands before names here, that of the innermost block last. strides: whether
        convolutions have theirs.
        """
        self._maps[scopes[-1] + INPUT] = read
        for entry in entries:
            try:
                read = self._repeated(entry, read, scopes, strides)
            except (FieldError, QuantityError) as error:
                raise FieldError(f"layer {quoted(entry.name)}", str(error)) from None
        return read

    def _repeated(self, entry: Entry, read: Map, scopes: tuple[str, ...], strides: bool) -> Map:
        read = self._joined(entry, read, scopes)
        if read.flat and not isinstance(entry.what, (Dense, Join, Block)):
            raise FieldError(entry.kind, "follows a dense layer: only dense does")
        name = scopes[-1] + entry.name
        if entry.repeat == 1:
            return self._turn(entry, name, read, scopes, strides)
        added = 0
        for turn in range(1, entry.repeat + 1):
            before = read
            read = self._turn(entry, f"{name}_{turn}", read, scopes, strides and turn == 1)
            added += before.agrees_with(read)
        if entry.residual and not added:
            raise FieldError("residual", f"no turn writes what it reads: the last {read}")
        self._record.claim(name)
        self._maps[name] = read
        return read

    def _turn(self, entry: Entry, name: str, read: Map, scopes: tuple[str, ...], strides: bool) -> Map:
        self._record.claim(name)
        made = self._made(entry, name, read, scopes, strides)
        if entry.residual:
            if made.agrees_with(read):
                both = f"{name}/residual"
                self._record.claim(both)
                size = () if made.flat else made.size
                made = self._record.run(both, "Add", (made, read), made.channels, size)
            elif entry.repeat == 1:
                raise FieldError("residual", f"reads {read} and writes {made}: they must agree")
        self._maps[name] = made
        return made

    def _made(self, entry: Entry, name: str, read: Map, scopes: tuple[str, ...], strides: bool) -> Map:
        what, record = entry.what, self._record
        match what:
            case Convolution():
                n_o = self._widths.channels(what.out) if what.scales else what.out
                return self._convolutions.add(what, name, read, n_o, strides)
            case Pool():
                return self._pooled(what, name, read)
            case Dense():
                checked_field("inputs of dense", checked_whole, read.channels * read.positions)
                return dense(record, name, read, what.out, has_bias(what.bias, is_last=True))
            case Upsample():
                factors = along("upsample", what.factor, len(read.size))
                size = (length * factor for length, factor in zip(read.size, factors, strict=True))
                return record.run(name, "Resize", (read,), read.channels, sized("upsample", size))
            case Excite():
                return squeeze_and_excite(record, name, read, read.channels // what.reduction, what.bias)
            case Block():
                return self.run(what.entries, read, (*scopes, f"{name}/"), strides)
            case Join():
                return read

    def _pooled(self, pool: Pool, name: str, read: Map) -> Map:
        axes = len(read.size)
        if pool.window is None:
            size = (1,) * axes
            return self._record.run(
                name, "GlobalAveragePool", (read,), read.channels, size, window=read.positions
            )
        over = window(axes, pool.window, pool.stride, 1, pool.padding, field="pool")
        size = over.over(read.size, field="pool")
        return self._record.run(name, "MaxPool", (read,), read.channels, size, window=over.taps)

    def _joined(self, entry: Entry, before: Map, scopes: tuple[str, ...]) -> Map:
        """Return the map that a layer reads: the one before, an earlier one, or several made one."""
        if not entry.reads:
            return before
        found = [self._named(name, entry.joined, scopes) for name in entry.reads]
        if len(found) == 1:
            return found[0]
        first = found[0]
        for name, other in zip(entry.reads, found, strict=True):
            if not other.agrees_with(
                first if entry.joined == "add" else first._replace(channels=other.channels)
            ):
                problem = f"{quoted(entry.reads[0])} has {first}, {quoted(name)} {other}: they must agree"
                raise FieldError(entry.joined, problem)
        name = scopes[-1] + entry.name
        if not isinstance(entry.what, Join):
            name = f"{name}/input"
            self._record.claim(name)
        if entry.joined == "add":
            return self._record.run(name, "Add", found, first.channels, () if first.flat else first.size)
        channels = checked_field("concat", checked_whole, sum(each.channels for each in found))
        return self._record.run(name, "Concat", found, channels, () if first.flat else first.size)

    def _named(self, name: str, key: str, scopes: tuple[str, ...]) -> Map:
        for scope in reversed(scopes):
            if scope + name in self._maps:
                return self._maps[scope + name]
        scope = scopes[-1]
        near = [each.removeprefix(scope) for each in islice(reversed(self._maps), _MOST_MEANT)]
        raise FieldError(key, f"{quoted(name)} is no earlier layer{did_you_mean(name, near)}")
