"""Masks of other tools, to be scored as ours are: JSON lines, one mask for each sentence of a split.

    {"id": "unc/12", "rle": {"size": [480, 640], "counts": "…"}, "score": 0.9}

`id` is the sample's, as in the `.samples.jsonl` of an evaluation; `rle` holds COCO's run lengths at the
photo's own size; `score`, which only `mAP_coco` needs, is how sure the mask is.
"""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from refseg_cli.data.masks import UnreadableMask, decode_mask
from refseg_cli.data.samples import Sample
from refseg_cli.errors import DataError

from .answers import Answer, Answered

_FORM = 'each line is {"id": …, "rle": {"size": [height, width], "counts": …}}'


@dataclass(frozen=True)
class Predictions:
    """The masks of a file.

    Attributes:
        path: The file.
        by_id: The record of each sample.
    """

    path: Path
    by_id: Mapping[str, Mapping[str, Any]]

    def check_fits(self, samples: Iterable[Sample]) -> None:
        """Make sure that there is a mask for each sample, and none besides.

        Raises:
            DataError: Says how many are missing or too many, and names one.
        """
        wanted = {sample.sample_id for sample in samples}
        missing, extra = sorted(wanted - set(self.by_id)), sorted(set(self.by_id) - wanted)
        if missing:
            raise DataError(
                f"{self.path}: no mask for {len(missing)} of {len(wanted)} sentences, "
                f"such as {missing[0]!r}; "
                "the ids are those of the .samples.jsonl of refseg eval"
            )
        if extra:
            raise DataError(
                f"{self.path}: {len(extra)} masks are of no sentence that is scored, such as {extra[0]!r}; "
                "leave them out, or choose their split with --split"
            )

    def check_scores(self) -> None:
        """Make sure that each mask says how sure it is.

        Raises:
            DataError: Names one that does not.
        """
        for sample_id, record in self.by_id.items():
            score = record.get("score")
            if not isinstance(score, int | float) or not math.isfinite(score):
                raise DataError(
                    f"{self.path}: {sample_id!r} has no number as its score, which mAP_coco ranks by; "
                    "leave out --coco-map"
                )

    def answer(self) -> Answer:
        """Answers each sample with its mask.

        The answer raises `DataError` where a mask cannot be decoded or is of another size than its photo.
        """

        def answer(samples: Sequence[Sample]) -> list[Answered]:
            return [self._answered(sample) for sample in samples]

        return answer

    def _answered(self, sample: Sample) -> Answered:
        record = self.by_id[sample.sample_id]
        try:
            mask = decode_mask({"segmentation": record["rle"]}, sample.height, sample.width)
        except UnreadableMask as error:
            raise DataError(
                f"{self.path}: {sample.sample_id!r}: {error.reason}; write its run lengths again"
            ) from None
        return Answered(mask, score=float(record.get("score") or 0))


def read_predictions(path: Path) -> Predictions:
    """Read a file of masks.

    Raises:
        DataError: It is missing, a line is not as it should be, or an id is there twice.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: cannot be read ({error}); look with: ls -l {path}") from None
    by_id: dict[str, Mapping[str, Any]] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        record = _record(path, number, line)
        if record["id"] in by_id:
            raise DataError(f"{path}: line {number} has the id {record['id']!r} again; leave one of them out")
        by_id[record["id"]] = record
    return Predictions(path, by_id)


def _record(path: Path, number: int, line: str) -> Mapping[str, Any]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path}: line {number} is not JSON ({error}); {_FORM}") from None
    if not isinstance(record, dict) or not isinstance(record.get("id"), str):
        raise DataError(f"{path}: line {number} has no id; {_FORM}")
    rle = record.get("rle")
    if not isinstance(rle, dict) or not isinstance(rle.get("size"), list) or "counts" not in rle:
        raise DataError(f"{path}: line {number} ({record['id']}) has no run lengths; {_FORM}")
    return record


def prediction_line(sample_id: str, rle: Mapping[str, Any], score: float) -> str:
    """One line of such a file."""
    return json.dumps({"id": sample_id, "rle": rle, "score": score}) + "\n"
