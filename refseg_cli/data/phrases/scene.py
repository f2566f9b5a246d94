"""What a generator of phrases knows of a photo: its objects as boxes, in shares of width and height."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .nouns import Noun, plain_name

PARTS = "parts"
"""Key of an annotation that unites others, whose numbers it lists: it is no further object."""

MIN_SHARE = 0.008
"""Smallest part of the photo that an object to be named must cover."""

MIN_SIDE = 0.03
"""Smallest side of its box, in shares of the photo's width or height."""


@dataclass(frozen=True)
class Thing:
    """One annotated object; all lengths are shares of the photo's width or height, 0 to 1.

    Attributes:
        ann_id: number of the annotation.
        category: name of its category, as `plain_name` gives it.
        left, top, right, bottom: its box.
        share: the part of the photo that its mask covers.
        crowd: whether the annotation covers a group.
        annotation: the annotation itself.
    """

    ann_id: int
    category: str
    left: float
    top: float
    right: float
    bottom: float
    share: float
    crowd: bool = False
    annotation: Mapping[str, Any] = field(default_factory=dict, repr=False, hash=False, compare=False)

    @property
    def x(self) -> float:
        """Centre of the box, from the left."""
        return (self.left + self.right) / 2

    @property
    def y(self) -> float:
        """Centre of the box, from the top."""
        return (self.top + self.bottom) / 2

    @property
    def width(self) -> float:
        """Width of the box."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Height of the box."""
        return self.bottom - self.top

    @property
    def clear(self) -> bool:
        """Whether it is one object, large enough to be named."""
        large = self.share >= MIN_SHARE and self.width >= MIN_SIDE and self.height >= MIN_SIDE
        return large and not self.crowd


@dataclass(frozen=True)
class Scene:
    """One photo and its objects.

    Attributes:
        image_id: number of the photo.
        file_name: of the photo.
        width: in pixels.
        height: in pixels.
        things: every annotated object.
        complete: categories of which every object in the photo is annotated; None for all of them.
    """

    image_id: int
    file_name: str
    width: int
    height: int
    things: tuple[Thing, ...]
    complete: frozenset[str] | None = None

    def knows_all(self, categories: Collection[str]) -> bool:
        """Tell whether an object of these categories without an annotation can be ruled out."""
        return self.complete is None or set(categories) <= self.complete

    def rivals(self, thing: Thing, noun: Noun) -> list[Thing] | None:
        """Find the other objects that a noun for `thing` could mean.

        Args:
            thing: the object to name.
            noun: one of those of its category.

        Returns:
            The others, or None when nobody can be sure of them: a crowd is among them, something that
            could be confused with them is in the photo, or not every object of these categories is
            annotated.
        """
        if not self.knows_all(noun.categories) or any(noun.doubtful(other.category) for other in self.things):
            return None
        others = [other for other in self.things if other.category in noun.categories and other is not thing]
        return None if any(other.crowd for other in others) else others


def read_scenes(
    instances: Mapping[str, Any],
    image_ids: Collection[int] | None = None,
    complete: Collection[str] | None = None,
) -> Iterator[Scene]:
    """Turn a COCO `instances.json` into scenes, in the order of the photos' numbers.

    Clothing is left out, since its annotations cover parts of a person; so are annotations that unite
    others, and categories without a name.

    Args:
        instances: content of the file.
        image_ids: photos to read; all when None.
        complete: categories of which every object is annotated; None for all.
    """
    names = {
        int(category["id"]): name
        for category in instances.get("categories", ())
        if category.get("supercategory") != "clothing" and (name := plain_name(str(category["name"])))
    }
    annotations: dict[int, list[Mapping[str, Any]]] = {}
    for annotation in instances["annotations"]:
        if int(annotation.get("category_id", -1)) in names and PARTS not in annotation:
            annotations.setdefault(int(annotation["image_id"]), []).append(annotation)
    known = None if complete is None else frozenset(map(plain_name, complete))
    for image in sorted(instances["images"], key=lambda image: int(image["id"])):
        if image_ids is None or int(image["id"]) in image_ids:
            found = annotations.get(int(image["id"]), [])
            yield _scene(image, found, names, known)


def _scene(
    image: Mapping[str, Any],
    annotations: list[Mapping[str, Any]],
    names: Mapping[int, str],
    complete: frozenset[str] | None,
) -> Scene:
    width, height = int(image["width"]), int(image["height"])
    things = (
        _thing(annotation, names[int(annotation["category_id"])], width, height)
        for annotation in sorted(annotations, key=lambda annotation: int(annotation["id"]))
    )
    return Scene(int(image["id"]), str(image["file_name"]), width, height, tuple(things), complete)


def _thing(annotation: Mapping[str, Any], category: str, width: int, height: int) -> Thing:
    left, top, box_width, box_height = (float(value) for value in annotation["bbox"])
    return Thing(
        ann_id=int(annotation["id"]),
        category=category,
        left=left / width,
        top=top / height,
        right=(left + box_width) / width,
        bottom=(top + box_height) / height,
        share=float(annotation.get("area", box_width * box_height)) / (width * height),
        crowd=bool(annotation.get("iscrowd", 0)),
        annotation=annotation,
    )
