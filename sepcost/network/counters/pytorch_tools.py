"""The counters of PyTorch models: which MACs each counts and what it adds, as the version named does.

The rules were read in the sources of these versions; those of `measured` tools were tried on networks too.
"""

from __future__ import annotations

from collections.abc import Mapping

from sepcost.network.counters.rules import BIAS, CONVOLUTIONS, MODULES, TRANSPOSED, Rule, Tool, Where, names

_NORMALIZATIONS = names("LayerNormalization GroupNormalization InstanceNormalization")
_AVERAGE_POOLS = names("AveragePool GlobalAveragePool aten.adaptive_avg_poolNd")

_CONVOLUTION_MODULES = names("ConvNd ConvTransposeNd")
_CELLS = names("RNNCell GRUCell LSTMCell")
_RECURRENT_MODULES = names("RNN GRU LSTM") | _CELLS
_POOL_MODULES = names("AvgPoolNd MaxPoolNd AdaptiveAvgPoolNd AdaptiveMaxPoolNd")
_POOL_FUNCTIONS = names("F.avg_poolNd F.max_poolNd F.adaptive_avg_poolNd F.adaptive_max_poolNd")
_MM = names("torch.mm Tensor.mm")
_BMM = names("torch.bmm Tensor.bmm")
_BADDBMM = names("torch.baddbmm Tensor.baddbmm")
_ADDED = Where(functions=names("torch.addmm Tensor.addmm torch.baddbmm"))
_ATTENTION = names("MultiheadAttention")
_SCORED = Where(ops=names("MatMul"), modules=_ATTENTION, learned=False)
"""The two products of maps inside of a module of attention."""


_KEPT_ACTIVATION = Rule(
    Where(modules=names("TransformerEncoderLayer TransformerDecoderLayer"), functions=names("F.relu F.gelu")),
    {"in": -1},
)
"""These modules keep the function that they were made with, which a counter replaces too late."""


def _norms(where: Where, affine: int, plain: int) -> tuple[Rule, ...]:
    return (
        Rule(where._replace(affine=True), {"in": affine}),
        Rule(where._replace(affine=False), {"in": plain}),
    )


def _recurrent(modules: str, adds: Mapping[str, int]) -> Rule:
    return Rule(Where(modules=names(modules)), adds)


_THOP_MODULES = _CONVOLUTION_MODULES | _RECURRENT_MODULES | names("Linear")
_THOP_NORMS = names("BatchNormNd SyncBatchNorm LayerNorm InstanceNormNd")
_THOP_UPSAMPLES = names("Upsample UpsamplingBilinear2d UpsamplingNearest2d")

THOP = Tool(
    "thop",
    "0.1.1",
    "MAC",
    (Where(modules=_THOP_MODULES),),
    (
        Rule(Where(ops=names("ConvTranspose"), modules=_CONVOLUTION_MODULES), {"at outputs": 1, "mac": -1}),
        *_norms(Where(modules=_THOP_NORMS), affine=4, plain=2),
        Rule(Where(modules=names("PReLU")), {"in": 1}),
        Rule(Where(modules=names("Softmax")), {"in": 3, "row": -1}),
        Rule(Where(modules=names("AvgPoolNd")), {"out": 1}),
        Rule(Where(modules=names("AdaptiveAvgPoolNd")), {"adaptive": 1}),
        Rule(Where(modules=_THOP_UPSAMPLES, modes=names("nearest")), {"out": 1}),
        Rule(Where(modules=_THOP_UPSAMPLES, modes=names("linear")), {"out": 5}),
        Rule(Where(modules=_THOP_UPSAMPLES, modes=names("bilinear")), {"out": 11}),
        Rule(Where(modules=_THOP_UPSAMPLES, modes=names("cubic")), {"out": 224 + 35}),
        _recurrent("LSTM LSTMCell", {"gate": 1, "biased gate": 2, "state": 4}),
        _recurrent("GRU GRUCell", {"gate": 1, "biased gate": 2, "state": 4}),
        _recurrent("RNN RNNCell", {"gate": 1, "biased gate": 2}),
    ),
    parameters=MODULES,
    owners=_THOP_MODULES | _THOP_NORMS | names("PReLU"),
    summary="sees modules only, and counts nothing for functions and operators",
)

_PTFLOPS_NORMS = names("BatchNormNd InstanceNormNd GroupNorm")
_PTFLOPS_ACTIVATIONS = names("ReLU PReLU ELU LeakyReLU ReLU6 GELU")
_PTFLOPS_FUNCTIONS = names("F.relu F.prelu F.elu F.relu6 F.gelu F.silu F.softmax") | _POOL_FUNCTIONS
_RECURRENT_EXTRAS = (("LSTM LSTMCell", 10), ("GRU GRUCell", 7), ("RNN RNNCell", 1))

