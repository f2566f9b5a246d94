"""What the tests of the downloader share: archives, impatient means, a look at final names."""

import io
import tarfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from refseg_cli.data.download.install import Means
from refseg_cli.data.download.manifest import RemoteFile, Take
from refseg_cli.data.download.persist import Patience
from refseg_cli.data.download.transport import new_client

AT_ONCE = Patience(sleep=lambda _seconds: None)
TEXTS = {"box/one.txt": b"one " * 5000, "box/inner/two.txt": bytes(range(256)) * 300, "box/empty.txt": b""}


@contextmanager
def means_of(**settings: Any) -> Iterator[Means]:
    with new_client(patience=0.5) as client:
        yield Means(client=client, **{"patience": AT_ONCE, **settings})


def zip_of(members: Mapping[str, bytes], *links: str, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, compress_type=compression)
        for name in links:
            info = zipfile.ZipInfo(name)
            info.create_system, info.external_attr = 3, 0o120777 << 16
            archive.writestr(info, "/etc/passwd")
    return stream.getvalue()


def tar_of(members: Mapping[str, bytes], *others: tarfile.TarInfo, mode: str = "w:gz") -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode) as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        for info in others:
            archive.addfile(info)
    return stream.getvalue()


def special(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def box(kind: str = "zip", **fields: Any) -> RemoteFile:
    """The archive of `TEXTS` as a manifest would have it."""
    settings = {
        "name": f"box.{kind}",
        "addresses": ("http://127.0.0.1:9/nobody",),
        "kind": kind,
        "take": (Take(r"box/(.+\.txt)", "box"),),
        "expects": ("box/one.txt", "box/inner"),
        **fields,
    }
    return RemoteFile(**settings)


def finals(base: Path) -> dict[str, bytes]:
    """All files under final names: not what is begun, nor what only the downloader reads."""
    return {
        str(path.relative_to(base)): path.read_bytes()
        for path in base.rglob("*")
        if path.is_file() and ".refseg" not in path.parts and ".part" not in path.suffixes
    }
