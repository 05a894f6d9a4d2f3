"""Networks in TensorFlow Lite files, read with nothing but the standard library.

The file is mapped, not loaded: of its weights nothing but their lengths is looked at.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import prod
from mmap import ACCESS_READ, mmap

from sepcost.core.errors import FieldError, FileError, QuantityError
from sepcost.core.files import Path, opened_input, stem
from sepcost.core.quantity import by
from sepcost.network.assembly import Assembly
from sepcost.network.input_shape import batch_of, checked_shape, no_input, open_dimension
from sepcost.network.model import CONSTANT, WEIGHTS, Network
from sepcost.network.names import clean_name
from sepcost.network.provenance import Written
from sepcost.network.shape_rules import Shape, other_output
from sepcost.network.step import Step
from sepcost.network.tflite import operators
from sepcost.network.tflite.batches import Batches
from sepcost.network.tflite.layers import COUNTERS
from sepcost.network.tflite.model import Call, Known, Model, Stored, decode
from sepcost.network.tflite.operands import Operands
from sepcost.network.tflite.schema import BuiltinOptions as Kind
from sepcost.network.tflite.schema import Pool2DOptions

_LARGEST = 2**40
"""The largest file that is opened, in bytes: its weights are never read."""


def read_tflite(path: Path, input_shape: Sequence[int] | None = None, unbatched: bool = False) -> Network:
    """Read a network from a .tflite file.

    input_shape: the whole shape, batch first, of the graph's first input; sizes are then followed from it.
    unbatched: whether that has no batch in front.
    Raises FileError, which names the operator, tensor or dimension at fault.
    """
    shown = os.fspath(path)
    try:
        with _mapped(path) as content:
            return _Reader(decode(content)).network(stem(path), input_shape, unbatched)
    except (FieldError, QuantityError) as error:
        raise FileError(shown, error) from None


@contextmanager
def _mapped(path: Path) -> Iterator[mmap]:
    with opened_input(path, _LARGEST) as (handle, size):
        if size == 0:
            raise FileError(os.fspath(path), "is empty")
        with mmap(handle, size, access=ACCESS_READ) as content:
            yield content


class _Reader:
    """Reads a decoded graph, call by call; a tensor's key is its name."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._known: dict[int, Known] = {}
        self._fixed = True
        self._variables: dict[str, str] = {}
        self._assigned: dict[str, int] = {}

    def network(self, name: str, input_shape: Sequence[int] | None, unbatched: bool) -> Network:
        """Return the network that the graph is."""
        tensors, inputs = self._model.tensors, self._model.inputs
        first = self._first_shape(input_shape)
        as_stated = input_shape is None and (not inputs or first == tensors[inputs[0]].shape)
        self._fixed = as_stated and not any(map(self._is_open, self._model.calls))
        batch = batch_of(first)
        found = Assembly(1 if unbatched else batch)
        self._batches = Batches(found.batch, inputs)
        self._hold(found)
        for number in dict.fromkeys(inputs):
            shape = first if number == inputs[0] else self._open_fixed(number, batch)
            self._known[number] = Known(shape)
            found.take(tensors[number].name, shape, tensors[number].bits)
        for number, call in enumerate(self._model.calls):
            try:
                self._run(call, f"{call.operator}_{number}", found)
            except QuantityError as error:
                written = next((tensors[at].name for at in call.outputs if at >= 0), str(number))
                raise FieldError(f"{call.operator} that writes {written}", str(error)) from None
        self._keep_assigned(found)
        outputs = [tensors[number].name for number in self._model.outputs]
        return found.network(name, "tflite", outputs)

    def _first_shape(self, given: Sequence[int] | None) -> Shape:
        """Return the first input's shape: as given, or with open dimensions that a file can leave open."""
        inputs = self._model.inputs
        if not inputs:
            if given is not None:
                raise no_input()
            return ()
        if given is None:
            return self._open_fixed(inputs[0], 1)
        stored = self._model.tensors[inputs[0]]
        return checked_shape(given, stored.name, len(stored.shape))

    def _open_fixed(self, number: int, batch: int) -> Shape:
        """Return an input's shape, an open batch fixed; FieldError where another dimension is open."""
        stored, first = self._model.tensors[number], self._model.inputs[0]
        shape = stored.shape
        sizes = [None if at in stored.open and length <= 1 else length for at, length in enumerate(shape)]
        if None in sizes[1:]:
            only = "" if number == first else self._model.tensors[first].name
            raise open_dimension(stored.name, sizes, sizes.index(None, 1), only=only)
        return (batch, *shape[1:]) if 0 in stored.open else shape

    def _hold(self, found: Assembly) -> None:
        """Record what the file holds, once for all tensors of one buffer, and of states."""
        holders: dict[int, Stored] = {}
        made = {*self._model.inputs, *(number for call in self._model.calls for number in call.outputs)}
        for number, stored in enumerate(self._model.tensors):
            if stored.buffer is not None:
                self._known[number] = Known(stored.shape, stored.numbers)
                holder = holders.setdefault(stored.buffer, stored)
                if holder is stored:
                    found.hold(stored.name, stored.shape, stored.bits, CONSTANT, elements=stored.held)
                else:
                    found.alias(stored.name, holder.name, stored.shape)
            elif stored.state:
                self._known[number] = Known(stored.shape)
                found.keep(stored.name, stored.shape, stored.bits)
            elif 0 in stored.shape and number not in made:
                # The shape of a scalar, say: a constant that takes no bytes.
                self._known[number] = Known(stored.shape, ())
                found.hold(stored.name, stored.shape, stored.bits, CONSTANT)
        for stored in self._model.elsewhere:
            if stored.buffer is not None and holders.setdefault(stored.buffer, stored) is stored:
                found.hold(stored.name, stored.shape, stored.bits, CONSTANT, elements=stored.held)

    def _run(self, call: Call, name: str, found: Assembly) -> None:
        tensors = self._model.tensors
        for number in call.inputs:
            if number >= 0 and number not in self._known:
                raise QuantityError(f"reads {tensors[number].name}, which nothing before it writes")
        reads = [tensors[number].name for number in call.inputs if number >= 0]
        writes = self._written(call)
        keys = tuple(tensors[number].name if number >= 0 else None for number in call.inputs)
        counter = COUNTERS.get(call.operator)
        axes = tuple(map(self._batches.axis, call.inputs))
        out, shape = writes[0][:2] if writes else (name, None)
        of = Operands(call, found, keys, out, shape, axes)
        layers = counter(of) if counter is not None and writes else ()
        if self._batches.meet(call.inputs):
            layers = tuple(one._replace(batched=False) for one in layers)
        if layers:
            found.run(Step(layers[0].layer.op, name, reads, writes, layers, channels_last=True))
            return
        if call.operator == "READ_VARIABLE" and len(reads) == len(writes) == 1:
            self._read_variable(name, reads[0], writes[0], found)
            return
        if call.operator == "ASSIGN_VARIABLE" and len(reads) == len(call.inputs) == 2:
            self._assigned[reads[0]] = call.inputs[1]
        op = operators.NAMES.get(call.operator, f"tflite.{call.operator}")
        if call.operator == "CUSTOM":
            op = f"tflite.{clean_name(call.custom) or 'unnamed'}"
        found.run(
            Step(
                op,
                name,
                reads,
                writes,
                roles={reads[1]: WEIGHTS} if call.operator == "PRELU" and len(reads) > 1 else {},
                free=op in operators.FREE and call.operator in operators.NAMES and call.operator != "CUSTOM",
                keeps=call.operator in operators.MOVES,
                scales=call.operator in ("MUL", "DIV", "DEQUANTIZE"),
                carries=of.some(operators.CARRIERS.get(call.operator, ())),
                window=self._window(call),
                mode=operators.RESIZES.get(call.operator),
                channels_last=True,
            )
        )

    def _read_variable(self, name: str, handle: str, written: Written, found: Assembly) -> None:
        """Record a variable, of which the file says no more than what reads and writes it."""
        read = self._variables.setdefault(handle, written[0])
        if read != written[0]:
            found.run(Step("Identity", name, [read], [written], keeps=True))
            return
        found.keep(*written)
        found.run(Step("tflite.READ_VARIABLE", name, [handle], []))

    def _keep_assigned(self, found: Assembly) -> None:
        """Record variables that are written and not read: the next run may, or another program."""
        for handle, number in self._assigned.items():
            if handle not in self._variables:
                bits = self._model.tensors[number].bits
                found.keep(f"{handle}:variable", self._known[number].shape, bits)

    def _written(self, call: Call) -> list[Written]:
        """Return what a call writes: as the file has it, or followed where a size before it differs."""
        tensors = self._model.tensors
        outputs = [number for number in call.outputs if number >= 0]
        reads = [self._known[at] for at in call.inputs if at >= 0]
        stated = [Known(tensors[number].shape) for number in outputs]
        if any(self._known[at].shape != tensors[at].shape for at in call.inputs if at >= 0):
            known = _followed(call, reads)
        elif self._is_open(call):
            known = self._resized(call, reads, stated)
        else:
            known = self._sizes(call, reads) or stated
            if call.operator not in COUNTERS or call.operator in operators.LOOK_UPS:
                _check(call, reads, known)  # what is counted is checked where it is
        if len(known) != len(outputs):
            raise QuantityError("what it writes cannot be followed at this input shape")
        self._known.update(zip(outputs, known, strict=True))
        self._batches.follow(call, reads, zip(outputs, (one.shape for one in known), strict=True))
        return [
            (tensors[number].name, one.shape, tensors[number].bits)
            for number, one in zip(outputs, known, strict=True)
        ]

    def _is_open(self, call: Call) -> bool:
        """Whether the file leaves lengths of what a call writes open: what it states of them is no length."""
        return any(at >= 0 and self._model.tensors[at].open for at in call.outputs)

    def _resized(self, call: Call, reads: list[Known], stated: list[Known]) -> list[Known]:
        """Return what a call writes where the file leaves lengths open; that of a batch is the stated one."""
        try:
            return _followed(call, reads)
        except QuantityError:
            every = (self._model.tensors[at] for at in (*call.inputs, *call.outputs) if at >= 0)
            if any(tensor.open not in ((), (0,)) for tensor in every):
                raise
            return stated

    def _sizes(self, call: Call, reads: list[Known]) -> list[Known] | None:
        """Return what a call computes of sizes alone, None where it does something else."""
        whole = reads and all(known.numbers is not None for known in reads)
        if self._fixed or not (whole or call.operator == "SHAPE"):
            return None
        try:
            known = _followed(call, reads)
        except QuantityError:
            return None
        stored = [self._model.tensors[at].shape for at in call.outputs]
        return known if [one.shape for one in known] == stored else None

    def _window(self, call: Call) -> int | None:
        """Return the window of a pool or a reduction."""
        if call.operator in operators.POOLS and call.options is not None and call.kind == Kind.Pool2DOptions:
            fields = Pool2DOptions
            return call.options.whole(fields.FILTER_WIDTH) * call.options.whole(fields.FILTER_HEIGHT)
        if call.operator in operators.REDUCTIONS and all(
            ends and ends[0] >= 0 for ends in (call.inputs, call.outputs)
        ):
            read, out = self._known[call.inputs[0]].shape, self._known[call.outputs[0]].shape
            return prod(read) // prod(out) if prod(out) else None
        return None


def _check(call: Call, reads: list[Known], known: list[Known]) -> None:
    """Refuse an operator that is said to write maps of other lengths than it writes when it runs."""
    try:
        followed = _followed(call, reads)
    except QuantityError:
        return
    for one, said in zip(followed, known, strict=False):
        if _lengths(one.shape) != _lengths(said.shape):
            raise other_output(by(one.shape), said.shape)


def _lengths(shape: Shape) -> Shape:
    """Return the lengths that differ from 1, of which a file may have more or fewer."""
    return tuple(length for length in shape if length != 1)


def _followed(call: Call, reads: list[Known]) -> list[Known]:
    from sepcost.network.tflite.lengths import follow  # which few files need

    return follow(call, reads)
