import re
import tomllib
from pathlib import Path

import pytest

from refseg_cli.data.download.manifest import Take, manifest, read_manifest

NAMES = """unc unc+ gref gref-umd refclef referit a2d jhmdb refer-youtube-vos ref-davis17 grefcoco
coco-train2014 glove glove-6b resnet50 resnet101 deeplab-resnet101 spacy shapes shapes-motion""".split()

SMALL = """
[photos]
addresses = ["http://127.0.0.1:9/"]
to = "photos"
zip = "box.zip"
about = 1
[files."box.zip"]
addresses = ["http://127.0.0.1:9/box.zip"]
kind = "zip"
take = [{ members = '(\\w+\\.txt)', to = "box" }]
[assets.box]
title = "a box"
licence = "none"
files = ["box.zip"]
"""


def test_everything_that_the_program_speaks_of_can_be_asked_for() -> None:
    assert set(NAMES) <= manifest().assets.keys()


def test_every_file_belongs_to_an_asset_and_every_asset_has_a_licence() -> None:
    used = {file.name for asset in manifest().assets.values() for file in asset.files}
    used |= {file.name for asset in manifest().assets.values() for file in asset.by_spacy.values()}
    assert used == manifest().files.keys()
    assert all(asset.title and asset.licence for asset in manifest().assets.values())


def test_the_manifest_says_that_its_addresses_were_not_tried(root: Path) -> None:
    head = (root / "refseg_cli/data/assets.toml").read_text("utf-8").split("\n[photos]")[0]
    assert "NOT TRIED LIVE" in head


