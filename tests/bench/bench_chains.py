"""The readers of chains beside peers, on the same blocks in one run.

``make bench`` prints the tables that ``docs/performance.md`` holds. The peers are installed once into
``.bench/peers``, away from Earmark's own packages.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.bench.bench_million_rows import machine, megabytes
from tests.bench.chain_sizes import (
    BLOCK_PAYMENTS,
    EVM_BLOCKS,
    EVM_TRANSACTIONS,
    FILE_BLOCKS,
    LONG_CHAINS,
)

pytestmark = pytest.mark.real

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PEERS = ROOT / ".bench" / "peers"
BLOCKS = ROOT.parent / "shared" / "data" / "chain" / "btc_raw"
EVM_SENT = EVM_BLOCKS * EVM_TRANSACTIONS
EVM_LOGS = EVM_SENT * 2 // 3 * 2
EVM_ROWS = 2 * EVM_SENT + 2 * EVM_LOGS + 2 * EVM_SENT
"""What ethereum-etl makes: transactions, receipts, logs, transfers, and two calls a transaction."""
EVM_MOVEMENTS = 3 * EVM_SENT + EVM_LOGS + EVM_BLOCKS
"""What Earmark makes: value, inner call and fee of each transaction, transfers, and each block's tips."""
ROUNDS = int(os.environ.get("EARMARK_BENCH_ROUNDS", "5"))


class Taken(NamedTuple):
    """What the rounds of one stage took: seconds, processor seconds, the largest resident size."""

    seconds: float
    busy: float
    peak: int
    made: int


class Line(NamedTuple):
    """One line of the table: what it says, the program, its stage and the case that it reads."""

    title: str
    peer: bool
    stage: str
    case: str


LINES = (
    Line("python-bitcoinlib: deserialise, txids, walk", True, "bitcoinlib", "bitcoin-blocks"),
    Line("Earmark: parse, txids, Merkle roots", False, "parse", "bitcoin-blocks"),
    Line("Earmark `bitcoin-blocks`: files to columns", False, "read", "bitcoin-blocks"),
    Line("bitcoin-etl: a node's JSON to rows", True, "bitcoin_etl", "bitcoin-rpc"),
    Line("Earmark: a node's JSON to checked blocks", False, "load", "bitcoin-rpc"),
    Line("Earmark `bitcoin-rpc`: a node's JSON to columns", False, "read", "bitcoin-rpc"),
    Line("ethereum-etl: a node's JSON to rows", True, "ethereum_etl", "evm-rpc"),
    Line("Earmark `evm-rpc`: a node's JSON to columns", False, "read", "evm-rpc"),
)


@pytest.fixture(scope="module")
def peers() -> Path:
    """Return the Python of the peers, installed at the first run."""
    python = PEERS / "bin" / "python"
    wanted = (HERE / "peers.txt").read_text("utf-8")
    mark = PEERS / "installed.txt"
    if not mark.is_file() or mark.read_text("utf-8") != wanted:
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(PEERS)], check=True)
        words = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
        subprocess.run([str(python), *words, "-r", str(HERE / "peers.txt")], check=True)
        mark.write_text(wanted, "utf-8")
    return python


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("chains")
    call(Path(sys.executable), "chain_inputs", str(made), str(BLOCKS))
    return made


@pytest.fixture(scope="module")
def taken(peers: Path, folder: Path) -> dict[Line, Taken]:
    return {line: run(line, folder, peers) for line in LINES}


def run(line: Line, folder: Path, peers: Path) -> Taken:
    program = (peers, "peers") if line.peer else (Path(sys.executable), "chain_stages")
    return Taken(**json.loads(call(*program, line.stage, str(folder / line.case), str(ROUNDS))))


def call(python: Path, module: str, *words: str) -> bytes:
    return subprocess.run(
        [str(python), "-m", f"tests.bench.{module}", *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=True,
    ).stdout


def test_chains_beside_peers(taken: dict[Line, Taken], capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        sys.stdout.write("\n\n" + report(taken) + "\n")
    made = {(line.case, line.stage): one.made for line, one in taken.items()}
    blocks = made["bitcoin-blocks", "bitcoinlib"]
    assert blocks == made["bitcoin-blocks", "parse"] == made["bitcoin-rpc", "bitcoin_etl"]
    assert made["bitcoin-rpc", "load"] == blocks
    assert made["bitcoin-blocks", "read"] == made["bitcoin-rpc", "read"] == blocks
    assert made["evm-rpc", "ethereum_etl"] == EVM_ROWS
    assert made["evm-rpc", "read"] == EVM_MOVEMENTS


def test_memory_of_the_pass_over_block_files(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    python = Path(sys.executable)
    lines = []
    for files in LONG_CHAINS:
        place = str(folder / f"long-{files}")
        one = Taken(**json.loads(call(python, "chain_stages", "read", place, "0")))
        payments = (files * FILE_BLOCKS - 1) * BLOCK_PAYMENTS
        assert one.made == payments + files * FILE_BLOCKS
        lines.append(f"| {files} | {one.made:,} | {megabytes(one.peak)} |")
    head = "| block files of one size | transactions | peak memory |\n|---:|---:|---:|\n"
    with capsys.disabled():
        sys.stdout.write("\n\n" + head + "\n".join(lines) + "\n")


def report(taken: dict[Line, Taken]) -> str:
    lines = [
        machine(),
        "",
        "| what | of the processors, s | transactions/s | peak memory |",
        "|---|---:|---:|---:|",
    ]
    made = {line.case: one.made for line, one in taken.items() if line.peer}
    made["evm-rpc"] = EVM_SENT
    for line, one in taken.items():
        speed = ROUNDS * made[line.case] / one.busy
        lines.append(f"| {line.title} | {one.busy:.1f} | {speed:,.0f} | {megabytes(one.peak)} |")
    return "\n".join([*lines, "", *ratios(taken)])


def ratios(taken: dict[Line, Taken]) -> list[str]:
    """Say how each of our stages compares with the peer that reads the same case."""
    peer = {
        line.case: (line.title.partition(":")[0], one) for line, one in taken.items() if line.peer
    }
    return [
        f"- {line.title}: {peer[line.case][1].busy / one.busy:.2f} times as fast as {peer[line.case][0]}."
        for line, one in taken.items()
        if not line.peer
    ]
