"""What every page and fragment has to get right; the test client checks each HTML answer of each test with it."""

from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
CONTROLS = {"input", "select", "textarea"}
UNLABELLED_TYPES = {"hidden", "submit", "button", "image", "reset"}
NAMED_BY_CONTENT = {"button", "a", "summary"}
DATA_BLOCKS = {"application/ld+json", "application/json"}

Attributes = dict[str, str]


def assert_well_made(html: str, where: str) -> None:
    """Raise AssertionError naming everything wrong with `html`, a whole page or a fragment of one."""
    problems = list(problems_of(html))
    assert not problems, f"{where}:\n" + "\n".join(f"  - {problem}" for problem in problems)


def problems_of(html: str) -> Iterator[str]:
    """Each rule `html` breaks, in words."""
    page = _Page()
    page.feed(html)
    page.close()
    yield from page.problems
    for name, count in Counter(page.ids).items():
        if count > 1:
            yield f'{count} elements have the id "{name}"'
    for control in page.controls:
        if not _is_labelled(control, page):
            yield f"a <{control['tag']}> has no label: {_shown(control)}"
    if page.is_whole:
        yield from _problems_of_a_whole_page(page)


def _problems_of_a_whole_page(page: "_Page") -> Iterator[str]:
    if not page.lang:
        yield "<html> says no language"
    if page.count["h1"] != 1:
        yield f"{page.count['h1']} <h1> instead of one"
    if page.count["main"] != 1:
        yield f"{page.count['main']} <main> instead of one"
    if not page.title.strip():
        yield "the page has no title"
    for attribute, target in page.references:
        if target not in page.ids:
            yield f'{attribute}="{target}" names an id that is not on the page'


def _is_labelled(control: Attributes, page: "_Page") -> bool:
    if control["in label"]:
        return True
    if control.get("aria-label", "").strip() or control.get("aria-labelledby", "").strip():
        return True
    return control.get("id") in page.label_for


def _shown(control: Attributes) -> str:
    return " ".join(f'{name}="{control[name]}"' for name in ("name", "id", "type") if name in control)


class _Page(HTMLParser):
    """Collects what the rules need to know, in one pass."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.problems: list[str] = []
        self.count: Counter[str] = Counter()
        self.ids: list[str] = []
        self.controls: list[Attributes] = []
        self.label_for: set[str] = set()
        self.references: list[tuple[str, str]] = []
        self.is_whole = False
        self.lang = ""
        self.title = ""
        self._open: list[str] = []
        self._naming: list[tuple[str, Attributes, list[str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.count[tag] += 1
        if len(given) < len(attrs):
            self.problems.append(f"<{tag}> has an attribute twice: {attrs}")
        if "id" in given:
            self.ids.append(given["id"])
        self._look_at(tag, given)
        self._look_for_inline_code(tag, given)
        for name in ("aria-labelledby", "aria-describedby", "aria-controls", "for", "list"):
            self.references += [(name, target) for target in given.get(name, "").split()]
        if tag not in VOID:
            self._open.append(tag)
        if tag in NAMED_BY_CONTENT:
            self._naming.append((tag, given, []))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if tag not in self._open:
            self.problems.append(f"</{tag}> closes nothing")
            return
        while self._open.pop() != tag:
            pass
        if self._naming and self._naming[-1][0] == tag:
            self._check_name(*self._naming.pop())

    def handle_data(self, data: str) -> None:
        if "title" in self._open and "svg" not in self._open:
            self.title += data
        for _, _, words in self._naming:
            words.append(data)

    def _look_at(self, tag: str, given: Attributes) -> None:
        if tag == "html":
            self.is_whole, self.lang = True, given.get("lang", "")
        elif tag == "label":
            self.label_for.add(given.get("for", ""))
        elif tag in CONTROLS and given.get("type", "").lower() not in UNLABELLED_TYPES:
            self.controls.append({**given, "tag": tag, "in label": "yes" if "label" in self._open else ""})
        elif tag == "img":
            if "alt" not in given:
                self.problems.append(f"<img> without alt: {given.get('src')}")
            for _, _, words in self._naming:
                words.append(given.get("alt", ""))
        elif tag == "svg":
            for _, _, words in self._naming:
                words.append(given.get("aria-label", ""))
        elif tag == "form":
            if "form" in self._open:
                self.problems.append("a form inside a form")
            if given.get("method", "get").lower() == "post" and "action" not in given:
                self.problems.append("a form that posts without saying where")
        elif tag == "th" and not given.get("scope"):
            self.problems.append("<th> without scope")

    def _look_for_inline_code(self, tag: str, given: Attributes) -> None:
        if tag == "style" or "style" in given:
            self.problems.append(f"inline style on <{tag}>: {given.get('style', '')}")
        if tag == "script" and "src" not in given and given.get("type") not in DATA_BLOCKS:
            self.problems.append("inline <script>")
        for name in given:
            if name.startswith(("on", "hx-on")):
                self.problems.append(f"inline handler {name} on <{tag}>")
        for name in ("href", "src", "action", "formaction"):
            if given.get(name, "").strip().lower().startswith("javascript:"):
                self.problems.append(f"javascript: in {name} of <{tag}>")

    def _check_name(self, tag: str, given: Attributes, words: list[str]) -> None:
        is_target = tag == "a" and "href" not in given
        named = "".join(words).strip() or given.get("aria-label", "").strip() or given.get("aria-labelledby")
        if not named and not is_target and given.get("aria-hidden") != "true":
            self.problems.append(f"<{tag}> without words: {given}")
