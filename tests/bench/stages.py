"""One stage of the bench, alone in its process: what it took and what came out, as JSON.

``python tests/bench/stages.py STAGE FOLDER``: what a stage needs is made before the clock starts.
"""

from __future__ import annotations

import contextlib
import csv
import hashlib
import io
import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyarrow import feather

from earmark.cases.building import sources_table
from earmark.cases.case import open_case
from earmark.cases.settings import read_settings
from earmark.cli.main import main
from earmark.ledger.builder import build
from earmark.ledger.draft import Draft
from earmark.ledger.store import read_ledger
from earmark.ledger.values import Commodity, Leg, Transaction, When
from earmark.sources import table
from earmark.tracing.asking import question_of
from earmark.tracing.events import events_of, named_lots
from earmark.tracing.reach import reachable
from earmark.tracing.reference import walk

if TYPE_CHECKING:
    from earmark.ledger.ledger import Ledger
    from earmark.ledger.wide import Index
    from earmark.tracing.values import Question

Work = Callable[[], int]
"""Does the work and returns a number that says whether it was the right work."""
ETHER = Commodity("ETH", 18)
_DRAFT = ("transactions", "legs")


def _table(folder: Path) -> Path:
    return folder / "sources" / "rows.csv"


def _read(folder: Path) -> Draft:
    return table.read(folder, read_settings(folder).source[0], {"ETH": ETHER})


def peer(folder: Path) -> Work:
    """Go through the same file with the csv module alone, keeping nothing."""

    def work() -> int:
        with _table(folder).open(encoding="ascii", newline="") as file:
            return sum(1 for _ in csv.reader(file)) - 1

    return work


def objects(folder: Path) -> Work:
    """Hold every row as Python objects with two legs each: what columns are compared with."""

    def work() -> int:
        with _table(folder).open(encoding="ascii", newline="") as file:
            rows = csv.reader(file)
            next(rows)
            return len([_transaction(number, cells) for number, cells in enumerate(rows)])

    return work


def _transaction(number: int, cells: list[str]) -> Transaction:
    key, _, ref, payer, payee, amount = cells
    quantity = int(amount.replace(".", ""))
    legs = (Leg("out", payer, "ETH", quantity), Leg("in", payee, "ETH", quantity))
    return Transaction(When(number), "payment", "recorded", legs, key, ref)


def reader(folder: Path) -> Work:
    """Read the table into a draft."""
    return lambda: int(_read(folder).transactions.num_rows)


def keep_draft(folder: Path) -> Work:
    """Keep what the reader hands to the builder, so that the builder can be measured alone."""

    def work() -> int:
        draft = _read(folder)
        (folder / "report").mkdir(exist_ok=True)
        for name in _DRAFT:
            feather.write_feather(getattr(draft, name), folder / "report" / name, "uncompressed")
        return int(draft.transactions.num_rows)

    return work


def builder(folder: Path) -> Work:
    """Build the ledger, openings included, from a draft that is there already."""
    parts = {name: feather.read_table(folder / "report" / name) for name in _DRAFT}
    first = parts["transactions"].num_rows
    draft = Draft((("sources/rows.csv", "0" * 64),), first, **parts)
    listed = sources_table(read_settings(folder).source, [draft])
    return lambda: _held_bytes(build([draft], listed, [ETHER], "late").ledger)


def _held_bytes(ledger: Ledger) -> int:
    return sum(int(table.nbytes) for table in ledger.tables.values())


def _command(*words: str, made: Callable[[Any], int]) -> Work:
    def work() -> int:
        sys.argv = ["earmark", *words]
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            try:
                main()
            except SystemExit as end:
                if end.code:
                    raise
        return made(json.loads(out.getvalue(), parse_float=str))

    return work


def whole_build(folder: Path) -> Work:
    """Run the whole of ``earmark build``."""
    return _command("build", str(folder), "--json", made=lambda built: int(built["openings"]))


def whole_trace(folder: Path) -> Work:
    """Run the whole of ``earmark trace`` under fifo on a case that is built."""
    return _command("trace", str(folder), "--rule", "fifo", "--json", made=len)


def store(folder: Path) -> Work:
    """Read the built columns from the disk."""
    place = next(path for path in (folder / ".earmark").iterdir() if path.is_dir())
    return lambda: _held_bytes(read_ledger(place))


def _question(folder: Path) -> tuple[Ledger, Question]:
    case = open_case(folder)
    return case.ledger, question_of(case.ledger, case.terms, "fifo")


def reach(folder: Path) -> Work:
    """Find the transactions that the claim can reach."""
    ledger, question = _question(folder)
    return lambda: len(reachable(ledger, question))


def trace_reached(folder: Path) -> Work:
    """Walk what the claim can reach, finding it included."""
    ledger, question = _question(folder)
    return lambda: _walked(ledger, question, reachable(ledger, question))


def trace_every(folder: Path) -> Work:
    """Walk every event: the plain reference."""
    ledger, question = _question(folder)
    return lambda: _walked(ledger, question, None)


def _walked(ledger: Ledger, question: Question, transactions: Index | None) -> int:
    """Return a number that two walks share only when all their ends are the same."""
    result = walk(events_of(ledger, transactions), question, named_lots(ledger))
    ends = repr([end._replace(trail=None) for end in result.ends])
    return int.from_bytes(hashlib.sha256(ends.encode()).digest()[:6])


STAGES: dict[str, Callable[[Path], Work]] = {
    one.__name__: one
    for one in (
        peer,
        objects,
        reader,
        keep_draft,
        builder,
        whole_build,
        store,
        reach,
        trace_reached,
        trace_every,
        whole_trace,
    )
}


def run(stage: str, folder: Path) -> None:
    """Time one stage and print what it took; memory is the largest resident size in bytes."""
    work = STAGES[stage](folder)
    before = _peak_bytes()
    start, busy = time.perf_counter(), time.process_time()
    made = work()
    taken = {
        "seconds": time.perf_counter() - start,
        "busy": time.process_time() - busy,
        "before": before,
        "peak": _peak_bytes(),
        "made": made,
    }
    sys.stdout.write(json.dumps(taken))


def _peak_bytes() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak


if __name__ == "__main__":
    run(sys.argv[1], Path(sys.argv[2]))
