"""A history made on a real EVM node: every way in which coin, tokens and items move, and fail to move."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.nodes.rpc import call

CONTRACTS = Path(__file__).parent / "contracts"
COMPILED = json.loads((CONTRACTS / "compiled.json").read_text("utf-8"))
ETHER = 10**18
MINED_S = 20
PROPOSER = "0x" + "c0" * 20
DESTROYED_TO_CALLER = "0x6133ff6000526002601ef3"
"""Makes a contract whose code is CALLER, SELFDESTRUCT."""
DESTROYED_AT_ONCE = "0x30ff"
"""Makes no contract: its making destroys it in its own favour (ADDRESS, SELFDESTRUCT)."""


def address(number: int) -> str:
    """Return an address that nobody had."""
    return f"0x{number:040x}"


def words(*values: int | str) -> str:
    """Return arguments as 32-byte words: numbers and addresses."""
    numbers = (int(one, 16) if isinstance(one, str) else one for one in values)
    return "".join(f"{one:064x}" for one in numbers)


@dataclass
class Maker:
    """Sends transactions to one node; ``funded`` are its accounts."""

    url: str
    funded: list[str]
    is_mining: bool = True

    def ask(self, method: str, *params: object) -> Any:
        return call(self.url, method, *params)

    def send(
        self, payer: str, payee: str | None, wei: int = 0, data: str = "0x", **more: str
    ) -> str:
        """Send a transaction and return its hash; gas is given, so that failing ones are mined too."""
        told = {"from": payer, "value": hex(wei), "data": data, "gas": hex(2_000_000), **more}
        if payee is not None:
            told["to"] = payee
        found: str = self.ask("eth_sendTransaction", told)
        if self.is_mining:
            self.receipt(found)
        return found

    def receipt(self, transaction: str) -> dict[str, Any]:
        """Return a receipt; the node mines at once, but not before it answers."""
        until = time.monotonic() + MINED_S
        while time.monotonic() < until:
            found: dict[str, Any] | None = self.ask("eth_getTransactionReceipt", transaction)
            if found is not None:
                return found
            time.sleep(0.01)
        raise AssertionError(f"{transaction} was not mined")

    def mine_together(self, *, is_on: bool) -> None:
        """Keep transactions back, or mine what was kept back in one block."""
        if not is_on:
            self.ask("evm_mine")
        self.ask("evm_setAutomine", not is_on)
        self.is_mining = not is_on

    def use(
        self, payer: str, contract: str, function: str, *values: int | str, wei: int = 0
    ) -> str:
        """Call a function by its name and arguments."""
        return self.send(payer, contract, wei, selector(function) + words(*values))

    def make(self, payer: str, code: str, arguments: str = "", wei: int = 0) -> str:
        """Make a contract and return its address."""
        found: str = self.receipt(self.send(payer, None, wei, code + arguments))["contractAddress"]
        return found

    def height(self) -> int:
        return int(self.ask("eth_blockNumber"), 16)


def selector(function: str) -> str:
    """Return the first four bytes of a function by its name, whichever contract has it."""
    for one in COMPILED.values():
        for signature, digits in one["functions"].items():
            if signature.partition("(")[0] == function:
                return f"0x{int(digits, 16):08x}"
    raise KeyError(function)


def symbol_and_decimals(symbol: str, decimals: int) -> str:
    """Return a token's creating arguments."""
    text = symbol.encode().ljust(32, b"\0").hex()
    return words(64, decimals, len(symbol)) + text


@dataclass(frozen=True)
class History:
    """What was made: contracts, people, named transactions."""

    token: str
    look_alike: str
    wrapped: str
    items: str
    router: str
    thief: str
    hop: str
    exit: str
    theft: str
    last: int


