"""Layers in schemes as PyTorch modules. They are text: torch itself is never imported."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from sepcost.core.build import Build, build
from sepcost.core.errors import FieldError
from sepcost.core.formulas import Stage, Stages, are_joined, weights
from sepcost.core.given import Given
from sepcost.core.layer import Layer
from sepcost.core.quantity import several
from sepcost.core.schemes import scheme_named
from sepcost.core.spacing import spacing_of
from sepcost.report.convention import convention_note
from sepcost.report.given import given_words
from sepcost.report.identifier import identifiers

_IMPORTED = ("nn", "torch")
_LOCALS = ("self", "x", "torch")
_INDENT = "    "
_PADDING = "Same padding adds dilation (kernel - 1) zeros to an axis; of an odd number, the last at its end."
_MODULE = """
class {name}(nn.Module):
    def __init__(self):
        super().__init__()
{stages}

    def forward(self, x):
{calls}
        return {returned}


"""


def pytorch(given: Given, schemes: Iterable[str], parameters: Mapping[str, int]) -> str:
    """Return a Python module with a PyTorch module for each scheme, whose parameters are its weights.

    Stages in a row are an nn.Sequential, others a class of their own. A scheme that cannot be built is a
    comment that says why. Raises FieldError where channels or the kernel are not given.
    """
    layer = _layer(given)
    builds = {name: build(scheme_named(name), layer, parameters) for name in schemes}
    names = dict(zip(builds, identifiers(builds, _IMPORTED), strict=True))
    branched = [name for name, built in builds.items() if _has_branches(built)]
    taken = (*_IMPORTED, *names.values())
    classes = dict(zip(branched, identifiers(map(_camel_case, branched), taken), strict=True))
    body = "\n".join(
        _module(layer, name, built, names[name], classes.get(name)) for name, built in builds.items()
    )
    imports = "import torch\nfrom torch import nn\n" if "torch." in body else "from torch import nn\n"
    return f'"""{_about(given, layer)}"""\n\n{imports}\n{body}'


def _layer(given: Given) -> Layer:
    if given.kernel is None:
        raise FieldError("kernel", "is missing: a PyTorch module has no symbols: give 3, or rows x columns")
    spacing = (given.kernel, given.size, given.stride, given.dilation, given.padding)
    return Layer(given.n_i, given.n_o, *spacing, given.bias, given.gamma)


def _about(given: Given, layer: Layer) -> str:
    padding = f"{_PADDING}\n" if layer.padding == "same" else ""
    counted = convention_note(layer.bias).text
    return (
        f"One layer in PyTorch: {given_words(given)}.\n\n"
        f"Convolutions alone, without activations and normalization.\n{padding}{counted}\n"
    )


def _module(layer: Layer, name: str, built: Build, variable: str, class_: str | None) -> str:
    """Return a scheme as the assignment of a module to a variable, or as a comment where it has none."""
    if built.refusal is not None:
        return f"# {name}: {built.refusal}\n"
    own = "".join(f", {parameter} {value}" for parameter, value in built.parameters.items())
    heading = f"# {name}{own}: {several(weights(built.stages, layer.bias), 'weight')}\n"
    if class_ is not None:
        return f"{_class(layer, built.stages, class_)}{heading}{variable} = {class_}()\n"
    lines = [each for stage in built.stages for each in _modules(layer, stage)]
    inner = "".join(f"{_INDENT}{module},{comment}\n" for module, comment in lines)
    return f"{heading}{variable} = nn.Sequential(\n{inner})\n"


def _class(layer: Layer, stages: Stages, name: str) -> str:
    """Return a class whose forward pass reads and writes maps as the stages do, the last ones joined."""
    names = identifiers((stage.name for stage in stages), _LOCALS)
    calls = [
        f"{own} = self.conv_{own}({'x' if stage.source is None else names[stage.source]})"
        for own, stage in zip(names, stages, strict=True)
    ]
    last = [own for own, stage in zip(names, stages, strict=True) if stage.is_last]
    attributes = (
        line
        for own, stage in zip(names, stages, strict=True)
        for line in _attribute(own, list(_modules(layer, stage)))
    )
    return _MODULE.format(
        name=name,
        stages="\n".join(f"{_INDENT * 2}{line}" for line in attributes),
        calls="\n".join(f"{_INDENT * 2}{line}" for line in calls),
        returned=last[0] if len(last) == 1 else f"torch.cat([{', '.join(last)}], dim=1)",
    )


def _attribute(own: str, modules: list[tuple[str, str]]) -> Iterator[str]:
    """Yield the lines that make a stage an attribute; no attribute of nn.Module starts with `conv_`."""
    *_, (module, comment) = modules
    if len(modules) == 1:
        yield f"self.conv_{own} = {module}{comment}"
        return
    yield f"self.conv_{own} = nn.Sequential("
    yield from (f"{_INDENT}{module},{comment}" for module, comment in modules)
    yield ")"


def _modules(layer: Layer, stage: Stage) -> Iterator[tuple[str, str]]:
    """Yield the modules of a stage, each with a comment: zeros where its ends differ, its convolution."""
    rows, columns = spacing_of(layer, stage)
    options = []
    for option, usual in (("stride", 1), ("dilation", 1)):
        pair = (getattr(rows, option), getattr(columns, option))
        options += [f"{option}={_pair(*pair)}"] if pair != (usual, usual) else []
    if (rows.before, columns.before) != (rows.after, columns.after):
        yield f"nn.ZeroPad2d(({columns.before}, {columns.after}, {rows.before}, {rows.after}))", ""
    elif (rows.before, columns.before) != (0, 0):
        options.append(f"padding={_pair(rows.before, columns.before)}")
    options += [f"groups={stage.groups}"] if stage.groups != 1 else []
    options += [] if stage.has_bias(layer.bias) else ["bias=False"]
    sizes = [str(stage.inputs), str(stage.outputs), _pair(rows.kernel, columns.kernel)]
    counted = several(stage.weights(layer.bias), "weight")
    yield f"nn.Conv2d({', '.join([*sizes, *options])})", f"  # {stage.name}: {counted}"


def _has_branches(built: Build) -> bool:
    """Whether any stage reads another map than what the stage before it wrote, or several are joined."""
    if built.refusal is not None:
        return False
    in_a_row = [None, *range(len(built.stages) - 1)]
    return are_joined(built.stages) or [stage.source for stage in built.stages] != in_a_row


def _pair(rows: int, columns: int) -> str:
    return str(rows) if rows == columns else f"({rows}, {columns})"


def _camel_case(name: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in re.split("[-_]", name))
