"""`earmark trace`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from earmark.cli.opening import existing_folder, opened
from earmark.cli.output import print_json, print_table, tell
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
    for one in results:
        _show(one)
    return 0


def _show(traced: Traced) -> None:
    rule = RULES[traced.rule]
    tell(f"\n{rule.name}: {rule.law}; openings {traced.placement}")
    names = ("claim", "role", "holder", "label", "quantity", "commodity")
    print_table(names, [[row[name] for name in names] for row in end_rows(traced)])
    for row in balance_rows(traced):
        law = f"difference {row['difference']}" if rule.conserves else "exposure: does not conserve"
        tell(
            f"{row['claim']}: claimed {row['claimed']} {row['commodity']}, converted in "
            f"{row['converted_in']}, converted out {row['converted_out']}; {law}"
        )
