"""A mistake in case.toml names its file, its line and the near miss."""

from __future__ import annotations

from pathlib import Path

import pytest

from earmark.cases.settings import SIZE_LIMIT_BYTES, parse_settings, read_settings
from earmark.ledger.errors import EarmarkError

TITLE = 'title = "x"\n'
CLAIM = '[[claim]]\nname = "x"\ncommodity = "c"\nat = ["x"]\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title = \n", "case.toml:1:9: Invalid value; expected TOML"),
        (TITLE + 'title = "y"\n', "case.toml:2:12: Cannot overwrite a value"),
        (TITLE + "titel = 3\n", "case.toml:2: unknown key 'titel'; .*did you mean title?"),
        (
            TITLE + '[[stop]]\nlabel = "a"\nholder = "a:b"\n' + CLAIM + 'label = "b"\n',
            "case.toml:9: unknown key 'label'; expected one of name, commodity, at",
        ),
        (
            TITLE
            + '[[source]]\nreader = "table"\npath = "a"\n[[source]]\nreader = "table"\npath = 3\n',
            r"case.toml:7: Expected `str \| array`, got `int` at \$.source\[1\].path",
        ),
        (
            TITLE + '[[source]]\nreader = "t"\npath = "a"\n[source.columns]\ntime = 3\n',
            r"case.toml:6: Expected `str \| null`, got `int`",
        ),
        (
            TITLE + '[[source]]\nreader = "t"\npath = "a"\n[source.columns]\ntimes = "t"\n',
            "case.toml:6: unknown key 'times'; .*did you mean time?",
        ),
        (TITLE + '[[source]]\nreader = "t"\n', "case.toml:2: .*missing required field `path`"),
        (TITLE + 'openings = "lates"\n', "case.toml:2: Invalid enum value 'lates'"),
        (TITLE + CLAIM + "quantity = 5.5\n", r"case.toml:6: Expected `str \| null`, got `float`"),
        (
            TITLE + '[[commodity]]\nsymbol = "X"\nexponent = 39\n',
            "case.toml:4: Expected `int` <= 38",
        ),
        (
            TITLE + '[[commodity]]\nsymbol = "X"\nexponent = -1\n',
            "case.toml:4: Expected `int` >= 0",
        ),
        (TITLE + "x = " + "[" * 100_000, "case.toml: is nested too deeply"),
        (TITLE + "x = " + "9" * 5000, "case.toml: holds a number of thousands of digits"),
        ("", "case.toml: .*missing required field `title`"),
        ("\ufeff" + TITLE, "case.toml:1:1: Invalid statement"),
    ],
)
def test_a_mistake_names_its_line(text: str, said: str) -> None:
    with pytest.raises(EarmarkError, match=said):
        parse_settings(text.encode(), "case.toml")


def test_bytes_that_are_not_utf_8_are_named() -> None:
    with pytest.raises(EarmarkError, match=r"case.toml: byte 9 is not UTF-8"):
        parse_settings(b'title = "\xff"\n', "case.toml")


def test_a_folder_without_settings_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(EarmarkError, match=r"there is no case.toml here; .*earmark new DIR"):
        read_settings(tmp_path)


def test_settings_as_large_as_a_film_are_not_read(tmp_path: Path) -> None:
    with (tmp_path / "case.toml").open("wb") as file:
        file.truncate(SIZE_LIMIT_BYTES + 1)
    with pytest.raises(EarmarkError, match="larger than 4 MiB"):
        read_settings(tmp_path)
