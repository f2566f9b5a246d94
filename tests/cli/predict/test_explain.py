"""`refseg predict --explain`."""

import json
from pathlib import Path

import pytest
from PIL import Image
from predicting import Predict, picture


def test_one_more_picture_explains_all_sentences(predict: Predict, photo: Path) -> None:
    done = predict(photo, "left dog", "right dog", "--explain", "--no-overlay")
    assert (done.code, done.err) == (0, "")
    assert [Path(line).name for line in done.out] == [
        "photo--left-dog-and-1-more.explain.png",
        "photo--left-dog.mask.png",
        "photo--right-dog.mask.png",
    ]
    with Image.open(done.out[0]) as drawn:
        assert (drawn.format, drawn.mode, drawn.width) == ("PNG", "RGB", 1680)
        two = drawn.height
    alone = predict(photo, "left dog", "--explain", "--force")
    assert Path(alone.out[0]).name == "photo--left-dog.explain.png"
    with Image.open(alone.out[0]) as drawn:
        assert drawn.height < two


def test_every_image_gets_its_own(predict: Predict, photo: Path) -> None:
    picture(20, 30).save(photo.with_name("second.png"))
    done = predict("*.png", "dog", "--explain", "--no-overlay")
    assert [Path(line).name for line in done.out] == [
        "photo--dog.explain.png",
        "photo--dog.mask.png",
        "second--dog.explain.png",
        "second--dog.mask.png",
    ]


def test_json_names_it_for_every_sentence(predict: Predict, photo: Path) -> None:
    done = predict(photo, "left dog", "right dog", "--explain", "--json")
    named = {json.loads(line)["explanation"] for line in done.out}
    assert named == {str(Path("refseg-out/photo--left-dog-and-1-more.explain.png"))}
    assert all(Path(path).is_file() for path in named)


def test_masks_are_the_same_with_and_without_it(predict: Predict, photo: Path) -> None:
    plain = predict(photo, "left dog", "--json").record()
    explained = predict(photo, "left dog", "--json", "--explain", "--force").record()
    assert explained["rle"] == plain["rle"]
    assert plain["explanation"] is None


def test_it_is_no_image_to_predict_on(predict: Predict, photo: Path) -> None:
    predict(photo, "dog", "--explain", "--out", ".")
    assert len(predict(".", "dog", "--no-overlay").out) == 1


@pytest.mark.usefixtures("no_network")
def test_an_earlier_one_is_not_overwritten(predict: Predict, photo: Path) -> None:
    old = Path("refseg-out/photo--dog.explain.png")
    old.parent.mkdir()
    old.write_text("mine")
    predict(photo, "dog", "--explain").refused(2, f"already there: {old}; add --force")
    assert old.read_text() == "mine"


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--crf"], "leave out --crf"),
        (["--word-types", "random"], "leave out --word-types random"),
        ([f"dog {number}" for number in range(9)], "8 at most; leave out 2 of them"),
    ],
)
def test_what_cannot_be_explained_is_a_usage_error(
    arguments: list[str], words: str, predict: Predict, photo: Path
) -> None:
    predict(photo, "dog", "--explain", *arguments).refused(2, words)
    assert not Path("refseg-out").exists()
