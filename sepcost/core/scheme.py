"""A scheme: one way to build a layer, its stages as expressions in the layer's sizes.

One definition counts, is derived symbolically and fills columns. The first stage that takes an axis of the
kernel strides that axis (and dilates and pads it): before it maps are as long as the layer's input
there, from it on as long as its output.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import NamedTuple

from sepcost.core.expression import ONE, Expression, read_expression
from sepcost.core.formulas import WHOLE_INPUT, Number, Sizes, Stage, Stages

NONE, ROWS, COLUMNS, BOTH = KERNELS = ("none", "rows", "columns", "both")
"""Which axes of the layer's kernel a stage takes."""

INPUT = "input"
"""What a stage reads that reads the layer's input."""

AXES_OF = {NONE: (False, False), ROWS: (True, False), COLUMNS: (False, True), BOTH: (True, True)}
SIZES = ("N_i", "N_o", "gamma", "F_r", "F_c")
"""The sizes that an expression of a scheme may read, beside the scheme's own parameters."""


class Parameter(NamedTuple):
    """A whole number that a scheme has beside the layer's sizes.

    name: what it is called, as an option is. symbol: what it is in expressions.
    default: an expression. least: the least value that is tried where it is the unknown.
    """

    name: str
    symbol: str
    default: str
    summary: str = ""
    least: int = 1


class StageForm(NamedTuple):
    """One stage of a scheme, its channels as expressions.

    writes: channels written. groups: in how many groups. kernel: one of KERNELS.
    source: the name of the stage whose map it reads: the one before unless given, 'input' for the layer's.
    skipped_at_one: the symbol of a parameter at whose value 1 the stage is left out.
    joins: whether its map is part of the output although another stage reads it.
    """

    name: str
    writes: str
    groups: str = "1"
    kernel: str = NONE
    source: str | None = None
    skipped_at_one: str | None = None
    joins: bool = False


class _Form(NamedTuple):
    """A stage with its expressions read.

    source: the number of the stage before it. multiplier: None unless its groups are the channels it reads.
    """

    name: str
    writes: Expression
    groups: Expression
    kernel: str
    source: int | None
    multiplier: Expression | None
    joins: bool


class Scheme(NamedTuple):
    """One way to build a layer.

    forms: its stages in order. ties_channels: whether it is defined for N_o = gamma N_i only.
    """

    name: str
    summary: str
    source: str
    forms: tuple[StageForm, ...]
    parameters: tuple[Parameter, ...] = ()
    ties_channels: bool = False

    @property
    def reads_gamma(self) -> bool:
        """Whether any of its channels follow the depth multiplier gamma."""
        return any("gamma" in each.names for each in _expressions_of(self))

    @property
    def reads_root_gamma(self) -> bool:
        """Whether they follow √gamma."""
        return any("gamma" in each.roots for each in _expressions_of(self))

    @property
    def reads_axes(self) -> bool:
        """Whether it reads the kernel's rows and columns apart, not through F_r F_c alone."""
        apart = any({"F_r", "F_c"} & each.names for each in _expressions_of(self))
        return apart or any(form.kernel in (ROWS, COLUMNS) for form in self.forms)

    @property
    def symbols(self) -> dict[str, str]:
        """The symbol of each parameter, by its name."""
        return {parameter.name: parameter.symbol for parameter in self.parameters}

    def parameter(self, name: str) -> Parameter | None:
        """Return the parameter of that name; None where it has none."""
        return next((each for each in self.parameters if each.name == name), None)

    def values(self, sizes: Sizes) -> dict[str, Number]:
        """Return every size and parameter under its symbol, at its default where it is not given."""
        values = dict(zip(SIZES, (sizes.n_i, sizes.n_o, sizes.gamma, sizes.f_r, sizes.f_c), strict=True))
        for parameter in self.parameters:
            given = sizes.parameters.get(parameter.name)
            default = _expression(parameter.default)
            values[parameter.symbol] = default.evaluate(values) if given is None else given
        return values

    def own(self, sizes: Sizes) -> dict[str, Number]:
        """Return the value of each of its parameters by name."""
        values = self.values(sizes)
        return {each.name: values[each.symbol] for each in self.parameters}

    def stages(self, sizes: Sizes) -> Stages:
        """Return its stages for sizes in whatever kind of number those are; nothing is checked.

        >>> from sepcost.core.schemes import scheme_named
        >>> [stage.weights() for stage in scheme_named("separable").stages(Sizes(512, 512, taps=9))]
        [4608, 262144]
        """
        values = self.values(sizes)
        forms = self._forms_at(values)
        taps = {NONE: 1, ROWS: sizes.f_r, COLUMNS: sizes.f_c, BOTH: sizes.taps}
        sources = [form.source for form in forms]
        stages: list[Stage] = []
        for number, form in enumerate(forms):
            before = None if form.source is None else stages[form.source]
            inputs = sizes.n_i if before is None else before.outputs
            stage = _stage(form, inputs, taps[form.kernel], values)._replace(
                source=form.source,
                read_at=WHOLE_INPUT if before is None else before.written_at,
                is_last=form.joins or number not in sources,
            )
            stages.append(_with_written(stage))
        return tuple(stages)

    @property
    def multiplier(self) -> Expression | None:
        """The depth multiplier of its first depthwise stage; None where it has no such stage."""
        return next((form.multiplier for form in self._forms_at({}) if form.multiplier is not None), None)

    def _forms_at(self, values: Mapping[str, Number]) -> tuple[_Form, ...]:
        """Return its stages as expressions, those left out that a parameter of 1 leaves out."""
        ones = {each.skipped_at_one for each in self.forms if each.skipped_at_one is not None}
        ones = {symbol for symbol in ones if symbol in values and values[symbol] == 1}
        return _parsed(self.forms, frozenset(ones))


