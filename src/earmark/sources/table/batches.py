"""What the file formats hand to the conversion: columns of cell texts, a few ten thousand rows at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

ROWS_PER_BATCH = 65_536
CHARACTERS_PER_BATCH = 64 << 20
"""A batch of text ends here too: rows of a megabyte each would not fit into memory otherwise."""
TEXT_MAX = 200
"""Characters of a refused row that are kept."""

INEXACT = 1
"""Mark of a cell that was stored as a binary floating-point number."""
DATE = 2
"""Mark of a cell that the file itself types as a date or a time; its text is ISO 8601."""
NUMBER = 4
"""Mark of a cell that the file itself types as a number; its decimal character is a full stop."""

Marks = np.ndarray[tuple[int], np.dtype[np.uint8]]
Mask = np.ndarray[tuple[int], np.dtype[np.bool_]]


@dataclass(frozen=True)
class Column:
    """The cells of one column as trimmed texts without nulls ("" is an empty cell), and their marks."""

    texts: pa.Array
    marks: Marks

    def marked(self, mark: int) -> Mask:
        """Return where ``mark`` is set."""
        found: Mask = np.not_equal(self.marks & mark, 0)
        return found


@dataclass(frozen=True)
class Batch:
    """Some rows of one file.

    ``columns`` holds the columns asked for, by name. ``faults`` are rows that the format itself refuses,
    with the reason. ``row_text`` returns a row as it would be shown to a person.
    """

    locators: pa.Array
    columns: Mapping[str, Column]
    row_text: Callable[[int], str]
    faults: Mapping[int, str] = field(default_factory=dict)
    hidden: int = 0
    warnings: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """Return the number of rows."""
        return len(self.locators)


def numbered(word: str, numbers: object) -> pa.Array:
    """Return locators: ``numbered("line ", [2, 3])`` is ``["line 2", "line 3"]``."""
    import pyarrow.compute as pc

    texts = pc.cast(pa.array(numbers, pa.int64()), pa.string())
    return pc.binary_join_element_wise(word, texts, "")
