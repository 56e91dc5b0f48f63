"""Reading ``case.toml``: every mistake with its line, what was expected and a near miss."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any

import msgspec

from earmark.cases import config
from earmark.cases.misfits import misfit
from earmark.ledger.errors import EarmarkError

if TYPE_CHECKING:
    from pathlib import Path

SIZE_LIMIT_BYTES = 4 * 1024 * 1024


def read_settings(folder: Path) -> config.CaseSettings:
    """Return a case's settings; raises EarmarkError naming ``case.toml`` and the line."""
    path = folder / "case.toml"
    if not path.is_file():
        raise EarmarkError(
            "there is no case.toml here",
            file=str(folder),
            expected="a case folder (earmark new DIR)",
        )
    if path.stat().st_size > SIZE_LIMIT_BYTES:
        raise EarmarkError("is larger than 4 MiB", file=str(path))
    return parse_settings(path.read_bytes(), str(path))


def parse_settings(data: bytes, file: str) -> config.CaseSettings:
    """Return settings from the bytes of a ``case.toml``."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise EarmarkError(f"byte {error.start} is not UTF-8", file=file) from error
    try:
        return msgspec.convert(_read(text, file), config.CaseSettings)
    except msgspec.ValidationError as error:
        raise _value_error(str(error), text, file) from error


def _read(text: str, file: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _syntax_error(error, text, file) from error
    except ValueError as error:
        raise EarmarkError("holds a number of thousands of digits", file=file) from error
    except RecursionError as error:
        raise EarmarkError("is nested too deeply", file=file) from error


def _syntax_error(error: tomllib.TOMLDecodeError, text: str, file: str) -> EarmarkError:
    place = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
    problem = re.sub(r" \(at .*\)", "", str(error))
    line, column = (int(place[1]), int(place[2])) if place else (len(text.splitlines()), None)
    return EarmarkError(problem, file=file, line=line, column=column, expected="TOML")


def _value_error(message: str, text: str, file: str) -> EarmarkError:
    problem, _, place = message.partition(" - at `")
    path = re.findall(r"\.([\w-]+)(?:\[(\d+)\])?", place)
    found = misfit(problem, path, is_in_table="[...]" in place)
    unknown = re.search(r"unknown field `([^`]*)`", problem)
    return EarmarkError(
        found.problem,
        file=file,
        line=_line_of(text, [*path, (unknown[1], "")] if unknown else path),
        expected=found.expected,
        near_miss=found.near_miss,
    )


def line_in(folder: Path, table: str, number: int, key: str) -> int | None:
    """Return the line of a key in the table of that number (from 0) of a case's settings, if it is found.

    Without a table it is a key at the top.
    """
    text = (folder / "case.toml").read_text(encoding="utf-8", errors="replace")
    return _line_of(text, [*([(table, str(number))] if table else []), (key, "")])


def _line_of(text: str, path: list[tuple[str, str]]) -> int | None:
    """Return the line of a key, walking down from its table; null where it is not found."""
    lines = text.splitlines()
    line = 0
    for name, index in path:
        key = re.escape(name)
        header = rf"\s*\[+\s*([\w.]+\.)?{key}\s*\]"
        headers = [n for n in range(line, len(lines)) if re.match(header, lines[n])]
        keys = (n for n in range(line, len(lines)) if re.match(rf"\s*{key}\s*[=.]", lines[n]))
        found = headers[int(index or 0)] if len(headers) > int(index or 0) else next(keys, None)
        if found is None:
            break
        line = found
    return line + 1 if path else None
