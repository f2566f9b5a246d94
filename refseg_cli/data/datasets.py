"""The datasets that refseg knows by name; a folder or a file of one's own can be named instead."""

from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path

from refseg_cli.errors import DataError

from .index import indexed
from .readers.a2d import A2dReader
from .readers.base import Reader
from .readers.coco import CocoReader
from .readers.grefcoco import GrefcocoReader
from .readers.jhmdb import JhmdbReader
from .readers.jsonl import JsonlReader
from .readers.refdavis import ref_davis17
from .readers.refer import ReferReader
from .readers.referit import ReferitReader
from .readers.refvos import RefVosReader
from .samples import Sample
from .shapes.motion_reader import MotionReader
from .shapes.reader import ShapesReader

_MSCOCO = Path("images", "mscoco", "images", "train2014")
_SAIAPR = Path("images", "saiapr_tc-12")
_COCO_PHOTOS = "COCO train2014 photos, people's sentences, COCO masks"
_SAIAPR_PHOTOS = "SAIAPR TC-12 photos, people's sentences, SAIAPR masks"
_BY_PEOPLE = frozenset({"refs(unc).p", "refs(umd).p", "refs(google).p", "refs(berkeley).p"})


def _coco(name: str, folder: str, refs: str) -> Callable[[Path], Reader]:
    return lambda root: ReferReader(name, root / folder, refs, root / _MSCOCO, _COCO_PHOTOS)


_NAMED: dict[str, Callable[[Path], Reader]] = {
    "unc": _coco("unc", "refcoco", "refs(unc).p"),
    "unc+": _coco("unc+", "refcoco+", "refs(unc).p"),
    "gref": _coco("gref", "refcocog", "refs(google).p"),
    "gref-umd": _coco("gref-umd", "refcocog", "refs(umd).p"),
    "refclef": lambda root: ReferReader(
        "refclef", root / "refclef", "refs(unc).p", root / _SAIAPR, _SAIAPR_PHOTOS
    ),
    "grefcoco": lambda root: GrefcocoReader(root / "grefcoco", root / _MSCOCO),
    "referit": lambda root: ReferitReader(root / "referit"),
    "a2d": lambda root: A2dReader(root / "a2d"),
    "jhmdb": lambda root: JhmdbReader(root / "jhmdb"),
    "refer-youtube-vos": lambda root: RefVosReader("refer-youtube-vos", root / "refer-youtube-vos"),
    "ref-davis17": lambda root: ref_davis17(root / "ref-davis17"),
    "shapes": lambda _: ShapesReader(),
    "shapes-motion": lambda _: MotionReader(),
}
DATASET_NAMES = tuple(_NAMED)
"""unc and unc+ are RefCOCO and RefCOCO+; gref and gref-umd are RefCOCOg, as Google and UMD split it."""


def find_dataset(name: str, root: Path) -> Reader:
    """Find a dataset by its name, its folder or its file.

    Args:
        name: one of `DATASET_NAMES`; a folder in REFER's layout or in that of Refer-YouTube-VOS; a pickle
            of references; one's own `.jsonl`, or a COCO `.json` with sentences.
        root: data folder under which named datasets lie.

    Raises:
        DataError: the name is unknown, the path is missing, or it holds no or several datasets.
    """
    if name in _NAMED:
        return _NAMED[name](root)
    path = Path(name)
    if path.is_dir():
        return _in_folder(path)
    if path.suffix in _FILES and path.is_file():
        return _FILES[path.suffix](path)
    close = get_close_matches(name, DATASET_NAMES, 1)
    hint = f"did you mean {close[0]}" if close else f"name one of {', '.join(DATASET_NAMES)}, or a path"
    raise DataError(f"{name}: no such dataset, folder or file; {hint}; see what there is: refseg data check")


def read_samples(reader: Reader, split: str) -> Sequence[Sample]:
    """Read a split through its index, and make sure that everything it needs is there.

    Raises:
        DataError: the dataset or some of its pictures are missing, with the command that gets them; or it
            is broken, or has no such split.
    """
    absent = [source for source in reader.sources(split) if not source.exists()]
    if absent:
        raise DataError(f"{reader.name}: {absent[0]} is missing; {how_to_get(reader)}")
    samples = indexed(reader, split)
    if missing := missing_pictures(samples) if reader.sources(split) else []:
        raise DataError(
            f"{reader.name}: {len(missing):,} pictures are missing, the first is {missing[0]}; "
            f"{how_to_get(reader)}"
        )
    return samples


def missing_pictures(samples: Iterable[Sample]) -> list[Path]:
    """The photos, videos and folders of frames that are not there; each folder is listed but once."""
    names: dict[Path, set[str]] = {}
    missing = []
    for path in sorted({sample.image_path for sample in samples}):
        if path.parent not in names:
            names[path.parent] = _listed(path.parent)
        if path.name not in names[path.parent]:
            missing.append(path)
    return missing


def how_to_get(reader: Reader) -> str:
    """What to do when some of a dataset is missing, as the end of a sentence."""
    if reader.name in _NAMED and not _is_own(reader):
        return f"get what is missing: refseg download {reader.name}"
    own = reader.folder if isinstance(reader, RefVosReader) else None
    place = own or next(iter(reader.sources("train")), reader.name)
    return f"put there what is missing, then look again: refseg data check '{place}'"


def _is_own(reader: Reader) -> bool:
    """Whether it reads data of one's own, which may be called like a dataset. Of that nobody knows whence."""
    if isinstance(reader, ReferReader | RefVosReader):
        return not reader.provenance
    return isinstance(reader, JsonlReader | CocoReader)


def _listed(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()} if folder.is_dir() else set()


def _in_folder(folder: Path) -> Reader:
    if (folder / "meta_expressions").is_dir():
        return _of_described_videos(folder)
    found = sorted(folder.glob("refs(*).p"))
    if not found:
        raise DataError(
            f"{folder}: holds no refs(...).p and no meta_expressions; name another folder, or make sentences "
            "for its photos: refseg data phrases --help"
        )
    if len(found) > 1:
        names = ", ".join(path.name for path in found)
        raise DataError(f"{folder}: holds {names}; name the one you mean, such as {found[0]}")
    return _of_references(found[0])


def _of_described_videos(folder: Path) -> Reader:
    described = folder.glob("meta_expressions/*/meta_expressions.json")
    splits = tuple(sorted((path.parent.name for path in described), key=_in_usual_order))
    return RefVosReader(folder.resolve().name, folder, splits or ("train", "valid", "test"), provenance="")


def _in_usual_order(split: str) -> tuple[bool, bool, str]:
    return split != "train", not split.startswith("val"), split


def references_reader(folder: Path, refs: str) -> ReferReader:
    """The reader of a folder in REFER's layout; sentences that no person wrote are not called human."""
    kind = "human" if Path(refs).name in _BY_PEOPLE else "template"
    return ReferReader(folder.resolve().name, folder, refs, kind=kind)


def _of_references(path: Path) -> Reader:
    return references_reader(path.parent, path.name)


_FILES: dict[str, Callable[[Path], Reader]] = {
    ".p": _of_references,
    ".jsonl": JsonlReader,
    ".json": CocoReader,
}
