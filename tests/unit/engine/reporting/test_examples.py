import pytest

from refseg_cli.engine.reporting.examples import Piece, examples, pieces


def record(number: int, iou: float, photo: int | None = None, **more: object) -> dict:
    image_id = number if photo is None else photo
    words = {"expression": "dog", "word_types": ["entity"]}
    return {"sample_id": f"{number:03}", "image_id": image_id, "iou": iou, **words, **more}


def test_three_of_each_rank_are_chosen() -> None:
    chosen = examples([record(number, number / 100) for number in range(101)])
    ranks = {rank: [e.iou for e in chosen if e.rank == rank] for rank in ("best", "median", "worst")}
    assert ranks["best"] == [1.0, 0.99, 0.98]
    assert sorted(ranks["median"]) == [0.49, 0.5, 0.51]
    assert ranks["worst"] == [0.0, 0.01, 0.02]


def test_no_photo_is_shown_twice() -> None:
    chosen = examples([record(number, number / 10, photo=number // 2) for number in range(8)])
    photos = [int(each.sample_id) // 2 for each in chosen]
    assert len(photos) == len(set(photos)) == 4


def test_the_final_mask_is_the_one_that_counts() -> None:
    refined = record(1, 0.1, crf={"iou": 0.9})
    assert examples([refined])[0].iou == pytest.approx(0.9)


def test_a_sentence_is_cut_into_its_words_and_nothing_is_lost() -> None:
    words = ["unnecessary", "entity", "unnecessary", "relation"]
    cut = pieces(record(0, 0, expression=" The Dog, <b>left.", word_types=words))
    assert "".join(piece.text for piece in cut) == " The Dog, <b>left."
    assert cut[1:4] == (Piece("The", "unnecessary"), Piece(" "), Piece("Dog", "entity"))


def test_words_that_were_not_read_have_no_type() -> None:
    cut = pieces(record(0, 0, expression="dog left", word_types=["entity"]))
    assert cut == (Piece("dog", "entity"), Piece(" left"))


def test_a_sentence_without_types_stays_whole() -> None:
    assert pieces(record(0, 0, expression="dog left", word_types=[])) == (Piece("dog left"),)
