"""`earmark new`: a small commented case that builds, traces and reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from earmark.ledger.errors import EarmarkError
from earmark.sources.registry import READERS

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = """# A case is a folder. This file says what its evidence is and what is asked of it.
# `earmark build .` reads it, `earmark trace .` follows the claims, `earmark report .` writes the dossier.

title = {title}
summary = "SYNTHETIC: replace this example with your own case."

# Where an opening goes when a holder pays out more than the record shows coming in:
# "late" (just before: records are missing in between) or "early" (before its first leg: history cut off).
openings = "late"

# Further settings, to be uncommented where they are needed; they stand before the first [[table]].
# election = ["example:3#1"]               # out-legs elected under Re Oatway: KEY#ordinal, counting legs from 1
# horizon = "2024-01-31"                   # do not follow beyond this time
# dust = { ETH = "0.001" }                 # do not follow an in-leg that bears less than this

# Commodities have an exponent: 18 means that the smallest unit is the 18th decimal.
[[commodity]]
symbol = "ETH"
exponent = 18
name = "Ether"

# One [[source]] for each kind of evidence. The `table` reader reads CSV, TSV, JSON lines, Parquet and .xlsx.
# Chains have readers of their own (docs/formats.md), and name their own commodities:
#   Bitcoin: bitcoin-blocks, bitcoin-rpc, bitcoin-etl, aws-bitcoin, esplora, electrum
#   EVM chains: evm-rpc, ethereum-etl, aws-ethereum, etherscan, cryo
# This example is not for mixing with evidence of your own: `earmark new DIR --empty` makes a case without it.
[[source]]
reader = "table"
path = "sources/payments.csv"
author = "synthetic example"
lacks = ["gas", "internal transfers"]      # what this record cannot show; printed beside every figure

[source.columns]                           # what the columns are called in this file
time = "time"
payer = "from"
payee = "to"
quantity = "amount"
key = "id"

[source.constants]                         # what is the same in every row
commodity = "ETH"

[source.format]
namespace = "eth"                          # 0xabc becomes eth:0xabc
key_prefix = "example:"
# time = "%d/%m/%Y %H:%M"                  # how times are written, where not as 2024-01-05T10:00:00Z
# zone = "Asia/Dhaka"                      # the zone of times that carry none; without it they are read as UTC
# delimiter = ";"                          # what stands between two cells of a CSV file
# decimal = ","                            # the decimal character
# group = "."                              # the characters that group digits, all in one string

# A claim is what is traced: in-legs by key, whole or their first units.
[[claim]]
name = "theft"
commodity = "ETH"
at = ["example:1"]
behalf = "the victim"

# Behind a stop other people's money is mixed, so the walk ends there.
[[stop]]
holder = "eth:0x0000000000000000000000000000000000000004"
role = "exchange"
label = "Example exchange"

# A question is what the dossier answers first: how much of a claim is found with an entity's holders.
# Which holders those are is said in case.ledger, by statements with the predicate belongs_to.
[[question]]
text = "How much of the stolen ether reached the example exchange?"
claim = "theft"
entity = "Example exchange"
"""
PAYMENTS = """id,time,from,to,amount
1,2024-01-05T10:00:00Z,0x0000000000000000000000000000000000000001,0x0000000000000000000000000000000000000002,100
2,2024-01-05T11:00:00Z,0x0000000000000000000000000000000000000009,0x0000000000000000000000000000000000000002,50
3,2024-01-06T09:30:00Z,0x0000000000000000000000000000000000000002,0x0000000000000000000000000000000000000003,120
4,2024-01-07T18:15:00Z,0x0000000000000000000000000000000000000003,0x0000000000000000000000000000000000000004,90.5
"""
EMPTY_SETTINGS = """# A case is a folder. This file says what its evidence is and what is asked of it; docs/case.md lists every key.
# `earmark attach . FILE` adds a document, `earmark fetch` asks a server and adds the [[source]] of its replies here.

title = {title}

# Where an opening goes when a holder pays out more than the record shows coming in:
# "late" (just before: records are missing in between) or "early" (before its first leg: history cut off).
openings = "late"

# To be uncommented and filled in.
#
# [[source]]                               # one for each kind of evidence
# reader = "evm-rpc"                       # {readers}
# path = "sources/replies/*.jsonl"
# chain = 1                                # EVM chains; for Bitcoin: network = "main"
# lacks = ["what this record cannot show"] # printed beside every figure
#
# [[claim]]                                # what is traced: in-legs by key, whole or their first units
# name = "theft"
# commodity = "ETH"
# at = ["KEY"]                             # KEY#ordinal where several legs fit; `earmark check .` lists them
#
# [[stop]]                                 # behind it other people's money is mixed, so the walk ends there
# holder = "eth:0x…"
# role = "exchange"
# label = "Example exchange"
"""
EMPTY_LEDGER = "; What no table shows is written here, in the notation (docs/notation.md).\n"
LEDGER = """; What no table shows is written here, in the notation (docs/notation.md).
; Statements say who says what; expect lines are checked by `earmark check`.

holder thief eth:0x0000000000000000000000000000000000000002 "First receiver"
holder deposit eth:0x0000000000000000000000000000000000000004 "Deposit address"
entity "Example exchange" firm

statement 2024-01-08 by "Example press" (press): thief labelled "first receiver" source "SYNTHETIC"
statement 2024-01-09 by "Example exchange" (firm): deposit belongs_to "Example exchange" source "SYNTHETIC"

expect trace fifo theft: stopped deposit 90.5 ETH
expect trace fifo theft: rests eth:0x0000000000000000000000000000000000000003 9.5 ETH
"""


def new_case(folder: Path, title: str, *, empty: bool = False) -> None:
    """Make a case in a folder that does not exist or is empty; raises EarmarkError otherwise.

    ``empty`` leaves out the example: its source, commodity, claim, stop and question.
    """
    try:
        title.encode()
    except UnicodeEncodeError:
        raise EarmarkError("the title is not UTF-8", file=repr(title)) from None
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise EarmarkError("is not empty", file=str(folder), expected="a new or empty folder")
    (folder / "sources").mkdir(parents=True, exist_ok=True)
    for name, text in _files(title, empty=empty).items():
        (folder / name).write_text(text, encoding="utf-8")


def _files(title: str, *, empty: bool) -> dict[str, str]:
    from earmark.cases.attaching import quoted

    if empty:
        settings = EMPTY_SETTINGS.replace("{readers}", ", ".join(READERS))
        return {
            "case.toml": settings.replace("{title}", quoted(title)),
            "case.ledger": EMPTY_LEDGER,
        }
    return {
        "case.toml": SETTINGS.replace("{title}", quoted(title)),
        "sources/payments.csv": PAYMENTS,
        "case.ledger": LEDGER,
    }
