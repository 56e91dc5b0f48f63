"""A mistake in case.toml names its file, its line and the near miss."""

from __future__ import annotations

from pathlib import Path

import pytest

from earmark.cases.settings import SIZE_LIMIT_BYTES, parse_settings, read_settings
from earmark.ledger.errors import EarmarkError

TITLE = 'title = "x"\n'
SOURCE = '[[source]]\nreader = "t"\npath = "a"\n'
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
            "case.toml:7: path is a whole number; expected text in quotation marks or a list in brackets",
        ),
        (
            TITLE + '[[source]]\nreader = "t"\npath = "a"\n[source.columns]\ntime = 3\n',
            "case.toml:6: time is a whole number; expected text in quotation marks$",
        ),
        (
            TITLE + '[[source]]\nreader = "t"\npath = "a"\n[source.columns]\ntimes = "t"\n',
            "case.toml:6: unknown key 'times'; .*did you mean time?",
        ),
        (
            TITLE + '[[source]]\nreader = "t"\n',
            r"case.toml:2: \[\[source\]\] has no 'path'; expected \[\[source\]\] with `reader` and `path`",
        ),
        (
            TITLE + SOURCE + '[[source.ignore]]\ncolumn = "a"\n',
            r"case.toml:5: \[\[source.ignore\]\] has no 'reason'; .* with `column` and `reason`",
        ),
        (
            TITLE + SOURCE + 'network = "mainnet"\n',
            "case.toml:5: network is 'mainnet'; expected `main`, `test`, `signet` or `regtest`; .*main?",
        ),
        (
            TITLE + SOURCE + '[source.format]\nfile = "exe"\n',
            "case.toml:6: file is 'exe'; expected `csv`, `tsv`, `jsonl`, `parquet` or `xlsx`",
        ),
        (
            TITLE + SOURCE + "wrapped = [3]\n",
            "case.toml:5: entry 1 of wrapped is a whole number; expected text in quotation marks",
        ),
        (
            TITLE + '[source]\nreader = "t"\n',
            r"case.toml:2: source is a table; expected tables that begin with \[\[source\]\]",
        ),
        (
            TITLE + "horizon = 2024-01-01\n",
            "case.toml:2: horizon is a date without quotation marks; expected text in quotation",
        ),
        (TITLE + "dust = { ETH = 3 }\n", "case.toml:2: a value in dust is a whole number"),
        (TITLE + 'follow_fees = "yes"\n', "case.toml:2: .*; expected true or false without"),
        (
            TITLE + 'openings = "lates"\n',
            "case.toml:2: openings is 'lates'; expected `late` or `early`; did you mean late?",
        ),
        (TITLE + CLAIM + "quantity = 5.5\n", "case.toml:6: quantity is a number with decimals"),
        (
            TITLE + '[[commodity]]\nsymbol = "X"\nexponent = 39\n',
            "case.toml:4: exponent is out of range; expected a whole number of at most 38",
        ),
        (
            TITLE + '[[commodity]]\nsymbol = "X"\nexponent = -1\n',
            "case.toml:4: exponent is out of range; expected a whole number of at least 0",
        ),
        (TITLE + "x = " + "[" * 100_000, "case.toml: is nested too deeply"),
        (TITLE + "x = " + "9" * 5000, "case.toml: holds a number of thousands of digits"),
        ("", "case.toml: the case has no 'title'; expected `title` before the first table"),
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
