"""The evm-rpc reader: one transaction from all that a node says of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.unit.sources.evm.saved import (
    ANN,
    BASE,
    BOB,
    CAT,
    COIN,
    DEPOSIT,
    MINER,
    PRICE,
    TRANSFER,
    WETH,
    block,
    block_answers,
    digest,
    exchange,
    frame,
    kinds,
    log,
    moves,
    read,
    read_files,
    reasons,
    receipt,
    topic,
    transaction,
    word,
)

from earmark.ledger.errors import EarmarkError
from earmark.ledger.values import Commodity
from earmark.sources.evm.receipts import created_address

FEE = f"eth:{digest('e', 1)}:fee"
VALUE = f"eth:{digest('e', 1)}:value"


def test_value_fee_and_tips_of_a_plain_block(tmp_path: Path) -> None:
    draft = read(
        tmp_path, *block_answers(block(20, transaction(1, 20)), [receipt(1, 20)], [frame()])
    )
    assert moves(draft) == {
        VALUE: [(f"- eth:{ANN}", "ETH", 5), (f"+ eth:{BOB}", "ETH", 5)],
        FEE: [
            (f"- eth:{ANN}", "ETH", 50_000 * PRICE),
            ("+ eth:burned", "ETH", 50_000 * BASE),
            ("+ eth:fees", "ETH", 50_000 * (PRICE - BASE)),
        ],
        "eth:block:20:tips": [
            ("- eth:fees", "ETH", 50_000 * (PRICE - BASE)),
            (f"+ eth:{MINER}", "ETH", 50_000 * (PRICE - BASE)),
        ],
    }
    rows = draft.transactions.to_pylist()
    assert [one["locator"] for one in rows] == [
        "line 1 /result/transactions/0",
        "line 2 /result/0",
        "line 1 /result",
    ]
    assert {one["time"].timestamp() for one in rows} == {1_700_000_020}
    assert [one["ref"] for one in rows] == [digest("e", 1), digest("e", 1), digest("b", 20)]
    assert (draft.lacks, reasons(draft)) == ((), [])


def test_without_traces_or_receipts_the_draft_says_what_it_lacks(tmp_path: Path) -> None:
    answers = block_answers(block(20, transaction(1, 20)), [receipt(1, 20)])
    assert read(tmp_path, *answers).lacks == ("internal transfers",)
    plain = block_answers(block(20, transaction(1, 20)), [receipt(1, 20, gasUsed=hex(21_000))])
    assert read(tmp_path, *plain).lacks == ()
    draft = read(tmp_path, answers[0])
    assert set(moves(draft)) == {VALUE}
    assert set(draft.lacks) == {
        "failed transactions",
        "gas",
        "internal transfers",
        "tokens",
        "who receives the fees",
    }


def test_a_failed_transaction_pays_its_fee_and_nothing_else(tmp_path: Path) -> None:
    answers = block_answers(block(20, transaction(1, 20)), [receipt(1, 20, status="0x0")])
    draft = read(tmp_path, *answers)
    assert set(moves(draft)) == {FEE, "eth:block:20:tips"}
    assert kinds(draft) == ["failed"]
    traced = block_answers(
        block(20, transaction(1, 20)),
        [receipt(1, 20)],
        [frame(error="out of gas", calls=[frame(**{"from": BOB, "to": CAT})])],
    )
    assert set(moves(read(tmp_path, *traced))) == {FEE, "eth:block:20:tips"}


def test_before_byzantium_all_gas_taken_means_failure(tmp_path: Path) -> None:
    def told(gas: int, used: int) -> set[str]:
        old = receipt(1, 20, root=word(1), gasUsed=hex(used))
        del old["status"]
        one = block(20, transaction(1, 20, gas=hex(gas)))
        return {key for key in moves(read(tmp_path, *block_answers(one, [old]))) if ":value" in key}

    assert told(90_000, 50_000) == {VALUE}
    assert told(90_000, 90_000) == set()
    assert told(21_000, 21_000) == {VALUE}


def test_a_creation_pays_the_contract_it_makes(tmp_path: Path) -> None:
    one = block(20, transaction(1, 20, to=None, nonce="0x7"))
    draft = read(tmp_path, exchange("eth_getBlockByNumber", ["0x14", True], one))
    assert moves(draft)[VALUE][1][0] == f"+ eth:{created_address(ANN, 7)}"
    draft = read(tmp_path, *block_answers(one, [receipt(1, 20, contractAddress=CAT)]))
    assert moves(draft)[VALUE][1][0] == f"+ eth:{CAT}"


def test_tokens_by_contract_with_decimals_that_were_asked_for(tmp_path: Path) -> None:
    logs = [log(1, 20, 3, [TRANSFER, topic(ANN), topic(BOB)], word(7))]
    symbol = "0x" + (word(32)[2:] + word(4)[2:] + b"USDT".hex().ljust(64, "0"))
    answers = [
        *block_answers(block(20, transaction(1, 20, value="0x0")), [receipt(1, 20, logs=logs)]),
        exchange("eth_call", [{"to": COIN, "data": "0x313ce567"}, "latest"], word(6)),
        exchange("eth_call", [{"to": COIN, "data": "0x95d89b41"}, "latest"], symbol),
    ]
    draft = read(tmp_path, *answers)
    key = f"eth:{digest('e', 1)}:log:3"
    identity = f"eip155:1/erc20:{COIN}"
    assert moves(draft)[key] == [
        (f"- eth:{ANN}", f"eth/{COIN}", 7),
        (f"+ eth:{BOB}", f"eth/{COIN}", 7),
    ]
    by_symbol = {one.symbol: one for one in draft.commodities}
    assert by_symbol[f"eth/{COIN}"] == Commodity(f"eth/{COIN}", 6, "calls itself USDT", identity)
    assert kinds(draft) == ["zero_value"]
    mine = Commodity("USDT", 6, "Tether", identity.upper().replace("EIP155", "eip155"))
    assert "USDT" in {one.symbol for one in read(tmp_path, *answers, declared=(mine,)).commodities}
    draft = read(tmp_path, *answers[:2])
    assert any("decimals of 1 tokens are unknown" in one for one in draft.warnings)


def test_a_symbol_that_the_chain_needs_is_not_another_commodity(tmp_path: Path) -> None:
    answers = block_answers(block(20, transaction(1, 20)), [receipt(1, 20)])
    for wrong in (Commodity("ETH", 18, "", f"eip155:1/erc20:{COIN}"), Commodity("ETH", 8)):
        with pytest.raises(EarmarkError, match="commodity ETH"):
            read(tmp_path, *answers, declared=(wrong,))
    draft = read(tmp_path, *answers, declared=(Commodity("ETH", 18),))
    assert set(moves(draft)) >= {VALUE}


def test_logs_alone_have_the_time_that_they_tell(tmp_path: Path) -> None:
    topics = [TRANSFER, topic(ANN), topic(BOB)]
    told = [
        log(1, 20, 0, topics, word(7), blockTimestamp=hex(1_700_000_123)),
        log(2, 21, 0, topics, word(8)),
        log(3, 22, 0, topics, word(9), removed=True),
    ]
    draft = read(tmp_path, exchange("eth_getLogs", [{"fromBlock": "0x14"}], told))
    times = [one and one.timestamp() for one in draft.transactions.column("time").to_pylist()]
    assert times == [1_700_000_123, None]
    assert set(draft.lacks) == {"times", "native transfers", "gas"} | {"internal transfers"}
    assert (reasons(draft), draft.ignored) == ([], 1)
    assert any("removed" in one for one in draft.warnings)


def test_of_two_blocks_at_a_height_the_one_with_a_child_counts(tmp_path: Path) -> None:
    other = digest("c", 20)
    lost = block(20, transaction(2, 20, blockHash=other), hash=other)
    kept, child = block(20, transaction(1, 20)), block(21)
    answers = [exchange("eth_getBlockByNumber", [one["number"], True], one) for one in (kept, lost)]
    assert set(moves(read(tmp_path, *answers))) == {f"eth:{digest('e', 2)}:value"}  # asked later
    above = exchange("eth_getBlockByNumber", ["0x15", True], child)
    draft = read(tmp_path, *answers, above)
    assert set(moves(draft)) == {VALUE}
    assert draft.ignored == 1
    assert any("off the chain" in one for one in draft.warnings)


def test_receipts_of_an_unknown_block_are_rejected(tmp_path: Path) -> None:
    answers = block_answers(
        block(20, transaction(1, 20)), [receipt(1, 20, blockHash=digest("c", 20))]
    )
    draft = read(tmp_path, *answers)
    assert reasons(draft) == [
        ("line 2 /result/0", "it names another block than the one at its height")
    ]
    stranger = block_answers(block(20, transaction(1, 20)), [receipt(9, 20)])
    assert reasons(read(tmp_path, *stranger)) == [
        ("line 2 /result/0", "its block does not list this transaction")
    ]


def test_the_same_answer_twice_counts_once(tmp_path: Path) -> None:
    logs = [log(1, 20, 3, [TRANSFER, topic(ANN), topic(BOB)], word(7))]
    answers = block_answers(block(20, transaction(1, 20)), [receipt(1, 20, logs=logs)], [frame()])
    once, twice = read(tmp_path, *answers), read(tmp_path, *answers, *answers)
    assert moves(once) == moves(twice)
    assert twice.ignored > once.ignored
    assert reasons(twice) == []
    lie = block_answers(block(20, transaction(1, 20, value="0x6")), [])[0]
    assert reasons(read(tmp_path, *answers, lie)) == [
        (
            "line 4 /result/transactions/0",
            "the same was answered otherwise before, at line 1 /result/transactions/0",
        )
    ]


def test_failures_are_rejected_unless_they_were_answered_later(tmp_path: Path) -> None:
    question = ["0x14", True]
    good = exchange("eth_getBlockByNumber", question, block(20, transaction(1, 20)))
    bad = [
        exchange("eth_getBlockByNumber", question, status=429, body="slow down"),
        exchange("eth_getBlockByNumber", question, body="<html>sorry</html>"),
        exchange("eth_getBlockByNumber", question, body=good["body"][:90]),
        exchange("eth_getBlockByNumber", question, error={"code": -32000, "message": "busy"}),
        exchange("eth_getBlockByNumber", question, None),
    ]
    draft = read(tmp_path, *bad)
    assert [reason.partition(": ")[2] for _, reason in reasons(draft)] == [
        "the server answered with status 429",
        "the server answered with a web page",
        "the answer is no whole JSON-RPC reply",
        "the node answered with error -32000: busy",
        "the node knows nothing of it (null)",
    ]
    draft = read(tmp_path, *bad, good)
    assert (reasons(draft), draft.ignored, set(moves(draft))) == ([], 5, {VALUE})
    draft = read(tmp_path, good, bad[0])
    assert len(reasons(draft)) == 1
    nothing = exchange("trace_block", ["0x14"], error={"code": -32601, "message": "no such method"})
    draft = read(tmp_path, good, nothing)
    assert (reasons(draft), draft.ignored) == ([], 1)


def test_broken_lines_and_rows_never_end_the_run(tmp_path: Path) -> None:
    good = exchange("eth_getBlockByNumber", ["0x14", True], block(20, transaction(1, 20)))
    odd: list[Any] = [
        exchange("eth_getBlockByNumber", ["0x15", True], {"number": 21}),
        exchange(
            "eth_getBlockByNumber", ["0x16", True], block(22, transaction(2, 22, value="1.5"))
        ),
        exchange("eth_getBlockByNumber", ["0x17", True], block(23, timestamp=hex(1 << 60))),
        exchange("debug_traceTransaction", [], frame()),
        exchange("debug_traceTransaction", [digest("e", 7)], frame(value="-1")),
        exchange("eth_getTransactionReceipt", [digest("e", 1)], receipt(1, 20, status="0x2")),
        exchange(
            "eth_getTransactionReceipt", [digest("e", 1)], receipt(1, 20, effectiveGasPrice="0x1")
        ),
        "not JSON at all\n",
        json.dumps(good)[:100],
    ]
    draft = read(tmp_path, good, *odd)
    assert set(moves(draft)) == {VALUE}
    assert len(reasons(draft)) == len(odd)
    deep = '{"calls":[' * 5000 + "]}" * 5000
    draft = read(
        tmp_path,
        good,
        exchange("debug_traceTransaction", [digest("e", 1)], body=f'{{"result":{deep}}}'),
    )
    assert len(reasons(draft)) == 1


@pytest.mark.parametrize("is_reply", [True, False])
def test_plain_files_are_known_by_their_shape(tmp_path: Path, is_reply: bool) -> None:  # noqa: FBT001
    results = {
        "block.json": block(20, transaction(1, 20)),
        "receipts.json": [receipt(1, 20)],
        "one.json": transaction(1, 20),
        "traces.json": [{"txHash": digest("e", 1), "result": frame()}],
        "logs.json": [log(1, 20, 0, [TRANSFER, topic(ANN), topic(BOB)], word(3))],
        "page.json": "<html></html>",
        "id.json": "0x1",
        "half.json": '{"number": "0x',
    }
    for name, result in results.items():
        told = {"jsonrpc": "2.0", "id": 1, "result": result} if is_reply else result
        is_raw = isinstance(result, str) and name != "id.json"
        (tmp_path / name).write_text(str(result) if is_raw else json.dumps(told), "utf-8")
    draft = read_files(tmp_path, *results)
    assert set(moves(draft)) >= {VALUE, FEE, f"eth:{digest('e', 1)}:log:0"}
    assert len(reasons(draft)) == 3
    prefix = "/result" if is_reply else ""
    assert draft.transactions.column("locator")[0].as_py() == f"block.json {prefix}/transactions/0"


def test_one_source_is_of_one_chain(tmp_path: Path) -> None:
    told = exchange("eth_getBlockByNumber", ["0x14", True], block(20, transaction(1, 20)))
    with pytest.raises(EarmarkError, match="several chains"):
        read(tmp_path, exchange("eth_chainId", [], "0x2105"), told)
    with pytest.raises(EarmarkError, match="several chains"):
        read(tmp_path, told, chain=10)
    there = block(20, transaction(1, 20, chainId="0x2105"))
    draft = read(tmp_path, *block_answers(there, [receipt(1, 20)], [frame()]))
    value = moves(draft)[f"base:{digest('e', 1)}:value"]
    assert value == [(f"- base:{ANN}", "ETH.base", 5), (f"+ base:{BOB}", "ETH.base", 5)]
    assert moves(draft)[f"base:{digest('e', 1)}:fee"][1] == (
        "+ base:fees",
        "ETH.base",
        50_000 * PRICE,
    )
    assert draft.lacks == ("who receives the fees",)


def test_fees_of_blobs_and_of_the_chain_below(tmp_path: Path) -> None:
    one = receipt(1, 20, blobGasUsed="0x64", blobGasPrice="0x3", l1Fee="0x9")
    draft = read(tmp_path, *block_answers(block(20, transaction(1, 20)), [one], [frame()]))
    assert moves(draft)[FEE][1:] == [
        ("+ eth:burned", "ETH", 50_000 * BASE + 300),
        ("+ eth:fees", "ETH", 50_000 * (PRICE - BASE) + 9),
    ]


def test_rewards_by_schedule_or_by_traces_and_withdrawals(tmp_path: Path) -> None:
    uncle = {**block(4_369_998), "miner": CAT}
    mined = block(4_370_000, difficulty="0x5", uncles=[uncle["hash"]])
    answer = exchange("eth_getBlockByNumber", ["0x42ae50", True], mined)
    ether = 10**18
    draft = read(tmp_path, answer)
    assert draft.lacks == ("rewards of uncles",)
    asked = exchange("eth_getUncleByBlockNumberAndIndex", ["0x42ae50", "0x0"], uncle)
    paid = moves(read(tmp_path, answer, asked))
    assert paid[f"eth:block:4370000:reward:{MINER}"][1][2] == 3 * ether + 3 * ether // 32
    assert paid[f"eth:block:4370000:reward:{CAT}"][1][2] == 3 * ether * 6 // 8
    rows = [
        {
            "type": "reward",
            "action": {"author": author, "value": hex(wei), "rewardType": kind},
            "traceAddress": [],
            "blockNumber": 4_370_000,
            "blockHash": mined["hash"],
        }
        for author, wei, kind in ((MINER, 7, "block"), (MINER, 2, "uncle"), (CAT, 3, "uncle"))
    ]
    traced = exchange("trace_block", ["0x42ae50"], rows)
    paid = moves(read(tmp_path, answer, traced, traced))
    assert [one[1][2] for one in paid.values()] == [9, 3]
    staked = block(20, withdrawals=[{"index": "0x4d", "address": CAT, "amount": "0x20"}])
    draft = read(tmp_path, exchange("eth_getBlockByNumber", ["0x14", True], staked))
    assert moves(draft) == {
        "eth:withdrawal:77": [
            ("- eth:issued", "ETH", 32 * 10**9),
            (f"+ eth:{CAT}", "ETH", 32 * 10**9),
        ]
    }


@pytest.mark.parametrize(("is_new", "payee"), [(True, COIN), (False, "burned")])
def test_a_contract_that_destroys_itself_in_its_own_favour(
    tmp_path: Path,
    is_new: bool,  # noqa: FBT001
    payee: str,
) -> None:
    end = frame(**{"type": "SELFDESTRUCT", "from": COIN, "to": COIN})
    one = block(20, transaction(1, 20), **({"excessBlobGas": "0x0"} if is_new else {}))
    one["timestamp"] = hex(1_600_000_000)
    draft = read(tmp_path, *block_answers(one, [receipt(1, 20)], [frame(to=COIN, calls=[end])]))
    assert moves(draft)[f"eth:{digest('e', 1)}:call:0"][1] == (f"+ eth:{payee}", "ETH", 5)
    made = frame(type="CREATE", to=COIN, calls=[end])
    draft = read(tmp_path, *block_answers(one, [receipt(1, 20)], [made]))
    assert moves(draft)[f"eth:{digest('e', 1)}:call:0"][1] == ("+ eth:burned", "ETH", 5)


def test_otterscan_lists_calls_without_their_addresses(tmp_path: Path) -> None:
    rows = [
        {"type": 0, "from": ANN, "to": BOB, "value": "0x5"},
        {"type": 0, "from": BOB, "to": CAT, "value": "0x3"},
    ]
    answers = block_answers(block(20, transaction(1, 20)), [receipt(1, 20)])
    draft = read(tmp_path, *answers, exchange("ots_getInternalOperations", [digest("e", 1)], rows))
    found = [key for key in moves(draft) if ":ots:" in key]
    assert found == [f"eth:{digest('e', 1)}:ots:1"]
    assert draft.lacks == ()


def test_a_deposit_from_the_chain_below_is_issued(tmp_path: Path) -> None:
    one = block(20, transaction(1, 20, mint="0x9", chainId="0xa"))
    draft = read(tmp_path, exchange("eth_getBlockByNumber", ["0x14", True], one))
    key = f"optimism:{digest('e', 1)}:mint"
    assert next(iter(moves(draft))) == key
    assert moves(draft)[key][0] == ("- optimism:issued", "ETH.optimism", 9)


def test_parts_of_a_trace_are_moved_and_said_to_be_unsure(tmp_path: Path) -> None:
    def flat(path: list[int], payer: str, payee: str) -> dict[str, Any]:
        return {
            "type": "call",
            "action": {"callType": "call", "from": payer, "to": payee, "value": "0x3"},
            "traceAddress": path,
            "blockNumber": 20,
            "blockHash": digest("b", 20),
            "transactionHash": digest("e", 1),
            "transactionPosition": 0,
        }

    answers = block_answers(block(20, transaction(1, 20)), [receipt(1, 20)])
    part = exchange("trace_filter", [{}], [flat([1, 0], BOB, CAT)])
    draft = read(tmp_path, *answers, part)
    assert f"eth:{digest('e', 1)}:call:1.0" in moves(draft)
    assert "internal transfers" in draft.lacks
    assert any("stand without the calls above them" in one for one in draft.warnings)
    whole = [flat([], ANN, BOB), flat([1], BOB, COIN), flat([1, 0], BOB, CAT)]
    draft = read(tmp_path, *answers, part, exchange("trace_transaction", [digest("e", 1)], whole))
    assert draft.lacks == ()
    alone = read(tmp_path, exchange("trace_transaction", [digest("e", 1)], whole))
    assert set(moves(alone)) == {
        f"eth:{digest('e', 1)}:{end}" for end in ("value", "call:1", "call:1.0")
    }


def test_a_wrap_is_a_link_and_an_order(tmp_path: Path) -> None:
    deposit = log(1, 20, 4, [DEPOSIT, topic(ANN)], word(5), address=WETH)
    one = block(20, transaction(1, 20, to=WETH))
    draft = read(tmp_path, *block_answers(one, [receipt(1, 20, logs=[deposit])], [frame(to=WETH)]))
    (link,) = draft.links
    key = f"eth:{digest('e', 1)}:log:4"
    assert moves(draft)[key] == [
        ("- eth:issued", f"eth/{WETH}", 5),
        (f"+ eth:{ANN}", f"eth/{WETH}", 5),
    ]
    assert (link.outs[0].key, link.ins[0].key) == (VALUE, key)
    elsewhere = log(1, 20, 4, [DEPOSIT, topic(ANN)], word(5), address=COIN)
    answers = block_answers(
        block(20, transaction(1, 20, to=COIN)), [receipt(1, 20, logs=[elsewhere])]
    )
    assert read(tmp_path, *answers).links == ()
    assert len(read(tmp_path, *answers, wrapped=[COIN]).links) == 1
    with pytest.raises(EarmarkError, match="wrapped"):
        read(tmp_path, *answers, wrapped=["0x123"])
