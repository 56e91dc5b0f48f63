"""Addresses as people type them, turned into what an index is asked for and what the ledger calls them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from earmark.fetch.blocks import Kind
from earmark.fetch.history import NATIVE
from earmark.ledger.errors import EarmarkError
from earmark.ledger.quantity import format_quantity
from earmark.sources.bitcoin.addresses import address_of, script_of
from earmark.sources.bitcoin.networks import MAIN, NETWORKS, Network
from earmark.sources.bitcoin.scripts import holder_of
from earmark.sources.evm.addresses import checksummed, in_small_letters
from earmark.sources.evm.chains import Chain

_EVM = re.compile(r"0[xX][0-9a-fA-F]{40}")
_OUTPUT = re.compile(r"([0-9a-fA-F]{64}):(0|[1-9][0-9]{0,8})")


@dataclass(frozen=True)
class Starts:
    """What was typed: addresses (or outputs) of one kind of chain, each once; a network for Bitcoin."""

    kind: Kind
    targets: tuple[str, ...]
    network: Network = MAIN


def starts_of(typed: list[str], network: str = "") -> Starts:
    """Return targets: EVM addresses in small letters, Bitcoin scripts in hexadecimal, outputs ``TXID:N``.

    Raises EarmarkError for a mistyped address, or addresses of two kinds or networks.
    """
    if not typed:
        raise EarmarkError("no address is named", expected="at least one")
    if any("://" in one for one in typed):  # not repeated: it may hold a password
        raise EarmarkError(
            "the address of a server stands among the addresses", expected="CASE URL ADDRESS…"
        )
    for one in typed:
        if one.lower().startswith("0x") and not _EVM.fullmatch(one):
            raise EarmarkError(
                f"{one[:60]!r} is no EVM address", expected="0x and 40 hexadecimal digits"
            )
    are_evm = [bool(_EVM.fullmatch(one)) for one in typed]
    if all(are_evm):
        return Starts("evm", tuple(dict.fromkeys(_evm(one) for one in typed)))
    if any(are_evm):
        raise EarmarkError("addresses of two kinds of chains", expected="a call for each")
    chosen = NETWORKS[network] if network else _network(typed)
    return Starts("bitcoin", tuple(dict.fromkeys(_bitcoin(one, chosen) for one in typed)), chosen)


def _evm(text: str) -> str:
    try:
        return in_small_letters(text)
    except ValueError as error:
        raise EarmarkError(
            str(error), expected="the address as its source writes it, or all in small letters"
        ) from error


def _bitcoin(text: str, network: Network) -> str:
    output = _OUTPUT.fullmatch(text)
    if output:
        return f"{output[1].lower()}:{output[2]}"
    try:
        return script_of(text, network).hex()
    except ValueError as error:
        raise EarmarkError(
            str(error), expected="a Bitcoin address, an EVM address, or an output as TXID:N"
        ) from error


def _network(typed: list[str]) -> Network:
    """Return the first network on which all are addresses; the test networks share some of theirs."""
    for network in NETWORKS.values():
        if all(_is_of(one, network) for one in typed):
            return network
    return MAIN


def _is_of(text: str, network: Network) -> bool:
    try:
        return bool(_OUTPUT.fullmatch(text) or script_of(text, network))
    except ValueError:
        return False


@dataclass(frozen=True)
class Naming:
    """How targets of one walk are shown, and what the ledger calls them; ``chain`` is null for Bitcoin."""

    network: Network = MAIN
    chain: Chain | None = None

    def shown(self, target: str) -> str:
        """Return a target as people write it."""
        if self.chain is not None:
            return checksummed(target)
        if ":" in target:
            return target
        return address_of(bytes.fromhex(target), self.network) or f"script {target}"

    def holder(self, target: str) -> str:
        """Return the ledger's name of an address or a script."""
        if self.chain is not None:
            return self.chain.holder(target)
        return holder_of(bytes.fromhex(target))

    def amount(self, commodity: str, quantity: str) -> str:
        """Return an amount in words; tokens are counted in smallest units, for nobody vouches for decimals."""
        if not quantity:
            return ""
        if commodity != NATIVE:
            return f"{quantity} smallest units of token {checksummed(commodity)}"
        exponent, symbol = (18, self.chain.symbol) if self.chain else (8, self.network.symbol)
        return f"{format_quantity(int(quantity), exponent)} {symbol}"
