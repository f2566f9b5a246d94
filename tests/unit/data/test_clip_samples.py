"""Sentences on clips: what is asked about one frame, and what a training draws."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from video_folders import write_refvos

from refseg.models.cmpc.words import VIDEO_WORD_TYPES
from refseg_cli.data.mixture import DataConfig, Mixture
from refseg_cli.data.readers.refvos import RefVosReader
from refseg_cli.data.samples import Sample
from refseg_cli.data.scene_objects import scene_objects
from refseg_cli.data.shapes.motion_reader import MotionReader
from refseg_cli.data.word_types import target_types
from refseg_cli.errors import DataError


@pytest.fixture
def clips() -> list[Sample]:
    return MotionReader(3).read("train")


def test_a_sentence_on_one_frame_has_the_picture_and_the_mask_of_that_frame(clips: list[Sample]) -> None:
    sample = clips[0].at(3)
    assert np.array_equal(sample.image(), clips[0].frames([3])[3])
    assert np.array_equal(sample.mask(), clips[0].mask(3))
    assert (sample.sample_id, sample.sentence_id) == (f"{clips[0].sample_id}@00004", clips[0].sample_id)
    assert sample.at(5).at(3) == sample
    assert sample.picture != sample.at(5).picture == clips[1].at(5).picture


def test_of_a_drawn_frame_all_objects_are_known(clips: list[Sample]) -> None:
    for sample in clips:
        objects = scene_objects(sample.at(8))
        assert objects is not None
        assert np.array_equal(objects.masks()[objects.named], sample.mask(8))
        assert objects.n_candidates == 2
        assert scene_objects(sample) is None


def test_a_clip_of_another_size_than_its_masks_is_refused(tmp_path: Path) -> None:
    write_refvos(tmp_path, "train", {"one": [("man in black", 1)]})
    (sample,) = RefVosReader("own", tmp_path, provenance="").read("train")
    assert sample.at(0).image().shape[:2] == sample.mask(0).shape
    with pytest.raises(DataError, match=r"its frames are .* but annotated as"):
        replace(sample, height=sample.height + 1).frames([0])


def test_a_step_asks_all_its_sentences_on_a_clip_about_one_frame_that_each_has_a_mask_in() -> None:
    def sample(number: int, annotated: tuple[int, ...]) -> Sample:
        made = MotionReader(1).read("train")[0]
        assert made.clip is not None
        return replace(
            made, sample_id=f"own/{number}", clip=replace(made.clip, annotated=annotated, centres=())
        )

    samples = [(sample(number, annotated), 1.0) for number, annotated in enumerate([(1, 2), (2,), (1, 2, 9)])]
    mixture = Mixture(samples, DataConfig(draw="images", sentences_per_image=2), 0)
    drawn = Counter()
    for step in range(300):
        (draw,) = mixture.draw(step)
        (frame,) = {each.frame for each in draw.samples}
        assert all(each.clip is not None and frame in each.clip.annotated for each in draw.samples)
        drawn[frame] += 1
    assert set(drawn) == {1, 2, 9}
    assert drawn[2] > drawn[1] > drawn[9]


def test_what_somebody_does_is_an_action_in_clips_alone() -> None:
    words = "the red dog running behind a man holding a cup"
    sample = Sample("a", 0, Path("a"), words, {}, 4, 4, word_types=("entity", "action"))

    def named(names: tuple[str, ...]) -> list[str]:
        return [names[number] if number >= 0 else "" for number in target_types(sample, "lexicon", names)]

    assert named(VIDEO_WORD_TYPES)[2:8] == [
        *("entity", "action", "relation", "unnecessary", "entity", "action")
    ]
    short = replace(sample, expression="dog runs")
    assert target_types(short, "gold", VIDEO_WORD_TYPES) == [0, 3]
    assert target_types(sample, "lexicon")[3] == 1
