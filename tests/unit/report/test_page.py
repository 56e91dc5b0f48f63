"""The page: self-contained, well-formed, readable by everybody, and safe whatever a case contains."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from tests.unit.report.pages import Element, Page

from earmark.cases.case import open_case
from earmark.report.published import deposits
from earmark.report.showing import language_of, reading_order, shortened
from earmark.report.study import Study
from earmark.report.writing import write_report
from earmark.sources.evm.addresses import checksummed

NAMES = ("dossier.html", "dossier.ar.html")


@pytest.fixture(scope="module", params=NAMES)
def page(request: pytest.FixtureRequest, ronin: Path) -> Page:
    """Return each language's dossier."""
    return Page((ronin / "report" / request.param).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def english(ronin: Path) -> Page:
    """Return the English dossier."""
    return Page((ronin / "report" / "dossier.html").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def arabic(ronin: Path) -> Page:
    """Return the Arabic dossier."""
    return Page((ronin / "report" / "dossier.ar.html").read_text(encoding="utf-8"))


def test_nothing_is_asked_of_a_network(page: Page) -> None:
    for tag in (
        "script",
        "link",
        "iframe",
        "object",
        "embed",
        "img",
        "form",
        "base",
        "image",
        "use",
    ):
        assert not page.all(tag), tag
    for one in page.elements:
        for name, value in one.attributes.items():
            assert not name.startswith("on"), name
            if name in ("href", "src", "xlink:href", "action", "data", "srcset"):
                assert value.startswith(("#", "tables/")), value
            if name not in ("xmlns", "content"):
                assert "url(http" not in value
    style = page.all("style")[0].text
    assert "url(" not in style
    assert "@import" not in style
    assert not page.comments


def test_the_policy_allows_this_style_and_nothing_else(page: Page) -> None:
    policy = next(m for m in page.all("meta") if "http-equiv" in m.attributes)
    assert policy.attributes["http-equiv"] == "Content-Security-Policy"
    digest = base64.b64encode(hashlib.sha256(page.all("style")[0].text.encode()).digest()).decode()
    assert policy.attributes["content"] == (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    assert not [one for one in page.elements if "style" in one.attributes]
    assert len(page.all("style")) == 1


def test_headings_go_down_one_step_at_a_time(page: Page) -> None:
    levels = [int(one.tag[1]) for one in page.elements if re.fullmatch(r"h[1-6]", one.tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_every_table_says_what_it_is_and_what_its_cells_are(page: Page) -> None:
    assert len(page.all("table")) >= 10
    for table in page.all("table"):
        inside = [one for one in page.elements if table in one.around]
        captions = [one for one in inside if one.tag == "caption"]
        assert len(captions) == 1
        assert captions[0].text.strip()
        heads = [one for one in inside if one.tag == "th"]
        assert heads
        assert all(one.attributes.get("scope") in ("col", "row", "rowgroup") for one in heads)
    labels = [
        one.attributes["aria-labelledby"] for one in page.elements if "role" in one.attributes
    ]
    ids = [one.attributes["id"] for one in page.elements if "id" in one.attributes]
    assert len(ids) == len(set(ids))
    assert {word for label in labels for word in label.split()} <= set(ids)


def test_the_figure_has_a_title_and_a_text_alternative(page: Page) -> None:
    (figure,) = page.all("svg")
    assert figure.is_in("figure")
    assert page.all("desc")[0].text.strip()
    assert figure.attributes["role"] == "img"


def test_a_skip_link_leads_to_the_answers(page: Page) -> None:
    first = page.all("a")[0]
    assert first.attributes["href"] == "#main"
    assert any(one.attributes.get("id") == "main" for one in page.all("main"))


def test_language_and_direction_are_declared(english: Page, arabic: Page) -> None:
    assert english.all("html")[0].attributes == {"lang": "en", "dir": "ltr"}
    assert arabic.all("html")[0].attributes == {"lang": "ar", "dir": "rtl"}
    for one in (english, arabic):
        assert one.declarations == ["DOCTYPE html"]


def test_english_says_what_the_case_must_say(english: Page) -> None:
    text = " ".join(" ".join(text for text, around in english.texts if _is_seen(around)).split())
    text = text.replace("\u00a0", " ")
    for said in (
        "Nothing, or 6,250 ETH , depending on the rule.",
        "182,163.95603",
        "1.94705226759764805",
        "This is not a balance",
        "47 of them are in this record and received 175,771.81508 ETH",
        "no row of the record shows any of these 5 addresses paying onwards",
        "No reply is recorded in this case.",
        "Federal Bureau of Investigation (government)",
        "No row of the record pays into the declared stop",
        "The record does not show the deposits themselves",
    ):
        assert said.replace(" ,", ",") in text.replace(" ,", ",").replace(" .", "."), said
    for word in ("thief", "thieves", "criminal", "guilty", "laundered"):
        assert word not in text.lower()


def _is_seen(around: tuple[Element, ...]) -> bool:
    return not any(one.tag in ("style", "svg", "head") for one in around)


def test_arabic_has_no_latin_word_outside_what_is_isolated(arabic: Page) -> None:
    isolated = {"bdi", "code", "svg", "q", "style", "pre"}
    for text, around in arabic.texts:
        if not isolated & {one.tag for one in around}:
            assert not re.search(r"[A-Za-z]{2,}", text), text


def test_arabic_isolates_in_the_figure(arabic: Page) -> None:
    for text, around in arabic.texts:
        if any(one.tag == "svg" for one in around) and re.search("[\u0600-\u06ff]", text):
            bare = re.sub("[\u2066-\u2068][^\u2069]*\u2069|(?m:^eth:\\S+$)", "", text)
            assert not re.search(r"[A-Za-z]{2,}", bare), text


def test_every_quantity_of_the_arabic_page_reads_left_to_right(arabic: Page) -> None:
    for text, around in arabic.texts:
        if re.search(r"\d[\d,]*\.\d", text) and _is_seen(around):
            assert any(one.tag == "bdi" or (one.tag in ("code", "q")) for one in around), text


def test_bystanders_are_shortened_and_those_on_a_path_stand_in_full(
    english: Page, ronin_study: Study
) -> None:
    text = "".join(text for text, _ in english.texts)
    known = {one.subject for one in deposits(ronin_study)}
    strangers = set(ronin_study.ledger.holder_names) - ronin_study.on_path - known
    stops = {stop.name for stop in ronin_study.case.terms.stops}
    for name in strangers - stops:
        bare = ronin_study.shown.written(name).partition(":")[2]
        assert bare not in text or not name.startswith("eth:0x"), name
    exploiter = ronin_study.ledger.aliases["exploiter"].partition(":")[2]
    assert exploiter not in text
    assert checksummed(exploiter) in text


HOSTILE = """
commodity EUR exponent 2 "<script>alert(1)</script>"
entity "None" group "None"
holder evil x:evil "<img src=x onerror=alert(1)>"
holder rtl x:rtl "\\u202Egnp.exe \\u2066 {{ 7*7 }} %(amount)s"
2020-01-01T00:00:00Z payment recorded key a "</style><script>"
  x:victim -> evil  10.50 EUR
2020-01-02T00:00:00Z payment recorded key b
  evil -> rtl  3 EUR
claim loot  10.50 EUR at a for "</title><svg onload=alert(1)>"
statement 2020-01-01 by "<b>Somebody</b>" (press): case attributed_to "<i>\\"Nobody\\"</i>" source "javascript:alert(1)"
"""


def test_hostile_words_stay_words(invented: Callable[..., Path]) -> None:
    folder = invented(
        HOSTILE,
        'summary = "</p></main><script>alert(2)</script>"\n'
        '[[question]]\ntext = "{{ config }} %s %(x)s <u>?"\nclaim = "loot"\nentity = "None"\n',
    )
    for lang in ("en", "ar"):
        html = Path(write_report(open_case(folder), lang=lang).dossier).read_text(encoding="utf-8")
        found = Page(html)
        assert not found.all("script")
        assert not found.all("img")
        assert not found.all("u")
        assert len(found.all("svg")) == 1
        assert not [n for one in found.elements for n in one.attributes if n.startswith("on")]
        assert "{{ 7*7 }} %(amount)s" in "".join(text for text, _ in found.texts)
        assert 'href="javascript' not in html


def test_a_case_without_claims_or_questions_has_a_dossier(invented: Callable[..., Path]) -> None:
    text = "commodity EUR exponent 2\n2020-01-01 payment recorded key a\n  x:a -> x:b  ? EUR\n"
    page = Page(Path(write_report(open_case(invented(text))).dossier).read_text())
    text = "".join(text for text, _ in page.texts)
    assert "nothing is traced" in text
    assert "The case asks no question." in text


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("173,600 ether", "en"),
        ("جسر رونين", "ar"),
        ("라자루스", "ko"),
        ("12.5", "und"),
        ("Лазарь", "und-Cyrl"),
    ],
)
def test_the_language_of_a_text_goes_by_its_script(text: str, lang: str) -> None:
    assert language_of(text) == lang


def test_a_bystander_is_its_two_ends() -> None:
    assert shortened("eth:0x098b716b8aaf21512996dc57eb0615e2383e2f96") == "0x098b…2f96"
    assert shortened("iban:DE02") == "DE02"


def test_labels_are_ordered_as_people_count() -> None:
    assert sorted(["hop 10", "hop 2", "a"], key=reading_order) == ["a", "hop 2", "hop 10"]
