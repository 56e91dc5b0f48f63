"""One million transactions: rows a second and peak memory of every part, beside a peer of the same run.

``make bench`` prints the table that ``docs/performance.md`` holds. Nothing here is a timed test: what is
asserted is that the work was done and that columns take less than objects would.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.bench.synthetic import FUNDED, GROUPS, HOLDERS_PER_GROUP

ROWS = int(os.environ.get("EARMARK_BENCH_ROWS", "1_000_000"))
STAGES = Path(__file__).with_name("stages.py")
SYNTHETIC = Path(__file__).with_name("synthetic.py")
ROOT = STAGES.parents[2]
TITLES = {
    "peer": "`csv.reader` alone, keeping nothing (the peer)",
    "objects": "rows held as Python objects (for comparison)",
    "reader": "table reader alone",
    "keep_draft": "table reader, its columns written to disk",
    "builder": "builder alone: order, laws, openings",
    "whole_build": "`earmark build`, everything",
    "store": "built columns read from disk",
    "reach": "which transactions a claim can reach",
    "trace_reached": "fifo walk of what it reaches, reach included",
    "trace_every": "fifo walk of every event (the reference)",
    "whole_trace": "`earmark trace --rule fifo`, everything, openings late and early",
}


class Taken(NamedTuple):
    """What one stage took: seconds, processor seconds, the largest resident size before and in it."""

    seconds: float
    busy: float
    before: int
    peak: int
    made: int


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Taken]:
    folder = tmp_path_factory.mktemp("bench") / "case"
    call(SYNTHETIC, str(folder), str(ROWS))
    return {stage: run(stage, folder) for stage in TITLES}


def run(stage: str, folder: Path) -> Taken:
    return Taken(**json.loads(call(STAGES, stage, str(folder))))


def call(script: Path, *words: str) -> bytes:
    return subprocess.run(
        [sys.executable, str(script), *words], stdout=subprocess.PIPE, check=True
    ).stdout


def test_a_million_transactions(
    taken: dict[str, Taken], capsys: pytest.CaptureFixture[str]
) -> None:
    with capsys.disabled():
        sys.stdout.write("\n\n" + report(taken) + "\n")
    for stage in ("peer", "objects", "reader", "keep_draft"):
        assert taken[stage].made == ROWS
    assert taken["trace_reached"].made == taken["trace_every"].made
    assert 0 < taken["reach"].made < ROWS // 10
    assert taken["store"].made < objects_bytes(taken)
    assert taken["whole_trace"].made == 2


def objects_bytes(taken: dict[str, Taken]) -> int:
    return taken["objects"].peak - taken["objects"].before


def report(taken: dict[str, Taken]) -> str:
    lines = [machine(), "", case_text(), ""]
    lines += [
        "| what | seconds | of the processors | rows/s | peak memory |",
        "|---|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {title} | {one.seconds:.1f} | {one.busy:.1f} | {ROWS / one.seconds:,.0f} | "
        f"{megabytes(one.peak)} |"
        for title, one in ((TITLES[stage], one) for stage, one in taken.items())
    ]
    return "\n".join([*lines, "", *ratios(taken)])


def machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return (
        f"Commit {commit()}; {os.cpu_count()} cores, {round(memory / (1 << 30))} GiB of memory, "
        f"{platform.system()} {platform.machine()}, Python {platform.python_version()}."
    )


def commit() -> str:
    words = ["git", "-C", str(ROOT), "describe", "--always", "--abbrev=12", "--dirty"]
    ran = subprocess.run(words, capture_output=True, text=True, check=False)
    return ran.stdout.strip() or "unknown"


def case_text() -> str:
    return (
        f"{ROWS:,} synthetic transfers of 18 decimals between {GROUPS * HOLDERS_PER_GROUP:,} "
        f"addresses in {GROUPS} circles; one row in {FUNDED} comes from outside; one claim."
    )


def ratios(taken: dict[str, Taken]) -> list[str]:
    peer, reader = taken["peer"].busy, taken["reader"].busy
    walks = taken["trace_every"].busy / taken["trace_reached"].busy
    return [
        (
            f"- The reader takes {reader / peer:.1f} times as long as `csv.reader` alone; the whole build "
            f"{taken['whole_build'].busy / peer:.1f} times."
        ),
        (
            f"- The built columns hold {megabytes(taken['store'].made)}, with "
            f"{taken['whole_build'].made:,} openings; the same rows as Python objects, without openings, "
            f"evidence or names, hold {megabytes(objects_bytes(taken))}."
        ),
        (
            f"- The claim reaches {taken['reach'].made:,} transactions: walking only those is {walks:.1f} "
            "times as fast as walking all, and ends the same."
        ),
    ]


def megabytes(size_bytes: int) -> str:
    return f"{size_bytes / 1_000_000:,.0f} MB"
