import bz2
import errno
import gzip
import io
import tarfile
import zipfile
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest
from downloads import TEXTS, box, finals, special, tar_of, zip_of

from refseg_cli.data.download import members
from refseg_cli.data.download import unpack as module
from refseg_cli.data.download.manifest import Take
from refseg_cli.data.download.unpack import BadArchive, unpack

OUT = (
    "../up.txt",
    "/etc/up.txt",
    "box/../../up.txt",
    "C:up.txt",
    "c:/up.txt",
    "box\\..\\up.txt",
    "..",
    "box/\n.txt",
)


def unpack_bytes(content: bytes, base: Path, kind: str = "zip", **fields: object) -> dict[str, bytes]:
    base.mkdir(exist_ok=True)
    archive = base / ".refseg" / f"box.{kind}"
    archive.parent.mkdir(exist_ok=True)
    archive.write_bytes(content)
    stamps = unpack(archive, box(kind, **fields), base)
    found = finals(base)
    assert stamps.keys() == found.keys()
    return found


def refuse(content: bytes, base: Path, message: str, kind: str = "zip", **fields: object) -> None:
    with pytest.raises(BadArchive, match=message) as failure:
        unpack_bytes(content, base, kind, **fields)
    assert "type the same command again" in str(failure.value)
    assert finals(base) == {}
    assert [path.name for path in base.parent.iterdir()] == [base.name]  # nothing got out
    assert not list(base.rglob(f"{module.STAGE}*"))


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (zip_of(TEXTS), "zip"),
        (zip_of(TEXTS, compression=zipfile.ZIP_STORED), "zip"),
        (zip_of(TEXTS, compression=zipfile.ZIP_LZMA), "zip"),
        *[(tar_of(TEXTS, mode=f"w{end}"), "tar") for end in ("", ":gz", ":bz2", ":xz")],
    ],
)
def test_what_is_wanted_lands_in_its_place(base: Path, content: bytes, kind: str) -> None:
    assert unpack_bytes(content, base, kind) == TEXTS


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_what_is_not_wanted_is_left_in_the_archive(base: Path, kind: str) -> None:
    others = {"README": b"x", "__MACOSX/box/._one.txt": b"x", "my/box/three.txt": b"x", "box/": b""}
    make = zip_of if kind == "zip" else tar_of
    assert unpack_bytes(make({**others, **TEXTS}), base, kind) == TEXTS


def test_names_may_begin_with_a_dot_and_a_slash(base: Path) -> None:
    folders = [special("./", tarfile.DIRTYPE), special("./box", tarfile.DIRTYPE)]
    content = tar_of({f"./{name}": text for name, text in TEXTS.items()}, *folders)
    assert unpack_bytes(content, base, "tar") == TEXTS


@pytest.mark.parametrize("name", OUT)
@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_an_archive_with_a_member_that_leads_out_is_refused_whole(base: Path, kind: str, name: str) -> None:
    make = zip_of if kind == "zip" else tar_of
    refuse(make({**TEXTS, name: b"out"}), base, "leads out of the folder", kind)


def test_a_name_that_zipfile_would_cut_short_is_refused(base: Path) -> None:
    content = zip_of({**TEXTS, "box/x.txtQ.exe": b"x"}).replace(b"box/x.txtQ.exe", b"box/x.txt\0.exe")
    refuse(content, base, "leads out of the folder|damaged")


def test_links_devices_and_pipes_are_refused(base: Path) -> None:
    refuse(zip_of(TEXTS, "box/link.txt"), base, "'box/link.txt' is no file but a link")
    for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE):
        refuse(tar_of(TEXTS, special("box/a.txt", kind, "/etc/passwd")), base, "no file but a link", "tar")
    for kind in (tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE):
        refuse(tar_of(TEXTS, special("box/a.txt", kind)), base, "no file but a device", "tar")


def test_nothing_is_written_through_a_link_that_the_archive_brings(base: Path, tmp_path: Path) -> None:
    link = special("box/inner", tarfile.SYMTYPE, str(tmp_path))
    content = tar_of({"box/one.txt": b"1"}, link)
    refuse(content, base, "does not hold what becomes box/inner", "tar")
    assert list(tmp_path.iterdir()) == [base]


