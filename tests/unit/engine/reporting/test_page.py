import re
from html.parser import HTMLParser

from PIL import Image

from refseg_cli.engine.reporting.curves import curves
from refseg_cli.engine.reporting.drawings import Drawing
from refseg_cli.engine.reporting.examples import Example, Piece
from refseg_cli.engine.reporting.page import Answers, Section, page
from refseg_cli.engine.reporting.tables import Figure, Line, Table

HOSTILE = "<script>alert('x')</script><img src=//evil onerror=alert(1)>\"&"
VOID = {"meta", "img", "br", "path", "use"}


class Balanced(HTMLParser):
    """Fails where a tag is not closed; keeps what there is."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.sources: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.sources += [value or "" for name, value in attrs if name in ("src", "href", "xlink:href")]
        assert not any(name.startswith("on") for name, _ in attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def made() -> str:
    table = Table(HOSTILE, (Line(HOSTILE, HOSTILE, HOSTILE, {HOSTILE: HOSTILE, "x": Figure(1)}),), (HOSTILE,))
    image = Image.new("RGB", (8, 8))
    example = Example(HOSTILE, "best", (Piece(HOSTILE, HOSTILE), Piece("dog", "entity")), 0.5)
    answers = Answers(HOSTILE, [example], {HOSTILE: Drawing(image, image)}, (HOSTILE,))
    records = [{"step": 1, "losses": {"<b>$x$": 1.0}, "learning_rate": 1.0, "seconds": 1.0}]
    section = Section(
        HOSTILE, (HOSTILE,), curves(records), [(HOSTILE, image)], [answers], [table], config=HOSTILE
    )
    return page(HOSTILE, [table], [section])


def test_nothing_of_the_data_becomes_markup() -> None:
    parsed = Balanced(made())
    assert "script" not in parsed.tags
    assert parsed.text.count(HOSTILE) >= 12


def test_the_page_needs_no_other_file_and_names_no_address() -> None:
    parsed = Balanced(made())
    assert parsed.sources
    assert all(re.match(r"data:image/jpeg;base64,|#", source) for source in parsed.sources)
    assert not re.search(r"https?:|//www|url\((?!#)|@import|<link", made())
    assert "default-src 'none'" in made()


def test_each_word_has_the_class_of_its_type_and_an_unknown_type_has_none() -> None:
    assert '<span class="entity">dog</span>' in made()
    assert ".strip .entity { background: rgb(0, 98, 170); }" in made()
    assert 'class="<' not in made()


def test_it_fits_a_phone() -> None:
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in made()
