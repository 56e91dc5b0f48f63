"""The package installs as promised: pinned, hashed, licensed, and the same everywhere."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from importlib.metadata import distribution, distributions, version
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

import earmark

ROOT = Path(__file__).resolve().parents[2]
PYPROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
LOCKS = ("run", "dev")
PERMISSIVE = re.compile(r"\b(MIT|BSD|Apache|ISC|PSFL?|Python Software Foundation)\b")
COPYLEFT = re.compile(r"GPL|MPL|Mozilla|EUPL|CDDL", re.IGNORECASE)
# MPL-2.0, never changed: a list of root certificates; tools for tests and builds.
WEAK_COPYLEFT = {"run": {"certifi"}, "dev": {"certifi", "hypothesis", "pathspec"}}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def names(lines: str) -> set[str]:
    found = (re.match(r"[A-Za-z0-9][\w.-]*", line) for line in lines.splitlines())
    return {normal(match[0]) for match in found if match}


def lock(name: str) -> str:
    return (ROOT / "requirements" / f"{name}.txt").read_text("utf-8")


def blocks(text: str) -> list[str]:
    """Split a lock file into one text for each pinned requirement."""
    return [part for part in re.split(r"\n(?=[A-Za-z0-9])", text) if not part.startswith("#")]


@pytest.mark.parametrize("name", LOCKS)
def test_every_requirement_is_pinned_and_hashed(name: str) -> None:
    pinned = blocks(lock(name))
    assert len(pinned) > 10
    for block in pinned:
        assert re.match(r"[a-z0-9][\w.-]*==\S+", block), block
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", block), block


@pytest.mark.parametrize("name", LOCKS)
def test_no_lock_file_carries_an_address(name: str) -> None:
    assert not re.search(r"://|index.url|find.links|trusted-host|(?m:^-)|file:", lock(name))


@pytest.mark.parametrize("name", LOCKS)
def test_lock_holds_what_is_asked_for(name: str) -> None:
    asked = names((ROOT / "requirements" / f"{name}.in").read_text("utf-8"))
    assert asked <= names(lock(name))


NODES = ROOT / "tests" / "nodes"
OTHER_MACHINES = {
    f"node_modules/@foundry-rs/anvil-{name}"
    for name in ("darwin-amd64", "darwin-arm64", "linux-arm64", "win32-amd64")
}
"""Installed only on such a machine; the lock file was made on another and holds no hash for them."""


def test_the_nodes_of_the_tests_are_pinned_and_hashed_without_an_address() -> None:
    text = (NODES / "package-lock.json").read_text("utf-8")
    assert not re.search(r"://|resolved|funding", text)
    packages = json.loads(text, parse_float=str)["packages"]
    asked = json.loads((NODES / "package.json").read_text("utf-8"), parse_float=str)
    wanted = asked["devDependencies"] | asked["overrides"]
    assert wanted == {name: packages[f"node_modules/{name}"]["version"] for name in wanted}
    assert asked["devDependencies"] == packages[""]["devDependencies"]
    unhashed = {name for name, one in packages.items() if name and "integrity" not in one}
    assert unhashed <= OTHER_MACHINES
    assert all(one.get("integrity", "sha512-").startswith("sha512-") for one in packages.values())


def test_run_time_dependencies_are_those_of_the_package() -> None:
    declared = names("\n".join(PYPROJECT["project"]["dependencies"]))
    assert declared == names((ROOT / "requirements" / "run.in").read_text("utf-8"))


def test_development_installs_what_is_shipped() -> None:
    pins = {block.split()[0] for block in blocks(lock("run"))}
    assert pins <= {block.split()[0] for block in blocks(lock("dev"))}


def test_every_direct_dependency_has_its_line_in_the_decision() -> None:
    decision = (ROOT / "docs" / "decisions" / "0001-dependencies.md").read_text("utf-8")
    lines = set(re.findall(r"^\| ([a-z][a-z0-9-]*) \|", decision, re.MULTILINE)) - {"name"}
    asked = {
        name
        for file in LOCKS
        for name in names((ROOT / "requirements" / f"{file}.in").read_text("utf-8"))
    }
    assert asked == lines


def licence(name: str) -> str:
    metadata = distribution(name).metadata
    classifiers = [c for c in metadata.get_all("Classifier") or [] if c.startswith("License ::")]
    stated = [metadata.get_all(field) or [] for field in ("License-Expression", "License")]
    return " ".join([*stated[0], *stated[1], *classifiers])


def is_permissive(name: str) -> bool:
    text = licence(name)
    return bool(PERMISSIVE.search(text)) and not COPYLEFT.search(text)


def installed() -> set[str]:
    return {normal(found.metadata["Name"]) for found in distributions()}


@pytest.mark.parametrize("name", LOCKS)
def test_licences_are_permissive(name: str) -> None:
    here = names("\n".join(blocks(lock(name)))) & installed()
    assert here
    wrong = {n: licence(n)[:80] for n in here if not is_permissive(n)}
    assert set(wrong) <= WEAK_COPYLEFT[name], wrong


def test_one_version_everywhere() -> None:
    assert version("earmark") == earmark.__version__


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


def tracked(folder: str) -> list[str]:
    command = ["git", "ls-files", "-z", "--", folder]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    files = [name for name in done.stdout.decode().split("\0") if name]
    return [name for name in files if (ROOT / name).is_file() and not name.endswith(".gitkeep")]


def test_wheel_holds_every_file_of_the_package_and_the_example(wheel: Path) -> None:
    inside = set(ZipFile(wheel).namelist())
    expected = {name.removeprefix("src/") for name in tracked("src/earmark")}
    expected |= {f"earmark/{name}" for name in tracked("examples/ronin-2022")}
    assert expected
    assert expected <= inside, sorted(expected - inside)


def test_wheel_holds_no_cache_and_nothing_besides(wheel: Path) -> None:
    inside = ZipFile(wheel).namelist()
    info = f"earmark-{earmark.__version__}.dist-info/"
    assert all(name.startswith(("earmark/", info)) for name in inside)
    assert not [name for name in inside if "__pycache__" in name or "/.earmark/" in name]
    assert f"{info}licenses/LICENSE" in inside


def test_repository_names_no_machine_and_no_download_address() -> None:
    parts = (("/", "root/"), ("/", "home/"), ("/", "work/"), ("pypi", ".org"), ("python", "hosted"))
    telling = ["".join(part).encode() for part in parts]  # in parts: this file is read too
    for name in tracked("."):
        text = (ROOT / name).read_bytes()
        assert not [word for word in telling if word in text], name


def test_modules_stay_readable() -> None:
    sizes = {
        name: (ROOT / name).read_bytes().count(b"\n")
        for name in tracked("src")
        if name.endswith(".py")
    }
    assert sizes
    assert not {name: lines for name, lines in sizes.items() if lines > 400}
