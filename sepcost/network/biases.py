"""Biases that a file adds to a layer's output in an operator of its own."""

from __future__ import annotations

from sepcost.network.layer import NetworkLayer


def are_biases(layer: NetworkLayer, elements: int | None) -> bool:
    """Return whether so many stored elements, added to a layer's output, are its biases: one a channel.

    Those of a layer that has some already, or no weights, are not.
    """
    return layer.learned and not layer.biases and elements == layer.n_o
