"""The long drill, short: `manage.py drill images_uploaded --folder …` uploads a folder."""

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from media.drills import uploading
from ops.drilling import Options

pytestmark = [pytest.mark.slow, pytest.mark.integration]


def test_a_server_takes_any_file_and_lets_nothing_but_pixels_out(tmp_path: Path) -> None:
    (tmp_path / "half.jpg").write_bytes(uploading.own_files()["telling.jpeg"][:900])
    trials = list(uploading.trials(Options(folder=tmp_path)))
    assert len(trials) == 7
    assert [trial for trial in trials if not trial.ok] == []


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_the_drill_sees_what_a_file_carries(kind: str) -> None:
    telling = uploading.own_files()[f"telling.{kind.lower()}"]
    assert not uploading.is_plain(telling.replace(uploading.SECRET, b"words of another."))


@pytest.mark.parametrize(
    "attached", [{"comment": b"words"}, {"exif": uploading.notes()}, {"xmp": b"words"}, {"icc_profile": b"words"}, {"behind": b"words"}]
)
def test_the_drill_sees_whatever_hangs_on_a_jpeg(attached: dict[str, Any]) -> None:
    picture, behind = Image.radial_gradient("L").convert("RGB"), attached.pop("behind", b"")
    for options in ({}, {"progressive": True}, {"restart_marker_rows": 1}):
        plain = uploading.saved(picture, "JPEG", **options)
        assert uploading.is_plain(plain)
        assert not uploading.is_plain(uploading.saved(picture, "JPEG", **options, **attached) + behind)
