"""Keras' layers that are not counted: what each writes, under ONNX's name for it where there is one."""

from __future__ import annotations

from math import prod

from sepcost.core.errors import QuantityError
from sepcost.core.quantity import by, several
from sepcost.network.keras.normalizations import NORMALIZATIONS
from sepcost.network.keras.site import ACTIVATIONS, Layer, Site, pads
from sepcost.network.model import WEIGHTS
from sepcost.network.products import window_lengths
from sepcost.network.shape_rules import concatenated, joint, reshaped

SAME_SHAPE = {
    "ActivityRegularization": "Identity",
    "AlphaDropout": "Dropout",
    "CELU": "Celu",
    "Dropout": "Dropout",
    "ELU": "Elu",
    "GaussianDropout": "Dropout",
    "GaussianNoise": "Dropout",
    "Identity": "Identity",
    "LeakyReLU": "LeakyRelu",
    "Masking": "keras.Masking",
    "Rescaling": "keras.Rescaling",
    "StochasticDepth": "Dropout",
    "SpatialDropout1D": "Dropout",
    "SpatialDropout2D": "Dropout",
    "SpatialDropout3D": "Dropout",
    "ThresholdedReLU": "ThresholdedRelu",
    "UnitNormalization": "LpNormalization",
}
MERGES = {
    "Add": "Add",
    "Average": "Mean",
    "Divide": "Div",
    "Equal": "Equal",
    "Greater": "Greater",
    "GreaterEqual": "GreaterOrEqual",
    "Less": "Less",
    "LessEqual": "LessOrEqual",
    "LogicalAnd": "And",
    "LogicalOr": "Or",
    "Maximum": "Max",
    "Minimum": "Min",
    "Multiply": "Mul",
    "NotEqual": "keras.NotEqual",
    "Power": "Pow",
    "Subtract": "Sub",
    "TrueDivide": "Div",
    "Where": "Where",
}
FUNCTIONS = {
    "Abs": "Abs",
    "Absolute": "Abs",
    "Cast": "Cast",
    "Clip": "Clip",
    "Cos": "Cos",
    "Erf": "Erf",
    "Exp": "Exp",
    "Floor": "Floor",
    "Gelu": "Gelu",
    "HardSigmoid": "HardSigmoid",
    "HardSilu": "HardSwish",
    "Log": "Log",
    "LogicalNot": "Not",
    "Negative": "Neg",
    "Relu": "Relu",
    "Relu6": "Clip",
    "Sigmoid": "Sigmoid",
    "Silu": "Swish",
    "Sin": "Sin",
    "Softplus": "Softplus",
    "Sqrt": "Sqrt",
    "Square": "keras.Square",
    "Rsqrt": "keras.Rsqrt",
    "StopGradient": "Identity",
    "Tanh": "Tanh",
}
"""Functions of keras.ops in a functional model that leave a shape as it is."""


def _same(op: str) -> Layer:
    return lambda site: [site.free(op, site.reads, site.read)]


def _merge(op: str) -> Layer:
    def note(site: Site) -> list[str]:
        return [site.free(op, site.reads, joint(site.shapes))]

    return note


def _concatenate(site: Site) -> list[str]:
    return [site.free("Concat", site.reads, concatenated(site.shapes, site.whole("axis", -1)))]


def _activation(site: Site) -> list[str]:
    name = site.text("activation", "function")
    op = ACTIVATIONS.get(name, "Identity" if name == "linear" else f"keras.{name}")
    return [site.free(op, site.reads, site.read, known=name in ACTIVATIONS or name == "linear")]


def _relu(site: Site) -> list[str]:
    """ReLU: with a largest value as ReLU6, with a slope below zero as a leaky one."""
    bounded, sloped = site.config.get("max_value") is not None, site.config.get("negative_slope")
    return _same("Clip" if bounded else "LeakyRelu" if sloped else "Relu")(site)


def _prelu(site: Site) -> list[str]:
    shared = site.config.get("shared_axes")
    axes = {axis for axis in shared if type(axis) is int} if isinstance(shared, list) else set()
    slopes = tuple(1 if axis in axes else length for axis, length in enumerate(site.read) if axis)
    return [site.free("PRelu", [*site.reads, site.hold("alpha", slopes, WEIGHTS)], site.read)]


def _scale(site: Site) -> list[str]:
    """LayerScale: one factor a channel."""
    gamma = site.hold("gamma", (site.whole("projection_dim", site.read[-1]),), WEIGHTS)
    return [site.free("Mul", [*site.reads, gamma], site.read)]


def _scaled_sum(site: Site) -> list[str]:
    """CustomScaleLayer of InceptionResNetV2: its first map times one number, and its second."""
    site.config.get("scale")
    if len(site.reads) != 2:
        raise QuantityError(f"reads {several(len(site.reads), 'map')}, not two")
    scaled = site.free("Mul", site.reads[:1], site.read, part="scaled")
    return [site.free("Add", [scaled, site.reads[1]], joint(site.shapes))]


def _pool(op: str, axes: int) -> Layer:
    def note(site: Site) -> list[str]:
        inputs, lengths, channels = site.map(axes)
        window = site.wholes("pool_size", axes, default=2)
        stride = window if site.config.get("strides") is None else site.wholes("strides", axes)
        out = window_lengths(lengths, window, stride, (1,) * axes, pads(site, axes))
        return [site.free(op, site.reads, site.map_of(inputs, out, channels), window=prod(window))]

    return note


