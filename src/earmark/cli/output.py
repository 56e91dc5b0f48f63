"""What every verb prints: data on standard output, words for people on standard error."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence


def print_json(value: Any) -> None:
    """Print a value as indented JSON, keys in the order of the contract."""
    data = msgspec.json.format(msgspec.json.encode(value), indent=2)
    sys.stdout.write(data.decode() + "\n")


def tell(text: str) -> None:
    """Say something to the person at the terminal."""
    print(text, file=sys.stderr)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print aligned columns; columns of numbers to the right, control characters as ``?``."""
    texts = [[_shown(cell) for cell in row] for row in rows]
    widths = [
        max(len(name), *(len(row[index]) for row in texts), 0) for index, name in enumerate(columns)
    ]
    right = [all(_is_number(row[index]) for row in texts) for index in range(len(columns))]
    for row in [list(columns), *texts]:
        cells = [
            cell.rjust(width) if is_number else cell.ljust(width)
            for cell, width, is_number in zip(row, widths, right, strict=True)
        ]
        print("  ".join(cells).rstrip())


def _shown(cell: object) -> str:
    text = "" if cell is None else str(cell)
    return "".join(char if char.isprintable() else "?" for char in text)


def _is_number(cell: str) -> bool:
    return bool(cell) and cell.replace(".", "", 1).replace("-", "", 1).isdecimal()


@contextmanager
def progress(what: str, unit: str = " rows") -> Iterator[Callable[[int], None] | None]:
    """Show how far a reader is, on a terminal; nothing where standard error is a file."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description} {task.completed:,}" + unit),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda rows: bar.update(task, completed=rows)


@contextmanager
def counted(what: str) -> Iterator[Callable[[int], None] | None]:
    """Show a growing count of finished steps, on a terminal."""
    with progress(what, "") as show:
        done = 0

        def step(steps: int) -> None:
            nonlocal done
            done += steps
            if show:
                show(done)

        yield step if show else None
