"""A page as its tests read it: elements in order, with what they stand in."""

from __future__ import annotations

from html.parser import HTMLParser

VOID = frozenset({"meta", "br", "link", "img", "hr", "input", "col"})


class Element:
    """One element: tag, attributes, the tags around it, and all text inside it."""

    def __init__(self, tag: str, attributes: dict[str, str], around: tuple[Element, ...]) -> None:
        self.tag, self.attributes, self.around = tag, attributes, around
        self.text = ""

    def is_in(self, *tags: str) -> bool:
        return any(one.tag in tags for one in self.around)


class Page(HTMLParser):
    """Every element, and every text with the elements around it; a wrong nesting is an error."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[Element] = []
        self.texts: list[tuple[str, tuple[Element, ...]]] = []
        self.declarations: list[str] = []
        self.comments: list[str] = []
        self.open: list[Element] = []
        self.feed(html)
        self.close()
        assert not self.open, [one.tag for one in self.open]

    def handle_decl(self, decl: str) -> None:
        self.declarations.append(decl)

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = Element(tag, {name: value or "" for name, value in attrs}, tuple(self.open))
        self.elements.append(found)
        if tag not in VOID:
            self.open.append(found)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.texts.append((data, tuple(self.open)))
        for one in self.open:
            one.text += data

    def all(self, tag: str) -> list[Element]:
        return [one for one in self.elements if one.tag == tag]
