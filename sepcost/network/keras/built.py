"""Whether the weights that a layer was built with are those that what it reads asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sepcost.core.errors import QuantityError
from sepcost.core.quantity import by, checked_whole
from sepcost.network.assembly import Assembly
from sepcost.network.keras.graph import table
from sepcost.network.keras.site import Layer, Site
from sepcost.network.products import MOST_AXES
from sepcost.network.shape_rules import Shape


def check_built(layer: Mapping[str, Any], site: Site, rule: Layer) -> None:
    """Refuse a layer that was built for inputs whose sizes give it other weights.

    Keras makes its weights for those when it loads the file. Sizes that no weight depends on, such as
    those of the map under a convolution, may differ. site: one that the rule has recorded.
    """
    if not site.weights:
        return
    built = {key: _filled(sizes, site.shape(key)) for key, sizes in _stated(layer, site)}
    others = {key: shape for key, shape in built.items() if shape != site.shape(key)}
    if not others:
        return
    apart = Assembly()
    for key in dict.fromkeys([*site.reads, *site.masks]):
        apart.take(key, others.get(key) or site.found.shape(key), site.found.bits(key))
    same = Site(apart, site.name, site.kind, site.config, site.given, site.call)
    try:
        rule(same)
    except QuantityError:
        same.weights.clear()
    if same.weights != site.weights:
        key, shape = next(iter(others.items()))
        raise QuantityError(_problem(site.shape(key), shape))


def _problem(read: Shape, built: Shape) -> str:
    axes = [at for at, (one, other) in enumerate(zip(read, built, strict=False)) if one != other]
    if len(axes) == 1 and len(read) == len(built):
        return f"reads {by(read)}, but its weights are for {built[axes[0]]} in dimension {axes[0]}"
    return f"reads {by(read)}, but its weights are for {by(built)}"


def _stated(layer: Mapping[str, Any], site: Site) -> Iterator[tuple[str, list[Any]]]:
    """Yield what a layer was built for: the keys that it reads, with sizes."""
    config = table(layer.get("build_config"))
    yield from _of_each(site.reads, config.get("input_shape"))
    for place, (name, sizes) in enumerate(table(config.get("shapes_dict")).items()):
        yield from _of_each(site.given.keys(name.removesuffix("_shape"), place), sizes)


def _of_each(keys: list[str], sizes: Any) -> Iterator[tuple[str, list[Any]]]:
    """Yield tensors with their sizes, which are one list, or a list of them."""
    if isinstance(sizes, list):
        nested = bool(sizes) and all(isinstance(one, list) for one in sizes)
        yield from zip(keys, sizes if nested else [sizes], strict=False)


def _filled(sizes: list[Any], read: Shape) -> Shape:
    """Return sizes that a layer was built for, those of what it reads in place of open ones."""
    if len(sizes) > MOST_AXES:
        raise QuantityError(f"was built for {len(sizes)} dimensions, more than {MOST_AXES}")
    known = len(sizes) == len(read)
    return tuple(
        (read[at] if known else 1) if size is None or (at == 0 and known) else checked_whole(size)
        for at, size in enumerate(sizes)
    )
