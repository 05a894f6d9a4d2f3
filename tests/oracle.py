"""An oracle that counts by walking a convolution product by product; it knows no cost formula.

It stands apart from the library that it judges, and imports nothing of it. A multiplication by a
padded zero is a product like any other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

Pair = tuple[int, int]
Weight = tuple[int, int, int, int]
Pixel = tuple[int, int, int]


@dataclass(frozen=True)
class Convolution:
    """One grouped convolution. `padding`: 'same', 'valid', or zeros at each side of rows and columns."""

    n_i: int
    n_o: int
    kernel: Pair = (1, 1)
    size: Pair = (1, 1)
    stride: Pair = (1, 1)
    dilation: Pair = (1, 1)
    padding: str | Pair = "valid"
    groups: int = 1

    def starts(self, axis: int) -> list[int]:
        """Where the first tap lands, in input coordinates, for each output row (0) or column (1)."""
        length, stride = self.size[axis], self.stride[axis]
        span = self.dilation[axis] * (self.kernel[axis] - 1) + 1
        if self.padding == "same":
            centres = range(0, length, stride)
            overhang = max(centres[-1] + span - length, 0)
            return [centre - overhang // 2 for centre in centres]
        zeros = 0 if isinstance(self.padding, str) else self.padding[axis]
        starts = []
        start = -zeros
        while start + span <= length + zeros:
            starts.append(start)
            start += stride
        return starts

    @property
    def out(self) -> Pair:
        """Output rows and columns."""
        return len(self.starts(0)), len(self.starts(1))

    def products(self) -> Iterator[tuple[Weight, Pixel]]:
        """Every product: the weight (output channel, input channel, tap) and the pixel that meet."""
        reads, writes = self.n_i // self.groups, self.n_o // self.groups
        taps = list(product(range(self.kernel[0]), range(self.kernel[1])))
        for top, left in product(self.starts(0), self.starts(1)):
            for output in range(self.n_o):
                group = output // writes
                for channel in range(group * reads, (group + 1) * reads):
                    for row, column in taps:
                        pixel = (top + row * self.dilation[0], left + column * self.dilation[1], channel)
                        yield (output, channel, row, column), pixel

    def reads_padding(self, pixel: Pixel) -> bool:
        """Whether a pixel lies outside the input."""
        return not (0 <= pixel[0] < self.size[0] and 0 <= pixel[1] < self.size[1])


@dataclass(frozen=True)
class Count:
    """What was met on the walk: distinct weights, output channels (a bias each), products, positions."""

    weights: int
    biases: int
    macs: int
    out: Pair


def count(convolution: Convolution) -> Count:
    """Walk a convolution and count."""
    used: set[Weight] = set()
    macs = 0
    for weight, _ in convolution.products():
        used.add(weight)
        macs += 1
    return Count(len(used), len({output for output, *_ in used}), macs, convolution.out)


def standard(convolution: Convolution) -> list[Convolution]:
    """The layer as it is."""
    return [convolution]


def factorized(convolution: Convolution, multiplier: int) -> list[Convolution]:
    """Spatial mixing of each input channel into `multiplier` maps, then channel mixing of them all."""
    inner = multiplier * convolution.n_i
    depthwise = Convolution(
        convolution.n_i,
        inner,
        convolution.kernel,
        convolution.size,
        convolution.stride,
        convolution.dilation,
        convolution.padding,
        groups=convolution.n_i,
    )
    return [depthwise, Convolution(inner, convolution.n_o, size=depthwise.out)]
