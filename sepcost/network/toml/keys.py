"""The keys of a network in TOML: what the reader takes, and the JSON Schema and the docs say."""

from __future__ import annotations

from typing import NamedTuple

from sepcost.core.errors import QuantityError, quoted
from sepcost.core.files import checked_text
from sepcost.core.keys import (
    DRAFT,
    FLAG,
    LENGTHS,
    WHOLE,
    Form,
    Key,
    Schema,
    any_of,
    by_key,
    choice,
    lengths_schema,
    table_schema,
    tables_form,
    text,
    whole_schema,
)
from sepcost.core.layer import NAMED_PADDINGS, checked_bias, checked_padding
from sepcost.core.quantity import Lengths, checked_lengths, refuse_text_of_lengths
from sepcost.core.schemes import BASELINE, catalogue
from sepcost.network.names import LONGEST_NAME

GLOBAL = "global"
INPUT = "input"
"""What a layer reads that reads the input of its network or block."""

MOST_JOINED = 1000
"""The most maps that one layer adds or concatenates."""

CONVOLUTION, POOL, DENSE, UPSAMPLE, BLOCK, EXCITE, JOIN = KINDS = (
    "out",
    "pool",
    "dense",
    "upsample",
    "layer",
    "se",
    "add or concat",
)
"""What a [[layer]] is, by the key that says so."""


class LayerKey(NamedTuple):
    """A key of a [[layer]], and the kinds of layers that may hold it."""

    key: Key
    kinds: tuple[str, ...]


def _checked_padding(value: object) -> str | Lengths:
    return checked_padding(value) if isinstance(value, str) else checked_lengths(value, least=0)


def _checked_window(value: object) -> str | Lengths:
    if isinstance(value, str) and not value.isdigit():
        if value != GLOBAL:
            refuse_text_of_lengths(value)
            raise QuantityError(f'{quoted(value)} is not the size of a window, such as 2, or "{GLOBAL}"')
        return GLOBAL
    return checked_lengths(value)


