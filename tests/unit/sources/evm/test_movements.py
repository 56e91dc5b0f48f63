"""The core under every EVM format: logs by their shape, traces of both kinds, fees, order, links."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pyarrow as pa
import pytest
from Crypto.Hash import keccak
from hypothesis import given
from hypothesis import strategies as st

from earmark.ledger import schema
from earmark.ledger.builder import build
from earmark.ledger.draft import Draft
from earmark.ledger.ledger import Ledger
from earmark.ledger.values import LegName, Link
from earmark.sources.evm import logs
from earmark.sources.evm.chains import ZERO, chain_of
from earmark.sources.evm.drafting import draft_of, ordered
from earmark.sources.evm.logs import Log, add_log, transfer
from earmark.sources.evm.movements import At, Movement, Payment, Pile, internal_call, native_value
from earmark.sources.evm.receipts import Cost, created_address, split
from earmark.sources.evm.rewards import block_reward, uncle_reward
from earmark.sources.evm.rpc_tokens import DECIMALS, NAME, SYMBOL
from earmark.sources.evm.texts import CellError
from earmark.sources.evm.traces import Flat, Frame, traced_flat, traced_frames

ANN, BOB, CAT, COIN = ("0x" + letter * 40 for letter in "abc1")
WETH = "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2"
ETH = chain_of(1)
AT = At(20, 1_700_000_000, 3, "0x" + "e" * 64)
IN_COIN = ETH.erc20(COIN)


def topic(address: str) -> str:
    return "0x" + address[2:].rjust(64, "0")


def piled(*topics: str, data: bytes = b"", contract: str = COIN, number: int = 0) -> Pile:
    pile = Pile()
    add_log(pile, ETH, Log(AT, number, contract, topics, data, "line 1"))
    return pile


def word(number: int) -> bytes:
    return number.to_bytes(32)


@pytest.mark.parametrize(
    ("digest", "text"),
    [
        (logs.TRANSFER, "Transfer(address,address,uint256)"),
        (logs.APPROVAL, "Approval(address,address,uint256)"),
        (logs.DEPOSIT, "Deposit(address,uint256)"),
        (logs.WITHDRAWAL, "Withdrawal(address,uint256)"),
        (logs.TRANSFER_SINGLE, "TransferSingle(address,address,address,uint256,uint256)"),
        (logs.TRANSFER_BATCH, "TransferBatch(address,address,address,uint256[],uint256[])"),
        (DECIMALS, "decimals()"),
        (SYMBOL, "symbol()"),
        (NAME, "name()"),
    ],
)
def test_signatures_are_the_hashes_of_their_texts(digest: str, text: str) -> None:
    whole = "0x" + keccak.new(digest_bits=256, data=text.encode()).hexdigest()
    assert whole[: len(digest)] == digest


def test_the_shape_of_a_transfer_decides() -> None:
    parties = logs.TRANSFER, topic(ANN), topic(BOB)
    (token,) = piled(*parties, data=word(7)).movements
    assert [(leg.identity, leg.quantity) for leg in token.legs] == [(IN_COIN, 7)] * 2
    (item,) = piled(*parties, f"0x{9:064x}").movements
    assert [(leg.identity, leg.quantity) for leg in item.legs] == [(ETH.erc721(COIN, 9), 1)] * 2
    odd = [
        piled(logs.TRANSFER, data=word(1) + word(2) + word(7)),
        piled(*parties, data=word(7) + b"\0"),
        piled(*parties),
        piled(*parties, f"0x{9:064x}", data=word(7)),
        piled(logs.TRANSFER, topic(ANN).replace("0x00", "0x01"), topic(BOB), data=word(7)),
    ]
    for pile in odd:
        assert pile.movements == []
        assert [one.kind for one in pile.observations] == ["odd_transfer"]


def test_what_is_no_transfer_moves_nothing() -> None:
    approval = piled(logs.APPROVAL, topic(ANN), topic(BOB), data=word(7))
    assert (approval.movements, approval.ignored.total()) == ([], 1)
    assert piled().ignored.total() == 1
    batch = piled(logs.TRANSFER_BATCH, topic(ANN), topic(ANN), topic(BOB), data=word(7))
    assert [one.kind for one in batch.observations] == ["erc1155_transfer"]
    foreign = piled(logs.DEPOSIT, topic(ANN), data=word(7))
    assert (foreign.movements, foreign.ignored.total()) == ([], 1)
    odd = piled(logs.DEPOSIT, topic(ANN), contract=WETH)
    assert [one.kind for one in odd.observations] == ["odd_wrap"]


def test_nothing_and_too_much_are_observations() -> None:
    for quantity, kind in ((0, "zero_value"), (10**38, "too_large"), (2**256 - 1, "too_large")):
        pile = piled(logs.TRANSFER, topic(ANN), topic(BOB), data=word(quantity))
        assert (pile.movements, [one.kind for one in pile.observations]) == ([], [kind])
    most = piled(logs.TRANSFER, topic(ANN), topic(BOB), data=word(10**38 - 1))
    assert len(most.movements) == 1


def test_the_zero_address_mints_and_burns_tokens_but_holds_the_coin() -> None:
    (minted,) = piled(logs.TRANSFER, topic(ZERO), topic(BOB), data=word(7)).movements
    (burned,) = piled(logs.TRANSFER, topic(ANN), topic(ZERO), data=word(7)).movements
    assert (minted.legs[0].holder, minted.kind) == ("eth:issued", "issuance")
    assert burned.legs[1].holder == "eth:burned"
    paid = native_value(ETH, AT, Payment(ANN, ZERO, 7), "line 1")
    assert paid.legs[1].holder == f"eth:{ZERO}"


@pytest.mark.parametrize(
    ("number", "namespace", "symbol"),
    [
        (1, "eth", "ETH"),
        (10, "optimism", "ETH.optimism"),
        (137, "polygon", "POL"),
        (7, "evm-7", "NATIVE.evm-7"),
    ],
)
def test_chains_have_names(number: int, namespace: str, symbol: str) -> None:
    chain = chain_of(number)
    assert (chain.namespace, chain.symbol, chain.native) == (
        namespace,
        symbol,
        f"eip155:{number}/slip44:60",
    )


def test_a_fee_is_split_and_never_below_its_base() -> None:
    assert split(ETH, Cost(10, 7), 5) == (50, 20)
    assert split(ETH, Cost(10, 7), None) == (0, 70)
    assert split(ETH, Cost(10, 7, blob_gas_used=3, blob_price=2, layer_one=1), 5) == (56, 21)
    assert split(chain_of(56), Cost(10, 7), 5) == (0, 70)
    with pytest.raises(CellError, match="below the block's base fee"):
        split(ETH, Cost(10, 4), 5)


def test_addresses_of_new_contracts() -> None:
    maker = "0x6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0"
    expected = (
        "0xcd234a471b72ba2f1ccf0a70fcaba648a5eecd8d",
        "0x343c43a37d37dff08ae8c4a11544c718abb4fcf8",
        "0xf778b86fa74e846c4f0a1fbd1335fe81c00a0c91",
        "0xfffd933a0bc612844eaf0c6fe3e5b8e9b6c1d19c",
    )
    assert tuple(created_address(maker, nonce) for nonce in range(4)) == expected
    assert len({created_address(maker, nonce) for nonce in (127, 128, 255, 256, 2**63)}) == 5


def test_the_schedule_of_rewards() -> None:
    ether = 10**18
    assert [block_reward(one, 0) // ether for one in (1, 4_369_999, 4_370_000, 7_280_000)] == [
        5,
        5,
        3,
        2,
    ]
    assert block_reward(1, 2) == 5 * ether + 2 * 5 * ether // 32
    assert [uncle_reward(100, one) for one in (99, 94)] == [5 * ether * 7 // 8, 5 * ether * 2 // 8]
    for distance in (0, 7, -1):
        with pytest.raises(ValueError, match="one to six blocks"):
            uncle_reward(100, 100 - distance)


def frame(kind: str = "CALL", value: int = 5, *inside: object, **more: object) -> dict[str, object]:
    ends = {"from": ANN, "to": BOB} | more
    return {"type": kind, "value": hex(value), "calls": list(inside), **ends}


def paths(told: dict[str, object]) -> list[tuple[int, ...]]:
    return [one.path for one in traced_frames(msgspec.convert(told, Frame), "").calls]


def test_value_moves_by_calls_that_stand() -> None:
    told = frame(
        "CALL",
        5,
        frame("DELEGATECALL", 5, frame("CALL", 1)),
        frame("CALLCODE", 5),
        frame("STATICCALL", 0),
        frame("CALL", 5, frame("CALL", 1), frame("CREATE", 2), error="reverted"),
        frame("CREATE2", 3),
        frame("SELFDESTRUCT", 4),
        frame("CALL", 0, frame("CALL", 6)),
    )
    assert paths(told) == [(), (0, 0), (4,), (5,), (6, 0)]
    failed = traced_frames(msgspec.convert(told | {"error": "no"}, Frame), "")
    assert (failed.calls, failed.has_failed, failed.idle) == ((), True, 12)


def test_the_machines_own_contracts_are_passed_over_as_parity_does() -> None:
    own = "0x" + "0" * 39 + "2"
    told = frame(
        "CALL", 5, frame("STATICCALL", 0, to=own), frame("CALL", 1), frame("CALL", 2, to=own)
    )
    assert paths(told) == [(), (0,), (1,)]


@pytest.mark.parametrize("kind", ["CALL", "CALLCODE", "DELEGATECALL", "STATICCALL"])
def test_every_kind_of_idle_call_to_the_machines_own_contracts_is_passed_over(kind: str) -> None:
    own = "0x" + "0" * 39 + "4"
    shown_wei = 5 if kind == "DELEGATECALL" else 0
    told = frame("CALL", 5, frame(kind, shown_wei, to=own), frame("CALL", 1))
    assert paths(told) == [(), (0,)]
    assert paths(frame("CALL", 5, frame(kind, 0), frame("CALL", 1))) == [(), (1,)]


def test_what_moves_value_to_the_machines_own_contracts_is_counted() -> None:
    own = "0x" + "0" * 39 + "4"
    idle = (frame("CALLCODE", 1, to=own), frame("SELFDESTRUCT", 0, to=own))
    assert paths(frame("CALL", 5, *idle, frame("CALL", 1))) == [(), (2,)]


def flat(path: list[int], kind: str = "call", call: str = "call", **more: object) -> Flat:
    action = {"from": ANN, "to": BOB, "value": "0x5", "callType": call}
    if kind == "suicide":
        action = {"address": ANN, "refundAddress": BOB, "balance": "0x5"}
    return msgspec.convert({"action": action, "type": kind, "traceAddress": path, **more}, Flat)


def test_flat_traces_fall_with_what_is_above_them() -> None:
    rows = [
        flat([]),
        flat([0], error="Reverted"),
        flat([0, 0]),
        flat([0, 0, 1]),
        flat([1], call="delegatecall"),
        flat([1, 0]),
        flat([2], "suicide"),
        flat([3], "create", result={"address": CAT}),
    ]
    told = traced_flat([(row, "line 1") for row in rows])
    assert [one.path for one in told.calls] == [(), (1, 0), (2,), (3,)]
    assert (told.idle, told.is_whole, told.created) == (4, True, frozenset({CAT}))
    assert told.calls[-1].payee == CAT
    assert not traced_flat([(flat([1, 0]), "line 1")]).is_whole
    with pytest.raises(CellError, match="same trace address"):
        traced_flat([(flat([]), "a"), (flat([]), "b")])
    with pytest.raises(CellError, match="deeper"):
        traced_flat([(flat([0] * 1025), "a")])


def call(number: int, payer: str, payee: str, wei: int) -> Movement:
    return internal_call(ETH, AT, (number,), Payment(payer, payee, wei), "line 1")


def wrap(number: int, holder: str, quantity: int, *, sign: int = 1) -> Movement:
    parties = (ZERO, holder) if sign > 0 else (holder, ZERO)
    one = transfer(ETH, AT, number, ETH.erc20(WETH), Payment(*parties, quantity), "line 1")
    return one._replace(wraps=sign)


def laid(*movements: Movement) -> tuple[list[str], int, int]:
    """Return the ends of the keys in order, the number of links, and of findings."""
    pile = Pile(movements=list(movements))
    found = ordered(pile, ETH)
    keys = [one.key.partition(AT.ref)[2] for one in found.movements]
    return keys, len(found.links), len(pile.findings)


def test_calls_and_logs_are_laid_so_that_links_are_paid_first() -> None:
    keys, links, findings = laid(
        call(0, ANN, WETH, 5), call(1, WETH, ANN, 5), wrap(3, ANN, 5), wrap(8, ANN, 5, sign=-1)
    )
    assert keys == [":call:0", ":log:3", ":log:8", ":call:1"]
    assert (links, findings) == (2, 0)


def test_an_order_that_is_impossible_is_a_finding() -> None:
    keys, links, findings = laid(
        call(0, WETH, ANN, 5), call(1, ANN, WETH, 7), wrap(3, ANN, 7), wrap(8, ANN, 5, sign=-1)
    )
    assert keys == [":call:0", ":call:1", ":log:3", ":log:8"]
    assert (links, findings) == (1, 1)


def test_a_transfer_beside_a_deposit_is_not_counted_twice() -> None:
    mint = transfer(ETH, AT, 2, ETH.erc20(WETH), Payment(ZERO, ANN, 5), "line 1")
    pile = Pile(movements=[call(0, ANN, WETH, 5), mint, wrap(3, ANN, 5)])
    found = ordered(pile, ETH)
    assert [one.key.partition(AT.ref)[2] for one in found.movements] == [":call:0", ":log:2"]
    assert (len(found.links), pile.ignored.total()) == (1, 1)


MOVES = st.lists(
    st.tuples(st.sampled_from(["wrap", "unwrap", "pay"]), st.integers(1, 3)), max_size=8
)


@given(MOVES, MOVES)
def test_every_link_is_out_before_in_and_orders_are_kept(
    calls: list[tuple[str, int]], told: list[tuple[str, int]]
) -> None:
    parties = {"wrap": (ANN, WETH), "unwrap": (WETH, ANN), "pay": (ANN, BOB)}
    paid = [call(place, *parties[kind], wei) for place, (kind, wei) in enumerate(calls)]
    logged = [
        wrap(place, ANN, wei, sign=1 if kind == "wrap" else -1)
        for place, (kind, wei) in enumerate(told)
        if kind != "pay"
    ]
    pile = Pile(movements=[*paid, *logged])
    found = ordered(pile, ETH)
    keys = [one.key for one in found.movements]
    assert sorted(keys) == sorted(one.key for one in (*paid, *logged))
    assert [one for one in found.movements if one in paid] == paid
    assert [one for one in found.movements if one in logged] == logged
    for link in found.links:
        assert keys.index(link.outs[0].key) < keys.index(link.ins[0].key)
    linked = [name.key for link in found.links for name in (*link.outs, *link.ins)]
    assert len(set(linked)) == len(linked)


def ledger_of(*drafts: Draft) -> Ledger:
    rows = [
        {"source": number, "path": f"{number}", "sha256": f"{number:064}"}
        for number in range(len(drafts))
    ]
    sources = pa.Table.from_pylist(rows, schema=schema.SOURCES)
    return build(drafts, sources, (), "late").ledger


def test_a_link_that_two_sources_tell_is_one_and_falls_with_a_refused_row() -> None:
    pile = Pile(movements=[call(0, ANN, WETH, 5), wrap(3, ANN, 5)])
    draft = draft_of(pile, ETH, (("a", "0" * 64),), {})
    assert ledger_of(draft, draft).tables["links"].num_rows == 2
    legs = draft.legs.to_pylist()
    legs[0]["quantity"] += 1  # the payment no longer conserves
    broken = replace(draft, legs=pa.Table.from_pylist(legs, schema=schema.DRAFT_LEGS))
    ledger = ledger_of(broken)
    assert ledger.tables["links"].num_rows == 0
    assert ledger.column("findings", "kind").to_pylist() == ["link_refused"]
    nothing = Link(
        "x", "recorded", (LegName("no such key", 1),), (LegName(pile.movements[1].key, 2),)
    )
    with pytest.raises(Exception, match="no transaction with the key"):
        ledger_of(replace(draft, links=(nothing,)))
