"""What token contracts answer about themselves: decimals(), symbol() and name() by ``eth_call``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from earmark.sources.evm.commodities import Token
from earmark.sources.evm.texts import CellError, address_of, bytes_of

if TYPE_CHECKING:
    from earmark.sources.evm.movements import Pile
    from earmark.sources.evm.rpc_answers import Answer
    from earmark.sources.evm.rpc_facts import Facts

DECIMALS, SYMBOL, NAME = "0x313ce567", "0x95d89b41", "0x06fdde03"
"""The first four bytes of the Keccak-256 of ``decimals()``, ``symbol()`` and ``name()``."""

NO_ANSWER = "calls whose answer does not describe a token"
_WORD_BYTES = 32
_EXPONENT_MAX = 38


def read(answer: Answer, facts: Facts, pile: Pile) -> None:
    """Read what a contract answers to one of the three; any other call is ignored."""
    contract, function = _question(answer.params)
    data = bytes_of(msgspec.json.decode(answer.result, type=str), "result")
    token = facts.tokens.get(contract, Token())
    if function == DECIMALS and len(data) == _WORD_BYTES:
        number = int.from_bytes(data)
        if number <= _EXPONENT_MAX:
            facts.tokens[contract] = token._replace(exponent=number)
            return
    text = _text(data)
    if function == SYMBOL and text:
        facts.tokens[contract] = token._replace(symbol=text)
    elif function == NAME and text:
        facts.tokens[contract] = token._replace(name=text)
    else:
        pile.ignored[NO_ANSWER] += 1


def _question(params: list[object]) -> tuple[str, str]:
    call = params[0] if params else None
    if not isinstance(call, dict):
        raise CellError("the question does not name a contract")
    data = call.get("data") or call.get("input")
    return address_of(str(call.get("to")), "to"), str(data)[:10].lower()


def _text(data: bytes) -> str:
    """Return a text from its ABI form, or from the 32 bytes in which old tokens keep it."""
    if len(data) == _WORD_BYTES:
        return data.rstrip(b"\0").decode("utf-8", errors="replace")
    if len(data) < 2 * _WORD_BYTES or int.from_bytes(data[:_WORD_BYTES]) != _WORD_BYTES:
        return ""
    length = int.from_bytes(data[_WORD_BYTES : 2 * _WORD_BYTES])
    return data[2 * _WORD_BYTES :][:length].decode("utf-8", errors="replace")
