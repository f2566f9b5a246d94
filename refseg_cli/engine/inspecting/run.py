"""`refseg inspect-words`: from what was asked to what is printed and written."""

from refseg.models.checkpoint import load_checkpoint
from refseg.models.predictor import find_device
from refseg_cli import console
from refseg_cli.data.parts_of_speech import Tagger, TaggerMissing
from refseg_cli.engine.devices import check_device
from refseg_cli.files import written_whole

from .corpus import Corpus, inspect_sentences
from .files import corpus_document, document, write_csv
from .picture import draw
from .report import Findings, findings, findings_between
from .request import Request, asked_sentences
from .show import show_between, show_corpus, show_sentences

__all__ = ["run_inspection"]


def run_inspection(request: Request, json: bool) -> None:
    """Inspect words, and print and write what was found.

    Args:
        request: What was asked for.
        json: Whether to print JSON instead of text.

    Raises:
        CheckpointError: If a checkpoint is missing or broken.
        DataError: If sentences cannot be read, or parts of speech are required and not to be had.
        UsageError: If true types are asked for that are not known.
    """
    check_device(request.device)
    asked = asked_sentences(request)
    tagger = _tagger(request)
    corpora = []
    for name in request.checkpoints:
        segmenter = load_checkpoint(name).segmenter.to(find_device(request.device))
        corpora.append(inspect_sentences(name, segmenter, tagger, asked))
    found = [findings(corpus, request.gold) for corpus in corpora]
    between = findings_between(*corpora) if len(corpora) == 2 else None
    if json:
        console.result_json(_document(corpora, found, between))
    else:
        show_sentences(corpora, request.gold)
        for corpus, each in zip(corpora, found, strict=True):
            show_corpus(corpus, each)
        if between is not None:
            show_between(corpora, between)
    _write(request, corpora, found, between)


def _tagger(request: Request) -> Tagger | None:
    """The tagger, or None and a warning where it is missing and not required.

    Raises:
        TaggerMissing: If it is missing and required.
    """
    try:
        return Tagger.load(request.pipeline, request.data)
    except TaggerMissing as error:
        if request.require_pos:
            raise
        console.warn(f"no parts of speech: {error}")
        return None


def _document(corpora: list[Corpus], found: list[Findings], between: Findings | None) -> dict[str, object]:
    views = [corpus_document(corpus, each) for corpus, each in zip(corpora, found, strict=True)]
    return views[0] if between is None else {"a": views[0], "b": views[1], **document(between)}


def _write(request: Request, corpora: list[Corpus], found: list[Findings], between: Findings | None) -> None:
    if request.csv is not None:
        tables = {"": found[0]} if between is None else {"a-": found[0], "b-": found[1], "": between}
        for path in write_csv(request.csv, corpora, tables):
            console.say(str(path))
    if request.plot is not None:
        with written_whole(request.plot) as stream:
            draw(corpora).save(stream, "png")
        console.say(str(request.plot))