PTFLOPS = Tool(
    "ptflops",
    "0.7.5",
    "MAC",
    (
        Where(modules=_CONVOLUTION_MODULES | _RECURRENT_MODULES | _ATTENTION | names("Linear")),
        Where(functions=_MM | _BMM | names("torch.matmul torch.addmm Tensor.addmm torch.baddbmm")),
    ),
    (
        Rule(Where(modules=_CONVOLUTION_MODULES | _ATTENTION | names("Linear")), {"biased": 1}, "bias"),
        *_norms(Where(modules=_PTFLOPS_NORMS), affine=2, plain=1),
        Rule(Where(modules=names("LayerNorm")), {"in": 1}),
        Rule(Where(modules=_PTFLOPS_ACTIVATIONS), {"out": 1}),
        Rule(Where(functions=_PTFLOPS_FUNCTIONS), {"in": 1}),
        _KEPT_ACTIVATION,
        Rule(Where(modules=_POOL_MODULES), {"in": 1}),
        Rule(Where(modules=names("Upsample")), {"out": 1}),
        Rule(Where(functions=names("F.interpolate F.upsample")), {"out": 1}),
        Rule(Where(functions=names("torch.add torch.mul")), {"out": 1}),
        Rule(_ADDED, {"added": 1}, "bias"),
        *(_recurrent(modules, {"biased gate": 2, "state": each}) for modules, each in _RECURRENT_EXTRAS),
        Rule(Where(ops=names("Attention"), modules=_ATTENTION), {"in": 1, "score": 1}),
        Rule(_SCORED, {"mac": 1}),
        Rule(Where(ops=names("Mul"), modules=_ATTENTION), {"out": 1}),
        Rule(Where(ops=names("Softmax"), modules=_ATTENTION), {"out": 2}),
    ),
    summary="counts modules and, once more, the functions that some of them call",
)

_PRODUCTS_OF_ATEN = (
    Where(ops=CONVOLUTIONS | names("Gemm MatMul Einsum")),
    Where(ops=names("Attention"), rank=3),
    Where(modules=names("RNN GRU") | _CELLS),
)
"""What is a product to those that count operators of ATen as they run: fused attention and LSTM are none."""

PTFLOPS_ATEN = Tool(
    "ptflops-aten",
    "0.7.5",
    "MAC",
    _PRODUCTS_OF_ATEN,
    (
        BIAS,
        Rule(Where(functions=_BADDBMM), {"mac": -1}),
        Rule(Where(modules=names("RNN GRU") | _CELLS), {"biased gate": 2}, "bias"),
    ),
    summary="the backend 'aten': convolutions, matrix products and their biases",
)

FVCORE = Tool(
    "fvcore",
    "0.1.5.post20221221",
    "MAC",
    (Where(ops=CONVOLUTIONS | names("Gemm MatMul Einsum")), Where(modules=_CELLS)),
    (
        Rule(Where(functions=_BADDBMM), {"mac": -1}),
        *_norms(Where(ops=names("BatchNormalization")), affine=2, plain=1),
        *_norms(Where(ops=_NORMALIZATIONS), affine=5, plain=4),
        Rule(Where(ops=names("GlobalAveragePool aten.adaptive_avg_pool2d"), rank=4), {"in": 1}),
        Rule(Where(ops=names("Resize"), modes=names("nearest"), rank=4), {"out": 1}),
        Rule(Where(ops=names("Resize"), modes=names("bilinear"), rank=4), {"out": 4}),
        Rule(Where(ops=names("GridSample")), {"out": 4}),
    ),
    summary="counts one multiply-accumulate as one flop; its parameters are those of parameter_count",
)

_LEAVES = _CONVOLUTION_MODULES | names("Linear Bilinear RNN GRU LSTM")
_LINEAR_PRODUCT = Where(ops=names("Gemm MatMul"), modules=names("Linear"))
"""Not the Transpose of the weights, which stands apart in a program that was decomposed."""

TORCHINFO = Tool(
    "torchinfo",
    "1.8.0",
    "MAC",
    (Where(modules=_LEAVES | _CELLS),),
    (
        Rule(Where(ops=names("ConvTranspose"), modules=_CONVOLUTION_MODULES), {"at outputs": 1, "mac": -1}),
        Rule(Where(modules=_CONVOLUTION_MODULES), {"biased": 1}, "bias"),
        Rule(_LINEAR_PRODUCT, {"weight": 1, "mac": -1}, "dense at one position"),
        Rule(_LINEAR_PRODUCT, {"bias": 1}, "bias"),
        Rule(Where(modules=names("PReLU Embedding EmbeddingBag")), {"weight": 1}),
        Rule(
            Where(modules=names("BatchNormNd InstanceNormNd GroupNorm LayerNorm SyncBatchNorm")), {"norm": 1}
        ),
        Rule(Where(modules=names("RNN GRU LSTM")), {"biased gate": 2}, "bias"),
        Rule(Where(modules=_CELLS), {"cell": 1, "mac": -1}),
    ),
    summary="multiplies the parameters of modules by positions, of others than convolutions by the batch",
)

