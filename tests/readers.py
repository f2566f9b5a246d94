"""A reader made in the tests: one sample for each line of its file, and a note of each time it reads."""

from dataclasses import dataclass
from pathlib import Path

from refseg_cli.data.clips import Clip
from refseg_cli.data.samples import Sample
from refseg_cli.errors import DataError

READS: list[str] = []
"""The splits that were read, by whichever reader; a test that looks at it clears it first."""


@dataclass(frozen=True)
class LinesReader:
    """Reads `source`; a sample of an odd line is one of a clip."""

    source: Path
    name: str = "lines"

    def splits(self) -> tuple[str, ...]:
        return ("val",)

    def sources(self, split: str) -> tuple[Path, ...]:  # noqa: ARG002
        return (self.source,)

    def read(self, split: str) -> list[Sample]:
        READS.append(split)
        if not self.source.is_file():
            raise DataError(f"{self.source}: no such file; make it")
        lines = self.source.read_text(encoding="utf-8").splitlines()
        return [self._sample(split, number, line) for number, line in enumerate(lines)]

    def _sample(self, split: str, number: int, line: str) -> Sample:
        clip = Clip(Path("clips", "one.mp4"), 9, (0, 4), ("a.png", "b.png")) if number % 2 else None
        return Sample(
            sample_id=f"{self.name}/{number}",
            image_id=number,
            image_path=Path("photos", "one.jpg"),
            expression=line,
            annotation={"png": "a.png", "values": [number, 2.5, None, True, "é"], "nested": {"a": []}},
            height=3,
            width=4,
            category_id=5,
            ann_id=-number,
            ref_id=2**40 + number,
            kind="position",
            dataset=self.name,
            split=split,
            provenance="made in the tests",
            clip=clip,
            word_types=("entity",) * (number % 3),
        )
