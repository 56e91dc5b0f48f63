"""The script of a spent output where a record gives only its address and type, as bitcoin-etl and AWS do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from earmark.sources.bitcoin.addresses import script_of

if TYPE_CHECKING:
    from earmark.sources.bitcoin.networks import Network

_KEY_HASH = b"\x76\xa9\x14"
BEGINNINGS = {
    "pubkey": _KEY_HASH,  # paid to the key itself: its holder is the one that the address names
    "pubkeyhash": _KEY_HASH,
    "scripthash": b"\xa9\x14",
    "witness_v0_keyhash": b"\x00\x14",
    "witness_v0_scripthash": b"\x00\x20",
    "witness_v1_taproot": b"\x51\x20",
    "witness_unknown": b"",
    "anchor": b"\x51\x02\x4e\x73",
}
"""How the script of an address begins, by the type that Bitcoin Core gives the output."""


def spent_script(kind: object, address: object, network: Network) -> bytes | None:
    """Return the script that an address of an output of some type stands for, or null.

    Null for bare multisig (old nodes name it by the addresses of its keys, even a single one), for
    ``nonstandard…``, which names no script, and for an address of another type or network.
    """
    if not isinstance(kind, str) or not isinstance(address, str) or kind not in BEGINNINGS:
        return None
    try:
        script = script_of(address, network)
    except ValueError:
        return None
    return script if script.startswith(BEGINNINGS[kind]) else None
