"""Claim: `refseg predict` on 3,000 frames takes at most 1.1 times the memory that it takes on 100.

Run: python benchmarks/video_memory.py [N_FRAMES_SHORT N_FRAMES_LONG]

The clip and a network for videos of small widths (random weights) are made first. A frame's pixels are 57 KB
and its canvas is 27 KB: keeping either would show. Each run is a process of its own.
"""

import os
import subprocess
import sys
import tempfile
from fractions import Fraction
from pathlib import Path

SHORT, LONG = 100, 3_000
LIMIT = 1.1
HEIGHT, WIDTH, CANVAS = 120, 160, 96
SENTENCES = ["the dog that runs", "left dog"]


def main() -> None:
    """Print the peak of both runs, their ratio and the frames per second."""
    short, long = [int(each) for each in sys.argv[1:3]] or (SHORT, LONG)
    with tempfile.TemporaryDirectory() as folder:
        # in another process: what this one has held would count as its children's
        subprocess.run([sys.executable, __file__, "make", folder, str(long)], check=True)  # noqa: S603 - ours
        few, _ = predict(Path(folder), short)
        many, told = predict(Path(folder), long)
    more = (many - few) * 1024 / (long - short)
    print(
        f"{short} frames: {few:.0f} MiB, {long} frames: {many:.0f} MiB, {more:.1f} KiB for each further frame"
    )
    print(f"ratio {many / few:.3f} (at most {LIMIT}); {told}")
    if many > LIMIT * few:
        raise SystemExit("the memory grows with the length of the video")


def predict(folder: Path, n_frames: int) -> tuple[float, str]:
    """Run the command; its peak in MiB, and the last line that it says."""
    command = [sys.executable, "-m", "refseg_cli", "predict", str(folder / "clip.mp4"), *SENTENCES]
    options = ["--checkpoint", str(folder / "tiny.safetensors"), "--out", str(folder / "out"), "--force"]
    with (folder / "told").open("w") as told:
        process = subprocess.Popen(  # noqa: S603 - ours
            [*command, *options, "--frames", f":{n_frames}"], stdout=subprocess.DEVNULL, stderr=told
        )
        _, status, used = os.wait4(process.pid, 0)
    said = (folder / "told").read_text()
    if status:
        raise SystemExit(said)
    return used.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10), said.splitlines()[-1]


def make(folder: Path, n_frames: int) -> None:
    """Write a clip in which a square goes to and fro, and a checkpoint for videos."""
    import numpy as np

    from refseg.encoders.lstm import LstmGlove, LstmGloveConfig
    from refseg.encoders.vocabulary import Vocabulary
    from refseg.models.backbones.registry import build_backbone
    from refseg.models.checkpoint import save_checkpoint
    from refseg.models.cmpc import CmpcVideo, CmpcVideoConfig
    from refseg.models.preprocess import Preprocess
    from refseg.models.segmenter import Segmenter
    from refseg_cli.engine.video_writer import written_video

    with written_video(folder / "clip.mp4") as video:
        for number in range(n_frames):
            picture = np.full((HEIGHT, WIDTH, 3), 60, np.uint8)
            left = abs(number % 200 - 100)
            picture[40:80, left : left + 40] = (200, 120, 40)
            video.add(picture, Fraction(number, 25), Fraction(1, 25))
    backbone = build_backbone({"name": "efficientnet-lite0"})
    widths = {"visual_width": 16, "multimodal_width": 16, "level_width": 8, "word_type_width": 8}
    config = CmpcVideoConfig.official(**widths, fusion_heads=2, grid=(6, 6))
    encoder = LstmGlove(Vocabulary.of(" ".join(SENTENCES).split()), LstmGloveConfig(8, 16))
    segmenter = Segmenter(backbone, encoder, CmpcVideo(backbone.channels, 16, config), Preprocess(CANVAS))
    save_checkpoint(folder / "tiny.safetensors", segmenter, {"data": []})


if sys.argv[1:2] == ["make"]:
    make(Path(sys.argv[2]), int(sys.argv[3]))
else:
    main()
