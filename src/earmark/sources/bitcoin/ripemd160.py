"""RIPEMD-160, which a Python may lack where its OpenSSL counts it as legacy or runs in FIPS mode.

Source: Dobbertin, Bosselaers, Preneel, "RIPEMD-160: A Strengthened Version of RIPEMD" (1996).
"""

from __future__ import annotations

import hashlib
import struct

_LEFT = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15),
    (7, 4, 13, 1, 10, 6, 15, 3, 12, 0, 9, 5, 2, 14, 11, 8),
    (3, 10, 14, 4, 9, 15, 8, 1, 2, 7, 0, 6, 13, 11, 5, 12),
    (1, 9, 11, 10, 0, 8, 12, 4, 13, 3, 7, 15, 14, 5, 6, 2),
    (4, 0, 5, 9, 7, 12, 2, 10, 14, 1, 3, 8, 11, 6, 15, 13),
)
_RIGHT = (
    (5, 14, 7, 0, 9, 2, 11, 4, 13, 6, 15, 8, 1, 10, 3, 12),
    (6, 11, 3, 7, 0, 13, 5, 10, 14, 15, 8, 12, 4, 9, 1, 2),
    (15, 5, 1, 3, 7, 14, 6, 9, 11, 8, 12, 2, 10, 0, 4, 13),
    (8, 6, 4, 1, 3, 11, 15, 0, 5, 12, 2, 13, 9, 7, 10, 14),
    (12, 15, 10, 4, 1, 5, 8, 7, 6, 2, 13, 14, 0, 3, 9, 11),
)
_LEFT_TURNS = (
    (11, 14, 15, 12, 5, 8, 7, 9, 11, 13, 14, 15, 6, 7, 9, 8),
    (7, 6, 8, 13, 11, 9, 7, 15, 7, 12, 15, 9, 11, 7, 13, 12),
    (11, 13, 6, 7, 14, 9, 13, 15, 14, 8, 13, 6, 5, 12, 7, 5),
    (11, 12, 14, 15, 14, 15, 9, 8, 9, 14, 5, 6, 8, 6, 5, 12),
    (9, 15, 5, 11, 6, 8, 13, 12, 5, 12, 13, 14, 11, 8, 5, 6),
)
_RIGHT_TURNS = (
    (8, 9, 9, 11, 13, 15, 15, 5, 7, 7, 8, 11, 14, 14, 12, 6),
    (9, 13, 15, 7, 12, 8, 9, 11, 7, 7, 12, 7, 6, 15, 13, 11),
    (9, 7, 15, 11, 8, 6, 6, 14, 12, 13, 5, 14, 13, 13, 7, 5),
    (15, 5, 8, 11, 14, 14, 6, 14, 6, 9, 12, 9, 12, 5, 15, 8),
    (8, 5, 12, 9, 12, 5, 14, 6, 8, 13, 6, 5, 15, 13, 11, 11),
)
_LEFT_ADDED = (0, 0x5A827999, 0x6ED9EBA1, 0x8F1BBCDC, 0xA953FD4E)
_RIGHT_ADDED = (0x50A28BE6, 0x5C4DD124, 0x6D703EF3, 0x7A6D76E9, 0)
_START = (0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0)
_MASK = 0xFFFFFFFF
_Five = tuple[int, int, int, int, int]


def ripemd160(data: bytes) -> bytes:
    """Return the 20-byte digest, from OpenSSL where it has it."""
    try:
        return hashlib.new("ripemd160", data, usedforsecurity=False).digest()
    except ValueError:
        return in_python(data)


def in_python(data: bytes) -> bytes:
    """Return the 20-byte digest without OpenSSL, some hundred times slower."""
    padding = b"\x80" + b"\0" * ((55 - len(data)) % 64)
    padded = data + padding + struct.pack("<Q", 8 * len(data))
    state: _Five = _START
    for at in range(0, len(padded), 64):
        state = _compress(state, struct.unpack_from("<16I", padded, at))
    return struct.pack("<5I", *state)


def _compress(state: _Five, words: tuple[int, ...]) -> _Five:
    left = right = state
    for step in range(5):
        left = _round(left, words, step, (_LEFT[step], _LEFT_TURNS[step], _LEFT_ADDED[step]))
        added = (_RIGHT[step], _RIGHT_TURNS[step], _RIGHT_ADDED[step])
        right = _round(right, words, 4 - step, added)
    return (
        (state[1] + left[2] + right[3]) & _MASK,
        (state[2] + left[3] + right[4]) & _MASK,
        (state[3] + left[4] + right[0]) & _MASK,
        (state[4] + left[0] + right[1]) & _MASK,
        (state[0] + left[1] + right[2]) & _MASK,
    )


def _round(
    state: _Five,
    words: tuple[int, ...],
    mix: int,
    table: tuple[tuple[int, ...], tuple[int, ...], int],
) -> _Five:
    a, b, c, d, e = state
    for place, turn in zip(table[0], table[1], strict=True):
        total = a + _mixed(mix, b, c, d) + words[place] + table[2]
        a, b, c, d, e = e, (_turned(total & _MASK, turn) + e) & _MASK, b, _turned(c, 10), d
    return a, b, c, d, e


def _mixed(mix: int, x: int, y: int, z: int) -> int:
    functions = (
        x ^ y ^ z,
        (x & y) | (~x & _MASK & z),
        (x | (~y & _MASK)) ^ z,
        (x & z) | (y & ~z & _MASK),
        x ^ (y | (~z & _MASK)),
    )
    return functions[mix]


def _turned(value: int, places: int) -> int:
    return ((value << places) | (value >> (32 - places))) & _MASK
