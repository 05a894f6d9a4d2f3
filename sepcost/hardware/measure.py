"""Measuring a machine: small convolutions run by onnxruntime on one thread, and the figures fitted to them.

The only door to onnxruntime.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from time import thread_time
from typing import Any, NamedTuple

from sepcost.core.errors import FileError, MissingExtraError, QuantityError
from sepcost.core.files import read_bytes
from sepcost.core.formulas import Maps, Stage
from sepcost.core.scaled import byte_limit
from sepcost.hardware.calibrate import TimedPass, calibrate
from sepcost.hardware.machine import Machine

try:
    import numpy as np
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper
except ImportError:
    raise MissingExtraError("measuring a machine", "measure") from None

ROUNDS = 8
"""How often each layer takes its turn: what else a machine does falls on few of them."""

ELEMENT_SIZE = 4
_WINDOW_S, _WINDOWS = 0.004, 3
_COPIED_BYTES = 128 * 2**20
_OPSET, _IR = 17, 9
_SMALLEST_CACHE = 256 * 1024
_CACHES = "/sys/devices/system/cpu/cpu0/cache"
_LONGEST_SIZE = 4096
_USUAL_CACHES = (2**20, 16 * 2**20)


class Trial(NamedTuple):
    """One stage to be timed: square maps and kernels, `same` padding; `size` is its input's side."""

    kind: str
    n_i: int
    n_o: int
    size: int
    kernel: int = 3
    groups: int = 1
    stride: int = 1

    @property
    def out(self) -> int:
        """Side of its output."""
        if self.kind == "transposed":
            return self.size * self.stride
        return -(-self.size // self.stride)

    @property
    def macs(self) -> int:
        """Multiply-accumulates; a transposed convolution uses each weight once an input position."""
        used = self.size if self.kind == "transposed" else self.out
        return int(self._stage.macs(used**2))

    @property
    def bytes(self) -> int:
        """Bytes moved: inputs, weights and outputs, each once."""
        maps = Maps(self.size, self.size, self.out, self.out)
        return int(self._stage.traffic(maps).bytes(ELEMENT_SIZE))

    @property
    def _stage(self) -> Stage:
        fan_in = self.n_i // self.groups
        return Stage(self.kind, self.n_i, self.n_o, self.groups, fan_in, self.kernel**2)


def _of(kind: str, table: str, kernel: int = 3) -> tuple[Trial, ...]:
    """Return trials of a kind from 'N_i N_o side' and perhaps kernel, groups and stride."""
    found = []
    for entry in table.split(","):
        n_i, n_o, side, *more = map(int, entry.split())
        found.append(Trial(kind, n_i, n_o, side, *(more or [kernel])))
    return tuple(found)


def _depthwise(table: str, kernel: int = 3) -> tuple[Trial, ...]:
    """Return depthwise trials from 'channels side'."""
    entries = (map(int, entry.split()) for entry in table.split(","))
    return tuple(Trial("depthwise", n, n, side, kernel, groups=n) for n, side in entries)


FITTED = (
    *_of("standard", "3 32 112, 8 16 28, 8 64 56, 16 8 14, 16 32 40, 24 96 20, 32 32 7, 64 16 56, 64 64 28"),
    *_of("standard", "96 48 80, 128 128 14, 192 64 20, 256 32 40, 256 512 7, 32 48 28 5, 64 128 40 3 1 2"),
    *_depthwise("8 56, 16 14, 16 112, 24 28, 32 80, 64 20, 96 40, 128 7, 128 56, 256 28, 384 10, 512 14"),
    *_depthwise("96 112, 512 80, 512 112"),
    *_depthwise("64 56", kernel=5),
    *_of("pointwise", "8 16 112, 8 96 14, 16 32 40, 24 8 56, 32 128 28, 48 48 7, 64 24 80, 96 256 20", 1),
    *_of("pointwise", "128 64 56, 192 192 14, 256 32 28, 384 96 10, 512 512 14, 512 128 40, 64 512 112", 1),
    *_of(
        "grouped", "16 64 28 3 2, 32 32 56 3 4, 64 128 14 3 8, 128 32 28 3 2, 96 192 20 3 4, 256 256 14 3 8"
    ),
    *_of("grouped", "64 24 40 3 4, 384 128 7 3 2, 48 48 80 3 8"),
    *_of("dense", "64 100 1, 256 256 1, 512 1000 1, 1024 1000 1, 2048 2048 1", 1),
    *_of("transposed", "16 8 28 2 1 2, 32 16 40 2 1 2, 64 32 14 2 1 2, 128 64 7 2 1 2"),
)
"""Layers of every kind to which figures are fitted: narrow and wide, on large maps and small."""

LEFT_OUT = (
    *_of("standard", "12 24 56, 40 20 28, 48 96 14, 160 80 10, 320 48 20"),
    *_depthwise("12 28, 40 56, 80 14, 160 40, 320 20"),
    *_of("pointwise", "12 48 56, 40 160 14, 80 40 28, 160 320 20, 320 80 7, 192 24 80", 1),
    *_of("grouped", "24 48 40 3 4, 160 80 14 3 2, 80 160 28 3 8"),
)
"""Layers of other sizes, to which nothing is fitted: the error of their estimates is what a file states."""

_TINY = Trial("pointwise", 8, 8, 7, 1)
CHAINS = ((_TINY,), (_TINY,) * 9)
"""Passes that take next to nothing, one and nine of them: what a run costs beside its passes."""


def measure(name: str, rounds: int = ROUNDS, advance: Callable[[int], None] = lambda done: None) -> Machine:
    """Measure this machine on one thread, in about half a minute.

    advance: is told of each layer that has had a turn; there are `turns(rounds)` of them.
    """
    copied = _copied(rounds)
    trials = (*FITTED, *LEFT_OUT)
    taken = pass_seconds([runner((each,)) for each in trials], rounds, advance)
    timed = [
        TimedPass(each.kind, each.macs, each.bytes, seconds)
        for each, seconds in zip(trials, taken, strict=True)
    ]
    peak = _four_figures(max(each.macs / each.seconds for each in timed))
    measured = calibrate(timed[: len(FITTED)], timed[len(FITTED) :], peak, copied, cache_sizes())
    source = (
        f"measured by sepcost with onnxruntime {onnxruntime.__version__} on one thread: peak of the fastest "
        f"of {len(timed)} layers, bandwidth of copies of {_COPIED_BYTES // 2**20} MiB; "
        f"error of {len(LEFT_OUT)} layers left out"
    )
    return Machine(peak, copied, ELEMENT_SIZE, name, source, measured=measured)


def pass_seconds(
    runs: Sequence[Callable[[], object]], rounds: int, advance: Callable[[int], None] = lambda done: None
) -> list[float]:
    """Return the least seconds of the passes of each run, without what a run costs beside them."""
    *found, one, many = least([*runs, *map(runner, CHAINS)], rounds, advance)
    overhead = one - (many - one) / (len(CHAINS[1]) - 1)
    return [without_overhead(taken, overhead) for taken in found]


def without_overhead(taken: float, overhead: float) -> float:
    """Return the seconds of a run less what it costs beside its passes, at least a quarter of them.

    Of the shortest runs nearly all is overhead, and a difference of two noisy numbers would give any rate.

    >>> without_overhead(10.0, 6.5), without_overhead(8.0, 7.75)
    (3.5, 2.0)
    """
    return min(taken, max(taken - overhead, taken / 4))


def turns(rounds: int = ROUNDS) -> int:
    """Return how many turns all layers have."""
    return rounds * (len(FITTED) + len(LEFT_OUT) + len(CHAINS))


def runner(stages: Sequence[Trial]) -> Callable[[], object]:
    """Return a run of stages one after the other, on one thread, weights and input random."""
    initializers, nodes = [], []
    for number, stage in enumerate(stages):
        initializers.append(numpy_helper.from_array(_random(_held(stage)), f"w{number}"))
        nodes.append(_node(stage, f"x{number}", f"w{number}", f"x{number + 1}"))
    first, last = stages[0], stages[-1]
    read, written = _shape(first, first.n_i, first.size), _shape(last, last.n_o, last.out)
    ends = (("x0", read), (f"x{len(nodes)}", written))
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in ends]
    graph = helper.make_graph(nodes, "stages", values[:1], values[1:], initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    run = onnxruntime.InferenceSession(model.SerializeToString(), options, ["CPUExecutionProvider"]).run
    inputs = {"x0": _random(read)}
    return lambda: run(None, inputs)


def least(
    runs: Sequence[Callable[[], object]], rounds: int, advance: Callable[[int], None] = lambda done: None
) -> list[float]:
    """Return the least seconds of each run, which take turns."""
    for run in runs:
        run()
    found = [float("inf")] * len(runs)
    for _ in range(rounds):
        for place, run in enumerate(runs):
            found[place] = min(found[place], *(_window(run) for _ in range(_WINDOWS)))
            advance(1)
    return found


def cache_sizes() -> tuple[int, ...]:
    """Return the bytes of this machine's larger caches, ascending; usual ones where it does not say."""
    found = set()
    with suppress(OSError):
        for folder in os.listdir(_CACHES):
            with suppress(FileError, QuantityError, UnicodeDecodeError):
                size = read_bytes(os.path.join(_CACHES, folder, "size"), _LONGEST_SIZE).decode("ascii")
                found.add(byte_limit(f"{size.strip()}i"))
    return tuple(sorted(size for size in found if size >= _SMALLEST_CACHE)) or _USUAL_CACHES


def _window(run: Callable[[], object]) -> float:
    """Return the seconds of one run, of as many in a row as a clock can tell.

    They are the thread's own: what else the machine runs meanwhile takes none of them.
    """
    begin, runs, taken = thread_time(), 0, 0.0
    while taken < _WINDOW_S:
        run()
        runs += 1
        taken = thread_time() - begin
    return taken / runs


def _copied(rounds: int) -> int:
    """Return the byte/s of copies that no cache holds: each byte is read and written."""
    source = np.ones(_COPIED_BYTES, dtype=np.uint8)
    target = np.empty_like(source)
    return _four_figures(2 * _COPIED_BYTES / least([lambda: np.copyto(target, source)], rounds)[0])


def _four_figures(rate: float) -> int:
    """Return a rate as a whole number, its first four figures alone."""
    return int(float(f"{rate:.3e}"))


def _node(stage: Trial, read: str, weights: str, written: str) -> Any:
    if stage.kind == "dense":
        return helper.make_node("Gemm", [read, weights], [written])
    attributes: dict[str, Any] = {"group": stage.groups, "strides": [stage.stride] * 2}
    attributes["kernel_shape"] = [stage.kernel] * 2
    if stage.kind == "transposed":
        return helper.make_node("ConvTranspose", [read, weights], [written], **attributes)
    return helper.make_node("Conv", [read, weights], [written], auto_pad="SAME_UPPER", **attributes)


def _held(stage: Trial) -> tuple[int, ...]:
    """Return the shape of a stage's weights."""
    if stage.kind == "dense":
        return stage.n_i, stage.n_o
    sides = (stage.kernel, stage.kernel)
    if stage.kind == "transposed":
        return stage.n_i, stage.n_o // stage.groups, *sides
    return stage.n_o, stage.n_i // stage.groups, *sides


def _shape(stage: Trial, channels: int, side: int) -> tuple[int, ...]:
    return (1, channels) if stage.kind == "dense" else (1, channels, side, side)


def _random(shape: tuple[int, ...]) -> Any:
    return np.random.default_rng(0).standard_normal(shape, dtype=np.float32)
