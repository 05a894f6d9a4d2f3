"""Keras' normalizations: what each holds, and over which axes it goes."""

from __future__ import annotations

from math import prod

from sepcost.core.errors import QuantityError
from sepcost.network.keras.site import Layer, Site
from sepcost.network.model import CONSTANT, NORMALIZATION, STATISTICS


def _softmax(site: Site) -> list[str]:
    """Softmax, over one axis or several; the function's None is all of them."""
    everywhere = "axis" in site.config and site.config.get("axis") is None
    window = prod(site.read if everywhere else (site.read[axis] for axis in _axes(site)))
    return [site.free("Softmax", site.reads, site.read, window=window)]


def _normalization(op: str, statistics: tuple[str, ...] = (), role: str = STATISTICS) -> Layer:
    """Return what notes a normalization: scale and shift, and statistics that are held apart."""

    def note(site: Site) -> list[str]:
        read = site.read
        if op == "GroupNormalization":
            site.whole("groups", 32)
        shape = tuple(read[axis] for axis in _axes(site))
        held = []
        if role == STATISTICS:
            held = [site.hold("gamma", shape, NORMALIZATION)] if site.flag("scale", True) else []
            held += (
                [site.hold("beta", shape, NORMALIZATION)]
                if site.flag("center", op != "RMSNormalization")
                else []
            )
        held += [site.hold(name, shape, role) for name in statistics]
        return [site.free(op, [*site.reads, *held], read)]

    return note


def _standardization(site: Site) -> list[str]:
    """Normalization: what it is given stands in the description; what it adapted to is held, and counted."""
    if site.config.get("mean") is not None:
        return [site.free("keras.Normalization", site.reads, site.read)]
    site.hold("count", (1,), CONSTANT)
    return _normalization("keras.Normalization", ("mean", "variance"), CONSTANT)(site)


def _axes(site: Site) -> list[int]:
    """Return the axes that a layer's axis names; QuantityError for one that its input does not have."""
    axes, rank = site.config.get("axis", -1), len(site.read)
    chosen = [axes] if type(axes) is int else axes if isinstance(axes, list) else []
    if not all(type(axis) is int and -rank <= axis < rank for axis in chosen):
        raise QuantityError("its axis is none of what it reads")
    return chosen


NORMALIZATIONS: dict[str, Layer] = {
    "Softmax": _softmax,
    "BatchNormalization": _normalization("BatchNormalization", ("moving_mean", "moving_variance")),
    "LayerNormalization": _normalization("LayerNormalization"),
    "GroupNormalization": _normalization("GroupNormalization"),
    "RMSNormalization": _normalization("RMSNormalization"),
    "Normalization": _standardization,
}
"""What records each of them, by its class."""
