"""File names made from what people type: safe in a shell, readable, and never the same for two things."""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

LONGEST_SLUG = 60
LONGEST_STEM = 100  # bytes; file systems stop at 255 for the whole name


def expression_slug(expression: str) -> str:
    """Turn an expression into a part of a file name: ASCII letters, digits and hyphens.

    Where letters were lost or it had to be cut, a short hash of the expression follows, so that two
    expressions share a name only when they have the same words (`The dog.` and `the  dog`).

    Examples:
        `man holding a frisbee` → `man-holding-a-frisbee`; `chien à gauche` → `chien-a-gauche-bd3cd8`.
    """
    plain = " ".join(expression.lower().split()).removesuffix(".").strip()
    letters = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
    slug = "-".join(re.findall(r"[a-z0-9]+", letters))
    if len(slug) > LONGEST_SLUG:
        slug = slug[: LONGEST_SLUG + 1].rpartition("-")[0] or slug[:LONGEST_SLUG]
    if slug and slug.replace("-", " ") == plain:
        return slug
    return f"{slug or 'expression'}-{digest(plain)}"


def image_stem(path: str) -> str:
    """Return the name of an image without its ending, shortened and hashed where it could not be used."""
    stem = Path(path).stem
    kept = stem.encode("utf-8", "replace")[:LONGEST_STEM].decode("utf-8", "ignore")
    return stem if kept == stem else f"{kept.replace('?', '_')}-{digest(stem)}"


def unique_names(items: Sequence[str], short: Callable[[str], str]) -> list[str]:
    """Name every item by `short`; items that would share a name (upper and lower case are one) get a hash."""
    names = [short(item) for item in items]
    uses = Counter(name.lower() for name in names)
    return [
        name if uses[name.lower()] == 1 else f"{name}-{digest(item)}"
        for name, item in zip(names, items, strict=True)
    ]


def digest(text: str) -> str:
    """Return six characters that stand for a text."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:6]
