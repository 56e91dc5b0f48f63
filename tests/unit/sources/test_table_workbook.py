from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from tests.unit.sources.tables import amounts, column, read_table, reasons

from earmark.ledger.draft import Draft
from earmark.ledger.errors import EarmarkError
from earmark.sources.table.workbook import CELL_TEXT_MAX
from earmark.sources.table.workbook_guard import RUN_BYTES_MAX

HEAD = ("time", "from", "to", "amount")
ROW = ("2022-01-01", "a", "b", 5)


def _book(*rows: Sequence[Any], change: Callable[[Workbook], None] | None = None) -> bytes:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Hops"
    for row in (HEAD, *rows):
        sheet.append(list(row))
    if change:
        change(book)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _read(folder: Path, data: bytes, **changes: Any) -> Draft:
    (folder / "t.xlsx").write_bytes(data)
    return read_table(folder, "t.xlsx", **changes)


def _rewritten(data: bytes, part: str, change: Callable[[str], str]) -> bytes:
    """Return the workbook with one of its parts changed."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, change(content.decode()) if name == part else content)
    return buffer.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
SHARED = "xl/sharedStrings.xml"
SHARED_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
SHARED_TEXTS = (
    '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    "<si><t>shared</t></si><si><r><t>in </t></r><r><t>parts</t></r></si></sst>"
)


def _with_shared(data: bytes, texts: str = SHARED_TEXTS) -> bytes:
    """Return the workbook with the payer ``a`` as the first shared text and ``b`` as the second."""

    def shared(sheet: str) -> str:
        for place, text in enumerate("ab"):
            inline = f't="inlineStr"><is><t>{text}</t></is>'
            sheet = sheet.replace(inline, f't="s"><v>{place}</v>')
        return sheet

    data = _rewritten(data, SHEET, shared)
    override = f'<Override PartName="/{SHARED}" ContentType="{SHARED_TYPE}"/></Types>'
    data = _rewritten(data, "[Content_Types].xml", lambda text: text.replace("</Types>", override))
    buffer = io.BytesIO(data)
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(SHARED, texts)
    return buffer.getvalue()


def test_shared_texts_are_read(tmp_path: Path) -> None:
    draft = _read(tmp_path, _with_shared(_book(ROW)))
    assert draft.legs.column("holder").to_pylist() == ["x:shared", "x:in parts"]


def test_a_shared_text_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    data = _with_shared(_book(ROW), SHARED_TEXTS.replace("<si><t>shared</t></si>", ""))
    with pytest.raises(EarmarkError, match="cannot be read as a workbook"):
        _read(tmp_path, data)


def test_whole_cells_are_exact_and_floating_cells_are_marked(tmp_path: Path) -> None:
    rows = [ROW, (*ROW[:3], 0.1), (*ROW[:3], "0.1"), (*ROW[:3], 10**15 + 1)]
    draft = _read(tmp_path, _book(*rows))
    assert amounts(draft) == [500, 10, 10, (10**15 + 1) * 100]
    assert draft.legs.column("inexact").to_pylist()[::2] == [False, True, False, False]
    assert column(draft, "locator") == ["Hops!2", "Hops!3", "Hops!4", "Hops!5"]
    assert draft.warnings == (
        "1 quantities are inexact: stored as floating-point numbers, or rounded",
    )


def test_a_floating_cell_keeps_its_full_stop_under_a_decimal_comma(tmp_path: Path) -> None:
    rows = [(*ROW[:3], 1.25), (*ROW[:3], "1,25")]
    assert amounts(_read(tmp_path, _book(*rows), format={"decimal": ",", "group": "."})) == [
        125,
        125,
    ]


@pytest.mark.parametrize("mac", [False, True])
def test_dates_are_read_in_either_calendar(tmp_path: Path, mac: object) -> None:
    def change(book: Workbook) -> None:
        if mac:
            book.epoch = CALENDAR_MAC_1904

    # A workbook knows no zones.
    midnight = datetime(2022, 3, 29)  # noqa: DTZ001
    moments = [midnight.replace(hour=21, minute=41, second=18), midnight.date(), midnight]
    draft = _read(tmp_path, _book(*[(moment, "a", "b", 1) for moment in moments], change=change))
    starts = [start.isoformat()[:19] for start in column(draft, "time")]
    assert starts == ["2022-03-29T21:41:18", "2022-03-29T00:00:00", "2022-03-29T00:00:00"]
    assert [end is None for end in column(draft, "time_end")] == [True, False, True]


def test_a_date_is_no_quantity_and_a_time_of_day_no_date(tmp_path: Path) -> None:
    draft = _read(tmp_path, _book((*ROW[:3], date(2022, 1, 1)), (time(12, 30), "a", "b", 1)))
    assert [reason for _, reason in reasons(draft)] == [
        "quantity: '2022-01-01' is a date, not a number",
        "time: '12:30:00' is not a time such as 2022-03-29T21:41:18Z",
    ]


def test_hidden_rows_are_read_and_counted(tmp_path: Path) -> None:
    def change(book: Workbook) -> None:
        for row in (1, 3, 4):
            book.worksheets[0].row_dimensions[row].hidden = True

    draft = _read(tmp_path, _book(ROW, ROW, ("bad", "a", "b", 1), change=change))
    assert (draft.rows, draft.hidden, draft.transactions.num_rows) == (3, 2, 2)
    assert draft.warnings == ("2 hidden rows of a workbook were read",)


def test_a_hidden_sheet_is_read_and_counted(tmp_path: Path) -> None:
    def change(book: Workbook) -> None:
        other = book.create_sheet("Other")
        other.sheet_state = "veryHidden"
        for row in (HEAD, ROW, ROW):
            other.append(list(row))

    data = _book(ROW, change=change)
    both = _read(tmp_path, data, format={"sheet": "*"})
    assert (both.rows, both.hidden) == (3, 2)
    assert column(both, "locator") == ["Hops!2", "Other!2", "Other!3"]
    assert "'Other' is hidden" in both.warnings[0]
    assert _read(tmp_path, data, format={"sheet": "Hops"}).rows == 1


def test_a_missing_column_names_its_sheet(tmp_path: Path) -> None:
    def change(book: Workbook) -> None:
        book.create_sheet("Other").append([*HEAD[:-1], "amuont"])

    data = _book(ROW, change=change)
    with pytest.raises(EarmarkError, match="no column 'amount' in sheet 'Other'") as caught:
        _read(tmp_path, data, format={"sheet": "*"})
    assert caught.value.near_miss == "amuont"


def test_several_sheets_have_to_be_chosen_from(tmp_path: Path) -> None:
    data = _book(ROW, change=lambda book: book.create_sheet("Prices"))
    with pytest.raises(EarmarkError, match="several sheets") as caught:
        _read(tmp_path, data)
    assert "'Hops', 'Prices'" in caught.value.expected
    with pytest.raises(EarmarkError, match="no sheet 'Price'") as caught:
        _read(tmp_path, data, format={"sheet": "Price"})
    assert caught.value.near_miss == "Prices"
    with pytest.raises(EarmarkError, match="'Prices' is empty"):
        _read(tmp_path, data, format={"sheet": "Prices"})


def test_a_formula_gives_its_stored_result_or_refuses_its_row(tmp_path: Path) -> None:
    data = _book((*ROW[:3], "=2+3"), (*ROW[:3], "=2+4"), ROW)
    stored = _rewritten(
        data,
        SHEET,
        lambda text: text.replace("2+3</f><v></v>", "2+3</f><v>5</v>").replace(
            "2+3</f><v />", "2+3</f><v>5</v>"
        ),
    )
    draft = _read(tmp_path, stored)
    assert amounts(draft) == [500, 500]
    assert reasons(draft) == [("Hops!3", "amount: a formula whose result is not stored")]


def test_an_error_cell_refuses_its_row(tmp_path: Path) -> None:
    draft = _read(tmp_path, _book((*ROW[:3], "#REF!"), ROW))
    assert reasons(draft) == [("Hops!2", "amount: the cell holds the error #REF!")]


def test_empty_rows_are_no_rows_and_short_rows_have_empty_cells(tmp_path: Path) -> None:
    draft = _read(tmp_path, _book((None,), ROW, ("2022-01-01", "a"), (*ROW, "note")))
    assert column(draft, "locator") == ["Hops!3"]
    assert reasons(draft) == [
        ("Hops!4", "payee: the cell is empty"),
        ("Hops!5", "cells beyond the 4 columns that have a name"),
    ]


def test_the_size_that_a_sheet_declares_hides_nothing(tmp_path: Path) -> None:
    data = _book(ROW, ROW, ROW)
    small = _rewritten(
        data, SHEET, lambda text: re.sub('ref="A1:D4"', 'ref="A1:B2"', text, count=1)
    )
    assert small != data
    assert _read(tmp_path, small).rows == 3


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('<row r="3"', '<row r="2"', "row 2 stands after row 2"),
        ('<row r="3"', '<row r="99999999999"', "row 99999999999 stands after row 2"),
        ('r="D3"', 'r="A3"', "stands out of order"),
        ('r="D3"', 'r="ZZZ3"', "stands out of order"),
        ("</row>", "</raw>", "cannot be read"),
        ("<sheetData>", "<sheetData>&boom;", "cannot be read"),
    ],
)
def test_a_sheet_that_contradicts_itself_is_an_error(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    data = _rewritten(_book(ROW, ROW), SHEET, lambda text: text.replace(old, new))
    with pytest.raises(EarmarkError, match=told):
        _read(tmp_path, data)


def test_an_entity_that_reads_a_file_is_refused(tmp_path: Path) -> None:
    doctype = '<!DOCTYPE worksheet [<!ENTITY x SYSTEM "file:///etc/hostname">]><worksheet'
    data = _rewritten(_book(ROW), SHEET, lambda text: text.replace("<worksheet", doctype, 1))
    with pytest.raises(EarmarkError):
        _read(tmp_path, data)


def test_laughing_entities_in_the_shared_texts_are_refused(tmp_path: Path) -> None:
    doctype = '<!DOCTYPE sst [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;">]><sst'
    data = _with_shared(_book(ROW), SHARED_TEXTS.replace("<sst", doctype, 1))
    with pytest.raises(EarmarkError, match="cannot be read as a workbook"):
        _read(tmp_path, data)


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open(SHEET, "w") as part,
    ):
        for _ in range(64):
            part.write(b"\0" * (1 << 20))
    assert path.stat().st_size < 100_000
    with pytest.raises(EarmarkError, match="unpacks to 67108864 bytes"):
        read_table(tmp_path, "t.xlsx")


def test_too_many_parts_and_too_large_parts_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    guard = "earmark.sources.table.workbook_guard."
    for limit, value, told in [
        ("MEMBERS_MAX", 3, "holds [0-9]+ parts"),
        ("UNPACKED_BYTES_MAX", 100, "more than 100 bytes"),
        ("PART_BYTES_MAX", 100, "holds '.*' of [0-9]+ bytes"),
        ("SHEET_BYTES_MAX", 100, "holds 'xl/worksheets/sheet1.xml' of [0-9]+ bytes"),
        ("SHARED_MARKS_MAX", 3, "too many texts"),
        ("RUN_BYTES_MAX", 60, "longer than 60 bytes"),
        ("PENDING_MAX", 3, "too wide or too full"),
    ]:
        with monkeypatch.context() as patch:
            patch.setattr(guard + limit, value)
            with pytest.raises(EarmarkError, match=told):
                _read(tmp_path, _with_shared(_book(ROW)))


@pytest.mark.parametrize("name", [SHARED, "xl/other-texts00.bin"])
def test_shared_texts_are_bounded_whatever_their_part_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    texts = SHARED_TEXTS.replace("shared", "shared" * 100)
    data = _with_shared(_book(ROW), texts).replace(SHARED.encode(), name.encode())
    data = _rewritten(data, "[Content_Types].xml", lambda text: text.replace(SHARED, name))
    (tmp_path / "t.xlsx").write_bytes(data)
    monkeypatch.setattr("earmark.sources.table.workbook_guard.SHARED_MARKS_MAX", 10)
    with pytest.raises(EarmarkError, match="too many texts"):
        read_table(tmp_path, "t.xlsx")


def test_a_text_that_no_cell_holds_is_refused_before_it_is_in_memory(tmp_path: Path) -> None:
    noise = hashlib.shake_256(b"noise").hexdigest(RUN_BYTES_MAX)
    with pytest.raises(EarmarkError, match="one text of the workbook is longer"):
        _read(tmp_path, _with_shared(_book(ROW), SHARED_TEXTS.replace("shared", noise)))
    long = _rewritten(_book(ROW), SHEET, lambda text: text.replace("<t>a</t>", f"<t>{noise}</t>"))
    with pytest.raises(EarmarkError, match="one text of the workbook is longer"):
        _read(tmp_path, long)


def test_a_cell_with_more_text_than_a_cell_holds_refuses_its_row(tmp_path: Path) -> None:
    texts = SHARED_TEXTS.replace("shared", "s" * (CELL_TEXT_MAX + 1))
    draft = _read(tmp_path, _with_shared(_book(ROW, ("2022-01-01", "c", "d", 6)), texts))
    assert reasons(draft) == [("Hops!2", f"from: a text of more than {CELL_TEXT_MAX} characters")]
    assert amounts(draft) == [600]
    assert len(draft.rejected.column("text")[0].as_py()) <= 200


@pytest.mark.parametrize("kept", [0, 4, 100, -1, -30, -2000])
def test_a_cut_workbook_is_an_error(tmp_path: Path, kept: int) -> None:
    with pytest.raises(EarmarkError, match="cannot be read as a workbook") as caught:
        _read(tmp_path, _book(*[ROW] * 200)[:kept])
    assert caught.value.file == "t.xlsx"


def test_an_archive_that_is_no_workbook_is_an_error(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("readme.txt", "no workbook")
    with pytest.raises(EarmarkError, match="cannot be read as a workbook"):
        _read(tmp_path, buffer.getvalue())


def test_text_and_numbers_of_other_scripts(tmp_path: Path) -> None:
    draft = _read(tmp_path, _book(("٢٠٢٢-٠١-٠١", "شركة", "b", "٥٫٥")))
    assert amounts(draft) == [550]
    assert draft.legs.column("holder").to_pylist() == ["x:شركة", "x:b"]


def test_without_a_header_columns_are_numbered(tmp_path: Path) -> None:
    columns = {"time": "1", "payer": "2", "payee": "3", "quantity": "4"}
    draft = _read(tmp_path, _book(ROW), columns=columns, format={"header": False})
    assert column(draft, "locator") == ["Hops!2"]
    assert reasons(draft)[0][0] == "Hops!1"


def test_many_rows_are_read_in_several_batches(tmp_path: Path) -> None:
    draft = _read(tmp_path, _book(*[(*ROW[:3], number) for number in range(1, 9001)]))
    assert amounts(draft) == [100 * number for number in range(1, 9001)]
