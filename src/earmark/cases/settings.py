"""Reading ``case.toml``: every mistake with its line, what was expected and a near miss."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any

import msgspec

from earmark.cases import config
from earmark.ledger.errors import EarmarkError, near_miss
from earmark.sources import settings as source_settings

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
        return msgspec.convert(tomllib.loads(text), config.CaseSettings)
    except tomllib.TOMLDecodeError as error:
        raise _syntax_error(error, file) from error
    except msgspec.ValidationError as error:
        raise _value_error(str(error), text, file) from error


def _syntax_error(error: tomllib.TOMLDecodeError, file: str) -> EarmarkError:
    place = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
    problem = re.sub(r" \(at .*\)", "", str(error))
    line, column = (int(place[1]), int(place[2])) if place else (None, None)
    return EarmarkError(problem, file=file, line=line, column=column, expected="TOML")


def _value_error(message: str, text: str, file: str) -> EarmarkError:
    problem, _, path = message.partition(" - at `")
    unknown = re.search(r"unknown field `([^`]*)`", problem)
    if unknown:
        name = unknown[1]
        return EarmarkError(
            f"unknown key {name!r}",
            file=file,
            line=_line_of(text, name),
            near_miss=near_miss(name, _all_keys()),
        )
    last = re.findall(r"\.([A-Za-z_]+)", path)
    line = _line_of(text, last[-1]) if last else None
    return EarmarkError(f"{problem} at {path.rstrip('`') or 'the top'}", file=file, line=line)


def _line_of(text: str, key: str) -> int | None:
    for number, line in enumerate(text.splitlines(), 1):
        if re.match(rf"\s*(\[*\s*)?([\w.]*\.)?{re.escape(key)}\s*(=|\]|\.)", line):
            return number
    return None


def _all_keys() -> list[str]:
    found: dict[str, Any] = {}
    for module in (config, source_settings):
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, msgspec.Struct):
                found |= dict.fromkeys(value.__struct_fields__)
    return sorted(found)
