"""The manifest: what went in, what came out, and the one digest that stands at each page's foot."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec

from earmark import __version__
from earmark.cases import custody
from earmark.ledger.errors import EarmarkError
from earmark.report.handling import WITHHELD
from earmark.report.study import EXPOSURE, SHOWN_RULES
from earmark.sources.files import NOT_INPUTS

if TYPE_CHECKING:
    from pathlib import Path

    from earmark.report.study import Study
    from earmark.report.table import Table

NAME = "manifest.json"
SIZE_LIMIT_BYTES = 64 * 1024 * 1024


class Versions(msgspec.Struct, frozen=True):
    """The versions that decide a byte of the output."""

    earmark: str
    readers: dict[str, str]


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """SHA-256 of every input and output by name; no clock time, no place on a disk, no user."""

    title: str
    upto: str
    versions: Versions
    inputs: dict[str, str]
    withheld_inputs: int
    rules: list[str]
    openings: str
    only: list[str]
    stops: list[dict[str, str]]
    tables: dict[str, str]
    root: str
    dossiers: dict[str, str]


def sha256(data: bytes) -> str:
    """Return the digest of some bytes in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def digested_inputs(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file of a case by its path inside the folder, the log among them."""
    found = {}
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        is_input = relative.parts[0] not in NOT_INPUTS or relative.as_posix() == custody.NAME
        if is_input and path.is_file():
            with path.open("rb") as file:
                found[relative.as_posix()] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def shown_inputs(study: Study) -> dict[str, str]:
    """Return the inputs as the manifest lists them; withheld ones under a number instead of a name."""
    hidden = study.shown.files[1]
    shown = {}
    for name, digest in digested_inputs(study.case.folder).items():
        number = len([one for one in hidden if one <= name])
        shown[f"{WITHHELD}/{number}" if name in hidden else name] = digest
    return shown


def root_digest(inputs: dict[str, str], tables: dict[str, str]) -> str:
    """Return the SHA-256 over ``digest  name`` lines of inputs, then tables, each sorted by name."""
    lines = [
        f"{digest}  {name}\n" for part in (inputs, tables) for name, digest in sorted(part.items())
    ]
    return sha256("".join(lines).encode())


def manifest_of(study: Study, tables: list[Table]) -> Manifest:
    """Return the manifest without the dossiers, which carry its root digest."""
    inputs = shown_inputs(study)
    digests = {f"tables/{one.name}.csv": sha256(one.text.encode()) for one in tables}
    terms = study.case.terms
    sources = study.ledger.tables["sources"].to_pylist()
    return Manifest(
        title=study.case.settings.title,
        upto=study.shown.upto,
        versions=Versions(__version__, {row["reader"]: row["reader_version"] for row in sources}),
        inputs=inputs,
        withheld_inputs=sum(name.startswith(f"{WITHHELD}/") for name in inputs),
        rules=[*SHOWN_RULES, EXPOSURE],
        openings=study.case.settings.openings,
        only=[only for only in study.runs if only is not None],
        stops=[
            {"kind": s.kind, "name": s.name, "role": s.role, "label": s.label}
            for s in (study.shown.stop(stop) for stop in terms.stops)
        ],
        tables=digests,
        root=root_digest(inputs, digests),
        dossiers={},
    )


def encoded(manifest: Manifest) -> bytes:
    """Return the manifest as JSON, two spaces deep, keys as declared."""
    return (
        msgspec.json.format(msgspec.json.encode(manifest, order="deterministic"), indent=2) + b"\n"
    )


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of a report folder; raises EarmarkError when it is missing or no manifest."""
    path = folder / NAME
    if not path.is_file():
        raise EarmarkError(
            f"there is no {NAME} here",
            file=str(folder),
            expected="a folder that `earmark report` wrote",
        )
    if path.stat().st_size > SIZE_LIMIT_BYTES:
        raise EarmarkError("is larger than 64 MiB", file=str(path), expected="a manifest")
    try:
        return msgspec.json.decode(path.read_bytes(), type=Manifest)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise EarmarkError(
            f"is no manifest: {error}", file=str(path), expected="what `earmark report` wrote"
        ) from error
