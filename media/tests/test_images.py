"""Untrusted bytes in, clean bytes out."""

import random
import warnings
from contextlib import suppress
from typing import Any

import pytest
from PIL import Image, ImageCms, PngImagePlugin

from media import images
from media.drills.uploading import is_plain
from media.tests.pictures import BLUE, GREEN, RED, announced, cornered, file_of, looks, photo, pixels, plain

pytestmark = pytest.mark.unit

SECRET = b"SECRET-38.72N-9.14W"
# How a camera that was held like this stores what is upright in front of it: the inverse of what a viewer has to do.
STORED = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def refusal(raw: bytes) -> str:
    with pytest.raises(images.ImageRefused) as caught:
        images.clean(raw)
    assert str(caught.value).endswith(".")
    return caught.value.code


def telling_exif() -> Image.Exif:
    exif = Image.Exif()
    exif[0x010E] = SECRET.decode()  # ImageDescription
    exif[0x0110] = SECRET.decode()  # Model
    exif[0x8825] = {1: "N", 2: (38.0, 43.0, 12.0), 3: "W", 4: (9.0, 8.0, 24.0), 29: SECRET.decode()}  # GPS
    return exif


def telling_png() -> bytes:
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", SECRET.decode())
    text.add_itxt("XML:com.adobe.xmp", SECRET.decode())
    return file_of(plain(), "PNG", pnginfo=text, exif=telling_exif())


def telling(kind: str) -> bytes:
    xmp = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + SECRET + b"</x:xmpmeta>"
    if kind == "PNG":
        return telling_png()
    more: dict[str, Any] = {"comment": SECRET} if kind == "JPEG" else {}
    return file_of(plain(), kind, exif=telling_exif(), xmp=xmp, icc_profile=srgb_profile(), **more) + SECRET


def srgb_profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def swapped_profile() -> bytes:
    """sRGB with red and green exchanged: whoever ignores the profile shows the wrong one."""
    return srgb_profile().replace(b"rXYZ", b"????", 1).replace(b"gXYZ", b"rXYZ", 1).replace(b"????", b"gXYZ", 1)


# --- What leaves ---


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_every_photo_leaves_as_webp_and_jpeg_in_three_sizes(kind: str) -> None:
    clean = images.clean(file_of(plain(size=(2000, 1000)), kind))
    assert (clean.width, clean.height) == (1280, 640)
    sizes = {name: (pixels(raw).format, pixels(raw).size) for name, raw in clean.variants.items()}
    for ending, form in (("webp", "WEBP"), ("jpg", "JPEG")):
        assert {name: sizes.pop(f"{name}.{ending}") for name in images.SIZES} == {
            "page": (form, (1280, 640)),
            "card": (form, (480, 240)),
            "thumb": (form, (96, 48)),
        }
    assert sizes == {}
    assert pixels(clean.variants["page.jpg"]).info["progressive"]
    assert 0 < len(clean.placeholder) <= 40


def test_a_small_photo_is_not_blown_up() -> None:
    clean = images.clean(photo())
    assert {pixels(clean.variants[name]).size for name in ("page.webp", "card.webp", "page.jpg", "card.jpg")} == {(200, 100)}


