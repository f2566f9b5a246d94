"""Reads gRefCOCO, whose sentences name one thing, several things or nothing at all in the photo.

It has REFER's layout with two differences: the references are JSON, and each has a list of annotations.
"""

from dataclasses import dataclass
from pathlib import Path

from refseg_cli.data.samples import Sample

from .records import read_json
from .refer import build_samples, checked_references, images_folder, of_split, read_instances


@dataclass(frozen=True)
class GrefcocoReader:
    """gRefCOCO.

    A sentence about several things has the annotation `{"union": [...]}` of theirs; one about nothing
    has an empty union, whose mask is empty. The numbers of annotation and category are then -1.

    Attributes:
        folder: holds `instances.json` and `grefs(unc).json`.
        images: folder of the photos; looked for beside and inside `folder` when not given.
        provenance: what is known of where photos, sentences and masks come from.
        name: of the dataset.
    """

    folder: Path
    images: Path | None = None
    provenance: str = ""
    name: str = "grefcoco"

    def __post_init__(self) -> None:
        # as in ReferReader: the `repr` says where the photos are
        object.__setattr__(self, "images", images_folder(self.folder, self.images))

    def splits(self) -> tuple[str, ...]:
        """Names of the public splits."""
        return "train", "val", "testA", "testB"

    def sources(self, split: str) -> tuple[Path, ...]:  # noqa: ARG002 - all splits lie in one file
        """The references and `instances.json`."""
        return self.folder / "grefs(unc).json", self.folder / "instances.json"

    def read(self, split: str) -> list[Sample]:
        """Read a split, one sample per sentence, in the order of the file; photos need not be there.

        Raises:
            DataError: a file is missing or broken, or there is no such split.
        """
        refs, instances = self.sources(split)
        references = of_split(checked_references(refs, read_json(refs), {"ann_id": list}), split, refs)
        photos = images_folder(self.folder, self.images)
        return build_samples(
            read_instances(instances), references, photos, self.name, split=split, provenance=self.provenance
        )
