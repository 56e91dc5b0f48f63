"""Holders of a table: ``namespace:identifier``, hex addresses folded to one spelling."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from earmark.ledger.errors import EarmarkError
from earmark.sources.table.cells import name_faults, to_mask

_NAMESPACE = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_HEX = re.compile(r"(?:0[xX]|\\x)([0-9a-fA-F]+)")
_HEX_RE2 = r"^(?:0[xX]|\\x)[0-9a-fA-F]+$"
_PREFIX_RE2 = r"^(?:0x|\\x)"


def check_namespace(namespace: str) -> None:
    """Raise EarmarkError unless the setting is empty or a short lower-case word."""
    if namespace and not _NAMESPACE.fullmatch(namespace):
        raise EarmarkError(
            f"format.namespace is {namespace[:60]!r}",
            file="case.toml",
            expected="a short lower-case word such as eth, bank or imo",
        )


def fold(text: str, namespace: str) -> str:
    """Return ``namespace:identifier``; hex becomes lower-case ``0x…``.

    ``fold("0XAB", "eth") == "eth:0xab"``. A text that has a namespace keeps it when the setting is
    empty or the same. Raises ValueError when there is none at all.
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
    return f"{prefix}:{'0x' + match[1].lower() if match else identifier}"


def read_holders(texts: pa.Array, namespace: str, meaning: str) -> tuple[pa.Array, dict[int, str]]:
    """Return a trimmed column as holder names, and the rows refused with the reason."""
    faults = name_faults(texts, meaning, f"{meaning}: the cell is empty")
    plain = to_mask(pc.match_substring_regex(texts, _HEX_RE2)) if namespace else None
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
