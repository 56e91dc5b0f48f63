"""`earmark check`: what holds, what does not, and what a reader of the numbers should know."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from earmark.cases import custody
from earmark.cases.building import sources_table
from earmark.cases.config import CaseSettings
from earmark.cases.expecting import outcomes
from earmark.cases.reconciling import Reconciled, reconciliations
from earmark.ledger.builder import build
from earmark.ledger.errors import EarmarkError
from earmark.ledger.laws import faults, named_faults
from earmark.ledger.ties import ties
from earmark.sources.names import namer
from earmark.sources.notation import read
from earmark.sources.settings import Source
from earmark.tracing.asking import Terms, question_of, unused_stops
from earmark.tracing.linking import conversions_of
from earmark.tracing.trace import Tracer

if TYPE_CHECKING:
    from pathlib import Path

    from earmark.cases.case import Case
    from earmark.cases.expecting import Outcome
    from earmark.ledger.ledger import Ledger
    from earmark.ledger.values import Expect


class Expected(msgspec.Struct, frozen=True):
    """One ``expect`` line and what came of it."""

    line: int
    asked: str
    wanted: str
    found: str
    holds: bool


class Noticed(msgspec.Struct, frozen=True):
    """One finding of the ledger: its subjects as the ledger names them and as people read them, and why."""

    kind: str
    subjects: tuple[str, ...]
    subjects_shown: tuple[str, ...]
    reasons: tuple[str, ...]

    def __str__(self) -> str:
        """Return the finding in one line."""
        return f"{self.kind}: {', '.join(self.subjects_shown)}: {'; '.join(self.reasons)}"


class Checked(msgspec.Struct, frozen=True):
    """Problems make a check fail; notes and findings are for whoever reads the numbers."""

    problems: tuple[str, ...]
    expects: tuple[Expected, ...]
    notes: tuple[str, ...]
    reconciled: tuple[Reconciled, ...] = ()
    findings: tuple[Noticed, ...] = ()

    @property
    def holds(self) -> bool:
        """Tell whether nothing fails."""
        return not self.problems and all(one.holds for one in self.expects)


def check_case(case: Case) -> Checked:
    """Check a built case: custody, laws, chains, expected answers, ties, rejects, stops, links."""
    chains = tuple(reconciliations(case.ledger))
    problems = [*_custody_problems(case), *_law_problems(case.ledger)]
    problems += [str(one) for one in chains if one.holds is False]
    mistake = _mistake(case)
    if mistake:
        found = findings_of(case.ledger)
        return Checked((*problems, mistake), (), case.made.summary.warnings, chains, found)
    answers = outcomes(case.tracer, case.made.summary.document.expects)
    notes = [*case.made.summary.warnings, *notes_of(case.ledger)]
    notes += [str(one) for one in chains if one.holds is not False]
    shown = namer(case.ledger)
    notes += [
        f"stop {shown(name)} is nowhere in the ledger"
        for name in unused_stops(case.ledger, case.terms.stops)
    ]
    found = findings_of(case.ledger)
    return Checked(tuple(problems), _expected(answers), tuple(notes), chains, found)


def _mistake(case: Case) -> str:
    """Return the first declaration that fits nothing, so that no trace can be asked."""
    try:
        question_of(case.ledger, case.terms, "fifo")
    except EarmarkError as error:
        return str(error)
    return ""


def check_text(path: Path) -> Checked:
    """Check one ``.ledger`` file by itself: build it in memory and answer its ``expect`` lines."""
    tracer, expects = tracer_of_text(path)
    return Checked(
        tuple(_law_problems(tracer.ledger)),
        _expected(outcomes(tracer, expects)),
        tuple(notes_of(tracer.ledger)),
        findings=findings_of(tracer.ledger),
    )


def tracer_of_text(path: Path) -> tuple[Tracer, tuple[Expect, ...]]:
    """Build one ``.ledger`` file in memory and return its tracer and ``expect`` lines."""
    source = Source(reader="notation", path=path.name)
    draft = read(path.parent, path.name, {})
    built = build([draft], sources_table([source], [draft]), [], CaseSettings(title="").openings)
    text = draft.document
    return Tracer(built.ledger, Terms(text.claims, text.stops, text.elections)), text.expects


def _expected(answers: list[Outcome]) -> tuple[Expected, ...]:
    return tuple(Expected(one.line, one.asked, one.wanted, one.found, one.holds) for one in answers)


def _custody_problems(case: Case) -> list[str]:
    try:
        return custody.changed(case.folder)
    except EarmarkError as error:
        return [str(error)]


def _law_problems(ledger: Ledger) -> list[str]:
    keys = ledger.column("transactions", "key")
    broken = {**faults(ledger.tables["legs"]), **named_faults(ledger.tables["legs"])}
    return [f"{keys[tx]}: {reason}" for tx, reason in sorted(broken.items())]


def notes_of(ledger: Ledger) -> list[str]:
    """Return what could change or weaken an answer: ties, unknowns, rejects, links that stop a walk."""
    notes = [f"link {link.name}: {link.problem}" for link in conversions_of(ledger) if link.problem]
    tied = ties(ledger).transactions
    if tied:
        notes.append(
            f"{tied} transactions share a time and a holding with another, and no sequence holds both: they "
            "stand as listed, and another order could change an answer (the dossier prints the range)"
        )
    rows = zip(
        ledger.column("rejected", "source").to_pylist(),
        ledger.column("rejected", "locator").to_pylist(),
        ledger.column("rejected", "reason").to_pylist(),
        strict=True,
    )
    paths = ledger.column("sources", "path").to_pylist()
    notes += [f"rejected: {paths[source]} {locator}: {reason}" for source, locator, reason in rows]
    unknown = ledger.column("legs", "quantity").null_count
    if unknown:
        notes.append(f"{unknown} legs have no known quantity: counted, never summed")
    kinds = Counter(ledger.column("findings", "kind").to_pylist())
    notes += [f"{count} findings of kind {kind}" for kind, count in sorted(kinds.items())]
    return notes


def findings_of(ledger: Ledger) -> tuple[Noticed, ...]:
    """Return every finding of a ledger, kind by kind in the order of the alphabet."""
    shown = namer(ledger)
    found = [
        Noticed(
            row["kind"],
            tuple(row["subjects"]),
            tuple(map(shown, row["subjects"])),
            tuple(row["reasons"]),
        )
        for row in ledger.tables["findings"].select(["kind", "subjects", "reasons"]).to_pylist()
    ]
    return tuple(sorted(found, key=lambda one: one.kind))
