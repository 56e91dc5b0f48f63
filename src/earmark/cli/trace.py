"""`earmark trace`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from earmark.cli.opening import existing_folder, opened
from earmark.cli.output import print_json, print_table, tell
from earmark.sources.names import namer
from earmark.tracing.reference import WORDS
from earmark.tracing.rules import RULES
from earmark.tracing.trace import Traced, balance_rows, end_rows, rules_named, trace_rows

RuleName = Literal["all", "fifo", "lifo", "pro_rata", "hallett", "oatway", "poison"]


def trace(
    case: Path,
    *,
    rule: Annotated[RuleName, Parameter(help="A rule, or all of them side by side.")] = "all",
    only: Annotated[
        str | None, Parameter(help="Walk this claim alone; the others' legs are untraced.")
    ] = None,
    horizon: Annotated[str | None, Parameter(help="Do not follow beyond this time.")] = None,
    dust: Annotated[
        list[str] | None, Parameter(help="Do not follow in-legs below this, as in '0.01 ETH'.")
    ] = None,
    follow_fees: Annotated[bool, Parameter(help="Follow fees to whoever collects them.")] = False,
    json: Annotated[bool, Parameter(help="Print every end and the balance as JSON.")] = False,
) -> int:
    """Follow the claims forward under one rule or all of them.

    Each rule is walked with openings placed late, and early too where a traced holding has any. The law
    of the result is asserted on every run: what was claimed equals all the ends, to the last unit.

    Parameters
    ----------
    case
        The case folder.
    """
    built = opened(existing_folder(case))
    tracer = built.narrowed(horizon, dust or [], follow_fees=follow_fees)
    results = tracer.trace_all(rules_named(rule), only)
    if json:
        print_json([trace_rows(one) for one in results])
        return 0
    if not tracer.terms.claims:
        tell("the case has no claim: add [[claim]] to case.toml or a claim line to case.ledger")
    for one in results:
        _show(one)
    return 0


def _show(traced: Traced) -> None:
    rule = RULES[traced.rule]
    tell(f"\n{rule.name}: {rule.law}; openings {traced.placement}")
    names = ("claim", "role", "holder", "label", "quantity", "commodity", "reason")
    shown = namer(traced.ledger)
    ends = [{**row, "holder": shown(row["holder"])} for row in end_rows(traced)]
    rows = [[row[name] for name in names] for row in ends]
    placed = (rule.name, traced.placement)
    print_table(("rule", "openings", *names), [[*placed, *row] for row in rows])
    for row in balance_rows(traced):
        law = f"difference {row['difference']}" if rule.conserves else "exposure: does not conserve"
        said = ", ".join(
            f"{word.replace('_', ' ')} {row[word]}" for word in WORDS if row[word] != "0"
        )
        tell(f"{row['claim']} in {row['commodity']}: {said or 'nothing'}; {law}")
