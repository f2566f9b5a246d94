"""What `refseg data stats` counts, and what it compares that with."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from look_samples import clip, photo

from refseg_cli.data.look.published import Published
from refseg_cli.data.look.stats import Stats, category_rows, length_rows, share_rows
from refseg_cli.data.look.stats_text import stats_text
from refseg_cli.data.look.tally import Tally, tally, together


def test_sentences_objects_pictures_and_words_are_counted(tmp_path: Path) -> None:
    dog = photo(tmp_path, 0)
    samples = [dog, replace(dog, sample_id="made/9", expression="Dog."), photo(tmp_path, 1, expression="")]
    counted = tally(samples, "val")
    assert counted.counts() == {"expressions": 3, "references": 2, "pictures": 2}
    assert counted.lengths == {2: 1, 1: 1, 0: 1}
    assert counted.vocabulary == {"left", "dog"}
    assert counted.mean_length == 1.0


def test_sentences_that_are_cut_are_counted(tmp_path: Path) -> None:
    twenty, more = " ".join(["dog"] * 20), " ".join(["dog"] * 21)
    samples = [photo(tmp_path, 0, expression=twenty), photo(tmp_path, 1, expression=more)]
    assert tally(samples, "val").n_cut == 1


def test_without_numbers_of_references_the_objects_are_counted(tmp_path: Path) -> None:
    dog = photo(tmp_path, 0, ref_id=-1)
    samples = [dog, dog, replace(dog, ann_id=7), photo(tmp_path, 1, ref_id=-1)]
    assert len(tally(samples, "val").references) == 3


def test_splits_together_count_a_picture_once_and_objects_of_each(tmp_path: Path) -> None:
    counted = together(tally([photo(tmp_path)], split) for split in ("train", "val"))
    assert counted.counts() == {"expressions": 2, "references": 2, "pictures": 1}


def test_masks_are_measured_by_their_area_or_by_decoding_them(tmp_path: Path) -> None:
    told = photo(tmp_path, 0, annotation={"area": 120.0})
    counted = tally([told, photo(tmp_path, 1), clip(tmp_path, 2)], "val")
    assert sorted(counted.shares) == pytest.approx([0.1, 200 / 1200, 0.5])
    assert counted.clips


def test_masks_that_are_not_there_are_left_out(tmp_path: Path) -> None:
    absent = photo(tmp_path, 0, annotation={"png": str(tmp_path / "no.png")})
    unmarked = clip(tmp_path, 1)
    unmarked = replace(unmarked, clip=replace(unmarked.clip, annotated=()))
    assert tally([absent, unmarked], "val").shares == ()


def test_of_very_many_masks_some_are_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("refseg_cli.data.look.tally.MOST_DECODED", 3)
    sample = photo(tmp_path)
    counted = tally([replace(sample, ref_id=number) for number in range(10)], "val")
    assert (len(counted.shares), len(counted.references)) == (3, 10)


def test_lengths_fall_into_the_bins_of_the_literature() -> None:
    counted = Tally(lengths=Counter({0: 1, 1: 1, 2: 1, 5: 1, 6: 1, 7: 1, 8: 1, 20: 1, 21: 1, 99: 1}))
    assert dict(length_rows(counted)) == {
        "1": 2, "2": 1, "3": 0, "4": 0, "5": 1, "6–7": 2, "8–10": 1, "11–20": 1, "over 20": 2
    }  # fmt: skip


def test_parts_of_the_picture_fall_into_bins() -> None:
    rows = dict(share_rows(Tally(shares=(0.0, 0.005, 0.01, 0.011, 0.5, 0.9))))
    assert rows == {
        "nothing": 1, "up to 1%": 2, "1% to 2%": 1, "2% to 5%": 0, "5% to 10%": 0, "10% to 20%": 0,
        "20% to 50%": 1, "over 50%": 1,
    }  # fmt: skip
    assert "nothing" not in dict(share_rows(Tally(shares=(0.5,))))


def test_the_commonest_categories_are_named_and_the_rest_are_one() -> None:
    counted = Tally(categories=Counter({number: 100 - number for number in range(22)} | {-1: 5}))
    rows = category_rows(counted, {0: "dog"})
    assert rows[:2] == [("dog", 100), ("category 1", 99)]
    assert rows[20:] == [("2 others", 80 + 79), ("not stated", 5)]
    assert category_rows(Tally(categories=Counter({-1: 5})), {}) == []


def test_categories_may_go_by_their_names(tmp_path: Path) -> None:
    cat = photo(tmp_path, annotation={"area": 1.0, "category": "cat"})
    assert category_rows(tally([cat], "val"), {18: "dog"}) == [("cat", 1)]


def test_of_drawn_scenes_the_shape_is_the_category(tmp_path: Path) -> None:
    recipe = {"things": [["star", "red"], ["heart", "blue"]], "thing": 1}
    samples = [
        photo(tmp_path, 0, annotation={"area": 1.0, key: recipe}) for key in ("shapes", "shapes_motion")
    ]
    assert category_rows(tally(samples, "val"), {}) == [("heart", 1)]


def stats_of(tmp_path: Path, *published: Published, whole: bool = True) -> Stats:
    splits = {
        "train": tally([photo(tmp_path, 0), photo(tmp_path, 1)], "train"),
        "val": tally([photo(tmp_path, 2)], "val"),
    }
    return Stats("made", splits, whole, published, {18: "dog"})


def test_published_counts_stand_below_ours_with_their_source(tmp_path: Path) -> None:
    one = Published("expressions", "a paper", {"train": 2, "val": 2})
    other = Published("expressions", "a table", {"all": 1})
    lines = stats_text(stats_of(tmp_path, one, other)).splitlines()
    assert [line.split() for line in lines[:6]] == [
        ["made", "train", "val", "all"],
        ["sentences", "2", "1", "3"],
        ["published", "[1]", "2", "2"],
        ["difference", "0", "-1"],
        ["published", "[2]", "1"],
        ["difference", "+2"],
    ]
    assert {"[1] a paper", "[2] a table"} <= set(lines)


def test_where_counts_agree_no_difference_is_shown(tmp_path: Path) -> None:
    agreed = Published("pictures", "a paper", {"train": 2})
    assert "difference" not in stats_text(stats_of(tmp_path, agreed))


def test_splits_that_a_source_counts_together_have_a_column(tmp_path: Path) -> None:
    both = Published("pictures", "a paper", {"train+val": 3, "train+test": 9})
    stats = stats_of(tmp_path, both, whole=False)
    assert list(stats.columns()) == ["train", "val", "train+val"]
    assert [(row.split, row.here, row.difference) for row in stats.comparisons()] == [("train+val", 3, 0)]


def test_a_part_of_a_dataset_is_not_compared_with_the_whole(tmp_path: Path) -> None:
    whole = Published("expressions", "a paper", {"all": 3})
    assert list(stats_of(tmp_path, whole, whole=False).comparisons()) == []


def test_the_document_holds_what_the_text_shows(tmp_path: Path) -> None:
    stats = stats_of(tmp_path, Published("expressions", "a paper", {"val": 2}))
    document = stats.document()
    assert document["splits"]["all"]["expressions"] == 3
    assert document["published"] == [
        {
            "what": "expressions",
            "split": "val",
            "source": "a paper",
            "published": 2,
            "here": 1,
            "difference": -1,
        }
    ]
    assert document["categories"] == {"dog": 3}
    assert sum(document["lengths"].values()) == 3
