"""Results that show themselves."""

from __future__ import annotations


class Tabled:
    """A result that prints as the table that its command prints."""

    def __str__(self) -> str:
        from sepcost.report.shown import text_of  # what shows a result is imported where one is shown

        return text_of(self)


class Shown(Tabled):
    """A result that a notebook shows as that table too."""

    def _repr_html_(self) -> str:
        from sepcost.report.shown import html_of

        return html_of(self)
