from pathlib import Path

import torch
from refer_folders import write_refer_folder
from torch import Tensor

from refseg.models.preprocess import Preprocess
from refseg_cli.data.mixture import DataConfig, Mixture
from refseg_cli.data.readers.refer import read_refer
from refseg_cli.engine.batches import Batch, Batches


class FakeSegmenter:
    """Its levels are the canvases themselves."""

    preprocess = Preprocess(32)
    device = torch.device("cpu")

    def extract_levels(self, canvases: Tensor) -> list[Tensor]:
        return [canvases.float() / 256]


def batches(cache: bool, workers: int) -> Batches:
    return Batches(FakeSegmenter(), None, cache, workers)  # type: ignore[arg-type]


def drawn(folder: Path) -> Mixture:
    samples = read_refer(folder, "refs(unc).p", "val")
    config = DataConfig(draw="images", images_per_step=2, sentences_per_image=2, flip=True, views=3)
    return Mixture([(sample, 1.0) for sample in samples], config, 5)


def same(first: Batch, second: Batch) -> bool:
    return (
        first.expressions == second.expressions
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
