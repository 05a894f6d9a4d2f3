"""TensorFlow Lite's recurrent operators as layers."""

from __future__ import annotations

from collections.abc import Callable
from math import prod

from sepcost.core.errors import QuantityError
from sepcost.core.quantity import by
from sepcost.network.layer import NetworkLayer
from sepcost.network.products import convolution, dense, recurrent
from sepcost.network.step import Counted
from sepcost.network.tflite.operands import Counter, Operands
from sepcost.network.tflite.schema import (
    BidirectionalSequenceLSTMOptions,
    BidirectionalSequenceRNNOptions,
    SequenceRNNOptions,
    UnidirectionalSequenceLSTMOptions,
)


def _lstm(start: int = 1, biases: int = 12, projection: int = 16) -> Callable[[Operands, str], list[Counted]]:
    """Return what counts one direction of an LSTM whose weights begin at an input."""

    def count(of: Operands, suffix: str) -> list[Counted]:
        read, w_i, w_h = of.shape(0), of.shape(start + 1), of.shape(start + 5)
        gates = 3 if of.optional(start) is None else 4
        if len(w_i) != 2 or len(w_h) != 2 or read[-1:] != w_i[1:] or w_h[0] != w_i[0]:
            raise QuantityError(f"its weights, {by(w_i)} and {by(w_h)}, are not those of its gates")
        name, steps = of.name(of.key(start + 1)) + suffix, prod(read[:-1])
        layer = recurrent(name, "LSTM", w_i[1], w_i[0], steps, state=w_h[1], gates=gates)
        added = tuple(key for number in range(biases, biases + 4) for key in of.biases(number))
        own = (key for at in range(start, start + 8) if (key := of.optional(at)) is not None)
        further = tuple(key for key in own if key != of.key(start + 1))
        counted = [Counted(layer, of.key(start + 1), (of.key(0),), (of.out,), added, further=further)]
        if of.optional(projection) is not None:
            n_o, n_i = of.shape(projection)
            project = NetworkLayer(f"{name}/projection", "LSTM", n_i, n_o, steps)
            counted.append(Counted(project, of.key(projection), biases=of.biases(projection + 1)))
        return counted

    return count


def _unidirectional_lstm(of: Operands) -> tuple[Counted, ...]:
    if of.call.operator == "LSTM" and len(of.keys) == 5:
        return _basic_lstm(of)
    return tuple(_lstm()(of, ""))


def _bidirectional_lstm(of: Operands) -> tuple[Counted, ...]:
    forward, backward = _lstm()(of, "/forward"), _lstm(18, 29, 33)(of, "/backward")
    return (*forward, *backward)


def _basic_lstm(of: Operands) -> tuple[Counted, ...]:
    """One step, its weights [4 N_h, N_i + N_h] in one."""
    read, w = of.shape(0), of.shape(2)
    if len(w) != 2 or w[0] % 4 or w[1] <= w[0] // 4:
        raise QuantityError(f"its weights, {by(w)}, are not those of four gates")
    n_h = w[0] // 4
    layer = recurrent(of.name(of.key(2)), "LSTM", w[1] - n_h, n_h, prod(read[:-1]))
    return (Counted(layer, of.key(2), (of.key(0),), (of.out,), of.biases(3)),)


def _rnn(*starts: int) -> Counter:
    """Return what counts an RNN: its weights, its state's and biases begin at an input a direction."""

    def count(of: Operands) -> tuple[Counted, ...]:
        counted = []
        for start in starts:
            read, w = of.shape(0), of.shape(start)
            if len(w) != 2 or of.shape(start + 1) != (w[0], w[0]) or read[-1:] != w[1:]:
                raise QuantityError(f"its weights, {by(w)}, are not those of its input and state")
            side = "" if len(starts) == 1 else "/forward" if start == starts[0] else "/backward"
            name = of.name(of.key(start)) + side
            layer = recurrent(name, "RNN", w[1], w[0], prod(read[:-1]))
            counted.append(
                Counted(
                    layer,
                    of.key(start),
                    (of.key(0),),
                    (of.out,),
                    of.biases(start + 2),
                    further=(of.key(start + 1),),
                )
            )
        return tuple(counted)

    return count


def _svdf(of: Operands) -> tuple[Counted, ...]:
    """SVDF: each filter reads the features of one step, then its own memory of them."""
    x, feature, time = of.shape(0), of.shape(1), of.shape(2)
    if len(feature) != 2 or len(time) != 2 or feature[0] != time[0] or x[-1:] != feature[1:]:
        raise QuantityError(f"its weights, {by(feature)} and {by(time)}, do not fit what it reads, {by(x)}")
    name, rows = of.name(of.key(1)), x[:-1]
    features = dense(f"{name}/feature", feature[1], feature[0], rows)
    memory = convolution(f"{name}/time", time[0], time[0], time[1:], rows, groups=time[0])
    return (
        Counted(features, of.key(1), (of.key(0),)),
        Counted(memory, of.key(2), (), (of.out,), of.biases(3)),
    )


_Fields = (
    type[UnidirectionalSequenceLSTMOptions]
    | type[BidirectionalSequenceLSTMOptions]
    | type[SequenceRNNOptions]
    | type[BidirectionalSequenceRNNOptions]
)


def _of_steps(count: Counter, fields: _Fields, default: int = 0) -> Counter:
    """Return what counts an operator whose steps come first where its options say so, and the batch else."""

    def counted(of: Operands) -> tuple[Counted, ...]:
        options = of.call.options
        first = default if options is None else options.byte(fields.TIME_MAJOR, default)
        return tuple(one._replace(batched=not first) for one in count(of))

    return counted


RECURRENT: dict[str, Counter] = {
    "UNIDIRECTIONAL_SEQUENCE_LSTM": _of_steps(_unidirectional_lstm, UnidirectionalSequenceLSTMOptions),
    "LSTM": _unidirectional_lstm,
    "BIDIRECTIONAL_SEQUENCE_LSTM": _of_steps(
        _bidirectional_lstm, BidirectionalSequenceLSTMOptions, default=1
    ),
    "UNIDIRECTIONAL_SEQUENCE_RNN": _of_steps(_rnn(1), SequenceRNNOptions),
    "RNN": _rnn(1),
    "BIDIRECTIONAL_SEQUENCE_RNN": _of_steps(_rnn(1, 5), BidirectionalSequenceRNNOptions),
    "SVDF": _svdf,
}
"""What counts each of them as layers."""
