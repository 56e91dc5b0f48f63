"""A synthetic case of any size: transfers of ether between 100,000 addresses, the same in every run.

``python tests/bench/synthetic.py FOLDER ROWS`` writes it in a process of its own: a process starts with the
peak memory of its parent, so the bench itself has to stay small.
"""

from __future__ import annotations

import sys
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

GROUPS = 100
"""Circles of holders that pay only each other, so that a claim in one reaches 1 % of the rows."""
HOLDERS_PER_GROUP = 1_000
FUNDED = 20
"""One transaction in so many is a large receipt from outside, so that most payments are covered."""
TABLE = "sources/rows.csv"
_START_S = 1_640_995_200
_YEAR_S = 365 * 86_400
_MIX = 0x9E3779B97F4A7C15F39CC0605CEDC834
_SETTINGS = f"""title = "SYNTHETIC rows"

[[commodity]]
symbol = "ETH"
exponent = 18

[[source]]
reader = "table"
path = "{TABLE}"

[source.columns]
time = "time"
payer = "from"
payee = "to"
quantity = "amount"
key = "id"
ref = "hash"

[source.constants]
commodity = "ETH"

[source.format]
namespace = "eth"
key_prefix = "bench:"

[[claim]]
name = "theft"
commodity = "ETH"
at = ["bench:0"]
"""


def write_case(folder: Path, rows: int) -> None:
    """Write ``case.toml`` and a CSV file of so many transfers in order of time."""
    (folder / "sources").mkdir(parents=True)
    (folder / "case.toml").write_text(_SETTINGS, encoding="utf-8")
    with (folder / TABLE).open("w", encoding="ascii", newline="") as file:
        file.write("id,time,hash,from,to,amount\n")
        file.writelines(_lines(rows))


def _lines(rows: int) -> Iterator[str]:
    chance = np.random.default_rng(1)
    group = chance.integers(0, GROUPS, rows) * HOLDERS_PER_GROUP
    # A few holders of each circle pay and receive most of the time.
    payer, payee = (
        group + (chance.random(rows) ** 3 * HOLDERS_PER_GROUP).astype(np.int64) for _ in range(2)
    )
    payee[0] = group[0]  # the claim begins with a holder that pays often
    payer[::FUNDED] = GROUPS * HOLDERS_PER_GROUP + payer[::FUNDED] % 10
    ether = chance.integers(0, 50, rows)
    ether[::FUNDED] = 20_000
    seconds = _START_S + np.sort(chance.integers(0, _YEAR_S, rows))
    columns = (
        np.datetime_as_string(seconds.astype("datetime64[s]")).tolist(),
        payer.tolist(),
        payee.tolist(),
        ether.tolist(),
        chance.integers(1, 10**18, rows).tolist(),
    )
    for number, time, one, other, whole, part in zip(count(), *columns):
        yield (
            f"{number},{time}Z,{_hex(number, 64)},{_hex(one, 40)},{_hex(other, 40)},"
            f"{whole}.{part:018d}\n"
        )


def _hex(number: int, digits: int) -> str:
    return f"0x{((number + 1) * _MIX**2) % 16**digits:0{digits}x}"


if __name__ == "__main__":
    write_case(Path(sys.argv[1]), int(sys.argv[2]))