@cache
def _parsed(forms: tuple[StageForm, ...], ones: frozenset[str]) -> tuple[_Form, ...]:
    found: list[_Form] = []
    for form in forms:
        if form.skipped_at_one in ones:
            continue
        places = {each.name: number for number, each in enumerate(found)}
        source = _source(form, places)
        writes, groups = (_at_ones(_expression(text), ones) for text in (form.writes, form.groups))
        read = _N_I if source is None else found[source].writes
        multiplier = None if groups == ONE or groups != read else _quotient_of(writes, read)
        found.append(_Form(form.name, writes, groups, form.kernel, source, multiplier, form.joins))
    return tuple(found)


def _source(form: StageForm, places: Mapping[str, int]) -> int | None:
    """Return the number of the stage that a stage reads, of those before it; None for the layer's input."""
    if form.source is not None:
        return None if form.source == INPUT else places[form.source]
    return len(places) - 1 if places else None


def _at_ones(expression: Expression, ones: frozenset[str]) -> Expression:
    for symbol in sorted(ones):
        expression = expression.at_one(symbol)
    return expression


def _quotient_of(writes: Expression, read: Expression) -> Expression:
    """Return writes / read, without a division where the expressions show it."""
    if writes == read:
        return ONE
    is_multiple = writes.operator == "*" and writes.right == read
    return writes.left if is_multiple else Expression("/", writes, read)


def _stage(form: _Form, inputs: Number, taps: Number, values: Mapping[str, Number]) -> Stage:
    outputs = form.writes.evaluate(values)
    if form.multiplier is not None:
        multiplier = form.multiplier.evaluate(values)
        return Stage(form.name, inputs, outputs, inputs, 1, taps, form.kernel, multiplier=multiplier)
    if form.groups == ONE:
        return Stage(form.name, inputs, outputs, 1, inputs, taps, form.kernel)
    groups = form.groups.evaluate(values)
    fan_in = _FAN_IN.evaluate({"inputs": inputs, "groups": groups})
    return Stage(form.name, inputs, outputs, groups, fan_in, taps, form.kernel)


def _with_written(stage: Stage) -> Stage:
    taken = AXES_OF[stage.kernel]
    return stage._replace(written_at=(stage.read_at[0] or taken[0], stage.read_at[1] or taken[1]))


@cache
def _expression(text: str) -> Expression:
    return read_expression(text)


def _expressions_of(scheme: Scheme) -> Iterator[Expression]:
    for form in scheme.forms:
        yield _expression(form.writes)
        yield _expression(form.groups)
    for parameter in scheme.parameters:
        yield _expression(parameter.default)


_N_I = read_expression("N_i")
_FAN_IN = read_expression("inputs/groups")
