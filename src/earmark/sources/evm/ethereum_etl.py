"""The ``ethereum-etl`` reader: the CSV tables of one range of blocks, joined by transaction hash.

Fields: the project's ``docs/schema.md``.
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

_TIME = "time=block_timestamp"
_ENDS = "from=from_address to=to_address"
_INDEX = "index=transaction_index"
# AWS keeps what a receipt says in the transactions table, with this before the name.
_RECEIPT = (
    "status=receipt_status|status gas_used=receipt_gas_used"
    " effective_gas_price=receipt_effective_gas_price contract_address=receipt_contract_address"
)
SHEETS = (
    sheet(
        "blocks",
        "number hash miner time=timestamp",
        "parent_hash base_fee=base_fee_per_gas transaction_count difficulty"
        " uncles=sha3_uncles blobs=excess_blob_gas withdrawals modified=last_modified",
        "nonce logs_bloom transactions_root state_root receipts_root"
        " total_difficulty size extra_data gas_limit gas_used withdrawals_root blob_gas_used"
        " parent_beacon_block_root requests_hash type item_id item_timestamp date",
        "withdrawals",
    ),
    sheet(
        "transactions",
        f"hash block_number {_INDEX} {_ENDS} value",
        f"{_TIME} block_hash nonce gas_limit=gas gas_price {_RECEIPT} modified=last_modified",
        "input max_fee_per_gas max_priority_fee_per_gas transaction_type max_fee_per_blob_gas"
        " blob_versioned_hashes receipt_cumulative_gas_used receipt_root type item_id item_timestamp"
        " chain_id v r s y_parity access_list date",
        "blob_versioned_hashes access_list",
    ),
    sheet(
        "receipts",
        "hash=transaction_hash block_number gas_used cumulative_gas_used",
        f"{_INDEX} block_hash contract_address status effective_gas_price blob_gas_price blob_gas_used"
        " l1_fee modified=last_modified",
        "root type item_id item_timestamp date l1_gas_used l1_gas_price l1_fee_scalar logs",
    ),
    sheet(
        "logs",
        "hash=transaction_hash log_index block_number address data topics",
        f"{_INDEX} block_hash {_TIME} modified=last_modified",
        "type item_id item_timestamp date removed",
        "topics",
    ),
    sheet(
        "token_transfers",
        f"token=token_address {_ENDS} value hash=transaction_hash log_index block_number",
        f"{_TIME} block_hash modified=last_modified",
        "type item_id item_timestamp date transaction_index",
    ),
    sheet(
        "traces",
        f"block_number {_ENDS} value kind=trace_type path=trace_address",
        f"hash=transaction_hash {_INDEX} call=call_type reward=reward_type status error {_TIME}"
        " name=trace_id"
        " block_hash modified=last_modified",
        "input output gas gas_used subtraces type item_id item_timestamp date",
        "trace_address",
    ),
    sheet(
        "contracts",
        "address is_erc20 is_erc721",
        "",
        "bytecode function_sighashes block_number block_hash block_timestamp type item_id"
        " item_timestamp date last_modified",
        "function_sighashes",
    ),
    sheet(
        "tokens",
        "address symbol name decimals",
        "",
        "total_supply block_number block_hash block_timestamp type item_id item_timestamp date"
        " last_modified",
    ),
    skipped("token_approvals", "token_address owner_address spender_address transaction_hash"),
)


def read(
    folder: Path,
    source: Source,
    commodities: Mapping[str, Commodity],
    progress: Callable[[int], None] | None = None,
) -> Draft:
    """Read the CSV files of one export, each told by its columns; ``.gz`` files are unpacked.

    Raises EarmarkError for a file that is none of the tables.
    """
    return dataset.read(folder, source, commodities, dataset.Format(SHEETS, ("csv",)), progress)
