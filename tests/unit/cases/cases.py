"""Small case folders."""

from __future__ import annotations

from pathlib import Path

from earmark.cases.starting import new_case

LEDGER = """commodity USD exponent 2

2024-01-01T00:00:00Z theft recorded key theft
  bank:victim -> bank:a  100 USD

2024-01-02T00:00:00Z payment recorded key on
  bank:a -> bank:b  60 USD
"""
CLAIM = 'title = "T"\n[[claim]]\nname = "c"\ncommodity = "USD"\nat = ["theft"]\n'
PNG = b"\x89PNG\r\n\x1a\n synthetic"


def example(folder: Path) -> Path:
    """Return the case that `earmark new` makes."""
    new_case(folder / "case", "Example")
    return folder / "case"


def hand_written(folder: Path, settings: str = CLAIM, ledger: str = LEDGER) -> Path:
    """Return a case of one hand-written ledger."""
    case = folder / "case"
    case.mkdir()
    (case / "case.toml").write_text(settings, encoding="utf-8")
    (case / "case.ledger").write_text(ledger, encoding="utf-8")
    return case


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file of a case but its cache."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".earmark" not in path.parts
    }


def add_comment(case: Path) -> None:
    """Change the settings without changing what they say, so that the case is built again."""
    with (case / "case.toml").open("a", encoding="utf-8") as settings:
        settings.write("\n# a word\n")
