"""What a chain's identities are called in a case: declared names first, then the contract itself."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, NamedTuple

from earmark.ledger.errors import EarmarkError
from earmark.ledger.values import Commodity
from earmark.sources.evm.chains import EXPONENT, Chain, contract_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

EXPONENT_MAX = 38
NAME_MAX_CHARACTERS = 60
WARNINGS_MAX = 20
DISPLAY = "/display"
"""Ends the identity of a token's displayed amounts, where nobody says how many decimals the token has."""
DISPLAY_EXPONENT = 18


class Token(NamedTuple):
    """What a token's contract says of itself: decimals, and a symbol and name that anybody can choose."""

    exponent: int | None = None
    symbol: str = ""
    name: str = ""


class Named(NamedTuple):
    """The commodity of each identity, and what people should know about them."""

    by_identity: dict[str, Commodity]
    warnings: tuple[str, ...]


def named(
    chain: Chain,
    identities: Iterable[str],
    declared: Mapping[str, Commodity],
    tokens: Mapping[str, Token],
) -> Named:
    """Return a commodity for each identity; ``tokens`` are by contract in small letters.

    Raises EarmarkError where the case gives a coin a wrong exponent, or its symbol to something else.
    """
    known = {one.identity.lower(): one for one in declared.values() if one.identity}
    found: dict[str, Commodity] = {}
    warnings: list[str] = []
    unknown = 0
    for identity in identities:
        token = tokens.get(contract_of(identity), Token())
        own = _own(chain, identity, token)
        one = known.get(identity, own)
        if one is own:
            _refuse_taken(own, declared)
            is_displayed = identity.endswith(DISPLAY)
            unknown += "/erc20:" in identity and token.exponent is None and not is_displayed
        elif exponent := _difference(identity, one, own, token):
            warnings.append(exponent)
        found[identity] = one
    if unknown:
        warnings.append(
            f"the decimals of {unknown} tokens are unknown: their quantities are in smallest units; "
            "declare a [[commodity]] with the token's identity"
        )
    more = len(warnings) - WARNINGS_MAX
    said = warnings[-WARNINGS_MAX:] + ([f"{more} more tokens like these"] if more > 0 else [])
    return Named(found, tuple(said))


def _own(chain: Chain, identity: str, token: Token) -> Commodity:
    if identity == chain.native:
        return chain.native_commodity()
    exponent = token.exponent if "/erc20:" in identity else 0
    if identity.endswith(DISPLAY):
        exponent = DISPLAY_EXPONENT
    what = identity.partition(":0x")[2]
    return Commodity(f"{chain.namespace}/0x{what}", exponent or 0, _claim(token), identity)


def _claim(token: Token) -> str:
    """Return what a token calls itself, marked as its own word."""
    said = " ".join(_plain(text) for text in (token.name, token.symbol) if text.strip())
    return f"calls itself {said}" if said else ""


def _plain(text: str) -> str:
    short = text[:NAME_MAX_CHARACTERS].strip()
    return "".join("\ufffd" if unicodedata.category(one)[0] == "C" else one for one in short)


def _refuse_taken(own: Commodity, declared: Mapping[str, Commodity]) -> None:
    other = declared.get(own.symbol)
    if other is None or (not other.identity and other.exponent == own.exponent):
        return
    raise EarmarkError(
        f"commodity {own.symbol} is {own.identity} on this chain, and the case says otherwise",
        file="case.toml",
        expected=f'exponent = {own.exponent} and identity = "{own.identity}", or another symbol',
    )


def _difference(identity: str, one: Commodity, own: Commodity, token: Token) -> str:
    """Return a warning where a token's decimals are not as declared; a coin's must be."""
    if own.exponent == one.exponent:
        return ""
    if "/erc20:" in identity:
        said = token.exponent
        return (
            ""
            if said is None
            else f"{one.symbol} has {one.exponent} decimals here; {identity} says {said}"
        )
    raise EarmarkError(
        f"commodity {one.symbol} has {own.exponent} decimals, not {one.exponent}",
        file="case.toml",
        expected=f"exponent = {EXPONENT if identity.endswith('/slip44:60') else 0}",
    )
