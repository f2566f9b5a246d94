from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from little_tagger import write_little_tagger
from PIL import Image
from predicting import Done
from tiny_checkpoint import write_tiny_checkpoint, write_tiny_video_checkpoint
from typer.testing import CliRunner

from refseg.models.cmpc.words import VIDEO_WORD_TYPES
from refseg_cli.app import app
from refseg_cli.data.shapes import reader
from refseg_cli.engine.inspecting.sample import SENTENCES

Inspect = Callable[..., Done]
PARTS = {"left": "VERB", "dog": "NOUN", "the": "DET", "on": "ADP"}


@pytest.fixture
def inspect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Inspect:
    """Run `refseg inspect-words -c tiny.safetensors …` in an empty folder, without spaCy's pipeline."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REFSEG_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(reader, "SCENES", 4)
    write_tiny_checkpoint(Path("tiny.safetensors"))

    def run(*arguments: str, stdin: str = "", checkpoint: str = "tiny.safetensors") -> Done:
        words = ["inspect-words", *(["-c", checkpoint] if checkpoint else []), *arguments]
        result = CliRunner().invoke(app, words, input=stdin, catch_exceptions=False)
        return Done(result.exit_code, result.stdout, result.stderr)

    return run


@pytest.fixture
def pipeline(tmp_path: Path) -> None:
    write_little_tagger(tmp_path / "home", PARTS)


def test_without_the_pipeline_types_are_printed_and_the_command_that_gets_it(inspect: Inspect) -> None:
    done = inspect("left dog")
    assert done.code == 0
    assert done.out[0] == "left dog"
    assert done.out[3].split() == ["–", "–"]
    assert done.err.startswith("refseg: warning: no parts of speech: ")
    assert done.err.endswith("refseg download spacy\n")
    assert done.err.count("\n") == 1


def test_without_the_pipeline_require_pos_stops(inspect: Inspect) -> None:
    inspect("left dog", "--require-pos").refused(3, "refseg download spacy")
    inspect("left dog", "--require-pos", "--spacy-model", "nowhere").refused(3, "nowhere is missing")


@pytest.mark.usefixtures("pipeline")
def test_the_bare_command_shows_the_bundled_checkpoint_on_sentences_of_its_own(inspect: Inspect) -> None:
    done = inspect(checkpoint="")
    assert (done.code, done.err) == (0, "")
    assert [line for line in done.out if line in SENTENCES] == list(SENTENCES)
    assert f"small: sentences {len(SENTENCES)}, words 125; parts of speech: en_pipeline 0.0.0" in done.out
    left = done.out.index("left dog")
    assert done.out[left + 2].split() == ["attribute", "1.00", "≠", "entity", "1.00"]
    assert done.out[left + 3].split() == ["VERB", "NOUN"]  # this little pipeline knows no dependencies


@pytest.mark.usefixtures("pipeline")
def test_sentences_come_from_arguments_a_file_or_stdin(inspect: Inspect) -> None:
    Path("sentences.txt").write_text("left dog\n\n  the dog \n", encoding="utf-8")
    told = [
        inspect("left dog", "the dog"),
        inspect("--file", "sentences.txt"),
        inspect("--file", "-", stdin="left dog\nthe dog\n"),
        inspect("-", stdin="left dog\nthe dog"),
    ]
    assert told[0].out[0] == "left dog"
    assert all(done.out == told[0].out and done.code == 0 for done in told)


@pytest.mark.usefixtures("pipeline")
def test_of_many_sentences_a_handful_is_printed_and_all_are_counted(inspect: Inspect) -> None:
    lines = "\n".join(f"left dog {number}" for number in range(100))
    done = inspect("-", stdin=lines)
    assert sum(line.startswith("left dog") for line in done.out) == 5
    assert any(line.startswith("tiny.safetensors: sentences 100, words 300") for line in done.out)
    assert inspect("-", "--limit", "10", "--quiet", "--json", stdin=lines).record()["n_sentences"] == 10


@pytest.mark.usefixtures("pipeline")
def test_json_is_one_document_with_the_words_in_order(inspect: Inspect) -> None:
    record = inspect("the left dog", "left dog", "--json").record()
    assert (record["schema_version"], record["checkpoint"], record["n_words"]) == (1, "tiny.safetensors", 5)
    first = record["sentences"][0]["words"]
    assert [(word["text"], word["pos"]) for word in first] == [
        ("the", "DET"),
        ("left", "VERB"),
        ("dog", "NOUN"),
    ]
    assert sum(first[0]["probabilities"].values()) == pytest.approx(1, abs=1e-5)


@pytest.mark.usefixtures("pipeline")
def test_types_do_not_hang_on_the_other_sentences(inspect: Inspect) -> None:
    alone = inspect("left dog", "--json").record()["sentences"][0]
    among = inspect("the dog on the left dog", "left dog", "dog", "--json").record()["sentences"][1]
    for one, other in zip(alone["words"], among["words"], strict=True):
        assert one["probabilities"] == pytest.approx(other["probabilities"], abs=1e-5)


@pytest.mark.usefixtures("pipeline")
def test_gold_of_drawn_scenes_is_compared_with_the_network_pos_and_chance(inspect: Inspect) -> None:
    done = inspect("--dataset", "shapes", "--split", "val", "--gold")
    assert done.code == 0
    start = done.out.index("Share of words whose true type is recognised")
    assert done.out[start + 1].split("\t")[:2] == ["by", "entity"]
    assert [line.split("\t")[0] for line in done.out[start + 2 : start + 5]] == [
        "learned types",
        "types expected of POS",
        "random types",
    ]


@pytest.mark.usefixtures("pipeline")
def test_two_checkpoints_stand_side_by_side(inspect: Inspect) -> None:
    done = inspect("left dog", "--compare", "tiny.safetensors", "small", checkpoint="")
    assert (done.out[2][0], done.out[3][0]) == ("A", "B")
    assert any("A (tiny.safetensors) and B (small) give the same type to" in line for line in done.out)
    both = inspect("left dog", "--compare", "small", "small", "--json", checkpoint="").record()
    assert both["measures"] == {"n_words": 2, "same": 1.0, "kappa": 1.0}
    assert both["a"]["sentences"] == both["b"]["sentences"]


@pytest.mark.usefixtures("pipeline")
def test_words_and_a_picture_are_written_and_not_replaced_unasked(inspect: Inspect) -> None:
    options = ("left dog", "--csv", "words.csv", "--plot", "words.png")
    done = inspect(*options)
    assert (done.code, done.err.split()) == (0, ["words.csv", "words.png"])
    assert Path("words.csv").read_text().splitlines()[1].startswith("tiny.safetensors,0,left dog,left,0,4,")
    with Image.open("words.png") as drawn:
        assert drawn.width > 1000
    inspect(*options).refused(2, "words.csv: exists already")
    assert inspect(*options, "--force").code == 0


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["dog", "--file", "x"], 2, "one of them"),
        (["--gold"], 2, "--gold --dataset shapes"),
        (["dog", "--plot", "x.jpg"], 2, "--plot writes .png"),
        (["  "], 3, "no sentence"),
        (["--file", "nowhere"], 3, "nowhere cannot be read"),
        (["--file", "tiny.safetensors"], 3, "not text in UTF-8"),
        (["--dataset", "nowhere"], 3, "no such dataset"),
        (["dog", "-c", "nowhere"], 3, "there is no checkpoint"),
        (["d" * 10_001], 3, "one sentence a line"),
    ],
)
@pytest.mark.usefixtures("pipeline")
def test_what_cannot_be_done_is_told_in_a_line(
    inspect: Inspect, arguments: list[str], code: int, told: str
) -> None:
    inspect(*arguments).refused(code, told)


@pytest.mark.usefixtures("pipeline")
def test_sentences_without_true_types_cannot_be_compared_with_them(inspect: Inspect) -> None:
    Image.new("RGB", (8, 8)).save("a.png")
    Image.new("L", (8, 8), 255).save("mask.png")
    Path("val.jsonl").write_text('{"image": "a.png", "text": "left dog", "mask": "mask.png"}\n')
    assert inspect("--dataset", "val.jsonl").out[0] == "left dog"
    inspect("--dataset", "val.jsonl", "--gold").refused(2, "does not know the true types")


@pytest.mark.usefixtures("pipeline")
def test_words_beyond_the_limit_of_the_encoder_are_told(inspect: Inspect) -> None:
    done = inspect("dog " * 25)
    assert "words beyond the encoder's limit, which have no type: 5" in done.out


@pytest.mark.usefixtures("pipeline")
def test_odd_characters_keep_their_places(inspect: Inspect) -> None:
    record = inspect("🦒, the DOG — café", "--json").record()
    (sentence,) = record["sentences"]
    for word in sentence["words"]:
        assert sentence["expression"][word["start"] : word["end"]].lower() == word["text"]
    assert [word["pos"] for word in sentence["words"]][1:3] == ["DET", "NOUN"]


@pytest.mark.usefixtures("pipeline")
def test_a_network_for_videos_has_a_column_for_actions(inspect: Inspect) -> None:
    write_tiny_video_checkpoint(Path("video.safetensors"))
    record = inspect("left dog", "--json", "--plot", "five.png", checkpoint="video.safetensors").record()
    assert record["types"] == list(VIDEO_WORD_TYPES)
    left = record["sentences"][0]["words"][0]
    assert (left["pos"], left["expected"]) == ("VERB", "action")
    four = inspect("left dog", "--plot", "four.png")
    assert not any("action" in line for line in four.out)
    with Image.open("five.png") as five, Image.open("four.png") as four_drawn:
        assert not np.array_equal(np.asarray(five), np.asarray(four_drawn))


def test_a_network_for_videos_stands_beside_one_for_photos(inspect: Inspect) -> None:
    write_tiny_video_checkpoint(Path("video.safetensors"))
    both = ("--compare", "tiny.safetensors", "video.safetensors")
    done = inspect("left dog", *both, "--plot", "both.png", checkpoint="")
    assert done.code == 0, done.err
    heads = next(line.split() for line in done.out if line.startswith("A \\ B"))
    assert heads[-5:] == list(VIDEO_WORD_TYPES)
    assert Path("both.png").is_file()
