"""The help of a command: its options in sections, and its exit codes where it holds limits."""

from __future__ import annotations

import click

from sepcost.core.schemes import parameter_names, scheme_names

_EXIT_CODES = """\b
Exit codes:
  0  done, every limit held
  1  a limit is not held: stderr has a line for each
  2  wrong usage or input, or a limit that cannot be proved
"""

_FEW = 8
"""As many options need no sections."""

_NAMES_WIDTH = 30
"""The columns of the options' names, in every section alike."""

_OF_A_NETWORK = "width"
"""The option that only commands about a network have."""

_OTHER = "Other"
_SECTIONS = {
    "Layer": {"n_o", "n_i", "kernel", "size", "stride", "dilation", "padding", "gamma", "bias", "norm"},
    "Network": {"width", "input_shape", "unbatched"},
    "Question": {"unknown", "metrics", "metric", "steps", "tied", "against"},
    "Schemes": {"schemes", "schemes_file", "replace", "skip", "values", *parameter_names(scheme_names())},
    "Limits": {"allow"},
    "Machine": {"machine", "peak", "bandwidth", "element_size", "fused", "batch"},
    "Output": {
        *("format_", "output", "color", "sort", "top", "columns", "dry_run", "only"),
        *("flops", "like", "expect_macs", "expect_weights"),
    },
    _OTHER: set(),
}
_IN_A_NETWORK = {"size": "Network", "against": "Network", "gamma": "Schemes"}
_LIMITS = ("max_", "min_")
_TARGETS = "target_"


def write_options(command: click.Command, ctx: click.Context, formatter: click.HelpFormatter) -> None:
    """Write the options of a command, under headings where they are many."""
    options = [each for each in command.get_params(ctx) if isinstance(each, click.Option)]
    of_a_network = any(option.name == _OF_A_NETWORK for option in options)
    sections: dict[str, list[tuple[str, str]]] = {heading: [] for heading in _SECTIONS}
    for option in options:
        record = option.get_help_record(ctx)
        if record is not None:
            names, text = record
            heading = section_of(option.name, of_a_network)
            sections[heading].append((names.ljust(_NAMES_WIDTH), text))
    if len(options) <= _FEW:
        sections = {"Options": [record for records in sections.values() for record in records]}
    for heading, records in sections.items():
        if records:
            with formatter.section(heading):
                formatter.write_dl(records, col_max=_NAMES_WIDTH)


def write_exit_codes(formatter: click.HelpFormatter) -> None:
    """Write how a command that holds limits ends."""
    formatter.write_paragraph()
    with formatter.indentation():
        formatter.write_text(_EXIT_CODES)


def section_of(name: str, of_a_network: bool = False) -> str:
    """Return the heading that an option stands under."""
    if name.startswith(_LIMITS):
        return "Limits"
    if name.startswith(_TARGETS):
        return "Question"
    if of_a_network and name in _IN_A_NETWORK:
        return _IN_A_NETWORK[name]
    return next((heading for heading, names in _SECTIONS.items() if name in names), _OTHER)
