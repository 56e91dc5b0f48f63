"""Holders and keys as people write them, and as the ledger keeps them.

The ledger keeps one spelling: ``btc:SCRIPT`` in hexadecimal, ``eth:0x…`` in small letters. People type and
read addresses: base58 or bech32 on Bitcoin, EIP-55 on EVM chains.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from earmark.ledger.errors import EarmarkError, near_miss
from earmark.sources.bitcoin.addresses import ADDRESS_MAX, holder_with_address, shown_holder
from earmark.sources.bitcoin.networks import MAIN, NETWORKS, Network
from earmark.sources.bitcoin.scripts import holder_of
from earmark.sources.evm.addresses import ADDRESS_DIGITS, checksummed, in_small_letters
from earmark.sources.evm.chains import NAMESPACES

if TYPE_CHECKING:
    from collections.abc import Callable

    from earmark.ledger.ledger import Ledger

BITCOIN = "btc"
EVM = re.compile("|".join((*sorted(NAMESPACES), "evm-[0-9]{1,20}")))
"""Namespaces whose identifiers are EVM addresses and hashes."""
COMPARED_MAX = 50_000
"""Holders whose address is worked out to find the one that a mistyped address may mean."""

_HEXADECIMAL = re.compile(r"(?:0[xX])?((?:[0-9a-fA-F]{2})+)")
_HASH = re.compile(r"[0-9a-fA-F]{64}")
_ADDRESS = re.compile(r"0[xX][0-9a-fA-F]{40}")
_HEX_WORD = re.compile(r"(?<![0-9A-Za-z])0[xX][0-9a-fA-F]+(?![0-9A-Za-z])")
_LETTERS = re.compile(r"[0-9A-Za-z]+")
_BECH32 = re.compile(r"(?:bc|tb|bcrt)1", re.IGNORECASE)
_BASE58_MIN = 25
"""Characters from which on a name of letters and digits can only be an address or hexadecimal."""


@lru_cache(maxsize=1 << 16)
def canonical_holder(name: str) -> str:
    """Return the ledger's spelling of ``namespace:identifier``; other namespaces are left as they are.

    Raises ValueError for a mistyped address.
    """
    namespace, colon, identifier = name.partition(":")
    if colon and namespace == BITCOIN:
        return _bitcoin_holder(identifier)
    if colon and EVM.fullmatch(namespace):
        if _ADDRESS.fullmatch(identifier):
            return f"{namespace}:{in_small_letters(identifier)}"
        return f"{namespace}:{_small_hex(identifier)}"
    return name


def canonical_key(key: str) -> str:
    """Return the ledger's spelling of a transaction's key: hashes in small letters."""
    namespace, colon, rest = key.partition(":")
    if colon and namespace == BITCOIN and _HASH.fullmatch(rest.partition(":")[0]):
        return f"{namespace}:{rest.lower()}"
    if colon and EVM.fullmatch(namespace):
        return f"{namespace}:{_small_hex(rest)}"
    return key


def _small_hex(text: str) -> str:
    return _HEX_WORD.sub(lambda found: found[0].lower(), text)


def _bitcoin_holder(identifier: str) -> str:
    if _HASH.fullmatch(identifier):
        return f"btc:{identifier.lower()}"  # as long as a hash: named by a statement, it is a key
    script = _HEXADECIMAL.fullmatch(identifier)
    if script:
        return holder_of(bytes.fromhex(script[1]))
    return _with_address(identifier) if _is_bitcoin_address(identifier) else f"btc:{identifier}"


def _is_bitcoin_address(text: str) -> bool:
    """Tell whether a text can only be meant as an address; its check digits may still be wrong."""
    return bool(_LETTERS.fullmatch(text) and (len(text) >= _BASE58_MIN or _BECH32.match(text)))


def _with_address(address: str) -> str:
    """Return the holder whom an address of any network means; raises ValueError, as ``script_of`` does."""
    first: ValueError | None = None
    for network in NETWORKS.values():
        try:
            return holder_with_address(address, network)
        except ValueError as error:
            is_its_own = address.lower().startswith(f"{network.prefix}1")
            first = error if first is None or is_its_own else first
    raise first or ValueError(f"{address[:ADDRESS_MAX]!r} is no address")


@lru_cache(maxsize=1 << 16)
def shown(holder: str, network: Network = MAIN) -> str:
    """Return a holder as people read it: an address with its namespace, else what its script says."""
    namespace, _, identifier = holder.partition(":")
    if namespace == BITCOIN:
        return _shown_script(holder, network)
    if len(identifier) == ADDRESS_DIGITS + 2 and EVM.fullmatch(namespace):
        return (
            f"{namespace}:{checksummed(identifier)}" if _ADDRESS.fullmatch(identifier) else holder
        )
    return holder


def _shown_script(holder: str, network: Network) -> str:
    identifier = holder.partition(":")[2]
    if _HASH.fullmatch(identifier) or not _HEXADECIMAL.fullmatch(identifier):
        return holder
    found = shown_holder(holder, network)
    return found if found != holder else f"btc:script {identifier}"


def namer(ledger: Ledger) -> Callable[[str], str]:
    """Return ``shown`` for one ledger: Bitcoin's networks are told apart by what a holder holds."""
    default, others = _networks(ledger)

    @cache
    def name(holder: str) -> str:
        return shown(holder, others.get(holder, default))

    return name


