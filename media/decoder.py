"""Pictures are opened in a process of their own, with a limit on memory and time: what breaks a decoder breaks nothing else.

The process is started with the first photo and again when it died; it opens one picture at a time. What comes back is believed as little as
a picture is: sizes and kinds are looked at.
"""

import atexit
import json
import logging
import subprocess
import sys
import threading
from contextlib import suppress
from typing import Any

from django.conf import settings

from media.images import ENCODINGS, MAX_BYTES, VARIANTS, CleanImage, ImageRefused, ending_of, kind

SECONDS = 20.0
MAX_HEAD = 4096
MAX_USES = 100  # then a new one: memory of decoders tends to grow
log = logging.getLogger("alliv.media")


class Child:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.process: subprocess.Popen[bytes] | None = None
        self.uses = 0

    def clean(self, raw: bytes) -> CleanImage:
        """`images.clean`, over there. Raises ImageRefused, also for what takes too long or kills the process."""
        if len(raw) > MAX_BYTES:
            raise ImageRefused("too_large", "A photo can have up to 10 MB.")
        with self.lock:
            process = self.started()
            timer = threading.Timer(SECONDS, process.kill)
            timer.start()
            try:
                return self.ask(process, raw)
            except (OSError, ValueError, KeyError, TypeError) as error:
                self.stop()
                log.warning("a picture ended the decoding process", extra={"bytes": len(raw), "error": type(error).__name__})
                raise ImageRefused("invalid", "This file is damaged or not really a photo.") from None
            finally:
                timer.cancel()

    def started(self) -> "subprocess.Popen[bytes]":
        if self.process is None or self.process.poll() is not None or self.uses >= MAX_USES:
            self.stop()
            command = [sys.executable, "-m", "media.decoding_child"]
            self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=settings.BASE_DIR)
            atexit.register(self.stop)
        self.uses += 1
        return self.process

    def ask(self, process: "subprocess.Popen[bytes]", raw: bytes) -> CleanImage:
        assert process.stdin
        assert process.stdout
        process.stdin.write(len(raw).to_bytes(8, "big") + raw)
        process.stdin.flush()
        told: dict[str, Any] = json.loads(process.stdout.readline(MAX_HEAD))
        if "refused" in told:
            raise ImageRefused(str(told["refused"]), str(told["sentence"]))
        variants = {name: process.stdout.read(min(int(told["sizes"][name]), MAX_BYTES)) for name in VARIANTS}
        if any(kind(content) != ENCODINGS[ending_of(name)]["format"] for name, content in variants.items()):
            raise ValueError("something else came back")
        return CleanImage(int(told["width"]), int(told["height"]), variants, str(told["placeholder"])[:40])

    def stop(self) -> None:
        process, self.process, self.uses = self.process, None, 0
        if process is None:
            return
        process.kill()
        for pipe in filter(None, (process.stdin, process.stdout)):
            with suppress(OSError):  # what it never read is flushed once more
                pipe.close()
        process.wait(timeout=10)


child = Child()
