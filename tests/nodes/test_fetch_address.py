"""`earmark fetch address` from a real node with an index of traces, and outwards."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from tests.nodes.rpc import call
from tests.unit.cli.commands import earmark

from earmark.cases.case import open_case

CAROL, DAVE = (f"0x{sign * 20}" for sign in ("c1", "d1"))
PAID_WEI = 10**18
CLEFT_WEI = 10**17
PRICE_WEI = 10**10
MINED_S = 30


@pytest.fixture(scope="module")
def paid(anvil: str) -> str:
    """Pay Carol, who pays Dave; return who paid her."""
    giver: str = call(anvil, "eth_accounts")[0]
    pay(anvil, giver, CAROL, PAID_WEI)
    call(anvil, "anvil_impersonateAccount", CAROL)
    pay(anvil, CAROL, DAVE, CLEFT_WEI)
    return giver


def pay(url: str, sender: str, to: str, wei: int) -> None:
    """Pay, and wait for the block: the node answers before it has mined."""
    price = {"gasPrice": hex(PRICE_WEI), "gas": hex(21_000)}
    sent = call(url, "eth_sendTransaction", {"from": sender, "to": to, "value": hex(wei), **price})
    until = time.monotonic() + MINED_S
    while call(url, "eth_getTransactionReceipt", sent) is None:
        assert time.monotonic() < until
        time.sleep(0.02)


@pytest.mark.parametrize("method", ["trace_filter", "ots"])
def test_a_node_tells_an_address_and_whom_it_paid(
    anvil: str, paid: str, tmp_path: Path, method: str
) -> None:
    (tmp_path / "case.toml").write_text('title = "T"\n', "utf-8")
    words = ["--method", method, "--depth", 1, "--json"]
    ran = earmark("fetch", "address", tmp_path, anvil, CAROL, *words)
    assert ran.code == 0, ran.err
    told: dict[str, Any] = ran.json
    assert [(one["address"].lower(), one["depth"]) for one in told["fetched"]] == [
        (CAROL, 0),
        (DAVE, 1),
    ]
    ledger = open_case(tmp_path).ledger
    balances: dict[str, int] = {}
    for leg in ledger.tables["legs"].to_pylist():
        name = ledger.holder_names[leg["holder"]]
        sign = 1 if leg["side"] else -1
        balances[name] = balances.get(name, 0) + sign * int(leg["quantity"])
    for one in (CAROL, DAVE):
        assert balances[f"eth:{one}"] == int(call(anvil, "eth_getBalance", one, "latest"), 16)
    assert f"eth:{paid.lower()}" in balances


def test_auto_finds_the_index(anvil: str, paid: str, tmp_path: Path) -> None:
    (tmp_path / "case.toml").write_text('title = "T"\n', "utf-8")
    ran = earmark("fetch", "address", tmp_path, anvil, CAROL, "--json")
    assert (ran.code, ran.json["method"]) == (0, "trace_filter")
    assert paid
