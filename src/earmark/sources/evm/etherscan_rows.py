"""One row of an explorer's export, whether it came as CSV or from the API: the shape both are read into."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Listing = Literal["native", "internal", "erc20", "erc721"]


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of a list of an explorer.

    ``list_name`` tells apart exports, in which places are counted. ``amount`` is display text of the
    commodity, or digits of its smallest unit where ``is_smallest``. ``token_decimals`` is what the API
    says of the token, ``fee`` smallest units of the chain's own coin. ``call`` is the kind of an internal call; ``multiple`` marks
    ERC-1155.
    """

    listing: Listing
    list_name: str
    locator: str
    hash: str
    time_s: int
    payer: str
    payee: str | None
    amount: str
    is_smallest: bool
    failed: bool = False
    block: int | None = None
    index: int | None = None
    fee: int | None = None
    contract: str = ""
    item: int | None = None
    token_name: str = ""
    token_symbol: str = ""
    token_decimals: int | None = None
    log_index: int | None = None
    call: str = ""
    multiple: bool = False
