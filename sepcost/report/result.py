"""A result, ready for each kind of output."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from sepcost.core.errors import FieldError

if TYPE_CHECKING:
    from sepcost.report.picture.figure import Picture
    from sepcost.report.table import Table

Document = dict[str, Any]
"""A result as in JSON: exact whole numbers, text, finite floats."""

Record = dict[str, Any]
"""One row of data by column name; None where there is no number."""


def refuse_picture(field: str) -> NoReturn:
    """Refuse to draw what an option asks for."""
    raise FieldError(field, "has no picture: leave it out, or give another ending")


def as_page(table: Table, footer: int = 0) -> str:
    """Return a table as a page of its own, as `page` makes it."""
    from sepcost.report.render.page import page  # which few runs need

    return page(table, footer)


class Report:
    """A result as data, as rows and as a table; each is built on first use.

    headings: the columns of rows of which there may be none.
    others: further formats by name, each a function that returns the whole text.
    picture: the result as a picture, None where there is nothing to draw.
    """

    def __init__(
        self,
        document: Callable[[], Document],
        records: Callable[[], Iterable[Record]],
        table: Callable[[], Table],
        others: Mapping[str, Callable[[], str]] | None = None,
        picture: Callable[[], Picture] | None = None,
        headings: Iterable[str] = (),
    ) -> None:
        self.document = document
        self.records = records
        self.table = table
        self.others = others or {}
        self.picture = picture
        self.headings = tuple(headings)
