"""Holders of a table: ``namespace:identifier``, addresses of every kind folded to the ledger's spelling."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from earmark.ledger.errors import EarmarkError
from earmark.sources.names import BITCOIN, EVM, canonical_holder, canonical_key
from earmark.sources.table.batches import Mask
from earmark.sources.table.cells import name_faults, to_mask

_NAMESPACE = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_HEX = re.compile(r"(?:0[xX]|\\x)([0-9a-fA-F]+)")
_HEX_RE2 = r"^(?:0[xX]|\\x)[0-9a-fA-F]+$"
_PREFIX_RE2 = r"^(?:0x|\\x)"
_CAPITALS_RE2 = r"^[a-z0-9-]+:.*[A-FX]"


def check_namespace(namespace: str) -> None:
    """Raise EarmarkError unless the setting is empty or a short lower-case word."""
    if namespace and not _NAMESPACE.fullmatch(namespace):
        raise EarmarkError(
            f"format.namespace is {namespace[:60]!r}",
            file="case.toml",
            expected="a short lower-case word such as eth, bank or imo",
        )


def fold(text: str, namespace: str) -> str:
    """Return ``namespace:identifier``; hex becomes lower-case ``0x…``, a Bitcoin address its script.

    ``fold("0XAB", "eth") == "eth:0xab"``. A text that has a namespace keeps it when the setting is
    empty or the same. Raises ValueError when there is none at all, and for a mistyped address.
    """
    own, colon, rest = text.partition(":")
    if colon and (namespace == own or (not namespace and _NAMESPACE.fullmatch(own))):
        prefix, identifier = own, rest.strip()
    elif namespace:
        prefix, identifier = namespace, text
    else:
        raise ValueError(f"{text[:60]!r} has no namespace: set format.namespace")
    if not identifier:
        raise ValueError(f"{text[:60]!r} has no identifier")
    match = _HEX.fullmatch(identifier)
    if prefix == BITCOIN or EVM.fullmatch(prefix):
        return canonical_holder(f"{prefix}:{'0x' + match[1] if match else identifier}")
    return f"{prefix}:{'0x' + match[1].lower() if match else identifier}"


def read_holders(texts: pa.Array, namespace: str, meaning: str) -> tuple[pa.Array, dict[int, str]]:
    """Return a trimmed column as holder names, and the rows refused with the reason."""
    faults = name_faults(texts, meaning, f"{meaning}: the cell is empty")
    plain = _plain_hex(texts, namespace)
    if plain is None or not plain.any():
        names, odd = _fold_distinct(texts, namespace)
    else:
        names = pc.replace_substring_regex(pc.utf8_lower(texts), _PREFIX_RE2, f"{namespace}:0x")
        rows = np.flatnonzero(~plain)
        odd = {}
        if len(rows):
            others, found = _fold_distinct(texts.take(pa.array(rows)), namespace)
            names = pc.replace_with_mask(names, pa.array(~plain), others)
            odd = {int(rows[row]): reason for row, reason in found.items()}
    return names, {row: f"{meaning}: {reason}" for row, reason in odd.items()} | faults


def read_keys(texts: pa.Array) -> pa.Array:
    """Return keys as the ledger spells them: a chain's hashes in small letters."""
    odd = to_mask(pc.match_substring_regex(texts, _CAPITALS_RE2))
    if not odd.any():
        return texts
    mask = pa.array(odd)
    spelled = [canonical_key(one) for one in texts.filter(mask).to_pylist()]
    return pc.replace_with_mask(texts, mask, pa.array(spelled, pa.string()))


def _plain_hex(texts: pa.Array, namespace: str) -> Mask | None:
    """Return which cells are hexadecimal without a checksum, so that small letters are all they need."""
    if not namespace or namespace == BITCOIN:
        return None
    plain = to_mask(pc.match_substring_regex(texts, _HEX_RE2))
    if not EVM.fullmatch(namespace):
        return plain
    mixed = pc.and_(*(pc.match_substring_regex(texts, one) for one in ("[a-f]", "[A-F]")))
    return plain & ~to_mask(mixed)


def _fold_distinct(texts: pa.Array, namespace: str) -> tuple[pa.Array, dict[int, str]]:
    encoded = pc.dictionary_encode(texts)
    folded: list[str] = []
    refused: dict[int, str] = {}
    for code, text in enumerate(encoded.dictionary.to_pylist()):
        try:
            folded.append(fold(text, namespace))
        except ValueError as error:
            folded.append("")
            refused[code] = str(error)
    codes = encoded.indices.to_numpy(zero_copy_only=False)
    names = pa.array(folded, pa.string()).take(encoded.indices)
    if not refused:
        return names, {}
    rows = np.flatnonzero(np.isin(codes, list(refused))).tolist()
    return names, {row: refused[int(codes[row])] for row in rows}
