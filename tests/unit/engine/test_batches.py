import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from refer_folders import ann_id, write_refer_folder
from torch import Tensor

from refseg.models.cmpc.words import WORD_TYPES
from refseg.models.preprocess import Preprocess
from refseg_cli.data.mixture import DataConfig, Draw, Mixture
from refseg_cli.data.readers.grefcoco import GrefcocoReader
from refseg_cli.data.readers.refer import read_refer
from refseg_cli.data.samples import Sample
from refseg_cli.engine.batches import Batch, Batches, n_typed, word_type_targets
from refseg_cli.engine.kept_levels import KeptLevels


class FakeSegmenter:
    """Its levels are the canvases themselves."""

    preprocess = Preprocess(32)
    frame_offsets = (0,)
    head = SimpleNamespace(word_type_names=WORD_TYPES)
    device = torch.device("cpu")

    def extract_levels(self, canvases: Tensor) -> list[Tensor]:
        return [canvases.float() / 256]


class RandomSegmenter(FakeSegmenter):
    """With a backbone of random weights; counts the images that it looks at."""

    def __init__(self, seed: int) -> None:
        torch.manual_seed(seed)
        self.backbone, self.n_images = torch.nn.Linear(2, 2), 0
        self.head = SimpleNamespace(
            config=SimpleNamespace(levels=("c5",), grid=(4, 4)), word_type_names=WORD_TYPES
        )

    def extract_levels(self, canvases: Tensor) -> list[Tensor]:
        self.n_images += len(canvases)
        return super().extract_levels(canvases)


def batches(cache: bool, workers: int) -> Batches:
    return Batches(FakeSegmenter(), None, cache, workers)  # type: ignore[arg-type]


def drawn(folder: Path) -> Mixture:
    samples = read_refer(folder, "refs(unc).p", "val")
    config = DataConfig(draw="images", images_per_step=2, sentences_per_image=2, flip=True, views=3)
    return Mixture([(sample, 1.0) for sample in samples], config, 5)


def same(first: Batch, second: Batch) -> bool:
    return (
        first.expressions == second.expressions
        and first.types == second.types
        and torch.equal(first.targets, second.targets)
        and all(torch.equal(*pair) for pair in zip(first.levels, second.levels, strict=True))
    )


def test_batches_are_the_same_read_here_read_ahead_or_kept(tmp_path: Path) -> None:
    mixture = drawn(write_refer_folder(tmp_path / "dogs"))
    steps = range(3, 8)
    here = list(batches(cache=False, workers=0).steps(mixture, steps))
    assert len({tuple(batch.expressions) for batch in here}) > 1
    assert [len(batch.expressions) for batch in here] == [4] * 5
    for other in (batches(cache=False, workers=2), batches(cache=True, workers=2)):
        assert all(same(*pair) for pair in zip(here, other.steps(mixture, steps), strict=True))


@pytest.mark.parametrize("cache", [False, True])
def test_the_sentences_of_one_image_share_one_pass_of_the_backbone(tmp_path: Path, cache: bool) -> None:
    samples = read_refer(write_refer_folder(tmp_path / "dogs"), "refs(unc).p", "val")
    config = DataConfig(images_per_step=1, sentences_per_image=5)
    mixture, passes = Mixture([(sample, 1.0) for sample in samples], config, 5), []

    class Counting(FakeSegmenter):
        def extract_levels(self, canvases: Tensor) -> list[Tensor]:
            passes.append(len(canvases))
            return super().extract_levels(canvases)

    made = Batches(Counting(), None, cache, 0)  # type: ignore[arg-type]
    (batch,) = made.steps(mixture, range(1))
    assert passes == [1]
    assert (len(batch.levels[0]), len(batch.expressions), len(batch.targets)) == (1, 5, 5)


def named(folder: Path, *things: Sequence[int]) -> tuple[Sample, ...]:
    """Sentences of the first photo, each with the annotations that it names, as gRefCOCO has them."""
    write_refer_folder(folder)
    references = [
        {
            "ref_id": number,
            "ann_id": list(numbers),
            "image_id": 1,
            "split": "train",
            "sentences": [{"sent_id": number, "sent": f"sentence {number}"}],
        }
        for number, numbers in enumerate(things)
    ]
    (folder / "grefs(unc).json").write_text(json.dumps(references))
    return tuple(GrefcocoReader(folder).read("train"))


def test_kept_masks_of_several_things_and_of_none_are_told_apart(tmp_path: Path) -> None:
    left, right = ann_id(1, 0), ann_id(1, 1)
    samples = named(tmp_path / "dogs", [left, right], [-1], [left], [right], [left])
    assert [sample.ann_id for sample in samples] == [-1, -1, left, right, left]
    draws = [Draw(samples, None, flipped) for flipped in (False, True)]
    kept, read = batches(cache=True, workers=0), batches(cache=False, workers=0).make(draws)
    assert read.targets.flatten(1).any(1).tolist() == [True, False, True, True, True] * 2
    for _ in range(2):  # made, then kept
        assert same(kept.make(draws), read)


def test_kept_masks_of_two_datasets_with_the_same_numbers_are_told_apart(tmp_path: Path) -> None:
    (mine,) = named(tmp_path / "dogs", [ann_id(1, 0)])
    theirs = replace(mine, dataset="others", annotation={"bbox": [0, 0, 0, 0], "union": []})
    draws = [Draw((mine, theirs), None, False)]
    assert same(*(batches(cache, workers=0).make(draws) for cache in (True, False)))


def test_reading_ahead_leaves_the_chance_of_training_alone(tmp_path: Path) -> None:
    mixture = drawn(write_refer_folder(tmp_path / "dogs"))
    before = torch.get_rng_state()
    next(iter(batches(cache=False, workers=1).steps(mixture, range(1))))
    assert torch.equal(torch.get_rng_state(), before)


def test_a_mirrored_draw_mirrors_photo_mask_and_sentence(tmp_path: Path) -> None:
    mixture = drawn(write_refer_folder(tmp_path / "dogs"))
    draws = [draw for step in range(20) for draw in mixture.draw(step) if draw.window is None]
    straight = next(draw for draw in draws if not draw.flipped)
    mirrored = type(straight)(straight.samples, None, True)
    one, other = (batches(cache=False, workers=0).make([draw]) for draw in (straight, mirrored))
    assert torch.equal(one.levels[0].flip(-1), other.levels[0])
    assert torch.equal(one.targets.flip(-1), other.targets)
    exchanged = [
        text.replace("left", "@").replace("right", "left").replace("@", "right") for text in one.expressions
    ]
    assert other.expressions == exchanged


def test_types_of_words_are_cut_and_padded_to_what_the_encoder_kept() -> None:
    types, kept = [[0, 2, 3], [1]], torch.zeros(2, 2)
    assert word_type_targets(types, kept).tolist() == [[0, 2], [1, -100]]
    assert n_typed(types, max_words=2) == 3


def test_levels_kept_by_one_run_serve_the_next_unless_its_backbone_is_another(tmp_path: Path) -> None:
    kept = KeptLevels()
    first, again, other = (RandomSegmenter(seed) for seed in (0, 0, 1))
    mixture = drawn(write_refer_folder(tmp_path / "dogs"))
    for segmenter in (first, again, other):
        levels = kept.for_network(segmenter)  # type: ignore[arg-type]
        maker = Batches(segmenter, None, True, levels=levels)  # type: ignore[arg-type]
        list(maker.steps(mixture, range(3)))
    assert first.n_images == other.n_images > 0
    assert again.n_images == 0
