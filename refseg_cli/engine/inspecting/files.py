"""What was found, as JSON and as CSV."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from refseg_cli.errors import DataError
from refseg_cli.files import write_text

from .corpus import Corpus, InspectedWord
from .report import Findings

__all__ = ["corpus_document", "document", "write_csv"]


def document(found: Findings) -> dict[str, Any]:
    """Measures and tables as JSON."""
    tables = {table.name: table.records() for table in found.tables}
    return {"measures": dict(found.measures), "tables": tables}


def corpus_document(corpus: Corpus, found: Findings) -> dict[str, Any]:
    """A corpus with all its words as JSON; what is not known is null."""
    return {
        "checkpoint": corpus.checkpoint,
        "pipeline": corpus.pipeline,
        "types": list(corpus.types),
        "n_sentences": len(corpus.sentences),
        "n_words": len(corpus.words),
        "n_dropped": corpus.n_dropped,
        **document(found),
        "sentences": [
            {
                "expression": sentence.text,
                "n_dropped": sentence.n_dropped,
                "words": [_record(word, corpus.types) for word in sentence.words],
            }
            for sentence in corpus.sentences
        ],
    }


def _record(word: InspectedWord, types: Sequence[str]) -> dict[str, Any]:
    tag = asdict(word.tag) if word.tag else {}
    return {
        "text": word.text,
        "start": word.start,
        "end": word.end,
        "type": word.type,
        "probabilities": {name: round(p, 6) for name, p in zip(types, word.probabilities, strict=True)},
        **{key: tag.get(key) for key in ("pos", "tag", "dependency", "head")},
        "expected": word.expected,
        "gold": word.gold,
    }


def write_csv(path: Path, corpora: Sequence[Corpus], tables: Mapping[str, Findings]) -> list[Path]:
    """Write the words as one CSV file, or the words and all tables as files in a folder.

    Args:
        path: a file if it ends in .csv, else a folder, which is made.
        corpora: whose words are written, a row each with the name of its checkpoint.
        tables: what was found; the keys go before the names of their files.

    Returns:
        The files.

    Raises:
        DataError: If they cannot be written.
    """
    words = _words(corpora)
    if path.suffix == ".csv":
        write_text(path, words)
        return [path]
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"cannot make the folder {path} ({error.strerror}); choose another --csv") from None
    contents = {path / "words.csv": words}
    for prefix, found in tables.items():
        contents[path / f"{prefix}measures.csv"] = _csv(["measure", "value"], found.measures.items())
        for table in found.tables:
            heads = [column.key for column in table.columns]
            contents[path / f"{prefix}{table.name}.csv"] = _csv(heads, table.rows)
    for file, text in contents.items():
        write_text(file, text)
    return list(contents)


def _words(corpora: Sequence[Corpus]) -> str:
    types = list(dict.fromkeys(name for corpus in corpora for name in corpus.types))
    heads = "checkpoint sentence expression text start end type pos tag dependency head expected gold".split()
    rows = []
    for corpus in corpora:
        for number, sentence in enumerate(corpus.sentences):
            for word in sentence.words:
                record = _record(word, corpus.types)
                record |= {"checkpoint": corpus.checkpoint, "sentence": number, "expression": sentence.text}
                row = [record[head] for head in heads]
                rows.append([*row, *(record["probabilities"].get(name) for name in types)])
    return _csv([*heads, *(f"p_{name}" for name in types)], rows)


def _csv(heads: Sequence[str], rows: Any) -> str:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(heads)
    writer.writerows(rows)
    return stream.getvalue()
