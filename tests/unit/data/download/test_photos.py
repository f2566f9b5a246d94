import io
import json
import shutil
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread

import numpy as np
import pytest
from downloads import AT_ONCE, means_of
from PIL import Image
from servers import Server

from refseg_cli.data.download.install import Means
from refseg_cli.data.download.photos import Photo, fetch_photos, is_whole, looks_right, photos_of
from refseg_cli.errors import DataError, DownloadError, PartlyFailed


def jpeg(width: int = 64, height: int = 48, seed: int = 0) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 255, (height, width, 3), dtype=np.uint8)
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "JPEG")
    return stream.getvalue()


def photo(number: int) -> Photo:
    return Photo(f"COCO_train2014_{number:012}.jpg", 64, 48)


@pytest.fixture
def means(means: Means) -> Means:
    return replace(means, command="refseg download unc")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_photos_are_fetched_whatever_the_server_does(server: Server, means: Means, tmp_path: Path) -> None:
    faults = [
        "",
        "drop",
        "503",
        "wrong-bytes",
        "reset",
        "chunked",
        "gzip",
        "long-length",
        "short-length",
        "moved",
    ]
    photos = [photo(number) for number in range(len(faults))]
    for number, fault in enumerate(faults):
        server.serve(photos[number].name, jpeg(seed=number), *([fault] if fault else []))
    fetch_photos(photos, (f"{server.address}/",), tmp_path, means, jobs=4)
    assert names(tmp_path) == [photo.name for photo in photos]
    assert all(is_whole(tmp_path / photo.name, photo) for photo in photos)


def test_photos_that_are_there_are_not_fetched_again(server: Server, means: Means, tmp_path: Path) -> None:
    for number in range(3):
        server.serve(photo(number).name, jpeg())
    (tmp_path / photo(0).name).write_bytes(jpeg())
    (tmp_path / photo(1).name).write_bytes(b"")
    (tmp_path / photo(2).name).write_bytes(jpeg(32, 32))
    for _ in range(2):
        fetch_photos(map(photo, range(3)), (f"{server.address}/",), tmp_path, means)
    assert sorted(path for path, _ in server.requests) == [photo(1).name, photo(2).name]


def test_with_force_those_that_are_there_are_read_to_their_end(
    server: Server, means: Means, tmp_path: Path
) -> None:
    server.serve(photo(0).name, jpeg())
    (tmp_path / photo(0).name).write_bytes(jpeg()[:-200])
    assert looks_right(tmp_path / photo(0).name, photo(0))
    fetch_photos([photo(0)], (f"{server.address}/",), tmp_path, replace(means, force=True))
    assert is_whole(tmp_path / photo(0).name, photo(0))


