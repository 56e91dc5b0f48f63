"""How one source is to be read: its settings checked before the first row is."""

from __future__ import annotations

from collections import abc
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from earmark.ledger.errors import EarmarkError, near_miss
from earmark.ledger.values import Commodity
from earmark.sources.settings import Ignore, Source
from earmark.sources.table.columns import Mapping, read_mapping
from earmark.sources.table.holders import check_namespace, fold
from earmark.sources.table.quantities import NumberFormat, number_format
from earmark.sources.table.time_texts import TimeFormat, time_format


@dataclass(frozen=True)
class Plan:
    """Everything that a batch of rows is converted by."""

    mapping: Mapping
    commodities: abc.Mapping[str, Commodity]
    numbers: NumberFormat
    times: TimeFormat
    namespace: str
    key_prefix: str
    ignore: tuple[Ignore, ...]

    def constant(self, meaning: str) -> str:
        """Return the constant of a meaning, or ""."""
        return self.mapping.constants.get(meaning, "")


def make_plan(source: Source, commodities: abc.Mapping[str, Commodity]) -> Plan:
    """Check every setting of a source; raises EarmarkError for one that no row could satisfy."""
    check_namespace(source.format.namespace)
    plan = Plan(
        read_mapping(source),
        commodities,
        number_format(source.format),
        time_format(source.format.time, source.format.zone),
        source.format.namespace,
        source.format.key_prefix,
        tuple(source.ignore),
    )
    for meaning in ("payer", "payee"):
        _check_holder(plan.constant(meaning), meaning, plan.namespace)
    _check_commodity(plan)
    for rule in plan.ignore:
        _check_rule(rule)
    return plan


def _check_holder(text: str, meaning: str, namespace: str) -> None:
    if not text:
        return
    try:
        fold(text, namespace)
    except ValueError as error:
        raise EarmarkError(
            f"constants.{meaning}: {error}", file="case.toml", expected="namespace:identifier"
        ) from error


def _check_commodity(plan: Plan) -> None:
    symbol = plan.constant("commodity")
    if symbol and symbol not in plan.commodities:
        raise EarmarkError(
            f"constants.commodity {symbol[:60]!r} is not a commodity of this case",
            file="case.toml",
            expected="a [[commodity]] with this symbol, or a commodity line in case.ledger",
            near_miss=near_miss(symbol, plan.commodities),
        )


def _check_rule(rule: Ignore) -> None:
    problem = ""
    if (rule.equals is None) == (rule.matches is None):
        problem = "needs exactly one of equals and matches"
    elif not rule.reason.strip():
        problem = "gives no reason"
    elif rule.matches is not None:
        try:
            pc.match_substring_regex(pa.array([""]), whole_cell(rule.matches))
        except pa.ArrowInvalid as error:
            problem = f"holds no regular expression ({str(error)[:100]})"
    if problem:
        raise EarmarkError(
            f"an ignore rule on {rule.column[:60]!r} {problem}",
            file="case.toml",
            expected='column, reason and either equals = "…" or matches = "…"',
        )


def whole_cell(pattern: str) -> str:
    """Return the regular expression (RE2, linear in time) that the whole cell has to match."""
    return f"^(?:{pattern})$"
