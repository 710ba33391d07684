"""Untrusted bytes in, clean bytes out. No Django, no database.

What a file is decides its content, never its name. Dimensions are looked at before anything is decoded, everything is
decoded in full, and only newly encoded pixels leave: nothing of what else the file carried survives.
"""

import base64
import io
import warnings
from dataclasses import dataclass
from typing import Any

from fast_thumbhash import rgba_to_thumb_hash
from PIL import Image, ImageCms, ImageOps

MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 40_000_000
TOO_MANY_PIXELS = "A photo can have up to 40 megapixels."
MIN_SIDE = 64
FORMATS = {"JPEG", "PNG", "WEBP"}
MAGIC = {b"\xff\xd8\xff": "JPEG", b"\x89PNG\r\n\x1a\n": "PNG"}
# Longest side in pixels.
SIZES = {"page": 1280, "card": 480, "thumb": 96}
# What becomes of a photo: each size as WebP, and as JPEG for what cannot show that.
ENCODINGS: dict[str, dict[str, Any]] = {
    "webp": {"format": "WEBP", "quality": 82, "method": 4},
    "jpg": {"format": "JPEG", "quality": 84, "progressive": True, "optimize": True},
}
VARIANTS = {f"{size}.{ending}": size for size in SIZES for ending in ENCODINGS}
# Whatever a decoder may raise over a hostile file.
DECODE_ERRORS = (OSError, SyntaxError, ValueError, IndexError, OverflowError, KeyError, TypeError, EOFError, MemoryError)


class ImageRefused(Exception):
    """The bytes are no photo we take; `code` says why."""

    def __init__(self, code: str, sentence: str) -> None:
        self.code = code
        super().__init__(sentence)


@dataclass(frozen=True)
class CleanImage:
    """`variants` holds bytes by the names of VARIANTS; width and height are those of the largest."""

    width: int
    height: int
    variants: dict[str, bytes]
    placeholder: str


def clean(raw: bytes) -> CleanImage:
    """Decodes, turns upright, converts to sRGB and encodes anew. Raises ImageRefused."""
    if len(raw) > MAX_BYTES:
        raise ImageRefused("too_large", "A photo can have up to 10 MB.")
    picture = upright(decoded(raw))
    sizes = {size: scaled(picture, side) for size, side in SIZES.items()}
    variants = {name: encoded(sizes[size], ending_of(name)) for name, size in VARIANTS.items()}
    return CleanImage(*sizes["page"].size, variants, placeholder(picture))


def kind(raw: bytes) -> str | None:
    """The format by the first bytes."""
    if raw[:4] == b"RIFF" and raw[8:12] == b"WEBP":
        return "WEBP"
    return next((name for magic, name in MAGIC.items() if raw.startswith(magic)), None)


def decoded(raw: bytes) -> Image.Image:
    format_name = kind(raw)
    if format_name is None:
        raise ImageRefused("unsupported_media_type", "A photo is a JPEG, PNG or WebP file.")
    try:
        with warnings.catch_warnings(action="error", category=Image.DecompressionBombWarning):
            image = Image.open(io.BytesIO(raw), formats=[format_name])
            check_dimensions(image)
            image.load()
            return image
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise ImageRefused("too_large", TOO_MANY_PIXELS) from None
    except DECODE_ERRORS:
        raise ImageRefused("invalid", "This file is damaged or not really a photo.") from None


def check_dimensions(image: Image.Image) -> None:
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise ImageRefused("too_large", TOO_MANY_PIXELS)
    # JPEG also admits MPO, a container of several pictures.
    if image.format not in FORMATS or getattr(image, "n_frames", 1) != 1:
        raise ImageRefused("unsupported_media_type", "A photo has one picture, not an animation or a series.")
    if min(width, height) < MIN_SIDE:
        raise ImageRefused("invalid", f"A photo needs at least {MIN_SIDE} pixels on each side.")


def upright(image: Image.Image) -> Image.Image:
    """Turned as its camera was held, in sRGB, without transparency or anything else attached."""
    plain = to_srgb(ImageOps.exif_transpose(image))
    flat = Image.new("RGB", plain.size, "white")
    flat.paste(plain, mask=plain.getchannel("A") if plain.mode == "RGBA" else None)
    return flat


def to_srgb(image: Image.Image) -> Image.Image:
    profile = image.info.get("icc_profile")
    has_alpha = "A" in image.getbands() or "transparency" in image.info
    converted = image.convert("RGBA" if has_alpha else "RGB")
    if not profile or image.mode not in {"RGB", "RGBA"}:
        return converted
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return ImageCms.profileToProfile(converted, source, ImageCms.createProfile("sRGB"), outputMode=converted.mode) or converted
    except (ImageCms.PyCMSError, *DECODE_ERRORS):
        return converted


def scaled(image: Image.Image, side: int) -> Image.Image:
    copy = image.copy()
    copy.thumbnail((side, side), Image.Resampling.LANCZOS)
    return copy


def ending_of(variant: str) -> str:
    return variant.rpartition(".")[2]


def encoded(image: Image.Image, ending: str) -> bytes:
    out = io.BytesIO()
    image.save(out, **ENCODINGS[ending])
    return out.getvalue()


def as_jpeg(webp: bytes) -> bytes:
    """The JPEG of a WebP variant of ours, for photos that are older than their JPEGs."""
    return encoded(Image.open(io.BytesIO(webp), formats=["WEBP"]), "jpg")


def placeholder(image: Image.Image) -> str:
    """Its ThumbHash in base64: some twenty bytes to show until the photo is there."""
    small = image.convert("RGBA")
    small.thumbnail((100, 100))
    return base64.b64encode(bytes(rgba_to_thumb_hash(*small.size, small.tobytes()))).decode()
