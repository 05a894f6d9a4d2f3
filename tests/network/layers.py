"""Networks made by hand."""

from sepcost.hardware.execution import USUAL_EXECUTION
from sepcost.network import plan
from sepcost.network.layer import NetworkLayer
from sepcost.network.measure import Measures
from sepcost.network.model import Network


def conv(name, n_i=64, n_o=64, positions=100, kernel=(3, 3), **fields):
    ones = (1,) * len(kernel)
    return NetworkLayer(name, "Conv", n_i, n_o, positions, kernel, ones, ones, **fields)


def planned(audited, metric, target, how=USUAL_EXECUTION):
    return plan.planned(Measures(audited.network, how, audited), metric, target)


def network(*layers, **fields):
    return Network("net", "onnx", (1, 3, 224, 224), layers, **fields)
