from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.unit.sources.tables import (
    COLUMNS,
    COMMODITIES,
    HEADER,
    amounts,
    column,
    read_cells,
    read_table,
    read_text,
    reasons,
)

from earmark.ledger.errors import EarmarkError
from earmark.ledger.values import Holder
from earmark.sources import table
from earmark.sources.settings import Source

DAY = "2022-01-01"


def _holders(draft: Any) -> list[str]:
    found: list[str] = draft.legs.column("holder").to_pylist()
    return found


def test_hex_is_folded_to_one_spelling(tmp_path: Path) -> None:
    rows = [rf"{DAY},\xAbCd,0xABCD,1", f"{DAY},0XabCD, bank 7 ,1", f"{DAY},X:one,bc1qXy,1"]
    draft = read_cells(tmp_path, *rows, format={"namespace": "eth"})
    assert _holders(draft) == [
        *("eth:0xabcd", "eth:0xabcd"),
        *("eth:0xabcd", "eth:bank 7"),
        *("eth:X:one", "eth:bc1qXy"),
    ]


def test_a_namespace_in_the_cell_is_kept_where_none_is_set(tmp_path: Path) -> None:
    row = f"{DAY},eth:0xAB,btc:1Boat,1"
    assert _holders(read_cells(tmp_path, row, format={"namespace": ""})) == [
        "eth:0xab",
        "btc:1Boat",
    ]
    assert _holders(read_cells(tmp_path, row, format={"namespace": "eth"})) == [
        "eth:0xab",
        "eth:btc:1Boat",
    ]
    draft = read_cells(
        tmp_path, f"{DAY},plain,btc:1,1", f"{DAY},btc:,btc:1,1", format={"namespace": ""}
    )
    assert reasons(draft) == [
        ("line 2", "payer: 'plain' has no namespace: set format.namespace"),
        ("line 3", "payer: 'btc:' has no identifier"),
    ]


def test_an_empty_party_is_refused_unless_a_constant_gives_one(tmp_path: Path) -> None:
    draft = read_cells(tmp_path, f"{DAY},,b,1", f"{DAY},a, ,1")
    assert [reason for _, reason in reasons(draft)] == [
        "payer: the cell is empty",
        "payee: the cell is empty",
    ]
    filled = read_cells(tmp_path, f"{DAY},,b,1", constants={"payer": "vault"})
    assert _holders(filled) == ["x:vault", "x:b"]


@pytest.mark.parametrize("character", ["\u202e", "\u2066", "\u200f", "\x07", "\u200b", "\x85"])
def test_invisible_characters_in_a_party_are_refused(tmp_path: Path, character: str) -> None:
    draft = read_cells(tmp_path, f"{DAY},a{character}z,b,1", f"{DAY},a,b,1")
    (where, reason) = reasons(draft)[0]
    assert where == "line 2"
    assert reason == f"payer: holds the invisible character U+{ord(character):04X}"
    assert character not in draft.rejected.column("text")[0].as_py() or character in "\u200f\u200b"
    assert draft.transactions.num_rows == 1


def test_a_direction_override_in_a_note_is_made_visible(tmp_path: Path) -> None:
    text = f"{HEADER.strip()},memo\n{DAY},a,b,1,paid \u202e001 DSU\n{DAY},a,b,1,دفعة\u200f\n"
    draft = read_text(tmp_path, text, columns={"note": "memo"})
    assert column(draft, "note") == ["paid \ufffd001 DSU", "دفعة\u200f"]
    assert len(draft.warnings) == 1


def test_zero_is_an_observation_and_negative_is_refused(tmp_path: Path) -> None:
    rows = [f"{DAY}T00:00:00Z,a,b,0.0", f"{DAY},a,b,-1", f"{DAY},a,b,2", f"{DAY},a,b,0"]
    draft = read_cells(tmp_path, *rows)
    assert (draft.rows, draft.transactions.num_rows) == (4, 1)
    found = draft.observations.to_pylist()
    assert [(o["kind"], o["locator"], o["holder"]) for o in found] == [
        ("zero_value", "line 2", "x:a"),
        ("zero_value", "line 5", "x:a"),
    ]
    assert found[0]["text"] == "x:a -> x:b 0.0 USD"
    assert found[0]["time"].isoformat() == "2022-01-01T00:00:00+00:00"
    assert found[1]["time_end"] is not None
    assert reasons(draft) == [
        ("line 3", "quantity: '-1' is negative: swap payer and payee, or ignore such rows")
    ]


