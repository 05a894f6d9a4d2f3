"""A layer's configuration in a Keras description: what is asked of it, and its type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sepcost.network.operators import named

_HARMLESS = named("""
    alpha antialias approximate autocast axis batch_input_shape batch_shape bounding_box_format
    crop_to_aspect_ratio data_format dropout dtype epsilon factor fill_mode fill_value
    flash_attention go_backwards height_factor implementation init_values initial input_length
    input_shape interpolation invert l1 l2 lora_alpha mask_value mask_zero max_value mean mode
    momentum name negative_slope noise_shape normalize offset pad_to_aspect_ratio rate
    recurrent_dropout renorm_clipping renorm_momentum scale score_mode seed sliding_window sparse
    stateful stddev supports_masking synchronized theta threshold trainable unit_forget_bias unroll
    value_range variance width_factor zero_output_for_mask
    """)
"""Options that change what a layer computes, or how it learns, and nothing that it holds or multiplies."""

_BITS = {
    **dict.fromkeys(("bool", "int8", "uint8"), 8),
    **dict.fromkeys(("float16", "bfloat16", "int16", "uint16"), 16),
    **dict.fromkeys(("float32", "int32", "uint32"), 32),
    **dict.fromkeys(("float64", "int64", "uint64", "complex64"), 64),
}


class Options(Mapping[str, Any]):
    """A layer's configuration, which remembers what was asked of it."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values
        self._asked: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        self._asked.add(name)
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def unknown(self) -> str:
        """Return an option that is on, was not asked for and may add to what the layer costs; '' for none."""
        left = (name for name, value in self._values.items() if value and name not in self._asked)
        return next((name for name in left if not _costs_nothing(name)), "")


def bits_of(config: Mapping[str, Any]) -> int | None:
    """Return the bits of an element that a configuration computes in, None where they are not known."""
    policy = _dtype(config)  # of a quantized layer such as int8_from_float32
    return _BITS.get((policy.partition("_from_")[2] or policy).removeprefix("mixed_"))


def is_mixed(config: Mapping[str, Any]) -> bool:
    """Whether a configuration computes in fewer bits than the 32 that it holds its weights in."""
    return _dtype(config).startswith("mixed_")


def _dtype(config: Mapping[str, Any]) -> str:
    policy = config.get("dtype")
    if isinstance(policy, dict):
        policy = policy.get("config", {}).get("name") if isinstance(policy.get("config"), dict) else None
    return policy if isinstance(policy, str) else "float32"


def _costs_nothing(name: str) -> bool:
    return name in _HARMLESS or name.endswith(("_constraint", "_initializer", "_regularizer"))
