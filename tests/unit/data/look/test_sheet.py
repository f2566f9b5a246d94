"""The contact sheet."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from look_samples import clip, photo
from PIL import Image

from refseg_cli.data.look.sheet import draw_sheet
from refseg_cli.data.look.tiles import clip_tile, photo_tile
from refseg_cli.errors import DataError

PINK = [255, 60, 120]


def test_photos_stand_in_an_even_grid_with_their_masks(tmp_path: Path) -> None:
    one = draw_sheet([photo(tmp_path)], 1, "made", "")
    four = draw_sheet([photo(tmp_path, number) for number in range(4)], 4, "made", "")
    five = draw_sheet([photo(tmp_path, number) for number in range(5)], 4, "made", "")
    assert one.height == four.height < five.height
    assert one.width < four.width == five.width
    assert [has_outline(four, quarter) for quarter in range(4)] == [True] * 4


def has_outline(sheet: Image.Image, quarter: int) -> bool:
    pixels = np.asarray(sheet)
    width = pixels.shape[1] // 4
    return bool((pixels[:, quarter * width : (quarter + 1) * width] == PINK).all(axis=2).any())


def test_a_long_sentence_gives_its_whole_row_more_room(tmp_path: Path) -> None:
    short, long = photo(tmp_path), photo(tmp_path, 1, expression="the dog in the far corner " * 4)
    assert draw_sheet([short, long], 2, "", "").height > draw_sheet([short, short], 2, "", "").height


def test_clips_take_a_row_each_between_photos(tmp_path: Path) -> None:
    moving = clip(tmp_path)
    photos = draw_sheet([photo(tmp_path, number) for number in range(3)], 4, "", "")
    mixed = draw_sheet([photo(tmp_path, 0), moving, photo(tmp_path, 1)], 4, "", "")
    assert mixed.width == photos.width
    assert mixed.height > 2 * photos.height


def test_a_note_says_what_kind_a_sentence_is_of_and_when_it_names_nothing(tmp_path: Path) -> None:
    assert photo_tile(photo(tmp_path)).note == "made/0"
    nothing = photo(tmp_path, kind="relation", annotation={"union": []})
    assert photo_tile(nothing).note == "made/0 · relation · names nothing here"


def test_frames_are_spread_over_the_annotated_ones(tmp_path: Path) -> None:
    tile = clip_tile(clip(tmp_path, n_frames=9), 1000)
    assert tile.picture.width == 1000
    assert tile.note == "made/clip0 · frames 0, 2, 4, 6, 8 of 9"


def test_between_few_frames_with_masks_others_are_shown(tmp_path: Path) -> None:
    sample = clip(tmp_path, n_frames=9)
    few = replace(sample, clip=replace(sample.clip, annotated=(3, 5)))
    assert clip_tile(few, 1000).note == "made/clip0 · frames 0, 3, 4, 5, 8 of 9 · masks in 3, 5"


def test_a_clip_without_masks_is_shown_all_the_same(tmp_path: Path) -> None:
    sample = clip(tmp_path, n_frames=2)
    bare = replace(sample, annotation={}, clip=replace(sample.clip, annotated=()))
    tile = clip_tile(bare, 1000)
    assert tile.note == "made/clip0 · frames 0, 1 of 2 · no masks"
    assert not (np.asarray(tile.picture) == PINK).all(axis=2).any()


def test_a_broken_mask_is_an_error_and_no_empty_tile(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="its polygons need"):
        photo_tile(photo(tmp_path, annotation={"id": 3, "segmentation": [[1, 2]]}))
