"""What the last stages of a scheme have to write, whoever wrote it: a file or a program."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from random import Random

from sepcost.core.errors import FieldError, quoted
from sepcost.core.exact import RootError, problem_of
from sepcost.core.formulas import Sizes
from sepcost.core.scheme import Scheme

_SAMPLES = 24
_LARGEST_SAMPLE = 10**4


@cache
def refuse_other_channels(scheme: Scheme) -> None:
    """Refuse stages that do not write N_o channels together, whatever the layer.

    Raises FieldError. Two expressions of bounded degree that agree on so many random points are the same.
    """
    random = Random(0)
    for _ in range(_SAMPLES):
        count = 5 + len(scheme.parameters)
        n_i, n_o, f_r, f_c, root, *values = (random.randint(2, _LARGEST_SAMPLE) for _ in range(count))
        parameters = {each.name: value for each, value in zip(scheme.parameters, values, strict=True)}
        sizes = Sizes(n_i**2, n_o**2, f_r * f_c, Fraction(root) ** 2, f_r**2, f_c**2, parameters)
        try:
            stages = scheme.stages(sizes)
            written = sum(stage.outputs for stage in stages if stage.is_last)
        except (ZeroDivisionError, RootError) as error:
            raise FieldError("stage", f"has an expression that {problem_of(error)}") from None
        if written != sizes.n_o:
            last = (form.writes for form, stage in zip(scheme.forms, stages, strict=True) if stage.is_last)
            together = quoted(" + ".join(last))
            raise FieldError(
                "stage", f"those that no other reads, and those that join, write {together} channels, not N_o"
            )
