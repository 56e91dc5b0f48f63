from __future__ import annotations

import codecs
from pathlib import Path

import pytest
from tests.unit.sources.tables import HEADER, amounts, column, read_text

from earmark.ledger.errors import EarmarkError
from earmark.sources.table.encodings import ENCODINGS

TEXTS = {
    "utf-8": "ناقلة نفط 油轮 유조선 é",
    "utf-16-le": "ناقلة نفط 油轮 유조선 é",
    "utf-16-be": "ناقلة نفط 油轮 유조선 é",
    "cp1256": "ناقلة نفط",
    "gb18030": "油轮 ناقلة é",
    "cp949": "유조선",
    "latin-1": "pétrolier",
    "shift_jis": "タンカー",
    "koi8-r": "танкер",
}


def _table(note: str) -> str:
    return HEADER.strip() + f",memo\n2022-01-01,a,b,5,{note}\n2022-01-02,a,b,6,x\n"


@pytest.mark.parametrize("encoding", TEXTS)
def test_each_named_encoding_is_read(tmp_path: Path, encoding: str) -> None:
    draft = read_text(
        tmp_path,
        _table(TEXTS[encoding]).encode(encoding),
        columns={"note": "memo"},
        format={"encoding": encoding},
    )
    assert column(draft, "note") == [TEXTS[encoding], "x"]
    assert column(draft, "locator") == ["line 2", "line 3"]


@pytest.mark.parametrize(
    ("mark", "encoding", "named"),
    [
        (codecs.BOM_UTF8, "utf-8", None),
        (codecs.BOM_UTF8, "utf-8", "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le", None),
        (codecs.BOM_UTF16_LE, "utf-16-le", "utf-16"),
        (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16LE"),
        (codecs.BOM_UTF16_BE, "utf-16-be", None),
        (codecs.BOM_UTF32_LE, "utf-32-le", None),
    ],
)
def test_a_byte_order_mark_is_obeyed(
    tmp_path: Path, mark: bytes, encoding: str, named: str | None
) -> None:
    data = mark + _table("ناقلة").encode(encoding)
    draft = read_text(tmp_path, data, columns={"note": "memo"}, format={"encoding": named})
    assert column(draft, "note") == ["ناقلة", "x"]


def test_a_mark_that_contradicts_the_name_is_an_error(tmp_path: Path) -> None:
    data = codecs.BOM_UTF16_BE + _table("x").encode("utf-16-be")
    for named in ("utf-16-le", "cp1256"):
        with pytest.raises(EarmarkError, match=f"says {named}, but .* utf-16-be"):
            read_text(tmp_path, data, format={"encoding": named})


def test_utf_16_without_a_mark_has_to_be_named_with_its_byte_order(tmp_path: Path) -> None:
    data = _table("x").encode("utf-16-le")
    with pytest.raises(EarmarkError, match="NUL") as caught:
        read_text(tmp_path, data)
    assert "UTF-16" in caught.value.expected
    with pytest.raises(EarmarkError) as caught:
        read_text(tmp_path, data, format={"encoding": "utf-16"})
    assert "utf-16-le" in caught.value.expected
    assert amounts(read_text(tmp_path, data, format={"encoding": "utf-16-le"})) == [500, 600]


@pytest.mark.parametrize("rows", [1, 50_000])
def test_bytes_that_do_not_decode_are_named_by_line_and_offset(tmp_path: Path, rows: int) -> None:
    good = (HEADER + "2022-01-01,a,b,5\n" * rows).encode()
    with pytest.raises(EarmarkError) as caught:
        read_text(tmp_path, good + "2022-01-01,é,b,5\n".encode("latin-1"))
    error = caught.value
    assert (error.file, error.line) == ("t.csv", rows + 2)
    assert f"byte {len(good) + 11} " in error.problem
    assert "format.encoding" in error.expected


def test_a_cut_character_at_the_end_is_named(tmp_path: Path) -> None:
    data = (HEADER + "2022-01-01,a,b,5\n2022-01-01,é").encode()[:-1]
    with pytest.raises(EarmarkError) as caught:
        read_text(tmp_path, data)
    assert caught.value.line == 3
    assert f"byte {len(data) - 1} " in caught.value.problem


@pytest.mark.parametrize(
    "name", ["utf8x", "zip", "bz2", "hex", "unicode_escape", "utf-7", "idna", "\0"]
)
def test_only_text_encodings_can_be_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(EarmarkError, match="is not known"):
        read_text(tmp_path, HEADER, format={"encoding": name})


def test_every_listed_encoding_exists() -> None:
    assert all(codecs.lookup(name) for name in ENCODINGS)
