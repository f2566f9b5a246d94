"""From a COCO file to a file of phrases: what `refseg data phrases` does."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from refseg_cli.data.readers.refer import find_images, read_instances
from refseg_cli.data.write import write_references
from refseg_cli.errors import DataError
from refseg_cli.files import refuse_to_replace

from .generate import generate


@dataclass(frozen=True)
class PhrasesRequest:
    """What to make phrases from, and where to put them.

    Attributes:
        instances_json: COCO annotations.
        images: folder of the photos.
        output: the file to make.
        complete: categories of which every object is annotated; empty for all of them.
        exclude_images: numbers of photos to leave out.
        split: what the phrases are marked with.
        seed: the same number gives the same phrases.
        force: replace a file that is there.
    """

    instances_json: Path
    images: Path
    output: Path
    complete: tuple[str, ...] = ()
    exclude_images: frozenset[int] = frozenset()
    split: str = "train"
    seed: int = 0
    force: bool = False


def make_phrases(request: PhrasesRequest) -> Counter[str]:
    """Make the phrases, write them and count them by kind.

    Raises:
        UsageError: the output exists and is not to be replaced.
        DataError: the annotations or photos are missing or broken, a category is unknown, or nothing
            can be named without doubt.
    """
    refuse_to_replace(request.output, request.force)
    instances = read_instances(request.instances_json)
    known = {str(category["name"]) for category in instances.get("categories", ())}
    unknown = sorted(set(request.complete) - known)
    if unknown:
        listed = ", ".join(sorted(known))
        raise DataError(
            f"{request.instances_json}: no category {', '.join(unknown)}; give --complete from {listed}"
        )
    references = generate(
        instances,
        find_images(request.instances_json.parent, request.images),
        request.seed,
        image_ids={int(image["id"]) for image in instances["images"]} - request.exclude_images,
        complete_categories=request.complete or None,
        split=request.split,
    )
    if not references:
        raise DataError(
            f"{request.instances_json}: nothing in it can be named without doubt; give another file"
        )
    write_references(request.output, references, request.force)
    return Counter(sentence["kind"] for reference in references for sentence in reference["sentences"])
