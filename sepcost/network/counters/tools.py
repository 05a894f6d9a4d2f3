"""The table of counters."""

from __future__ import annotations

from sepcost.core.lookup import by_name
from sepcost.network.counters.graph_tools import KERAS, ONNX_TOOL
from sepcost.network.counters.pytorch_tools import (
    CALFLOPS,
    CALFLOPS_MACS,
    DEEPSPEED,
    FLOP_COUNTER,
    FVCORE,
    PTFLOPS,
    PTFLOPS_ATEN,
    THOP,
    TORCHINFO,
    TORCHPROFILE,
)
from sepcost.network.counters.rules import Tool

TOOLS = (
    THOP,
    PTFLOPS,
    PTFLOPS_ATEN,
    FVCORE,
    TORCHINFO,
    CALFLOPS,
    CALFLOPS_MACS,
    FLOP_COUNTER,
    TORCHPROFILE,
    ONNX_TOOL,
    KERAS,
    DEEPSPEED,
)
TOOL_NAMES = tuple(tool.name for tool in TOOLS)


def tool_named(name: str) -> Tool:
    """Return the counter of that name; QuantityError, with the nearest name, where there is none."""
    return by_name(name, TOOLS, lambda tool: tool.name, "a counter")
