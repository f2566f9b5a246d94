"""Names of datasets and where REFER's layout keeps them; a folder can be named instead."""

from dataclasses import dataclass
from pathlib import Path

from refseg_cli.errors import DataError

_MSCOCO = Path("images", "mscoco", "images", "train2014")


@dataclass(frozen=True)
class ReferDataset:
    """A dataset in REFER's layout.

    Attributes:
        folder: holds `instances.json` and the pickle of references.
        refs: name of that pickle.
        images: folder of the photos, or None where it is to be found beside or inside `folder`.
        splits: the names of its splits, or empty when the dataset was named by its folder.
    """

    folder: Path
    refs: str
    images: Path | None = None
    splits: tuple[str, ...] = ()


_UNC = ("train", "val", "testA", "testB")
_NAMED = {
    "unc": ("refcoco", "refs(unc).p", _UNC),
    "unc+": ("refcoco+", "refs(unc).p", _UNC),
    "gref": ("refcocog", "refs(google).p", ("train", "val")),
    "gref-umd": ("refcocog", "refs(umd).p", ("train", "val", "test")),
}
DATASET_NAMES = tuple(_NAMED)
"""unc and unc+ are RefCOCO and RefCOCO+; gref and gref-umd are RefCOCOg, as Google and UMD split it."""


def find_dataset(name: str, root: Path) -> ReferDataset:
    """Find a dataset by its name, by its folder, or by its pickle of references.

    Args:
        name: one of `DATASET_NAMES`, a folder in REFER's layout with one pickle of references, or
            the path of such a pickle.
        root: data folder under which named datasets lie.

    Raises:
        DataError: the name is unknown, the folder is missing, or it has no or several pickles.
    """
    if name in _NAMED:
        folder, refs, splits = _NAMED[name]
        return ReferDataset(root / folder, refs, root / _MSCOCO, splits)
    path = Path(name)
    if path.suffix == ".p" and path.is_file():
        return ReferDataset(path.parent, path.name)
    if not path.is_dir():
        known = ", ".join(DATASET_NAMES)
        raise DataError(
            f"{name}: no such dataset or folder; name one of {known}, or a folder in REFER's layout"
        )
    return ReferDataset(path, _only_references(path))


def _only_references(folder: Path) -> str:
    """Return the name of the one pickle of references in a folder."""
    found = sorted(path.name for path in folder.glob("refs(*).p"))
    if not found:
        raise DataError(
            f"{folder}: holds no refs(...).p; name a folder in REFER's layout, "
            "or make sentences for it: refseg data phrases --help"
        )
    if len(found) > 1:
        raise DataError(
            f"{folder}: holds {', '.join(found)}; name the one you mean, such as {folder / found[0]}"
        )
    return found[0]