def _networks(ledger: Ledger) -> tuple[Network, dict[str, Network]]:
    """Return the one network of a ledger, and the holders of any other by name."""
    by_symbol = {network.symbol: network for network in NETWORKS.values()}
    found = {
        place: by_symbol[one.symbol]
        for place, one in enumerate(ledger.commodities)
        if one.symbol in by_symbol
    }
    default, *others = found.values() or (MAIN,)
    if not others:
        return default, {}
    elsewhere: dict[str, Network] = {}
    holders, commodities = (ledger.column("legs", one) for one in ("holder", "commodity"))
    for place, network in reversed(list(found.items())[1:]):
        mine = pc.unique(holders.filter(pc.equal(commodities, pa.scalar(place, pa.int32()))))
        elsewhere |= {ledger.holder_names[one]: network for one in mine.to_pylist()}
    return default, elsewhere


def holder_named(ledger: Ledger, text: str, *, file: str = "", line: int | None = None) -> str:
    """Return the ledger's name of the holder that an alias, an address or a full name means.

    An address may stand alone where the ledger tells its chain. Raises EarmarkError, with the closest holder of
    the ledger, for a mistyped address, and with the names of all for one that several chains know.
    """
    if text in ledger.aliases:
        return ledger.aliases[text]
    try:
        return canonical_holder(text) if ":" in text else _bare(ledger, text, file, line)
    except ValueError as error:
        raise EarmarkError(
            str(error),
            file=file,
            line=line,
            expected="an address exactly as it was copied",
            near_miss=near_holder(ledger, text),
        ) from error


def _bare(ledger: Ledger, text: str, file: str, line: int | None) -> str:
    """Return the holder that an address without its namespace means; any other text as it is."""
    if _ADDRESS.fullmatch(text):
        identifier = in_small_letters(text)
        others = {one.partition(":")[0] for one in ledger.holder_names if one.startswith("evm-")}
        names = [f"{one}:{identifier}" for one in sorted(NAMESPACES | others)]
        found = [one for one in names if one in ledger.holder_positions]
        if len(found) > 1:
            raise EarmarkError(
                f"{text} is a holder on {len(found)} chains",
                file=file,
                line=line,
                expected=f"one of {', '.join(map(shown, found))}",
            )
        return found[0] if found else text
    if _is_bitcoin_address(text) and any(one.startswith("btc:") for one in ledger.holder_names):
        return _with_address(text)
    return text


def known_holder(ledger: Ledger, text: str) -> str:
    """Return the holder of a ledger that a text means; raises EarmarkError with the closest one."""
    name = holder_named(ledger, text)
    if name not in ledger.holder_positions:
        raise EarmarkError(
            f"no holder is called {text!r}",
            expected="namespace:identifier, an address or an alias of the case",
            near_miss=near_holder(ledger, text),
        )
    return name


def near_holder(ledger: Ledger, text: str) -> str:
    """Return the holder or alias of a ledger that is closest to a text, as people write it."""
    name = namer(ledger)
    namespace = text.partition(":")[0] + ":"
    alike = [one for one in ledger.holder_names if one.startswith(namespace)][:COMPARED_MAX]
    names = [name(one) for one in alike or ledger.holder_names[:COMPARED_MAX]]
    return near_miss(text, [*ledger.aliases, *names])
