"""Addresses of EVM chains: kept in small letters, shown with the checksum that capital letters make.

Source: EIP-55. A chain's own variant of it (EIP-1191) is not used: nearly nobody writes it.
"""

from __future__ import annotations

from functools import lru_cache

from Crypto.Hash import keccak

ADDRESS_DIGITS = 40
"""Hexadecimal digits of an address, after ``0x``."""


@lru_cache(maxsize=1 << 16)
def checksummed(address: str) -> str:
    """Return an address of 40 hexadecimal digits in any case as EIP-55 writes it."""
    digits = address[2:].lower()
    digest = keccak.new(digest_bits=256, data=digits.encode("ascii")).hexdigest()
    pairs = zip(digits, digest, strict=False)
    return "0x" + "".join(one.upper() if int(sign, 16) > 7 else one for one, sign in pairs)


def in_small_letters(address: str) -> str:
    """Return an address of 40 hexadecimal digits in small letters.

    Raises ValueError for one in capital and small letters that are not its checksum: a digit is mistyped.
    """
    digits = address[2:]
    is_mixed = digits not in (digits.lower(), digits.upper())
    if is_mixed and f"0x{digits}" != checksummed(address):
        raise ValueError(f"{address!r} is mistyped: its capital letters are not its checksum")
    return f"0x{digits.lower()}"
