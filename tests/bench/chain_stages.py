"""One reader of a chain, alone in its process: what it took from files to columns, as JSON.

``python tests/bench/chain_stages.py STAGE FOLDER ROUNDS``: the first round warms up and is not counted.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from tests.bench.peers import measured

from earmark.cases.settings import read_settings
from earmark.sources.bitcoin import rpc
from earmark.sources.bitcoin.block import read_block
from earmark.sources.bitcoin.stores import Found
from earmark.sources.registry import read_source


def parse(folder: Path) -> int:
    """Parse raw blocks as python-bitcoinlib does, txids and Merkle roots included; make no columns."""
    paths = sorted((folder / "raw").iterdir())
    return sum(len(read_block(path.read_bytes()).transactions) for path in paths)


def load(folder: Path) -> int:
    """Read a node's JSON into blocks, txids and Merkle roots checked; make no columns."""
    with closing(rpc.open_store(folder, read_settings(folder).source[0])) as store:
        found = [one for one in store.find() if isinstance(one, Found)]
        return sum(len(store.load(one).transactions) for one in found)


def read(folder: Path) -> int:
    """Read a case's source into columns; return its rows of the chain."""
    draft = read_source(folder, read_settings(folder).source[0], {})
    assert not draft.rejected.num_rows
    return int(draft.transactions.num_rows)


STAGES: dict[str, Callable[[Path], int]] = {one.__name__: one for one in (parse, load, read)}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measured(STAGES[sys.argv[1]], Path(sys.argv[2]), int(sys.argv[3]))))
