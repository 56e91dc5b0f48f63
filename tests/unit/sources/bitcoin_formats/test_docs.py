"""The page about formats names what the readers read, and their bounds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from earmark.sources.bitcoin import (
    aws_rows,
    aws_tables,
    etl,
    etl_rows,
    json_values,
    rpc,
    rpc_blocks,
)
from earmark.sources.replies import LINE_MAX_BYTES

PAGE = (Path(__file__).parents[4] / "docs" / "formats.md").read_text("utf-8")


def section(name: str) -> str:
    return PAGE.split(f"\n## `{name}`\n")[1].split("\n## ")[0]


def test_the_bounds_of_the_page_are_those_of_the_code() -> None:
    bounds = section("aws-bitcoin").split("### Bounds of the three")[1]
    assert f"{LINE_MAX_BYTES >> 20} MiB and {json_values.VALUES_MAX:,} values" in bounds
    assert f"{etl.LINE_MAX_BYTES >> 20} MiB" in bounds
    assert f"{etl.UNPACKED_MAX >> 30} GiB, and {etl.RATIO_MAX} times" in bounds
    assert f"{aws_tables.GROUP_BYTES_MAX >> 30} GiB" in bounds
    assert f"{aws_tables.GROUP_VALUES_MAX:,} values" in bounds


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("bitcoin-rpc", {"merkleroot", "nonce", "locktime", "coinbase", "prevout", "fee", "hex"}),
        ("bitcoin-etl", {"block_hash", "index", "script_hex", "coinbase_param", "merkle_root"}),
        ("aws-bitcoin", {"previousblockhash", "last_modified", "block_timestamp"}),
    ],
)
def test_the_page_names_fields_that_are_read(name: str, fields: set[str]) -> None:
    known = {
        "bitcoin-rpc": rpc_blocks.BLOCK_FIELDS | rpc_blocks.TX_FIELDS | rpc_blocks.INPUT_FIELDS,
        "bitcoin-etl": etl_rows.BLOCK_FIELDS | etl_rows.TX_FIELDS | etl_rows.INPUT_FIELDS,
        "aws-bitcoin": aws_rows.TX_COLUMNS | aws_rows.HEADER_COLUMNS,
    }[name]
    quoted = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", section(name), flags=re.DOTALL))
    words = set(re.findall(r"[A-Za-z_]+", " ".join(quoted)))
    assert fields <= known
    assert fields <= words


def test_the_page_names_the_endings_of_a_folder() -> None:
    assert all(f"`*{one}`" in section("bitcoin-rpc") for one in rpc.ENDINGS)
