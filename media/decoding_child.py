"""The process that opens untrusted pictures: little memory, no files, low priority, and nothing of Alliv but `images`.

Reads a length of eight bytes and that many bytes of a picture; answers with one line of JSON and the variants behind it.
"""

import json
import os
import resource
import sys
from contextlib import suppress

from media.images import ImageRefused, clean

MEMORY_BYTES = 1024 * 1024 * 1024  # 40 megapixels with transparency were seen to take 680 MB


def confine() -> None:
    os.nice(5)
    for limit, most in ((resource.RLIMIT_AS, MEMORY_BYTES), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_CORE, 0)):
        with suppress(ValueError, OSError):  # macOS has no limit on addresses
            resource.setrlimit(limit, (most, most))


def answer(raw: bytes) -> tuple[dict[str, object], list[bytes]]:
    try:
        picture = clean(raw)
    except ImageRefused as refusal:
        return {"refused": refusal.code, "sentence": str(refusal)}, []
    except MemoryError:
        return {"refused": "too_large", "sentence": "This photo takes more memory than we give to one."}, []
    sizes = {name: len(content) for name, content in picture.variants.items()}
    head = {"width": picture.width, "height": picture.height, "placeholder": picture.placeholder, "sizes": sizes}
    return head, list(picture.variants.values())


def main() -> None:
    confine()
    while head := sys.stdin.buffer.read(8):
        told, variants = answer(sys.stdin.buffer.read(int.from_bytes(head, "big")))
        sys.stdout.buffer.write(json.dumps(told).encode() + b"\n" + b"".join(variants))
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
