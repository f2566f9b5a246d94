"""Reads ReferIt as the first works on segmentation by language prepared it: photos of SAIAPR TC-12."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from refseg_cli import console
from refseg_cli.data.samples import Sample
from refseg_cli.errors import DataError

from .records import read_json, short
from .sources import check_split, get, picture_size

_PROVENANCE = (
    "photos of the IAPR TC-12 collection, regions drawn by people for its segmented form SAIAPR TC-12; "
    "sentences written by players of ReferItGame (Kazemzadeh et al., 2014)"
)
_REGION = re.compile(r"(\d{1,18})_(\d{1,18})", re.ASCII)


@dataclass(frozen=True)
class ReferitReader:
    """ReferIt in the files of its queries, photos and masks.

    Attributes:
        folder: holds `referit_query_trainval.json`, `referit_query_test.json`, `images` and `mask`.
    """

    folder: Path

    name: ClassVar[str] = "referit"

    def splits(self) -> tuple[str, ...]:
        """Training and choosing are one split, as in the authors' files."""
        return ("trainval", "test")

    def sources(self, split: str) -> tuple[Path, ...]:
        """The queries, and the folder of photos."""
        return self.folder / f"referit_query_{split}.json", self.folder / "images"

    def read(self, split: str) -> list[Sample]:
        """Read a split, one sample a sentence. Of each photo the first bytes are read, for its size.

        Raises:
            DataError: a file is missing or broken, or there is no such split.
        """
        check_split(self, split)
        queries = read_queries(self.sources(split)[0])
        numbers = dict.fromkeys(region.split("_")[0] for region in queries)
        photos = console.track(numbers, f"photos of referit {split}", len(numbers))
        sizes = {photo: picture_size(self._photo(photo), self.name) for photo in photos}
        return list(self._samples(queries, sizes, split))

    def _photo(self, number: str) -> Path:
        return self.folder / "images" / f"{number}.jpg"

    def _samples(
        self, queries: Mapping[str, list[str]], sizes: Mapping[str, tuple[int, int]], split: str
    ) -> Iterator[Sample]:
        for ref_id, (region, sentences) in enumerate(queries.items()):
            photo, thing = region.split("_")
            path = self._photo(photo)
            # the file marks with 0 what is the region
            mask = {"mat": str(self.folder / "mask" / f"{region}.mat"), "variable": "segimg_t", "value": 0}
            for number, sentence in enumerate(sentences):
                yield Sample(
                    sample_id=f"referit/{region}/{number}",
                    image_id=int(photo),
                    image_path=path,
                    expression=sentence.strip(),
                    annotation=mask,
                    height=sizes[photo][0],
                    width=sizes[photo][1],
                    ann_id=int(thing),
                    ref_id=ref_id,
                    dataset=self.name,
                    split=split,
                    provenance=_PROVENANCE,
                )


def read_queries(path: Path) -> dict[str, list[str]]:
    """Read a file of queries: by photo and region, such as 38685_1, the sentences on it.

    Raises:
        DataError: missing or broken.
    """
    if not path.is_file():
        raise DataError(f"{path}: no such file; {get('referit')}")
    queries = read_json(path)
    if not isinstance(queries, dict) or not queries:
        raise DataError(f"{path}: holds no queries; {get('referit')}")
    for region, sentences in queries.items():
        if not _REGION.fullmatch(region):
            raise DataError(
                f"{path}: {short(region)} is no photo and region, such as 38685_1; {get('referit')}"
            )
        if not _are_texts(sentences):
            raise DataError(f"{path}: region {region} has no list of sentences; {get('referit')}")
    return queries


def _are_texts(values: Any) -> bool:
    return isinstance(values, list) and bool(values) and all(isinstance(value, str) for value in values)
