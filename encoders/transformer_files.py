"""The files of a pretrained transformer: where they lie, whether all are there, and which they are."""

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import PretrainedUnusable

MOVED_TO = "REFSEG_TRANSFORMER"
_SAY_WHERE = f"if it lies elsewhere now, say where, and then run this again: export {MOVED_TO}=FOLDER"
CONFIG, TOKENIZER, WEIGHTS = "config.json", "tokenizer.json", "model.safetensors"
_ADVICE = "name the folder of another: refseg train --encoder transformer:FOLDER"
_INDEX = f"{WEIGHTS}.index.json"
_WANTED = [CONFIG, TOKENIZER, WEIGHTS, _INDEX, "model-*.safetensors"]


@dataclass(frozen=True)
class PretrainedFiles:
    """A transformer on this machine.

    Args:
        folder: with its files.
        commit: of the hub, where it is from there; else empty.
    """

    folder: Path
    commit: str = ""

    def sha256(self) -> str:
        """A hash of its configuration, tokeniser and weights, which tells it from any other.

        Raises:
            PretrainedUnusable: if one of the files cannot be read.
        """
        whole = hashlib.sha256()
        try:
            for name in (CONFIG, TOKENIZER, *_weights(self.folder)):
                with (self.folder / name).open("rb") as file:
                    whole.update(f"{name} {hashlib.file_digest(file, 'sha256').hexdigest()}\n".encode())
        except OSError as error:
            raise PretrainedUnusable(
                f"{self.folder} cannot be read ({error}): fetch it again, or {_ADVICE}"
            ) from error
        return whole.hexdigest()


def find_files(model: str, revision: str = "", root: Path = Path(), advice: str = "") -> PretrainedFiles:
    """Find a model: a folder, or a name on the Hugging Face hub, first among what is cached.

    Args:
        model: a folder, from `root` on, or a name on the hub.
        revision: of a name on the hub; empty for the main branch.
        root: data root.
        advice: what to type if it is not found; empty for what helps with a new one.

    Raises:
        PretrainedUnusable: if there is none, or not all files that are needed, or its weights are pickled.
    """
    is_path = Path(model).is_absolute() or model.startswith((".", "~")) or model.count("/") > 1
    if (root / model).is_dir() and (is_path or not revision):
        files = PretrainedFiles((root / model).absolute())
    elif is_path:
        raise PretrainedUnusable(f"there is no folder {model}: {advice or _ADVICE}")
    else:
        folder = _snapshot(model, revision, advice or _ADVICE)
        files = PretrainedFiles(folder, folder.name)
    if missing := _missing(files.folder):
        pickled = WEIGHTS in missing and any(files.folder.glob("*.bin"))
        why = "; pickled weights, which may run any code, are not read" if pickled else ""
        mend = _ADVICE if CONFIG in missing else _conversion(model)  # without it, nothing can be converted
        raise PretrainedUnusable(f"{model} has no {', '.join(missing)}{why}: {advice or mend}")
    return files


def find_again(model: str, commit: str, sha256: str) -> PretrainedFiles:
    """Find the files of a checkpoint's text encoder: where REFSEG_TRANSFORMER says, or else where they were.

    Raises:
        PretrainedUnusable: if they are in neither place, or others are.
    """
    if moved := os.environ.get(MOVED_TO):
        files = find_files(str(Path(moved).expanduser().absolute()), advice=_SAY_WHERE)
        if files.sha256() == sha256:
            return files
    files = find_files(model, commit, advice=_SAY_WHERE)
    if files.sha256() != sha256:
        raise PretrainedUnusable(
            f"the files in {files.folder} are not those of the text encoder that was trained with: put those "
            f"back, or {_SAY_WHERE}"
        )
    return files


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the libraries from telling of their progress and of weights that are meant to be left out."""
    from transformers.utils import logging

    told: Any = logging  # it has no types
    verbosity, bars = told.get_verbosity(), told.is_progress_bar_enabled()
    told.set_verbosity_error()
    told.disable_progress_bar()
    try:
        yield
    finally:
        told.set_verbosity(verbosity)
        if bars:
            told.enable_progress_bar()


def _weights(folder: Path) -> list[str]:
    """The names of the files with the weights: one, or an index and those that it lists."""
    if (folder / WEIGHTS).is_file() or not (folder / _INDEX).is_file():
        return [WEIGHTS]
    try:
        listed = json.loads((folder / _INDEX).read_text(encoding="utf-8"))["weight_map"].values()
        return [_INDEX, *sorted({Path(name).name for name in listed})]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise PretrainedUnusable(
            f"{folder / _INDEX} is no list of files ({error}): fetch it again"
        ) from error


def _missing(folder: Path) -> list[str]:
    """The names of the files that are needed and not there."""
    return [name for name in (CONFIG, TOKENIZER, *_weights(folder)) if not (folder / name).is_file()]


def _conversion(model: str) -> str:
    """The command that makes a folder with the files that are needed, of what the library can read."""
    convert = (
        "from transformers import AutoModel as M, AutoTokenizer as T; "
        f"[each.from_pretrained({model!r}).save_pretrained('FOLDER') for each in (M, T)]"
    )
    return f'if you trust it, make a folder that has them: python -c "{convert}"'


def _snapshot(model: str, revision: str, advice: str) -> Path:
    """The folder with the files of a name on the hub: as cached, else as fetched."""
    from huggingface_hub import constants, errors, snapshot_download

    failures = (OSError, ValueError, errors.HTTPError)  # type: ignore[attr-defined]
    asked: dict[str, Any] = {"repo_id": model, "revision": revision or None, "allow_patterns": _WANTED}
    with quiet():
        with suppress(*failures):
            folder = Path(snapshot_download(**asked, local_files_only=True))
            if not _missing(folder):
                return folder
        try:
            return Path(snapshot_download(**asked))
        except failures as error:
            cause = str(error).strip().partition("\n")[0]
            first = "unset HF_HUB_OFFLINE" if constants.HF_HUB_OFFLINE else f"hf download {model}"
            raise PretrainedUnusable(
                f"there is no folder {model}, it is not in the cache of the Hugging Face hub, and it cannot "
                f"be fetched ({cause}): {first}, or {advice}"
            ) from error