def _global_pool(op: str, axes: int) -> Layer:
    def note(site: Site) -> list[str]:
        inputs, lengths, channels = site.map(axes)
        kept = site.map_of(inputs, (1,) * axes, channels)
        out = kept if site.flag("keepdims", False) else (inputs, channels)
        return [site.free(op, site.reads, out, window=prod(lengths))]

    return note


def _adaptive_pool(op: str, axes: int) -> Layer:
    """Record a pool whose windows differ from place to place, as PyTorch's of that name."""

    def note(site: Site) -> list[str]:
        inputs, _, channels = site.map(axes)
        out = site.wholes("output_size", axes)
        return [site.free(f"aten.{op}{axes}d", site.reads, site.map_of(inputs, out, channels))]

    return note


def _reshape(site: Site) -> list[str]:
    wanted = site.config.get("target_shape")
    if not isinstance(wanted, list) or not all(type(length) is int and length >= -1 for length in wanted):
        raise QuantityError("its target_shape is no shape")
    return [site.free("Reshape", site.reads, (site.read[0], *reshaped(site.read[1:], wanted)))]


def _flatten(site: Site) -> list[str]:
    return [site.free("Flatten", site.reads, (site.read[0], prod(site.read[1:])))]


def _permute(site: Site) -> list[str]:
    read, dims = site.read, site.config.get("dims")
    axes = [axis for axis in dims if type(axis) is int] if isinstance(dims, list) else []
    if axes != dims or sorted(axes) != list(range(1, len(read))):
        raise QuantityError("its dims are no order of its axes")
    return [site.free("Transpose", site.reads, (read[0], *(read[axis] for axis in axes)))]


def _repeat(site: Site) -> list[str]:
    return [site.free("Tile", site.reads, (site.read[0], site.whole("n"), *site.read[1:]))]


def _around(key: str, axes: int, sign: int) -> Layer:
    """Return what notes zeros put around a map, or a map cut all round."""

    def note(site: Site) -> list[str]:
        inputs, lengths, channels = site.map(axes)
        given = site.config.get(key)
        sides = given if isinstance(given, list) else [given] * axes
        if axes == 1 and len(sides) == 2 and all(type(side) is int for side in sides):
            sides = [sides]
        both = [side if isinstance(side, list) else [side, side] for side in sides]
        if len(both) != axes or not all(
            len(side) == 2 and all(type(one) is int and one >= 0 for one in side) for side in both
        ):
            raise QuantityError(f"its {key} is not {axes} whole numbers or pairs of them")
        out = tuple(length + sign * sum(side) for length, side in zip(lengths, both, strict=True))
        if min(out) < 1:
            raise QuantityError(f"cuts {by(lengths)} down to nothing")
        return [site.free("Pad" if sign > 0 else "Slice", site.reads, site.map_of(inputs, out, channels))]

    return note


def _upsampling(axes: int) -> Layer:
    def note(site: Site) -> list[str]:
        inputs, lengths, channels = site.map(axes)
        size = site.wholes("size", axes, default=2)
        out = tuple(length * times for length, times in zip(lengths, size, strict=True))
        mode = {"bicubic": "cubic"}.get(how := site.text("interpolation", "nearest"), how)
        return [site.free("Resize", site.reads, site.map_of(inputs, out, channels), mode=mode)]

    return note


def _resized(op: str) -> Layer:
    def note(site: Site) -> list[str]:
        inputs, _, channels = site.map(2)
        out = site.map_of(inputs, (site.whole("height"), site.whole("width")), channels)
        mode = {"bicubic": "cubic"}.get(how := site.text("interpolation", "bilinear"), how)
        return [site.free(op, site.reads, out, mode=mode if op == "Resize" else None)]

    return note


OTHERS: dict[str, Layer] = {
    **{kind: _same(op) for kind, op in {**FUNCTIONS, **SAME_SHAPE}.items()},
    **{kind: _merge(op) for kind, op in MERGES.items()},
    **{
        f"Random{what}": _same("Identity")
        for what in ("Brightness", "Contrast", "Flip", "Rotation", "Translation", "Zoom")
    },
    "Concatenate": _concatenate,
    "Activation": _activation,
    "PReLU": _prelu,
    "ReLU": _relu,
    **NORMALIZATIONS,
    "LayerScale": _scale,
    "CustomScaleLayer": _scaled_sum,
    **{f"MaxPooling{axes}D": _pool("MaxPool", axes) for axes in (1, 2, 3)},
    **{f"AveragePooling{axes}D": _pool("AveragePool", axes) for axes in (1, 2, 3)},
    **{f"GlobalMaxPooling{axes}D": _global_pool("GlobalMaxPool", axes) for axes in (1, 2, 3)},
    **{f"GlobalAveragePooling{axes}D": _global_pool("GlobalAveragePool", axes) for axes in (1, 2, 3)},
    **{f"AdaptiveMaxPooling{axes}D": _adaptive_pool("adaptive_max_pool", axes) for axes in (1, 2, 3)},
    **{f"AdaptiveAveragePooling{axes}D": _adaptive_pool("adaptive_avg_pool", axes) for axes in (1, 2, 3)},
    "Reshape": _reshape,
    "Flatten": _flatten,
    "Permute": _permute,
    "RepeatVector": _repeat,
    **{f"ZeroPadding{axes}D": _around("padding", axes, 1) for axes in (1, 2, 3)},
    **{f"Cropping{axes}D": _around("cropping", axes, -1) for axes in (1, 2, 3)},
    **{f"UpSampling{axes}D": _upsampling(axes) for axes in (1, 2, 3)},
    "Resizing": _resized("Resize"),
    "CenterCrop": _resized("Slice"),
}
"""What records each layer that costs nothing that is counted, by its class."""
