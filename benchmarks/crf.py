"""Claim: the CRF on the canvas costs less than decoding the mask on one core (official size, 320×320).

Run: python benchmarks/crf.py
"""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from refseg.encoders.lstm import LstmGlove
from refseg.encoders.vocabulary import Vocabulary
from refseg.models.backbones.deeplab_resnet import DeepLabResNet101
from refseg.models.cmpc import CmpcImage
from refseg.models.images import read_image
from refseg.models.preprocess import Preprocess
from refseg.models.segmenter import Segmenter
from refseg_cli.engine.crf import refined_logits

RUNS = 7
PHOTO = next((Path(__file__).parents[1] / "examples").glob("*.jpg"))
EXPRESSION = "man holding white frisbee"


def main() -> None:
    """Time both in one process and print the ratio of their medians."""
    torch.manual_seed(0)
    preprocess = Preprocess(320)
    canvas = preprocess.image(np.asarray(read_image(PHOTO)))
    encoder = LstmGlove(Vocabulary.of(EXPRESSION.split()))
    segmenter = Segmenter(DeepLabResNet101(), encoder, CmpcImage((512, 1024, 2048), 1000), preprocess).eval()
    pixels = canvas.permute(1, 2, 0).numpy()
    rows, columns = np.mgrid[:320, :320]
    blurred_disc = 1 / (1 + np.exp((np.hypot(rows - 160, columns - 160) - 60) / 12))
    with torch.inference_mode():
        image = segmenter.encode_image(canvas[None])
        decoding = median(
            lambda: segmenter.decode(image, segmenter.encode_text([EXPRESSION])).logits((320, 320))
        )
    crf = median(lambda: refined_logits(blurred_disc, pixels))
    threads = torch.get_num_threads()
    print(f"crf {crf:.3f} s, decoding {decoding:.3f} s, ratio {crf / decoding:.2f} ({threads} threads)")


def median(work: Callable[[], object]) -> float:
    """Seconds of the middle one of some runs, after one to warm up."""
    seconds = []
    for _ in range(RUNS + 1):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return sorted(seconds[1:])[RUNS // 2]


main()
