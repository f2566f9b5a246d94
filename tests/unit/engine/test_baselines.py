from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from refer_folders import HEIGHT, WIDTH

from refseg_cli.data.samples import Sample
from refseg_cli.engine.baselines import CENTRED_BOX_SHARE, best_box_share, centred_box

SAMPLE = Sample(
    sample_id="tiny/1",
    image_id=1,
    image_path=Path("1.jpg"),
    expression="dog",
    annotation={},
    height=HEIGHT,
    width=WIDTH,
    category_id=18,
    ann_id=1,
    ref_id=1,
)


def box_in_the_middle(height: int, width: int) -> Sample:
    left, top = (WIDTH - width) / 2, (HEIGHT - height) / 2
    corners = [left, top, left + width, top, left + width, top + height, left, top + height]
    return replace(SAMPLE, annotation={"id": 1, "segmentation": [corners]})


def test_the_box_covers_its_share_in_the_middle_with_the_proportions_of_the_picture() -> None:
    mask = centred_box(40, 60, share=0.25)
    assert mask.sum() == 20 * 30
    assert mask[10:30, 15:45].all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (37, 53)])
def test_the_box_is_symmetric_to_a_pixel_and_never_empty(shape: tuple[int, int]) -> None:
    mask = centred_box(*shape)
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    assert mask.any()
    assert abs(rows[0] - (shape[0] - 1 - rows[-1])) <= 1
    assert abs(columns[0] - (shape[1] - 1 - columns[-1])) <= 1


def test_the_whole_picture_is_a_box_too() -> None:
    assert centred_box(7, 9, share=1.0).all()


@pytest.mark.parametrize("share", [0.0, -0.1, 1.1])
def test_what_is_no_share_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="above 0 and at most 1"):
        centred_box(10, 10, share)


def test_the_best_box_is_the_one_that_the_training_masks_fill() -> None:
    small, large = box_in_the_middle(20, 30), box_in_the_middle(32, 48)
    assert best_box_share([small], (0.1, 0.25, 0.64)) == 0.25
    assert best_box_share([large], (0.64, 0.25, 0.1)) == 0.64
    # Together the large one has more pixels, which is what oIoU counts.
    assert best_box_share([small, large], (0.1, 0.25, 0.64)) == 0.64


def test_the_constant_is_one_of_the_shares_that_are_tried() -> None:
    assert best_box_share([SAMPLE_OF_THE_CONSTANT]) == CENTRED_BOX_SHARE


SAMPLE_OF_THE_CONSTANT = box_in_the_middle(
    *(round(side * CENTRED_BOX_SHARE**0.5) for side in (HEIGHT, WIDTH))
)
