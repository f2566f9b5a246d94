"""Parts of speech by spaCy, one for each word as refseg splits them: aligned by where characters stand."""

from collections.abc import Sequence
from dataclasses import dataclass
from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from refseg.encoders.tokens import Word, split_words
from refseg_cli.errors import DataError
from refseg_cli.files import cache_folder

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

__all__ = ["DEFAULT_PIPELINE", "Tagger", "TaggerMissing", "WordTag"]

DEFAULT_PIPELINE: Final = "en_core_web_sm"
"""What `refseg download spacy` gets."""

_BATCH = 256
_NOT_NEEDED = ("lemmatizer", "ner", "senter")
_TAGS_WORDS = {"tagger", "morphologizer", "attribute_ruler"}


@dataclass(frozen=True)
class WordTag:
    """What spaCy says of one word.

    Args:
        text: the word as it stands in the expression.
        start: its first character.
        end: the one after its last.
        pos: universal part of speech, such as "NOUN".
        tag: the finer one of the pipeline, such as "NNS".
        dependency: what it is to its head, such as "amod"; "ROOT" where it has none.
        head: the text of its head; its own where it has none.
    """

    text: str
    start: int
    end: int
    pos: str
    tag: str
    dependency: str
    head: str


class TaggerMissing(DataError):
    """The spaCy pipeline is not there, or is none that tags words."""


class Tagger:
    """Tags the words of expressions.

    Args:
        pipeline: of spaCy.

    Attributes:
        name: what the pipeline calls itself, with its version.
    """

    def __init__(self, pipeline: "Language") -> None:
        meta = pipeline.meta
        self.name = f"{meta.get('lang')}_{meta.get('name')} {meta.get('version')}"
        self._pipeline = pipeline

    @classmethod
    def load(cls, name_or_path: str, root: Path) -> Self:
        """Load a pipeline: a folder, or the name of one that `refseg download spacy` or pip has brought.

        Args:
            name_or_path: such as `DEFAULT_PIPELINE`.
            root: data folder, whose `spacy` folder is searched too.

        Raises:
            TaggerMissing: if there is none, or it is broken or tags no words.
        """
        import spacy

        where = _folder_of(name_or_path, root)
        if where is None and not spacy.util.is_package(name_or_path):
            raise TaggerMissing(
                f"the spaCy pipeline {name_or_path} is missing: there is no such folder, none in "
                f"{cache_folder() / 'spacy'} or {root / 'spacy'}, and no such package; "
                "get the usual one: refseg download spacy"
            )
        try:
            pipeline = spacy.load(where or name_or_path, exclude=_NOT_NEEDED)
        except (OSError, ValueError, KeyError, TypeError, ImportError) as error:
            reason = " ".join(str(error).split())[:200] or type(error).__name__
            raise TaggerMissing(
                f"the spaCy pipeline {name_or_path} cannot be loaded ({reason}); "
                "get the usual one: refseg download spacy"
            ) from None
        if not _TAGS_WORDS & set(pipeline.pipe_names):
            raise TaggerMissing(
                f"the spaCy pipeline {name_or_path} tags no parts of speech (its parts: "
                f"{', '.join(pipeline.pipe_names) or 'none'}); get the usual one: refseg download spacy"
            )
        return cls(pipeline)

    def tag(self, expressions: Sequence[str]) -> list[list[WordTag]]:
        """Tag the words of B expressions; an expression that comes again is tagged once.

        Returns:
            For each expression, one tag for each word of `split_words`: a word that spaCy cuts in several
            takes the tag of the piece on which the others hang, a piece of several words gives each its tag.

        Raises:
            ExpressionEmpty: if an expression holds no word.
        """
        words = {expression: split_words(expression) for expression in expressions}
        readable = (text.encode("utf-8", "replace").decode("utf-8") for text in words)  # as many characters
        docs = self._pipeline.pipe(readable, batch_size=_BATCH)  # one by one: many together need much memory
        done = {
            text: [_tag_of(doc, text, word) for word in split]
            for (text, split), doc in zip(words.items(), docs, strict=True)
        }
        return [done[expression] for expression in expressions]


def _tag_of(doc: "Doc", expression: str, word: Word) -> WordTag:
    """The tag of the piece on which all others of a word hang."""
    text = expression[word.start : word.end]
    start = word.start + len(text) - len(text.lstrip())
    span = doc.char_span(start, start + len(text.strip()), alignment_mode="expand")
    if span is None:  # cannot be: a word is never blank, and spaCy loses no character
        raise ValueError(f"spaCy has nothing at {start} of {doc.text!r}")
    piece = span.root
    return WordTag(text, word.start, word.end, piece.pos_, piece.tag_, piece.dep_, piece.head.text)


def _folder_of(name_or_path: str, root: Path) -> Path | None:
    """The folder of a pipeline: a path; or by name where downloads go, of the version that suits spaCy."""
    if (Path(name_or_path) / "config.cfg").is_file():
        return Path(name_or_path)
    if Path(name_or_path).name != name_or_path:  # a path, which no shelf has by name, and glob may refuse
        return None
    from spacy import about

    minor = ".".join(about.__version__.split(".")[:2])
    for shelf in (cache_folder() / "spacy", root / "spacy"):
        found = [shelf / name_or_path, *sorted(shelf.glob(f"{escape(name_or_path)}-{minor}.*"), reverse=True)]
        for folder in found:
            if (folder / "config.cfg").is_file():
                return folder
    return None