def test_photos_that_fail_are_named_and_do_not_keep_the_others_back(
    server: Server, means: Means, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server.serve(photo(0).name, jpeg())
    server.serve(photo(2).name, jpeg(32, 32))
    message = r"2 of 3 photos could not be fetched; type again: refseg download unc"
    with pytest.raises(PartlyFailed, match=message):
        fetch_photos(map(photo, range(3)), (f"{server.address}/",), tmp_path, means)
    told = capsys.readouterr().err
    assert f"{photo(1).name}: " in told
    assert "answers 404" in told
    assert "it is 32×32, not 64×48 pixels" in told
    assert names(tmp_path) == [photo(0).name]


def test_a_mirror_is_asked_first(server: Server, means: Means, tmp_path: Path) -> None:
    server.serve(f"mirror/{photo(0).name}", jpeg())
    fetch_photos([photo(0)], (f"{server.address}/mirror/", "http://127.0.0.1:9/"), tmp_path, means)
    assert names(tmp_path) == [photo(0).name]


def test_when_none_comes_the_rest_is_not_tried(server: Server, means: Means, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="500 of 500 photos"):
        fetch_photos(map(photo, range(500)), (f"{server.address}/",), tmp_path, means, jobs=2)
    assert len(server.requests) < 100
    assert names(tmp_path) == []


def test_stopping_ends_the_threads_and_leaves_whole_photos_alone(server: Server, tmp_path: Path) -> None:
    stop = Event()
    for number in range(40):
        server.serve(photo(number).name, jpeg(seed=number), rate=20_000)
    with means_of(stop=stop, patience=replace(AT_ONCE, sleep=stop.wait)) as means:
        arguments = (map(photo, range(40)), (f"{server.address}/",), tmp_path, means, 4)

        def work() -> None:
            with pytest.raises((PartlyFailed, DownloadError)):
                fetch_photos(*arguments)

        thread = Thread(target=work)
        thread.start()
        stop.wait(0.3)
        stop.set()
        thread.join(timeout=10)
        assert not thread.is_alive()
    assert all(
        is_whole(tmp_path / photo(n).name, photo(n)) for n in range(40) if (tmp_path / photo(n).name).exists()
    )


@pytest.mark.parametrize("end", [1, 2, 3, 50, 1000])
def test_a_photo_that_is_cut_short_is_noticed(tmp_path: Path, end: int) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(jpeg()[:-end])
    assert not is_whole(path, photo(0))
    path.write_bytes(jpeg())
    assert is_whole(path, photo(0))


def test_other_pictures_are_no_photos(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    Image.new("RGB", (64, 48)).save(path, "PNG")
    assert not looks_right(path, photo(0))
    assert not is_whole(path, photo(0))
    assert not looks_right(tmp_path, photo(0))
    assert not is_whole(tmp_path / "none", photo(0))


def test_annotations_name_the_photos(tmp_path: Path) -> None:
    path = tmp_path / "instances.json"
    images = [{"file_name": photo(7).name, "width": 64, "height": 48, "id": 7}]
    path.write_text(json.dumps({"images": images, "annotations": []}))
    assert photos_of(path) == [photo(7)]


@pytest.mark.parametrize(
    "text", ["", "[]", '{"images": 3}', '{"images": [{"file_name": "a"}]}',
             json.dumps({"images": [{"file_name": "../../up.jpg", "width": 1, "height": 1}]})],
)  # fmt: skip
def test_annotations_that_are_damaged_or_lead_elsewhere_are_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "instances.json"
    path.write_text(text)
    with pytest.raises(DataError, match=r"instances\.json"):
        photos_of(path)


def test_a_photo_that_is_listed_twice_is_fetched_once(server: Server, means: Means, tmp_path: Path) -> None:
    server.serve(photo(0).name, jpeg())
    fetch_photos([photo(0), photo(0)], (f"{server.address}/",), tmp_path, means)
    assert len(server.requests) == 1


def test_a_server_that_breaks_down_after_some_photos_is_left(
    server: Server, means: Means, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server.serve(photo(0).name, jpeg())
    with pytest.raises(PartlyFailed, match="299 of 300 photos"):
        fetch_photos(map(photo, range(300)), (f"{server.address}/",), tmp_path, means, jobs=1)
    assert len(server.requests) < 50
    assert "20 photos failed in a row" in capsys.readouterr().err


def test_what_is_no_jpeg_is_said_in_plain_words(
    server: Server, means: Means, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server.serve(photo(0).name, b"no picture")
    with pytest.raises(DownloadError):
        fetch_photos([photo(0)], (f"{server.address}/",), tmp_path, means)
    assert "it is no JPEG\n" in capsys.readouterr().err


def test_room_for_all_photos_is_asked_for_beforehand(
    server: Server, means: Means, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: shutil._ntuple_diskusage(9, 9, 100_000_000))
    with pytest.raises(DownloadError, match=r"1,000 photos needs 163\.0 MB"):
        fetch_photos(map(photo, range(1000)), (f"{server.address}/",), tmp_path, means)
    assert server.requests == []
