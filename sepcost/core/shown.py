"""Results that show themselves in a notebook."""

from __future__ import annotations


class Shown:
    """A result that a notebook shows as the table that its command prints."""

    def _repr_html_(self) -> str:
        from sepcost.report.notebook import html_of  # what shows a result is imported where one is shown

        return html_of(self)
