"""How much the bench of chains generates; a process starts with the peak memory of its parent, so this stands alone."""

from __future__ import annotations

EVM_BLOCKS = 40
FILE_BLOCKS, BLOCK_PAYMENTS = 100, 250
"""Size of one generated ``blk*.dat``; payments of a block go on in the next, so that few outputs are unspent."""
SCRIPTS = 20_000
LONG_CHAINS = (1, 8, 32)
"""How many files of that size the two long chains have."""
EVM_TRANSACTIONS = 150
"""Transactions of a generated block, about as many as a real one has; two in three move a token."""
