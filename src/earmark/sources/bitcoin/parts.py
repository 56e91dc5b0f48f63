"""Blocks of which an index of addresses shows only some transactions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from earmark.sources.bitcoin.block import NOWHERE, Block

if TYPE_CHECKING:
    from collections.abc import Sequence

    from earmark.sources.bitcoin.rebuilt import Told
    from earmark.sources.bitcoin.wire import Header, Transaction


def part(header: Header, chosen: Sequence[tuple[Told, str]]) -> Block:
    """Return a part of a block from transactions in their order, each with its locator."""
    return Block(
        header,
        [told.transaction for told, _ in chosen],
        prevouts=[told.prevouts for told, _ in chosen],
        locators=[locator for _, locator in chosen],
        is_whole=False,
    )


def in_order(transactions: Sequence[Transaction]) -> list[int]:
    """Return places so that the coinbase is first and every transaction stands after those it spends.

    Where that leaves a choice, the smaller txid, as people read it, comes first: the same whatever the order
    in which an index was asked.
    """
    places = {one.txid: place for place, one in enumerate(transactions)}
    first = [place for place, one in enumerate(transactions) if one.inputs == [NOWHERE]]
    done, result = set(first), list(first)
    rest = sorted(
        (place for place in range(len(transactions)) if place not in done),
        key=lambda place: transactions[place].txid[::-1],
    )
    waiting = rest[::-1]
    open_: set[int] = set()
    while waiting:
        place = waiting[-1]
        needed = [places[txid] for txid, _ in transactions[place].inputs if txid in places]
        lacking = [one for one in needed if one not in done and one not in open_]
        if place not in done and lacking and place not in open_:
            open_.add(place)
            waiting += sorted(set(lacking), reverse=True)
            continue
        waiting.pop()
        if place not in done:
            done.add(place)
            result.append(place)
    return result
