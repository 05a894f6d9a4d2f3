"""The root command: which commands there are, each loaded when it is called."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

import click

from sepcost import __version__
from sepcost.cli.usage import Helped, shown_instead
from sepcost.cli.variables import check_unknown, name_variables
from sepcost.core.errors import did_you_mean, quoted

_COMMANDS = (
    "compare",
    "breakeven",
    "formula",
    "fit",
    "sweep",
    "audit",
    "check",
    "schema",
    "schemes",
    "machines",
    "examples",
)

_EPILOG = """\b
Examples:
  sepcost compare --no 64 --ni 64 -k 3
  sepcost breakeven --gamma 4
  sepcost formula separable -f latex
  sepcost examples
  sepcost audit examples/mobilenet_v2.toml

\b
Exit codes: 0 done; 1 a limit is not held; 2 wrong usage or input.

\b
SEPCOST_<OPTION> in the environment sets an option for every command that has it,
SEPCOST_<COMMAND>_<OPTION> for one: SEPCOST_FORMAT=json, SEPCOST_AUDIT_MAX_MACS=300M.

\b
Completion of commands, options, names and files:
  eval "$(_SEPCOST_COMPLETE=bash_source sepcost)"    in bash
  eval "$(_SEPCOST_COMPLETE=zsh_source sepcost)"     in zsh, below compinit if it is called
  _SEPCOST_COMPLETE=fish_source sepcost | source     in fish
"""


class LazyGroup(Helped, click.Group):
    """A group whose commands live in sepcost.cli.<name>, as `command`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands' names in the order of the tour."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a command by its name."""
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = import_module(f"sepcost.cli.{cmd_name}").command
        name_variables(command, cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Say what each command does, in a whole sentence."""
        commands = {name: self.get_command(ctx, name) for name in self.list_commands(ctx)}
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, found.get_short_help_str()) for name, found in commands.items() if found]
            )

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that is called, or say which one was meant."""
        try:
            name, command, rest = super().resolve_command(ctx, args)
        except click.NoSuchCommand as error:
            known, hint = ", ".join(_COMMANDS), did_you_mean(error.command_name, _COMMANDS)
            raise click.UsageError(
                f"{quoted(error.command_name)} is not a command ({known}){hint}", ctx
            ) from None
        if command is not None and not ctx.resilient_parsing and not {"-h", "--help"} & set(rest):
            check_unknown(str(name), command, lambda: self._loaded(ctx))
        return name, command, rest

    def _loaded(self, ctx: click.Context) -> Iterator[click.Command]:
        for name in self.list_commands(ctx):
            if (command := self.get_command(ctx, name)) is not None:
                yield command


@click.command(
    cls=LazyGroup,
    invoke_without_command=True,
    params=[shown_instead(("--version",), "Show the version and exit.", lambda _: f"sepcost {__version__}")],
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=_EPILOG,
)
@click.pass_context
def root(context: click.Context) -> None:
    """What a convolution costs, and from where on a factorization of it pays.

    Counts the weights and multiply-accumulates (MACs) of standard, separable, grouped, inverted and
    other convolutions, and of whole networks, exactly.
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())
