"""`earmark demo`: the main job from evidence to verified dossier, and one changed wei."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

import earmark
from earmark.cases.building import CACHE, build_rows
from earmark.cases.case import Case
from earmark.cli.opening import opened
from earmark.cli.output import print_json, print_table, tell
from earmark.cli.verify import sentence
from earmark.ledger.errors import EarmarkError
from earmark.ledger.files import refuse_link
from earmark.report.answers import answers
from earmark.report.handling import shown_upto
from earmark.report.study import Study
from earmark.report.verifying import verify
from earmark.report.writing import write_report
from earmark.tracing.rules import RULES

if TYPE_CHECKING:
    from earmark.report.answers import Answer
    from earmark.report.verifying import Difference

EXAMPLE = "ronin-2022"
TABLE = Path("sources") / "hops.csv"
WEI = "0." + "0" * 17 + "1"


def demo(
    *,
    to: Annotated[Path, Parameter(help="Where to put the case and its tampered copy.")] = Path(
        "demo"
    ),
    json: Annotated[
        bool, Parameter(help="Print the answers and the difference found as JSON.")
    ] = False,
) -> int:
    """Follow the Ronin money, write its dossier, and catch one changed wei.

    Copies the example case, builds it, traces it under every rule, writes the dossier in English and
    Arabic, verifies it, then changes one wei in a copy: the verification must name it.
    """
    case = opened(_copied(example_folder(), to / EXAMPLE), rebuild=True)
    counts = build_rows(case.made)
    tell(
        f"{case.settings.title}: {counts['transactions']} transactions, {counts['openings']} openings, "
        f"{counts['observations']} observations, {counts['rejected']} rejected"
    )
    written = [write_report(case, lang=lang) for lang in ("en", "ar")]
    if not verify(case.folder).agrees:
        raise EarmarkError("a report that was just written does not verify", file=str(case.folder))
    found = _tampered(case, to / f"{EXAMPLE}-tampered")
    asked = answers(Study(case, shown_upto(case, "confidential")))
    if json:
        print_json(
            {
                "answers": [_row(one) for one in asked],
                "tampered": found,
                "dossiers": [one.dossier for one in written],
                "root": written[0].root,
            }
        )
        return 0
    _show_answers(asked)
    tell(f"\nDossiers: {', '.join(one.dossier for one in written)}; root digest {written[0].root}")
    print(f"One wei was changed in a copy, and verify names it:\n  {sentence(found)}")
    return 0


def example_folder() -> Path:
    """Return the example case: inside the package when installed, else beside it in the checkout."""
    package = Path(earmark.__file__).parent
    for place in (package / "examples", package.parent.parent / "examples"):
        if (place / EXAMPLE / "case.toml").is_file():
            return place / EXAMPLE
    raise EarmarkError("the example case is missing from this installation", file=str(package))


def _copied(source: Path, target: Path) -> Path:
    """Copy a case without what is derived; only what an earlier demo put there is replaced."""
    here, there = source.resolve(), target.resolve()
    if here == there or here.is_relative_to(there) or there.is_relative_to(here):
        raise EarmarkError("is the example itself", file=str(target), expected="another --to")
    mark = target.parent / f".{target.name}.demo"
    if target.exists() and not mark.is_file():
        raise EarmarkError(
            "is there and no demo put it there", file=str(target), expected="another --to"
        )
    refuse_link(target)
    shutil.rmtree(target, ignore_errors=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(source, target, ignore=shutil.ignore_patterns(CACHE, "report"))
    mark.touch()
    return target


def _tampered(case: Case, target: Path) -> Difference:
    """Change one wei in a copy that keeps the old report, and return the row that verify names."""
    _copied(case.folder, target)
    shutil.copytree(case.folder / "report", target / "report")
    path = target / TABLE
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    row = next(number for number, line in enumerate(lines) if line.rstrip().endswith(",500"))
    lines[row] = lines[row].replace(",500", f",500{WEI[1:]}")
    path.write_text("".join(lines), encoding="utf-8")
    named = [one for one in verify(target).differences if one.locator == f"line {row + 1}"]
    if not named:
        raise EarmarkError("verify did not name the changed row", file=str(path), line=row + 1)
    return named[0]


def _row(answer: Answer) -> dict[str, object]:
    low, high = answer.whole.ends
    return {
        "question": answer.question.text,
        "commodity": answer.whole.commodity.symbol,
        "low": low.plain,
        "high": high.plain,
        "by_rule": {rule: amount.plain for rule, amount in answer.best.items()},
    }


def _show_answers(asked: list[Answer]) -> None:
    for answer in asked:
        low, high = answer.whole.ends
        symbol = answer.whole.commodity.symbol
        start = f"Between {low.digits} {symbol} and" if low.quantity else "Nothing, or"
        tell("")
        print(f"{answer.question.text} {start} {high.digits} {symbol}:")
        spans = {**answer.by_rule, _titled("poison"): answer.exposure}
        rows = [(rule, *(end.plain for end in span.ends)) for rule, span in spans.items()]
        print_table(("rule", f"least {symbol}", f"most {symbol}"), rows)
    tell("least and most: over where openings are placed and the order of rows with equal times")


def _titled(rule: str) -> str:
    return rule if RULES[rule].conserves else f"{rule} (exposure: does not conserve)"
