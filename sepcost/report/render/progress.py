"""The progress of a long run, on stderr, where that is a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


def is_shown() -> bool:
    """Return whether a bar can be shown: on a terminal alone."""
    return sys.stderr is not None and sys.stderr.isatty()


@contextmanager
def progress(rows: int, shown: bool, unit: str = "rows") -> Iterator[Callable[[int], None]]:
    """Yield a function that is told of each number of rows done; a bar shows them where `shown`."""
    if not shown or not is_shown():
        yield lambda done: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.completed:,.0f} " + unit),
        TextColumn("{task.fields[speed]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=rows, speed="")

        def advance(done: int) -> None:
            bar.advance(task, done)
            speed = bar.tasks[0].finished_speed or bar.tasks[0].speed
            bar.update(task, speed="" if speed is None else f"{speed:,.0f} {unit}/s")

        yield advance
