"""One HTML file that needs nothing else: a table that can be sorted, pictures, and no network."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from sepcost.report.render.markup import html_cell, html_table
from sepcost.report.result import Document
from sepcost.report.table import Section, Table

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
_HERE = Path(__file__).parent
NO_LAYERS: Document = {"layers": None, "rows": []}
"""What the script reads where no layer can be ticked."""


def page(
    table: Table,
    footer: int = 0,
    above: str = "",
    data: Document = NO_LAYERS,
    pictures: Sequence[str] = (),
) -> str:
    """Return a table as a page of its own.

    footer: how many rows at the table's end stay there whatever it is sorted by.
    above: HTML to stand above the table. data: what the script reads. pictures: SVG texts.
    """
    title = html_cell(table.heading)
    style, script = ((_HERE / name).read_text("utf-8") for name in ("page.css", "page.js"))
    # A script's end is looked for in its text, wherever it stands.
    content = json.dumps(data, allow_nan=False).replace("<", "\\u003c")
    warnings = "".join(f"<p><strong>{html_cell(warning)}</strong></p>" for warning in table.warnings)
    notes = "\n".join(f"<li>{html_cell(note)}</li>" for note in table.notes)
    sections = "\n".join(map(_section, table.sections))
    figures = "\n".join(f"<figure>{svg[svg.index('<svg') :]}</figure>" for svg in pictures)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
<h1>{title}</h1>
{warnings}
{above}
<div class="wide" id="table">{html_table(table, footer)}</div>
{sections}
<ul class="notes">
{notes}
</ul>
{figures}
<script type="application/json" id="data">{content}</script>
<script>
{script}</script>
</body>
</html>
"""


def _section(section: Section) -> str:
    lines = "".join(f"<li>{html_cell(line)}</li>" for line in section.lines)
    return f"<h2>{html_cell(section.heading)}</h2>\n<ul>{lines}</ul>"
