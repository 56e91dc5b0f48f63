"""The dossier that lies in docs/ is what a fresh run gives, to the byte."""

from __future__ import annotations

from pathlib import Path

COMMITTED = Path(__file__).resolve().parents[3] / "docs" / "dossier" / "ronin-2022"
REFRESH = "make dossier"


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_the_committed_dossier_is_what_a_fresh_run_gives(ronin: Path) -> None:
    committed, made = files(COMMITTED), files(ronin / "report")
    assert sorted(committed) == sorted(made), REFRESH
    differing = [name for name, data in made.items() if committed[name] != data]
    assert not differing, REFRESH
