"""Does a server take any file that somebody uploads, and let nothing but pixels out again?

`manage.py drill images_uploaded --folder Tests/images` uploads every file of a folder; Pillow's source package has a thousand odd ones. A
few of the drill's own, which say what may not survive, are uploaded always.
"""

import io
import os
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from PIL import Image

from media import images
from ops import scratch
from ops.drilling import Figure, Options, Trial, long_drill

SECONDS, MEMORY_MB, MB = 5.0, 300, 1024 * 1024
SECRET = b"SECRET-38.72N-9.14W"
GPS, DESCRIPTION = 0x8825, 0x010E
FOREIGN = ("GIF", "TIFF", "PDF", "BMP")
# What a WebP file without anything attached is made of.
PIXELS = {b"VP8 ", b"VP8L"}
# And a JPEG: JFIF's head, tables, frame, scans. Between pixels a marker is 0xFF and neither a zero nor a restart.
JFIF, SCAN, END = 0xE0, 0xDA, b"\xff\xd9"
SEGMENTS = {JFIF, 0xDB, 0xC0, 0xC2, 0xC4, 0xDD, SCAN}
MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")


@long_drill("images_uploaded", needs=("httpx",))
def trials(options: Options) -> Iterator[Trial]:
    files = {**own_files(), **read(options.folder)}
    with scratch.embedded(PUBLIC_URL="") as here, httpx.Client(base_url=here.sites[0], timeout=60) as client:
        client.headers["Authorization"] = f"Bearer {here.tell('accounts.drills.cast.people(1)')[0]['access']}"
        server = here.processes[0]
        idle = server.whole_memory
        with watched(server) as peak:
            took = Uploads(client)
            for name, raw in files.items():
                took.upload(name, raw)
        yield Trial(f"{len(files)} files were uploaded", len(files), sum(took.statuses.values()))
        yield Trial(f"statuses {dict(sorted(took.statuses.items()))}: none of 500 or more", [], took.broken)
        yield Trial("the server lives", (True, 200), (server.is_alive, client.get("/health/live").status_code))
        yield Figure(f"the slowest, {took.slowest[1]}", SECONDS, round(took.slowest[0], 2), "s")
        yield Figure("memory over idle, the decoding process with it", MEMORY_MB, round((max(peak) - idle) / MB), "MB")
        yield Trial(f"of {took.variants} variants none holds anything but pixels", [], took.telling)
        yield Trial("what is no JPEG, PNG or WebP by its content, or is a series, is 415", [], took.foreign)


@dataclass
class Uploads:
    """What became of them: names of files where something was wrong."""

    client: httpx.Client
    statuses: Counter[int] = field(default_factory=Counter)
    slowest: tuple[float, str] = (0.0, "")
    variants: int = 0
    broken: list[str] = field(default_factory=list)
    telling: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    def upload(self, name: str, raw: bytes) -> None:
        began = time.monotonic()
        answer = self.client.post("/api/photos", files={"file": ("me.jpg", raw, "image/jpeg")})
        self.slowest = max(self.slowest, (time.monotonic() - began, name))
        self.statuses[answer.status_code] += 1
        if answer.status_code >= 500:
            self.broken.append(name)
        if answer.status_code == 201:
            self.look_at(name, answer.json())
        if is_foreign(name, raw) and answer.status_code != 415:
            self.foreign.append(f"{name}: {answer.status_code}")

    def look_at(self, name: str, photo: dict[str, object]) -> None:
        """Every variant; then the photo makes room for the next."""
        for form in ("urls", "jpeg_urls"):
            urls = photo[form]
            assert isinstance(urls, dict)
            for variant, url in urls.items():
                self.variants += 1
                if not is_plain(self.client.get(url).content):
                    self.telling.append(f"{name}: {form} {variant}")
        self.client.delete(f"/api/photos/{photo['id']}")


def is_plain(variant: bytes) -> bool:
    """Nothing but what pixels need, and nothing behind it."""
    return SECRET not in variant and (is_plain_webp(variant) or is_plain_jpeg(variant))


def is_plain_webp(webp: bytes) -> bool:
    size = int.from_bytes(webp[16:20], "little")
    return webp[:4] == b"RIFF" and webp[12:16] in PIXELS and len(webp) == 20 + size + size % 2


def is_plain_jpeg(jpeg: bytes) -> bool:
    """Segment by segment to the end of the picture, which is the end of the file."""
    place = 2
    while len(jpeg) > place + 4:
        (mark, kind), length = jpeg[place : place + 2], int.from_bytes(jpeg[place + 2 : place + 4], "big")
        if mark != 0xFF or kind not in SEGMENTS or (kind == JFIF and length != 16):  # a longer one has a thumbnail
            return False
        place += 2 + length
        if kind == SCAN:
            found = MARKER.search(jpeg, place)
            place = found.start() if found else len(jpeg)
    return jpeg[:2] == b"\xff\xd8" and jpeg[place:] == END


def is_foreign(name: str, raw: bytes) -> bool:
    """Of another kind by its first bytes, which a series shares with a JPEG; and neither empty nor too long to be looked at."""
    return 0 < len(raw) <= images.MAX_BYTES and (images.kind(raw) is None or name.endswith(".mpo"))


@contextmanager
def watched(server: scratch.Serving) -> Iterator[list[int]]:
    """The most bytes that the server and its children kept in memory at once, seen every few milliseconds."""
    peak, over = [0], threading.Event()

    def watch() -> None:
        while not over.wait(0.02):
            with suppress(OSError):
                peak[0] = max(peak[0], server.whole_memory)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield peak
    finally:
        over.set()
        watcher.join()


def read(folder: Path | None) -> dict[str, bytes]:
    """Every file below a folder by its path there."""
    found = sorted(path for path in folder.rglob("*") if path.is_file()) if folder else []
    return {os.path.relpath(path, folder): path.read_bytes() for path in found}


def own_files() -> dict[str, bytes]:
    picture = Image.new("RGB", (320, 240), "teal")
    more = {"exif": notes(), "xmp": SECRET, "comment": SECRET}
    telling = {f"telling.{kind.lower()}": saved(picture, kind, **more) + SECRET for kind in sorted(images.FORMATS)}
    foreign = {f"foreign.{kind.lower()}": saved(picture, kind) for kind in FOREIGN}
    series = saved(picture, "MPO", save_all=True, append_images=[picture])
    page = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
    return {**telling, **foreign, "series.mpo": series, "page.svg": page}


def notes() -> Image.Exif:
    found = Image.Exif()
    found[DESCRIPTION] = SECRET.decode()
    found[GPS] = {1: "N", 2: (38.0, 43.0, 12.0), 3: "W", 4: (9.0, 8.0, 24.0), 29: SECRET.decode()}
    return found


def saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()
