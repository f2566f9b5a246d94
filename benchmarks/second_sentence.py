"""Claim: a further sentence on one image costs at most half of the first (official size, random weights).

Run: python benchmarks/second_sentence.py
"""

import time

import torch

from refseg.encoders.lstm import LstmGlove
from refseg.encoders.vocabulary import Vocabulary
from refseg.models.backbones.deeplab_resnet import DeepLabResNet101
from refseg.models.cmpc import CmpcImage
from refseg.models.segmenter import Segmenter

RUNS = 5
EXPRESSIONS = ["man holding white frisbee", "the second red car from the left"]


def main() -> None:
    """Time both in turn in one process and print the ratio of their medians."""
    torch.manual_seed(0)
    encoder = LstmGlove(Vocabulary.of(" ".join(EXPRESSIONS).split()))
    segmenter = Segmenter(DeepLabResNet101(), encoder, CmpcImage((512, 1024, 2048), 1000)).eval()
    canvas = torch.randint(0, 256, (1, 3, 320, 320), dtype=torch.uint8)
    first, further = [], []
    with torch.inference_mode():
        for _ in range(RUNS + 1):
            start = time.perf_counter()
            image = segmenter.encode_image(canvas)
            segmenter.decode(image, segmenter.encode_text(EXPRESSIONS[:1])).logits((320, 320))
            middle = time.perf_counter()
            segmenter.decode(image, segmenter.encode_text(EXPRESSIONS[1:])).logits((320, 320))
            first.append(middle - start)
            further.append(time.perf_counter() - middle)
    a, b = sorted(first[1:])[RUNS // 2], sorted(further[1:])[RUNS // 2]
    threads = torch.get_num_threads()
    print(f"first {a:.3f} s, further {b:.3f} s, ratio {b / a:.3f} ({threads} threads)")


main()
