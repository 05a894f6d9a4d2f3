"""sepcost compare: every scheme on one layer, side by side."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import click

from sepcost.__main__ import OK
from sepcost.cli.options import (
    LIMIT,
    RATIO,
    against_option,
    layer_options,
    output_options,
    schemes_option,
)
from sepcost.comparison import Comparison, compare
from sepcost.errors import FieldError
from sepcost.layer import Layer
from sepcost.report.comparison import report
from sepcost.report.output import Destination, show
from sepcost.schemes import SCHEME_NAMES

if TYPE_CHECKING:
    from sepcost.limits import Verdict

_EPILOG = """\b
Examples:
  sepcost compare --no 64 --ni 64 -k 3
  sepcost compare --no 256 --ni 64 -s 56 --stride 2
  sepcost compare --ni 64 --gamma 9/4 -f json
  sepcost compare --no 64 --ni 64 -s 56 --scheme separable --max-macs 15M
"""


@click.command(epilog=_EPILOG)
@layer_options
@schemes_option("Show this scheme alone; may be repeated.")
@against_option
@click.option("--max-weights", type=LIMIT, help="Exit 1 where the scheme holds more weights.")
@click.option("--max-macs", type=LIMIT, help="Exit 1 where the scheme takes more MACs.")
@click.option("--min-saving", type=RATIO, help="Exit 1 where the scheme saves less: 4, 15/2 or 7.5.")
@output_options()
def command(
    schemes: tuple[str, ...],
    against: str,
    max_weights: int | None,
    max_macs: int | None,
    min_saving: Fraction | None,
    destination: Destination,
    **sizes: Any,
) -> int:
    """Cost one layer in every scheme, side by side, with stages and savings.

    Give two of --no, --ni and --gamma. Without --size, MACs are per output position. A limit
    holds for one --scheme.
    """
    result = compare(Layer(**sizes), tuple(dict.fromkeys(schemes)) or SCHEME_NAMES, against)
    verdicts = _verdicts(result, max_weights, max_macs, min_saving)
    show(report(result, verdicts), destination)
    if not verdicts:
        return OK
    from sepcost.cli.gate import held

    return held(verdicts, "sepcost compare")


def _verdicts(
    result: Comparison, max_weights: int | None, max_macs: int | None, min_saving: Fraction | None
) -> tuple[Verdict, ...]:
    """Return each limit held against the one scheme shown, or refuse what cannot be measured."""
    if max_weights is None and max_macs is None and min_saving is None:
        return ()
    from sepcost.limits import Verdict

    if len(result.schemes) != 1:
        raise FieldError("--scheme", "a limit holds for one scheme: give one, such as --scheme separable")
    row = result.schemes[0]
    if row.cost is None:
        raise FieldError("--scheme", f"{row.scheme} is not applicable: {row.reason}")
    if not row.realizable:
        raise FieldError(
            "--scheme", f"{row.scheme} is not realizable: its multiplier {row.multiplier} is not whole"
        )
    found = []
    if max_weights is not None:
        found.append(Verdict("weights", max_weights, _count(row.cost.weights)))
    if max_macs is not None:
        if row.cost.macs is None:
            raise FieldError("--max-macs", "MACs need the input's size: give -s")
        found.append(Verdict("macs", max_macs, _count(row.cost.macs)))
    if min_saving is not None:
        if row.saving is None:
            raise FieldError(
                "--against", f"{result.against} cannot be built for this layer: give another baseline"
            )
        found.append(Verdict("saving_macs", min_saving, row.saving.macs, at_least=True))
        if result.layer.bias:
            found.append(Verdict("saving_weights", min_saving, row.saving.weights, at_least=True))
    return tuple(found)


def _count(value: object) -> int:
    assert isinstance(value, int)
    return value
