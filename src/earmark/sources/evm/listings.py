"""Lists of an explorer as movements: keys that every list agrees on, and amounts in smallest units."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from earmark.sources.evm import movements as made
from earmark.sources.evm.commodities import DISPLAY, DISPLAY_EXPONENT, Token
from earmark.sources.evm.failures import observe_failed
from earmark.sources.evm.logs import transfer
from earmark.sources.evm.movements import At, Movement, Payment, Pile
from earmark.sources.evm.texts import CellError, amount_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from earmark.ledger.values import Commodity
    from earmark.sources.evm.chains import Chain
    from earmark.sources.evm.etherscan_rows import Listed
    from earmark.sources.evm.movements import Leg

COPIES = "rows that another list or page tells too"
_UNKNOWN_PLACE = 1 << 32
_KEEPS_VALUE = frozenset({"delegatecall", "staticcall", "callcode"})


@dataclass
class Found:
    """The pile of a source's lists, and what is known of its tokens, by contract as identities spell it."""

    chain: Chain
    declared: dict[str, int]
    pile: Pile = field(default_factory=Pile)
    tokens: dict[str, Token] = field(default_factory=dict)
    places: dict[str, At] = field(default_factory=dict)
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    told: dict[str, tuple[Leg, ...]] = field(default_factory=dict)
    displayed: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)

    def add(self, movement: Movement) -> None:
        """Add a movement that is not there yet; a copy is counted, one that says otherwise rejected."""
        before = self.told.setdefault(movement.key, movement.legs)
        if before is movement.legs:
            self.pile.add(movement)
        elif before == movement.legs:
            self.pile.ignored[COPIES] += 1
        else:
            reason = "another list of this source says otherwise of the same movement"
            self.pile.reject(movement.locator, reason, movement.key)

    def observe_failed(self, movement: Movement) -> None:
        """Observe the value of a failed transaction, once: it did not move."""
        if self.told.setdefault(movement.key, ()):
            reason = "another list of this source says that it went through"
            self.pile.reject(movement.locator, reason, movement.key)
        elif movement.key in self.failed:
            self.pile.ignored[COPIES] += 1
        else:
            self.failed.add(movement.key)
            observe_failed(self.pile, movement, self.chain.symbol)


def movements_of(
    rows: Sequence[Listed], chain: Chain, commodities: Mapping[str, Commodity]
) -> Found:
    """Return the movements of rows in reading order; ``commodities`` are those that the case declares."""
    declared = _declared(chain, commodities)
    found = Found(chain, declared)
    _find_places(found, rows)
    for row in rows:
        if row.listing == "erc20":
            _note_token(found, row)
    for number, row in enumerate(rows):
        try:
            _ADDERS[row.listing](found, row, number)
        except CellError as error:
            found.pile.reject(row.locator, str(error), f"{row.hash} {row.amount}")
    if found.displayed:
        found.pile.warnings.append(
            f"nothing says how many decimals {len(found.displayed)} tokens have "
            f"({', '.join(sorted(found.displayed)[:5])}): their amounts stand as displayed, in a commodity "
            "of their own; declare a [[commodity]] with the token's identity and exponent"
        )
    return found


def _declared(chain: Chain, commodities: Mapping[str, Commodity]) -> dict[str, int]:
    """Return the exponents that are known, by identity.

    An earlier source that knows no decimals counts a token in smallest units under its contract's name:
    its exponent of zero is no knowledge, and to scale displayed amounts by it would be wrong.
    """
    return {
        one.identity.lower(): one.exponent
        for one in commodities.values()
        if one.identity and (one.exponent or not one.symbol.startswith(f"{chain.namespace}/0x"))
    }


def _find_places(found: Found, rows: Sequence[Listed]) -> None:
    """Find each transaction's block and place; a list without blocks is put by its time."""
    blocks: dict[str, int] = {}
    indexes: dict[str, int] = {}
    by_time: dict[int, int] = {}
    for row in rows:
        if row.block is not None:
            blocks[row.hash] = by_time[row.time_s] = row.block
        if row.index is not None:
            indexes[row.hash] = row.index
    times = sorted(by_time)
    for number, row in enumerate(rows):
        if row.hash not in found.places:
            block = blocks.get(row.hash)
            if block is None:
                block = _block_by_time(row.time_s, times, by_time)
            place = indexes.get(row.hash, _UNKNOWN_PLACE + number)
            found.places[row.hash] = At(block, row.time_s, place, row.hash)


