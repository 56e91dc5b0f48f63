"""What a machine may lack: marks, the folders that set them, and skips that nobody can overlook.

With CI=true nothing may be lacking: a test that would be skipped fails instead.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from tests.nodes.installed import lack

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# Hundreds of processes that tests start import the same modules: they are compiled once.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
MARKED_FOLDERS = ("bench", "browser", "nodes", "real")

# What Earmark keeps for its user lies in a folder of this run, which goes with it.
STATE = tempfile.TemporaryDirectory(prefix="earmark-tests-", ignore_cleanup_errors=True)
os.environ["XDG_STATE_HOME"] = STATE.name

# The same examples in every run; `pytest --hypothesis-profile=search` looks for new ones, longer.
SLOW_IS_FINE = [HealthCheck.too_slow]
settings.register_profile(
    "fixed", derandomize=True, deadline=None, database=None, suppress_health_check=SLOW_IS_FINE
)
settings.register_profile(
    "search", max_examples=5000, deadline=None, suppress_health_check=SLOW_IS_FINE
)
settings.load_profile("fixed")


def _browser() -> str | None:
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


def _lack(item: pytest.Item) -> str | None:
    """Return why this machine cannot run the test, or None."""
    if item.get_closest_marker("real") and not DATA.is_dir():
        return "needs the real records: no folder ../shared/data beside this checkout"
    if item.get_closest_marker("browser") and _browser() is None:
        return "needs Chromium: none of " + ", ".join(BROWSERS) + " is installed"
    return lack() if item.get_closest_marker("nodes") else None


@pytest.hookimpl(tryfirst=True)  # before -m chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by their folder; skip what this machine cannot run, or fail it in CI."""
    for item in items:
        folders = item.path.relative_to(ROOT).parts
        for name in MARKED_FOLDERS:
            if name in folders:
                item.add_marker(name)
        reason = _lack(item)
        if reason and os.environ.get("CI") != "true":
            item.add_marker(pytest.mark.skip(reason=reason))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Fail what was not skipped although something is lacking: so it is in CI."""
    if reason := _lack(item):
        pytest.fail(f"{reason}; required because CI=true", pytrace=False)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """List what did not run and why, just above pytest's closing line."""
    skipped = terminalreporter.stats.get("skipped", [])
    if not skipped:
        return
    reasons = Counter(str(report.longrepr[2]).removeprefix("Skipped: ") for report in skipped)
    terminalreporter.section(f"NOT RUN: {len(skipped)} tests", yellow=True, bold=True)
    for reason, count in sorted(reasons.items()):
        terminalreporter.line(f"{count} x {reason}", yellow=True)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of real records; for tests marked `real`."""
    return DATA


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return Chromium's path; for tests marked `browser`."""
    found = _browser()
    assert found is not None
    return found