def test_ten_to_the_thirty_eighth_is_an_observation(tmp_path: Path) -> None:
    nines = "9" * 38
    rows = [f"{DAY},a,b,{nines}", f"{DAY},a,b,1e38", f"{DAY},a,b,1{'0' * 38}", f"{DAY},a,b,9.9e37"]
    draft = read_cells(tmp_path, *rows, constants={"commodity": "CAR"})
    assert amounts(draft) == [10**38 - 1, 99 * 10**36]
    kinds = draft.observations.column("kind").to_pylist()
    assert kinds == ["too_large", "too_large"]
    assert "1e38 CAR" in draft.observations.column("text")[0].as_py()
    assert draft.warnings[0].startswith("2 rows of 10^38")


def test_ignore_rules_count_rows_by_reason(tmp_path: Path) -> None:
    text = f"{HEADER.strip()},status\n" + "".join(
        f"{DAY},a,b,{amount},{status}\n"
        for amount, status in [("1", "ok"), ("bad", "failed"), ("2", "failed"), ("3", "dust-9")]
    )
    rules = [
        {"column": "status", "equals": "failed", "reason": "reverted on the chain"},
        {"column": "status", "matches": "dust-[0-9]+", "reason": "sent by strangers"},
        {"column": "status", "matches": "dus", "reason": "never"},
    ]
    draft = read_text(tmp_path, text, ignore=rules)
    assert (draft.rows, draft.ignored, draft.transactions.num_rows) == (4, 3, 1)
    assert draft.rejected.num_rows == 0
    assert draft.warnings == (
        "2 rows ignored: reverted on the chain",
        "1 rows ignored: sent by strangers",
        "0 rows ignored: never",
    )


@pytest.mark.parametrize(
    "rule",
    [
        {"equals": "a", "matches": "b", "reason": "r"},
        {"reason": "r"},
        {"equals": "a", "reason": " "},
        {"matches": "(", "reason": "r"},
        {"matches": r"(a)\1", "reason": "r"},
    ],
)
def test_a_rule_that_cannot_work_is_an_error(tmp_path: Path, rule: dict[str, str]) -> None:
    with pytest.raises(EarmarkError, match="an ignore rule on 'to'"):
        read_cells(tmp_path, ignore=[{"column": "to"} | rule])


def test_words_come_from_columns_and_constants(tmp_path: Path) -> None:
    text = (
        f"{HEADER.strip()},id,hash,what,how,which\n"
        f"{DAY},a,b,1,7,0xF,Internal Transfer,Reported,ETH\n"
        f"{DAY},a,b,1,,,,,\n"
        f"{DAY},a,b,1,8,,fee,guess,\n"
        f"{DAY},a,b,1,9,,--,,\n"
        f"{DAY},a,b,1,10,,,,ETHH\n"
    )
    names = {"key": "id", "ref": "hash", "kind": "what", "basis": "how", "commodity": "which"}
    draft = read_text(tmp_path, text, columns=names, format={"key_prefix": "eth:"})
    assert column(draft, "key") == ["eth:7", None]
    assert column(draft, "ref") == ["0xF", ""]
    assert column(draft, "kind") == ["internal_transfer", "payment"]
    assert column(draft, "basis") == ["reported", "recorded"]
    assert amounts(draft) == [10**18, 100]
    assert [reason for _, reason in reasons(draft)] == [
        "basis: 'guess' is none of recorded, reported, inferred",
        "kind: no word of at most 60 letters",
        "commodity: 'ETHH' is not a commodity of this case; the nearest is ETH",
    ]


def test_labels_become_statements_and_the_first_one_names_the_holder(tmp_path: Path) -> None:
    text = "time,from,to,amount,who,whom\n" + "".join(
        f"{DAY},{row}\n"
        for row in ("a,b,1,Vault,", "a,b,1,Vault,Exchange", "a,b,0,Vault 2,", "b,a,?x,Lie,")
    )
    draft = read_text(
        tmp_path,
        text,
        columns={"payer_label": "who", "payee_label": "whom"},
        author="A. Firm",
        author_kind="firm",
    )
    assert draft.holders == (Holder("x:a", label="Vault"), Holder("x:b", label="Exchange"))
    assert [
        (s.subject, s.predicate, s.value, s.by, s.by_kind, s.source) for s in draft.statements
    ] == [
        ("x:a", "labelled", "Vault", "A. Firm", "firm", "t.csv"),
        ("x:a", "labelled", "Vault 2", "A. Firm", "firm", "t.csv"),
        ("x:b", "labelled", "Exchange", "A. Firm", "firm", "t.csv"),
    ]
    assert draft.warnings == ("x:a is called 'Vault' and also 'Vault 2'",)


