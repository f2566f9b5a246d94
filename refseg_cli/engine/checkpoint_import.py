"""Brings the authors' checkpoints in: what `refseg checkpoints import` does."""

from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError

from refseg.models.checkpoint import save_checkpoint
from refseg.models.tensorflow_import import import_official, official_provenance
from refseg_cli.errors import DataError
from refseg_cli.files import refuse_to_replace


@dataclass(frozen=True)
class ImportRequest:
    """What to import, and where to put it.

    Args:
        prefix: the TensorFlow checkpoint's path, without `.index`.
        vocabulary: the words that it was trained with, one a line.
        backbone: another TensorFlow checkpoint with the backbone, if the first has none.
        output: the file to make.
        force: replace a file that is there.
    """

    prefix: Path
    vocabulary: Path
    backbone: Path | None
    output: Path
    force: bool = False


def import_checkpoint(request: ImportRequest) -> None:
    """Import a checkpoint and write it as one of refseg's.

    Raises:
        UsageError: if the output exists and is not to be replaced.
        CheckpointError: if a checkpoint is not one, or is not of the authors' model.
        TensorFlowMissing: if TensorFlow is needed and not installed.
        VectorsUnreadable: if the vocabulary cannot be read.
        DataError: if the output cannot be written.
    """
    refuse_to_replace(request.output, request.force)
    sources = (request.prefix, request.vocabulary, request.backbone)
    segmenter = import_official(*sources)
    try:
        save_checkpoint(request.output, segmenter, official_provenance(*sources))
    except (OSError, SafetensorError) as error:
        raise DataError(f"{request.output} cannot be written ({error}): write elsewhere with -o") from error
