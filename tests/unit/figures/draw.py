"""The figures that the tests compare byte for byte.

Look at them first; then ``python -m tests.unit.figures.draw`` makes them the new measure.
"""

from __future__ import annotations

from pathlib import Path

from tests.unit.figures import samples

from earmark.figures.flow import flow_figure
from earmark.figures.order import arranged

GOLDEN = Path(__file__).parent / "golden"
FIGURES = {
    "theft": lambda: arranged(samples.theft()),
    "theft-ar": lambda: arranged(samples.theft_arabic()),
    "cargo": samples.cargo,
    "crowd": lambda: samples.crowd(3000),
    "lone-balance": samples.lone_balance,
}

if __name__ == "__main__":
    for name, flow in FIGURES.items():
        (GOLDEN / f"{name}.svg").write_text(flow_figure(flow(), name), "utf-8", newline="\n")
