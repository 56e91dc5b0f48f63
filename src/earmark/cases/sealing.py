"""Whether built columns were made here: a cache that came with somebody's case is never believed.

The seal is an HMAC-SHA256 over the cache's files under a secret of this user on this machine. Without the
secret, or with another seal, a case is simply built again.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from earmark.ledger.files import state_folder

NAME = "seal"
KEY_BYTES = 32


def seal(folder: Path) -> bytes | None:
    """Return the seal of a cache folder's files, or null where this user's secret cannot be kept."""
    key = _key()
    if key is None:
        return None
    total = hmac.new(key, digestmod=hashlib.sha256)
    for path in sorted(folder.iterdir()):
        if path.name != NAME:
            with path.open("rb") as file:
                total.update(
                    path.name.encode() + b"\0" + hashlib.file_digest(file, "sha256").digest()
                )
    return total.hexdigest().encode()


def is_sealed(folder: Path) -> bool:
    """Tell whether the cache folder is as this user's own build left it."""
    try:
        expected = seal(folder)
        return expected is not None and hmac.compare_digest((folder / NAME).read_bytes(), expected)
    except OSError:
        return False


def _key() -> bytes | None:
    try:
        path = state_folder() / "seal.key"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(secrets.token_bytes(KEY_BYTES))
        key = path.read_bytes()
    except (OSError, RuntimeError):  # no home, or one that cannot be written
        return None
    return key if len(key) == KEY_BYTES else None
