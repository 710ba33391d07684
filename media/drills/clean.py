"""Is a hostile picture refused, quickly, and does a clean one carry nothing but its pixels?"""

import io
import struct
import time
import zlib
from collections.abc import Iterator

from PIL import Image

from media import images
from ops.drilling import Trial, drill

CAMERA, MAKER = 0x0110, "drill's own camera"


@drill("images")
def trials() -> Iterator[Trial]:
    good = photo()
    hostile = {
        "a page that calls itself a picture": (b"<html>" * 100, "unsupported_media_type"),
        "an empty file": (b"", "unsupported_media_type"),
        "half a picture": (good[: len(good) // 2], "invalid"),
        "a picture of nine billion pixels": (bomb(95_000), "too_large"),
        "eleven megabytes": (good + bytes(11 * 1024 * 1024), "too_large"),
    }
    for trial, (raw, code) in hostile.items():
        began = time.monotonic()
        yield Trial(f"{trial} is refused", code, outcome(raw))
        yield Trial(f"{trial} costs less than a second", True, time.monotonic() - began < 1)
    clean = images.clean(good).variants["page.webp"]
    yield Trial("the camera's name comes in", True, MAKER.encode() in good)
    yield Trial("and does not go out", False, MAKER.encode() in clean)
    yield Trial("nor does anything else", {}, dict(Image.open(io.BytesIO(clean)).getexif()))


def outcome(raw: bytes) -> str:
    try:
        images.clean(raw)
    except images.ImageRefused as refusal:
        return refusal.code
    return "taken"


def photo() -> bytes:
    """A picture with a camera's name in it."""
    out, notes = io.BytesIO(), Image.Exif()
    notes[CAMERA] = MAKER
    Image.new("RGB", (320, 240), "teal").save(out, "JPEG", exif=notes)
    return out.getvalue()


def bomb(side: int) -> bytes:
    """A PNG of some bytes that claims to be enormous."""
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(bytes(64))), (b"IEND", b""))
    parts = [struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)
