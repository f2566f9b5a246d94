from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
import spacy
from little_tagger import write_little_tagger
from spacy.language import Language
from spacy.tokens import Doc

from refseg.encoders.errors import ExpressionEmpty
from refseg.encoders.tokens import split_words
from refseg_cli.data.parts_of_speech import DEFAULT_PIPELINE, Tagger, TaggerMissing, WordTag
from refseg_cli.data.pos_word_types import POS_MAPPING, word_type_of

NASTY = (
    "left dog",
    "don't touch",
    "man-made t-shirt",
    "café, the man's…",
    "3.5 metres , ok",
    "  two   blanks  ",
    "人 的 狗",
    "🦒 and 👩‍👩‍👧",
    "!!!",
    "a\tb\nc",
    "x" * 300,
    "word " * 400,
    "İstanbul ßtraße",
    "half \ud83d character",
)


@Language.component("hang_on_the_last")
def hang_on_the_last(doc: Doc) -> Doc:
    """Every piece hangs on the last one, and has its own text as its tag."""
    for token in doc:
        token.head, token.dep_ = doc[-1], "dep"
        token.tag_, token.pos_ = token.text, "NOUN"
    return doc


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    pipeline = spacy.blank("en")
    pipeline.add_pipe("hang_on_the_last")
    return Tagger(pipeline)


@pytest.mark.parametrize("expression", NASTY)
def test_there_is_one_tag_for_each_word_and_it_says_where_the_word_is(
    tagger: Tagger, expression: str
) -> None:
    (tags,) = tagger.tag([expression])
    assert [(tag.text.lower(), tag.start, tag.end) for tag in tags] == [
        (word.text, word.start, word.end) for word in split_words(expression)
    ]


def test_a_word_in_several_pieces_takes_the_tag_of_the_one_on_which_the_others_hang(tagger: Tagger) -> None:
    (tags,) = tagger.tag(["we cannot"])  # can, not
    assert [tag.tag for tag in tags] == ["we", "not"]


def test_a_piece_of_several_words_gives_each_its_tag(tagger: Tagger) -> None:
    (tags,) = tagger.tag(["3.5 dogs"])
    assert [(tag.text, tag.tag) for tag in tags] == [
        ("3", "3.5"),
        (".", "3.5"),
        ("5", "3.5"),
        ("dogs", "dogs"),
    ]
    assert [tag.head for tag in tags] == ["dogs"] * 4


def test_an_expression_that_comes_again_is_tagged_once(monkeypatch: pytest.MonkeyPatch) -> None:
    pipeline = spacy.blank("en")
    asked: list[str] = []
    pipe = pipeline.pipe

    def listening(texts: Iterable[str], batch_size: int) -> Iterator[Doc]:
        return pipe((asked.append(text) or text for text in texts), batch_size=batch_size)

    monkeypatch.setattr(pipeline, "pipe", listening)
    tags = Tagger(pipeline).tag(["a dog", "a cat", "a dog"])
    assert asked == ["a dog", "a cat"]
    assert tags[0] == tags[2] != tags[1]


def test_an_empty_expression_has_no_words_to_tag(tagger: Tagger) -> None:
    with pytest.raises(ExpressionEmpty):
        tagger.tag(["dog", "  "])


def test_the_usual_pipeline_is_found_where_download_puts_it(cache: Path, tmp_path: Path) -> None:
    minor = ".".join(spacy.about.__version__.split(".")[:2])
    plain = write_little_tagger(tmp_path / "cache")
    try:
        plain.rename(plain.with_name(f"{DEFAULT_PIPELINE}-{minor}.0"))
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("REFSEG_HOME", str(tmp_path / "cache"))
            (tags,) = Tagger.load(DEFAULT_PIPELINE, tmp_path / "data").tag(["left dog"])
        assert [tag.pos for tag in tags] == ["VERB", "NOUN"]
    finally:
        assert not (cache / "spacy").exists()


def test_a_pipeline_is_found_by_folder_and_under_the_data_folder(tmp_path: Path) -> None:
    folder = write_little_tagger(tmp_path / "data")
    assert Tagger.load(str(folder), tmp_path).tag(["dog"]) == Tagger.load(
        DEFAULT_PIPELINE, tmp_path / "data"
    ).tag(["dog"])


def test_a_missing_pipeline_is_told_with_the_command_that_gets_it(tmp_path: Path) -> None:
    with pytest.raises(
        TaggerMissing, match=r"nowhere is missing.*; get the usual one: refseg download spacy$"
    ) as told:
        Tagger.load("nowhere", tmp_path)
    assert told.value.exit_code == 3


@pytest.mark.parametrize("name", ["{folder}", "/", "", ".", "no/such"])
def test_a_folder_that_is_no_pipeline_is_told_as_missing(name: str, tmp_path: Path) -> None:
    with pytest.raises(TaggerMissing, match=r"is missing.*refseg download spacy$"):
        Tagger.load(name.format(folder=tmp_path), tmp_path)


def test_a_broken_pipeline_and_one_that_tags_nothing_are_told_likewise(tmp_path: Path) -> None:
    folder = write_little_tagger(tmp_path)
    (folder / "attribute_ruler" / "patterns").write_bytes(b"\xc1 no patterns")
    with pytest.raises(TaggerMissing, match=r"cannot be loaded .*refseg download spacy$"):
        Tagger.load(str(folder), tmp_path)
    spacy.blank("en").to_disk(tmp_path / "blank")
    with pytest.raises(TaggerMissing, match=r"tags no parts of speech .*refseg download spacy$"):
        Tagger.load(str(tmp_path / "blank"), tmp_path)


def test_the_real_pipeline_tags_with_its_known_quirks(shared: Path) -> None:
    tagger = Tagger.load(str(shared / "data/weights/spacy/en_core_web_sm-3.8.0"), Path())
    (tags,) = tagger.tag(["bottom left sandwich"])
    assert [tag.pos for tag in tags] == ["NOUN", "VERB", "NOUN"]
    assert tags[1] == WordTag("left", 7, 11, "VERB", "VBN", "amod", "sandwich")


@pytest.mark.parametrize(
    ("text", "pos", "image", "video"),
    [
        *((pos.lower(), pos, image, video) for pos, image, video in POS_MAPPING if "place" not in pos),
        ("behind", "ADV", "relation", "relation"),
        ("Left", "ADV", "relation", "relation"),
        ("very", "ADV", None, None),
        ("is", "AUX", None, None),
        ("and", "CCONJ", None, None),
    ],
)
def test_a_part_of_speech_lets_one_expect_a_type(
    text: str, pos: str, image: str | None, video: str | None
) -> None:
    tag = WordTag(text, 0, len(text), pos, "", "", text)
    assert word_type_of(tag) == image
    assert word_type_of(tag, actions=True) == video
