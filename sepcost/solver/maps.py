"""Rows and columns of the maps that a layer reads and writes, as far as the given sizes determine them."""

from __future__ import annotations

import sympy

from sepcost.core.formulas import Maps
from sepcost.core.given import Given
from sepcost.core.layer import Layer
from sepcost.solver.symbolic import L_C, L_R, O_C, O_R


def maps_of(given: Given) -> Maps:
    """Return rows and columns of input and output: numbers, or symbols where they cannot be told."""
    read = (L_R, L_C) if given.size is None else tuple(map(sympy.Integer, given.size))
    # The kernel's reach matters without 'same' padding alone; a symbol's cannot be told.
    if given.size is not None and (given.kernel is not None or given.padding == "same"):
        out = geometry_of(given).out
        assert out is not None
        return Maps(*read, *map(sympy.Integer, out))
    axes = zip(read, (O_R, O_C), given.stride, strict=True)
    written = (
        length if stride == 1 and given.padding == "same" else symbol for length, symbol, stride in axes
    )
    return Maps(*read, *written)


def geometry_of(given: Given) -> Layer:
    """Return a layer of one channel that has all that is given but channels; a kernel of 1 for none."""
    return given.layer(n_i=1, n_o=1, kernel=given.kernel or 1, gamma=None)