def test_labels_without_an_author_are_by_the_file(tmp_path: Path) -> None:
    text = f"time,from,to,amount,who\n{DAY},a,b,1,Vault\n"
    assert read_text(tmp_path, text, columns={"payer_label": "who"}).statements[0].by == "t.csv"


def test_one_sequence_column_is_taken_as_it_stands(tmp_path: Path) -> None:
    text = f"n,{HEADER}30,{DAY},a,b,1\n٢٠,{DAY},a,b,2\nx,{DAY},a,b,3\n,{DAY},a,b,3\n9223372036854775808,{DAY},a,b,3\n"
    draft = read_text(tmp_path, text, columns={"sequence": "n"})
    assert column(draft, "sequence") == [30, 20]
    assert [reason for _, reason in reasons(draft)] == [
        "sequence: 'x' is not a whole number below 2^63",
        "sequence: the cell is empty",
        "sequence: '9223372036854775808' is not a whole number below 2^63",
    ]


def test_several_sequence_columns_are_ranked_over_all_files(tmp_path: Path) -> None:
    head = "block,index," + HEADER
    rows = {(1, 10): 1, (1, 9): 2, (2, 0): 3, (0, 5): 4, (1, 10**17): 5}
    lines = [f"{block},{index},{DAY},a,b,{amount}\n" for (block, index), amount in rows.items()]
    (tmp_path / "p.csv").write_text(head + "".join(lines[:2]))
    (tmp_path / "q.csv").write_text(head + "".join(lines[2:]))
    draft = read_table(
        tmp_path, ["p.csv", "q.csv"], columns=COLUMNS | {"sequence": ["block", "index"]}
    )
    assert dict(zip(amounts(draft), column(draft, "sequence"), strict=True)) == {
        400: 0,
        200: 1,
        100: 2,
        500: 3,
        300: 4,
    }


def test_shuffling_and_splitting_keeps_each_row_its_position(tmp_path: Path) -> None:
    head = "block,index," + HEADER
    lines = [f"{n // 3},{n % 3},{DAY},a,b,{n + 1}\n" for n in range(12)]
    whole = read_text(tmp_path, head + "".join(lines), columns={"sequence": ["block", "index"]})
    (tmp_path / "p.csv").write_text(head + "".join(lines[7::-1]))
    (tmp_path / "q.csv").write_text(head + "".join(lines[:7:-1]))
    split = read_table(tmp_path, ["q.csv", "p.csv"], columns={"sequence": ["block", "index"]})
    positions = dict(zip(amounts(whole), column(whole, "sequence"), strict=True))
    assert positions == dict(zip(amounts(split), column(split, "sequence"), strict=True))
    assert positions == {100 * (n + 1): n for n in range(12)}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"columns": {"quantity": None}}, "where the quantity of t.csv stands"),
        ({"columns": {"time": None}}, "where the time of t.csv stands"),
        ({"columns": {"payee": None}}, "where the payee of t.csv stands"),
        ({"constants": {"commodty": "x"}}, "constants.commodty is not known"),
        ({"constants": {"commodity": "USDD"}}, "'USDD' is not a commodity of this case"),
        ({"format": {"namespace": "Eth"}}, "format.namespace is 'Eth'"),
        ({"format": {"namespace": ""}, "constants": {"payer": "p"}}, "'p' has no namespace"),
    ],
)
def test_settings_that_fit_no_row_are_errors(
    tmp_path: Path, changes: dict[str, Any], told: str
) -> None:
    with pytest.raises(EarmarkError, match=told) as caught:
        read_cells(tmp_path, f"{DAY},a,b,1", **changes)
    assert caught.value.file == "case.toml"
    assert caught.value.expected


def test_progress_is_told_the_rows_read_so_far(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(HEADER + f"{DAY},a,b,1\n" * 70_000)
    settings = {"reader": "table", "path": "t.csv", "columns": COLUMNS}
    source = msgspec.convert(
        settings | {"constants": {"commodity": "USD"}, "format": {"namespace": "x"}}, Source
    )
    told: list[int] = []
    table.read(tmp_path, source, COMMODITIES, told.append)
    assert told == [65_536, 70_000]
