import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
from inspected import corpus, sentence

from refseg_cli import console
from refseg_cli.data.word_type_colours import WORD_TYPE_COLOURS
from refseg_cli.engine.inspecting.corpus import Corpus
from refseg_cli.engine.inspecting.files import corpus_document, write_csv
from refseg_cli.engine.inspecting.glosses import gloss, shade
from refseg_cli.engine.inspecting.picture import draw
from refseg_cli.engine.inspecting.report import findings, findings_between

DOGS = corpus(sentence("left dog, ok", "aeuu", "VERB NOUN PUNCT INTJ", gold="aeuu"))
OTHER = corpus(sentence("left dog, ok", "reuu", "VERB NOUN PUNCT INTJ"), name="other")


def text(*corpora: Corpus, width: int = 100, gold: bool = False) -> list[str]:
    pieces = gloss([each.sentences[0] for each in corpora], corpora, width, gold)
    return "".join(piece for piece, _ in pieces).split("\n")


def test_below_each_word_stand_its_type_and_its_part_of_speech() -> None:
    assert text(DOGS) == [
        "left dog, ok",
        "  left              dog          ,                 ok",
        "  attribute 0.70 ≠  entity 0.70  unnecessary 0.70  unnecessary 0.70",
        "  VERB dep          NOUN dep     PUNCT dep         INTJ dep",
        "",
    ]


def test_two_checkpoints_stand_one_below_the_other() -> None:
    _, _, a, b, _, true, _ = text(DOGS, OTHER, gold=True)
    assert a.startswith("A attribute 0.70 ≠  entity")
    assert b.startswith("B relation 0.70     entity")
    assert true.startswith("  true: attribute   true: entity")


def test_a_long_sentence_goes_on_below_and_no_line_is_too_wide() -> None:
    lines = text(DOGS, width=40)
    assert max(map(len, lines)) <= 40
    assert [line.split()[0] for line in lines if line][1::3] == ["left", ","]


def test_without_parts_of_speech_there_is_a_dash() -> None:
    assert text(corpus(sentence("left dog", "ae")))[3].split() == ["–", "–"]


def test_words_are_the_paler_the_less_sure_the_network_is() -> None:
    assert shade(WORD_TYPE_COLOURS["entity"], 1) == WORD_TYPE_COLOURS["entity"]
    assert shade(WORD_TYPE_COLOURS["entity"], 0) == (255, 255, 255)
    styles = [
        style for piece, style in gloss(DOGS.sentences, [DOGS], 100, False) if piece.startswith("entity")
    ]
    assert styles == ["rgb(255,255,255) on rgb(102,161,204)"]  # 0.7 is 0.6 of the way from chance, a quarter


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_colours_are_for_terminals_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    console.result_coloured([("dog", "bold"), (" entity", "")])
    assert capsys.readouterr().out == "dog entity\n"
    for name, value in (("TERM", "xterm-256color"), ("COLORTERM", "truecolor")):
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr("sys.stdout", terminal := Terminal())
    console.result_coloured([("dog", "bold"), (" [red]", "")])
    assert terminal.getvalue() == "\x1b[1mdog\x1b[0m [red]\n"


def test_json_holds_every_word_with_all_that_is_known() -> None:
    document = json.loads(json.dumps(corpus_document(DOGS, findings(DOGS, gold=True))))
    left = document["sentences"][0]["words"][0]
    assert left["probabilities"] == {"entity": 0.1, "attribute": 0.7, "relation": 0.1, "unnecessary": 0.1}
    assert {key: left[key] for key in ("text", "start", "end", "type", "pos", "expected", "gold")} == {
        "text": "left",
        "start": 0,
        "end": 4,
        "type": "attribute",
        "pos": "VERB",
        "expected": "relation",
        "gold": "attribute",
    }
    assert {
        "types",
        "pos_types",
        "disagreements",
        "typical_words",
        "gold_accuracy",
        "gold_learned",
        "gold_pos",
    } <= set(document["tables"])
    assert document["measures"]["agreement"] == pytest.approx(2 / 3)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_csv_is_a_file_of_words_or_a_folder_with_all_tables(tmp_path: Path) -> None:
    found = {"": findings(DOGS, gold=False)}
    assert write_csv(tmp_path / "words.csv", [DOGS], found) == [tmp_path / "words.csv"]
    words = rows_of(tmp_path / "words.csv")
    assert [row["text"] for row in words] == ["left", "dog", ", ", "ok"]
    assert (words[0]["expression"], words[0]["p_attribute"], words[0]["gold"]) == (
        "left dog, ok",
        "0.7",
        "attribute",
    )
    files = write_csv(tmp_path / "tables", [DOGS], found)
    assert rows_of(tmp_path / "tables/words.csv") == words
    assert rows_of(tmp_path / "tables/disagreements.csv")[0]["word"] == "left"
    assert {file.name for file in files} == {file.name for file in (tmp_path / "tables").iterdir()}


def test_csv_of_two_checkpoints_holds_the_words_of_both(tmp_path: Path) -> None:
    tables = {"a-": findings(DOGS, False), "b-": findings(OTHER, False), "": findings_between(DOGS, OTHER)}
    write_csv(tmp_path / "both", [DOGS, OTHER], tables)
    assert {row["checkpoint"] for row in rows_of(tmp_path / "both/words.csv")} == {"tiny", "other"}
    assert {row["measure"] for row in rows_of(tmp_path / "both/measures.csv")} == {"n_words", "same", "kappa"}
    assert (tmp_path / "both/a-types.csv").is_file()
    assert rows_of(tmp_path / "both/changed_words.csv")[0]["word"] == "left"


def n_of_colour(corpora: list[Corpus], name: str) -> int:
    return int((np.asarray(draw(corpora)) == WORD_TYPE_COLOURS[name]).all(axis=-1).sum())


def test_the_picture_shows_words_in_the_colour_of_their_type() -> None:
    assert draw([DOGS]).mode == "RGB"
    relations = [n_of_colour(each, "relation") for each in ([DOGS], [DOGS, OTHER])]
    assert relations[1] > relations[0] + 500  # "left" of the second, and its cell
    assert draw([DOGS, OTHER]).height > draw([DOGS]).height


def test_the_picture_can_do_without_parts_of_speech_and_with_very_long_sentences() -> None:
    bare = corpus(sentence("dog " * 60, "e" * 60))
    assert draw([bare]).width == draw([DOGS]).width
