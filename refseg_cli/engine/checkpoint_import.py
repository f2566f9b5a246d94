"""Brings the authors' checkpoints in: what `refseg checkpoints import` does."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from safetensors import SafetensorError

from refseg.models.backbone_file import save_backbone
from refseg.models.checkpoint import save_checkpoint
from refseg.models.tensorflow_import import import_backbone, import_official, official_provenance
from refseg_cli.errors import DataError, UsageError
from refseg_cli.files import refuse_to_replace


@dataclass(frozen=True)
class ImportRequest:
    """What to import, and where to put it.

    Args:
        prefix: the TensorFlow checkpoint's path, without `.index`.
        vocabulary: the words that it was trained with, one a line; None of a backbone alone.
        backbone: another TensorFlow checkpoint with the backbone, if the first has none.
        output: the file to make.
        force: replace a file that is there.
        backbone_only: take the backbone alone, for `refseg train --backbone`.

    Raises:
        UsageError: if the vocabulary is missing, or what only a whole model has is given for a backbone.
    """

    prefix: Path
    vocabulary: Path | None
    backbone: Path | None
    output: Path
    force: bool = False
    backbone_only: bool = False

    def __post_init__(self) -> None:
        if self.backbone_only and (self.vocabulary or self.backbone):
            raise UsageError("--backbone-only takes nothing else: leave out --vocabulary and --backbone")
        if not self.backbone_only and self.vocabulary is None:
            raise UsageError(
                "the words that it was trained with are missing: --vocabulary FILE, or --backbone-only"
            )


def import_checkpoint(request: ImportRequest) -> None:
    """Import a checkpoint, or the backbone in it, and write it as one of refseg's.

    Raises:
        UsageError: if the output exists and is not to be replaced.
        CheckpointError: if a checkpoint is not one, or is not of the authors' model.
        TensorFlowMissing: if TensorFlow is needed and not installed.
        VectorsUnreadable: if the vocabulary cannot be read.
        DataError: if the output cannot be written.
    """
    refuse_to_replace(request.output, request.force)
    if request.vocabulary is None:
        save = partial(save_backbone, backbone=import_backbone(request.prefix))
    else:
        model = import_official(request.prefix, request.vocabulary, request.backbone)
        save = partial(save_checkpoint, segmenter=model)
    provenance = official_provenance(request.prefix, request.vocabulary, request.backbone)
    try:
        save(request.output, provenance=provenance)
    except (OSError, SafetensorError) as error:
        raise DataError(f"{request.output} cannot be written ({error}): write elsewhere with -o") from error
