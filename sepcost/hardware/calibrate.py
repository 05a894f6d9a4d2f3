"""The few figures from which estimates are made, fitted to timed passes."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import product
from math import floor, log, log10
from statistics import median
from typing import NamedTuple

from sepcost.hardware.measured import LEAST_PART, MOST_PART, Cache, Measured

_FEWEST = 4  # A cache between whose size and the next smaller fewer passes lie is not told apart.
_FIRST_STEP, _LAST_STEP = 1.0, 0.002
_FIGURES = 3
_LEAST_LAUNCH = 1e-9


class TimedPass(NamedTuple):
    """One pass that was timed: the kind of its stage, its MACs, its bytes and its seconds."""

    kind: str
    macs: int
    bytes: int
    seconds: float


def calibrate(
    timed: Sequence[TimedPass],
    left_out: Sequence[TimedPass],
    peak: int,
    bandwidth: int,
    cache_sizes: Sequence[int],
) -> Measured:
    """Return what estimates are made from, fitted to `timed`, with its median error on `left_out`.

    peak, bandwidth: the machine's MAC/s, and its byte/s beyond the caches. cache_sizes: in bytes, ascending;
    others may use a cache too, so that half of it is tried as well.
    """
    choices = product(*((size // 2, size) for size in cache_sizes))
    models = [_Model(timed, bandwidth, sizes) for sizes in choices]
    model = min(models, key=lambda each: each.loss)
    errors = [abs(model.seconds(each) / each.seconds - 1) for each in left_out]
    return Measured(
        tuple(Cache(size, int(_rounded(rate))) for size, rate in zip(model.sizes, model.levels, strict=True)),
        _rounded(model.launch) if model.launch >= _LEAST_LAUNCH else Fraction(0),
        {kind: _part(model.rate(kind) / peak) for kind in model.kinds},
        _part(median(errors)) if errors else None,
    )


class _Model:
    """Seconds of a launch, MAC/s of each kind and byte/s of each cache, of least loss over timed passes.

    The loss is the sum of the errors as factors, so that a few passes that are far off move little. It is
    made least by one figure after the other, each changed by a step that is halved where none gains.
    """

    def __init__(self, timed: Sequence[TimedPass], bandwidth: int, sizes: Sequence[int]) -> None:
        self.bandwidth = bandwidth
        self.kinds = sorted({each.kind for each in timed})
        self.sizes = _told_apart(timed, sizes)
        fastest = [
            max(each.macs / each.seconds for each in timed if each.kind == kind) for kind in self.kinds
        ]
        widest = max(each.bytes / each.seconds for each in timed)
        self.figures = [min(each.seconds for each in timed), *fastest, *[widest] * len(self.sizes)]
        self.loss = self._loss(timed)
        step = _FIRST_STEP
        while step > _LAST_STEP:
            step = step if self._improve(timed, 1 + step) else step / 2

    @property
    def launch(self) -> float:
        """Seconds that a pass costs whatever it does."""
        return self.figures[0]

    @property
    def levels(self) -> list[float]:
        """Byte/s of each cache."""
        return self.figures[1 + len(self.kinds) :]

    def rate(self, kind: str) -> float:
        """Return the MAC/s of a kind of stage."""
        return self.figures[1 + self.kinds.index(kind)]

    def seconds(self, one: TimedPass) -> float:
        """Return the seconds that a pass is estimated at."""
        levels = zip(self.sizes, self.levels, strict=True)
        level = next((rate for size, rate in levels if one.bytes <= size), self.bandwidth)
        return self.launch + max(one.macs / self.rate(one.kind), one.bytes / level)

    def _loss(self, timed: Sequence[TimedPass]) -> float:
        return sum(abs(log(self.seconds(each) / each.seconds)) for each in timed)

    def _improve(self, timed: Sequence[TimedPass], factor: float) -> bool:
        """Change each figure by a factor, up or down, where that lessens the loss; return whether any did."""
        before = self.loss
        for place, each in product(range(len(self.figures)), (factor, 1 / factor)):
            old = self.figures[place]
            self.figures[place] = old * each
            loss = self._loss(timed)
            if loss < self.loss:
                self.loss = loss
            else:
                self.figures[place] = old
        return self.loss < before


def _told_apart(timed: Sequence[TimedPass], sizes: Sequence[int]) -> list[int]:
    """Return the sizes of caches that enough of the passes need."""
    kept: list[int] = []
    for size in sizes:
        above = kept[-1] if kept else 0
        if sum(above < each.bytes <= size for each in timed) >= _FEWEST:
            kept.append(size)
    return kept


def _part(value: float) -> Fraction:
    """Return a part in three figures; whatever the noise, one that a machine's file may state."""
    return _rounded(min(max(value, float(LEAST_PART)), float(MOST_PART)))


def _rounded(value: float) -> Fraction:
    """Return a number in three figures, exactly.

    >>> _rounded(0.18349), _rounded(22_740_000_000.0)
    (Fraction(183, 1000), Fraction(22700000000, 1))
    """
    scale = Fraction(10) ** (_FIGURES - 1 - floor(log10(value)))
    return round(value * scale) / scale