FLOP_COUNTER = Tool(
    "flop_counter",
    "torch 2.13, on a CPU",
    "FLOP",
    _PRODUCTS_OF_ATEN,
    (),
    of_a_mac=2,
    prints_parameters=False,
    summary="torch.utils.flop_counter: two FLOPs for each product, fused attention left out on a CPU",
)

_PROFILED = CONVOLUTIONS | names("Gemm MatMul Einsum Attention LSTM")
_AS_TRACED = "its trace multiplies sizes too, inside of MultiheadAttention"

TORCHPROFILE = Tool(
    "torchprofile",
    "0.1.0",
    "MAC",
    (Where(ops=_PROFILED), Where(modules=_CELLS)),
    (
        Rule(Where(functions=_MM), {"mac": -1}),
        Rule(Where(modules=names("LSTMCell")), {"state": 3}),
        Rule(Where(modules=names("GRUCell")), {"state": 2}),
        Rule(TRANSPOSED, {"by first length": 1, "mac": -1}),
        Rule(Where(ops=names("BatchNormalization") | _NORMALIZATIONS, affine=True), {"out": 1}),
        Rule(Where(ops=_AVERAGE_POOLS | names("ReduceMean LeakyRelu Mul")), {"out": 1}),
        Rule(Where(ops=names("Resize"), modes=names("bilinear"), rank=4), {"out": 4}),
        Rule(Where(ops=names("GridSample")), {"out": 4}),
    ),
    prints_parameters=False,
    unsure=((Where(modules=_ATTENTION), _AS_TRACED),),
    summary="traces operators, whichever module calls them",
)

_CALFLOPS_FUNCTIONS = (
    names("F.relu F.prelu F.elu F.leaky_relu F.relu6 F.silu F.gelu F.softmax") | _POOL_FUNCTIONS
)
_CALFLOPS_COUNTS = (
    Where(ops=CONVOLUTIONS),
    Where(modules=_ATTENTION, learned=True),
    Where(functions=names("F.linear torch.matmul torch.addmm Tensor.addmm torch.baddbmm")),
)
_EINSUM = Where(functions=names("torch.einsum"))
_EINSUM_ROUNDED = "it takes an Einsum's FLOPs from a text of four figures"
_CALFLOPS_RULES = (
    Rule(Where(ops=names("Conv")), {"biased": 1}, "bias"),
    Rule(TRANSPOSED, {"unstrided": 1}, "bias"),
    Rule(TRANSPOSED, {"in groups twice": 2, "mac": -2}),
    *_norms(Where(ops=names("BatchNormalization")), affine=2, plain=1),
    *_norms(Where(ops=_NORMALIZATIONS), affine=5, plain=4),
    Rule(Where(functions=_CALFLOPS_FUNCTIONS), {"in": 1}),
    _KEPT_ACTIVATION,
    Rule(Where(functions=names("F.interpolate F.upsample")), {"in or sized": 1}),
    Rule(Where(ops=names("Softmax"), modules=_ATTENTION), {"in": 1}),
    Rule(Where(functions=names("torch.add torch.mul")), {"out": 1}),
    Rule(_ADDED, {"added": 1}, "bias"),
    *(
        _recurrent(modules, {"gate": -2, "biased gate": 2, "state": each})
        for modules, each in _RECURRENT_EXTRAS
    ),
)

CALFLOPS = Tool(
    "calflops",
    "0.3.2",
    "FLOP",
    (*_CALFLOPS_COUNTS, _EINSUM, Where(modules=_RECURRENT_MODULES)),
    _CALFLOPS_RULES,
    of_a_mac=2,
    unsure=((_EINSUM, _EINSUM_ROUNDED),),
    summary="its FLOPs: functions that it replaces, whichever module calls them",
)

CALFLOPS_MACS = Tool(
    "calflops-macs",
    "0.3.2",
    "MAC",
    _CALFLOPS_COUNTS,
    (Rule(TRANSPOSED, {"in groups twice": 1, "mac": -1}),),
    summary="its MACs: of convolutions and matrix products alone",
)

DEEPSPEED = Tool(
    "deepspeed",
    "main, as read",
    "FLOP",
    (*_CALFLOPS_COUNTS, _SCORED, _EINSUM, Where(functions=_MM | _BMM), Where(modules=_RECURRENT_MODULES)),
    _CALFLOPS_RULES,
    of_a_mac=2,
    unsure=((_EINSUM, _EINSUM_ROUNDED),),
    measured=False,
    summary="the ancestor of calflops, which counts torch.mm and torch.bmm too",
)
