"""Results that show themselves."""

from __future__ import annotations

from typing import Any


class Shown:
    """A result that is shown as the table that its command prints: printed, at a prompt and in a notebook."""

    def __init_subclass__(cls) -> None:
        """Give each class a `_repr_pretty_` of its own, which IPython finds before a dataclass's __repr__."""
        cls._repr_pretty_ = Shown._repr_pretty_  # type: ignore[method-assign]

    def __str__(self) -> str:
        from sepcost.report.shown import text_of  # what shows a result is imported where one is shown

        return text_of(self)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """Say to IPython what it prints at a terminal."""
        printer.text(str(self))

    def _repr_html_(self) -> str:
        """Say to a notebook what it shows, before any LaTeX that there is."""
        from sepcost.report.shown import html_of

        return html_of(self)
