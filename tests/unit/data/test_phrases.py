from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from scenes import SIZE, box, instances, sentences

from refseg_cli.data.phrases.generate import generate
from refseg_cli.data.readers.refer import build_samples
from refseg_cli.errors import DataError

LEFT_DOG, RIGHT_DOG = box(1, 18, 5, 40, 20, 20), box(2, 18, 70, 40, 20, 20)


def everything(coco: dict[str, Any], images: Path | None = None, **options: Any) -> dict[int, set[str]]:
    """All that is ever said, over many seeds."""
    said: dict[int, set[str]] = {}
    for seed in range(30):
        for ann_id, texts in sentences(generate(coco, images, seed, **options)).items():
            said.setdefault(ann_id, set()).update(texts)
    return said


def words(texts: set[str]) -> set[str]:
    return {word for text in texts for word in text.split()}


def test_two_dogs_side_by_side_are_told_apart_by_their_side() -> None:
    said = everything(instances(LEFT_DOG, RIGHT_DOG))
    assert {"left dog", "dog on the left", "dog left", "far left dog"} <= said[1]
    assert {"right dog", "dog on the right"} <= said[2]
    assert "right" not in words(said[1])
    assert "dog" not in said[1] | said[2]


def test_dogs_whose_places_nearly_agree_are_not_named_by_place() -> None:
    close = box(2, 18, 11, 40, 20, 20)
    assert everything(instances(LEFT_DOG, close)) == {}


def test_a_single_dog_is_the_dog_unless_a_crowd_of_dogs_is_there() -> None:
    assert "the dog" in everything(instances(LEFT_DOG))[1]
    crowd = {**RIGHT_DOG, "iscrowd": 1}
    assert everything(instances(LEFT_DOG, crowd)) == {}


def test_a_second_dog_too_small_to_be_named_still_counts() -> None:
    speck = box(2, 18, 80, 80, 2, 2)
    said = everything(instances(LEFT_DOG, speck))
    assert set(said) == {1}
    assert not {"dog", "the dog"} & said[1]


def test_sizes_need_a_clear_difference() -> None:
    bigger = box(2, 18, 60, 20, 30, 30)
    assert "bigger dog" in everything(instances(LEFT_DOG, bigger))[2]
    assert "smallest dog" in everything(instances(LEFT_DOG, bigger))[1]
    like = box(2, 18, 60, 30, 24, 24)
    assert not {"bigger", "biggest", "larger"} & words(everything(instances(LEFT_DOG, like))[2])


def test_rows_are_counted_from_both_ends() -> None:
    row = [box(n, 18, 4 + 24 * n, 40, 14, 20) for n in range(4)]
    said = everything(instances(*row))
    assert "second dog from the left" in said[1]
    assert "2nd dog from right" in said[2]
    assert "third dog from the left" not in said[2]  # from the nearer end only
    assert not any("second" in text for text in said[0] | said[3])


def test_the_middle_one_of_three_is_called_so() -> None:
    said = everything(instances(*(box(n, 18, 5 + 32 * n, 40, 18, 20) for n in range(3))))
    assert "middle dog" in said[1]
    assert "middle" not in words(said[0] | said[2])


def test_a_word_for_several_categories_looks_at_all_of_them() -> None:
    horse = box(3, 19, 40, 40, 20, 20)
    assert "animal" not in everything(instances(LEFT_DOG, horse))[1]
    assert "animal" in everything(instances(LEFT_DOG))[1]
    assert "bike" not in everything(instances(box(1, 2, 5, 40, 20, 20), box(2, 4, 60, 40, 20, 20)))[1]


def test_nothing_is_said_with_a_noun_that_could_mean_another_thing_in_the_photo() -> None:
    car, truck = box(1, 3, 5, 40, 20, 20), box(2, 8, 60, 40, 20, 20)
    said = everything(instances(car, truck))
    assert "car" not in words(said[1])
    assert "left vehicle" in said[1]


def test_relations_name_the_one_that_stands_so() -> None:
    person = box(3, 1, 27, 20, 15, 60)
    said = everything(instances(LEFT_DOG, RIGHT_DOG, person))
    assert "dog next to the person" in said[1]
    assert "dog left of the person" in said[1]
    assert not any("next to" in text for text in said[2])


def test_nothing_is_said_of_kinds_that_are_not_fully_annotated() -> None:
    person = box(3, 1, 27, 20, 15, 60)
    said = everything(instances(LEFT_DOG, RIGHT_DOG, person), complete_categories={"person"})
    assert set(said) == {3}
    assert "dog" not in words(said[3])


def test_clothing_is_left_out() -> None:
    assert everything(instances(box(1, 1001, 5, 40, 20, 20))) == {}


def test_colours_are_said_where_the_pixels_leave_no_doubt(tmp_path: Path) -> None:
    pixels = np.full((SIZE, SIZE, 3), 128, dtype=np.uint8)
    pixels[40:60, 5:25] = (220, 20, 20)
    pixels[40:60, 70:90] = (20, 20, 220)
    Image.fromarray(pixels).save(tmp_path / "photo.png")
    cars = [{**LEFT_DOG, "category_id": 3}, {**RIGHT_DOG, "category_id": 3}]
    said = everything(instances(*cars), tmp_path)
    assert {"red car", "red car on the left"} <= said[1]
    assert {"blue car", "blue car on the right"} <= said[2]
    pixels[40:60, 70:90] = (220, 20, 20)
    Image.fromarray(pixels).save(tmp_path / "photo.png")
    same = everything(instances(*cars), tmp_path)
    assert "red car" not in same[1]
    assert "red car on the left" in same[1]  # true, and the side tells


def test_a_photo_of_another_size_than_annotated_is_refused(tmp_path: Path) -> None:
    Image.new("RGB", (SIZE, SIZE + 1)).save(tmp_path / "photo.png")
    with pytest.raises(DataError, match=r"100x101 but annotated as 100x100"):
        generate(instances(LEFT_DOG), tmp_path)


def test_the_same_seed_gives_the_same_phrases_and_another_one_others() -> None:
    coco = instances(LEFT_DOG, RIGHT_DOG)
    assert generate(coco, None, 3) == generate(coco, None, 3)
    assert generate(coco, None, 3) != generate(coco, None, 4)


def test_references_have_what_a_reader_needs(tmp_path: Path) -> None:
    Image.new("RGB", (SIZE, SIZE)).save(tmp_path / "photo.png")
    coco = instances(LEFT_DOG, RIGHT_DOG)
    references = generate(coco, tmp_path, max_phrases=3, split="mine")
    samples = build_samples(coco, references, tmp_path, "made")
    assert len(samples) == 6
    assert len({sample.sample_id for sample in samples}) == 6
    assert {sample.kind for sample in samples} == {"position"}
    assert {reference["split"] for reference in references} == {"mine"}
    assert samples[0].mask().sum() == 400


def test_photos_can_be_chosen() -> None:
    assert generate(instances(LEFT_DOG), None, image_ids={2}) == []
