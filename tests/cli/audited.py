"""Networks to audit, and what an audit of one prints."""

from tests.cli.program import ROOT, sepcost
from tests.network.onnx.models import LIGHT

EXAMPLES = ROOT / "examples"
MOBILENET = str(EXAMPLES / "mobilenet_v1.toml")
STANDARD = str(EXAMPLES / "mobilenet_v1_standard.toml")
LEAN = str(EXAMPLES / "mobilenet_v1_lean.toml")
RESNET_50 = str(LIGHT / "light_resnet50.onnx")

KEYS = ["schema", "network", "convention", "layers", "totals"]
KEYS += ["subtotals", "replaced", "uncounted", "budgets"]
LAYER_KEYS = [
    "name",
    "op",
    "kind",
    "n_i",
    "n_o",
    "kernel",
    "stride",
    "dilation",
    "groups",
    "positions",
    "reads",
    "writes",
    "path",
    "weights",
    "macs",
    "replacement",
]

TWO_LAYERS = """
channels = 4
size = 10
[[layer]]
name = "wide"
out = 16
kernel = 3
[[layer]]
name = "narrow"
out = 2
kernel = 5
"""
WIDE, NARROW = 16 * 4 * 9, 2 * 16 * 25
WIDE_SEPARABLE, NARROW_SEPARABLE = 4 * (16 + 9), 16 * (2 + 25)


def audit(*arguments, code=0):
    """The document that an audit prints as JSON."""
    done = sepcost("audit", *map(str, arguments), "-f", "json")
    assert done.code == code, done.err
    assert bool(done.err) == bool(code)
    return done.json


def refusal(*arguments):
    """The one line, after the command's name, with which an audit is refused."""
    return sepcost("audit", *map(str, arguments)).refusal


def names(document):
    return [layer["name"] for layer in document["layers"]]
