"""The words of the design that stand in data (rules, roles, bases, kinds), as messages to be translated.

A word that is not here is printed as the case wrote it, marked as the case's own.
"""

from __future__ import annotations


def N_(message: str) -> str:  # noqa: N802  the field's name for "a message, translated later"
    """Mark a message for the catalogue."""
    return message


MONTHS = (
    N_("Jan"),
    N_("Feb"),
    N_("Mar"),
    N_("Apr"),
    N_("May"),
    N_("Jun"),
    N_("Jul"),
    N_("Aug"),
    N_("Sep"),
    N_("Oct"),
    N_("Nov"),
    N_("Dec"),
)

TERMS: dict[str, dict[str, str]] = {
    "rule": {
        "fifo": N_("first in, first out"),
        "lifo": N_("last in, first out"),
        "pro_rata": N_("in proportion, payment by payment"),
        "hallett": N_("untraced first"),
        "oatway": N_("traced first"),
        "poison": N_("everything touched"),
    },
    "law": {
        "fifo": N_("Clayton’s case, 1816"),
        "lifo": N_("no authority; for comparison"),
        "pro_rata": N_("rolling charge; Barlow Clowes v Vaughan [1992]"),
        "hallett": N_("Re Hallett’s Estate, 1880"),
        "oatway": N_("Re Oatway [1903]"),
        "poison": N_("no authority; exposure"),
    },
    "placement": {"late": N_("late"), "early": N_("early")},
    "depends": {
        "rule": N_("the rule"),
        "openings": N_("where openings are placed"),
        "ties": N_("the order of rows with equal times (two orders tried: as listed and reversed)"),
        "bounds": N_("the bounds of quantities that are not known exactly"),
    },
    "role": {
        "rests": N_("rests"),
        "stopped": N_("stopped"),
        "fee": N_("paid as fee"),
        "destroyed": N_("destroyed"),
        "unresolved": N_("unresolved"),
    },
    "word": {
        "claimed": N_("claimed"),
        "converted_in": N_("converted in"),
        "rests": N_("rests"),
        "stopped": N_("stopped"),
        "fees": N_("fees"),
        "destroyed": N_("destroyed"),
        "unresolved": N_("unresolved"),
        "withdrawn": N_("withdrawn"),
        "overlap": N_("overlap"),
        "converted_out": N_("converted out"),
    },
    "basis": {
        "recorded": N_("recorded"),
        "reported": N_("reported"),
        "inferred": N_("inferred"),
    },
    "basis_means": {
        "recorded": N_("a primary record, or a source’s export of one, as its author made it"),
        "reported": N_("somebody says so; no primary record shows it"),
        "inferred": N_("a finding that a person adopted"),
    },
    "author": {
        "court": N_("court"),
        "government": N_("government"),
        "un_panel": N_("UN panel"),
        "firm": N_("firm"),
        "press": N_("press"),
        "researcher": N_("researcher"),
        "ours": N_("those who made this case"),
    },
    "predicate": {
        "attributed_to": N_("is attributed to"),
        "belongs_to": N_("belongs to"),
        "controls": N_("controls"),
        "owns": N_("owns"),
        "directs": N_("directs"),
        "alias_of": N_("is another name of"),
        "listed_as": N_("is listed as"),
        "listed_under": N_("was added to the list entry of"),
        "described_as": N_("is described as"),
        "associated_with": N_("is associated with"),
        "mentions": N_("mentions"),
        "lost": N_("lost"),
    },
    "verdict": {
        "agrees": N_("agrees"),
        "differs": N_("differs"),
        "absent": N_("not in this record"),
    },
    "handling": {
        "public": N_("public"),
        "restricted": N_("restricted"),
        "confidential": N_("confidential"),
    },
    "stop": {
        "mixer": N_("mixer"),
        "exchange": N_("exchange"),
        "towards_exchange": N_("towards exchanges"),
        "bridge": N_("bridge"),
    },
    "custody": {"attach": N_("attached"), "fetch": N_("fetched")},
    "reader": {
        "table": N_("table"),
        "notation": N_("notation"),
        "bitcoin-blocks": N_("blocks of Bitcoin"),
        "bitcoin-rpc": N_("saved replies of a Bitcoin node"),
        "bitcoin-etl": N_("a bitcoin-etl export"),
        "aws-bitcoin": N_("the AWS tables of Bitcoin"),
        "esplora": N_("saved replies of an Esplora server"),
        "electrum": N_("saved replies of an Electrum server"),
        "evm-rpc": N_("saved replies of an EVM node"),
        "ethereum-etl": N_("an ethereum-etl export"),
        "aws-ethereum": N_("the AWS tables of Ethereum"),
        "etherscan": N_("an Etherscan export"),
        "cryo": N_("a cryo export"),
        "document": N_("document"),
    },
    "kind": {
        "theft": N_("theft"),
        "payment": N_("payment"),
        "conversion": N_("conversion"),
        "opening": N_("opening"),
        "fee": N_("fee"),
        "issuance": N_("issuance"),
        "brought_forward": N_("brought forward"),
    },
    "reserved": {
        "market:unknown": N_("a market that the record does not name"),
        "btc:unresolved": N_("inputs that the data do not resolve"),
        "cargo:lost": N_("lost cargo"),
        "fees": N_("fees"),
        "burned": N_("destroyed units"),
        "issued": N_("issuance"),
    },
    "lacks": {
        "gas": N_("gas"),
        "internal transfers": N_("internal transfers"),
        "tokens": N_("tokens"),
        "times": N_("times"),
        "transaction hashes": N_("transaction hashes"),
        "failed transactions": N_("failed transactions"),
        "native transfers": N_("native transfers"),
        "other transactions": N_("other transactions"),
        "wrapping of coins": N_("wrapping of coins"),
        "self-destructs": N_("self-destructs"),
        "who receives the fees": N_("who receives the fees"),
        "block rewards": N_("block rewards"),
        "withdrawals": N_("withdrawals"),
        "what other addresses did": N_("what other addresses did"),
        "the burned part of fees": N_("the burned part of fees"),
        "the order inside transactions": N_("the order inside transactions"),
    },
}