@pytest.mark.parametrize("twin", ["box/one.txt", "box/ONE.txt", "./box/one.txt", "box//one.txt"])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_members_for_one_place_are_refused(base: Path, twin: str) -> None:
    stream = io.BytesIO(zip_of(TEXTS))
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr(twin, b"another")
    refuse(stream.getvalue(), base, "would be|differ in capitals")


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_an_archive_that_would_fill_the_disk_is_refused(
    base: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LEAST_LIMIT", 1_000_000)
    make = zip_of if kind == "zip" else tar_of
    refuse(make({**TEXTS, "box/bomb.txt": bytes(3_000_000)}), base, "would unpack to more than 1.0 MB", kind)


def test_a_member_that_is_longer_than_it_says_is_refused(base: Path) -> None:
    content = zip_of({"box/one.txt": b"1" * 1000, "box/inner/two.txt": b"2"})
    size = (1000).to_bytes(4, "little")
    refuse(content.replace(size, (10).to_bytes(4, "little")), base, "damaged or cut short")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (zip_of(TEXTS)[:-1000], "zip"),
        (zip_of(TEXTS)[:300] + b"?" + zip_of(TEXTS)[301:], "zip"),
        (b"", "zip"),
        (b"<html>not found</html>", "zip"),
        (tar_of(TEXTS), "zip"),
        (tar_of(TEXTS)[:-3], "tar"),
        (tar_of(TEXTS)[:-6] + b"?" + tar_of(TEXTS)[-5:], "tar"),  # the checksum of gzip
        (tar_of(TEXTS)[:200], "tar"),
        (bz2.compress(tar_of(TEXTS, mode="w"))[:-5], "tar"),
        (gzip.compress(b"not a tar at all" * 100), "tar"),
        (tar_of(TEXTS, mode="w")[:9000], "tar"),
        (b"", "tar"),
        (zip_of(TEXTS), "tar"),
    ],
)
def test_a_broken_archive_leaves_nothing_behind(base: Path, content: bytes, kind: str) -> None:
    refuse(content, base, "damaged or cut short|does not hold", kind)


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_bytes_changed_anywhere_give_the_right_files_or_an_error(base: Path, kind: str) -> None:
    content = (zip_of if kind == "zip" else tar_of)(TEXTS)
    random = Random(0)
    for _ in range(150):
        place = random.randrange(len(content))
        broken = content[:place] + random.randbytes(random.choice((1, 20))) + content[place + 1 :]
        with suppress(BadArchive):
            assert unpack_bytes(broken, base, kind).items() <= TEXTS.items()
        for path in (base / "box").rglob("*.txt"):
            path.unlink()


def test_a_wanted_member_whose_name_was_damaged_is_missed(base: Path) -> None:
    content = zip_of(TEXTS)
    name = content.rindex(b"box/empty.txt")  # in the directory at the end
    refuse(content[:name] + b"B" + content[name + 1 :], base, "damaged or cut short")


def test_an_encrypted_archive_is_refused(base: Path) -> None:
    content = bytearray(zip_of(TEXTS))
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = -1
        while (place := content.find(magic, place + 1)) >= 0:
            content[place + offset] |= 1
    refuse(bytes(content), base, "password|encrypted")


def test_what_was_there_stays_when_the_new_archive_is_broken(base: Path) -> None:
    unpack_bytes(zip_of(TEXTS), base)
    with pytest.raises(BadArchive):
        unpack_bytes(zip_of({**TEXTS, "box/one.txt": b"new", "../x": b""}), base)
    assert finals(base) == TEXTS


def test_hashes_of_what_is_unpacked_are_compared(base: Path) -> None:
    refuse(zip_of(TEXTS), base, "has another sha256 than 12345678", unpacked={"box/one.txt": "12345678"})


def test_a_take_inside_the_folder_of_another_is_kept_apart(base: Path) -> None:
    takes = (Take(r"box/(one\.txt)", "a"), Take(r"box/inner/(.+\.txt)", "a/b"))
    found = unpack_bytes(zip_of(TEXTS), base, take=takes, expects=("a/one.txt", "a/b"))
    assert found == {"a/one.txt": TEXTS["box/one.txt"], "a/b/two.txt": TEXTS["box/inner/two.txt"]}


@pytest.mark.parametrize("kind", [b"x", b"g", b"L", b"K"])
def test_a_name_of_gigabytes_is_refused_before_it_is_read(base: Path, kind: bytes) -> None:
    header = special("././@x", kind)
    header.size = 3 << 30
    refuse(header.tobuf(tarfile.GNU_FORMAT) + bytes(10_000), base, "header takes 3.2 GB", "tar")


def test_what_is_not_wanted_counts_too(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LEAST_LIMIT", 1_000_000)
    refuse(tar_of({"junk.bin": bytes(3_000_000), **TEXTS}), base, "would unpack to more than 1.0 MB", "tar")


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_too_many_members_are_refused(base: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(members, "MOST_MEMBERS", 3)
    make = zip_of if kind == "zip" else tar_of
    refuse(make({**TEXTS, "other": b""}), base, "more than 3 members", kind)


def test_a_name_that_no_disk_takes_is_the_fault_of_the_archive(base: Path) -> None:
    refuse(tar_of({**TEXTS, f"box/{'n' * 300}.txt": b"x"}), base, "damaged or cut short", "tar")


def test_a_folder_that_is_a_link_to_another_disk_is_filled(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = Path.replace

    def across(path: Path, target: Path) -> Path:
        if path.parent != target.parent:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        return rename(path, target)

    monkeypatch.setattr(Path, "replace", across)
    assert unpack_bytes(zip_of(TEXTS), base) == TEXTS


def test_what_another_archive_is_being_unpacked_to_stays(base: Path) -> None:
    other = base / "box" / f"{module.STAGE}other.zip" / "three.txt"
    other.parent.mkdir(parents=True)
    other.write_bytes(b"3")
    archive = base / "box.zip"
    archive.write_bytes(zip_of(TEXTS))
    unpack(archive, box(), base)
    assert other.read_bytes() == b"3"
