"""The dossier of one whole block of the main network: 2,500 transactions, one claim, addresses throughout."""

from __future__ import annotations

import csv
from pathlib import Path

from earmark.cases.case import open_case
from earmark.report.writing import write_report
from earmark.sources.names import canonical_holder

BLOCK = "rustbitcoin_mainnet_block_0c835b2a.raw"
CLAIM = "btc:c3cde219530b676d4555dc8269397ba4812fc645c1919063975c510dd46cd7b9"
CLAIMANT = "bc1qvq0ee84zc2emevetsl3mx9xl9ynjpelhxjjesq"
SETTINGS = f"""title = "Block 702,861"
[[source]]
reader = "bitcoin-blocks"
path = "{BLOCK}"
[[claim]]
name = "one"
commodity = "BTC"
at = ["{CLAIM.upper().replace("BTC:", "btc:")}#3"]
"""


def test_a_whole_block_is_traced_and_printed(shared_data: Path, tmp_path: Path) -> None:
    (tmp_path / BLOCK).write_bytes((shared_data / "chain" / "btc_raw" / BLOCK).read_bytes())
    (tmp_path / "case.toml").write_text(SETTINGS, "utf-8")
    write_report(open_case(tmp_path))
    page = (tmp_path / "report" / "dossier.html").read_text("utf-8")
    front = page[: page.index('id="said"')]
    assert "6190 of 6517 inputs spend outputs that are not in these data" in front
    assert "28,587.59028507\u00a0BTC" in front
    assert "The fees of 2244 of 2499 payments are therefore unknown." in front
    assert CLAIMANT in page
    assert canonical_holder(f"btc:{CLAIMANT}").partition(":")[2] not in page
    with (tmp_path / "report" / "tables" / "holders.csv").open(
        encoding="utf-8", newline=""
    ) as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 5_738
    for row in rows:
        shown = row["holder_shown"]
        if "(" not in shown and " " not in shown:
            assert canonical_holder(shown) == row["holder"]
