"""A layer of a network built in a scheme, at the maps that the layer has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache
from math import prod
from typing import NamedTuple

from sepcost.core import formulas
from sepcost.core.build import Build, build
from sepcost.core.formulas import Maps, Stages
from sepcost.core.layer import Layer, Pair
from sepcost.core.scheme import Scheme
from sepcost.network.layer import NetworkLayer
from sepcost.network.shape_rules import Shape, lengths_of


class Rebuilt(NamedTuple):
    """The stages of a layer in a scheme, the maps that they work on, and their MACs for one input."""

    stages: Stages
    maps: Maps
    macs: int


Builder = Callable[[int, int, tuple[int, ...]], Build]
"""Builds channels read, channels written and a kernel in a scheme."""


def builder(scheme: Scheme, gamma: Fraction | None, parameters: Mapping[str, int]) -> Builder:
    """Return what builds layers in a scheme, those of the same sizes once.

    gamma: n_o / n_i unless given.
    """

    def built(n_i: int, n_o: int, kernel: tuple[int, ...]) -> Build:
        return build(scheme, Layer(n_i, n_o, as_pair(kernel), gamma=gamma), parameters)

    return cache(built)


def rebuilt(layer: NetworkLayer, scheme: Scheme, build_in_it: Builder) -> Rebuilt | str:
    """Return a layer in a scheme, or why it cannot be built."""
    problem = why_not_of_axes(scheme, len(layer.kernel))
    if problem is not None:
        return problem
    built = build_in_it(layer.n_i, layer.n_o, layer.kernel)
    if built.refusal is not None:
        return built.refusal.reason if not built.refusal.applicable else str(built.refusal)
    maps = _maps(layer)
    if maps is None:
        if not formulas.on_one_map(built.stages):
            return "the size of its input is not known"
        maps = Maps(layer.positions, 1, layer.positions, 1)
    return Rebuilt(built.stages, maps, int(formulas.macs(built.stages, maps)))


def why_not_of_axes(scheme: Scheme, axes: int) -> str | None:
    """Return why a scheme cannot build a layer of so many axes; None where it can."""
    return f"{scheme.name} is of two axes, the layer of {axes}" if axes > 2 and scheme.reads_axes else None


def as_pair(lengths: tuple[int, ...]) -> Pair:
    """Return lengths on any axes as rows and columns, those beyond two as part of the rows."""
    rows, columns = (*lengths, 1, 1)[:2] if len(lengths) < 3 else (prod(lengths[:-1]), lengths[-1])
    return rows, columns


def _maps(layer: NetworkLayer) -> Maps | None:
    """Return the maps that a layer reads and writes, as rows and columns; None where they are not known."""
    sizes = [_spatial(shape, layer) for shape in (layer.input_shape, layer.output_shape)]
    if sizes[0] is not None and sizes[1] is not None and prod(sizes[1]) == layer.positions:
        return Maps(*as_pair(sizes[0]), *as_pair(sizes[1]))
    if layer.reads is None:
        return None
    return Maps(layer.reads // layer.n_i, 1, layer.positions, 1)


def _spatial(shape: Shape | None, layer: NetworkLayer) -> Shape | None:
    """Return the lengths of a layer's map; None where they are not known."""
    if shape is None or len(shape) != len(layer.kernel) + 2:
        return None
    return lengths_of(shape, layer.channels_last)
