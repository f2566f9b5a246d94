"""Tells whether the sentences that a run trains on are those that it started with."""

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from refseg_cli.data.samples import Sample
from refseg_cli.data.stored_samples import StoredMapping
from refseg_cli.errors import DataError

_TOLD = {
    "names": "the samples",
    "sentences": "the sentences",
    "pictures": "the pictures",
    "masks": "the masks",
}


def data_fingerprint(samples: Sequence[Sample], root: Path) -> dict[str, Any]:
    """How many samples there are, and a SHA-256 of each side of them, wherever the data root lies.

    The pixels of pictures are not read: what counts is which pictures are named, and their sizes.
    """
    hashes = {side: sha256() for side in _TOLD}
    rooted = json.dumps(str(root))[1:-1]
    for sample in samples:
        mask = _written(sample.annotation).replace(rooted, "")
        picture = f"{sample.image_path} {sample.width} {sample.height}".replace(str(root), "")
        for side, text in zip(_TOLD, (sample.sample_id, sample.expression, picture, mask), strict=True):
            hashes[side].update(text.encode("utf-8", "surrogatepass") + b"\n")
    return {"samples": len(samples)} | {side: digest.hexdigest() for side, digest in hashes.items()}


def _written(annotation: Mapping[str, Any]) -> str:
    """An annotation as text: as it lies in the index, or else written as JSON."""
    if isinstance(annotation, StoredMapping):
        return annotation.text.decode("ascii")
    return json.dumps(annotation, sort_keys=True, default=dict)


def check_data(before: Mapping[str, Any], now: Mapping[str, Any], folder: Path) -> None:
    """Make sure that a run goes on with the data that it started with.

    Raises:
        DataError: if the data has changed.
    """
    if before == now:
        return
    changed = [told for side, told in _TOLD.items() if before.get(side) != now[side]]
    counts = f" ({before.get('samples', 0):,} samples then, {now['samples']:,} now)"
    raise DataError(
        f"{folder}: {', '.join(changed)} changed since the run started{counts}: put the data back as it was, "
        "or start a new run: refseg train --name NAME"
    )
