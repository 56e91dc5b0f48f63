"""Output scripts as holders: what can spend an output is its script, so the script names the holder.

A public key paid directly (P2PK) is the holder that its address names. Outputs that nobody can ever spend
are destroyed. Source: Bitcoin Core, ``src/script/solver.cpp`` and ``script.h`` (``IsUnspendable``).
"""

from __future__ import annotations

import hashlib

from Crypto.Hash import RIPEMD160

BURNED = "btc:burned"
FEES = "btc:fees"
ISSUED = "btc:issued"
UNRESOLVED = "btc:unresolved"

SCRIPT_SHOWN_MAX = 256
"""Bytes of a script that a holder's name spells out; a longer one is named by its SHA-256."""
SCRIPT_MAX = 10_000
"""Bytes of a script; a longer one cannot be run, so nobody can spend it."""

_OP_RETURN = 0x6A
_OP_CHECKSIG = 0xAC
_COMPRESSED, _UNCOMPRESSED = (2, 3), (4, 6, 7)


def holder_of(script: bytes) -> str:
    """Return ``btc:`` and the script in hexadecimal, or ``btc:burned`` where nobody can spend it."""
    if is_unspendable(script):
        return BURNED
    key = public_key(script)
    if key:
        return f"btc:76a914{hash160(key).hex()}88ac"
    if len(script) > SCRIPT_SHOWN_MAX:
        return f"btc:sha256-{hashlib.sha256(script).hexdigest()}"
    return f"btc:{script.hex()}" if script else "btc:empty-script"


def is_unspendable(script: bytes) -> bool:
    """Tell whether a script can never be satisfied (OP_RETURN, or too long to be run)."""
    return script[:1] == b"\x6a" or len(script) > SCRIPT_MAX


def public_key(script: bytes) -> bytes:
    """Return the key of a script that pays a public key directly (P2PK), else nothing."""
    size = len(script)
    if size == 35 and script[0] == 33 and script[1] in _COMPRESSED and script[34] == _OP_CHECKSIG:
        return script[1:34]
    if size == 67 and script[0] == 65 and script[1] in _UNCOMPRESSED and script[66] == _OP_CHECKSIG:
        return script[1:66]
    return b""


def witness_program(script: bytes) -> tuple[int, bytes] | None:
    """Return version and program of a SegWit output (0: P2WPKH, P2WSH; 1: Taproot), else null."""
    if not 4 <= len(script) <= 42 or script[1] != len(script) - 2:
        return None
    if script[0] and not 0x51 <= script[0] <= 0x60:
        return None
    return (script[0] - 0x50 if script[0] else 0), script[2:]


def multisig(script: bytes) -> tuple[int, tuple[bytes, ...]] | None:
    """Return the signatures needed and the keys of a bare multisig script, else null."""
    if len(script) < 3 or script[-1] != 0xAE:
        return None
    needed, count = script[0] - 0x50, script[-2] - 0x50
    keys = []
    at = 1
    while at < len(script) - 2 and script[at] in (33, 65):
        keys.append(script[at + 1 : at + 1 + script[at]])
        at += 1 + script[at]
    if at != len(script) - 2 or not 1 <= needed <= count <= 16 or len(keys) != count:
        return None
    return needed, tuple(keys)


def carried_data(script: bytes) -> bytes:
    """Return what an OP_RETURN output carries: everything after its first byte, else nothing."""
    return script[1:] if script and script[0] == _OP_RETURN else b""


def hash160(data: bytes) -> bytes:
    """Return RIPEMD-160 of SHA-256: how an address names a key or a script."""
    return RIPEMD160.new(hashlib.sha256(data).digest()).digest()
