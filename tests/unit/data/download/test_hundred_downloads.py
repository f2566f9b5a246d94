"""The promise of the downloader: whatever a server does, a file is whole and verified, or it is not there."""

import hashlib
from pathlib import Path
from random import Random

from downloads import TEXTS, box, finals, means_of, tar_of, zip_of
from servers import FAULTS, Server, misbehaving_server

from refseg_cli.data.download.install import install
from refseg_cli.data.download.manifest import RemoteFile
from refseg_cli.errors import DownloadError

HOSTILE = ("../escaped.txt", "/escaped.txt", "box/../../escaped.txt", "C:/escaped.txt", "box\\..\\up.txt")
UNSEEN = {"wrong-bytes", "short-length"}  # nobody can notice them in a plain file of which nothing is known


def prepare(seed: int, server: Server) -> tuple[RemoteFile, dict[str, bytes], bool]:
    """Draw a file, put it on the server with what will go wrong, and say what should come of it."""
    random = Random(seed)
    kind = random.choice(("file", "zip", "zip", "tar"))
    hostile = kind != "file" and random.random() < 0.2
    known = random.random() < 0.5
    if kind == "file":
        body = random.randbytes(random.choice((0, 1, 1000, 200_000)))
        wanted = {"plain.bin": body}
    else:
        extra = {random.choice(HOSTILE): b"out"} if hostile else {}
        body = (zip_of if kind == "zip" else tar_of)({**TEXTS, **extra})
        wanted = TEXTS
    possible = [fault for fault in FAULTS if known or kind != "file" or fault not in UNSEEN]
    addresses = []
    for mirror in range(random.randint(1, 3)):
        faults = random.choices(possible, k=random.choice((0, 2, 5, 12)))
        addresses.append(server.serve(f"{seed}/{mirror}/file", body, *faults))
    if random.random() < 0.15:  # a mirror that has something else
        addresses.insert(0, server.serve(f"{seed}/other/file", body + b"!" if known else b"<html>"))
    sha256 = hashlib.sha256(body).hexdigest() if known else ""
    if kind == "file":
        file = RemoteFile("plain.bin", tuple(addresses), sha256=sha256, to="plain.bin")
    else:
        file = box(kind, addresses=tuple(addresses), sha256=sha256)
    return file, wanted, hostile


def test_of_a_hundred_downloads_each_is_whole_or_a_clear_error(tmp_path: Path) -> None:
    complete, reasons = 0, []
    with misbehaving_server(seed=3) as server, means_of() as means:
        for seed in range(100):
            file, wanted, hostile = prepare(seed, server)
            if file.kind == "file" and not file.sha256:  # the other mirror's content would be believed
                file = RemoteFile(file.name, file.addresses[-1:], to=file.to)
            base = tmp_path / str(seed)
            try:
                install(file, base, means)
            except DownloadError as error:
                assert finals(base) == {}, seed
                reasons.append(str(error))
            else:
                complete += 1
                assert not hostile, seed
                assert finals(base) == wanted, seed
            assert not list(base.rglob(".refseg-unpack")), seed
    assert {path.name for path in tmp_path.iterdir()} == {str(seed) for seed in range(100)}
    assert complete + len(reasons) == 100
    assert complete >= 60
    assert len(reasons) >= 10
    assert all("; " in reason and " type " in reason for reason in reasons)  # each ends with what to do
