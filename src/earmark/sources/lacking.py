"""What each format of a chain always lacks, as `docs/formats.md` lists it; a reader adds what it found missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from earmark.ledger.draft import Draft

_BITCOIN = (
    "who holds a key",
    "the outputs of blocks that are not there",
    "transactions that never entered a block",
    "what happens off the chain",
)
_ALWAYS = {
    "bitcoin-blocks": _BITCOIN,
    "bitcoin-rpc": _BITCOIN,
    "bitcoin-etl": ("witnesses", "the hash of the block before", *_BITCOIN),
    "aws-bitcoin": ("witnesses", *_BITCOIN),
    "esplora": (
        "other transactions of the blocks",
        "proof that a transaction is in its block",
        "what the index left out",
    ),
    "electrum": (
        "other transactions of the blocks",
        "what the server left out of the history",
    ),
    "evm-rpc": ("what happens off the chain",),
    "aws-ethereum": ("exact amounts of ether",),
    "cryo": ("who receives the fees",),
}
_GRANTS = "grants of the first block and of the DAO fork"
_MAINNET = "eip155:1/"


def lacks_of(reader: str, draft: Draft) -> tuple[str, ...]:
    """Return what a draft cannot show: what its reader found, then what the format always lacks."""
    found = (*draft.lacks, *_ALWAYS.get(reader, ()))
    is_mainnet = any(one.identity.startswith(_MAINNET) for one in draft.commodities)
    grants = (_GRANTS,) if reader == "evm-rpc" and is_mainnet else ()
    return tuple(dict.fromkeys((*found, *grants)))
