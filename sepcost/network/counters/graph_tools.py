"""The counters of graphs that are no PyTorch models; their rules were read and tried as those of PyTorch."""

from __future__ import annotations

from sepcost.network.counters.rules import CONVOLUTIONS, TENSORS, TRANSPOSED, Rule, Tool, Where, names

_OWN_BIAS = Rule(Where(ops=CONVOLUTIONS | names("Gemm MatMul")), {"biased itself": 1}, "bias")
"""A bias that an Add of the file adds is counted as that Add."""

_ONNX_TOOL_EACH = {
    "Relu": 1, "Clip": 2, "LeakyRelu": 2, "PRelu": 2, "HardSigmoid": 4, "HardSwish": 5, "Sigmoid": 32,
    "Gelu": 34, "Exp": 32, "Pow": 32, "Elu": 35, "Softmax": 36, "Log": 43, "Softplus": 76, "Tanh": 76,
    "LogSoftmax": 80, "Sqrt": 24, "Reciprocal": 4, "Add": 1, "Sub": 1, "Mul": 1, "Div": 4, "Neg": 1, "Abs": 1,
    "Ceil": 1, "Floor": 1, "Min": 1, "Max": 1, "Sin": 39, "Cos": 39, "BatchNormalization": 31,
    "InstanceNormalization": 7, "And": 1, "Atan": 64, "CumSum": 1, "DequantizeLinear": 2, "Equal": 1,
    "Greater": 1, "GreaterOrEqual": 1, "Less": 1, "LessOrEqual": 1, "Mod": 1, "Not": 1, "Or": 1,
    "QuantizeLinear": 2, "Round": 1, "Sign": 1, "Xor": 1,
}  # fmt: skip
"""Instructions that onnx-tool counts for each element that an operator writes."""

ONNX_TOOL = Tool(
    "onnx-tool",
    "1.0.1",
    "MAC",
    (Where(ops=CONVOLUTIONS | names("Gemm MatMul Einsum LSTM GRU")),),
    (
        _OWN_BIAS,
        Rule(TRANSPOSED, {"by output channels": 1, "mac": -1}),
        *(Rule(Where(ops=names(op)), {"out": each}) for op, each in _ONNX_TOOL_EACH.items()),
        Rule(Where(ops=names("LayerNormalization")), {"in": 7, "row": 29}),
        Rule(Where(ops=names("AveragePool MaxPool")), {"tap": 1}),
        Rule(Where(ops=names("GlobalAveragePool")), {"in": 1, "out": 4}),
        Rule(Where(ops=names("ReduceMean ReduceSum ReduceMax ReduceMin ReduceProd")), {"in": 1}),
        Rule(Where(ops=names("Resize"), modes=names("linear bilinear trilinear")), {"out": 4}),
        Rule(Where(ops=names("Resize"), modes=names("cubic")), {"out": 8}),
        Rule(Where(ops=names("LSTM")), {"biased gate": 2, "state of a direction": 180}),
        Rule(Where(ops=names("GRU")), {"biased gate": 2, "state of a direction": 110}),
    ),
    parameters=TENSORS,
    unsure=(
        (Where(ops=names("AveragePool MaxPool"), rank=5), "of a window of three axes it takes the first"),
    ),
    formats=("onnx",),
    summary="counts instructions, and every tensor that the file holds as parameters",
)

KERAS = Tool(
    "keras",
    "TensorFlow main, as read",
    "FLOP",
    (Where(ops=CONVOLUTIONS | names("Gemm MatMul Einsum Attention")),),
    (
        _OWN_BIAS,
        Rule(TRANSPOSED, {"at strided outputs": 2, "mac": -2}),
        Rule(Where(ops=names("AveragePool MaxPool")), {"tap": 1}),
        Rule(Where(ops=names("ReduceMean GlobalAveragePool")), {"in": 1}),
        Rule(Where(ops=names("Softmax")), {"out": 5}),
        Rule(Where(ops=names("Add Sub Mul Div Max Min")), {"out": 1}),
    ),
    of_a_mac=2,
    parameters=TENSORS,
    measured=False,
    unsure=(
        (
            Where(ops=names("aten.adaptive_avg_poolNd aten.adaptive_max_poolNd")),
            "an adaptive pool is several pools of neighbors to TensorFlow, of windows that it chooses",
        ),
    ),
    summary="parameters of model.summary(), averages too; FLOPs of TensorFlow's profiler (keras-flops)",
)
