from pathlib import Path

import pytest

from refseg_cli.data.splits import EXAMPLE_IMAGES, hash_order, human_parts, is_choice, read_human, three_parts


def test_parts_are_disjoint_complete_and_equal() -> None:
    parts = three_parts(range(120))
    assert [len(part) for part in parts.values()] == [40, 40, 40]
    assert frozenset().union(*parts.values()) == frozenset(range(120))


def test_parts_do_not_depend_on_order_or_repetition() -> None:
    assert three_parts([*range(120), *range(50)]) == three_parts(reversed(range(120)))


def test_the_hash_is_that_of_the_decimal_number() -> None:
    assert hash_order(9) == "19581e27de7ced00ff1ce50b2047e7a567c76b1cbaebabe5ef03f7c3017bb5b7"
    assert [n for n in range(40) if is_choice(n)] == [9, 39]


def test_about_an_eighth_of_many_photos_is_set_aside() -> None:
    assert 0.11 < sum(is_choice(n) for n in range(8000)) / 8000 < 0.14
    assert not is_choice(5, fraction=0.0)
    assert is_choice(5, fraction=1.0)
    with pytest.raises(ValueError, match="fraction"):
        is_choice(5, fraction=1.5)


def test_the_human_split_is_the_one_that_was_fixed(shared: Path) -> None:
    parts = human_parts(shared / "data" / "refcoco_human")
    assert {name: len(ids) for name, ids in parts.items()} == {"train": 40, "choices": 40, "final": 40}
    assert {name: sorted(ids)[:3] for name, ids in parts.items()} == {
        "train": [716, 1958, 1994],
        "choices": [909, 1261, 1407],
        "final": [795, 1298, 1488],
    }


def test_human_sentences_stay_with_their_photos(shared: Path) -> None:
    root = shared / "data" / "refcoco_human"
    photos = {part: {sample.image_id for sample in read_human(root, part)} for part in human_parts(root)}
    assert not photos["train"] & photos["choices"]
    assert not photos["final"] & (photos["train"] | photos["choices"])


def test_the_example_photos_are_those_of_the_shared_folder(shared: Path) -> None:
    assert {int(path.stem) for path in (shared / "data" / "photos").glob("*.jpg")} == EXAMPLE_IMAGES
