"""The catalogue of schemes: each one's stages, parameters, constraint and source."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from sepcost.core.errors import FieldError, QuantityError, did_you_mean, one_of, quoted
from sepcost.core.lookup import by_name
from sepcost.core.scheme import BOTH, COLUMNS, ROWS, Parameter, Scheme, StageForm

_SEPARABLE = "notebook, Separable Convolutions"
_GENERALIZED = "notebook, Generalized Separable Convolutions"

NOTEBOOK = (
    Scheme("standard", "one convolution", _SEPARABLE, (StageForm("convolution", "N_o", kernel=BOTH),)),
    Scheme(
        "separable",
        "depthwise, then pointwise",
        _SEPARABLE,
        (StageForm("depthwise", "N_i", "N_i", BOTH), StageForm("pointwise", "N_o")),
    ),
    Scheme(
        "generalized",
        "depthwise with multiplier gamma, then pointwise",
        _GENERALIZED,
        (StageForm("depthwise", "gamma*N_i", "N_i", BOTH), StageForm("pointwise", "N_o")),
    ),
    Scheme(
        "distributed",
        "multiplier sqrt(gamma) at the depthwise and at the pointwise step",
        _GENERALIZED,
        (StageForm("depthwise", "sqrt(gamma)*N_i", "N_i", BOTH), StageForm("pointwise", "N_o")),
        ties_channels=True,
    ),
)
"""The four of the notebook, which are what is shown by default."""

OTHERS = (
    Scheme(
        "grouped",
        "one convolution in groups",
        "AlexNet, Krizhevsky et al. 2012; ResNeXt, Xie et al. 2017",
        (StageForm("convolution", "N_o", "g", BOTH),),
        (Parameter("groups", "g", "2", "groups of channels that do not mix"),),
    ),
    Scheme(
        "depthwise",
        "one convolution in N_i groups",
        "MobileNets, Howard et al. 2017",
        (StageForm("depthwise", "N_o", "N_i", BOTH),),
    ),
    Scheme(
        "spatial",
        "the kernel's rows, then its columns",
        "Inception v3, Szegedy et al. 2016",
        (StageForm("rows", "m", kernel=ROWS), StageForm("columns", "N_o", kernel=COLUMNS)),
        (Parameter("mid", "m", "N_o", "channels between the two stages"),),
    ),
    Scheme(
        "bottleneck",
        "1x1 down to N_o/r channels, the kernel on those, 1x1 up to N_o",
        "ResNet, He et al. 2016",
        (
            StageForm("reduce", "N_o/r"),
            StageForm("convolution", "N_o/r", kernel=BOTH),
            StageForm("restore", "N_o"),
        ),
        (Parameter("reduction", "r", "4", "N_o over the channels between"),),
    ),
    Scheme(
        "inverted",
        "1x1 up to t N_i channels, depthwise on those, 1x1 to N_o",
        "MobileNetV2, Sandler et al. 2018",
        (
            StageForm("expand", "t*N_i", skipped_at_one="t"),
            StageForm("depthwise", "t*N_i", "t*N_i", BOTH),
            StageForm("project", "N_o"),
        ),
        (Parameter("expansion", "t", "6", "channels between over N_i; 1 has no first stage", least=2),),
    ),
    Scheme(
        "blueprint",
        "pointwise, then depthwise",
        "BSConv-U, Haase and Amthor 2020",
        (StageForm("pointwise", "N_o"), StageForm("depthwise", "N_o", "N_o", BOTH)),
    ),
)

BASELINE = "standard"
NOTEBOOK_NAMES = tuple(scheme.name for scheme in NOTEBOOK)
_CATALOGUE = {scheme.name: scheme for scheme in (*NOTEBOOK, *OTHERS)}


def catalogue() -> tuple[Scheme, ...]:
    """Return every scheme that can be named, in the order of the catalogue."""
    return tuple(_CATALOGUE.values())


def scheme_names() -> tuple[str, ...]:
    """Return the names of every scheme that can be named."""
    return tuple(_CATALOGUE)


def register(schemes: Iterable[Scheme]) -> None:
    """Add schemes to the catalogue.

    Raises QuantityError where a name is taken, FieldError for what a file of schemes may not hold either.
    """
    from sepcost.core.scheme_rules import refuse_broken

    for scheme in schemes:
        if scheme.name in _CATALOGUE:
            raise QuantityError(f"{quoted(scheme.name)} is the name of another scheme")
        try:
            refuse_broken(scheme)
        except FieldError as error:
            raise FieldError(f"scheme {quoted(scheme.name)}", str(error)) from None
        _CATALOGUE[scheme.name] = scheme


@contextmanager
def registered(schemes: Iterable[Scheme]) -> Iterator[None]:
    """Add schemes to the catalogue for the length of a block."""
    before = dict(_CATALOGUE)
    try:
        register(schemes)
        yield
    finally:
        _CATALOGUE.clear()
        _CATALOGUE.update(before)


def scheme_named(name: str) -> Scheme:
    """Return the scheme of that name.

    >>> scheme_named("separable").summary
    'depthwise, then pointwise'
    """
    if name in _CATALOGUE:
        return _CATALOGUE[name]
    return by_name(name, catalogue(), lambda scheme: scheme.name, "a scheme")


def parameter_names(schemes: Iterable[str]) -> tuple[str, ...]:
    """Return the names of the parameters that any of some schemes have."""
    return tuple(dict.fromkeys(each.name for name in schemes for each in scheme_named(name).parameters))


def owners_of(parameter: str) -> tuple[str, ...]:
    """Return the names of the schemes that have the parameter of that name.

    >>> owners_of("expansion")[0]
    'inverted'
    """
    return tuple(scheme.name for scheme in catalogue() if scheme.parameter(parameter) is not None)


def symbol_meant(word: str) -> str:
    """Return '; did you mean NAME?' for the symbol of parameters, or ''."""
    every = [each for scheme in catalogue() for each in scheme.parameters]
    names = tuple(dict.fromkeys(each.name for each in every if each.symbol == word))
    return f"; did you mean {one_of(names)}?" if names else ""


def parameter_meant(word: str) -> str:
    """Return '; did you mean NAME?' for the symbol of a parameter, or for a word near its name, else ''.

    >>> parameter_meant("t"), parameter_meant("group")
    ('; did you mean expansion?', '; did you mean groups?')
    """
    known = parameter_names(scheme_names())
    return "" if word in known else symbol_meant(word) or did_you_mean(word, known)
