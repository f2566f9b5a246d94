"""Reads the word vectors that a run starts from: of files, and of checkpoints of refseg."""

from collections.abc import Collection
from pathlib import Path
from shlex import quote

import numpy as np
from safetensors import SafetensorError, safe_open

from refseg.encoders.errors import VectorsUnreadable
from refseg.encoders.glove import Vectors, read_glove
from refseg.encoders.lstm import LstmGlove
from refseg.models.checkpoint import bundled_checkpoints, find_checkpoint, read_description
from refseg.models.errors import CheckpointError
from refseg_cli.errors import ConfigError

_RANDOM = "to start the words at random: --set text.glove="
_ADVICE = f"give another; {_RANDOM}"


def read_word_vectors(glove: str, root: Path, only: Collection[str] | None) -> tuple[str, Vectors]:
    """Read the word vectors that `TextConfig.glove` names.

    Args:
        glove: a file under the data root, or the name of a bundled checkpoint.
        root: data root.
        only: the words wanted; None for all.

    Returns:
        Where they are from, for people; and word → vector (C,).

    Raises:
        VectorsUnreadable, CheckpointError: if there is no such file or it is not what it should be.
        ConfigError: if it is a checkpoint without word vectors.
    """
    bundled = bundled_checkpoints().get(glove)
    path = bundled or root / glove
    if path.suffix == ".safetensors":
        source, vectors = _from_checkpoint(find_checkpoint(path))
        return source, {word: vector for word, vector in vectors.items() if only is None or word in only}
    if not path.is_file():
        raise VectorsUnreadable(_no_file(glove, root))
    return path.name, read_glove(path, only)


def _from_checkpoint(path: Path) -> tuple[str, Vectors]:
    """The vectors of a checkpoint; words whose vector is zero have none."""
    try:
        with safe_open(path, framework="numpy") as file:
            description = read_description(path, file.metadata())
            encoder = description["text_encoder"]
            if encoder["name"] != LstmGlove.name:
                raise ConfigError(f"{path} has no word vectors, its encoder is {encoder['name']}: {_ADVICE}")
            rows = file.get_tensor("text_encoder.embedding.weight").astype(np.float32)
        vectors = {word: row for word, row in zip(encoder["vocabulary"], rows, strict=True) if row.any()}
        made_of = description["provenance"].get("words", {}).get("vectors")
    except (SafetensorError, OSError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"{path} is not a checkpoint of refseg ({error}): {_ADVICE}") from error
    return ", from ".join(filter(None, (made_of, f"checkpoint {path.stem}"))), vectors


def _no_file(glove: str, root: Path) -> str:
    """Tell that a file is not there, and the ways on, such as what `refseg download --vocabulary` cut out."""
    path = root / glove
    asset = "glove-6b" if path.name.startswith("glove.6B") else "glove"
    ways = [f"to get it: refseg download {asset} --data {quote(str(root))}"]
    slices = [Path(glove).with_name(each.name) for each in path.parent.glob(f"{path.stem}.*{path.suffix}")]
    ways += [f"to take what was cut out of it: --set text.glove={each.as_posix()}" for each in sorted(slices)]
    return f"{path} is not there; {'; '.join(ways)}; {_RANDOM}"