def _checked_names(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not 2 <= len(value) <= MOST_JOINED:
        raise QuantityError(f'is not a list of 2 to {MOST_JOINED} names such as ["a", "b"]')
    return tuple(checked_text(each, LONGEST_NAME) for each in value)


_NAME = text(LONGEST_NAME)
_NAMES = Form(
    _checked_names, {"type": "array", "items": _NAME.schema, "minItems": 2, "maxItems": MOST_JOINED}
)
_PADDING = Form(_checked_padding, any_of(choice(*NAMED_PADDINGS), lengths_schema(least=0)))
_WINDOW = Form(_checked_window, any_of(choice(GLOBAL), lengths_schema()))
_BIAS = Form(checked_bias, choice(False, True, "last"))
_LAYERS = tables_form({"$ref": "#/$defs/layer"})

NETWORK_KEYS = (
    Key("name", _NAME, "what the network is called", "the file's name"),
    Key("channels", WHOLE, "channels of the input"),
    Key(
        "size",
        LENGTHS,
        "rows and columns of the input, one number for both; [100] and [8, 64, 64] have 1 and 3 axes",
    ),
    Key(
        "divisor",
        WHOLE,
        "a width rounds to multiples of it, as in MobileNetV2",
        "rounded down, at least 8, as in MobileNetV1",
    ),
    Key("bias", _BIAS, 'true: layers have biases; "last": the last stage of each alone', "false"),
    Key("layer", _LAYERS, "the layers, each reads the one before unless it says what"),
)

_HAS_WEIGHTS = (CONVOLUTION, DENSE, EXCITE)

LAYER_KEYS = (
    LayerKey(Key("name", _NAME, "what the layer is called", "layer1, layer2, ..."), KINDS),
    LayerKey(Key("from", _NAME, "the earlier layer that it reads, or input", "the one before"), KINDS),
    LayerKey(Key("add", _NAMES, "earlier layers whose sum it reads, or is"), KINDS),
    LayerKey(Key("concat", _NAMES, "earlier layers whose channels it reads, or has, side by side"), KINDS),
    LayerKey(Key("out", WHOLE, "channels that a convolution writes"), (CONVOLUTION,)),
    LayerKey(Key("kernel", LENGTHS, "rows and columns of its filter"), (CONVOLUTION,)),
    LayerKey(
        Key(
            "stride",
            LENGTHS,
            "step of its window; a repeated layer takes it the first time",
            "1; for a pool, its window",
        ),
        (CONVOLUTION, POOL),
    ),
    LayerKey(Key("dilation", LENGTHS, "distance of its taps", "1"), (CONVOLUTION,)),
    LayerKey(
        Key("padding", _PADDING, "same, valid, or the zeros added at each side", "same; for a pool, valid"),
        (CONVOLUTION, POOL),
    ),
    LayerKey(
        Key(
            "scheme",
            _NAME,
            "how it is built; its parameters are keys too",
            f"{BASELINE}; with groups, grouped",
        ),
        (CONVOLUTION,),
    ),
    LayerKey(Key("multiplier", WHOLE, "gamma of generalized"), (CONVOLUTION,)),
    LayerKey(
        Key("transposed", FLAG, "a transposed convolution: its map is longer, its stride times", "false"),
        (CONVOLUTION,),
    ),
    LayerKey(Key("scale", FLAG, "false where a width leaves its `out`", "true"), (CONVOLUTION,)),
    LayerKey(Key("pool", _WINDOW, "the window of a pool, or global"), (POOL,)),
    LayerKey(Key("dense", WHOLE, "outputs of a fully connected layer"), (DENSE,)),
    LayerKey(
        Key("upsample", LENGTHS, "by how much it repeats or interpolates rows and columns"), (UPSAMPLE,)
    ),
    LayerKey(
        Key(
            "se",
            WHOLE,
            "squeeze and excite through 1/se, rounded down but at least 1, of the channels it writes, or "
            "reads if after an inner depthwise stage",
        ),
        (CONVOLUTION, EXCITE),
    ),
    LayerKey(
        Key("bias", _BIAS, 'true: it has biases; "last": its last stage alone', "the network's"), _HAS_WEIGHTS
    ),
    LayerKey(Key("layer", _LAYERS, "the layers of a block, in order"), (BLOCK,)),
    LayerKey(
        Key("residual", FLAG, "add its input to its output; repeated, wherever their sizes agree", "false"),
        (CONVOLUTION, BLOCK),
    ),
    LayerKey(Key("repeat", WHOLE, "how often it comes in a row", "1"), (CONVOLUTION, DENSE, BLOCK)),
)

_OF_NETWORK = by_key(NETWORK_KEYS)
_OF_LAYER = by_key(each.key for each in LAYER_KEYS)


def network_key(name: str) -> Key:
    """Return a key of a network's file."""
    return _OF_NETWORK[name]


def layer_key(name: str) -> Key:
    """Return a key of a [[layer]]."""
    return _OF_LAYER[name]


def keys_of(kind: str) -> tuple[str, ...]:
    """Return the names of the keys that a layer of a kind may hold, its scheme's parameters left out."""
    return tuple(each.key.name for each in LAYER_KEYS if kind in each.kinds)


def network_schema() -> Schema:
    """Return the JSON Schema of a network's file."""
    return {
        "$schema": DRAFT,
        "title": "a network for sepcost",
        **table_schema(NETWORK_KEYS, ("channels", "size", "layer")),
        "$defs": {"layer": _layer_schema()},
    }


def _layer_schema() -> Schema:
    """Return a layer: one of its kinds, with parameters as keys, any in a scheme of the user's own."""
    schemes = [scheme for scheme in catalogue() if scheme.parameters]
    parameters = {
        each.name: {"description": f"of {scheme.name}: {each.summary}", **whole_schema()}
        for scheme in schemes
        for each in scheme.parameters
    }
    known = table_schema(each.key for each in LAYER_KEYS)
    return {
        **known,
        "properties": {**known["properties"], **parameters},
        "additionalProperties": whole_schema(),
        "oneOf": [_kind_schema(kind, tuple(parameters)) for kind in KINDS],
        "not": any_of(
            *({"required": list(two)} for two in (("from", "add"), ("from", "concat"), ("add", "concat")))
        ),
    }


def _kind_schema(kind: str, parameters: tuple[str, ...]) -> Schema:
    """Return what sets layers of one kind apart: the keys that they hold."""
    names = keys_of(kind)
    if kind == CONVOLUTION:
        own = {"properties": {"scheme": choice(*(scheme.name for scheme in catalogue()))}}
        closed = {"propertyNames": choice(*names, *parameters)}
        return {"required": ["out", "kernel"], "if": own, "then": closed}
    closed = {"propertyNames": choice(*names)}
    if kind == JOIN:
        return {**any_of({"required": ["add"]}, {"required": ["concat"]}), **closed}
    return {"required": [kind], **closed}
