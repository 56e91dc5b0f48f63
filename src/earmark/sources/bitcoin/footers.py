"""Whether the footers of Parquet files can be looked at, tried in a process of its own.

Arrow ends the process, with no exception, where the footer describes a column that cannot be.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from earmark.ledger.errors import EarmarkError

_LOOK = """
import os, sys
import pyarrow.parquet as pq
for name in sys.stdin.buffer.read().split(b"\\0"):
    try:
        with pq.ParquetFile(os.fsdecode(name)) as file:
            for group in range(file.metadata.num_row_groups):
                found = file.metadata.row_group(group)
                for one in range(found.num_columns):
                    found.column(one).num_values
    except Exception:
        pass  # the reader meets the same exception and says what is wrong
    sys.stdout.write(".")
    sys.stdout.flush()
"""


def refuse_broken_footers(files: Sequence[tuple[str, Path]]) -> None:
    """Raise EarmarkError for the first file whose footer ends the process that looks at it.

    Footers that raise an exception instead are left to the reader, which knows what to say.
    """
    names = b"\0".join(os.fsencode(path) for _, path in files)
    command = [sys.executable, "-I", "-c", _LOOK]
    ran = subprocess.run(command, input=names, capture_output=True, check=False)  # noqa: S603
    seen = ran.stdout.count(b".")
    if seen < len(files):
        raise EarmarkError(
            "the footer describes columns that cannot be",
            file=files[seen][0],
            expected="a whole Parquet file, as it was published",
        )