@pytest.mark.parametrize("orientation", STORED)
def test_a_photo_is_turned_as_its_camera_was_held(orientation: int) -> None:
    stored, how = cornered(), STORED[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    clean = images.clean(file_of(stored.transpose(how) if how is not None else stored, quality=95, exif=exif))
    assert (clean.width, clean.height) == (200, 100)
    quarters = ((0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75))
    for raw in clean.variants.values():
        assert " ".join(looks(raw, *place) for place in quarters) == "red white white white"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_nothing_that_a_file_carried_along_survives(kind: str) -> None:
    raw = telling(kind)
    assert SECRET in raw
    for variant in images.clean(raw).variants.values():
        assert SECRET not in variant
        assert not {name for name in (b"EXIF", b"Exif", b"XMP ", b"ICCP", b"ICC_PROFILE", b"GPS", b"adobe") if name in variant}
        assert is_plain(variant)
        assert not dict(pixels(variant).getexif())


def test_what_hides_behind_the_picture_is_left_behind() -> None:
    for variant in images.clean(photo() + b"PK\x03\x04" + SECRET * 10).variants.values():
        assert SECRET not in variant


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_colours_of_another_profile_become_srgb(kind: str) -> None:
    clean = images.clean(file_of(plain(RED), kind, icc_profile=swapped_profile()))
    assert {looks(raw, 0.5, 0.5) for raw in clean.variants.values()} == {"green"}


@pytest.mark.parametrize("profile", [b"x", srgb_profile()[:200], b"\x00" * 500])
def test_a_broken_profile_costs_nobody_their_photo(profile: bytes) -> None:
    assert looks(images.clean(file_of(plain(BLUE), "PNG", icc_profile=profile)).variants["card.webp"], 0.5, 0.5) == "blue"


def test_what_was_transparent_is_white() -> None:
    image = plain((0, 0, 0, 0), mode="RGBA")
    image.paste((0, 255, 0, 255), (0, 0, 100, 100))
    for kind in ("PNG", "WEBP"):
        clean = images.clean(file_of(image, kind, icc_profile=srgb_profile()))
        for raw in clean.variants.values():
            assert pixels(raw).mode == "RGB"
            assert (looks(raw, 0.25, 0.5), looks(raw, 0.75, 0.5)) == ("green", "white")


@pytest.mark.parametrize(
    ("mode", "kind", "options"),
    [
        ("1", "PNG", {}), ("L", "PNG", {}), ("LA", "PNG", {}), ("P", "PNG", {}), ("P", "PNG", {"transparency": 0}), ("I;16", "PNG", {}),
        ("RGB", "PNG", {"transparency": (9, 9, 9)}), ("L", "JPEG", {}), ("CMYK", "JPEG", {}), ("RGB", "JPEG", {"progressive": True}),
        ("RGB", "WEBP", {"lossless": True}), ("RGBA", "PNG", {"interlace": 1}),
    ],
)  # fmt: skip
def test_every_way_to_keep_pixels_is_understood(mode: str, kind: str, options: dict[str, Any]) -> None:
    assert images.clean(file_of(Image.new(mode, (90, 70)), kind, **options)).width == 90


# --- What is refused ---


def series(kind: str) -> bytes:
    return file_of(plain(RED), kind, save_all=True, append_images=[plain(GREEN), plain(BLUE)])


@pytest.mark.parametrize(
    "raw",
    [
        photo("GIF"), photo("BMP"), photo("TIFF"), photo("ICO"), photo("PDF"), photo("AVIF"), photo("JPEG2000"), series("MPO"),
        series("WEBP"), series("PNG"), series("GIF"),
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", b"<html>", b"MZ\x90\x00", b"",
        b"RIFF\x00\x00\x00\x00WAVE",
    ],
    ids=[
        "GIF", "BMP", "TIFF", "ICO", "PDF", "AVIF", "JPEG 2000", "MPO", "animated WebP", "animated PNG", "animated GIF",
        "SVG", "HTML", "EXE", "nothing", "WAVE",
    ],
)  # fmt: skip
def test_what_is_no_photo_by_its_content_is_refused(raw: bytes) -> None:
    assert refusal(raw) == "unsupported_media_type"


def test_a_tiny_series_is_refused_as_a_series() -> None:
    tiny = plain(size=(56, 70))
    assert refusal(file_of(tiny, "MPO", save_all=True, append_images=[tiny])) == "unsupported_media_type"


@pytest.mark.parametrize("head", [b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\x00\x00\x00\x00WEBP"])
def test_a_photo_s_first_bytes_alone_are_no_photo(head: bytes) -> None:
    assert refusal(head) == "invalid"
    assert refusal(head + photo("GIF")) == "invalid"


@pytest.mark.parametrize("size", [(6400, 6400), (10_000, 10_000), (60_000, 60_000), (2**31 - 1, 1000)])
def test_too_many_pixels_are_refused_before_anything_is_decoded(size: tuple[int, int]) -> None:
    assert refusal(announced(*size)) == "too_large"
    assert refusal(announced(200, 200)) == "invalid"  # what decoding it finds out


@pytest.mark.parametrize("size", [(63, 500), (500, 63), (1, 1)])
def test_a_tiny_picture_is_refused(size: tuple[int, int]) -> None:
    assert refusal(file_of(plain(size=size), "PNG")) == "invalid"


def test_more_than_ten_megabytes_are_refused_unread() -> None:
    assert refusal(photo() + b"\0" * images.MAX_BYTES) == "too_large"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_half_a_photo_is_no_photo(kind: str, share: float) -> None:
    raw = file_of(Image.effect_noise((300, 200), 80).convert("RGB"), kind)
    assert refusal(raw[: int(len(raw) * share)]) == "invalid"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_damaged_bytes_are_refused_or_cleaned_and_never_break_anything(kind: str) -> None:
    chance, sound = random.Random(7), telling(kind)
    for _ in range(150):
        raw = bytearray(sound)
        for _ in range(chance.choice([1, 3, 20])):
            raw[chance.randrange(len(raw))] = chance.randrange(256)
        # Decoders grumble about odd metadata.
        with warnings.catch_warnings(action="ignore"), suppress(images.ImageRefused):
            assert all(SECRET not in variant for variant in images.clean(bytes(raw)).variants.values())
