"""Claim: each preset can learn four photos by heart (oIoU of 90 % or more on what it was trained on).

Run: python benchmarks/overfit.py DATA [official|paper] [section.field=value …]
"""

import sys
from pathlib import Path

import torch

from refseg.encoders.lstm import LstmGlove, LstmGloveConfig
from refseg.encoders.vocabulary import Vocabulary
from refseg.models.backbones.efficientnet_lite import EfficientNetLite0
from refseg.models.cmpc import CmpcConfig, CmpcImage
from refseg.models.losses import LossConfig, segmentation_losses
from refseg.models.preprocess import Preprocess
from refseg.models.segmenter import Segmenter
from refseg_cli.data.mixture import Draw
from refseg_cli.data.readers.refer import read_refer
from refseg_cli.engine.batches import Batches

WIDTHS = {"visual_width": 64, "multimodal_width": 64, "level_width": 48, "word_type_width": 64}
STEPS, EVERY, RATE = 400, 50, 2e-3


def main() -> None:
    """Train on four photos and print the oIoU on them as it rises."""
    data, preset = Path(sys.argv[1]), sys.argv[2]
    changes = dict(argument.split("=") for argument in sys.argv[3:])
    torch.manual_seed(0)
    make = CmpcConfig.official if preset == "official" else CmpcConfig.paper
    named = {name: {"true": True, "false": False}.get(value, value) for name, value in changes.items()}
    own = {"l2_rescale": True} if preset == "official" else {"convlstm_width": 48}
    config = make(**{**WIDTHS, "grid": (40, 40), **own, **named})
    samples = read_refer(data / "coco_phrases", "refs(templated).p", "train")
    paths = list(dict.fromkeys(sample.image_path for sample in samples))[:4]
    chosen = [sample for path in paths for sample in [s for s in samples if s.image_path == path][:2]]
    encoder = LstmGlove(
        Vocabulary.of(word for sample in chosen for word in sample.expression.split()),
        LstmGloveConfig(32, 64),
    )
    backbone = EfficientNetLite0.from_file(data / "weights" / "efficientnet_lite0_imagenet.safetensors")
    head = CmpcImage(backbone.channels, 64, config)
    segmenter = Segmenter(backbone.requires_grad_(False), encoder, head, Preprocess(320))
    draws = [Draw(tuple(s for s in chosen if s.image_path == path), None, False) for path in paths]
    batch = Batches(segmenter, None, False).make(draws)
    loss = LossConfig(
        reduction="mean", dice_weight=1.0, auxiliary_weight=0.1 if config.auxiliary_scores else 0.0
    )
    optimizer = torch.optim.Adam([*head.parameters(), *encoder.parameters()], lr=RATE)
    for step in range(1, STEPS + 1):
        segmentation = segmenter.decode(head.encode_image(batch.levels), encoder.encode(batch.expressions))
        losses = segmentation_losses(segmentation, batch.targets, loss)
        optimizer.zero_grad()
        losses.total.backward()
        norm = torch.nn.utils.clip_grad_norm_(head.parameters(), 5.0)
        optimizer.step()
        if step % EVERY == 0 or step == 1:
            logits = segmentation.logits((320, 320)).detach()
            masks, targets = logits > 0, batch.targets > 0
            overlap = (masks & targets).sum() / (masks | targets).sum()
            print(
                f"{preset} {named} step {step}: loss {losses.total.item():.4f}, oIoU {100 * overlap:.1f} %, "
                f"largest |logit| {logits.abs().max():.3g}, gradient norm {norm:.3g}",
                flush=True,
            )
            if overlap > 0.95:
                return


main()
