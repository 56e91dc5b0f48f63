"""The ``cryo`` reader: Parquet or CSV tables as cryo collects them from a node, told by their columns.

Hashes and addresses are bytes or ``0x`` texts. Large integers come in up to three columns; the bytes or
the text are exact, the double is not. Fields: the project's ``crates/freeze/src/datasets``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from earmark.sources.evm import dataset
from earmark.sources.evm.tabular import sheet, skipped

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from earmark.ledger.draft import Draft
    from earmark.ledger.values import Commodity
    from earmark.sources.settings import Source

_ENDS = "from=from_address to=to_address"
_INDEX = "index=transaction_index"
_HASH = "hash=transaction_hash"
_VALUE = "value=value_binary|value_string|value_str|value_decimal|value|value_f64|value_float"
_ITEM = "item=token_id_binary|token_id_string|token_id|token_id_f64"
_DOUBLED = (
    "value_string value_str value_f64 value_float value_decimal value_binary value_f32 value_d128"
)
_CHAIN = "chain_id block_hash time=timestamp|block_timestamp"
SHEETS = (
    sheet(
        "blocks",
        "number=block_number|number hash=block_hash|hash time=timestamp miner=author|miner",
        "parent_hash base_fee=base_fee_per_gas uncles=uncles_hash"
        " difficulty=difficulty_string|difficulty_binary|difficulty_f64|difficulty"
        " blobs=excess_blob_gas withdrawals chain_id",
        "state_root transactions_root receipts_root gas_used gas_limit extra_data logs_bloom"
        " total_difficulty_binary total_difficulty_string total_difficulty_f64 total_difficulty"
        " difficulty_string difficulty_f64 difficulty_binary size mix_hash nonce"
        " withdrawals_root blob_gas_used",
        "withdrawals",
    ),
    sheet(
        "transactions",
        f"{_HASH} block_number {_INDEX} {_ENDS} {_VALUE} gas_price",
        f"{_CHAIN} nonce gas_used gas_limit status=success",
        f"{_DOUBLED} input transaction_type max_priority_fee_per_gas max_fee_per_gas"
        " n_input_bytes n_input_zero_bytes n_input_nonzero_bytes n_rlp_bytes v r s",
    ),
    sheet(
        "logs",
        f"{_HASH} log_index block_number address=contract_address|address topic0 topic1 topic2 topic3 data",
        f"{_INDEX} {_CHAIN}",
        "n_data_bytes",
    ),
    sheet(
        "erc20_transfers",
        f"{_HASH} log_index block_number token=erc20 {_ENDS} {_VALUE}",
        f"{_INDEX} {_CHAIN}",
        _DOUBLED,
    ),
    sheet(
        "erc721_transfers",
        f"{_HASH} log_index block_number token=erc721|erc20|address|contract_address {_ENDS} {_ITEM}",
        f"{_INDEX} {_CHAIN}",
        "token_id_string token_id_f64 token_id_binary",
    ),
    sheet(
        "native_transfers",
        f"{_HASH} block_number transfer_index {_ENDS} {_VALUE}",
        f"{_INDEX} {_CHAIN}",
        _DOUBLED,
    ),
    sheet(
        "traces",
        f"{_HASH} block_number kind=action_type path=trace_address from=action_from to=action_to"
        " value=action_value",
        "index=transaction_position|transaction_index call=action_call_type reward=action_reward_type"
        f" made=result_address error {_CHAIN}",
        "action_gas action_input action_init result_gas_used result_output result_code subtraces",
    ),
    sheet("erc20_metadata", "address=erc20 name symbol decimals", "chain_id", "block_number"),
    skipped(
        "erc20_balances", "erc20 address balance=balance_binary|balance_string|balance_f64|balance"
    ),
    skipped("balances", "address balance=balance_binary|balance_string|balance_f64|balance"),
    skipped(
        "erc20_supplies",
        "erc20 total_supply=total_supply_binary|total_supply_string|total_supply_f64",
    ),
    skipped(
        "erc20_approvals", "erc20 from_address to_address value_binary=value_binary|value_string"
    ),
    skipped("balance_diffs", "address from_value=from_value_binary|from_value_string|from_value"),
    skipped("contracts", "contract_address deployer create_index"),
    skipped("address_appearances", "address relationship"),
    skipped("nonces", "address nonce block_number"),
)


def read(
    folder: Path,
    source: Source,
    commodities: Mapping[str, Commodity],
    progress: Callable[[int], None] | None = None,
) -> Draft:
    """Read files that cryo wrote, each told by its columns.

    Raises EarmarkError for a broken file, or one that is none of the tables.
    """
    form = dataset.Format(SHEETS, ("parquet", "csv"))
    return dataset.read(folder, source, commodities, form, progress)
