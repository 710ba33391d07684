"""Pictures are opened elsewhere: the same result, and whatever happens there stays there."""

import io
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.conf import settings
from PIL import Image

from media import decoder, decoding_child, images
from media.images import ImageRefused
from media.tests.pictures import photo

pytestmark = pytest.mark.unit


@pytest.fixture
def child() -> Iterator[decoder.Child]:
    made = decoder.Child()
    yield made
    made.stop()


def refusal(child: decoder.Child, raw: bytes) -> str:
    with pytest.raises(ImageRefused) as refused:
        child.clean(raw)
    return refused.value.code


def large() -> bytes:
    file = io.BytesIO()
    Image.linear_gradient("L").resize((6000, 6000)).save(file, "JPEG")
    return file.getvalue()


def test_it_comes_back_as_if_it_was_done_here(child: decoder.Child) -> None:
    assert child.clean(photo()) == images.clean(photo())
    assert refusal(child, photo("GIF")) == "unsupported_media_type"
    assert refusal(child, photo()[:200]) == "invalid"
    assert refusal(child, bytes(images.MAX_BYTES + 1)) == "too_large"


def test_what_takes_too_long_is_refused_and_the_next_one_is_not(child: decoder.Child, monkeypatch: pytest.MonkeyPatch) -> None:
    child.clean(photo())
    with monkeypatch.context() as patch:
        patch.setattr(decoder, "SECONDS", 0.05)
        assert refusal(child, large()) == "invalid"
    assert child.clean(photo()).width == 200


def test_one_that_died_meanwhile_is_replaced_and_an_old_one_too(child: decoder.Child, monkeypatch: pytest.MonkeyPatch) -> None:
    child.clean(photo())
    first = child.process
    assert first
    first.kill()
    first.wait()
    child.clean(photo())
    second = child.process
    monkeypatch.setattr(decoder, "MAX_USES", 1)
    child.clean(photo())
    assert len({first, second, child.process}) == 3


@pytest.mark.parametrize(
    "says",
    [
        "",
        "nonsense\n",
        "{}\n",
        '{"width": 1, "height": 1, "placeholder": "", "sizes": {"page": 3, "card": 3, "thumb": 3}}\nabcabcabc',
        "x" * 9000,
    ],
)
def test_an_answer_that_makes_no_sense_is_no_picture(says: str, child: decoder.Child, monkeypatch: pytest.MonkeyPatch) -> None:
    """As of a process that a picture has taken over."""
    liar = [sys.executable, "-c", f"import sys; sys.stdin.buffer.read(8); print({says!r}, end='')"]
    real = subprocess.Popen
    monkeypatch.setattr(decoder.subprocess, "Popen", lambda command, **options: real(liar, **options))
    assert refusal(child, photo()) == "invalid"
    assert child.process is None


def test_many_at_once_are_opened_one_after_the_other(child: decoder.Child) -> None:
    barrier = threading.Barrier(4)

    def clean(_: int) -> Any:
        barrier.wait(10)
        return child.clean(photo()).width

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(clean, range(4))) == [200] * 4


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS has no limit on addresses")
def test_the_process_has_little_memory_and_writes_no_file() -> None:
    program = """
from media import decoding_child
decoding_child.confine()
try:
    bytearray(2 * decoding_child.MEMORY_BYTES)
except MemoryError:
    print("no memory")
try:
    open("/tmp/alliv-not-written", "wb", buffering=0).write(b"x")
except OSError:
    print("no file")
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=60)
    assert done.stdout.split("\n")[:2] == ["no memory", "no file"]


def test_too_little_memory_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    def hungry(raw: bytes) -> Any:
        raise MemoryError

    monkeypatch.setattr(decoding_child, "clean", hungry)
    assert decoding_child.answer(b"")[0]["refused"] == "too_large"