def test_the_manifest_is_installed_with_the_program(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    assert "data/assets.toml" in project["tool"]["setuptools"]["package-data"]["refseg_cli"]


def test_what_is_downloaded_lands_where_the_readers_look() -> None:
    assets = manifest().assets
    wanted = {name: {path for file in asset.files for path in file.wanted} for name, asset in assets.items()}
    assert wanted["unc"] == {"refcoco/refs(unc).p", "refcoco/instances.json"}
    assert {"refcocog/refs(google).p", "refcocog/refs(umd).p"} <= wanted["gref"] == wanted["gref-umd"]
    assert "a2d/Release/clips320H" in wanted["a2d"]
    assert "jhmdb/Rename_Images" in wanted["jhmdb"]
    assert "grefcoco/grefs(unc).json" in wanted["grefcoco"]
    assert manifest().photos.to == "images/mscoco/images/train2014"


@pytest.mark.parametrize(
    ("file", "member", "place"),
    [
        ("refcoco.zip", "refcoco/refs(unc).p", "refcoco/refs(unc).p"),
        ("refcoco+.zip", "refcoco+/instances.json", "refcoco+/instances.json"),
        ("refcoco.zip", "__MACOSX/refcoco/._instances.json", None),
        ("saiapr_tc-12.zip", "saiapr_tc-12/08/images/8756.jpg", "images/saiapr_tc-12/8756.jpg"),
        ("saiapr_tc-12.zip", "saiapr_tc-12/08/images/._8756.jpg", None),
        ("train2014.zip", "train2014/COCO_train2014_000000581857.jpg",
         "images/mscoco/images/train2014/COCO_train2014_000000581857.jpg"),
        ("referitdata.tar.gz", "images/1000.jpg", "referit/images/1000.jpg"),
        ("referitdata.tar.gz", "mask/1000_1.mat", "referit/mask/1000_1.mat"),
        ("A2D_main_1_0.tar.bz", "Release/videoset.csv", "a2d/Release/videoset.csv"),
        ("A2D_main_1_0.tar.bz", "Release/CLIPS320/-aXlZ0xpQ8Q.mp4", "a2d/Release/clips320H/-aXlZ0xpQ8Q.mp4"),
        ("A2D_main_1_0.tar.bz", "Release/clips320H/a.mp4", "a2d/Release/clips320H/a.mp4"),
        ("A2D_main_1_0.tar.bz", "Release/Annotations/mat/a/00001.mat", None),
        ("a2d_annotation_with_instances.zip", "a2d_annotation_with_instances/-aX/00030.h5",
         "a2d/a2d_annotation_with_instances/-aX/00030.h5"),
        ("Rename_Images.tar.gz", "Rename_Images/catch/a_catch_u_nm/00001.png",
         "jhmdb/Rename_Images/catch/a_catch_u_nm/00001.png"),
        ("puppet_mask.zip", "puppet_mask/catch/a_catch_u_nm/puppet_mask.mat",
         "jhmdb/puppet_mask/catch/a_catch_u_nm/puppet_mask.mat"),
        ("train.zip", "train/JPEGImages/0043f083b5/00000.jpg",
         "refer-youtube-vos/train/JPEGImages/0043f083b5/00000.jpg"),
        ("meta_expressions.zip", "meta_expressions/valid/meta_expressions.json",
         "refer-youtube-vos/meta_expressions/valid/meta_expressions.json"),
        ("DAVIS-2017-Unsupervised-trainval-480p.zip", "DAVIS/ImageSets/2017/val.txt",
         "ref-davis17/DAVIS/ImageSets/2017/val.txt"),
        ("DAVIS-2017-Unsupervised-trainval-480p.zip", "DAVIS/Annotations_unsupervised/480p/bear/00000.png",
         "ref-davis17/DAVIS/Annotations_unsupervised/480p/bear/00000.png"),
        ("davis_text_annotations.zip", "davis_text_annotations/Davis17_annot1_full_video.txt",
         "ref-davis17/davis_text_annotations/Davis17_annot1_full_video.txt"),
        ("glove.6B.zip", "glove.6B.100d.txt", "glove/glove.6B.100d.txt"),
        ("en_core_web_sm-3.8.0-py3-none-any.whl", "en_core_web_sm/en_core_web_sm-3.8.0/vocab/strings.json",
         "spacy/en_core_web_sm-3.8.0/vocab/strings.json"),
        ("en_core_web_sm-3.8.0-py3-none-any.whl", "en_core_web_sm/meta.json", None),
    ],
)  # fmt: skip
def test_members_of_the_real_archives_are_found(file: str, member: str, place: str | None) -> None:
    places = [found for take in manifest().files[file].take if (found := take.place(member))]
    assert places == ([place] if place else [])


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('kind = "zip"', 'kind = "zip"\ncolour = "red"', "unknown keys ['colour']"),
        ("[assets.box]", "[assets.box]\ncolour = 1", "unknown keys ['colour']"),
        ("[photos]", "[colours]\n[photos]", "unknown tables ['colours']"),
        ('title = "a box"', "", "title"),
        ('kind = "zip"', 'kind = "rar"', "no such kind 'rar'"),
        ('kind = "zip"', 'kind = "file"', "a file needs `to`"),
        ('kind = "zip"', 'kind = "zip"\nsha256 = "abc"', "is no hash"),
        ('kind = "zip"', 'kind = "zip"\nby_hand = "go there"', "only one of them"),
        ('kind = "zip"', 'kind = "zip"\nexpects = ["../up"]', "'../up' is no path inside a folder"),
        ('to = "box"', 'to = "/box"', "'/box' is no path inside a folder"),
        (r"(\w+\.txt)", r"\w+\.txt", "must have one group"),
        ('files = ["box.zip"]', 'files = ["bix.zip"]', "no files are called ['bix.zip']"),
        ('zip = "box.zip"', 'zip = "bix.zip"', "no file is called 'bix.zip'"),
    ],
)
def test_a_slip_in_a_manifest_is_an_error(old: str, new: str, message: str) -> None:
    read_manifest(SMALL)
    assert old in SMALL
    with pytest.raises(ValueError, match=re.escape(message)):
        read_manifest(SMALL.replace(old, new, 1))


def test_a_member_is_wanted_only_if_its_whole_name_matches() -> None:
    take = Take(r"box/(\d+\.jpg)", "to")
    assert take.place("box/1.jpg") == "to/1.jpg"
    assert take.place("my box/1.jpg") is take.place("box/1.jpg.exe") is None
