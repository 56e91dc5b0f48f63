"""JSON lines: one object a line, numbers read by their literal text, never as floats."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from earmark.ledger.errors import EarmarkError
from earmark.sources.settings import TableFormat
from earmark.sources.table.batches import (
    CHARACTERS_PER_BATCH,
    NUMBER,
    ROWS_PER_BATCH,
    TEXT_MAX,
    Batch,
    Column,
    numbered,
)
from earmark.sources.table.cells import trimmed
from earmark.sources.table.columns import Mapping, missing_column, not_read
from earmark.sources.table.encodings import lines

KEYS_MAX = 10_000
"""Names in one object, and different names in one file."""


class _Number(str):
    """The literal text of a JSON number."""

    __slots__ = ()


def batches(path: Path, file: str, mapping: Mapping, settings: TableFormat) -> Iterator[Batch]:
    """Yield the rows of a JSON lines file; raises EarmarkError when no row has a mapped name."""
    seen: dict[str, None] = {}
    texts: list[str] = []
    numbers: list[int] = []
    ended = True
    number = held = 0
    for number, line in enumerate(lines(path, file, settings.encoding), start=1):
        ended = line.endswith(("\n", "\r"))
        if line.strip():
            texts.append(line)
            numbers.append(number)
            held += len(line)
        if len(texts) >= ROWS_PER_BATCH or held >= CHARACTERS_PER_BATCH:
            yield _batch(texts, numbers, mapping, seen, file)
            texts, numbers, held = [], [], 0
    last = _batch(texts, numbers, mapping, seen, file)
    _check_names(mapping, seen, file)
    warnings = not_read(seen, mapping, file)
    if not ended:
        warnings += (f"{file}: no line end after line {number}: the file may be cut off here",)
    yield Batch(last.locators, last.columns, last.row_text, last.faults, warnings=warnings)


def _check_names(mapping: Mapping, seen: dict[str, None], file: str) -> None:
    if not seen:
        raise EarmarkError(
            "no line holds a JSON object",
            file=file,
            line=1,
            expected='objects such as {"from": "…"}',
        )
    for name in mapping.wanted:
        if name not in seen:
            raise missing_column(name, seen, file)


def _batch(
    texts: list[str], numbers: list[int], mapping: Mapping, seen: dict[str, None], file: str
) -> Batch:
    faults: dict[int, str] = {}
    rows: list[dict[str, object]] = []
    for row, text in enumerate(texts):
        try:
            record = _parse(text)
        except ValueError as error:
            faults[row], record = str(error), {}
        seen.update(dict.fromkeys(record))
        if len(seen) > KEYS_MAX:
            raise _too_many_names(file, numbers[row])
        rows.append({name: record[name] for name in mapping.wanted if name in record})
    columns = {
        name: _column([row.get(name) for row in rows], name, faults) for name in mapping.wanted
    }
    return Batch(
        numbered("line ", numbers), columns, lambda row: texts[row].strip()[:TEXT_MAX], faults
    )


def _too_many_names(file: str, line: int) -> EarmarkError:
    return EarmarkError(
        f"the objects have more than {KEYS_MAX} different names",
        file=file,
        line=line,
        expected="a table",
    )


def _parse(text: str) -> dict[str, object]:
    try:
        record = json.loads(
            text,
            parse_int=_Number,
            parse_float=_Number,
            parse_constant=str,
            object_pairs_hook=_distinct,
        )
    except RecursionError as error:
        raise ValueError("the JSON is nested too deeply") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error.msg} at character {error.pos + 1}") from error
    if not isinstance(record, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004  (a fault of the row)
    return record


def _distinct(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len(pairs) > KEYS_MAX:
        raise ValueError(f"one object has more than {KEYS_MAX} names")
    found: dict[str, object] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"the name {name[:60]!r} stands twice in one object")
        found[name] = value
    return found


def _column(values: list[object], name: str, faults: dict[int, str]) -> Column:
    texts: list[str] = []
    marks = np.zeros(len(values), np.uint8)
    for row, value in enumerate(values):
        text = ""
        try:
            text = _text(value)
        except ValueError as error:
            faults.setdefault(row, f"{name[:60]}: {error}")
        texts.append(text)
        if isinstance(value, _Number):
            marks[row] = NUMBER
    return Column(trimmed(pa.array(texts, pa.string())), marks)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        raise ValueError("a list or an object where one value was expected")  # noqa: TRY004  (the same)
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise ValueError("half of a surrogate pair, which is no character") from error
    return str(value)
