"""The dossier in Chromium: on A4, on a screen, without a network."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from pypdf import PdfReader

from earmark.cases.case import open_case
from earmark.report.writing import write_report

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "ronin-2022"
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
LANGUAGES = ("en", "ar")
A4_POINTS = (595, 842)
PAGES_MAX = 12
# What a page may not do is told to a window of the test's own, which holds the dossier in a frame.
MEASURE = """<!doctype html><meta charset="utf-8"><title>waiting</title>
<iframe id="f" src="{name}" style="border:0;width:{width}px;height:900px"></iframe>
<script>
document.getElementById("f").onload = () => {{
  const page = document.getElementById("f").contentWindow;
  const asked = page.performance.getEntriesByType("resource").map(one => one.name);
  const root = page.document.documentElement;
  const figure = page.document.querySelector("svg").getBoundingClientRect();
  document.title = JSON.stringify(
    [root.scrollWidth, root.clientWidth, asked.length, Math.round(figure.width)]);
}};
</script>"""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the example's report in both languages."""
    folder = tmp_path_factory.mktemp("dossier") / "case"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns(".earmark", "report"))
    case = open_case(folder)
    for lang in LANGUAGES:
        write_report(case, lang=lang)
    return folder / "report"


@pytest.fixture
def run(chromium: str, tmp_path: Path) -> Callable[..., str]:
    """Return a runner of Chromium with a profile of its own."""

    def call(*arguments: str) -> str:
        profile = tmp_path / f"profile-{len(list(tmp_path.iterdir()))}"
        command = [chromium, *FLAGS, f"--user-data-dir={profile}", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    return call


def name_of(lang: str) -> str:
    return "dossier.html" if lang == "en" else f"dossier.{lang}.html"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_it_prints_on_a4_within_its_pages_with_the_root_digest_on_each(
    report: Path, run: Callable[..., str], tmp_path: Path, lang: str
) -> None:
    target = tmp_path / "dossier.pdf"
    page = report / name_of(lang)
    run("--no-pdf-header-footer", f"--print-to-pdf={target}", page.as_uri())
    pages = PdfReader(target).pages
    assert 4 <= len(pages) <= PAGES_MAX
    found = re.search(r'"root": "([0-9a-f]{64})"', (report / "manifest.json").read_text())
    assert found
    for one in pages:
        size = (round(float(one.mediabox.width)), round(float(one.mediabox.height)))
        assert all(abs(side - a4) <= 1 for side, a4 in zip(size, A4_POINTS, strict=True))
        assert found[1] in one.extract_text().replace("\n", "")


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("width", [360, 820, 1400])
def test_it_fits_the_window_and_asks_for_nothing(
    report: Path, run: Callable[..., str], lang: str, width: int
) -> None:
    window = report / f"measure-{lang}-{width}.html"
    window.write_text(MEASURE.format(name=name_of(lang), width=width))
    shown = run(
        "--allow-file-access-from-files",
        "--virtual-time-budget=5000",
        "--dump-dom",
        window.as_uri(),
    )
    found = re.search(r"<title>\[(\d+),(\d+),(\d+),(\d+)\]</title>", shown)
    assert found, shown[:300]
    scroll, client, asked, figure = (int(one) for one in found.groups())
    assert scroll <= client
    assert asked == 0
    assert 200 <= figure <= client


def test_the_policy_stops_what_a_changed_page_would_ask_for(
    report: Path, run: Callable[..., str]
) -> None:
    changed = report / "changed.html"
    text = (report / "dossier.html").read_text()
    attack = "<script>document.title = 'owned'</script><style>h1{display:none}</style></main>"
    changed.write_text(text.replace("</main>", attack))
    assert "<title>owned</title>" not in run(
        "--virtual-time-budget=3000", "--dump-dom", changed.as_uri()
    )
