"""Pictures for tests, drawn on the spot."""

import io
import struct
import zlib
from typing import Any

from PIL import Image

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def file_of(image: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def plain(color: Any = RED, size: tuple[int, int] = (200, 100), mode: str = "RGB") -> Image.Image:
    return Image.new(mode, size, color)


def photo(kind: str = "JPEG") -> bytes:
    """The bytes of an ordinary small photo."""
    return file_of(plain(), kind)


def cornered(size: tuple[int, int] = (200, 100)) -> Image.Image:
    """White, with red in the upper left quarter."""
    image = plain(WHITE, size)
    image.paste(RED, (0, 0, size[0] // 2, size[1] // 2))
    return image


def pixels(raw: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(raw))
    image.load()
    return image


def looks(raw: bytes, x: float, y: float) -> str:
    """The colour, in a word, at a place given in shares of width and height."""
    image = pixels(raw).convert("RGB")
    pixel = image.getpixel((int(x * image.width), int(y * image.height)))
    assert isinstance(pixel, tuple)
    distance = {
        name: sum(abs(int(a) - b) for a, b in zip(pixel, color, strict=True))
        for name, color in {"red": RED, "green": GREEN, "blue": BLUE, "white": WHITE, "black": (0, 0, 0)}.items()
    }
    return min(distance, key=lambda name: distance[name])


def announced(width: int, height: int) -> bytes:
    """A PNG that says how large it is and has no picture in it: whoever decodes it finds it damaged."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", b"no picture")
