"""What of the nodes is on this machine."""

from __future__ import annotations

import shutil
from pathlib import Path

MODULES = Path(__file__).parent / "node_modules"


def node_binary() -> str | None:
    """Return the path of Node.js, or None."""
    return shutil.which("node") or shutil.which("nodejs")


def anvil_binary() -> Path | None:
    """Return anvil's own binary: the script beside it would leave it running when it is ended."""
    return next(MODULES.glob("@foundry-rs/anvil-*/bin/anvil*"), None)


def lack() -> str | None:
    """Return why the nodes cannot be started, or None."""
    if node_binary() is None:
        return "needs Node.js: no node on the search path"
    if anvil_binary() is None or not (MODULES / "bcoin").is_dir():
        return "needs the packages of the nodes: `make nodes` installs them"
    return None