def make_history(maker: Maker) -> History:
    """Make everything; the blocks are mined one by one, and one of them with several transactions."""
    maker.ask("anvil_setCoinbase", PROPOSER)
    one, two, three, four, five = maker.funded[:5]
    contracts = _contracts(maker, one)
    token, look_alike, wrapped, items, router = contracts
    thief, hop, exit_ = four, five, address(0xE817)
    _coin(maker, one, two, router)
    _tokens(maker, one, two, router, (token, look_alike))
    _items(maker, one, two, items)
    _destructions(maker, three)
    _wraps(maker, two, router, wrapped)
    _one_block(maker, one, two, wrapped, token)
    theft = maker.send(one, thief, 5 * ETHER)
    maker.use(thief, wrapped, "deposit", wei=3 * ETHER)
    maker.use(thief, wrapped, "transfer", hop, 3 * ETHER)
    maker.use(hop, wrapped, "withdraw", 3 * ETHER)
    maker.use(hop, token, "approve", router, 0)
    maker.use(hop, router, "forward", token, exit_, 0, wei=2 * ETHER)
    return History(*contracts, thief, hop, exit_, theft, maker.height())


def _contracts(maker: Maker, payer: str) -> tuple[str, str, str, str, str]:
    token, wrapped, item, router = (
        COMPILED[name]["code"] for name in ("token", "wrapped", "item", "router")
    )
    return (
        maker.make(payer, token, symbol_and_decimals("USDX", 6)),
        maker.make(payer, token, symbol_and_decimals("USDX", 18)),
        maker.make(payer, wrapped),
        maker.make(payer, item),
        maker.make(payer, router),
    )


def _coin(maker: Maker, one: str, two: str, router: str) -> None:
    """Pay, fail, revert inside, create with value, tip the proposer, ask the machine's own contract."""
    maker.send(one, two, ETHER)
    maker.send(one, one, 7)
    maker.send(one, address(0xFEED), 0)
    maker.send(one, address(0), 11)
    maker.use(one, router, "fail", wei=3 * ETHER)
    maker.use(one, router, "try_in_vain", address(0xFA11), wei=13)
    maker.use(one, router, "tip", wei=17)
    maker.use(one, router, "create", router, wei=19)
    maker.use(one, router, "hash_and_pay", address(0xA5), wei=23)
    maker.send(two, address(0x01D), 29, gasPrice=hex(5 * 10**9))


def _tokens(maker: Maker, one: str, two: str, router: str, tokens: tuple[str, str]) -> None:
    for number, token in enumerate(tokens, start=1):
        maker.use(one, token, "mint", one, 1_000_000 * number)
        maker.use(one, token, "transfer", two, 250_000 * number)
        maker.use(one, token, "transfer", two, 0)
        maker.use(two, token, "burn", 50_000 * number)
        maker.use(two, token, "transfer", one, 10**30)  # more than there is: it fails
        maker.use(one, token, "approve", router, 2**255)
        maker.use(one, router, "forward", token, address(0xF0), 1_000 * number, wei=31)
    maker.use(one, tokens[1], "mint", address(0xB16), 10**38)


def _items(maker: Maker, one: str, two: str, items: str) -> None:
    maker.use(one, items, "mint", one, 7)
    maker.use(one, items, "mint", one, 2**256 - 1)
    maker.send(one, items, 0, "0x23b872dd" + words(one, two, 7))
    maker.use(one, items, "burn", 2**256 - 1)


def _destructions(maker: Maker, payer: str) -> None:
    contract = maker.make(payer, DESTROYED_TO_CALLER, wei=37)
    maker.send(payer, contract, 41)
    maker.make(payer, DESTROYED_AT_ONCE, wei=43)


def _wraps(maker: Maker, payer: str, router: str, wrapped: str) -> None:
    maker.use(payer, wrapped, "deposit", wei=2 * ETHER)
    maker.send(payer, wrapped, 3)
    maker.use(payer, wrapped, "withdraw", ETHER)
    maker.use(payer, router, "wrap", wrapped, address(0x3AB), wei=47)
    maker.use(payer, router, "round_trip", wrapped, address(0x3AC), wei=53)


def _one_block(maker: Maker, one: str, two: str, wrapped: str, token: str) -> None:
    maker.mine_together(is_on=True)
    maker.send(one, two, 59)
    maker.use(two, wrapped, "deposit", wei=61)
    maker.use(one, token, "transfer", two, 67)
    maker.send(two, address(0xFEE), 71)
    maker.mine_together(is_on=False)