def _block_by_time(time_s: int, times: list[int], by_time: dict[int, int]) -> int:
    """Return the last known block not after a time; times themselves order rows where none is known."""
    if not times:
        return time_s
    place = bisect_right(times, time_s)
    return by_time[times[place - 1]] if place else 0


def _note_token(found: Found, row: Listed) -> None:
    known = found.tokens.get(row.contract, Token())
    decimals = known.exponent if known.exponent is not None else row.token_decimals
    found.tokens[row.contract] = Token(
        decimals, known.symbol or row.token_symbol, known.name or row.token_name
    )


def _between(found: Found, row: Listed, what: str) -> str:
    """Return a key by the parties and the place among this list's rows of the same two."""
    start = f"{found.chain.namespace}:{row.hash}:etherscan-{what}:{row.payer}:{row.payee}"
    number = found.counts[row.list_name, start]
    found.counts[row.list_name, start] += 1
    return f"{start}:{number}"


def _add_native(found: Found, row: Listed, number: int) -> None:
    del number
    at = found.places[row.hash]
    if row.payee is None:
        raise CellError("it creates a contract whose address is not told")
    payment = Payment(row.payer, row.payee, int(row.amount))
    movement = made.native_value(found.chain, at, payment, row.locator)
    if row.failed:
        found.observe_failed(movement)
    else:
        found.add(movement)
    if row.fee:
        found.add(made.fee(found.chain, at, row.payer, 0, row.fee, row.locator))


def _add_internal(found: Found, row: Listed, number: int) -> None:
    if row.failed or row.call in _KEEPS_VALUE:
        found.pile.ignored["internal calls that failed or move nothing"] += 1
        return
    if row.payee is None:
        raise CellError("an internal call to nobody")
    at, payment = found.places[row.hash], Payment(row.payer, row.payee, int(row.amount))
    one = made.internal_call(found.chain, at, (number,), payment, row.locator)
    found.add(one._replace(key=_between(found, row, "internal")))


def _add_token(found: Found, row: Listed, number: int) -> None:
    identity, quantity = _quantity(found, row)
    payment = Payment(row.payer, row.payee or "", quantity)
    found.add(_transfer(found, row, number, identity, payment))


def _quantity(found: Found, row: Listed) -> tuple[str, int]:
    """Return the commodity and smallest units; without decimals, a commodity of displayed amounts."""
    identity = found.chain.erc20(row.contract)
    if row.is_smallest:
        return identity, int(row.amount)
    exponent = found.declared.get(identity, found.tokens[row.contract].exponent)
    if exponent is not None:
        return identity, amount_of(row.amount, "TokenValue", exponent)
    quantity = amount_of(row.amount, "TokenValue", DISPLAY_EXPONENT)
    found.displayed.add(row.contract)
    return identity + DISPLAY, quantity


def _add_item(found: Found, row: Listed, number: int) -> None:
    at = found.places[row.hash]
    if row.multiple:
        holder = found.chain.holder(row.payee or row.payer)
        text = f"ERC-1155 transfer in {row.contract}: items and quantities are not read"
        found.pile.observe(at, "erc1155_transfer", holder, text, row.locator)
        return
    identity = found.chain.erc721(row.contract, row.item or 0)
    found.add(_transfer(found, row, number, identity, Payment(row.payer, row.payee or "", 1)))


def _transfer(found: Found, row: Listed, number: int, identity: str, payment: Payment) -> Movement:
    at = found.places[row.hash]
    if row.log_index is not None:
        return transfer(found.chain, at, row.log_index, identity, payment, row.locator)
    one = transfer(found.chain, at, number, identity, payment, row.locator)
    what = f"{row.listing}:{row.contract}" + (f":{row.item}" if row.item is not None else "")
    return one._replace(key=_between(found, row, what))


_ADDERS = {
    "native": _add_native,
    "internal": _add_internal,
    "erc20": _add_token,
    "erc721": _add_item,
}
