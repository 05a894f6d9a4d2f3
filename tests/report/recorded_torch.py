"""The few modules of PyTorch that are printed: they count parameters and follow the sizes of maps."""

from types import ModuleType
from typing import NamedTuple


class Map(NamedTuple):
    channels: int
    rows: int
    columns: int


def both(value):
    return value if isinstance(value, tuple) else (value, value)


class Module:
    def __init__(self):
        self.parameter_count = 0

    def __setattr__(self, name, value):
        assert not hasattr(type(self), name), name
        object.__setattr__(self, name, value)

    def __call__(self, read):
        return self.forward(read)

    def count(self):
        inner = [each for each in vars(self).values() if isinstance(each, Module)]
        return self.parameter_count + sum(each.count() for each in inner)


class Conv2d(Module):
    def __init__(self, reads, writes, kernel_size, stride=1, padding=0, dilation=1, groups=1, bias=True):
        super().__init__()
        assert reads % groups == writes % groups == 0
        self.reads, self.writes = reads, writes
        self.axes = list(zip(*map(both, (kernel_size, stride, padding, dilation)), strict=True))
        (rows, *_), (columns, *_) = self.axes
        self.parameter_count = writes * (reads // groups) * rows * columns + (writes if bias else 0)

    def forward(self, read):
        assert read.channels == self.reads
        lengths = [
            (length + 2 * pad - dilation * (kernel - 1) - 1) // stride + 1
            for length, (kernel, stride, pad, dilation) in zip(read[1:], self.axes, strict=True)
        ]
        return Map(self.writes, *lengths)


class ZeroPad2d(Module):
    def __init__(self, zeros):
        super().__init__()
        self.zeros = zeros

    def forward(self, read):
        left, right, top, bottom = self.zeros
        return Map(read.channels, read.rows + top + bottom, read.columns + left + right)


class Sequential(Module):
    def __init__(self, *modules):
        super().__init__()
        for number, module in enumerate(modules):
            setattr(self, f"_{number}", module)
        self.modules_in_a_row = modules

    def forward(self, read):
        for module in self.modules_in_a_row:
            read = module(read)
        return read


def cat(maps, dim):
    assert dim == 1
    assert len({read[1:] for read in maps}) == 1
    return Map(sum(read.channels for read in maps), *maps[0][1:])


def modules():
    """What `import torch` and `from torch import nn` find, by their names in sys.modules."""
    torch, nn = ModuleType("torch"), ModuleType("torch.nn")
    torch.nn, torch.cat = nn, cat
    for each in (Module, Conv2d, ZeroPad2d, Sequential):
        setattr(nn, each.__name__, each)
    return {"torch": torch, "torch.nn": nn}
