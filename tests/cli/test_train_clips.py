"""`refseg train` on clips, in seconds: four drawn clips, tiny widths, four steps."""

from pathlib import Path

import pytest
import torch
from tiny_clips import cut_short, run_on_clips, tiny_clips

from refseg.models.checkpoint import load_checkpoint
from refseg.models.cmpc import CmpcVideo

RUN = Path("runs/shapes-motion/small-video")
LAST = RUN / "checkpoints" / "last.safetensors"
NEW = ("--dataset", "shapes-motion", "--preset", "small-video")


@pytest.fixture(autouse=True)
def _clips(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny_clips(tmp_path, monkeypatch)


def train(*arguments: str, code: int = 0) -> str:
    done, _, err = run_on_clips("train", *arguments)
    assert done == code, err
    return err


def weights(path: Path = LAST) -> dict[str, torch.Tensor]:
    return load_checkpoint(path).segmenter.state_dict()


def test_a_checkpoint_for_videos_comes_out_and_is_scored_on_the_way() -> None:
    told = train(*NEW)
    assert "8 sentences on 4 clips" in told
    assert "2 of 4 sentences of shapes-motion val" in told
    head = load_checkpoint(LAST).segmenter.head
    assert isinstance(head, CmpcVideo)
    assert head.config.grid == (4, 4)
    assert {path.suffix for path in RUN.glob("overlays/*/*")} == {".jpg"}


def test_a_run_that_was_cut_short_goes_on_to_the_same_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    train(*NEW, "--name", "whole")
    with cut_short(monkeypatch, 3):
        run_on_clips("train", *NEW)
    train("--resume", str(RUN))
    whole = weights(RUN.with_name("whole") / "checkpoints" / "last.safetensors")
    assert all(torch.equal(weight, whole[name]) for name, weight in weights().items())


def test_levels_that_are_kept_change_little_and_workers_nothing() -> None:
    losses = {}
    for name, settings in {
        "kept": (),
        "new": ("training.cache_levels=false", "training.workers=0"),
        "read ahead": ("training.cache_levels=false", "training.workers=1"),
    }.items():
        told = train(*NEW, "--name", name, *(word for each in settings for word in ("--set", each)))
        losses[name] = [line.split("loss ")[1].split()[0] for line in told.splitlines() if " loss " in line]
    assert losses["new"] == losses["read ahead"]
    # what is kept is in half precision
    assert [float(loss) for loss in losses["kept"]] == pytest.approx(
        [float(loss) for loss in losses["new"]], rel=5e-3
    )


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--dataset", "shapes-motion", "--preset", "small"), "--preset small-video"),
        (("--dataset", "shapes", "--preset", "small-video"), "--preset small"),
        ((*NEW, "--set", "data.views=2"), "--set data.views=1"),
        (("--dataset", "shapes", "--preset", "small", "--backbone", "i3d:random"), "'i3d' looks at clips"),
    ],
)
def test_what_does_not_go_together_is_refused_in_a_line(arguments: tuple[str, ...], told: str) -> None:
    err = train(*arguments, "--set", "text.glove=", "--set", "text.vocabulary=", code=2)
    assert told in err.splitlines()[-1]
