"""Scripts as people write them: base58check (P2PKH, P2SH), bech32 (SegWit) and bech32m (Taproot).

Sources: BIP 13, BIP 173, BIP 350. Addresses are made only where somebody looks; holders are scripts.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from earmark.sources.bitcoin.networks import MAIN
from earmark.sources.bitcoin.scripts import (
    hash160,
    holder_of,
    multisig,
    public_key,
    witness_program,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from earmark.sources.bitcoin.networks import Network

ADDRESS_MAX = 90
"""Characters of an address (BIP 173)."""

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_SUM, _SUM_M = 1, 0x2BC830A3


def address_of(script: bytes, network: Network = MAIN) -> str:
    """Return a script's address, or an empty text where it has none (multisig, other scripts)."""
    key = public_key(script)
    if key:
        return _base58check(network.key_version, hash160(key))
    if len(script) == 25 and script[:3] == b"\x76\xa9\x14" and script[23:] == b"\x88\xac":
        return _base58check(network.key_version, script[3:23])
    if len(script) == 23 and script[:2] == b"\xa9\x14" and script[22] == 0x87:
        return _base58check(network.script_version, script[2:22])
    program = witness_program(script)
    if program and (program[0] or len(program[1]) in (20, 32)):
        return _bech32(network.prefix, *program)
    return ""


def shown_holder(holder: str, network: Network = MAIN) -> str:
    """Return ``btc:ADDRESS`` for a holder named by a script, the keys of a multisig, else the name itself."""
    try:
        script = bytes.fromhex(holder.removeprefix("btc:"))
    except ValueError:
        return holder
    address = address_of(script, network)
    if address:
        return f"btc:{address}"
    signers = multisig(script)
    if signers is None:
        return holder
    keys = (_base58check(network.key_version, hash160(key)) for key in signers[1])
    return f"btc:{signers[0]}-of-{len(signers[1])}({','.join(keys)})"


def holder_with_address(address: str, network: Network = MAIN) -> str:
    """Return the holder that people mean by an address; raises ValueError as ``script_of`` does."""
    return holder_of(script_of(address, network))


def script_of(address: str, network: Network = MAIN) -> bytes:
    """Return the script that an address stands for; raises ValueError for one that is not of the network."""
    if len(address) > ADDRESS_MAX or not address.isascii():
        raise ValueError("not an address: too long, or other characters than ASCII")
    if address.lower().startswith(f"{network.prefix}1"):
        return _script_of_bech32(address, network.prefix)
    version, digest = _decoded_base58check(address)
    if version == network.key_version:
        return b"\x76\xa9\x14" + digest + b"\x88\xac"
    if version == network.script_version:
        return b"\xa9\x14" + digest + b"\x87"
    raise ValueError(f"{address!r} is not an address of the {network.name} network")


def _base58check(version: int, digest: bytes) -> str:
    payload = bytes([version]) + digest
    payload += _checksum(payload)
    number = int.from_bytes(payload, "big")
    digits = ""
    while number:
        number, digit = divmod(number, 58)
        digits = _BASE58[digit] + digits
    return "1" * (len(payload) - len(payload.lstrip(b"\0"))) + digits


def _decoded_base58check(address: str) -> tuple[int, bytes]:
    number = 0
    for character in address:
        digit = _BASE58.find(character)
        if digit < 0:
            raise ValueError(f"{address!r} is no address: {character!r} does not occur in one")
        number = number * 58 + digit
    zeros = len(address) - len(address.lstrip("1"))
    payload = b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")
    if len(payload) != 25 or _checksum(payload[:21]) != payload[21:]:
        raise ValueError(f"{address!r} is mistyped: its checksum does not fit")
    return payload[0], payload[1:21]


def _checksum(data: bytes) -> bytes:
    return hashlib.sha256(hashlib.sha256(data).digest()).digest()[:4]


def _bech32(prefix: str, version: int, program: bytes) -> str:
    data = [version, *_regrouped(program, 8, 5, pad=True)]
    polymod = _polymod([*_expanded(prefix), *data, 0, 0, 0, 0, 0, 0])
    polymod ^= _SUM_M if version else _SUM
    data += [(polymod >> 5 * (5 - place)) & 31 for place in range(6)]
    return f"{prefix}1" + "".join(_BECH32[value] for value in data)


def _script_of_bech32(address: str, prefix: str) -> bytes:
    if address not in (address.lower(), address.upper()):
        raise ValueError(f"{address!r} mixes capital and small letters")
    data = [_BECH32.find(one) for one in address.lower()[len(prefix) + 1 :]]
    expected = _SUM_M if data[:1] > [0] else _SUM
    if len(data) < 8 or -1 in data or _polymod([*_expanded(prefix), *data]) != expected:
        raise ValueError(f"{address!r} is mistyped: its checksum does not fit")
    version, program = data[0], bytes(_regrouped(data[1:-6], 5, 8, pad=False))
    fits = len(program) in (20, 32) if version == 0 else 2 <= len(program) <= 40
    if version > 16 or not fits:
        raise ValueError(f"{address!r} names no output that the network knows")
    return bytes([0x50 + version if version else 0, len(program)]) + program


def _regrouped(values: Sequence[int], from_bits: int, to_bits: int, *, pad: bool) -> list[int]:
    """Regroup bits; raises ValueError where what is left over is no padding of zeros."""
    held = bits = 0
    groups = []
    for value in values:
        held = (held << from_bits) | value
        bits += from_bits
        while bits >= to_bits:
            bits -= to_bits
            groups.append((held >> bits) & ((1 << to_bits) - 1))
        held &= (1 << bits) - 1
    if pad and bits:
        groups.append((held << (to_bits - bits)) & ((1 << to_bits) - 1))
    if not pad and (bits >= from_bits or held):
        raise ValueError("not an address: bits are left over")
    return groups


def _expanded(prefix: str) -> list[int]:
    return [*(ord(one) >> 5 for one in prefix), 0, *(ord(one) & 31 for one in prefix)]


def _polymod(values: list[int]) -> int:
    total = 1
    for value in values:
        top = total >> 25
        total = (total & 0x1FFFFFF) << 5 ^ value
        for place, generator in enumerate(_GENERATORS):
            total ^= generator if top >> place & 1 else 0
    return total
