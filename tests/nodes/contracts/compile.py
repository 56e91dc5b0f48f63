"""Compiles the contracts beside this file: ``python compile.py``, with Vyper 0.4.3 in an environment of its own.

Vyper is no dependency of Earmark or of its tests: they read ``compiled.json``.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def compiled(path: Path) -> dict[str, object]:
    """Return a contract's creating code, its functions' first four bytes, and the digest of its source."""
    words = [sys.executable, "-m", "vyper.cli.vyper_compile", "-f", "bytecode,method_identifiers"]
    words += ["--evm-version", "cancun"]
    told = subprocess.run([*words, str(path)], check=True, capture_output=True, text=True).stdout
    code, functions = told.strip().splitlines()
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return {"code": code, "functions": json.loads(functions), "source_sha256": digest}


def main() -> None:
    """Write ``compiled.json``."""
    found = {path.stem: compiled(path) for path in sorted(HERE.glob("*.vy"))}
    text = json.dumps(found, indent=1, sort_keys=True)
    (HERE / "compiled.json").write_text(f"{text}\n", "utf-8")


if __name__ == "__main__":
    main()
